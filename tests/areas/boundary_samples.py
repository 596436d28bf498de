"""Makers of boundary files, sound and nasty. Everything is made in code; nothing is stored."""

import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import shapely

EAST, NORTH = 674_000.0, 6_580_000.0  # Stockholm, in EPSG:3006


def square(column: int = 0, row: int = 0, side: float = 100.0) -> shapely.Polygon:
    """Make a square of a grid in EPSG:3006; neighbours share their edges."""
    west, south = EAST + column * side, NORTH + row * side
    return shapely.box(west, south, west + side, south + side)


def jittered_grid(
    columns: int, rows: int, points: int = 3, side: float = 500.0, seed: int = 1
) -> list[shapely.Polygon]:
    """Make a coverage whose shared edges wind through `points` points of their own."""
    random = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1)), axis=-1) * side
    corners = corners + random.uniform(-0.2, 0.2, corners.shape) * side + [EAST, NORTH]

    def wind(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        along = np.linspace(0, 1, points + 2)[:, None]
        line: np.ndarray = start + (end - start) * along
        line[1:-1] += random.uniform(-0.02, 0.02, (points, 2)) * side / max(points, 1)
        return line

    flat = [
        [wind(corners[r, c], corners[r, c + 1]) for c in range(columns)] for r in range(rows + 1)
    ]
    tall = [
        [wind(corners[r, c], corners[r + 1, c]) for c in range(columns + 1)] for r in range(rows)
    ]
    return [
        shapely.Polygon(
            np.vstack(
                [flat[r][c], tall[r][c + 1][1:], flat[r + 1][c][::-1][1:], tall[r][c][::-1][1:]]
            )
        )
        for r in range(rows)
        for c in range(columns)
    ]


def frame(
    shapes: Sequence[shapely.Geometry | None],
    codes: Sequence[Any] | None = None,
    names: Sequence[Any] | None = None,
    crs: str | None = "EPSG:3006",
) -> geopandas.GeoDataFrame:
    """Put shapes in a table with the fields `code` and `name`."""
    fields = {
        "code": [f"A{at}" for at in range(len(shapes))] if codes is None else codes,
        "name": [f"Område {at}" for at in range(len(shapes))] if names is None else names,
    }
    return geopandas.GeoDataFrame(fields, geometry=np.array(shapes, dtype=object), crs=crs)


def geopackage(folder: Path, table: geopandas.GeoDataFrame, **options: Any) -> Path:
    path = folder / "sample.gpkg"
    table.to_file(path, driver="GPKG", engine="pyogrio", **{"layer": "areas", **options})
    return path


def geojson(features: Sequence[Mapping[str, Any]], **members: Any) -> bytes:
    document = {"type": "FeatureCollection", **members, "features": list(features)}
    return json.dumps(document, ensure_ascii=False).encode()


def feature(geometry: Any, code: Any = "A", name: Any = "Område") -> dict[str, Any]:
    """Make a GeoJSON feature of a shape in EPSG:3006, or of a geometry member as it is."""
    if isinstance(geometry, shapely.Geometry):
        geometry = json.loads(shapely.to_geojson(geometry))
    return {"type": "Feature", "properties": {"code": code, "name": name}, "geometry": geometry}


SWEREF_MEMBER = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}


def shapefile_parts(
    folder: Path, table: geopandas.GeoDataFrame, encoding: str = "UTF-8"
) -> dict[str, bytes]:
    """Write a Shapefile and take its parts: suffix to content."""
    folder.mkdir(parents=True, exist_ok=True)
    table.to_file(folder / "parts.shp", engine="pyogrio", encoding=encoding)
    return {path.suffix: path.read_bytes() for path in sorted(folder.glob("parts.*"))}


def zipped(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def zipped_shapefile(folder: Path, table: geopandas.GeoDataFrame, stem: str = "areas") -> bytes:
    parts = shapefile_parts(folder, table)
    return zipped({f"{stem}{suffix}": content for suffix, content in parts.items()})


def zip_bomb(megabytes: int = 600) -> bytes:
    """Make a small zip whose .shp unpacks to very much."""
    return zipped({"a.shp": bytes(megabytes * 2**20), "a.dbf": b"", "a.shx": b""})


def declaring(packed: bytes, size: int) -> bytes:
    """Let the zip's directory declare another unpacked size for its first member."""
    at = packed.index(b"PK\x01\x02") + 24
    return packed[:at] + struct.pack("<L", size) + packed[at + 4 :]


def scripted(path: Path, *statements: str) -> Path:
    """Run SQL on a GeoPackage, as a sender with bad intentions might."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def make_round(path: Path, row: int, radius: float) -> None:
    """Put a true circle (a CurvePolygon of one CircularString) in a row of a GeoPackage."""
    x, y = EAST + 550, NORTH + 50
    arcs = [(x - radius, y), (x, y + radius), (x + radius, y), (x, y - radius), (x - radius, y)]
    header = b"GP\x00\x01" + struct.pack("<l", 3006)
    points = b"".join(struct.pack("<2d", *point) for point in arcs)
    curve = struct.pack("<BLLBLL", 1, 10, 1, 1, 8, len(arcs)) + points
    connection = sqlite3.connect(path)
    connection.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = 'CURVEPOLYGON'")
    connection.execute("UPDATE areas SET geom = ? WHERE fid = ?", [header + curve, row])
    connection.commit()
    connection.close()

"""Writers of every format that boundary files come in, one layer with `code` and `name`."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import shapely

from tests.areas import boundary_samples as samples

PROJECTED: Sequence[int] = range(3006, 3025)
GML = "http://www.opengis.net/gml"
GML_3_2 = "http://www.opengis.net/gml/3.2"


def with_driver(driver: str, suffix: str, **options: Any) -> Callable[..., Path]:
    def write(folder: Path, table: geopandas.GeoDataFrame, stem: str = "areas") -> Path:
        path = folder / f"{stem}{suffix}"
        table.to_file(path, driver=driver, engine="pyogrio", **options)
        return path

    return write


def mapinfo(folder: Path, table: geopandas.GeoDataFrame, suffix: str, **options: Any) -> bytes:
    """Write a MapInfo table in a zip; its grid is as fine as the layer is small."""
    if suffix == ".tab":
        west, south, east, north = table.total_bounds
        options["BOUNDS"] = f"{west - 1:f},{south - 1:f},{east + 1:f},{north + 1:f}"
    with_driver("MapInfo File", suffix, **options)(folder, table)
    return samples.zipped({path.name: path.read_bytes() for path in folder.glob("areas.*")})


def code_of(table: geopandas.GeoDataFrame) -> int | None:
    return None if table.crs is None else table.crs.to_epsg()


def geojson(folder: Path, table: geopandas.GeoDataFrame) -> bytes:
    name = f"urn:ogc:def:crs:EPSG::{code_of(table)}"
    rows = zip(table.geometry, table["code"], table["name"], strict=True)
    member = {"type": "name", "properties": {"name": name}}
    return samples.geojson([samples.feature(*row) for row in rows], crs=member)


def topojson(folder: Path, table: geopandas.GeoDataFrame, steps: float = 1e-9) -> bytes:
    """Write each ring as arcs of its own, in differences on a grid."""
    fine = 1e-4 if code_of(table) in PROJECTED else steps
    west, south, *_ = table.total_bounds
    arcs: list[list[list[int]]] = []

    def ring(line: shapely.LinearRing) -> list[int]:
        grid = [(round((x - west) / fine), round((y - south) / fine)) for x, y in line.coords]
        half = len(grid) // 2
        for part, backwards in ((grid[: half + 1], False), (grid[half:], True)):
            points = part[::-1] if backwards else part
            starts = [(0, 0), *points]
            arcs.append([[x - u, y - v] for (x, y), (u, v) in zip(points, starts, strict=False)])
        return [len(arcs) - 2, ~(len(arcs) - 1)]

    def rings(polygon: shapely.Polygon) -> list[list[int]]:
        return [ring(polygon.exterior), *(ring(hole) for hole in polygon.interiors)]

    def member(row: Any) -> dict[str, Any]:
        parts = [rings(part) for part in shapely.get_parts(row.geometry)]
        kind = {"type": "MultiPolygon", "arcs": parts}
        return {**kind, "properties": {"code": row.code, "name": row.name}}

    members = [member(row) for row in table.itertuples(index=False)]
    document = {
        "type": "Topology",
        "crs": {"type": "name", "properties": {"name": f"EPSG:{code_of(table)}"}},
        "transform": {"scale": [fine, fine], "translate": [west, south]},
        "objects": {"areas": {"type": "GeometryCollection", "geometries": members}},
        "arcs": arcs,
    }
    return json.dumps(document).encode()


def placemark(
    code: str = "A", name: str = "Åby", rings: str = "18,59 18.1,59 18.1,59.1 18,59"
) -> str:
    return (
        f'<Placemark><name>{name}</name><ExtendedData><Data name="code"><value>{code}</value>'
        "</Data></ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{rings}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
    )


def kml(*members: str, start: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{start}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>Stadsdelar</name>{''.join(members)}</Document></kml>"
    ).encode()


SQUARE = "6580000 674100 6580100 674100 6580100 674000 6580000 674000 6580000 674100"
URN = "urn:ogc:def:crs:EPSG::3006"


def gml_polygon(positions: str = SQUARE, system: str | None = URN) -> str:
    named = "" if system is None else f' srsName="{system}"'
    return (
        f"<gml:Polygon{named}><gml:exterior><gml:LinearRing><gml:posList>{positions}"
        "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
    )


def gml_feature(geometry: str, code: str = "A", kind: str = "omr") -> str:
    return (
        f"<gml:featureMember><o:{kind}><o:code>{code}</o:code><o:name>Åby</o:name>"
        f"<o:geometry>{geometry}</o:geometry></o:{kind}></gml:featureMember>"
    )


def gml(
    *features: str, start: str = "", attributes: str = "", version: str = GML_3_2, encoding="utf-8"
) -> bytes:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>{start}<o:FeatureCollection '
        f'xmlns:gml="{version}" xmlns:o="http://example.com/o" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {attributes}>'
        f"{''.join(features)}</o:FeatureCollection>"
    ).encode(encoding)


Written = bytes | Path


def content(written: Written) -> bytes:
    return written if isinstance(written, bytes) else written.read_bytes()


WRITERS: Mapping[str, Callable[[Path, geopandas.GeoDataFrame], Written]] = {
    "GeoPackage": lambda folder, table: samples.geopackage(folder, table),
    "Shapefile": lambda folder, table: samples.zipped_shapefile(folder, table),
    "TAB": lambda folder, table: mapinfo(folder, table, ".tab"),
    "MIF": lambda folder, table: mapinfo(folder, table, ".mif"),
    "FlatGeobuf": with_driver("FlatGeobuf", ".fgb"),
    "GML 2": with_driver("GML", ".gml", FORMAT="GML2", SRSNAME_FORMAT="SHORT"),
    "GML 3.1": with_driver("GML", ".gml", FORMAT="GML3", SRSNAME_FORMAT="OGC_URN"),
    "GML 3.2": with_driver("GML", ".gml", FORMAT="GML3.2"),
    "GeoJSON": geojson,
    "TopoJSON": topojson,
    "KML": with_driver("LIBKML", ".kml"),
}

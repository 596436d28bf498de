"""TopoJSON, read without GDAL: areas are put together from the arcs that neighbours share."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from portfolio.areas.file_formats import Format
from portfolio.areas.geojson import MISFITS, crs_of, mapping
from portfolio.areas.raw_layers import RawLayer, check_fields, check_size, choose_layer, damaged
from portfolio.areas.report import ReaderRequest

Arc = npt.NDArray[np.float64]


class _Arcs:
    """The shared lines, and how many vertices have been taken from them."""

    def __init__(self, document: Mapping[str, Any], rows: int, request: ReaderRequest) -> None:
        self._grid = _grid(document)
        lines = [np.array(arc, dtype=np.float64) for arc in document["arcs"]]
        self._lines = [_placed(line[:, :2], self._grid) for line in lines]
        self.has_z = any(line.shape[1] > 2 for line in lines)
        self._rows, self._limits = rows, request.limits
        self._taken = 0
        self.unclosed = False

    def ring(self, indices: Sequence[int]) -> shapely.LinearRing:
        """Join arcs end to end; ~i is arc i backwards. Raises MISFITS if they make no ring."""
        joined = self._joined(indices)
        self.unclosed |= not np.array_equal(joined[0], joined[-1], equal_nan=True)
        return shapely.LinearRing(joined)

    def line(self, indices: Sequence[int]) -> shapely.LineString:
        """Join arcs end to end, wherever that ends."""
        return shapely.LineString(self._joined(indices))

    def _joined(self, indices: Sequence[int]) -> Arc:
        lines = [self._line(index) for index in indices]
        # A small file can use one long arc very often.
        self._taken += sum(len(line) for line in lines)
        check_size(self._rows, self._taken, self._limits)
        return np.concatenate([lines[0], *(line[1:] for line in lines[1:])])

    def point(self, position: Sequence[float]) -> shapely.Point:
        """A position is one of an arc: on the grid, if the file has one."""
        return shapely.Point(_placed(np.array([position], dtype=np.float64)[:, :2], self._grid)[0])

    def _line(self, index: int) -> Arc:
        if type(index) is not int:
            raise TypeError("an arc is named by its number")
        return self._lines[index] if index >= 0 else self._lines[~index][::-1]


def read_topojson(
    document: Mapping[str, Any], wanted: str | None, request: ReaderRequest
) -> RawLayer:
    """Read one object of a Topology; without a `crs` member it is WGS 84."""
    objects = mapping(document.get("objects"))
    name = choose_layer(wanted, list(objects))
    rows = _rows(objects[name])
    check_size(len(rows), 0, request.limits)
    properties = [_properties(row) for row in rows]
    check_fields(request, dict.fromkeys(key for row in properties for key in row))
    try:
        arcs = _Arcs(document, len(rows), request)
    except MISFITS as error:
        raise damaged() from error
    geometries, unreadable, mended = np.full(len(rows), None, dtype=object), set(), set()
    for at, row in enumerate(rows):
        arcs.unclosed = False
        try:
            geometries[at] = _geometry(row, arcs)
        except MISFITS:
            unreadable.add(at)
            continue
        if arcs.unclosed:
            mended.add(at)
    return RawLayer(
        driver=Format.TOPOJSON.value,
        name=name,
        crs=crs_of(document, _farthest(geometries)),
        codes=[row.get(request.code_field) for row in properties],
        names=[row.get(request.name_field) for row in properties],
        geometries=geometries,
        unreadable=frozenset(unreadable),
        mended=frozenset(mended),
        has_z=arcs.has_z,
    )


def _rows(member: object) -> list[Mapping[str, Any]]:
    """An object is one geometry, or a collection in which each geometry is a row."""
    thing = mapping(member)
    parts = thing.get("geometries") if thing.get("type") == "GeometryCollection" else [thing]
    return [mapping(part) for part in parts] if isinstance(parts, list) else []


def _properties(row: Mapping[str, Any]) -> Mapping[str, Any]:
    own = mapping(row.get("properties"))
    return {"id": row["id"], **own} if "id" in row else own


def _grid(document: Mapping[str, Any]) -> tuple[Arc, Arc] | None:
    """The steps and the origin of a quantised file."""
    transform = document.get("transform")
    if transform is None:
        return None
    scale = np.array(transform["scale"], dtype=np.float64)
    return scale[:2], np.array(transform["translate"], dtype=np.float64)[:2]


def _placed(line: Arc, grid: tuple[Arc, Arc] | None) -> Arc:
    """Undo the differences and the grid of a quantised file."""
    if grid is None:
        return line
    with np.errstate(over="ignore", invalid="ignore"):  # reported with its row
        placed: Arc = np.cumsum(line, axis=0) * grid[0] + grid[1]
    return placed


def _geometry(row: Mapping[str, Any], arcs: _Arcs) -> shapely.Geometry | None:
    kind = row.get("type")
    if kind is None:
        return None
    if kind == "Polygon":
        return _polygon(row["arcs"], arcs)
    if kind == "MultiPolygon":
        return shapely.MultiPolygon([_polygon(rings, arcs) for rings in row["arcs"]])
    if kind == "GeometryCollection":
        return shapely.GeometryCollection([_geometry(part, arcs) for part in row["geometries"]])
    # Points and lines are no areas, but where they are is told.
    if kind == "Point":
        return arcs.point(row["coordinates"])
    if kind == "MultiPoint":
        return shapely.MultiPoint([arcs.point(position) for position in row["coordinates"]])
    if kind == "LineString":
        return arcs.line(row["arcs"])
    if kind == "MultiLineString":
        return shapely.MultiLineString([arcs.line(indices) for indices in row["arcs"]])
    raise ValueError("no kind of geometry is called that")


def _polygon(rings: Sequence[Any], arcs: _Arcs) -> shapely.Polygon:
    if not len(rings):
        return shapely.Polygon()
    shell, *holes = (arcs.ring(indices) for indices in rings)
    return shapely.Polygon(shell, holes)


def _farthest(geometries: npt.NDArray[np.object_]) -> float:
    there = np.abs(shapely.get_coordinates(geometries))
    return float(np.nanmax(there, initial=0.0)) if there.size else 0.0

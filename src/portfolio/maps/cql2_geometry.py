"""The geometry of a filter: from its own reference system to planar metres (SWEREF 99 TM)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from portfolio.errors import InvalidParameter
from portfolio.geometry import BBOX_STEP, EAST, NORTH, SOUTH, WEST, to_planar
from portfolio.maps.cql2_values import quoted, refusal

MAX_POSITIONS = 10_000
# After vertices were added along long edges.
MAX_DETAIL = 50_000
# Metres from the origin, in systems that are measured in metres.
FAR = 1e8

_TO_MERCATOR = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
_TO_LONLAT = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)

Array = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _System:
    """A reference system a filter can be written in.

    `swapped` where the first coordinate is the northern one. Edges are straight in this system:
    they get a vertex at least each `step`, to stay where they are when they are moved. `around`
    is what lies about Sweden, the rest is cut away before it is moved; None for planar metres.
    """

    swapped: bool
    limits: tuple[float, float]
    step: float
    around: Box | None
    turns: bool = False


def _mercator(west: float, south: float, east: float, north: float) -> Box:
    (left, right), (bottom, top) = _TO_MERCATOR.transform([west, east], [south, north])
    return left, bottom, right, top


_DEGREES = (180.0, 90.0)
_AROUND: Box = (WEST, SOUTH, EAST, NORTH)
_SYSTEMS = {
    "http://www.opengis.net/def/crs/OGC/1.3/CRS84": _System(
        False, _DEGREES, BBOX_STEP, _AROUND, turns=True
    ),
    "http://www.opengis.net/def/crs/EPSG/0/4326": _System(
        True, _DEGREES, BBOX_STEP, _AROUND, turns=True
    ),
    "http://www.opengis.net/def/crs/EPSG/0/3006": _System(True, (FAR, FAR), 0.0, None),
    "http://www.opengis.net/def/crs/EPSG/0/3857": _System(
        False, (FAR, FAR), 2000.0, _mercator(*_AROUND)
    ),
}
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
FILTER_SYSTEMS = tuple(_SYSTEMS)

# How many lists deep, the type of one part, and whether there are several.
_KINDS: dict[str, tuple[type[BaseGeometry], bool]] = {
    "Point": (shapely.Point, False),
    "LineString": (shapely.LineString, False),
    "Polygon": (shapely.Polygon, False),
    "MultiPoint": (shapely.Point, True),
    "MultiLineString": (shapely.LineString, True),
    "MultiPolygon": (shapely.Polygon, True),
}


def check_system(uri: str) -> str:
    """Raise InvalidParameter unless a filter's coordinates may be in this reference system."""
    if uri not in _SYSTEMS:
        known = ", ".join(_SYSTEMS)
        raise InvalidParameter(
            f"filter-crs: {quoted(uri)} stöds inte; välj bland {known}.",
            f"filter-crs: {quoted(uri)} is not supported; choose among {known}.",
        )
    return uri


def read_geometry(literal: Mapping[str, Any], uri: str) -> list[BaseGeometry]:
    """A GeoJSON geometry or `{"bbox": [...]}` as planar geometries, one for each dimension in it.

    Together they are the literal, as far as it lies about Sweden; none if nothing of it does.
    Raises InvalidParameter with what is wrong.
    """
    system = _SYSTEMS[uri]
    parts = _parts(literal, system)
    if sum(int(shapely.get_num_coordinates(part)) for part in parts) > MAX_POSITIONS:
        raise _too_detailed()
    planar = [moved for part in _detailed(parts, system) for moved in _singles(part)]
    points = [one for one in planar if isinstance(one, shapely.Point)]
    lines = [one for one in planar if isinstance(one, shapely.LineString)]
    surfaces = [one for one in planar if isinstance(one, shapely.Polygon)]
    gathered: list[BaseGeometry] = []
    if points:
        gathered.append(shapely.MultiPoint(points))
    if lines:
        gathered.append(shapely.MultiLineString(lines))
    if surfaces:
        # They may overlap, which the parts of one geometry must not.
        gathered.append(shapely.union_all(surfaces) if len(surfaces) > 1 else surfaces[0])
    return gathered


def _singles(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The points, lines and polygons in it, out of collections however deep."""
    if geometry.is_empty:
        return []
    parts = list(shapely.get_parts(geometry))
    if len(parts) == 1 and parts[0].geom_type == geometry.geom_type:
        return parts
    return [single for part in parts for single in _singles(part)]


def _parts(literal: Mapping[str, Any], system: _System) -> list[BaseGeometry]:
    if set(literal) == {"bbox"}:
        return _boxes(_numbers(literal["bbox"], (4, 6), system), system)
    kind = literal.get("type")
    if kind == "GeometryCollection" and isinstance(literal.get("geometries"), list):
        members = literal["geometries"]
        if members and all(isinstance(one, Mapping) for one in members):
            return [part for one in members for part in _parts(one, system)]
    if not isinstance(kind, str) or kind not in _KINDS:
        known = ", ".join([*(name.upper() for name in _KINDS), "GEOMETRYCOLLECTION", "BBOX"])
        raise refusal(
            f"ange geometrin som någon av {known}, med koordinater.",
            f"give the geometry as one of {known}, with coordinates.",
        )
    shape, several = _KINDS[kind]
    coordinates = literal.get("coordinates")
    return [
        _single(shape, one, system) for one in (_list(coordinates) if several else [coordinates])
    ]


def _single(shape: type[BaseGeometry], coordinates: Any, system: _System) -> BaseGeometry:
    if shape is shapely.Point:
        return shapely.Point(_position(coordinates, system))
    if shape is shapely.LineString:
        line = shapely.LineString(_line(coordinates, 2, system))
        if line.length == 0:
            raise refusal("linjen har ingen längd.", "the line has no length.")
        return line
    shell, *holes = [_ring(ring, system) for ring in _list(coordinates)]
    polygon = shapely.Polygon(shell, holes)
    if not polygon.is_valid or polygon.area == 0:
        reason = shapely.is_valid_reason(polygon)
        raise refusal(
            f"polygonen är inte giltig ({reason}); dess gränser får inte korsa varandra.",
            f"the polygon is not valid ({reason}); its edges must not cross.",
        )
    return polygon


def _ring(coordinates: Any, system: _System) -> list[tuple[float, float]]:
    ring = _line(coordinates, 4, system)
    if ring[0] != ring[-1]:
        raise refusal(
            "en ring är öppen; upprepa dess första punkt sist.",
            "a ring is open; repeat its first position at its end.",
        )
    return ring


def _line(coordinates: Any, least: int, system: _System) -> list[tuple[float, float]]:
    positions = [_position(one, system) for one in _list(coordinates)]
    if len(positions) < least:
        raise refusal(
            f"en linje eller ring har för få punkter; den behöver minst {least}.",
            f"a line or ring has too few positions; it needs at least {least}.",
        )
    return positions


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value or len(value) > MAX_POSITIONS:
        raise refusal(
            f"koordinaterna är listor av 1 till {MAX_POSITIONS} delar, så djupa som typen kräver.",
            f"coordinates are lists of 1 to {MAX_POSITIONS} parts, as deep as the type asks for.",
        )
    return value


def _position(value: Any, system: _System) -> tuple[float, float]:
    """East and north; a height is dropped."""
    first, second, *_ = _numbers(value, (2, 3), system)
    return (second, first) if system.swapped else (first, second)


def _numbers(value: Any, lengths: Sequence[int], system: _System) -> list[float]:
    if (
        not isinstance(value, list)
        or len(value) not in lengths
        or not all(isinstance(number, Decimal) for number in value)
    ):
        raise refusal(
            f"{lengths[0]} eller {lengths[1]} tal väntades i geometrin.",
            f"{lengths[0]} or {lengths[1]} numbers were expected in the geometry.",
        )
    numbers = [float(number) for number in value]
    half = len(numbers) // 2 if len(numbers) > 3 else len(numbers)
    for start in range(0, len(numbers), half):
        _check_place(numbers[start : start + 2], system)
    return numbers


def _check_place(pair: Sequence[float], system: _System) -> None:
    limits = tuple(reversed(system.limits)) if system.swapped else system.limits
    if any(abs(number) > limit for number, limit in zip(pair, limits, strict=True)):
        shown = " ".join(f"{number:g}" for number in pair)
        raise refusal(
            f"platsen {shown} ligger utanför referenssystemet; kontrollera filter-crs och "
            f"koordinaternas ordning: högst {limits[0]:g} och {limits[1]:g}.",
            f"the position {shown} is outside the reference system; check filter-crs and the "
            f"order of the coordinates: at most {limits[0]:g} and {limits[1]:g}.",
        )


def _boxes(numbers: Sequence[float], system: _System) -> list[BaseGeometry]:
    """A box is cut in two where it crosses the date line, west being larger than east."""
    half = len(numbers) // 2
    west, south, east, north = *numbers[:2], *numbers[half : half + 2]
    if system.swapped:
        west, south, east, north = south, west, north, east
    if south > north or (west > east and not system.turns):
        raise refusal(
            "BBOX ska ha sina minsta koordinater först.",
            "BBOX must have its lowest coordinates first.",
        )
    if west > east:
        limit = system.limits[0]
        return [_box(west, south, limit, north), _box(-limit, south, east, north)]
    return [_box(west, south, east, north)]


def _box(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """A box without width is a line, or a point."""
    if west < east and south < north:
        return shapely.box(west, south, east, north)
    if (west, south) == (east, north):
        return shapely.Point(west, south)
    return shapely.LineString([(west, south), (east, north)])


def _detailed(parts: Sequence[BaseGeometry], system: _System) -> list[BaseGeometry]:
    """Planar, with vertices enough that edges stay where they were."""
    around = system.around
    if around is None:
        return list(parts)
    inside = [cut for cut in (_cut(part, around) for part in parts) if not cut.is_empty]
    steps = [_step(part, system.step) for part in inside]
    if sum(part.length / step for part, step in zip(inside, steps, strict=True)) > MAX_DETAIL:
        raise _too_detailed()
    detailed = [shapely.segmentize(part, step) for part, step in zip(inside, steps, strict=True)]
    if not system.turns:
        detailed = [shapely.transform(part, _from_mercator) for part in detailed]
    return [to_planar(part) for part in detailed]


def _step(part: BaseGeometry, largest: float) -> float:
    """A fraction of its size: an edge bends with the square of its length."""
    west, south, east, north = part.bounds
    return min(largest, max(east - west, north - south) / 8) or largest


def _cut(part: BaseGeometry, around: Box) -> BaseGeometry:
    west, south, east, north = part.bounds
    if west >= around[0] and south >= around[1] and east <= around[2] and north <= around[3]:
        return part
    return part.intersection(shapely.box(*around))


def _from_mercator(points: Array) -> Array:
    return np.column_stack(_TO_LONLAT.transform(points[:, 0], points[:, 1]))


def _too_detailed() -> InvalidParameter:
    return refusal(
        "geometrin är för detaljerad; förenkla den.", "the geometry is too detailed; simplify it."
    )

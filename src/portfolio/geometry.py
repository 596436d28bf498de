"""Geometry between clients (GeoJSON: WGS 84, longitude first) and measuring (SWEREF 99 TM, A2).

`planar` is in EPSG:3006, x east and y north, in metres; `lonlat` is in degrees.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod, Transformer
from shapely.geometry.base import BaseGeometry

from portfolio.language import Text

MAX_POSITIONS = 100_000

# A generous box around Sweden, in degrees. Inside it the projection is sound; what lies outside
# is a mistake, most often longitude and latitude in the wrong order.
WEST, SOUTH, EAST, NORTH = 4.0, 53.0, 32.0, 72.0

# Under these a line or a surface is only rounding: about a millimetre and a few mm2, in degrees.
MIN_LENGTH = 1e-8
MIN_SURFACE = 1e-15

# So far apart at most are the points by which a bbox edge follows its parallel, in degrees: the
# straight pieces between them leave it by less than five centimetres.
BBOX_STEP = 0.02

# A bbox may be a line or a place. What is narrower than this, some decimetre, gets it on each
# side, or its edges would run beside what it names.
BBOX_WIDTH = 1e-6

# pyproj keeps one PROJ object per thread inside a Transformer, so these can be shared.
_TO_PLANAR = Transformer.from_crs("EPSG:4326", "EPSG:3006", always_xy=True)
_TO_LONLAT = Transformer.from_crs("EPSG:3006", "EPSG:4326", always_xy=True)
_GRS80 = Geod(ellps="GRS80")

_BBOX = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,30})?")
_BBOX_ADVICE = (
    "Give bbox in degrees as minlon,minlat,maxlon,maxlat: four decimal numbers, each minimum at "
    "most its maximum, longitudes from -180 to 180 and latitudes from -90 to 90."
)
_REASON = re.compile(r"(?P<what>[^\[]*)\[(?P<lon>\S+) (?P<lat>[^\s\]]+)")

Array = npt.NDArray[np.float64]


class GeometryError(ValueError):
    """A client's geometry can't be used; `pointer` is a JSON pointer inside the geometry."""

    def __init__(self, pointer: str, detail: Text) -> None:
        super().__init__(detail.en)
        self.pointer = pointer
        self.detail = detail


def _refusal(pointer: str, sv: str, en: str) -> GeometryError:
    return GeometryError(pointer, Text(sv, en))


def to_planar(lonlat: BaseGeometry) -> BaseGeometry:
    """From WGS 84 to SWEREF 99 TM. A valid surface stays valid."""
    planar = _moved(lonlat, _TO_PLANAR)
    if shapely.is_valid(planar) or not shapely.is_valid(lonlat):
        return planar
    # An edge that is straight in degrees is not quite straight in metres, so rings that just
    # touch may come to cross by a hair.
    return shapely.make_valid(planar, method="structure", keep_collapsed=False)


def to_lonlat(planar: BaseGeometry) -> BaseGeometry:
    """From SWEREF 99 TM to WGS 84."""
    return _moved(planar, _TO_LONLAT)


def _moved(geometry: BaseGeometry, transformer: Transformer) -> BaseGeometry:
    def move(points: Array) -> Array:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    return shapely.transform(geometry, move)


def geodesic_area_m2(planar: BaseGeometry) -> float:
    """The surface on the GRS 80 ellipsoid; 0 for points and lines.

    The plane's own surface is off by up to some 0.3 % far from 15 degrees east.
    """
    total = 0.0
    for polygon in shapely.get_parts(to_lonlat(planar)):
        if isinstance(polygon, shapely.Polygon):
            total += _ring_area(polygon.exterior)
            total -= sum(_ring_area(hole) for hole in polygon.interiors)
    return total


def _ring_area(ring: BaseGeometry) -> float:
    lon, lat = shapely.get_coordinates(ring).T
    area, _ = _GRS80.polygon_area_perimeter(lon, lat)
    return abs(float(area))


def as_geojson(planar: BaseGeometry, decimals: int = 7) -> dict[str, Any]:
    """The geometry as a GeoJSON object, after RFC 7946: outer rings counter-clockwise."""
    geojson: dict[str, Any] = json.loads(as_geojson_bytes(planar, decimals))
    return geojson


def as_geojson_bytes(planar: BaseGeometry, decimals: int = 7) -> bytes:
    """The same as JSON text, without the detour over Python objects."""
    lonlat = shapely.orient_polygons(_rounded(to_lonlat(planar), decimals), exterior_cw=False)
    return str(shapely.to_geojson(lonlat)).encode()


def _rounded(lonlat: BaseGeometry, decimals: int) -> BaseGeometry:
    def round_off(points: Array) -> Array:
        return np.round(points, decimals)

    rounded = shapely.transform(lonlat, round_off)
    if shapely.is_valid(rounded) or not shapely.is_valid(lonlat):
        return rounded
    # A neck narrower than the last decimal crosses itself when rounded, and the client could not
    # send back what it got. Mending moves vertices, so it is kept for this case.
    mended = shapely.set_precision(lonlat, 10.0**-decimals)
    return rounded if mended.is_empty else shapely.transform(mended, round_off)


def parse_bbox(text: str) -> shapely.Polygon:
    """Read `minlon,minlat,maxlon,maxlat` as a planar polygon, cut to the surroundings of Sweden.

    Empty if nothing of it is there. Raises ValueError if it isn't a bbox.
    """
    west, south, east, north = _bbox_numbers(text)
    west, south = max(west, WEST), max(south, SOUTH)
    east, north = min(east, EAST), min(north, NORTH)
    if west > east or south > north:
        return shapely.Polygon()
    if east - west < BBOX_WIDTH:
        west, east = west - BBOX_WIDTH, east + BBOX_WIDTH
    if north - south < BBOX_WIDTH:
        south, north = south - BBOX_WIDTH, north + BBOX_WIDTH

    step = min(BBOX_STEP, max(east - west, north - south) / 8)
    planar = to_planar(shapely.segmentize(shapely.box(west, south, east, north), step))
    return shapely.Polygon(shapely.get_coordinates(planar))


def _bbox_numbers(text: str) -> tuple[float, float, float, float]:
    parts = text.split(",")
    if len(parts) != 4 or not all(_BBOX.fullmatch(part) for part in parts):
        raise ValueError(_BBOX_ADVICE)
    west, south, east, north = (float(part) for part in parts)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(_BBOX_ADVICE)
    return west, south, east, north


def parse_location_geometry(geojson: Mapping[str, object]) -> BaseGeometry:
    """Read a GeoJSON geometry in WGS 84, or raise GeometryError with what to do about it.

    Points, lines and polygons, single or multi; heights are dropped.
    """
    if not isinstance(geojson, Mapping):
        raise _refusal(
            "",
            "Ange ett GeoJSON-objekt med type och coordinates.",
            "Give a GeoJSON object with type and coordinates.",
        )
    read = _reader(geojson)
    _check_members(geojson)
    geometry = read(geojson.get("coordinates"), "/coordinates")
    _check_shape(geometry)
    return geometry


def _reader(geojson: Mapping[str, object]) -> Callable[[object, str], BaseGeometry]:
    kind = geojson.get("type")
    if isinstance(kind, str) and kind in _READERS:
        return _READERS[kind]
    known = ", ".join(_READERS)
    raise _refusal(
        "/type",
        f"Ange bara en geometri, av någon av typerna {known}.",
        f"Give only a geometry, of one of the types {known}.",
    )


def _check_members(geojson: Mapping[str, object]) -> None:
    if "crs" in geojson:
        raise _refusal(
            "/crs",
            "Ta bort crs och ange koordinaterna i WGS 84, longitud före latitud: "
            "GeoJSON har inget annat referenssystem.",
            "Remove crs and give the coordinates in WGS 84, longitude before latitude: "
            "GeoJSON has no other reference system.",
        )
    unknown = sorted(str(name) for name in geojson.keys() - {"type", "coordinates", "bbox"})
    if unknown:
        raise GeometryError(
            "/" + unknown[0].replace("~", "~0").replace("/", "~1"),
            Text(
                "Ta bort fältet: en geometri har bara type och coordinates.",
                "Remove the field: a geometry has only type and coordinates.",
            ),
        )


# The depth is fixed by the type, so nesting a list a thousand times deep only gives an error.


def _point(value: object, pointer: str) -> BaseGeometry:
    lon, lat = _position(value, pointer)
    return shapely.Point(lon, lat)


def _multi_point(value: object, pointer: str) -> BaseGeometry:
    return shapely.MultiPoint(_positions(value, pointer))


def _line(value: object, pointer: str) -> BaseGeometry:
    positions = _positions(value, pointer)
    if len(positions) < 2:
        detail = Text("Ange minst två punkter.", "Give at least two positions.")
        raise GeometryError(pointer, detail)
    return shapely.LineString(positions)


def _polygon(value: object, pointer: str) -> BaseGeometry:
    shell, *holes = _each(value, pointer, _ring)
    return shapely.Polygon(shell, holes)


def _ring(value: object, pointer: str) -> Array:
    ring = _positions(value, pointer)
    if len(ring) < 4 or not np.array_equal(ring[0], ring[-1]):
        raise _refusal(
            pointer,
            "Ange ringen med minst fyra punkter, den sista lika med den första.",
            "Give the ring with at least four positions, the last equal to the first.",
        )
    return ring


def _multi_line(value: object, pointer: str) -> BaseGeometry:
    return shapely.MultiLineString(_each(value, pointer, _line))


def _multi_polygon(value: object, pointer: str) -> BaseGeometry:
    return shapely.MultiPolygon(_each(value, pointer, _polygon))


_READERS: dict[str, Callable[[object, str], BaseGeometry]] = {
    "Point": _point,
    "MultiPoint": _multi_point,
    "LineString": _line,
    "MultiLineString": _multi_line,
    "Polygon": _polygon,
    "MultiPolygon": _multi_polygon,
}


def _each(value: object, pointer: str, read: Callable[[object, str], Any]) -> list[Any]:
    return [read(item, f"{pointer}/{index}") for index, item in enumerate(_list(value, pointer))]


def _list(value: object, pointer: str) -> Sequence[object]:
    if isinstance(value, list | tuple) and value:
        return value
    raise _refusal(
        pointer,
        "Ange en lista som inte är tom, så djup som geometrins typ kräver.",
        "Give a list that is not empty, as deep as the geometry's type asks for.",
    )


def _positions(value: object, pointer: str) -> Array:
    """All positions of a list at once; one by one only to find which is wrong."""
    items = _list(value, pointer)
    points = _at_once(items)
    if points is None or not _inside(points):
        points = np.array([_position(item, f"{pointer}/{i}") for i, item in enumerate(items)])
    return points


def _at_once(items: Sequence[Any]) -> Array | None:
    if not set(map(type, items)) <= {list, tuple} or set(map(len, items)) not in ({2}, {3}):
        return None
    numbers = list(chain.from_iterable(items))
    if not set(map(type, numbers)) <= {int, float}:
        return None
    try:
        points: Array = np.array(numbers, dtype=np.float64).reshape(len(items), -1)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return points[:, :2] if np.isfinite(points).all() else None


def _inside(points: Array) -> bool:
    low, high = points.min(axis=0), points.max(axis=0)
    return bool((low >= (WEST, SOUTH)).all() and (high <= (EAST, NORTH)).all())


def _position(value: object, pointer: str) -> tuple[float, float]:
    # Comparing, unlike converting, takes integers of any size; NaN is in no range.
    if (
        not isinstance(value, list | tuple)
        or len(value) not in (2, 3)
        or not all(type(number) in (int, float) and abs(number) < 1e12 for number in value)
    ):
        raise _refusal(
            pointer,
            "Ange punkten som två tal, longitud och latitud (och om du vill höjd).",
            "Give the position as two numbers, longitude and latitude (and height if any).",
        )
    lon, lat = float(value[0]), float(value[1])
    if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        raise GeometryError(pointer, _out_of_place(lon, lat))
    return lon, lat


def _out_of_place(x: float, y: float) -> Text:
    if WEST <= y <= EAST and SOUTH <= x <= NORTH:
        return Text(
            "Byt plats på longitud och latitud: longituden ska stå först.",
            "Swap longitude and latitude: the longitude comes first.",
        )
    if max(abs(x), abs(y)) > 1000:
        return Text(
            "Räkna om koordinaterna till WGS 84 i grader; detta ser ut att vara meter.",
            "Convert the coordinates to WGS 84 in degrees; these seem to be metres.",
        )
    return Text(
        f"Ange en plats i Sverige: punkten {x:g}, {y:g} ligger långt utanför.",
        f"Give a place in Sweden: the position {x:g}, {y:g} is far outside.",
    )


def _check_shape(geometry: BaseGeometry) -> None:
    if shapely.get_num_coordinates(geometry) > MAX_POSITIONS:
        raise _refusal(
            "/coordinates",
            f"Förenkla geometrin till högst {MAX_POSITIONS} punkter.",
            f"Simplify the geometry to at most {MAX_POSITIONS} positions.",
        )
    parts = shapely.get_parts(geometry)
    dimension = int(shapely.get_dimensions(geometry))
    too_small = np.zeros(1, dtype=bool)
    if dimension == 1:
        too_small = shapely.length(parts) < MIN_LENGTH
    elif dimension == 2:
        # The loops of a figure of eight cancel out: until it is valid, only the hull tells.
        surfaces = parts if shapely.is_valid(geometry) else shapely.convex_hull(parts)
        too_small = shapely.area(surfaces) < MIN_SURFACE
    if too_small.any():
        part = f"/{too_small.argmax()}" if geometry.geom_type.startswith("Multi") else ""
        raise GeometryError(f"/coordinates{part}", _TOO_SMALL[dimension])
    if dimension == 2 and not shapely.is_valid(geometry):
        raise GeometryError("/coordinates", _invalidity(shapely.is_valid_reason(geometry)))


_TOO_SMALL = {
    1: Text(
        "Ange minst två skilda punkter: linjen har ingen längd.",
        "Give at least two different positions: the line has no length.",
    ),
    2: Text(
        "Ange en ring som omsluter något: polygonen har ingen yta.",
        "Give a ring that encloses something: the polygon has no surface.",
    ),
}

# GEOS's own words for what makes a surface invalid.
_FAULTS = {
    "Self-intersection": Text("en gräns korsar eller överlappar en annan", "edges cross"),
    "Ring Self-intersection": Text("en ring korsar eller rör sig själv", "a ring touches itself"),
    "Hole lies outside shell": Text("ett hål ligger utanför ytan", "a hole lies outside"),
    "Holes are nested": Text("ett hål ligger i ett annat", "a hole lies in another hole"),
    "Nested shells": Text("en yta ligger i en annan", "one surface lies in another"),
    "Interior is disconnected": Text("hål delar ytan i delar", "holes cut the surface apart"),
    "Too few points in geometry component": Text("en ring är för kort", "a ring is too short"),
}


def _invalidity(reason: str) -> Text:
    found = _REASON.match(reason)
    what = found["what"] if found else reason
    fault = _FAULTS.get(what, Text("ytan är inte giltig", "the surface is not valid"))
    lon, lat = (found["lon"], found["lat"]) if found else ("?", "?")
    return Text(
        f"Rätta polygonen: {fault.sv}, vid {lon}, {lat}.",
        f"Mend the polygon: {fault.en}, at {lon}, {lat}.",
    )

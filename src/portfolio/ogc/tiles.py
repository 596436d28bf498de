"""Mapbox vector tiles of version 2, in the Web Mercator squares that web maps use."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from portfolio.geometry import EAST, NORTH, SOUTH, WEST
from portfolio.ogc.vector_tile import encode_layer

Array = npt.NDArray[Any]

DEEPEST = 22
GRID = 4096
# Units of the grid beyond each edge, so that outlines along the edge do not show.
BUFFER = 64
# Half of the square that Web Mercator makes of the earth, in its metres.
HALF = 20_037_508.342789244
# From here on only what is about the tile is moved: the rest would cost more than it gives.
LOCAL_ZOOM = 8

_TO_MERCATOR = Transformer.from_crs("EPSG:3006", "EPSG:3857", always_xy=True)
_TO_PLANAR = Transformer.from_crs("EPSG:3857", "EPSG:3006", always_xy=True)
_LONLAT_TO_MERCATOR = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)


def encode_tile(
    layer_name: str,
    z: int,
    x: int,
    y: int,
    codes: Sequence[str],
    properties: Sequence[Mapping[str, Any]],
    geometries_3006: Sequence[BaseGeometry | None],
    *,
    detail: float = 0,
) -> bytes:
    """One layer as a tile of 4096 x 4096 units; empty bytes if nothing of it is there.

    Args:
        layer_name: What the layer is called inside the tile.
        z: Zoom, 0 to 22.
        x: Column, from the west.
        y: Row, from the north.
        codes: For each feature what becomes its property `id`.
        properties: Texts, numbers and truth values; what is None is left out.
        geometries_3006: East before north, in metres; None is nowhere.
        detail: Bends smaller than so many units are straightened, of each geometry by itself.

    Raises:
        ValueError: There is no such tile.
    """
    if not (0 <= z <= DEEPEST and 0 <= x < 2**z and 0 <= y < 2**z):
        raise ValueError(f"There is no tile {z}/{x}/{y}.")
    shapes = _on_grid(np.array([*geometries_3006, None], dtype=object)[:-1], z, x, y, detail)
    listed = enumerate(zip(codes, properties, shapes, strict=True))
    shown = [at for at, (_, _, one) in listed if one is not None and not one.is_empty]
    if not shown:
        return b""
    values = [_values(codes[at], properties[at]) for at in shown]
    return encode_layer(layer_name, GRID, values, shapes[shown])


def _values(code: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in properties.items() if value is not None}
    return {"id": code, **values}


def _on_grid(planar: Array, z: int, x: int, y: int, detail: float) -> Array:
    """The geometries in the tile's own units, from its upper left corner, on whole numbers."""
    unit = 2 * HALF / 2**z / GRID
    west, north = x * GRID * unit - HALF, HALF - y * GRID * unit
    reach = BUFFER * unit
    window = (west - reach, north - GRID * unit - reach, west + GRID * unit + reach, north + reach)
    if not _meets_sweden(window):
        return np.full(len(planar), None, dtype=object)
    near = _near(planar, window) if z >= LOCAL_ZOOM else planar
    # An edge that is straight in one system is not in the other; a vertex now and then keeps it
    # within a part of a unit. The bend grows with the square of the distance between them.
    detailed = shapely.segmentize(near, 1000 * math.sqrt(unit))

    def move(points: Array) -> Array:
        east, up = _TO_MERCATOR.transform(points[:, 0], points[:, 1])
        return np.column_stack([(east - west) / unit, (north - up) / unit])

    moved = shapely.transform(detailed, move)
    if detail:
        moved = shapely.simplify(moved, detail)
    broken = ~shapely.is_valid(moved) & ~shapely.is_missing(moved)
    moved[broken] = shapely.make_valid(moved[broken])
    cut = _cut(moved)
    kept = [_same_kind(one, whole) for one, whole in zip(cut, planar, strict=True)]
    # Vertices on a straight line add nothing.
    slim: Array = shapely.simplify(np.array([*kept, None], dtype=object)[:-1], 0.0)
    return slim


def _cut(moved: Array) -> Array:
    """What lies within the tile, on whole numbers."""
    least, most = -BUFFER, GRID + BUFFER
    # Most lie inside and stay valid when they are rounded, which is far cheaper than cutting.
    cut = shapely.transform(moved, lambda points: np.floor(points + 0.5))
    west, south, east, north = shapely.bounds(cut).T
    inside = (west >= least) & (south >= least) & (east <= most) & (north <= most)
    others = ~(inside & shapely.is_valid(cut))
    # Cutting and rounding in one step leaves surfaces valid.
    frame = shapely.box(least, least, most, most)
    cut[others] = shapely.intersection(moved[others], frame, grid_size=1.0)
    return cut


def _meets_sweden(window: tuple[float, float, float, float]) -> bool:
    (left, right), (bottom, top) = _LONLAT_TO_MERCATOR.transform([WEST, EAST], [SOUTH, NORTH])
    return bool(window[0] < right and window[2] > left and window[1] < top and window[3] > bottom)


def _near(planar: Array, window: tuple[float, float, float, float]) -> Array:
    """What is about the tile, which in planar metres is a crooked square."""
    outline = shapely.box(*window)
    points = shapely.get_coordinates(shapely.segmentize(outline, (window[2] - window[0]) / 8))
    east, north = _TO_PLANAR.transform(points[:, 0], points[:, 1])
    margin = (max(east) - min(east)) / 8
    around = shapely.box(
        min(east) - margin, min(north) - margin, max(east) + margin, max(north) + margin
    )
    shapely.prepare(around)
    near = np.full(len(planar), None, dtype=object)
    touched = shapely.intersects(around, planar)
    near[touched] = planar[touched]
    crossing = touched & ~shapely.covers(around, planar)
    near[crossing] = shapely.intersection(near[crossing], around)
    return near


def _same_kind(cut: BaseGeometry | None, whole: BaseGeometry | None) -> BaseGeometry | None:
    """Without the points and lines that a surface leaves where it only touches the edge."""
    if cut is None or whole is None or cut.is_empty:
        return None
    dimension = shapely.get_dimensions(whole)
    parts = shapely.get_parts(shapely.get_parts(cut))
    fitting = parts[shapely.get_dimensions(parts) == dimension]
    if not len(fitting):
        return None
    if len(fitting) == 1:
        single: BaseGeometry = fitting[0]
        return single
    gather = (shapely.MultiPoint, shapely.MultiLineString, shapely.MultiPolygon)[int(dimension)]
    return gather(list(fitting))

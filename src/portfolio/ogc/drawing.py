"""A small drawing of one geometry, in markup that needs no style of its own."""

from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

WIDTH, HEIGHT, MARGIN = 480.0, 320.0, 12.0
# Nothing smaller than half a pixel is drawn.
_DETAIL = 0.5
Points = npt.NDArray[np.float64]


def draw(planar: BaseGeometry | None, name: str) -> str:
    """An `svg` element that fits a planar geometry; nothing where there is none."""
    if planar is None or planar.is_empty:
        return ""
    placed = shapely.simplify(_placed(planar), _DETAIL)
    found = "".join(_element(part) for part in shapely.get_parts(_flat(placed)))
    return (
        f'<svg role="img" aria-label="{escape(name)}" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
        f'width="{WIDTH:g}" height="{HEIGHT:g}">{found}</svg>'
    )


def _placed(planar: BaseGeometry) -> BaseGeometry:
    """Moved and scaled into the picture, with south down."""
    west, south, east, north = planar.bounds
    wide, high = max(east - west, 1.0), max(north - south, 1.0)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    middle = np.array([(west + east) / 2, (south + north) / 2])

    def place(points: Points) -> Points:
        moved: Points = (points - middle) * [scale, -scale] + [WIDTH / 2, HEIGHT / 2]
        return moved

    moved: BaseGeometry = shapely.transform(planar, place)
    return moved


def _flat(geometry: BaseGeometry) -> Any:
    """Its parts; what a collection holds may be of many parts too."""
    return shapely.geometrycollections(shapely.get_parts(shapely.get_parts(geometry)))


def _element(part: BaseGeometry) -> str:
    if part.geom_type == "Point":
        return f'<circle cx="{part.x:.1f}" cy="{part.y:.1f}" r="6" fill="currentColor"/>'  # type: ignore[attr-defined]  # a Point
    if part.geom_type == "LineString":
        line = _path(shapely.get_coordinates(part))
        return f'<path d="{line}" fill="none" stroke="currentColor" stroke-width="3"/>'
    rings = (shapely.get_coordinates(ring) for ring in shapely.get_rings(part))
    outline = "".join(f"{_path(ring)}Z" for ring in rings)
    return (
        f'<path d="{outline}" fill="currentColor" fill-opacity="0.2" fill-rule="evenodd" '
        'stroke="currentColor" stroke-width="1.5"/>'
    )


def _path(points: Points) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)

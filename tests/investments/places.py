"""Places on the grid of `scenario.put_scheme`, as a client sends them."""

from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from portfolio.geometry import as_geojson

X, Y, SIZE = 375_000.0, 6_160_000.0, 1000.0


def box(left: float, bottom: float, right: float, top: float) -> shapely.Polygon:
    """A rectangle in cells of the grid: `box(0, 0, 1, 1)` is A00, `box(1, 0, 2, 1)` is A01."""
    return shapely.box(X + left * SIZE, Y + bottom * SIZE, X + right * SIZE, Y + top * SIZE)


def point(right: float, up: float) -> shapely.Point:
    return shapely.Point(X + right * SIZE, Y + up * SIZE)


def line(*corners: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([point(*corner) for corner in corners])


def location(planar: BaseGeometry, buffer_m: float = 0) -> dict[str, Any]:
    return {"geometry": as_geojson(planar), "buffer_m": buffer_m}


def named(*shares: tuple[str, float], scheme: str = "grid") -> dict[str, Any]:
    return {"areas": [{"scheme": scheme, "code": code, "share": share} for code, share in shares]}

"""What is worked out once for each boundary: its surface, its GeoJSON and its hash. Pure.

All boundaries at once: one at a time, most of an import would go into calls of a few microseconds.
"""

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from portfolio.geometry import as_geojson_bytes, geodesic_area_m2, to_lonlat

# Of a degree: about a millimetre.
DECIMALS = 8
# Boundaries with longer edges are measured by pyproj.
LONGEST_EDGE_M = 5000.0

# GRS 80.
_SEMI_MAJOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257222101
_ECCENTRICITY_2 = _FLATTENING * (2 - _FLATTENING)
_ECCENTRICITY = float(np.sqrt(_ECCENTRICITY_2))

Geometries = npt.NDArray[np.object_]
Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


def as_array(geometries: list[BaseGeometry]) -> Geometries:
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    return array


def hashes(planar: Geometries) -> list[str]:
    """SHA-256 of the WKB of each in its normal form."""
    normal = shapely.to_wkb(shapely.normalize(planar))
    return [hashlib.sha256(wkb).hexdigest() for wkb in normal.tolist()]


@dataclass(frozen=True, slots=True)
class Outlines:
    """Multi-polygons taken apart: all their points, and to which ring, polygon, whole each belongs.

    `planar` and `lonlat` are the same points in metres and in degrees.
    """

    wholes: Geometries
    planar: Array
    lonlat: Array
    ring: Indices
    polygon_of_ring: Indices
    whole_of_polygon: Indices

    @classmethod
    def of(cls, wholes: Geometries) -> "Outlines":
        polygons, whole = shapely.get_parts(wholes, return_index=True)
        rings, polygon = shapely.get_rings(polygons, return_index=True)
        points, ring = shapely.get_coordinates(rings, return_index=True)
        # One line through all of them: moving goes by point.
        lonlat = shapely.get_coordinates(to_lonlat(shapely.LineString(points)))
        return cls(wholes, points, lonlat, ring, polygon, whole)

    @property
    def holes(self) -> npt.NDArray[np.bool_]:
        """Of the rings: the first of a polygon is its shell, the others are holes."""
        holes = np.zeros(len(self.polygon_of_ring), dtype=bool)
        holes[1:] = self.polygon_of_ring[1:] == self.polygon_of_ring[:-1]
        return holes

    def by_ring(self, of_edges: Array) -> Array:
        """Sums over the edges, which are between each point and the next."""
        inside = np.where(self.ring[1:] == self.ring[:-1], of_edges, 0.0)
        return _sums(self.ring[:-1], inside, len(self.polygon_of_ring))


def _sums(owner: Indices, parts: Array, count: int) -> Array:
    return np.asarray(np.bincount(owner, parts, count), dtype=np.float64)


# Surfaces


def surfaces_m2(outlines: Outlines) -> Array:
    """The surface of each on GRS 80, as `geodesic_area_m2` has it, to a few square centimetres.

    The ellipsoid is laid on the sphere of the same surface (the authalic one), where the surface
    under an edge is a spherical excess, corrected for how the shortest line bends off from the
    great circle. Boundaries with edges over some kilometres are measured one by one.

    Source: Snyder, Map Projections - A Working Manual (1987), equations 3-11 and 3-12.
    """
    of_ring = np.abs(outlines.by_ring(_surface_under_edges(outlines.lonlat)))
    of_ring[outlines.holes] *= -1
    whole = outlines.whole_of_polygon[outlines.polygon_of_ring]
    surfaces = _sums(whole, of_ring, len(outlines.wholes))
    for at in np.flatnonzero(_longest_edges(outlines, whole) > LONGEST_EDGE_M).tolist():
        surfaces[at] = geodesic_area_m2(outlines.wholes[at])
    return surfaces


def _longest_edges(outlines: Outlines, whole_of_ring: Indices) -> Array:
    lengths = np.hypot(*np.diff(outlines.planar, axis=0).T)
    lengths[outlines.ring[1:] != outlines.ring[:-1]] = 0.0
    longest = np.zeros(len(outlines.wholes))
    np.maximum.at(longest, whole_of_ring[outlines.ring[:-1]], lengths)
    return longest


def _authalic(sine: Array) -> Array:
    """Sine of the authalic latitude, but for a factor: Snyder's q, by the sine of the latitude."""
    around = np.arctanh(_ECCENTRICITY * sine) / _ECCENTRICITY
    q: Array = (1 - _ECCENTRICITY_2) * (sine / (1 - _ECCENTRICITY_2 * sine**2) + around)
    return q


_POLE = float(_authalic(np.ones(1))[0])
_RADIUS_2 = _SEMI_MAJOR_M**2 * _POLE / 2  # of the authalic sphere, squared


def _surface_under_edges(points: Array) -> Array:
    """Between each edge of a chain of longitudes and latitudes and the equator, signed, in m2."""
    turned = np.radians(np.diff(points[:, 0]))
    latitude_sine = np.sin(np.radians(points[:, 1]))
    sine = _authalic(latitude_sine) / _POLE
    half = sine / (1 + np.sqrt((1 - sine) * (1 + sine)))  # tangent of half the latitude
    tangent = np.tan(turned / 2) * (half[:-1] + half[1:]) / (1 + half[:-1] * half[1:])
    bent = _bent_off(turned, latitude_sine, sine)
    surfaces: Array = (2 * np.arctan(tangent) + bent) * _RADIUS_2
    return surfaces


def _bent_off(turned: Array, latitude_sine: Array, sine: Array) -> Array:
    """Between the great circle on the sphere and the shortest line on the ellipsoid.

    Both are parabolas over a short edge, with x the longitude and y the sine of the authalic
    latitude, in which surfaces are true. On a surface of revolution with parallels of radius
    squared u, Clairaut's relation gives y'' = u'/2 (u + 3 y'^2 / u), and u' is -2 times the sine
    of the geodetic latitude on the ellipsoid, -2 y on the sphere, all in units of the radius.
    """
    middle, latitude = (sine[:-1] + sine[1:]) / 2, (latitude_sine[:-1] + latitude_sine[1:]) / 2
    round_2 = 1 - middle**2
    ellipsoid_2 = (1 - latitude**2) / (1 - _ECCENTRICITY_2 * latitude**2)
    ellipsoid_2 *= _SEMI_MAJOR_M**2 / _RADIUS_2
    raised_2, turned_2 = np.diff(sine) ** 2, turned**2
    on_ellipsoid = latitude * (ellipsoid_2 * turned_2 + 3 * raised_2 / ellipsoid_2)
    on_sphere = middle * (round_2 * turned_2 + 3 * raised_2 / round_2)
    bent: Array = turned * (on_ellipsoid - on_sphere) / 12
    return bent


# GeoJSON


def geojson_texts(outlines: Outlines, decimals: int) -> list[str]:
    """Each as `as_geojson_bytes` has it, after RFC 7946: outer rings counter-clockwise."""
    points = np.round(outlines.lonlat, decimals)
    rounded = shapely.set_coordinates(outlines.wholes.copy(), points)
    # A neck narrower than the last decimal crosses itself; mending that is the other's business.
    valid = shapely.is_valid(rounded).tolist()
    return [
        _as_text(parts) if is_valid else as_geojson_bytes(whole, decimals).decode()
        for parts, is_valid, whole in zip(
            _nested(outlines, points), valid, outlines.wholes.tolist(), strict=True
        )
    ]


def _as_text(parts: list[list[Array]]) -> str:
    """Orjson writes an array of numbers four times as fast as GEOS."""
    geojson = {"type": "MultiPolygon", "coordinates": parts}
    return orjson.dumps(geojson, option=orjson.OPT_SERIALIZE_NUMPY).decode()


def _nested(outlines: Outlines, points: Array) -> list[list[list[Array]]]:
    """Rings by polygon by whole, shells turned counter-clockwise and holes clockwise."""
    origin = points[0] if len(points) else 0.0
    x, y = (points - origin).T
    turning = outlines.by_ring(x[:-1] * y[1:] - x[1:] * y[:-1])
    backwards = (turning < 0) != outlines.holes
    rings = [
        np.ascontiguousarray(ring[::-1]) if turn else ring
        for ring, turn in zip(
            _cut(points, outlines.ring, len(backwards)), backwards.tolist(), strict=True
        )
    ]
    polygons = _cut(rings, outlines.polygon_of_ring, len(outlines.whole_of_polygon))
    return _cut(polygons, outlines.whole_of_polygon, len(outlines.wholes))


def _cut(items: Any, owner: Indices, count: int) -> list[Any]:
    """Those of each owner together, owners being in order."""
    ends = np.searchsorted(owner, np.arange(count + 1)).tolist()
    return [items[start:end] for start, end in pairwise(ends)]

"""The reference systems that features are served in, each with the axis order EPSG gives it.

Inside, geometry is in EPSG:3006 with x east and y north. OGC API - Features Part 2 asks for the
order of the system's own definition: latitude first in EPSG:4326, north first in EPSG:3006.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from portfolio.errors import InvalidParameter

# EPSG's codes; CRS84 is 4326 with longitude first.
WGS_84, SWEREF_99_TM, WEB_MERCATOR = 4326, 3006, 3857
Coordinates = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReferenceSystem:
    """How coordinates are written: to the millimetre, in this order."""

    uri: str
    epsg: int
    decimals: int
    north_first: bool

    def from_planar(self, points: Coordinates) -> Coordinates:
        """Take (east, north) of EPSG:3006 to this system, rounded, in its own order."""
        return np.round(self.exactly_from_planar(points), self.decimals)

    def exactly_from_planar(self, points: Coordinates) -> Coordinates:
        moved = points
        if self.epsg != SWEREF_99_TM:
            moved = np.column_stack(_transformer(SWEREF_99_TM, self.epsg).transform(*points.T))
        return moved[:, ::-1] if self.north_first else moved

    def to_planar(self, points: Coordinates) -> Coordinates:
        """Take points in this system and order to (east, north) of EPSG:3006."""
        ordered = points[:, ::-1] if self.north_first else points
        if self.epsg == SWEREF_99_TM:
            return ordered
        return np.column_stack(_transformer(self.epsg, SWEREF_99_TM).transform(*ordered.T))


CRS84 = ReferenceSystem("http://www.opengis.net/def/crs/OGC/1.3/CRS84", WGS_84, 8, False)
SYSTEMS = (
    CRS84,
    ReferenceSystem("http://www.opengis.net/def/crs/EPSG/0/4326", WGS_84, 8, True),
    ReferenceSystem("http://www.opengis.net/def/crs/EPSG/0/3006", SWEREF_99_TM, 3, True),
    ReferenceSystem("http://www.opengis.net/def/crs/EPSG/0/3857", WEB_MERCATOR, 3, False),
)
BY_URI = {system.uri: system for system in SYSTEMS}
STORED = BY_URI["http://www.opengis.net/def/crs/EPSG/0/3006"]


@cache
def _transformer(source: int, target: int) -> Transformer:
    # pyproj keeps one PROJ object per thread inside, so these can be shared.
    return Transformer.from_crs(f"EPSG:{source}", f"EPSG:{target}", always_xy=True)


def system_named(uri: str, parameter: str) -> ReferenceSystem:
    """Find a system by its address.

    Raises:
        InvalidParameter: It is none of those served.
    """
    found = BY_URI.get(uri)
    if found is None:
        known = ", ".join(BY_URI)
        raise InvalidParameter(
            f"{parameter} ska vara något av {known}.", f"{parameter} must be one of {known}."
        )
    return found


def rendered(geometries: Sequence[BaseGeometry | None], system: ReferenceSystem) -> list[bytes]:
    """Write planar geometries as GeoJSON in a system; `null` where there is none."""
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    moved: Any = shapely.transform(array, system.from_planar)
    if not system.north_first:
        # The order that RFC 7946 asks for, which knows longitude first only.
        moved = shapely.orient_polygons(moved, exterior_cw=False)
    texts = shapely.to_geojson(moved)
    return [b"null" if text is None else text.encode() for text in texts]

"""The reference systems that Swedish boundary files are in, known by their parameters.

MapInfo, and programs that write definitions of their own, give no EPSG code, and RT 90 often
without the way to other datums. What such a definition says of projection and ellipsoid is
compared with EPSG's own; the code then brings EPSG's datum shift.
"""

import math
import re
from dataclasses import dataclass

from pyproj import CRS
from pyproj._crs import Param

SWEREF_99_GEOGRAPHIC = 4619

# Semi-major axis in metres, inverse flattening.
GRS_80 = 6378137.0, 298.257222101
BESSEL_1841 = 6377397.155, 299.1528128

# How far figures may differ: some millimetres on the ground, in a definition's rounded degrees.
DEGREES, SCALE, METRES = 3e-8, 1e-9, 1e-3
# Another datum on one of these ellipsoids; RT 38 has projections of the same figures as RT 90.
OTHER_DATUMS = re.compile(r"1938|rt.?38|stockholm|(?<!to)wgs", re.IGNORECASE)
ETRS_89 = re.compile(r"european|etrs|euref", re.IGNORECASE)
# What PROJ, GDAL and MapInfo call a datum of which only the ellipsoid is told.
NO_DATUM = re.compile(r"unknown|unnamed|not.specified|grs|sweref", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Projecting:
    """A transverse Mercator projection: degrees, metres, and the ellipsoid's two figures."""

    meridian: float
    scale: float
    east: float
    north: float
    semi_major: float
    inverse_flattening: float

    def is_near(self, other: "Projecting") -> bool:
        """Say whether a coordinate in one is the same in the other, to the millimetre."""
        return (
            abs(self.meridian - other.meridian) <= DEGREES
            and abs(self.scale - other.scale) <= SCALE
            and abs(self.east - other.east) <= METRES
            and abs(self.north - other.north) <= METRES
            and abs(self.semi_major - other.semi_major) <= METRES
            and abs(self.inverse_flattening - other.inverse_flattening) <= 1e-6
        )


def _sweref_99(meridian: float) -> Projecting:
    return Projecting(meridian, 1, 150_000, 0, *GRS_80)


def _rt_90(meridian: float) -> Projecting:
    return Projecting(meridian, 1, 1_500_000, 0, *BESSEL_1841)


# RT 90's meridians lie 2.5 gon (2.25 degrees) apart from 15 degrees 48 minutes 29.8 seconds.
PROJECTIONS = {
    3006: Projecting(15, 0.9996, 500_000, 0, *GRS_80),
    3007: _sweref_99(12),
    3008: _sweref_99(13.5),
    3009: _sweref_99(15),
    3010: _sweref_99(16.5),
    3011: _sweref_99(18),
    3012: _sweref_99(14.25),
    3013: _sweref_99(15.75),
    3014: _sweref_99(17.25),
    3015: _sweref_99(18.75),
    3016: _sweref_99(20.25),
    3017: _sweref_99(21.75),
    3018: _sweref_99(23.25),
    **{3019 + at: _rt_90(15 + 48 / 60 + 29.8 / 3600 + 2.25 * (at - 2)) for at in range(6)},
}


def recognise(crs: CRS) -> int | None:
    """Find the EPSG code whose parameters a system without code has, or None.

    A system that says its datum to be ETRS 89 keeps the code it has on that datum.
    """
    datum = crs.datum.name if crs.datum is not None else ""
    if OTHER_DATUMS.search(datum):
        return None
    if ETRS_89.search(datum):
        return crs.to_epsg() or _by_figures(crs)
    if crs.is_geographic:
        return SWEREF_99_GEOGRAPHIC if NO_DATUM.search(datum) and _is_plain_grs_80(crs) else None
    return _by_figures(crs)


def _by_figures(crs: CRS) -> int | None:
    figures = projecting(crs)
    if figures is None:
        return None
    return next((code for code, own in PROJECTIONS.items() if own.is_near(figures)), None)


def projecting(crs: CRS) -> Projecting | None:
    """Take the figures out of a transverse Mercator system in metres; None for all others."""
    operation, ellipsoid = crs.coordinate_operation, crs.ellipsoid
    if operation is None or ellipsoid is None or not _is_common(crs):
        return None
    if operation.method_name != "Transverse Mercator":
        return None
    values = {one.name: _in_degrees_or_metres(one) for one in operation.params}
    if values.get("Latitude of natural origin"):
        return None
    try:
        return Projecting(
            values["Longitude of natural origin"],
            values["Scale factor at natural origin"],
            values["False easting"],
            values["False northing"],
            ellipsoid.semi_major_metre,
            ellipsoid.inverse_flattening,
        )
    except KeyError:
        return None


def _in_degrees_or_metres(parameter: Param) -> float:
    """Lengths come in metres, since systems in other units are refused."""
    value = float(parameter.value)
    if parameter.unit_name in ("grad", "radian"):
        return math.degrees(value * float(parameter.unit_conversion_factor))
    return value


def _is_common(crs: CRS) -> bool:
    """Metres, counted from Greenwich."""
    meridian = crs.prime_meridian
    in_metres = all(axis.unit_conversion_factor == 1.0 for axis in crs.axis_info)
    return in_metres and (meridian is None or meridian.longitude == 0)


def _is_plain_grs_80(crs: CRS) -> bool:
    ellipsoid, meridian = crs.ellipsoid, crs.prime_meridian
    if ellipsoid is None or (meridian is not None and meridian.longitude != 0):
        return False
    in_degrees = all(axis.unit_name == "degree" for axis in crs.axis_info)
    return (
        in_degrees
        and abs(ellipsoid.semi_major_metre - GRS_80[0]) <= METRES
        and abs(ellipsoid.inverse_flattening - GRS_80[1]) <= 1e-6
    )

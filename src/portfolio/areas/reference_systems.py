"""Which reference system a file has, and how its coordinates become EPSG:3006.

x is always east or longitude, y north or latitude, whatever order the system itself states.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from portfolio.areas.known_systems import recognise
from portfolio.areas.report import Issue
from portfolio.areas.wording import shortened
from portfolio.errors import FieldError, UnknownCrs
from portfolio.language import Text

SWEREF_99_TM = 3006
WGS_84 = 4326
Coordinates = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]

# EPSG's area of use "Sweden - onshore and offshore" (1225), a tenth of a degree wider.
WEST, SOUTH, EAST, NORTH = 9.93, 54.86, 24.27, 69.17

# Without a stated datum these ellipsoids differ from SWEREF 99 by less than a metre.
MODERN_ELLIPSOIDS = ("GRS 1980", "WGS 84")


@dataclass(frozen=True)
class Projection:
    """The way from one reference system to EPSG:3006 and to longitude and latitude."""

    crs: CRS

    @cached_property
    def _to_sweref(self) -> Transformer:
        return _transformer(self.crs, SWEREF_99_TM)

    @cached_property
    def _to_lonlat(self) -> Transformer:
        return _transformer(self.crs, WGS_84)

    def to_sweref(self, geometries: Geometries) -> Geometries:
        """Reproject an array of geometries; what has no place there gets infinite numbers."""
        if self.crs.to_epsg() == SWEREF_99_TM:
            return geometries
        return _reproject(geometries, self._to_sweref)

    def in_sweden(self, geometries: Geometries) -> Mask:
        """Say which geometries lie in Sweden, every vertex of them."""
        coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
        return self._all_in_sweden(coordinates, owner, len(geometries))

    def in_sweden_if_swapped(self, geometries: Geometries) -> Mask:
        """Say which would lie in Sweden if x and y changed places."""
        coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
        return self._all_in_sweden(coordinates[:, ::-1], owner, len(geometries))

    def _all_in_sweden(
        self, coordinates: Coordinates, owner: npt.NDArray[np.intp], count: int
    ) -> Mask:
        longitude, latitude = self.lonlat(coordinates).T
        inside = (longitude >= WEST) & (longitude <= EAST)
        inside &= (latitude >= SOUTH) & (latitude <= NORTH)
        outside: Mask = np.bincount(owner, ~inside, minlength=count) > 0
        return ~outside

    def lonlat(self, coordinates: Coordinates) -> Coordinates:
        """Reproject an array of (x, y) to (longitude, latitude)."""
        return _transformed(coordinates, self._to_lonlat)


def parse_crs(text: str) -> CRS:
    """Read a caller's `EPSG:n`.

    Raises:
        UnknownCrs: It is not of that form, unknown, or no system for maps.
    """
    found = re.fullmatch(r"EPSG:(\d{1,6})", text.strip(), re.IGNORECASE | re.ASCII)
    crs = _known(int(found[1])) if found else None
    usable = None if crs is None else usable_crs(crs)
    if usable is None:
        sv = f"{shortened(text)} är inget känt referenssystem. Skriv till exempel EPSG:3006."
        en = f"{shortened(text)} is no known reference system. Write for example EPSG:3006."
        raise UnknownCrs(sv, en, [FieldError("/crs", Text(sv, en))])
    return usable


def read_crs(definition: str | None) -> CRS | None:
    """Understand a file's own definition: an authority's code or WKT; None if that fails."""
    if not definition:
        return None
    try:
        return usable_crs(CRS.from_user_input(definition))
    except CRSError:
        return None


def usable_crs(crs: CRS) -> CRS | None:
    """Keep the horizontal part of a system that can be projected; None if it has none."""
    flat: CRS = crs.sub_crs_list[0] if crs.is_compound else crs
    flat = flat.to_2d()
    base = flat.source_crs if flat.is_bound and flat.source_crs is not None else flat
    if not (base.is_projected or base.is_geographic) or base.is_geocentric:
        return None
    # A definition without a code often lacks the way to other datums; the code's own has it.
    code = _code_of(flat, base)
    flat = flat if code is None else CRS.from_epsg(code)
    return flat if _reaches_sweref(flat) else None


def _code_of(crs: CRS, base: CRS) -> int | None:
    """Prefer the code that is written in the definition, then the one with its parameters."""
    stated = crs.to_epsg() if "id" in crs.to_json_dict() else None
    return stated or recognise(base) or crs.to_epsg()


def choose_crs(given: str | None, found: CRS | None) -> tuple[CRS, list[Issue]]:
    """Prefer what the caller says to what the file says, and say when they differ."""
    if given is not None:
        stated = parse_crs(given)
        differ = found is not None and name_of(found) != name_of(stated)
        return stated, [_overridden(stated, found)] if found is not None and differ else []
    if found is not None:
        return found, []
    sv = "Filens referenssystem saknas eller känns inte igen. Ange det, till exempel crs=EPSG:3006."
    en = "The file's reference system is missing or not known. Give it, such as crs=EPSG:3006."
    raise UnknownCrs(sv, en, [FieldError("/crs", Text(sv, en))])


def name_of(crs: CRS) -> str:
    """Name a system by its EPSG code, or else by what its definition calls it."""
    code = crs.to_epsg()
    return shortened(crs.name, 100) if code is None else f"EPSG:{code}"


def _overridden(stated: CRS, found: CRS) -> Issue:
    named, file_says = name_of(stated), name_of(found)
    detail = Text(
        f"Filen anger {file_says}, men den lästes som {named} eftersom du angav det.",
        f"The file states {file_says}, but was read as {named} because you said so.",
    )
    return Issue("info", "crs_given", None, detail)


def _known(code: int) -> CRS | None:
    try:
        return CRS.from_epsg(code)
    except CRSError:
        return None


def _reaches_sweref(crs: CRS) -> bool:
    try:
        _transformer(crs, SWEREF_99_TM)
        _transformer(crs, WGS_84)
    except ProjError:
        return False
    return True


def _transformer(crs: CRS, to: int) -> Transformer:
    """Refuse to guess how two datums relate, unless the guess can't be far off."""
    ellipsoid = crs.ellipsoid.name if crs.ellipsoid is not None else ""
    modern = any(name in ellipsoid for name in MODERN_ELLIPSOIDS)
    return Transformer.from_crs(crs, to, always_xy=True, allow_ballpark=modern)


def _reproject(geometries: Geometries, transformer: Transformer) -> Geometries:
    def move(coordinates: Coordinates) -> Coordinates:
        return _transformed(coordinates, transformer)

    moved: Any = shapely.transform(geometries, move)
    return np.asarray(moved, dtype=object)


def _transformed(coordinates: Coordinates, transformer: Transformer) -> Coordinates:
    x, y = transformer.transform(coordinates[:, 0], coordinates[:, 1])
    return np.column_stack([x, y])

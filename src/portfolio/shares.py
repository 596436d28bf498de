"""How much of an investment each area holds: formulas 1, A5 and A7.

Shares are whole numbers of pico (10**-12), so that areas and `outside` sum to WHOLE exactly.
Geometries are planar, in metres.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from portfolio.amounts import split_amount

WHOLE = 10**12

# The key of what lies outside in `Shares.weights`. It sorts after every code, so that a tie
# between an area and the outside goes to the area.
OUTSIDE = "\U0010ffff"

# An overlap under this share of the whole is a sliver (formulas 1; a setting).
SLIVER = 0.01

# Measured sizes are rounded to this part of the whole. That is well above the noise of the
# coordinates, so equal overlaps become equal numbers, and the lower code wins the tie.
RESOLUTION = 10**9
ROUNDING = 10 * WHOLE // RESOLUTION

# A corner made by cutting is some nanometres off. What is narrower than this is no overlap.
NOISE_M = 1e-8

# Shares written by people sum to one only roughly: three times 0.3333333333.
TOLERANCE = WHOLE // 10**9

# From so many areas on, preparing for all of them is cheaper than asking each.
MANY = 100

# A footprint within these takes about a second and 200 MB at most; measured on scribbles.
MAX_BUFFERED_POSITIONS = 2000
MAX_CLOSE_PAIRS = 20_000
# Bends under this part of the buffer are straightened before it is drawn.
STRAIGHTENED = 0.02

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Shares:
    """`areas` and `outside` sum to WHOLE; `areas` is sorted by code, each share over 0.

    `slivers` are the areas that were dropped, with the share that each had before.
    """

    areas: dict[str, int]
    outside: int
    slivers: dict[str, int]

    @property
    def weights(self) -> dict[str, int]:
        """Areas and OUTSIDE together, for `split_amount` and `split_series`."""
        return {**self.areas, OUTSIDE: self.outside}


def exact_share(value: float) -> Decimal:
    """The share as it was written: the shortest decimal that reads as this number."""
    return Decimal(repr(value))


def as_number(pico: int) -> float:
    """The share as clients see it: 600000000000 is 0.6."""
    return pico / WHOLE


def footprint(planar: BaseGeometry, buffer_m: float) -> BaseGeometry:
    """The surface within `buffer_m` metres of the geometry, or the geometry itself for 0.

    Its edge may be off by a fiftieth of the buffer, and always by a centimetre: bends smaller
    than that are straightened first, which makes crooked lines far cheaper.
    """
    if not 0 <= buffer_m < float("inf"):
        raise ValueError("A buffer is a number of metres, not negative.")
    if not buffer_m:
        return planar
    return shapely.buffer(_straightened(planar, buffer_m), buffer_m, quad_segs=16)


def is_too_crooked(planar: BaseGeometry, buffer_m: float) -> bool:
    """Whether a footprint would take seconds and hundreds of megabytes.

    What costs is where the edges of the buffer cross: about as many times as two segments (or
    points) of the geometry are closer than twice the buffer.
    """
    if not buffer_m:
        return False
    if shapely.get_num_coordinates(planar) > MAX_BUFFERED_POSITIONS:
        return True
    parts = _segments(_straightened(planar, buffer_m))
    tree = shapely.STRtree(parts)
    pairs = 0
    # Some at a time, so that the most crooked are told soonest.
    for start in range(0, len(parts), 100):
        some = parts[start : start + 100]
        near, _ = tree.query(some, predicate="dwithin", distance=2 * buffer_m)
        # Each part finds itself; each pair is found twice in the end.
        pairs += len(near) - len(some)
        if pairs > 2 * MAX_CLOSE_PAIRS:
            return True
    return False


def _straightened(planar: BaseGeometry, buffer_m: float) -> BaseGeometry:
    return shapely.simplify(planar, max(buffer_m * STRAIGHTENED, 0.01))


def _segments(geometry: BaseGeometry) -> Geometries:
    """The pieces between two positions next to each other, or points as they are."""
    parts = shapely.get_parts(geometry)
    if shapely.get_dimensions(geometry) == 0:
        return np.asarray(parts)
    lines = shapely.get_rings(parts) if shapely.get_dimensions(geometry) == 2 else parts
    points, line = shapely.get_coordinates(lines, return_index=True)
    pairs = np.stack([points[:-1], points[1:]], axis=1)[line[:-1] == line[1:]]
    return np.asarray(shapely.linestrings(pairs))


@dataclass(frozen=True, eq=False)
class Coverage:
    """The areas of one scheme at one date, in order of code, to be asked what lies where.

    Safe to read from several threads: the tree is complete when `build` returns, and the
    geometries are not prepared, since GEOS goes on preparing them while they are read.
    """

    codes: tuple[str, ...]
    geometries: Geometries
    surfaces: dict[str, float]
    tree: shapely.STRtree

    @classmethod
    def build(cls, codes: Sequence[str], geometries: Sequence[BaseGeometry]) -> "Coverage":
        """From parallel sequences of codes and (multi)polygons, in any order."""
        if len(codes) != len(geometries):
            raise ValueError("Each area needs a code and a geometry.")
        if len(set(codes)) != len(codes):
            raise ValueError("An area code occurs more than once.")
        order = sorted(range(len(codes)), key=codes.__getitem__)
        ordered = np.empty(len(order), dtype=object)
        ordered[:] = [geometries[index] for index in order]
        tree = shapely.STRtree(ordered)
        tree.query(shapely.Point(0, 0))  # the first question completes the tree
        sorted_codes = tuple(codes[index] for index in order)
        surfaces = dict(zip(sorted_codes, shapely.area(ordered).tolist(), strict=True))
        return cls(sorted_codes, ordered, surfaces, tree)

    @cached_property
    def is_free_of_overlaps(self) -> bool:
        return bool(shapely.coverage_is_valid(self.geometries))


def shares_of_geometry(
    footprint: BaseGeometry, coverage: Coverage, *, sliver: float = SLIVER
) -> Shares:
    """The shares of a surface by m2, of a line by metre, of points by count.

    What lies in two areas (a point on their border, an overlap) counts once, for the lower code.
    An overlap under `sliver` of the whole is dropped and the rest, outside too, scaled up. Kept
    all the same is a point; an area of which at least half is covered, since what lies inside
    the footprint is not an edge of it; and everything, if else no area would be left.
    """
    overlaps = _overlaps(footprint, coverage)
    dimension = shapely.get_dimensions(footprint)
    kept = _half_covered(overlaps.owned, coverage) if dimension == 2 else frozenset[str]()
    return _settled(overlaps.spread(WHOLE), kept, sliver if dimension else 0)


def carried_over(
    parts: Sequence[tuple[BaseGeometry, int]],
    outside: int,
    coverage: Coverage,
    *,
    sliver: float = SLIVER,
) -> Shares:
    """Shares given for areas of another scheme or date, spread over this coverage by surface.

    `parts` are those areas' polygons, each with its share; with `outside` they sum to WHOLE.
    """
    if min(outside, *(pico for _, pico in parts), 0) < 0:
        raise ValueError("A share can't be negative.")
    if outside + sum(pico for _, pico in parts) != WHOLE:
        raise ValueError("The shares and what is outside must sum to the whole.")
    shares = Counter({OUTSIDE: outside})
    owned = Counter[str]()
    for polygon, pico in parts:
        overlaps = _overlaps(polygon, coverage)
        shares.update(overlaps.spread(pico))
        owned.update(overlaps.owned)
    return _settled(shares, _half_covered(owned, coverage), sliver)


def manual_shares(entries: Sequence[tuple[str, Fraction | Decimal]]) -> Shares:
    """Shares as a person gave them, for areas of one scheme; what they leave is outside.

    Raises ValueError if a code occurs twice, a share is not a number from 0 to 1, or the sum
    exceeds 1.
    """
    if len({code for code, _ in entries}) != len(entries):
        raise ValueError("An area code occurs more than once.")
    areas = {code: _pico(share) for code, share in sorted(entries)}
    total = sum(areas.values())
    if total > WHOLE + TOLERANCE:
        raise ValueError("The shares must sum to at most 1.")
    if total >= WHOLE - TOLERANCE:
        areas = split_amount(WHOLE, areas)
    areas = {code: pico for code, pico in areas.items() if pico}
    return Shares(areas, WHOLE - sum(areas.values()), {})


def _pico(share: Fraction | Decimal) -> int:
    # Compared before it is computed with: a Decimal may have an exponent of a million.
    if (isinstance(share, Decimal) and not share.is_finite()) or not 0 <= share <= 1:
        raise ValueError("A share must be a number from 0 to 1.")
    if isinstance(share, Decimal):
        share = share.quantize(Decimal(1).scaleb(-12))
    return round(share * WHOLE)


# Slivers


def _half_covered(owned: Mapping[str, float], coverage: Coverage) -> Set[str]:
    almost_half = 0.5 - 1e-9
    return {code for code, size in owned.items() if size >= almost_half * coverage.surfaces[code]}


def _settled(parts: Mapping[str, int], kept: Set[str], sliver: float) -> Shares:
    """Without the slivers; `parts` sum to WHOLE, with OUTSIDE."""
    areas = {code: pico for code, pico in sorted(parts.items()) if pico and code != OUTSIDE}
    outside = parts.get(OUTSIDE, 0)
    # Exactly one per cent is not under one per cent, whichever way it was rounded.
    limit = sliver * WHOLE - ROUNDING
    slivers = {code: pico for code, pico in areas.items() if pico < limit and code not in kept}
    if not slivers or len(slivers) == len(areas):
        return Shares(areas, outside, {})
    left = {code: pico for code, pico in areas.items() if code not in slivers}
    scaled = split_amount(WHOLE, {**left, OUTSIDE: outside})
    outside = scaled.pop(OUTSIDE)
    return Shares(scaled, outside, slivers)


# Measuring


@dataclass(frozen=True)
class _Overlaps:
    """What each area owns of a geometry: m2, metres or points, counted in `unit`."""

    owned: dict[str, float]
    outside: float
    unit: float

    def spread(self, pico: int) -> dict[str, int]:
        sizes = {**self.owned, OUTSIDE: self.outside}
        return split_amount(pico, {code: round(size / self.unit) for code, size in sizes.items()})


def _overlaps(footprint: BaseGeometry, coverage: Coverage) -> _Overlaps:
    if footprint.is_empty or footprint.geom_type == "GeometryCollection":
        raise ValueError("Shares need points, lines or polygons, and at least one.")
    # In a normal form, so that neither the first corner nor the direction makes a difference.
    footprint = shapely.normalize(footprint)
    dimension = shapely.get_dimensions(footprint)
    if dimension == 0:
        return _of_points(footprint, coverage)
    return _of_line(footprint, coverage) if dimension == 1 else _of_surface(footprint, coverage)


def _of_points(points: BaseGeometry, coverage: Coverage) -> _Overlaps:
    parts = shapely.get_parts(points)
    nowhere = len(coverage.codes)
    owners = np.full(len(parts), nowhere)
    point, area = coverage.tree.query(parts, predicate="intersects")
    np.minimum.at(owners, point, area)
    counts = Counter(owners.tolist())
    outside = counts.pop(nowhere, 0)
    return _Overlaps({coverage.codes[at]: counts[at] for at in sorted(counts)}, outside, 1)


def _of_line(line: BaseGeometry, coverage: Coverage) -> _Overlaps:
    whole = _size(line.length)
    noise = NOISE_M + whole * 1e-9
    owned = {}
    rest = line
    # Each area is taken from what the earlier ones left. Cutting the pieces by one another
    # instead would fail: after rounding, two pieces of one line seldom lie on each other.
    for at in np.sort(coverage.tree.query(line, predicate="intersects")).tolist():
        area = coverage.geometries[at]
        size = shapely.length(shapely.intersection(rest, area))
        if size > noise:
            owned[coverage.codes[at]] = float(size)
            rest = shapely.difference(rest, area)
    outside = float(rest.length)
    return _Overlaps(owned, outside if outside > noise else 0.0, whole / RESOLUTION)


def _of_surface(surface: BaseGeometry, coverage: Coverage) -> _Overlaps:
    whole = _size(surface.area)
    noise = surface.length * NOISE_M + whole * 1e-9
    near, pieces = _pieces(surface, coverage)
    hit = shapely.area(pieces) > noise
    near, pieces = near[hit], _only_polygons(pieces[hit])
    sizes = shapely.area(pieces)
    covered = _covered(pieces, coverage)
    if sizes.sum() > covered + noise:
        sizes = _without_earlier(pieces)
    owned = {
        coverage.codes[at]: size
        for at, size in zip(near.tolist(), sizes.tolist(), strict=True)
        if size > noise
    }
    outside = whole - covered
    return _Overlaps(owned, outside if outside > noise else 0.0, whole / RESOLUTION)


def _pieces(surface: BaseGeometry, coverage: Coverage) -> tuple[npt.NDArray[np.intp], Geometries]:
    """What each area near has of the surface, in order of code."""
    near = np.sort(coverage.tree.query(surface))
    pieces = coverage.geometries[near]
    if len(near) > MANY:
        # Most areas lie inside then, and asking that is far cheaper than cutting.
        shapely.prepare(surface)
        cut = ~shapely.contains_properly(surface, pieces)
        pieces[cut] = shapely.intersection(pieces[cut], surface)
        return near, pieces
    return near, shapely.intersection(pieces, surface)


def _covered(pieces: Geometries, coverage: Coverage) -> float:
    """The surface of all pieces together, each spot once."""
    if len(pieces) > MANY and coverage.is_free_of_overlaps:
        return float(shapely.area(pieces).sum())
    return float(shapely.area(shapely.union_all(pieces) if len(pieces) > 1 else pieces).sum())


def _size(size: float) -> float:
    if not size > 0:
        raise ValueError("A line needs a length, a polygon a surface.")
    return float(size)


def _only_polygons(pieces: Geometries) -> Geometries:
    """Without the lines and points where a surface just touches an area."""
    for at in np.flatnonzero(
        shapely.get_type_id(pieces) == shapely.GeometryType.GEOMETRYCOLLECTION
    ):
        parts = shapely.get_parts(shapely.get_parts(pieces[at]))
        pieces[at] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return pieces


def _without_earlier(pieces: Geometries) -> npt.NDArray[np.float64]:
    """The surface of each piece that no earlier one has: overlaps count for the lower code."""
    tree = shapely.STRtree(pieces)
    own = pieces.copy()
    for at, piece in enumerate(pieces):
        near = tree.query(piece, predicate="intersects")
        earlier = pieces[near[near < at]]
        if len(earlier):
            own[at] = shapely.difference(piece, shapely.union_all(earlier))
    return np.asarray(shapely.area(own))

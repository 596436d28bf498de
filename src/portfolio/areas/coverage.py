"""Is a set of areas a coverage (A3): neighbours neither overlap nor leave gaps between them?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from portfolio.areas.reference_systems import Geometries
from portfolio.areas.report import MOST_ISSUES_OF_A_KIND, Feature, Issue
from portfolio.areas.shapes import lonlat_point
from portfolio.areas.wording import listed, square_metres
from portfolio.language import Text

# Coordinates are compared on this grid, so that noise of the last digits is no finding.
GRID_M = 0.001
# A hole in which a circle of this width fits, such as a lake, may well be meant.
WIDEST_GAP_M = 10.0
# The boxes of a coverage meet some ten others. Beyond this it is no coverage but a heap, and
# comparing all edges with all would take hours.
MOST_NEIGHBOURS = 100
PAIRS_AT_A_TIME = 20_000
MOST_OVERLAPS = 2 * MOST_ISSUES_OF_A_KIND
ROWS_AT_A_TIME = 50

Pairs = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Coverage:
    features: Sequence[Feature]
    geometries: Geometries
    tree: shapely.STRtree
    tolerance_m2: float
    tolerance_m: float

    def exceeds(self, surfaces: Geometries) -> npt.NDArray[np.bool_]:
        """Say which surfaces are larger and somewhere wider than the tolerances."""
        large = shapely.area(surfaces) > self.tolerance_m2
        large[large] = ~shapely.is_empty(shapely.buffer(surfaces[large], -self.tolerance_m / 2))
        return large


def check_coverage(
    features: Sequence[Feature], *, tolerance_m2: float = 1.0, tolerance_m: float = 0.1
) -> list[Issue]:
    """List the overlaps of neighbours and the unintended gaps between them (A3).

    Args:
        features: Valid multi-polygons in EPSG:3006, in metres.
        tolerance_m2: Nothing of this surface or less is reported.
        tolerance_m: Nor anything that is nowhere wider than this: that is how well two
            people draw the same line, not a dispute over land.

    Returns:
        Warnings. `overlap`: one for each pair, under the lower code. `gap`: one for each hole
        that two areas or more enclose and that is nowhere wider than 10 m. A wider hole is taken
        to be meant, as is a hole inside a single area, and everything outside the coverage.
    """
    if len(features) < 2:
        return []
    shapes = np.array([feature.geometry for feature in features], dtype=object)
    snapped = np.asarray(shapely.set_precision(shapes, GRID_M), dtype=object)
    coverage = _Coverage(features, snapped, shapely.STRtree(snapped), tolerance_m2, tolerance_m)
    if _is_crowded(coverage):
        return _overlaps(coverage, np.arange(len(features)))
    # Where edges match there is nothing to find, and in a good file all edges match.
    edges = shapely.coverage_invalid_edges(snapped, gap_width=WIDEST_GAP_M)
    suspects = np.flatnonzero(~shapely.is_empty(edges))
    if not suspects.size:
        return []
    overlaps = _overlaps(coverage, suspects)
    if len(overlaps) > MOST_OVERLAPS:
        return overlaps  # what lies between such areas says nothing
    return [*overlaps, *_gaps(coverage, suspects)]


def _is_crowded(coverage: _Coverage) -> bool:
    met, count = 0, len(coverage.geometries)
    for start in range(0, count, ROWS_AT_A_TIME):
        rows = coverage.geometries[start : start + ROWS_AT_A_TIME]
        met += coverage.tree.query(rows).shape[1]
        if met > MOST_NEIGHBOURS * count:
            return True
    return False


def _overlaps(coverage: _Coverage, suspects: Pairs) -> list[Issue]:
    found: list[Issue] = []
    for pairs in _candidate_pairs(coverage, suspects):
        shared = shapely.intersection(coverage.geometries[pairs[0]], coverage.geometries[pairs[1]])
        for at in np.flatnonzero(coverage.exceeds(shared)):
            first, second = (coverage.features[row] for row in pairs[:, at])
            found.append(_overlap(first, second, shared[at]))
        if len(found) > MOST_OVERLAPS:
            break  # more would only be counted
    return sorted(found, key=lambda issue: (issue.code or "", issue.detail.en))


def _candidate_pairs(coverage: _Coverage, suspects: Pairs) -> Iterator[Pairs]:
    """Pair each suspect with all whose box meets its own, every pair once, a few at a time."""
    suspected = np.zeros(len(coverage.geometries), dtype=bool)
    suspected[suspects] = True
    for start in range(0, len(suspects), ROWS_AT_A_TIME):
        rows = suspects[start : start + ROWS_AT_A_TIME]
        left, right = coverage.tree.query(coverage.geometries[rows])
        left = rows[left]
        once = (left < right) | ((left > right) & ~suspected[right])
        pairs = np.vstack([left[once], right[once]])
        for at in range(0, pairs.shape[1], PAIRS_AT_A_TIME):
            yield pairs[:, at : at + PAIRS_AT_A_TIME]


def _overlap(first: Feature, second: Feature, shared: shapely.Geometry) -> Issue:
    low, high = sorted((first, second), key=lambda feature: feature.code)
    surface = square_metres(float(shapely.area(shared)))
    detail = Text(
        f"{low.code} och {high.code} överlappar varandra med {surface.sv}. Rätta gränsen.",
        f"{low.code} and {high.code} overlap by {surface.en}. Correct the boundary.",
    )
    return Issue("warning", "overlap", low.code, detail, low.index, _inside(shared))


def _gaps(coverage: _Coverage, suspects: Pairs) -> list[Issue]:
    near = np.unique(coverage.tree.query(coverage.geometries[suspects])[1])
    found = []
    for hole in _holes(shapely.union_all(coverage.geometries[near])):
        rows = coverage.tree.query(hole, "intersects")
        if len(rows) < 2:
            continue
        # Areas that are under no suspicion may fill the hole, or be islands in it.
        uncovered = shapely.difference(hole, shapely.union_all(coverage.geometries[rows]))
        around = [coverage.features[row] for row in rows]
        found += [_gap(around, part) for part in _narrow(coverage, uncovered)]
    return sorted(found, key=lambda issue: (issue.code or "", issue.detail.en))


def _holes(union: shapely.Geometry) -> Geometries:
    parts = shapely.get_parts(union)
    filled = shapely.polygons(shapely.get_exterior_ring(parts))
    return np.asarray(shapely.get_parts(shapely.difference(filled, parts)), dtype=object)


def _narrow(coverage: _Coverage, uncovered: shapely.Geometry) -> Geometries:
    parts = np.asarray(shapely.get_parts(uncovered), dtype=object)
    parts = parts[coverage.exceeds(parts)]
    return parts[shapely.is_empty(shapely.buffer(parts, -WIDEST_GAP_M / 2))]


def _gap(around: list[Feature], hole: shapely.Geometry) -> Issue:
    lowest = min(around, key=lambda feature: feature.code)
    codes = listed(sorted(feature.code for feature in around), most=5)
    surface = square_metres(float(shapely.area(hole)))
    detail = Text(
        f"Mellan {codes} finns en glipa på {surface.sv}. Låt områdena dela gräns.",
        f"Between {codes} there is a gap of {surface.en}. Let the areas share their boundary.",
    )
    return Issue("warning", "gap", lowest.code, detail, lowest.index, _inside(hole))


def _inside(surface: shapely.Geometry) -> tuple[float, float] | None:
    point = shapely.point_on_surface(surface)
    return lonlat_point(float(shapely.get_x(point)), float(shapely.get_y(point)))

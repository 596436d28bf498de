"""Is a set of areas a coverage (A3): neighbours neither overlap nor leave gaps between them?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

from portfolio.areas.edges import has_unmatched_edges
from portfolio.areas.reference_systems import Geometries
from portfolio.areas.report import MOST_ISSUES_OF_A_KIND, Feature, Issue, rounded_m2
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
# Where areas lie this many deep on one, or on average more than this many, they divide nothing.
DEEPEST_ON_ONE = 10
DEEPEST_ON_AVERAGE = 2 + 1e-6
NOT_A_COVERAGE = "not_a_coverage"
CLEANED_AWAY = Text("Det har städats bort.", "It was cleaned away.")

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Seam:
    """A surface that two areas claim, or that those around it leave open; areas by position."""

    kind: Literal["overlap", "gap"]
    rows: tuple[int, ...]
    surface: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What is this small, or nowhere wider, is how two people draw the same line."""

    surface_m2: float = 1.0
    width_m: float = 0.1


@dataclass(frozen=True, slots=True)
class _Coverage:
    """Surfaces on the grid; `rows` are their positions among all."""

    rows: Rows
    geometries: Geometries
    tree: shapely.STRtree
    tolerance: Tolerance

    def exceeds(self, surfaces: Geometries) -> npt.NDArray[np.bool_]:
        """Say which surfaces are larger and somewhere wider than the tolerance."""
        large = shapely.area(surfaces) > self.tolerance.surface_m2
        large[large] = _is_wider(surfaces[large], self.tolerance.width_m)
        return large

    def seam(
        self, kind: Literal["overlap", "gap"], at: npt.ArrayLike, surface: shapely.Geometry
    ) -> Seam:
        return Seam(kind, tuple(self.rows[np.asarray(at)].tolist()), surface)


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
        And an error, `not_a_coverage`, if they are a heap.
    """
    surfaces = surfaces_of(features)
    seams = find_seams(surfaces, Tolerance(tolerance_m2, tolerance_m))
    return [*heap_issues(surfaces, seams), *seam_issues(features, seams)]


def heap_issues(surfaces: Geometries, seams: Sequence[Seam]) -> list[Issue]:
    """Refuse areas that lie on each other without bound: whatever cuts them takes as long.

    Args:
        surfaces: Of all areas, in metres.
        seams: What `find_seams` found among them.
    """
    if not _is_heap(surfaces, [seam for seam in seams if seam.kind == "overlap"]):
        return []
    detail = Text(
        "Områdena ligger på varandra och delar inte upp marken mellan sig. Skicka en indelning "
        "där de inte gör det; är det flera indelningar i en fil, skicka en i taget.",
        "The areas lie on top of each other and do not divide the ground between them. Send a "
        "division in which they don't; if it is several in one file, send them one by one.",
    )
    return [Issue("error", NOT_A_COVERAGE, None, detail)]


def _is_heap(surfaces: Geometries, overlaps: Sequence[Seam]) -> bool:
    if len(surfaces) < 2:
        return False
    if is_crowded(surfaces, shapely.STRtree(surfaces)):
        return True
    if not overlaps:
        return False
    sizes = shapely.area(surfaces)
    shared = shapely.area(np.array([seam.surface for seam in overlaps], dtype=object))
    rows = np.array([seam.rows for seam in overlaps], dtype=np.intp)
    claimed = sum(np.bincount(side, shared, minlength=len(sizes)) for side in rows.T)
    if (claimed > DEEPEST_ON_ONE * sizes).any():
        return True
    # All pairs share at least what lies double, and more where not all of them were listed.
    if len(overlaps) <= MOST_OVERLAPS and shared.sum() <= sizes.sum() / 2:
        return False
    return bool(sizes.sum() > DEEPEST_ON_AVERAGE * shapely.area(shapely.union_all(surfaces)))


def surfaces_of(features: Sequence[Feature]) -> Geometries:
    """The boundaries as an array."""
    surfaces: Geometries = np.empty(len(features), dtype=object)
    surfaces[:] = [feature.geometry for feature in features]
    return surfaces


def find_seams(surfaces: Geometries, tolerance: Tolerance) -> list[Seam]:
    """The overlaps and gaps that `check_coverage` tells of, in no order.

    Where edges match there is nothing to find, and in a good file all do but those of its rim:
    only if something is wrong there, everything is looked at.
    """
    if len(surfaces) < 2:
        return []
    tree, everything = shapely.STRtree(surfaces), np.arange(len(surfaces))
    if is_crowded(surfaces, tree):
        coverage = _on_the_grid(surfaces, everything, tolerance)
        return _overlaps(coverage, everything)
    near = at_the_rim(surfaces, tree)
    if not suspicious(surfaces[near], gap_width_m=0).size:
        return _gaps_where_edges_match(_Coverage(everything, surfaces, tree, tolerance), near)
    found = _seams_among(surfaces, near, tolerance)
    if found and len(near) < len(surfaces):
        return _seams_among(surfaces, everything, tolerance)
    return found


def at_the_rim(surfaces: Geometries, tree: shapely.STRtree) -> Rows:
    """Those with edges that match no other's, and their neighbours: faults are among these."""
    rim = np.flatnonzero(has_unmatched_edges(surfaces, GRID_M))
    return np.unique(tree.query(surfaces[rim])[1])


def is_crowded(surfaces: Geometries, tree: shapely.STRtree) -> bool:
    """Say whether this is a heap: surfaces that meet far more others than neighbours do."""
    met, count = 0, len(surfaces)
    for start in range(0, count, ROWS_AT_A_TIME):
        met += tree.query(surfaces[start : start + ROWS_AT_A_TIME]).shape[1]
        if met > MOST_NEIGHBOURS * count:
            return True
    return False


def _on_the_grid(surfaces: Geometries, rows: Rows, tolerance: Tolerance) -> _Coverage:
    snapped = np.asarray(shapely.set_precision(surfaces[rows], GRID_M), dtype=object)
    return _Coverage(rows, snapped, shapely.STRtree(snapped), tolerance)


def _seams_among(surfaces: Geometries, rows: Rows, tolerance: Tolerance) -> list[Seam]:
    coverage = _on_the_grid(surfaces, rows, tolerance)
    suspects = suspicious(coverage.geometries)
    if not suspects.size:
        return []
    overlaps = _all_overlaps(coverage, suspects)
    if len(overlaps) > MOST_OVERLAPS:
        return overlaps  # what lies between such areas says nothing
    return [*overlaps, *_gaps(coverage, suspects)]


def suspicious(surfaces: Geometries, gap_width_m: float = WIDEST_GAP_M) -> Rows:
    """The surfaces of which an edge lies in, or close beside, another without matching it."""
    edges = shapely.coverage_invalid_edges(surfaces, gap_width=gap_width_m)
    return np.flatnonzero(~shapely.is_empty(edges))


def _all_overlaps(coverage: _Coverage, suspects: Rows) -> list[Seam]:
    """Edges tell only of the rim of a large overlap; from there it is followed inwards."""
    found: dict[tuple[int, ...], Seam] = {}
    looked_at = suspects
    while suspects.size and len(found) <= MOST_OVERLAPS:
        fresh = {tuple(sorted(seam.rows)): seam for seam in _overlaps(coverage, suspects)}
        fresh = {rows: seam for rows, seam in fresh.items() if rows not in found}
        found |= fresh
        at = np.searchsorted(coverage.rows, np.unique([row for rows in fresh for row in rows]))
        near = np.unique(coverage.tree.query(coverage.geometries[at.astype(np.intp)])[1])
        suspects = np.setdiff1d(near, looked_at)
        looked_at = np.union1d(looked_at, suspects)
    return list(found.values())


def _overlaps(coverage: _Coverage, suspects: Rows) -> list[Seam]:
    found: list[Seam] = []
    for pairs in _candidate_pairs(coverage, suspects):
        shared = shapely.intersection(coverage.geometries[pairs[0]], coverage.geometries[pairs[1]])
        exceeding = np.flatnonzero(coverage.exceeds(shared))
        found += [coverage.seam("overlap", pairs[:, at], shared[at]) for at in exceeding]
        if len(found) > MOST_OVERLAPS:
            break  # more would only be counted
    return found


def _candidate_pairs(coverage: _Coverage, suspects: Rows) -> Iterator[Rows]:
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


def _gaps(coverage: _Coverage, suspects: Rows) -> list[Seam]:
    near = np.unique(coverage.tree.query(coverage.geometries[suspects])[1])
    found = []
    for hole in holes_in(shapely.union_all(coverage.geometries[near])):
        rows = coverage.tree.query(hole, "intersects")
        if len(rows) < 2:
            continue
        # Areas that are under no suspicion may fill the hole, or be islands in it.
        uncovered = shapely.difference(hole, shapely.union_all(coverage.geometries[rows]))
        parts = np.asarray(shapely.get_parts(uncovered), dtype=object)
        parts = parts[coverage.exceeds(parts)]
        found += [coverage.seam("gap", rows, part) for part in parts[is_narrow(parts)]]
    return found


def _gaps_where_edges_match(coverage: _Coverage, near: Rows) -> list[Seam]:
    """As `near` has all areas that border on nothing somewhere, a gap is a hole in their union."""
    holes = holes_in(shapely.coverage_union_all(coverage.geometries[near]))
    holes = holes[is_narrow(holes)]
    holes = holes[coverage.exceeds(holes)]
    around = [(coverage.tree.query(hole, "intersects"), hole) for hole in holes]
    return [coverage.seam("gap", rows, hole) for rows, hole in around if len(rows) > 1]


def holes_in(union: shapely.Geometry) -> Geometries:
    """The holes of a surface and of its parts, as surfaces."""
    rings, part = shapely.get_rings(shapely.get_parts(union), return_index=True)
    is_shell = np.append(True, part[1:] != part[:-1])[: len(rings)]
    return np.asarray(shapely.polygons(rings[~is_shell]), dtype=object)


def is_narrow(surfaces: Geometries) -> npt.NDArray[np.bool_]:
    """Say which surfaces are nowhere wider than a gap may be."""
    return ~_is_wider(surfaces, WIDEST_GAP_M)


def _is_wider(surfaces: Geometries, width_m: float) -> npt.NDArray[np.bool_]:
    """Say which surfaces a circle of this width fits in."""
    # One fits for certain where the surface over the length of its border is half of that width;
    # shrinking is slow for surfaces with very many corners, and for these it is not needed.
    wider: npt.NDArray[np.bool_] = shapely.area(surfaces) > width_m / 2 * shapely.length(surfaces)
    wider[~wider] = ~shapely.is_empty(shapely.buffer(surfaces[~wider], -width_m / 2))
    return wider


def seam_issues(
    features: Sequence[Feature], seams: Sequence[Seam], *, cleaned: bool = False
) -> list[Issue]:
    """Tell of seams by code, each with a point in it: warnings, or what was cleaned away."""
    issues = [_issue(features, seam, cleaned) for seam in seams]
    return sorted(issues, key=lambda issue: (issue.kind != "overlap", issue.code, issue.detail.en))


def _issue(features: Sequence[Feature], seam: Seam, cleaned: bool) -> Issue:
    around = sorted((features[row] for row in seam.rows), key=lambda feature: feature.code)
    surface_m2 = float(shapely.area(seam.surface))
    return Issue(
        "info" if cleaned else "warning",
        seam.kind,
        around[0].code,
        _detail(seam.kind, [feature.code for feature in around], surface_m2, cleaned),
        around[0].index or None,
        point_in(seam.surface),
        "cleaned" if cleaned else "kept",
        surface_m2=rounded_m2(surface_m2),
    )


def _detail(kind: str, codes: Sequence[str], surface_m2: float, cleaned: bool) -> Text:
    surface, gone = square_metres(surface_m2), CLEANED_AWAY
    if kind == "overlap":
        low, high = codes[0], codes[-1]
        advice = gone if cleaned else Text("Rätta gränsen.", "Correct the boundary.")
        return Text(
            f"{low} och {high} överlappar varandra med {surface.sv}. {advice.sv}",
            f"{low} and {high} overlap by {surface.en}. {advice.en}",
        )
    named = listed(codes, most=5)
    share = Text("Låt områdena dela gräns.", "Let the areas share their boundary.")
    advice = gone if cleaned else share
    return Text(
        f"Mellan {named} finns en glipa på {surface.sv}. {advice.sv}",
        f"Between {named} there is a gap of {surface.en}. {advice.en}",
    )


def point_in(surface: shapely.Geometry) -> tuple[float, float] | None:
    """Longitude and latitude of a point in a surface."""
    point = shapely.point_on_surface(surface)
    return lonlat_point(float(shapely.get_x(point)), float(shapely.get_y(point)))

"""Cleaning a coverage: small overlaps and gaps closed, on request and never farther than that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from portfolio.areas.coverage import (
    GRID_M,
    WIDEST_GAP_M,
    Rows,
    Seam,
    Tolerance,
    at_the_rim,
    find_seams,
    heap_issues,
    holes_in,
    is_crowded,
    is_narrow,
    seam_issues,
    surfaces_of,
    suspicious,
)
from portfolio.areas.reference_systems import Geometries, Mask
from portfolio.areas.report import (
    MOST_CLEANED_AREAS,
    CleanedArea,
    Cleaning,
    Feature,
    Issue,
    rounded_m2,
)
from portfolio.areas.shapes import MULTI_POLYGON, POLYGON, multi_polygons

# A boundary that would move too far is left alone, and the rest cleaned again without it.
MOST_ROUNDS = 3
# Corners nearer than this are one corner, also at the rim, where no gap is enclosed.
SNAPPED_M = 0.01
# Moving by rounding is not worth telling.
LEAST_TOLD_M2 = 0.01


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The areas after cleaning, in the same order, and what is to be told of it."""

    features: tuple[Feature, ...]
    cleaning: Cleaning
    issues: tuple[Issue, ...]


def clean_coverage(
    features: Sequence[Feature], *, tolerance_m2: float = 1.0, tolerance_m: float = 0.1
) -> Cleaned:
    """Close the gaps and overlaps that are nowhere wider than 10 m.

    An overlap goes to the neighbour with which it has the longest border, a gap likewise. What is
    wider stays as it is and is reported, as does what would take more than half of an area: areas
    drawn twice, or inside each other. Holes inside a single area stay.

    Args:
        features: Valid multi-polygons in EPSG:3006, in metres, each with a code of its own.
        tolerance_m2: As in `check_coverage`, for the issues.
        tolerance_m: Likewise.

    Returns:
        All areas, and as issues what remains (warnings) and what was cleaned away (info). If
        anything moved, all coordinates are rounded to the millimetre.
    """
    before, tolerance = surfaces_of(features), Tolerance(tolerance_m2, tolerance_m)
    found = find_seams(before, tolerance)
    after, moved = _cleaned(before, found)
    changed = tuple(
        replace(feature, geometry=surface)
        for feature, surface in zip(features, multi_polygons(after), strict=True)
    )
    remaining = find_seams(surfaces_of(changed), tolerance) if moved.size else found
    gone = _gone(found, remaining) if moved.size else []
    issues = [
        *heap_issues(after, remaining),
        *seam_issues(changed, remaining),
        *seam_issues(features, gone, cleaned=True),
    ]
    return Cleaned(changed, _summary(features, before, after, moved), tuple(issues))


def close_seams(surfaces: Geometries) -> Geometries:
    """The surfaces cleaned as `clean_coverage` does it, without the telling."""
    return _cleaned(surfaces, find_seams(surfaces, Tolerance()))[0]


def _cleaned(surfaces: Geometries, seams: Sequence[Seam]) -> tuple[Geometries, Rows]:
    """The surfaces after cleaning, and the positions of those that moved."""
    nothing = surfaces, np.arange(0)
    tree = shapely.STRtree(surfaces)
    if len(surfaces) < 2 or is_crowded(surfaces, tree):
        return nothing
    snapped = np.asarray(shapely.set_precision(surfaces, GRID_M), dtype=object)
    candidates = _candidates(snapped, tree)
    left_alone = _too_far_apart(seams) | set(np.flatnonzero(shapely.is_empty(snapped)).tolist())
    for _ in range(MOST_ROUNDS):
        rows = np.setdiff1d(candidates, np.array(sorted(left_alone), dtype=np.intp))
        moved = _clean_together(snapped, rows)
        wrong = rows[_moved_too_far(snapped[rows], moved)]
        if not wrong.size:
            return _with(surfaces, snapped, rows, moved)
        left_alone |= set(wrong.tolist())
    return nothing


def _candidates(snapped: Geometries, tree: shapely.STRtree) -> Rows:
    """What does not match or lies round a narrow hole, however small, and the neighbours."""
    near = at_the_rim(snapped, tree)
    mismatching = near[suspicious(snapped[near], gap_width_m=0)]
    holes = holes_in(shapely.union_all(snapped[near]))
    around = tree.query(holes[is_narrow(holes)], "intersects")[1]
    return np.unique(tree.query(snapped[np.union1d(mismatching, around)])[1])


def _too_far_apart(seams: Sequence[Seam]) -> set[int]:
    """The areas that claim the same land, not only draw its border differently."""
    claims = [seam for seam in seams if seam.kind == "overlap"]
    surfaces = np.array([claim.surface for claim in claims], dtype=object)
    wide = np.flatnonzero(~is_narrow(surfaces))
    return {row for at in wide for row in claims[at].rows}


def _clean_together(snapped: Geometries, rows: Rows) -> Geometries:
    if len(rows) < 2:
        return snapped[rows]
    cleaned = shapely.coverage_clean(  # type: ignore[attr-defined]  # its stubs are older
        snapped[rows],
        gap_width=WIDEST_GAP_M,
        snapping_distance=SNAPPED_M,
        merge_strategy="longest_border",
    )
    moved = np.asarray(cleaned, dtype=object)
    grown = shapely.difference(moved, snapped[rows])
    tree = shapely.STRtree(snapped)
    for at in np.flatnonzero(shapely.area(grown) > 0):
        too_much = _not_its_own(grown[at], int(rows[at]), snapped, tree, rows)
        if too_much is not None:
            moved[at] = shapely.difference(moved[at], too_much)
    return moved


def _not_its_own(
    grown: shapely.Geometry,
    row: int,
    snapped: Geometries,
    tree: shapely.STRtree,
    rows: Rows,
) -> shapely.Geometry | None:
    """Of what an area gained: holes inside it alone, and land of areas that are left alone."""
    parts = np.asarray(shapely.get_parts(grown), dtype=object)
    part, near = tree.query(parts, "dwithin", distance=GRID_M)
    lonely = np.bincount(part, near != row, minlength=len(parts)) == 0
    others = np.setdiff1d(near, rows)
    given_back = list(parts[lonely & (shapely.get_dimensions(parts) == 2)])
    if others.size:
        given_back.append(shapely.intersection(grown, shapely.union_all(snapped[others])))
    return shapely.union_all(given_back) if given_back else None


def _moved_too_far(before: Geometries, after: Geometries) -> Rows:
    """Say at which positions an area is gone or broken, or moved by more than a border does."""
    kept = shapely.area(after) > shapely.area(before) / 2
    kept &= shapely.is_valid(after) & np.isin(shapely.get_type_id(after), (POLYGON, MULTI_POLYGON))
    moved = np.flatnonzero(kept & _differ(before, after))
    kept[moved] = is_narrow(shapely.symmetric_difference(before[moved], after[moved]))
    return np.flatnonzero(~kept)


def _differ(before: Geometries, after: Geometries) -> Mask:
    """By more than the order of their rings and parts."""
    same = shapely.equals_identical(
        shapely.normalize(multi_polygons(before)), shapely.normalize(multi_polygons(after))
    )
    return ~np.asarray(same, dtype=bool)


def _with(
    surfaces: Geometries, snapped: Geometries, rows: Rows, moved: Geometries
) -> tuple[Geometries, Rows]:
    differing = _differ(snapped[rows], moved)
    if not differing.any():
        return surfaces, rows[differing]
    # All on one grid, or the edges of those that moved would miss their neighbours'.
    after = np.where(shapely.is_empty(snapped), surfaces, snapped)
    after[rows] = moved
    return np.asarray(after, dtype=object), rows[differing]


def _gone(found: Sequence[Seam], remaining: Sequence[Seam]) -> list[Seam]:
    """Those of which nothing remains."""
    left = np.array([seam.surface for seam in remaining], dtype=object)
    surfaces = np.array([seam.surface for seam in found], dtype=object)
    mine, other = shapely.STRtree(left).query(surfaces, "intersects")
    shared = shapely.area(shapely.intersection(surfaces[mine], left[other])) > 0
    alike = [found[a].kind == remaining[b].kind for a, b in zip(mine, other, strict=True)]
    still = set(mine[shared & np.array(alike, dtype=bool)].tolist())
    return [seam for at, seam in enumerate(found) if at not in still]


def _summary(
    features: Sequence[Feature], before: Geometries, after: Geometries, moved: Rows
) -> Cleaning:
    between = shapely.area(shapely.symmetric_difference(before[moved], after[moved]))
    most_first = np.argsort(-between, kind="stable")[: int((between > LEAST_TOLD_M2).sum())]
    surfaces = shapely.area(before), shapely.area(after)
    areas = [
        CleanedArea(features[row].code, *(rounded_m2(float(side[row])) for side in surfaces))
        for row in moved[most_first][:MOST_CLEANED_AREAS].tolist()
    ]
    return Cleaning(
        before_m2=rounded_m2(float(surfaces[0].sum())),
        after_m2=rounded_m2(float(surfaces[1].sum())),
        changed=len(most_first),
        areas=tuple(sorted(areas, key=lambda area: area.code)),
    )

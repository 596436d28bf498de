"""What only the other areas can tell of a file: codes that lost zeros, areas far from them all."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import shapely
from sqlmodel import Session

from portfolio.areas import repository
from portfolio.areas.attributes import zeros_lost
from portfolio.areas.coverage import Rows, point_in, surfaces_of
from portfolio.areas.lost_zeros import lost_zeros_of
from portfolio.areas.reference_systems import Geometries
from portfolio.areas.report import (
    MOST_ISSUES_OF_A_KIND,
    BoundaryFile,
    Feature,
    Issue,
    Severity,
    capped,
)
from portfolio.language import Text
from portfolio.shares import Coverage

# An area reaches into the municipality if this part of it does: borders are never drawn the same.
LEAST_INSIDE = 0.01
ROWS_AT_A_TIME = 100
PAIRS_AT_A_TIME = 100


def check_codes(boundaries: BoundaryFile, base: Iterable[str]) -> list[Issue]:
    """Warn of codes that the scheme's newest edition has with zeros in front.

    Those that the file alone gave away are warned of already.
    """
    known = {issue.code for issue in boundaries.issues if issue.kind == "lost_zeros"}
    rows = {one.code: one.index for one in boundaries.features if one.code not in known}
    lost = lost_zeros_of(rows, base)
    return capped([zeros_lost(code, whole, rows[code]) for code, whole in lost.items()])


def check_places(session: Session, features: Sequence[Feature]) -> list[Issue]:
    """Warn of areas that no area of any scheme, in its newest edition, reaches into.

    Where most of the file lies outside, the schemes that are there cover only a part of the
    municipality, or the whole file lies elsewhere: that is one thing to say, not one an area.
    """
    newest = {edition.scheme_id: edition for edition in repository.find_editions(session)}
    coverages = [repository.load_edition(session, edition).coverage for edition in newest.values()]
    coverages = [coverage for coverage in coverages if coverage.codes]
    if not coverages or not features:
        return []
    surfaces = surfaces_of(features)
    sizes = shapely.area(surfaces)
    outside, unknown = 0.0, _not_surely_inside(surfaces, coverages)
    found: list[int] = []
    for start in range(0, len(unknown), ROWS_AT_A_TIME):
        rows = _outside(surfaces, unknown[start : start + ROWS_AT_A_TIME], coverages)
        found += rows.tolist()
        outside += float(sizes[rows].sum())
        if len(features) > 1 and outside > sizes.sum() / 2:
            return [_mostly_outside(features[found[0]], len(unknown) == len(features))]
        if len(found) > MOST_ISSUES_OF_A_KIND:
            break  # more would only be counted
    return capped([_outside_municipality(features[row]) for row in found])


def _not_surely_inside(surfaces: Geometries, coverages: Sequence[Coverage]) -> Rows:
    points = shapely.point_on_surface(surfaces)
    rows = np.arange(len(surfaces))
    for coverage in coverages:
        inside = np.unique(coverage.tree.query(points[rows], "intersects")[0])
        rows = np.delete(rows, inside)
    return rows


def _outside(surfaces: Geometries, rows: Rows, coverages: Sequence[Coverage]) -> Rows:
    """Those of `rows` of which less than LEAST_INSIDE lies in each of the coverages."""
    for coverage in coverages:
        least = LEAST_INSIDE * shapely.area(surfaces[rows])
        covered = np.zeros(len(rows))
        for at, other in _pairs(surfaces[rows], coverage):
            # What is known to be enough already is not cut again.
            at, other = (side[covered[at] < least[at]] for side in (at, other))
            mine, theirs = surfaces[rows[at]], coverage.geometries[other]
            whole = shapely.covers(mine, theirs)
            shared = np.where(whole, theirs, mine)
            shared[~whole] = shapely.intersection(mine[~whole], theirs[~whole])
            covered += np.bincount(at, shapely.area(shared), minlength=len(rows))
        rows = rows[covered < least]
    return rows


def _pairs(surfaces: Geometries, coverage: Coverage) -> Iterator[tuple[Rows, Rows]]:
    for row, surface in enumerate(surfaces):
        others = coverage.tree.query(surface, "intersects")
        for start in range(0, len(others), PAIRS_AT_A_TIME):
            some = others[start : start + PAIRS_AT_A_TIME]
            yield np.full(len(some), row), some


def _mostly_outside(feature: Feature, hardly_any_inside: bool) -> Issue:
    detail = Text(
        "Mer än hälften av filens yta ligger utanför de indelningar som finns. Det stämmer om de "
        "bara täcker en del av kommunen; se annars efter att referenssystemet är rätt.",
        "More than half of the file's surface lies outside the schemes that are there. That is "
        "right if they cover only a part of the municipality; if not, see that the reference "
        "system is right.",
    )
    point = point_in(feature.geometry)
    severity: Severity = "warning" if hardly_any_inside else "info"
    return Issue(severity, "outside_municipality", None, detail, None, point)


def _outside_municipality(feature: Feature) -> Issue:
    detail = Text(
        f"{feature.code} ligger utanför de indelningar som finns. Se efter att området hör till "
        "kommunen och att referenssystemet är rätt.",
        f"{feature.code} lies outside the schemes that are there. See that the area belongs to the "
        "municipality and that the reference system is right.",
    )
    return Issue(
        "warning",
        "outside_municipality",
        feature.code,
        detail,
        feature.index,
        point_in(feature.geometry),
    )

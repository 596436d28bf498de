"""What only the other areas can tell of a file: codes that lost zeros, areas far from them all."""

from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from sqlmodel import Session

from portfolio.areas import repository
from portfolio.areas.attributes import zeros_lost
from portfolio.areas.coverage import point_in, surfaces_of
from portfolio.areas.lost_zeros import lost_zeros_of
from portfolio.areas.report import BoundaryFile, Feature, Issue, capped
from portfolio.language import Text
from portfolio.shares import Coverage

# An area reaches into the municipality if this part of it does: borders are never drawn the same.
LEAST_INSIDE = 0.01


def check_codes(boundaries: BoundaryFile, base: Iterable[str]) -> list[Issue]:
    """Warn of codes that the scheme's newest edition has with zeros in front.

    Those that the file alone gave away are warned of already.
    """
    known = {issue.code for issue in boundaries.issues if issue.kind == "lost_zeros"}
    rows = {one.code: one.index for one in boundaries.features if one.code not in known}
    lost = lost_zeros_of(rows, base)
    return capped([zeros_lost(code, whole, rows[code]) for code, whole in lost.items()])


def check_places(session: Session, features: Sequence[Feature], scheme_id: int) -> list[Issue]:
    """Warn of areas that no area of the other schemes, in their newest editions, reaches into."""
    newest = {edition.scheme_id: edition for edition in repository.find_editions(session)}
    newest.pop(scheme_id, None)
    others = [repository.load_edition(session, edition).coverage for edition in newest.values()]
    others = [coverage for coverage in others if coverage.codes]
    if not others:
        return []
    outside = _outside(features, others)
    return capped([_outside_municipality(feature) for feature in outside])


def _outside(features: Sequence[Feature], others: Sequence[Coverage]) -> list[Feature]:
    surfaces = surfaces_of(features)
    points = shapely.point_on_surface(surfaces)
    rows = np.arange(len(features))
    for coverage in others:
        inside = np.unique(coverage.tree.query(points[rows], "intersects")[0])
        rows = np.delete(rows, inside)
    for coverage in others:
        at, other = coverage.tree.query(surfaces[rows], "intersects")
        shared = shapely.intersection(surfaces[rows[at]], coverage.geometries[other])
        covered = np.bincount(at, shapely.area(shared), minlength=len(rows))
        rows = rows[covered < LEAST_INSIDE * shapely.area(surfaces[rows])]
    return [features[row] for row in rows.tolist()]


def _outside_municipality(feature: Feature) -> Issue:
    detail = Text(
        f"{feature.code} ligger utanför de andra indelningarna. Se efter att området hör till "
        "kommunen och att referenssystemet är rätt.",
        f"{feature.code} lies outside the other schemes. See that the area belongs to the "
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

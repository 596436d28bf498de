"""Comparing a file with a scheme, on one state of the database and without a lock on it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Engine
from sqlmodel import Session

from portfolio.area_imports import impact, places, repository, tracing
from portfolio.area_imports.repository import Base
from portfolio.area_imports.rules import Area, Change, Comparison, Extent, check_date, compare
from portfolio.areas.boundary_files import BoundaryFile
from portfolio.areas.coverage import NOT_A_COVERAGE, WIDEST_GAP_M, check_coverage
from portfolio.areas.models import AreaEdition, AreaScheme
from portfolio.areas.report import Cleaning, Feature, Issue, Source, capped
from portfolio.clock import now
from portfolio.database.engine import snapshot
from portfolio.database.lookup import named_in_body
from portfolio.organisation.service import get_settings
from portfolio.shares import Coverage

SEAMS = frozenset({"overlap", "gap", "not_a_coverage"})


@dataclass(frozen=True, slots=True)
class Preview:
    """All that an import is about to say; `changes` are the areas that will differ."""

    scheme: str
    scheme_id: int
    base_edition_id: int | None
    valid_from: date
    extent: Extent
    source: Source
    comparison: Comparison
    issues: tuple[Issue, ...]
    impact: dict[str, Any]
    changes: tuple[tuple[Change, str, Area], ...]
    cleaning: Cleaning | None = None
    # What overlaps say took over each code that vanishes, as it is stored with the import.
    lineage: tuple[dict[str, Any], ...] = ()
    # What moves between areas, in SEK; None where nothing changes.
    money: dict[str, Any] | None = None


def preview(
    engine: Engine, scheme: str, valid_from: date, extent: Extent, boundaries: BoundaryFile
) -> Preview:
    """What applying the file would change, and for whom."""
    with snapshot(engine) as session:
        base = repository.load_base(session, named_in_body(session, AreaScheme, scheme, "/scheme"))
        newest = base.newest
        issues = [*check_date(valid_from, newest.valid_from if newest else None)]
        issues += _judge(session, base, extent, boundaries)
        # Areas on top of each other are refused; to cut them would take without bound.
        features = () if _is_heap(issues) else boundaries.features
        given = {one.code: Area(one.name, one.geometry) for one in features}
        comparison = _compare(base, given, extent, boundaries)
        changes = tuple(_changes(base.areas, given, comparison))
        after = areas_after(base.areas, changes)
        lineage = trace_lineage(session, base, comparison, after)
        affected = _impact(session, base, comparison, after, valid_from, lineage)
        return Preview(
            scheme=base.scheme.code,
            scheme_id=base.scheme.id or 0,
            base_edition_id=newest.id if newest else None,
            valid_from=valid_from,
            extent=extent,
            source=boundaries.source,
            comparison=comparison,
            issues=tuple(issues),
            impact=affected[0],
            changes=changes,
            cleaning=boundaries.cleaning,
            lineage=lineage,
            money=affected[1],
        )


def _judge(
    session: Session, base: Base, extent: Extent, boundaries: BoundaryFile
) -> Sequence[Issue]:
    """What is wrong with the file, also beside what the database has."""
    issues = [*boundaries.issues, *places.check_codes(boundaries, base.areas)]
    if extent is Extent.PART and not _is_heap(issues):
        issues = _with_seams(issues, boundaries.features, base, get_settings(session))
    if _is_heap(issues):
        return issues
    return [*issues, *places.check_places(session, boundaries.features)]


def _is_heap(issues: Sequence[Issue]) -> bool:
    return any(issue.kind == NOT_A_COVERAGE for issue in issues)


def _compare(
    base: Base, given: Mapping[str, Area], extent: Extent, boundaries: BoundaryFile
) -> Comparison:
    if not given:
        return Comparison(unchanged=tuple(sorted(base.areas)))
    return compare(base.areas, given, extent, boundaries.unreadable)


def _changes(
    base: Mapping[str, Area], given: Mapping[str, Area], comparison: Comparison
) -> Iterator[tuple[Change, str, Area]]:
    for code in comparison.added:
        yield Change.ADDED, code, given[code]
    for code in comparison.changed:
        yield Change.CHANGED, code, given[code]
    for code in comparison.removed:
        yield Change.REMOVED, code, base[code]


def areas_after(
    base: Mapping[str, Area], changes: Sequence[tuple[Change, str, Area]]
) -> dict[str, Area]:
    """The areas of the new edition, by code."""
    areas = dict(base)
    for change, code, area in changes:
        if change is Change.REMOVED:
            areas.pop(code, None)
        else:
            areas[code] = area
    return {code: areas[code] for code in sorted(areas)}


def trace_lineage(
    session: Session, base: Base, comparison: Comparison, after: Mapping[str, Area]
) -> tuple[dict[str, Any], ...]:
    """What overlaps say took over each code that vanishes."""
    if not comparison.removed:
        return ()
    vanishing = {code: base.areas[code] for code in comparison.removed}
    following = Coverage.build(list(after), [area.geometry for area in after.values()])
    sliver = get_settings(session)["sliver_percent"] / 100
    traces = tracing.trace(vanishing, following, frozenset(base.areas), sliver)
    return tuple(trace.kept for trace in traces)


def _impact(
    session: Session,
    base: Base,
    comparison: Comparison,
    after: Mapping[str, Area],
    valid_from: date,
    lineage: Sequence[Mapping[str, Any]],
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What changes for whom, and the money that moves."""
    if comparison.changes_nothing:
        return impact.no_impact(), None
    # Never stored: it only stands for the edition that applying would add.
    edition = AreaEdition(
        id=0, scheme_id=base.scheme.id or 0, valid_from=valid_from, recorded_at=now()
    )
    investments = repository.find_investments(session)
    orphans = impact.find_orphans(session, base, comparison, investments)
    shapes = {code: area.geometry for code, area in after.items()}
    outlook = impact.look_ahead(base, edition, shapes, {}, {})
    derived = impact.derive_shares(session, investments, outlook)
    shares = impact.stored_shares(session, base), derived
    affected = impact.impact_of(session, base, comparison, investments, shares, orphans)
    links = tracing.proposed(lineage)
    return affected, impact.money_between(base, after, investments, shares, links)


def _with_seams(
    issues: Sequence[Issue],
    features: Sequence[Feature],
    base: Base,
    settings: Mapping[str, float],
) -> list[Issue]:
    """For a part of a scheme, overlaps and gaps also with the areas beside it (A3).

    What the file alone seemed to leave open may be filled by an area that is there already.
    """
    beside = _beside(features, base)
    tolerances = {
        "tolerance_m2": settings["overlap_tolerance_m2"],
        "tolerance_m": settings["gap_tolerance_m"],
    }
    known = {issue.detail for issue in check_coverage(beside, **tolerances)}
    found = [
        issue
        for issue in check_coverage([*features, *beside], **tolerances)
        if issue.detail not in known or issue.kind == NOT_A_COVERAGE
    ]
    rest = [issue for issue in issues if issue.kind not in SEAMS]
    return [*rest, *capped(found)]


def _beside(features: Sequence[Feature], base: Base) -> list[Feature]:
    """The areas that stay as they are and lie near those of the file; they have no row in it."""
    replaced = {feature.code for feature in features}
    staying = [code for code in sorted(base.areas) if code not in replaced]
    shapes = np.array([base.areas[code].geometry for code in staying], dtype=object)
    given = np.array([feature.geometry for feature in features], dtype=object)
    if not staying or not len(given):
        return []
    near = shapely.STRtree(shapes).query(given, predicate="dwithin", distance=WIDEST_GAP_M)[1]
    return [
        Feature(0, staying[at], base.areas[staying[at]].name, shapes[at])
        for at in np.unique(near).tolist()
    ]

"""Boundary imports: preview, apply, discard. The API and the command line both use these."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from sqlalchemy import Engine
from sqlmodel import Session

from portfolio.area_imports import editions, impact, repository
from portfolio.area_imports.previewing import Preview, areas_after, preview
from portfolio.area_imports.repository import Base
from portfolio.area_imports.rules import (
    RULE,
    Area,
    Change,
    Comparison,
    Extent,
    Heirs,
    Status,
    check_errors,
    check_successors,
    compare,
)
from portfolio.areas.boundary_files import ReaderLimits, read_boundaries
from portfolio.areas.models import AreaImport, AreaScheme
from portfolio.clock import Act, rfc3339
from portfolio.database.engine import snapshot
from portfolio.database.lookup import named_in_body
from portfolio.errors import ImportNotApplicable, Reason, Refused
from portfolio.events.service import record
from portfolio.geometry import as_geojson_bytes
from portfolio.language import Language, Text
from portfolio.organisation.service import get_settings


@dataclass(frozen=True, slots=True)
class Order:
    """What the person who sends a file says about it."""

    scheme: str
    code_field: str
    name_field: str
    valid_from: date
    extent: Extent = Extent.WHOLE
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None


def preview_file(
    engine: Engine, order: Order, file: BinaryIO | Path, filename: str, limits: ReaderLimits
) -> Preview:
    """Read a file and compare it with its scheme.

    No session of the caller's takes part: reading may take a minute, and on SQLite a session
    that is going to write locks out all others from its first statement on.
    """
    with snapshot(engine) as session:
        named_in_body(session, AreaScheme, order.scheme, "/scheme")
        settings = get_settings(session)
    boundaries = read_boundaries(
        file,
        filename,
        code_field=order.code_field,
        name_field=order.name_field,
        layer=order.layer,
        crs=order.crs,
        encoding=order.encoding,
        limits=limits,
        tolerance_m2=settings["overlap_tolerance_m2"],
        tolerance_m=settings["gap_tolerance_m"],
    )
    return preview(engine, order.scheme, order.valid_from, order.extent, boundaries)


def create_import(session: Session, act: Act, previewed: Preview) -> AreaImport:
    """Keep a preview, so that it can be looked at, applied or discarded."""
    row = AreaImport(
        scheme_id=previewed.scheme_id,
        status=Status.PREVIEWED.value,
        valid_from=previewed.valid_from,
        extent=previewed.extent.value,
        source=asdict(previewed.source),
        counts=previewed.comparison.counts,
        issues=[asdict(issue) for issue in previewed.issues],
        impact=previewed.impact,
        base_edition_id=previewed.base_edition_id,
        created_at=act.at,
    )
    session.add(row)
    session.flush()
    repository.keep_features(session, row.id or 0, previewed.changes)
    after = _summary(row, previewed.scheme)
    record(session, act, "area_import.created", resource(row), after=after)
    return row


def discard_import(session: Session, act: Act, row: AreaImport) -> None:
    """It stays in the list; its areas go."""
    scheme = repository.lock_scheme_of(session, row)
    if row.status != Status.PREVIEWED:
        raise Refused(
            f"Importen är redan avslutad ({row.status}); den kan inte kastas.",
            f"The import is {row.status} already; it can't be discarded.",
        )
    before = _summary(row, scheme.code)
    repository.delete_features(session, row.id or 0)
    _close(session, act, row, Status.DISCARDED)
    after = _summary(row, scheme.code)
    record(session, act, "area_import.discarded", resource(row), before=before, after=after)


def apply_import(
    session: Session, act: Act, row: AreaImport, successors: Mapping[str, Heirs]
) -> None:
    """Make the preview an edition of its scheme, with the shares of every investment in it.

    Raises:
        ImportNotApplicable: A6 says no; all its reasons at once.
    """
    scheme = repository.lock_scheme_of(session, row)
    base = repository.load_base(session, scheme)
    _refuse_outdated(row, base)
    before = _summary(row, scheme.code)
    work = _load(session, row, base)
    orphans = impact.find_orphans(session, base, work.comparison, work.investments)
    removed, following = set(work.comparison.removed), set(work.areas)
    accepted, reasons = check_successors(successors, removed, following, orphans)
    _refuse([*check_errors(row.issues), *reasons])
    if not work.comparison.changes_nothing:
        derived = _write(session, act, work, accepted)
        row.impact = impact.impact_of(
            session, base, work.comparison, work.investments, derived, orphans
        )
    _close(session, act, row, Status.APPLIED)
    after = {**_summary(row, scheme.code), "successors": _shown_successors(accepted)}
    record(session, act, "area_import.applied", resource(row), before=before, after=after)


@dataclass(frozen=True, slots=True)
class _Work:
    """An import that is being applied: what it starts from, and what it leads to."""

    row: AreaImport
    base: Base
    areas: Mapping[str, Area]
    comparison: Comparison
    investments: Sequence[Any]


def _load(session: Session, row: AreaImport, base: Base) -> _Work:
    changes = [
        (Change(feature.change), feature.code, Area(feature.name, feature.geometry))
        for feature in repository.find_features(session, row.id or 0)
    ]
    areas = areas_after(base.areas, changes)
    comparison = compare(base.areas, areas, Extent.WHOLE)
    return _Work(row, base, areas, comparison, repository.find_investments(session))


def _write(
    session: Session, act: Act, work: _Work, successors: Mapping[str, Mapping[str, int]]
) -> impact.Derived:
    base, row = work.base, work.row
    edition, version_ids = editions.write_edition(
        session, act, base, row, work.areas, work.comparison
    )
    shapes = {code: area.geometry for code, area in work.areas.items()}
    # Not through the memory of loaded editions: until the commit nobody else may see this one.
    outlook = impact.look_ahead(base, edition, shapes, version_ids, successors)
    repository.insert_successors(session, edition.id or 0, outlook.successors)
    derived = impact.derive_shares(session, work.investments, outlook)
    corrected = base.corrected_by(row.valid_from)
    if corrected is not None:
        repository.retract_share_sets(session, corrected.id or 0, act.at)
    repository.insert_shares(session, edition.id or 0, version_ids, derived, act.at)
    return derived


def _close(session: Session, act: Act, row: AreaImport, status: Status) -> None:
    row.status = status.value
    row.closed_at = act.at
    session.add(row)
    session.flush()


def _refuse_outdated(row: AreaImport, base: Base) -> None:
    if row.status != Status.PREVIEWED:
        _refuse(
            [
                Reason(
                    RULE,
                    Text(
                        f"Importen är redan avslutad ({row.status}); läs in filen på nytt.",
                        f"The import is {row.status} already; send the file again.",
                    ),
                )
            ]
        )
    if row.base_edition_id != (base.newest.id if base.newest else None):
        stale = Reason(
            RULE,
            Text(
                "Indelningen har ändrats sedan förhandsgranskningen; läs in filen på nytt.",
                "The scheme has changed since the preview; send the file again.",
            ),
        )
        _refuse([*check_errors(row.issues), stale])


def _refuse(reasons: Sequence[Reason]) -> None:
    if not reasons:
        return
    raise ImportNotApplicable(
        "Importen kan inte verkställas; se skälen.",
        "The import can't be applied; see the reasons.",
        reasons,
    )


# Answers


def resource(row: AreaImport) -> str:
    return f"/v1/area-imports/{row.id}"


def shown_import(row: AreaImport, scheme: str, language: Language) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": row.status,
        "scheme": scheme,
        "valid_from": row.valid_from.isoformat(),
        "extent": row.extent,
        "source": row.source,
        "counts": row.counts,
        "issues": [{**issue, "detail": issue["detail"][language]} for issue in row.issues],
        "impact": row.impact,
        "created_at": rfc3339(row.created_at),
    }


def shown_changes(session: Session, row: AreaImport) -> dict[str, Any]:
    """The areas that differ, as GeoJSON; those removed as they were. Empty once discarded."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "code": feature.code,
                    "name": feature.name,
                    "change": feature.change,
                },
                "geometry": orjson.Fragment(as_geojson_bytes(feature.geometry)),
            }
            for feature in repository.find_features(session, row.id or 0)
        ],
    }


def _summary(row: AreaImport, scheme: str) -> dict[str, Any]:
    """For the event: how many of each, not every one."""
    severities = [issue["severity"] for issue in row.issues]
    return {
        "status": row.status,
        "scheme": scheme,
        "valid_from": row.valid_from.isoformat(),
        "extent": row.extent,
        "source": row.source,
        "counts": row.counts,
        "issues": {name: severities.count(name) for name in sorted(set(severities))},
        "impact": {name: len(entries) for name, entries in row.impact.items()},
    }


def _shown_successors(successors: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    return {
        old: [{"code": new, "share": part / 10**12} for new, part in sorted(heirs.items())]
        for old, heirs in sorted(successors.items())
    }

"""Boundary imports: preview, apply, discard. The API and the command line both use these."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from sqlalchemy import Engine
from sqlmodel import Session

from portfolio.area_imports import editions, impact, repository, tracing
from portfolio.area_imports.previewing import Preview, areas_after, preview
from portfolio.area_imports.repository import Base
from portfolio.area_imports.rules import (
    RULE,
    Area,
    Change,
    Comparison,
    Extent,
    Heirs,
    Orphan,
    Status,
    check_errors,
    check_successors,
    compare,
)
from portfolio.areas import rendering
from portfolio.areas.boundary_files import BoundaryFile, ReaderLimits, read_boundaries
from portfolio.areas.models import AreaImport, AreaScheme
from portfolio.clock import Act, rfc3339
from portfolio.database.engine import snapshot
from portfolio.database.lookup import named_in_body
from portfolio.database.quota import refuse_many_previews
from portfolio.errors import ImportNotApplicable, InvalidBody, Reason, Refused
from portfolio.events.service import record
from portfolio.investments.marks import keep_marks, scheme_of_mark
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
    clean: bool = False


def preview_file(
    engine: Engine, order: Order, file: BinaryIO | Path, filename: str, limits: ReaderLimits
) -> Preview:
    """Read a file and compare it with its scheme.

    No session of the caller's takes part: reading may take a minute, and on SQLite a session
    that is going to write locks out all others from its first statement on.
    """
    boundaries = read_file(engine, order, file, filename, limits)
    return compare_file(engine, order, boundaries)


def compare_file(engine: Engine, order: Order, boundaries: BoundaryFile) -> Preview:
    """The second half of `preview_file`, for who tells how far it has come."""
    return preview(engine, order.scheme, order.valid_from, order.extent, boundaries)


def read_file(
    engine: Engine, order: Order, file: BinaryIO | Path, filename: str, limits: ReaderLimits
) -> BoundaryFile:
    """The first half: what the file holds, and what is wrong with it by itself."""
    if order.clean and order.extent is Extent.PART:
        raise _part_not_cleaned()
    with snapshot(engine) as session:
        named_in_body(session, AreaScheme, order.scheme, "/scheme")
        settings = get_settings(session)
        around = None if order.crs else repository.find_surroundings(session)
    return read_boundaries(
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
        clean=order.clean,
        around=around,
    )


def _part_not_cleaned() -> InvalidBody:
    """Cleaning moves boundaries, and those against the areas that stay are not to move."""
    return InvalidBody.at(
        "/clean",
        "En del av en indelning kan inte städas, eftersom gränserna mot de områden som står kvar "
        "då kunde flyttas. Skicka hela indelningen, eller utelämna clean.",
        "A part of a scheme can't be cleaned, since the boundaries against the areas that stay "
        "might move. Send the whole scheme, or leave out clean.",
    )


def create_import(session: Session, act: Act, previewed: Preview) -> AreaImport:
    """Keep a preview, so that it can be looked at, applied or discarded."""
    refuse_many_previews(session, AreaImport, Status.PREVIEWED)
    row = AreaImport(
        scheme_id=previewed.scheme_id,
        status=Status.PREVIEWED.value,
        valid_from=previewed.valid_from,
        extent=previewed.extent.value,
        source=asdict(previewed.source),
        counts=previewed.comparison.counts,
        issues=[asdict(issue) for issue in previewed.issues],
        impact=previewed.impact,
        cleaning=asdict(previewed.cleaning) if previewed.cleaning else None,
        lineage=list(previewed.lineage),
        money=previewed.money,
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
    session: Session,
    act: Act,
    row: AreaImport,
    successors: Mapping[str, Heirs],
    *,
    accept_lineage: bool = False,
) -> None:
    """Make the preview an edition of its scheme, with the shares of every investment in it.

    `accept_lineage` takes what the preview proposed for the codes that `successors` lacks.

    Raises:
        ImportNotApplicable: A6 says no; all its reasons at once.
    """
    scheme = repository.lock_scheme_of(session, row)
    base = repository.load_base(session, scheme)
    _refuse_outdated(row, base)
    before = _summary(row, scheme.code)
    work = _load(session, row, base)
    orphans = impact.find_orphans(session, base, work.comparison, work.investments)
    accepted, reasons = check_successors(
        successors,
        set(work.comparison.removed),
        set(work.areas),
        orphans,
        tracing.proposed(row.lineage or []),
        accept=accept_lineage,
    )
    _refuse([*check_errors(row.issues), *reasons])
    if not work.comparison.changes_nothing:
        _write(session, act, work, accepted, orphans)
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
    session: Session,
    act: Act,
    work: _Work,
    successors: Mapping[str, Mapping[str, int]],
    orphans: Sequence[Orphan],
) -> None:
    base, row = work.base, work.row
    edition, version_ids = editions.write_edition(
        session, act, base, row, work.areas, work.comparison
    )
    shapes = {code: area.geometry for code, area in work.areas.items()}
    # Not through the memory of loaded editions: until the commit nobody else may see this one.
    outlook = impact.look_ahead(base, edition, shapes, version_ids, successors)
    repository.insert_successors(session, edition.id or 0, outlook.successors)
    derived = impact.derive_shares(session, work.investments, outlook)
    # Read before they are retracted, which a correction does to those of the newest edition.
    shares = impact.stored_shares(session, base), derived
    corrected = base.corrected_by(row.valid_from)
    if corrected is not None:
        repository.retract_share_sets(session, corrected.id or 0, act.at)
    repository.insert_shares(session, edition.id or 0, version_ids, derived, act.at)
    keep_marks(session, _marked_there(work))
    row.impact = impact.impact_of(session, base, work.comparison, work.investments, shares, orphans)
    links = {**tracing.proposed(row.lineage or []), **successors}
    row.money = impact.money_between(base, work.areas, work.investments, shares, links)


def _marked_there(work: _Work) -> list[int]:
    """Those that stand on the map as a point in an area of this scheme."""
    scheme = work.base.scheme.code
    return [one.id for one in work.investments if scheme_of_mark(one.location) == scheme]


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
        **_shown_head(row, scheme),
        "issues": [_shown_issue(issue, language) for issue in row.issues],
        "cleaning": row.cleaning,
        "impact": row.impact,
        "lineage": tracing.shown_lineage(row.lineage or []),
        "money": row.money,
        "created_at": rfc3339(row.created_at),
    }


def shown_briefly(row: AreaImport, scheme: str) -> dict[str, Any]:
    """As in a list: how many of each, for one import may have megabytes to tell."""
    return {
        **_shown_head(row, scheme),
        "issues_total": len(row.issues),
        "errors_total": sum(issue["severity"] == "error" for issue in row.issues),
        **{f"{name}_total": len(row.impact[name]) for name in _IMPACT},
        "lineage_total": len(row.lineage or []),
        "created_at": rfc3339(row.created_at),
    }


_IMPACT = ("investments", "programs", "orphans")


def _shown_head(row: AreaImport, scheme: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": row.status,
        "scheme": scheme,
        "valid_from": row.valid_from.isoformat(),
        "extent": row.extent,
        "source": row.source,
        "counts": row.counts,
    }


def _shown_issue(issue: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """One kept before issue 4 says nothing of what was done."""
    unsaid = {"done": "refused" if issue["severity"] == "error" else "kept"}
    fields = dict.fromkeys(("before_m2", "after_m2", "surface_m2", "encoding"))
    return {**fields, **unsaid, **issue, "detail": issue["detail"][language]}


def shown_changes(session: Session, row: AreaImport) -> dict[str, Any]:
    """The areas that differ, as GeoJSON; those removed as they were. Empty once discarded."""
    features = repository.find_features(session, row.id or 0)
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
                "geometry": orjson.Fragment(text),
            }
            for feature, text in zip(features, _as_geojson(features), strict=True)
        ],
    }


def _as_geojson(features: Sequence[Area]) -> list[str]:
    if not features:
        return []
    shapes = rendering.as_array([feature.geometry for feature in features])
    return rendering.geojson_texts(rendering.Outlines.of(shapes), rendering.DECIMALS)


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

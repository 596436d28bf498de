"""Outcome imports: preview, apply, discard."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlmodel import Session

from portfolio.accounts.models import OutcomeImport
from portfolio.clock import Act, rfc3339
from portfolio.database.quota import refuse_many_previews
from portfolio.errors import ImportNotApplicable, Reason, Refused
from portfolio.events.service import record
from portfolio.investments.objects import refresh_outcome
from portfolio.language import Language, Text
from portfolio.outcome_imports import repository
from portfolio.outcome_imports.previewing import Preview, shown_shifts, shown_sums
from portfolio.outcome_imports.rules import (
    RULE,
    Comparison,
    Extent,
    Posting,
    Status,
    check_errors,
    compare,
    shifts,
)

COUNTED = ("added", "removed", "unchanged", "postings")


def create_import(session: Session, act: Act, previewed: Preview) -> OutcomeImport:
    """Keep a preview, so that it can be looked at, applied or discarded."""
    refuse_many_previews(session, OutcomeImport, Status.PREVIEWED)
    row = OutcomeImport(
        status=Status.PREVIEWED.value,
        ledger=previewed.ledger,
        year=previewed.year,
        extent=previewed.extent.value,
        source=previewed.source,
        counts=previewed.counts,
        issues=[asdict(issue) for issue in previewed.issues],
        impact=previewed.impact,
        created_at=act.at,
    )
    session.add(row)
    session.flush()
    repository.keep_postings(session, row, previewed.postings)
    record(session, act, "outcome_import.created", resource(row), after=_summary(row))
    return row


def discard_import(session: Session, act: Act, row: OutcomeImport) -> None:
    """It stays in the list; its postings go."""
    if row.status != Status.PREVIEWED:
        raise Refused(
            f"Importen är redan avslutad ({row.status}); den kan inte kastas.",
            f"The import is {row.status} already; it can't be discarded.",
        )
    before = _summary(row)
    repository.forget_previewed(session, row.id or 0)
    _close(session, act, row, Status.DISCARDED)
    after = _summary(row)
    record(session, act, "outcome_import.discarded", resource(row), before=before, after=after)


def apply_import(session: Session, act: Act, row: OutcomeImport) -> None:
    """Book what the file says; a whole year's file replaces what was booked before.

    Raises:
        ImportNotApplicable: The file has errors, or is not compared with what is booked now.
    """
    repository.lock_ledger(session, row)
    _refuse_unless_applicable(session, row)
    before = _summary(row)
    comparison = compare(
        repository.find_in_force(session, row.ledger, row.year),
        repository.find_previewed(session, row.id or 0),
        Extent(row.extent),
    )
    owners = repository.find_owners(session)
    affected = repository.find_investments(
        session, shifts(comparison, row.ledger, owners), lock=True
    )
    changed = shown_shifts(session, comparison, row.ledger, owners)
    row.impact = {**row.impact, "investments": changed}
    _write(session, act, row, comparison)
    for some in repository.batches(affected):
        refresh_outcome(session, some)
    _close(session, act, row, Status.APPLIED)
    after = _summary(row)
    record(session, act, "outcome_import.applied", resource(row), before=before, after=after)


def _write(session: Session, act: Act, row: OutcomeImport, comparison: Comparison) -> None:
    """Postings that come again stay as they are, so that the same file twice changes nothing."""
    repository.retract(session, _ids(comparison.removed), act.at)
    repository.set_in_force(session, _ids(comparison.added), act.at)
    repository.forget_previewed(session, row.id or 0)


def _ids(rows: Iterable[tuple[int, Posting]]) -> list[int]:
    return [id for id, _ in rows]


def _close(session: Session, act: Act, row: OutcomeImport, status: Status) -> None:
    row.status = status.value
    row.closed_at = act.at
    session.add(row)
    session.flush()


def _refuse_unless_applicable(session: Session, row: OutcomeImport) -> None:
    if row.status != Status.PREVIEWED:
        closed = Text(
            f"Importen är redan avslutad ({row.status}); läs in filen på nytt.",
            f"The import is {row.status} already; send the file again.",
        )
        _refuse([Reason(RULE, closed)])
    reasons = check_errors(row.issues)
    if len(repository.find_applied(session, row.ledger, row.year)) != row.counts["applied"]:
        stale = Text(
            "En annan import av samma redovisning och år har verkställts sedan "
            "förhandsgranskningen; läs in filen på nytt.",
            "Another import of the same ledger and year was applied since the preview; send the "
            "file again.",
        )
        reasons.append(Reason(RULE, stale))
    if reasons:
        _refuse(reasons)


def _refuse(reasons: Sequence[Reason]) -> None:
    raise ImportNotApplicable(
        "Importen kan inte verkställas; se skälen.",
        "The import can't be applied; see the reasons.",
        reasons,
    )


# Answers


def resource(row: OutcomeImport) -> str:
    return f"/v1/outcome-imports/{row.id}"


def shown_import(row: OutcomeImport, language: Language) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": row.status,
        "ledger": row.ledger,
        "year": row.year,
        "extent": row.extent,
        "source": row.source,
        "counts": {name: row.counts[name] for name in COUNTED},
        "totals": shown_sums(row.counts),
        "issues": [{**issue, "detail": issue["detail"][language]} for issue in row.issues],
        "impact": row.impact,
        "created_at": rfc3339(row.created_at),
    }


def _summary(row: OutcomeImport) -> dict[str, Any]:
    """For the event: how many of each, not every one."""
    severities = [issue["severity"] for issue in row.issues]
    return {
        "status": row.status,
        "ledger": row.ledger,
        "year": row.year,
        "extent": row.extent,
        "source": row.source,
        "counts": {name: row.counts[name] for name in COUNTED},
        "totals": shown_sums(row.counts),
        "issues": {name: severities.count(name) for name in sorted(set(severities))},
        "impact": {name: len(entries) for name, entries in row.impact.items()},
    }

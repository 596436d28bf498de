"""Imports of spreadsheets: kept, discarded, applied."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from portfolio.clock import Act, rfc3339
from portfolio.database.lookup import find_by_code
from portfolio.database.quota import refuse_many_previews
from portfolio.errors import Forbidden, ImportNotApplicable, InvalidBody, Reason, Refused
from portfolio.events.service import record
from portfolio.gates import standing
from portfolio.investments import service as investments
from portfolio.investments.models import Investment
from portfolio.language import Language, Text
from portfolio.money import repository as money
from portfolio.money.service import replace_forecast, shown_series
from portfolio.organisation.service import hold_settings
from portfolio.programs.models import Program
from portfolio.table_imports import repository
from portfolio.table_imports.entries import base_of, expected
from portfolio.table_imports.models import TableImport
from portfolio.table_imports.rules import (
    MOST_CHANGES_SHOWN,
    Covered,
    Effect,
    Replace,
    Status,
    Target,
)

PATHS = {
    Target.INVESTMENTS.value: "/v1/investment-imports",
    Target.PLAN_LINES.value: "/v1/plan-imports",
}
# A refusal by rules names one, and these imports write what M1 describes.
RULE = "M1"
MOST_NAMED = 20


def resource(row: TableImport) -> str:
    return f"{PATHS[row.target]}/{row.id}"


def create_import(session: Session, act: Act, kept: Mapping[str, Any]) -> TableImport:
    """Keep a preview, so that it can be looked at, applied or discarded."""
    refuse_many_previews(session, TableImport, Status.PREVIEWED)
    row = TableImport(status=Status.PREVIEWED.value, created_at=act.at, **kept)
    session.add(row)
    session.flush()
    record(session, act, "table_import.created", resource(row), after=_summary(row))
    return row


def discard_import(session: Session, act: Act, row: TableImport, own: str | None) -> None:
    """It stays in the list, without what it would have changed."""
    require_own(row, own)
    if row.status != Status.PREVIEWED:
        raise Refused(
            f"Importen är redan avslutad ({row.status}); den kan inte kastas.",
            f"The import is {row.status} already; it can't be discarded.",
        )
    before = _summary(row)
    row.rows = {**row.rows, "items": []}
    _close(session, act, row, Status.DISCARDED)
    record(
        session, act, "table_import.discarded", resource(row), before=before, after=_summary(row)
    )


def apply_import(session: Session, act: Act, row: TableImport, own: str | None) -> None:
    """Write all that the preview says, or nothing.

    Args:
        session: In a transaction that is undone if this raises.
        act: Who applies it, and when.
        row: The import, locked.
        own: The department of a department's key, which applies its own imports only.

    Raises:
        Forbidden: The import may change more than the department's own.
        ImportNotApplicable: It has errors, is closed, or what it was based on has changed.
    """
    require_own(row, own)
    before = _summary(row)
    _refuse([*_closed(row), *_errors(row)])
    hold_settings(session)
    work = row.rows
    items = [item for item in work["items"] if item["change"] != Effect.REFUSED]
    found = _lock(session, items)
    _refuse(_outdated(session, items, found))
    for item in items:
        if item["change"] != Effect.UNCHANGED:
            _write(session, act, item, found.get(item["investment"]), _covered(work, item))
    _close(session, act, row, Status.APPLIED)
    record(session, act, "table_import.applied", resource(row), before=before, after=_summary(row))


def require_own(row: TableImport, own: str | None) -> None:
    if own is not None and row.rows["own"] != own:
        raise Forbidden(
            f"Nyckeln hör till {own}; importen kan ändra mer än det. Skicka filen själv.",
            f"The key belongs to {own}; the import may change more than that. Send the file "
            "yourself.",
        )


# What stands in the way


def _closed(row: TableImport) -> list[Reason]:
    if row.status == Status.PREVIEWED:
        return []
    return [
        _reason(
            f"Importen är redan avslutad ({row.status}); skicka filen på nytt.",
            f"The import is {row.status} already; send the file again.",
        )
    ]


def _errors(row: TableImport) -> list[Reason]:
    """One reason for each kind of error, unless the rows with errors are to be left out."""
    if row.rows["skip_errors"]:
        return []
    kinds = [issue["kind"] for issue in row.issues if issue["severity"] == "error"]
    return [
        _reason(
            f"Filen har fel av slaget {kind}; rätta dem, eller skicka den med skip_errors=true.",
            f"The file has errors of the kind {kind}; correct them, or send it with "
            "skip_errors=true.",
        )
        for kind in sorted(set(kinds))
    ]


def _lock(session: Session, items: Sequence[Mapping[str, Any]]) -> dict[str, Investment]:
    """The investments of an import, in one order for all, so that no two wait for each other."""
    found = {}
    for code in sorted(item["investment"] for item in items):
        investment = find_by_code(session, Investment, code, lock=True)
        if investment is not None:
            found[code] = investment
    return found


def _outdated(
    session: Session, items: Sequence[Mapping[str, Any]], found: Mapping[str, Investment]
) -> list[Reason]:
    ids = [investment.id or 0 for investment in found.values()]
    forecasts = repository.find_forecasts(session, ids)
    changed = []
    for item in items:
        investment = found.get(item["investment"])
        program = session.get(Program, investment.program_id or 0) if investment else None
        forecast = forecasts.get(investment.id or 0, []) if investment else []
        if item["base"] != base_of(investment, program.code if program else None, forecast):
            changed.append(item["investment"])
    if not changed:
        return []
    names = ", ".join(changed[:MOST_NAMED])
    return [
        _reason(
            f"Har ändrats sedan förhandsgranskningen: {names}. Skicka filen på nytt.",
            f"Changed since the preview: {names}. Send the file again.",
        )
    ]


def _refuse(reasons: Sequence[Reason]) -> None:
    if reasons:
        raise ImportNotApplicable(
            "Importen kan inte verkställas; se skälen.",
            "The import can't be applied; see the reasons.",
            reasons,
        )


def _reason(sv: str, en: str) -> Reason:
    return Reason(RULE, Text(sv, en))


# Writing


def _covered(work: Mapping[str, Any], item: Mapping[str, Any]) -> Covered:
    keys = frozenset((year, type) for year, type in item["keys"])
    return Covered(Replace(work["replace"]), keys, work["own"])


def _write(
    session: Session,
    act: Act,
    item: Mapping[str, Any],
    investment: Investment | None,
    covered: Covered,
) -> None:
    """One investment of an import, by the same ways as one request for it alone."""
    try:
        if investment is None:
            investment = investments.create_investment(session, act, _dated(item["fields"]))
        elif item["fields"]:
            investments.change_investment(session, act, investment, _dated(item["fields"]))
        if item["lines"] is not None:
            _replace_lines(session, act, investment, item["lines"], covered)
    except (InvalidBody, Refused) as error:
        # It was right when it was previewed, so something else has changed: an area, a program.
        code, detail = item["investment"], error.detail
        named = [found.detail for found in getattr(error, "errors", ())] or [detail]
        reasons = [_reason(f"{code}: {text.sv}", f"{code}: {text.en}") for text in named]
        raise ImportNotApplicable(detail.sv, detail.en, reasons) from error


def _dated(fields: Mapping[str, Any]) -> dict[str, Any]:
    dates = {
        name: date.fromisoformat(fields[name])
        for name in ("starts_on", "ends_on")
        if fields.get(name)
    }
    return {**fields, **dates}


def _replace_lines(
    session: Session,
    act: Act,
    investment: Investment,
    lines: list[dict[str, Any]],
    covered: Covered,
) -> None:
    id = investment.id or 0
    forecast = repository.find_forecasts(session, [id]).get(id, [])
    before = shown_series(money.find_forecast(session, id))
    wanted = expected(forecast, lines, covered)
    replace_forecast(session, investment, wanted, act.at, department=covered.own)
    standing.refresh(session, investment)
    after = shown_series(money.find_forecast(session, id))
    path = f"{investments.resource(investment)}/plan-lines"
    record(session, act, "plan_lines.replaced", path, before=before, after=after)


def _close(session: Session, act: Act, row: TableImport, status: Status) -> None:
    row.status = status.value
    row.closed_at = act.at
    session.add(row)
    session.flush()


# Answers


def shown_import(row: TableImport, language: Language) -> dict[str, Any]:
    items = row.rows["items"]
    changes = [item for item in items if item["change"] != Effect.UNCHANGED]
    shown = ("row", "investment", "change", "before", "after")
    return {
        **shown_briefly(row),
        "issues": [{**issue, "detail": issue["detail"][language]} for issue in row.issues],
        "changes": [{name: item[name] for name in shown} for item in changes[:MOST_CHANGES_SHOWN]],
    }


def shown_briefly(row: TableImport) -> dict[str, Any]:
    """As in a list: without issues and changes."""
    return {
        "id": row.id,
        "status": row.status,
        "source": row.source,
        "counts": row.counts["counts"],
        "totals": row.counts["totals"],
        "created_at": rfc3339(row.created_at),
    }


def _summary(row: TableImport) -> dict[str, Any]:
    """For the event: how many of each, not every one."""
    kinds = [issue["kind"] for issue in row.issues]
    return {
        "status": row.status,
        "source": row.source,
        **row.counts,
        "issues": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
    }

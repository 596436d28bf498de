"""Gate status as a file of any length, for the API and for the command line."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson
from sqlmodel import Session

from portfolio.clock import now, swedish_date
from portfolio.investments.repository import Asked
from portfolio.investments.router import Filters
from portfolio.language import Language, Text
from portfolio.reports import tables
from portfolio.reports.columns import GATE_STATUS
from portfolio.reports.gate_status import Presenter, totals_then
from portfolio.reports.rows import CHUNK, Moment, Row, matching, rows_now, rows_then
from portfolio.reports.selecting import conditions_then
from portfolio.reports.units import Rounder, Unit

SHEET = Text("Grindstatus", "Gate status")
EVERYTHING = Filters(*[None] * 7)


def chunks_of_rows(
    session: Session, filters: Filters, moment: Moment, today: date
) -> Iterator[tuple[list[Row], Any]]:
    """All rows that match, a chunk in memory at a time, each with what finds its shares."""
    after = None
    where = filters.where(session, today) if moment.is_now else []
    then = [] if moment.is_now else conditions_then(session, filters, moment, today)
    while True:
        if moment.is_now:
            asked: Any = Asked(where, after, CHUNK)
            found = chosen = rows_now(session, where, after, CHUNK, today)
        else:
            found = rows_then(session, then, moment, today, after=after)
            chosen = list(matching(found, gate=filters.gate, status=filters.status))
            asked = [row.id for row in chosen]
        yield chosen, asked
        if len(found) < CHUNK:
            return
        after = found[-1].code


def cells_of(
    session: Session, filters: Filters, moment: Moment, today: date, unit: Unit
) -> Iterator[dict[str, Any]]:
    rounder = Rounder(unit)
    for rows, ids in chunks_of_rows(session, filters, moment, today):
        presenter = Presenter(session, moment, today, ids)
        for row in rows:
            yield presenter.cells(row, rounder)


def gate_status_table(
    session: Session, as_of: date | None, format: str, language: Language
) -> bytes:
    """All investments, as `csv`, `xlsx` or `json` with totals."""
    moment, today = Moment(as_of=as_of), swedish_date(now())
    if format == "json":
        return _json(session, moment, today)
    cells = cells_of(session, EVERYTHING, moment, today, Unit.KR)
    if format == "csv":
        return b"".join(tables.as_csv(GATE_STATUS, cells, language))
    return tables.as_xlsx(GATE_STATUS, cells, language, sheet=SHEET.in_language(language))


def _json(session: Session, moment: Moment, today: date) -> bytes:
    items, rows = [], []
    for chunk, ids in chunks_of_rows(session, EVERYTHING, moment, today):
        presenter = Presenter(session, moment, today, ids)
        items += [presenter.json(row) for row in chunk]
        rows += chunk
    answer = {"items": items, "total": len(items), "totals": totals_then(rows)}
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2) + b"\n"

"""Gate status as a file, for the command line."""

from datetime import date

import orjson
from sqlmodel import Session

from portfolio.clock import now, swedish_date
from portfolio.language import Language
from portfolio.reports import tables
from portfolio.reports.columns import GATE_STATUS
from portfolio.reports.gate_status import Presenter, totals_then
from portfolio.reports.rows import Moment, rows_then


def gate_status_table(
    session: Session, as_of: date | None, format: str, language: Language
) -> bytes:
    """All investments, as `csv`, `xlsx` or `json` with totals."""
    moment = Moment(as_of=as_of)
    rows = rows_then(session, [], moment)
    presenter = Presenter(session, moment, swedish_date(now()), None)
    if format == "json":
        items = [presenter.json(row) for row in rows]
        answer = {"items": items, "total": len(items), "totals": totals_then(rows)}
        return orjson.dumps(answer, option=orjson.OPT_INDENT_2) + b"\n"
    cells = [presenter.cells(row) for row in rows]
    if format == "csv":
        return tables.as_csv(GATE_STATUS, cells, language)
    sheet = "Grindstatus" if language == "sv" else "Gate status"
    return tables.as_xlsx(GATE_STATUS, cells, language, sheet=sheet)

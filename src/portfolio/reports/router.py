"""Gate status, boards, portfolios and events over HTTP."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session, col, func, select

from portfolio.areas.router import AreaCodePath, At, SchemeDep
from portfolio.areas.service import read_area
from portfolio.events.service import find_events
from portfolio.investments import repository as investments
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.investments.router import Filters, FiltersDep
from portfolio.investments.rules import Kind, Serves
from portfolio.language import Language
from portfolio.programs.router import ProgramDep
from portfolio.reports import schemas, tables
from portfolio.reports.board import board
from portfolio.reports.columns import GATE_STATUS
from portfolio.reports.gate_status import Presenter, totals_now, totals_then
from portfolio.reports.portfolio_of_area import Question, portfolio
from portfolio.reports.rows import Moment, Row, matching, rows_now, rows_then
from portfolio.web.dependencies import ActDep, CallerDep, ExportLanguageDep, SessionDep
from portfolio.web.fields import Code, Date, Digits, Flag, Page
from portfolio.web.fields import Moment as Time
from portfolio.web.paging import PagingDep
from portfolio.web.replies import reply, reply_list
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute)

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


OFFERED = {"application/json": Format.JSON, CSV: Format.CSV, XLSX: Format.XLSX}
QUALITY = re.compile(r"\bq=([01](?:\.[0-9]{0,3})?)")


KnownAt = Annotated[
    Time | None, Query(description="As it was known at this time; now if left out (M4).")
]
AsOf = Annotated[Date | None, Query(description="With the decisions made up to this date (M4).")]


@router.get(
    "/v1/gate-status",
    response_model=schemas.GateStatusPage,
    response_model_exclude_none=True,
    tags=["status"],
    summary="Where everything stands",
    responses={
        200: {
            "content": {
                CSV: {"schema": {"type": "string"}},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
            }
        }
    },
)
def gate_status(
    request: Request,
    session: SessionDep,
    filters: FiltersDep,
    paging: PagingDep,
    act: ActDep,
    language: ExportLanguageDep,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    year: Annotated[
        Digits | None, Query(ge=1900, le=2200, description="Money of this year only.")
    ] = None,
    format: Annotated[Format | None, Query(description="Or by the Accept header.")] = None,
    totals: Annotated[Flag, Query(description="Add sums by gate and department.")] = False,
) -> Response:
    """A row an investment, now or as of any date; as JSON, CSV or a spreadsheet (M4)."""
    wanted = format or _accepted(request)
    everything = wanted is not Format.JSON and "limit" not in request.query_params
    moment = Moment(as_of, known_at, year)
    select_rows = _now if moment.is_now else _then
    rows, ids, total, sums = select_rows(
        session,
        filters,
        moment,
        act.today,
        after=(paging.after(str) or (None,))[0],
        limit=None if everything else paging.limit + 1,
    )
    presenter = Presenter(session, moment, act.today, ids)
    if wanted is Format.JSON:
        page = paging.page(rows, total, lambda row: (row.code,), presenter.json)
        return reply_list({**page, "totals": sums()} if totals else page)
    shown = rows if everything else rows[: paging.limit]
    cells = [presenter.cells(row) for row in shown]
    day = (as_of or act.today).isoformat()
    return _table(wanted, cells, language, f"grindstatus-{day}")


def _accepted(request: Request) -> Format:
    """What `Accept` likes best of what there is; JSON where it likes anything."""
    best, liked = Format.JSON, 0.0
    for part in request.headers.get("accept", "").split(",")[:20]:
        media_type, _, parameters = part.partition(";")
        offered = OFFERED.get(media_type.strip().lower())
        quality = QUALITY.search(parameters)
        weight = float(quality[1]) if quality else 1.0
        if offered is not None and weight > liked:
            best, liked = offered, weight
    return best


def _now(
    session: Session,
    filters: Filters,
    moment: Moment,
    today: Any,
    *,
    after: str | None,
    limit: int | None,
) -> tuple[Sequence[Row], Any, int, Any]:
    where = filters.where(session, today)
    total = session.exec(select(func.count()).select_from(Investment).where(*where)).one()
    rows = rows_now(session, where, after, limit)
    ids = investments.Asked(where, after, limit) if limit else None
    return rows, ids, total, lambda: totals_now(session, where)


def _then(
    session: Session,
    filters: Filters,
    moment: Moment,
    today: Any,
    *,
    after: str | None,
    limit: int | None,
) -> tuple[Sequence[Row], Any, int, Any]:
    rows = derived_rows(session, filters, moment, moment.as_of or today)
    page = [row for row in rows if after is None or row.code > after][:limit]
    ids = [row.id for row in page] if limit else None
    return page, ids, len(rows), lambda: totals_then(rows)


def derived_rows(session: Session, filters: Filters, moment: Moment, on: Any) -> list[Row]:
    """Rows as of another moment, with every filter."""
    where = filters.own(InvestmentVersion)
    sharing = filters.sharing(session, on, moment.known_at)
    if sharing is not None:
        where.append(col(InvestmentVersion.investment_id).in_(sharing))
    return matching(rows_then(session, where, moment), gate=filters.gate, status=filters.status)


def _table(format: Format, cells: list[dict[str, Any]], language: Language, name: str) -> Response:
    sheet = "Grindstatus" if language == "sv" else "Gate status"
    if format is Format.CSV:
        body, media_type = tables.as_csv(GATE_STATUS, cells, language), f"{CSV}; charset=utf-8"
    else:
        body = tables.as_xlsx(GATE_STATUS, cells, language, sheet=sheet)
        media_type = XLSX
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{format.value}"',
        "Content-Language": language,
    }
    return Response(body, media_type=media_type, headers=headers)


@router.get(
    "/v1/programs/{program}/board",
    response_model=schemas.BoardOut,
    tags=["status"],
    summary="The board of a program",
)
def read_board(row: ProgramDep, session: SessionDep, act: ActDep, caller: CallerDep) -> Response:
    """Investments by gate and status, and the holds whose review is overdue."""
    return reply(board(session, row, act.today, public=caller.is_public), tagged=False)


@router.get(
    "/v1/area-schemes/{scheme}/areas/{code}/portfolio",
    response_model=schemas.PortfolioOut,
    tags=["status"],
    summary="The portfolio of an area",
)
def read_portfolio(
    scheme: SchemeDep,
    code: AreaCodePath,
    session: SessionDep,
    act: ActDep,
    kind: Kind | None = None,
    department: Code | None = None,
    gate: Code | None = None,
    serves: Serves | None = None,
    by: Literal["location", "served"] = "location",
    at: At = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """Every investment with a share there, whoever pays, and the money it comes to (A5, A7)."""
    on = at or as_of or act.today
    read_area(session, scheme, code, on)
    where = [
        getattr(InvestmentVersion, name) == value
        for name, value in (("kind", kind), ("department", department), ("serves", serves))
        if value is not None
    ]
    rows = matching(rows_then(session, where, Moment(as_of, known_at)), gate=gate, status=None)
    question = Question(scheme.code, code, on, by, known_at)
    return reply(portfolio(session, question, rows), tagged=False)


@router.get(
    "/v1/events",
    response_model=Page[schemas.EventOut],
    tags=["trust"],
    summary="Read the chain of events",
)
def list_events(
    session: SessionDep,
    paging: PagingDep,
    after: Annotated[Digits, Query(ge=0, le=2**62, description="Events after this id.")] = 0,
    resource: Annotated[str | None, Query(max_length=500)] = None,
    actor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Who did what, when, from what, to what; chained by hash, in order."""
    (begin,) = paging.after(int) or (after,)
    rows, total = find_events(
        session, after=begin, resource=resource, actor=actor, limit=paging.limit + 1
    )
    return reply_list(paging.page(rows, total, lambda event: (event["id"],)))

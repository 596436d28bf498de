"""Gate status, boards, portfolios and events over HTTP."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session, func, select

from portfolio.areas.router import AreaCodePath, At, SchemeDep
from portfolio.areas.service import read_area
from portfolio.events.service import find_events
from portfolio.investments import repository as investments
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.investments.router import Area, Filters, FiltersDep, Scheme, get_filters
from portfolio.investments.rules import Kind, Serves
from portfolio.programs.router import ProgramDep
from portfolio.reports import exports, schemas
from portfolio.reports.board import View, board
from portfolio.reports.columns import GATE_STATUS
from portfolio.reports.formats import (
    ALSO_TABLES,
    Format,
    FormatParameter,
    UnitParameter,
    long_csv,
    refuse_unit,
    table_response,
    wanted_format,
)
from portfolio.reports.gate_status import Presenter, totals_now, totals_then
from portfolio.reports.portfolio_of_area import Question, portfolio, portfolio_now
from portfolio.reports.rows import (
    Moment,
    Row,
    all_rows_then,
    count_then,
    matching,
    rows_now,
    rows_then,
)
from portfolio.reports.selecting import chosen_then, conditions_then
from portfolio.reports.units import Rounder, Unit
from portfolio.web.dependencies import (
    ActDep,
    CallerDep,
    CodePath,
    ExportLanguageDep,
    SessionDep,
)
from portfolio.web.fields import Code, Date, Digits, Flag, Page
from portfolio.web.fields import Moment as Time
from portfolio.web.paging import Paging, PagingDep
from portfolio.web.replies import reply, reply_list
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute)

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
    responses=ALSO_TABLES,
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
    format: FormatParameter = None,
    unit: UnitParameter = Unit.KR,
    totals: Annotated[Flag, Query(description="Add sums by gate and department.")] = False,
) -> Response:
    """A row an investment, now or as of any date; as JSON, CSV or a spreadsheet (M4)."""
    wanted = wanted_format(request, format)
    moment = Moment(as_of, known_at, year)
    if wanted is Format.JSON:
        refuse_unit(unit)
        return _page(session, filters, moment, paging, act.today, totals=totals)
    name = f"grindstatus-{(as_of or act.today).isoformat()}"
    if "limit" in request.query_params:
        cells = _cells_of_page(session, filters, moment, paging, act.today, unit)
        return table_response(
            wanted, GATE_STATUS, cells, language, name=name, sheet=exports.SHEET, unit=unit
        )
    every = exports.cells_of(session, filters, moment, act.today, unit)
    if wanted is Format.CSV:
        return long_csv(GATE_STATUS, every, language, name=name, unit=unit)
    return table_response(
        wanted, GATE_STATUS, every, language, name=name, sheet=exports.SHEET, unit=unit
    )


def _page(
    session: Session,
    filters: Filters,
    moment: Moment,
    paging: Paging,
    today: date,
    *,
    totals: bool,
) -> Response:
    rows, ids, total = _select(session, filters, moment, paging, today)
    presenter = Presenter(session, moment, today, ids)
    page = paging.page(rows, total, lambda row: (row.code,), presenter.json)
    if not totals:
        return reply_list(page)
    if moment.is_now:
        sums = totals_now(session, filters.where(session, today))
    else:
        sums = totals_then(chosen_then(session, filters, moment, today))
    return reply_list({**page, "totals": sums})


def _cells_of_page(
    session: Session,
    filters: Filters,
    moment: Moment,
    paging: Paging,
    today: date,
    unit: Unit,
) -> list[dict[str, Any]]:
    rows, ids, _ = _select(session, filters, moment, paging, today)
    presenter, rounder = Presenter(session, moment, today, ids), Rounder(unit)
    return [presenter.cells(row, rounder) for row in rows[: paging.limit]]


def _select(
    session: Session, filters: Filters, moment: Moment, paging: Paging, today: date
) -> tuple[Sequence[Row], Any, int]:
    """A page of rows and one more, what finds their shares, and how many match in all."""
    after, limit = (paging.after(str) or (None,))[0], paging.limit + 1
    if moment.is_now:
        where = filters.where(session, today)
        total = session.exec(select(func.count()).select_from(Investment).where(*where)).one()
        rows = rows_now(session, where, after, limit, today)
        return rows, investments.Asked(where, after, limit), total
    if filters.gate is None and filters.status is None:
        where = conditions_then(session, filters, moment, today)
        rows = rows_then(session, where, moment, today, after=after, limit=limit)
        return rows, [row.id for row in rows], count_then(session, where, moment.known_at)
    # Gate and status are derived, so that all must be before it is known which ones match.
    every = list(chosen_then(session, filters, moment, today))
    rows = [row for row in every if after is None or row.code > after][:limit]
    return rows, [row.id for row in rows], len(every)


# `async` only so that FastAPI calls it in place instead of in a thread.
async def _board_filters(
    program: CodePath,
    department: Code | None = None,
    kind: Kind | None = None,
    scheme: Scheme = None,
    area: Area = None,
) -> Filters:
    return await get_filters(program, department, kind, scheme=scheme, area=area)


BoardFilters = Annotated[Filters, Depends(_board_filters)]


@router.get(
    "/v1/programs/{program}/board",
    response_model=schemas.BoardOut,
    tags=["status"],
    summary="The board of a program",
)
def read_board(
    row: ProgramDep,
    session: SessionDep,
    filters: BoardFilters,
    act: ActDep,
    caller: CallerDep,
    as_of: AsOf = None,
) -> Response:
    """Investments by gate and status, now or as of any date, and the holds that are overdue."""
    view = View(act.today, as_of, public=caller.is_public)
    where = filters.where(session, view.on)
    return reply(board(session, row, where, view), tagged=False)


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
    question = Question(scheme.code, code, on, by, known_at)
    filters = (("kind", kind), ("department", department), ("serves", serves))
    own = [(name, value) for name, value in filters if value is not None]
    # The gate of a former date is derived, and so is everything as it was known once.
    if known_at is None and (gate is None or as_of is None):
        also = own if gate is None else [*own, ("gate", gate)]
        now = [getattr(Investment, name) == value for name, value in also]
        return reply(portfolio_now(session, question, as_of, act.today, now), tagged=False)
    where = [getattr(InvestmentVersion, name) == value for name, value in own]
    every = all_rows_then(session, where, Moment(as_of, known_at), act.today)
    rows = sorted(matching(every, gate=gate, status=None), key=lambda row: row.code)
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

"""Money trails, deviations, delegated decisions and the annual table over HTTP."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session, func, select

from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.investments.router import Filters, InvestmentDep
from portfolio.investments.rules import Kind
from portfolio.language import Language
from portfolio.money.rules import Type
from portfolio.reports import annual, money_columns, money_schemas
from portfolio.reports.columns import Column
from portfolio.reports.delegated import Asked, delegated_decisions
from portfolio.reports.deviations import deviations
from portfolio.reports.formats import (
    ALSO_TABLES,
    Format,
    FormatParameter,
    UnitParameter,
    refuse_unit,
    table_response,
    wanted_format,
)
from portfolio.reports.money_columns import as_cells, as_json
from portfolio.reports.money_trail import money_trail
from portfolio.reports.rows import Moment, Row, count_then, rows_now, rows_then
from portfolio.reports.selecting import conditions_then
from portfolio.reports.units import Rounder, Unit
from portfolio.web.dependencies import ActDep, ExportLanguageDep, SessionDep
from portfolio.web.fields import Code, Date, Digits, Flag, Page
from portfolio.web.fields import Moment as Time
from portfolio.web.paging import Paging, PagingDep
from portfolio.web.replies import reply_list
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["status"])

AsOf = Annotated[Date | None, Query(description="What was dated up to this date (M4).")]
KnownAt = Annotated[
    Time | None, Query(description="As it was known at this time; now if left out (M4).")
]
YearParameter = Annotated[Digits | None, Query(ge=1900, le=2200)]


class Ordered(Protocol):
    """A row with the key that a page begins after."""

    @property
    def order(self) -> tuple[Any, ...]: ...

    @property
    def cells(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class _Listed:
    """How a list that is put together in memory is answered, in each form."""

    name: str
    columns: Sequence[Column]
    key: tuple[type, ...]

    def answer(
        self,
        request: Request,
        rows: Iterable[Ordered],
        paging: Paging,
        wanted: Format,
        language: Language,
        file: str,
    ) -> Response:
        """A page as JSON; as a table all of it, unless a limit is given."""
        ordered = sorted(rows, key=lambda row: row.order)
        after = paging.after(*self.key)
        begun = [row for row in ordered if after is None or row.order > after]
        if wanted is Format.JSON:
            page = paging.page(
                begun,
                len(ordered),
                lambda row: row.order,
                lambda row: as_json(self.columns, row.cells),
            )
            return reply_list(page)
        shown = begun[: paging.limit] if "limit" in request.query_params else ordered
        cells = [as_cells(row.cells, csv=wanted is Format.CSV) for row in shown]
        sheet = money_columns.SHEETS[self.name]
        return table_response(wanted, self.columns, cells, language, name=file, sheet=sheet)


DELEGATED = _Listed("delegated", money_columns.DELEGATED, (str, int, int))
DEVIATIONS = _Listed("deviations", money_columns.DEVIATIONS, (str, int, str))


@router.get(
    "/v1/investments/{investment}/money-trail",
    response_model=money_schemas.MoneyTrailPage,
    summary="Follow the money of an investment",
)
def read_money_trail(
    row: InvestmentDep,
    session: SessionDep,
    paging: PagingDep,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """Decided, released, allocated, moved and booked, by date, each with what it rests on."""
    trail = money_trail(session, row, as_of, known_at)
    after = paging.after(str, int, int, str)
    begun = [one for one in trail.movements if after is None or one.order > after]
    page = paging.page(begun, len(trail.movements), lambda one: one.order, lambda one: one.shown())
    return reply_list({**page, "totals": trail.totals()})


@router.get(
    "/v1/reports/delegated-decisions",
    response_model=Page[money_schemas.DelegatedOut],
    responses=ALSO_TABLES,
    summary="List what was decided by delegation",
)
def list_delegated_decisions(
    request: Request,
    session: SessionDep,
    paging: PagingDep,
    act: ActDep,
    language: ExportLanguageDep,
    since: Annotated[
        Date | None, Query(alias="from", description="Decided on this date or later.")
    ] = None,
    until: Annotated[
        Date | None, Query(alias="to", description="Decided on this date or earlier.")
    ] = None,
    department: Code | None = None,
    reported: Annotated[
        Flag | None, Query(description="Whether the body has been told of it.")
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    format: FormatParameter = None,
) -> Response:
    """At gates and about reallocations, so that a body sees what is decided in its name."""
    asked = Asked(since, until, department, reported, as_of, known_at)
    rows = delegated_decisions(session, asked)
    wanted, file = wanted_format(request, format), f"delegationsbeslut-{as_of or act.today}"
    return DELEGATED.answer(request, rows, paging, wanted, language, file)


@router.get(
    "/v1/reports/deviations",
    response_model=Page[money_schemas.DeviationOut],
    responses=ALSO_TABLES,
    summary="List what deviates",
)
def list_deviations(
    request: Request,
    session: SessionDep,
    paging: PagingDep,
    act: ActDep,
    language: ExportLanguageDep,
    program: Code | None = None,
    department: Code | None = None,
    year: Annotated[
        Digits | None,
        Query(ge=1900, le=2200, description="Whose outcome is compared; this year if left out."),
    ] = None,
    everything: Annotated[
        Flag, Query(alias="all", description="Also what is within its tolerance.")
    ] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    format: FormatParameter = None,
) -> Response:
    """Forecast against decided (G13), outcome against forecast, use against what is released."""
    where = _filters(program, department, None).own(InvestmentVersion)
    on = as_of or act.today
    moment = Moment(as_of, known_at, on.year if year is None else year)
    rows = deviations(session, where, moment, act.today, everything=everything)
    wanted, file = wanted_format(request, format), f"avvikelser-{on}"
    return DEVIATIONS.answer(request, rows, paging, wanted, language, file)


@router.get(
    "/v1/reports/annual",
    response_model=money_schemas.AnnualPage,
    responses=ALSO_TABLES,
    summary="Read the annual table",
)
def read_annual_table(
    request: Request,
    session: SessionDep,
    paging: PagingDep,
    act: ActDep,
    language: ExportLanguageDep,
    program: Code | None = None,
    department: Code | None = None,
    kind: Kind | None = None,
    type: Annotated[Type | None, Query(description="Money of this type only (M1).")] = None,
    year: Annotated[
        Digits | None, Query(ge=1900, le=2200, description="Money of this year only.")
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    format: FormatParameter = None,
    unit: UnitParameter = Unit.KR,
    totals: Annotated[
        Flag, Query(description="The sum of all that match: in tables the last line.")
    ] = True,
) -> Response:
    """A row an investment: its decision dates, money and operating consequence; and the sum."""
    moment = Moment(as_of, known_at, year)
    question = annual.Question(_filters(program, department, kind), moment, type, act.today)
    wanted = wanted_format(request, format)
    if wanted is Format.JSON:
        refuse_unit(unit)
        return _annual_page(session, question, paging, totals=totals)
    after = (paging.after(str) or (None,))[0]
    limit = paging.limit if "limit" in request.query_params else None
    part = annual.Part(totals, limit, after)
    cells = annual.table_of(session, question, unit, language, part)
    return table_response(
        wanted,
        money_columns.ANNUAL,
        cells,
        language,
        name=f"arstabell-{as_of or act.today}",
        sheet=money_columns.SHEETS["annual"],
        unit=unit,
    )


def _filters(program: str | None, department: str | None, kind: Kind | None) -> Filters:
    return Filters(program, department, kind.value if kind else None, None, None, None, None)


def _annual_page(
    session: Session, question: annual.Question, paging: Paging, *, totals: bool
) -> Response:
    rows, total = _annual_rows(session, question, paging)
    exact = Rounder(Unit.KR)
    cells = {one["investment"]: one for one in annual.cells_of(session, question, rows, exact)}
    page = paging.page(
        rows,
        total,
        lambda row: (row.code,),
        lambda row: as_json(money_columns.ANNUAL, cells[row.code]),
    )
    if not totals:
        return reply_list(page)
    sums = annual.sums_of(session, question)
    money = [column for column in money_columns.ANNUAL if column.kind == "money"]
    return reply_list({**page, "totals": {"count": sums["count"], **as_json(money, sums)}})


def _annual_rows(
    session: Session, question: annual.Question, paging: Paging
) -> tuple[list[Row], int]:
    """A page of rows and one more, and how many match in all."""
    after, limit = (paging.after(str) or (None,))[0], paging.limit + 1
    filters, moment, today = question.filters, question.moment, question.today
    if moment.is_now:
        where = filters.where(session, today)
        total = session.exec(select(func.count()).select_from(Investment).where(*where)).one()
        return rows_now(session, where, after, limit, today), total
    where = conditions_then(session, filters, moment, today)
    rows = rows_then(session, where, moment, today, after=after, limit=limit)
    return rows, count_then(session, where, moment.known_at)

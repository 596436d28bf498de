"""Investments over HTTP."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session, col, select

from portfolio.access.rules import Caller
from portfolio.database.lookup import count, get_by_code
from portfolio.errors import Forbidden, InvalidParameter
from portfolio.investments import repository, schemas, service
from portfolio.investments.models import Investment
from portfolio.investments.rules import Kind, Status
from portfolio.organisation.service import hold_settings
from portfolio.programs.models import Program
from portfolio.web.dependencies import ActDep, CallerDep, CodePath, SessionDep
from portfolio.web.fields import AreaCode, Code, Line, Page
from portfolio.web.paging import PagingDep
from portfolio.web.replies import nothing, reply, reply_list, require_match
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["investments"])


def require_own(caller: Caller, department: str) -> None:
    if not caller.owns(department):
        raise Forbidden(
            f"Nyckeln hör till {caller.department} och kan inte ändra det som hör till "
            f"{department}.",
            f"The key belongs to {caller.department} and can't change what belongs to "
            f"{department}.",
        )


def known_investment(investment: CodePath, session: SessionDep) -> Investment:
    return get_by_code(session, Investment, investment)


def locked_investment(investment: CodePath, session: SessionDep) -> Investment:
    """Locked until the commit: whoever decides at the same moment waits, and then sees it.

    The settings before the investment, as in a change of settings: the other way round two
    requests could wait for each other.
    """
    hold_settings(session)
    return get_by_code(session, Investment, investment, lock=True)


def own_investment(
    row: Annotated[Investment, Depends(locked_investment)], caller: CallerDep
) -> Investment:
    require_own(caller, row.department)
    return row


def _for_change(
    request: Request,
    row: Annotated[Investment, Depends(own_investment)],
    session: SessionDep,
    act: ActDep,
) -> Investment:
    require_match(request, service.shown_investment(session, row, act.today))
    return row


InvestmentDep = Annotated[Investment, Depends(known_investment)]
LockedInvestment = Annotated[Investment, Depends(locked_investment)]
OwnInvestment = Annotated[Investment, Depends(own_investment)]
ForChange = Annotated[Investment, Depends(_for_change)]


@dataclass(frozen=True, slots=True)
class Filters:
    """What investments and gate status are filtered by; an unknown code finds nothing."""

    program: str | None
    department: str | None
    kind: str | None
    gate: str | None
    status: str | None
    scheme: str | None
    area: str | None

    def own(self, model: Any = Investment) -> list[Any]:
        """Conditions on what an investment is, for it or for a version of it."""
        equal = {"department": self.department, "kind": self.kind}
        conditions = [
            getattr(model, name) == value for name, value in equal.items() if value is not None
        ]
        if self.program is not None:
            chosen = select(Program.id).where(Program.code == self.program).scalar_subquery()
            conditions.append(model.program_id == chosen)
        return conditions

    def where(self, session: Session, on: date) -> list[Any]:
        """All conditions, on investments as they are now and shares as of a date."""
        conditions = self.own()
        if self.gate is not None:
            conditions.append(col(Investment.gate) == self.gate)
        if self.status is not None:
            conditions.append(col(Investment.status) == self.status)
        sharing = self.sharing(session, on)
        if sharing is not None:
            conditions.append(col(Investment.id).in_(sharing))
        return conditions

    def sharing(self, session: Session, on: date, known_at: datetime | None = None) -> Any:
        """The ids of investments with a share in the area, as a subquery; None for no area."""
        if self.scheme is None or self.area is None:
            return None
        return repository.sharing(session, self.scheme, self.area, on, known_at)


Scheme = Annotated[Code | None, Query(description="Together with `area`.")]
Area = Annotated[AreaCode | None, Query(description="Together with `scheme`.")]


# `async` only so that FastAPI calls it in place instead of in a thread.
async def get_filters(
    program: Code | None = None,
    department: Code | None = None,
    kind: Kind | None = None,
    gate: Code | None = None,
    status: Status | None = None,
    scheme: Scheme = None,
    area: Area = None,
) -> Filters:
    if (scheme is None) != (area is None):
        raise InvalidParameter(
            "Ange scheme och area tillsammans.", "Give scheme and area together."
        )
    return Filters(
        program,
        department,
        kind.value if kind else None,
        gate,
        status.value if status else None,
        scheme,
        area,
    )


FiltersDep = Annotated[Filters, Depends(get_filters)]


@router.get(
    "/v1/investments",
    response_model=Page[schemas.InvestmentOut],
    summary="List the investments",
)
def list_investments(
    session: SessionDep,
    paging: PagingDep,
    filters: FiltersDep,
    act: ActDep,
    q: Annotated[Line | None, Query(description="Part of a code, name or text.")] = None,
) -> Response:
    """By code, with the state each has now."""
    where = filters.where(session, act.today)
    if q:
        where.append(repository.matching(q))
    key = paging.after(str)
    asked = repository.Asked(where, key[0] if key else None, paging.limit + 1)
    rows = repository.page(session, asked)
    shares = repository.find_shares(session, act.today, investment_ids=asked)
    page = paging.page(
        rows,
        count(session, Investment, *where),
        lambda row: (row.code,),
        lambda row: service.shown_row(row, shares.get(row[0], {})),
    )
    return reply_list(page)


@router.post(
    "/v1/investments",
    response_model=schemas.InvestmentOut,
    status_code=201,
    summary="Register an investment",
)
def create_investment(
    investment: schemas.InvestmentIn, session: SessionDep, act: ActDep, caller: CallerDep
) -> Response:
    """Its shares in every scheme follow from where it is (A5)."""
    require_own(caller, investment.department)
    row = service.create_investment(session, act, schemas.plain(investment))
    shown = service.shown_investment(session, row, act.today)
    return reply(shown, status=201, location=service.resource(row))


@router.get(
    "/v1/investments/{investment}",
    response_model=schemas.InvestmentOut,
    summary="Read an investment",
)
def read_investment(row: InvestmentDep, session: SessionDep, act: ActDep) -> Response:
    """With its gate, its status and its shares as of today."""
    return reply(service.shown_investment(session, row, act.today))


@router.patch(
    "/v1/investments/{investment}",
    response_model=schemas.InvestmentOut,
    summary="Change an investment",
)
def change_investment(
    row: ForChange,
    patch: schemas.InvestmentPatch,
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
) -> Response:
    """Any field but the code; the program only before the first assessment."""
    changes = schemas.plain(patch, exclude_unset=True)
    require_own(caller, changes.get("department", row.department))
    service.change_investment(session, act, row, changes)
    return reply(service.shown_investment(session, row, act.today))


@router.delete("/v1/investments/{investment}", status_code=204, summary="Delete an investment")
def delete_investment(row: ForChange, session: SessionDep, act: ActDep) -> Response:
    """Refused where decisions hang on it: those are stopped instead (G9, G10)."""
    service.delete_investment(session, act, row)
    return nothing()

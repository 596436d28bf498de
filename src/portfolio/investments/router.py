"""Investments over HTTP."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session, col, func, select

from portfolio.access.rules import Caller
from portfolio.areas.models import AreaScheme
from portfolio.database.lookup import find_by_code, get_by_code
from portfolio.errors import Forbidden, InvalidParameter
from portfolio.investments import repository, schemas, service
from portfolio.investments.models import Investment
from portfolio.investments.rules import Kind, Status
from portfolio.programs.models import Program
from portfolio.web.dependencies import ActDep, CallerDep, CodePath, SessionDep
from portfolio.web.fields import AreaCode, Code, Line, Page
from portfolio.web.paging import PagingDep
from portfolio.web.replies import nothing, reply, reply_list, require_match
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["investments"])

# What a list shows; the geometry, which may be large, is not among it.
LISTED = [
    column
    for column in Investment.__table__.columns  # type: ignore[attr-defined]  # SQLModel makes it
    if column.name != "geometry"
]


def require_own(caller: Caller, department: str) -> None:
    if not caller.owns(department):
        raise Forbidden(
            f"Nyckeln hör till {caller.department} och kan inte ändra det som hör till "
            f"{department}.",
            f"The key belongs to {caller.department} and can't change what belongs to {department}.",
        )


def known_investment(investment: CodePath, session: SessionDep) -> Investment:
    return get_by_code(session, Investment, investment)


def locked_investment(investment: CodePath, session: SessionDep) -> Investment:
    """Locked until the commit: whoever decides at the same moment waits, and then sees it."""
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


class Filters:
    """What investments and gate status can be filtered by, as a condition."""

    def __init__(
        self,
        session: SessionDep,
        program: Code | None = None,
        department: Code | None = None,
        kind: Kind | None = None,
        gate: Code | None = None,
        status: Status | None = None,
        scheme: Annotated[Code | None, Query(description="Together with `area`.")] = None,
        area: Annotated[AreaCode | None, Query(description="Together with `scheme`.")] = None,
    ) -> None:
        self.department, self.gate = department, gate
        self.kind = kind.value if kind else None
        self.status = status.value if status else None
        self.area = area
        self.program_id = _id_of(session, Program, program, "program")
        if (scheme is None) != (area is None):
            raise InvalidParameter(
                "Ange scheme och area tillsammans.", "Give scheme and area together."
            )
        self.scheme_id = _id_of(session, AreaScheme, scheme, "scheme")

    def own(self, model: Any = Investment) -> list[Any]:
        """Conditions on what an investment is, for it or for a version of it."""
        equal = {
            "department": self.department,
            "kind": self.kind,
            "program_id": self.program_id,
        }
        return [getattr(model, name) == value for name, value in equal.items() if value is not None]

    def where(self, session: Session, on: date) -> list[Any]:
        """All conditions, on investments as they are now and shares as of a date."""
        conditions = self.own()
        if self.gate is not None:
            conditions.append(col(Investment.gate) == self.gate)
        if self.status is not None:
            conditions.append(col(Investment.status) == self.status)
        if self.scheme_id is not None and self.area is not None:
            sharing = repository.sharing(session, self.scheme_id, self.area, on)
            conditions.append(col(Investment.id).in_(sharing))
        return conditions


def _id_of(session: Session, model: Any, code: str | None, name: str) -> int | None:
    if code is None:
        return None
    row = find_by_code(session, model, code)
    if row is None:
        raise InvalidParameter(
            f"{name}: det finns ingen {code}; kontrollera koden.",
            f"{name}: there is no {code}; check the code.",
        )
    id: int = row.id
    return id


FiltersDep = Annotated[Filters, Depends()]


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
    total = session.exec(select(func.count()).select_from(Investment).where(*where)).one()
    key = paging.after(str)
    query: Any = select(*LISTED).where(*where).order_by(col(Investment.code))
    if key is not None:
        query = query.where(col(Investment.code) > key[0])
    rows = session.exec(query.limit(paging.limit + 1)).all()
    ids = [row.id for row in rows]
    shares = repository.find_shares(session, act.today, investment_ids=ids)
    programs = repository.program_codes(session)
    page = paging.page(
        rows,
        total,
        lambda row: (row.code,),
        lambda row: service.shown(row, programs, shares.get(row.id, {})),
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

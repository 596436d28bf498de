"""Frames, allocations and the ledger over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from sqlmodel import Session, col, select

from portfolio.access.rules import Caller, Role
from portfolio.accounts.rules import Type
from portfolio.budget import ledger, repository, schemas, service, showing
from portfolio.budget.models import Allocation, Frame, LedgerEntry, Pool
from portfolio.database.lookup import find_by_code
from portfolio.errors import Forbidden
from portfolio.investments.models import Investment
from portfolio.investments.router import require_own
from portfolio.programs.models import Program
from portfolio.web.dependencies import ActDep, CallerDep, IdPath, SessionDep
from portfolio.web.fields import Code, Digits, Page
from portfolio.web.paging import Paging, PagingDep
from portfolio.web.replies import reply, reply_list, require_match
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["budget"])

YearQuery = Annotated[Digits | None, Query(ge=1900, le=2200)]
HolderQuery = Annotated[Code | None, Query(description="Who holds the pool.")]


# `async` only so that FastAPI calls it in place instead of in a thread.
async def _pools_asked(
    program: HolderQuery = None,
    department: HolderQuery = None,
    year: YearQuery = None,
    type: Type | None = None,
) -> list[Any]:
    return repository.pools_where(program, department, year, type)


PoolsAsked = Annotated[list[Any], Depends(_pools_asked)]


def _page(session: Session, paging: Paging, model: Any, where: list[Any], show: Any) -> Response:
    """A list by id; `show` renders a whole page at once, by id."""
    after = paging.after(int)
    last = after[0] if after else 0
    rows, total = repository.page_of(session, model, where, last, paging.limit + 1)
    shown = show(session, rows[: paging.limit])
    return reply_list(paging.page(rows, total, lambda row: (row.id,), lambda row: shown[row.id]))


@router.get("/v1/frames", response_model=Page[schemas.FrameOut], summary="List the frames")
def list_frames(session: SessionDep, paging: PagingDep, asked: PoolsAsked) -> Response:
    """Every decision that granted money for a year, or took it back."""
    ids = select(Pool.id).where(*asked)
    where = [col(Frame.pool_id).in_(ids)] if asked else []
    return _page(session, paging, Frame, where, showing.shown_frames)


@router.post(
    "/v1/frames", response_model=schemas.FrameOut, status_code=201, summary="Register a frame"
)
def register_frame(frame: schemas.FrameIn, session: SessionDep, act: ActDep) -> Response:
    """Money granted for a year goes into the reserve of its holder's pool (S5)."""
    row = service.register_frame(session, act, frame.model_dump())
    shown = showing.shown_frame(session, row)
    return reply(shown, status=201, location=service.frame_path(row))


@router.get("/v1/frames/{id}", response_model=schemas.FrameOut, summary="Read a frame")
def read_frame(id: IdPath, session: SessionDep) -> Response:
    """It is never changed; another decision adds to it."""
    return reply(showing.shown_frame(session, repository.get_frame(session, id)))


@router.get("/v1/pools", response_model=Page[schemas.PoolOut], summary="List the pools")
def list_pools(session: SessionDep, paging: PagingDep, asked: PoolsAsked) -> Response:
    """Who holds what of a year's money, and how it is used."""
    return _page(session, paging, Pool, asked, showing.shown_pools)


@router.get("/v1/ledger", response_model=Page[schemas.EntryOut], summary="Read the ledger")
def list_ledger(
    session: SessionDep,
    paging: PagingDep,
    asked: PoolsAsked,
    investment: Annotated[Code | None, Query(description="One of its allocations.")] = None,
) -> Response:
    """Every movement with at least one posting that is asked for, whole, in order (S5)."""
    id = None if investment is None else _investment_id(session, investment)
    return _page(
        session, paging, LedgerEntry, repository.entries_where(asked, id), ledger.shown_entries
    )


def _investment_id(session: Session, code: str) -> int:
    found = find_by_code(session, Investment, code)
    # No row has the id 0: an unknown code finds nothing.
    return (found.id or 0) if found else 0


@router.get(
    "/v1/allocations", response_model=Page[schemas.AllocationOut], summary="List the allocations"
)
def list_allocations(
    session: SessionDep,
    paging: PagingDep,
    investment: Code | None = None,
    program: Annotated[Code | None, Query(description="Of the investment.")] = None,
    department: Annotated[Code | None, Query(description="Of the investment.")] = None,
    year: YearQuery = None,
    type: Type | None = None,
) -> Response:
    """What each investment may use in a year, with what is committed, booked and free."""
    wanted = select(Investment.id)
    if investment is not None:
        wanted = wanted.where(Investment.code == investment)
    if program is not None:
        chosen = select(Program.id).where(Program.code == program).scalar_subquery()
        wanted = wanted.where(col(Investment.program_id) == chosen)
    if department is not None:
        wanted = wanted.where(Investment.department == department)
    where: list[Any] = [col(Allocation.investment_id).in_(wanted)]
    if year is not None:
        where.append(col(Allocation.year) == year)
    if type is not None:
        where.append(col(Allocation.type) == type.value)
    return _page(session, paging, Allocation, where, showing.shown_allocations)


@router.post(
    "/v1/allocations",
    response_model=schemas.AllocationOut,
    status_code=201,
    summary="Allocate money to an investment",
)
def allocate(allocation: schemas.AllocationIn, session: SessionDep, act: ActDep) -> Response:
    """Out of the reserve of the pool that holds its money; once for a year and a type (S5)."""
    row = service.allocate(session, act, allocation.model_dump())
    shown = showing.shown_allocation(session, row)
    return reply(shown, status=201, location=service.allocation_path(row))


@router.get(
    "/v1/allocations/{id}", response_model=schemas.AllocationOut, summary="Read an allocation"
)
def read_allocation(id: IdPath, session: SessionDep) -> Response:
    """With what of it is free to move."""
    return reply(showing.shown_allocation(session, repository.get_allocation(session, id)))


def _allocation_for_change(
    request: Request,
    id: IdPath,
    session: SessionDep,
    caller: CallerDep,
    # As it was sent: what the caller may not change is refused before its shape is looked at.
    patch: Annotated[Any, Body()] = None,
) -> tuple[Allocation, Pool]:
    found = repository.get_allocation(session, id)
    require_own(caller, session.get_one(Investment, found.investment_id).department)
    _require_finance(caller, patch)
    row, pool = service.lock_allocation(session, id)
    require_match(request, showing.shown_allocation(session, row))
    return row, pool


@router.patch(
    "/v1/allocations/{id}", response_model=schemas.AllocationOut, summary="Change an allocation"
)
def change_allocation(
    found: Annotated[tuple[Allocation, Pool], Depends(_allocation_for_change)],
    patch: schemas.AllocationPatch,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """Within the pool's reserve (S5), and never below what is committed or booked (S3)."""
    changes = patch.model_dump(exclude_unset=True)
    row, pool = found
    service.change_allocation(session, act, row, pool, changes)
    return reply(showing.shown_allocation(session, row))


def _require_finance(caller: Caller, changes: Any) -> None:
    is_amount = isinstance(changes, dict) and "amount" in changes
    if caller.role is Role.DEPARTMENT and is_amount:
        raise Forbidden(
            "En förvaltning ändrar bara committed; be ekonomi ändra beloppet.",
            "A department changes only committed; ask finance to change the amount.",
        )

"""Finding pools, allocations and ledger entries, and locking them in one order.

Programs, then departments, then pools, then allocations, each in the order of its key: whoever
moves money waits for the others instead of for each other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlmodel import Session, col, func, select

from portfolio.accounts.repository import Booked, outcome_sums
from portfolio.accounts.rules import Type
from portfolio.budget.models import Allocation, Frame, LedgerEntry, LedgerPosting, Pool
from portfolio.budget.rules import Holder, PoolKey
from portfolio.database.base import Table
from portfolio.errors import NotFound
from portfolio.organisation.models import Department
from portfolio.programs.models import Program

Row = TypeVar("Row", bound=Table)
# More ids than this are not listed in a query; everything is asked for instead.
MOST_LISTED = 5000


def lock_holder(session: Session, holder: Holder) -> None:
    """Keep others from making pools for the holder; who only refers to it does not wait."""
    if holder.program_id is not None:
        program = select(Program.id).where(Program.id == holder.program_id)
        session.exec(program.with_for_update(key_share=True)).one()
    else:
        department = select(Department.id).where(Department.code == holder.department)
        session.exec(department.with_for_update(key_share=True)).one()


def find_pool(session: Session, key: PoolKey) -> Pool | None:
    query = select(Pool).where(Pool.year == key.year, Pool.type == key.type.value)
    if key.holder.program_id is not None:
        query = query.where(Pool.program_id == key.holder.program_id)
    else:
        query = query.where(Pool.department == key.holder.department)
    return session.exec(query).one_or_none()


def first_year(session: Session, holder: Holder, type: Type) -> int | None:
    """The first year that the holder has a pool of this type for."""
    query = select(func.min(Pool.year)).where(Pool.type == type.value)
    if holder.program_id is not None:
        query = query.where(Pool.program_id == holder.program_id)
    else:
        query = query.where(Pool.department == holder.department)
    return session.exec(query).one()


def lock_pools(session: Session, ids: Iterable[int]) -> dict[int, Pool]:
    query = select(Pool).where(col(Pool.id).in_(sorted(set(ids)))).order_by(col(Pool.id))
    locked = query.with_for_update().execution_options(populate_existing=True)
    return {row.id or 0: row for row in session.exec(locked)}


def hold_pools(
    session: Session, keys: Collection[PoolKey], *, besides: Iterable[int] = ()
) -> dict[PoolKey, Pool]:
    """Lock the pools of these keys, and those with the ids `besides`; the missing are left out."""
    for holder in sorted({key.holder for key in keys}, key=lambda holder: holder.order):
        lock_holder(session, holder)
    found = {key: find_pool(session, key) for key in keys}
    there = {key: pool for key, pool in found.items() if pool is not None}
    locked = lock_pools(session, [*(pool.id or 0 for pool in there.values()), *besides])
    return {key: locked[pool.id or 0] for key, pool in there.items()}


def make_pool(session: Session, key: PoolKey) -> Pool:
    """An empty pool; its holder is locked, so that nobody makes it twice."""
    pool = Pool(
        program_id=key.holder.program_id,
        department=key.holder.department,
        year=key.year,
        type=key.type.value,
    )
    session.add(pool)
    session.flush()
    return pool


def get_frame(session: Session, frame_id: int) -> Frame:
    found = session.get(Frame, frame_id)
    if found is None:
        raise NotFound(f"Det finns ingen ram {frame_id}.", f"There is no frame {frame_id}.")
    return found


def get_allocation(session: Session, allocation_id: int) -> Allocation:
    found = session.get(Allocation, allocation_id)
    if found is None:
        raise NotFound(
            f"Det finns ingen tilldelning {allocation_id}.",
            f"There is no allocation {allocation_id}.",
        )
    return found


def find_allocation(
    session: Session, investment_id: int, year: int, type: Type
) -> Allocation | None:
    query = select(Allocation).where(
        Allocation.investment_id == investment_id,
        Allocation.year == year,
        Allocation.type == type.value,
    )
    return session.exec(query).one_or_none()


def lock_allocations(session: Session, ids: Iterable[int]) -> dict[int, Allocation]:
    query = select(Allocation).where(col(Allocation.id).in_(sorted(set(ids))))
    locked = query.order_by(col(Allocation.id)).with_for_update()
    rows = session.exec(locked.execution_options(populate_existing=True))
    return {row.id or 0: row for row in rows}


def by_id(session: Session, model: type[Row], ids: Collection[int]) -> dict[int, Row]:
    """Rows of a table with these ids; only the found ones."""
    query = select(model).where(col(model.id).in_(list(ids)))  # type: ignore[attr-defined]
    return {row.id: row for row in session.exec(query)}  # type: ignore[attr-defined]


def allocations_in(session: Session, pool_ids: Collection[int]) -> list[Allocation]:
    query = select(Allocation).where(col(Allocation.pool_id).in_(list(pool_ids)))
    return list(session.exec(query.order_by(col(Allocation.id))))


def has_original(session: Session, pool: Pool) -> bool:
    query = select(Frame.id).where(Frame.pool_id == pool.id, Frame.kind == "original")
    return session.exec(query.limit(1)).first() is not None


def find_same_frame(session: Session, pool: Pool, data: Mapping[str, Any]) -> Frame | None:
    """A frame of the pool that says the same, by the same decision."""
    names = ("amount", "kind", "from_year", "decided_by", "decided_on", "case_number")
    same = [getattr(Frame, name) == data[name] for name in names]
    return session.exec(select(Frame).where(Frame.pool_id == pool.id, *same).limit(1)).first()


def postings_of(session: Session, entry_ids: Collection[int]) -> dict[int, list[LedgerPosting]]:
    query = select(LedgerPosting).where(col(LedgerPosting.entry_id).in_(list(entry_ids)))
    ordered = query.order_by(col(LedgerPosting.entry_id), col(LedgerPosting.position))
    found: dict[int, list[LedgerPosting]] = {}
    for row in session.exec(ordered):
        found.setdefault(row.entry_id, []).append(row)
    return found


def page_of(
    session: Session, model: Any, where: Sequence[Any], after: int, limit: int
) -> tuple[list[Any], int]:
    """Rows of a table by id, and how many match in all."""
    total = session.exec(select(func.count()).select_from(model).where(*where)).one()
    query = select(model).where(*where, col(model.id) > after).order_by(col(model.id))
    return list(session.exec(query.limit(limit))), total


def pools_where(
    program: str | None, department: str | None, year: int | None, type: Type | None
) -> list[Any]:
    """Conditions on a pool; an unknown code finds nothing."""
    where: list[Any] = []
    if program is not None:
        chosen = select(Program.id).where(Program.code == program).scalar_subquery()
        where.append(col(Pool.program_id) == chosen)
    if department is not None:
        where.append(col(Pool.department) == department)
    if year is not None:
        where.append(col(Pool.year) == year)
    if type is not None:
        where.append(col(Pool.type) == type.value)
    return where


def entries_where(pool_where: Sequence[Any], investment_id: int | None) -> list[Any]:
    """Conditions on a ledger entry: that one of its postings is there."""
    if not pool_where and investment_id is None:
        return []
    postings = select(LedgerPosting.entry_id).join(Pool, col(Pool.id) == col(LedgerPosting.pool_id))
    if investment_id is not None:
        postings = postings.where(LedgerPosting.investment_id == investment_id)
    return [col(LedgerEntry.id).in_(postings.where(*pool_where))]


def booked(
    session: Session, keys: Iterable[tuple[int, int, str]]
) -> dict[tuple[int, int, str], int]:
    """What the accounts say, in net öre, by investment, year and type."""
    by_year: dict[int, set[int]] = {}
    for investment_id, year, _ in keys:
        by_year.setdefault(year, set()).add(investment_id)
    found = {}
    for year, ids in by_year.items():
        asked = ids if len(ids) <= MOST_LISTED else None
        for investment_id, sums in outcome_sums(session, Booked(year=year), asked).items():
            found.update({(investment_id, year, str(name)): ore for name, ore in sums.items()})
    return found

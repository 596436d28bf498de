"""The double-entry ledger: every movement of money is written here, and nets to zero (S5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from portfolio.amounts import format_amount
from portfolio.budget import repository
from portfolio.budget.models import Allocation, LedgerEntry, LedgerPosting, Pool
from portfolio.budget.rules import Account, EntryKind, Posting, changes, moving
from portfolio.clock import rfc3339
from portfolio.investments.models import Investment
from portfolio.programs.models import Program


@dataclass(frozen=True, slots=True)
class Basis:
    """What a movement rests on: the resource it comes from, and the decision behind that."""

    kind: EntryKind
    resource: str
    dated_on: date
    recorded_at: datetime
    decided_by: str | None = None
    case_number: str | None = None


def post(
    session: Session, basis: Basis, postings: Sequence[Posting], pools: Mapping[int, Pool]
) -> LedgerEntry:
    """Write one movement, and what it does to its pools, which are locked.

    Raises:
        ValueError: The postings don't net to zero.
    """
    for pool_id, change in changes(postings).items():
        pool = pools[pool_id]
        pool.frame += change.frame
        pool.allocated += change.allocated
        pool.reserve += change.reserve
        session.add(pool)
    entry = LedgerEntry(
        kind=basis.kind.value,
        resource=basis.resource,
        dated_on=basis.dated_on,
        decided_by=basis.decided_by,
        case_number=basis.case_number,
        recorded_at=basis.recorded_at,
    )
    session.add(entry)
    session.flush()
    session.add_all(
        LedgerPosting(
            entry_id=entry.id or 0,
            position=position,
            pool_id=posting.pool_id,
            account=posting.account.value,
            investment_id=posting.investment_id,
            amount=posting.amount,
        )
        for position, posting in enumerate(postings, start=1)
    )
    session.flush()
    return entry


def move(
    session: Session,
    basis: Basis,
    giver: Allocation,
    receiver: Allocation,
    amount: int,
    pools: Mapping[int, Pool],
) -> LedgerEntry:
    """Money from one investment's allocation to another's; all of it is locked and checked."""
    postings = moving(
        (giver.pool_id, giver.investment_id), (receiver.pool_id, receiver.investment_id), amount
    )
    giver.amount -= amount
    receiver.amount += amount
    session.add_all([giver, receiver])
    return post(session, basis, postings, pools)


def rehouse(
    session: Session,
    basis: Basis,
    allocation: Allocation,
    pool: Pool,
    pools: Mapping[int, Pool],
) -> LedgerEntry | None:
    """Take an allocation with its frame into another pool; nothing is written where it is zero."""
    former, allocation.pool_id = allocation.pool_id, pool.id or 0
    session.add(allocation)
    session.flush()
    if allocation.amount == 0:
        return None
    id = allocation.investment_id
    postings = moving((former, id), (allocation.pool_id, id), allocation.amount)
    return post(session, basis, postings, pools)


def shown_entries(session: Session, entries: Iterable[LedgerEntry]) -> dict[int, dict[str, Any]]:
    """Each entry with its postings, by id; pools and investments are named by their codes."""
    rows = list(entries)
    postings = repository.postings_of(session, [row.id or 0 for row in rows])
    listed = [posting for of_entry in postings.values() for posting in of_entry]
    pools = {
        pool.id: (pool, code)
        for pool, code in session.exec(
            select(Pool, Program.code)
            .outerjoin(Program, col(Program.id) == col(Pool.program_id))
            .where(col(Pool.id).in_([*{posting.pool_id for posting in listed}]))
        )
    }
    codes = investment_codes(session, {posting.investment_id for posting in listed})

    def shown_posting(posting: LedgerPosting) -> dict[str, Any]:
        pool, program = pools[posting.pool_id]
        return {
            "program": program,
            "department": pool.department,
            "year": pool.year,
            "type": pool.type,
            "account": posting.account,
            "investment": codes.get(posting.investment_id),
            "amount": format_amount(posting.amount),
        }

    return {
        row.id or 0: _shown_head(row)
        | {"postings": [shown_posting(posting) for posting in postings.get(row.id or 0, [])]}
        for row in rows
    }


def _shown_head(row: LedgerEntry) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "resource": row.resource,
        "dated_on": row.dated_on.isoformat(),
        "decided_by": row.decided_by,
        "case_number": row.case_number,
        "recorded_at": rfc3339(row.recorded_at),
    }


def investment_codes(session: Session, ids: Iterable[int | None]) -> dict[int | None, str]:
    listed = [id for id in ids if id is not None]
    query = select(Investment.id, Investment.code).where(col(Investment.id).in_(listed))
    return dict(session.exec(query).all())


def find_imbalances(session: Session) -> list[str]:
    """One sentence for each figure that does not follow from the ledger; empty if all do."""
    return [*_unbalanced_entries(session), *_wrong_pools(session), *_wrong_allocations(session)]


def _unbalanced_entries(session: Session) -> Iterable[str]:
    total = func.sum(LedgerPosting.amount)
    query = (
        select(LedgerPosting.entry_id, LedgerPosting.pool_id, total)
        .group_by(col(LedgerPosting.entry_id), col(LedgerPosting.pool_id))
        .having(total != 0)
    )
    for entry_id, pool_id, found in session.exec(query):
        yield f"Ledger entry {entry_id} nets to {found} in pool {pool_id}, not 0."


def _wrong_pools(session: Session) -> Iterable[str]:
    query = select(
        LedgerPosting.pool_id, LedgerPosting.account, func.sum(LedgerPosting.amount)
    ).group_by(col(LedgerPosting.pool_id), col(LedgerPosting.account))
    sums = {(pool_id, account): int(total) for pool_id, account, total in session.exec(query)}
    for pool in session.exec(select(Pool).order_by(col(Pool.id))):
        expected = {
            "frame": -sums.get((pool.id or 0, Account.GRANTED.value), 0),
            "reserve": sums.get((pool.id or 0, Account.RESERVE.value), 0),
            "allocated": sums.get((pool.id or 0, Account.ALLOCATION.value), 0),
        }
        for name, value in expected.items():
            stored = getattr(pool, name)
            if stored != value:
                yield f"Pool {pool.id}: {name} is {stored}, but {value} follows from the ledger."


def _wrong_allocations(session: Session) -> Iterable[str]:
    query = (
        select(LedgerPosting.pool_id, LedgerPosting.investment_id, func.sum(LedgerPosting.amount))
        .where(LedgerPosting.account == Account.ALLOCATION.value)
        .group_by(col(LedgerPosting.pool_id), col(LedgerPosting.investment_id))
    )
    posted = {(pool_id, id): int(total) for pool_id, id, total in session.exec(query)}
    for row in session.exec(select(Allocation).order_by(col(Allocation.id))):
        value = posted.pop((row.pool_id, row.investment_id), 0)
        if row.amount != value:
            yield f"Allocation {row.id}: {row.amount}, but {value} follows from the ledger."
    for (pool_id, investment_id), value in posted.items():
        if value:
            yield f"Pool {pool_id} has {value} for investment {investment_id}, not allocated."

"""Moving the money of a reallocation, once all that it needs is there."""

from collections.abc import Mapping

from sqlmodel import Session

from portfolio.accounts.rules import Type
from portfolio.budget import ledger
from portfolio.budget import repository as budget
from portfolio.budget.ledger import Basis
from portfolio.budget.models import Allocation, Pool, Reallocation
from portfolio.budget.rules import EntryKind, PoolKey
from portfolio.budget.service import add_allocation, holder_of, record_changes, shown_of
from portfolio.clock import Act
from portfolio.investments.models import Investment
from portfolio.programs.models import Program
from portfolio.steering.matters import Matter, path_of
from portfolio.steering.rules import Party, ReallocationStatus


def hold(session: Session, matter: Matter) -> dict[PoolKey, Pool]:
    """Lock the money on both sides, and whoever might need a new pool for it."""
    row, type = matter.row, Type(matter.row.type)
    found = [
        budget.find_allocation(session, id, row.year, type)
        for id in (row.giver_id, row.receiver_id)
    ]
    keys = []
    if found[1] is None and matter.receiver.investment is not None:
        holder = holder_of(session, matter.receiver.investment, row.year)
        keys.append(PoolKey(holder, row.year, type))
    there = [allocation for allocation in found if allocation is not None]
    held = budget.hold_pools(session, keys, besides=[allocation.pool_id for allocation in there])
    budget.lock_allocations(session, [allocation.id or 0 for allocation in there])
    return held


def execute(
    session: Session, act: Act, program: Program, matter: Matter, held: Mapping[PoolKey, Pool]
) -> None:
    """Move the money; all is locked, agreed and checked."""
    row, type = matter.row, Type(matter.row.type)
    giver = budget.find_allocation(session, row.giver_id, row.year, type)
    if giver is None or matter.receiver.investment is None:
        raise LookupError(f"reallocation {row.id} was checked, but its money is gone")
    receiver = budget.find_allocation(session, row.receiver_id, row.year, type)
    before = shown_of(session, giver, receiver)
    if receiver is None:
        receiver = _first_allocation(session, matter.receiver.investment, row, held)
    pools = budget.by_id(session, Pool, {giver.pool_id, receiver.pool_id})
    basis = _basis(act, program, matter)
    entry = ledger.move(session, basis, giver, receiver, row.amount, pools)
    record_changes(session, act, (giver, receiver), before)
    row.status = ReallocationStatus.EXECUTED.value
    row.closed_on, row.entry_id = act.today, entry.id
    session.add(row)
    session.flush()


def _first_allocation(
    session: Session, investment: Investment, row: Reallocation, held: Mapping[PoolKey, Pool]
) -> Allocation:
    key = PoolKey(holder_of(session, investment, row.year), row.year, Type(row.type))
    return add_allocation(session, investment, held.get(key) or budget.make_pool(session, key))


def _basis(act: Act, program: Program, matter: Matter) -> Basis:
    """Dated as the last decision it took; the highest of them is named."""
    row = matter.row
    dated_on = max([row.dated_on, *(consent.decided_on for consent in matter.consents)])
    above = [consent for consent in matter.consents if consent.party == Party.BODY]
    decisive = (above or [*matter.consents])[-1:]
    return Basis(
        kind=EntryKind.REALLOCATION,
        resource=path_of(program, row),
        dated_on=dated_on,
        recorded_at=act.at,
        decided_by=decisive[0].decided_by if decisive else None,
        case_number=decisive[0].case_number if decisive else None,
    )

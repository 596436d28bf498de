"""What frames, allocations and pools look like in answers and in events."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from portfolio.amounts import format_amount
from portfolio.budget import repository
from portfolio.budget.models import Allocation, Frame, Pool
from portfolio.clock import rfc3339
from portfolio.investments.models import Investment
from portfolio.programs.models import Program


def booked_on(session: Session, row: Allocation) -> int:
    """What the accounts say of the investment in the allocation's year, of its type; öre."""
    key = (row.investment_id, row.year, row.type)
    return repository.booked(session, [key]).get(key, 0)


def shown_allocation(session: Session, row: Allocation) -> dict[str, Any]:
    return shown_allocations(session, [row])[row.id or 0]


def shown_allocations(session: Session, rows: Sequence[Allocation]) -> dict[int, dict[str, Any]]:
    """Each allocation by id, with what is booked and what is free to move."""
    keys = {(row.investment_id, row.year, row.type) for row in rows}
    booked = repository.booked(session, keys)
    investments = repository.by_id(session, Investment, {row.investment_id for row in rows})
    pools = repository.by_id(session, Pool, {row.pool_id for row in rows})
    programs = program_codes(session, investments.values(), pools.values())
    shown = {}
    for row in rows:
        investment, pool = investments[row.investment_id], pools[row.pool_id]
        used = booked.get((row.investment_id, row.year, row.type), 0)
        shown[row.id or 0] = {
            "id": row.id,
            "investment": investment.code,
            "program": programs.get(investment.program_id),
            "department": investment.department,
            "pool": {"program": programs.get(pool.program_id), "department": pool.department},
            "year": row.year,
            "type": row.type,
            "amount": format_amount(row.amount),
            "committed": format_amount(row.committed),
            "booked": format_amount(used),
            "free": format_amount(max(row.amount - max(row.committed, used), 0)),
        }
    return shown


def program_codes(session: Session, *rows: Iterable[Any]) -> dict[int | None, str]:
    ids = {row.program_id for listed in rows for row in listed}
    found = repository.by_id(session, Program, {id for id in ids if id is not None})
    return {id: program.code for id, program in found.items()}


def shown_frame(session: Session, frame: Frame) -> dict[str, Any]:
    return shown_frames(session, [frame])[frame.id or 0]


def shown_frames(session: Session, frames: Sequence[Frame]) -> dict[int, dict[str, Any]]:
    pools = repository.by_id(session, Pool, {frame.pool_id for frame in frames})
    programs = program_codes(session, pools.values())
    return {frame.id or 0: _shown_frame(frame, pools[frame.pool_id], programs) for frame in frames}


def _shown_frame(frame: Frame, pool: Pool, programs: Mapping[int | None, str]) -> dict[str, Any]:
    return {
        "id": frame.id,
        "program": programs.get(pool.program_id),
        "department": pool.department,
        "year": pool.year,
        "type": pool.type,
        "amount": format_amount(frame.amount),
        "kind": frame.kind,
        "from_year": frame.from_year,
        "decided_by": frame.decided_by,
        "decided_on": frame.decided_on.isoformat(),
        "case_number": frame.case_number,
        "recorded_at": rfc3339(frame.recorded_at),
    }


def shown_pools(session: Session, pools: Sequence[Pool]) -> dict[int, dict[str, Any]]:
    """Each pool by id, with what is committed and booked by the investments it pays for."""
    allocations = repository.allocations_in(session, [pool.id or 0 for pool in pools])
    keys = {(row.investment_id, row.year, row.type) for row in allocations}
    booked = repository.booked(session, keys)
    committed_in: dict[int, int] = {}
    booked_in: dict[int, int] = {}
    for row in allocations:
        used = booked.get((row.investment_id, row.year, row.type), 0)
        committed_in[row.pool_id] = committed_in.get(row.pool_id, 0) + row.committed
        booked_in[row.pool_id] = booked_in.get(row.pool_id, 0) + used
    programs = program_codes(session, pools)
    return {
        pool.id or 0: {
            "program": programs.get(pool.program_id),
            "department": pool.department,
            "year": pool.year,
            "type": pool.type,
            "frame": format_amount(pool.frame),
            "allocated": format_amount(pool.allocated),
            "reserve": format_amount(pool.reserve),
            "committed": format_amount(committed_in.get(pool.id or 0, 0)),
            "booked": format_amount(booked_in.get(pool.id or 0, 0)),
        }
        for pool in pools
    }

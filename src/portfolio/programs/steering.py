"""How programs are steered, as they were created and as decisions changed it (S1, S6)."""

from collections.abc import Collection
from datetime import date, datetime

from sqlmodel import Session, col, select

from portfolio.programs.models import Program, SteeringDecision
from portfolio.programs.rules import Steering, SteeringChange, SteeringHistory


def find_steering_decisions(
    session: Session, program_ids: Collection[int] | None, known_at: datetime | None = None
) -> list[SteeringDecision]:
    """In the order they take effect."""
    query = select(SteeringDecision)
    if program_ids is not None:
        query = query.where(col(SteeringDecision.program_id).in_(list(program_ids)))
    if known_at is not None:
        query = query.where(col(SteeringDecision.recorded_at) <= known_at)
    ordered = query.order_by(col(SteeringDecision.effective_on), col(SteeringDecision.id))
    return list(session.exec(ordered))


def steering_histories(
    session: Session,
    program_ids: Collection[int] | None = None,
    known_at: datetime | None = None,
) -> dict[int, SteeringHistory]:
    """Program id -> its history; of those asked for that still exist."""
    query = select(Program.id, Program.steering)
    if program_ids is not None:
        query = query.where(col(Program.id).in_(list(program_ids)))
    changes: dict[int, list[SteeringChange]] = {}
    for row in find_steering_decisions(session, program_ids, known_at):
        change = SteeringChange(Steering(row.mode), row.effective_on, frozenset(row.includes))
        changes.setdefault(row.program_id, []).append(change)
    return {
        id: SteeringHistory(Steering(steering), tuple(changes.get(id, ())))
        for id, steering in session.exec(query)
        if id is not None
    }


def steering_of_program(session: Session, program: Program, on: date) -> Steering:
    """The mode that rules a program on a date."""
    id = program.id or 0
    return steering_histories(session, [id])[id].of_program(on)

"""Rounds, recommendations and decisions, as rows and as the rules take them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from portfolio.database.base import table
from portfolio.errors import NotFound
from portfolio.gates.assessing import weak_steps
from portfolio.gates.models import (
    Assessment,
    Condition,
    Fulfilment,
    GateDecision,
    Recommendation,
)
from portfolio.gates.rules import ON_A_ROUND, Decision, Outcome, Round
from portfolio.investments.models import Investment, InvestmentVersion

# What a state follows from, of a decision.
DECISION_COLUMNS = (
    "id",
    "gate",
    "outcome",
    "decided_on",
    "decided_by",
    "case_number",
    "review_on",
    "return_to",
    "to_gate",
    "released_amount",
    "supersedes",
    "assessment_id",
    "decides_lines",
)


def find_rounds(session: Session, investment_id: int) -> list[Assessment]:
    query = select(Assessment).where(Assessment.investment_id == investment_id)
    return list(session.exec(query.order_by(col(Assessment.round))))


def get_round(session: Session, investment: Investment, number: int) -> Assessment:
    query = select(Assessment).where(
        Assessment.investment_id == investment.id, Assessment.round == number
    )
    found = session.exec(query).one_or_none()
    if found is None:
        raise NotFound(
            f"{investment.code} har ingen bedömning {number}.",
            f"{investment.code} has no assessment {number}.",
        )
    return found


def find_decisions(session: Session, investment_id: int) -> list[GateDecision]:
    query = select(GateDecision).where(GateDecision.investment_id == investment_id)
    return list(session.exec(query.order_by(col(GateDecision.id))))


def get_decision(session: Session, investment: Investment, decision_id: int) -> GateDecision:
    found = session.get(GateDecision, decision_id)
    if found is None or found.investment_id != investment.id:
        raise NotFound(
            f"{investment.code} har inget beslut {decision_id}.",
            f"{investment.code} has no decision {decision_id}.",
        )
    return found


def find_recommendations(session: Session, investment_id: int) -> list[Recommendation]:
    query = select(Recommendation).where(Recommendation.investment_id == investment_id)
    return list(session.exec(query.order_by(col(Recommendation.id))))


def joined_program_at(session: Session, investment: Investment) -> datetime | None:
    """When it came to its program from another or from none; None if it began there."""
    elsewhere = col(InvestmentVersion.program_id).is_distinct_from(investment.program_id)
    query = select(func.max(InvestmentVersion.replaced_at)).where(
        InvestmentVersion.investment_id == investment.id, elsewhere
    )
    return session.exec(query).one()


def find_conditions(session: Session, decision_ids: Iterable[int]) -> list[Condition]:
    query = select(Condition).where(col(Condition.decision_id).in_(list(decision_ids)))
    return list(session.exec(query.order_by(col(Condition.decision_id), col(Condition.number))))


def find_fulfilments(
    session: Session, decision_ids: Iterable[int], known_at: datetime | None = None
) -> dict[tuple[int, int], Fulfilment]:
    """The newest for each condition, by decision and number."""
    query = select(Fulfilment).where(col(Fulfilment.decision_id).in_(list(decision_ids)))
    if known_at is not None:
        query = query.where(col(Fulfilment.recorded_at) <= known_at)
    rows = session.exec(query.order_by(col(Fulfilment.id)))
    return {(row.decision_id, row.number): row for row in rows}


def round_fact(row: Any) -> Round:
    plan = (row.steps["governance"]["plan"] or {}) if row.steps else {}
    submitted = row.status == "submitted"
    next_gate_on = plan.get("next_gate_on")
    return Round(
        id=row.id,
        number=row.round,
        gate=row.gate,
        arrived_by=row.arrived_by,
        submitted=submitted,
        weak_steps=tuple(weak_steps(row.steps)) if submitted else (),
        next_gate_on=_date(next_gate_on),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def decision_fact(row: Any) -> Decision:
    outcome = Outcome(row.outcome)
    return Decision(
        id=row.id,
        gate=row.gate,
        outcome=outcome,
        decided_on=row.decided_on,
        decided_by=row.decided_by,
        case_number=row.case_number,
        review_on=row.review_on,
        return_to=row.return_to,
        to_gate=row.to_gate,
        released=row.released_amount or 0,
        supersedes=row.supersedes,
        assessment_id=row.assessment_id,
        decides_lines=outcome in ON_A_ROUND or row.decides_lines,
    )


def round_facts(rows: Sequence[Any]) -> list[Round]:
    return [round_fact(row) for row in rows]


def decision_facts(rows: Sequence[Any]) -> list[Decision]:
    return [decision_fact(row) for row in rows]


# For many investments at once, without what a state does not follow from.


def decisions_of(
    session: Session, ids: Sequence[int], known_at: datetime | None = None
) -> dict[int, list[Decision]]:
    """Investment id -> its decisions, as known at a time."""
    decision = table(GateDecision)
    columns = [decision.c.investment_id, *(decision.c[name] for name in DECISION_COLUMNS)]
    query = sa.select(*columns).where(decision.c.investment_id.in_(ids))
    if known_at is not None:
        query = query.where(decision.c.recorded_at <= known_at)
    found: dict[int, list[Decision]] = {}
    for row in session.execute(query.order_by(decision.c.id)) if ids else ():
        found.setdefault(row.investment_id, []).append(decision_fact(row))
    return found


def submitted_rounds_of(
    session: Session, ids: Sequence[int], known_at: datetime | None = None
) -> dict[int, list[Round]]:
    """Investment id -> its submitted rounds, without what their steps say."""
    names = ("investment_id", "id", "round", "gate", "arrived_by")
    assessment = table(Assessment)
    query = sa.select(*(assessment.c[name] for name in names)).where(
        assessment.c.investment_id.in_(ids), assessment.c.status == "submitted"
    )
    if known_at is not None:
        query = query.where(assessment.c.submitted_at <= known_at)
    found: dict[int, list[Round]] = {}
    for investment_id, id, number, gate, arrived_by in session.execute(query) if ids else ():
        fact = Round(id, number, gate, arrived_by, submitted=True)
        found.setdefault(investment_id, []).append(fact)
    return found


def conditions_of(session: Session, ids: Sequence[int]) -> list[Condition]:
    """The conditions of all decisions about some investments."""
    query = select(Condition).join(GateDecision, col(GateDecision.id) == Condition.decision_id)
    return list(session.exec(query.where(col(GateDecision.investment_id).in_(ids))))


def fulfilments_of(
    session: Session, ids: Sequence[int], known_at: datetime | None = None
) -> dict[tuple[int, int], Fulfilment]:
    """The newest for each of their conditions, by decision and number."""
    query = select(Fulfilment).join(GateDecision, col(GateDecision.id) == Fulfilment.decision_id)
    query = query.where(col(GateDecision.investment_id).in_(ids))
    if known_at is not None:
        query = query.where(col(Fulfilment.recorded_at) <= known_at)
    rows = session.exec(query.order_by(col(Fulfilment.id)))
    return {(row.decision_id, row.number): row for row in rows}


def frozen_of(session: Session, assessment_id: int | None) -> Mapping[str, Any]:
    """What a round froze; empty for none."""
    query = select(Assessment.frozen).where(Assessment.id == assessment_id)
    found = session.exec(query).one_or_none() if assessment_id is not None else None
    return found or {}

"""Rounds, recommendations, decisions and their conditions: the truth that state derives from."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from portfolio.database.base import Table
from portfolio.database.types import JsonText, UtcDateTime


class Assessment(Table, table=True):
    """A round of the five steps; a draft until it is submitted, then frozen (G2, G3)."""

    __tablename__ = "assessment"
    __table_args__ = (UniqueConstraint("investment_id", "round"),)

    id: int | None = Field(default=None, primary_key=True)
    # No foreign key: the rounds of a deleted investment stay known as of their time (M4).
    investment_id: int
    round: int
    gate: str
    # The visit to the gate that the round belongs to: the decision that led there, or null.
    # No foreign key: decisions point at rounds already.
    arrived_by: int | None = None
    status: str
    steps: Any = Field(sa_type=JsonText)
    created_at: datetime = Field(sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    frozen: Any = Field(default=None, sa_type=JsonText, nullable=True)


class Recommendation(Table, table=True):
    """What the program group recommends at the present gate (S2)."""

    __tablename__ = "recommendation"

    id: int | None = Field(default=None, primary_key=True)
    # No foreign key, as for rounds.
    investment_id: int = Field(index=True)
    gate: str
    arrived_by: int | None = None
    outcome: str
    recommended_on: date
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class GateDecision(Table, table=True):
    """A decision at a gate; triggers refuse to update or delete it (G10)."""

    __tablename__ = "gate_decision"

    id: int | None = Field(default=None, primary_key=True)
    investment_id: int = Field(foreign_key="investment.id", index=True)
    gate: str
    outcome: str
    decided_by: str = Field(foreign_key="body.code", index=True)
    decided_on: date
    case_number: str
    minutes_paragraph: str | None = None
    reason: str
    outweighings: Any = Field(sa_type=JsonText)
    released_amount: int | None = Field(default=None, sa_type=BigInteger)
    hold_category: str | None = None
    review_on: date | None = None
    return_to: str | None = None
    to_gate: str | None = None
    lesson: str | None = None
    benefit_result: str | None = None
    delegation: Any = Field(default=None, sa_type=JsonText, nullable=True)
    supersedes: int | None = Field(default=None, foreign_key="gate_decision.id", unique=True)
    assessment_id: int | None = Field(default=None, foreign_key="assessment.id", index=True)
    # A skip may bring the lines that were decided before the tool came.
    decides_lines: bool
    snapshot: str
    snapshot_sha256: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Condition(Table, table=True):
    """What a decision asks for besides (G11)."""

    __tablename__ = "decision_condition"

    decision_id: int = Field(foreign_key="gate_decision.id", primary_key=True)
    number: int = Field(primary_key=True)
    text: str
    owner: str
    due_on: date | None = None


class Fulfilment(Table, table=True):
    """When a condition was met; kept apart from it, the newest counts."""

    __tablename__ = "condition_fulfilment"

    id: int | None = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="gate_decision.id", index=True)
    number: int
    met_on: date | None = None
    note: str | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)

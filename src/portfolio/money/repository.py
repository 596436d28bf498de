"""Plan lines, as they are and as they were known."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from portfolio.areas.repository import known
from portfolio.money.models import PlanLine
from portfolio.money.rules import Amount, Direction, Series, Type

ORDER = (
    col(PlanLine.year),
    col(PlanLine.type),
    col(PlanLine.direction),
    col(PlanLine.id),
)


def find_forecast(
    session: Session, investment_id: int, known_at: datetime | None = None
) -> list[PlanLine]:
    query = select(PlanLine).where(
        PlanLine.investment_id == investment_id,
        PlanLine.series == Series.FORECAST.value,
        known(PlanLine, known_at),
    )
    return list(session.exec(query.order_by(*ORDER)))


def find_decided(session: Session, decision_id: int | None) -> list[PlanLine]:
    """The lines that a decision decided; none for None."""
    query = select(PlanLine).where(
        col(PlanLine.decision_id) == decision_id, PlanLine.series == Series.DECIDED.value
    )
    return [] if decision_id is None else list(session.exec(query.order_by(*ORDER)))


def amounts(lines: Iterable[Any]) -> Sequence[Amount]:
    return [
        Amount(line.year, Type(line.type), Direction(line.direction), line.amount) for line in lines
    ]

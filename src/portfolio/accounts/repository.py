"""Outcome: what is booked on the objects that investments name (M1, M3)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from portfolio.accounts.models import AccountingObject, AccountRange, OutcomePosting
from portfolio.accounts.rules import Direction
from portfolio.database.base import table

# investment id -> type -> net öre
Outcome = dict[int, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Booked:
    """Which postings are asked for; None for all, as known now."""

    as_of: date | None = None
    known_at: datetime | None = None
    year: int | None = None


def in_force(rows: sa.Table, known_at: datetime | None) -> sa.ColumnElement[bool]:
    """Rows that were recorded and not yet retracted at a time; None for now."""
    if known_at is None:
        return sa.and_(rows.c.recorded_at.is_not(None), rows.c.retracted_at.is_(None))
    later = sa.or_(rows.c.retracted_at.is_(None), rows.c.retracted_at > known_at)
    return sa.and_(rows.c.recorded_at <= known_at, later)


def postings_of(booked: Booked) -> tuple[sa.Table, sa.Table, sa.ColumnElement[bool]]:
    """Postings, objects, and the condition that joins them: what is booked on whose object."""
    posting, owned = table(OutcomePosting), table(AccountingObject)
    where = [
        posting.c.ledger == owned.c.ledger,
        posting.c.dimension == owned.c.dimension,
        posting.c.object == owned.c.object,
        in_force(posting, booked.known_at),
        in_force(owned, booked.known_at),
    ]
    if booked.as_of is not None:
        where.append(posting.c.voucher_date <= booked.as_of)
    if booked.year is not None:
        where.append(posting.c.year == booked.year)
    return posting, owned, sa.and_(*where)


def outcome_sums(
    session: Session, booked: Booked, investment_ids: Collection[int] | None = None
) -> Outcome:
    """Net öre by type for each investment that anything is booked on."""
    posting, owned, condition = postings_of(booked)
    columns: list[Any] = [owned.c.investment_id, posting.c.type]
    query = sa.select(*columns, sa.func.sum(posting.c.amount)).where(condition).group_by(*columns)
    if investment_ids is not None:
        query = query.where(owned.c.investment_id.in_(list(investment_ids)))
    found: Outcome = {}
    for investment_id, kind, amount in session.execute(query):
        found.setdefault(investment_id, {})[kind] = int(amount)
    return found


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """What is booked in a year on an account, as a plan line would say it; öre."""

    year: int
    type: str
    direction: str
    department: str
    account: str
    amount: int
    price_level: str = "current"


def outcome_lines(
    session: Session, booked: Booked, investment_id: int, department: str
) -> list[OutcomeLine]:
    """An investment's outcome by year and account; negative where corrections outweigh."""
    posting, owned, condition = postings_of(booked)
    columns: list[Any] = [posting.c.year, posting.c.type, posting.c.direction, posting.c.account]
    query = sa.select(*columns, sa.func.sum(posting.c.amount)).where(
        condition, owned.c.investment_id == investment_id
    )
    return [
        OutcomeLine(
            year,
            kind,
            direction,
            department,
            account,
            int(amount) if direction == Direction.EXPENSE else -int(amount),
        )
        for year, kind, direction, account, amount in session.execute(
            query.group_by(*columns).order_by(*columns)
        )
    ]


def find_ranges(session: Session) -> list[AccountRange]:
    """What accounts mean now."""
    query = select(AccountRange).where(col(AccountRange.retracted_at).is_(None))
    return list(session.exec(query.order_by(col(AccountRange.id))))


def lock_ranges(session: Session) -> None:
    """Nobody else replaces the map until the commit."""
    # Those that are retracted as well: there is always one to lock.
    session.exec(select(AccountRange.id).with_for_update()).all()

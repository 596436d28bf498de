"""Outcome: what is booked on the objects that investments name (M1, M3)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from portfolio.accounts.models import AccountingObject, OutcomePosting
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

"""Components, lines, rates and sums, as they are and as they were known."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, select

from portfolio.areas.repository import known
from portfolio.costs.capital import Asset, Rates, rates_of
from portfolio.costs.consequence import Inputs, Line, Sunk
from portfolio.costs.models import Component, ConsequenceLine, ConsequenceSum, InternalRate
from portfolio.database.base import table

# How many ids go into one query; databases bound the number of values.
MANY = 10_000
Numbered = TypeVar("Numbered", Component, ConsequenceLine)
T = TypeVar("T")


def chunks(ids: Iterable[T]) -> Iterator[list[T]]:
    listed = list(ids)
    return (listed[start : start + MANY] for start in range(0, len(listed), MANY))


def find_rows(
    session: Session, model: type[Numbered], investment_id: int, known_at: datetime | None = None
) -> list[Numbered]:
    """An investment's components, or its lines, by number."""
    query = select(model).where(model.investment_id == investment_id, known(model, known_at))
    return list(session.exec(query.order_by(col(model.number))))


def find_row(
    session: Session, model: type[Numbered], investment_id: int, number: int
) -> Numbered | None:
    query = select(model).where(
        model.investment_id == investment_id, model.number == number, known(model, None)
    )
    return session.exec(query).one_or_none()


def find_rates(session: Session, known_at: datetime | None = None) -> list[InternalRate]:
    query = select(InternalRate).where(known(InternalRate, known_at))
    return list(session.exec(query.order_by(col(InternalRate.year))))


def find_rate(session: Session, year: int) -> InternalRate | None:
    query = select(InternalRate).where(InternalRate.year == year, known(InternalRate, None))
    return session.exec(query).one_or_none()


def load_rates(session: Session, known_at: datetime | None = None) -> Rates:
    rows = find_rates(session, known_at)
    return rates_of({row.year: Decimal(row.rate) for row in rows})


@dataclass(slots=True)
class Entered:
    """What was entered about an investment: components with who bears them or None, and lines."""

    assets: list[tuple[str | None, Asset]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def inputs(self, department: str, sunk: Sunk | None = None) -> Inputs:
        """What its consequence follows from; `department` is the investment's own."""
        assets = [(owner or department, asset) for owner, asset in self.assets]
        return Inputs(assets, self.lines, sunk)


def load_entered(
    session: Session,
    investment_ids: Collection[int] | None = None,
    known_at: datetime | None = None,
) -> dict[int, Entered]:
    """What was entered about each investment that anything was entered about, in two queries."""
    found: dict[int, Entered] = {}
    for id, owner, *values in _rows(session, Component, COMPONENT, investment_ids, known_at):
        found.setdefault(id, Entered()).assets.append((owner, Asset(*values)))
    for id, *values in _rows(session, ConsequenceLine, LINE, investment_ids, known_at):
        found.setdefault(id, Entered()).lines.append(Line(*values))
    return found


COMPONENT = (
    "investment_id",
    "department",
    "acquisition",
    "residual",
    "useful_life_years",
    "in_use_from",
    "land",
    "grant",
)
LINE = ("investment_id", "category", "department", "year", "to_year", "amount")


def _rows(
    session: Session,
    model: type[Component] | type[ConsequenceLine],
    names: tuple[str, ...],
    investment_ids: Collection[int] | None,
    known_at: datetime | None,
) -> Iterator[Any]:
    columns = table(model).c
    query = sa.select(*(columns[name] for name in names)).where(known(model, known_at))
    query = query.order_by(columns.id)
    if investment_ids is None:
        yield from session.execute(query)
        return
    for ids in chunks(investment_ids):
        yield from session.execute(query.where(columns.investment_id.in_(ids)))


def bearing(session: Session, department: str, known_at: datetime | None) -> set[int]:
    """The ids of investments of which a department is said to bear a component or a line."""
    found: set[int] = set()
    for model in (Component, ConsequenceLine):
        columns = table(model).c
        query = sa.select(columns.investment_id).where(
            columns.department == department, known(model, known_at)
        )
        found.update(session.execute(query.distinct()).scalars())
    return found


@dataclass(frozen=True, slots=True)
class Sum:
    """An operating consequence as calculated: öre over all years, and by year.

    `total` is None while a rate is missing.
    """

    total: int | None
    years: Mapping[str, int]


def find_sums(
    session: Session,
    investment_ids: Collection[int] | None = None,
    known_at: datetime | None = None,
) -> dict[tuple[int, int | None], Sum]:
    """(investment, the decision that decided it or None for the forecast) -> what is known."""
    columns = table(ConsequenceSum).c
    query = sa.select(
        columns.investment_id, columns.decision_id, columns.total, columns.years
    ).where(known(ConsequenceSum, known_at))
    given = [None] if investment_ids is None else list(chunks(investment_ids))
    found: dict[tuple[int, int | None], Sum] = {}
    for ids in given:
        asked = query if ids is None else query.where(columns.investment_id.in_(ids))
        for investment_id, decision_id, total, years in session.execute(asked):
            found[investment_id, decision_id] = Sum(total, years)
    return found


def find_forecast_rows(
    session: Session, investment_ids: Collection[int]
) -> dict[int, ConsequenceSum]:
    """The stored forecast of each of some investments that has one."""
    found: dict[int, ConsequenceSum] = {}
    for ids in chunks(investment_ids):
        query = select(ConsequenceSum).where(
            col(ConsequenceSum.investment_id).in_(ids),
            col(ConsequenceSum.decision_id).is_(None),
            known(ConsequenceSum, None),
        )
        found |= {row.investment_id: row for row in session.exec(query)}
    return found

"""The operating consequences of many investments at once, and how they are shown (formulas 3).

Everything is read in a few queries, however many investments there are, and is added up in
whole öre: a program is the sum of its investments, and its departments sum to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, or_, select

from portfolio.accounts.repository import Booked, outcome_sums
from portfolio.accounts.rules import Type
from portfolio.amounts import format_amount
from portfolio.costs import repository as costs
from portfolio.costs.consequence import (
    COLUMNS,
    COUNTED,
    DEPRECIATION,
    INTEREST,
    Amounts,
    Consequence,
    Sunk,
    all_departments,
    consequence,
    missing_years,
    span,
    total_of,
)
from portfolio.costs.service import rate_missing
from portfolio.gates import repository as gates
from portfolio.gates.consequences import convention_of, frozen_consequence
from portfolio.gates.models import Assessment, GateDecision
from portfolio.gates.rules import Decision, Money, Outcome, derive, effective
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.programs.models import GateTemplate
from portfolio.programs.service import template_of


class Series(StrEnum):
    """What is expected now, or what the rounds had frozen that were decided on."""

    FORECAST = "forecast"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which series, as known when, and which of its years are shown."""

    series: Series = Series.FORECAST
    known_at: datetime | None = None
    from_year: int | None = None
    to_year: int | None = None

    def shows(self, year: int) -> bool:
        return (self.from_year is None or year >= self.from_year) and (
            self.to_year is None or year <= self.to_year
        )


class Row(NamedTuple):
    """What of an investment a consequence is put together by, as it was known."""

    id: int
    department: str
    serves: str
    municipality_wide: bool
    template_id: int | None


def find_rows(session: Session, asked: Asked, *where: Any) -> list[Row]:
    """Investments as they were known; `where` may name columns of `InvestmentVersion` only."""
    columns: list[Any] = [
        InvestmentVersion.investment_id,
        InvestmentVersion.department,
        InvestmentVersion.serves,
        InvestmentVersion.municipality_wide,
        InvestmentVersion.template_id,
    ]
    known: Any = col(InvestmentVersion.replaced_at).is_(None)
    if asked.known_at is not None:
        later = or_(known, col(InvestmentVersion.replaced_at) > asked.known_at)
        known = sa.and_(col(InvestmentVersion.recorded_at) <= asked.known_at, later)
    query = select(*columns).where(known, *where).order_by(col(InvestmentVersion.investment_id))
    return [Row(*row) for row in session.exec(query)]


def find_consequences(
    session: Session, asked: Asked, rows: Sequence[Row], department: str | None = None
) -> dict[int, Consequence]:
    """Investment id -> its consequence, of those that have any.

    Args:
        session: The session to read with.
        asked: Which series, as known when.
        rows: The investments.
        department: What this one bears only; rates that others need may be missing then.

    Raises:
        RateMissing: Names every year without a rate of everything asked.
    """
    if asked.series is Series.DECIDED:
        return _decided(session, asked, rows, department)
    entered = costs.load_entered(session, [row.id for row in rows], asked.known_at)
    sunk = _sunk(session, asked, rows)
    rates = costs.load_rates(session, asked.known_at)
    convention = convention_of(session, asked.known_at)
    missing: set[int] = set()
    found = {}
    for row in rows:
        if row.id not in entered and row.id not in sunk:
            continue
        inputs = entered.get(row.id, costs.Entered()).inputs(row.department, sunk.get(row.id))
        if department is not None:
            inputs = inputs.borne_by(department)
        lacking = missing_years(inputs, rates)
        if lacking:
            missing |= lacking
        else:
            found[row.id] = consequence(inputs, rates, convention)
    if missing:
        raise rate_missing(missing)
    return found


# What was spent in vain


def _sunk(session: Session, asked: Asked, rows: Sequence[Row]) -> dict[int, Sunk]:
    """What was spent on each investment that was stopped before it was handed over."""
    if asked.known_at is None:
        return _sunk_now(session, rows)
    stopped = _stopped_then(session, asked.known_at, rows)
    booked = outcome_sums(session, Booked(known_at=asked.known_at), list(stopped))
    departments = {row.id: row.department for row in rows}
    return {
        id: Sunk(departments[id], year, booked.get(id, {}).get(Type.CAPITAL, 0))
        for id, year in stopped.items()
    }


def _sunk_now(session: Session, rows: Sequence[Row]) -> dict[int, Sunk]:
    columns: list[Any] = [Investment.id, Investment.last_decided_on, Investment.outcome_capital]
    query = select(*columns).where(
        col(Investment.sunk).is_(True), col(Investment.last_decided_on).is_not(None)
    )
    departments = {row.id: row.department for row in rows}
    return {
        id: Sunk(departments[id], stopped_on.year, spent)
        for id, stopped_on, spent in session.exec(query)
        if id in departments
    }


def _stopped_then(session: Session, known_at: datetime, rows: Sequence[Row]) -> dict[int, int]:
    """Investment id -> the year of its stop before handover, by what was decided by then."""
    stops = select(GateDecision.investment_id).where(GateDecision.outcome == Outcome.STOP.value)
    stopped = set(session.exec(stops)) & {row.id for row in rows}
    decisions = _decisions(session, stopped, known_at)
    templates = {row.id: template_of(row) for row in session.exec(select(GateTemplate))}
    found = {}
    for row in rows:
        if row.id not in decisions or row.template_id is None:
            continue
        state = derive(templates[row.template_id], decisions[row.id], (), Money())
        if state.sunk and state.last is not None:
            found[row.id] = state.last.decided_on.year
    return found


# What was decided


def _decided(
    session: Session, asked: Asked, rows: Sequence[Row], department: str | None
) -> dict[int, Consequence]:
    """What the rounds had frozen that were decided on; nothing for decisions without a round."""
    decisions = _decisions(session, {row.id for row in rows}, asked.known_at)
    rounds: dict[int, int] = {}
    for id, facts in decisions.items():
        deciding = next((f for f in reversed(effective(facts)) if f.decides_lines), None)
        if deciding is not None and deciding.assessment_id is not None:
            rounds[deciding.assessment_id] = id
    found = {}
    for chunk in costs.chunks(rounds):
        query = select(Assessment.id, Assessment.frozen).where(col(Assessment.id).in_(chunk))
        for round_id, frozen in session.exec(query):
            # Rounds of before consequences were kept have none.
            if frozen and "consequence" in frozen:
                calculated = frozen_consequence(frozen["consequence"], frozen["rates"])
                found[rounds[round_id or 0]] = {
                    owner: years
                    for owner, years in calculated.items()
                    if department in (None, owner)
                }
    return found


def _decisions(
    session: Session, ids: Iterable[int], known_at: datetime | None
) -> dict[int, list[Decision]]:
    found: dict[int, list[Decision]] = {}
    for chunk in costs.chunks(ids):
        found |= gates.decisions_of(session, chunk, known_at)
    return found


# How it is shown


def shown(found: Consequence, asked: Asked, *, by_department: bool = True) -> dict[str, Any]:
    """Years and totals, and the same by department, as JSON; money as strings."""
    years = all_departments(found)
    answer: dict[str, Any] = {
        "years": _shown_years(years, asked),
        "totals": shown_amounts(summed(years, asked)),
    }
    if by_department:
        answer["by_department"] = [
            {"department": department, "years": _shown_years(found[department], asked)}
            for department in sorted(found)
        ]
    return answer


def _shown_years(years: Mapping[int, Amounts], asked: Asked) -> list[dict[str, Any]]:
    return [
        {"year": year, **shown_amounts(years.get(year, NOTHING))}
        for year in span(years)
        if asked.shows(year)
    ]


NOTHING: Amounts = [0] * len(COUNTED)


def summed(years: Mapping[int, Amounts], asked: Asked) -> Amounts:
    """The sum of the years that are shown, column by column."""
    listed = [amounts for year, amounts in years.items() if asked.shows(year)]
    return [sum(column) for column in zip(*listed, strict=True)] if listed else NOTHING


def columns_of(amounts: Sequence[int]) -> dict[str, int]:
    """Every column of the answer, in öre."""
    values = dict(zip(COUNTED, amounts, strict=True))
    values["capital_cost"] = amounts[DEPRECIATION] + amounts[INTEREST]
    values["total"] = total_of(amounts)
    return {name: values[name] for name in COLUMNS}


def shown_amounts(amounts: Sequence[int]) -> dict[str, str]:
    return {name: format_amount(ore) for name, ore in columns_of(amounts).items()}


def cells(found: Consequence, asked: Asked) -> list[dict[str, Any]]:
    """For tables: a row a department and year, and no sums among them; money in öre."""
    return [
        {
            "department": department,
            "year": year,
            **columns_of(found[department].get(year, NOTHING)),
        }
        for department in sorted(found)
        for year in span(found[department])
        if asked.shows(year)
    ]

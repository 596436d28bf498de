"""Operating consequences beside the gates: frozen by a round, decided, and expected (G3, G13)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from portfolio.amounts import format_amount, parse_amount
from portfolio.costs import repository
from portfolio.costs.capital import Asset, Rates, rates_of, years_in_use
from portfolio.costs.consequence import (
    Consequence,
    Inputs,
    Line,
    consequence,
    missing_years,
    totals_by_year,
)
from portfolio.costs.models import Component, ConsequenceLine, ConsequenceSum, InternalRate
from portfolio.costs.repository import Entered, Sum, chunks
from portfolio.costs.rules import Convention
from portfolio.costs.service import rate_missing, shown_component, shown_line
from portfolio.gates import standing
from portfolio.gates.rules import outgrown
from portfolio.investments.models import Investment
from portfolio.organisation.service import get_settings, settings_at

NOTHING_ENTERED = Sum(0, {})


def convention_of(session: Session, known_at: datetime | None = None) -> Convention:
    return Convention(settings_at(session, known_at)["interest_convention"])


# What a round freezes


def freeze(session: Session, investment: Investment) -> dict[str, Any]:
    """What a round is judged on: components, lines, the rates they need, and what follows.

    Raises:
        RateMissing: A year in which a component is in use has no rate; every such year is named.
    """
    id = investment.id or 0
    components = repository.find_rows(session, Component, id)
    lines = repository.find_rows(session, ConsequenceLine, id)
    entered = repository.load_entered(session, [id]).get(id, Entered())
    inputs, convention = entered.inputs(investment.department), convention_of(session)
    rows = repository.find_rates(session)
    rates = rates_of({row.year: Decimal(row.rate) for row in rows})
    missing = missing_years(inputs, rates)
    if missing:
        raise rate_missing(missing)
    years = totals_by_year(consequence(inputs, rates, convention))
    return {
        "rates": _needed(inputs, rows),
        "interest_convention": convention.value,
        "components": [
            {**shown_component(row), "department": row.department or investment.department}
            for row in components
        ],
        "lines": [shown_line(row) for row in lines],
        "years": {str(year): format_amount(total) for year, total in years.items()},
        "total": format_amount(sum(years.values())),
    }


def _needed(inputs: Inputs, rows: list[InternalRate]) -> list[dict[str, Any]]:
    until = inputs.land_until
    years = {year for _, asset in inputs.assets for year in years_in_use(asset, until)}
    return [{"year": row.year, "rate": row.rate} for row in rows if row.year in years]


def frozen_consequence(frozen: Mapping[str, Any], rates: list[Mapping[str, Any]]) -> Consequence:
    """The consequence that a round froze, calculated again from its own components and rates."""
    inputs = Inputs(
        [(entry["department"], _frozen_asset(entry)) for entry in frozen["components"]],
        [_frozen_line(entry) for entry in frozen["lines"]],
    )
    by_year = rates_of({entry["year"]: Decimal(entry["rate"]) for entry in rates})
    return consequence(inputs, by_year, Convention(frozen["interest_convention"]))


def _frozen_asset(entry: Mapping[str, Any]) -> Asset:
    begins = entry["in_use_from"]
    return Asset(
        acquisition=parse_amount(entry["acquisition"]),
        residual=parse_amount(entry["residual"]),
        useful_life_years=entry["useful_life_years"],
        in_use_from=date.fromisoformat(begins) if begins else None,
        land=entry["land"],
        grant=parse_amount(entry["grant"]),
    )


def _frozen_line(entry: Mapping[str, Any]) -> Line:
    return Line(
        entry["category"],
        entry["department"],
        entry["year"],
        entry["to_year"],
        parse_amount(entry["amount"]),
    )


def keep_decided(
    session: Session,
    investment: Investment,
    decision_id: int,
    frozen: Mapping[str, Any],
    at: datetime,
) -> None:
    """Keep the consequence that a decision decides: what its round froze."""
    years = {year: parse_sum(total) for year, total in frozen["years"].items()}
    session.add(
        ConsequenceSum(
            investment_id=investment.id or 0,
            decision_id=decision_id,
            total=parse_sum(frozen["total"]),
            years=years,
            recorded_at=at,
        )
    )
    session.flush()


def parse_sum(text: str) -> int:
    """Read a sum in SEK as öre; it may be longer than an amount that people write."""
    return int(Decimal(text).scaleb(2))


# What is expected


@dataclass(frozen=True, slots=True)
class _Stored:
    """What an investment's row says, as far as its forecast consequence goes."""

    id: int
    department: str
    forecast: int | None


def refresh_forecast(session: Session, investment: Investment, at: datetime) -> None:
    """After its components or lines have changed: what is expected, and where it stands (G13)."""
    refresh_forecasts(session, at, [investment.id or 0])


def refresh_forecasts(
    session: Session, at: datetime, investment_ids: Collection[int] | None = None
) -> None:
    """Calculate the expected consequence again, of some investments or of all that have one.

    What was spent in vain is left out: G13 compares plans. A sum that is as it was stays as it
    was; of others the former row is retracted.
    """
    session.flush()
    stored = list(_stored(session, investment_ids))
    ids = [row.id for row in stored]
    expected = expected_sums(session, {row.id: row.department for row in stored})
    former = repository.find_forecast_rows(session, ids)
    changed: dict[int, int | None] = {}
    for row in stored:
        wanted = expected.get(row.id, NOTHING_ENTERED)
        _keep_forecast(session, row.id, former.get(row.id), wanted, at)
        if row.forecast != wanted.total:
            changed[row.id] = wanted.total
    session.flush()
    _write(session, changed)


def expected_sums(
    session: Session, departments: Mapping[int, str], known_at: datetime | None = None
) -> dict[int, Sum]:
    """Investment id -> the consequence that is expected, of those about which anything is entered.

    Args:
        session: The session to read with.
        departments: Id -> the investment's own department, for each one that is asked about.
        known_at: As what was entered was known then; None for now.
    """
    rates, convention = repository.load_rates(session, known_at), convention_of(session, known_at)
    found = {}
    for id, entered in repository.load_entered(session, list(departments), known_at).items():
        found[id] = _expected(entered.inputs(departments[id]), rates, convention)
    return found


def _expected(inputs: Inputs, rates: Rates, convention: Convention) -> Sum:
    if missing_years(inputs, rates):
        return Sum(None, {})
    years = totals_by_year(consequence(inputs, rates, convention))
    return Sum(sum(years.values()), {str(year): total for year, total in years.items()})


def _stored(session: Session, investment_ids: Collection[int] | None) -> Iterator[_Stored]:
    columns: list[Any] = [
        Investment.id,
        Investment.department,
        Investment.consequence_forecast,
    ]
    query = select(*columns).order_by(col(Investment.id))
    given = [None] if investment_ids is None else list(chunks(investment_ids))
    for ids in given:
        asked = query if ids is None else query.where(col(Investment.id).in_(ids))
        for row in session.exec(asked):
            yield _Stored(*row)


def _keep_forecast(
    session: Session, investment_id: int, former: ConsequenceSum | None, wanted: Sum, at: datetime
) -> None:
    """Keep a row for what was entered; none where nothing is."""
    if former is not None and (former.total, former.years) == (wanted.total, wanted.years):
        return
    if former is not None:
        former.retracted_at = at
        session.add(former)
    if wanted != NOTHING_ENTERED:
        session.add(
            ConsequenceSum(
                investment_id=investment_id,
                total=wanted.total,
                years=dict(wanted.years),
                recorded_at=at,
            )
        )


def _write(session: Session, changed: Mapping[int, int | None]) -> None:
    """Write new forecasts onto the investments' rows, and what follows for their status."""
    tolerance = get_settings(session)["reconsideration_tolerance_percent"]
    for ids in chunks(changed):
        query = select(Investment).where(col(Investment.id).in_(ids)).order_by(col(Investment.id))
        tripped = []
        for row in session.exec(query.with_for_update()):
            before = _is_exceeded(row, tolerance)
            row.consequence_forecast = changed[row.id or 0]
            session.add(row)
            if _is_exceeded(row, tolerance) != before:
                tripped.append(row)
        session.flush()
        for row in tripped:
            # Of all the others the status stays: deriving those too would take minutes.
            standing.refresh(session, row)


def _is_exceeded(row: Investment, tolerance_percent: float) -> bool:
    """Whether the expected consequence is over the decided one by more than the tolerance (G13)."""
    return outgrown(row.consequence_decided, row.consequence_forecast, tolerance_percent)

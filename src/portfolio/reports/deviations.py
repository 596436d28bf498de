"""What has come out otherwise than was decided, expected or released (G13)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col

from portfolio.gates.rules import Money, State
from portfolio.investments.models import InvestmentVersion
from portfolio.investments.rules import Status
from portfolio.money.rules import Type, exceeds
from portfolio.organisation.service import get_settings
from portfolio.reports.facts import Facts, Moment, Sides
from portfolio.reports.rows import CHUNK, program_codes, versions_then
from portfolio.reports.units import half_up


class DeviationKind(StrEnum):
    FORECAST = "forecast_against_decided"
    CONSEQUENCE = "consequence_against_decided"
    OUTCOME = "outcome_against_forecast"
    USE = "used_against_released"


# Which setting says how much of each is tolerated.
TOLERANCES = {
    DeviationKind.FORECAST: "reconsideration_tolerance_percent",
    DeviationKind.CONSEQUENCE: "reconsideration_tolerance_percent",
    DeviationKind.OUTCOME: "outcome_tolerance_percent",
    DeviationKind.USE: "release_tolerance_percent",
}
# More than decided is what G13 asks about; of the others, less is as far off as more.
ONLY_ABOVE = frozenset({DeviationKind.FORECAST, DeviationKind.CONSEQUENCE})

# Code, kind and type: what a page begins after.
Order = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two amounts in öre that ought to be near each other."""

    kind: DeviationKind
    expected: int
    actual: int
    type: Type | None = None
    year: int | None = None

    @property
    def deviation(self) -> int:
        return self.actual - self.expected

    @property
    def percent(self) -> float | None:
        """Of the size of what was expected, with two decimals; None of nothing."""
        if self.expected == 0:
            return None
        return half_up(self.deviation * 10_000, abs(self.expected)) / 100

    def exceeds(self, tolerance_percent: float) -> bool:
        if exceeds(self.expected, self.actual, tolerance_percent):
            return True
        if self.kind in ONLY_ABOVE:
            return False
        # As far below: the same question of both with their signs turned.
        return exceeds(-self.expected, -self.actual, tolerance_percent)


@dataclass(frozen=True, slots=True)
class Deviation:
    """One comparison of one investment, with its cells as `tables` takes them."""

    order: Order
    cells: dict[str, Any]


def deviations(
    session: Session, where: Sequence[Any], moment: Moment, today: date, *, everything: bool
) -> Iterator[Deviation]:
    """By investment; those within tolerance only if `everything` is asked for.

    `where` is about versions of investments. The moment has a year: the one whose outcome is
    compared with its forecast.
    """
    settings = get_settings(session)
    programs = program_codes(session)
    for versions, facts in _chunks(session, where, moment, today):
        for version in versions:
            state = _state(version, facts)
            own = _own_cells(version, state, programs)
            for found in _compared(version.investment_id, state, facts):
                tolerance = settings[TOLERANCES[found.kind]]
                is_over = found.exceeds(tolerance)
                if is_over or everything:
                    cells = own | _cells(found, tolerance) | {"exceeds": is_over}
                    yield Deviation(_order(version, found), cells)


def _chunks(
    session: Session, where: Sequence[Any], moment: Moment, today: date
) -> Iterator[tuple[list[InvestmentVersion], Facts]]:
    """All versions by code, a chunk in memory at a time, with what their states follow from."""
    after = ""
    while True:
        query = versions_then([*where, col(InvestmentVersion.code) > after], moment.known_at)
        ordered = query.order_by(col(InvestmentVersion.code)).limit(CHUNK)
        versions = list(session.exec(ordered))
        yield versions, Facts.load(session, moment, today, [row.investment_id for row in versions])
        if len(versions) < CHUNK:
            return
        after = versions[-1].code


def _state(version: InvestmentVersion, facts: Facts) -> State | None:
    if version.template_id is None:
        return None
    return facts.state(version.investment_id, version.template_id)


def _compared(id: int, state: State | None, facts: Facts) -> Iterator[Compared]:
    """What there is to compare; where both sides are zero there is nothing."""
    sides = facts.money(id)
    found = [*_of_year(id, sides, facts)]
    if facts.deciding(id) is not None:
        found += _against_decided(sides.judged)
    if state is not None:
        used = sum(facts.spent.get(id, {}).values())
        found.append(Compared(DeviationKind.USE, state.released, used))
    return (one for one in found if one.expected or one.actual)


def _against_decided(judged: Money) -> Iterator[Compared]:
    """At the decided price level, as G13 compares."""
    yield Compared(DeviationKind.FORECAST, judged.decided, judged.forecast)
    agreed, expected = judged.consequence_decided, judged.consequence_forecast
    if agreed is not None and expected is not None:
        yield Compared(DeviationKind.CONSEQUENCE, agreed, expected)


def _of_year(id: int, sides: Sides, facts: Facts) -> Iterator[Compared]:
    outcome, year = facts.outcome.get(id, {}), facts.moment.year
    on = facts.moment.as_of or facts.today
    if not outcome and (year or on.year) > on.year:
        # Nothing can be booked yet of a year that has not begun.
        return
    for type in Type:
        expected, actual = sides.forecast.get(type, 0), outcome.get(type, 0)
        yield Compared(DeviationKind.OUTCOME, expected, actual, type, year)


def _order(version: InvestmentVersion, found: Compared) -> Order:
    return version.code, list(DeviationKind).index(found.kind), found.type or ""


def _own_cells(
    version: InvestmentVersion, state: State | None, programs: Mapping[int, str]
) -> dict[str, Any]:
    return {
        "investment": version.code,
        "name": version.name,
        "program": version.program_code or programs.get(version.program_id or 0),
        "department": version.department,
        "status": (state.status if state else Status.PREPARING).value,
    }


def _cells(found: Compared, tolerance_percent: float) -> dict[str, Any]:
    return {
        "kind": found.kind.value,
        "type": found.type.value if found.type else None,
        "year": found.year,
        "expected": found.expected,
        "actual": found.actual,
        "deviation": found.deviation,
        "percent": found.percent,
        "tolerance_percent": tolerance_percent,
    }

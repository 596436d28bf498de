"""Plan lines and their sums (M1). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from portfolio.accounts.rules import Direction, Type

__all__ = ["Amount", "Direction", "Series", "Totals", "Type", "exceeds", "totals"]


class Series(StrEnum):
    FORECAST = "forecast"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Amount:
    """A line's money: öre, never negative; `direction` says which way it goes."""

    year: int
    type: Type
    direction: Direction
    ore: int

    @property
    def net(self) -> int:
        return self.ore if self.direction is Direction.EXPENSE else -self.ore


@dataclass(frozen=True, slots=True)
class Totals:
    """Expense less income over all years, in öre, apart for capital and operating (M1)."""

    capital: int = 0
    operating: int = 0
    # What goes out before income, which decides who may decide (G12).
    gross: int = 0

    @property
    def net(self) -> int:
        return self.capital + self.operating


def totals(amounts: Iterable[Amount]) -> Totals:
    capital = operating = gross = 0
    for amount in amounts:
        if amount.type is Type.CAPITAL:
            capital += amount.net
        else:
            operating += amount.net
        if amount.direction is Direction.EXPENSE:
            gross += amount.ore
    return Totals(capital, operating, gross)


def exceeds(decided: int, forecast: int, tolerance_percent: float) -> bool:
    """Whether a forecast is over the decided amount by more than the tolerance (G13).

    Both in öre at the decided price level. Of a decided net income, the tolerance is taken of
    its size.
    """
    # In hundredths of a per cent, so that the comparison is between whole numbers.
    return (forecast - decided) * 10_000 > abs(decided) * round(tolerance_percent * 100)

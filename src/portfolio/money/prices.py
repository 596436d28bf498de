"""Price levels: what an amount of one year's level comes to at another's (M1, G13). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from portfolio.money.rules import Direction

CURRENT = "current"


class Levelled(Protocol):
    """A plan line, as far as prices matter; `amount` in öre."""

    year: int
    direction: str
    price_level: str
    amount: int


@dataclass(frozen=True, slots=True)
class Prices:
    """An index by year.

    Beyond the last year that is known, prices count as unchanged: the tool guesses no inflation.

    Args:
        values: Year to index value, all above zero.
        later: What was published after `values` were frozen. Only the ratio between such years
            counts, so that an index published later moves no amount of a year that was in the
            future when `values` were frozen.
    """

    values: Mapping[int, Decimal]
    later: Mapping[int, Decimal] = field(default_factory=dict)

    def of_year(self, year: int) -> Fraction | None:
        """The value for money spent in a year; None if the index does not reach that far back."""
        if not self.values:
            return None
        last = max(self.values)
        found = self.values.get(min(year, last))
        return None if found is None else Fraction(found)

    def of_level(self, year: int) -> Fraction | None:
        """The value for amounts written at a year's price level."""
        last = max(self.values, default=year)
        if year <= last or not (self.later.get(last) and self.later.get(year)):
            return self.of_year(year)
        grown = Fraction(self.later[year]) / Fraction(self.later[last])
        return grown * Fraction(self.values[last])

    def of(self, level: str, year: int) -> Fraction | None:
        """The value for an amount of `level` that is planned for `year`."""
        return self.of_year(year) if level == CURRENT else self.of_level(int(level))


def at_level(line: Levelled, level: str, prices: Prices) -> Fraction | None:
    """An amount in öre, moved to a price level; `current` is the level of its own year.

    Returns:
        None if the index lacks a year that is needed.
    """
    if line.price_level == level:
        return Fraction(line.amount)
    if CURRENT not in (line.price_level, level):
        # Between two levels that are written out, what is published now is what counts.
        published = Prices({**prices.values, **prices.later})
        source, target = published.of_level(int(line.price_level)), published.of_level(int(level))
    else:
        source = prices.of(line.price_level, line.year)
        target = prices.of(level, line.year)
    return None if source is None or target is None else line.amount * target / source


def current_ore(line: Levelled, prices: Prices) -> int | None:
    """The amount at current level, rounded half up to the öre; None if the index lacks a year."""
    found = at_level(line, CURRENT, prices)
    return None if found is None else half_up(found)


def missing_years(lines: Iterable[Levelled], prices: Prices) -> list[int]:
    """Years whose index the lines of a fixed level need to be shown at current level."""
    missing = set()
    for line in lines:
        if line.price_level == CURRENT:
            continue
        for year, found in (
            (int(line.price_level), prices.of_level(int(line.price_level))),
            (line.year, prices.of_year(line.year)),
        ):
            if found is None:
                missing.add(year)
    return sorted(missing)


def compared(
    forecast: Sequence[Levelled], decided: Sequence[Levelled], prices: Prices
) -> tuple[int, int]:
    """Net öre of both series at the level that was decided at (G13).

    Where everything decided has one level, the forecast is moved to that level; where it has
    several, both are moved to the level of their own years. An amount whose index is missing
    counts as it is written.
    """
    levels = {line.price_level for line in decided}
    level = levels.pop() if len(levels) == 1 else CURRENT
    return _net(forecast, level, prices), _net(decided, level, prices)


def _net(lines: Iterable[Levelled], level: str, prices: Prices) -> int:
    total = Fraction(0)
    for line in lines:
        moved = at_level(line, level, prices)
        amount = Fraction(line.amount) if moved is None else moved
        total += amount if line.direction == Direction.EXPENSE else -amount
    return half_up(total)


def half_up(value: Fraction) -> int:
    """Rounded to a whole number, halves away from zero."""
    rounded = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return rounded if value >= 0 else -rounded

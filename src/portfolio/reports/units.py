"""Amounts in kronor, thousands or millions, rounded so that sums hold. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Unit(StrEnum):
    """What amounts of a table are in."""

    KR = "kr"
    TKR = "tkr"
    MKR = "mkr"

    @property
    def ore(self) -> int:
        return {"kr": 100, "tkr": 100_000, "mkr": 100_000_000}[self.value]


class Rounder:
    """Rounds the rows of a table to whole units, one after the other.

    Each row gets what the rounded running sum grew by, so that at every point a column sums to
    the rounded sum of what it stands for. A figure may be nearly one unit from its exact amount.

    Args:
        unit: What a whole is; kronor are left in öre, since a table shows them with decimals.
    """

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self._exact: dict[str, int] = {}
        self._shown: dict[str, int] = {}

    def row(self, amounts: Mapping[str, int | None]) -> dict[str, int | None]:
        """A row's amounts, öre, in the unit; what is not known stays so."""
        if self.unit is Unit.KR:
            return dict(amounts)
        return {name: self._next(name, ore) for name, ore in amounts.items()}

    def pair(
        self, name: str, agreed: int | None, expected: int | None
    ) -> tuple[int | None, int | None, int | None]:
        """What was agreed, what is expected, and the deviation; None where either is not known.

        Agreed and deviation are rounded, and what is expected is their sum, so that what agrees
        to the öre also agrees in the table.
        """
        if agreed is None or expected is None:
            given = self.row({f"{name} agreed": agreed, f"{name} expected": expected})
            return given[f"{name} agreed"], given[f"{name} expected"], None
        found = self.row({f"{name} agreed": agreed, f"{name} deviation": expected - agreed})
        shown, deviation = found[f"{name} agreed"] or 0, found[f"{name} deviation"] or 0
        return shown, shown + deviation, deviation

    def _next(self, name: str, ore: int | None) -> int | None:
        if ore is None:
            return None
        exact = self._exact[name] = self._exact.get(name, 0) + ore
        before = self._shown.get(name, 0)
        self._shown[name] = half_up(exact, self.unit.ore)
        return self._shown[name] - before


def half_up(ore: int, divisor: int) -> int:
    """A whole number of units, halves away from zero."""
    size = (2 * abs(ore) + divisor) // (2 * divisor)
    return size if ore >= 0 else -size

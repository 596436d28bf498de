"""The operating consequence of an investment: by department, year and column (formulas 3). Pure.

Whatever is larger (a program, an area, a department) is a sum of these, so all of them agree to
the öre.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from portfolio.costs.capital import Asset, Rates, capital_years, missing_rates, years_in_use
from portfolio.costs.rules import Category, Convention

# What is counted and split; `capital_cost` and `total` follow.
COUNTED = (
    "depreciation",
    "interest",
    "operation",
    "maintenance",
    "staff",
    "one_off",
    "grant",
    "income",
    "savings",
)
COLUMNS = ("depreciation", "interest", "capital_cost", *COUNTED[2:], "total")
DEPRECIATION, INTEREST, ONE_OFF, GRANT = (
    COUNTED.index(name) for name in ("depreciation", "interest", "one_off", "grant")
)
CATEGORY_AT = {category.value: COUNTED.index(category.value) for category in Category}
# Those from here on lessen the cost.
FIRST_LESSENING = GRANT

# Öre by the columns of COUNTED.
Amounts = list[int]
# Department -> year -> amounts; a year in which nothing happens may be missing.
Consequence = dict[str, dict[int, Amounts]]


class Line(NamedTuple):
    """What costs or gives `amount` öre a year, from `year` through `to_year`."""

    category: str
    department: str
    year: int
    to_year: int
    amount: int


class Sunk(NamedTuple):
    """What was spent in vain on what was stopped before it was handed over."""

    department: str
    year: int
    amount: int


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an investment's consequence follows from: components with who bears them, and lines.

    `until` is the last year of the whole investment where this is a part of it only.
    """

    assets: Sequence[tuple[str, Asset]] = ()
    lines: Sequence[Line] = ()
    sunk: Sunk | None = None
    until: int | None = None

    @property
    def land_until(self) -> int | None:
        """The last year of everything that has an end of its own; None if nothing has."""
        if self.until is not None:
            return self.until
        ends = [line.to_year for line in self.lines]
        for _, asset in self.assets:
            if asset.useful_life_years is not None and asset.in_use_from is not None:
                ends.append(years_in_use(asset)[-1])
        return max(ends, default=None)

    def borne_by(self, department: str) -> "Inputs":
        """What one department bears; land still counts through everybody's last year."""
        if self.sunk is not None:
            return self if self.sunk.department == department else Inputs()
        return Inputs(
            [(owner, asset) for owner, asset in self.assets if owner == department],
            [line for line in self.lines if line.department == department],
            until=self.land_until,
        )


def missing_years(inputs: Inputs, rates: Rates) -> set[int]:
    """The years without a rate that a consequence needs."""
    if inputs.sunk is not None:
        return set()
    return missing_rates((asset for _, asset in inputs.assets), rates, inputs.land_until)


def consequence(inputs: Inputs, rates: Rates, convention: Convention) -> Consequence:
    """An investment's operating consequence, öre by department, year and column.

    One that was stopped before it was handed over has no other than what was spent on it, once,
    in the year of the stop (formulas 3).

    Raises:
        KeyError: A year has no rate; ask `missing_years` first.
    """
    found: Consequence = {}
    if inputs.sunk is not None:
        department, year, amount = inputs.sunk
        _at(found, department, year)[ONE_OFF] += amount
        return found
    land_until = inputs.land_until if any(asset.land for _, asset in inputs.assets) else None
    for department, asset in inputs.assets:
        years = found.setdefault(department, {})
        for year, depreciation, interest, grant in capital_years(
            asset, rates, convention, land_until
        ):
            amounts = years.get(year)
            if amounts is None:
                amounts = years[year] = [0] * len(COUNTED)
            amounts[DEPRECIATION] += depreciation
            amounts[INTEREST] += interest
            amounts[GRANT] += grant
    for line in inputs.lines:
        column = CATEGORY_AT[line.category]
        for year in range(line.year, line.to_year + 1):
            _at(found, line.department, year)[column] += line.amount
    return {department: years for department, years in found.items() if years}


def _at(found: Consequence, department: str, year: int) -> Amounts:
    years = found.setdefault(department, {})
    if year not in years:
        years[year] = [0] * len(COUNTED)
    return years[year]


def add(into: Consequence, more: Consequence) -> None:
    """Add a consequence to a sum of consequences."""
    for department, years in more.items():
        sums = into.setdefault(department, {})
        for year, amounts in years.items():
            former = sums.get(year)
            # A copy: what is added later must not change what was added.
            sums[year] = (
                list(amounts)
                if former is None
                else [a + b for a, b in zip(former, amounts, strict=True)]
            )


def total_of(amounts: Sequence[int]) -> int:
    """What a year costs in all: costs less grants, income and savings, in öre."""
    return sum(amounts[:FIRST_LESSENING]) - sum(amounts[FIRST_LESSENING:])


def all_departments(found: Consequence) -> dict[int, Amounts]:
    """Öre by year and column, whoever bears it."""
    whole: Consequence = {}
    for years in found.values():
        add(whole, {"": years})
    return whole.get("", {})


def totals_by_year(found: Consequence) -> dict[int, int]:
    """The total of each year from the first with anything through the last, in öre."""
    years = all_departments(found)
    return {year: total_of(years[year]) if year in years else 0 for year in span(years)}


def span(years: Iterable[int]) -> range:
    """From the first of some years through the last; none for none."""
    listed = list(years)
    return range(min(listed), max(listed) + 1) if listed else range(0)

"""The operating consequence of an area: each investment's, by its share there (A7, formulas 3).

Each column of each department is split over the years cumulatively, so that over all areas,
with what lies outside, the parts sum to the whole, to the öre, year by year and in all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from portfolio.amounts import format_amount, split_amount, split_series
from portfolio.costs.consequence import (
    COUNTED,
    Amounts,
    Consequence,
    add,
    all_departments,
    total_of,
)
from portfolio.reports.consequence import (
    NOTHING,
    Asked,
    Row,
    find_consequences,
    shown,
    summed,
)
from portfolio.reports.places import Places
from portfolio.shares import OUTSIDE

Weights = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Which area of which scheme, on which date, by where investments stand or whom they serve."""

    scheme: str
    code: str
    at: date
    basis: str


class Whole:
    """The scheme's whole: what lies in its areas and what in none, öre over the years shown."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.located = self.outside = self.municipality_wide = self.not_located = 0
        # Of each investment without its sign: a net income must not hide a cost.
        self.located_size = self.size = 0

    def add(self, found: Consequence, weights: Weights | None, *, is_for_all: bool) -> None:
        total = self._total(found)
        if weights is None:
            self.size += abs(total)
            if is_for_all:
                self.municipality_wide += total
            else:
                self.not_located += total
            return
        outside = outside_total(found, weights, self.asked)
        self.outside += outside
        self.located += total - outside
        self.located_size += abs(total - outside)
        self.size += abs(total - outside) + abs(outside)

    def _total(self, found: Consequence) -> int:
        return total_of(summed(all_departments(found), self.asked))

    def shown(self) -> dict[str, Any]:
        parts = {
            "outside": self.outside,
            "municipality_wide": self.municipality_wide,
            "not_located": self.not_located,
        }
        return {
            **{name: format_amount(ore) for name, ore in parts.items()},
            "scheme_total": format_amount(self.located + sum(parts.values())),
            "located_share": self.located_size / self.size if self.size else None,
        }


def consequence_of_area(
    session: Session, place: Place, asked: Asked, rows: Sequence[Row]
) -> tuple[Consequence, Whole]:
    """What comes to the area, by department, and the whole of its scheme.

    Raises:
        RateMissing: Names every year without a rate of every investment, since the whole is told.
    """
    places = Places(session, place.scheme, place.at, place.basis, asked.known_at)
    found = find_consequences(session, asked, rows)
    here: Consequence = {}
    whole = Whole(asked)
    for row in rows:
        if row.id not in found:
            continue
        weights = places.weights(row)
        whole.add(found[row.id], weights, is_for_all=places.is_municipality_wide(row))
        if weights is not None:
            add(here, part_of(found[row.id], weights, place.code))
    return here, whole


def shown_area(place: Place, asked: Asked, here: Consequence, whole: Whole) -> dict[str, Any]:
    return {
        "scheme": place.scheme,
        "area": place.code,
        "at": place.at.isoformat(),
        "by": place.basis,
        "series": asked.series.value,
        **shown(here, asked),
        **whole.shown(),
    }


def part_of(found: Consequence, weights: Weights, key: str) -> Consequence:
    """The part that one key of the weights gets of a consequence, in öre."""
    if not weights.get(key):
        return {}
    if weights[key] == sum(weights.values()):
        return found
    return {department: _split(years, weights, key) for department, years in found.items()}


def _split(years: Mapping[int, Amounts], weights: Weights, key: str) -> dict[int, Amounts]:
    ordered = sorted(years)
    parts = {year: [0] * len(COUNTED) for year in ordered}
    for column in range(len(COUNTED)):
        series = [years[year][column] for year in ordered]
        if any(series):
            for year, split in zip(ordered, split_series(series, weights), strict=True):
                parts[year][column] = split[key]
    return parts


def outside_total(found: Consequence, weights: Weights, asked: Asked) -> int:
    """What lies outside all areas in the years shown, as `part_of` would sum to, but faster.

    What a key has got through a year is the split of what there was through it; so two splits of
    a column do, however many years it has.
    """
    if not weights.get(OUTSIDE):
        return 0
    total = [0] * len(COUNTED)
    for years in found.values():
        before = _through(years, asked.from_year - 1) if asked.from_year else NOTHING
        through = _through(years, asked.to_year)
        for column, (first, last) in enumerate(zip(before, through, strict=True)):
            grown = split_amount(last, weights)[OUTSIDE] - split_amount(first, weights)[OUTSIDE]
            total[column] += grown
    return total_of(total)


def _through(years: Mapping[int, Amounts], last: int | None) -> Amounts:
    """Each column's sum through a year; through all of them for None."""
    listed = [amounts for year, amounts in years.items() if last is None or year <= last]
    return [sum(column) for column in zip(*listed, strict=True)] or NOTHING

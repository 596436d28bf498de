"""The operating consequence of one investment, as the pure function gives it (formulas 3)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.costs.capital import Asset, rates_of
from portfolio.costs.consequence import (
    COUNTED,
    Inputs,
    Line,
    Sunk,
    add,
    all_departments,
    consequence,
    missing_years,
    total_of,
    totals_by_year,
)
from portfolio.costs.rules import Category, Convention

RATES = rates_of({year: Decimal("2.5") for year in range(1990, 2300)})
OPENING = Convention.OPENING
FRAME = Asset(6_000_000_000, 0, 30, date(2027, 1, 1))
LAND = Asset(500_000_000, 0, None, date(2027, 1, 1), land=True)


def named(amounts: list[int]) -> dict[str, int]:
    return {name: ore for name, ore in zip(COUNTED, amounts, strict=True) if ore}


@st.composite
def lines(draw: st.DrawFn) -> Line:
    year = draw(st.integers(1990, 2100))
    return Line(
        draw(st.sampled_from(Category)).value,
        draw(st.sampled_from(["FGK", "GFK"])),
        year,
        draw(st.integers(year, year + 30)),
        draw(st.integers(0, 10**12)),
    )


@st.composite
def components(draw: st.DrawFn) -> tuple[str, Asset]:
    cost = draw(st.integers(0, 10**13))
    begins = draw(st.none() | st.dates(date(1990, 1, 1), date(2090, 1, 1)))
    asset = Asset(cost, draw(st.integers(0, cost)), draw(st.integers(1, 60)), begins)
    return draw(st.sampled_from(["FGK", "GFK"])), asset


inputs_of_any_kind = st.builds(Inputs, st.lists(components(), max_size=4), st.lists(lines()))


def test_columns_are_kept_apart_and_three_of_them_lessen_the_cost():
    found = consequence(
        Inputs(
            [("FGK", FRAME)],
            [
                Line(category.value, "FGK", 2027, 2028, 100 + at)
                for at, category in enumerate(Category)
            ],
        ),
        RATES,
        OPENING,
    )

    first = found["FGK"][2027]
    assert named(first) == {
        "depreciation": 200_000_000,
        "interest": 150_000_000,
        "operation": 100,
        "maintenance": 101,
        "staff": 102,
        "one_off": 103,
        "grant": 104,
        "income": 105,
        "savings": 106,
    }
    assert total_of(first) == 350_000_000 + 100 + 101 + 102 + 103 - 104 - 105 - 106


def test_each_department_bears_its_own():
    found = consequence(
        Inputs([("GFK", FRAME)], [Line("staff", "FGK", 2028, 2028, 700)]), RATES, OPENING
    )

    assert set(found) == {"GFK", "FGK"}
    assert named(found["FGK"][2028]) == {"staff": 700}
    assert named(all_departments(found)[2028])["staff"] == 700


def test_land_lasts_as_long_as_the_last_line_or_life():
    lasting = [Line("operation", "FGK", 2030, 2061, 1)]
    found = consequence(Inputs([("FGK", LAND), ("FGK", FRAME)], lasting), RATES, OPENING)

    assert max(found["FGK"]) == 2061
    assert named(found["FGK"][2061]) == {"interest": 12_500_000, "operation": 1}


def test_of_one_department_land_still_lasts_as_long_as_everything():
    inputs = Inputs([("FGK", LAND), ("GFK", FRAME)])

    assert consequence(inputs.borne_by("FGK"), RATES, OPENING) == {
        "FGK": consequence(inputs, RATES, OPENING)["FGK"]
    }


def test_what_was_stopped_costs_what_was_spent_and_nothing_else():
    inputs = Inputs([("FGK", FRAME)], (), Sunk("GFK", 2026, 1234))

    assert missing_years(inputs, {}) == set()
    found = consequence(inputs, {}, OPENING)
    assert {year: named(amounts) for year, amounts in found["GFK"].items()} == {
        2026: {"one_off": 1234}
    }
    assert set(found) == {"GFK"}
    assert consequence(inputs.borne_by("FGK"), {}, OPENING) == {}


def test_years_without_a_rate_are_named_for_all_components():
    other = Asset(100, 0, 2, date(2040, 1, 1))
    inputs = Inputs([("FGK", FRAME), ("GFK", other)])
    rates = {year: rate for year, rate in RATES.items() if year not in (2030, 2041)}

    assert missing_years(inputs, rates) == {2030, 2041}
    assert missing_years(inputs.borne_by("GFK"), rates) == {2041}


def test_years_between_are_told_too():
    inputs = Inputs((), [Line("staff", "FGK", 2027, 2027, 5), Line("income", "FGK", 2030, 2030, 7)])

    assert totals_by_year(consequence(inputs, {}, OPENING)) == {2027: 5, 2028: 0, 2029: 0, 2030: -7}


@pytest.mark.parametrize("convention", Convention)
@given(inputs=inputs_of_any_kind)
def test_departments_sum_to_the_whole_column_by_column(inputs: Inputs, convention: Convention):
    found = consequence(inputs, RATES, convention)
    parts: dict[str, dict[int, list[int]]] = {}
    for department in ("FGK", "GFK"):
        add(parts, consequence(inputs.borne_by(department), RATES, convention))

    assert parts == found
    assert sum(totals_by_year(found).values()) == sum(
        total_of(amounts) for amounts in all_departments(found).values()
    )

"""Depreciation, interest and dissolved grants, as the pure function gives them (formulas 2)."""

import math
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.costs.capital import (
    LONE_LAND_YEARS,
    Asset,
    CapitalYear,
    capital_years,
    missing_rates,
    rates_of,
    years_in_use,
)
from portfolio.costs.rules import Convention

OPENING, MONTHLY = Convention.OPENING, Convention.MONTHLY
MSEK = 100_000_000
JANUARY, JULY = date(2027, 1, 1), date(2027, 7, 1)
RATES = rates_of({year: Decimal("2.5") for year in range(1900, 2401)})


@st.composite
def assets(draw: st.DrawFn, *, land: bool = False) -> Asset:
    acquisition = draw(st.integers(0, 10**15 - 1))
    return Asset(
        acquisition=acquisition,
        residual=draw(st.integers(0, acquisition)),
        useful_life_years=draw(st.integers(1, 200)),
        in_use_from=date(draw(st.integers(1900, 2199)), draw(st.integers(1, 12)), 1),
        land=land,
        grant=draw(st.integers(0, 10**15 - 1)),
    )


def test_v_cap_1_thirty_years_from_january_with_opening_interest():
    years = capital_years(Asset(60 * MSEK, 0, 30, JANUARY), RATES, OPENING)

    assert years[0] == CapitalYear(2027, 2 * MSEK, 150_000_000, 0)
    assert years[0].capital_cost == 350_000_000
    assert years[1].capital_cost == 345_000_000
    assert years[29].capital_cost == 205_000_000
    assert len(years) == 30
    assert sum(year.interest for year in years) == 2_325_000_000


def test_v_cap_2_in_use_july_with_monthly_interest():
    years = capital_years(Asset(60 * MSEK, 0, 30, JULY), RATES, MONTHLY)

    assert years[0] == CapitalYear(2027, MSEK, 74_479_167, 0)
    assert years[0].capital_cost == 174_479_167
    assert years[1].capital_cost == 345_208_333
    assert years[-1].capital_cost == 100_729_167
    assert (len(years), years[-1].year) == (31, 2057)


@pytest.mark.parametrize(
    ("asset", "expected"),
    [
        (Asset(25 * MSEK, 0, 50, JANUARY), 112_500_000),
        (Asset(8 * MSEK, 0, 30, JANUARY), 46_666_667),
        (Asset(15 * MSEK, 0, 20, JANUARY), 112_500_000),
        (Asset(7 * MSEK, 0, 10, JANUARY), 87_500_000),
        (Asset(5 * MSEK, 0, None, JANUARY, land=True), 12_500_000),
    ],
    ids=["frame", "roof", "installations", "fittings", "land"],
)
def test_v_cap_3_first_full_year_of_each_component(asset: Asset, expected: int):
    first = capital_years(asset, RATES, OPENING)[0]

    assert first.capital_cost == expected
    assert first.depreciation == (0 if asset.land else first.capital_cost - first.interest)


def test_opening_interest_of_a_year_begun_in_july_is_half_a_year_on_the_acquisition_value():
    years = capital_years(Asset(60 * MSEK, 0, 30, JULY), RATES, OPENING)

    assert years[0].interest == 75_000_000
    # 59 million are left when the first whole year begins.
    assert years[1].interest == 147_500_000
    # One million is left for the last half-year.
    assert years[-1].interest == 1_250_000


def test_interest_goes_on_over_the_residual_value_until_the_life_ends():
    years = capital_years(Asset(10 * MSEK, 4 * MSEK, 3, JANUARY), RATES, OPENING)

    assert [year.depreciation for year in years] == [2 * MSEK] * 3
    assert [year.interest for year in years] == [25_000_000, 20_000_000, 15_000_000]


def test_ongoing_works_cost_nothing_and_need_no_rate():
    asset = Asset(10 * MSEK, 0, 30, None, grant=MSEK)

    assert capital_years(asset, {}, OPENING) == []
    assert missing_rates([asset], {}, None) == set()


@pytest.mark.parametrize(
    ("land_until", "last"),
    [
        (None, 2027 + LONE_LAND_YEARS - 1),
        (2040, 2040),
        (2027, 2027),
        (2026, 2027 + LONE_LAND_YEARS - 1),
    ],
)
def test_land_counts_as_long_as_what_stands_on_it(land_until: int | None, last: int):
    land = Asset(5 * MSEK, 0, None, JANUARY, land=True)

    years = capital_years(land, RATES, OPENING, land_until)

    assert (years[0].year, years[-1].year) == (2027, last)
    assert {(year.depreciation, year.interest) for year in years} == {(0, 12_500_000)}


def test_land_with_a_life_of_its_own_counts_for_that():
    land = Asset(5 * MSEK, 0, 10, JULY, land=True)

    assert years_in_use(land, 2100) == range(2027, 2038)


def test_land_from_july_counts_through_december_of_the_last_year():
    land = Asset(12 * MSEK, 0, None, JULY, land=True)

    for convention in Convention:
        interest = [year.interest for year in capital_years(land, RATES, convention, 2028)]
        assert interest == [15_000_000, 30_000_000]


def test_a_grant_is_dissolved_over_the_months_of_the_useful_life():
    years = capital_years(Asset(MSEK, 0, 2, JULY, grant=100), RATES, OPENING)

    assert [year.grant for year in years] == [25, 50, 25]


def test_a_grant_for_land_is_dissolved_over_the_months_that_the_land_counts():
    land = Asset(5 * MSEK, 0, None, JULY, land=True, grant=300)

    assert [year.grant for year in capital_years(land, RATES, OPENING, 2028)] == [100, 200]


def test_every_year_in_use_without_a_rate_is_named():
    asset = Asset(MSEK, 0, 3, JULY)

    assert missing_rates([asset], rates_of({2028: Decimal(2)}), None) == {2027, 2029, 2030}


def test_land_needs_rates_as_long_as_it_counts():
    land = Asset(MSEK, 0, None, JULY, land=True)

    assert missing_rates([land], {}, 2028) == {2027, 2028}
    assert len(missing_rates([land], {}, None)) == LONE_LAND_YEARS + 1


def test_a_rate_in_per_cent_is_told_in_millionths():
    rates = {2027: Decimal("2.5"), 2028: Decimal(0), 2029: Decimal("0.0001")}

    assert rates_of(rates) == {2027: 25_000, 2028: 0, 2029: 1}


@pytest.mark.parametrize("rate", ["-1", "2.50001", "NaN", "sNaN", "Infinity"])
def test_what_is_no_rate_is_refused(rate: str):
    with pytest.raises(ValueError, match="no rate"):
        rates_of({2027: Decimal(rate)})


@given(assets(), st.sampled_from(Convention))
def test_depreciation_sums_to_acquisition_less_residual(asset: Asset, convention: Convention):
    years = capital_years(asset, RATES, convention)

    assert sum(year.depreciation for year in years) == asset.acquisition - asset.residual
    assert sum(year.grant for year in years) == asset.grant
    assert all(year.depreciation >= 0 and year.interest >= 0 for year in years)
    assert [year.year for year in years] == list(years_in_use(asset))


@given(assets())
def test_the_book_value_is_never_under_the_residual_value(asset: Asset):
    book = asset.acquisition
    for year in capital_years(asset, RATES, OPENING):
        book -= year.depreciation
        assert book >= asset.residual >= 0


@given(assets(), st.integers(0, 10**6))
def test_monthly_interest_is_never_more_than_opening_interest(asset: Asset, rate: int):
    """The book value only falls: at the start of each month it is at most that of the year."""
    rates = dict.fromkeys(years_in_use(asset), rate)

    opening = capital_years(asset, rates, OPENING)
    monthly = capital_years(asset, rates, MONTHLY)

    pairs = zip(opening, monthly, strict=True)
    assert all(one.interest >= other.interest for one, other in pairs)


@given(assets())
def test_monthly_interest_is_that_of_each_month_to_the_last_ore(asset: Asset):
    assert asset.in_use_from is not None
    assert asset.useful_life_years is not None
    life, skipped = asset.useful_life_years * 12, asset.in_use_from.month - 1
    fall = Fraction(asset.acquisition - asset.residual, life)

    for row in capital_years(asset, RATES, MONTHLY):
        begin = (row.year - asset.in_use_from.year) * 12 - skipped
        months = range(max(begin, 0), min(begin + 12, life))
        bearing = sum(asset.acquisition - fall * month for month in months)
        exact = bearing * RATES[row.year] / (12 * 10**6)
        assert isinstance(row.interest, int)
        assert row.interest == math.floor(exact + Fraction(1, 2))


@given(assets(land=True), st.sampled_from(Convention))
def test_land_is_never_depreciated(asset: Asset, convention: Convention):
    years = capital_years(asset, RATES, convention)

    assert sum(year.depreciation for year in years) == 0
    whole = [year.interest for year in years[1:-1]]
    assert len(set(whole)) <= 1

"""Sums of plan lines (M1) and the tolerance of G13, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.money.rules import Amount, Direction, Type, exceeds, totals

amounts = st.builds(
    Amount,
    st.integers(2020, 2040),
    st.sampled_from(list(Type)),
    st.sampled_from(list(Direction)),
    st.integers(0, 10**15),
)


def test_m1_a_total_is_expense_less_income_over_all_years():
    lines = [
        Amount(2027, Type.CAPITAL, Direction.EXPENSE, 1_000),
        Amount(2028, Type.CAPITAL, Direction.INCOME, 300),
        Amount(2028, Type.OPERATING, Direction.EXPENSE, 50),
        Amount(2029, Type.OPERATING, Direction.INCOME, 80),
    ]

    found = totals(lines)

    assert (found.capital, found.operating, found.net) == (700, -30, 670)


def test_g12_the_gross_expense_takes_no_income_off():
    lines = [
        Amount(2027, Type.CAPITAL, Direction.EXPENSE, 1_000),
        Amount(2027, Type.CAPITAL, Direction.INCOME, 900),
        Amount(2035, Type.OPERATING, Direction.EXPENSE, 5),
    ]

    assert totals(lines).gross == 1_005


@given(st.lists(amounts))
def test_m1_capital_and_operating_are_apart_and_sum_to_the_whole(lines: list[Amount]):
    found = totals(lines)

    assert found.net == sum(line.net for line in lines)
    assert found.capital == sum(line.net for line in lines if line.type is Type.CAPITAL)
    assert found.gross >= found.net


@pytest.mark.parametrize(
    ("decided", "forecast", "over"),
    [
        (1_000_000, 1_100_000, False),
        (1_000_000, 1_100_001, True),
        (1_000_000, 900_000, False),
        (0, 0, False),
        (0, 1, True),
        (-1_000, -900, False),
        (-1_000, -899, True),
    ],
)
def test_g13_exactly_ten_per_cent_is_not_more(decided: int, forecast: int, over: bool):
    assert exceeds(decided, forecast, 10) is over


@given(st.integers(0, 10**16), st.integers(0, 10**16))
def test_g13_with_no_tolerance_an_ore_is_too_much(decided: int, forecast: int):
    assert exceeds(decided, forecast, 0) is (forecast > decided)
    assert not exceeds(decided, decided, 0)

"""Öre in, öre out: nothing is lost, whatever it is split over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.amounts import (
    AMOUNT_PATTERN,
    format_amount,
    parse_amount,
    split_amount,
    split_series,
)

ore = st.integers(1 - 10**15, 10**15 - 1)
weights = st.dictionaries(st.text("ABC012", min_size=1), st.integers(0, 10**12), min_size=1).filter(
    lambda found: any(found.values())
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("-0.00", 0),
        ("0.5", 50),
        ("-0.05", -5),
        ("1250000.00", 125_000_000),
        ("007.10", 710),
        ("9999999999999.99", 999_999_999_999_999),
    ],
)
def test_a_decimal_string_is_read_as_ore(text, expected):
    assert parse_amount(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", ".5", "5.", "1.234", "+1", "--1", " 1", "1.00\n", "1 000", "1,50", "1_000"),
        *("1e3", "0x1", "NaN", "Infinity", "\u0661", "\uff11", "12345678901234"),
    ],
)
def test_anything_else_is_refused_with_advice(text):
    with pytest.raises(ValueError, match="Give the amount in SEK as a string"):
        parse_amount(text)


def test_the_pattern_given_to_clients_is_anchored_and_takes_ascii_digits():
    assert AMOUNT_PATTERN.pattern == r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(125_000_000, "1250000.00"), (-5, "-0.05"), (0, "0.00"), (-100, "-1.00"), (7, "0.07")],
)
def test_ore_is_written_with_two_decimals(amount, expected):
    assert format_amount(amount) == expected


def test_writing_is_exact_for_amounts_no_float_holds():
    assert format_amount(10**30 + 1) == "1" + "0" * 28 + ".01"


@given(ore)
def test_what_is_written_reads_the_same(amount):
    assert parse_amount(format_amount(amount)) == amount


def test_v_split_1_three_equal_shares_of_ten_million():
    parts = split_amount(parse_amount("10000000.00"), {"A": 1, "B": 1, "C": 1})

    assert [format_amount(part) for part in parts.values()] == [
        "3333333.34",
        "3333333.33",
        "3333333.33",
    ]


def test_v_split_2_sixty_thirty_and_ten_outside():
    parts = split_amount(parse_amount("10000000.00"), {"A": 60, "B": 30, "outside": 10})

    assert parts == {"A": 600_000_000, "B": 300_000_000, "outside": 100_000_000}


def test_a_tie_goes_to_the_lower_key_whatever_the_order_given():
    assert split_amount(1, {"B": 1, "A10": 1, "A9": 1}) == {"B": 0, "A10": 1, "A9": 0}


def test_the_largest_remainder_comes_before_the_lower_key():
    # Exact shares are 1.5 and 8.5 of ten, then 1.2 and 6.8 of eight.
    assert split_amount(10, {"A": 15, "B": 85}) == {"A": 2, "B": 8}
    assert split_amount(8, {"A": 15, "B": 85}) == {"A": 1, "B": 7}


@given(ore, weights)
def test_parts_sum_to_the_whole(amount, found):
    assert sum(split_amount(amount, found).values()) == amount


@given(ore, weights)
def test_no_part_is_a_whole_ore_from_its_exact_share(amount, found):
    total = sum(found.values())

    parts = split_amount(amount, found)

    assert all(abs(parts[key] * total - amount * found[key]) < total for key in found)


@given(ore, weights)
def test_a_negative_amount_mirrors_the_positive_one(amount, found):
    mirrored = {key: -part for key, part in split_amount(amount, found).items()}

    assert split_amount(-amount, found) == mirrored


@given(ore, weights)
def test_a_weight_of_zero_gets_nothing_and_keys_keep_their_order(amount, found):
    parts = split_amount(amount, {"zero": 0, **found})

    assert parts["zero"] == 0
    assert list(parts) == ["zero", *found]


def test_an_amount_without_anything_to_split_it_over_is_refused():
    with pytest.raises(ValueError, match="every weight is zero"):
        split_amount(1, {"A": 0})
    with pytest.raises(ValueError, match="every weight is zero"):
        split_amount(-1, {})


def test_nothing_splits_over_nothing():
    assert split_amount(0, {"A": 0}) == {"A": 0}
    assert split_amount(0, {}) == {}


@pytest.mark.parametrize("amount", [0, 5])
def test_a_negative_weight_is_refused(amount):
    with pytest.raises(ValueError, match="negative"):
        split_amount(amount, {"A": 2, "B": -1})


@given(st.lists(ore, max_size=12), weights)
def test_every_year_of_a_series_sums_to_its_amount(amounts, found):
    series = split_series(amounts, found)

    assert [sum(parts.values()) for parts in series] == amounts


@given(st.lists(ore, max_size=12), weights)
def test_every_key_of_a_series_sums_to_its_part_of_the_total(amounts, found):
    series = split_series(amounts, found)

    columns = {key: sum(parts[key] for parts in series) for key in found}
    assert columns == split_amount(sum(amounts), found)


@given(st.lists(st.integers(-300, 300), max_size=12), weights)
def test_no_part_of_a_series_is_two_ore_from_its_exact_share(amounts, found):
    total = sum(found.values())

    for amount, parts in zip(amounts, split_series(amounts, found), strict=True):
        assert all(abs(parts[key] * total - amount * found[key]) < 2 * total for key in found)


@given(st.lists(st.integers(0, 300), max_size=12), weights)
def test_income_never_appears_in_a_series_of_expenses_beyond_one_ore(amounts, found):
    assert all(part >= -1 for parts in split_series(amounts, found) for part in parts.values())


def test_a_year_without_money_gets_none():
    assert split_series([100, 0, -100], {"A": 1, "B": 2})[1] == {"A": 0, "B": 0}


def test_rounding_does_not_pile_up_over_the_years():
    # Year by year the lower key would win the odd öre ten times.
    series = split_series([1] * 10, {"A": 1, "B": 1})

    assert sum(parts["A"] for parts in series) == 5


def test_a_series_of_no_years_is_empty():
    assert split_series([], {"A": 1}) == []

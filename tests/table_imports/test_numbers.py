"""Amounts as people write them."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portfolio.amounts import format_amount
from portfolio.table_imports.numbers import LARGEST, ORE, NumberFault, Unit, read_amount

AMOUNTS = st.integers(-LARGEST, LARGEST)


def kind_of(cell: str | float, unit: Unit = Unit.KR, decimal: str | None = None) -> str:
    with pytest.raises(NumberFault) as caught:
        read_amount(cell, unit, decimal)
    assert caught.value.detail.sv
    return caught.value.kind


def grouped(whole: int, sign: str) -> str:
    return f"{whole:,}".replace(",", sign)


@pytest.mark.parametrize(
    ("cell", "ore"),
    [
        ("1 250 000,50", 125_000_050),
        ("1\u00a0250\u00a0000,50", 125_000_050),
        ("1\u202f250\u202f000,5", 125_000_050),
        ("1250000.50", 125_000_050),
        ("1.250.000,50", 125_000_050),
        ("1.250.000", 125_000_000),
        ("1.250,50", 125_050),
        ("0.500", 50),
        ("1250.500", 125_050),
        ("-5", -500),
        ("\u22125", -500),
        ("–5", -500),
        ("(5)", -500),
        ("( 5,00 kr )", -500),
        ("5-", -500),
        ("+5", 500),
        ("5 kr", 500),
        ("5 kr.", 500),
        ("5:-", 500),
        ("1 000 SEK", 100_000),
        (" 7\t", 700),
        ("00012", 1200),
        (5, 500),
        (0.1 + 0.2, 30),
        (1375.1100000000001, 137_511),
        (-0.01, -1),
        (1e6, 100_000_000),
        ("", None),
        ("–", None),
        ("-", None),
        (" — ", None),
        (None, None),
    ],
)
def test_what_can_be_read_in_one_way_only_is_read(cell: str | float | None, ore: int | None):
    assert read_amount(cell, Unit.KR) == ore


@pytest.mark.parametrize(
    ("cell", "decimal", "unit", "ore"),
    [
        ("1.250", ",", Unit.KR, 125_000),
        ("1.250", ".", Unit.KR, 125),
        ("1,250", ".", Unit.KR, 125_000),
        ("1,250", ",", Unit.KR, 125),
        ("1,250", None, Unit.MKR, 125_000_000),
        ("1,250,000.50", ".", Unit.KR, 125_000_050),
        ("12,5 tkr", None, Unit.TKR, 1_250_000),
        ("12,5 mnkr", None, Unit.MKR, 1_250_000_000),
        ("0,00001", None, Unit.TKR, 1),
    ],
)
def test_the_sender_says_what_is_ambiguous(cell: str, decimal: str | None, unit: Unit, ore: int):
    assert read_amount(cell, unit, decimal) == ore


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("1.250", "ambiguous"),
        ("-1.250", "ambiguous"),
        ("(1.250 kr)", "ambiguous"),
        ("1,250", "ambiguous"),
        ("1,250,000", "not_an_amount"),
        ("1 25", "not_an_amount"),
        ("12 3456", "not_an_amount"),
        ("1,2,3", "not_an_amount"),
        ("1.2.3", "not_an_amount"),
        ("--5", "not_an_amount"),
        ("-(5)", "not_an_amount"),
        ("(-5)", "not_an_amount"),
        ("-5-", "not_an_amount"),
        ("()", "not_an_amount"),
        ("kr", "not_an_amount"),
        ("5 %", "not_an_amount"),
        ("5 EUR", "not_an_amount"),
        ("1e6", "not_an_amount"),
        ("NaN", "not_an_amount"),
        ("Infinity", "not_an_amount"),
        ("１２", "not_an_amount"),
        ("1_000", "not_an_amount"),
        ("=1+1", "not_an_amount"),
        ("9" * 61, "not_an_amount"),
        ("9" * 60, "too_large"),
        (1e30, "too_large"),
        (float("inf"), "too_large"),
        (float("nan"), "too_large"),
        ("0,005", "part_of_ore"),
        ("0,0051", "part_of_ore"),
        (0.005, "part_of_ore"),
        (1 / 3, "part_of_ore"),
        ("5 tkr", "other_unit"),
        ("5 mkr", "other_unit"),
    ],
)
def test_what_is_no_amount_or_two_is_never_guessed(cell: str | float, kind: str):
    assert kind_of(cell) == kind


@given(AMOUNTS, st.sampled_from(["", " ", "\u00a0", "\u202f", "\u2009", "."]))
@example(125_050, ".")
def test_the_swedish_way_gives_the_exact_ore(ore: int, sign: str):
    kronor, rest = divmod(abs(ore), 100)
    written = f"{'-' if ore < 0 else ''}{grouped(kronor, sign)},{rest:02d}"

    assert read_amount(written, Unit.KR) == ore
    assert read_amount(written, Unit.KR, ",") == ore
    assert read_amount(f"{written} kr", Unit.KR) == ore


@given(AMOUNTS, st.sampled_from(["", ","]))
def test_the_english_way_gives_the_exact_ore(ore: int, sign: str):
    kronor, rest = divmod(abs(ore), 100)
    written = f"{grouped(kronor, sign)}.{rest:02d}"

    assert read_amount(f"-{written}", Unit.KR, ".") == -abs(ore)
    assert read_amount(f"({written})", Unit.KR, ".") == -abs(ore)
    assert read_amount(f"{written}-", Unit.KR, ".") == -abs(ore)
    if not sign:
        assert read_amount(written, Unit.KR) == abs(ore)


@given(AMOUNTS, st.sampled_from(Unit))
def test_a_number_of_a_spreadsheet_gives_the_exact_ore_in_every_unit(ore: int, unit: Unit):
    value = Decimal(ore) / ORE[unit]

    assert read_amount(float(value), unit) == ore
    assert read_amount(f"{value:f}".replace(".", ","), unit, ",") == ore


@given(st.text(max_size=80) | st.floats(), st.sampled_from(Unit), st.sampled_from([None, ",", "."]))
def test_nothing_at_all_breaks_the_reader(cell: str | float, unit: Unit, decimal: str | None):
    try:
        ore = read_amount(cell, unit, decimal)
    except NumberFault:
        return
    assert ore is None or format_amount(ore)

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.accounts.figures import csv_amount, csv_ore, day, sie_amount
from portfolio.accounts.ledger_csv import Mapped, Unit
from portfolio.accounts.report import Transaction
from portfolio.errors import UnreadableFile
from tests.accounts.ledgers import A_DAY, kinds, read_csv

MAPPED = Mapped("Datum", "Konto", "Belopp", "Projekt", "Ver")
HEADING = "Ver;Datum;Konto;Projekt;Belopp;Text\n"


def table(*rows: str, heading: str = HEADING, encoding: str = "utf-8") -> bytes:
    return (heading + "".join(f"{row}\n" for row in rows)).encode(encoding)


def test_columns_are_found_by_their_headings():
    content = table("A 1;2027-01-15;5010;P1;1 234,50;Hyra", "A 1;20270115;2440;;-1234.5;")

    head, transactions, issues = read_csv(content, MAPPED)

    assert transactions == [
        Transaction(2, "A 1", A_DAY, "5010", (("", "P1"),), 123450),
        Transaction(3, "A 1", A_DAY, "2440", (), -123450),
    ]
    assert issues == []
    assert (head.format, head.vouchers, head.transactions, head.years) == ("CSV", 1, 2, {2027: 2})
    assert head.voucher_lines == {"A 1": 2}


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_delimiter_is_told_from_the_heading(delimiter):
    content = table("A 1;2027-01-15;5010;P1;12.50;x").replace(b";", delimiter.encode())

    _, (row,), issues = read_csv(content, MAPPED)

    assert row.amount == 1250
    assert issues == []


def test_a_delimiter_that_is_given_holds():
    content = b"Ver;Datum,Konto,Projekt,Belopp;Datum;Konto;Projekt;Belopp\n1;2027-01-15;5010;P1;5\n"
    mapped = Mapped("Datum", "Konto", "Belopp", "Projekt", "Ver", delimiter=",")

    with pytest.raises(UnreadableFile):
        read_csv(content, mapped)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "cp437"])
def test_the_encoding_is_told_from_the_letters(encoding):
    content = table("A 1;2027-01-15;5010;Å1;1,00;Färg på lekplatsen", encoding=encoding)

    _, (row,), issues = read_csv(content, MAPPED)

    assert row.objects == (("", "Å1"),)
    assert issues == []


def test_quoted_cells_may_hold_the_delimiter_and_ends_of_lines():
    content = table('A 1;2027-01-15;5010;"P;1";1,00;"två\nrader"', "A 2;2027-01-15;5010;P2;x;")

    _, (row,), issues = read_csv(content, MAPPED)

    assert row.objects == (("", "P;1"),)
    assert kinds(issues) == [("error", "malformed_line", 4)]


@pytest.mark.parametrize(
    "row",
    [
        "A 1;2027-02-30;5010;P1;1,00;",
        "A 1;15/1 2027;5010;P1;1,00;",
        "A 1;2027-01-15;;P1;1,00;",
        f"A 1;2027-01-15;{'5' * 21};P1;1,00;",
        "A 1;2027-01-15;5010;P1;1,005;",
        "A 1;2027-01-15;5010;P1;1e3;",
        "A 1;2027-01-15;5010;P1;NaN;",
        "A 1;2027-01-15;5010;P1;;",
        "A 1;2027-01-15;5010",
        f"A 1;2027-01-15;5010;{'P' * 201};1,00;",
    ],
)
def test_a_row_that_cant_be_read_is_told_at_its_line(row):
    _, transactions, issues = read_csv(table("", row), MAPPED)

    assert transactions == []
    assert kinds(issues) == [("error", "malformed_line", 3)]


def test_an_amount_beyond_what_can_be_kept_is_told():
    _, _, issues = read_csv(table(f"A 1;2027-01-15;5010;P1;{10**29};"), MAPPED)

    assert kinds(issues) == [("error", "amount_too_large", 2)]


def test_a_wrong_byte_says_which_line_and_whether_it_matters():
    rows = [f"A 1;2027-01-15;5010;{name};1,00;{text}" for name, text in (("P1", "?"), ("P?", ""))]
    content = table("", *rows, *["A 2;2027-01-15;5010;P1;1,00;på"] * 2).replace(b"?", b"\xe5")

    _, transactions, issues = read_csv(content, MAPPED)

    assert [row.line for row in transactions] == [3, 5, 6]
    assert kinds(issues) == [("error", "undecodable", 4), ("warning", "undecodable", 3)]


def test_a_quotation_mark_without_its_other_half_is_told():
    rows = ['A 1;2027-01-15;5010;P1;1,00;"öppen'] + ["A 2;2027-01-15;5010;P1;1,00;x"] * 20_000

    _, _, issues = read_csv(table(*rows), MAPPED)

    assert [issue.kind for issue in issues] == ["malformed_line"]


def test_a_column_that_is_not_there_is_refused_with_those_that_are():
    mapped = Mapped("Bokföringsdatum", "Konto", "Belopp", "Objekt")

    with pytest.raises(UnreadableFile) as refused:
        read_csv(table(), mapped)

    assert [error.pointer for error in refused.value.errors] == ["/date_column", "/object_column"]
    assert "Ver, Datum, Konto, Projekt, Belopp, Text" in refused.value.errors[0].detail.en


def test_amounts_may_be_in_ore():
    mapped = Mapped("Datum", "Konto", "Belopp", "Projekt", unit=Unit.ORE)
    content = table("A 1;2027-01-15;5010;P1;1 250;", "A 1;2027-01-15;5010;P1;12,50;")

    _, (row,), issues = read_csv(content, mapped)

    assert row.amount == 1250
    assert kinds(issues) == [("error", "malformed_line", 3)]


@pytest.mark.parametrize(
    ("text", "ore"),
    [
        ("1234,5", 123450),
        ("1\u00a0234.50", 123450),
        ("-0,05", -5),
        ("0,05-", -5),
        ("\u22125", -500),
        ("+5", 500),
        ("1,2300", None),
        ("1.230", None),
        ("12,500", None),
        ("-5-", None),
        ("1,234", None),
        ("1,2,3", None),
        ("1.234,50", None),
        ("", None),
        ("-", None),
        ("٣", None),
        ("1_000", None),
        ("0x1", None),
        ("inf", None),
    ],
)
def test_kronor_are_read_as_people_write_them_or_not_at_all(text, ore):
    assert csv_amount(text) == ore


@given(st.integers(-(10**15), 10**15))
def test_every_way_of_writing_an_amount_gives_it_back(ore):
    text = f"{'-' if ore < 0 else ''}{abs(ore) // 100}.{abs(ore) % 100:02d}"

    assert sie_amount(text) == ore
    assert csv_amount(text.replace(".", ",")) == ore
    assert csv_ore(str(ore)) == ore


@given(st.text(max_size=12))
def test_any_text_is_an_amount_and_a_day_or_none(text):
    for read in (sie_amount, csv_amount, csv_ore):
        assert read(text) is None or isinstance(read(text), int)
    assert day(text) is None or isinstance(day(text), date)


@pytest.mark.parametrize("text", ["00000101", "99991231x", "2027-1-5", "2027-0115", "20271301"])
def test_a_day_that_does_not_exist_is_none(text):
    assert day(text) is None


def test_a_day_may_have_a_time():
    assert day("2027-01-15 08:30:00") == A_DAY

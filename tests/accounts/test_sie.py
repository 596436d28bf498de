import io
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portfolio.accounts.lines import LONGEST_LINE, Encoding, read_lines, survey
from portfolio.accounts.report import ReaderLimits, Transaction
from portfolio.accounts.sie import tokenise
from portfolio.errors import UnreadableFile
from tests.accounts.ledgers import (
    A_DAY,
    HEAD,
    Row,
    file,
    kinds,
    quoted,
    read,
    row,
    voucher,
    with_checksum,
)

SWEDISH = "abcÅÄÖåäöé"
TEXT = st.text(st.sampled_from(SWEDISH + ' "0-/{}#\t,.'), max_size=12)
NAME = st.text(st.sampled_from(SWEDISH + '09-/." '), min_size=1, max_size=8).filter(
    lambda name: name.strip() == name
)
AMOUNT = st.integers(-(10**12), 10**12)
ROW = st.tuples(
    st.from_regex(r"[1-8][0-9]{3}", fullmatch=True),
    AMOUNT,
    st.lists(st.tuples(st.sampled_from(["1", "6", "19"]), NAME), max_size=3),
    TEXT,
)
VOUCHER = st.tuples(st.dates(date(2027, 1, 1), date(2027, 12, 31)), st.lists(ROW, max_size=4), TEXT)


def written(ore: int) -> str:
    return f"{'-' if ore < 0 else ''}{abs(ore) // 100}.{abs(ore) % 100:02d}"


def balanced(rows, number, day, text):
    listed = [Row(account, written(ore), objects, said) for account, ore, objects, said in rows]
    rest = Row("2440", written(-sum(ore for _, ore, _, _ in rows)))
    head = f"#VER A {number} {day:%Y%m%d} {quoted(text)}"
    return [head, "{", *(row(one) for one in [*listed, rest]), "}"]


@pytest.mark.parametrize("encoding", ["cp437", "windows-1252", "utf-8", "utf-8-sig"])
@given(vouchers=st.lists(VOUCHER, max_size=4))
@example(vouchers=[(date(2027, 5, 1), [("5010", -5, [("6", 'Å"1')], '"å"')], "Åäö")])
def test_what_is_written_is_read_back_exactly(encoding, vouchers):
    parts = [
        balanced(rows, number, day, text) for number, (day, rows, text) in enumerate(vouchers, 1)
    ]
    # Enough letters that the encoding is told from them, whatever the rest.
    head = (*HEAD, '#FNAMN "Åsele och Örkelljunga, små kommuner på väg"')
    expected = [
        (f"A {number}", day, account, tuple(objects), ore)
        for number, (day, rows, _) in enumerate(vouchers, 1)
        for account, ore, objects, _ in [
            *rows,
            ("2440", -sum(ore for _, ore, _, _ in rows), [], ""),
        ]
    ]

    found, transactions, issues = read(file(*parts, head=head, encoding=encoding))

    assert [one[1:] for one in transactions] == expected
    assert issues == []
    assert found.vouchers == len(vouchers)


@given(line=st.text(max_size=80))
def test_any_line_is_tokenised(line):
    record = tokenise(line.replace("\n", " ").strip(), 1)

    assert record.line == 1


@given(
    content=st.binary(max_size=400).map(lambda rest: b"#FLAGGA 0\n#VER A 1 20270101\n{\n" + rest)
)
def test_no_bytes_make_the_reader_fail(content):
    try:
        found, _, issues = read(content)
    except UnreadableFile:
        return
    assert found.vouchers >= 1
    assert all(issue.detail.sv and issue.detail.en for issue in issues)


def test_a_row_has_its_objects_with_or_without_quotes():
    content = file(
        voucher("7", Row("5010", "100.50", [("6", "P 1"), ("1", "KS")], 'Någon \\" text'))
    )

    found, (first, second), issues = read(content)

    assert first == Transaction(10, "A 7", A_DAY, "5010", (("6", "P 1"), ("1", "KS")), 10050)
    assert second[2:] == (A_DAY, "2440", (), -10050)
    assert issues == []
    assert (found.format, found.program, found.names) == ("SIE 4E", "Ekonomi 8.1", ["main"])
    assert (found.first_day, found.last_day) == (date(2027, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("line", "objects", "fields"),
    [
        ("#TRANS 1910 {} 10", [], ["1910", "10"]),
        ("#trans\t1910\t{6 P1 1 KS}\t-10.5", ["6", "P1", "1", "KS"], ["1910", "-10.5"]),
        ('#TRANS "1910"{"6" "P1"}"10" ""', ["6", "P1"], ["1910", "10", ""]),
        ('#TRANS 1910 {6 "P \\"1\\""} 10', ["6", 'P "1"'], ["1910", "10"]),
        ('#TRANS 1910 {} 10 "1820\\A012 Cykel"', [], ["1910", "10", "1820\\A012 Cykel"]),
        ('#TRANS 1910 {} 10 "" "slut\\"', [], ["1910", "10", "", "slut\\"]),
    ],
)
def test_fields_may_be_written_in_many_ways(line, objects, fields):
    record = tokenise(line, 3)

    assert (record.label, record.objects, record.fields) == ("#TRANS", objects, fields)
    assert record.complete


def test_rows_that_were_added_or_taken_away_are_not_summed():
    rows = [
        row(Row("5010", "100.00"), "#RTRANS"),
        row(Row("5010", "100.00")),
        row(Row("5020", "70.00"), "#BTRANS"),
        row(Row("2440", "-100.00")),
    ]

    found, transactions, issues = read(file(["#VER A 1 20270115", "{", *rows, "}"]))

    assert [(one.account, one.amount) for one in transactions] == [
        ("5010", 10000),
        ("2440", -10000),
    ]
    assert found.transactions == 2
    assert issues == []


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_any_end_of_line_will_do(end):
    content = file(voucher("1", Row("5010", "1.00"))).replace(b"\r\n", end.encode())

    found, transactions, issues = read(content)

    assert len(transactions) == 2
    assert transactions[0].line == 10
    assert issues == []
    assert found.vouchers == 1


def test_labels_in_lower_case_blank_lines_and_unknown_labels_are_no_trouble():
    lines = ["", "#framtida 1 2", *voucher("1", Row("5010", "1.00")), "  ", "\x1a"]

    _, transactions, issues = read(file(line.lower() for line in lines))

    assert len(transactions) == 2
    assert issues == []


@pytest.mark.parametrize(
    ("more", "format", "whole"),
    [
        ((), "SIE 4I", False),
        (("#UB 0 1930 5.00",), "SIE 4E", True),
        (("#SIETYP 4E",), "SIE 4E", True),
        (("#SIETYP 4I", "#IB 0 1930 5.00"), "SIE 4I", False),
        (("#SIETYP 3", "#PSALDO 0 202701 5010 {6 P1} 5.00"), "SIE 3", True),
    ],
)
def test_an_export_of_a_whole_year_is_told_by_its_balances(more, format, whole):
    found, _, _ = read(file(head=["#FLAGGA 0", "#SIETYP 4", *more]))

    assert found.format == format
    assert found.whole == whole


# Issues, each with its line


def faults(*lines: str, head=HEAD, encoding="cp437"):
    return kinds(read(file(lines, head=head, encoding=encoding))[2])


def test_an_unbalanced_voucher_is_told_at_its_line():
    lines = ["#VER A 1 20270115", "{", "#TRANS 5010 {} 10.00", "#TRANS 2440 {} -9.99", "}"]

    assert faults(*lines) == [("error", "unbalanced_voucher", 8)]


def test_a_date_outside_the_fiscal_year_is_told_at_its_line():
    lines = [*voucher("1", Row("5010", "1.00")), *voucher("2", Row("5010", "1.00"), day="20280101")]

    assert faults(*lines) == [("error", "period_outside_year", 13)]


@pytest.mark.parametrize(
    "line",
    [
        "#TRANS 5010 {} 1.005",
        "#TRANS 5010 {} 1e3",
        "#TRANS 5010 {} NaN",
        "#TRANS 5010 {} 1,00",
        "#TRANS 5010 {} -",
        "#TRANS 5010 {}",
        "#TRANS {} 10.00",
        "#TRANS 5010 {6} 10.00",
        "#TRANS 5010 {6 P1 10.00",
        '#TRANS "5010 {} 10.00',
        f"#TRANS {'5' * 21} {{}} 10.00",
        f"#TRANS 5010 {{6 {'P' * 201}}} 10.00",
        "nothing of SIE",
    ],
)
def test_a_line_that_cant_be_read_is_told(line):
    lines = ["#VER A 1 20270115", "{", line, "}"]

    assert ("error", "malformed_line", 10) in faults(*lines)


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["#TRANS 5010 {} 1.00"], 8),
        (["{"], 8),
        (["}"], 8),
        (["#VER A 1 20270115", "#TRANS 5010 {} 1.00"], 9),
        (["#VER A 1 20270115", "{", "{", "}"], 10),
        (["#VER A 1 20270115", "{", "#VER A 2 20270115", "{", "}"], 10),
        (["#VER A 1 20270115", "{", "#TRANS 5010 {} 0.00"], 10),
        (["#VER A 1 20271332", "{", "}"], 8),
        (["#VER A 1", "{", "}"], 8),
        (["#VER A 1 20270115", "{", "}", "#RAR 0 20280101 20281231"], 11),
    ],
)
def test_a_voucher_that_is_not_whole_is_told(lines, line):
    assert faults(*lines) == [("error", "malformed_line", line)]


def test_a_text_that_never_ends_does_no_harm():
    lines = ["#VER A 1 20270115", "{", '#TRANS 5010 {} 0.00 20270115 "Kvitto', "}"]

    assert faults(*lines) == [("warning", "malformed_line", 10)]


def test_an_amount_beyond_what_can_be_kept_is_told_and_never_computed_with():
    lines = ["#VER A 1 20270115", "{"]
    lines += [f"#TRANS 5010 {{}} {10**29}", f"#TRANS 2440 {{}} -{10**29}", "}"]

    assert faults(*lines) == [("error", "amount_too_large", 10), ("error", "amount_too_large", 11)]


@pytest.mark.parametrize("encoding", ["cp437", "windows-1252", "utf-8"])
@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ('#TRANS 5010 {6 "P1"} 0.00 20270115 "k?p"', "warning"),
        ('#TRANS 5010 {6 "P?1"} 0.00', "error"),
        ('#TRANS 50?10 {6 "P1"} 0.00', "error"),
        ('#TRANS 5010 {6 "P1"} 0.?00', "error"),
    ],
)
def test_a_wrong_byte_says_which_line(encoding, line, severity):
    head = (*HEAD, '#FNAMN "Åsele, Örnsköldsvik och Älvsbyn på väg"')
    content = file(["#VER A 1 20270115", "{", line, "}"], head=head, encoding=encoding)
    # What å is in another encoding, or what no text has.
    wrong = {"cp437": b"\xe5", "windows-1252": b"\x86", "utf-8": b"\xe5"}[encoding]

    _, _, issues = read(content.replace(b"?", wrong))

    assert (severity, "undecodable", 11) in kinds(issues)
    assert (severity == "error") == any(issue.severity == "error" for issue in issues)


def test_a_nul_far_into_the_file_is_told_at_its_line():
    lines = ["#PROSA x"] * 10_000 + ["#VER A 1 20270115", "{", "#TRANS 5010 {6 P\0} 0.00", "}"]

    assert ("error", "undecodable", 10_010) in faults(*lines)


def test_issues_are_kept_to_a_thousand_of_a_kind_and_counted():
    lines = [f"#TRANS 5010 {{}} {number}.001" for number in range(1234)]

    _, _, issues = read(file(["#VER A 1 20270115", "{", *lines, "}"]))

    assert len(issues) == 1001
    assert issues[-1].line is None
    assert issues[-1].detail.en == "234 more of the same kind are not shown."


def test_more_transactions_than_are_read_are_refused_and_not_cut_off_silently():
    content = file(voucher("1", Row("5010", "1.00"), Row("5010", "1.00"), Row("5010", "1.00")))

    _, transactions, issues = read(content, limits=ReaderLimits(transactions=3))

    assert len(transactions) == 3
    assert kinds(issues) == [("error", "too_many_transactions", 13)]


# The checksum


COUNTED = ("#FLAGGA0", '#PROSAEn "liten"  fil, å', "#VERA120270115", "#TRANS50106P10.00")
CHECKED = (
    "#FLAGGA  0",
    '#PROSA "En \\"liten\\"  fil, å"',
    "#VER\tA 1 20270115",
    "{",
    '#TRANS 5010 {6 "P1"} 0.00',
    "}",
)


def test_a_checksum_that_is_right_is_silent():
    assert kinds(read(with_checksum(file(head=CHECKED), *COUNTED))[2]) == []


def test_a_checksum_over_labels_without_their_sign_is_right_as_well():
    bare = [text.removeprefix("#") for text in COUNTED]

    assert kinds(read(with_checksum(file(head=CHECKED), *bare))[2]) == []


@pytest.mark.parametrize(
    ("old", "new"), [(b"0.00", b"0.01"), (b"fil", b"bil"), (b"#KSUMMA ", b"#KSUMMA 1")]
)
def test_a_file_that_was_changed_has_a_wrong_checksum(old, new):
    content = with_checksum(file(head=CHECKED), *COUNTED).replace(old, new)

    assert ("error", "wrong_checksum", 8) in kinds(read(content)[2])


def test_a_file_that_was_cut_off_lacks_its_checksum():
    assert kinds(read(b"#KSUMMA\n" + file(head=CHECKED))[2]) == [("error", "wrong_checksum", 7)]


# What is not a ledger


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \r\n\t\n",
        b"<!DOCTYPE html><html>#FLAGGA 0</html>",
        b'\xef\xbb\xbf<?xml version="1.0"?><Sie/>',
        "#FLAGGA 0\r\n".encode("utf-16"),
        "#FLAGGA 0\r\n".encode("utf-16-le"),
        b"PK\x03\x04#FLAGGA 0",
        b"#FLAGGA 0\n#PROSA " + b"x" * LONGEST_LINE,
    ],
)
def test_what_is_no_text_of_a_ledger_is_refused(content):
    with pytest.raises(UnreadableFile):
        survey(io.BytesIO(content))


@pytest.mark.parametrize("encoding", ["cp437", "windows-1252", "utf-8", "utf-8-sig"])
def test_the_encoding_is_told_from_swedish_letters(encoding):
    content = '#FNAMN "Småland"\n#KONTO 5010 "Hyra för skola"'.encode(encoding)

    found = survey(io.BytesIO(content))

    assert found.encoding == encoding.removesuffix("-sig")
    assert found.is_sie
    assert found.has_letters


def test_a_file_in_ascii_is_read_as_the_standard_says():
    found = survey(io.BytesIO(b"#FLAGGA 0"))

    assert (found.encoding, found.has_letters) == (Encoding.CP437, False)


@given(
    st.lists(st.binary(max_size=5).map(lambda line: line.translate(None, b"\r\n"))),
    st.sampled_from([b"\r", b"\n", b"\r\n"]),
)
def test_lines_are_the_same_wherever_blocks_end(lines, end):
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(1 if size else size)

    content = end.join(lines)

    assert list(read_lines(Slow(content))) == content.splitlines(keepends=True)

"""Files as they come: of two kinds, in several encodings, and meant to do harm."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it has no types
from fastapi.testclient import TestClient

from portfolio.errors import UnreadableFile
from portfolio.table_imports.rules import Broken
from portfolio.table_imports.sheets import Sheet, SheetLimits, SheetRequest, read_sheet
from tests import scenario
from tests.table_imports.sending import PLANS, YEARS, Rows, csv, pointers, previewed, send, xlsx

Keys = dict[str, dict[str, str]]
NAMES = ["Benämning", "Belopp"]
TABLE = [NAMES, ["Gångväg å ä ö Å Ä Ö", "1 250,50"]]


def read(tmp_path: Path, content: bytes, wanted: list[str] = NAMES, **request: Any) -> Sheet:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return read_sheet(path, SheetRequest(wanted, **request))


def refusal(tmp_path: Path, content: bytes, **request: Any) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path, content, **request)
    return caught.value


def book(fill: Any) -> bytes:
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer)
    sheet = workbook.add_worksheet()
    sheet.write_row(0, 0, NAMES)
    fill(workbook, sheet)
    workbook.close()
    return buffer.getvalue()


def repacked(content: bytes, part: str, change: Any) -> bytes:
    """The same archive with one part changed, or added."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            kept = old.read(name)
            new.writestr(name, change(kept) if name == part else kept)
    return buffer.getvalue()


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"")
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
PLAIN = xlsx(Blad=TABLE)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp1252", "cp1252"), ("utf-16", "utf-16")],
)
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_delimiter_and_the_encoding_are_found(
    tmp_path: Path, encoding: str, found: str, delimiter: str
):
    rows = [NAMES, ["Gångväg å ä ö Å Ä Ö", '"1 250,50"'], ["Åre", '"-5,5"'], ["Ön", '"7"']]

    sheet = read(tmp_path, csv(rows, delimiter, encoding))

    assert (sheet.format, sheet.encoding, sheet.delimiter) == ("csv", found, delimiter)
    assert sheet.rows[0] == (2, ["Gångväg å ä ö Å Ä Ö", "1 250,50"])


def test_decimal_commas_are_no_delimiters(tmp_path: Path):
    rows = [["Namn, kort", "Belopp"], *([f"a, b, {n}", f"{n},50"] for n in range(9))]

    sheet = read(tmp_path, csv(rows), wanted=["Namn, kort", "Belopp"])

    assert sheet.delimiter == ";"
    assert sheet.rows[3] == (5, ["a, b, 3", "3,50"])


def test_the_sender_says_how_text_is_written(tmp_path: Path):
    content = csv(TABLE, encoding="mac-roman")

    assert read(tmp_path, content, encoding="mac-roman").rows[0][1][0] == TABLE[1][0]
    assert "utf-8" in refusal(tmp_path, content, encoding="utf-8").detail.en


def test_rows_are_counted_as_the_spreadsheet_counts_them(tmp_path: Path):
    content = '"Benämning";Belopp\r\n"två\nrader";1\r\n\r\n;\r\nsist;2\r\n'.encode()

    assert [number for number, _ in read(tmp_path, content).rows] == [2, 5]


def test_headers_are_compared_on_one_line(tmp_path: Path):
    rows: Rows = [["ingress"], [" Benämning ", "Belopp\n(kr)", 2027], ["a", 1, 2]]

    sheet = read(
        tmp_path, xlsx(Blad=rows), wanted=["Benämning", "Belopp (kr)", "2027"], header_row=2
    )

    assert sheet.rows == [(3, ["a", 1.0, 2.0])]


def test_every_kind_of_cell_is_read(tmp_path: Path):
    def fill(workbook: Any, sheet: Any) -> None:
        dated = workbook.add_format({"num_format": "yyyy-mm-dd"})
        money = workbook.add_format({"num_format": '# ##0 "kr i dag";[Red]-# ##0'})
        sheet.write_row(1, 0, ["text", 0.1])
        sheet.write_boolean(2, 0, True)
        sheet.write_number(2, 1, 46082, dated)
        sheet.write_number(3, 1, 46082, money)
        sheet.write_formula(4, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(5, 1, "=1+1", None, 2)
        sheet.write_formula(6, 1, "=SUM(A1)", None, "")
        sheet.write_rich_string(7, 0, "fet ", dated, "stil")
        sheet.write_number(8, 1, 46082.5, dated)
        sheet.write_url(9, 0, "https://example.org/", string="länk")

    rows = [row for _, row in read(tmp_path, book(fill)).rows]

    assert rows[0] == ["text", 0.1]
    assert rows[1] == ["true", "2026-03-01"]
    assert rows[2] == [None, 46082.0]
    assert rows[3] == [None, Broken("#DIV/0!")]
    assert rows[4] == [None, 2.0]
    assert rows[5][1] in (None, Broken("=SUM(A1)"))
    assert rows[6][0] == "fet stil"
    assert rows[7][1] == "2026-03-01T12:00:00"
    assert rows[8][0] == "länk"


def test_a_formula_that_was_never_calculated_is_not_taken_for_nothing(tmp_path: Path):
    content = book(lambda _, sheet: sheet.write_formula(1, 1, "=A1+1", None, 7))
    content = repacked(content, SHEET, lambda part: part.replace(b"<v>7</v>", b""))

    assert read(tmp_path, content).rows == [(2, [None, Broken("=A1+1")])]


def test_the_only_visible_sheet_is_the_one(tmp_path: Path):
    def fill(workbook: Any, _: Any) -> None:
        workbook.add_worksheet("Listor").hide()

    assert read(tmp_path, book(fill)).sheet == "Sheet1"


@pytest.mark.parametrize("sheet", [None, "Finns inte"])
def test_of_several_sheets_one_is_named(tmp_path: Path, sheet: str | None):
    content = xlsx(**{"2026": TABLE, "2027": TABLE})

    refused = refusal(tmp_path, content, sheet=sheet)

    assert "2026, 2027" in refused.detail.en
    assert [error.pointer for error in refused.errors] == ["/sheet"]
    assert read(tmp_path, content, sheet="2027").sheet == "2027"


def test_a_header_that_is_there_twice_is_refused(tmp_path: Path):
    refused = refusal(tmp_path, csv([["Benämning", "Belopp", "Belopp"], ["a", 1, 2]]))

    assert [error.detail.en for error in refused.errors] == ["Belopp is there twice."]


def test_a_sheet_far_too_long_or_wide_is_refused_or_cut(tmp_path: Path):
    few = SheetLimits(rows=3, columns=2)

    assert "3 rows" in refusal(tmp_path, csv([NAMES, *[["a", 1]] * 4]), limits=few).detail.en
    assert len(read(tmp_path, csv([NAMES, *[["a", 1]] * 3]), limits=few).rows) == 3
    wide = xlsx(Blad=[["x", "y", *NAMES]])
    assert "headers: x, y" in refusal(tmp_path, wide, limits=few).detail.en
    assert read(tmp_path, book(lambda _, s: s.write(1_048_575, 16_383, 1))).rows == []


def test_long_texts_are_cut(tmp_path: Path):
    assert len(read(tmp_path, csv([NAMES, ["a" * 40_000, 1]])).rows[0][1][0]) == 32_767  # type: ignore[arg-type]


STRANGE = {
    "xls or encrypted": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
    "html called xls": b"<html><table><tr><td>Projekt</td></tr></table></html>",
    "html with a bom": b"\xef\xbb\xbf\n<!DOCTYPE html><html></html>",
    "xml": b"<?xml version='1.0'?><Workbook/>",
    "pdf": b"%PDF-1.7",
    "empty": b"",
    "binary": bytes(range(256)) * 10,
    "nul": b"Projekt;2027\r\nLIN-01;\x00\r\n",
    "zip of nothing": b"PK\x03\x04 and then no more",
    "empty zip": b"PK\x05\x06" + bytes(18),
    "cut off": PLAIN[: len(PLAIN) // 2],
    "no sheet xml": repacked(PLAIN, "xl/workbook.xml", lambda _: b"<workbook/>"),
    "broken xml": repacked(PLAIN, SHEET, lambda part: part[:-40]),
    "entities": repacked(
        PLAIN,
        SHEET,
        lambda part: part.replace(b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet'),
    ),
    "bad reference": repacked(PLAIN, SHEET, lambda part: part.replace(b'r="A2"', b'r="2A"')),
    "no such string": repacked(PLAIN, SHEET, lambda part: part.replace(b"<v>2</v>", b"<v>99</v>")),
    "no number": repacked(PLAIN, SHEET, lambda part: part.replace(b"<v>0</v>", b"<v>x</v>")),
    "binary workbook": zipped("xl/workbook.bin"),
    "word": zipped("word/document.xml"),
}


@pytest.fixture
def finance(client: TestClient, keys: Keys) -> dict[str, str]:
    scenario.put_municipality(client, keys["admin"])
    scenario.put_investment(client, keys["admin"])
    return keys["finance"]


@pytest.mark.parametrize("content", STRANGE.values(), ids=STRANGE.keys())
def test_what_is_no_spreadsheet_is_refused_and_nothing_is_kept(
    client: TestClient, finance: dict[str, str], content: bytes
):
    answer = send(client, finance, PLANS, content, YEARS, type="capital")

    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "/problems/unreadable-file"
    assert "damaged or too large" not in answer.json()["detail"]
    assert client.get(PLANS, headers=finance).json()["total"] == 0


def test_a_zip_bomb_is_refused(client: TestClient, finance: dict[str, str]):
    bomb = repacked(PLAIN, "xl/sharedStrings.xml", lambda _: bytes(310 * 2**20))

    answer = send(client, finance, PLANS, bomb, YEARS, type="capital")

    assert answer.json()["type"] == "/problems/unreadable-file"
    assert "too large when unpacked" in answer.json()["detail"]


def test_a_zip_bomb_that_lies_about_its_size_is_refused(tmp_path: Path):
    bomb = repacked(PLAIN, SHEET, lambda part: part.replace(b"<row", b" " * 2**20 + b"<row"))
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        size = archive.getinfo(SHEET).file_size
    lying = bomb.replace(size.to_bytes(4, "little"), (99).to_bytes(4, "little"))
    small = SheetLimits(unpacked_bytes=2**20)

    assert "too large" in refusal(tmp_path, bomb, limits=small).detail.en
    assert "damaged" in refusal(tmp_path, lying, limits=small).detail.en


def test_links_to_other_files_and_formulas_are_never_followed(
    client: TestClient, finance: dict[str, str]
):
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Projekt", "2027", "2028"])
        sheet.write_formula(1, 0, '=HYPERLINK("http://127.0.0.1:9/")', None, "LIN-01")
        sheet.write_formula(1, 1, "='[http://127.0.0.1:9/a.xlsx]Blad'!A1", None, 5)
        sheet.write_formula(1, 2, "=cmd|' /C calc'!A0", None, "=cmd|' /C calc'!A0")

    shown = previewed(send(client, finance, PLANS, book(fill), YEARS, type="capital"))

    assert [(one["kind"], one["column"]) for one in shown["issues"]] == [("not_an_amount", "2028")]


def test_a_broken_cell_is_an_issue_at_its_place(client: TestClient, finance: dict[str, str]):
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Projekt", "2027", "2028"])
        sheet.write_row(1, 0, ["LIN-01", 1])
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")

    shown = previewed(send(client, finance, PLANS, book(fill), YEARS, type="capital"))

    [issue] = shown["issues"]
    assert (issue["kind"], issue["row"], issue["column"]) == ("broken_cell", 2, "2028")
    assert "#DIV/0!" in issue["detail"]


def test_a_text_instead_of_a_file_is_refused(client: TestClient, finance: dict[str, str]):
    form = {"file": "Projekt", "unit": "kr", "columns": '{"investment": "Projekt"}'}

    answer = client.post(PLANS, headers=finance, data=form, files={"x": ("x", b"")})

    assert "/file" in pointers(answer)

"""Tables as CSV and XLSX that open right in a Swedish Excel. Pure.

Cells come as in JSON, but money as öre and lists as tuples of texts.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # it has no types

from portfolio.amounts import format_amount
from portfolio.language import Language
from portfolio.reports.columns import Column
from portfolio.reports.units import Unit

BOM = "\ufeff"
# A text that begins like this is taken for a formula when the file is opened.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# So many characters of a CSV file are sent together.
PIECE = 64_000
# The widest a column is made, and the least; in characters.
WIDEST, NARROWEST = 60, 8
SWEDISH_DATE = "yyyy-mm-dd"


def as_csv(
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    language: Language,
    unit: Unit = Unit.KR,
) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, semicolons, and a decimal comma; in pieces of many lines."""
    text = io.StringIO()
    text.write(BOM)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([label_of(column, language, unit) for column in columns])
    for row in rows:
        writer.writerow([_csv_cell(column, row[column.name], unit) for column in columns])
        if text.tell() > PIECE:
            yield _taken(text)
    yield _taken(text)


def label_of(column: Column, language: Language, unit: Unit) -> str:
    """Amounts say what they are in, unless it is kronor."""
    label = column.label.in_language(language)
    return f"{label} ({unit})" if column.kind == "money" and unit is not Unit.KR else label


def _taken(text: io.StringIO) -> bytes:
    found = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return found


def _csv_cell(column: Column, value: Any, unit: Unit) -> Any:
    if value is None:
        return ""
    if column.kind == "money":
        return format_amount(value).replace(".", ",") if unit is Unit.KR else value
    if column.kind == "number":
        return value
    if column.kind == "date":
        return value.isoformat()
    return guarded(_text(value))


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def as_xlsx(
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    language: Language,
    *,
    sheet: str,
    unit: Unit = Unit.KR,
) -> bytes:
    """Numbers as numbers, dates as dates, the header frozen, columns as wide as what they hold."""
    with tempfile.TemporaryDirectory(prefix="table-", ignore_cleanup_errors=True) as folder:
        return _as_xlsx(columns, rows, language, sheet, unit, folder)


def _as_xlsx(
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    language: Language,
    sheet: str,
    unit: Unit,
    folder: str,
) -> bytes:
    file = io.BytesIO()
    options = {
        # What the library has half written when it fails, it leaves behind.
        "tmpdir": folder,
        # A row is written and forgotten: a long table does not fill the memory.
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(file, options)
    try:
        _fill(book, columns, rows, language, sheet, unit)
        book.close()
    finally:
        _let_go(book)
    return file.getvalue()


def _let_go(book: Any) -> None:
    """Close what the library has open for its pages, which it leaves so when it fails."""
    for page in book.worksheets():
        with suppress(OSError):
            page.row_data_fh.close()


def _fill(
    book: Any,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    language: Language,
    sheet: str,
    unit: Unit,
) -> None:
    formats = {
        "money": book.add_format({"num_format": "#,##0.00" if unit is Unit.KR else "#,##0"}),
        "date": book.add_format({"num_format": SWEDISH_DATE}),
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
    }
    page = book.add_worksheet(sheet)
    labels = [label_of(column, language, unit) for column in columns]
    page.write_row(0, 0, labels, formats["head"])
    # The header may wrap between words, so its longest word is what must fit.
    widths = [max((len(word) for word in label.split()), default=0) + 3 for label in labels]
    number = 0
    for number, row in enumerate(rows, start=1):
        _write_row(page, number, columns, row, formats, 100 if unit is Unit.KR else 1)
        for index, column in enumerate(columns):
            widths[index] = max(widths[index], _length(column, row[column.name]) + 1)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, max(number, 1), len(columns) - 1)
    for index, width in enumerate(widths):
        page.set_column(index, index, min(max(width, NARROWEST), WIDEST))


def _write_row(
    page: Any,
    number: int,
    columns: Sequence[Column],
    row: Mapping[str, Any],
    formats: Any,
    divisor: int,
) -> None:
    for index, column in enumerate(columns):
        value = row[column.name]
        if value is None or value == ():
            continue
        if column.kind == "money":
            # Exact in a double up to 90 000 billion kronor.
            page.write_number(number, index, value / divisor, formats["money"])
        elif column.kind == "number":
            page.write_number(number, index, value)
        elif column.kind == "date":
            page.write_datetime(number, index, value, formats["date"])
        else:
            page.write_string(number, index, _text(value)[:32_767])


def _length(column: Column, value: Any) -> int:
    if value is None:
        return 0
    if column.kind == "money":
        digits = len(format_amount(value))
        return digits + (digits - 3) // 3
    if isinstance(value, date):
        return len(SWEDISH_DATE)
    return len(_text(value))

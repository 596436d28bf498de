"""Tables as CSV and XLSX that open right in a Swedish Excel. Pure.

Cells come as in JSON, but money as öre and lists as tuples of texts.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # it has no types

from portfolio.amounts import format_amount
from portfolio.language import Language
from portfolio.reports.columns import Column

BOM = "\ufeff"
# A text that begins like this is taken for a formula when the file is opened.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# The widest a column is made, and the least; in characters.
WIDEST, NARROWEST = 60, 8
SWEDISH_DATE = "yyyy-mm-dd"


def as_csv(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], language: Language
) -> bytes:
    """UTF-8 with a byte order mark, semicolons, and a decimal comma."""
    text = io.StringIO()
    text.write(BOM)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([column.label.in_language(language) for column in columns])
    for row in rows:
        writer.writerow([_csv_cell(column, row[column.name]) for column in columns])
    return text.getvalue().encode()


def _csv_cell(column: Column, value: Any) -> Any:
    if value is None:
        return ""
    if column.kind == "money":
        return format_amount(value).replace(".", ",")
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
    rows: Sequence[Mapping[str, Any]],
    language: Language,
    *,
    sheet: str,
) -> bytes:
    """Numbers as numbers, dates as dates, the header frozen, columns as wide as what they hold."""
    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        formats = {
            "money": book.add_format({"num_format": "#,##0.00"}),
            "date": book.add_format({"num_format": SWEDISH_DATE}),
            "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        }
        page = book.add_worksheet(sheet)
        labels = [column.label.in_language(language) for column in columns]
        page.write_row(0, 0, labels, formats["head"])
        for number, row in enumerate(rows, start=1):
            _write_row(page, number, columns, row, formats)
        page.freeze_panes(1, 1)
        page.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        for index, column in enumerate(columns):
            page.set_column(index, index, _width(column, labels[index], rows))
    return file.getvalue()


def _write_row(
    page: Any, number: int, columns: Sequence[Column], row: Mapping[str, Any], formats: Any
) -> None:
    for index, column in enumerate(columns):
        value = row[column.name]
        if value is None or value == ():
            continue
        if column.kind == "money":
            # Exact in a double up to 90 000 billion kronor.
            page.write_number(number, index, value / 100, formats["money"])
        elif column.kind == "number":
            page.write_number(number, index, value)
        elif column.kind == "date":
            page.write_datetime(number, index, value, formats["date"])
        else:
            page.write_string(number, index, _text(value)[:32_767])


def _width(column: Column, label: str, rows: Sequence[Mapping[str, Any]]) -> int:
    # The header may wrap between words, so its longest word is what must fit.
    longest = max((len(word) for word in label.split()), default=0) + 3
    for row in rows:
        longest = max(longest, _length(column, row[column.name]) + 1)
    return min(max(longest, NARROWEST), WIDEST)


def _length(column: Column, value: Any) -> int:
    if value is None:
        return 0
    if column.kind == "money":
        digits = len(format_amount(value))
        return digits + (digits - 3) // 3
    if isinstance(value, date):
        return len(SWEDISH_DATE)
    return len(_text(value))

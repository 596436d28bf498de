"""Reading an uploaded sheet of indicators, without a session of the database."""

from collections.abc import Sequence
from typing import BinaryIO

from portfolio.errors import FieldError, UnreadableFile
from portfolio.indicator_imports.judging import SYNONYMS, WANTED
from portfolio.table_imports.rules import Row, Source
from portfolio.table_imports.sheet_files import read_table
from portfolio.table_imports.sheets import SheetLimits, SheetRequest

# 6 000 areas for eight years.
MOST_ROWS = 50_000


def read_figures(
    file: BinaryIO,
    filename: str,
    *,
    most_bytes: int,
    sheet: str | None = None,
    encoding: str | None = None,
) -> tuple[Source, list[Row]]:
    """Read the columns `code`, `year` and `value`, in English or Swedish.

    Raises:
        UnreadableFile: It is neither XLSX nor CSV, or lacks a column.
    """
    limits = SheetLimits(rows=MOST_ROWS, file_bytes=most_bytes)
    request = SheetRequest(WANTED, sheet=sheet, encoding=encoding, limits=limits, synonyms=SYNONYMS)
    try:
        return read_table(file, filename, request)
    except UnreadableFile as refusal:
        detail, errors = refusal.detail, _in_the_form(refusal.errors)
        raise UnreadableFile(detail.sv, detail.en, errors) from refusal


def _in_the_form(errors: Sequence[FieldError]) -> list[FieldError]:
    """The form asks for no columns or header row: those are the file's."""
    own = ("/columns", "/header_row")
    return [
        FieldError("/file" if error.pointer in own else error.pointer, error.detail)
        for error in errors
    ]

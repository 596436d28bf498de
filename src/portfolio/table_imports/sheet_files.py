"""Read an uploaded spreadsheet, XLSX or CSV, in a process of its own.

The file is opened and understood by `sheet_child`, in the cage; its answer is checked here.
"""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from portfolio.areas import cage
from portfolio.areas.reader_process import copy_upload, run_reader, unfinished
from portfolio.errors import FieldError, UnreadableFile
from portfolio.language import Text
from portfolio.table_imports import sheet_child
from portfolio.table_imports.rules import Broken, Cell, Row, Source
from portfolio.table_imports.sheets import SheetRequest

LARGEST_ANSWER_BYTES = 100 * 2**20


@dataclass(frozen=True)
class _Sheet:
    format: str
    sheet: str | None
    encoding: str | None
    delimiter: str | None
    rows: list[tuple[int, list[str | float | tuple[str] | None]]]


@dataclass(frozen=True)
class _Refusal:
    detail: Text
    errors: tuple[FieldError, ...]


@dataclass(frozen=True)
class _Answer:
    sheet: _Sheet | None = None
    refusal: _Refusal | None = None


_answer = TypeAdapter(_Answer)


def read_table(file: BinaryIO, filename: str, request: SheetRequest) -> tuple[Source, list[Row]]:
    """Read the wanted columns of one sheet, row by row.

    Raises:
        UnreadableFile: As `sheets.read_sheet` says, or the reader came to no end.
    """
    with tempfile.TemporaryDirectory(prefix="sheet-") as name:
        folder = Path(name)
        sha256 = copy_upload(file, folder / sheet_child.UPLOAD, request.limits.file_bytes)
        stated = json.dumps(asdict(request))
        (folder / sheet_child.REQUEST).write_text(stated, "utf-8")
        environment = cage.bare_environment(folder)
        run_reader(sheet_child.__name__, folder, environment, request.limits.seconds)
        sheet = _take_answer(folder)
    rows = [_row(number, request.wanted, cells) for number, cells in sheet.rows]
    source = Source(
        filename, sha256, sheet.format, sheet.sheet, len(rows), sheet.encoding, sheet.delimiter
    )
    return source, rows


def _row(number: int, names: Sequence[str], cells: list[str | float | tuple[str] | None]) -> Row:
    read: list[Cell] = [Broken(cell[0]) if isinstance(cell, tuple) else cell for cell in cells]
    return Row(number, dict(zip(names, read, strict=True)))


def _take_answer(folder: Path) -> _Sheet:
    path = folder / sheet_child.ANSWER
    if not path.is_file() or path.stat().st_size > LARGEST_ANSWER_BYTES:
        raise unfinished(folder)
    try:
        answer = _answer.validate_json(path.read_bytes())
    except ValidationError as error:
        raise unfinished(folder) from error
    if answer.refusal is not None:
        detail = answer.refusal.detail
        raise UnreadableFile(detail.sv, detail.en, answer.refusal.errors)
    if answer.sheet is None:
        raise unfinished(folder)
    return answer.sheet

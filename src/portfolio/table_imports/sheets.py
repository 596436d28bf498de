"""A sheet of a file as rows of cells, XLSX or CSV. `sheet_child` calls this inside the cage."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from portfolio.errors import FieldError, UnreadableFile
from portfolio.language import Text
from portfolio.table_imports.rules import LARGEST_CELL, Cell
from portfolio.table_imports.workbooks import open_sheet

DELIMITERS = (";", "\t", ",")
ENCODINGS = (
    "utf-8",
    "cp1252",
    "iso-8859-1",
    "iso-8859-15",
    "utf-16",
    "mac-roman",
    "cp850",
    "cp437",
)
SNIFFED_ROWS = 50
SEND_INSTEAD = Text(
    "Skicka en .xlsx utan lösenord eller CSV.", "Send an .xlsx without a password, or CSV."
)
# Signature of what people send by mistake, what it is in Swedish and in English.
STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (
        rb"\xd0\xcf\x11\xe0",
        "en äldre Excelfil (.xls) eller skyddad med lösenord",
        "an older Excel file (.xls), or protected by a password",
    ),
    (rb"%PDF", "en PDF", "a PDF"),
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b", "ett arkiv", "an archive"),
    (rb"(?i)\s*<(!doctype |html|table|meta)", "en webbsida", "a web page"),
    (rb"\s*<", "en XML-fil", "XML"),
)


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """How much one file may ask for; what goes beyond is refused."""

    rows: int = 20_000
    columns: int = 200
    file_bytes: int = 100 * 2**20
    unpacked_bytes: int = 300 * 2**20
    memory_bytes: int = 2 * 2**30
    seconds: int = 60


@dataclass(frozen=True, slots=True)
class SheetRequest:
    """What the person who sends a file says about it."""

    wanted: Sequence[str]
    header_row: int = 1
    sheet: str | None = None
    encoding: str | None = None
    limits: SheetLimits = field(default_factory=SheetLimits)
    # Other ways to write a wanted header, in small letters.
    synonyms: Mapping[str, str] = field(default_factory=dict)

    def meant(self, cell: Cell) -> str:
        """A header as `wanted` has it, if it is one of its synonyms."""
        found = heading(cell)
        return self.synonyms.get(found.casefold(), found)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The wanted columns of a sheet; each row with its number, counted from 1."""

    format: str
    sheet: str | None
    encoding: str | None
    delimiter: str | None
    rows: list[tuple[int, list[Cell]]]


Rows = Iterator[tuple[int, list[Cell]]]


def read_sheet(path: Path, request: SheetRequest) -> Sheet:
    """Read the wanted columns of one sheet.

    Raises:
        UnreadableFile: It is neither XLSX nor text, damaged, too large, or has no such sheet or
            column; `errors` point to `/sheet`, `/encoding`, `/header_row`, `/columns`.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK"):
        with (
            open_sheet(path, request.sheet, request.limits.unpacked_bytes) as (name, rows),
            closing(rows),
        ):
            return Sheet("xlsx", name, None, None, _pick(rows, request))
    for signature, sv, en in STRANGERS:
        if re.match(signature, head.removeprefix(b"\xef\xbb\xbf")):
            raise UnreadableFile(
                f"Filen är {sv}. {SEND_INSTEAD.sv}", f"The file is {en}. {SEND_INSTEAD.en}"
            )
    text, encoding = _decode(path.read_bytes(), request.encoding)
    delimiter = _sniff(text, request)
    return Sheet("csv", None, encoding, delimiter, _pick(_records(text, delimiter), request))


# Text


def _decode(content: bytes, stated: str | None) -> tuple[str, str]:
    """The text and how it was written; UTF-8 if it can be that, otherwise as Windows writes."""
    tried = [stated] if stated else ["utf-8", "cp1252"]
    if not stated and content.startswith((b"\xff\xfe", b"\xfe\xff")):
        tried = ["utf-16"]
    for encoding in tried:
        try:
            text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, encoding
    raise UnreadableFile(
        f"Filens text kunde inte läsas som {tried[-1]}; ange encoding, till exempel utf-8.",
        f"The file's text could not be read as {tried[-1]}; give encoding, such as utf-8.",
        [
            _at(
                "/encoding",
                f"Välj bland {', '.join(ENCODINGS)}.",
                f"One of {', '.join(ENCODINGS)}.",
            )
        ],
    )


def _sniff(text: str, request: SheetRequest) -> str:
    """The delimiter by which most of the wanted headers are there, and most rows as long."""

    def merit(delimiter: str) -> tuple[int, bool, int]:
        sample = _sample(text, delimiter, request.header_row - 1 + SNIFFED_ROWS)
        header = next((row for number, row in sample if number == request.header_row), [])
        found = {request.meant(cell) for cell in header} & set(request.wanted)
        alike = sum(len(row) == len(header) for _, row in sample)
        return len(found), len(header) > 1, alike

    return max(DELIMITERS, key=merit)


def _sample(text: str, delimiter: str, most: int) -> list[tuple[int, list[Cell]]]:
    """The first rows; with a delimiter that is not the file's, quotation marks look broken."""
    sample = []
    try:
        for row in islice(_records(text, delimiter), most):
            sample.append(row)
    except UnreadableFile:
        return sample
    return sample


def _records(text: str, delimiter: str) -> Rows:
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableFile(
                f"Rad {number} kunde inte läsas som CSV; kontrollera citattecknen.",
                f"Row {number} could not be read as CSV; check its quotation marks.",
            ) from error
        yield number, [cell[:LARGEST_CELL] or None for cell in record]


# Headers and columns


def heading(cell: Cell) -> str:
    """A header as it is compared: on one line, a year without decimals."""
    if isinstance(cell, float):
        cell = str(int(cell)) if cell.is_integer() else repr(cell)
    return " ".join(cell.split())[:200] if isinstance(cell, str) else ""


def _pick(rows: Rows, request: SheetRequest) -> list[tuple[int, list[Cell]]]:
    header = _header(rows, request)
    places = _places(header, request)
    picked: list[tuple[int, list[Cell]]] = []
    for number, row in rows:
        cells = [row[at] if at < len(row) else None for at in places]
        if all(cell is None or cell == "" for cell in cells):
            continue
        if len(picked) == request.limits.rows:
            raise UnreadableFile(
                f"Arket har mer än {request.limits.rows} rader. Dela upp det.",
                f"The sheet has more than {request.limits.rows} rows. Split it.",
            )
        picked.append((number, cells))
    return picked


def _header(rows: Rows, request: SheetRequest) -> list[str]:
    for number, row in rows:
        if number == request.header_row:
            return [request.meant(cell) for cell in row[: request.limits.columns]]
        if number > request.header_row:
            break
    raise UnreadableFile(
        "Raden med rubriker är tom; ange header_row.",
        "The row with the headers is empty; give header_row.",
        [_at("/header_row", "Här finns inga rubriker.", "There are no headers here.")],
    )


def _places(header: list[str], request: SheetRequest) -> list[int]:
    missing = [name for name in request.wanted if name not in header]
    double = [name for name in request.wanted if header.count(name) > 1]
    if missing or double:
        there = _listed(name for name in header if name)
        raise UnreadableFile(
            f"Filen har de här rubrikerna: {there}.",
            f"The file has these headers: {there}.",
            [
                *(_at("/columns", f"{n} finns inte.", f"There is no {n}.") for n in missing),
                *(
                    _at("/columns", f"{n} finns två gånger.", f"{n} is there twice.")
                    for n in double
                ),
            ],
        )
    return [header.index(name) for name in request.wanted]


def _listed(names: Iterable[str]) -> str:
    every = ["".join(sign for sign in name if sign.isprintable())[:60] for name in names]
    return ", ".join(every) or "-"


def _at(pointer: str, sv: str, en: str) -> FieldError:
    return FieldError(pointer, Text(sv, en))

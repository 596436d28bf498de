"""XLSX, cell by cell: exact, within a budget, and with failed formulas told from empty cells.

Only values are read: formulas, links to other files, macros and pictures stay where they are.
"""

import re
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from xml.parsers import expat

from portfolio.errors import FieldError, UnreadableFile
from portfolio.language import Text
from portfolio.table_imports.rules import LARGEST_CELL, Broken, Cell

CHUNK_BYTES = 2**16
MOST_COLUMNS = 1000
# Each takes more room in memory than in the file.
MOST_STRINGS = 2_000_000
# Formats of numbers that are dates, among those that files need not spell out.
DATES = frozenset([*range(14, 18), 22, *range(27, 37), *range(50, 59)])
LAST_SERIAL = 2_958_465
CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
Attributes = Mapping[str, str]
NO_ATTRIBUTES: Attributes = {}
# An element that begins (without text) or ends: its name without a namespace, attributes, text.
Event = tuple[str, Attributes, str | None]


@dataclass(slots=True)
class Book:
    """An open archive, and how much of it may still be unpacked."""

    archive: zipfile.ZipFile
    left_bytes: int

    def read(self, part: str) -> Iterator[Event]:
        """The elements of a part; nothing if it is not there."""
        if part not in self.archive.NameToInfo:
            return
        parser = _Parser()
        with self.archive.open(part) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                self.left_bytes -= len(chunk)
                if self.left_bytes < 0:
                    raise _too_large()
                yield from parser.feed(chunk)
        yield from parser.feed(b"", is_final=True)


class _Parser:
    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = _refuse_entities
        self._events: list[Event] = []
        self._text: list[str] = []
        self._parser.CharacterDataHandler = self._text.append

    def feed(self, chunk: bytes, *, is_final: bool = False) -> list[Event]:
        self._parser.Parse(chunk, is_final)
        events, self._events = self._events, []
        return events

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        # Millions of cells come this way, and hardly any attribute has a namespace.
        if any(" " in key for key in attributes):
            attributes = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        self._events.append((name.rpartition(" ")[2], attributes, None))
        self._text.clear()

    def _end(self, name: str) -> None:
        self._events.append((name.rpartition(" ")[2], NO_ATTRIBUTES, "".join(self._text)))
        self._text.clear()


def _refuse_entities(*_: Any) -> None:
    raise _damaged()


DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    LookupError,
    ValueError,
    OverflowError,
    OSError,
)


@contextmanager
def open_sheet(
    path: Path, name: str | None, most_bytes: int
) -> Iterator[tuple[str, Generator[tuple[int, list[Cell]], None, None]]]:
    """The name of the sheet, or of the only visible one, and its rows with their numbers.

    Raises:
        UnreadableFile: It is no workbook, damaged, too large when unpacked, or has several
            sheets and none is named. Reading the rows raises it too.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            book = Book(archive, most_bytes)
            # What the archive says of itself; what it really holds is counted as it comes.
            if sum(member.file_size for member in archive.infolist()) > most_bytes:
                raise _too_large()
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                raise _other_archive(names)
            chosen, part, since_1904 = _choose(book, name)
            epoch = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  # no zone
            reading = _Reading(book, part, _strings(book), _date_styles(book), epoch)
            yield chosen, reading.rows()
    except DAMAGES as error:
        raise _damaged() from error


def _choose(book: Book, asked: str | None) -> tuple[str, str, bool]:
    """The chosen sheet's name and part, and whether dates count from 1904."""
    targets = {
        attributes["Id"]: attributes["Target"]
        for name, attributes, text in book.read("xl/_rels/workbook.xml.rels")
        if name == "Relationship" and text is None
    }
    sheets: dict[str, str] = {}
    visible: list[str] = []
    since_1904 = False
    for element, attributes, text in book.read("xl/workbook.xml"):
        if text is None and element == "workbookPr":
            since_1904 = attributes.get("date1904") in ("1", "true")
        if text is None and element == "sheet":
            sheets[attributes["name"]] = targets[attributes["id"]]
            if attributes.get("state", "visible") == "visible":
                visible.append(attributes["name"])
    if not sheets:
        raise _damaged()
    chosen = asked if asked is not None else visible[0] if len(visible) == 1 else None
    if chosen not in sheets:
        raise _which_sheet(list(sheets))
    target = sheets[chosen]
    part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl", target))
    return chosen, part, since_1904


def _strings(book: Book) -> list[str]:
    """The texts that cells refer to by number, without their phonetic guides."""
    strings: list[str] = []
    pieces: list[str] = []
    phonetic = False
    for name, _, text in book.read("xl/sharedStrings.xml"):
        if name == "rPh":
            phonetic = text is None
        elif name == "t" and text is not None and not phonetic:
            pieces.append(text)
        elif name == "si" and text is not None:
            strings.append("".join(pieces)[:LARGEST_CELL])
            pieces = []
            if len(strings) > MOST_STRINGS:
                raise _too_large()
    return strings


def _date_styles(book: Book) -> frozenset[int]:
    """The numbers of the cell formats that show a number as a date."""
    dates, found, number, inside = set(DATES), set(), 0, False
    for name, attributes, text in book.read("xl/styles.xml"):
        if name == "cellXfs":
            inside = text is None
        elif text is not None:
            continue
        elif name == "numFmt" and _is_date(attributes["formatCode"]):
            dates.add(int(attributes["numFmtId"]))
        elif name == "xf" and inside:
            if int(attributes.get("numFmtId", "0")) in dates:
                found.add(number)
            number += 1
    return frozenset(found)


def _is_date(code: str) -> bool:
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]|[\\_*].', "", code.partition(";")[0])
    return re.search(r"[dy]", bare.lower()) is not None


@dataclass(slots=True)
class _Reading:
    """One sheet on its way in."""

    book: Book
    part: str
    strings: list[str]
    date_styles: frozenset[int]
    epoch: datetime

    def rows(self) -> Generator[tuple[int, list[Cell]], None, None]:
        number, row = 0, list[Cell]()
        about: Attributes = NO_ATTRIBUTES
        parts: dict[str, str] = {}
        for name, attributes, text in self.book.read(self.part):
            if name == "c":
                if text is None:
                    about, parts = attributes, {}
                else:
                    self._place(row, about, parts)
            elif text is not None:
                if name in ("v", "f", "t"):
                    parts[name] = parts.get(name, "") + text
                elif name == "row":
                    yield number, row
            elif name == "row":
                number, row = int(attributes.get("r", number + 1)), []

    def _place(self, row: list[Cell], attributes: Attributes, parts: Mapping[str, str]) -> None:
        at = _column(attributes["r"]) if "r" in attributes else len(row)
        if at >= MOST_COLUMNS:
            return
        row.extend([None] * (at + 1 - len(row)))
        row[at] = self._cell(attributes, parts)

    def _cell(self, attributes: Attributes, parts: Mapping[str, str]) -> Cell:
        kind, value = attributes.get("t", "n"), parts.get("v", "")
        if kind == "inlineStr":
            return parts.get("t", "")[:LARGEST_CELL] or None
        if kind == "e":
            return Broken(value[:40])
        if not value:
            # A formula that the program which wrote the file has never calculated.
            return Broken(f"={parts['f'][:40]}") if "f" in parts and kind != "str" else None
        if kind == "s":
            number = int(value)
            if number < 0:
                raise _damaged()
            return self.strings[number] or None
        if kind in ("str", "d"):
            return value[:LARGEST_CELL]
        if kind == "b":
            return "true" if value == "1" else "false"
        return self._number(float(value), int(attributes.get("s", "0")))

    def _number(self, value: float, style: int) -> Cell:
        if style not in self.date_styles:
            return value
        if not 0 <= value <= LAST_SERIAL:
            return Broken("########")
        moment = self.epoch + timedelta(days=value)
        return moment.date().isoformat() if value == int(value) else moment.isoformat()


@cache
def _letters(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _column(reference: str) -> int:
    """The place of a cell in its row, from 0: `B7` is 1."""
    found = CELL.fullmatch(reference)
    if found is None:
        raise _damaged()
    return _letters(found[1])


def _which_sheet(names: list[str]) -> UnreadableFile:
    listed = ", ".join(names[:100])
    detail = Text(f"Välj bland bladen {listed}.", f"Choose among the sheets {listed}.")
    return UnreadableFile(
        f"Ange sheet: filen har bladen {listed}.",
        f"Give sheet: the file has the sheets {listed}.",
        [FieldError("/sheet", detail)],
    )


def _other_archive(names: list[str]) -> UnreadableFile:
    binary = any(name.endswith("workbook.bin") for name in names)
    what = Text("en binär arbetsbok (.xlsb)", "a binary workbook (.xlsb)")
    if not binary:
        what = Text("ingen Excelfil", "not an Excel file")
    return UnreadableFile(
        f"Filen är {what.sv}. Spara den som .xlsx eller CSV.",
        f"The file is {what.en}. Save it as .xlsx or CSV.",
    )


def _too_large() -> UnreadableFile:
    return UnreadableFile(
        "Filen är för stor när den packas upp. Dela upp den, eller ta bort bilderna.",
        "The file is too large when unpacked. Split it, or remove the pictures.",
    )


def _damaged() -> UnreadableFile:
    return UnreadableFile(
        "Excelfilen är skadad eller krypterad. Spara den på nytt som .xlsx.",
        "The Excel file is damaged or encrypted. Save it again as .xlsx.",
    )

"""A file as lines of bounded length, and how its texts are written. Pure but for reading it.

Lines are passed on as `latin-1` text, which is the bytes one for one: tokens are found without
knowing the encoding, and each field is decoded where its meaning is needed.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from portfolio.errors import FieldError, UnreadableFile
from portfolio.language import Text

BLOCK = 64 * 1024
LONGEST_LINE = 100_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")

# å ä ö Å Ä Ö é É ü Ü
CP437_LETTERS = bytes([0x86, 0x84, 0x94, 0x8F, 0x8E, 0x99, 0x82, 0x90, 0x81, 0x9A])
LATIN_LETTERS = bytes([0xE5, 0xE4, 0xF6, 0xC5, 0xC4, 0xD6, 0xE9, 0xC9, 0xFC, 0xDC])


class Encoding(StrEnum):
    """Latin-1 is read as Windows-1252, which has the same letters and more."""

    UTF_8 = "utf-8"
    WINDOWS_1252 = "windows-1252"
    CP437 = "cp437"


# What no text of a ledger has: controls, and the mark of something lost before.
_NEVER = r"\x00-\x08\x0b\x0c\x0e-\x14\x16-\x1f\x7f-\x9f\ufffd"
# Beside those, what Swedish letters of another encoding turn into. In CP437, 0x15 is §.
BROKEN = {
    Encoding.UTF_8: re.compile(rf"[{_NEVER}\x15]"),
    Encoding.WINDOWS_1252: re.compile(rf"[{_NEVER}\x15„†Ž]"),
    Encoding.CP437: re.compile(rf"[{_NEVER}\u00a0÷ƒ\u0370-\u03ff\u2000-\u25ff]"),
}


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first pass over a file finds."""

    sha256: str
    encoding: Encoding
    # Whether the encoding was told from the file: one in ASCII is the same in all of them.
    has_letters: bool
    is_sie: bool


def read_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file from its beginning, each with its end: CRLF, LF or CR.

    Raises:
        UnreadableFile: A line is longer than any of a ledger.
    """
    file.seek(0)
    pending = b""
    while block := file.read(BLOCK):
        lines = (pending + block).splitlines(keepends=True)
        # A CR at the very end may be the first half of a CRLF.
        pending = b"" if lines[-1].endswith(b"\n") else lines.pop()
        for line in lines:
            _refuse_long(line)
            yield line
        _refuse_long(pending)
    if pending:
        yield pending


def _refuse_long(line: bytes) -> None:
    if len(line) > LONGEST_LINE:
        raise unreadable(
            f"Filen har en rad på mer än {LONGEST_LINE} tecken; det har ingen fil ur en "
            "redovisning. Exportera den på nytt.",
            f"The file has a line of more than {LONGEST_LINE} characters, as no file from the "
            "accounts has. Export it again.",
        )


def survey(file: BinaryIO) -> Survey:
    """Read a file once, for its hash, its encoding and whether it is SIE.

    Raises:
        UnreadableFile: It is empty, or not a text.
    """
    file.seek(0)
    _refuse_other_kinds(file.read(BLOCK))
    digest = hashlib.sha256()
    tally = _Tally()
    first = b""
    for line in read_lines(file):
        digest.update(line)
        first = first or line.removeprefix(BYTE_ORDER_MARK).strip()
        if not line.isascii():
            tally.count(line)
    if not first:
        raise unreadable("Filen är tom; exportera den på nytt.", "The file is empty; export again.")
    return Survey(digest.hexdigest(), tally.encoding, tally.lines > 0, first.startswith(b"#"))


def _refuse_other_kinds(start: bytes) -> None:
    text = start.removeprefix(BYTE_ORDER_MARK).lstrip().lower()
    if start.startswith(UTF_16_MARKS):
        raise unreadable(
            "Filen är skriven i UTF-16. Spara den som UTF-8 och skicka den igen.",
            "The file is written in UTF-16. Save it as UTF-8 and send it again.",
        )
    if start.startswith(b"PK") or b"\0" in start:
        raise unreadable(
            "Filen är inte en text: den är packad, ett kalkylark eller något annat. Exportera "
            "SIE 4 eller CSV.",
            "The file is not a text: it is zipped, a spreadsheet or something else. Export SIE 4 "
            "or CSV.",
        )
    if text.startswith(b"<"):
        raise unreadable(
            "Filen är HTML eller XML, kanske en inloggningssida eller SIE 5. Exportera SIE 4 eller "
            "CSV.",
            "The file is HTML or XML, perhaps a login page or SIE 5. Export SIE 4 or CSV.",
        )


class _Tally:
    """Which encoding the lines that are not ASCII speak for."""

    def __init__(self) -> None:
        self.lines = 0
        self._utf_8 = 0
        self._cp437 = 0
        self._latin = 0

    def count(self, line: bytes) -> None:
        self.lines += 1
        try:
            line.decode()
        except UnicodeDecodeError:
            self._cp437 += len(line) - len(line.translate(None, CP437_LETTERS))
            self._latin += len(line) - len(line.translate(None, LATIN_LETTERS))
        else:
            self._utf_8 += 1

    @property
    def encoding(self) -> Encoding:
        # A word in another encoding is hardly ever valid UTF-8 as well; a few lines that are
        # not may be damaged.
        if self._utf_8 and self._utf_8 * 2 >= self.lines:
            return Encoding.UTF_8
        return Encoding.WINDOWS_1252 if self._latin > self._cp437 else Encoding.CP437


def decoded(raw: str, encoding: Encoding) -> str:
    """A field as people read it; `raw` is its bytes as `latin-1`."""
    return raw if raw.isascii() else raw.encode("latin-1").decode(encoding, "replace")


def is_broken(text: str, encoding: Encoding) -> bool:
    """Whether a decoded text has signs that it can't have been written with."""
    return BROKEN[encoding].search(text) is not None


def unreadable(sv: str, en: str) -> UnreadableFile:
    return UnreadableFile(sv, en, [FieldError("/file", Text(sv, en))])

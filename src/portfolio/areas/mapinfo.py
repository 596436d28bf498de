"""MapInfo's files before GDAL sees them: only a plain table, and its charset.

A .tab may say that its rows are in another file, in a database, or joined from other tables.
What is read is written anew here, from the few lines that a plain table has.
"""

import codecs
import re
import struct
from pathlib import Path

from portfolio.areas.raw_layers import damaged
from portfolio.areas.wording import shortened
from portfolio.errors import UnreadableFile

MOST_FIELDS = 2_000
LONGEST_TAB_BYTES = 2**20
HEADER_BYTES = 2**14
FIELD = re.compile(
    rb"\s*\S+\s+(Char|Integer|SmallInt|LargeInt|Decimal|Float|Date|Time|Logical)", re.I
)
KIND = re.compile(rb"^\s*Type\s+(\w+)(?:\s+Charset\s+\"([^\"]*)\")?", re.IGNORECASE | re.MULTILINE)
FIELDS = re.compile(rb"^\s*Fields\s+(\d{1,5})\s*$", re.IGNORECASE | re.MULTILINE)
MIF_CHARSET = re.compile(rb"^\s*Charset\s+\"([^\"]*)\"", re.IGNORECASE | re.MULTILINE)
MIF_SYSTEM_OF_A_TABLE = re.compile(rb"^\s*CoordSys\s+Table\b", re.IGNORECASE | re.MULTILINE)

PLAIN_TABLE = (
    b"!table",
    b"!version 300",
    b"!charset Neutral",
    b"",
    b"Definition Table",
    b'  Type NATIVE Charset "Neutral"',
)

WINDOWS = {
    "latin1": "cp1252",
    "latin2": "cp1250",
    "cyrillic": "cp1251",
    "greek": "cp1253",
    "turkish": "cp1254",
    "baltic": "cp1257",
    "balticrim": "cp1257",
}
NO_CHARSET = ("", "neutral")
# Then the table's rows are the addresses of other tables.
SEAMLESS = re.compile(rb"\bIsSeamless\W{1,20}TRUE\b", re.IGNORECASE)
# Each object of a .mif starts a line with its kind: one for each row of the .mid, and after a
# collection as many as it has parts.
OBJECT = re.compile(
    rb"^[ \t]*(none|point|line|pline|region|arc|text|rect|roundrect|ellipse|multipoint|collection)"
    rb"\b[ \t]*(\d{0,3})",
    re.IGNORECASE | re.MULTILINE,
)
DATA = re.compile(rb"^[ \t]*data[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
ROUND = (b"ellipse", b"roundrect", b"arc")
# How the same are numbered in a .map, each with short and with long coordinates.
ROUND_IN_MAP = (0x0A, 0x0B, 0x16, 0x17, 0x19, 0x1A)


def tidy_tab(path: Path) -> str | None:
    """Leave nothing in a .tab but the fields of a plain table; returns the charset it stated.

    Raises:
        UnreadableFile: It is no plain table, or damaged.
    """
    if path.stat().st_size > LONGEST_TAB_BYTES:
        raise damaged()
    content = path.read_bytes()
    kind, fields = KIND.search(content), FIELDS.search(content)
    if SEAMLESS.search(content):
        raise _not_native("IsSeamless")
    if kind is None or kind[1].upper() != b"NATIVE":
        raise _not_native("-" if kind is None else kind[1].decode("ascii", "replace"))
    if fields is None:
        raise damaged()
    lines = content[fields.end() :].lstrip(b"\r\n").splitlines()[: int(fields[1])]
    if len(lines) > MOST_FIELDS or not lines or not all(FIELD.match(line) for line in lines):
        raise damaged()
    path.write_bytes(b"\n".join([*PLAIN_TABLE, b"  Fields %d" % len(lines), *lines, b""]))
    return (kind[2] or b"").decode("ascii", "replace")


def tidy_mif(path: Path) -> str | None:
    """Take the charset out of a .mif's header, so that texts come as they are; returns it."""
    content = path.read_bytes()
    header = content[:HEADER_BYTES]
    if MIF_SYSTEM_OF_A_TABLE.search(header):
        raise _not_native("CoordSys Table")
    found = MIF_CHARSET.search(header)
    if found is None:
        return None
    path.write_bytes(content[: found.start()] + b'Charset "Neutral"' + content[found.end() :])
    return found[1].decode("ascii", "replace")


def round_rows_of(path: Path) -> frozenset[int]:
    """Find the rows of a .mif or a .tab, from 1, that are ellipses, arcs or rounded rectangles.

    GDAL makes straight lines of them and does not say so.
    """
    return _round_rows_of_mif(path) if path.suffix == ".mif" else _round_rows_of_tab(path)


def _round_rows_of_mif(path: Path) -> frozenset[int]:
    content = path.read_bytes()
    start = DATA.search(content)
    rows, row, parts = set(), 0, 0
    for kind, count in OBJECT.findall(content, start.end()) if start else ():
        if parts:
            parts -= 1
            continue
        row += 1
        if kind.lower() in ROUND:
            rows.add(row)
        elif kind.lower() == b"collection":
            parts = int(count or 0)
    return frozenset(rows)


def _round_rows_of_tab(path: Path) -> frozenset[int]:
    """An .id has for each row where in the .map its object starts, with a byte for its kind."""
    places = path.with_suffix(".id").read_bytes()
    objects = path.with_suffix(".map").read_bytes()
    starts = struct.unpack(f"<{len(places) // 4}L", places[: len(places) // 4 * 4])
    return frozenset(
        row
        for row, start in enumerate(starts, start=1)
        if 0 < start < len(objects) and objects[start] in ROUND_IN_MAP
    )


def encodings_of(charset: str | None) -> tuple[str, ...]:
    """Say in which encodings to read texts of this charset of MapInfo's: the first that fits.

    >>> encodings_of("WindowsLatin1"), encodings_of("Neutral"), encodings_of("CodePage850")
    (('cp1252',), ('utf-8', 'cp1252'), ('cp850',))
    """
    name = (charset or "").strip().lower()
    if name in NO_CHARSET:
        return "utf-8", "cp1252"
    guess = name.replace("codepage", "cp")
    guess = WINDOWS.get(guess.removeprefix("windows"), guess)
    try:
        return (codecs.lookup(guess).name,)
    except (LookupError, ValueError):  # the latter of a name with a NUL in it
        return "utf-8", "cp1252"


def _not_native(kind: str) -> UnreadableFile:
    shown = shortened(kind)
    return UnreadableFile(
        f"MapInfo-tabellen är av slaget {shown} och hämtar sitt innehåll någon annanstans. "
        "Exportera den som en vanlig MapInfo-tabell (Type NATIVE) eller som MIF/MID.",
        f"The MapInfo table is of the kind {shown} and takes its content from elsewhere. "
        "Export it as a plain MapInfo table (Type NATIVE) or as MIF/MID.",
    )

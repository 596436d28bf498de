"""MapInfo's files before GDAL sees them: only a plain table, and its charset.

A .tab may say that its rows are in another file, in a database, or joined from other tables.
What is read is written anew here, from the few lines that a plain table has.
"""

import codecs
import re
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


def tidy_tab(path: Path) -> str | None:
    """Leave nothing in a .tab but the fields of a plain table; returns the charset it stated.

    Raises:
        UnreadableFile: It is no plain table, or damaged.
    """
    if path.stat().st_size > LONGEST_TAB_BYTES:
        raise damaged()
    content = path.read_bytes()
    kind, fields = KIND.search(content), FIELDS.search(content)
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
    except LookupError:
        return "utf-8", "cp1252"


def _not_native(kind: str) -> UnreadableFile:
    shown = shortened(kind)
    return UnreadableFile(
        f"MapInfo-tabellen är av slaget {shown} och hämtar sitt innehåll någon annanstans. "
        "Exportera den som en vanlig MapInfo-tabell (Type NATIVE) eller som MIF/MID.",
        f"The MapInfo table is of the kind {shown} and takes its content from elsewhere. "
        "Export it as a plain MapInfo table (Type NATIVE) or as MIF/MID.",
    )

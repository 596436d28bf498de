"""Small ledger files to read, and what a reader makes of them."""

import io
import zlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from portfolio.accounts.ledger_csv import CsvReader, Mapped
from portfolio.accounts.lines import Encoding, survey
from portfolio.accounts.report import Head, Issue, Issues, ReaderLimits, Transaction
from portfolio.accounts.sie import SieReader

HEAD = (
    "#FLAGGA 0",
    '#PROGRAM "Ekonomi" "8.1"',
    "#FORMAT PC8",
    "#SIETYP 4",
    "#FNR main",
    "#RAR 0 20270101 20271231",
    "#UB 0 1930 0.00",
)


class Row(NamedTuple):
    account: str
    amount: str
    objects: Sequence[tuple[str, str]] = ()
    text: str = ""


def quoted(text: str) -> str:
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def row(one: Row, label: str = "#TRANS") -> str:
    pairs = " ".join(f"{dimension} {quoted(name)}" for dimension, name in one.objects)
    return f"{label} {one.account} {{{pairs}}} {one.amount} 20270115 {quoted(one.text)}"


def voucher(
    number: str, *rows: Row, day: str = "20270115", series: str = "A", text: str = ""
) -> list[str]:
    """A voucher whose last row balances it, on an account of the balance sheet."""
    total = sum(round(float(one.amount) * 100) for one in rows)
    balance = Row("2440", f"{-total / 100:.2f}")
    head = f"#VER {series} {number} {day} {quoted(text)}"
    return [head, "{", *(row(one) for one in [*rows, balance]), "}"]


def file(*parts: Iterable[str], head: Iterable[str] = HEAD, encoding: str = "cp437") -> bytes:
    lines = [*head, *(line for part in parts for line in part)]
    return "\r\n".join([*lines, ""]).encode(encoding)


def with_checksum(content: bytes, *counted: str) -> bytes:
    """The file with its checksum around it; `counted` are its records without blanks, quotes
    and braces, one text for each."""
    total = zlib.crc32("".join(counted).encode("cp437"))
    return b"#KSUMMA\r\n" + content + f"#KSUMMA {total}\r\n".encode()


def read(
    content: bytes, *, limits: ReaderLimits | None = None, encoding: Encoding | None = None
) -> tuple[Head, list[Transaction], list[Issue]]:
    issues = Issues()
    stream = io.BytesIO(content)
    taken = encoding or survey(stream).encoding
    reader = SieReader(stream, taken, issues, limits or ReaderLimits())
    rows = list(reader.transactions())
    return reader.head, rows, issues.listed()


def read_csv(
    content: bytes, mapped: Mapped, *, encoding: Encoding | None = None
) -> tuple[Head, list[Transaction], list[Issue]]:
    issues = Issues()
    stream = io.BytesIO(content)
    taken = encoding or survey(stream).encoding
    reader = CsvReader(stream, taken, mapped, issues, ReaderLimits())
    rows = list(reader.transactions())
    return reader.head, rows, issues.listed()


def kinds(issues: Iterable[Issue]) -> list[tuple[str, str, int | None]]:
    return [(issue.severity, issue.kind, issue.line) for issue in issues]


A_DAY = date(2027, 1, 15)

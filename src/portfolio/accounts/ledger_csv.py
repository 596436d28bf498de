"""Reading a ledger from CSV, with a mapping that says which column holds what. Pure."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from portfolio.accounts.figures import csv_amount, csv_ore, day
from portfolio.accounts.lines import (
    BYTE_ORDER_MARK,
    Encoding,
    decoded,
    is_broken,
    read_lines,
)
from portfolio.accounts.report import Head, Issues, ReaderLimits, Transaction, joined
from portfolio.accounts.rules import LARGEST
from portfolio.accounts.wording import (
    BROKEN_TABLE,
    MALFORMED,
    TOO_LARGE,
    UNDECODABLE,
    UNDECODABLE_TEXT,
    no_such_column,
    too_many,
)
from portfolio.errors import FieldError, UnreadableFile
from portfolio.language import Text

DELIMITERS = (";", "\t", ",")
LONGEST_ACCOUNT = 20
LONGEST_OBJECT = 200


class Unit(StrEnum):
    KR = "kr"
    ORE = "ore"


READ_AMOUNT: Mapping[Unit, Callable[[str], int | None]] = {
    Unit.KR: csv_amount,
    Unit.ORE: csv_ore,
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """Which column holds what, by its heading; `voucher` may be missing."""

    date: str
    account: str
    amount: str
    object: str
    voucher: str | None = None
    # None for the one that the first line has most of.
    delimiter: str | None = None
    unit: Unit = Unit.KR


class CsvReader:
    """Reads one file; a row's fault is told in `issues`, a heading's is refused."""

    def __init__(
        self,
        file: BinaryIO,
        encoding: Encoding,
        mapped: Mapped,
        issues: Issues,
        limits: ReaderLimits,
    ) -> None:
        self.head = Head("CSV")
        self._file = file
        self._encoding = encoding
        self._mapped = mapped
        self._issues = issues
        self._limits = limits
        self._amount = READ_AMOUNT[mapped.unit]

    def transactions(self) -> Iterator[Transaction]:
        """Every row of the table under its heading.

        Raises:
            UnreadableFile: A column that was named is not in the heading.
        """
        lines = self._lines()
        heading = next(lines, "")
        delimiter = self._mapped.delimiter or max(DELIMITERS, key=heading.count)
        columns = [name.strip() for name in next(csv.reader([heading], delimiter=delimiter), [])]
        places = self._places(columns)
        rows = csv.reader(lines, delimiter=delimiter)
        try:
            for cells in rows:
                row = self._read(cells, places, rows.line_num + 1)
                if self.head.transactions > self._limits.transactions:
                    detail = too_many(self._limits.transactions)
                    self._error("too_many_transactions", rows.line_num + 1, detail)
                    return
                if row is not None:
                    yield row
        except csv.Error:
            self._error("malformed_line", rows.line_num + 1, BROKEN_TABLE)

    def _lines(self) -> Iterator[str]:
        for number, raw in enumerate(read_lines(self._file), 1):
            line = raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw
            yield decoded(line.decode("latin-1"), self._encoding)

    def _places(self, columns: Sequence[str]) -> list[int]:
        """Where date, account, amount, object and voucher stand; -1 for no voucher."""
        mapped = self._mapped
        wanted = {
            "date_column": mapped.date,
            "account_column": mapped.account,
            "amount_column": mapped.amount,
            "object_column": mapped.object,
            "voucher_column": mapped.voucher,
        }
        missing = [
            FieldError(f"/{field}", no_such_column(name, columns))
            for field, name in wanted.items()
            if name is not None and name.strip() not in columns
        ]
        if missing:
            raise UnreadableFile(
                "Filen saknar kolumner som angavs; se errors.",
                "The file lacks columns that were named; see errors.",
                missing,
            )
        return [-1 if name is None else columns.index(name.strip()) for name in wanted.values()]

    def _read(self, cells: list[str], places: Sequence[int], line: int) -> Transaction | None:
        if not any(cell.strip() for cell in cells):
            return None
        self.head.transactions += 1
        if len(cells) <= max(places):
            self._error("malformed_line", line, MALFORMED)
            return None
        vital = ["" if place < 0 else cells[place].strip() for place in places]
        if not self._check_text(cells, vital, line):
            return None
        dated, account, amount_text, object, number = vital
        dated_on, amount = day(dated), self._amount(amount_text)
        fits = 0 < len(account) <= LONGEST_ACCOUNT and len(object) <= LONGEST_OBJECT
        if dated_on is None or amount is None or not fits:
            self._error("malformed_line", line, MALFORMED)
            return None
        if abs(amount) > LARGEST:
            self._error("amount_too_large", line, TOO_LARGE)
            return None
        voucher = self._voucher(number, line)
        self.head.years.add(dated_on.year)
        objects = (("", object),) if object else ()
        return Transaction(line, voucher, dated_on, account, objects, amount)

    def _voucher(self, number: str, line: int) -> str:
        voucher = joined([number])
        if voucher and voucher not in self.head.voucher_lines:
            self.head.voucher_lines[voucher] = line
            self.head.vouchers += 1
        return voucher

    def _check_text(self, cells: Sequence[str], vital: Sequence[str], line: int) -> bool:
        """Whether what matters of a row can be read; says so if anything can't."""
        if not any(is_broken(cell, self._encoding) for cell in cells):
            return True
        if any(is_broken(cell, self._encoding) for cell in vital):
            self._error("undecodable", line, UNDECODABLE)
            return False
        self._issues.add("warning", "undecodable", UNDECODABLE_TEXT, line=line)
        return True

    def _error(self, kind: str, line: int, detail: Text) -> None:
        self._issues.add("error", kind, detail, line=line)

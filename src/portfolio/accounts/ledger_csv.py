"""Reading a ledger from CSV, with a mapping that says which column holds what. Pure."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import BinaryIO

from portfolio.accounts.figures import csv_amount, csv_ore, day
from portfolio.accounts.lines import (
    BYTE_ORDER_MARK,
    Encoding,
    decoded,
    is_broken,
    read_lines,
    unreadable,
)
from portfolio.accounts.report import Head, Issues, ReaderLimits, Transaction, joined
from portfolio.accounts.rules import LARGEST
from portfolio.accounts.wording import (
    ACCOUNT_FORM,
    BROKEN_TABLE,
    DATE_FORM,
    KRONOR_FORM,
    OBJECT_FORM,
    ORE_FORM,
    TOO_LARGE,
    UNDECODABLE,
    UNDECODABLE_TEXT,
    no_such_column,
    too_few_cells,
    too_many,
    wrong_cells,
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
AMOUNT_FORM: Mapping[Unit, Text] = {Unit.KR: KRONOR_FORM, Unit.ORE: ORE_FORM}


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

    @property
    def columns(self) -> tuple[str | None, ...]:
        """In the order in which a row's cells are taken."""
        return self.date, self.account, self.amount, self.object, self.voucher


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
        places = self._places(_headings(heading, delimiter))
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        # A row that is never ended is told where it begins.
        begins = 2
        try:
            for cells in rows:
                row = self._read(cells, places, rows.line_num + 1)
                if self.head.transactions > self._limits.transactions:
                    detail = too_many(self._limits.transactions)
                    self._error("too_many_transactions", rows.line_num + 1, detail)
                    return
                if row is not None:
                    yield row
                begins = rows.line_num + 2
        except csv.Error:
            self._error("malformed_line", begins, BROKEN_TABLE)
        if self.head.transactions and not self.head.years:
            # No row could be read: nothing is known of the year, and that is no fault of its own.
            self._issues.silence("missing_year")

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
        missing += [
            FieldError(f"/{field}", _double_column(name))
            for field, name in wanted.items()
            if name is not None and columns.count(name.strip()) > 1
        ]
        if missing:
            raise UnreadableFile(
                "Filen har inte kolumnerna som angavs, en gång var; se errors.",
                "The file does not have the columns that were named, once each; see errors.",
                missing,
            )
        return [-1 if name is None else columns.index(name.strip()) for name in wanted.values()]

    def _read(self, cells: list[str], places: Sequence[int], line: int) -> Transaction | None:
        if not any(cell.strip() for cell in cells):
            return None
        self.head.transactions += 1
        if len(cells) <= max(places):
            columns = zip(self._mapped.columns, places, strict=True)
            missing = [name for name, place in columns if name and place >= len(cells)]
            self._error("malformed_line", line, too_few_cells(len(cells), missing))
            return None
        vital = ["" if place < 0 else cells[place].strip() for place in places]
        if not self._check_text(cells, vital, line):
            return None
        dated, account, amount_text, object, number = vital
        dated_on, amount = day(dated), self._amount(amount_text)
        self._check_forms(line, dated_on, account, amount, object)
        if dated_on is None or amount is None or not _fits(account, object):
            return None
        if abs(amount) > LARGEST:
            self._error("amount_too_large", line, TOO_LARGE)
            return None
        voucher = self._voucher(number, line)
        self.head.years.setdefault(dated_on.year, line)
        objects = (("", object),) if object else ()
        return Transaction(line, voucher, dated_on, account, objects, amount)

    def _check_forms(
        self, line: int, dated_on: date | None, account: str, amount: int | None, object: str
    ) -> None:
        """Tell which columns of a row have another form than theirs."""
        mapped = self._mapped
        faults = [
            (name, form)
            for name, form, is_wrong in (
                (mapped.date, DATE_FORM, dated_on is None),
                (mapped.account, ACCOUNT_FORM, not _fits(account, "")),
                (mapped.amount, AMOUNT_FORM[mapped.unit], amount is None),
                (mapped.object, OBJECT_FORM, len(object) > LONGEST_OBJECT),
            )
            if is_wrong
        ]
        if faults:
            self._error("malformed_line", line, wrong_cells(faults))

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


def _fits(account: str, object: str) -> bool:
    return 0 < len(account) <= LONGEST_ACCOUNT and len(object) <= LONGEST_OBJECT


def _headings(line: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter, strict=True))]
    except csv.Error as error:
        raise unreadable(
            "Rubrikerna (rad 1) går inte att läsa som CSV: ett citattecken saknar sin andra halva.",
            "Line 1, the headings, can't be read as CSV: a quotation mark lacks its other half.",
        ) from error


def _double_column(name: str) -> Text:
    shown = name.strip()[:50]
    return Text(
        f"Rubriken {shown} står två gånger i filen. Ge kolumnerna olika namn.",
        f"The heading {shown} stands twice in the file. Give the columns different names.",
    )

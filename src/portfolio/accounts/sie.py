"""Reading SIE 4E and 4I: vouchers with the objects that their rows are booked on. Pure.

After "SIE filformat", edition 4B (2008-09-30). Labels that are not of use here are passed over,
as the standard asks of a reader. #RTRANS is followed by an identical #TRANS, and #BTRANS was
taken away again: neither is summed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from portfolio.accounts.checksum import Checksum
from portfolio.accounts.figures import day, sie_amount
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
    AFTER_VOUCHERS,
    CHECKSUM_MISSING,
    MALFORMED,
    NEVER_CLOSED,
    NOT_A_RECORD,
    OUTSIDE_VOUCHER,
    TOO_LARGE,
    UNDECODABLE,
    UNDECODABLE_TEXT,
    UNENDED_TEXT,
    WRONG_CHECKSUM,
    outside_year,
    too_many,
    unbalanced,
)
from portfolio.language import Text

# A quoted field, a brace, a field without quotes, or something that is none of them. Only a
# quotation mark is escaped by a backslash; any other backslash is itself.
TOKEN = re.compile(r'[ \t]*(?:"((?:[^"\\]++|\\"?)*)"|([{}])|((?:[^ \t"{}\\]++|\\"?)++)|(.))')
BRACE, UNENDED = 2, 4
BALANCES = frozenset({"#IB", "#UB", "#OIB", "#OUB", "#RES", "#PSALDO"})
ROWS_NOT_SUMMED = frozenset({"#RTRANS", "#BTRANS"})
OPEN, CLOSE = "{", "}"
# What a ledger may be known as: its number in the program, the organisation's, its name.
NAMES = ("#FNR", "#ORGNR", "#FNAMN")
# How many of a record's first fields decide what is booked where and when.
VITAL_FIELDS = {"#TRANS": 2, "#VER": 3, "#RAR": 3, "#SIETYP": 1}
LONGEST_ACCOUNT = 20
LONGEST_OBJECT = 200


@dataclass(frozen=True, slots=True)
class Record:
    """A line's label and fields, as `latin-1`; `objects` are those between braces, if any."""

    line: int
    label: str
    fields: list[str]
    objects: list[str] | None
    # Label and fields in the order they stand, as the checksum takes them.
    counted: list[str]
    # Whether it ends with the brace that the rows of a voucher begin with.
    opens: bool
    # Whether every quotation mark and brace has its other half.
    complete: bool


def tokenise(line: str, number: int) -> Record:
    """Split a line into its fields, quoted or not, and its list of objects."""
    fields: list[str] = []
    counted: list[str] = []
    objects: list[str] | None = None
    taking = fields
    complete = True
    for found in TOKEN.finditer(line):
        kind, text = found.lastindex, found[found.lastindex or 0]
        if kind == BRACE:
            complete = complete and (taking is fields) == (text == OPEN)
            objects = [] if objects is None else objects
            taking = objects if text == OPEN else fields
            continue
        if kind == UNENDED:
            text, complete = line[found.end() :], False
        if "\\" in text:
            text = text.replace('\\"', '"')
        counted.append(text)
        taking.append(text)
        if kind == UNENDED:
            break
    inside = taking is not fields
    opens = inside and not objects
    label = fields.pop(0).upper() if fields else ""
    return Record(
        number, label, fields, objects, counted, opens, complete and (opens or not inside)
    )


@dataclass(slots=True)
class Voucher:
    """The voucher that is being read."""

    line: int
    name: str
    dated_on: date | None
    is_open: bool = False
    total: int = 0
    # Whether all its rows could be read, so that its total says something.
    is_whole: bool = True


class SieReader:
    """Reads one file; `head` is complete once `transactions` has given its first.

    Nothing of it raises for what a file holds: that is told in `issues`.
    """

    def __init__(
        self, file: BinaryIO, encoding: Encoding, issues: Issues, limits: ReaderLimits
    ) -> None:
        self.head = Head("SIE 4I")
        self._file = file
        self._encoding = encoding
        self._issues = issues
        self._limits = limits
        self._type = ""
        self._names: dict[str, str] = {}
        self._balances = False
        self._checksum: Checksum | None = None
        self._voucher: Voucher | None = None
        self._line = 0
        self._heading: dict[str, Callable[[Record], None]] = {
            "#SIETYP": self._read_type,
            "#PROGRAM": self._read_program,
            "#FNR": self._read_name,
            "#ORGNR": self._read_name,
            "#FNAMN": self._read_name,
            "#RAR": self._read_year,
            "#UNDERDIM": self._read_dimension,
        }

    def transactions(self) -> Iterator[Transaction]:
        """Every row that is summed, voucher by voucher."""
        for number, raw in enumerate(read_lines(self._file), 1):
            self._line = number
            line = raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw
            # 0x1A ended files once, and still does in some.
            text = line.decode("latin-1").strip(" \t\r\n\x1a")
            if not text:
                continue
            record = tokenise(text, number)
            self._check_text(text, record)
            row = self._read(record)
            if self.head.transactions > self._limits.transactions:
                self._error("too_many_transactions", number, too_many(self._limits.transactions))
                break
            if row is not None:
                yield row
        else:
            self._finish()
        self._settle_format()

    def _read(self, record: Record) -> Transaction | None:
        label = record.label
        if self._checksum is not None and label != "#KSUMMA":
            self._checksum.add(record.counted)
        if label == "#TRANS":
            return self._read_row(record)
        if label in ROWS_NOT_SUMMED:
            return None
        if label == "#VER":
            self._read_voucher(record)
        elif label == "" and not record.counted:
            self._read_brace(record)
        elif label == "#KSUMMA":
            self._read_checksum(record)
        elif label in self._heading:
            self._read_heading(record)
        elif label in BALANCES:
            self._balances = True
        elif not label.startswith("#"):
            self._error("malformed_line", record.line, NOT_A_RECORD)
        return None

    # Vouchers

    def _read_voucher(self, record: Record) -> None:
        self._end_voucher(record.line)
        series, number, written = [*record.fields, "", "", ""][:3]
        dated_on = day(written)
        if dated_on is None:
            self._error("malformed_line", record.line, MALFORMED)
        else:
            self._check_day(dated_on, record.line)
        name = joined([self._text(series), self._text(number)]) if number.strip() else ""
        self._voucher = Voucher(record.line, name, dated_on, is_open=record.opens)
        self.head.vouchers += 1
        if name:
            first = self.head.voucher_lines.setdefault(name, record.line)
            if first != record.line:
                detail = _double_voucher(name, first, record.line)
                self._issues.add("error", "double_voucher", detail, line=record.line, code=name)

    def _check_day(self, dated_on: date, line: int) -> None:
        self.head.years.setdefault(dated_on.year, line)
        first, last = self.head.first_day, self.head.last_day
        if first and last and not first <= dated_on <= last:
            self._error("period_outside_year", line, outside_year(dated_on, first, last))

    def _read_brace(self, record: Record) -> None:
        voucher = self._voucher
        if voucher is None or voucher.is_open == record.opens:
            self._error("malformed_line", record.line, MALFORMED)
        elif record.opens:
            voucher.is_open = True
        else:
            self._voucher = None
            if voucher.total and voucher.is_whole:
                detail = unbalanced(voucher.name, voucher.total)
                self._issues.add("error", "unbalanced_voucher", detail, line=voucher.line)

    def _end_voucher(self, line: int) -> None:
        """A voucher without rows may lack its braces; one that has begun must be closed."""
        if self._voucher is not None and self._voucher.is_open:
            self._error("malformed_line", line, NEVER_CLOSED)
        self._voucher = None

    def _read_row(self, record: Record) -> Transaction | None:
        voucher = self._voucher
        if voucher is None or not voucher.is_open:
            self._error("malformed_line", record.line, OUTSIDE_VOUCHER)
            return None
        self.head.transactions += 1
        account = self._text(record.fields[0]) if record.fields else ""
        amount = sie_amount(record.fields[1]) if len(record.fields) > 1 else None
        objects = self._objects(record)
        if amount is None or objects is None or not 0 < len(account) <= LONGEST_ACCOUNT:
            voucher.is_whole = False
            self._error("malformed_line", record.line, MALFORMED)
            return None
        if not record.complete:
            self._issues.add("warning", "malformed_line", UNENDED_TEXT, line=record.line)
        voucher.total += amount
        if abs(amount) > LARGEST:
            self._error("amount_too_large", record.line, TOO_LARGE)
            return None
        if voucher.dated_on is None:
            return None
        return Transaction(record.line, voucher.name, voucher.dated_on, account, objects, amount)

    def _objects(self, record: Record) -> tuple[tuple[str, str], ...] | None:
        """Pairs of dimension and object, those left empty left out; None if they are no pairs."""
        named = [self._text(text) for text in record.objects or []]
        if len(named) % 2 or any(len(text) > LONGEST_OBJECT for text in named):
            return None
        pairs = zip(named[::2], named[1::2], strict=True)
        return tuple((dimension, object) for dimension, object in pairs if object)

    # What the file says of itself

    def _read_heading(self, record: Record) -> None:
        if self.head.vouchers:
            self._error("malformed_line", record.line, AFTER_VOUCHERS)
        else:
            self._heading[record.label](record)

    def _read_type(self, record: Record) -> None:
        self._type = record.fields[0].strip().upper() if record.fields else ""

    def _read_program(self, record: Record) -> None:
        self.head.program = joined(self._text(field) for field in record.fields[:2]) or None

    def _read_name(self, record: Record) -> None:
        self._names[record.label] = joined([self._text(field) for field in record.fields[:1]])
        names = [self._names.get(label, "") for label in NAMES]
        self.head.names = [name for name in names if name]

    def _read_year(self, record: Record) -> None:
        number, first, last = [*record.fields, "", "", ""][:3]
        if number.strip() != "0":
            return
        self.head.first_day, self.head.last_day = day(first), day(last)
        if self.head.first_day is None or self.head.last_day is None:
            self._error("malformed_line", record.line, MALFORMED)

    def _read_dimension(self, record: Record) -> None:
        """#UNDERDIM: its number, its name, and the dimension that it is a part of."""
        number, _, parent = [self._text(field) for field in [*record.fields, "", "", ""][:3]]
        if number and parent:
            self.head.parents[number] = parent

    def _read_checksum(self, record: Record) -> None:
        if not record.fields:
            self._checksum = Checksum()
        elif self._checksum is not None:
            if not self._checksum.matches(record.fields[0]):
                self._error("wrong_checksum", record.line, WRONG_CHECKSUM)
            self._checksum = None

    # The end

    def _finish(self) -> None:
        self._end_voucher(self._line)
        if self._checksum is not None:
            self._error("wrong_checksum", self._line, CHECKSUM_MISSING)

    def _settle_format(self) -> None:
        """Both kinds of type 4 say 4; only an export of a whole year has balances."""
        if self._type in ("1", "2", "3"):
            self.head.format = f"SIE {self._type}"
            return
        self.head.whole = self._type == "4E" or (self._balances and self._type != "4I")
        self.head.format = "SIE 4E" if self.head.whole else "SIE 4I"

    def _text(self, raw: str) -> str:
        return decoded(raw, self._encoding).strip()

    def _check_text(self, text: str, record: Record) -> None:
        """Bytes that are no text of this encoding; an error where they may change a sum."""
        if not is_broken(decoded(text, self._encoding), self._encoding):
            return
        vital = record.fields[: VITAL_FIELDS.get(record.label, 0)]
        if record.label == "#TRANS":
            vital += record.objects or []
        if any(is_broken(decoded(field, self._encoding), self._encoding) for field in vital):
            self._error("undecodable", record.line, UNDECODABLE)
        else:
            self._issues.add("warning", "undecodable", UNDECODABLE_TEXT, line=record.line)

    def _error(self, kind: str, line: int, detail: Text) -> None:
        self._issues.add("error", kind, detail, line=line)


def _double_voucher(name: str, first: int, again: int) -> Text:
    return Text(
        f"Verifikation {name} står två gånger i filen, på rad {first} och rad {again}. Exportera "
        "på nytt, så att den står en gång.",
        f"Voucher {name} stands twice in the file, on line {first} and line {again}. Export again, "
        "so that it stands once.",
    )

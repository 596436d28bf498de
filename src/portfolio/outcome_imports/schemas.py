"""Outcome imports and the account map, in and out."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from portfolio.accounts.account_map import Range
from portfolio.accounts.ledger_csv import Mapped, Unit
from portfolio.accounts.lines import Encoding
from portfolio.accounts.rules import Direction, Type
from portfolio.outcome_imports.rules import Extent
from portfolio.web.fields import Incoming, Line, Moment, Money, Outgoing, wrong
from portfolio.web.uploads import LeftOut, SentFile

COLUMNS = ("date_column", "account_column", "amount_column", "object_column")
DELIMITERS = {"tab": "\t", ";": ";", ",": ","}

MAP: dict[str, Any] = {
    "ranges": [
        {"first": "1", "last": "1", "type": "capital", "direction": "expense"},
        {"first": "2", "last": "2", "type": None, "direction": None},
        {"first": "3", "last": "3", "type": "operating", "direction": "income"},
        {"first": "4", "last": "8", "type": "operating", "direction": "expense"},
    ]
}
IMPORT: dict[str, Any] = {
    "id": 4,
    "status": "previewed",
    "ledger": "main",
    "year": 2027,
    "extent": "whole",
    "source": {
        "filename": "2027.se",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "format": "SIE 4E",
        "encoding": "cp437",
        "program": "Ekonomisystem 8.1",
        "vouchers": 812,
        "transactions": 3205,
    },
    "counts": {"added": 96, "removed": 0, "unchanged": 1204, "postings": 1300},
    "totals": {"capital": "18250000.00", "operating": "640200.50"},
    "issues": [
        {
            "severity": "warning",
            "kind": "unknown_object",
            "line": 1042,
            "code": "4712",
            "detail": "No investment has the object 4712 of dimension 6: 3 rows, SEK 12500.00. "
            "They count as soon as an investment has it.",
        }
    ],
    "impact": {
        "investments": [
            {
                "investment": "LIN-01",
                "name": "Meeting place",
                "before": {"capital": "1000000.00", "operating": "0.00"},
                "after": {"capital": "1250000.00", "operating": "0.00"},
            }
        ],
        "unknown_objects": [
            {
                "dimension": "6",
                "object": "4712",
                "postings": 3,
                "capital": "12500.00",
                "operating": "0.00",
            }
        ],
    },
    "created_at": "2027-05-03T08:15:00.000000Z",
}


def _year(value: Any) -> Any:
    """In a form, where everything comes as text."""
    if value in ("", None):
        return None
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) == 4):
        raise wrong("Ange året med fyra siffror.", "Give the year in four digits.")
    return value


def _delimiter(value: Any) -> Any:
    return {"": None, "\t": "tab"}.get(value, value) if isinstance(value, str) else value


Optional = Annotated[Line | None, LeftOut]


class OutcomeImportIn(Incoming):
    """The form of an import; fields left empty count as left out. Columns are for CSV."""

    file: Annotated[SentFile, Field(description="SIE 4E, SIE 4I or CSV.")]
    ledger: Optional = Field(
        default=None, description="As the investments' objects have it; else the file's own."
    )
    dimension: Optional = Field(
        default=None, description="Whose objects count; else those that investments name, or 6."
    )
    extent: Annotated[Extent | None, LeftOut] = Field(
        default=None,
        description="Whether the file replaces the year or adds to it; else a SIE 4E and a CSV "
        "file replaces, a SIE 4I adds.",
    )
    year: Annotated[int | None, Field(ge=1900, le=2200), BeforeValidator(_year)] = Field(
        default=None, description="The fiscal year, if the file does not say."
    )
    encoding: Annotated[Encoding | None, LeftOut] = Field(
        default=None, description="How its texts are written, over what is found."
    )
    date_column: Optional = Field(default=None, description="The column of dates.")
    account_column: Optional = Field(default=None, description="The column of accounts.")
    amount_column: Optional = Field(default=None, description="The column of amounts, debit +.")
    object_column: Optional = Field(default=None, description="The column of objects.")
    voucher_column: Optional = Field(default=None, description="The column of voucher numbers.")
    delimiter: Annotated[Literal["tab", ";", ","] | None, BeforeValidator(_delimiter)] = Field(
        default=None, description="What is between columns; else what the heading has most of."
    )
    unit: Annotated[Unit, BeforeValidator(lambda value: value or Unit.KR)] = Field(
        default=Unit.KR, description="What amounts are written in."
    )

    @model_validator(mode="after")
    def _columns_belong_together(self) -> Self:
        given = [name for name in COLUMNS if getattr(self, name) is not None]
        if given and len(given) < len(COLUMNS):
            missing = ", ".join(name for name in COLUMNS if name not in given)
            raise wrong(
                f"En CSV-fil behöver alla fyra kolumnerna; ange {missing}.",
                f"A CSV file needs all four columns; give {missing}.",
            )
        return self

    @property
    def mapped(self) -> Mapped | None:
        """Which column holds what; None if the form does not say."""
        date, account, amount, object = (getattr(self, name) for name in COLUMNS)
        if date is None:
            return None
        delimiter = None if self.delimiter is None else DELIMITERS[self.delimiter]
        return Mapped(date, account, amount, object, self.voucher_column, delimiter, self.unit)


class LedgerSourceOut(Outgoing):
    filename: str
    sha256: str
    format: str = Field(description="SIE 4E, SIE 4I or CSV; SIE 1 to 3 have no transactions.")
    encoding: Encoding
    program: str | None
    vouchers: int = Field(ge=0)
    transactions: int = Field(ge=0)


class PostingCountsOut(Outgoing):
    added: int = Field(ge=0)
    removed: int = Field(ge=0)
    unchanged: int = Field(ge=0)
    postings: int = Field(ge=0, description="How many the file books in all.")


class BookedOut(Outgoing):
    capital: Money
    operating: Money


class LedgerIssueOut(Outgoing):
    severity: Literal["error", "warning", "info"]
    kind: str
    detail: str
    line: int | None = Field(description="The line in the file, counted from 1.")
    code: str | None = Field(description="The account, object or voucher that it is about.")


class ChangedOutcomeOut(Outgoing):
    investment: str
    name: str
    before: BookedOut = Field(description="Over all ledgers and years.")
    after: BookedOut


class UnknownObjectOut(Outgoing):
    dimension: str
    object: str
    postings: int = Field(ge=1)
    capital: Money
    operating: Money


class OutcomeImpactOut(Outgoing):
    investments: list[ChangedOutcomeOut]
    unknown_objects: list[UnknownObjectOut] = Field(description="At most a thousand of them.")


class OutcomeImportOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": IMPORT})

    id: int
    status: Literal["previewed", "applied", "discarded"]
    ledger: str
    year: int | None
    extent: Extent
    source: LedgerSourceOut
    counts: PostingCountsOut
    totals: BookedOut = Field(description="Net of what the file books.")
    issues: list[LedgerIssueOut]
    impact: OutcomeImpactOut
    created_at: Moment


# The account map

Account = Annotated[
    str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,20}$"), Field(examples=["5610"])
]


class AccountRangeIn(Incoming):
    first: Account
    last: Account
    type: Type | None = Field(default=None, description="Null: the accounts are left out.")
    direction: Direction | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.type is None) != (self.direction is None):
            raise wrong(
                "Ange både type och direction, eller ingen av dem.",
                "Give both type and direction, or neither.",
            )
        return self


class AccountMapIn(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": MAP})

    ranges: list[AccountRangeIn] = Field(max_length=1000)

    def as_ranges(self) -> list[Range]:
        """The ranges as the rules take them."""
        return [Range(one.first, one.last, one.type, one.direction) for one in self.ranges]


class AccountRangeOut(Outgoing):
    first: str
    last: str
    type: Type | None
    direction: Direction | None


class AccountMapOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": MAP})

    ranges: list[AccountRangeOut]

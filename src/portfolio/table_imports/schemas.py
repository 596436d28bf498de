"""Imports of spreadsheets, in and out."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from portfolio.investments.rules import Kind, Serves
from portfolio.money.rules import Direction, Type
from portfolio.money.schemas import PriceLevel
from portfolio.table_imports.numbers import Unit
from portfolio.table_imports.rules import Effect, Order, Replace, Status
from portfolio.table_imports.sheets import ENCODINGS, SheetLimits, SheetRequest, heading
from portfolio.web.fields import (
    Code,
    Flag,
    Incoming,
    Line,
    Moment,
    Money,
    Outgoing,
    Reason,
    wrong,
)
from portfolio.web.jsonbody import read_json
from portfolio.web.uploads import LeftOut, SentFile

PLAN_COLUMNS: dict[str, Any] = {
    "investment": "Projekt",
    "years": {"2027": "Budget 2027", "2028": "Plan 2028"},
}
INVESTMENT_COLUMNS: dict[str, Any] = {
    "code": "Projekt",
    "name": "Benämning",
    "department": "Förvaltning",
}
SERIES: dict[str, Any] = {
    "lines": [
        {
            "year": 2027,
            "type": "capital",
            "direction": "expense",
            "department": "FGK",
            "account": None,
            "price_level": "current",
            "amount": "1250000.00",
        }
    ],
    "total": "1250000.00",
    "total_capital": "1250000.00",
    "total_operating": "0.00",
}
NO_LINES: dict[str, Any] = {
    "lines": [],
    "total": "0.00",
    "total_capital": "0.00",
    "total_operating": "0.00",
}
BRIEF: dict[str, Any] = {
    "id": 3,
    "status": "previewed",
    "source": {
        "filename": "Investeringsbudget 2027.xlsx",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "format": "xlsx",
        "sheet": "Budget",
        "rows": 214,
        "encoding": None,
        "delimiter": None,
        "unit": "tkr",
    },
    "counts": {"added": 1, "changed": 0, "unchanged": 212, "refused": 1},
    "totals": {"capital": "418250000.00", "operating": "0.00"},
    "created_at": "2026-11-03T08:15:00.000000Z",
}
IMPORT: dict[str, Any] = {
    **BRIEF,
    "issues": [
        {
            "severity": "error",
            "kind": "ambiguous",
            "row": 17,
            "column": "Budget 2027",
            "detail": "1.250 can be read in two ways; say with decimal=, or decimal=. which it is.",
        }
    ],
    "changes": [
        {
            "row": 2,
            "investment": "LIN-01",
            "change": "added",
            "before": {"forecast": NO_LINES},
            "after": {"forecast": SERIES},
        },
        {
            "row": 17,
            "investment": "LIN-02",
            "change": "refused",
            "before": None,
            "after": None,
        },
    ],
}


def _unit(value: Any) -> Any:
    if value in (None, ""):
        raise wrong(
            "Ange unit: kr, tkr eller mkr. Den gissas aldrig.",
            "Give unit: kr, tkr or mkr. It is never guessed.",
        )
    return value


def _header_row(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,6}", value):
        return int(value)
    return 1 if value == "" else value


def known_encoding(value: str | None) -> str | None:
    aliases = {"latin-1": "iso-8859-1", "windows-1252": "cp1252", "utf8": "utf-8"}
    found = aliases.get(value.lower(), value.lower()) if value else None
    if found is not None and found not in ENCODINGS:
        known = ", ".join(ENCODINGS)
        raise wrong(f"Välj bland {known}.", f"Choose among {known}.")
    return found


def _json(value: Any) -> Any:
    """The columns come as JSON in a field of a form."""
    if not isinstance(value, str):
        return value
    try:
        found = read_json(value.encode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise _no_columns() from error
    if not isinstance(found, dict):
        raise _no_columns()
    return found


def _no_columns() -> Exception:
    shown = json.dumps(PLAN_COLUMNS, ensure_ascii=False)
    return wrong(
        f"Ange columns som ett JSON-objekt från fält till rubrik, till exempel {shown}.",
        f"Give columns as a JSON object from field to header, such as {shown}.",
    )


def _heading(value: str) -> str:
    found = heading(value)
    if not found:
        raise wrong("Ange en rubrik i filen.", "Give a header of the file.")
    return found


Header = Annotated[str, StringConstraints(max_length=500), AfterValidator(_heading)]
CalendarYear = Annotated[str, StringConstraints(pattern=r"^(19|20|21)[0-9]{2}$")]
Years = Annotated[dict[CalendarYear, Header], Field(max_length=100)]
OptionalLine = Annotated[Line | None, LeftOut]
OptionalCode = Annotated[Code | None, LeftOut]


class Columns(Incoming):
    """Fields of ours to headers of the file."""

    years: Years = Field(default_factory=dict)

    @model_validator(mode="after")
    def _each_header_once(self) -> Self:
        headers = [*self.headers().values(), *self.years.values()]
        if len(set(headers)) < len(headers):
            raise wrong("Låt varje kolumn betyda en sak.", "Let each column mean one thing only.")
        return self

    def headers(self) -> dict[str, str]:
        return self.model_dump(exclude={"years"}, exclude_none=True)


class PlanColumns(Columns):
    model_config = ConfigDict(json_schema_extra={"example": PLAN_COLUMNS})

    investment: Header
    year: Header | None = None
    amount: Header | None = None
    type: Header | None = None
    direction: Header | None = None
    department: Header | None = None
    account: Header | None = None
    price_level: Header | None = None

    @model_validator(mode="after")
    def _amounts_one_way(self) -> Self:
        by_row = self.year is not None and self.amount is not None
        if (self.year is None) != (self.amount is None) or by_row == bool(self.years):
            raise wrong(
                "Ange antingen year och amount, eller years med en kolumn för varje år.",
                "Give either year and amount, or years with a column for each year.",
            )
        return self


class InvestmentColumns(Columns):
    model_config = ConfigDict(json_schema_extra={"example": INVESTMENT_COLUMNS})

    code: Header
    name: Header | None = None
    kind: Header | None = None
    program: Header | None = None
    department: Header | None = None
    description: Header | None = None
    problem: Header | None = None
    starts_on: Header | None = None
    ends_on: Header | None = None
    serves: Header | None = None
    area: Header | None = None


class SheetForm(Incoming):
    """What both imports ask; fields left empty count as left out."""

    file: Annotated[SentFile, Field(description="XLSX, or CSV with ; , or tab.")]
    unit: Annotated[Unit, BeforeValidator(_unit)] = Field(
        description="What an amount of 1 stands for; never guessed."
    )
    sheet: OptionalLine = Field(default=None, description="Its name, if there are several.")
    header_row: Annotated[int, Field(ge=1, le=1000), BeforeValidator(_header_row)] = 1
    encoding: Annotated[str | None, AfterValidator(known_encoding), LeftOut] = Field(
        default=None, description="Of a CSV; UTF-8 if it can be that, otherwise cp1252."
    )
    decimal: Annotated[Literal[",", "."] | None, LeftOut] = Field(
        default=None, description="Whether amounts written as text have a comma or a point."
    )
    type: Annotated[Type | None, LeftOut] = Field(
        default=None, description="For amounts whose row does not say."
    )
    price_level: Annotated[PriceLevel | None, LeftOut] = None
    department: OptionalCode = None
    replace: Annotated[Replace, BeforeValidator(lambda v: v or Replace.COVERED)] = Field(
        default=Replace.COVERED,
        description="Which lines of each forecast give way: of the years and types that the file "
        "covers, or all.",
    )
    skip_errors: Annotated[Flag, BeforeValidator(lambda v: False if v == "" else v)] = Field(
        default=False, description="Leave investments with errors out, instead of all."
    )

    def request(self, wanted: list[str], file_bytes: int) -> SheetRequest:
        limits = SheetLimits(file_bytes=file_bytes)
        return SheetRequest(wanted, self.header_row, self.sheet, self.encoding, limits)

    def order(self, own: str | None) -> Order:
        columns: Columns = self.columns  # type: ignore[attr-defined]  # each form has its own
        return Order(
            unit=self.unit,
            columns=columns.headers(),
            years={int(year): header for year, header in sorted(columns.years.items())},
            defaults=self._defaults(),
            decimal=self.decimal,
            replace=self.replace,
            skip_errors=self.skip_errors,
            own=own,
            scheme=getattr(self, "scheme", None),
            not_located_reason=getattr(self, "not_located_reason", None),
        )

    def _defaults(self) -> Mapping[str, str]:
        names = ("type", "direction", "price_level", "department", "program", "kind", "serves")
        values = {name: getattr(self, name, None) for name in names}
        return {name: str(value) for name, value in values.items() if value is not None}


class PlanImportIn(SheetForm):
    columns: Annotated[PlanColumns, BeforeValidator(_json)]
    direction: Annotated[Direction | None, LeftOut] = Field(
        default=None, description="Expense, unless said; a negative amount goes the other way."
    )

    @model_validator(mode="after")
    def _says_the_type(self) -> Self:
        if self.type is None and self.columns.type is None:
            raise _no_type()
        return self


class InvestmentImportIn(SheetForm):
    columns: Annotated[InvestmentColumns, BeforeValidator(_json)]
    kind: Annotated[Kind | None, LeftOut] = Field(default=None, description="Of new investments.")
    program: OptionalCode = None
    serves: Annotated[Serves | None, LeftOut] = None
    scheme: OptionalCode = Field(default=None, description="Whose areas `area` names.")
    not_located_reason: Annotated[Reason | None, LeftOut] = Field(
        default=None, description="For new investments without an area."
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.columns.years and self.type is None:
            raise _no_type()
        if self.columns.area is not None and self.scheme is None:
            raise wrong(
                "Ange scheme: vilken indelnings områden det är.",
                "Give scheme: whose areas they are.",
            )
        return self


def _no_type() -> Exception:
    return wrong(
        "Ange type: capital eller operating, i en kolumn eller som fält.",
        "Give type: capital or operating, as a column or as a field.",
    )


class SourceOut(Outgoing):
    filename: str
    sha256: str
    format: Literal["xlsx", "csv"]
    sheet: str | None
    rows: int = Field(ge=0, description="Those with anything in the mapped columns.")
    encoding: str | None = Field(description="How a CSV was read.")
    delimiter: str | None
    unit: Unit


class CountsOut(Outgoing):
    """Of investments; a row without a code counts as one."""

    added: int = Field(ge=0)
    changed: int = Field(ge=0)
    unchanged: int = Field(ge=0)
    refused: int = Field(ge=0)


class TotalsOut(Outgoing):
    """Expense less income of all that is not refused."""

    capital: Money
    operating: Money


class TableIssueOut(Outgoing):
    severity: Literal["error", "warning"]
    kind: str
    row: int | None = Field(description="As the spreadsheet counts; null for the whole file.")
    column: str | None
    detail: str


class TableChangeOut(Outgoing):
    row: int = Field(description="The first that is about the investment.")
    investment: str
    change: Effect
    before: dict[str, Any] | None = Field(description="The fields that differ, and `forecast`.")
    after: dict[str, Any] | None


class TableImportBriefOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": BRIEF})

    id: int
    status: Status
    source: SourceOut
    counts: CountsOut
    totals: TotalsOut
    created_at: Moment


class TableImportOut(TableImportBriefOut):
    model_config = ConfigDict(json_schema_extra={"example": IMPORT})

    issues: list[TableIssueOut]
    changes: list[TableChangeOut] = Field(description="The first 1 000.")

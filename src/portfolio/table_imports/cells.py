"""From the cells of a row to what the API takes in a body, with every fault at its cell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from portfolio.amounts import format_amount
from portfolio.areas.wording import shortened
from portfolio.language import Text
from portfolio.money.rules import Direction
from portfolio.money.schemas import PlanLineIn
from portfolio.table_imports.known import Known
from portfolio.table_imports.numbers import NumberFault, read_amount
from portfolio.table_imports.rules import Broken, Issue, Order, Row, plain_text
from portfolio.web.fields import DIGITS
from portfolio.web.translations import translated

# What Swedish spreadsheets call the values of the API.
SPOKEN: Mapping[str, Mapping[str, str]] = {
    "kind": {"fysisk": "physical", "social": "social"},
    "type": {"investering": "capital", "kapital": "capital", "drift": "operating"},
    "direction": {
        "utgift": "expense",
        "kostnad": "expense",
        "inkomst": "income",
        "intäkt": "income",
    },
    "serves": {"lokal": "local", "lokalt": "local", "hela kommunen": "citywide"},
}
REVERSED = {Direction.EXPENSE: Direction.INCOME, Direction.INCOME: Direction.EXPENSE}
LINE_TEXTS = ("type", "direction", "department", "account", "price_level")
Schema = TypeVar("Schema", bound=BaseModel)


@dataclass(slots=True)
class Reader:
    """Reads rows as an order says; what is wrong is noted, and the row is then refused."""

    order: Order
    known: Known
    issues: list[Issue] = field(default_factory=list)

    def fault(self, row: Row, name: str | None, kind: str, sv: str, en: str) -> None:
        """Note an error in the cell of a field, or in the whole row."""
        column = self.order.columns.get(name) if name else None
        self.issues.append(Issue("error", kind, row.number, column, Text(sv, en)))

    def text(self, row: Row, name: str) -> str | None:
        """What a row says of a field; None if nothing."""
        header = self.order.columns.get(name)
        cell = row.cells[header] if header is not None else None
        if isinstance(cell, Broken):
            self._broken(row, header, cell)
            return None
        said = plain_text(cell)
        return SPOKEN.get(name, {}).get(said.casefold(), said) if said else None

    def given(self, row: Row, name: str) -> str | None:
        """The same, or what holds where no cell says."""
        return self.text(row, name) or self.order.defaults.get(name)

    def department(self, row: Row, said: str | None) -> str | None:
        return self._resolved(row, "department", said, self.known.departments)

    def program(self, row: Row, said: str | None) -> str | None:
        return self._resolved(row, "program", said, self.known.programs)

    def _resolved(
        self, row: Row, name: str, said: str | None, codes: Mapping[str, str]
    ) -> str | None:
        if said is None:
            return None
        found = codes.get(said) or codes.get(said.casefold())
        if found is None:
            shown = shortened(said)
            self.fault(
                row,
                name,
                f"unknown_{name}",
                f"{shown} är varken kod eller namn på något som finns; lägg upp det först.",
                f"{shown} is neither the code nor the name of one that exists; register it first.",
            )
        return found

    def valid(self, row: Row, schema: type[Schema], data: Mapping[str, Any]) -> Schema | None:
        """The data as the schema of a body reads it."""
        try:
            return schema.model_validate(data)
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_input=False):
                name = str(fault["loc"][0]) if fault["loc"] else None
                detail = translated(fault)
                sv, en = (f"{name}: {t}" if name else t for t in (detail.sv, detail.en))
                self.fault(row, name, "invalid", sv, en)
            return None

    def lines(self, row: Row, department: str | None) -> list[dict[str, Any]]:
        """The plan lines of a row, amounts in öre; a negative one goes the other way.

        `department` is whose they are where the row does not say.
        """
        said: dict[str, Any] = {name: self.given(row, name) for name in LINE_TEXTS}
        said["department"] = self.department(row, said["department"]) or department
        said["direction"] = said["direction"] or Direction.EXPENSE.value
        said = {name: value for name, value in said.items() if value is not None}
        lines = []
        for year, amount in self._amounts(row):
            shown = format_amount(abs(amount))
            line = self.valid(row, PlanLineIn, {**said, "year": year, "amount": shown})
            if line is None:
                break
            lines.append(_plain_line(line, is_reversed=amount < 0))
            if self.order.own not in (None, line.department):
                self.not_own(row, line.department)
                break
        return lines

    def no_code(self, row: Row, name: str) -> None:
        """A row of nobody's, such as a sum; told, since money that is left out must be seen."""
        self.fault(
            row,
            name,
            "no_code",
            "Raden säger inte vilken investering den gäller; ange koden eller ta bort raden.",
            "The row does not say which investment it is about; give the code or remove the row.",
        )

    def not_own(self, row: Row, department: str) -> None:
        own = self.order.own
        self.fault(
            row,
            "department",
            "not_own",
            f"Nyckeln hör till {own} och kan inte ändra det som hör till {department}.",
            f"The key belongs to {own} and can't change what belongs to {department}.",
        )

    def _amounts(self, row: Row) -> Iterator[tuple[int | str, int]]:
        """Years with öre; an empty cell is nothing, but its year is spoken of."""
        for year, header in self.order.years.items():
            yield year, self._amount(row, header)
        if "amount" in self.order.columns:
            said = self.text(row, "year") or ""
            number = int(said) if DIGITS.fullmatch(said) else said
            yield number, self._amount(row, self.order.columns["amount"])

    def _amount(self, row: Row, header: str) -> int:
        cell = row.cells[header]
        if isinstance(cell, Broken):
            self._broken(row, header, cell)
            return 0
        try:
            return read_amount(cell, self.order.unit, self.order.decimal) or 0
        except NumberFault as fault:
            self.issues.append(Issue("error", fault.kind, row.number, header, fault.detail))
            return 0

    def _broken(self, row: Row, header: str | None, cell: Broken) -> None:
        detail = Text(
            f"Cellens formel har inget värde ({cell.shown}); räkna om arket och spara det.",
            f"The cell's formula has no value ({cell.shown}); calculate the sheet and save it.",
        )
        self.issues.append(Issue("error", "broken_cell", row.number, header, detail))


def _plain_line(line: PlanLineIn, *, is_reversed: bool) -> dict[str, Any]:
    direction = REVERSED[line.direction] if is_reversed else line.direction
    return {
        **line.model_dump(),
        "type": line.type.value,
        "direction": direction.value,
    }

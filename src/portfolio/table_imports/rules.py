"""What imports of spreadsheets are made of. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from portfolio.language import Text
from portfolio.table_imports.numbers import Unit

MOST_ISSUES_OF_A_KIND = 200
MOST_CHANGES_SHOWN = 1000
LARGEST_CELL = 32_767
# Each takes some twenty milliseconds to write, and on SQLite nobody else writes meanwhile.
MOST_INVESTMENTS = 2_000

Key = tuple[int, str]


class Target(StrEnum):
    INVESTMENTS = "investments"
    PLAN_LINES = "plan_lines"


class Status(StrEnum):
    PREVIEWED = "previewed"
    APPLIED = "applied"
    DISCARDED = "discarded"


class Replace(StrEnum):
    """Which lines of an investment's forecast give way."""

    COVERED = "covered"
    ALL = "all"


class Effect(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong; `row` counts from 1 as the spreadsheet does."""

    severity: Literal["error", "warning"]
    kind: str
    row: int | None
    column: str | None
    detail: Text


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell whose formula has failed or was never calculated."""

    shown: str


Cell = str | float | Broken | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: the cells of the columns that were asked for, by their headers."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from, and how the file was understood."""

    filename: str
    sha256: str
    format: str
    sheet: str | None
    rows: int
    encoding: str | None
    delimiter: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """Which column means what, and what holds where no column says."""

    unit: Unit
    # Field -> header; amounts have a column a year, or a year and an amount column.
    columns: Mapping[str, str]
    years: Mapping[int, str] = field(default_factory=dict)
    # Field -> value for rows that give none.
    defaults: Mapping[str, str] = field(default_factory=dict)
    decimal: str | None = None
    replace: Replace = Replace.COVERED
    skip_errors: bool = False
    # The department of a department's key: nothing else may change.
    own: str | None = None
    scheme: str | None = None
    not_located_reason: str | None = None

    @property
    def wanted(self) -> list[str]:
        """Each header once, in a stable order."""
        return list(dict.fromkeys([*self.columns.values(), *self.years.values()]))


@dataclass(frozen=True, slots=True)
class Covered:
    """What of a forecast an import speaks of: the rest stays as it is."""

    replace: Replace
    # Years with types; empty for a file without amounts.
    keys: frozenset[Key]
    # The only department whose lines may change; None for all.
    own: str | None = None

    def covers(self, year: int, type: str, department: str) -> bool:
        if self.own is not None and department != self.own:
            return False
        return self.replace is Replace.ALL or (year, type) in self.keys


def plain_text(cell: Cell) -> str:
    """A cell's text; a code or a year that the spreadsheet took for a number as it is shown."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return cell.strip() if isinstance(cell, str) else ""


def summed(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Lines that differ in their amounts only become one; amounts in öre. Zeros are left out."""
    sums: dict[tuple[Any, ...], int] = {}
    names: tuple[str, ...] = ()
    for line in lines:
        names = tuple(name for name in line if name != "amount")
        key = tuple(line[name] for name in names)
        sums[key] = sums.get(key, 0) + line["amount"]
    ordered = sorted(sums.items(), key=lambda entry: tuple(str(part) for part in entry[0]))
    return [
        {**dict(zip(names, key, strict=True)), "amount": amount}
        for key, amount in ordered
        if amount
    ]


def capped(issues: Sequence[Issue]) -> list[Issue]:
    """Keep the first of each kind in the order of rows, and say how many are left out."""
    kept: list[Issue] = []
    left: dict[tuple[Literal["error", "warning"], str], int] = {}
    seen: dict[str, int] = {}
    for issue in sorted(issues, key=lambda issue: (issue.row or 0, issue.column or "")):
        seen[issue.kind] = seen.get(issue.kind, 0) + 1
        if seen[issue.kind] <= MOST_ISSUES_OF_A_KIND:
            kept.append(issue)
        else:
            left[issue.severity, issue.kind] = left.get((issue.severity, issue.kind), 0) + 1
    return [*kept, *(_and_more(*which, number) for which, number in left.items())]


def _and_more(severity: Literal["error", "warning"], kind: str, number: int) -> Issue:
    detail = Text(
        f"Ytterligare {number} av samma slag visas inte; rätta dem som visas och läs filen igen.",
        f"Another {number} of the kind are not shown; correct those shown and send the file again.",
    )
    return Issue(severity, kind, None, None, detail)

"""From an uploaded spreadsheet to what applying it would change; nothing is written here."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from sqlalchemy import Engine
from sqlmodel import Session

from portfolio.amounts import format_amount
from portfolio.areas.wording import shortened
from portfolio.database.engine import snapshot
from portfolio.errors import UnreadableFile
from portfolio.language import Text
from portfolio.money.rules import Amount, Direction, Type, totals
from portfolio.money.service import LARGEST
from portfolio.table_imports import repository
from portfolio.table_imports.cells import Reader
from portfolio.table_imports.entries import Entry, expected, item_of
from portfolio.table_imports.investment_rows import read_investment_rows
from portfolio.table_imports.known import Known, check_references, load_known
from portfolio.table_imports.plan_rows import read_plan_rows
from portfolio.table_imports.rules import (
    MOST_INVESTMENTS,
    Covered,
    Effect,
    Issue,
    Order,
    Source,
    Target,
    capped,
    plain_text,
)
from portfolio.table_imports.sheet_files import read_table
from portfolio.table_imports.sheets import SheetRequest

# As in the body of a PUT of plan lines.
MOST_LINES = 2000


@dataclass(frozen=True, slots=True)
class Preview:
    """All that is kept of an import, as plain values."""

    target: Target
    source: dict[str, Any]
    work: dict[str, Any]
    counts: dict[str, Any]
    issues: list[dict[str, Any]]

    def kept(self) -> dict[str, Any]:
        """By the names of the columns that keep it."""
        return {
            "target": self.target.value,
            "source": self.source,
            "rows": self.work,
            "counts": self.counts,
            "issues": self.issues,
        }


def preview_file(
    engine: Engine,
    target: Target,
    order: Order,
    request: SheetRequest,
    file: BinaryIO,
    filename: str,
) -> Preview:
    """Read a sheet and compare it with what is there.

    No session of the caller's takes part: reading may take a minute, and on SQLite a session
    that is going to write locks out all others from its first statement on.
    """
    with snapshot(engine) as session:
        check_references(session, order)
    source, rows = read_table(file, filename, request)
    with snapshot(engine) as session:
        name = order.columns["code" if target is Target.INVESTMENTS else "investment"]
        known = _known(session, order, [plain_text(row.cells[name]) for row in rows])
        reader = Reader(order, known)
        read = read_investment_rows if target is Target.INVESTMENTS else read_plan_rows
        return _preview(target, source, reader, read(reader, rows))


def _known(session: Session, order: Order, named: Sequence[str]) -> Known:
    codes = frozenset(named)
    if len(codes) > MOST_INVESTMENTS:
        raise UnreadableFile(
            f"Filen har fler än {MOST_INVESTMENTS} investeringar. Dela upp den.",
            f"The file has more than {MOST_INVESTMENTS} investments. Split it.",
        )
    investments = repository.find_investments(session, codes)
    ids = [investment.id or 0 for investment in investments.values()]
    return load_known(session, order, investments, repository.find_forecasts(session, ids))


def _preview(target: Target, source: Source, reader: Reader, entries: list[Entry]) -> Preview:
    order = reader.order
    items = [
        _checked(reader, entry, Covered(order.replace, entry.keys, order.own)) for entry in entries
    ]
    sound = [entry for entry in entries if not entry.is_refused]
    effects = [item["change"] for item in items]
    return Preview(
        target=target,
        source={**asdict(source), "unit": order.unit.value},
        work={
            "own": order.own,
            "replace": order.replace.value,
            "skip_errors": order.skip_errors,
            "items": items,
        },
        counts={
            "counts": {effect.value: effects.count(effect.value) for effect in Effect},
            "totals": _totals(sound),
        },
        issues=[asdict(issue) for issue in capped(reader.issues)],
    )


def _checked(reader: Reader, entry: Entry, covered: Covered) -> dict[str, Any]:
    """What is kept of an entry, or that it is refused."""
    forecast = reader.known.forecast(entry.existing)
    if not entry.is_refused:
        program = reader.known.program_of(entry.existing) if entry.existing else None
        item = item_of(entry, program, forecast, covered)
        lines = expected(forecast, item["lines"] or [], covered)
        _check_size(reader, entry, lines)
        if not entry.is_refused:
            return item
    refused = {
        "investment": shortened(entry.code, 64),
        "row": entry.row,
        "change": Effect.REFUSED.value,
    }
    return {**refused, "before": None, "after": None}


def _check_size(reader: Reader, entry: Entry, lines: list[dict[str, Any]]) -> None:
    """What a PUT of the same lines would refuse."""
    if len(lines) <= MOST_LINES and sum(line["amount"] for line in lines) <= LARGEST:
        return
    detail = Text(
        f"{entry.code} får fler än {MOST_LINES} planrader, eller för stora belopp tillsammans.",
        f"{entry.code} gets more than {MOST_LINES} plan lines, or too large amounts together.",
    )
    reader.issues.append(Issue("error", "too_large", entry.row, None, detail))
    entry.is_refused = True


def _totals(entries: list[Entry]) -> dict[str, str]:
    """Expense less income of all that is read, to be compared with the sheet's own sums."""
    sums = totals(
        Amount(line["year"], Type(line["type"]), Direction(line["direction"]), line["amount"])
        for entry in entries
        for line in entry.lines
    )
    return {"capital": format_amount(sums.capital), "operating": format_amount(sums.operating)}

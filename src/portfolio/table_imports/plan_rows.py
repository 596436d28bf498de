"""Plan lines of investments that are there already, from the rows of a sheet."""

from collections.abc import Sequence

from portfolio.areas.wording import shortened
from portfolio.table_imports.cells import Reader
from portfolio.table_imports.entries import Entry
from portfolio.table_imports.rules import Row


def read_plan_rows(reader: Reader, rows: Sequence[Row]) -> list[Entry]:
    """An entry for each investment; those without a code in common, one each."""
    entries: dict[str, Entry] = {}
    for row in rows:
        noted = len(reader.issues)
        code = reader.text(row, "investment") or ""
        key = code or f"\n{row.number}"
        investment = reader.known.investments.get(code)
        entry = entries.setdefault(key, Entry(code, row.number, investment, has_only_lines=True))
        if investment is None:
            _unknown(reader, row, code)
        else:
            entry.lines += reader.lines(row, investment.department)
        entry.is_refused |= len(reader.issues) > noted
    return list(entries.values())


def _unknown(reader: Reader, row: Row, code: str) -> None:
    if not code:
        reader.no_code(row, "investment")
        return
    reader.fault(
        row,
        "investment",
        "unknown_investment",
        f"Det finns ingen investering {shortened(code)}; lägg upp den, eller importera den först.",
        f"There is no investment {shortened(code)}; register it, or import it first.",
    )

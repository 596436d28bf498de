"""What a file says of each investment, and what that would change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from portfolio.amounts import format_amount
from portfolio.hashing import sha256
from portfolio.investments.models import Investment
from portfolio.investments.service import PLAIN_FIELDS
from portfolio.money.service import FIELDS, shown_series
from portfolio.table_imports.repository import ForecastLine
from portfolio.table_imports.rules import Covered, Effect, Key, summed


@dataclass(slots=True)
class Entry:
    """One investment of a file: its rows put together."""

    code: str
    row: int
    existing: Investment | None
    # For a new one all its fields, otherwise those that differ; as the API stores them.
    fields: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    is_refused: bool = False
    # From a file of plan lines, where an investment is added if it had no forecast.
    has_only_lines: bool = False

    @property
    def keys(self) -> frozenset[Key]:
        """Years with types that the file speaks of for it; where the cell is empty as well."""
        return frozenset((line["year"], line["type"]) for line in self.lines)


def own_fields(investment: Investment, program: str | None) -> dict[str, Any]:
    """What an import may change of an investment, as it is."""
    own = {name: getattr(investment, name) for name in PLAIN_FIELDS}
    for name in ("starts_on", "ends_on"):
        own[name] = own[name].isoformat() if own[name] else None
    return {**own, "program": program, "location": investment.location}


def base_of(
    investment: Investment | None, program: str | None, forecast: Iterable[ForecastLine]
) -> str | None:
    """A hash of all that a preview is based on; None for an investment that is not there yet."""
    if investment is None:
        return None
    lines = [{**line, "amount": format_amount(line["amount"])} for line in forecast]
    return sha256({"own": own_fields(investment, program), "forecast": lines})


def expected(
    forecast: Iterable[ForecastLine], lines: list[dict[str, Any]], covered: Covered
) -> list[dict[str, Any]]:
    """The whole forecast as it is after an import; of a department's key, its own part."""
    kept = [line for line in forecast if not _is_covered(line, covered)]
    if covered.own is not None:
        kept = [line for line in kept if line["department"] == covered.own]
    return [*kept, *lines]


def _is_covered(line: Mapping[str, Any], covered: Covered) -> bool:
    return covered.covers(line["year"], line["type"], line["department"])


def item_of(
    entry: Entry, program: str | None, forecast: list[ForecastLine], covered: Covered
) -> dict[str, Any]:
    """What is kept of an entry until it is applied."""
    wanted = summed(entry.lines)
    former = [line for line in forecast if _is_covered(line, covered)]
    # Amounts come in the file if it covers any year; one without leaves the forecast alone.
    is_forecast = bool(covered.keys) and summed(former) != wanted
    before: dict[str, Any] = {}
    if entry.existing is not None:
        now = own_fields(entry.existing, program)
        before = {name: now[name] for name in entry.fields}
    after = dict(entry.fields)
    if is_forecast:
        before["forecast"], after["forecast"] = _shown(former), _shown(wanted)
    is_new = entry.existing is None or (entry.has_only_lines and not forecast)
    effect = Effect.ADDED if is_new else Effect.CHANGED
    return {
        "investment": entry.code,
        "row": entry.row,
        "change": (effect if after else Effect.UNCHANGED).value,
        "base": base_of(entry.existing, program, forecast),
        "fields": entry.fields,
        "keys": sorted(covered.keys),
        "lines": wanted if is_forecast else None,
        "before": before if entry.existing is not None else None,
        "after": after,
    }


def _shown(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return shown_series(SimpleNamespace(**{name: line[name] for name in FIELDS}) for line in lines)

"""The money of a plan: sums as gate status has them, in millions of kronor."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portfolio.gates.decisions import parse_total
from portfolio.gates.wording import KINDS, word
from portfolio.investments.rules import Kind, Status
from portfolio.language import Language
from portfolio.papers.glyphs import isolated, shortened
from portfolio.papers.wording import millions
from portfolio.reports.gate_status import totals_then
from portfolio.reports.rows import Row

SERIES = ("decided", "forecast", "outcome")
MOST_DEPARTMENTS = 6


def amounts(row: Row, language: Language) -> dict[str, str]:
    """Decided, forecast and outcome of one investment, as they are written."""
    sums = totals_then([row])["all"]
    return _written(sums, language)


def money(
    rows: Iterable[Row],
    gates: Sequence[Mapping[str, Any]],
    departments: Mapping[str, str],
    language: Language,
) -> dict[str, Any]:
    """The same for each gate, kind and department, and in all."""
    listed = list(rows)
    totals = totals_then(listed)
    # Templates may have one gate at different places in their order: its code tells it.
    by_gate: dict[str | None, list[Row]] = {}
    for row in listed:
        by_gate.setdefault(row.gate, []).append(row)
    by_kind = {
        kind: totals_then([row for row in listed if row.kind == kind])["all"] for kind in Kind
    }

    def by_size(one: Mapping[str, Any]) -> tuple[int, str]:
        return -parse_total(one["forecast_total"]), one["department"]

    largest = sorted(totals["by_department"], key=by_size)
    return {
        "by_gate": [_of_gate(by_gate.get(gate["gate"], ()), language) for gate in gates],
        "by_kind": [
            {"title": word(KINDS, kind or "all", language), **_written(sums, language)}
            for kind, sums in (*by_kind.items(), (None, totals["all"]))
        ],
        "by_department": [
            {"title": _titled(one["department"], departments), **_written(one, language)}
            for one in largest[:MOST_DEPARTMENTS]
        ],
        "more": _more(len(largest) - MOST_DEPARTMENTS, language),
        "all": _written(totals["all"], language),
    }


def _written(sums: Mapping[str, Any], language: Language) -> dict[str, str]:
    found = {name: millions(parse_total(sums[f"{name}_total"]), language) for name in SERIES}
    return {**found, "count": str(sums["count"])}


def _of_gate(rows: Sequence[Row], language: Language) -> dict[str, str]:
    """The sums of a gate; those that ended there are in them, though not in its column."""
    ended = sum(Status(row.status) in (Status.STOPPED, Status.COMPLETED) for row in rows)
    words = "avslutad eller stoppad" if ended == 1 else "avslutade eller stoppade"
    said = f"varav {ended} {words}" if language == "sv" else f"{ended} completed or stopped"
    return {**_written(totals_then(rows)["all"], language), "ended": said if ended else ""}


def _titled(code: str, departments: Mapping[str, str]) -> str:
    return f"{isolated(code)} · {isolated(shortened(departments.get(code, code), 40))}"


def _more(left: int, language: Language) -> str:
    if left <= 0:
        return ""
    sv, en = f"och {left} förvaltningar till", f"and {left} more departments"
    return sv if language == "sv" else en

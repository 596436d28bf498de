"""The money of a plan: sums as gate status has them, in millions of kronor."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portfolio.gates.decisions import parse_total
from portfolio.investments.rules import Kind
from portfolio.language import Language
from portfolio.papers.glyphs import shortened
from portfolio.papers.wording import KINDS, millions, word
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
    by_gate = {one["gate"]: one for one in totals["by_gate"]}
    empty = totals_then([])["all"]
    by_kind = {
        kind: totals_then([row for row in listed if row.kind == kind])["all"] for kind in Kind
    }

    def by_size(one: Mapping[str, Any]) -> tuple[int, str]:
        return -parse_total(one["forecast_total"]), one["department"]

    largest = sorted(totals["by_department"], key=by_size)
    return {
        "by_gate": [_written(by_gate.get(gate["gate"], empty), language) for gate in gates],
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


def _titled(code: str, departments: Mapping[str, str]) -> str:
    return f"{code} · {shortened(departments.get(code, code), 40)}"


def _more(left: int, language: Language) -> str:
    if left <= 0:
        return ""
    sv, en = f"och {left} förvaltningar till", f"and {left} more departments"
    return sv if language == "sv" else en

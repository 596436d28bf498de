"""The table a city prints once a year: a row an investment, and the sum of all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from portfolio.gates.repository import decisions_of
from portfolio.gates.rules import effective
from portfolio.investments.router import Filters
from portfolio.language import Language, Text
from portfolio.money.rules import Type
from portfolio.reports.exports import chunks_of_rows
from portfolio.reports.gate_status import difference, totals_now
from portfolio.reports.money_columns import ANNUAL
from portfolio.reports.rows import Moment, Row, program_codes
from portfolio.reports.selecting import chosen_then
from portfolio.reports.units import Rounder, Unit

SUM = Text("Summa", "Total")
SERIES = ("decided", "forecast", "outcome")
CONSEQUENCES = (
    "operating_consequence_decided",
    "operating_consequence_forecast",
    "operating_consequence_deviation",
)
MONEY = tuple(column.name for column in ANNUAL if column.kind == "money")

Amounts = dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Question:
    """Which investments, at which moment, and money of which type; None for both."""

    filters: Filters
    moment: Moment
    type: Type | None
    today: date


@dataclass(frozen=True, slots=True)
class Part:
    """Which lines of the table are asked for: all, or so many after an investment."""

    totals: bool
    limit: int | None = None
    after: str | None = None

    def begins(self, cells: Mapping[str, Any]) -> bool:
        """Whether a line comes after the investment that the part begins after."""
        return self.after is None or cells["investment"] > self.after


def cells_of(
    session: Session, question: Question, rows: Sequence[Row], rounder: Rounder
) -> Iterator[dict[str, Any]]:
    """Rows of the table, money in the unit of the rounder."""
    programs = program_codes(session)
    firsts = _first_decisions(session, question.moment, [row.id for row in rows])
    for row in rows:
        yield {
            "investment": row.code,
            "name": row.name,
            "program": row.program_code or programs.get(row.program_id or 0),
            "department": row.department,
            "kind": row.kind,
            "first_decided_on": firsts.get(row.id),
            "last_decided_on": row.last_decided_on,
            **_rounded(_amounts(row, question.type), rounder),
        }


def _first_decisions(session: Session, moment: Moment, ids: Sequence[int]) -> dict[int, date]:
    """When each was first decided on, by decisions that nobody superseded."""
    found = {}
    for id, decisions in decisions_of(session, ids, moment.known_at).items():
        dates = [one.decided_on for one in effective(decisions)]
        counted = [on for on in dates if moment.as_of is None or on <= moment.as_of]
        if counted:
            found[id] = min(counted)
    return found


def _amounts(row: Row, type: Type | None) -> Amounts:
    agreed, expected = row.consequence_decided, row.consequence_forecast
    types = list(Type) if type is None else [type]
    return {
        **{name: sum(getattr(row, f"{name}_{of.value}") for of in types) for name in SERIES},
        **dict(zip(CONSEQUENCES, (agreed, expected, difference(expected, agreed)), strict=True)),
    }


def _with_deviation(amounts: Mapping[str, int | None]) -> Amounts:
    """What is rounded already is subtracted, so that a row holds, and so do the columns."""
    return {**amounts, "deviation": difference(amounts["forecast"], amounts["decided"])}


def _rounded(amounts: Mapping[str, int | None], rounder: Rounder) -> Amounts:
    decided, forecast, deviation = CONSEQUENCES
    total = rounder.pair("total", amounts["decided"], amounts["forecast"])
    consequence = rounder.pair("consequence", amounts[decided], amounts[forecast])
    return {
        **rounder.row({"outcome": amounts["outcome"]}),
        **dict(zip(("decided", "forecast", "deviation"), total, strict=True)),
        **dict(zip((decided, forecast, deviation), consequence, strict=True)),
    }


def sums_of(session: Session, question: Question) -> dict[str, Any]:
    """Öre over all that match, not only a page; what is not known is left out of its sum."""
    moment, type = question.moment, question.type
    if not moment.is_now:
        rows = chosen_then(session, question.filters, moment, question.today)
        return _summed(_with_deviation(_amounts(row, type)) for row in rows)
    where = question.filters.where(session, question.today)
    found = totals_now(session, where)["all"]
    suffix = "total" if type is None else type.value
    sums: Amounts = {name: _ore(found[f"{name}_{suffix}"]) for name in SERIES}
    sums |= {name: _ore(found[name]) for name in CONSEQUENCES}
    return {"count": found["count"], **_with_deviation(sums)}


def _ore(text: str) -> int:
    """A sum may be longer than an amount that people may enter."""
    return int(text.replace(".", ""))


def _summed(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    sums: dict[str, Any] = {"count": 0, **dict.fromkeys(MONEY, 0)}
    for row in rows:
        sums["count"] += 1
        for name in MONEY:
            sums[name] += row[name] or 0
    return sums


def table_of(
    session: Session, question: Question, unit: Unit, language: Language, part: Part
) -> Iterator[dict[str, Any]]:
    """The table; its last line is the sum of all that match, that of their lines in any unit."""
    rounder, sums = Rounder(unit), _summed(())
    filters, moment, today = question.filters, question.moment, question.today
    shown = 0
    for rows, _ in chunks_of_rows(session, filters, moment, today):
        for cells in cells_of(session, question, rows, rounder):
            for name in MONEY:
                sums[name] += cells[name] or 0
            if part.limit is not None and (shown == part.limit or not part.begins(cells)):
                continue
            shown += 1
            yield cells
    if part.totals:
        empty = {column.name: None for column in ANNUAL}
        yield {**empty, **sums, "investment": SUM.in_language(language)}

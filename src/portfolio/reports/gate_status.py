"""Gate status as finance asks for it: a row an investment, with totals, as of any date."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from portfolio.amounts import format_amount
from portfolio.database.base import table
from portfolio.investments.models import Investment
from portfolio.investments.repository import SharesOf, find_shares
from portfolio.reports.columns import MONEY
from portfolio.reports.rows import Moment, Row, program_codes
from portfolio.reports.units import Rounder

# What the amounts of a row, or of many, follow from.
SUMMED = (
    "decided_capital",
    "decided_operating",
    "forecast_capital",
    "forecast_operating",
    "outcome_capital",
    "outcome_operating",
    "released_total",
)
# Each null for those that it is not known of.
CONSEQUENCES = ("decided", "forecast", "deviation")
# Sums over thousands of investments may be more than an integer of a database holds, so they
# are summed as whole parts and rests. Both round towards zero, also for negative amounts.
PART = 10**6


class Presenter:
    """Turns rows into what is answered; knows programs and shares by then."""

    def __init__(self, session: Session, moment: Moment, today: Any, ids: Any = None) -> None:
        self.programs = program_codes(session)
        self.shares: SharesOf = find_shares(
            session, moment.as_of or today, investment_ids=ids, known_at=moment.known_at
        )

    def cells(self, row: Row, rounder: Rounder) -> dict[str, Any]:
        """For tables: money in öre or whole units, dates as dates, lists as tuples."""
        return {
            "investment": row.code,
            "name": row.name,
            "kind": row.kind,
            "program": self.program(row),
            "steering": row.steering,
            "areas": tuple(f"{a['scheme']}/{a['code']}" for a in self.areas(row.id)),
            "department": row.department,
            "gate": row.gate,
            "gate_position": row.gate_position,
            "status": row.status,
            "last_outcome": row.last_outcome,
            "last_decided_on": row.last_decided_on,
            "last_decided_by": row.last_decided_by,
            "last_case_number": row.last_case_number,
            "review_on": row.review_on,
            "next_gate_on": row.next_gate_on,
            "weak_steps": tuple(row.weak_steps),
            "open_conditions": row.open_conditions,
            **row_amounts(row, rounder),
        }

    def program(self, row: Row) -> str | None:
        """Its program's code; that of its time, where the row tells it."""
        return row.program_code or self.programs.get(row.program_id or 0)

    def areas(self, investment_id: int) -> list[dict[str, str]]:
        return [
            {"scheme": scheme, "code": code}
            for scheme, view in self.shares.get(investment_id, {}).items()
            for code in view.areas
        ]

    def json(self, row: Row) -> dict[str, Any]:
        """For JSON: money as decimal strings; dates become text when they are written.

        Spelt out, since it runs for every row of every page.
        """
        decided = row.decided_capital + row.decided_operating
        forecast = row.forecast_capital + row.forecast_operating
        decided_all = decided if row.decided_all is None else row.decided_all
        return {
            "investment": row.code,
            "name": row.name,
            "kind": row.kind,
            "program": self.program(row),
            "steering": row.steering,
            "areas": self.areas(row.id),
            "department": row.department,
            "gate": row.gate,
            "gate_position": row.gate_position,
            "status": row.status,
            "last_outcome": row.last_outcome,
            "last_decided_on": row.last_decided_on,
            "last_decided_by": row.last_decided_by,
            "last_case_number": row.last_case_number,
            "review_on": row.review_on,
            "next_gate_on": row.next_gate_on,
            "weak_steps": row.weak_steps,
            "open_conditions": row.open_conditions,
            "decided_total": format_amount(decided),
            "decided_capital": format_amount(row.decided_capital),
            "decided_operating": format_amount(row.decided_operating),
            "forecast_total": format_amount(forecast),
            "forecast_capital": format_amount(row.forecast_capital),
            "forecast_operating": format_amount(row.forecast_operating),
            "outcome_total": format_amount(row.outcome_capital + row.outcome_operating),
            "outcome_capital": format_amount(row.outcome_capital),
            "outcome_operating": format_amount(row.outcome_operating),
            "deviation": format_amount(forecast - decided),
            "deviation_capital": format_amount(row.forecast_capital - row.decided_capital),
            "deviation_operating": format_amount(row.forecast_operating - row.decided_operating),
            "released_total": format_amount(row.released_total),
            "remaining_to_release": format_amount(decided_all - row.released_total),
            **_shown_consequences(row.consequence_decided, row.consequence_forecast),
        }


def _shown_consequences(agreed: int | None, expected: int | None) -> dict[str, str | None]:
    return {
        "operating_consequence_decided": shown_or_null(agreed),
        "operating_consequence_forecast": shown_or_null(expected),
        "operating_consequence_deviation": shown_or_null(difference(expected, agreed)),
    }


def shown_or_null(ore: int | None) -> str | None:
    return None if ore is None else format_amount(ore)


def difference(expected: int | None, agreed: int | None) -> int | None:
    """None where either is not known."""
    return None if expected is None or agreed is None else expected - agreed


def row_amounts(row: Row, rounder: Rounder) -> dict[str, int | None]:
    """Every amount of a row, in the rounder's unit, so that rows add up too."""
    others = ("outcome_capital", "outcome_operating", "released_total", "decided_all")
    found = rounder.row({name: getattr(row, name) for name in others})
    for kind in ("capital", "operating"):
        decided, forecast = getattr(row, f"decided_{kind}"), getattr(row, f"forecast_{kind}")
        found[f"decided_{kind}"], found[f"forecast_{kind}"], _ = rounder.pair(
            kind, decided, forecast
        )
    agreed, expected = row.consequence_decided, row.consequence_forecast
    sides = rounder.pair("consequence", agreed, expected)
    known = {name: found[name] or 0 for name in SUMMED}
    if row.decided_all == row.decided_capital + row.decided_operating:
        # The same money: what is left to release follows from the figures of its own row.
        found["decided_all"] = None
    consequences = dict(zip(CONSEQUENCES, sides, strict=True))
    return amounts_of(known, consequences, found["decided_all"])


def amounts_of(
    sums: Mapping[str, int],
    consequences: Mapping[str, int | None],
    decided_all: int | None = None,
) -> dict[str, int | None]:
    """Every amount of the answer, in öre or in a larger unit, from those of SUMMED.

    `decided_all` is of all years; None where the others are too.
    """
    found: dict[str, int | None] = {}
    for series in ("decided", "forecast", "outcome"):
        capital, operating = sums[f"{series}_capital"], sums[f"{series}_operating"]
        found[f"{series}_total"] = capital + operating
        found[f"{series}_capital"] = capital
        found[f"{series}_operating"] = operating
    decided = sums["decided_capital"] + sums["decided_operating"]
    forecast = sums["forecast_capital"] + sums["forecast_operating"]
    released = sums["released_total"]
    return {
        **found,
        "deviation": forecast - decided,
        "deviation_capital": sums["forecast_capital"] - sums["decided_capital"],
        "deviation_operating": sums["forecast_operating"] - sums["decided_operating"],
        "released_total": released,
        "remaining_to_release": (decided if decided_all is None else decided_all) - released,
        **{f"operating_consequence_{name}": consequences[name] for name in CONSEQUENCES},
    }


def _summed_columns() -> dict[str, sa.ColumnElement[Any]]:
    """What is summed over investments as they are now, by name."""
    found = table(Investment)
    spent = sa.case((found.c.sunk, found.c.outcome_capital), else_=found.c.consequence_forecast)
    return {
        **{name: found.c[name] for name in SUMMED},
        "decided": found.c.consequence_decided,
        "forecast": spent,
        "deviation": spent - found.c.consequence_decided,
    }


def totals_now(session: Session, where: Sequence[Any]) -> dict[str, Any]:
    """Sums over all investments that match, by gate, by department and in all."""
    sums = [
        func.sum(part)
        for column in _summed_columns().values()
        for part in (column // PART, column % PART)
    ]

    def grouped(*columns: Any) -> list[Any]:
        asked: list[Any] = [*columns, func.count(col(Investment.id)), *sums]
        query: Any = select(*asked).where(*where)
        return list(session.exec(query.group_by(*columns) if columns else query))

    gates = grouped(col(Investment.gate_position), col(Investment.gate))
    departments = grouped(col(Investment.department))
    return {
        "by_gate": [
            {"gate": row[1], "gate_position": row[0], **_sums(row[2:])}
            for row in sorted(gates, key=_gate_order)
        ],
        "by_department": [{"department": row[0], **_sums(row[1:])} for row in sorted(departments)],
        "all": _sums(grouped()[0]),
    }


def _gate_order(row: Sequence[Any]) -> tuple[int, str]:
    return (-1 if row[0] is None else row[0], row[1] or "")


def _sums(values: Sequence[Any]) -> dict[str, Any]:
    count, *parts = (int(value or 0) for value in values)
    wholes, rests = parts[::2], parts[1::2]
    sums = [whole * PART + rest for whole, rest in zip(wholes, rests, strict=True)]
    return _summed(count, dict(zip((*SUMMED, *CONSEQUENCES), sums, strict=True)))


def _summed(count: int, sums: Mapping[str, int]) -> dict[str, Any]:
    amounts = amounts_of(sums, sums, sums.get("decided_all"))
    return {"count": count, **{name: format_amount(amounts[name] or 0) for name in MONEY}}


class _Group:
    """Sums over some rows that were derived for another date."""

    def __init__(self) -> None:
        self.count = 0
        self.sums = dict.fromkeys((*SUMMED, *CONSEQUENCES, "decided_all"), 0)

    def add(self, row: Row) -> None:
        self.count += 1
        for name in (*SUMMED, "decided_all"):
            self.sums[name] += getattr(row, name) or 0
        agreed, expected = row.consequence_decided, row.consequence_forecast
        self.sums["decided"] += agreed or 0
        self.sums["forecast"] += expected or 0
        self.sums["deviation"] += difference(expected, agreed) or 0

    def shown(self) -> dict[str, Any]:
        return _summed(self.count, self.sums)


def totals_then(rows: Iterable[Row]) -> dict[str, Any]:
    """The same sums over rows that were derived for another date."""
    everything = _Group()
    gates: dict[tuple[int | None, str | None], _Group] = {}
    departments: dict[str, _Group] = {}
    for row in rows:
        everything.add(row)
        gates.setdefault((row.gate_position, row.gate), _Group()).add(row)
        departments.setdefault(row.department, _Group()).add(row)
    return {
        "by_gate": [
            {"gate": key[1], "gate_position": key[0], **gates[key].shown()}
            for key in sorted(gates, key=_gate_order)
        ],
        "by_department": [
            {"department": name, **departments[name].shown()} for name in sorted(departments)
        ],
        "all": everything.shown(),
    }

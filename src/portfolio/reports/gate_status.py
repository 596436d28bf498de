"""Gate status as finance asks for it: a row an investment, with totals, as of any date."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, func, select

from portfolio.amounts import format_amount
from portfolio.investments.models import Investment
from portfolio.investments.repository import SharesOf, find_shares
from portfolio.reports.columns import MONEY
from portfolio.reports.rows import Moment, Row, steerings

SUMMED = (
    "decided_capital",
    "decided_operating",
    "forecast_capital",
    "forecast_operating",
    "released_total",
)
# Sums over thousands of investments may be more than an integer of a database holds, so they
# are summed as whole parts and rests. Both round towards zero, also for negative amounts.
PART = 10**6
# Nothing is booked yet: outcome comes with the accounts.
NOTHING = format_amount(0)


class Presenter:
    """Turns rows into what is answered; knows programs and shares by then."""

    def __init__(self, session: Session, moment: Moment, today: Any, ids: Any = None) -> None:
        self.programs = steerings(session)
        self.shares: SharesOf = find_shares(
            session, moment.as_of or today, investment_ids=ids, known_at=moment.known_at
        )

    def cells(self, row: Any) -> dict[str, Any]:
        """For tables: money in öre, dates as dates, lists as tuples."""
        program, steering = self.program(row)
        return {
            "investment": row.code,
            "name": row.name,
            "kind": row.kind,
            "program": program,
            "steering": steering,
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
            **_amounts(*(getattr(row, name) for name in SUMMED), decided_all=row.decided_all),
        }

    def program(self, row: Row) -> tuple[str | None, str | None]:
        """Code and steering; those that the row was known by, where it tells them."""
        if row.program_code is not None:
            return row.program_code, row.steering
        return self.programs.get(row.program_id or 0, (None, None))

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
        program, steering = self.program(row)
        decided = row.decided_capital + row.decided_operating
        forecast = row.forecast_capital + row.forecast_operating
        decided_all = decided if row.decided_all is None else row.decided_all
        return {
            "investment": row.code,
            "name": row.name,
            "kind": row.kind,
            "program": program,
            "steering": steering,
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
            "outcome_total": NOTHING,
            "outcome_capital": NOTHING,
            "outcome_operating": NOTHING,
            "deviation": format_amount(forecast - decided),
            "deviation_capital": format_amount(row.forecast_capital - row.decided_capital),
            "deviation_operating": format_amount(row.forecast_operating - row.decided_operating),
            "released_total": format_amount(row.released_total),
            "remaining_to_release": format_amount(decided_all - row.released_total),
        }


def _amounts(
    decided_capital: int,
    decided_operating: int,
    forecast_capital: int,
    forecast_operating: int,
    released: int,
    *,
    decided_all: int | None,
) -> dict[str, int]:
    """Every amount of the answer, öre, from those of SUMMED.

    `decided_all` is of all years; None where the others are too.
    """
    decided = decided_capital + decided_operating
    forecast = forecast_capital + forecast_operating
    return {
        "decided_total": decided,
        "decided_capital": decided_capital,
        "decided_operating": decided_operating,
        "forecast_total": forecast,
        "forecast_capital": forecast_capital,
        "forecast_operating": forecast_operating,
        "outcome_total": 0,
        "outcome_capital": 0,
        "outcome_operating": 0,
        "deviation": forecast - decided,
        "deviation_capital": forecast_capital - decided_capital,
        "deviation_operating": forecast_operating - decided_operating,
        "released_total": released,
        "remaining_to_release": (decided if decided_all is None else decided_all) - released,
    }


def totals_now(session: Session, where: Sequence[Any]) -> dict[str, Any]:
    """Sums over all investments that match, by gate, by department and in all."""
    sums = [
        func.sum(part)
        for name in SUMMED
        for part in (getattr(Investment, name) // PART, getattr(Investment, name) % PART)
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
    return _summed(count, dict(zip(SUMMED, sums, strict=True)))


def _summed(count: int, sums: Mapping[str, int]) -> dict[str, Any]:
    amounts = _amounts(*(sums[name] for name in SUMMED), decided_all=sums.get("decided_all"))
    return {"count": count, **{name: format_amount(amounts[name]) for name in MONEY}}


def totals_then(rows: Iterable[Row]) -> dict[str, Any]:
    """The same sums over rows that were derived for another date."""
    listed = list(rows)
    gates: dict[tuple[int | None, str | None], list[Row]] = {}
    departments: dict[str, list[Row]] = {}
    for row in listed:
        gates.setdefault((row.gate_position, row.gate), []).append(row)
        departments.setdefault(row.department, []).append(row)
    return {
        "by_gate": [
            {"gate": key[1], "gate_position": key[0], **_summed_rows(gates[key])}
            for key in sorted(gates, key=_gate_order)
        ],
        "by_department": [
            {"department": name, **_summed_rows(departments[name])} for name in sorted(departments)
        ],
        "all": _summed_rows(listed),
    }


def _summed_rows(rows: Sequence[Row]) -> dict[str, Any]:
    sums = {name: sum(getattr(row, name) for row in rows) for name in SUMMED}
    sums["decided_all"] = sum(row.decided_all or 0 for row in rows)
    return _summed(len(rows), sums)

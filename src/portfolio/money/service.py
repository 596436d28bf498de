"""Keeping plan lines."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlmodel import Session

from portfolio.amounts import format_amount
from portfolio.database.lookup import named_in_body
from portfolio.errors import InvalidBody
from portfolio.investments.models import Investment
from portfolio.money import repository
from portfolio.money.models import PlanLine
from portfolio.money.prices import CURRENT, Prices, current_ore
from portfolio.money.rules import Series, totals
from portfolio.organisation.models import Department

# In öre: the largest amount that can be written, and far below what the sums' columns hold.
LARGEST = 10**15 - 1
FIELDS = ("year", "type", "direction", "department", "account", "price_level", "amount")


def shown_line(line: Any) -> dict[str, Any]:
    return {
        "year": line.year,
        "type": line.type,
        "direction": line.direction,
        "department": line.department,
        "account": line.account,
        "price_level": line.price_level,
        "amount": format_amount(line.amount),
    }


def shown_series(lines: Iterable[Any]) -> dict[str, Any]:
    """Lines with their totals, apart for capital and operating (M1)."""
    listed = list(lines)
    sums = totals(repository.amounts(listed))
    return {
        "lines": [shown_line(line) for line in listed],
        "total": format_amount(sums.net),
        "total_capital": format_amount(sums.capital),
        "total_operating": format_amount(sums.operating),
    }


def shown_with_levels(lines: Iterable[Any], prices: Prices) -> dict[str, Any]:
    """The same, with the lines as they are at the price level of their own years besides.

    Apart from the lines themselves, so that what was read can be changed and sent back.
    """
    listed = list(lines)
    moved = [_at_current_level(line, prices) for line in listed]
    known = [line for line in moved if line is not None]
    current = shown_series(known) if len(known) == len(listed) else None
    return {**shown_series(listed), "at_current_level": current}


def _at_current_level(line: Any, prices: Prices) -> Any:
    """A copy of the line; None if the index lacks a year."""
    ore = current_ore(line, prices)
    fields = {name: getattr(line, name) for name in FIELDS}
    fields |= {"price_level": CURRENT, "amount": ore}
    return None if ore is None else SimpleNamespace(**fields)


def replace_forecast(
    session: Session,
    investment: Investment,
    lines: Sequence[Mapping[str, Any]],
    at: datetime,
    *,
    department: str | None = None,
) -> None:
    """Replace the whole forecast, or one department's lines in it.

    Lines that come again as they were stay as they are; what is gone is retracted, not deleted.
    """
    for index, line in enumerate(lines):
        named_in_body(session, Department, line["department"], f"/lines/{index}/department")
    former = repository.find_forecast(session, investment.id or 0)
    if department is not None:
        former = [line for line in former if line.department == department]
    unchanged: dict[tuple[Any, ...], list[PlanLine]] = {}
    for row in former:
        unchanged.setdefault(_key(row.model_dump()), []).append(row)
    for wanted in lines:
        same = unchanged.get(_key(wanted))
        if same:
            same.pop()
        else:
            session.add(_line(investment, Series.FORECAST, wanted, at))
    for row in (row for rows in unchanged.values() for row in rows):
        row.retracted_at = at
        session.add(row)
    session.flush()
    expected = repository.find_forecast(session, investment.id or 0)
    _check_size((line.amount for line in expected), "/lines")
    sums = totals(repository.amounts(expected))
    investment.forecast_capital, investment.forecast_operating = sums.capital, sums.operating
    session.add(investment)
    session.flush()


def add_decided(
    session: Session,
    investment: Investment,
    decision_id: int,
    lines: Iterable[Mapping[str, Any]],
    at: datetime,
) -> None:
    """Keep the lines that a decision decided."""
    lines = list(lines)
    _check_size((line["amount"] for line in lines), "/decided_lines")
    for line in lines:
        row = _line(investment, Series.DECIDED, line, at)
        row.decision_id = decision_id
        session.add(row)
    session.flush()


def _check_size(amounts: Iterable[int], pointer: str) -> None:
    """All lines of a series together, whichever way they go, stay within what one line may be."""
    if sum(amounts) > LARGEST:
        raise InvalidBody.at(
            pointer,
            f"Raderna är tillsammans mer än {format_amount(LARGEST)} kronor; minska beloppen.",
            f"The lines together are more than SEK {format_amount(LARGEST)}; lower the amounts.",
        )


def _key(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(line[name] for name in FIELDS)


def _line(
    investment: Investment, series: Series, fields: Mapping[str, Any], at: datetime
) -> PlanLine:
    return PlanLine(
        investment_id=investment.id or 0,
        series=series.value,
        recorded_at=at,
        **{name: fields[name] for name in FIELDS},
    )

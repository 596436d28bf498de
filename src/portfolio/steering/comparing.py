"""What full steering would be worth, from what is allocated, forecast and committed (S7)."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from sqlmodel import Session, col, select

from portfolio.accounts.rules import Direction, Type
from portfolio.amounts import format_amount
from portfolio.budget.models import Allocation
from portfolio.investments.models import Investment
from portfolio.investments.rules import Status
from portfolio.money.indices import prices_now
from portfolio.money.models import PlanLine
from portfolio.money.prices import CURRENT, at_level, half_up
from portfolio.money.rules import Series
from portfolio.programs.models import Program
from portfolio.programs.steering import steering_of_program
from portfolio.steering.rules import Band, Need, carried, rubber_band

# What was stopped needs no more money; its forecast stays as it was last written.
STOPPED = Status.STOPPED.value


def comparison(session: Session, program: Program, year: int, today: date) -> dict[str, Any]:
    """Formulas 5 for every investment of a program, for capital and operating apart."""
    query = select(Investment).where(Investment.program_id == program.id)
    investments = list(session.exec(query.order_by(col(Investment.code))))
    allocations = _allocations(session, program, year)
    forecasts = _forecasts(session, program, year)

    def compared(type: Type) -> dict[str, Any]:
        needs = []
        for investment in investments:
            key = (investment.id or 0, type.value)
            allocated, committed = allocations.get(key, (0, 0))
            need = Need(
                investment=investment.code,
                department=investment.department,
                allocated=allocated,
                forecast=0 if investment.status == STOPPED else forecasts.get(key, 0),
                committed=committed,
                is_held=investment.status == Status.ON_HOLD.value,
                review_on=investment.review_on,
            )
            needs.append(need)
        return _shown(needs, investments, today)

    return {
        "program": program.code,
        "year": year,
        "mode": steering_of_program(session, program, today).value,
        "capital": compared(Type.CAPITAL),
        "operating": compared(Type.OPERATING),
    }


def _allocations(
    session: Session, program: Program, year: int
) -> dict[tuple[int, str], tuple[int, int]]:
    query = (
        select(Allocation)
        .join(Investment, col(Investment.id) == col(Allocation.investment_id))
        .where(Investment.program_id == program.id, Allocation.year == year)
    )
    return {
        (row.investment_id, row.type): (row.amount, row.committed) for row in session.exec(query)
    }


def _forecasts(session: Session, program: Program, year: int) -> dict[tuple[int, str], int]:
    """Expense less income at the year's own price level; a line without an index as written."""
    query = (
        select(PlanLine)
        .join(Investment, col(Investment.id) == col(PlanLine.investment_id))
        .where(
            Investment.program_id == program.id,
            PlanLine.series == Series.FORECAST.value,
            PlanLine.year == year,
            col(PlanLine.retracted_at).is_(None),
        )
    )
    prices = prices_now(session)
    exact: dict[tuple[int, str], Fraction] = {}
    for line in session.exec(query):
        found = at_level(line, CURRENT, prices)
        amount = Fraction(line.amount) if found is None else found
        key = (line.investment_id, line.type)
        signed = amount if line.direction == Direction.EXPENSE else -amount
        exact[key] = exact.get(key, Fraction(0)) + signed
    return {key: half_up(amount) for key, amount in exact.items()}


def _shown(needs: list[Need], investments: Iterable[Investment], today: date) -> dict[str, Any]:
    band = rubber_band(needs)
    taken = carried(needs, band, today)
    rows = [
        {
            "investment": need.investment,
            "name": investment.name,
            "department": need.department,
            "status": investment.status,
            "allocated": format_amount(need.allocated),
            "forecast": format_amount(need.forecast),
            "committed": format_amount(need.committed),
            "slack": format_amount(need.slack),
            "short": format_amount(need.short),
        }
        for need, investment in zip(needs, investments, strict=True)
    ]
    return {"investments": rows, **_shown_band(band), "carries": list(taken)}


def _shown_band(band: Band) -> dict[str, Any]:
    return {
        "slack": format_amount(band.slack),
        "short": format_amount(band.short),
        "covered_full": format_amount(band.covered_full),
        "covered_partial": format_amount(band.covered_partial),
        "rubber_band": format_amount(band.rubber_band),
        "uncovered": format_amount(band.uncovered),
        "by_department": [
            {
                "department": code,
                "slack": format_amount(cover.slack),
                "short": format_amount(cover.short),
                "covered": format_amount(cover.covered),
            }
            for code, cover in band.by_department.items()
        ],
    }

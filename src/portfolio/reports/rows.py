"""The rows of gate status: read off the investments as they are now, or derived for any date.

Both ways give the same columns; a test holds them to each other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import Session, col, func, or_, select

from portfolio.areas.repository import known
from portfolio.database.base import raw, table
from portfolio.gates import repository as gates
from portfolio.gates.modes import past_realisation
from portfolio.gates.rules import State
from portfolio.gates.standing import state_columns
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.money.models import PlanLine
from portfolio.money.rules import Direction, Series, Type
from portfolio.programs.models import GateTemplate, Program
from portfolio.programs.service import template_of
from portfolio.programs.steering import steering_histories
from portfolio.reports.facts import Facts, Moment

__all__ = ["Moment", "Row", "all_rows_then", "matching", "rows_now", "rows_then"]

STATE_COLUMNS = (
    "gate",
    "gate_position",
    "status",
    "last_outcome",
    "last_decided_on",
    "last_decided_by",
    "last_case_number",
    "review_on",
    "next_gate_on",
    "weak_steps",
    "open_conditions",
    "decided_capital",
    "decided_operating",
    "forecast_capital",
    "forecast_operating",
    "released_total",
    "outcome_capital",
    "outcome_operating",
    "sunk",
    "consequence_decided",
    "consequence_forecast",
)
OWN_COLUMNS = ("id", "code", "name", "kind", "program_id", "department", "serves")
NONE: Sequence[str] = ()
EMPTY_STATE: Mapping[str, Any] = {
    **dict.fromkeys(STATE_COLUMNS),
    "status": "preparing",
    "weak_steps": [],
    "open_conditions": 0,
    "released_total": 0,
    "sunk": False,
}
# So many rows are derived at a time; what they follow from is in memory together.
CHUNK = 1000


@dataclass(slots=True)
class Row:
    """An investment and where it stands; amounts in öre."""

    id: int
    code: str
    name: str
    kind: str
    program_id: int | None
    department: str
    serves: str
    gate: str | None
    gate_position: int | None
    status: str
    last_outcome: str | None
    last_decided_on: date | None
    last_decided_by: str | None
    last_case_number: str | None
    review_on: date | None
    next_gate_on: date | None
    weak_steps: Sequence[str]
    open_conditions: int
    decided_capital: int
    decided_operating: int
    forecast_capital: int
    forecast_operating: int
    released_total: int
    outcome_capital: int
    outcome_operating: int
    # Stopped before it was handed over: what was spent is its operating consequence.
    sunk: bool
    # Null where nothing was decided about it, or while an internal rate is missing.
    consequence_decided: int | None
    consequence_forecast: int | None
    # Of all years, also where the other amounts are one year's.
    decided_all: int | None = None
    # Told by rows derived for a moment; the portfolio asks for it.
    municipality_wide: bool = False
    # That of its program as it was then, for a row derived for a moment.
    program_code: str | None = None
    # The mode that rules this investment, or ruled it (S6); null without a program.
    steering: str | None = None


def rows_now(
    session: Session, where: Sequence[Any], after: str | None, limit: int | None, today: date
) -> list[Row]:
    """Rows of the investments' own columns, by code."""
    found = table(Investment)
    names = (*OWN_COLUMNS, *STATE_COLUMNS)
    columns = [raw(found.c[name]) if name == "weak_steps" else found.c[name] for name in names]
    query = sa.select(*columns).where(*where).order_by(found.c.code)
    if after is not None:
        query = query.where(found.c.code > after)
    rows = [Row(*row) for row in session.execute(query.limit(limit) if limit else query)]
    for row in rows:
        # Most have none, and that need not be parsed.
        row.weak_steps = NONE if row.weak_steps == "[]" else orjson.loads(str(row.weak_steps))
        if row.sunk:
            row.consequence_forecast = row.outcome_capital
    _set_modes(session, rows, today)
    return rows


def _set_modes(session: Session, rows: Sequence[Row], today: date) -> None:
    """The mode that rules each; decisions are read only where a program has changed its mode."""
    histories = steering_histories(session)
    changed = [row for row in rows if row.program_id and histories[row.program_id].changes]
    decisions = gates.decisions_of(session, [row.id for row in changed])
    templates = _templates_of(session, [row.id for row in changed])
    for row in rows:
        if row.program_id is None:
            continue
        history = histories[row.program_id]
        if not history.changes:
            row.steering = history.initial.value
            continue
        is_past = past_realisation(templates[row.id], decisions.get(row.id, []))
        row.steering = history.of_investment(today, row.id, is_past).value


def _templates_of(session: Session, ids: Sequence[int]) -> dict[int, Any]:
    if not ids:
        return {}
    templates = {row.id: template_of(row) for row in session.exec(select(GateTemplate))}
    query = select(Investment.id, Investment.template_id).where(col(Investment.id).in_(ids))
    return {id: templates[template] for id, template in session.exec(query) if id is not None}


def rows_then(
    session: Session,
    where: Sequence[Any],
    moment: Moment,
    today: date,
    *,
    after: str | None = None,
    limit: int = CHUNK,
) -> list[Row]:
    """Up to `limit` rows as they stood at the moment, by code, whatever their gate and status.

    `where` may name columns of `InvestmentVersion` only: what an investment was, was another
    thing then.
    """
    query = versions_then(where, moment.known_at).order_by(col(InvestmentVersion.code))
    if after is not None:
        query = query.where(InvestmentVersion.code > after)
    found = list(session.exec(query.limit(limit)))
    facts = Facts.load(session, moment, today, [row.investment_id for row in found])
    states = {
        row.investment_id: facts.state(row.investment_id, row.template_id)
        for row in found
        if row.template_id is not None
    }
    facts.load_shown_rounds(session, states)
    return [_row_then(row, states.get(row.investment_id), facts) for row in found]


def all_rows_then(
    session: Session, where: Sequence[Any], moment: Moment, today: date
) -> Iterator[Row]:
    """All of them, a chunk in memory at a time."""
    after = None
    while True:
        rows = rows_then(session, where, moment, today, after=after)
        yield from rows
        if len(rows) < CHUNK:
            return
        after = rows[-1].code


def versions_then(where: Sequence[Any], known_at: datetime | None) -> Any:
    query = select(InvestmentVersion).where(*where)
    if known_at is None:
        return query.where(col(InvestmentVersion.replaced_at).is_(None))
    later = or_(
        col(InvestmentVersion.replaced_at).is_(None),
        col(InvestmentVersion.replaced_at) > known_at,
    )
    return query.where(col(InvestmentVersion.recorded_at) <= known_at, later)


def count_then(session: Session, where: Sequence[Any], known_at: datetime | None) -> int:
    found = versions_then(where, known_at).subquery()
    return session.exec(select(func.count()).select_from(found)).one()


def _row_then(version: InvestmentVersion, state: State | None, facts: Facts) -> Row:
    id = version.investment_id
    money = facts.money(id)
    columns = dict(EMPTY_STATE)
    if state is not None:
        columns |= state_columns(facts.with_shown_round(state))
        columns["open_conditions"] = facts.open_conditions(state)
    outcome = facts.outcome.get(id, {})
    columns |= {
        "decided_capital": money.decided.get(Type.CAPITAL, 0),
        "decided_operating": money.decided.get(Type.OPERATING, 0),
        "forecast_capital": money.forecast.get(Type.CAPITAL, 0),
        "forecast_operating": money.forecast.get(Type.OPERATING, 0),
        "outcome_capital": outcome.get(Type.CAPITAL, 0),
        "outcome_operating": outcome.get(Type.OPERATING, 0),
        "consequence_decided": money.consequence_decided,
        "consequence_forecast": facts.consequence_forecast(id, state),
    }
    own = {name: getattr(version, name) for name in OWN_COLUMNS if name != "id"}
    return Row(
        id=id,
        **own,
        **columns,
        decided_all=money.decided_all,
        municipality_wide=version.municipality_wide,
        program_code=version.program_code,
        steering=facts.steering(version),
    )


def forecast_by_year(
    session: Session, known_at: datetime | None, ids: Any = None
) -> dict[int, dict[tuple[str, int], int]]:
    """Investment id -> (type, year) -> net öre of the forecast; of all, or of those ids."""
    columns: list[Any] = [
        col(PlanLine.investment_id),
        col(PlanLine.type),
        col(PlanLine.year),
        col(PlanLine.direction),
    ]
    query: Any = select(*[*columns, func.sum(PlanLine.amount)]).group_by(*columns)
    query = query.where(PlanLine.series == Series.FORECAST.value, known(PlanLine, known_at))
    if ids is not None:
        query = query.where(col(PlanLine.investment_id).in_(ids))
    found: dict[int, dict[tuple[str, int], int]] = {}
    for investment_id, kind, year, direction, amount in session.exec(query):
        years = found.setdefault(investment_id, {})
        sign = 1 if direction == Direction.EXPENSE else -1
        years[kind, year] = years.get((kind, year), 0) + sign * int(amount)
    return found


def program_codes(session: Session) -> dict[int, str]:
    return {id: code for id, code in session.exec(select(Program.id, Program.code)) if id}


def matching(rows: Iterable[Row], *, gate: str | None, status: str | None) -> Iterator[Row]:
    for row in rows:
        if (gate is None or row.gate == gate) and (status is None or row.status == status):
            yield row

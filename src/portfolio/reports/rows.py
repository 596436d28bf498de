"""The rows of gate status: read off the investments as they are now, or derived for any date.

Both ways give the same columns; a test holds them to each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import or_
from sqlmodel import Session, col, func, select

from portfolio.areas.repository import known
from portfolio.database.base import raw, table
from portfolio.gates import repository as gates
from portfolio.gates.models import Assessment, GateDecision
from portfolio.gates.rules import Decision, Money, Round, State, derive, effective
from portfolio.gates.standing import state_columns
from portfolio.investments.models import Investment, InvestmentVersion
from portfolio.money.models import PlanLine
from portfolio.money.rules import Direction, Series, Type
from portfolio.organisation.service import get_settings
from portfolio.programs.models import GateTemplate, Program
from portfolio.programs.service import template_of

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
)
OWN_COLUMNS = ("id", "code", "name", "kind", "program_id", "department", "serves")
NONE: Sequence[str] = ()
EMPTY_STATE: Mapping[str, Any] = {
    **dict.fromkeys(STATE_COLUMNS),
    "status": "preparing",
    "weak_steps": [],
    "open_conditions": 0,
    "released_total": 0,
}


@dataclass(frozen=True, slots=True)
class Moment:
    """As of which date, as known at which time, and money of which year; None for now and all."""

    as_of: date | None = None
    known_at: datetime | None = None
    year: int | None = None

    @property
    def is_now(self) -> bool:
        return self.as_of is None and self.known_at is None and self.year is None


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
    # Of all years, also where the other amounts are one year's.
    decided_all: int | None = None
    # Told by rows derived for a moment; the portfolio asks for it.
    municipality_wide: bool = False
    # Those of its program as it was then, for a row derived for a moment.
    program_code: str | None = None
    steering: str | None = None


def rows_now(
    session: Session, where: Sequence[Any], after: str | None, limit: int | None
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
    return rows


def rows_then(session: Session, where: Sequence[Any], moment: Moment) -> list[Row]:
    """All rows as they stood at the moment, by code, whatever their gate and status.

    `where` may name columns of `InvestmentVersion` only: what an investment was, was another
    thing then.
    """
    found = _versions(session, where, moment.known_at)
    facts = _Facts.load(session, moment, [row.investment_id for row in found])
    return [_row_then(row, facts) for row in sorted(found, key=lambda row: row.code)]


def _versions(
    session: Session, where: Sequence[Any], known_at: datetime | None
) -> list[InvestmentVersion]:
    query = select(InvestmentVersion).where(*where)
    if known_at is None:
        query = query.where(col(InvestmentVersion.replaced_at).is_(None))
    else:
        later = or_(
            col(InvestmentVersion.replaced_at).is_(None),
            col(InvestmentVersion.replaced_at) > known_at,
        )
        query = query.where(col(InvestmentVersion.recorded_at) <= known_at, later)
    return list(session.exec(query))


# (investment, decision or None for the forecast) -> net öre by type
Sums = dict[tuple[int, int | None], dict[str, int]]


@dataclass(slots=True)
class _Facts:
    """What the states of many investments follow from, as known at one time."""

    moment: Moment
    tolerance: float
    templates: dict[int, Any]
    decisions: dict[int, list[Decision]] = field(default_factory=dict)
    rounds: dict[int, list[Round]] = field(default_factory=dict)
    sums: Sums = field(default_factory=dict)
    sums_of_year: Sums = field(default_factory=dict)
    unmet: dict[int, list[tuple[int, bool]]] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session, moment: Moment, ids: Sequence[int]) -> "_Facts":
        tolerance = get_settings(session)["reconsideration_tolerance_percent"]
        templates = {row.id: template_of(row) for row in session.exec(select(GateTemplate))}
        facts = cls(moment, tolerance, {id: t for id, t in templates.items() if id is not None})
        wanted = set(ids)
        facts._load_decisions(session, wanted)
        facts._load_rounds(session, wanted)
        facts.sums = plan_sums(session, moment.known_at)
        if moment.year is not None:
            facts.sums_of_year = plan_sums(session, moment.known_at, year=moment.year)
        facts._load_conditions(session)
        return facts

    def _load_decisions(self, session: Session, wanted: set[int]) -> None:
        columns = [
            column
            for column in GateDecision.__table__.columns  # type: ignore[attr-defined]  # SQLModel
            if column.name != "snapshot"
        ]
        query: Any = select(*columns)
        if self.moment.known_at is not None:
            query = query.where(col(GateDecision.recorded_at) <= self.moment.known_at)
        for row in session.exec(query):
            if row.investment_id in wanted:
                fact = gates.decision_fact(row)
                self.decisions.setdefault(row.investment_id, []).append(fact)

    def _load_rounds(self, session: Session, wanted: set[int]) -> None:
        query = select(Assessment).where(Assessment.status == "submitted")
        if self.moment.known_at is not None:
            query = query.where(col(Assessment.submitted_at) <= self.moment.known_at)
        for row in session.exec(query.execution_options(yield_per=1000)):
            if row.investment_id in wanted:
                fact = gates.round_fact(row)
                self.rounds.setdefault(row.investment_id, []).append(fact)

    def _load_conditions(self, session: Session) -> None:
        ids = {fact.id for facts in self.decisions.values() for fact in facts}
        met = _met(session, self.moment)
        for condition in gates.find_all_conditions(session):
            if condition.decision_id in ids:
                open_ = (condition.decision_id, condition.number) not in met
                self.unmet.setdefault(condition.decision_id, []).append((condition.number, open_))

    def money(self, investment_id: int) -> tuple[dict[str, int], dict[str, int], Money]:
        """Forecast and decided by type, over all years, and both as G13 compares them."""
        forecast = self.sums.get((investment_id, None), {})
        decided = self.sums.get((investment_id, self._deciding(investment_id)), {})
        if self._deciding(investment_id) is None:
            decided = {}
        return (
            forecast,
            decided,
            Money(sum(forecast.values()), sum(decided.values()), self.tolerance),
        )

    def of_year(self, investment_id: int) -> tuple[dict[str, int], dict[str, int]]:
        deciding = self._deciding(investment_id)
        forecast = self.sums_of_year.get((investment_id, None), {})
        decided = self.sums_of_year.get((investment_id, deciding), {}) if deciding else {}
        return forecast, decided

    def _deciding(self, investment_id: int) -> int | None:
        as_of = self.moment.as_of
        counted = [
            fact
            for fact in effective(self.decisions.get(investment_id, []))
            if fact.decides_lines and (as_of is None or fact.decided_on <= as_of)
        ]
        return counted[-1].id if counted else None

    def open_conditions(self, state: State) -> int:
        return sum(open_ for fact in state.effective for _, open_ in self.unmet.get(fact.id, ()))


def _met(session: Session, moment: Moment) -> set[tuple[int, int]]:
    newest = gates.find_all_fulfilments(session, moment.known_at)
    return {
        key
        for key, row in newest.items()
        if row.met_on is not None and (moment.as_of is None or row.met_on <= moment.as_of)
    }


def plan_sums(session: Session, known_at: datetime | None, *, year: int | None = None) -> Sums:
    """Net öre by type, for each investment's forecast and for each decision's lines."""
    columns: list[Any] = [
        col(PlanLine.investment_id),
        col(PlanLine.decision_id),
        col(PlanLine.type),
        col(PlanLine.direction),
    ]
    query: Any = select(*[*columns, func.sum(PlanLine.amount)]).group_by(*columns)
    query = query.where(known(PlanLine, known_at))
    if year is not None:
        query = query.where(PlanLine.year == year)
    found: Sums = {}
    for investment_id, decision_id, kind, direction, amount in session.exec(query):
        sums = found.setdefault((investment_id, decision_id), {})
        sign = 1 if direction == Direction.EXPENSE else -1
        sums[kind] = sums.get(kind, 0) + sign * int(amount)
    return found


def forecast_by_year(
    session: Session, known_at: datetime | None
) -> dict[int, dict[tuple[str, int], int]]:
    """Investment id -> (type, year) -> net öre of the forecast."""
    columns: list[Any] = [
        col(PlanLine.investment_id),
        col(PlanLine.type),
        col(PlanLine.year),
        col(PlanLine.direction),
    ]
    query: Any = select(*[*columns, func.sum(PlanLine.amount)]).group_by(*columns)
    query = query.where(PlanLine.series == Series.FORECAST.value, known(PlanLine, known_at))
    found: dict[int, dict[tuple[str, int], int]] = {}
    for investment_id, kind, year, direction, amount in session.exec(query):
        years = found.setdefault(investment_id, {})
        sign = 1 if direction == Direction.EXPENSE else -1
        years[kind, year] = years.get((kind, year), 0) + sign * int(amount)
    return found


def _row_then(version: InvestmentVersion, facts: _Facts) -> Row:
    investment_id = version.investment_id
    forecast, decided, money = facts.money(investment_id)
    columns = dict(EMPTY_STATE)
    if version.template_id is not None:
        state = derive(
            facts.templates[version.template_id],
            facts.decisions.get(investment_id, []),
            facts.rounds.get(investment_id, []),
            money,
            as_of=facts.moment.as_of,
        )
        columns |= state_columns(state)
        columns["open_conditions"] = facts.open_conditions(state)
    if facts.moment.year is not None:
        forecast, decided = facts.of_year(investment_id)
    columns |= {
        "decided_capital": decided.get(Type.CAPITAL, 0),
        "decided_operating": decided.get(Type.OPERATING, 0),
        "forecast_capital": forecast.get(Type.CAPITAL, 0),
        "forecast_operating": forecast.get(Type.OPERATING, 0),
    }
    own = {name: getattr(version, name) for name in OWN_COLUMNS if name != "id"}
    return Row(
        id=investment_id,
        **own,
        **columns,
        decided_all=money.decided,
        municipality_wide=version.municipality_wide,
        program_code=version.program_code,
        steering=version.steering,
    )


def steerings(session: Session) -> dict[int, tuple[str, str]]:
    """Program id -> code and steering."""
    query = select(Program.id, Program.code, Program.steering)
    return {id: (code, steering) for id, code, steering in session.exec(query) if id is not None}


def matching(rows: Iterable[Row], *, gate: str | None, status: str | None) -> list[Row]:
    return [
        row
        for row in rows
        if (gate is None or row.gate == gate) and (status is None or row.status == status)
    ]

"""What the states of investments follow from, as of a date and as known at a time (M4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from portfolio.accounts.repository import Booked, Outcome, outcome_sums
from portfolio.accounts.rules import Type
from portfolio.areas.repository import known
from portfolio.costs.repository import Sum, find_sums
from portfolio.gates import repository as gates
from portfolio.gates.models import Assessment
from portfolio.gates.modes import past_realisation
from portfolio.gates.rules import Decision, Money, Round, State, derive, effective
from portfolio.gates.standing import frozen_prices
from portfolio.investments.models import InvestmentVersion
from portfolio.money.indices import prices_since, values_by_year
from portfolio.money.models import PlanLine
from portfolio.money.prices import CURRENT, compared
from portfolio.money.rules import Direction, Series
from portfolio.organisation.service import settings_at
from portfolio.programs.models import GateTemplate
from portfolio.programs.rules import SteeringHistory, Template
from portfolio.programs.service import template_of
from portfolio.programs.steering import steering_histories


@dataclass(frozen=True, slots=True)
class Moment:
    """As of which date, as known at which time, and money of which year; None for now and all."""

    as_of: date | None = None
    known_at: datetime | None = None
    year: int | None = None

    @property
    def is_now(self) -> bool:
        return self.as_of is None and self.known_at is None and self.year is None


# (investment, decision or None for the forecast) -> net öre by type
Sums = dict[tuple[int, int | None], dict[str, int]]
NOTHING_ENTERED, NOTHING_DECIDED = Sum(0, {}), Sum(None, {})


@dataclass(frozen=True, slots=True)
class Sides:
    """Forecast and decided by type, of the moment's year or of all; and what G13 compares."""

    forecast: Mapping[str, int]
    decided: Mapping[str, int]
    decided_all: int
    consequence_decided: int | None
    judged: Money


@dataclass(slots=True)
class Facts:
    """What the states of some investments follow from, as known at one time."""

    moment: Moment
    today: date
    tolerance: float
    templates: dict[int, Template]
    histories: dict[int, SteeringHistory]
    decisions: dict[int, list[Decision]] = field(default_factory=dict)
    rounds: dict[int, list[Round]] = field(default_factory=dict)
    shown_rounds: dict[int, Round] = field(default_factory=dict)
    sums: Sums = field(default_factory=dict)
    sums_of_year: Sums = field(default_factory=dict)
    # Of those with lines of a fixed year's level: net öre as G13 compares them.
    levelled: dict[int, tuple[int, int]] = field(default_factory=dict)
    consequences: dict[tuple[int, int | None], Sum] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=dict)
    # Capital booked in all years, for what is sunk.
    spent: Outcome = field(default_factory=dict)
    unmet: dict[int, list[bool]] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session, moment: Moment, today: date, ids: Sequence[int]) -> "Facts":
        settings = settings_at(session, moment.known_at)
        templates = {row.id: template_of(row) for row in session.exec(select(GateTemplate))}
        facts = cls(
            moment,
            today,
            settings["reconsideration_tolerance_percent"],
            {id: template for id, template in templates.items() if id is not None},
            steering_histories(session, known_at=moment.known_at),
        )
        known_at, year = moment.known_at, moment.year
        facts.decisions = gates.decisions_of(session, ids, known_at)
        facts.rounds = gates.submitted_rounds_of(session, ids, known_at)
        facts.sums = _plan_sums(session, ids, known_at)
        if year is not None:
            facts.sums_of_year = _plan_sums(session, ids, known_at, year=year)
        facts.consequences = find_sums(session, ids, known_at)
        facts.outcome = outcome_sums(session, Booked(moment.as_of, known_at, year), ids)
        booked = Booked(moment.as_of, known_at)
        facts.spent = facts.outcome if year is None else outcome_sums(session, booked, ids)
        facts._load_levelled(session, ids)
        facts._load_conditions(session, ids)
        return facts

    def _load_levelled(self, session: Session, ids: Sequence[int]) -> None:
        lines = _levelled_lines(session, ids, self.moment.known_at)
        if not lines:
            return
        values = values_by_year(session, self.moment.known_at)
        for id, found in lines.items():
            deciding = self.deciding(id)
            if deciding is None:
                continue
            frozen = frozen_prices(session, deciding.id, deciding.assessment_id)
            self.levelled[id] = compared(
                [line for line in found if line.series == Series.FORECAST],
                [line for line in found if line.decision_id == deciding.id],
                prices_since(frozen, values),
            )

    def _load_conditions(self, session: Session, ids: Sequence[int]) -> None:
        newest = gates.fulfilments_of(session, ids, self.moment.known_at)
        as_of = self.moment.as_of
        met = {
            key
            for key, row in newest.items()
            if row.met_on is not None and (as_of is None or row.met_on <= as_of)
        }
        for condition in gates.conditions_of(session, ids):
            is_open = (condition.decision_id, condition.number) not in met
            self.unmet.setdefault(condition.decision_id, []).append(is_open)

    def state(self, id: int, template_id: int) -> State:
        return derive(
            self.templates[template_id],
            self.decisions.get(id, []),
            self.rounds.get(id, []),
            self.money(id).judged,
            as_of=self.moment.as_of,
        )

    def load_shown_rounds(self, session: Session, states: Mapping[int, State]) -> None:
        """The steps of the rounds that are shown; those of all the others are not read."""
        shown = [state.shown_round.id for state in states.values() if state.shown_round]
        query = select(Assessment).where(col(Assessment.id).in_(shown))
        for row in session.exec(query) if shown else ():
            self.shown_rounds[row.id or 0] = gates.round_fact(row)

    def with_shown_round(self, state: State) -> State:
        if state.shown_round is None:
            return state
        return replace(state, shown_round=self.shown_rounds[state.shown_round.id])

    def money(self, id: int) -> Sides:
        deciding = self.deciding(id)
        forecast = self.sums.get((id, None), {})
        decided = self.sums.get((id, deciding.id), {}) if deciding else {}
        expected, agreed = self.levelled.get(id, (sum(forecast.values()), sum(decided.values())))
        judged = Money(
            expected,
            agreed,
            self.tolerance,
            self.consequences.get((id, None), NOTHING_ENTERED).total,
            self.consequences.get((id, deciding.id), NOTHING_DECIDED).total if deciding else None,
        )
        sums = self.sums if self.moment.year is None else self.sums_of_year
        return Sides(
            forecast=sums.get((id, None), {}),
            decided=sums.get((id, deciding.id), {}) if deciding else {},
            decided_all=sum(decided.values()),
            consequence_decided=self._consequence(id, deciding.id) if deciding else None,
            judged=judged,
        )

    def deciding(self, id: int) -> Decision | None:
        """The decision whose lines are the decided ones at the moment."""
        as_of = self.moment.as_of
        counted = [
            fact
            for fact in effective(self.decisions.get(id, []))
            if fact.decides_lines and (as_of is None or fact.decided_on <= as_of)
        ]
        return counted[-1] if counted else None

    def _consequence(self, id: int, decision_id: int | None) -> int | None:
        empty = NOTHING_ENTERED if decision_id is None else NOTHING_DECIDED
        found = self.consequences.get((id, decision_id), empty)
        if found.total is None or self.moment.year is None:
            return found.total
        return found.years.get(str(self.moment.year), 0)

    def consequence_forecast(self, id: int, state: State | None) -> int | None:
        """What is expected; of what was stopped before it was handed over, what was spent."""
        if state is None or not state.sunk:
            return self._consequence(id, None)
        spent = self.spent.get(id, {}).get(Type.CAPITAL, 0)
        year = state.last.decided_on.year if state.last else None
        return spent if self.moment.year in (None, year) else 0

    def open_conditions(self, state: State) -> int:
        return sum(sum(self.unmet.get(fact.id, ())) for fact in state.effective)

    def steering(self, version: InvestmentVersion) -> str | None:
        """The mode that ruled it on the date; of a program that is gone, what it began with."""
        history = self.histories.get(version.program_id or 0)
        if history is None or not history.changes:
            return version.steering
        is_past = past_realisation(
            self.templates[version.template_id or 0],
            self.decisions.get(version.investment_id, []),
        )
        on = self.moment.as_of or self.today
        return history.of_investment(on, version.investment_id, is_past).value


def _plan_sums(
    session: Session, ids: Sequence[int], known_at: datetime | None, *, year: int | None = None
) -> Sums:
    """Net öre by type, for each investment's forecast and for each decision's lines."""
    columns: list[Any] = [
        col(PlanLine.investment_id),
        col(PlanLine.decision_id),
        col(PlanLine.type),
        col(PlanLine.direction),
    ]
    query: Any = select(*[*columns, func.sum(PlanLine.amount)]).group_by(*columns)
    query = query.where(known(PlanLine, known_at), col(PlanLine.investment_id).in_(ids))
    if year is not None:
        query = query.where(PlanLine.year == year)
    found: Sums = {}
    for investment_id, decision_id, kind, direction, amount in session.exec(query):
        sums = found.setdefault((investment_id, decision_id), {})
        sign = 1 if direction == Direction.EXPENSE else -1
        sums[kind] = sums.get(kind, 0) + sign * int(amount)
    return found


def _levelled_lines(
    session: Session, ids: Sequence[int], known_at: datetime | None
) -> dict[int, list[PlanLine]]:
    """All lines of those investments that have any of a fixed year's level."""
    ours = (known(PlanLine, known_at), col(PlanLine.investment_id).in_(ids))
    levelled = session.exec(
        select(PlanLine.investment_id).where(*ours, PlanLine.price_level != CURRENT).distinct()
    ).all()
    found: dict[int, list[PlanLine]] = {}
    if levelled:
        query = select(PlanLine).where(*ours, col(PlanLine.investment_id).in_(levelled))
        for line in session.exec(query):
            found.setdefault(line.investment_id, []).append(line)
    return found

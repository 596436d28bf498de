"""Deriving where an investment stands, and keeping that on its row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlmodel import Session, col, select

from portfolio.costs.models import ConsequenceSum
from portfolio.gates import repository
from portfolio.gates.models import Assessment, GateDecision
from portfolio.gates.rules import (
    MOVING,
    Decision,
    Money,
    Outcome,
    Round,
    State,
    derive,
    effective,
)
from portfolio.investments.models import Investment
from portfolio.investments.rules import Status
from portfolio.money.indices import prices_since, values_by_year
from portfolio.money.models import PlanLine
from portfolio.money.prices import CURRENT, compared
from portfolio.money.repository import amounts, find_decided, find_forecast
from portfolio.money.rules import Totals, totals
from portfolio.organisation.service import get_settings
from portfolio.programs.models import GateTemplate
from portfolio.programs.rules import Template
from portfolio.programs.service import template_of


@dataclass(frozen=True, slots=True)
class Standing:
    """An investment's template, rounds and decisions, and the state that follows from them."""

    template: Template
    rounds: list[Assessment]
    decisions: list[GateDecision]
    state: State
    decided: Totals
    consequence_decided: int | None

    @property
    def facts(self) -> list[Decision]:
        return repository.decision_facts(self.decisions)


def load(session: Session, investment: Investment, *, without: int | None = None) -> Standing:
    """Where an investment in a program stands; `without` leaves a superseded decision out."""
    row = session.get_one(GateTemplate, investment.template_id)
    template = template_of(row)
    rounds = repository.find_rounds(session, investment.id or 0)
    decisions = repository.find_decisions(session, investment.id or 0)
    facts = repository.decision_facts(decisions)
    deciding = _newest_decided(facts, without)
    lines = find_decided(session, deciding)
    consequence = decided_consequence(session, deciding)
    forecast, decided = _at_decided_level(session, investment, lines, facts)
    money = Money(
        forecast=forecast,
        decided=decided,
        tolerance_percent=get_settings(session)["reconsideration_tolerance_percent"],
        consequence_forecast=investment.consequence_forecast,
        consequence_decided=consequence,
    )
    state = derive(template, facts, repository.round_facts(rounds), money, without=without)
    return Standing(template, rounds, decisions, state, totals(amounts(lines)), consequence)


def frozen_prices(
    session: Session, decision_id: int, assessment_id: int | None
) -> Mapping[str, str] | None:
    """The price index that a decision froze, by its round or by itself; None if it froze none."""
    frozen = repository.frozen_of(session, assessment_id)
    if not frozen:
        query = select(GateDecision.snapshot).where(GateDecision.id == decision_id)
        frozen = orjson.loads(session.exec(query).one())
    found: Mapping[str, str] | None = frozen.get("price_index")
    return found


def _at_decided_level(
    session: Session,
    investment: Investment,
    decided: Sequence[PlanLine],
    facts: Sequence[Decision],
) -> tuple[int, int]:
    """Forecast and decided, so that a change of index alone trips nothing (G13)."""
    lines = find_forecast(session, investment.id or 0) if decided else []
    if all(line.price_level == CURRENT for line in (*lines, *decided)):
        expected = investment.forecast_capital + investment.forecast_operating
        return expected, totals(amounts(decided)).net
    by_id = {fact.id: fact for fact in facts}
    deciding = by_id[decided[0].decision_id or 0]
    frozen = frozen_prices(session, deciding.id, deciding.assessment_id)
    return compared(lines, decided, prices_since(frozen, values_by_year(session)))


def decided_consequence(session: Session, decision_id: int | None) -> int | None:
    """The operating consequence over all years that a decision decided; None if it decided none."""
    query = select(ConsequenceSum.total).where(ConsequenceSum.decision_id == decision_id)
    return None if decision_id is None else session.exec(query).one_or_none()


def _newest_decided(facts: list[Decision], without: int | None) -> int | None:
    counted = reversed(effective(facts, without))
    return next((fact.id for fact in counted if fact.decides_lines), None)


def refresh(session: Session, investment: Investment) -> None:
    """Write what follows from rounds, decisions and plan lines onto the investment's row."""
    if investment.template_id is None:
        return
    standing = load(session, investment)
    for name, value in derived_columns(session, standing).items():
        setattr(investment, name, value)
    session.add(investment)
    session.flush()


def derived_columns(session: Session, standing: Standing) -> dict[str, Any]:
    """The denormalised columns of an investment, derived afresh; `doctor` compares with these."""
    ids = [decision.id for decision in standing.state.effective]
    met = {
        key
        for key, row in repository.find_fulfilments(session, ids).items()
        if row.met_on is not None
    }
    conditions = repository.find_conditions(session, ids)
    unmet = [row for row in conditions if (row.decision_id, row.number) not in met]
    return {
        **state_columns(standing.state),
        "open_conditions": len(unmet),
        "decided_capital": standing.decided.capital,
        "decided_operating": standing.decided.operating,
        "consequence_decided": standing.consequence_decided,
        "rounds": len(standing.rounds),
        "decisions": len(standing.decisions),
    }


def state_columns(state: State) -> dict[str, Any]:
    """What a state says, under the names of the columns that repeat it."""
    last = state.last
    held = state.status is Status.ON_HOLD and last is not None
    shown: Round | None = state.shown_round
    return {
        "gate": state.gate,
        "gate_position": state.position,
        "status": state.status.value,
        "last_outcome": last.outcome.value if last else None,
        "last_decided_on": last.decided_on if last else None,
        "last_decided_by": last.decided_by if last else None,
        "last_case_number": last.case_number if last else None,
        "review_on": last.review_on if held and last else None,
        "next_gate_on": shown.next_gate_on if shown and _plan_holds(state) else None,
        "weak_steps": list(shown.weak_steps) if shown else [],
        "released_total": state.released,
        "sunk": state.sunk,
    }


def _plan_holds(state: State) -> bool:
    """Whether the plan of the shown round still says when the next gate is.

    A plan leads to the gate after the one it was made at (G2). A rework leaves both (G9), so that
    nothing is planned until a round is submitted at the gate it came back to.
    """
    moves = [decision for decision in state.effective if decision.outcome in MOVING]
    sent_back = bool(moves) and moves[-1].outcome is Outcome.REWORK
    return not state.is_closed and not (sent_back and state.round is None)


def refresh_all(session: Session) -> None:
    """After a setting that states follow from has changed."""
    query = select(Investment).where(col(Investment.template_id).is_not(None))
    for investment in session.exec(query):
        refresh(session, investment)


def refresh_levelled(session: Session) -> None:
    """After a price index has changed: those with lines of a fixed year's level."""
    levelled = select(PlanLine.investment_id).where(
        PlanLine.price_level != CURRENT, col(PlanLine.retracted_at).is_(None)
    )
    query = select(Investment).where(
        col(Investment.template_id).is_not(None), col(Investment.id).in_(levelled)
    )
    for investment in session.exec(query):
        refresh(session, investment)

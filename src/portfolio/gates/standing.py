"""Deriving where an investment stands, and keeping that on its row."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from portfolio.gates import repository
from portfolio.gates.models import Assessment, GateDecision
from portfolio.gates.rules import Decision, Money, Round, State, derive, effective
from portfolio.investments.models import Investment
from portfolio.investments.rules import Status
from portfolio.money.repository import amounts, find_decided
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
    decided = totals(amounts(find_decided(session, _newest_decided(facts, without))))
    money = Money(
        forecast=investment.forecast_capital + investment.forecast_operating,
        decided=decided.net,
        tolerance_percent=get_settings(session)["reconsideration_tolerance_percent"],
    )
    state = derive(template, facts, repository.round_facts(rounds), money, without=without)
    return Standing(template, rounds, decisions, state, decided)


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
        "next_gate_on": shown.next_gate_on if shown and not state.is_closed else None,
        "weak_steps": list(shown.weak_steps) if shown else [],
        "released_total": state.released,
    }


def refresh_all(session: Session) -> None:
    """After a setting that states follow from has changed."""
    query = select(Investment).where(col(Investment.template_id).is_not(None))
    for investment in session.exec(query):
        refresh(session, investment)

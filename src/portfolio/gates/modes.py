"""Which steering rules an investment, or ruled it on a date (S1, S2, S6)."""

from collections.abc import Callable, Sequence
from datetime import date

from sqlmodel import Session

from portfolio.gates import repository
from portfolio.gates.rules import Decision, Money, derive
from portfolio.investments.models import Investment
from portfolio.programs.models import GateTemplate
from portfolio.programs.rules import Steering, Template
from portfolio.programs.service import template_of
from portfolio.programs.steering import steering_histories


def past_realisation(template: Template, decisions: Sequence[Decision]) -> Callable[[date], bool]:
    """Whether an investment was past the realisation gate on a date, by its decisions."""

    def is_past(on: date) -> bool:
        state = derive(template, decisions, (), Money(), as_of=on)
        return state.position > template.realisation_position

    return is_past


def mode_on(session: Session, investment: Investment, on: date) -> Steering:
    """The mode of an investment on a date.

    One without a program is run by its department alone, as under partial steering.
    """
    if investment.program_id is None:
        return Steering.PARTIAL
    history = steering_histories(session, [investment.program_id])[investment.program_id]
    if not history.changes:
        return history.initial
    template = template_of(session.get_one(GateTemplate, investment.template_id))
    rows = repository.find_decisions(session, investment.id or 0)
    is_past = past_realisation(template, repository.decision_facts(rows))
    return history.of_investment(on, investment.id or 0, is_past)

"""Living an investment's history again: each step through the service that the API uses."""

from sqlmodel import Session

from portfolio.access.rules import Caller, Role
from portfolio.clock import Act
from portfolio.costs import service as costs
from portfolio.costs.models import Component
from portfolio.costs.repository import find_rows
from portfolio.events.service import record
from portfolio.gates import assessments, decisions, repository, standing
from portfolio.gates.consequences import refresh_forecast
from portfolio.gates.models import GateDecision
from portfolio.gates.schemas import Steps
from portfolio.investments.models import Investment
from portfolio.investments.schemas import plain
from portfolio.investments.service import create_investment, resource
from portfolio.money.repository import find_forecast
from portfolio.money.service import replace_forecast, shown_series
from portfolio.sample.content import History, Met, Plan, Visit


def live(session: Session, act: Act, history: History) -> None:
    """Register an investment, and all that has happened to it."""
    investment = create_investment(session, act, plain(history.investment))
    for visit in history.visits:
        if visit.plan is not None:
            _forecast(session, act, investment, visit.plan)
        if visit.component or visit.consequence_line:
            _enter_consequence(session, act, investment, visit)
        if visit.steps is not None:
            _assess(session, act, investment, visit.gate, visit.steps, draft=visit.draft)
        if visit.recommendation is not None:
            assessments.recommend(session, act, investment, visit.recommendation.model_dump())
        if visit.decision is not None:
            decision = _decide(session, act, investment, visit)
            _meet(session, act, investment, decision, visit.met)


def _forecast(session: Session, act: Act, investment: Investment, plan: Plan) -> None:
    before = shown_series(find_forecast(session, investment.id or 0))
    replace_forecast(session, investment, plan.lines(investment.department), act.at)
    standing.refresh(session, investment)
    after = shown_series(find_forecast(session, investment.id or 0))
    where = f"{resource(investment)}/plan-lines"
    record(session, act, "plan_lines.replaced", where, before=before, after=after)


def _enter_consequence(session: Session, act: Act, investment: Investment, visit: Visit) -> None:
    """A component that has the name of a former one is that one, changed."""
    former = {row.name: row for row in find_rows(session, Component, investment.id or 0)}
    for component in visit.component:
        fields = component.model_dump()
        if component.name in former:
            costs.change_component(session, act, investment, former[component.name], fields)
        else:
            costs.add_component(session, act, investment, fields)
    for line in visit.consequence_line:
        to_year = line.year if line.to_year is None else line.to_year
        department = line.department or investment.department
        fields = {**line.model_dump(), "to_year": to_year, "department": department}
        costs.add_line(session, act, investment, fields)
    refresh_forecast(session, investment, act.at)


def _assess(
    session: Session, act: Act, investment: Investment, gate: str, steps: Steps, *, draft: bool
) -> None:
    changes = steps.model_dump(mode="json", exclude_unset=True)
    row = assessments.start_round(session, act, investment, gate, changes)
    if not draft:
        assessments.submit_round(session, act, investment, row)


def _decide(session: Session, act: Act, investment: Investment, visit: Visit) -> GateDecision:
    data = visit.decision_data(investment.department)
    if visit.replaces_latest:
        data["supersedes"] = repository.find_decisions(session, investment.id or 0)[-1].id
    caller = Caller(actor=act.actor, role=Role.ADMIN)
    return decisions.decide(session, act, caller, investment, data)


def _meet(
    session: Session, act: Act, investment: Investment, decision: GateDecision, met: list[Met]
) -> None:
    conditions = repository.find_conditions(session, [decision.id or 0])
    for one in met:
        condition = conditions[one.condition - 1]
        changes = {"met_on": one.met_on, "note": one.note}
        decisions.mark_condition(session, act, investment, condition, changes)

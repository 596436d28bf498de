"""Assessments, recommendations and decisions over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlmodel import Session

from portfolio.access.rules import Caller, Role
from portfolio.errors import Forbidden, NotFound
from portfolio.gates import assessments, decisions, repository, schemas, standing
from portfolio.gates.models import Assessment, Condition, GateDecision
from portfolio.gates.rules import Outcome
from portfolio.gates.who_decides import is_partial_here
from portfolio.investments.models import Investment
from portfolio.investments.router import (
    InvestmentDep,
    LockedInvestment,
    OwnInvestment,
    require_own,
)
from portfolio.investments.service import resource
from portfolio.web.dependencies import ActDep, CallerDep, IdPath, LanguageDep, SessionDep
from portfolio.web.fields import Digits, Page
from portfolio.web.paging import PagingDep
from portfolio.web.replies import reply, reply_list, require_match
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute)

NumberPath = Annotated[Digits, Path(ge=1, le=2**31 - 1)]


def _round(row: InvestmentDep, round: NumberPath, session: SessionDep) -> Assessment:
    return repository.get_round(session, row, round)


def _own_round(row: OwnInvestment, round: NumberPath, session: SessionDep) -> Assessment:
    return repository.get_round(session, row, round)


def _round_for_change(
    request: Request, found: Annotated[Assessment, Depends(_own_round)]
) -> Assessment:
    require_match(request, assessments.shown_round(found))
    return found


@router.get(
    "/v1/investments/{investment}/assessments",
    response_model=Page[schemas.AssessmentOut],
    tags=["assessments"],
    summary="List the assessments",
)
def list_assessments(row: InvestmentDep, session: SessionDep, paging: PagingDep) -> Response:
    """Round by round, through the whole life of the investment."""
    rounds = repository.find_rounds(session, row.id or 0)
    return reply_list(paging.short(rounds, "round", assessments.shown_round))


@router.post(
    "/v1/investments/{investment}/assessments",
    response_model=schemas.AssessmentOut,
    status_code=201,
    tags=["assessments"],
    summary="Start an assessment",
)
def start_assessment(
    row: OwnInvestment, assessment: schemas.AssessmentIn, session: SessionDep, act: ActDep
) -> Response:
    """A draft at the present gate; what is left out is copied from the round before (G2, G3)."""
    steps = _steps(assessment)
    found = assessments.start_round(session, act, row, assessment.gate, steps)
    location = f"{resource(row)}/assessments/{found.round}"
    return reply(assessments.shown_round(found), status=201, location=location)


def _steps(assessment: schemas.AssessmentIn | schemas.AssessmentPatch) -> dict[str, Any]:
    sent = assessment.model_dump(mode="json", exclude_unset=True)
    return {name: step for name, step in (sent.get("steps") or {}).items() if step is not None}


@router.get(
    "/v1/investments/{investment}/assessments/{round}",
    response_model=schemas.AssessmentOut,
    tags=["assessments"],
    summary="Read an assessment",
)
def read_assessment(found: Annotated[Assessment, Depends(_round)]) -> Response:
    """With what was frozen when it was submitted."""
    return reply(assessments.shown_round(found))


@router.patch(
    "/v1/investments/{investment}/assessments/{round}",
    response_model=schemas.AssessmentOut,
    tags=["assessments"],
    summary="Change a draft",
)
def change_assessment(
    row: OwnInvestment,
    found: Annotated[Assessment, Depends(_round_for_change)],
    patch: schemas.AssessmentPatch,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """Any part of it, until it is submitted (G3)."""
    changes = {"gate": patch.gate, "steps": _steps(patch)}
    assessments.change_round(session, act, row, found, changes)
    return reply(assessments.shown_round(found))


@router.post(
    "/v1/investments/{investment}/assessments/{round}/submit",
    response_model=schemas.AssessmentOut,
    tags=["assessments"],
    summary="Submit a draft",
)
def submit_assessment(
    row: OwnInvestment,
    found: Annotated[Assessment, Depends(_own_round)],
    session: SessionDep,
    act: ActDep,
) -> Response:
    """It is locked from then on, with its plan lines, shares and area versions (G3)."""
    assessments.submit_round(session, act, row, found)
    return reply(assessments.shown_round(found))


@router.get(
    "/v1/investments/{investment}/readiness",
    response_model=schemas.ReadinessOut,
    tags=["assessments"],
    summary="What still blocks a decision",
)
def read_readiness(
    row: InvestmentDep,
    session: SessionDep,
    act: ActDep,
    language: LanguageDep,
    outcome: Outcome = Outcome.PASS,
) -> Response:
    """Every reason at once (G14). A weak step is named: the decision must outweigh it."""
    reasons = decisions.blocking(session, act, row, outcome)
    answer = {
        "gate": row.gate,
        "outcome": outcome.value,
        "ready": not reasons,
        "reasons": [reason.shown(language) for reason in reasons],
    }
    return reply(answer)


@router.get(
    "/v1/investments/{investment}/recommendations",
    response_model=Page[schemas.RecommendationOut],
    tags=["decisions"],
    summary="List the recommendations",
)
def list_recommendations(row: InvestmentDep, session: SessionDep, paging: PagingDep) -> Response:
    """What the program group has recommended, gate by gate."""
    found = repository.find_recommendations(session, row.id or 0)
    return reply_list(paging.short(found, "id", assessments.shown_recommendation))


@router.post(
    "/v1/investments/{investment}/recommendations",
    response_model=schemas.RecommendationOut,
    status_code=201,
    tags=["decisions"],
    summary="Register a recommendation",
)
def recommend(
    row: LockedInvestment,
    recommendation: schemas.RecommendationIn,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """Of the program group, for the present gate; a committee's pass needs one (S2)."""
    found = assessments.recommend(session, act, row, recommendation.model_dump())
    location = f"{resource(row)}/recommendations"
    return reply(assessments.shown_recommendation(found), status=201, location=location)


@router.get(
    "/v1/investments/{investment}/decisions",
    response_model=Page[schemas.DecisionItem],
    tags=["decisions"],
    summary="List the decisions",
)
def list_decisions(row: InvestmentDep, session: SessionDep, paging: PagingDep) -> Response:
    """In the order they were registered, superseded ones too (G10)."""
    found = repository.find_decisions(session, row.id or 0)
    rounds = repository.find_rounds(session, row.id or 0)
    replaced = {one.supersedes: one.id for one in found if one.supersedes}

    def shown(one: GateDecision) -> dict[str, Any]:
        return decisions.shown_decision(
            session, one, full=False, superseded_by=replaced.get(one.id or 0), rounds=rounds
        )

    return reply_list(paging.short(found, "id", shown))


@router.post(
    "/v1/investments/{investment}/decisions",
    response_model=schemas.DecisionOut,
    status_code=201,
    tags=["decisions"],
    summary="Register a gate decision",
)
def create_decision(
    row: OwnInvestment,
    decision: schemas.DecisionIn,
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
) -> Response:
    """As the minutes have it; refused with every rule that it breaks (G1-G13, S1, S2)."""
    made = decisions.decide(session, act, caller, row, decision.model_dump())
    shown = decisions.shown_decision(session, made, full=True)
    return reply(shown, status=201, location=f"{resource(row)}/decisions/{made.id}")


@router.get(
    "/v1/investments/{investment}/decisions/{id}",
    response_model=schemas.DecisionOut,
    tags=["decisions"],
    summary="Read a decision",
)
def read_decision(row: InvestmentDep, id: IdPath, session: SessionDep) -> Response:
    """With the snapshot it was made on, and the snapshot's hash (G10)."""
    found = repository.get_decision(session, row, id)
    replaced = {one.supersedes: one.id for one in repository.find_decisions(session, row.id or 0)}
    shown = decisions.shown_decision(session, found, full=True, superseded_by=replaced.get(id))
    return reply(shown)


def _get_condition(session: Session, row: Investment, id: int, n: int) -> Condition:
    decision = repository.get_decision(session, row, id)
    for condition in repository.find_conditions(session, [decision.id or 0]):
        if condition.number == n:
            return condition
    raise NotFound(f"Beslutet {id} har inget villkor {n}.", f"Decision {id} has no condition {n}.")


def _condition(row: InvestmentDep, id: IdPath, n: NumberPath, session: SessionDep) -> Condition:
    return _get_condition(session, row, id, n)


def _condition_for_change(
    request: Request,
    row: LockedInvestment,
    id: IdPath,
    n: NumberPath,
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
) -> Condition:
    condition = _get_condition(session, row, id, n)
    _require_condition_right(session, act, caller, row, id)
    require_match(request, _shown_condition(session, condition))
    return condition


def _require_condition_right(
    session: Session, act: Any, caller: Caller, row: Investment, decision_id: int
) -> None:
    """A department where its committee decides (S2); a board's key for its bodies' decisions."""
    decision = repository.get_decision(session, row, decision_id)
    if not caller.registers_for(decision.decided_by):
        raise Forbidden(
            f"Nyckeln registrerar inte det som gäller beslut av {decision.decided_by}.",
            f"The key does not register what concerns decisions of {decision.decided_by}.",
        )
    if caller.role is not Role.DEPARTMENT:
        return
    require_own(caller, row.department)
    here = standing.load(session, row)
    if not is_partial_here(decisions.situation_of(session, act, row, here, on=act.today)):
        raise Forbidden(
            "Villkoren följs upp av programmet; be samordnaren registrera det.",
            "The program follows up the conditions; ask the coordinator to register it.",
        )


def _shown_condition(session: Session, condition: Condition) -> dict[str, Any]:
    met = repository.find_fulfilments(session, [condition.decision_id])
    return decisions.shown_condition(condition, met.get((condition.decision_id, condition.number)))


@router.get(
    "/v1/investments/{investment}/decisions/{id}/conditions/{n}",
    response_model=schemas.ConditionOut,
    tags=["decisions"],
    summary="Read a condition",
)
def read_condition(
    condition: Annotated[Condition, Depends(_condition)], session: SessionDep
) -> Response:
    """And when it was met."""
    return reply(_shown_condition(session, condition))


@router.patch(
    "/v1/investments/{investment}/decisions/{id}/conditions/{n}",
    response_model=schemas.ConditionOut,
    tags=["decisions"],
    summary="Mark a condition as met",
)
def mark_condition(
    row: LockedInvestment,
    condition: Annotated[Condition, Depends(_condition_for_change)],
    patch: schemas.ConditionPatch,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """The decision itself stays as it was made (G10, G11)."""
    changes = patch.model_dump(exclude_unset=True)
    return reply(decisions.mark_condition(session, act, row, condition, changes))

"""Reallocations, steering decisions and the comparison over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from sqlmodel import Session

from portfolio.access.rules import Caller
from portfolio.clock import Act
from portfolio.database.lookup import get_by_code
from portfolio.errors import Forbidden
from portfolio.language import Language
from portfolio.programs.models import Program
from portfolio.programs.steering import find_steering_decisions
from portfolio.steering import comparing, decisions, matters, reallocations, repository, schemas
from portfolio.steering.matters import Matter
from portfolio.steering.rules import ReallocationStatus
from portfolio.web.dependencies import (
    ActDep,
    CallerDep,
    CodePath,
    IdPath,
    LanguageDep,
    SessionDep,
)
from portfolio.web.fields import Code, Digits, Page
from portfolio.web.paging import PagingDep
from portfolio.web.replies import reply, reply_list
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["steering"])

REALLOCATION = "/v1/programs/{program}/reallocations/{id}"
YearQuery = Annotated[Digits | None, Query(ge=1900, le=2200, description="Default this year.")]


def known_program(program: CodePath, session: SessionDep) -> Program:
    return get_by_code(session, Program, program)


def locked_program(program: CodePath, session: SessionDep) -> Program:
    """Locked until the commit: all money of a program moves one movement at a time."""
    return get_by_code(session, Program, program, lock=True)


ProgramDep = Annotated[Program, Depends(known_program)]
LockedProgram = Annotated[Program, Depends(locked_program)]


def _matter(row: ProgramDep, id: IdPath, session: SessionDep, act: ActDep) -> Matter:
    return matters.load(session, row, repository.get_reallocation(session, row, id), act.today)


def _locked_matter(row: LockedProgram, id: IdPath, session: SessionDep, act: ActDep) -> Matter:
    return _matter(row, id, session, act)


def _own_matter(matter: Annotated[Matter, Depends(_locked_matter)], caller: CallerDep) -> Matter:
    reallocations.require_say(caller, matter)
    return matter


LockedMatter = Annotated[Matter, Depends(_locked_matter)]
OwnMatter = Annotated[Matter, Depends(_own_matter)]


def _shown(
    session: Session, act: Act, program: Program, matter: Matter, language: Language
) -> dict[str, Any]:
    reasons = matters.obstacles(session, matter) if matter.is_open else ()
    return {
        **matters.shown_matter(program, matter),
        "waiting_for": matters.waiting_for(matter, act.today),
        "blocked_by": [
            {"rule": reason.rule, "detail": reason.detail.in_language(language)}
            for reason in reasons
        ],
    }


@router.get(
    "/v1/programs/{program}/reallocations",
    response_model=Page[schemas.ReallocationOut],
    summary="List the reallocations",
)
def list_reallocations(
    row: ProgramDep,
    session: SessionDep,
    paging: PagingDep,
    act: ActDep,
    language: LanguageDep,
    status: ReallocationStatus | None = None,
    waiting_for: Annotated[
        Code | None, Query(description="A department or a body that they wait for.")
    ] = None,
) -> Response:
    """Who has agreed, who has not, and for how many days they have waited (S4)."""
    rows = repository.find_reallocations(session, row)
    found = [
        matter
        for matter in matters.load_all(session, row, rows, act.today)
        if status in (None, matter.status)
        and (waiting_for is None or _waits_for(matter, act, waiting_for))
    ]
    page = paging.short(found, "id", lambda matter: _shown(session, act, row, matter, language))
    return reply_list(page)


def _waits_for(matter: Matter, act: Act, code: str) -> bool:
    waiting = matters.waiting_for(matter, act.today)
    return any(code in (one["department"], one["body"]) for one in waiting)


@router.post(
    "/v1/programs/{program}/reallocations",
    response_model=schemas.ReallocationOut,
    status_code=201,
    summary="Propose a reallocation",
)
def propose_reallocation(
    row: LockedProgram,
    reallocation: schemas.ReallocationIn,
    session: SessionDep,
    act: ActDep,
    language: LanguageDep,
) -> Response:
    """Under full steering and within the limit it is executed at once (S3); else proposed (S4)."""
    matter = reallocations.propose(session, act, row, reallocation.model_dump())
    shown = _shown(session, act, row, matter, language)
    return reply(shown, status=201, location=matters.path_of(row, matter.row))


@router.get(REALLOCATION, response_model=schemas.ReallocationOut, summary="Read a reallocation")
def read_reallocation(
    row: ProgramDep,
    matter: Annotated[Matter, Depends(_matter)],
    session: SessionDep,
    act: ActDep,
    language: LanguageDep,
) -> Response:
    """With whom it waits for, and what would stop it today."""
    return reply(_shown(session, act, row, matter, language))


@router.post(
    f"{REALLOCATION}/consent",
    response_model=schemas.ReallocationOut,
    summary="Consent to a reallocation",
)
def consent_to_reallocation(
    row: LockedProgram,
    matter: OwnMatter,
    consent: schemas.ConsentIn,
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
    language: LanguageDep,
) -> Response:
    """A department's own, in any order; the last decision that is needed moves the money (S4)."""
    found = reallocations.consent(session, act, caller, row, matter, consent.model_dump())
    return reply(_shown(session, act, row, found, language))


@router.post(
    f"{REALLOCATION}/approve",
    response_model=schemas.ReallocationOut,
    summary="Approve a reallocation",
)
def approve_reallocation(
    row: LockedProgram,
    matter: LockedMatter,
    approval: schemas.ApprovalIn,
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
    language: LanguageDep,
) -> Response:
    """By the body between committees (S4), or above the coordinator's limit (S3)."""
    found = reallocations.approve(session, act, caller, row, matter, approval.model_dump())
    return reply(_shown(session, act, row, found, language))


@router.post(
    f"{REALLOCATION}/decline",
    response_model=schemas.ReallocationOut,
    summary="Decline a reallocation",
)
def decline_reallocation(
    row: LockedProgram,
    matter: OwnMatter,
    declined: schemas.DeclineIn,
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
    language: LanguageDep,
) -> Response:
    """With a reason, by somebody whose decision it needs (S4)."""
    found = reallocations.decline(session, act, caller, row, matter, declined.reason)
    return reply(_shown(session, act, row, found, language))


@router.post(
    f"{REALLOCATION}/withdraw",
    response_model=schemas.ReallocationOut,
    summary="Withdraw a reallocation",
)
def withdraw_reallocation(
    row: LockedProgram,
    matter: LockedMatter,
    session: SessionDep,
    act: ActDep,
    language: LanguageDep,
) -> Response:
    """Before it is executed."""
    found = reallocations.withdraw(session, act, row, matter)
    return reply(_shown(session, act, row, found, language))


@router.post(
    f"{REALLOCATION}/execute",
    response_model=schemas.ReallocationOut,
    summary="Execute a reallocation",
)
def execute_reallocation(
    row: LockedProgram,
    matter: OwnMatter,
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
    language: LanguageDep,
) -> Response:
    """Once more, where a guard stood in the way when the last decision came (S3, S4)."""
    found = reallocations.execute(session, act, caller, row, matter)
    return reply(_shown(session, act, row, found, language))


@router.get(
    "/v1/programs/{program}/steering-decisions",
    response_model=schemas.SteeringPage,
    summary="List the steering decisions",
)
def list_steering_decisions(row: ProgramDep, session: SessionDep, paging: PagingDep) -> Response:
    """Which mode ruled when: `initial` by the mandate, then each change (S6)."""
    rows = find_steering_decisions(session, [row.id or 0])
    page = paging.short(rows, "id", lambda found: decisions.shown_decision(session, found))
    return reply({**page, "initial": decisions.shown_initial(row)})


@router.post(
    "/v1/programs/{program}/steering-decisions",
    response_model=schemas.SteeringOut,
    status_code=201,
    summary="Register a steering decision",
)
def register_steering_decision(
    row: LockedProgram,
    decision: schemas.SteeringIn,
    session: SessionDep,
    act: ActDep,
    caller: CallerDep,
) -> Response:
    """It changes the mode, and takes the money of those that follow along (S6)."""
    _require_registrar(caller, decision.decided_by)
    found = decisions.change_steering(session, act, row, decision.model_dump())
    shown = decisions.shown_decision(session, found)
    return reply(shown, status=201, location=decisions.path_of(row, found))


def _require_registrar(caller: Caller, body: str) -> None:
    if not caller.registers_for(body):
        raise Forbidden(
            f"Nyckeln registrerar inte beslut av {body}.",
            f"The key does not register decisions of {body}.",
        )


@router.get(
    "/v1/programs/{program}/steering-decisions/{id}",
    response_model=schemas.SteeringOut,
    summary="Read a steering decision",
)
def read_steering_decision(row: ProgramDep, id: IdPath, session: SessionDep) -> Response:
    """With the departments' consents beside it, and whom it includes."""
    found = repository.get_steering_decision(session, row, id)
    return reply(decisions.shown_decision(session, found))


@router.get(
    "/v1/programs/{program}/steering-comparison",
    response_model=schemas.ComparisonOut,
    summary="Compare partial and full steering",
)
def compare_steering(
    row: ProgramDep, session: SessionDep, act: ActDep, year: YearQuery = None
) -> Response:
    """Slack, shortage and the rubber band of a year: what one pool would cover more (S7)."""
    asked = act.today.year if year is None else year
    return reply(comparing.comparison(session, row, asked, act.today), tagged=False)

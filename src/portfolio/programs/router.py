"""Programs, their members and the gate templates over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session, col, select

from portfolio.clock import Act
from portfolio.database.lookup import count, get_by_code
from portfolio.errors import NotFound
from portfolio.programs import schemas, service
from portfolio.programs.models import GateTemplate, Program, ProgramMember
from portfolio.web.dependencies import ActDep, CallerDep, CodePath, IdPath, SessionDep
from portfolio.web.fields import Digits, Page
from portfolio.web.paging import PagingDep
from portfolio.web.replies import nothing, reply, reply_list, require_match
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["programs"])


def visible_program(program: CodePath, session: SessionDep, caller: CallerDep) -> Program:
    """For the public what is not published is not there: same words, same work, same time."""
    where = [col(Program.published).is_(True)] if caller.is_public else []
    return get_by_code(session, Program, program, *where)


def _locked(program: CodePath, session: SessionDep) -> Program:
    return get_by_code(session, Program, program, lock=True)


def _for_change(
    request: Request,
    row: Annotated[Program, Depends(_locked)],
    session: SessionDep,
    act: ActDep,
) -> Program:
    require_match(request, service.shown_program(session, row, act.today))
    return row


def _member_for_change(
    request: Request, row: Annotated[Program, Depends(_locked)], id: IdPath, session: SessionDep
) -> ProgramMember:
    member = service.get_member(session, row, id)
    require_match(request, service.shown_member(member))
    return member


VersionQuery = Annotated[Digits, Query(ge=1, le=2**31 - 1)]
ProgramDep = Annotated[Program, Depends(visible_program)]
LockedProgram = Annotated[Program, Depends(_locked)]
ProgramForChange = Annotated[Program, Depends(_for_change)]
MemberForChange = Annotated[ProgramMember, Depends(_member_for_change)]


@router.get("/v1/programs", response_model=Page[schemas.ProgramOut], summary="List the programs")
def list_programs(
    session: SessionDep, paging: PagingDep, caller: CallerDep, act: ActDep
) -> Response:
    """By code; without a key those that are published."""
    where = [col(Program.published).is_(True)] if caller.is_public else []
    key = paging.after(str)
    query = select(Program).where(*where).order_by(col(Program.code)).limit(paging.limit + 1)
    if key is not None:
        query = query.where(col(Program.code) > key[0])
    rows = list(session.exec(query))
    total = count(session, Program, *where)
    page = paging.page(rows, total, lambda row: (row.code,), lambda row: _shown(session, row, act))
    return reply_list(page)


def _shown(session: Session, row: Program, act: Act) -> dict[str, object]:
    return service.shown_program(session, row, act.today)


@router.post(
    "/v1/programs", response_model=schemas.ProgramOut, status_code=201, summary="Open a program"
)
def create_program(program: schemas.ProgramIn, session: SessionDep, act: ActDep) -> Response:
    """For one or more areas, on a political mandate."""
    row = service.create_program(session, act, _plain(program))
    return reply(_shown(session, row, act), status=201, location=service.resource(row))


@router.get("/v1/programs/{program}", response_model=schemas.ProgramOut, summary="Read a program")
def read_program(row: ProgramDep, session: SessionDep, act: ActDep) -> Response:
    """Its areas are named as they are called today."""
    return reply(_shown(session, row, act))


@router.patch(
    "/v1/programs/{program}", response_model=schemas.ProgramOut, summary="Change a program"
)
def change_program(
    row: ProgramForChange, patch: schemas.ProgramPatch, session: SessionDep, act: ActDep
) -> Response:
    """All but its code and its steering. A new gate template holds for new investments."""
    service.change_program(session, act, row, _plain(patch, exclude_unset=True))
    return reply(_shown(session, row, act))


@router.delete("/v1/programs/{program}", status_code=204, summary="Delete a program")
def delete_program(row: ProgramForChange, session: SessionDep, act: ActDep) -> Response:
    """Refused while it has investments."""
    service.delete_program(session, act, row)
    return nothing()


def _plain(
    program: schemas.ProgramIn | schemas.ProgramPatch, *, exclude_unset: bool = False
) -> dict[str, object]:
    """As stored: the mandate is kept as JSON, so its date is text."""
    data = program.model_dump(exclude_unset=exclude_unset)
    if "mandate" in data:
        data["mandate"]["decided_on"] = data["mandate"]["decided_on"].isoformat()
    if "steering" in data:
        data["steering"] = data["steering"].value
    return data


@router.get(
    "/v1/programs/{program}/members",
    response_model=Page[schemas.MemberOut],
    summary="List the program group",
)
def list_members(row: ProgramDep, session: SessionDep, paging: PagingDep) -> Response:
    """Who sits in the cross-department group."""
    members = service.find_members(session, row)
    return reply_list(paging.short(members, "id", service.shown_member))


@router.post(
    "/v1/programs/{program}/members",
    response_model=schemas.MemberOut,
    status_code=201,
    summary="Add a member",
)
def add_member(
    row: LockedProgram, member: schemas.MemberIn, session: SessionDep, act: ActDep
) -> Response:
    """A function in a department, rather than a person."""
    added = service.add_member(session, act, row, member.model_dump())
    location = f"{service.resource(row)}/members/{added.id}"
    return reply(service.shown_member(added), status=201, location=location)


@router.get(
    "/v1/programs/{program}/members/{id}",
    response_model=schemas.MemberOut,
    summary="Read a member",
)
def read_member(row: ProgramDep, id: IdPath, session: SessionDep) -> Response:
    """One seat in the group."""
    return reply(service.shown_member(service.get_member(session, row, id)))


@router.patch(
    "/v1/programs/{program}/members/{id}",
    response_model=schemas.MemberOut,
    summary="Change a member",
)
def change_member(
    row: LockedProgram,
    member: MemberForChange,
    patch: schemas.MemberPatch,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """The function, the department or the role."""
    service.change_member(session, act, row, member, patch.model_dump(exclude_unset=True))
    return reply(service.shown_member(member))


@router.delete("/v1/programs/{program}/members/{id}", status_code=204, summary="Remove a member")
def remove_member(
    row: LockedProgram, member: MemberForChange, session: SessionDep, act: ActDep
) -> Response:
    """The event keeps who it was."""
    service.remove_member(session, act, row, member)
    return nothing()


@router.get(
    "/v1/gate-templates",
    response_model=Page[schemas.TemplateOut],
    summary="List the gate templates",
)
def list_templates(session: SessionDep, paging: PagingDep) -> Response:
    """The newest version of each."""
    templates = service.newest_templates(session)
    return reply_list(paging.short(templates, "code", service.shown_template))


@router.post(
    "/v1/gate-templates",
    response_model=schemas.TemplateOut,
    status_code=201,
    summary="Add a gate template",
)
def add_template(template: schemas.TemplateIn, session: SessionDep, act: ActDep) -> Response:
    """A code that is there already gets a new version; investments under way keep theirs."""
    row = service.add_template(session, act, **template.model_dump())
    location = f"/v1/gate-templates/{row.code}"
    return reply(service.shown_template(row), status=201, location=location)


@router.get(
    "/v1/gate-templates/{code}",
    response_model=schemas.TemplateOut,
    summary="Read a gate template",
)
def read_template(
    code: CodePath, session: SessionDep, version: VersionQuery | None = None
) -> Response:
    """Its newest version, or the one asked for: an investment keeps the one it began with."""
    row: GateTemplate | None = service.find_template(session, code, version)
    if row is None:
        sv, en = ("", "") if version is None else (f" i version {version}", f", version {version}")
        raise NotFound(
            f"Det finns ingen grindmodell {code}{sv}.", f"There is no gate template {code}{en}."
        )
    return reply(service.shown_template(row))

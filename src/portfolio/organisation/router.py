"""Bodies, departments, decision levels, settings and keys over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session, select

from portfolio.access import service as access
from portfolio.access.models import ApiKey
from portfolio.access.rules import Role
from portfolio.database.lookup import count, get_by_code, named_in_body
from portfolio.organisation import schemas, service
from portfolio.organisation.models import Body, Department
from portfolio.web.dependencies import ActDep, CallerDep, CodePath, IdPath, SessionDep
from portfolio.web.fields import Page
from portfolio.web.paging import Paging, PagingDep
from portfolio.web.replies import nothing, reply, reply_list, require_match
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["organisation"])


def _list_by_code(session: Session, paging: Paging, model: Any, show: Any) -> Response:
    key = paging.after(str)
    query = select(model).order_by(model.code).limit(paging.limit + 1)
    if key is not None:
        query = query.where(model.code > key[0])
    rows = list(session.exec(query))
    page = paging.page(rows, count(session, model), lambda row: (row.code,), show)
    return reply_list(page)


def _body_for_change(request: Request, body: CodePath, session: SessionDep) -> Body:
    row = get_by_code(session, Body, body, lock=True)
    require_match(request, service.shown_body(row))
    return row


def _department_for_change(
    request: Request, department: CodePath, session: SessionDep
) -> Department:
    row = get_by_code(session, Department, department, lock=True)
    require_match(request, service.shown_department(row))
    return row


def _key_for_change(request: Request, id: IdPath, caller: CallerDep, session: SessionDep) -> ApiKey:
    key = access.get_key(session, id, lock=True)
    access.require_may_revoke(caller, key)
    require_match(request, access.shown(key))
    return key


@router.get("/v1/bodies", response_model=Page[schemas.BodyOut], summary="List the bodies")
def list_bodies(session: SessionDep, paging: PagingDep) -> Response:
    """Who decides: the council, the executive board, committees, officials by delegation."""
    return _list_by_code(session, paging, Body, service.shown_body)


@router.post(
    "/v1/bodies", response_model=schemas.BodyOut, status_code=201, summary="Register a body"
)
def create_body(body: schemas.BodyIn, session: SessionDep, act: ActDep) -> Response:
    """A committee, or an official who decides by delegation."""
    row = service.create_body(session, act, code=body.code, name=body.name, level=body.level)
    return reply(service.shown_body(row), status=201, location=f"/v1/bodies/{row.code}")


@router.get("/v1/bodies/{body}", response_model=schemas.BodyOut, summary="Read a body")
def read_body(body: CodePath, session: SessionDep) -> Response:
    """Its name and its level."""
    return reply(service.shown_body(get_by_code(session, Body, body)))


@router.patch("/v1/bodies/{body}", response_model=schemas.BodyOut, summary="Change a body")
def change_body(
    row: Annotated[Body, Depends(_body_for_change)],
    patch: schemas.BodyPatch,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """Its name or level; decisions it has made keep what they were made with."""
    service.change_body(session, act, row, patch.model_dump(exclude_unset=True))
    return reply(service.shown_body(row))


@router.get(
    "/v1/departments", response_model=Page[schemas.DepartmentOut], summary="List the departments"
)
def list_departments(session: SessionDep, paging: PagingDep) -> Response:
    """The administrations that deliver, each with its committee."""
    return _list_by_code(session, paging, Department, service.shown_department)


@router.post(
    "/v1/departments",
    response_model=schemas.DepartmentOut,
    status_code=201,
    summary="Register a department",
)
def create_department(
    department: schemas.DepartmentIn, session: SessionDep, act: ActDep
) -> Response:
    """Its committee must be a registered body."""
    row = service.create_department(session, act, **department.model_dump())
    shown = service.shown_department(row)
    return reply(shown, status=201, location=f"/v1/departments/{row.code}")


@router.get(
    "/v1/departments/{department}",
    response_model=schemas.DepartmentOut,
    summary="Read a department",
)
def read_department(department: CodePath, session: SessionDep) -> Response:
    """Its name and its committee."""
    return reply(service.shown_department(get_by_code(session, Department, department)))


@router.patch(
    "/v1/departments/{department}",
    response_model=schemas.DepartmentOut,
    summary="Change a department",
)
def change_department(
    row: Annotated[Department, Depends(_department_for_change)],
    patch: schemas.DepartmentPatch,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """Its name, or the committee it belongs to."""
    service.change_department(session, act, row, patch.model_dump(exclude_unset=True))
    return reply(service.shown_department(row))


@router.delete("/v1/departments/{department}", status_code=204, summary="Delete a department")
def delete_department(
    row: Annotated[Department, Depends(_department_for_change)], session: SessionDep, act: ActDep
) -> Response:
    """Refused while anything points at it."""
    service.delete_department(session, act, row)
    return nothing()


@router.get(
    "/v1/decision-levels",
    response_model=Page[schemas.DecisionLevelOut],
    summary="List the decision levels",
)
def list_decision_levels(session: SessionDep, paging: PagingDep) -> Response:
    """Which level must decide above which amount, and from when (G12)."""
    return reply_list(
        paging.short(service.find_decision_levels(session), "id", service.shown_level)
    )


@router.post(
    "/v1/decision-levels",
    response_model=schemas.DecisionLevelOut,
    status_code=201,
    summary="Add a decision level",
)
def create_decision_level(
    level: schemas.DecisionLevelIn, session: SessionDep, act: ActDep
) -> Response:
    """A newer rule for the same level takes over from its date; earlier decisions keep theirs."""
    row = service.add_decision_level(
        session, act, valid_from=level.valid_from, above=level.above, level=level.level
    )
    return reply(service.shown_level(row), status=201, location="/v1/decision-levels")


@router.get("/v1/me", response_model=schemas.MeOut, summary="Read who you are")
def read_me(caller: CallerDep) -> Response:
    """The key or token sent: its role, what it is bound to, and which routes it may write to."""
    return reply(access.shown_caller(caller))


@router.get("/v1/keys", response_model=Page[schemas.KeyOut], summary="List the keys")
def list_keys(session: SessionDep, paging: PagingDep) -> Response:
    """All keys, revoked ones too, without their tokens."""
    (after,) = paging.after(int) or (0,)
    rows = access.find_keys(session, after=after, limit=paging.limit + 1)
    page = paging.page(rows, count(session, ApiKey), lambda row: (row.id,), access.shown_with_use)
    return reply_list(page)


@router.post("/v1/keys", response_model=schemas.KeyCreated, status_code=201, summary="Make a key")
def create_key(key: schemas.KeyIn, caller: CallerDep, session: SessionDep, act: ActDep) -> Response:
    """The answer holds the token, which can't be read again.

    A key gives no more than it has: no scope that it lacks, and no time after its own end.
    """
    access.require_no_more(caller, key.scopes, key.expires_at)
    if key.department is not None:
        named_in_body(session, Department, key.department, "/department")
    for index, code in enumerate(key.bodies):
        named_in_body(session, Body, code, f"/bodies/{index}")
    row, token = access.create_key(
        session,
        act,
        role=Role(key.role),
        name=key.name,
        department=key.department,
        bodies=tuple(key.bodies),
        scopes=key.scopes,
        expires_at=key.expires_at,
    )
    shown = {**access.shown_with_use(row), "token": token}
    return reply(shown, status=201, location=f"/v1/keys/{row.id}", version=access.shown(row))


@router.get("/v1/keys/{id}", response_model=schemas.KeyOut, summary="Read a key")
def read_key(id: IdPath, session: SessionDep) -> Response:
    """Its role and bounds; never its token. That it is used does not change its `ETag`."""
    key = access.get_key(session, id)
    return reply(access.shown_with_use(key), version=access.shown(key))


@router.delete("/v1/keys/{id}", status_code=204, summary="Revoke a key")
def revoke_key(
    key: Annotated[ApiKey, Depends(_key_for_change)], session: SessionDep, act: ActDep
) -> Response:
    """It opens nothing from now on. The key stays in the list, since events name it.

    A key that is bound to scopes revokes only what it could have made.
    """
    access.revoke_key(session, act, key)
    return nothing()

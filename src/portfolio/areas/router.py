"""Schemes and areas over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlmodel import col, select

from portfolio import clock
from portfolio.areas import repository, schemas, service
from portfolio.areas.models import AreaScheme
from portfolio.database.lookup import count, get_by_code
from portfolio.web.dependencies import ActDep, CallerDep, CodePath, SessionDep
from portfolio.web.fields import Date, Line, Page
from portfolio.web.fields import Moment as Time
from portfolio.web.paging import PagingDep
from portfolio.web.replies import reply, reply_list, require_match
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["areas"])

AreaCodePath = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f/]+$")]
At = Annotated[Date | None, Query(description="The date that is asked about; today if left out.")]
KnownAt = Annotated[
    Time | None, Query(description="Boundaries as they were known then; now if left out.")
]


def _scheme(scheme: CodePath, session: SessionDep) -> AreaScheme:
    return get_by_code(session, AreaScheme, scheme)


def _scheme_for_change(request: Request, scheme: CodePath, session: SessionDep) -> AreaScheme:
    repository.lock_schemes(session)
    row = get_by_code(session, AreaScheme, scheme, lock=True)
    require_match(request, service.read_scheme(session, row))
    return row


SchemeDep = Annotated[AreaScheme, Depends(_scheme)]


@router.get("/v1/area-schemes", response_model=Page[schemas.SchemeItem], summary="List the schemes")
def list_schemes(
    session: SessionDep, paging: PagingDep, act: ActDep, caller: CallerDep
) -> Response:
    """The ways in which the municipality is divided, with how many areas and programs."""
    key = paging.after(str)
    query = select(AreaScheme).order_by(col(AreaScheme.code)).limit(paging.limit + 1)
    if key is not None:
        query = query.where(col(AreaScheme.code) > key[0])
    rows = list(session.exec(query))
    total = count(session, AreaScheme)
    listed = service.listed_schemes(session, rows, act.today, public=caller.is_public)
    shown = {scheme["code"]: scheme for scheme in listed}
    page = paging.page(rows, total, lambda row: (row.code,), lambda row: shown[row.code])
    return reply_list(page)


@router.post(
    "/v1/area-schemes",
    response_model=schemas.SchemeOut,
    status_code=201,
    summary="Register a scheme",
)
def create_scheme(scheme: schemas.SchemeIn, session: SessionDep, act: ActDep) -> Response:
    """Its areas come with an import."""
    row = service.create_scheme(session, act, **scheme.model_dump())
    shown = service.read_scheme(session, row)
    return reply(shown, status=201, location=f"/v1/area-schemes/{row.code}")


@router.get("/v1/area-schemes/{scheme}", response_model=schemas.SchemeOut, summary="Read a scheme")
def read_scheme(row: SchemeDep, session: SessionDep) -> Response:
    """Its name and description, and which coarser scheme it is a part of."""
    return reply(service.read_scheme(session, row))


@router.patch(
    "/v1/area-schemes/{scheme}", response_model=schemas.SchemeOut, summary="Change a scheme"
)
def change_scheme(
    row: Annotated[AreaScheme, Depends(_scheme_for_change)],
    patch: schemas.SchemePatch,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """Its name, its description, or which coarser scheme it is a part of (A4)."""
    service.change_scheme(session, act, row, patch.model_dump(exclude_unset=True))
    return reply(service.read_scheme(session, row))


@router.get(
    "/v1/area-schemes/{scheme}/areas",
    response_model=Page[schemas.AreaItem],
    summary="List the areas of a scheme",
)
def list_areas(
    row: SchemeDep,
    session: SessionDep,
    paging: PagingDep,
    at: At = None,
    known_at: KnownAt = None,
    bbox: Annotated[
        str | None, Query(max_length=200, description="west,south,east,north in degrees")
    ] = None,
    q: Annotated[Line | None, Query(description="Part of a name or a code.")] = None,
    parent: Annotated[
        Line | None, Query(description="The code of an area of the coarser scheme (A4).")
    ] = None,
    geometry: schemas.GeometryDetail = schemas.GeometryDetail.NONE,
) -> Response:
    """The areas in force on a date (A1), with their boundaries if asked for."""
    on = at or clock.swedish_date(clock.now())
    key = paging.after(str)
    found = service.page_of_areas(
        session,
        row,
        service.Wanted(on, known_at, bbox, q, parent),
        geometry=geometry.value,
        after=key[0] if key else None,
        limit=paging.limit + 1,
    )
    return reply_list(
        paging.page(
            found.rows,
            found.total,
            lambda area: (area.code,),
            lambda area: service.shown_area(
                row,
                area,
                found.ends[area.code],
                found.parents.get(area.code),
                found.drawn.get(area.code),
            ),
        )
    )


@router.get(
    "/v1/area-schemes/{scheme}/areas/{code}",
    response_model=schemas.AreaOut,
    summary="Read an area",
)
def read_area(
    row: SchemeDep,
    code: AreaCodePath,
    session: SessionDep,
    at: At = None,
    known_at: KnownAt = None,
) -> Response:
    """With its boundary and its versions; `at` asks for the one in force on a date."""
    on = at or clock.swedish_date(clock.now())
    return reply(service.read_area(session, row, code, on, known_at))

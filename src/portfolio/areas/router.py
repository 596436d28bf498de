"""Schemes and areas over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlmodel import col, select

from portfolio import clock
from portfolio.areas import schemas, service
from portfolio.areas.models import AreaScheme
from portfolio.database.lookup import count, get_by_code
from portfolio.web.dependencies import ActDep, CodePath, SessionDep
from portfolio.web.fields import Date, Line, Page
from portfolio.web.paging import PagingDep
from portfolio.web.replies import reply, reply_list, require_match
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["areas"])

AreaCodePath = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f/]+$")]
At = Annotated[Date | None, Query(description="The date that is asked about; today if left out.")]


def _scheme(scheme: CodePath, session: SessionDep) -> AreaScheme:
    return get_by_code(session, AreaScheme, scheme)


def _scheme_for_change(request: Request, scheme: CodePath, session: SessionDep) -> AreaScheme:
    row = get_by_code(session, AreaScheme, scheme, lock=True)
    require_match(request, service.shown_scheme(row))
    return row


SchemeDep = Annotated[AreaScheme, Depends(_scheme)]


@router.get("/v1/area-schemes", response_model=Page[schemas.SchemeOut], summary="List the schemes")
def list_schemes(session: SessionDep, paging: PagingDep) -> Response:
    """The ways in which the municipality is divided."""
    key = paging.after(str)
    query = select(AreaScheme).order_by(col(AreaScheme.code)).limit(paging.limit + 1)
    if key is not None:
        query = query.where(col(AreaScheme.code) > key[0])
    rows = list(session.exec(query))
    total = count(session, AreaScheme)
    return reply_list(paging.page(rows, total, lambda row: (row.code,), service.shown_scheme))


@router.post(
    "/v1/area-schemes",
    response_model=schemas.SchemeOut,
    status_code=201,
    summary="Register a scheme",
)
def create_scheme(scheme: schemas.SchemeIn, session: SessionDep, act: ActDep) -> Response:
    """Its areas come with an import."""
    row = service.create_scheme(session, act, **scheme.model_dump())
    return reply(service.shown_scheme(row), status=201, location=f"/v1/area-schemes/{row.code}")


@router.get("/v1/area-schemes/{scheme}", response_model=schemas.SchemeOut, summary="Read a scheme")
def read_scheme(row: SchemeDep) -> Response:
    """Its name and description."""
    return reply(service.shown_scheme(row))


@router.patch(
    "/v1/area-schemes/{scheme}", response_model=schemas.SchemeOut, summary="Change a scheme"
)
def change_scheme(
    row: Annotated[AreaScheme, Depends(_scheme_for_change)],
    patch: schemas.SchemePatch,
    session: SessionDep,
    act: ActDep,
) -> Response:
    """Its name or description."""
    service.change_scheme(session, act, row, patch.model_dump(exclude_unset=True))
    return reply(service.shown_scheme(row))


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
    bbox: Annotated[
        str | None, Query(max_length=200, description="west,south,east,north in degrees")
    ] = None,
    q: Annotated[Line | None, Query(description="Part of a name or a code.")] = None,
    geometry: schemas.GeometryDetail = schemas.GeometryDetail.NONE,
) -> Response:
    """The areas in force on a date (A1), with their boundaries if asked for."""
    on = at or clock.swedish_date(clock.now())
    key = paging.after(str)
    rows, total, ends = service.page_of_areas(
        session,
        row,
        at=on,
        geometry=geometry.value,
        bbox=bbox,
        search=q,
        after=key[0] if key else None,
        limit=paging.limit + 1,
    )
    return reply_list(
        paging.page(
            rows,
            total,
            lambda area: (area.code,),
            lambda area: service.shown_area(row, area, ends[area.code], area.geojson),
        )
    )


@router.get(
    "/v1/area-schemes/{scheme}/areas/{code}",
    response_model=schemas.AreaOut,
    summary="Read an area",
)
def read_area(row: SchemeDep, code: AreaCodePath, session: SessionDep, at: At = None) -> Response:
    """With its boundary and its versions; `at` asks for the one in force on a date."""
    on = at or clock.swedish_date(clock.now())
    return reply(service.read_area(session, row, code, on))

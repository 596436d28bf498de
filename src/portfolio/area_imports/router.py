"""Boundary imports over HTTP."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import JSONResponse
from sqlmodel import Session

from portfolio.area_imports import repository, scenes, schemas, service
from portfolio.areas.boundary_files import ReaderLimits
from portfolio.areas.models import AreaImport, AreaScheme
from portfolio.database.lookup import count
from portfolio.investments.repository import scheme_codes
from portfolio.language import Language
from portfolio.web.dependencies import ActDep, IdPath, LanguageDep, SessionDep, SettingsDep
from portfolio.web.fields import Page
from portfolio.web.paging import PagingDep
from portfolio.web.replies import nothing, reply, reply_list
from portfolio.web.route import PortfolioRoute
from portfolio.web.uploads import plain_name, require_match_in_either

router = APIRouter(route_class=PortfolioRoute, tags=["areas"])


class GeoJsonResponse(JSONResponse):
    """JSON by another name; as a subclass the description keeps its schema."""

    media_type = "application/geo+json"


class SvgResponse(Response):
    """A picture by its name; as a subclass the description knows it."""

    media_type = "image/svg+xml"


def known_import(id: IdPath, session: SessionDep) -> AreaImport:
    return repository.get_import(session, id)


def _for_change(
    request: Request,
    row: Annotated[AreaImport, Depends(known_import)],
    session: SessionDep,
) -> AreaImport:
    """The tag of the import as it is now, in either language, is a match."""
    require_match_in_either(request, lambda language: _shown(session, row, language))
    return row


ImportDep = Annotated[AreaImport, Depends(known_import)]


def _shown(session: Session, row: AreaImport, language: Language) -> dict[str, Any]:
    scheme = session.get_one(AreaScheme, row.scheme_id)
    return service.shown_import(row, scheme.code, language)


@router.get(
    "/v1/area-imports",
    response_model=Page[schemas.ImportBriefOut],
    summary="List the boundary imports",
)
def list_imports(session: SessionDep, paging: PagingDep) -> Response:
    """In the order they came, discarded ones too; issues and impact are with each import."""
    key = paging.after(int)
    rows = repository.find_imports(session, key[0] if key else 0, paging.limit + 1)
    codes = scheme_codes(session)
    page = paging.page(
        rows,
        count(session, AreaImport),
        lambda row: (row.id,),
        lambda row: service.shown_briefly(row, codes[row.scheme_id]),
    )
    return reply_list(page)


@router.post(
    "/v1/area-imports",
    response_model=schemas.ImportOut,
    status_code=201,
    summary="Preview a boundary file",
)
def create_import(
    request: Request,
    form: Annotated[schemas.ImportIn, Form(media_type="multipart/form-data")],
    session: SessionDep,
    act: ActDep,
    language: LanguageDep,
    settings: SettingsDep,
) -> Response:
    """Says what applying the file would change; until then nothing else has changed.

    A GeoPackage, FlatGeobuf, GeoJSON, TopoJSON, GML or KML; a zipped Shapefile or MapInfo TAB or
    MIF. A `valid_from` equal to the newest edition's
    corrects that one (A6).
    """
    order = service.Order(**form.model_dump(exclude={"file"}))
    limits = ReaderLimits(file_bytes=settings.max_upload_bytes)
    name = plain_name(form.file)
    # The request's session is not touched before the file is read: see `preview_file`.
    engine = request.app.state.engine
    previewed = service.preview_file(engine, order, form.file.file, name, limits)
    row = service.create_import(session, act, previewed)
    shown = service.shown_import(row, previewed.scheme, language)
    return reply(shown, status=201, location=service.resource(row))


@router.get(
    "/v1/area-imports/{id}", response_model=schemas.ImportOut, summary="Read a boundary import"
)
def read_import(row: ImportDep, session: SessionDep, language: LanguageDep) -> Response:
    """With its issues, and its impact on investments and programs."""
    return reply(_shown(session, row, language))


@router.delete(
    "/v1/area-imports/{id}", status_code=204, summary="Discard a previewed boundary import"
)
def discard_import(
    row: Annotated[AreaImport, Depends(_for_change)], session: SessionDep, act: ActDep
) -> Response:
    """It stays in the list as `discarded`; one that is applied can't be discarded."""
    service.discard_import(session, act, row)
    return nothing()


@router.get(
    "/v1/area-imports/{id}/changes",
    response_model=schemas.ChangesOut,
    response_class=GeoJsonResponse,
    summary="Read the areas that an import changes",
)
def read_changes(row: ImportDep, session: SessionDep) -> Response:
    """As GeoJSON, removed areas as they were; empty once the import is discarded."""
    response = reply(service.shown_changes(session, row))
    response.headers["Content-Type"] = GeoJsonResponse.media_type
    return response


@router.get(
    "/v1/area-imports/{id}/map.svg",
    response_class=SvgResponse,
    summary="Read a map of what an import changes",
)
def read_import_map(row: ImportDep, session: SessionDep, language: LanguageDep) -> Response:
    """Areas that are added, changed or removed, and where the issues are."""
    picture = scenes.picture_of_import(session, row, language)
    tag = hashlib.sha256(picture).hexdigest()[:32]
    return SvgResponse(picture, headers={"ETag": f'"{tag}"', "Content-Language": language})


@router.post(
    "/v1/area-imports/{id}/apply",
    response_model=schemas.ImportOut,
    summary="Apply a boundary import",
)
def apply_import(
    row: ImportDep,
    session: SessionDep,
    act: ActDep,
    language: LanguageDep,
    body: schemas.ApplyIn | None = None,
) -> Response:
    """All of it or nothing. Codes that vanish and are in use need successors (A6).

    `lineage` proposes them; it is only taken with `accept_lineage`.
    """
    given = body or schemas.ApplyIn()
    service.apply_import(session, act, row, given.heirs(), accept_lineage=given.accept_lineage)
    return reply(_shown(session, row, language))

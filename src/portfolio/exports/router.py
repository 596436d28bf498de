"""Files for a GIS, and open data, over HTTP."""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from sqlmodel import select
from starlette.responses import StreamingResponse

from portfolio.areas.models import AreaScheme
from portfolio.areas.router import At
from portfolio.clock import now, swedish_date
from portfolio.database.lookup import get_by_code
from portfolio.errors import InvalidParameter
from portfolio.events.models import EventChain
from portfolio.exports import oc4ids, service
from portfolio.exports.kept import Finished, FinishedResponse, KeptFiles
from portfolio.exports.oc4ids import Publisher
from portfolio.exports.open_data import OPEN_FORMATS, Table, write_table
from portfolio.exports.sheets import Sheet
from portfolio.exports.writer_process import FileFormat, turn, write_file
from portfolio.language import Language
from portfolio.maps.investment_layer import Viewed
from portfolio.programs.models import Program
from portfolio.programs.router import visible_program
from portfolio.web.dependencies import (
    CallerDep,
    CodePath,
    ExportLanguageDep,
    SessionDep,
    SettingsDep,
)
from portfolio.web.fields import Line
from portfolio.web.replies import ENTITY_TAG
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["areas"])

MEDIA_TYPES = {
    FileFormat.GPKG: "application/geopackage+sqlite3",
    FileFormat.FGB: "application/flatgeobuf",
    FileFormat.GEOJSON: "application/geo+json",
    FileFormat.CSV: "text/csv; charset=utf-8",
}
# What the public has asked for last: whoever asks again costs nothing.
kept = KeptFiles()
# What a file may be called, whatever a code holds: it is sent in a header.
UNSAFE_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FEATURE = {
    "type": "Feature",
    "id": "LIN-01",
    "properties": {"code": "LIN-01", "name": "Trygg gångväg"},
    "geometry": {"type": "Point", "coordinates": [13.01, 55.56]},
}
_COLLECTION = {"type": "FeatureCollection", "name": "investments", "features": [_FEATURE]}
_PACKAGE = {
    "uri": "https://portfolio.example.org/v1/export/oc4ids",
    "version": oc4ids.VERSION,
    "publishedDate": "2026-11-03T08:15:00.000000Z",
    "publisher": {"name": "Municipality"},
    "projects": [{"id": "oc4ids-xxxxxx-LIN-01", "title": "Trygg gångväg"}],
}
UNCHANGED = {"description": "The file is the one that If-None-Match names."}
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            MEDIA_TYPES[FileFormat.GPKG]: _BINARY,
            MEDIA_TYPES[FileFormat.FGB]: _BINARY,
            "application/geo+json": {"schema": {"type": "object"}, "example": _COLLECTION},
            "text/csv": {"schema": {"type": "string"}, "example": "Kod;Namn\r\nLIN-01;Gångväg\r\n"},
        },
    },
    304: UNCHANGED,
}
PACKAGES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A project package of OC4IDS 0.9.",
        "content": {"application/json": {"schema": {"type": "object"}, "example": _PACKAGE}},
    },
    304: UNCHANGED,
    404: {"$ref": "#/components/responses/NotFound"},
}
FormatParameter = Annotated[
    FileFormat,
    Query(description="GeoPackage with styled layers; FlatGeobuf, GeoJSON or CSV with one layer."),
]
LayerParameter = Annotated[
    Line | None,
    Query(
        description="The one layer of the other formats: investments, programs or areas-{scheme}."
    ),
]
KnownParameter = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        description="The ETag of a file you have: if nothing has changed it is not sent again.",
    ),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which file, what to call it, and what the caller has of it already."""

    ending: str
    media_type: str
    language: Language
    name: str
    on: date
    known: str | None
    licence: str
    is_public: bool
    kept_by: Hashable = None

    def has(self, tag: str) -> bool:
        """Weak tags count too: a proxy that compresses makes them so (RFC 9110, 13.1.2)."""
        if self.known is None:
            return False
        tags = {known for _, known in ENTITY_TAG.findall(self.known)}
        return self.known.strip() == "*" or tag in tags


def _scheme(scheme: CodePath, session: SessionDep) -> AreaScheme:
    return get_by_code(session, AreaScheme, scheme)


def _viewed(caller: CallerDep) -> Viewed:
    return Viewed(caller.is_public, swedish_date(now()))


def _publisher(request: Request, settings: SettingsDep) -> Publisher:
    return Publisher(
        base=(settings.public_url or str(request.base_url)).rstrip("/"),
        prefix=settings.oc4ids_prefix,
        name=settings.publisher_name,
        scheme=settings.publisher_scheme,
        uid=settings.publisher_uid,
        licence=settings.open_data_licence,
        policy=settings.open_data_policy,
    )


@dataclass(frozen=True, slots=True)
class Asker:
    """What all questions of one request have in common."""

    is_public: bool
    # Under which anybody may use the file; what a key shows besides is under none.
    licence: str
    # Everything that the answer may depend on has an event before this one.
    known_to: Hashable = None

    def kept_by(self, *question: Hashable) -> Hashable:
        """By what an answer is kept, where it is: the public's, as long as nothing happens."""
        return None if self.known_to is None else (self.known_to, *question)


def _asker(
    request: Request, session: SessionDep, caller: CallerDep, settings: SettingsDep
) -> Asker:
    if not caller.is_public:
        return Asker(False, "")
    end = session.exec(select(EventChain.last_id, EventChain.last_hash)).one_or_none()
    known_to = (request.url.path, *end) if end is not None and end[0] else None
    return Asker(True, settings.open_data_licence, known_to)


ViewedDep = Annotated[Viewed, Depends(_viewed)]
AskerDep = Annotated[Asker, Depends(_asker)]
PublisherDep = Annotated[Publisher, Depends(_publisher)]


@router.get(
    "/v1/export/area-schemes/{scheme}",
    response_class=StreamingResponse,
    responses=FILES,
    summary="Download the areas of a scheme",
)
def export_scheme(
    row: Annotated[AreaScheme, Depends(_scheme)],
    session: SessionDep,
    language: ExportLanguageDep,
    asker: AskerDep,
    format: FormatParameter = FileFormat.GPKG,
    at: At = None,
    known: KnownParameter = None,
) -> Response:
    """Those in force on a date, in SWEREF 99 TM. The same areas always give the same bytes."""
    on = at or swedish_date(now())
    asked = _asked(asker, format, language, row.code, on, known)
    if format in OPEN_FORMATS:
        return _table(lambda: service.scheme_table(session, row, on), format, asked)
    return _file(lambda: service.scheme_sheets(session, row, on), format, asked)


@router.get(
    "/v1/export/programs/{program}",
    response_class=StreamingResponse,
    responses=FILES,
    summary="Download a program for a GIS",
)
def export_program(
    row: Annotated[Program, Depends(visible_program)],
    session: SessionDep,
    viewed: ViewedDep,
    language: ExportLanguageDep,
    asker: AskerDep,
    format: FormatParameter = FileFormat.GPKG,
    layer: LayerParameter = None,
    known: KnownParameter = None,
) -> Response:
    """Its areas, the program and its investments; without a key what is published."""
    _check_layer(format, layer)
    asked = _asked(asker, format, language, row.code, viewed.today, known, layer)
    if format in OPEN_FORMATS:
        return _table(lambda: service.program_table(session, row, viewed, layer), format, asked)
    return _file(lambda: service.program_sheets(session, row, viewed, format, layer), format, asked)


@router.get(
    "/v1/export/portfolio",
    response_class=StreamingResponse,
    responses=FILES,
    summary="Download everything for a GIS",
)
def export_portfolio(
    session: SessionDep,
    viewed: ViewedDep,
    language: ExportLanguageDep,
    asker: AskerDep,
    format: FormatParameter = FileFormat.GPKG,
    layer: LayerParameter = None,
    known: KnownParameter = None,
) -> Response:
    """All schemes' areas of today, programs and investments; without a key what is published."""
    _check_layer(format, layer)
    asked = _asked(asker, format, language, "portfolio", viewed.today, known, layer)
    if format in OPEN_FORMATS:
        return _table(lambda: service.portfolio_table(session, viewed, layer), format, asked)
    return _file(lambda: service.portfolio_sheets(session, viewed, format, layer), format, asked)


@router.get(
    "/v1/export/oc4ids",
    response_class=StreamingResponse,
    responses=PACKAGES,
    summary="Download the published investments as OC4IDS",
)
def export_package(
    session: SessionDep,
    publisher: PublisherDep,
    asker: AskerDep,
    language: ExportLanguageDep,
    known: KnownParameter = None,
) -> Response:
    """What is published, with a key as without; 404 as long as nothing is."""
    today = swedish_date(now())
    asked = Asked(
        ending="json",
        media_type="application/json",
        language=language,
        name="oc4ids",
        on=today,
        known=known,
        licence=publisher.licence,
        is_public=asker.is_public,
        kept_by=asker.kept_by(publisher, language, today),
    )
    return _answer(lambda: oc4ids.write_package(session, publisher, today, language), asked)


def _asked(
    asker: Asker,
    format: FileFormat,
    language: Language,
    name: str,
    on: date,
    known: str | None,
    layer: str | None = None,
) -> Asked:
    return Asked(
        ending=format.value,
        media_type=MEDIA_TYPES[format],
        language=language,
        name=name,
        on=on,
        known=known,
        licence=asker.licence,
        is_public=asker.is_public,
        kept_by=asker.kept_by(format, layer, language, on),
    )


def _check_layer(format: FileFormat, layer: str | None) -> None:
    if layer is not None and format is FileFormat.GPKG:
        raise InvalidParameter(
            "En GeoPackage har alla lager; ta bort layer eller ange format=geojson, csv eller fgb.",
            "A GeoPackage has all layers; leave layer out or give format=geojson, csv or fgb.",
        )


def _file(read_sheets: Callable[[], Sequence[Sheet]], format: FileFormat, asked: Asked) -> Response:
    return _answer(lambda: write_file(read_sheets, format, asked.language), asked)


def _table(read_table: Callable[[], Table], format: FileFormat, asked: Asked) -> Response:
    return _answer(lambda: write_table(read_table(), format, asked.language), asked)


def _answer(write: Callable[[], IO[bytes]], asked: Asked) -> Response:
    """A file that is kept, or else one that is written, when there is a place for that."""
    finished = None if asked.kept_by is None else kept.find(asked.kept_by)
    if finished is None:
        with turn(is_public=asked.is_public):
            finished = Finished.of(write())
        if asked.kept_by is not None:
            kept.keep(asked.kept_by, finished)
    return _sent(finished, asked)


def _sent(finished: Finished, asked: Asked) -> Response:
    headers = {"Content-Language": asked.language, "ETag": f'"{finished.tag}"'}
    if asked.licence:
        headers["Link"] = f'<{asked.licence}>; rel="license"'
    if asked.has(finished.tag):
        finished.file.close()
        return Response(status_code=304, headers=headers)
    safe = UNSAFE_IN_A_NAME.sub("_", asked.name)
    name = f"{safe}-{asked.on}.{asked.ending}"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return FinishedResponse(finished, asked.media_type, headers)

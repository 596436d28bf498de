"""Files for a GIS, and open data, over HTTP."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from starlette.responses import StreamingResponse

from portfolio.areas.models import AreaScheme
from portfolio.areas.router import At
from portfolio.clock import now, swedish_date
from portfolio.database.lookup import get_by_code
from portfolio.errors import InvalidParameter
from portfolio.exports import oc4ids, service
from portfolio.exports.oc4ids import Publisher
from portfolio.exports.open_data import OPEN_FORMATS, Table, write_table
from portfolio.exports.sheets import Sheet
from portfolio.exports.writer_process import FileFormat, write_file
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
CHUNK_BYTES = 2**18
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


def _licence(caller: CallerDep, settings: SettingsDep) -> str:
    """Under which licence anybody may use the file; what a key shows besides is under none."""
    return settings.open_data_licence if caller.is_public else ""


ViewedDep = Annotated[Viewed, Depends(_viewed)]
LicenceDep = Annotated[str, Depends(_licence)]
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
    licence: LicenceDep,
    format: FormatParameter = FileFormat.GPKG,
    at: At = None,
    known: KnownParameter = None,
) -> Response:
    """Those in force on a date, in SWEREF 99 TM. The same areas always give the same bytes."""
    on = at or swedish_date(now())
    asked = Asked(format.value, MEDIA_TYPES[format], language, row.code, on, known, licence)
    if format in OPEN_FORMATS:
        return _table(service.scheme_table(session, row, on), format, asked)
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
    licence: LicenceDep,
    format: FormatParameter = FileFormat.GPKG,
    layer: LayerParameter = None,
    known: KnownParameter = None,
) -> Response:
    """Its areas, the program and its investments; without a key what is published."""
    _check_layer(format, layer)
    asked = Asked(
        format.value, MEDIA_TYPES[format], language, row.code, viewed.today, known, licence
    )
    if format in OPEN_FORMATS:
        return _table(service.program_table(session, row, viewed, layer), format, asked)
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
    licence: LicenceDep,
    format: FormatParameter = FileFormat.GPKG,
    layer: LayerParameter = None,
    known: KnownParameter = None,
) -> Response:
    """All schemes' areas of today, programs and investments; without a key what is published."""
    _check_layer(format, layer)
    asked = Asked(
        format.value, MEDIA_TYPES[format], language, "portfolio", viewed.today, known, licence
    )
    if format in OPEN_FORMATS:
        return _table(service.portfolio_table(session, viewed, layer), format, asked)
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
    language: ExportLanguageDep,
    known: KnownParameter = None,
) -> Response:
    """What is published, with a key as without; 404 as long as nothing is."""
    today = swedish_date(now())
    asked = Asked("json", "application/json", language, "oc4ids", today, known, publisher.licence)
    return _sent(oc4ids.write_package(session, publisher, today, language), asked)


def _check_layer(format: FileFormat, layer: str | None) -> None:
    if layer is not None and format is FileFormat.GPKG:
        raise InvalidParameter(
            "En GeoPackage har alla lager; ta bort layer eller ange format=geojson, csv eller fgb.",
            "A GeoPackage has all layers; leave layer out or give format=geojson, csv or fgb.",
        )


def _file(read_sheets: Callable[[], Sequence[Sheet]], format: FileFormat, asked: Asked) -> Response:
    return _sent(write_file(read_sheets, format, asked.language), asked)


def _table(table: Table, format: FileFormat, asked: Asked) -> Response:
    return _sent(write_table(table, format, asked.language), asked)


def _sent(file: IO[bytes], asked: Asked) -> Response:
    file.seek(0)
    tag = hashlib.file_digest(file, "sha256").hexdigest()[:32]  # type: ignore[arg-type]  # as files are
    size = file.tell()
    headers = {"Content-Language": asked.language, "ETag": f'"{tag}"'}
    if asked.licence:
        headers["Link"] = f'<{asked.licence}>; rel="license"'
    if asked.has(tag):
        file.close()
        return Response(status_code=304, headers=headers)
    file.seek(0)
    safe = UNSAFE_IN_A_NAME.sub("_", asked.name)
    headers |= {
        "Content-Disposition": f'attachment; filename="{safe}-{asked.on}.{asked.ending}"',
        "Content-Length": str(size),
    }
    return StreamingResponse(_chunks(file), media_type=asked.media_type, headers=headers)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk

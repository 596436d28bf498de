"""Files for a GIS over HTTP."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BufferedReader
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response
from starlette.responses import StreamingResponse

from portfolio.areas.models import AreaScheme
from portfolio.areas.router import At
from portfolio.clock import now, swedish_date
from portfolio.database.lookup import get_by_code
from portfolio.errors import InvalidParameter
from portfolio.exports import service
from portfolio.exports.sheets import Sheet
from portfolio.exports.writer_process import FileFormat, write_file
from portfolio.language import Language
from portfolio.maps.investment_layer import Viewed
from portfolio.programs.models import Program
from portfolio.programs.router import visible_program
from portfolio.web.dependencies import CallerDep, CodePath, ExportLanguageDep, SessionDep
from portfolio.web.fields import Line
from portfolio.web.replies import ENTITY_TAG
from portfolio.web.route import PortfolioRoute

router = APIRouter(route_class=PortfolioRoute, tags=["areas"])

MEDIA_TYPES = {
    FileFormat.GPKG: "application/geopackage+sqlite3",
    FileFormat.FGB: "application/flatgeobuf",
}
CHUNK_BYTES = 2**18
# What a file may be called, whatever a code holds: it is sent in a header.
UNSAFE_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in MEDIA_TYPES.values()
        },
    },
    304: {"description": "The file is the one that If-None-Match names."},
}
FormatParameter = Annotated[
    FileFormat, Query(description="GeoPackage with styled layers, or FlatGeobuf with one layer.")
]
LayerParameter = Annotated[
    Line | None,
    Query(description="The one layer of a FlatGeobuf: investments, programs or areas-{scheme}."),
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

    format: FileFormat
    language: Language
    name: str
    on: date
    known: str | None

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


ViewedDep = Annotated[Viewed, Depends(_viewed)]


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
    format: FormatParameter = FileFormat.GPKG,
    at: At = None,
    known: KnownParameter = None,
) -> Response:
    """Those in force on a date, in SWEREF 99 TM. The same areas always give the same bytes."""
    on = at or swedish_date(now())
    asked = Asked(format, language, row.code, on, known)
    return _file(lambda: service.scheme_sheets(session, row, on), asked)


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
    format: FormatParameter = FileFormat.GPKG,
    layer: LayerParameter = None,
    known: KnownParameter = None,
) -> Response:
    """Its areas, the program and its investments; without a key what is published."""
    _check_layer(format, layer)
    asked = Asked(format, language, row.code, viewed.today, known)
    return _file(lambda: service.program_sheets(session, row, viewed, format, layer), asked)


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
    format: FormatParameter = FileFormat.GPKG,
    layer: LayerParameter = None,
    known: KnownParameter = None,
) -> Response:
    """All schemes' areas of today, programs and investments; without a key what is published."""
    _check_layer(format, layer)
    asked = Asked(format, language, "portfolio", viewed.today, known)
    return _file(lambda: service.portfolio_sheets(session, viewed, format, layer), asked)


def _check_layer(format: FileFormat, layer: str | None) -> None:
    if layer is not None and format is not FileFormat.FGB:
        raise InvalidParameter(
            "En GeoPackage har alla lager; ta bort layer eller ange format=fgb.",
            "A GeoPackage has all layers; leave layer out or give format=fgb.",
        )


def _file(read_sheets: Callable[[], Sequence[Sheet]], asked: Asked) -> Response:
    file = write_file(read_sheets, asked.format, asked.language)
    tag = hashlib.file_digest(file, "sha256").hexdigest()[:32]
    size = file.tell()
    headers = {"Content-Language": asked.language, "ETag": f'"{tag}"'}
    if asked.has(tag):
        file.close()
        return Response(status_code=304, headers=headers)
    file.seek(0)
    safe = UNSAFE_IN_A_NAME.sub("_", asked.name)
    headers |= {
        "Content-Disposition": f'attachment; filename="{safe}-{asked.on}.{asked.format.value}"',
        "Content-Length": str(size),
    }
    return StreamingResponse(_chunks(file), media_type=MEDIA_TYPES[asked.format], headers=headers)


def _chunks(file: BufferedReader) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk

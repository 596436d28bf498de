"""Files for a GIS over HTTP."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import date
from io import BufferedReader
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
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
    }
}
FormatParameter = Annotated[
    FileFormat, Query(description="GeoPackage with styled layers, or FlatGeobuf with one layer.")
]
LayerParameter = Annotated[
    Line | None,
    Query(description="The one layer of a FlatGeobuf: investments, programs or areas-{scheme}."),
]


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
) -> Response:
    """Those in force on a date, in SWEREF 99 TM. The same areas always give the same bytes."""
    on = at or swedish_date(now())
    return _file(service.scheme_sheets(session, row, on), format, language, row.code, on)


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
) -> Response:
    """Its areas, the program and its investments; without a key what is published."""
    _check_layer(format, layer)
    sheets = service.program_sheets(session, row, viewed, format, layer)
    return _file(sheets, format, language, row.code, viewed.today)


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
) -> Response:
    """All schemes' areas of today, programs and investments; without a key what is published."""
    _check_layer(format, layer)
    sheets = service.portfolio_sheets(session, viewed, format, layer)
    return _file(sheets, format, language, "portfolio", viewed.today)


def _check_layer(format: FileFormat, layer: str | None) -> None:
    if layer is not None and format is not FileFormat.FGB:
        raise InvalidParameter(
            "En GeoPackage har alla lager; ta bort layer eller ange format=fgb.",
            "A GeoPackage has all layers; leave layer out or give format=fgb.",
        )


def _file(
    sheets: Sequence[Sheet], format: FileFormat, language: Language, name: str, on: date
) -> Response:
    file = write_file(sheets, format, language)
    tag = hashlib.file_digest(file, "sha256").hexdigest()[:32]
    size = file.tell()
    file.seek(0)
    safe = UNSAFE_IN_A_NAME.sub("_", name)
    headers = {
        "Content-Disposition": f'attachment; filename="{safe}-{on}.{format.value}"',
        "Content-Language": language,
        "Content-Length": str(size),
        "ETag": f'"{tag}"',
    }
    return StreamingResponse(_chunks(file), media_type=MEDIA_TYPES[format], headers=headers)


def _chunks(file: BufferedReader) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk

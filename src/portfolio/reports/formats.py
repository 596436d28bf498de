"""In which form a report is answered: JSON, CSV or a spreadsheet; and in which unit."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query, Request, Response

from portfolio.errors import InvalidParameter
from portfolio.language import Language, Text
from portfolio.reports import tables
from portfolio.reports.columns import Column
from portfolio.reports.temporary import spooled
from portfolio.reports.units import Unit
from portfolio.web.spooled import SpooledResponse

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


OFFERED = {"application/json": Format.JSON, CSV: Format.CSV, XLSX: Format.XLSX}
QUALITY = re.compile(r"\bq=([01](?:\.[0-9]{0,3})?)")
# What a file may be called, whatever a code holds: it is sent in a header.
UNSAFE_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")

FormatParameter = Annotated[Format | None, Query(description="Or by the Accept header.")]
UnitParameter = Annotated[
    Unit, Query(description="What amounts of a table are in; rounded so that sums hold.")
]
# What a route that answers with a table as well says of its answer.
ALSO_TABLES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            CSV: {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


def wanted_format(request: Request, given: Format | None) -> Format:
    """What is asked for by name, or what `Accept` likes best; JSON where it likes anything."""
    if given is not None:
        return given
    best, liked = Format.JSON, 0.0
    for part in request.headers.get("accept", "").split(",")[:20]:
        media_type, _, parameters = part.partition(";")
        offered = OFFERED.get(media_type.strip().lower())
        quality = QUALITY.search(parameters)
        weight = float(quality[1]) if quality else 1.0
        if offered is not None and weight > liked:
            best, liked = offered, weight
    return best


def refuse_unit(unit: Unit) -> None:
    """Amounts in JSON are always in kronor, exactly."""
    if unit is not Unit.KR:
        raise InvalidParameter(
            "unit gäller tabeller; ange format=csv eller format=xlsx, eller ta bort unit.",
            "unit is for tables; give format=csv or format=xlsx, or leave unit out.",
        )


def table_response(
    format: Format,
    columns: Sequence[Column],
    cells: Iterable[Mapping[str, Any]],
    language: Language,
    *,
    name: str,
    sheet: Text,
    unit: Unit = Unit.KR,
) -> Response:
    """A table as a file to save, `name` without its ending."""
    headers = _headers(format, language, name)
    if format is Format.CSV:
        body = b"".join(tables.as_csv(columns, cells, language, unit))
        return Response(body, media_type=f"{CSV}; charset=utf-8", headers=headers)
    title = sheet.in_language(language)
    body = tables.as_xlsx(columns, cells, language, sheet=title, unit=unit)
    return Response(body, media_type=XLSX, headers=headers)


def long_csv(
    columns: Sequence[Column],
    cells: Iterable[Mapping[str, Any]],
    language: Language,
    *,
    name: str,
    unit: Unit = Unit.KR,
) -> Response:
    """CSV of any length: read to its end before its first byte is sent.

    A reader may take an hour over it, and nobody has so many connections to the database.
    """
    file = spooled(tables.as_csv(columns, cells, language, unit), prefix="table-")
    headers = _headers(Format.CSV, language, name)
    return SpooledResponse(file, f"{CSV}; charset=utf-8", headers)


def _headers(format: Format, language: Language, name: str) -> dict[str, str]:
    safe = UNSAFE_IN_A_NAME.sub("_", name)
    return {
        "Content-Disposition": f'attachment; filename="{safe}.{format.value}"',
        "Content-Language": language,
    }

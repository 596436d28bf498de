"""Filters on a layer: CQL2 (OGC 21-065) and plain query parameters, as conditions in SQL."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from portfolio.errors import InvalidParameter
from portfolio.language import Language
from portfolio.maps.cql2_compiler import Compiler, GeometryColumn, unknown_property
from portfolio.maps.cql2_geometry import CRS84, FILTER_SYSTEMS, check_system
from portfolio.maps.cql2_json import parse_json
from portfolio.maps.cql2_text import parse_text
from portfolio.maps.cql2_values import (
    Condition,
    Literal,
    check_text,
    compare,
    read_date,
    read_number,
)
from portfolio.maps.layers import Queryable, ValueKind

__all__ = [
    "CONFORMANCE",
    "CRS84",
    "FILTER_SYSTEMS",
    "GeometryColumn",
    "compile_filter",
    "compile_parameters",
    "queryables_schema",
]

MAX_LENGTH = 8192

CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
    for name in (
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "basic-spatial-functions",
        "basic-spatial-functions-plus",
    )
)
_LANGUAGES: dict[str, Callable[[str], Any]] = {"cql2-text": parse_text, "cql2-json": parse_json}
_SCHEMA_TYPES = {
    ValueKind.INTEGER: "integer",
    ValueKind.NUMBER: "number",
    ValueKind.AMOUNT: "number",
    ValueKind.BOOLEAN: "boolean",
}
_NUMERIC = frozenset({ValueKind.INTEGER, ValueKind.NUMBER, ValueKind.AMOUNT})
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def compile_filter(
    text: str,
    language: str,
    queryables: Mapping[str, Queryable],
    geometry: GeometryColumn | None,
    filter_crs: str = CRS84,
) -> Condition:
    """A filter as one condition, with SQL's three values: what is unknown does not match.

    Args:
        text: The filter, of at most 8192 characters.
        language: `cql2-text` or `cql2-json`.
        queryables: What can be asked about, by the name in the filter.
        geometry: Where the layer's geometry is, None if it has none.
        filter_crs: URI of the reference system of the coordinates in the filter.

    Raises:
        InvalidParameter: The filter can't be read, or asks for what there isn't.
    """
    if language not in _LANGUAGES:
        raise InvalidParameter(
            f"filter-lang: välj bland {', '.join(_LANGUAGES)}.",
            f"filter-lang: choose among {', '.join(_LANGUAGES)}.",
        )
    if len(text) > MAX_LENGTH:
        raise InvalidParameter(
            f"filter: använd högst {MAX_LENGTH} tecken.",
            f"filter: use at most {MAX_LENGTH} characters.",
        )
    compiler = Compiler(queryables, geometry, check_system(filter_crs))
    try:
        return compiler.condition(_LANGUAGES[language](check_text(text)))
    except InvalidParameter as error:
        raise _about("filter", error) from error


def compile_parameters(
    parameters: Mapping[str, str], queryables: Mapping[str, Queryable]
) -> list[Condition]:
    """Query parameters named as queryables (`status=on_hold`): features with just that value.

    Raises InvalidParameter on a name that is none, and on a value that is not of its kind.
    """
    conditions = []
    for name, text in parameters.items():
        found = queryables.get(name)
        if found is None:
            raise unknown_property(name, queryables)
        try:
            conditions.append(
                compare(found, "=", Literal(_parameter_value(found.field.kind, text)))
            )
        except InvalidParameter as error:
            raise _about(name, error) from error
    return conditions


def _parameter_value(kind: ValueKind, text: str) -> Any:
    """What is not of the kind stays text, which the comparison refuses."""
    if kind is ValueKind.DATE:
        return read_date(text)
    if kind is ValueKind.BOOLEAN and text in ("true", "false"):
        return text == "true"
    if kind in _NUMERIC and _NUMBER.fullmatch(text):
        return read_number(text)
    return text


def _about(parameter: str, error: InvalidParameter) -> InvalidParameter:
    return InvalidParameter(f"{parameter}: {error.detail.sv}", f"{parameter}: {error.detail.en}")


def queryables_schema(
    queryables: Mapping[str, Queryable], language: Language, *, geometry: bool, id: str
) -> dict[str, Any]:
    """The JSON Schema at `/queryables` (OGC 19-079r2): what filters can ask about.

    `id` is the address of the resource without its query.
    """
    properties = {name: _property_schema(one, language) for name, one in queryables.items()}
    if geometry:
        properties["geometry"] = {
            "title": "Geometri" if language == "sv" else "Geometry",
            "x-ogc-role": "primary-geometry",
            "format": "geometry-any",
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": id,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _property_schema(found: Queryable, language: Language) -> dict[str, Any]:
    kind = found.field.kind
    schema: dict[str, Any] = {"title": found.field.title.in_language(language)}
    schema["type"] = _SCHEMA_TYPES.get(kind, "string")
    if kind is ValueKind.DATE:
        schema["format"] = "date"
    if found.values:
        schema["enum"] = list(found.values)
    return schema

"""The service's own description, in OpenAPI 3.0: that of the rest of the API is 3.1.

Paths begin at the landing page, since that is where GDAL and QGIS look them up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portfolio.language import Language, Text
from portfolio.maps.filters import MAX_LENGTH
from portfolio.maps.layers import Field, Queryable
from portfolio.ogc import schemas
from portfolio.ogc.answers import GEOJSON, HTML, JSON, OPENAPI, PROBLEM, SCHEMA, TILE
from portfolio.ogc.crs import CRS84, SYSTEMS
from portfolio.ogc.parameters import DEFAULT_LIMIT, FORMATS, LANGUAGES, LARGEST_LIMIT
from portfolio.ogc.schemas import Schema, ref

VERSION = "1.0"
TITLE = Text("Portfolio som kartlager", "Portfolio as layers of a map")
ABOUT = Text(
    "OGC API - Features (del 1, 2 och 3) och Tiles. Utan nyckel svarar den med det som är "
    "publicerat. Nyckeln skickas som Authorization: Bearer, eller som lösenord i Basic. Allt "
    "läses med GET; annat besvaras med 405.",
    "OGC API - Features (Parts 1, 2 and 3) and Tiles. Without a key it answers with what is "
    "published. The key is sent as Authorization: Bearer, or as the password of Basic. "
    "Everything is read with GET; anything else is answered with 405.",
)
_PROBLEMS: Mapping[str, tuple[str, Text]] = {
    "400": ("InvalidParameter", Text("Ogiltig parameter", "Invalid parameter")),
    "401": ("Unauthorized", Text("Nyckeln är okänd eller återkallad", "Unknown or revoked key")),
    "403": ("Forbidden", Text("Nyckeln gäller inte för kartor", "The key is not for maps")),
    "404": ("NotFound", Text("Finns inte", "Not found")),
    "429": ("TooMany", Text("För många anrop", "Too many requests")),
    "500": ("Internal", Text("Ett fel hos oss", "An error on our side")),
    "503": ("Unavailable", Text("Inte tillgängligt just nu", "Not available now")),
}
_ASKED = (
    *("limit", "cursor", "bbox", "bbox-crs", "crs", "datetime"),
    *("filter", "filter-lang", "filter-crs", "skipGeometry"),
)
_PAGE = HTML.partition(";")[0]


@dataclass(frozen=True, slots=True)
class Described:
    """What the description needs to know of a collection, as whoever asks may see it."""

    name: str
    title: str
    fields: tuple[Field, ...]
    queryables: Mapping[str, Queryable]

    @property
    def path(self) -> str:
        return f"/collections/{self.name}"


def describe(base: str, collections: Sequence[Described], language: Language) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {
            "title": TITLE.in_language(language),
            "description": ABOUT.in_language(language),
            "version": VERSION,
            "license": {"name": "MIT"},
        },
        "servers": [{"url": f"{base}/ogc"}],
        "security": [{"bearer": []}, {"basic": []}, {}],
        "paths": _paths(collections, language),
        "components": {
            "parameters": _parameters(language),
            "schemas": _schemas(collections, language),
            "responses": {name: _problem(said, language) for name, said in _PROBLEMS.values()},
            "headers": {"ContentCrs": _content_crs(language)},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    }


# Paths


def _paths(collections: Sequence[Described], language: Language) -> dict[str, Any]:
    say = language
    found = {
        "/": _get("landing", Text("Startsida", "Landing page"), say, {JSON: "landingPage"}),
        "/api": _get("api", Text("Denna beskrivning", "This description"), say, {OPENAPI: None}),
        "/conformance": _get(
            "conformance",
            Text("Det som uppfylls", "What it conforms to"),
            say,
            {JSON: "confClasses"},
        ),
        "/collections": _get(
            "collections", Text("Alla lager", "All collections"), say, {JSON: "collections"}
        ),
    }
    for one in collections:
        found |= _paths_of(one, language)
    return found


def _paths_of(one: Described, language: Language) -> dict[str, Any]:
    def get(part: str, said: Text, content: Mapping[str, str | None], *names: Any) -> Any:
        titled = Text(f"{said.sv}: {one.title}", f"{said.en}: {one.title}")
        return _get(f"{one.name}{part}", titled, language, content, names, tag=one.name)

    own = [_own_parameter(name, one.queryables[name], language) for name in one.queryables]
    page, feature = f"{one.name}.featureCollection", f"{one.name}.feature"
    tiles = f"{one.path}/tiles"
    place = ("tileMatrix", "tileRow", "tileCol")
    found = {
        one.path: get("", Text("Lagret", "The collection"), {JSON: "collection"}),
        f"{one.path}/queryables": get(
            ".queryables", Text("Det går att fråga om", "What can be asked"), {SCHEMA: "queryables"}
        ),
        f"{one.path}/items": get(
            ".items", Text("Objekten", "The features"), {GEOJSON: page}, *_ASKED, *own
        ),
        f"{one.path}/items/{{featureId}}": get(
            ".item",
            Text("Ett objekt", "One feature"),
            {GEOJSON: feature},
            *("featureId", "crs", "skipGeometry"),
        ),
        tiles: get(".tilesets", Text("Kartrutor", "Tilesets"), {JSON: "tilesets"}),
        f"{tiles}/WebMercatorQuad": get(
            ".tileset", Text("Kartrutornas indelning", "Tileset"), {JSON: "tileset"}
        ),
        f"{tiles}/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": get(
            ".tile", Text("En kartruta", "One tile"), {TILE: None}, *place
        ),
    }
    for path in (f"{one.path}/items", f"{one.path}/items/{{featureId}}"):
        found[path]["get"]["responses"]["200"]["headers"] = {
            "Content-Crs": {"$ref": "#/components/headers/ContentCrs"}
        }
    return found


def _get(
    id: str,
    said: Text,
    language: Language,
    content: Mapping[str, str | None],
    parameters: Iterable[str | Schema] = (),
    tag: str = "service",
) -> dict[str, Any]:
    """One path: what it takes, and answers with; every answer but a tile is also a page."""
    shown: dict[str, Any] = {
        kind: {"schema": {"type": "object"} if name is None else ref(name)}
        for kind, name in content.items()
    }
    if TILE in content:
        shown = {TILE: {"schema": {"type": "string", "format": "binary"}}}
    else:
        shown[_PAGE] = {"schema": {"type": "string"}}
    title = said.in_language(language)
    responses: dict[str, Any] = {"200": {"description": title, "content": shown}}
    absent = {"404"} if tag == "service" else set()
    for status in sorted(set(_PROBLEMS) - absent):
        responses[status] = {"$ref": f"#/components/responses/{_PROBLEMS[status][0]}"}
    named = [
        {"$ref": f"#/components/parameters/{one}"} if isinstance(one, str) else one
        for one in (*parameters, *(() if TILE in content else ("f",)))
    ]
    operation = {"operationId": id, "summary": title, "tags": [tag], "parameters": named}
    return {"get": {**operation, "responses": responses}}


# Parameters


def _parameter(name: str, said: str, schema: Schema, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": said,
        "required": False,
        "schema": schema,
        "style": "form",
        "explode": False,
        **more,
    }


def _own_parameter(name: str, found: Queryable, language: Language) -> dict[str, Any]:
    return _parameter(name, found.field.title.in_language(language), schemas.asked_schema(found))


def _in_path(name: str, said: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": "path", "description": said, "required": True, "schema": schema}


def _parameters(language: Language) -> dict[str, Any]:
    def say(sv: str, en: str) -> str:
        return Text(sv, en).in_language(language)

    uris = [system.uri for system in SYSTEMS]
    system: Schema = {"type": "string", "format": "uri", "enum": uris, "default": CRS84.uri}
    found = [
        _limit(language),
        _bbox(language),
        _parameter("cursor", say("Ur länken next", "From the next link"), {"type": "string"}),
        _parameter("bbox-crs", say("Systemet som bbox är i", "The system of bbox"), system),
        _parameter("crs", say("Systemet för svaret", "The system of the answer"), system),
        _parameter(
            "datetime",
            say("En dag eller ett intervall", "A day or an interval"),
            {"type": "string"},
            example="2026-01-01/..",
        ),
        _parameter(
            "filter",
            say("Villkor i CQL2", "A condition in CQL2"),
            {"type": "string", "maxLength": MAX_LENGTH},
            example="code LIKE '1%'",
        ),
        _parameter(
            "filter-lang",
            say("Hur filter är skrivet", "How filter is written"),
            {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]},
        ),
        _parameter("filter-crs", say("Systemet i filter", "The system in filter"), system),
        _parameter(
            "f",
            say("Form, i stället för Accept", "Form, instead of Accept"),
            {"type": "string", "enum": list(FORMATS)},
        ),
        _skip_geometry(language),
        *_path_parameters(language),
    ]
    return {str(parameter["name"]): parameter for parameter in found}


def _path_parameters(language: Language) -> list[dict[str, Any]]:
    whole: Schema = {"type": "integer", "minimum": 0}
    found = (
        ("featureId", Text("Objektets kod", "The feature's code"), {"type": "string"}),
        ("tileMatrix", Text("Zoomnivå", "Zoom level"), whole),
        ("tileRow", Text("Rad, norrifrån", "Row, from the north"), whole),
        ("tileCol", Text("Kolumn, västerifrån", "Column, from the west"), whole),
    )
    return [_in_path(name, said.in_language(language), schema) for name, said, schema in found]


def _limit(language: Language) -> dict[str, Any]:
    said = Text("Högst så många; fler än så kapas.", "At most so many; more is cut to that.")
    schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
    return _parameter("limit", said.in_language(language), schema)


def _skip_geometry(language: Language) -> dict[str, Any]:
    said = Text("Utan geometri: bara vad de säger", "Without geometry: only what they say")
    schema = {"type": "boolean", "default": False}
    return _parameter("skipGeometry", said.in_language(language), schema)


def _bbox(language: Language) -> dict[str, Any]:
    said = Text(
        "Det som möter rutan: minsta värdena, sedan största, i den ordning som bbox-crs har.",
        "What meets the box: least values, then greatest, in the order of bbox-crs.",
    )
    schema = {
        "type": "array",
        "minItems": 4,
        "maxItems": 6,
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        "items": {"type": "number"},
    }
    return _parameter("bbox", said.in_language(language), schema, example=[12.9, 55.5, 13.2, 55.7])


# The rest


def _schemas(collections: Sequence[Described], language: Language) -> dict[str, Schema]:
    found = dict(schemas.COMMON)
    for one in collections:
        feature, page = schemas.feature_schemas(one.name, one.fields, language)
        found |= {f"{one.name}.feature": feature, f"{one.name}.featureCollection": page}
    return found


def _problem(said: Text, language: Language) -> dict[str, Any]:
    content = {PROBLEM: {"schema": ref("exception")}}
    return {"description": said.in_language(language), "content": content}


def _content_crs(language: Language) -> dict[str, Any]:
    said = Text(
        "Systemet som svarets koordinater är i, inom < och >.",
        "The system of the coordinates in the answer, within < and >.",
    )
    return {"description": said.in_language(language), "schema": {"type": "string"}}

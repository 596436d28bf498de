"""What the answers look like, as the schemas of OpenAPI 3.0.

They say what OGC API - Features (17-069r4) and GeoJSON (RFC 7946) say, and what is ours besides.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from portfolio.language import Language
from portfolio.maps.layers import Field, Queryable, ValueKind

Schema = dict[str, Any]

SHAPES = (
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
)
_TYPES: Mapping[ValueKind, Schema] = {
    ValueKind.TEXT: {"type": "string"},
    ValueKind.INTEGER: {"type": "integer"},
    ValueKind.NUMBER: {"type": "number"},
    ValueKind.AMOUNT: {"type": "number"},
    ValueKind.DATE: {"type": "string", "format": "date"},
    ValueKind.BOOLEAN: {"type": "boolean"},
}
_TEXT: Schema = {"type": "string"}
_ADDRESS: Schema = {"type": "string", "format": "uri"}
_CORNER: Schema = {
    "type": "array",
    "minItems": 2,
    "maxItems": 2,
    "items": {"type": "number"},
}
_ADDRESSES: Schema = {"type": "array", "items": _ADDRESS}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def listing(name: str) -> Schema:
    return {"type": "array", "items": ref(name)}


def an_object(properties: Mapping[str, Schema], required: Sequence[str] = ()) -> Schema:
    found: Schema = {"type": "object", "properties": dict(properties)}
    return {**found, "required": list(required)} if required else found


def value_schema(field: Field, language: Language) -> Schema:
    """A property: of its kind, or null where it is not known."""
    return {**_TYPES[field.kind], "nullable": True, "title": field.title.in_language(language)}


def asked_schema(found: Queryable) -> Schema:
    """What a parameter for a queryable takes."""
    schema = dict(_TYPES[found.field.kind])
    if found.values:
        schema["enum"] = list(found.values)
    return schema


def feature_schemas(
    name: str, fields: Sequence[Field], language: Language
) -> tuple[Schema, Schema]:
    """A feature of a collection, and a page of them."""
    properties = {field.name: value_schema(field, language) for field in fields}
    members: dict[str, Schema] = {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": _TEXT,
        "properties": an_object(properties, list(properties)),
        "geometry": ref("geometry"),
        "links": listing("link"),
    }
    count: Schema = {"type": "integer", "minimum": 0}
    page: dict[str, Schema] = {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "features": listing(f"{name}.feature"),
        "numberMatched": count,
        "numberReturned": {**count, "maximum": 1000},
        "timeStamp": {"type": "string", "format": "date-time"},
        "links": listing("link"),
    }
    return an_object(members, ("type", "id", "properties", "geometry")), an_object(page, list(page))


_LINK = an_object(
    {
        "href": _TEXT,
        "rel": _TEXT,
        "type": _TEXT,
        "title": _TEXT,
        "templated": {"type": "boolean"},
    },
    ("href", "rel"),
)
_EXTENT = an_object(
    {
        "spatial": an_object(
            {
                "bbox": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "array",
                        "minItems": 4,
                        "maxItems": 4,
                        "items": {"type": "number"},
                    },
                },
                "crs": _ADDRESS,
            },
            ("bbox",),
        ),
        "temporal": an_object(
            {
                "interval": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "array",
                        "minItems": 2,
                        "maxItems": 2,
                        "items": {"type": "string", "format": "date-time", "nullable": True},
                    },
                },
                "trs": _ADDRESS,
            },
            ("interval",),
        ),
    }
)
_COLLECTION = an_object(
    {
        "id": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "itemType": {"type": "string", "enum": ["feature"]},
        "crs": _ADDRESSES,
        "storageCrs": _ADDRESS,
        "extent": ref("extent"),
        "links": listing("link"),
    },
    ("id", "title", "links", "crs"),
)
_TILESET = an_object(
    {
        "title": _TEXT,
        "dataType": {"type": "string", "enum": ["vector"]},
        "crs": _ADDRESS,
        "tileMatrixSetURI": _ADDRESS,
        "layers": {
            "type": "array",
            "items": an_object(
                dict.fromkeys(("id", "dataType", "minTileMatrix", "maxTileMatrix"), _TEXT),
                ("id", "dataType"),
            ),
        },
        "boundingBox": an_object(
            {"lowerLeft": _CORNER, "upperRight": _CORNER, "crs": _ADDRESS},
            ("lowerLeft", "upperRight"),
        ),
        "links": listing("link"),
    },
    ("dataType", "crs", "links"),
)
_PROBLEM = an_object(
    {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "instance": _TEXT,
        "trace_id": _TEXT,
    },
    ("type", "title", "status", "detail", "instance"),
)
_SHAPE = an_object(
    {
        "type": {"type": "string", "enum": list(SHAPES)},
        "coordinates": {"type": "array", "items": {}},
        "geometries": {"type": "array", "items": {"type": "object"}},
    },
    ("type",),
)
COMMON: Mapping[str, Schema] = {
    "link": _LINK,
    "landingPage": an_object(
        {"title": _TEXT, "description": _TEXT, "links": listing("link")}, ("links",)
    ),
    "confClasses": an_object({"conformsTo": _ADDRESSES}, ("conformsTo",)),
    "extent": _EXTENT,
    "collection": _COLLECTION,
    "collections": an_object(
        {"links": listing("link"), "crs": _ADDRESSES, "collections": listing("collection")},
        ("links", "collections"),
    ),
    "queryables": an_object(
        {
            "$schema": _ADDRESS,
            "$id": _ADDRESS,
            "title": _TEXT,
            "type": {"type": "string", "enum": ["object"]},
            "properties": {"type": "object", "additionalProperties": {"type": "object"}},
            "additionalProperties": {"type": "boolean"},
        },
        ("$schema", "$id", "type", "properties"),
    ),
    "geometry": {**_SHAPE, "nullable": True},
    "tileset": _TILESET,
    "tilesets": an_object(
        {"links": listing("link"), "tilesets": listing("tileset")}, ("tilesets",)
    ),
    "exception": _PROBLEM,
}

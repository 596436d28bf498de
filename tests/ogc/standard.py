"""What OGC 17-069r4 and RFC 7946 ask of the answers, as JSON Schema, written from their text."""

from typing import Any

from jsonschema_rs import Draft202012Validator

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}


def listed(items: Schema, least: int = 0, most: int | None = None) -> Schema:
    found: Schema = {"type": "array", "items": items, "minItems": least}
    return found if most is None else {**found, "maxItems": most}


def record(required: str, **properties: Schema) -> Schema:
    return {"type": "object", "required": required.split(), "properties": properties}


LINK = record(
    "href rel",
    href=TEXT,
    rel=TEXT,
    type=TEXT,
    hreflang=TEXT,
    title=TEXT,
    length={"type": "integer"},
)
LINKS = listed(LINK)
LANDING_PAGE = record("links", title=TEXT, description=TEXT, links=LINKS)
CONFORMANCE = record("conformsTo", conformsTo=listed(TEXT))
BOX = {"type": "array", "items": NUMBER, "oneOf": [{"minItems": n, "maxItems": n} for n in (4, 6)]}
EXTENT = record(
    "",
    spatial=record(
        "",
        bbox=listed(BOX, 1),
        crs={
            "enum": [
                "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
                "http://www.opengis.net/def/crs/OGC/0/CRS84h",
            ]
        },
    ),
    temporal=record(
        "",
        interval=listed(listed({"type": ["string", "null"], "format": "date-time"}, 2, 2), 1),
        trs={"enum": ["http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"]},
    ),
)
COLLECTION = record(
    "id links",
    id=TEXT,
    title=TEXT,
    description=TEXT,
    links=LINKS,
    extent=EXTENT,
    itemType=TEXT,
    crs=listed(TEXT),
)
COLLECTIONS = record("links collections", links=LINKS, collections=listed(COLLECTION))

POSITION = listed(NUMBER, 2)
LINE = listed(POSITION, 2)
RING = listed(POSITION, 4)
COORDINATES = {
    "Point": POSITION,
    "MultiPoint": listed(POSITION),
    "LineString": LINE,
    "MultiLineString": listed(LINE),
    "Polygon": listed(RING),
    "MultiPolygon": listed(listed(RING)),
}
SHAPES = [
    record("type coordinates", type={"const": name}, coordinates=schema)
    for name, schema in COORDINATES.items()
]
COLLECTED = record(
    "type geometries", type={"const": "GeometryCollection"}, geometries=listed({"oneOf": SHAPES})
)
# RFC 7946, 3.2: null for what is nowhere. The schema in 17-069r4 leaves that out.
GEOMETRY: Schema = {"oneOf": [*SHAPES, COLLECTED, {"type": "null"}]}
FEATURE = record(
    "type geometry properties",
    type={"const": "Feature"},
    geometry=GEOMETRY,
    properties={"type": ["object", "null"]},
    id={"type": ["string", "integer"]},
    links=LINKS,
)
FEATURE_COLLECTION = record(
    "type features",
    type={"const": "FeatureCollection"},
    features=listed(FEATURE),
    links=LINKS,
    timeStamp={"type": "string", "format": "date-time"},
    numberMatched=COUNT,
    numberReturned=COUNT,
)
PROBLEM = record(
    "type title status detail",
    type=TEXT,
    title=TEXT,
    status={"type": "integer"},
    detail={"type": "string", "minLength": 1},
)


def faults(schema: Schema, document: Any) -> list[str]:
    """Where a document is not as it should be."""
    found = Draft202012Validator(schema, validate_formats=True).iter_errors(document)
    return [f"{error.instance_path}: {error.message}" for error in found]

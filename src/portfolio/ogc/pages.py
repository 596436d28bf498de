"""The same documents as pages for people (OGC API - Features, requirements class HTML).

A page says all that the JSON says, has all its links, and works without a script.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import orjson
import shapely

from portfolio.language import Language, Text
from portfolio.maps.layers import Field, ValueKind
from portfolio.ogc import documents, markup
from portfolio.ogc.answers import HTML, Answer, collection_url, feature_url
from portfolio.ogc.crs import ReferenceSystem
from portfolio.ogc.description import Described
from portfolio.ogc.drawing import draw
from portfolio.ogc.markup import anchor, bullets, code, paragraph, section, table
from portfolio.ogc.parameters import with_parameters

Renderer = Callable[[str, Mapping[str, Any], Language], str]
# Coordinates longer than this are not written on the page but linked to.
LONGEST_GEOMETRY = 20_000

_COLLECTIONS = Text("Lager", "Collections")
_CONFORMANCE = Text("Det som uppfylls", "Conformance")
_QUERYABLES = Text("Det går att fråga om", "Queryables")
_ITEMS = Text("Objekt", "Features")
_TILES = Text("Kartrutor", "Tiles")
_API = Text("API-beskrivning", "API description")
_NAME, _TITLE, _KIND = Text("Namn", "Name"), Text("Rubrik", "Title"), Text("Slag", "Kind")
_VALUE = Text("Värde", "Value")
_BOX = Text("Väst, syd, öst, nord", "West, south, east, north")
_PROPERTIES = Text("Egenskaper", "Properties")


@dataclass(frozen=True, slots=True)
class Layer:
    """The collection that a page of features is about."""

    base: str
    described: Described
    language: Language

    @property
    def url(self) -> str:
        return collection_url(self.base, self.described.name)

    def say(self, text: Text) -> str:
        return text.in_language(self.language)


def answer(page: Renderer, base: str, document: Mapping[str, Any], language: Language) -> Answer:
    return as_answer(page(base, document, language), language)


def as_answer(page: str, language: Language) -> Answer:
    return Answer(page.encode(), HTML, {"Content-Language": language})


def _trail(base: str, language: Language, *more: markup.Step) -> list[markup.Step]:
    return [(f"{base}/ogc", documents.TITLE.in_language(language)), *more]


def _in_collections(layer: Layer, *more: markup.Step) -> list[markup.Step]:
    every = (f"{layer.base}/ogc/collections", layer.say(_COLLECTIONS))
    own = (layer.url, layer.described.title)
    return _trail(layer.base, layer.language, every, own, *more)


# The service


def landing(base: str, document: Mapping[str, Any], language: Language) -> str:
    ways = [
        anchor(f"{base}/ogc/collections", _COLLECTIONS.in_language(language)),
        anchor(f"{base}/ogc/api", _API.in_language(language)),
        anchor(f"{base}/ogc/conformance", _CONFORMANCE.in_language(language)),
    ]
    content = paragraph(document["description"]) + bullets(ways) + markup.links(document, language)
    return markup.page(language, _trail(base, language), document["title"], content)


def conformance(base: str, document: Mapping[str, Any], language: Language) -> str:
    title = _CONFORMANCE.in_language(language)
    content = bullets(code(uri) for uri in document["conformsTo"])
    trail = _trail(base, language, (f"{base}/ogc/conformance", title))
    return markup.page(language, trail, title, content)


def collections(base: str, document: Mapping[str, Any], language: Language) -> str:
    title = _COLLECTIONS.in_language(language)
    heads = [text.in_language(language) for text in (_TITLE, Text("Innehåll", "Content"), _NAME)]
    rows = [
        (
            anchor(collection_url(base, one["id"]), one["title"]),
            escape(one.get("description", "")),
            code(one["id"]),
        )
        for one in document["collections"]
    ]
    content = table(title, heads, rows) + _systems(document, language)
    trail = _trail(base, language, (f"{base}/ogc/collections", title))
    return markup.page(language, trail, title, content + markup.links(document, language))


def api(base: str, document: Mapping[str, Any], language: Language) -> str:
    title = _API.in_language(language)
    parts = [paragraph(document["info"]["description"])]
    shared = document["components"]["parameters"]
    for path, operations in document["paths"].items():
        parts.append(_operation(path, operations["get"], shared, language))
    content = "\n".join(parts)
    links = {"links": [{"href": f"{base}/ogc/api", "rel": "self", "type": "application/json"}]}
    trail = _trail(base, language, (f"{base}/ogc/api", title))
    return markup.page(language, trail, title, content + markup.links(links, language))


def _operation(
    path: str, operation: Mapping[str, Any], shared: Mapping[str, Any], language: Language
) -> str:
    heads = [text.in_language(language) for text in (_NAME, Text("Betyder", "Means"), _KIND)]
    rows = []
    for given in operation["parameters"]:
        found = shared[given["$ref"].rpartition("/")[2]] if "$ref" in given else given
        kind = found["schema"]["type"]
        choices = ", ".join(map(str, found["schema"].get("enum", ())))
        shown = f"{escape(kind)}: {escape(choices)}" if choices else escape(kind)
        rows.append((code(found["name"]), escape(found.get("description", "")), shown))
    about = f"<p>{code('GET /ogc' + path.rstrip('/'))}</p>"
    called = Text("Parametrar till", "Parameters of").in_language(language)
    return section(operation["summary"], about + table(f"{called} {path}", heads, rows))


# A collection


def collection(layer: Layer, document: Mapping[str, Any]) -> Answer:
    ways = [
        anchor(f"{layer.url}/items", layer.say(_ITEMS)),
        anchor(f"{layer.url}/queryables", layer.say(_QUERYABLES)),
        anchor(f"{layer.url}/tiles", layer.say(_TILES)),
    ]
    content = [
        paragraph(document["description"]),
        f"<p>{code(document['id'])}</p>",
        bullets(ways),
        _fields(layer),
        _extent(document["extent"], layer.language),
        _systems(document, layer.language),
        markup.links(document, layer.language),
    ]
    trail = _in_collections(layer)
    page = markup.page(layer.language, trail, layer.described.title, "\n".join(content))
    return as_answer(page, layer.language)


def _fields(layer: Layer) -> str:
    title = layer.say(_PROPERTIES)
    heads = [layer.say(text) for text in (_NAME, _TITLE, _KIND)]
    rows = [
        (code(one.name), escape(layer.say(one.title)), code(one.kind))
        for one in layer.described.fields
    ]
    return section(title, table(title, heads, rows))


def _extent(extent: Mapping[str, Any], language: Language) -> str:
    parts = []
    for box in extent.get("spatial", {}).get("bbox", ()):
        said = _BOX.in_language(language)
        parts.append(f"{escape(said)}: {', '.join(f'{bound:g}' for bound in box)}")
    for interval in extent.get("temporal", {}).get("interval", ()):
        first, last = ((moment or "..")[:10] for moment in interval)
        said = Text("Tid", "Time").in_language(language)
        parts.append(f"{escape(said)}: {first} – {last}")
    heading = Text("Utsträckning", "Extent").in_language(language)
    empty = Text("Lagret är tomt.", "The collection is empty.").in_language(language)
    return section(heading, bullets(parts) if parts else paragraph(empty))


def _systems(document: Mapping[str, Any], language: Language) -> str:
    title = Text("Koordinatsystem", "Reference systems").in_language(language)
    return section(title, bullets(code(uri) for uri in document["crs"]))


def queryables(layer: Layer, document: Mapping[str, Any]) -> Answer:
    title = layer.say(_QUERYABLES)
    heads = [layer.say(text) for text in (_NAME, _TITLE, _KIND)]
    rows = []
    for name, schema in document["properties"].items():
        kind = str(schema.get("format", schema.get("type", "")))
        choices = ", ".join(map(code, schema.get("enum", ())))
        rows.append(
            (code(name), escape(schema["title"]), code(kind) + (choices and f": {choices}"))
        )
    links = {"links": [{"href": document["$id"], "rel": "self", "type": "application/schema+json"}]}
    content = table(title, heads, rows) + markup.links(links, layer.language)
    return _of_layer(layer, content, title, f"{layer.url}/queryables")


def tilesets(layer: Layer, document: Mapping[str, Any]) -> Answer:
    """The list of tilesets, or one of them."""
    title = layer.say(_TILES)
    shown = [
        bullets([code(one["tileMatrixSetURI"]), code(one["crs"]), *_scope(layer, one)])
        + markup.links(one, layer.language)
        for one in document.get("tilesets", [document])
    ]
    return _of_layer(layer, "\n".join(shown), title, f"{layer.url}/tiles")


def _scope(layer: Layer, tileset: Mapping[str, Any]) -> list[str]:
    """Its zooms and where it has something, in words."""
    zoom, box = Text("Zoom", "Zoom"), tileset.get("boundingBox")
    said = [
        f"{code(one['id'])} {layer.say(zoom)} {one['minTileMatrix']} – {one['maxTileMatrix']}"
        for one in tileset["layers"]
    ]
    if box is not None:
        corners = ", ".join(f"{bound:g}" for bound in (*box["lowerLeft"], *box["upperRight"]))
        said.append(f"{escape(layer.say(_BOX))}: {corners} {code(box['crs'])}")
    return said


def _of_layer(layer: Layer, content: str, title: str, url: str, *more: markup.Step) -> Answer:
    trail = _in_collections(layer, (url, title), *more)
    heading = f"{layer.described.title}: {trail[-1][1]}"
    return as_answer(markup.page(layer.language, trail, heading, content), layer.language)


# Features


def items(layer: Layer, body: bytes, query: Mapping[str, str]) -> Answer:
    """A page of features, as they were written for the answer in JSON."""
    found = orjson.loads(body)
    fields = layer.described.fields
    heads = [field.title.in_language(layer.language) for field in fields]
    url = f"{layer.url}/items"
    rows = (_feature_row(layer, one) for one in found["features"])
    content = [
        paragraph(_counted(layer, found)),
        _pager(layer, found, query),
        table(layer.say(_ITEMS), heads, rows) if found["features"] else "",
        markup.links(found, layer.language),
    ]
    return _of_layer(layer, "\n".join(content), layer.say(_ITEMS), url)


def _feature_row(layer: Layer, feature: Mapping[str, Any]) -> list[str]:
    first, *rest = layer.described.fields
    values = feature["properties"]
    url = feature_url(layer.base, layer.described.name, feature["id"])
    name = feature["id"] if values.get(first.name) is None else str(values[first.name])
    return [anchor(url, name), *(_shown(layer, field, values.get(field.name)) for field in rest)]


def _counted(layer: Layer, found: Mapping[str, Any]) -> str:
    shown, matched = found["numberReturned"], found["numberMatched"]
    said = Text(
        f"{shown} av {matched} objekt. Skapad {found['timeStamp']}.",
        f"{shown} of {matched} features. Made at {found['timeStamp']}.",
    )
    return layer.say(said)


def _pager(layer: Layer, found: Mapping[str, Any], query: Mapping[str, str]) -> str:
    ways = []
    if "cursor" in query:
        text = with_parameters(query, cursor=None)
        first = f"{layer.url}/items" + (f"?{text}" if text else "")
        ways.append(anchor(first, layer.say(Text("Första sidan", "First page"))))
    for link in found["links"]:
        if link["rel"] == "next":
            ways.append(anchor(link["href"], layer.say(Text("Nästa sida", "Next page"))))
    if not ways:
        return ""
    named = layer.say(Text("Sidor", "Pages"))
    return f'<nav aria-label="{escape(named)}">{bullets(ways)}</nav>'


def item(layer: Layer, body: bytes, system: ReferenceSystem | None) -> Answer:
    """One feature, with a drawing of where it is unless it was asked for without."""
    found = orjson.loads(body)
    fields = layer.described.fields
    title = layer.say(_PROPERTIES)
    rows = [
        (
            escape(field.title.in_language(layer.language)),
            code(field.name),
            _shown(layer, field, found["properties"].get(field.name)),
        )
        for field in fields
    ]
    heads = [layer.say(text) for text in (_TITLE, _NAME, _VALUE)]
    content = [
        "" if system is None else _where(layer, found, system),
        section(title, table(title, heads, rows)),
        markup.links(found, layer.language),
    ]
    step = (feature_url(layer.base, layer.described.name, found["id"]), found["id"])
    url = f"{layer.url}/items"
    return _of_layer(layer, "\n".join(content), layer.say(_ITEMS), url, step)


def _where(layer: Layer, feature: Mapping[str, Any], system: ReferenceSystem) -> str:
    title = layer.say(Text("Läge", "Place"))
    geometry = feature["geometry"]
    if geometry is None:
        return section(title, paragraph(layer.say(Text("Ingen plats.", "Nowhere."))))
    written = orjson.dumps(geometry)
    planar = shapely.transform(shapely.from_geojson(written), system.to_planar)
    picture = draw(
        planar, layer.say(Text(f"Läget för {feature['id']}", f"Where {feature['id']} is"))
    )
    if len(written) > LONGEST_GEOMETRY:
        said = Text("Koordinaterna finns i GeoJSON:", "The coordinates are in the GeoJSON:")
        url = markup.as_json(feature["links"][0]["href"])
        return section(title, f"{picture}<p>{layer.say(said)} {anchor(url, 'GeoJSON')}</p>")
    named = layer.say(Text("Koordinater", "Coordinates"))
    where = f"{code(system.uri)}<pre>{escape(written.decode())}</pre>"
    return section(title, f"{picture}<details><summary>{named}</summary>{where}</details>")


def _shown(layer: Layer, field: Field, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return layer.say(Text("ja", "yes") if value else Text("nej", "no"))
    if field.kind in (ValueKind.AMOUNT, ValueKind.NUMBER):
        text = f"{value:,.2f}"
        if layer.language == "sv":
            text = text.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
        return f'<data value="{value}">{text}</data>'
    text = escape(str(value))
    return f"<time>{text}</time>" if field.kind is ValueKind.DATE else text

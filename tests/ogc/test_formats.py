"""OGC 17-069r4, requirements classes GeoJSON, HTML and OpenAPI 3.0: a test for each, by its id."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_30_VALIDATOR

from portfolio.ogc.api import HANDLERS
from tests.ogc import standard
from tests.ogc.municipality import AREAS, COLLECTIONS, EMPTY, INVESTMENTS, PROGRAMS, Town

GEOJSON = "application/geo+json"
PATHS = [
    "",
    "/api",
    "/conformance",
    "/collections",
    *(
        f"/collections/{name}{part}"
        for name in COLLECTIONS
        for part in ("", "/queryables", "/items", "/tiles", "/tiles/WebMercatorQuad")
    ),
    f"/collections/{AREAS}/items/A00",
    f"/collections/{PROGRAMS}/items/lindangen",
    f"/collections/{PROGRAMS}/items/arealess",
    f"/collections/{INVESTMENTS}/items/LIN-02",
    f"/collections/{INVESTMENTS}/items/LIN-03",
    f"/collections/{INVESTMENTS}/items/LIN-04",
]
NOT_SAID = {
    *("links", "geometry", "timeStamp", "itemType", "type", "trs", "extent", "$schema"),
    "dataType",
}
EMPTY_ELEMENTS = {"meta", "link"}


class Page(HTMLParser):
    """What a page links to and says, and whether its elements are closed as they were opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.hrefs: set[str] = set()
        self.words: list[str] = []
        self.language: str | None = None
        self.styled: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.hrefs |= {href for href in [found.get("href")] if href}
        self.language = found.get("lang") if tag == "html" else self.language
        self.styled += [tag for name in found if name == "style" or name.startswith("on")]
        self.styled += [tag] * (tag in ("style", "script"))
        if tag not in EMPTY_ELEMENTS:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def every_text(document: Any, key: str = "") -> Iterator[str]:
    """All texts of a document but links, coordinates and what only programs need."""
    if isinstance(document, dict):
        for name, value in document.items():
            if name not in NOT_SAID:
                yield from every_text(value, name)
    elif isinstance(document, list):
        for value in document:
            yield from every_text(value, key)
    elif isinstance(document, str):
        yield document


# GeoJSON


@pytest.mark.parametrize("name", COLLECTIONS)
def test_req_geojson_definition(town: Town, name: str):
    for path in (f"/collections/{name}/items", f"/collections/{name}/items/{first(town, name)}"):
        for accept in (GEOJSON, "application/json", "*/*", f"text/html;q=0.1, {GEOJSON}", ""):
            answer = town.get(path, {"Accept": accept})
            assert answer.headers["content-type"] == GEOJSON, accept


def first(town: Town, name: str) -> str:
    return next(iter(town.items(name)))


@pytest.mark.parametrize("name", COLLECTIONS)
def test_req_geojson_content(town: Town, name: str):
    page = town.json(f"/collections/{name}/items")
    feature = town.json(f"/collections/{name}/items/{first(town, name)}")

    assert standard.faults(standard.FEATURE_COLLECTION, page) == []
    assert standard.faults(standard.FEATURE, feature) == []
    assert page["links"]
    assert feature["links"]
    assert "crs" not in page  # RFC 7946 took it away


# HTML


@pytest.mark.parametrize("path", PATHS)
def test_req_html_definition(town: Town, path: str):
    by_accept = town.page(path)
    by_f = town.get(path, f="html")

    assert by_f.headers["content-type"] == "text/html; charset=utf-8"
    assert by_accept.startswith("<!doctype html>")
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert town.get(path, {"Accept": browser}).text.startswith("<!doctype html>")
    assert town.get(path, {"Accept": "text/html"}, f="json").json()


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/api"])
def test_req_html_content(town: Town, path: str):
    document = town.json(path, {"Accept-Language": "en"})

    page = Page(town.page(path, language="en"))

    assert [text for text in every_text(document) if text not in page.text] == []
    for one in (document, *document.get("tilesets", ())):
        for link in one.get("links", ()):
            if link.get("templated"):
                assert link["href"] in page.text
            else:
                assert any(href.startswith(link["href"]) for href in page.hrefs), link


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_page_is_in_the_readers_language_and_has_no_script_or_style(
    town: Town, path: str, language: str
):
    answer = town.get(path, {"Accept": "text/html", "Accept-Language": language})

    page = Page(answer.text)
    assert page.language == answer.headers["content-language"] == language
    assert page.styled == []
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_pages_are_swedish_unless_asked_otherwise(town: Town):
    answer = town.client.get("/ogc", headers={"Accept": "text/html"})

    assert Page(answer.text).language == "sv"


def test_names_from_data_are_escaped_on_pages(town: Town):
    for path in (f"/collections/{INVESTMENTS}/items", f"/collections/{INVESTMENTS}/items/LIN-01"):
        text = town.page(path)
        assert "&lt;LIN-01&gt;" in text
        assert "<LIN-01>" not in text


def test_pages_of_features_lead_to_the_next_and_back_to_the_first(town: Town):
    path: str | None = f"/collections/{AREAS}/items?limit=3"
    seen: list[str] = []
    while path is not None:
        text = town.page(path)
        seen += re.findall(r"/items/(A\d\d)\"", text)
        following = re.search(r'href="http://testserver/ogc([^"]*)">Nästa sida', text)
        path = following[1].replace("&amp;", "&") if following else None
    assert seen == ["A00", "A01", "A10", "A11"]
    assert 'items?limit=3">Första sidan' in text


def test_a_feature_is_drawn_on_its_page(town: Town):
    drawn = {id: town.page(f"/collections/{INVESTMENTS}/items/{id}") for id in ("LIN-01", "LIN-03")}

    assert "<circle" in drawn["LIN-01"]
    assert "<path" in drawn["LIN-03"]
    nowhere = town.page(f"/collections/{INVESTMENTS}/items/LIN-04")
    assert "<svg" not in nowhere
    assert "Ingen plats" in nowhere


def test_a_long_boundary_is_linked_to_and_not_written_on_the_page(town: Town, monkeypatch):
    monkeypatch.setattr("portfolio.ogc.pages.LONGEST_GEOMETRY", 50)

    text = town.page(f"/collections/{AREAS}/items/A00")

    assert "<pre>" not in text
    assert "items/A00?f=json" in text


# OpenAPI 3.0


@pytest.fixture
def described(town: Town) -> dict[str, Any]:
    found: dict[str, Any] = town.json("/api")
    return found


def test_req_oas30_oas_definition_1(town: Town):
    (link,) = [one for one in town.json("")["links"] if one["rel"] == "service-desc"]
    answer = town.get("/api", {"Accept": "application/vnd.oai.openapi+json;version=3.0"})

    assert link["type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert answer.headers["content-type"] == link["type"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_req_oas30_oas_definition_2(town: Town, language: str):
    found = town.json("/api", {"Accept-Language": language})

    assert found["openapi"] == "3.0.3"
    assert [error.message for error in OPENAPI_30_VALIDATOR.iter_errors(found)] == []
    assert list(unresolved(found, found)) == []


def unresolved(document: Any, root: dict[str, Any]) -> Iterator[str]:
    if isinstance(document, dict):
        if isinstance(document.get("$ref"), str):
            place: Any = root
            for part in document["$ref"].removeprefix("#/").split("/"):
                place = place.get(part, {})
            if not place:
                yield document["$ref"]
        for value in document.values():
            yield from unresolved(value, root)
    elif isinstance(document, list):
        for value in document:
            yield from unresolved(value, root)


def test_req_oas30_oas_impl(town: Town, described: dict[str, Any]):
    """Every path answers as described."""
    assert described["servers"] == [{"url": "http://testserver/ogc"}]
    ids = {name: first(town, name) for name in COLLECTIONS}
    for path, operations in described["paths"].items():
        name = path.split("/")[2] if path.startswith("/collections/") else ""
        if "{featureId}" in path and name not in ids:
            continue  # a scheme without areas
        asked = re.sub(r"\{tile\w+\}", "0", path.replace("{featureId}", ids.get(name, "")))
        answer = town.get(asked)
        assert answer.status_code == 200, asked
        kinds = operations["get"]["responses"]["200"]["content"]
        assert answer.headers["content-type"] in kinds


def test_req_oas30_completeness(described: dict[str, Any]):
    names = [*EMPTY, *COLLECTIONS]
    expected = set()
    for template in HANDLERS:
        path = template.removeprefix("/ogc") or "/"
        path = path.replace("{feature}", "{featureId}").replace("{z}/{y}/{x}", TILE)
        expected |= {path.replace("{collection}", name) for name in names}

    assert set(described["paths"]) == expected
    ids = [operations["get"]["operationId"] for operations in described["paths"].values()]
    assert len(ids) == len(set(ids))


TILE = "{tileMatrix}/{tileRow}/{tileCol}"


def test_req_oas30_exception_codes(town: Town, described: dict[str, Any]):
    items = described["paths"][f"/collections/{INVESTMENTS}/items"]["get"]["responses"]
    assert set(items) == {"200", "400", "401", "403", "404", "429", "500", "503"}
    schema = described["components"]["schemas"]["exception"]
    bad = {"Authorization": "Bearer none"}
    path = f"/collections/{INVESTMENTS}/items"
    refusals = [town.get(path, limit="x"), town.get(path, bad), town.get(f"{path}/none")]

    assert [answer.status_code for answer in refusals] == [400, 401, 404]
    for answer in refusals:
        assert answer.headers["content-type"] == "application/problem+json"
        assert standard.faults(schema, answer.json()) == []


def test_req_oas30_security(described: dict[str, Any]):
    schemes = described["components"]["securitySchemes"]

    assert {one["scheme"] for one in schemes.values()} == {"bearer", "basic"}
    assert described["security"] == [{"bearer": []}, {"basic": []}, {}]


@pytest.mark.parametrize("name", COLLECTIONS)
def test_features_are_as_the_description_says(town: Town, described: dict[str, Any], name: str):
    """Also recommendation /rec/oas30/f-key-properties."""
    properties = described["components"]["schemas"][f"{name}.feature"]["properties"]["properties"]

    for headers in ({}, town.viewer):
        for one in town.items(name, headers).values():
            assert (
                list(one["properties"]) == properties["required"] == list(properties["properties"])
            )
            for key, value in one["properties"].items():
                assert value is None or fits(properties["properties"][key], value), key


def fits(schema: dict[str, Any], value: Any) -> bool:
    kept: dict[str, Any] = {key: schema[key] for key in ("type", "format") if key in schema}
    return standard.faults(kept, value) == []

"""OGC 19-079r2, Filtering: a test for each requirement, by its id; CQL2 has tests of its own."""

import json
from typing import Any

import pytest

from tests.ogc import standard
from tests.ogc.municipality import (
    AREAS,
    COLLECTIONS,
    CRS84,
    DRAWN,
    EPSG,
    INVESTMENTS,
    NOWHERE,
    POINTS,
    PROGRAMS,
    SOUTH,
    SYSTEMS,
    WEST,
    Town,
)
from tests.ogc.test_core import AROUND, parameter, relations

QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
every_collection = pytest.mark.parametrize("name", COLLECTIONS)


def queryables(town: Town, name: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = town.json(f"/collections/{name}/queryables", headers)
    return found


@every_collection
def test_req_queryables_queryables_link(town: Town, name: str):
    url = f"http://testserver/ogc/collections/{name}/queryables"
    for path in (f"/collections/{name}", f"/collections/{name}/items"):
        header = town.get(path).headers["link"]
        assert header == f'<{url}>; rel="{QUERYABLES}"; type="application/schema+json"'


@every_collection
def test_req_features_filter_queryables_link(town: Town, name: str):
    (link,) = relations(town.json(f"/collections/{name}"), QUERYABLES)

    assert link["href"] == f"http://testserver/ogc/collections/{name}/queryables"


@every_collection
def test_req_queryables_get_queryables_op(town: Town, name: str):
    assert town.get(f"/collections/{name}/queryables").status_code == 200
    assert town.get("/collections/none/queryables").status_code == 404


@every_collection
def test_req_queryables_get_queryables_response(town: Town, name: str):
    answer = town.get(f"/collections/{name}/queryables", f="json")

    assert answer.headers["content-type"] == "application/schema+json"
    schema = answer.json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"http://testserver/ogc/collections/{name}/queryables"
    assert schema["type"] == "object"
    assert standard.faults({"$ref": schema["$schema"]}, schema) == []


@every_collection
def test_req_queryables_expression_construction(town: Town, name: str):
    for known in queryables(town, name)["properties"]:
        if known != "geometry":
            answer = town.get(f"/collections/{name}/items", filter=f"{known} IS NULL")
            assert answer.status_code == 200, known
    answer = town.get(f"/collections/{name}/items", filter="unheard_of IS NULL")
    assert answer.status_code == 400


@every_collection
@pytest.mark.parametrize("who", ["public", "viewer"])
def test_req_queryables_query_parameters_parameters(town: Town, name: str, who: str):
    headers = town.viewer if who == "viewer" else {}
    document = town.json("/api", headers)
    given = document["paths"][f"/collections/{name}/items"]["get"]["parameters"]
    described = {one["name"]: one["schema"] for one in given if "$ref" not in one}

    for key, schema in queryables(town, name, headers)["properties"].items():
        if key != "geometry":
            assert {**described.pop(key), "title": schema["title"]} == schema
            values = {one["properties"][key] for one in town.items(name, headers).values()}
            for value in values - {None}:
                text = json.dumps(value) if not isinstance(value, str) else value
                found = town.items(name, headers, **{key: text})
                assert {one["properties"][key] for one in found.values()} == {value}
    assert described == {}


def test_req_filter_filter_param(town: Town):
    found = parameter(town, "filter")

    assert (found["in"], found["required"], found["style"]) == ("query", False, "form")
    assert found["schema"]["type"] == "string"


def test_req_filter_filter_lang_param(town: Town):
    found = parameter(town, "filter-lang")

    assert (found["in"], found["required"], found["style"]) == ("query", False, "form")
    languages = ["cql2-text", "cql2-json"]
    assert found["schema"] == {"type": "string", "enum": languages, "default": "cql2-text"}


def test_req_filter_filter_crs_param(town: Town):
    found = parameter(town, "filter-crs")

    assert (found["in"], found["required"], found["style"]) == ("query", False, "form")
    assert (found["schema"]["type"], found["schema"]["format"]) == ("string", "uri")


def test_req_features_filter_params_are_there_for_every_collection(town: Town):
    for name in COLLECTIONS:
        for asked in ("filter", "filter-lang", "filter-crs"):
            assert parameter(town, asked, of=name)["name"] == asked


@pytest.mark.parametrize("name", [INVESTMENTS, POINTS, AREAS])
def test_req_filter_filter_crs_wgs84(town: Town, name: str):
    west, south, east, north = AROUND.split(",")
    box = f"S_INTERSECTS(geometry, BBOX({west}, {south}, {east}, {north}))"

    plain = town.items(name, filter=box)

    assert set(plain) == ({"A00"} if name == AREAS else {"LIN-01"})
    assert town.items(name, filter=box, filter_crs=CRS84) == plain
    assert set(town.items(name, filter=box, filter_crs=f"{EPSG}/4326")) == set()


def test_req_filter_filter_crs_is_heeded(town: Town):
    north, east = SOUTH + 250, WEST + 250
    point = f"S_INTERSECTS(geometry, POINT({north} {east}))"

    assert set(town.items(AREAS, filter=point, filter_crs=f"{EPSG}/3006")) == {"A00"}
    for crs in SYSTEMS:
        assert set(town.items(AREAS, filter="code='A00'", filter_crs=crs)) == {"A00"}
    answer = town.get(f"/collections/{AREAS}/items", filter="code='A00'", filter_crs="EPSG:3006")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (AREAS, "code = 'A00'", {"A00"}),
        (AREAS, "code IN ('A00', 'A11') AND NOT name LIKE '%A11'", {"A00"}),
        (AREAS, "area_m2 > 1e9", set()),
        (AREAS, "valid_from = DATE('2020-01-01') OR code = 'x'", {"A00", "A01", "A10", "A11"}),
        (PROGRAMS, "code BETWEEN 'a' AND 'b'", {"arealess"}),
        (PROGRAMS, "starts_on IS NULL", {"arealess"}),
        (PROGRAMS, "CASEI(name) LIKE CASEI('PROGRAM <LIN%')", {"lindangen"}),
        (INVESTMENTS, "starts_on IS NULL", {NOWHERE}),
        (INVESTMENTS, "program = 'lindangen' AND starts_on >= DATE('2027-01-01')", {*DRAWN}),
        (INVESTMENTS, "status = 'stopped'", set()),
        (POINTS, "code <> 'LIN-01'", {"LIN-02", "LIN-03", NOWHERE}),
    ],
)
def test_req_filter_response(town: Town, name: str, text: str, expected: set[str]):
    page = town.json(f"/collections/{name}/items", filter=text)

    assert {one["id"] for one in page["features"]} == expected
    assert page["numberMatched"] == len(expected)


def test_req_features_filter_response_combines_all_parameters(town: Town):
    def ids(**query: Any) -> set[str]:
        return set(town.items(INVESTMENTS, **query))

    assert ids(filter="code <> 'LIN-01'", bbox=AROUND) == {NOWHERE}
    assert ids(filter="code <> 'LIN-02'", datetime="2027-05-01", limit=2) == {"LIN-01", "LIN-03"}
    assert ids(filter="code <> 'LIN-02'", code="LIN-02") == set()
    tree = {"op": "=", "args": [{"property": "code"}, "LIN-01"]}
    assert ids(filter=json.dumps(tree), filter_lang="cql2-json") == {"LIN-01"}
    assert set(town.items(AREAS, filter="code < 'A10'", bbox=AROUND)) == {"A00"}


def test_req_filter_is_in_the_next_link(town: Town):
    page = town.json(f"/collections/{AREAS}/items", filter="code <> 'A00'", limit=2)

    (link,) = relations(page, "next")
    rest = town.client.get(link["href"]).json()
    assert [one["id"] for one in (*page["features"], *rest["features"])] == ["A01", "A10", "A11"]

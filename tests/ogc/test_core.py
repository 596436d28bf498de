"""OGC 17-069r4, requirements class Core: one test for each requirement, by its id."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.ogc import standard
from tests.ogc.municipality import (
    AREAS,
    COLLECTIONS,
    CRS84,
    DRAWN,
    EMPTY,
    INVESTMENTS,
    NOWHERE,
    POINTS,
    PROGRAMS,
    Town,
)

PARAMETERS = "#/components/parameters/"
every_collection = pytest.mark.parametrize("name", COLLECTIONS)
# Around the place of LIN-01 only, and the middle of the whole grid.
AROUND = "13.0205,55.5715,13.0225,55.5730"
HERE = "13.0,55.5,13.2,55.7"


def relations(document: dict[str, Any], rel: str) -> list[dict[str, Any]]:
    return [link for link in document["links"] if link["rel"] == rel]


def local(href: str) -> str:
    """The path of a link of ours, below /ogc, with its query."""
    parts = urlsplit(href)
    assert f"{parts.scheme}://{parts.netloc}" == "http://testserver"
    assert parts.path.startswith("/ogc")
    return parts.path.removeprefix("/ogc") + (f"?{parts.query}" if parts.query else "")


def parameter(town: Town, name: str, of: str = AREAS) -> dict[str, Any]:
    """How the description defines a parameter of `items`."""
    document = town.json("/api")
    for found in document["paths"][f"/collections/{of}/items"]["get"]["parameters"]:
        reference = found.get("$ref")
        shown = found
        if reference:
            shown = document["components"]["parameters"][reference.removeprefix(PARAMETERS)]
        if shown["name"] == name:
            assert isinstance(shown, dict)
            return shown
    raise LookupError(name)


def test_req_core_root_op(town: Town):
    assert town.get("").status_code == 200
    assert town.get("/").status_code == 200


def test_req_core_root_success(town: Town):
    page = town.json("")

    assert standard.faults(standard.LANDING_PAGE, page) == []
    for rel in ("service-desc", "service-doc", "conformance", "data"):
        assert relations(page, rel), rel


def test_req_core_api_definition_op(town: Town):
    page = town.json("")

    for link in relations(page, "service-desc") + relations(page, "service-doc"):
        assert town.get(local(link["href"])).status_code == 200


def test_req_core_api_definition_success(town: Town):
    (link,) = relations(town.json(""), "service-desc")

    answer = town.get(local(link["href"]), {"Accept": link["type"]})

    assert answer.headers["content-type"] == link["type"]
    assert answer.json()["openapi"].startswith("3.0.")


def test_req_core_conformance_op(town: Town):
    (link,) = relations(town.json(""), "conformance")

    assert local(link["href"]) == "/conformance"
    assert town.get("/conformance").status_code == 200


def test_req_core_conformance_success(town: Town):
    found = town.json("/conformance")

    assert standard.faults(standard.CONFORMANCE, found) == []
    part = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
    named = {f"{part}/{name}" for name in ("core", "geojson", "html", "oas30")}
    assert named <= set(found["conformsTo"])
    assert len(found["conformsTo"]) == len(set(found["conformsTo"]))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_req_core_http(town: Town, method: str):
    answer = town.client.request(method, "/ogc/collections")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert standard.faults(standard.PROBLEM, answer.json()) == []
    whole, head = (town.client.request(way, "/ogc/collections") for way in ("GET", "HEAD"))
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == whole.headers["content-length"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/api",
        "/conformance",
        "/collections",
        "/collections/programs",
        "/collections/programs/queryables",
        "/collections/programs/items",
        "/collections/programs/items/lindangen",
        "/collections/programs/tiles",
        "/collections/programs/tiles/WebMercatorQuad",
        "/collections/programs/tiles/WebMercatorQuad/0/0/0",
    ],
)
def test_req_core_query_param_unknown(town: Town, path: str):
    answer = town.get(path, unheard_of="1")

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "unheard_of" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ("limit", "0"),
        ("limit", "many"),
        ("bbox", "1,2,3"),
        ("bbox", "a,b,c,d"),
        ("datetime", "yesterday"),
        ("crs", "EPSG:3006"),
        ("f", "xml"),
    ],
)
@every_collection
def test_req_core_query_param_invalid(town: Town, name: str, asked: str, value: str):
    answer = town.get(f"/collections/{name}/items", **{asked: value})

    assert answer.status_code == 400
    assert standard.faults(standard.PROBLEM, answer.json()) == []


@every_collection
def test_req_core_crs84(town: Town, name: str):
    answer = town.get(f"/collections/{name}/items")

    assert answer.headers["content-crs"] == f"<{CRS84}>"
    shapes = [one["geometry"] for one in answer.json()["features"] if one["geometry"]]
    assert shapes
    for shape in shapes:
        east, north = first_position(shape["coordinates"])
        assert 13.0 < east < 13.1
        assert 55.5 < north < 55.7


def first_position(coordinates: list[Any]) -> list[float]:
    return first_position(coordinates[0]) if isinstance(coordinates[0], list) else coordinates


def test_req_core_fc_md_op(town: Town):
    (link,) = relations(town.json(""), "data")

    assert local(link["href"]) == "/collections"
    assert town.get("/collections").status_code == 200


def test_req_core_fc_md_success(town: Town):
    assert standard.faults(standard.COLLECTIONS, town.json("/collections")) == []


def test_req_core_fc_md_links(town: Town):
    found = town.json("/collections")

    assert [link["type"] for link in relations(found, "self")] == ["application/json"]
    assert "text/html" in relations(found, "alternate")[0]["type"]
    assert all(link["rel"] and link["type"] for link in found["links"])


def test_req_core_fc_md_items(town: Town):
    names = [one["id"] for one in town.json("/collections")["collections"]]

    assert set(names) == {*EMPTY, *COLLECTIONS}
    assert len(names) == len(set(names))


def test_req_core_fc_md_items_links(town: Town):
    for one in town.json("/collections")["collections"]:
        kinds = {link["type"].partition(";")[0] for link in relations(one, "items")}
        assert kinds == {"application/geo+json", "text/html"}
        for link in relations(one, "items"):
            assert town.get(local(link["href"])).status_code == 200


@every_collection
def test_req_core_fc_md_extent(town: Town, name: str):
    (west, south, east, north) = town.json(f"/collections/{name}")["extent"]["spatial"]["bbox"][0]

    for one in town.items(name).values():
        for x, y in positions(one["geometry"]):
            assert west <= x <= east
            assert south <= y <= north


def test_req_core_fc_md_extent_temporal(town: Town):
    extent = town.json(f"/collections/{INVESTMENTS}")["extent"]["temporal"]

    assert extent["interval"] == [["2027-01-01T00:00:00Z", "2027-12-31T00:00:00Z"]]


@every_collection
def test_req_core_fc_md_extent_multi(town: Town, name: str):
    extent = town.json(f"/collections/{name}")["extent"]

    assert len(extent["spatial"]["bbox"]) == len(extent["temporal"]["interval"]) == 1


def positions(geometry: dict[str, Any] | None) -> list[list[float]]:
    def each(coordinates: list[Any]) -> list[list[float]]:
        if not isinstance(coordinates[0], list):
            return [coordinates]
        return [point for part in coordinates for point in each(part)]

    return [] if geometry is None else each(geometry["coordinates"])


@every_collection
def test_req_core_sfc_md_op(town: Town, name: str):
    assert town.get(f"/collections/{name}").status_code == 200
    assert town.get(f"/collections/{name}x").status_code == 404


@every_collection
def test_req_core_sfc_md_success(town: Town, name: str):
    found = town.json(f"/collections/{name}")

    assert standard.faults(standard.COLLECTION, found) == []
    assert found in town.json("/collections")["collections"]


@every_collection
def test_req_core_fc_op(town: Town, name: str):
    assert town.get(f"/collections/{name}/items").status_code == 200


def test_req_core_fc_limit_definition(town: Town):
    found = parameter(town, "limit")

    assert (found["in"], found["required"]) == ("query", False)
    assert (found["style"], found["explode"]) == ("form", False)
    schema = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
    assert found["schema"] == schema


@every_collection
def test_req_core_fc_limit_response_1(town: Town, name: str):
    every = town.items(name)

    assert len(town.items(name, limit=1)) == 1
    assert town.items(name, limit=1000) == every
    # Above the largest it is no error, but cut.
    assert town.items(name, limit=100_000) == every


def test_req_core_fc_bbox_definition(town: Town):
    found = parameter(town, "bbox")

    assert (found["in"], found["required"]) == ("query", False)
    assert (found["style"], found["explode"]) == ("form", False)
    schema = found["schema"]
    assert (schema["type"], schema["items"]) == ("array", {"type": "number"})
    assert (schema["minItems"], schema["maxItems"]) == (4, 6)
    assert schema["oneOf"] == [{"minItems": n, "maxItems": n} for n in (4, 6)]


@pytest.mark.parametrize("name", [INVESTMENTS, POINTS])
def test_req_core_fc_bbox_response(town: Town, name: str):
    # What is nowhere is in every box.
    assert set(town.items(name, bbox=AROUND)) == {"LIN-01", NOWHERE}
    assert set(town.items(name, bbox=HERE)) == {*DRAWN, NOWHERE}
    assert set(town.items(name, bbox="0,0,1,1")) == {NOWHERE}


def test_req_core_fc_bbox_response_of_areas_and_programs(town: Town):
    assert set(town.items(AREAS, bbox=AROUND)) == {"A00"}
    assert set(town.items(PROGRAMS, bbox=AROUND)) == {"lindangen", "arealess"}
    assert set(town.items(PROGRAMS, bbox="13.022,55.582,13.027,55.585")) == {"arealess"}


@pytest.mark.parametrize("name", [AREAS, PROGRAMS, INVESTMENTS, POINTS])
def test_req_core_fc_bbox_response_with_heights(town: Town, name: str):
    west, south, east, north = AROUND.split(",")
    high = ",".join((west, south, "-10", east, north, "10"))

    assert town.items(name, bbox=high) == town.items(name, bbox=AROUND)


def test_req_core_fc_bbox_response_over_the_180th_meridian(town: Town):
    assert set(town.items(AREAS, bbox="170,50,-170,60")) == set()
    assert set(town.items(AREAS, bbox="13,50,-170,60")) == {"A00", "A01", "A10", "A11"}


def test_req_core_fc_time_definition(town: Town):
    found = parameter(town, "datetime")

    assert (found["in"], found["required"]) == ("query", False)
    assert (found["style"], found["explode"]) == ("form", False)
    assert found["schema"] == {"type": "string"}


@pytest.mark.parametrize(
    ("asked", "matches"),
    [
        ("2027-06-01", True),
        ("2027-06-01T12:00:00Z", True),
        ("2027-06-01T12:00:00+02:00", True),
        ("2026-12-31", False),
        ("2028-01-01", False),
        ("2027-12-31/2028-12-31", True),
        ("2020-01-01/2026-12-31", False),
        ("../2027-01-01", True),
        ("/2027-01-01", True),
        ("../2026-12-31", False),
        ("2027-12-31/..", True),
        ("2027-12-31/", True),
        ("2028-01-01/..", False),
        ("0001-01-01/9999-12-31", True),
    ],
)
def test_req_core_fc_time_response(town: Town, asked: str, matches: bool):
    found = town.items(INVESTMENTS, datetime=asked)

    # What has no time is in every interval.
    assert set(found) == {NOWHERE, *(DRAWN if matches else ())}


def test_req_core_fc_time_response_of_areas_and_programs(town: Town):
    assert len(town.items(AREAS, datetime="2020-01-01")) == 4
    assert len(town.items(AREAS, datetime="2019-12-31")) == 0
    assert len(town.items("areas-future", datetime="2999-01-01")) == 1
    assert len(town.items("areas-future", datetime="2998-01-01/..")) == 1
    assert set(town.items(PROGRAMS, datetime="2026-01-31")) == {"arealess"}
    assert set(town.items(PROGRAMS, datetime="2026-02-01")) == {"arealess", "lindangen"}


@every_collection
def test_req_core_fc_response(town: Town, name: str):
    found = town.json(f"/collections/{name}/items")

    assert standard.faults(standard.FEATURE_COLLECTION, found) == []
    box = town.json(f"/collections/{name}/items", bbox=AROUND, datetime="2027-06-01", limit=3)
    assert standard.faults(standard.FEATURE_COLLECTION, box) == []


@every_collection
def test_req_core_fc_links(town: Town, name: str):
    path = f"/collections/{name}/items?limit=1&bbox={AROUND.replace(',', '%2C')}"

    found = town.json(path)

    (this,) = relations(found, "self")
    (other,) = relations(found, "alternate")
    assert local(this["href"]) == path
    assert this["type"] == "application/geo+json"
    assert other["type"].startswith("text/html")
    assert "<html" in town.get(local(other["href"])).text


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_feature_is_on_just_one_page_that_next_leads_to(town: Town, name: str):
    """Recommendation /rec/core/fc-next-1 to 3."""
    every = town.items(name)
    path: str | None = f"/collections/{name}/items?limit=1&crs={CRS84}"
    seen = []
    while path is not None:
        page = town.json(path)
        assert page["numberMatched"] == len(every)
        seen += [one["id"] for one in page["features"]]
        following = [local(link["href"]) for link in relations(page, "next")]
        assert all(link["type"] == "application/geo+json" for link in relations(page, "next"))
        path = following[0] if following else None

    assert seen == list(every)


@every_collection
def test_req_core_fc_rel_type(town: Town, name: str):
    for link in town.json(f"/collections/{name}/items", limit=1)["links"]:
        assert link["rel"]
        assert link["type"]


@every_collection
def test_req_core_fc_timestamp(town: Town, name: str):
    found = town.json(f"/collections/{name}/items")["timeStamp"]

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found)
    assert abs((datetime.now(UTC) - datetime.fromisoformat(found)).total_seconds()) < 600


@every_collection
def test_req_core_fc_number_matched(town: Town, name: str):
    every = town.items(name)

    assert town.json(f"/collections/{name}/items", limit=1)["numberMatched"] == len(every)
    boxed = town.json(f"/collections/{name}/items", limit=1, bbox=AROUND)
    assert boxed["numberMatched"] == len(town.items(name, bbox=AROUND))


@every_collection
def test_req_core_fc_number_returned(town: Town, name: str):
    for limit in (1, 2, 1000):
        found = town.json(f"/collections/{name}/items", limit=limit)
        assert found["numberReturned"] == len(found["features"])


@every_collection
def test_req_core_f_op(town: Town, name: str):
    for id in town.items(name):
        assert town.get(f"/collections/{name}/items/{id}").status_code == 200
    answer = town.get(f"/collections/{name}/items/none")
    assert answer.status_code == 404
    assert standard.faults(standard.PROBLEM, answer.json()) == []


@every_collection
def test_req_core_f_success(town: Town, name: str):
    for id, shown in town.items(name).items():
        found = town.json(f"/collections/{name}/items/{id}")
        assert standard.faults(standard.FEATURE, found) == []
        del found["links"]
        assert found == shown


@every_collection
def test_req_core_f_links(town: Town, name: str):
    for id in town.items(name):
        path = f"/collections/{name}/items/{id}"
        found = town.json(path)
        assert [local(link["href"]) for link in relations(found, "self")] == [path]
        assert relations(found, "alternate")[0]["type"].startswith("text/html")
        (up,) = relations(found, "collection")
        assert town.json(local(up["href"]))["id"] == name

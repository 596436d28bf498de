"""Lists and their query parameters: stable pages, strict parameters."""

import base64
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests import scenario
from tests.events.calls import every_write, upload

Keys = dict[str, dict[str, str]]

# Every list of the API, with a filter where it has one.
LISTS = [
    "/v1/bodies",
    "/v1/departments",
    "/v1/decision-levels",
    "/v1/keys",
    "/v1/area-schemes",
    "/v1/area-schemes/grid/areas",
    "/v1/area-schemes/grid/areas?q=A0&geometry=simplified",
    "/v1/area-imports",
    "/v1/area-indicators",
    "/v1/area-indicators?scheme=grid&indicator=population",
    "/v1/area-indicator-files",
    "/v1/gate-templates",
    "/v1/programs",
    "/v1/programs/lindangen/members",
    "/v1/investments",
    "/v1/investments?kind=physical&department=FGK&q=LIN",
    "/v1/investments?status=preparing",
    "/v1/investments/LIN-01/assessments",
    "/v1/investments/LIN-01/recommendations",
    "/v1/investments/LIN-01/decisions",
    "/v1/investments/LIN-01/components",
    "/v1/investments/LIN-01/consequence-lines",
    "/v1/internal-rates",
    "/v1/price-indices",
    "/v1/frames",
    "/v1/allocations",
    "/v1/pools",
    "/v1/ledger",
    "/v1/programs/lindangen/reallocations",
    "/v1/programs/lindangen/steering-decisions",
    "/v1/outcome-imports",
    "/v1/investment-imports",
    "/v1/plan-imports",
    "/v1/investments/LIN-01/money-trail",
    "/v1/reports/delegated-decisions",
    "/v1/reports/annual",
    "/v1/reports/deviations",
    "/v1/gate-status",
    "/v1/gate-status?kind=physical",
    "/v1/gate-status?as_of=2026-12-31",
    "/v1/events",
    "/v1/events?actor=test",
]


@pytest.fixture
def filled(client: TestClient, keys: Keys, engine: Engine) -> dict[str, str]:
    """Some of everything that is listed; with the key of the administrator."""
    admin = keys["admin"]
    for _ in every_write(client, admin):
        continue
    scenario.put_scheme(engine)
    for number in range(4):
        scenario.put_investment(client, admin, code=f"LIN-1{number}", name=f"Gång {number}")
    scenario.put_program(client, admin, code="rosengard")
    upload(client, admin, "A", valid_from="2028-01-01")
    members = "/v1/programs/lindangen/members"
    for name in ("Ett", "Två", "Tre"):
        scenario.ok(client.post(members, json={"name": name}, headers=admin))
    path = "/v1/investments/LIN-01"
    body = {"outcome": "hold", "recommended_on": "2026-06-01", "reason": "Vänta."}
    scenario.ok(client.post(f"{path}/recommendations", json=body, headers=admin))
    scenario.submit(client, admin, "LIN-01")
    scenario.ok(scenario.decide(client, admin, "LIN-01", gate="study", decided_on="2026-08-01"))
    return admin


def walk(client: TestClient, headers: dict[str, str], address: str) -> list[Any]:
    found: list[Any] = []
    following: str | None = address
    while following is not None:
        page = client.get(following, headers=headers)
        assert page.status_code == 200, page.text
        found += page.json()["items"]
        following = page.json()["next"]
        assert len(found) < 500, "the pages never end"
    return found


@pytest.mark.parametrize("page_size", [1, 2])
def test_pages_hold_everything_once_in_the_same_order(
    client: TestClient, filled: dict[str, str], page_size: int
):
    for address in LISTS:
        joint = "&" if "?" in address else "?"
        whole = client.get(f"{address}{joint}limit=1000", headers=filled).json()

        walked = walk(client, filled, f"{address}{joint}limit={page_size}")

        assert walked == whole["items"], address
        assert whole["total"] == len(walked), address
        assert whole["next"] is None


def test_every_list_of_the_application_is_among_those_walked(application: FastAPI):
    lists = {
        route.path
        for route in application.routes
        if isinstance(route, APIRoute)
        for parameter in application.openapi()["paths"]
        .get(route.path, {})
        .get("get", {})
        .get("parameters", [])
        if parameter.get("name") == "cursor"
    }
    names = {"{scheme}": "grid", "{program}": "lindangen", "{investment}": "LIN-01"}
    for placeholder, name in names.items():
        lists = {path.replace(placeholder, name) for path in lists}

    assert lists == {address.partition("?")[0] for address in LISTS}


def test_the_next_page_keeps_the_filters_and_the_totals(client, filled):
    address = "/v1/investments?kind=physical&department=FGK&q=LIN&limit=2"

    first = client.get(address, headers=filled).json()

    for part in ("kind=physical", "department=FGK", "q=LIN", "limit=2", "cursor="):
        assert part in first["next"]
    second = client.get(first["next"], headers=filled).json()
    every = walk(client, filled, address)
    assert first["total"] == second["total"] == len(every) > 4
    assert all((one["kind"], one["department"]) == ("physical", "FGK") for one in every)


def test_a_page_is_stable_while_others_write(client, filled):
    before = [one["code"] for one in walk(client, filled, "/v1/investments")]
    first = client.get("/v1/investments?limit=3", headers=filled).json()

    scenario.put_investment(client, filled, code="A-00", name="Före")
    second = client.get(first["next"], headers=filled).json()

    seen = [one["code"] for one in first["items"] + second["items"]]
    assert seen == before[:6]
    assert len(before) >= 5


def test_fifty_come_by_default_and_a_thousand_at_most(client, keys):
    for number in range(60):
        body = {"code": f"n{number:03}", "name": "Nämnd", "level": "committee"}
        client.post("/v1/bodies", json=body, headers=keys["admin"])

    def size(query: str) -> int:
        return len(client.get(f"/v1/bodies{query}", headers=keys["admin"]).json()["items"])

    assert size("") == 50
    assert size("?limit=61") == 61
    assert size("?limit=1001") == size("?limit=99999999999999999999999") == 62


def cursor(*key: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


MALFORMED = [
    "limit=0",
    "limit=-1",
    "limit=x",
    "limit=",
    "limit=1.5",
    "limit=1e3",
    "limit=%D9%A3",
    "limit=1_000",
    "limit=%2B5",
    "limit=1&limit=2",
    "cursor=",
    "cursor=x",
    "cursor=%00",
    "cursor=!!",
    f"cursor={cursor(1)}",
    f"cursor={cursor('a', 'b')}",
    f"cursor={cursor(None)}",
    f"cursor={cursor()}",
    "cursor=" + "A" * 3000,
    "unknown=1",
    "Limit=1",
    "kind=neither",
    "status=none",
    "status=",
    "program=a%2Fb",
    "department=" + "x" * 65,
    "scheme=regso",
    "area=A",
    "q=a%00b",
    "q=" + "x" * 501,
    "kind=physical&kind=social",
]


def test_a_malformed_or_unknown_parameter_is_a_400(client, keys):
    answers = {
        query: client.get(f"/v1/investments?{query}", headers=keys["viewer"]) for query in MALFORMED
    }

    assert {query for query, answer in answers.items() if answer.status_code != 400} == set()
    types = {answer.json()["type"] for answer in answers.values()}
    assert types == {"/problems/invalid-parameter"}


NO_MOMENTS = [
    "as_of=2026-13-01",
    "as_of=2026-02-30",
    "as_of=20260101",
    "as_of=2026-1-1",
    "as_of=2026-01-01T00:00:00Z",
    "as_of=0000-01-01",
    "as_of=10000-01-01",
    "as_of=today",
    "as_of=",
    "as_of=%D9%A2026-01-01",
    "known_at=2026-01-01",
    "known_at=2026-01-01T00:00:00",
    "known_at=2026-01-01T25:00:00Z",
    "known_at=1700000000",
    "known_at=now",
    "known_at=99999-01-01T00:00:00Z",
    "known_at=0001-01-01T00:00:00%2B14:00",
    "known_at=9999-12-31T23:59:59-12:00",
    "year=1899",
    "year=2201",
    "year=x",
    "totals=1",
    "totals=yes",
    "totals=TRUE",
    "format=pdf",
    "format=",
]


def test_a_malformed_moment_is_a_400(client, keys):
    statuses = {
        query: client.get(f"/v1/gate-status?{query}", headers=keys["viewer"]).status_code
        for query in NO_MOMENTS
    }

    assert statuses == dict.fromkeys(NO_MOMENTS, 400)


EDGES = [
    "as_of=0001-01-01",
    "as_of=9999-12-31",
    "known_at=0001-01-01T00:00:00Z",
    "known_at=9999-12-31T23:59:59Z",
    "known_at=2026-01-01T00:00:00%2B01:00",
    "known_at=2026-01-01T00:00:00+01:00",
    "year=1900",
    "year=2200",
    "totals=true",
    "totals=false",
]


def test_moments_at_the_edges_are_answered(client, keys):
    statuses = {
        query: client.get(f"/v1/gate-status?{query}", headers=keys["viewer"]).status_code
        for query in EDGES
    }

    assert statuses == dict.fromkeys(EDGES, 200)


def test_a_parameter_that_a_route_does_not_have_is_refused(client, keys):
    for path in (
        "/v1/bodies?limit=1&after=2",
        "/v1/bodies/council?at=2026-01-01",
        "/healthz?x=1",
        "/v1/settings?x=",
        "/?x=1",
    ):
        assert client.get(path, headers=keys["viewer"]).status_code == 400, path


def test_unknown_parameters_of_a_post_are_refused_before_anything_is_done(client, keys):
    body = {"code": "new", "name": "Ny", "level": "committee"}

    response = client.post("/v1/bodies?dry_run=true", json=body, headers=keys["admin"])

    assert response.status_code == 400
    assert client.get("/v1/bodies/new", headers=keys["admin"]).status_code == 404


NOWHERE = [
    "/v1/keys/0",
    "/v1/keys/-1",
    "/v1/keys/1.0",
    "/v1/keys/1_0",
    "/v1/keys/%D9%A3",
    "/v1/keys/9223372036854775808",
    "/v1/keys/99999999999999999999999999",
    "/v1/keys/x",
    "/v1/bodies/%00",
    "/v1/bodies/a%20b",
    "/v1/bodies/council%0A",
    "/v1/bodies/" + "x" * 65,
    "/v1/bodies/å",
    "/v1/bodies/council/more",
    "/v1/area-schemes/none/areas/A",
    "/problems/%00",
]


def test_a_path_that_names_nothing_is_a_404(client, keys):
    for path in NOWHERE:
        response = client.get(path, headers=keys["viewer"])
        assert response.status_code == 404, f"{path}: {response.text}"
        assert response.headers["content-type"] == "application/problem+json"

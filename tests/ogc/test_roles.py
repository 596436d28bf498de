"""Who sees what at `/ogc`: the same keys as everywhere, and without one what is published."""

import base64
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import select

from portfolio.access.models import ApiKey
from portfolio.access.service import get_key, revoke_key
from portfolio.clock import Act, now
from portfolio.database.engine import transaction
from portfolio.maps.investment_layer import NOT_PUBLIC
from tests import scenario
from tests.area_imports import importing
from tests.ogc.municipality import (
    AREAS,
    HIDDEN,
    INVESTMENTS,
    POINTS,
    PROGRAMS,
    PUBLIC,
    RESTRICTED,
    SECRET,
    UNDECIDED,
    Town,
    decide,
    lonlat,
)
from tests.scenario import Headers

Keys = dict[str, Headers]
investments = pytest.mark.parametrize("name", [INVESTMENTS, POINTS])


def basic(headers: Headers, user: str = "anyone") -> Headers:
    token = headers["Authorization"].removeprefix("Bearer ")
    pair = base64.b64encode(f"{user}:{token}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


@investments
def test_without_a_key_only_what_is_decided_and_published_is_there(town: Town, name: str):
    page = town.json(f"/collections/{name}/items")

    assert [one["id"] for one in page["features"]] == list(PUBLIC)
    assert page["numberMatched"] == page["numberReturned"] == len(PUBLIC)
    for secret in SECRET:
        assert town.get(f"/collections/{name}/items/{secret}").status_code == 404


@investments
def test_no_filter_finds_what_is_not_published(town: Town, name: str):
    for secret in SECRET:
        asked: dict[str, Any]
        for asked in (
            {"filter": f"code = '{secret}'"},
            {"filter": f"code <> 'x' OR code = '{secret}'"},
            {"filter": "NOT (code = 'x')"},
            {"code": secret},
            {"bbox": "13.5,55.9,14.5,56.2"},
            {"datetime": "1999-06-01"},
            {"filter": "starts_on < DATE('2000-01-01')"},
            {"filter": "S_INTERSECTS(geometry, BBOX(13.5, 55.9, 14.5, 56.2))"},
        ):
            page = town.json(f"/collections/{name}/items", **asked)
            assert {one["id"] for one in page["features"]} <= set(PUBLIC)
            assert page["numberMatched"] <= len(PUBLIC)
        cursor = base64.urlsafe_b64encode(b"A").decode().rstrip("=")
        assert secret not in town.items(name, cursor=cursor)


@investments
def test_extents_tell_nothing_of_what_is_not_published(town: Town, name: str):
    public = town.json(f"/collections/{name}")["extent"]
    inside = town.json(f"/collections/{name}", town.viewer)["extent"]

    assert public["spatial"]["bbox"][0][2] < 13.1 < inside["spatial"]["bbox"][0][2]
    assert public["temporal"]["interval"][0][0] == "2027-01-01T00:00:00Z"
    assert inside["temporal"]["interval"][0][0] == "1999-01-01T00:00:00Z"


@investments
def test_what_the_public_learns_nothing_of_is_null_and_cannot_be_asked(town: Town, name: str):
    for one in town.items(name).values():
        assert {one["properties"][key] for key in NOT_PUBLIC} == {None}
    known = set(town.json(f"/collections/{name}/queryables")["properties"])
    assert known & NOT_PUBLIC == set()
    for key in NOT_PUBLIC:
        answers = [
            town.get(f"/collections/{name}/items", filter=f"{key} IS NULL"),
            town.get(f"/collections/{name}/items", **{key: "1"}),
        ]
        assert [answer.status_code for answer in answers] == [400, 400]
    inside = set(town.json(f"/collections/{name}/queryables", town.viewer)["properties"])
    assert NOT_PUBLIC - inside == {"weak_steps"}


def test_programs_that_are_not_published_are_not_there_without_a_key(town: Town):
    page = town.json(f"/collections/{PROGRAMS}/items")

    assert [one["id"] for one in page["features"]] == ["arealess", "lindangen"]
    assert page["numberMatched"] == 2
    assert town.get(f"/collections/{PROGRAMS}/items/hidden").status_code == 404
    assert set(town.items(PROGRAMS, filter="published = false")) == set()
    assert set(town.items(PROGRAMS, code="hidden")) == set()
    assert set(town.items(PROGRAMS, datetime="2020-06-01")) == {"arealess"}
    interval = town.json(f"/collections/{PROGRAMS}")["extent"]["temporal"]["interval"][0]
    assert interval[0] == "2026-02-01T00:00:00Z"
    assert "hidden" in town.items(PROGRAMS, town.viewer)


def test_sums_of_a_program_count_only_what_whoever_asks_may_see(town: Town):
    public = town.items(PROGRAMS)["lindangen"]["properties"]
    inside = town.items(PROGRAMS, town.viewer)["lindangen"]["properties"]

    assert (public["investments"], public["forecast_total"]) == (len(PUBLIC), None)
    assert inside["investments"] == len(PUBLIC) + len({UNDECIDED, RESTRICTED})
    assert inside["forecast_total"] is not None


def test_pages_and_tilesets_tell_the_public_no_more_than_json_does(town: Town):
    for name in (INVESTMENTS, POINTS):
        text = town.page(f"/collections/{name}/items")
        assert not [secret for secret in SECRET if secret in text]
    assert HIDDEN not in town.page(f"/collections/{PROGRAMS}/items")


@pytest.mark.parametrize("user", ["", "anyone", "åäö", "a b"])
def test_a_key_works_as_bearer_and_as_the_password_of_basic(town: Town, user: str):
    for headers in (town.viewer, basic(town.viewer, user)):
        assert set(town.items(INVESTMENTS, headers)) == {*PUBLIC, *SECRET}


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer made-up",
        "Bearer",
        "Bearer ",
        "Basic",
        "Basic YTpi",
        "Basic YQ==",
        "Basic %%%",
        "Basic /w==",
        "Digest x",
        "",
        "x" * 5000,
    ],
)
def test_a_bad_key_is_refused_and_not_taken_for_none(town: Town, authorization: str):
    for path in ("", "/api", f"/collections/{AREAS}/items", "/collections/none"):
        answer = town.get(path, {"Authorization": authorization})
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"]


@pytest.mark.parametrize("role", ["admin", "coordinator", "gis", "finance", "board", "viewer"])
def test_every_role_reads_all_of_it(client: TestClient, keys: Keys, engine: Engine, role: str):
    scenario.put_scheme(engine)
    for path in ("", "/api", "/conformance", "/collections", f"/collections/{AREAS}/items/A00"):
        assert client.get(f"/ogc{path}", headers=keys[role]).status_code == 200


def test_a_departments_key_reads_all_of_it(client: TestClient, keys: Keys, engine: Engine):
    scenario.put_municipality(client, keys["admin"])
    scenario.put_investment(client, keys["admin"])
    key = scenario.department_key(engine, "GFK")

    found = client.get(f"/ogc/collections/{INVESTMENTS}/items", headers=key).json()

    assert [one["id"] for one in found["features"]] == ["LIN-01"]


def test_a_revoked_key_is_refused_from_the_next_request_on(
    client: TestClient, keys: Keys, engine: Engine
):
    path = f"/ogc/collections/{INVESTMENTS}/items"
    both = (keys["viewer"], basic(keys["viewer"]))
    for headers in (*both, *both):
        assert client.get(path, headers=headers).status_code == 200
    with transaction(engine) as session:
        row = session.exec(select(ApiKey).where(ApiKey.role == "viewer")).one()
        revoke_key(session, Act(actor="test", at=now()), get_key(session, row.id or 0))

    for headers in both:
        assert client.get(path, headers=headers).status_code == 401
    assert client.get(path).status_code == 200


def test_what_changes_is_seen_by_the_very_next_request(client: TestClient, keys: Keys):
    admin = keys["admin"]

    def seen(name: str, headers: Headers | None = None) -> list[str]:
        answer = client.get(f"/ogc/collections/{name}/items", headers=headers)
        return [one["id"] for one in scenario.ok(answer, 200)["features"]]

    scenario.ok(client.post("/v1/area-schemes", json={"code": "d", "name": "D"}, headers=admin))
    assert seen("areas-d") == []
    importing.bring_in(client, keys["gis"], importing.TWO)
    assert seen("areas-d") == ["A", "B"]

    scenario.put_municipality(client, admin)
    assert (seen(PROGRAMS), seen(PROGRAMS, admin)) == ([], ["lindangen"])
    scenario.put_investment(client, admin, location=lonlat(importing.WEST.centroid))
    assert (seen(INVESTMENTS), seen(INVESTMENTS, admin)) == ([], ["LIN-01"])
    decide(client, admin, "LIN-01")
    assert seen(INVESTMENTS) == []
    path = "/v1/programs/lindangen"
    tag = client.get(path, headers=admin).headers["etag"]
    change = {"published": True}
    scenario.ok(client.patch(path, json=change, headers={**admin, "If-Match": tag}), 200)
    assert (seen(INVESTMENTS), seen(PROGRAMS), seen(POINTS)) == (
        ["LIN-01"],
        ["lindangen"],
        ["LIN-01"],
    )


def test_an_area_that_an_import_changed_keeps_its_former_version(client: TestClient, keys: Keys):
    admin = keys["admin"]
    scenario.ok(client.post("/v1/area-schemes", json={"code": "d", "name": "D"}, headers=admin))
    importing.bring_in(client, keys["gis"], importing.TWO)
    before = client.get("/ogc/collections/areas-d/items/A").json()
    successors = {"A": "A1"}
    importing.bring_in(client, keys["gis"], importing.CUT, successors, valid_from="2024-01-01")

    def ids(**query: str) -> list[str]:
        answer = client.get("/ogc/collections/areas-d/items", params=query)
        return [one["id"] for one in answer.json()["features"]]

    assert ids() == ["A1", "A2", "B"]
    assert ids(datetime="2022-01-01") == ["A@2020-01-01", "B"]
    assert ids(datetime="2022-01-01/..") == ["A1", "A2", "A@2020-01-01", "B"]
    assert client.get("/ogc/collections/areas-d/items/A").status_code == 404
    former = client.get("/ogc/collections/areas-d/items/A@2020-01-01").json()
    assert former["geometry"] == before["geometry"]
    assert former["properties"]["valid_to"] is not None

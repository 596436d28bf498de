"""Who am I: the caller's key, its bounds and what its role may change."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.access.rules import ROUTES
from tests import scenario
from tests.access.test_who_may import WRITING
from tests.scenario import Headers, ok

Keys = dict[str, Headers]


def me(client: TestClient, headers: Headers) -> Any:
    return ok(client.get("/v1/me", headers=headers), 200)


def key(client: TestClient, admin: Headers, **fields: Any) -> tuple[Any, Headers]:
    made = ok(client.post("/v1/keys", json=fields, headers=admin))
    return made, {"Authorization": f"Bearer {made['token']}"}


def test_a_key_is_told_its_name_its_role_and_what_it_is_bound_to(client: TestClient, keys: Keys):
    scenario.put_organisation(client, keys["admin"])
    name = "Nämndsekreterare <b>Åäö</b> (1)"
    bodies = ["street_committee", "executive_board"]
    made, board = key(client, keys["admin"], role="board", name=name, bodies=bodies)
    _, department = key(client, keys["admin"], role="department", name="F", department="FGK")

    assert me(client, board) == {
        "actor": f"key {made['id']} ({name})",
        "name": name,
        "role": "board",
        "department": None,
        "bodies": sorted(bodies),
        "scopes": None,
        "expires_at": None,
        "may": [
            "PATCH /v1/investments/{investment}/decisions/{id}/conditions/{n}",
            "POST /v1/investments/{investment}/decisions",
            "POST /v1/programs/{program}/reallocations/{id}/approve",
            "POST /v1/programs/{program}/reallocations/{id}/decline",
            "POST /v1/programs/{program}/steering-decisions",
        ],
    }
    found = me(client, department)
    assert (found["department"], found["bodies"]) == ("FGK", [])


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer pf_no"}, {"Authorization": "x"}])
def test_without_a_key_in_force_nobody_is_anybody(client: TestClient, keys: Keys, headers: Headers):
    answer = client.get("/v1/me", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/unauthorized"


def test_a_revoked_key_is_nobody_at_once(client: TestClient, keys: Keys):
    made, viewer = key(client, keys["admin"], role="viewer", name="Tillfällig")
    path = f"/v1/keys/{made['id']}"
    assert me(client, viewer)["may"] == []
    ok(client.delete(path, headers={**keys["admin"], "If-Match": "*"}), 204)

    assert client.get("/v1/me", headers=viewer).status_code == 401


def test_what_a_role_may_is_what_the_table_says_and_never_reading(
    client: TestClient, keys: Keys, engine: Engine
):
    scenario.put_organisation(client, keys["admin"])
    everyone = {**keys, "department": scenario.department_key(engine, "FGK")}

    for role, headers in everyone.items():
        expected = {
            f"{method} {path}"
            for roles, routes in WRITING
            for method, path in routes
            if role in roles
        }
        assert set(me(client, headers)["may"]) == expected, role
    writing = {f"{method} {path}" for method, path in ROUTES if method != "GET"}
    assert set(me(client, keys["admin"])["may"]) == writing


def test_who_i_am_is_a_resource_with_a_tag_and_takes_no_parameters(client: TestClient, keys: Keys):
    first = client.get("/v1/me", headers=keys["viewer"])

    assert client.get("/v1/me", headers=keys["viewer"]).headers["etag"] == first.headers["etag"]
    assert client.get("/v1/me?role=admin", headers=keys["viewer"]).status_code == 400

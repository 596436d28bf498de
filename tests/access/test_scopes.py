"""Keys that may less than their role: one scope for each route, and no way around it."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from portfolio.access.provider import KEY_TYPES
from portfolio.access.rules import ROUTES, SCOPE_CHOICES, SCOPES, UNBOUND, Role, scope_of
from portfolio.setting_values import ALGORITHMS, ROLES
from tests.access.signing import bearer
from tests.access.test_who_may import ask, routes_of
from tests.scenario import ok

Keys = dict[str, dict[str, str]]


def key(client: TestClient, headers: dict[str, str], *scopes: str, **fields: Any) -> dict[str, str]:
    body = {"role": "admin", "name": "Integration", "scopes": list(scopes) or None, **fields}
    return bearer(ok(client.post("/v1/keys", json=body, headers=headers))["token"])


def test_every_route_has_exactly_one_scope_of_its_family_and_method():
    assert scope_of("GET", "/v1/investments/{investment}/decisions/{id}") == "investments:read"
    assert scope_of("POST", "/v1/investments") == "investments:write"
    assert scope_of("GET", "/v1/gate-status") == "gate-status:read"
    assert scope_of("GET", "/ogc/collections/{collection}/items") == "ogc:read"
    assert scope_of("GET", "/") == scope_of("GET", "/problems/{name}") == "service:read"
    for method, path in ROUTES:
        scope = scope_of(method, path)
        assert scope in {*SCOPES, *UNBOUND}
        assert re.fullmatch(r"[a-z][a-z-]*:(read|write)", scope)
        assert scope.endswith(":read") == (method == "GET")


def test_names_that_settings_know_are_those_of_the_rules():
    assert {role.value for role in Role if role is not Role.PUBLIC} == ROLES
    assert set(KEY_TYPES) == ALGORITHMS


@pytest.mark.parametrize("scope", ["investments:read", "investments:write", "*:read", "ogc:read"])
def test_a_key_may_what_its_scopes_say_and_nothing_else(
    client: TestClient, application: FastAPI, keys: Keys, scope: str
):
    headers = key(client, keys["admin"], scope)

    def expected(method: str, path: str) -> bool:
        own = scope_of(method, path)
        return own in (scope, *UNBOUND) or (scope == "*:read" and method == "GET")

    for route in routes_of(application):
        assert (ask(client, route, headers) != 403) == expected(*route), route
    reads_maps = scope in ("*:read", "ogc:read")
    for _ in range(2):
        assert (client.get("/ogc/collections", headers=headers).status_code == 200) == reads_maps


def test_what_is_missing_is_named_in_both_languages(client, keys):
    headers = key(client, keys["admin"], "ogc:read")

    for language in ("sv", "en"):
        answer = client.get("/v1/investments", headers={**headers, "Accept-Language": language})
        assert answer.status_code == 403
        assert "investments:read" in answer.json()["detail"]


def test_the_caller_is_told_what_it_may(client, keys):
    headers = key(client, keys["admin"], "keys:write", "bodies:write", "bodies:write")

    me = ok(client.get("/v1/me", headers=headers), 200)

    assert me["scopes"] == ["bodies:write", "keys:write"]
    assert me["may"] == [
        "DELETE /v1/keys/{id}",
        "PATCH /v1/bodies/{body}",
        "POST /v1/bodies",
        "POST /v1/keys",
    ]
    assert ok(client.get("/v1/me", headers=keys["admin"]), 200)["scopes"] is None


@pytest.mark.parametrize(
    "scopes",
    [
        ["nothing:read"],
        ["investments:delete"],
        ["*:*"],
        ["me:read"],
        ["service:read"],
        [],
        "ogc:read",
        [5],
        [None],
        [["ogc:read"]],
        ["ogc:read\0"],
        ["a" * 10_000],
        ["ogc:read"] * 101,
    ],
)
def test_a_scope_that_is_none_is_422(client, keys, scopes):
    body = {"role": "viewer", "name": "Fel", "scopes": scopes}

    answer = client.post("/v1/keys", json=body, headers=keys["admin"])

    assert answer.status_code == 422
    assert all(one["pointer"].startswith("/scopes") for one in answer.json()["errors"])


def test_an_unknown_scope_is_answered_with_those_there_are(client, keys):
    body = {"role": "viewer", "name": "Fel", "scopes": ["ogc:read", "investment:read"]}

    (error,) = client.post("/v1/keys", json=body, headers=keys["admin"]).json()["errors"]

    assert error["pointer"] == "/scopes/1"
    assert error["choices"] == list(SCOPE_CHOICES)


def test_a_bound_key_makes_none_beyond_itself(client, keys):
    soon, later = "2998-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
    bound = key(client, keys["admin"], "keys:write", "ogc:read", expires_at=soon)

    def made(**fields: Any) -> int:
        body = {"role": "viewer", "name": "Ny", **fields}
        status: int = client.post("/v1/keys", json=body, headers=bound).status_code
        return status

    assert made(scopes=["ogc:read"], expires_at=soon) == 201
    assert made(scopes=["ogc:read", "investments:read"], expires_at=soon) == 403
    assert made(scopes=["*:read"], expires_at=soon) == 403
    assert made(expires_at=soon) == 403
    assert made(scopes=["ogc:read"], expires_at=later) == 403
    assert made(scopes=["ogc:read"]) == 403
    every = key(client, keys["admin"], "*:write", "*:read")
    body = {"role": "viewer", "name": "Ny", "scopes": ["ogc:read", "*:write"]}
    assert client.post("/v1/keys", json=body, headers=every).status_code == 201
    whole = {"role": "admin", "name": "Ny"}
    assert client.post("/v1/keys", json=whole, headers=every).status_code == 403


def test_a_key_with_an_end_makes_none_that_outlasts_it_whatever_its_scopes(client, keys):
    soon, later = "2998-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
    ending = key(client, keys["admin"], expires_at=soon)

    for expires_at, status in ((soon, 201), (later, 403), (None, 403)):
        body = {"role": "admin", "name": "Ny", "expires_at": expires_at}
        answer = client.post("/v1/keys", json=body, headers=ending)
        assert answer.status_code == status
    assert "set expires_at" in answer.json()["detail"]


def test_a_bound_key_revokes_only_what_it_could_have_made(client, keys):
    soon, later = "2998-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
    bound = key(client, keys["admin"], "keys:write", "ogc:read", expires_at=soon)
    ending = key(client, keys["admin"], expires_at=soon)

    def revoked(headers: dict[str, str], **fields: Any) -> int:
        body = {"role": "viewer", "name": "Dens", **fields}
        path = client.post("/v1/keys", json=body, headers=keys["admin"]).headers["Location"]
        answer = client.delete(path, headers={**headers, "If-Match": '"another"'})
        # Whether it may comes before whether it has read what there is.
        assert answer.status_code in (403, 412)
        status: int = client.delete(path, headers={**headers, "If-Match": "*"}).status_code
        shown = client.get(path, headers=keys["admin"]).json()
        assert (shown["revoked_at"] is not None) == (status == 204)
        return status

    assert revoked(bound, scopes=["ogc:read"], expires_at=soon) == 204
    assert revoked(bound, scopes=["investments:read"], expires_at=soon) == 403
    assert revoked(bound, expires_at=soon) == 403
    assert revoked(bound, scopes=["ogc:read"], expires_at=later) == 403
    assert revoked(bound, scopes=["ogc:read"]) == 403
    # Who has the whole role closes what leaks, however long that would have lasted.
    assert revoked(ending, role="admin") == 204
    own = client.get("/v1/me", headers=bound).json()["actor"].split()[1]
    headers = {**bound, "If-Match": "*"}
    assert client.delete(f"/v1/keys/{own}", headers=headers).status_code == 204


def test_that_all_scopes_are_missing_is_said_in_one_language_at_a_time(client, keys):
    bound = key(client, keys["admin"], "keys:write")

    for language, end in (("sv", "saknar: alla."), ("en", "lacks: all.")):
        headers = {**bound, "Accept-Language": language}
        body = {"role": "viewer", "name": "Ny"}
        detail = client.post("/v1/keys", json=body, headers=headers).json()["detail"]
        assert detail.endswith(end)


def test_a_scope_gives_no_more_than_the_role_has(client, keys):
    headers = key(client, keys["admin"], "*:write", role="viewer")

    body = {"code": "new", "name": "Nytt", "level": "committee"}
    assert client.post("/v1/bodies", json=body, headers=headers).status_code == 403

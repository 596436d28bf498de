"""RFC 9457 problem details: always, in two languages, and nothing of the inside."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine, text

from portfolio.web.edge import SECURITY_HEADERS
from tests import scenario

Keys = dict[str, dict[str, str]]
BODY = {"code": "council", "name": "Igen", "level": "council"}
MEMBERS = {"type", "title", "status", "detail", "instance"}


def problem(response: Response, status: int, name: str) -> dict[str, Any]:
    """The problem, once it is known to be one in every respect."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["content-language"] in ("sv", "en")
    assert response.headers["x-request-id"]
    found: dict[str, Any] = response.json()
    assert set(found) >= MEMBERS
    assert set(found) <= MEMBERS | {"errors", "reasons", "trace_id"}
    assert (found["type"], found["status"]) == (f"/problems/{name}", status)
    assert found["detail"].endswith(".")
    return found


@pytest.fixture
def provoked(client: TestClient, keys: Keys) -> dict[str, Response]:
    """One answer of each kind that a client can provoke without much ado."""
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    used = {**admin, "Idempotency-Key": "one"}
    client.post("/v1/bodies", json={**BODY, "code": "new"}, headers=used)
    text_body = {**admin, "Content-Type": "text/plain"}
    return {
        "unauthorized": client.get("/v1/bodies"),
        "forbidden": client.post("/v1/bodies", json=BODY, headers=keys["viewer"]),
        "not-found": client.get("/v1/bodies/none", headers=admin),
        "method-not-allowed": client.delete("/v1/bodies", headers=admin),
        "invalid-parameter": client.get("/v1/bodies?limit=x", headers=admin),
        "precondition-required": client.patch("/v1/bodies/council", json={}, headers=admin),
        "precondition-failed": client.patch(
            "/v1/bodies/council", json={}, headers={**admin, "If-Match": '"old"'}
        ),
        "unsupported-media-type": client.post("/v1/bodies", content="x", headers=text_body),
        "too-large": client.post("/v1/bodies", content=b"[" * 5_000_000, headers=admin),
        "invalid-body": client.post("/v1/bodies", json={}, headers=admin),
        "idempotency-conflict": client.post("/v1/bodies", json=BODY, headers=used),
        "conflict": client.post("/v1/bodies", json=BODY, headers=admin),
        "in-use": client.delete("/v1/departments/FGK", headers={**admin, "If-Match": "*"}),
        "decision-refused": scenario.decide(client, admin, "LIN-01", gate="need"),
    }


STATUS = {
    "unauthorized": 401,
    "forbidden": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "invalid-parameter": 400,
    "precondition-required": 428,
    "precondition-failed": 412,
    "unsupported-media-type": 415,
    "too-large": 413,
    "invalid-body": 422,
    "idempotency-conflict": 422,
    "conflict": 409,
    "in-use": 409,
    "decision-refused": 409,
}


def test_every_refusal_is_a_problem_of_its_kind(provoked):
    assert set(provoked) == set(STATUS)
    for name, response in provoked.items():
        found = problem(response, STATUS[name], name)
        assert found["instance"] == response.request.url.path


def test_every_answer_has_a_request_id_and_the_security_headers(
    client: TestClient, provoked, keys: Keys
):
    more = [client.get("/"), client.get("/healthz"), client.get("/v1/programs")]
    more += [client.get("/static/docs.js"), client.get("/nowhere"), client.options("/v1/bodies")]

    for response in (*provoked.values(), *more):
        assert response.headers["x-request-id"]
        for name, value in SECURITY_HEADERS.items():
            assert response.headers[name] == value
        assert response.headers["cache-control"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("sv", "sv"),
        ("en", "en"),
        ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        ("de, en;q=0.5, sv;q=0.4", "en"),
        ("sv;q=0, en", "en"),
        ("*", "en"),
        ("", "en"),
        ("sv;q=nonsense", "en"),
        ("," * 500, "en"),
    ],
)
def test_a_problem_speaks_the_language_that_was_asked_for(client, keys, accepted, language):
    headers = {**keys["admin"], "Accept-Language": accepted}

    found = client.get("/v1/bodies/none", headers=headers)

    assert found.headers["content-language"] == language
    said = {"sv": "Det finns inget organ med koden none.", "en": "There is no body none."}
    assert problem(found, 404, "not-found")["detail"] == said[language]


def test_both_languages_name_the_same_fields_and_rules(client, keys):
    swedish = {**keys["admin"], "Accept-Language": "sv"}
    answers = [
        client.post("/v1/bodies", json={"level": "king"}, headers=headers).json()
        for headers in (keys["admin"], swedish)
    ]

    pointers = [{error["pointer"] for error in answer["errors"]} for answer in answers]
    details = [{error["detail"] for error in answer["errors"]} for answer in answers]
    assert pointers[0] == pointers[1] == {"/code", "/name", "/level"}
    assert details[0].isdisjoint(details[1])
    assert answers[0]["title"] != answers[1]["title"]


def test_a_list_of_choices_is_in_the_language_asked_for(client, keys):
    said = {}
    for language in ("sv", "en"):
        headers = {**keys["admin"], "Accept-Language": language}
        body = {"code": "king", "name": "Kung", "level": "king"}
        (said[language],) = client.post("/v1/bodies", json=body, headers=headers).json()["errors"]

    assert " eller '" in said["sv"]["detail"]
    assert " or " not in said["sv"]["detail"]
    assert " or '" in said["en"]["detail"]


def test_a_problem_page_explains_each_kind_in_both_languages(client: TestClient, provoked):
    for response in provoked.values():
        address = response.json()["type"]
        for language in ("sv", "en"):
            page = client.get(address, headers={"Accept-Language": language})
            assert page.status_code == 200
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert f'<html lang="{language}">' in page.text
    problem(client.get("/problems/never-heard-of"), 404, "not-found")


@pytest.mark.parametrize("path", ["/nowhere", "/v1", "/v1/", "/v1/bodies/", "/V1/bodies"])
def test_an_unknown_path_is_a_404_problem(client, keys, path):
    for headers in (None, keys["admin"]):
        problem(client.request("GET", path, headers=headers), 404, "not-found")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/bodies", "GET, HEAD, POST"),
        ("/v1/departments/FGK", "DELETE, GET, HEAD, PATCH"),
        ("/v1/investments/X/plan-lines", "GET, HEAD, PUT"),
        ("/v1/area-imports/1/apply", "POST"),
        ("/v1/investments/X/decisions/1/conditions/1", "GET, HEAD, PATCH"),
        ("/healthz", "GET, HEAD"),
        ("/page/main.js", "GET, HEAD"),
        ("/static/none.css", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "MADE-UP"])
def test_a_method_that_is_not_there_is_answered_with_all_that_are(client, path, allowed, method):
    response = client.request(method, path)

    found = problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == allowed
    assert allowed in found["detail"]
    assert found["instance"] == path


def test_head_is_get_without_the_body(client, keys):
    for path in ("/", "/healthz", "/v1/bodies", "/v1/bodies/council"):
        got = client.get(path, headers=keys["admin"])
        head = client.head(path, headers=keys["admin"])
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == got.headers["content-length"]
        assert head.headers.get("etag") == got.headers.get("etag")
    assert client.head("/v1/bodies").status_code == 401
    assert client.head("/v1/bodies/none", headers=keys["admin"]).status_code == 404


def test_a_request_id_is_echoed_or_made(client):
    sent = {"X-Request-ID": "ab-12.cd_34"}

    assert client.get("/healthz", headers=sent).headers["x-request-id"] == "ab-12.cd_34"
    made = {client.get("/healthz").headers["x-request-id"] for _ in range(3)}
    assert len(made) == 3
    for bad in ("a b", "å".encode(), "x" * 65, "", '"', "a;b"):
        answered = client.get("/healthz", headers={"X-Request-ID": bad}).headers["x-request-id"]
        assert len(answered) == 32


def test_a_500_tells_nothing_of_the_inside_and_bears_what_the_log_bears(
    client: TestClient, keys: Keys, engine: Engine, capfd: pytest.CaptureFixture[str]
):
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE decision_level RENAME TO hidden"))
    capfd.readouterr()

    response = client.get("/v1/decision-levels", headers=keys["admin"])

    found = problem(response, 500, "internal")
    logged = "".join(capfd.readouterr())
    assert found["trace_id"] == response.headers["x-request-id"]
    assert found["trace_id"] in logged
    assert "decision_level" in logged
    for inside in ("decision_level", "SELECT", "sqlalchemy", "Traceback", "Error"):
        assert inside not in response.text


def test_what_goes_wrong_outside_our_routes_is_a_problem_too(
    application: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: Any) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("portfolio.app._methods_at", broken)

    response = client.delete("/healthz")

    assert "secret" not in response.text
    problem(response, 500, "internal")
    for name in SECURITY_HEADERS:
        assert name in response.headers

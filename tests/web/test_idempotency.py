"""Idempotency-Key: a POST that is sent twice has its effect once."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import anyio
import psycopg
import pytest
import time_machine
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from starlette.requests import Request

from portfolio.access.rules import Role
from portfolio.area_imports import service as area_imports
from portfolio.clock import now
from portfolio.database.engine import is_lost_race, snapshot, transaction
from portfolio.database.failures import BUSY, unavailable
from portfolio.organisation import service as organisation
from portfolio.web import idempotency
from portfolio.web.models import IdempotencyKey
from tests import scenario
from tests.events.calls import upload
from tests.serving import key_headers

Keys = dict[str, dict[str, str]]
BODY = {"code": "new", "name": "Nya nämnden", "level": "committee"}


def post(client: TestClient, headers: dict[str, str], key: str, **changes: str) -> Response:
    headers = {**headers, "Idempotency-Key": key}
    return client.post("/v1/bodies", json={**BODY, **changes}, headers=headers)


def total(client: TestClient, keys: Keys, path: str) -> int:
    found: int = client.get(path, headers=keys["admin"]).json()["total"]
    return found


def test_the_same_request_again_gets_the_same_answer_and_has_no_second_effect(client, keys):
    first = post(client, keys["admin"], "k1")
    events = total(client, keys, "/v1/events")

    again = post(client, keys["admin"], "k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert total(client, keys, "/v1/bodies") == 3
    assert total(client, keys, "/v1/events") == events


def test_the_first_answer_stands_though_the_resource_has_changed_since(client, keys):
    first = post(client, keys["admin"], "k1")
    headers = {**keys["admin"], "If-Match": first.headers["etag"]}
    client.patch("/v1/bodies/new", json={"name": "Annat"}, headers=headers)

    assert post(client, keys["admin"], "k1").content == first.content


def test_another_body_with_the_same_key_is_refused(client, keys):
    post(client, keys["admin"], "k1")

    response = post(client, keys["admin"], "k1", code="other")

    assert response.status_code == 422
    assert response.json()["type"] == "/problems/idempotency-conflict"
    assert client.get("/v1/bodies/other", headers=keys["admin"]).status_code == 404


def test_another_caller_and_another_path_are_independent(client, keys, engine):
    admin = keys["admin"]
    other = scenario.ok(
        client.post("/v1/keys", json={"role": "admin", "name": "En till"}, headers=admin)
    )
    theirs = {"Authorization": f"Bearer {other['token']}"}
    post(client, admin, "k1")

    assert post(client, theirs, "k1", code="theirs").status_code == 201
    headers = {**admin, "Idempotency-Key": "k1"}
    scheme = {"code": "regso", "name": "RegSO"}
    assert client.post("/v1/area-schemes", json=scheme, headers=headers).status_code == 201


def test_a_replay_is_only_for_whoever_may(client, keys):
    post(client, keys["admin"], "k1")

    assert post(client, keys["viewer"], "k1").status_code == 403
    assert post(client, {}, "k1").status_code == 401


def test_a_refusal_is_the_answer_though_the_reason_for_it_is_gone(client, keys):
    admin = keys["admin"]
    department = {"code": "FGK", "name": "Gator", "committee": "council"}

    def register(key: str, **changes: str) -> Response:
        headers = {**admin, "Idempotency-Key": key}
        body = {**department, **changes}
        answer: Response = client.post("/v1/departments", json=body, headers=headers)
        return answer

    scenario.ok(register("k1"))
    refused = register("k2")
    scenario.ok(client.delete("/v1/departments/FGK", headers={**admin, "If-Match": "*"}), 204)
    again = register("k2")
    other = register("k2", name="Annat")

    assert (refused.status_code, again.status_code) == (409, 409)
    assert again.content == refused.content
    for name in ("content-type", "content-language"):
        assert again.headers[name] == refused.headers[name]
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-conflict"
    assert register("k3").status_code == 201


def test_a_faulty_body_does_not_use_up_its_key(client, keys):
    assert post(client, keys["admin"], "k1", level="none").status_code == 422
    assert post(client, keys["admin"], "k1").status_code == 201


def test_twenty_refusals_at_once_are_one_answer(client, keys):
    with ThreadPoolExecutor(20) as pool:
        ask = lambda _: post(client, keys["admin"], "k1", code="council")  # noqa: E731
        answers = list(pool.map(ask, range(20)))

    assert {answer.status_code for answer in answers} == {409}
    assert len({answer.content for answer in answers}) == 1


def test_the_token_of_a_key_is_neither_kept_nor_shown_again(client, keys, engine):
    headers = {**keys["admin"], "Idempotency-Key": "k1"}
    body = {"role": "viewer", "name": "Skylt"}
    first = client.post("/v1/keys", json=body, headers=headers)
    made = scenario.ok(first)
    keys_made = total(client, keys, "/v1/keys")

    again = client.post("/v1/keys", json=body, headers=headers)

    assert again.status_code == 409
    assert again.json()["type"] == "/problems/conflict"
    assert first.headers["location"] in again.json()["detail"]
    assert client.post("/v1/keys", json={**body, "name": "B"}, headers=headers).status_code == 422
    assert total(client, keys, "/v1/keys") == keys_made
    (kept,) = kept_rows(engine)
    assert kept.body is None
    assert made["token"] not in str(kept.model_dump())


def kept_rows(engine: Engine) -> list[IdempotencyKey]:
    with snapshot(engine) as session:
        return list(session.exec(select(IdempotencyKey)).all())


def test_twenty_at_once_make_one(client, keys):
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post(client, keys["admin"], "k1"), range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert total(client, keys, "/v1/bodies") == 3


def test_a_key_is_free_again_after_24_hours(client, keys):
    with time_machine.travel(now(), tick=True) as clock:
        first = post(client, keys["admin"], "k1")
        clock.shift(timedelta(hours=23, minutes=59))
        assert post(client, keys["admin"], "k1").content == first.content
        clock.shift(timedelta(minutes=2))

        later = post(client, keys["admin"], "k1", code="later")

    assert later.status_code == 201


def test_expired_keys_are_forgotten_when_another_is_used(client, keys, engine):
    with time_machine.travel(now(), tick=True) as clock:
        for number in range(3):
            post(client, keys["admin"], f"k{number}", code=f"body-{number}")
        clock.shift(timedelta(hours=25))
        post(client, keys["admin"], "k3", code="council")
        after_refusal = {row.key for row in kept_rows(engine)}
        post(client, keys["admin"], "k4", code="later")

    assert after_refusal == {"k0", "k1", "k2", "k3"}
    assert {row.key for row in kept_rows(engine)} == {"k3", "k4"}


def test_a_file_sent_twice_is_one_import_though_its_boundary_differs(client, keys):
    scheme = {"code": "districts", "name": "Distrikt"}
    client.post("/v1/area-schemes", json=scheme, headers=keys["gis"])
    headers = {**keys["gis"], "Idempotency-Key": "file-1"}

    first, again = (upload(client, headers, "A", "B") for _ in range(2))
    other_file = upload(client, headers, "A", "C")
    other_field = upload(client, headers, "A", "B", valid_from="2027-01-01")

    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert again.json() == first.json()
    assert (other_file.status_code, other_field.status_code) == (422, 422)
    assert total(client, keys, "/v1/area-imports") == 1


@pytest.mark.parametrize("named", ["multipart/form-data", "Multipart/Form-Data"])
def test_a_form_is_told_by_its_parts_however_its_media_type_is_written(named: str):
    def fingerprint(boundary: str) -> str:
        part = 'Content-Disposition: form-data; name="scheme"\r\n\r\ngrid'
        body = f"--{boundary}\r\n{part}\r\n--{boundary}--\r\n".encode()
        headers = [(b"content-type", f"{named}; boundary={boundary}".encode())]
        scope = {"type": "http", "method": "POST", "query_string": b"", "headers": headers}

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body}

        request = Request({**scope, "path": "/", "server": ("x", 80)}, receive)
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(anyio.run, idempotency.fingerprint_of, request).result()

    assert fingerprint("one") == fingerprint("another")


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, act: Callable[[], object]
) -> None:
    """Let something happen once, just before a function of a service runs."""
    original = getattr(module, name)

    def first_act(*args: Any, **named: Any) -> Any:
        monkeypatch.setattr(module, name, original)
        act()
        return original(*args, **named)

    monkeypatch.setattr(module, name, first_act)


def test_others_can_write_while_the_file_of_a_request_with_a_key_is_read(
    client, keys, engine, monkeypatch
):
    scheme = {"code": "districts", "name": "Distrikt"}
    client.post("/v1/area-schemes", json=scheme, headers=keys["gis"])
    made = []

    def write() -> None:
        with transaction(engine) as session:
            made.append(key_headers(session, Role.VIEWER))

    meanwhile(monkeypatch, area_imports, "preview_file", write)
    response = upload(client, {**keys["gis"], "Idempotency-Key": "file-1"}, "A")

    assert response.status_code == 201
    assert len(made) == 1


def test_whoever_comes_second_answers_as_the_first_and_leaves_nothing(client, keys, monkeypatch):
    scheme = {"code": "districts", "name": "Distrikt"}
    client.post("/v1/area-schemes", json=scheme, headers=keys["gis"])
    headers = {**keys["gis"], "Idempotency-Key": "file-1"}
    events = total(client, keys, "/v1/events")
    first: list[Response] = []

    meanwhile(
        monkeypatch,
        area_imports,
        "preview_file",
        lambda: first.append(upload(client, headers, "A", "B")),
    )
    second = upload(client, headers, "A", "B")

    assert (first[0].status_code, second.status_code) == (201, 201)
    assert second.content == first[0].content
    assert total(client, keys, "/v1/area-imports") == 1
    assert total(client, keys, "/v1/events") == events + 1


def test_whoever_is_refused_because_of_its_twin_answers_as_the_twin(client, keys, monkeypatch):
    first: list[Response] = []
    meanwhile(
        monkeypatch,
        organisation,
        "create_body",
        lambda: first.append(post(client, keys["admin"], "k1")),
    )

    second = post(client, keys["admin"], "k1")

    assert (first[0].status_code, second.status_code) == (201, 201)
    assert second.content == first[0].content
    assert total(client, keys, "/v1/bodies") == 3


def test_of_two_bodies_with_one_key_at_once_the_second_is_refused(client, keys, monkeypatch):
    scheme = {"code": "districts", "name": "Distrikt"}
    client.post("/v1/area-schemes", json=scheme, headers=keys["gis"])
    headers = {**keys["gis"], "Idempotency-Key": "file-1"}

    meanwhile(monkeypatch, area_imports, "preview_file", lambda: upload(client, headers, "A"))
    second = upload(client, headers, "A", "B")

    assert second.status_code == 422
    assert second.json()["type"] == "/problems/idempotency-conflict"
    assert total(client, keys, "/v1/area-imports") == 1


CONFLICTS = [
    psycopg.errors.DeadlockDetected(),
    psycopg.errors.SerializationFailure(),
]


def fail_with(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise OperationalError("UPDATE", {}, error)

    return act


@pytest.mark.parametrize("error", CONFLICTS)
def test_who_is_in_the_way_of_others_is_told_to_retry_and_may_use_the_same_key(
    client, keys, monkeypatch, error
):
    meanwhile(monkeypatch, organisation, "create_body", fail_with(error))

    refused = post(client, keys["admin"], "k1")

    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/conflict"
    assert post(client, keys["admin"], "k1").status_code == 201


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (psycopg.errors.DiskFull(), 503),
        (psycopg.errors.LockNotAvailable(), 503),
        (psycopg.errors.UndefinedTable(), 500),
    ],
)
def test_a_database_that_fails_otherwise_is_no_conflict(client, keys, monkeypatch, error, status):
    meanwhile(monkeypatch, organisation, "create_body", fail_with(error))

    assert post(client, keys["admin"], "k1").status_code == status
    assert post(client, keys["admin"], "k1").status_code == 201


def test_a_file_that_somebody_else_is_writing_to_is_busy_and_no_lost_race(tmp_path):
    path = tmp_path / "locked.sqlite"
    with sqlite3.connect(path) as first, sqlite3.connect(path, timeout=0) as second:
        first.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as locked:
            second.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as unknown:
            second.execute("SELECT * FROM nothing")

    busy = OperationalError("BEGIN", {}, locked.value)
    assert not is_lost_race(busy)
    told = unavailable(busy)
    assert told is not None
    assert told.detail == BUSY
    assert unavailable(OperationalError("SELECT", {}, unknown.value)) is None


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "å".encode(), "a\tb"])
def test_a_key_that_is_none_is_a_400(client, keys, key):
    headers = {**keys["admin"], "Idempotency-Key": key}

    response = client.post("/v1/bodies", json=BODY, headers=headers)

    assert response.status_code == 400
    assert response.json()["type"] == "/problems/invalid-parameter"


def test_a_decision_sent_twice_is_registered_once(client, keys):
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    scenario.submit(client, admin, "LIN-01")
    path, headers = "/v1/investments/LIN-01/decisions", {**admin, "Idempotency-Key": "212"}

    answers = [client.post(path, json=scenario.decision("need"), headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert total(client, keys, path) == 1

"""Idempotency-Key: a POST that is sent twice has its effect once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from httpx2 import Response

from portfolio.clock import now
from tests import scenario
from tests.events.calls import upload

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


def test_a_refused_request_does_not_use_up_its_key(client, keys):
    refused = post(client, keys["admin"], "k1", code="council")

    assert refused.status_code == 409
    assert post(client, keys["admin"], "k1").status_code == 201


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

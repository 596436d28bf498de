"""The order of checks: 401, 403, 404, 428/412, 422 (shape), 409 (rules)."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests import scenario

Keys = dict[str, dict[str, str]]
BAD = {"no such field": 1}
# A route of each kind: method, a path that is there, one that is not, a body that rules refuse.
KINDS: list[tuple[str, str, str | None, Any]] = [
    ("POST", "/v1/bodies", None, {"code": "council", "name": "Igen", "level": "council"}),
    ("PATCH", "/v1/departments/FGK", "/v1/departments/none", None),
    ("DELETE", "/v1/departments/FGK", "/v1/departments/none", "refused"),
    ("PATCH", "/v1/investments/LIN-01", "/v1/investments/none", {"program": None}),
    ("DELETE", "/v1/investments/LIN-01", "/v1/investments/none", "refused"),
    ("PUT", "/v1/investments/LIN-01/plan-lines", "/v1/investments/none/plan-lines", None),
    (
        "POST",
        "/v1/investments/LIN-01/decisions",
        "/v1/investments/none/decisions",
        scenario.decision("need"),
    ),
    (
        "PATCH",
        "/v1/investments/LIN-01/assessments/1",
        "/v1/investments/LIN-01/assessments/99",
        {"steps": {}},
    ),
    ("DELETE", "/v1/programs/lindangen", "/v1/programs/none", "refused"),
]


@pytest.fixture
def decided(client: TestClient, keys: Keys) -> Keys:
    """An investment with a submitted round that is decided on, so that rules refuse things."""
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    scenario.submit(client, admin, "LIN-01")
    scenario.ok(scenario.decide(client, admin, "LIN-01", gate="need"))
    scenario.submit(client, admin, "LIN-01")
    return keys


@pytest.mark.parametrize(("method", "path", "absent", "refused"), KINDS)
def test_checks_come_in_the_order_of_the_contract(
    client: TestClient, decided: Keys, method: str, path: str, absent: str | None, refused: Any
):
    admin, viewer = decided["admin"], decided["viewer"]
    conditional = method != "POST"

    def ask(path: str, headers: dict[str, str], body: Any) -> int:
        more = {} if method == "DELETE" else {"json": body}
        return client.request(method, path, headers=headers, **more).status_code

    # Everything is wrong at once, and one thing after the other is mended.
    assert ask(absent or path, {}, BAD) == 401
    assert ask(absent or path, {"Authorization": "Bearer x"}, BAD) == 401
    assert ask(absent or path, viewer, BAD) == 403
    if absent is not None:
        assert ask(absent, admin, BAD) == 404
    if conditional:
        assert ask(path, admin, BAD) == 428
        assert ask(path, {**admin, "If-Match": '"old"'}, BAD) == 412
    current = {**admin, "If-Match": "*"} if conditional else admin
    if method != "DELETE":
        assert ask(path, current, BAD) == 422
    if refused is not None:
        assert ask(path, current, refused) == 409


def test_malformed_json_waits_for_its_turn(client, decided):
    admin, path = decided["admin"], "/v1/departments/FGK"
    json = {"Content-Type": "application/json"}

    def ask(path: str, headers: dict[str, str]) -> int:
        response = client.patch(path, content=b"{", headers={**headers, **json})
        return int(response.status_code)

    assert ask(path, {}) == 401
    assert ask(path, decided["viewer"]) == 403
    assert ask("/v1/departments/none", admin) == 404
    assert ask(path, admin) == 428
    assert ask(path, {**admin, "If-Match": '"old"'}) == 412
    assert ask(path, {**admin, "If-Match": "*"}) == 422


def test_all_rules_that_refuse_are_named_at_once(client, decided):
    wrong = scenario.decision("direction", decided_on="2020-01-01", benefit_result="achieved")

    response = client.post("/v1/investments/LIN-01/decisions", json=wrong, headers=decided["admin"])

    assert scenario.rules(response) >= {"G1", "G4", "G7"}


def test_all_wrong_fields_are_named_at_once(client, keys):
    body = {"code": "a/b", "level": "king", "more": 1}

    response = client.post("/v1/bodies", json=body, headers=keys["admin"])

    assert {error["pointer"] for error in response.json()["errors"]} == {
        "/code",
        "/name",
        "/level",
        "/more",
    }

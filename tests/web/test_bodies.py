"""Bodies that are malformed, too large, or not what they seem: a problem, and nothing changed."""

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine

from tests import scenario
from tests.events.calls import MANDATE

Keys = dict[str, dict[str, str]]
BODY = {"code": "new", "name": "Ny", "level": "committee"}
KEY = {"role": "viewer", "name": "Läsaren"}
LINE = scenario.line("1.00", account="1140")
PROGRAM = {
    "code": "p2",
    "name": "Program",
    "areas": [{"scheme": "grid", "code": "A00"}],
    "mandate": MANDATE,
    "deciding_body": "council",
    "steering": "partial",
    "gate_template": "standard",
    "coordinator": "Samordnare",
    "starts_on": "2026-01-01",
    "ends_on": None,
}
INVESTMENT = {
    "code": "LIN-02",
    "name": "Trappa",
    "kind": "physical",
    "program": "lindangen",
    "department": "FGK",
    "problem": "Mörkt",
    "description": "Ljusare",
    "location": {"areas": [{"scheme": "grid", "code": "A00", "share": 0.5}]},
    "served_areas": [{"scheme": "grid", "code": "A01"}],
    "serves": "local",
    "starts_on": "2027-01-01",
    "accounting_objects": [{"ledger": "main", "dimension": "6", "object": "47"}],
    "restricted": {"section": "OSL 19:1", "until": "2027-01-01"},
}
STEPS = deepcopy(scenario.STEPS)
STEPS["strategy"] |= {"evidence": ["STK-2026-88"], "goals": [{"code": "M-3", "sign": 1}]}
STEPS["market"]["partners"] = [{"name": "Bolaget", "commitment": "interest", "amount": "2.00"}]
STEPS["governance"]["plan"]["requested_amount"] = "10.00"
DECISION = scenario.decision(
    "need",
    minutes_paragraph="§ 212",
    outweighings=[{"weak": "economy", "strong": ["benefits"], "reason": "Skäl"}],
    conditions=[{"text": "Driften", "owner": "FGK", "due_on": "2027-01-31"}],
    released_amount="0.00",
    delegation={"point": "3.1", "official": "Chefen", "reported_on": "2026-06-12"},
)
TEMPLATE = {
    "code": "short",
    "name": "Kort",
    "gates": [{"code": "go", "name": "Kör", "asks": "Nu?", "phase": "on", "realisation": True}],
}
# A valid body of every JSON route, with everything in it that can be.
SAMPLES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/bodies", BODY),
    ("PATCH", "/v1/bodies/council", {"name": "Fullmäktige", "level": "council"}),
    ("POST", "/v1/departments", {"code": "X", "name": "X", "committee": "council"}),
    ("PATCH", "/v1/departments/FGK", {"name": "Gata", "committee": "council"}),
    (
        "POST",
        "/v1/decision-levels",
        {"valid_from": "2027-01-01", "above": "1.00", "level": "council"},
    ),
    ("PATCH", "/v1/settings", {"sliver_percent": 1.5, "gap_tolerance_m": 0.2}),
    ("POST", "/v1/keys", KEY),
    ("POST", "/v1/area-schemes", {"code": "regso", "name": "RegSO", "description": "SCB"}),
    ("PATCH", "/v1/area-schemes/grid", {"name": "Rutor", "description": "Fyra"}),
    ("POST", "/v1/gate-templates", TEMPLATE),
    ("POST", "/v1/programs", PROGRAM),
    ("PATCH", "/v1/programs/lindangen", {"name": "Ny", "mandate": MANDATE, "published": True}),
    (
        "POST",
        "/v1/programs/lindangen/members",
        {"name": "Ledare", "department": "FGK", "role": "Skola"},
    ),
    ("POST", "/v1/investments", INVESTMENT),
    ("PATCH", "/v1/investments/LIN-01", {"name": "Ny", "location": INVESTMENT["location"]}),
    ("PUT", "/v1/investments/LIN-01/plan-lines", {"lines": [LINE]}),
    ("POST", "/v1/investments/LIN-01/assessments", {"gate": "need", "steps": STEPS}),
    (
        "POST",
        "/v1/investments/LIN-01/recommendations",
        {"outcome": "pass", "recommended_on": "2026-06-01", "reason": "Enigt"},
    ),
    ("POST", "/v1/investments/LIN-01/decisions", DECISION),
]


@pytest.fixture
def ready(client: TestClient, keys: Keys, engine: Engine) -> dict[str, str]:
    """Everything that the samples point at."""
    admin = keys["admin"]
    scenario.put_scheme(engine)
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    return admin


@pytest.fixture
def admin(keys: Keys) -> dict[str, str]:
    return keys["admin"]


def send(
    client: TestClient, headers: dict[str, str], method: str, path: str, body: Any
) -> Response:
    headers = {**headers, "If-Match": "*", "Content-Type": "application/json"}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.request(method, path, content=content, headers=headers)


def events(client: TestClient, headers: dict[str, str]) -> int:
    found: int = client.get("/v1/events?limit=1", headers=headers).json()["total"]
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every object, list and plain value is in a body."""
    inside: list[tuple[Any, ...]] = [path]
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            inside += places(part, (*path, key))
    return inside


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def changed(body: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = deepcopy(body)
    at(copy, path[:-1])[path[-1]] = new
    return copy


def test_the_samples_themselves_are_taken(client, ready):
    for method, path, body in SAMPLES:
        response = send(client, ready, method, path, body)
        if path.endswith("/decisions"):
            assert response.status_code == 409, response.text
        else:
            assert response.status_code in (200, 201), f"{method} {path}: {response.text}"


def assert_refused(
    client: TestClient, headers: dict[str, str], wrong: Callable[[Any], Iterable[Any]]
) -> None:
    """Every sample with every value of it replaced, one at a time, by what `wrong` makes of it."""
    before = events(client, headers)
    for method, path, body in SAMPLES:
        for place in places(body):
            for value in wrong(at(body, place)):
                response = send(client, headers, method, path, changed(body, place, value))
                told = f"{method} {path} {place} {value!r}: {response.text}"
                assert response.status_code == 422, told
                assert response.json()["type"] == "/problems/invalid-body", told
    assert events(client, headers) == before


def test_an_unknown_field_is_refused_at_every_level(client, ready):
    assert_refused(
        client,
        ready,
        lambda value: [{**value, "no_such_field": 1}] if isinstance(value, dict) else [],
    )


def test_a_value_of_the_wrong_type_is_refused_everywhere(client, ready):
    def wrong(value: Any) -> list[Any]:
        values: list[Any] = [[[1]]]
        if not isinstance(value, dict):
            values.append({"x": 1})
        if not isinstance(value, bool):
            values.append(True)
        if isinstance(value, str | None):
            values += [1, 2.5]
        if isinstance(value, int | float):
            values += ["1", ""]
        return values

    assert_refused(client, ready, wrong)


def test_control_characters_are_refused_in_every_text(client, ready):
    def wrong(value: Any) -> list[str]:
        return [value + sign for sign in "\0\x1b\x85"] if isinstance(value, str) else []

    assert_refused(client, ready, wrong)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"[{}]",
        b'"text"',
        b"1",
        b"true",
        b"{",
        b'{"code": }',
        b"{'code': 'x'}",
        b'{"code": "new", "name": "Ny", "level": "committee"',
        b'{"code": "new", "name": "Ny", "level": "committee"} x',
        b'{"code": "new", "name": "Ny", "level": "committee",}',
        b'{"code": "old", "code": "new", "name": "Ny", "level": "committee"}',
        b'{"code": "new", "name": "\xff\xfe", "level": "committee"}',
        b'{"code": "new", "name": "\xc0\xaf", "level": "committee"}',
        b'{"code": "new", "name": "\\ud800", "level": "committee"}',
        b'{"code": "new", "name": "\xed\xa0\x80", "level": "committee"}',
        b'{"code": "new", "name": "a\nb", "level": "committee"}',
        b'\xef\xbb\xbf{"code": "new", "name": "Ny", "level": "committee"}',
        b'{"code": NaN, "name": "Ny", "level": "committee"}',
        b'{"code": 1e400, "name": "Ny", "level": "committee"}',
        b'{"code": ' + b"9" * 5000 + b', "name": "Ny", "level": "committee"}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 1_010 + b"]" * 1_010,
        b"\x1f\x8b\x08\x00",
        '{"code": "new", "name": "Ny", "level": "committee"}'.encode("utf-16"),
    ],
    ids=lambda content: content[:24].decode("latin-1"),
)
def test_what_is_no_valid_body_is_a_422(client, admin, content):
    before = events(client, admin)

    response = send(client, admin, "POST", "/v1/bodies", content)

    assert response.status_code == 422, response.text
    assert response.json()["type"] == "/problems/invalid-body"
    assert events(client, admin) == before
    assert client.get("/v1/bodies/new", headers=admin).status_code == 404


def test_a_body_over_the_limit_is_a_413_and_one_under_it_is_read(client, admin):
    near = {**BODY, "name": "x" * 3_900_000}
    over = {**BODY, "name": "x" * 10_000_000}

    assert send(client, admin, "POST", "/v1/bodies", near).status_code == 422
    assert send(client, admin, "POST", "/v1/bodies", over).status_code == 413


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "",
    ],
)
def test_another_media_type_is_a_415(client, admin, media_type):
    headers = {**admin, "Content-Type": media_type}

    response = client.post("/v1/bodies", content=json.dumps(BODY), headers=headers)

    assert response.status_code == 415, response.text
    assert client.get("/v1/bodies/new", headers=admin).status_code == 404


def test_json_with_a_charset_is_json(client, admin):
    headers = {**admin, "Content-Type": "Application/JSON; charset=utf-8"}

    assert client.post("/v1/bodies", content=json.dumps(BODY), headers=headers).status_code == 201


def test_an_import_takes_a_form_and_nothing_else(client, admin):
    answered = client.post("/v1/area-imports", json={"scheme": "grid"}, headers=admin)

    assert answered.status_code == 415


NO_AMOUNTS: list[Any] = [
    0,
    1250000,
    1.5,
    "",
    "1e3",
    "1.234",
    "1,50",
    "1 000",
    "+1",
    "-1",
    "٣",
    "1.",
    ".5",
    "0x10",
    "NaN",
    "Infinity",
    " 1",
    "1\n",
    "10000000000000.00",
    "9" * 400,
    "1_000",
]


def test_m1_what_is_no_amount_is_refused(client, ready):
    for amount in NO_AMOUNTS:
        lines = {"lines": [{**LINE, "amount": amount}]}
        response = send(client, ready, "PUT", "/v1/investments/LIN-01/plan-lines", lines)
        assert response.status_code == 422, f"{amount!r}: {response.text}"
        assert response.json()["errors"][0]["pointer"] == "/lines/0/amount"


@pytest.mark.parametrize("amount", ["0", "0.5", "1250000.00", "9999999999999.99"])
def test_m1_amounts_keep_every_digit(client, ready, amount):
    lines = {"lines": [{**LINE, "amount": amount}]}

    shown = scenario.ok(
        send(client, ready, "PUT", "/v1/investments/LIN-01/plan-lines", lines), 200
    )["forecast"]["lines"][0]["amount"]

    whole, _, decimals = amount.partition(".")
    assert shown == f"{whole}.{decimals.ljust(2, '0')}"


BEYOND: list[tuple[str, Any]] = [
    ("starts_on", "0000-01-01"),
    ("starts_on", "10000-01-01"),
    ("starts_on", "2026-02-30"),
    ("starts_on", "2026-1-1"),
    ("starts_on", "20260101"),
    ("starts_on", "2026-01-01T00:00:00Z"),
    ("starts_on", "٢٠٢٦-01-01"),
    ("starts_on", ""),
    ("ends_on", "0001-01-01"),
    ("code", "a/b"),
    ("code", ""),
    ("code", "å"),
    ("code", "x" * 65),
    ("code", "new\n"),
    ("name", ""),
    ("name", "   "),
    ("name", "x" * 201),
    ("name", "a\nb"),
    ("name", "a\u2028b"),
    ("problem", "x" * 20_001),
    ("serves", "everyone"),
    ("location", {}),
    ("location", {"municipality_wide": False}),
    ("location", {"municipality_wide": True, "not_located": "nej"}),
    ("location", {"areas": []}),
    ("location", {"areas": [{"scheme": "grid", "code": "A00", "share": 1.2}]}),
    ("location", {"areas": [{"scheme": "grid", "code": "none", "share": 1}]}),
    ("location", {"geometry": {"type": "Point", "coordinates": [13, 55]}, "buffer_m": -1}),
    ("location", {"geometry": {"type": "Point", "coordinates": [1e308, 55]}}),
    ("location", {"geometry": {"type": "Point", "coordinates": []}}),
    ("location", {"geometry": {"type": "Nothing"}}),
    ("location", {"geometry": {}}),
    ("location", {"not_located": " "}),
    ("served_areas", [{"scheme": "none", "code": "A00"}]),
    ("department", "none"),
    ("program", "none"),
]


def test_a_value_at_the_wrong_side_of_an_edge_is_refused(client, ready):
    for field, value in BEYOND:
        response = send(client, ready, "POST", "/v1/investments", {**INVESTMENT, field: value})
        assert response.status_code == 422, f"{field} {value!r}: {response.text}"
        # A rule that concerns several fields points at what holds them.
        pointer = response.json()["errors"][0]["pointer"]
        assert pointer == "" or pointer.startswith(f"/{field}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("starts_on", "0001-01-01"),
        ("ends_on", "9999-12-31"),
        ("name", "å" * 200),
        ("problem", "x" * 20_000),
        ("problem", "rad ett\n\trad två\r\n"),
        ("code", "a.b_c-D9" * 8),
    ],
)
def test_a_value_at_the_right_side_of_an_edge_is_taken(client, ready, field, value):
    response = send(client, ready, "POST", "/v1/investments", {**INVESTMENT, field: value})

    assert scenario.ok(response)[field] == value


def test_an_id_that_can_not_be_is_refused(client, ready):
    path = "/v1/investments/LIN-01/decisions"
    for value in (0, -1, 2**31, 2**63, -(2**63), 10**30, 1.5):
        response = send(client, ready, "POST", path, {**DECISION, "supersedes": value})
        assert response.status_code == 422, value


@pytest.mark.parametrize(
    "name",
    [
        "Åsa Öst-Ängelholm é ß",
        "🏗️ Bygge 👩‍👧",
        "‏مشروع الحديقة",
        "שביל",
        "e\u0301 is not é",
        "'; DROP TABLE body; --",
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "{{7*7}} %s %d ${x}",
        "\U0010ffff",
    ],
)
def test_names_survive_as_they_were_written(client, admin, name):
    body = {"code": "new", "name": name, "level": "committee"}

    made = scenario.ok(send(client, admin, "POST", "/v1/bodies", body))

    assert made["name"] == name
    assert client.get("/v1/bodies/new", headers=admin).json()["name"] == name
    last = client.get("/v1/events?limit=1000", headers=admin).json()["items"][-1]
    assert last["after"]["name"] == name

"""Investments through HTTP: registering, changing, finding and deleting them (G1, G10)."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests import scenario
from tests.gates.life import PATH, Keys, begin, pass_gate, read, stands, status_row, tagged
from tests.investments.places import location, point
from tests.scenario import decide, line, ok, put_lines, rules, submit

LIST = "/v1/investments"


def change(client: TestClient, headers: dict[str, str], **body: Any) -> Any:
    return client.patch(PATH, json=body, headers=tagged(client, headers, PATH))


def test_an_investment_is_read_as_it_was_registered(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    fields = {
        "code": "LIN-02",
        "kind": "social",
        "accounting_objects": [{"ledger": "main", "dimension": "6", "object": "4711"}],
        "restricted": {"section": "OSL 19:1", "until": "2027-01-01"},
    }

    made = scenario.put_investment(client, admin, **fields)

    assert {name: made[name] for name in fields} == fields
    assert (made["gate"], made["status"]) == ("need", "preparing")
    assert read(client, keys["viewer"], f"{LIST}/LIN-02") == made


def test_a_code_is_used_once(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    body = {**scenario_body(client, admin), "name": "Dubblett"}

    assert client.post(LIST, json=body, headers=admin).status_code == 409


def scenario_body(client: TestClient, admin: dict[str, str]) -> dict[str, Any]:
    found = read(client, admin)
    derived = ("gate_template", "gate", "status", "area_shares", "outside", "slivers")
    return {name: value for name, value in found.items() if name not in derived}


SENSELESS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/program", {"program": "none"}),
    ("/department", {"department": "XXX"}),
    ("/kind", {"kind": "both"}),
    ("/name", {"name": " "}),
    ("/code", {"code": "å b"}),
    ("/starts_on", {"starts_on": "2027-13-01"}),
    ("", {"starts_on": "2027-02-01", "ends_on": "2027-01-01"}),
    ("/surprise", {"surprise": 1}),
)


def test_what_makes_no_sense_is_pointed_at(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    body = {**scenario_body(client, admin), "code": "LIN-02"}

    for pointer, fields in SENSELESS:
        refused = client.post(LIST, json={**body, **fields}, headers=admin)

        assert refused.status_code == 422, fields
        assert pointer in [error["pointer"] for error in refused.json()["errors"]]
        assert refused.json()["detail"]


def test_texts_that_describe_may_be_empty(client: TestClient, keys: Keys):
    admin = begin(client, keys)

    assert ok(change(client, admin, problem="", description=""), 200)["problem"] == ""


def test_g1_an_investment_joins_a_program_and_stands_at_its_first_gate(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    scenario.put_program(client, admin, code="light", gate_template="light")

    free = ok(change(client, admin, program=None), 200)
    joined = ok(change(client, admin, program="light"), 200)

    assert (free["program"], free["gate"], free["status"]) == (None, None, "preparing")
    assert (joined["program"], joined["gate"]) == ("light", "direction")
    assert status_row(client, admin)["gate_position"] == 0


@pytest.mark.parametrize("history", ["round", "decision"])
def test_g1_what_has_a_history_in_its_program_stays_there(
    client: TestClient, keys: Keys, history: str
):
    admin = begin(client, keys)
    scenario.put_program(client, admin, code="other")
    if history == "round":
        submit(client, admin, "LIN-01")
    else:
        ok(decide(client, admin, "LIN-01", gate="need", outcome="hold"))

    assert rules(change(client, admin, program="other")) == {"G1"}
    assert rules(change(client, admin, program=None)) == {"G1"}
    assert ok(change(client, admin, program="lindangen", name="Nytt"), 200)["name"] == "Nytt"


def test_g10_an_investment_with_decisions_is_not_deleted(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("5.00")), 200)
    made = pass_gate(client, admin, "need")
    ok(decide(client, admin, "LIN-01", gate="need", outcome="stop", supersedes=made["id"]))

    refused = client.delete(PATH, headers=tagged(client, admin, PATH))

    assert refused.json()["type"] == "/problems/in-use"
    assert rules(refused) == {"G10"}
    assert stands(client, admin)[1] == "stopped"


def test_before_the_first_decision_an_investment_can_be_deleted_with_all_it_has(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("5.00")), 200)
    submit(client, admin, "LIN-01")
    before = read(client, admin)

    assert client.delete(PATH, headers=admin).status_code == 428
    ok(client.delete(PATH, headers=tagged(client, admin, PATH)), 204)

    assert client.get(PATH, headers=admin).status_code == 404
    assert read(client, admin, "/v1/gate-status")["items"] == []
    event = read(client, admin, f"/v1/events?resource={PATH}")["items"][-1]
    assert (event["action"], event["before"], event["after"]) == (
        "investment.deleted",
        before,
        None,
    )
    scenario.put_investment(client, admin)
    assert read(client, admin, f"{PATH}/plan-lines")["forecast"]["lines"] == []
    assert read(client, admin, f"{PATH}/assessments")["items"] == []


def test_a_change_carries_the_version_it_starts_from(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    stale = tagged(client, admin, PATH)
    ok(change(client, admin, name="Nytt"), 200)

    assert client.patch(PATH, json={"name": "X"}, headers=admin).status_code == 428
    assert client.patch(PATH, json={"name": "X"}, headers=stale).status_code == 412
    assert client.delete(PATH, headers=stale).status_code == 412


def test_a_department_changes_its_own_investments_only(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin(client, keys)
    own, other = (scenario.department_key(engine, code) for code in ("FGK", "GFK"))
    body = {**scenario_body(client, admin), "code": "LIN-02"}

    assert change(client, other, name="X").status_code == 403
    assert change(client, own, department="GFK").status_code == 403
    assert client.post(LIST, json=body, headers=other).status_code == 403
    assert client.delete(PATH, headers=tagged(client, other, PATH)).status_code == 403
    ok(client.post(LIST, json=body, headers=own))
    ok(change(client, own, name="Bättre"), 200)
    assert client.patch(PATH, json={}, headers=keys["viewer"]).status_code == 403


def test_investments_are_filtered_and_listed_page_by_page(
    client: TestClient, keys: Keys, engine: Engine
):
    scenario.put_scheme(engine)
    admin = begin(client, keys)
    others: dict[str, dict[str, Any]] = {
        "B": {"kind": "social", "name": "Åbys ungdomslag"},
        "C": {"department": "GFK", "location": location(point(0.5, 0.5))},
        "D": {"program": None},
    }
    for code, fields in others.items():
        scenario.put_investment(client, admin, code=code, **fields)
    ok(decide(client, admin, "B", gate="need", outcome="hold"))

    def codes(query: str) -> list[str]:
        return [row["code"] for row in read(client, admin, f"{LIST}?{query}")["items"]]

    assert codes("") == ["B", "C", "D", "LIN-01"]
    assert codes("kind=social") == ["B"]
    assert codes("department=GFK") == ["C"]
    assert codes("program=lindangen") == ["B", "C", "LIN-01"]
    assert codes("gate=need&status=on_hold") == ["B"]
    assert codes("scheme=grid&area=A00") == ["C"]
    assert codes("scheme=grid&area=A11") == []
    assert codes("q=%C3%A5by") == ["B"]
    assert codes("q=%25") == []
    assert client.get(f"{LIST}?scheme=grid", headers=admin).status_code == 400
    assert client.get(f"{LIST}?kind=none", headers=admin).status_code == 400
    first = read(client, admin, f"{LIST}?limit=3")
    rest = read(client, admin, first["next"])
    assert [row["code"] for row in rest["items"]] == ["LIN-01"]
    assert (first["total"], rest["next"]) == (4, None)
    assert first["items"][1] == read(client, admin, f"{LIST}/C")

"""Programs through HTTP: what they hold, what can be changed, and what hangs on them."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests import scenario
from tests.gates.life import Keys, begin, pass_gate, read, stands, tagged
from tests.scenario import decide, ok, rules, submit

PROGRAM = "/v1/programs/lindangen"


def test_a_program_is_read_as_it_was_opened(client: TestClient, keys: Keys, engine: Engine):
    scenario.put_scheme(engine)
    scenario.put_organisation(client, keys["admin"])
    areas = [{"scheme": "grid", "code": "A01"}, {"scheme": "grid", "code": "A00"}]

    made = scenario.put_program(client, keys["coordinator"], areas=areas)

    assert read(client, keys["viewer"], PROGRAM) == made
    assert made["areas"] == areas
    assert made["mandate"]["decided_by"] == "council"


@pytest.mark.parametrize(
    ("pointer", "fields"),
    [
        ("/deciding_body", {"deciding_body": "nobody"}),
        ("/gate_template", {"gate_template": "none"}),
        ("/areas/0/scheme", {"areas": [{"scheme": "grid", "code": "A00"}]}),
    ],
)
def test_what_a_program_names_must_be_there(
    client: TestClient, keys: Keys, pointer: str, fields: dict[str, object]
):
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    body = {**read(client, admin, PROGRAM), "code": "another", **fields}

    refused = client.post("/v1/programs", json=body, headers=admin)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


def test_s1_steering_is_not_changed_by_a_patch(client: TestClient, keys: Keys):
    admin = begin(client, keys)

    refused = client.patch(
        PROGRAM, json={"steering": "full"}, headers=tagged(client, admin, PROGRAM)
    )

    assert refused.status_code == 422
    assert read(client, admin, PROGRAM)["steering"] == "partial"


def test_a_change_carries_the_version_it_starts_from(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    stale = tagged(client, admin, PROGRAM)
    ok(client.patch(PROGRAM, json={"name": "Nytt"}, headers=stale), 200)

    assert client.patch(PROGRAM, json={"name": "Äldre"}, headers=admin).status_code == 428
    assert client.patch(PROGRAM, json={"name": "Äldre"}, headers=stale).status_code == 412
    assert read(client, admin, PROGRAM)["name"] == "Nytt"


def test_s1_a_new_deciding_body_holds_from_the_next_decision(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    body = {"deciding_body": "council"}
    ok(client.patch(PROGRAM, json=body, headers=tagged(client, admin, PROGRAM)), 200)
    submit(client, admin, "LIN-01")

    assert rules(decide(client, admin, "LIN-01", gate="need")) == {"S1"}


def test_a_program_with_investments_is_not_deleted(client: TestClient, keys: Keys):
    admin = begin(client, keys)

    refused = client.delete(PROGRAM, headers=tagged(client, admin, PROGRAM))

    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/in-use"
    path = "/v1/investments/LIN-01"
    ok(client.delete(path, headers=tagged(client, admin, path)), 204)
    ok(client.delete(PROGRAM, headers=tagged(client, admin, PROGRAM)), 204)
    assert client.get(PROGRAM, headers=admin).status_code == 404


def test_g1_a_new_template_holds_for_new_investments(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    body = {"gate_template": "light"}
    ok(client.patch(PROGRAM, json=body, headers=tagged(client, admin, PROGRAM)), 200)
    scenario.put_investment(client, admin, code="LIN-02")

    assert stands(client, admin, "LIN-02")[0] == "direction"
    pass_gate(client, admin, "need")
    assert stands(client, admin)[0] == "study"


@pytest.mark.parametrize("realised", [0, 2])
def test_a_template_has_exactly_one_gate_where_steering_takes_effect(
    client: TestClient, keys: Keys, realised: int
):
    gates = [
        {"code": f"g{n}", "name": f"Grind {n}", "phase": "study", "realisation": n < realised}
        for n in range(3)
    ]
    body = {"code": "own", "name": "Egen", "gates": gates}

    assert client.post("/v1/gate-templates", json=body, headers=keys["admin"]).status_code == 422


def test_a_municipalitys_own_template_steers_where_it_says(client: TestClient, keys: Keys):
    admin = keys["admin"]
    gates = [
        {"code": "need", "name": "Behov", "phase": "work", "realisation": True},
        {"code": "benefits", "name": "Nytta", "phase": "closed"},
    ]
    ok(
        client.post(
            "/v1/gate-templates",
            json={"code": "own", "name": "Egen", "gates": gates},
            headers=admin,
        )
    )
    scenario.put_municipality(client, admin, gate_template="own")
    scenario.put_investment(client, admin)
    submit(client, admin, "LIN-01")

    assert rules(decide(client, admin, "LIN-01", gate="need")) == {"S2"}


def test_the_public_sees_published_programs_only(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    scenario.put_program(client, admin, code="open", published=True)

    listed = ok(client.get("/v1/programs"), 200)

    assert [row["code"] for row in listed["items"]] == ["open"]
    assert client.get(PROGRAM).status_code == 404
    assert client.get("/v1/programs/open").status_code == 200
    assert client.get("/v1/programs/open/members").status_code == 401


def test_members_are_functions_that_come_and_go(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    path = f"{PROGRAM}/members"
    body = {"name": "Utvecklingsledare", "department": "GFK", "role": "Skola"}
    member = ok(client.post(path, json=body, headers=keys["coordinator"]))
    address = f"{path}/{member['id']}"

    changed = client.patch(address, json={"role": "Fritid"}, headers=tagged(client, admin, address))

    assert ok(changed, 200)["role"] == "Fritid"
    ok(client.delete(address, headers=tagged(client, admin, address)), 204)
    assert read(client, admin, path)["items"] == []
    unknown = {"name": "Ledare", "department": "XXX"}
    assert client.post(path, json=unknown, headers=admin).status_code == 422

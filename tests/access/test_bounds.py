"""What a role may do with one thing: its own department's, its own bodies', what is published."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.access.rules import Role
from portfolio.database.engine import transaction
from tests import scenario
from tests.scenario import decide, line, ok, put_lines, steps, submit
from tests.serving import key_headers

Keys = dict[str, dict[str, str]]
OWN, OTHER = "/v1/investments/LIN-01", "/v1/investments/LIN-02"
COMPONENT = {
    "name": "Stomme",
    "acquisition": "100.00",
    "useful_life_years": 30,
    "in_use_from": "2027-07-01",
}
TO_REALISATION = ("need", "study", "direction")


@pytest.fixture
def fgk(client: TestClient, keys: Keys, engine: Engine) -> dict[str, str]:
    """The key of FGK, whose investment is LIN-01; LIN-02 is GFK's."""
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    scenario.put_investment(client, admin, code="LIN-02", department="GFK")
    return scenario.department_key(engine, "FGK")


def board_key(engine: Engine, *bodies: str) -> dict[str, str]:
    with transaction(engine) as session:
        return key_headers(session, Role.BOARD, bodies=bodies)


def at_realisation(client: TestClient, admin: dict[str, str], code: str) -> None:
    """Through the first three gates, and ready to be decided on at `implementation`."""
    for gate in TO_REALISATION:
        submit(client, admin, code)
        ok(decide(client, admin, code, gate=gate))
    submit(client, admin, code)
    body = {"outcome": "pass", "recommended_on": "2026-06-09", "reason": "Enigt."}
    ok(client.post(f"/v1/investments/{code}/recommendations", json=body, headers=admin))


def status(client: TestClient, method: str, path: str, headers: dict[str, str], **more: Any) -> int:
    headers = {**headers, "If-Match": "*"}
    return client.request(method, path, headers=headers, **more).status_code


def test_a_department_registers_changes_and_deletes_its_own_investments_only(client, fgk, keys):
    own = {"code": "LIN-03", "name": "Trappa", "kind": "physical", "department": "FGK"}
    place = {"location": {"not_located": "Inte bestämt"}}

    made = client.post("/v1/investments", json={**own, **place}, headers=fgk)
    others = client.post("/v1/investments", json={**own, **place, "department": "GFK"}, headers=fgk)

    assert (made.status_code, others.status_code) == (201, 403)
    assert status(client, "PATCH", OWN, fgk, json={"name": "Ny"}) == 200
    assert status(client, "PATCH", OTHER, fgk, json={"name": "Ny"}) == 403
    assert status(client, "PATCH", OWN, fgk, json={"department": "GFK"}) == 403
    assert status(client, "DELETE", OTHER, fgk) == 403
    assert status(client, "DELETE", "/v1/investments/LIN-03", fgk) == 204
    assert client.get(OTHER, headers=keys["viewer"]).json()["name"] == "Gångväg"


def test_a_department_reads_what_others_have(client, fgk):
    for path in (OTHER, f"{OTHER}/plan-lines", f"{OTHER}/assessments", "/v1/gate-status"):
        assert client.get(path, headers=fgk).status_code == 200


def test_a_department_assesses_its_own_investments_only(client, fgk, keys):
    body = {"gate": "need", "steps": steps()}

    assert status(client, "POST", f"{OTHER}/assessments", fgk, json=body) == 403
    assert status(client, "POST", f"{OWN}/assessments", fgk, json=body) == 201
    assert status(client, "POST", f"{OTHER}/assessments", keys["coordinator"], json=body) == 201
    assert status(client, "PATCH", f"{OTHER}/assessments/1", fgk, json={}) == 403
    assert status(client, "POST", f"{OTHER}/assessments/1/submit", fgk) == 403
    assert status(client, "PATCH", f"{OWN}/assessments/1", fgk, json={}) == 200
    assert status(client, "POST", f"{OWN}/assessments/1/submit", fgk) == 200


def test_m1_a_department_writes_its_own_plan_lines_only(client, fgk, keys):
    admin = keys["admin"]
    ok(put_lines(client, admin, "LIN-02", line("300.00", department="GFK")), 200)

    foreign = put_lines(client, fgk, "LIN-02", line("1.00", department="GFK"))
    own = put_lines(client, fgk, "LIN-02", line("20.00"))

    assert foreign.status_code == 403
    ok(own, 200)
    lines = client.get(f"{OTHER}/plan-lines", headers=admin).json()["forecast"]["lines"]
    assert sorted((one["department"], one["amount"]) for one in lines) == [
        ("FGK", "20.00"),
        ("GFK", "300.00"),
    ]


def test_s1_before_realisation_a_department_registers_no_decision(client, fgk, keys):
    submit(client, keys["admin"], "LIN-01")

    refused = decide(client, fgk, "LIN-01", gate="need", decided_by="street_committee")

    assert refused.status_code == 403


def test_s2_under_partial_steering_a_department_registers_what_its_committee_decided(
    client, fgk, keys
):
    for code in ("LIN-01", "LIN-02"):
        at_realisation(client, keys["admin"], code)
    committee = {"gate": "implementation", "decided_by": "street_committee"}

    others = decide(client, fgk, "LIN-02", **committee)
    higher = decide(client, fgk, "LIN-01", gate="implementation", decided_by="council")
    own = decide(client, fgk, "LIN-01", **committee)

    assert (others.status_code, higher.status_code) == (403, 403)
    ok(own)


def test_s2_under_full_steering_a_department_registers_nothing(client, keys, engine):
    admin = keys["admin"]
    scenario.put_municipality(client, admin, steering="full")
    scenario.put_investment(client, admin)
    at_realisation(client, admin, "LIN-01")
    fgk = scenario.department_key(engine, "FGK")

    refused = decide(client, fgk, "LIN-01", gate="implementation", decided_by="street_committee")

    assert refused.status_code == 403


def test_a_board_key_registers_for_its_bodies_only(client, fgk, keys, engine):
    submit(client, keys["admin"], "LIN-01")
    submit(client, keys["admin"], "LIN-02")
    council, anyone = board_key(engine, "council"), board_key(engine)

    refused = decide(client, council, "LIN-01", gate="need", decided_by="executive_board")

    assert refused.status_code == 403
    ok(decide(client, council, "LIN-01", gate="need", decided_by="council"))
    ok(decide(client, anyone, "LIN-02", gate="need", decided_by="executive_board"))


def test_g10_a_department_replaces_no_decision_of_a_body_above_its_committee(client, fgk, keys):
    admin = keys["admin"]
    at_realisation(client, admin, "LIN-01")
    # Too much for the committee (G12), so that the council decides, and stops it.
    ok(put_lines(client, admin, "LIN-01", line("60000000.00")), 200)
    submit(client, admin, "LIN-01")
    body = {"outcome": "pass", "recommended_on": "2026-06-09", "reason": "Enigt."}
    ok(client.post(f"{OWN}/recommendations", json=body, headers=admin))
    stop = {"gate": "implementation", "outcome": "stop", "released_amount": None}
    stopped = ok(decide(client, admin, "LIN-01", decided_by="council", **stop))
    hold = {
        "gate": "implementation",
        "outcome": "hold",
        "hold_category": "economic",
        "review_on": "2999-01-01",
        "released_amount": None,
        "supersedes": stopped["id"],
    }

    undone = decide(client, fgk, "LIN-01", decided_by="street_committee", **hold)

    assert undone.status_code == 403
    assert "council" in undone.json()["detail"]
    assert client.get(OWN, headers=fgk).json()["status"] == "stopped"


def test_g10_a_department_replaces_what_its_committee_decided(client, fgk, keys):
    at_realisation(client, keys["admin"], "LIN-01")
    committee = {"gate": "implementation", "decided_by": "street_committee"}
    first = ok(decide(client, fgk, "LIN-01", **committee))

    ok(decide(client, fgk, "LIN-01", supersedes=first["id"], **committee))


def test_g10_a_board_key_replaces_what_its_bodies_decided_and_what_is_below_them(
    client, fgk, keys, engine
):
    submit(client, keys["admin"], "LIN-01")
    council, executive = board_key(engine, "council"), board_key(engine, "executive_board")
    first = ok(decide(client, executive, "LIN-01", gate="need", decided_by="executive_board"))
    above = {"gate": "need", "decided_by": "council", "supersedes": first["id"]}

    second = ok(decide(client, council, "LIN-01", **above))
    back = {"gate": "need", "decided_by": "executive_board", "supersedes": second["id"]}
    refused = decide(client, executive, "LIN-01", **back)

    assert refused.status_code == 403


def test_ids_of_another_investment_lead_nowhere_under_ones_own(client, fgk, keys):
    admin = keys["admin"]
    condition = conditioned(client, admin, "LIN-02").removeprefix(OTHER)
    ok(client.post(f"{OTHER}/components", json=COMPONENT, headers=admin))
    decision = condition.removesuffix("/conditions/1")

    assert status(client, "GET", f"{OWN}{decision}", fgk) == 404
    assert status(client, "PATCH", f"{OWN}{condition}", fgk, json={"met_on": "2026-07-01"}) == 404
    for path in ("/components/1", "/consequence-lines/1", "/assessments/1"):
        assert status(client, "PATCH", f"{OWN}{path}", fgk, json={}) == 404
    submit(client, admin, "LIN-01")
    id = int(decision.rpartition("/")[2])
    refused = decide(client, admin, "LIN-01", gate="need", supersedes=id)
    assert refused.status_code == 409
    assert refused.json()["reasons"][0]["rule"] == "G10"


def conditioned(client: TestClient, admin: dict[str, str], code: str) -> str:
    """A decision at the first gate with one condition; returns the condition's address."""
    submit(client, admin, code)
    condition = {"text": "Driften ska lösas", "owner": "FGK", "due_on": "2027-01-31"}
    made = ok(decide(client, admin, code, gate="need", conditions=[condition]))
    return f"/v1/investments/{code}/decisions/{made['id']}/conditions/1"


def test_a_met_condition_is_marked_by_coordinator_board_and_admin(client, fgk, keys, engine):
    path = conditioned(client, keys["admin"], "LIN-01")
    met = {"met_on": "2026-07-01"}

    for headers in (keys["coordinator"], keys["board"], keys["admin"]):
        assert status(client, "PATCH", path, headers, json=met) == 200
    assert status(client, "PATCH", path, board_key(engine, "council"), json=met) == 403
    assert status(client, "PATCH", path, keys["viewer"], json=met) == 403
    # Before realisation the program follows up; afterwards the department, where S2 says so.
    assert status(client, "PATCH", path, fgk, json=met) == 403


def test_s2_a_department_marks_conditions_where_its_committee_decides(client, fgk, keys):
    admin = keys["admin"]
    paths = {}
    for code in ("LIN-01", "LIN-02"):
        at_realisation(client, admin, code)
        body = "street_committee" if code == "LIN-01" else "school_committee"
        condition = {"text": "Driften ska lösas", "owner": "Förvaltningen"}
        made = ok(
            decide(
                client, admin, code, gate="implementation", decided_by=body, conditions=[condition]
            )
        )
        paths[code] = f"/v1/investments/{code}/decisions/{made['id']}/conditions/1"
    met = {"met_on": "2026-07-01"}

    assert status(client, "PATCH", paths["LIN-01"], fgk, json=met) == 200
    assert status(client, "PATCH", paths["LIN-02"], fgk, json=met) == 403


def test_the_public_sees_published_programs_only(client, keys):
    admin = keys["admin"]
    scenario.put_organisation(client, admin)
    scenario.put_program(client, admin, code="open", published=True)
    scenario.put_program(client, admin, code="draft")

    listed = client.get("/v1/programs").json()

    assert ([one["code"] for one in listed["items"]], listed["total"]) == (["open"], 1)
    assert client.get("/v1/programs/open").status_code == 200
    hidden, absent = client.get("/v1/programs/draft"), client.get("/v1/programs/never")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.json()["detail"].replace("draft", "never") == absent.json()["detail"]
    assert client.get("/v1/programs/draft/board").status_code == 404
    assert client.get("/v1/programs", headers=keys["viewer"]).json()["total"] == 2


def test_the_public_board_hides_what_is_restricted_and_what_is_not_decided(client, keys):
    admin = keys["admin"]
    scenario.put_municipality(client, admin, published=True)
    scenario.put_investment(client, admin)
    secret = {"section": "OSL 19:1", "until": "2999-12-31"}
    scenario.put_investment(client, admin, code="LIN-09", name="Hemligt köp", restricted=secret)
    scenario.put_investment(client, admin, code="LIN-02", name="Bara en idé")
    for code in ("LIN-01", "LIN-09"):
        submit(client, admin, code)
        ok(decide(client, admin, code, gate="need"))
    submit(client, admin, "LIN-01")

    public = client.get("/v1/programs/lindangen/board")
    signed_in = client.get("/v1/programs/lindangen/board", headers=keys["viewer"])

    assert "LIN-09" not in public.text
    assert "Hemligt" not in public.text
    assert "Bara en idé" not in public.text
    assert "LIN-09" in signed_in.text
    assert public.json()["gates"][1]["by_status"] == {"preparing": 1}
    assert signed_in.json()["gates"][1]["by_status"] == {"preparing": 1, "submitted": 1}


def test_the_public_reads_areas_but_not_what_is_invested_in_them(client, keys, engine):
    scenario.put_scheme(engine)

    assert client.get("/v1/area-schemes/grid/areas?geometry=full").json()["total"] == 4
    assert client.get("/v1/area-schemes/grid/areas/A00").json()["geometry"]["type"]
    assert client.get("/v1/area-schemes/grid/areas/A00/portfolio").status_code == 401


@pytest.mark.parametrize(
    "key",
    [
        {"role": "department", "name": "Utan förvaltning"},
        {"role": "viewer", "name": "Med förvaltning", "department": "FGK"},
        {"role": "viewer", "name": "Med organ", "bodies": ["council"]},
        {"role": "board", "name": "Okänt organ", "bodies": ["nobody"]},
        {"role": "department", "name": "Okänd", "department": "XXX"},
        {"role": "public", "name": "Alla"},
        {"role": "root", "name": "Rot"},
    ],
)
def test_a_key_is_bound_as_its_role_asks_or_refused(client, keys, fgk, key):
    response = client.post("/v1/keys", json=key, headers=keys["admin"])

    assert response.status_code == 422
    assert client.get("/v1/keys", headers=keys["admin"]).json()["total"] == 7

"""Decisions through HTTP: what a registrar meets."""

import hashlib
import json

import rfc8785
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests import scenario
from tests.scenario import decide, line, ok, put_lines, rules, submit

Keys = dict[str, dict[str, str]]


def ready_at_need(client: TestClient, keys: Keys, **verdicts: str) -> dict[str, str]:
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    submit(client, admin, "LIN-01", **verdicts)
    return admin


def test_g1_gates_are_passed_in_order(client: TestClient, keys: Keys):
    admin = ready_at_need(client, keys)

    wrong = decide(client, admin, "LIN-01", gate="study")
    right = decide(client, admin, "LIN-01", gate="need")

    assert rules(wrong) == {"G1"}
    ok(right)
    assert client.get("/v1/investments/LIN-01", headers=admin).json()["gate"] == "study"


def test_g4_a_pass_needs_a_submitted_round_of_the_present_gate(client: TestClient, keys: Keys):
    admin = ready_at_need(client, keys)
    ok(decide(client, admin, "LIN-01", gate="need"))

    assert "G4" in rules(decide(client, admin, "LIN-01", gate="study"))


def test_g4_a_decision_on_another_round_than_the_newest_submitted_is_refused(
    client: TestClient, keys: Keys
):
    admin = {**ready_at_need(client, keys), "Accept-Language": "sv"}
    newest = submit(client, admin, "LIN-01")

    refused = decide(client, admin, "LIN-01", gate="need", round=newest - 1)
    held = decide(client, admin, "LIN-01", gate="need", outcome="hold", round=newest)

    assert rules(refused) == rules(held) == {"G4"}
    (reason,) = refused.json()["reasons"]
    assert reason["pointer"] == "/round"
    assert f"Omgång {newest} är den senast inlämnade" in reason["detail"]
    assert "utfallet Avvakta gäller ingen bedömning" in held.json()["reasons"][0]["detail"]
    assert decide(client, admin, "LIN-01", gate="need", round=0).status_code == 422
    assert ok(decide(client, admin, "LIN-01", gate="need", round=newest))["round"] == newest


def test_g5_a_weak_step_needs_an_outweighing(client: TestClient, keys: Keys):
    admin = ready_at_need(client, keys, economy="negative")
    outweighing = {"weak": "economy", "strong": ["benefits"], "reason": "Nyttan är stor."}

    refused = decide(client, admin, "LIN-01", gate="need")
    passed = decide(client, admin, "LIN-01", gate="need", outweighings=[outweighing])

    assert rules(refused) == {"G5"}
    assert ok(passed)["outweighings"] == [outweighing]


def test_g6_a_step_that_is_not_positive_outweighs_nothing(client: TestClient, keys: Keys):
    admin = ready_at_need(client, keys, economy="negative")
    outweighing = {"weak": "economy", "strong": ["market"], "reason": "Marknaden bär."}

    assert rules(decide(client, admin, "LIN-01", gate="need", outweighings=[outweighing])) == {"G6"}


def test_g10_the_snapshot_proves_itself(client: TestClient, keys: Keys):
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    ok(put_lines(client, admin, "LIN-01", line("1250000.00")), 200)
    submit(client, admin, "LIN-01")
    made = ok(decide(client, admin, "LIN-01", gate="need"))

    read = ok(client.get(f"/v1/investments/LIN-01/decisions/{made['id']}", headers=admin), 200)

    digest = hashlib.sha256(rfc8785.dumps(read["snapshot"])).hexdigest()
    assert digest == read["snapshot_sha256"]
    assert read["snapshot"]["round"]["frozen"]["total"] == "1250000.00"
    assert json.dumps(read["snapshot"]["template"]) == '{"code": "standard", "version": 1}'


def test_a_whole_life_from_need_to_benefits(client: TestClient, keys: Keys, engine: Engine):
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    ok(put_lines(client, admin, "LIN-01", line("1250000.00")), 200)
    for gate in ("need", "study", "direction"):
        submit(client, admin, "LIN-01")
        ok(decide(client, admin, "LIN-01", gate=gate))
    for gate in ("implementation", "handover", "benefits"):
        submit(client, admin, "LIN-01")
        recommendation = {"outcome": "pass", "recommended_on": "2026-06-01", "reason": "Enigt."}
        path = "/v1/investments/LIN-01/recommendations"
        ok(client.post(path, json=recommendation, headers=admin))
        more = {"benefit_result": "partly"} if gate == "benefits" else {}
        ok(decide(client, admin, "LIN-01", gate=gate, decided_by="street_committee", **more))

    row = ok(client.get("/v1/gate-status", headers=admin), 200)["items"][0]

    assert (row["gate"], row["status"]) == ("benefits", "completed")
    assert row["decided_total"] == row["forecast_total"] == "1250000.00"
    assert decide(client, admin, "LIN-01", gate="benefits").json()["type"] == (
        "/problems/investment-closed"
    )

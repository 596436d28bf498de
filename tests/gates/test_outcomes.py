"""Each outcome of a decision through HTTP: what is registered, and what is refused (G1, G4-G13)."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests import scenario
from tests.gates.life import (
    PATH,
    begin,
    pass_gate,
    read,
    recommend,
    stands,
    status_row,
    walk,
)
from tests.scenario import Headers, decide, line, ok, put_lines, rules, submit

Keys = dict[str, Headers]


def pointers(response: Any) -> str:
    assert response.status_code == 422, response.text
    return str(response.json()["errors"])


def test_g4_all_reasons_come_at_once_and_nothing_is_registered(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    events = read(client, admin, "/v1/events")["total"]

    refused = decide(
        client,
        admin,
        "LIN-01",
        gate="direction",
        decided_by="street_committee",
        decided_on="2999-01-01",
        benefit_result="achieved",
    )

    assert refused.json()["type"] == "/problems/decision-refused"
    assert rules(refused) == {"G1", "G4", "G7", "S1"}
    assert read(client, admin, f"{PATH}/decisions")["items"] == []
    assert read(client, admin, "/v1/events")["total"] == events


def test_g4_a_decision_needs_its_body_date_case_number_and_reason(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    submit(client, admin, "LIN-01")

    for field in ("decided_by", "decided_on", "case_number", "reason"):
        missing = decide(client, admin, "LIN-01", gate="need", **{field: None})
        empty = decide(client, admin, "LIN-01", gate="need", **{field: " "})
        assert f"/{field}" in pointers(missing)
        assert f"/{field}" in pointers(empty)
    unknown = decide(client, admin, "LIN-01", gate="need", decided_by="nobody")
    assert "/decided_by" in pointers(unknown)


def test_g4_minutes_may_be_registered_long_afterwards(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    submit(client, admin, "LIN-01")

    ok(decide(client, admin, "LIN-01", gate="need", decided_on="2019-02-03"))

    assert stands(client, admin)[0] == "study"


def test_g4_a_decision_is_not_dated_before_the_last_one(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    pass_gate(client, admin, "need", decided_on="2026-06-10")
    submit(client, admin, "LIN-01")

    assert rules(decide(client, admin, "LIN-01", gate="study", decided_on="2026-06-09")) == {"G4"}
    ok(decide(client, admin, "LIN-01", gate="study", decided_on="2026-06-10"))


def test_g4_a_decision_is_not_dated_before_the_recommendation(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    submit(client, admin, "LIN-01")
    ok(recommend(client, admin, recommended_on="2026-06-11"))

    assert rules(decide(client, admin, "LIN-01", gate="need", decided_on="2026-06-10")) == {"G4"}
    ok(decide(client, admin, "LIN-01", gate="need", decided_on="2026-06-11"))


def test_g7_the_last_gate_says_what_the_benefit_was(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    walk(client, admin, "benefits")
    submit(client, admin, "LIN-01", benefits="negative", economy="not_assessed")
    ok(recommend(client, admin))
    how = {"gate": "benefits", "decided_by": "street_committee"}

    refused = decide(client, admin, "LIN-01", **how)
    made = ok(decide(client, admin, "LIN-01", **how, benefit_result="not_achieved"))

    assert rules(refused) == {"G7"}
    assert made["benefit_result"] == "not_achieved"
    assert stands(client, admin) == ("benefits", "completed")
    assert status_row(client, admin)["weak_steps"] == ["benefits", "economy"]


def test_g8_a_hold_has_a_category_and_a_later_review(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    hold = {"gate": "need", "outcome": "hold"}

    assert rules(decide(client, admin, "LIN-01", **hold, review_on="2026-06-10")) == {"G8"}
    assert decide(client, admin, "LIN-01", **hold, hold_category=None).status_code == 422
    assert decide(client, admin, "LIN-01", **hold, review_on=None).status_code == 422
    assert decide(client, admin, "LIN-01", **hold, released_amount="1.00").status_code == 422
    ok(decide(client, admin, "LIN-01", **hold, hold_category="courage", review_on="2026-06-11"))

    assert stands(client, admin) == ("need", "on_hold")
    assert status_row(client, admin)["review_on"] == "2026-06-11"


def test_g8_a_hold_is_over_with_the_next_decision(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(decide(client, admin, "LIN-01", gate="need", outcome="hold"))

    pass_gate(client, admin, "need")

    assert stands(client, admin) == ("study", "preparing")
    assert status_row(client, admin)["review_on"] is None


def test_g9_a_rework_goes_back_and_the_gates_are_passed_again(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    walk(client, admin, "direction")
    back = {"gate": "direction", "outcome": "rework"}

    assert rules(decide(client, admin, "LIN-01", **back, return_to="handover")) == {"G9"}
    ok(decide(client, admin, "LIN-01", **back, return_to="study"))

    assert stands(client, admin) == ("study", "preparing")
    pass_gate(client, admin, "study")
    assert stands(client, admin) == ("direction", "preparing")


def test_g2_what_a_rework_left_plans_no_next_gate_until_a_new_round_does(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    walk(client, admin, "direction", decided_on="2026-02-01")
    assert status_row(client, admin)["next_gate_on"] == "2027-03-31"
    submit(client, admin, "LIN-01")
    back = {"gate": "direction", "outcome": "rework", "return_to": "study"}
    ok(decide(client, admin, "LIN-01", decided_on="2026-05-01", **back))

    for query in ({}, {"as_of": "2026-05-01"}):
        row = status_row(client, admin, **query)
        assert (row["gate"], row["next_gate_on"]) == ("study", None)
    assert status_row(client, admin, as_of="2026-04-30")["next_gate_on"] == "2027-03-31"
    ok(decide(client, admin, "LIN-01", gate="study", outcome="hold"))
    assert status_row(client, admin)["next_gate_on"] is None
    submit(client, admin, "LIN-01")
    assert status_row(client, admin)["next_gate_on"] == "2027-03-31"


def test_g9_a_stop_closes_the_investment_with_its_lesson(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    stop = {"gate": "need", "outcome": "stop", "lesson": "Fråga barnen först."}

    made = ok(decide(client, admin, "LIN-01", **stop))
    more = decide(client, admin, "LIN-01", gate="need", outcome="hold")

    assert made["lesson"] == "Fråga barnen först."
    assert stands(client, admin) == ("need", "stopped")
    assert more.status_code == 409
    assert more.json()["type"] == "/problems/investment-closed"
    assert recommend(client, admin).json()["type"] == "/problems/investment-closed"


def test_g1_what_was_decided_before_the_tool_came_is_entered_by_a_skip(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("1050.00")), 200)
    lines = [line("1000.00"), line("40.00", type="operating", department="GFK")]
    skip = {"gate": "need", "outcome": "skip", "decided_by": "school_committee"}

    made = ok(decide(client, admin, "LIN-01", **skip, decided_on="2021-05-06", decided_lines=lines))

    row = status_row(client, admin)
    assert (row["gate"], row["status"]) == ("implementation", "preparing")
    assert (row["decided_capital"], row["decided_operating"]) == ("1000.00", "40.00")
    assert row["deviation"] == "10.00"
    assert row["last_decided_on"] == "2021-05-06"
    assert made["round"] is None
    assert made["snapshot"]["round"] is None


def test_g1_a_skip_follows_no_other_decision_and_names_departments_that_are_there(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    unknown = decide(
        client,
        admin,
        "LIN-01",
        gate="need",
        outcome="skip",
        decided_lines=[line("1.00", department="XXX")],
    )
    ok(decide(client, admin, "LIN-01", gate="need", outcome="hold"))

    skip = decide(client, admin, "LIN-01", gate="need", outcome="skip")

    assert "/decided_lines/0/department" in pointers(unknown)
    assert rules(skip) == {"G1"}


def test_g13_a_dearer_forecast_must_be_amended_before_the_next_pass(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("1000.00")), 200)
    walk(client, admin, "handover")
    ok(put_lines(client, admin, "LIN-01", line("1100.00")), 200)
    assert stands(client, admin) == ("handover", "preparing")
    ok(put_lines(client, admin, "LIN-01", line("1100.01")), 200)
    assert stands(client, admin) == ("handover", "reconsideration_required")

    submit(client, admin, "LIN-01")
    ok(recommend(client, admin))
    how = {"gate": "handover", "decided_by": "street_committee"}
    refused = decide(client, admin, "LIN-01", **how)
    ok(decide(client, admin, "LIN-01", **how, outcome="amend", released_amount="1100.01"))

    assert rules(refused) == {"G13"}
    row = status_row(client, admin)
    assert (row["gate"], row["status"]) == ("handover", "preparing")
    assert (row["decided_total"], row["deviation"]) == ("1100.01", "0.00")
    assert row["remaining_to_release"] == "0.00"
    ok(decide(client, admin, "LIN-01", **how))
    assert stands(client, admin)[0] == "benefits"


def test_g13_an_amendment_needs_a_new_round_and_something_decided(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    submit(client, admin, "LIN-01")

    early = decide(client, admin, "LIN-01", gate="need", outcome="amend")
    ok(decide(client, admin, "LIN-01", gate="need"))
    submit(client, admin, "LIN-01")
    ok(decide(client, admin, "LIN-01", gate="study", outcome="amend"))
    again = decide(client, admin, "LIN-01", gate="study", outcome="amend")

    assert rules(early) == {"G13"}
    assert rules(again) == {"G13"}


def test_g13_a_skip_past_implementation_without_lines_is_not_a_dead_end(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("1000.00")), 200)
    ok(decide(client, admin, "LIN-01", gate="need", outcome="skip", to_gate="handover"))
    assert stands(client, admin) == ("handover", "reconsideration_required")
    submit(client, admin, "LIN-01")
    ok(recommend(client, admin))
    how = {"gate": "handover", "decided_by": "street_committee"}

    assert rules(decide(client, admin, "LIN-01", **how)) == {"G13"}
    ok(decide(client, admin, "LIN-01", **how, outcome="amend"))
    ok(decide(client, admin, "LIN-01", **how))


def test_g13_the_tolerance_is_a_setting_and_statuses_follow_it(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("1000.00")), 200)
    walk(client, admin, "handover")
    ok(put_lines(client, admin, "LIN-01", line("1060.00")), 200)
    assert stands(client, admin)[1] == "preparing"

    tag = client.get("/v1/settings", headers=admin).headers["etag"]
    body = {"reconsideration_tolerance_percent": 5}
    ok(client.patch("/v1/settings", json=body, headers={**admin, "If-Match": tag}), 200)

    assert stands(client, admin)[1] == "reconsideration_required"


def test_g11_released_in_all_never_exceeds_decided_in_all(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("1000.00")), 200)
    pass_gate(client, admin, "need", released_amount="600.00")
    submit(client, admin, "LIN-01")

    refused = decide(client, admin, "LIN-01", gate="study", released_amount="400.01")
    ok(decide(client, admin, "LIN-01", gate="study", released_amount="400.00"))

    assert rules(refused) == {"G11"}
    row = status_row(client, admin)
    assert (row["released_total"], row["remaining_to_release"]) == ("1000.00", "0.00")


def test_g11_less_can_not_be_decided_than_is_released_already(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("1000.00")), 200)
    pass_gate(client, admin, "need", released_amount="600.00")
    ok(put_lines(client, admin, "LIN-01", line("599.99")), 200)
    submit(client, admin, "LIN-01")

    assert rules(decide(client, admin, "LIN-01", gate="study")) == {"G11"}


MISPLACED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("hold", {"conditions": [{"text": "Lös driften", "owner": "FGK"}]}),
    ("pass", {"review_on": "2027-01-01"}),
    ("pass", {"lesson": "Inget"}),
    ("pass", {"decided_lines": [line("1.00")]}),
    ("stop", {"return_to": "need"}),
    ("rework", {"to_gate": "handover"}),
    ("pass", {"released_amount": "-1.00"}),
    ("pass", {"released_amount": 100}),
    ("pass", {"surprise": 1}),
)


def test_fields_of_another_outcome_are_refused_as_a_body(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    submit(client, admin, "LIN-01")

    for outcome, fields in MISPLACED:
        refused = decide(client, admin, "LIN-01", gate="need", outcome=outcome, **fields)
        assert refused.status_code == 422, (outcome, fields, refused.text)
    assert stands(client, admin) == ("need", "submitted")


def test_an_investment_keeps_the_template_version_it_began_with(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    template = read(client, admin, "/v1/gate-templates/standard")
    gates = [
        {name: gate[name] for name in ("code", "name", "phase", "realisation")}
        for gate in template["gates"]
        if gate["code"] != "study"
    ]
    body = {"code": "standard", "name": "Standard", "gates": gates}
    assert ok(client.post("/v1/gate-templates", json=body, headers=admin))["version"] == 2

    made = pass_gate(client, admin, "need")

    assert stands(client, admin)[0] == "study"
    kept = {"code": "standard", "version": 1}
    assert made["snapshot"]["template"] == read(client, admin)["gate_template"] == kept
    assert read(client, admin, "/v1/investments")["items"][0]["gate_template"] == kept
    assert read(client, admin, "/v1/gate-templates/standard?version=1") == template
    assert read(client, admin, "/v1/gate-templates/standard")["version"] == 2
    for version, status in ((3, 404), (0, 400), (2**31, 400)):
        path = f"/v1/gate-templates/standard?version={version}"
        assert client.get(path, headers=admin).status_code == status
    scenario.put_investment(client, admin, code="OUT-01", program=None)
    assert read(client, admin, "/v1/investments/OUT-01")["gate_template"] is None


@pytest.mark.parametrize(
    ("template", "gates"),
    [
        ("light", ("direction", "implementation", "benefits")),
        ("micro", ("implementation", "benefits")),
    ],
)
def test_the_shorter_templates_are_there_from_the_start(
    client: TestClient, keys: Keys, template: str, gates: tuple[str, ...]
):
    admin = begin(client, keys, gate_template=template)

    for gate in gates:
        assert stands(client, admin)[0] == gate
        pass_gate(client, admin, gate)

    assert stands(client, admin) == ("benefits", "completed")

"""What still blocks a decision, asked before it is made (G14)."""

from typing import Any

from fastapi.testclient import TestClient

from tests import scenario
from tests.gates.life import PATH, begin, pass_gate, read, recommend, walk
from tests.scenario import Headers, decide, line, ok, put_lines, steps, submit

Keys = dict[str, Headers]


def readiness(client: TestClient, headers: Headers, outcome: str | None = None) -> Any:
    asked = f"?outcome={outcome}" if outcome else ""
    return read(client, headers, f"{PATH}/readiness{asked}")


def names(answer: Any) -> list[str]:
    assert answer["ready"] is (not answer["reasons"])
    return [reason["rule"] for reason in answer["reasons"]]


def test_g14_a_pass_is_asked_for_unless_another_outcome_is_named(client: TestClient, keys: Keys):
    admin = begin(client, keys)

    answer = readiness(client, admin)

    assert (answer["gate"], answer["outcome"]) == ("need", "pass")
    assert names(answer) == ["G4"]
    assert names(readiness(client, admin, "amend")) == ["G4", "G13"]


def test_g14_the_other_outcomes_need_no_round(client: TestClient, keys: Keys):
    admin = begin(client, keys)

    for outcome in ("hold", "stop", "skip"):
        assert names(readiness(client, admin, outcome)) == []
    assert names(readiness(client, admin, "rework")) == ["G9"]


def test_g14_an_unfinished_draft_lists_what_it_lacks(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    partly = steps()
    partly["market"]["verdict"] = None
    body = {"gate": "need", "steps": partly}
    ok(client.post(f"{PATH}/assessments", json=body, headers=admin))

    answer = readiness(client, admin)

    assert names(answer) == ["G2", "G4"]
    assert answer["reasons"][0] == {
        "rule": "G2",
        "detail": "Market: verdict is missing; fill it in.",
        "pointer": "/steps/market/verdict",
    }


def test_g14_weak_steps_are_named(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    submit(client, admin, "LIN-01", economy="negative", market="not_assessed")

    assert names(readiness(client, admin)) == ["G5", "G5"]


def test_g14_where_nothing_is_positive_that_is_said(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    weak = dict.fromkeys(("strategy", "benefits", "governance"), "neutral")
    submit(client, admin, "LIN-01", economy="negative", **weak)

    assert names(readiness(client, admin)) == ["G6"]


def test_g14_a_missing_recommendation_and_a_reconsideration_come_together(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("100.00")), 200)
    walk(client, admin, "handover")
    ok(put_lines(client, admin, "LIN-01", line("200.00")), 200)
    submit(client, admin, "LIN-01")

    assert names(readiness(client, admin)) == ["S2", "G13"]
    ok(recommend(client, admin))
    assert names(readiness(client, admin)) == ["G13"]
    assert names(readiness(client, admin, "amend")) == []


def test_g14_what_is_ready_is_accepted(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    submit(client, admin, "LIN-01")

    assert names(readiness(client, admin)) == []
    ok(decide(client, admin, "LIN-01", gate="need"))


def test_g14_less_decided_than_is_released_is_said_before_the_meeting(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("100.00")), 200)
    pass_gate(client, admin, "need", released_amount="100.00")
    ok(put_lines(client, admin, "LIN-01", line("99.00")), 200)
    submit(client, admin, "LIN-01")

    assert names(readiness(client, admin)) == ["G11"]


def test_g14_a_closed_investment_and_one_without_a_program_say_so(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    scenario.put_investment(client, admin, code="FRI-01", program=None)
    ok(decide(client, admin, "LIN-01", gate="need", outcome="stop"))

    free = read(client, admin, "/v1/investments/FRI-01/readiness")

    assert names(readiness(client, admin)) == ["G9"]
    assert (free["gate"], names(free)) == (None, ["G1"])


def test_g14_reasons_come_in_the_language_that_is_asked_for(client: TestClient, keys: Keys):
    admin = begin(client, keys)

    swedish = readiness(client, {**admin, "Accept-Language": "sv"})
    english = readiness(client, {**admin, "Accept-Language": "en"})

    assert [reason["detail"] for reason in swedish["reasons"]] == [
        "Det finns ingen inlämnad bedömning vid grinden Behov; lämna in en."
    ]
    assert [reason["detail"] for reason in english["reasons"]] == [
        "There is no submitted assessment at the gate Need; submit one."
    ]
    assert client.get(f"{PATH}/readiness?outcome=maybe", headers=admin).status_code == 400

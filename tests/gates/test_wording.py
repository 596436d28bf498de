"""What refuses is said in words: of the municipality's own gates, and without codes."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from portfolio.gates import wording
from tests import scenario
from tests.gates.life import PATH, begin, pass_gate, read
from tests.scenario import Headers, decide, ok, submit
from tests.web.test_texts import catalogue

Keys = dict[str, Headers]
CODES = re.compile(
    r"[a-z]+_[a-z]+|/steps|\b(need|study|direction|implementation|handover|benefits|pass|amend|hold"
    r"|rework|stop|skip|strategy|economy|governance|partial|full|council|stopped|achieved)\b"
)


def own_gates(client: TestClient, admin: Headers) -> Headers:
    """An investment that passes gates with names of the municipality's own."""
    gates = [
        {"code": "need", "name": "Idé", "phase": "study", "realisation": False},
        {"code": "study", "name": "Vägval", "phase": "build", "realisation": True},
        {"code": "benefits", "name": "Facit", "phase": "after", "realisation": False},
    ]
    body = {"code": "own", "name": "Egen", "gates": gates}
    ok(client.post("/v1/gate-templates", json=body, headers=admin))
    scenario.put_municipality(client, admin, gate_template="own")
    scenario.put_investment(client, admin)
    return {**admin, "Accept-Language": "sv"}


def said(response: Any) -> dict[str, str]:
    """Pointer -> sentence, of a refusal by rules or of a body; none of them has a code."""
    answer = response.json()
    found = {one.get("pointer", ""): one["detail"] for one in answer.get("reasons", [])}
    found |= {one["pointer"]: one["detail"] for one in answer.get("errors", [])}
    assert found, answer
    for sentence in found.values():
        assert not CODES.search(sentence), sentence
    return found


def test_a_refusal_calls_gates_as_the_investments_own_template_does(client: TestClient, keys: Keys):
    swedish = own_gates(client, keys["admin"])

    unjudged = decide(client, swedish, "LIN-01", gate="need")
    early = decide(client, swedish, "LIN-01", gate="study", outcome="hold")
    submit(client, swedish, "LIN-01")
    ok(decide(client, swedish, "LIN-01", gate="need"))
    onwards = {"outcome": "rework", "return_to": "benefits", "decided_by": "street_committee"}
    forward = decide(client, swedish, "LIN-01", gate="study", **onwards)
    body = {"gate": "need"}
    misplaced = client.post(f"{PATH}/assessments", json=body, headers=swedish)

    assert said(unjudged) == {
        "": "Det finns ingen inlämnad bedömning vid grinden Idé; lämna in en."
    }
    assert said(early) == {
        "/gate": "Investeringen står vid grinden Idé, inte vid Vägval; grindarna passeras i "
        "ordning."
    }
    assert said(forward) == {
        "/return_to": "Grinden att gå tillbaka till ska ligga före Vägval; välj en tidigare grind."
    }
    assert said(misplaced) == {"/gate": "Investeringen står vid grinden Vägval, inte vid Idé."}


def test_english_names_the_houses_own_gates_in_english_and_others_as_they_were_entered(
    client: TestClient, keys: Keys
):
    own_gates(client, keys["admin"])

    early = said(decide(client, keys["admin"], "LIN-01", gate="benefits", outcome="hold"))

    assert early["/gate"].startswith("The investment stands at the gate Idé, not at Facit;")
    assert wording.gate_text("need", "Behov, initiering").en == "Need"


def test_steps_verdicts_and_the_amount_released_are_said_in_words(client: TestClient, keys: Keys):
    swedish = {**begin(client, keys), "Accept-Language": "sv"}
    submit(client, swedish, "LIN-01", economy="negative", market="not_assessed")
    ready = read(client, swedish, f"{PATH}/readiness")["reasons"]
    wrong = {"gate": "need", "benefit_result": "achieved", "released_amount": "999999999.00"}

    refused = said(decide(client, swedish, "LIN-01", **wrong))

    assert [reason["detail"] for reason in ready] == [
        f"Steget {step}: ange vilket positivt steg som väger upp det, och varför."
        for step in ("Marknad är inte bedömt", "Ekonomi är negativt")
    ]
    assert refused["/benefit_result"] == (
        "Om nyttan är uppnådd sägs först när sista grinden passeras; ta bort det."
    )
    assert "sänk beloppet som släpps" in refused["/released_amount"]


def test_what_has_ended_is_called_by_its_status(client: TestClient, keys: Keys):
    swedish = {**begin(client, keys), "Accept-Language": "sv"}
    ok(decide(client, swedish, "LIN-01", gate="need", outcome="stop"))

    refused = decide(client, swedish, "LIN-01", gate="need", outcome="hold")

    assert refused.json()["detail"] == (
        "Investeringen är stoppad; ersätt det sista beslutet om det var fel."
    )


def test_what_an_outcome_needs_is_told_at_each_field(client: TestClient, keys: Keys):
    swedish = {**begin(client, keys), "Accept-Language": "sv"}
    bare = scenario.decision("need")
    told = client.post(f"{PATH}/decisions", json={**bare, "outcome": "hold"}, headers=swedish)
    english = client.post(
        f"{PATH}/decisions", json={**bare, "outcome": "rework"}, headers=keys["admin"]
    )

    assert told.status_code == english.status_code == 422
    assert said(told) == {
        "/hold_category": "Uppgiften skäl att avvakta saknas; fyll i den, utfallet Avvakta "
        "behöver den.",
        "/review_on": "Uppgiften dag för omprövning saknas; fyll i den, utfallet Avvakta "
        "behöver den.",
    }
    assert english.json()["errors"] == [
        {
            "pointer": "/return_to",
            "detail": "Give the gate to go back to: the outcome Rework needs it.",
        }
    ]


def test_a_field_of_another_outcome_is_told_where_it_stands(client: TestClient, keys: Keys):
    swedish = {**begin(client, keys), "Accept-Language": "sv"}
    fields: dict[str, Any] = {"return_to": "need", "released_amount": "1.00"}

    told = said(decide(client, swedish, "LIN-01", gate="need", outcome="stop", **fields))

    assert told == {
        "/return_to": "Uppgiften grind att gå tillbaka till hör inte till utfallet Stopp; "
        "ta bort den.",
        "/released_amount": "Uppgiften belopp som släpps hör inte till utfallet Stopp; "
        "ta bort den.",
    }


def test_the_next_decision_says_which_gate_the_superseded_one_was_at(
    client: TestClient, keys: Keys
):
    swedish = {**begin(client, keys), "Accept-Language": "sv"}
    made = pass_gate(client, swedish, "need")

    told = said(decide(client, swedish, "LIN-01", gate="study", supersedes=made["id"]))

    assert told["/gate"].endswith("gäller grinden Behov; det nya ska göra det också.")


@pytest.mark.parametrize(
    ("group", "words"),
    [("gate", wording.GATES), ("outcome", wording.OUTCOMES), ("step", wording.STEPS)],
)
def test_papers_refusals_and_the_page_call_things_the_same(group: str, words: Any):
    page = {
        key.partition(".")[2]: texts
        for key, texts in catalogue().items()
        if key.startswith(f"{group}.") and key.count(".") == 1
    }

    assert {code: (text.sv, text.en) for code, text in words.items()} == page


@pytest.mark.parametrize(
    ("group", "words"),
    [("hold_category", wording.CATEGORIES), ("perspective", wording.PERSPECTIVES)],
)
def test_what_papers_say_inside_a_sentence_the_page_says_in_a_list(group: str, words: Any):
    page = {
        key.partition(".")[2]: tuple(text.lower() for text in texts)
        for key, texts in catalogue().items()
        if key.startswith(f"{group}.")
    }

    assert {code: (text.sv, text.en) for code, text in words.items()} == page

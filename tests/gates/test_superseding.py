"""Decisions are never changed, only superseded (G10), and each proves what it was made on."""

import hashlib
from typing import Any

import pytest
import rfc8785
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from tests.gates.life import PATH, begin, pass_gate, read, recommend, stands, status_row, walk
from tests.scenario import Headers, decide, line, ok, put_lines, rules, submit

Keys = dict[str, Headers]


def test_g10_only_the_latest_decision_can_be_superseded(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    first = pass_gate(client, admin, "need")
    second = pass_gate(client, admin, "study")
    hold = {"gate": "need", "outcome": "hold"}

    assert rules(decide(client, admin, "LIN-01", **hold, supersedes=first["id"])) == {"G10"}
    assert rules(decide(client, admin, "LIN-01", **hold, supersedes=second["id"])) == {"G10"}
    assert rules(decide(client, admin, "LIN-01", **hold, supersedes=second["id"] + 9)) == {"G10"}


def test_g10_state_is_derived_as_if_the_old_one_were_not_there(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("1000.00")), 200)
    first = pass_gate(client, admin, "need", released_amount="700.00")

    again = ok(
        decide(
            client,
            admin,
            "LIN-01",
            gate="need",
            supersedes=first["id"],
            released_amount="1000.00",
            case_number="STK-2026-701",
        )
    )

    row = status_row(client, admin)
    assert (row["gate"], row["released_total"]) == ("study", "1000.00")
    assert row["last_case_number"] == "STK-2026-701"
    assert (again["supersedes"], again["round"]) == (first["id"], 1)
    listed = read(client, admin, f"{PATH}/decisions")["items"]
    assert [entry["superseded_by"] for entry in listed] == [again["id"], None]


def test_g10_the_new_decision_follows_the_rules_as_the_old_one_did(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    pass_gate(client, admin, "need", decided_on="2026-05-05")
    second = pass_gate(client, admin, "study", decided_on="2026-06-10")
    how = {"gate": "study", "supersedes": second["id"]}

    early = decide(client, admin, "LIN-01", **how, decided_on="2026-05-04")
    too_much = decide(client, admin, "LIN-01", **how, released_amount="1.00")
    earlier = decide(client, admin, "LIN-01", **how, decided_on="2026-05-05")

    assert rules(early) == {"G4"}
    assert rules(too_much) == {"G11"}
    ok(earlier)
    assert stands(client, admin)[0] == "direction"


def test_g10_a_chain_of_corrections_ends_with_the_last(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    made = pass_gate(client, admin, "need")
    for outcome in ("hold", "stop", "hold", "pass", "hold"):
        how: dict[str, Any] = {"gate": "need", "outcome": outcome, "supersedes": made["id"]}
        made = ok(decide(client, admin, "LIN-01", **how))

    assert stands(client, admin) == ("need", "on_hold")
    listed = read(client, admin, f"{PATH}/decisions")["items"]
    assert [entry["superseded_by"] is None for entry in listed] == [False] * 5 + [True]


def test_g10_a_stop_can_be_superseded(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    submit(client, admin, "LIN-01")
    stop = ok(decide(client, admin, "LIN-01", gate="need", outcome="stop"))

    ok(decide(client, admin, "LIN-01", gate="need", supersedes=stop["id"]))

    assert stands(client, admin) == ("study", "preparing")


def test_g10_a_completion_can_be_superseded(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    walk(client, admin, "benefits")
    done = pass_gate(client, admin, "benefits")
    assert stands(client, admin)[1] == "completed"
    hold = {"gate": "benefits", "outcome": "hold", "decided_by": "street_committee"}

    ok(decide(client, admin, "LIN-01", **hold, supersedes=done["id"]))

    assert stands(client, admin) == ("benefits", "on_hold")


def test_g10_a_superseded_rework_leads_nowhere(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    walk(client, admin, "direction")
    submit(client, admin, "LIN-01")
    back = ok(decide(client, admin, "LIN-01", gate="direction", outcome="rework"))
    assert stands(client, admin) == ("need", "preparing")

    ok(decide(client, admin, "LIN-01", gate="direction", supersedes=back["id"]))

    assert stands(client, admin) == ("implementation", "preparing")


def test_g10_a_corrected_pass_keeps_what_was_done_at_the_next_gate(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    first = pass_gate(client, admin, "need")
    submit(client, admin, "LIN-01")
    ok(recommend(client, admin))

    ok(decide(client, admin, "LIN-01", gate="need", supersedes=first["id"]))

    assert stands(client, admin) == ("study", "submitted")
    ok(decide(client, admin, "LIN-01", gate="study"))


def test_g10_the_snapshot_stays_as_it_was(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("1000.00")), 200)
    ok(recommend(client, admin))
    made = pass_gate(client, admin, "need")
    path = f"{PATH}/decisions/{made['id']}"
    before = read(client, admin, path)

    ok(put_lines(client, admin, "LIN-01", line("5.00")), 200)
    ok(decide(client, admin, "LIN-01", gate="need", outcome="hold", supersedes=made["id"]))

    after = read(client, admin, path)
    assert after["snapshot"] == before["snapshot"]
    assert after["snapshot_sha256"] == hashlib.sha256(rfc8785.dumps(after["snapshot"])).hexdigest()
    assert after["snapshot"]["recommendation"]["reason"] == "Enigt."
    assert after["snapshot"]["round"]["frozen"]["total"] == "1000.00"
    assert {"area_shares", "area_versions", "rates", "template"} <= set(after["snapshot"])


@pytest.mark.parametrize(
    "statement",
    ["UPDATE gate_decision SET reason = 'Annat'", "DELETE FROM gate_decision"],
)
def test_g10_the_database_itself_refuses_to_change_or_delete_a_decision(
    client: TestClient, keys: Keys, engine: Engine, statement: str
):
    admin = begin(client, keys)
    pass_gate(client, admin, "need")

    with pytest.raises(DatabaseError), engine.begin() as connection:
        connection.execute(text(statement))

    assert read(client, admin, f"{PATH}/decisions")["total"] == 1


def test_g10_decisions_have_no_patch_and_no_delete(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    made = pass_gate(client, admin, "need")
    path = f"{PATH}/decisions/{made['id']}"

    assert client.patch(path, json={}, headers=admin).status_code == 405
    assert client.delete(path, headers=admin).status_code == 405
    assert client.get(f"{PATH}/decisions/{made['id'] + 1}", headers=admin).status_code == 404


def test_g10_a_chain_of_superseding_leaves_later_rounds_in_their_visit(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    submit(client, admin, "LIN-01")
    first = ok(decide(client, admin, "LIN-01", gate="need"))["id"]
    second = ok(decide(client, admin, "LIN-01", gate="need", supersedes=first))["id"]
    ok(decide(client, admin, "LIN-01", gate="need", supersedes=second))
    submit(client, admin, "LIN-01")
    held = ok(decide(client, admin, "LIN-01", gate="study", outcome="hold"))["id"]

    passed = decide(client, admin, "LIN-01", gate="study", supersedes=held)

    assert passed.status_code == 201, passed.text
    assert stands(client, admin)[0] == "direction"

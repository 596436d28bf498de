"""Reallocations under full steering: the coordinator alone, inside the guards (S3)."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests import scenario
from tests.scenario import Headers, ok, rules
from tests.steering.moving import (
    DECIDED,
    REALLOCATIONS,
    Keys,
    allocate,
    amounts,
    answer,
    begin,
    board_key,
    change,
    check_ledger,
    consent,
    department_keys,
    grant,
    listed,
    pools,
    propose,
)

MILLIONS = "15000000.00"
MORE = "15000000.01"


def begin_with_pool(client: TestClient, keys: Keys) -> Headers:
    """A has 40 of the program's 100 million, B has 10."""
    admin = keys["admin"]
    begin(client, admin, "full")
    ok(grant(client, admin, "100000000.00", program="lindangen"))
    ok(allocate(client, admin, "A", "40000000.00"))
    ok(allocate(client, admin, "B", "10000000.00"))
    return admin


def test_s3_the_coordinator_moves_money_alone_in_one_call(
    client: TestClient, keys: Keys, engine: Engine
):
    begin_with_pool(client, keys)
    before = pools(client, keys["viewer"])

    made = ok(propose(client, keys["coordinator"], amount=MILLIONS))

    assert (made["status"], made["mode"], made["consents"]) == ("executed", "full", [])
    assert amounts(client, keys["viewer"]) == {"A": "25000000.00", "B": "25000000.00"}
    assert pools(client, keys["viewer"]) == before
    entry = listed(client, keys["viewer"], "/v1/ledger")[-1]
    assert (entry["id"], entry["decided_by"]) == (made["ledger_entry"], None)
    assert entry["resource"] == f"{REALLOCATIONS}/{made['id']}"
    check_ledger(engine)


def test_s3_a_move_in_one_call_is_proposed_and_executed_by_events_of_their_own(
    client: TestClient, keys: Keys
):
    admin = begin_with_pool(client, keys)

    ok(propose(client, keys["coordinator"]))

    events = listed(client, admin, "/v1/events")[-4:]
    assert sorted(one["action"] for one in events) == [
        "allocation.changed",
        "allocation.changed",
        "reallocation.executed",
        "reallocation.proposed",
    ]
    assert events[-1]["before"] == events[0]["after"]
    assert events[-1]["after"]["status"] == "executed"


def test_s3_above_the_limit_the_deciding_body_decides(
    client: TestClient, keys: Keys, engine: Engine
):
    begin_with_pool(client, keys)
    board, other = board_key(engine, "executive_board"), board_key(engine, "school_committee")
    made = ok(propose(client, keys["coordinator"], amount=MORE))
    decision = {"decided_by": "executive_board", **DECIDED}

    assert made["status"] == "proposed"
    assert [(one["party"], one["body"]) for one in made["waiting_for"]] == [
        ("body", "executive_board")
    ]
    early = answer(client, keys["coordinator"], made["id"], "execute")
    assert rules(early) == {"S3"}
    assert answer(client, other, made["id"], "approve", decision).status_code == 403
    lower = {**decision, "decided_by": "street_committee"}
    assert rules(answer(client, keys["admin"], made["id"], "approve", lower)) == {"S3"}
    done = ok(answer(client, board, made["id"], "approve", decision), 200)

    assert done["status"] == "executed"
    assert amounts(client, keys["viewer"]) == {"A": "24999999.99", "B": "25000000.01"}
    assert listed(client, keys["viewer"], "/v1/ledger")[-1]["decided_by"] == "executive_board"
    check_ledger(engine)


def test_s3_guards_are_checked_again_after_the_body_has_decided(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_pool(client, keys)
    id = ok(propose(client, keys["coordinator"], amount=MORE))["id"]
    ok(change(client, admin, "/v1/allocations/1", committed="30000000.00"), 200)

    kept = ok(consent(client, admin, id, "body"), 200)

    assert [reason["rule"] for reason in kept["blocked_by"]] == ["S3"]
    assert [one["party"] for one in kept["waiting_for"]] == ["execution"]
    assert rules(answer(client, keys["coordinator"], id, "execute")) == {"S3"}
    ok(change(client, admin, "/v1/allocations/1", committed="0.00"), 200)
    own = department_keys(engine)
    assert answer(client, own["FGK"], id, "execute").status_code == 403
    executed = ok(answer(client, keys["coordinator"], id, "execute"), 200)
    assert executed["status"] == "executed"


def test_s3_a_move_outside_the_guards_leaves_nothing_behind(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_pool(client, keys)
    ok(change(client, admin, "/v1/allocations/1", committed="39000000.00"), 200)
    ok(scenario.decide(client, admin, "B", gate="need", outcome="stop"))

    refused = propose(client, keys["coordinator"], amount="1000000.01")

    assert refused.json()["type"] == "/problems/reallocation-refused"
    assert [reason["rule"] for reason in refused.json()["reasons"]] == ["S3", "S3"]
    assert listed(client, admin, REALLOCATIONS) == []
    assert amounts(client, admin)["A"] == "40000000.00"


def test_s3_a_giver_without_an_allocation_of_that_year_has_nothing_to_give(
    client: TestClient, keys: Keys
):
    begin_with_pool(client, keys)

    for fields in ({"year": 2028}, {"type": "operating"}, {"giver": "C"}):
        assert rules(propose(client, keys["coordinator"], **fields)) == {"S3"}


def test_s3_departments_have_no_say_and_give_no_consent(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_pool(client, keys)
    id = ok(propose(client, keys["coordinator"], amount=MORE))["id"]
    own = department_keys(engine)["FGK"]

    assert consent(client, own, id, "giver").status_code == 403
    assert answer(client, own, id, "decline", {"reason": "Nej."}).status_code == 403
    assert rules(consent(client, admin, id, "giver")) == {"S3"}


@pytest.mark.parametrize(("body", "status"), [("executive_board", 200), ("school_committee", 403)])
def test_s3_the_deciding_body_may_decline(
    client: TestClient, keys: Keys, engine: Engine, body: str, status: int
):
    begin_with_pool(client, keys)
    id = ok(propose(client, keys["coordinator"], amount=MORE))["id"]

    declined = answer(client, board_key(engine, body), id, "decline", {"reason": "Nej."})

    assert declined.status_code == status
    found = ok(client.get(f"{REALLOCATIONS}/{id}", headers=keys["viewer"]), 200)
    assert found["status"] == ("declined" if status == 200 else "proposed")


def test_a_coordinator_executes_nothing_under_partial_steering(client: TestClient, keys: Keys):
    admin = keys["admin"]
    begin(client, admin)
    ok(grant(client, admin, department="FGK"))
    ok(allocate(client, admin, "A"))
    id = ok(propose(client, admin, "A", "C"))["id"]

    assert answer(client, keys["coordinator"], id, "execute").status_code == 403

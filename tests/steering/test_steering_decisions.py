"""Changes of steering: who decides them, what refuses them, and the money that follows (S6)."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.clock import now, swedish_date
from tests import scenario
from tests.gates.life import walk
from tests.scenario import Headers, ok, rules
from tests.steering.moving import (
    REALLOCATIONS,
    STEERING,
    Keys,
    allocate,
    amounts,
    answer,
    begin,
    board_key,
    change,
    check_ledger,
    grant,
    listed,
    pools,
    propose,
    steer,
)

ON = "2026-07-01"


def begin_with_money(client: TestClient, keys: Keys, steering: str = "partial") -> Headers:
    """FGK: 100.00, of which A 30.00 and C 20.00; GFK: 50.00, of which B 10.00; the program 60."""
    admin = keys["admin"]
    begin(client, admin, steering)
    ok(grant(client, admin, "100.00", department="FGK"))
    ok(grant(client, admin, "50.00", department="GFK"))
    if steering == "full":
        ok(grant(client, admin, "60.00", program="lindangen"))
    for code, amount in (("A", "30.00"), ("B", "10.00"), ("C", "20.00")):
        ok(allocate(client, admin, code, amount))
    return admin


def mode_of(client: TestClient, headers: Headers) -> str:
    mode: str = ok(client.get("/v1/programs/lindangen", headers=headers), 200)["steering"]
    return mode


def test_s6_to_full_the_allocations_leave_the_committees_with_their_frames(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_money(client, keys)

    made = steer(client, board_key(engine, "council"), "full", ON)

    decision = ok(made)
    assert client.get(made.headers["location"], headers=admin).json() == decision
    assert mode_of(client, admin) == "full"
    assert pools(client, admin) == {
        "FGK": ("50.00", "0.00", "50.00"),
        "GFK": ("40.00", "0.00", "40.00"),
        "lindangen": ("60.00", "60.00", "0.00"),
    }
    assert amounts(client, admin) == {"A": "30.00", "B": "10.00", "C": "20.00"}
    moved = [one for one in listed(client, admin, "/v1/ledger") if one["kind"] == "steering"]
    assert {one["resource"] for one in moved} == {made.headers["location"]}
    assert [(one["dated_on"], one["case_number"]) for one in moved] == [(ON, "STK-2026-900")] * 3
    check_ledger(engine)


def test_s6_to_partial_each_department_gets_its_own_back(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_money(client, keys, "full")

    ok(steer(client, admin, "partial", ON, decided_by="executive_board"))

    assert mode_of(client, admin) == "partial"
    assert pools(client, admin) == {
        "FGK": ("150.00", "50.00", "100.00"),
        "GFK": ("60.00", "10.00", "50.00"),
        "lindangen": ("0.00", "0.00", "0.00"),
    }
    check_ledger(engine)


def test_s6_years_before_the_change_stay_where_they_are(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_money(client, keys)

    ok(steer(client, admin, "full", "2028-01-01", decided_on=ON))
    ok(allocate(client, admin, "A", "5.00", type="capital", year=2028), 409)
    ok(grant(client, admin, "9.00", program="lindangen", year=2028))
    later = ok(allocate(client, admin, "A", "5.00", year=2028))

    assert mode_of(client, admin) == "partial"
    assert pools(client, admin)["FGK"] == ("100.00", "50.00", "50.00")
    assert later["pool"]["program"] == "lindangen"
    check_ledger(engine)


def test_s6_investments_past_implementation_keep_their_mode_unless_included(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_money(client, keys)
    for code in ("A", "C"):
        walk(client, admin, "handover", code, decided_on="2026-06-10")

    made = ok(steer(client, admin, "full", ON, includes=["C"]))
    status = listed(client, admin, "/v1/allocations")

    assert made["includes"] == ["C"]
    holders = {row["investment"]: row["pool"]["program"] for row in status}
    assert holders == {"A": None, "B": "lindangen", "C": "lindangen"}
    mixed = ok(propose(client, admin, "A", "B"))
    full = ok(propose(client, admin, "B", "C"))
    assert (mixed["mode"], full["mode"]) == ("partial", "full")
    # The mode of its own date: before the change everything was partial.
    before = ok(propose(client, admin, "B", "C", "1.00", dated_on="2026-06-30"))
    assert (before["mode"], before["status"]) == ("partial", "proposed")
    check_ledger(engine)


def test_s4_money_between_the_program_and_a_committee_takes_the_body_above_them(
    client: TestClient, keys: Keys
):
    admin = begin_with_money(client, keys)
    walk(client, admin, "handover", "A", decided_on="2026-06-10")
    ok(steer(client, admin, "full", ON))

    found = ok(propose(client, admin, "C", "A"))

    assert (found["mode"], found["giver_department"]) == ("partial", "FGK")
    assert [one["party"] for one in found["waiting_for"]] == ["both", "body"]


def test_s4_a_move_dated_in_the_full_period_takes_no_committees_money_alone(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_money(client, keys)
    ok(steer(client, admin, "full", ON))
    ok(steer(client, admin, "partial", "2026-09-01"))

    found = ok(propose(client, keys["coordinator"], dated_on=ON))

    assert (found["mode"], found["status"]) == ("partial", "proposed")
    assert [one["party"] for one in found["waiting_for"]] == ["giver", "receiver", "body"]
    assert amounts(client, admin) == {"A": "30.00", "B": "10.00", "C": "20.00"}
    check_ledger(engine)


def test_s4_money_in_a_committees_pool_waits_for_it_although_the_program_is_fully_steered(
    client: TestClient, keys: Keys
):
    admin = begin_with_money(client, keys, "full")
    scenario.put_investment(client, admin, code="LATE", department="FGK", program=None)
    path = allocate(client, admin, "LATE", "0.00").headers["location"]
    ok(change(client, admin, "/v1/investments/LATE", program="lindangen"), 200)
    ok(change(client, admin, path, amount="10.00"), 200)

    given = ok(propose(client, admin, "LATE", "B"))
    taken = ok(propose(client, admin, "A", "LATE"))

    assert (given["mode"], given["giver_department"]) == ("partial", "FGK")
    assert [one["party"] for one in given["waiting_for"]] == ["giver", "receiver", "body"]
    assert [one["party"] for one in taken["waiting_for"]] == ["both", "body"]


def test_s4_an_investment_with_money_is_not_moved_between_programs(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    scenario.put_program(client, admin, code="other")

    refused = [
        change(client, admin, "/v1/investments/A", program=program) for program in ("other", None)
    ]
    same = change(client, admin, "/v1/investments/A", program="lindangen")
    ok(change(client, admin, "/v1/allocations/1", amount="0.00"), 200)
    moved = change(client, admin, "/v1/investments/A", program="other")

    assert [rules(one) for one in refused] == [{"S4"}] * 2
    assert ok(same, 200)["program"] == "lindangen"
    assert ok(moved, 200)["program"] == "other"


def test_s6_money_of_another_program_is_left_where_it_is(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_money(client, keys)
    scenario.put_program(client, admin, code="other", steering="full")
    ok(grant(client, admin, "9.00", program="other"))
    scenario.put_investment(client, admin, code="GUEST", program="other")
    path = allocate(client, admin, "GUEST", "0.00").headers["location"]
    ok(change(client, admin, "/v1/investments/GUEST", program="lindangen"), 200)
    ok(change(client, admin, path, amount="4.00"), 200)

    ok(steer(client, admin, "full", ON))
    ok(steer(client, admin, "partial", "2026-09-01"))

    assert pools(client, admin)["other"] == ("9.00", "4.00", "5.00")
    check_ledger(engine)


def test_s6_what_a_change_of_steering_does_to_each_allocation_is_an_event(
    client: TestClient, keys: Keys
):
    admin = begin_with_money(client, keys)

    ok(steer(client, admin, "full", ON))

    events = listed(client, admin, "/v1/events")[-4:]
    assert [one["action"] for one in events] == ["steering.decided", *["allocation.changed"] * 3]
    for event in events[1:]:
        assert event["before"]["pool"]["department"] in ("FGK", "GFK")
        assert event["after"]["pool"] == {"program": "lindangen", "department": None}


def test_s6_open_reallocations_stand_in_the_way(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    id = ok(propose(client, admin))["id"]

    refused = steer(client, admin, "full", ON)

    assert refused.json()["type"] == "/problems/steering-change-refused"
    assert rules(refused) == {"S6"}
    assert str(id) in refused.json()["reasons"][0]["detail"]
    ok(answer(client, admin, id, "withdraw"), 200)
    ok(steer(client, admin, "full", ON))


def test_s6_every_reason_is_told_at_once(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    ok(propose(client, admin))
    tomorrow = swedish_date(now()) + timedelta(days=1)

    refused = steer(
        client, admin, "partial", ON, decided_on=tomorrow.isoformat(), decided_by="director"
    )

    reasons = refused.json()["reasons"]
    assert {reason["rule"] for reason in reasons} == {"S6"}
    assert len(reasons) == 5
    assert mode_of(client, admin) == "partial"


@pytest.mark.parametrize(
    ("steering", "mode", "body", "accepted"),
    [
        ("partial", "full", "executive_board", False),
        ("partial", "full", "council", True),
        ("full", "partial", "street_committee", False),
        ("full", "partial", "executive_board", True),
        ("full", "partial", "council", True),
    ],
)
def test_s6_the_council_where_frames_leave_a_committee_else_the_deciding_body(
    client: TestClient, keys: Keys, steering: str, mode: str, body: str, accepted: bool
):
    admin = begin_with_money(client, keys, steering)

    answered = steer(client, admin, mode, ON, decided_by=body)

    assert answered.status_code == (201 if accepted else 409)
    assert mode_of(client, admin) == (mode if accepted else steering)


def test_s6_without_money_to_take_along_the_deciding_body_is_enough(client: TestClient, keys: Keys):
    begin(client, keys["admin"])

    ok(steer(client, keys["coordinator"], "full", ON, decided_by="executive_board"))


@pytest.mark.parametrize(
    "fields",
    [
        {"mode": "full"},
        {"on": ON, "decided_on": ON},
        {"on": "2026-06-30"},
        {"on": "2026-07-02", "decided_on": "2026-07-03"},
    ],
)
def test_s6_a_change_changes_something_after_the_last_one(
    client: TestClient, keys: Keys, fields: dict[str, Any]
):
    admin = begin_with_money(client, keys)
    ok(steer(client, admin, "full", ON))

    refused = steer(client, admin, **{"mode": "partial", "on": "2026-07-02", **fields})

    assert rules(refused) == {"S6"}
    ok(steer(client, admin, "partial", "2026-07-02"))


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"mode": "both"}, "/mode"),
        ({"effective_on": "2026-13-01"}, "/effective_on"),
        ({"effective_on": 20260701}, "/effective_on"),
        ({"decided_by": "nobody"}, "/decided_by"),
        ({"reason": ""}, "/reason"),
        ({"includes": ["NOTHING"]}, "/includes/0"),
        ({"includes": ["OUTSIDE"]}, "/includes/0"),
        ({"includes": ["A"]}, "/includes/0"),
        ({"includes": ["A"] * 1001}, "/includes"),
        ({"consents": [{}]}, "/consents/0/department"),
        ({"steering": "full"}, "/steering"),
    ],
)
def test_a_steering_decision_that_is_not_one_is_refused_and_says_where(
    client: TestClient, keys: Keys, fields: dict[str, Any], pointer: str
):
    admin = begin_with_money(client, keys)
    scenario.put_investment(client, admin, code="OUTSIDE", program=None)

    refused = steer(client, admin, **{"mode": "full", "on": ON, **fields})

    assert refused.status_code == 422
    assert pointer in {error["pointer"] for error in refused.json()["errors"]}
    assert listed(client, admin, STEERING) == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"department": "NOBODY"}, "/consents/1/department"),
        ({"decided_by": "nobody"}, "/consents/1/decided_by"),
        ({"decided_on": "2999-01-01"}, "/consents/1/decided_on"),
    ],
)
def test_a_departments_consent_names_what_is_there(
    client: TestClient, keys: Keys, fields: dict[str, Any], pointer: str
):
    admin = begin_with_money(client, keys)
    consent = {
        "department": "FGK",
        "decided_by": "street_committee",
        "decided_on": "2026-06-20",
        "case_number": "TN-2026-4",
    }

    refused = steer(client, admin, "full", ON, consents=[consent, {**consent, **fields}])
    made = ok(steer(client, admin, "full", ON, consents=[consent]))

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert made["consents"] == [consent]


def test_a_board_registers_for_its_own_bodies_only(client: TestClient, keys: Keys, engine: Engine):
    begin_with_money(client, keys)

    refused = steer(client, board_key(engine, "executive_board"), "full", ON)

    assert refused.status_code == 403


def test_s6_history_says_which_mode_ruled_when(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    ok(steer(client, admin, "full", ON))
    ok(steer(client, admin, "partial", "2026-09-01"))

    found = ok(client.get(STEERING, headers=keys["viewer"]), 200)

    assert found["initial"] == {
        "mode": "partial",
        "decided_by": "council",
        "decided_on": "2026-01-15",
        "case_number": "STK-2026-1",
    }
    assert [(one["mode"], one["effective_on"]) for one in found["items"]] == [
        ("full", ON),
        ("partial", "2026-09-01"),
    ]
    assert client.get(f"{STEERING}/3", headers=admin).status_code == 404
    modes = [
        ok(propose(client, admin, amount="1.00", dated_on=on))["mode"]
        for on in ("2026-06-30", ON, "2026-08-31", "2026-09-01")
    ]
    # The committees have their money again, so a move dated in the full period asks them too.
    assert modes == ["partial"] * 4
    assert len(listed(client, admin, REALLOCATIONS)) == 4


def test_s6_a_year_mistyped_is_refused_since_it_could_never_be_corrected(
    client: TestClient, keys: Keys
):
    admin = begin_with_money(client, keys)

    refused = steer(client, admin, "full", "2206-07-01")

    assert rules(refused) == {"S6"}
    assert "2206-07-01" in refused.json()["reasons"][0]["detail"]
    ok(steer(client, admin, "full", ON))

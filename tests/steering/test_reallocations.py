"""Reallocations under partial steering: committees own their frames (S4)."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.clock import now, swedish_date
from tests import scenario
from tests.gates.life import tagged
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
    book,
    change,
    check_ledger,
    consent,
    department_keys,
    grant,
    listed,
    pools,
    propose,
)

BEFORE = {"A": "30.00", "B": "10.00"}
AFTER = {"A": "26.00", "B": "14.00"}


def begin_with_money(client: TestClient, keys: Keys) -> Headers:
    """A has 30.00 of FGK's 100.00, B has 10.00 of GFK's 50.00; C has nothing of FGK's."""
    admin = keys["admin"]
    begin(client, admin)
    ok(grant(client, admin, "100.00", department="FGK"))
    ok(grant(client, admin, "50.00", department="GFK"))
    ok(allocate(client, admin, "A", "30.00"))
    ok(allocate(client, admin, "B", "10.00"))
    return admin


def read(client: TestClient, headers: Headers, id: int) -> dict[str, Any]:
    found: dict[str, Any] = ok(client.get(f"{REALLOCATIONS}/{id}", headers=headers), 200)
    return found


def waits(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["party"], one["department"] or one["body"]) for one in found["waiting_for"]]


def test_s4_committees_consent_the_council_decides_and_the_frames_follow_the_money(
    client: TestClient, keys: Keys, engine: Engine
):
    begin_with_money(client, keys)
    own, council = department_keys(engine), board_key(engine, "council")

    made = propose(client, keys["coordinator"])
    id = ok(made)["id"]
    first = ok(consent(client, own["FGK"], id, "giver"), 200)
    second = ok(consent(client, own["GFK"], id, "receiver"), 200)
    assert amounts(client, keys["viewer"]) == BEFORE
    third = ok(consent(client, council, id, "body"), 200)

    assert (made.json()["status"], made.json()["mode"]) == ("proposed", "partial")
    assert waits(made.json()) == [("giver", "FGK"), ("receiver", "GFK"), ("body", "council")]
    assert (first["status"], waits(first)) == (
        "giver_consented",
        [("receiver", "GFK"), ("body", "council")],
    )
    assert (second["status"], waits(second)) == ("receiver_consented", [("body", "council")])
    assert (third["status"], waits(third)) == ("executed", [])
    assert amounts(client, keys["viewer"]) == AFTER
    assert pools(client, keys["viewer"]) == {
        "FGK": ("96.00", "26.00", "70.00"),
        "GFK": ("54.00", "14.00", "40.00"),
    }
    entry = listed(client, keys["viewer"], "/v1/ledger")[-1]
    assert (entry["id"], entry["kind"]) == (third["ledger_entry"], "reallocation")
    assert (entry["decided_by"], entry["case_number"]) == ("council", "STK-2026-310")
    check_ledger(engine)


@pytest.mark.parametrize("order", list(permutations(["giver", "receiver", "body"])))
def test_s4_the_order_of_decisions_changes_nothing_in_the_end(
    client: TestClient, keys: Keys, engine: Engine, order: tuple[str, ...]
):
    admin = begin_with_money(client, keys)
    id = ok(propose(client, admin))["id"]

    statuses = [ok(consent(client, admin, id, party), 200)["status"] for party in order]

    assert statuses[-1] == "executed"
    assert "executed" not in statuses[:-1]
    assert amounts(client, admin) == AFTER
    assert {one["party"] for one in read(client, admin, id)["consents"]} == set(order)
    check_ledger(engine)


def test_s4_inside_one_department_its_own_consent_is_enough_and_a_first_allocation_is_made(
    client: TestClient, keys: Keys, engine: Engine
):
    begin_with_money(client, keys)
    id = ok(propose(client, keys["coordinator"], "A", "C"))["id"]
    own = department_keys(engine)["FGK"]
    decision = {"decided_by": "street_committee", **DECIDED}

    found = ok(answer(client, own, id, "consent", decision), 200)

    assert found["status"] == "executed"
    assert [one["party"] for one in found["consents"]] == ["both"]
    assert amounts(client, keys["viewer"]) == {**BEFORE, "A": "26.00", "C": "4.00"}
    assert pools(client, keys["viewer"])["FGK"] == ("100.00", "30.00", "70.00")
    check_ledger(engine)


def test_s4_a_frame_stays_its_committees_where_the_investment_goes_to_another_department(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_money(client, keys)
    ok(change(client, admin, "/v1/investments/A", department="GFK"), 200)

    found = ok(propose(client, admin))

    assert (found["giver_department"], found["receiver_department"]) == ("FGK", "GFK")
    assert [one["party"] for one in found["waiting_for"]] == ["giver", "receiver", "body"]


def test_every_step_is_an_event_that_says_what_was_done(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    path = f"{REALLOCATIONS}/{ok(propose(client, admin))['id']}"

    for party in ("receiver", "giver", "body"):
        ok(consent(client, admin, 1, party), 200)

    events = listed(client, admin, "/v1/events", resource=path)
    assert [(one["action"], one["after"]["status"]) for one in events] == [
        ("reallocation.proposed", "proposed"),
        ("reallocation.consented", "proposed"),
        ("reallocation.consented", "receiver_consented"),
        ("reallocation.approved", "receiver_consented"),
        ("reallocation.executed", "executed"),
    ]
    assert [one["before"] for one in events[1:]] == [one["after"] for one in events[:-1]]


def test_s5_what_a_move_does_to_each_allocation_is_an_event(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    id = ok(propose(client, admin, "A", "C"))["id"]
    ok(consent(client, admin, id, "giver"), 200)

    found = [
        (one["action"], (one["before"] or {}).get("amount"), one["after"]["amount"])
        for one in listed(client, admin, "/v1/events")
        if one["resource"].startswith("/v1/allocations/")
    ]

    assert found[2:] == [
        ("allocation.changed", "30.00", "26.00"),
        ("allocation.made", None, "4.00"),
    ]


def test_s4_a_consent_counts_only_while_its_department_is_the_one_asked(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_money(client, keys)
    department = {"code": "VA", "name": "Vatten", "committee": "school_committee"}
    ok(client.post("/v1/departments", json=department, headers=admin))
    scenario.put_investment(client, admin, code="D", department="GFK")
    id = ok(propose(client, admin, "A", "D"))["id"]
    for party in ("giver", "receiver"):
        ok(consent(client, admin, id, party), 200)
    ok(change(client, admin, "/v1/investments/D", department="VA"), 200)

    found = ok(consent(client, admin, id, "body"), 200)
    again = consent(client, admin, id, "receiver")

    assert found["status"] == "giver_consented"
    assert waits(found) == [("receiver", "VA")]
    assert [one["rule"] for one in found["blocked_by"]] == ["S4"]
    assert "GFK" in found["blocked_by"][0]["detail"]
    assert rules(again) == rules(answer(client, admin, id, "execute")) == {"S4"}
    assert amounts(client, admin) == BEFORE
    ok(answer(client, admin, id, "withdraw"), 200)
    check_ledger(engine)


@pytest.mark.parametrize(("days", "status"), [(1000, 201), (1001, 422)])
def test_s4_a_proposal_is_open_for_a_thousand_days_at_most(
    client: TestClient, keys: Keys, days: int, status: int
):
    admin = begin_with_money(client, keys)
    expires_on = swedish_date(now()) + timedelta(days=days)

    assert propose(client, admin, expires_on=expires_on.isoformat()).status_code == status


def test_s4_two_departments_of_one_committee_need_no_council(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    department = {"code": "VA", "name": "Vatten", "committee": "street_committee"}
    ok(client.post("/v1/departments", json=department, headers=admin))
    scenario.put_investment(client, admin, code="D", department="VA")

    id = ok(propose(client, admin, "A", "D"))["id"]
    ok(consent(client, admin, id, "giver"), 200)
    unneeded = consent(client, admin, id, "body")
    last = ok(consent(client, admin, id, "receiver", decided_by="street_committee"), 200)

    assert rules(unneeded) == {"S4"}
    assert last["status"] == "executed"
    assert pools(client, admin)["VA"] == ("4.00", "4.00", "0.00")


def test_s4_an_official_consents_with_a_delegation_only(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    id = ok(propose(client, admin, "A", "C"))["id"]

    without = consent(client, admin, id, "giver", decided_by="director")
    other = consent(client, admin, id, "giver", decided_by="school_committee")
    delegation = {"point": "4.2", "official": "Chef", "reported_on": "2026-09-01"}
    given = consent(client, admin, id, "giver", decided_by="director", delegation=delegation)

    assert rules(without) == rules(other) == {"S4"}
    assert ok(given, 200)["consents"][0]["delegation"] == delegation


def test_s4_a_department_consents_for_itself_only(client: TestClient, keys: Keys, engine: Engine):
    admin = begin_with_money(client, keys)
    department = {"code": "VA", "name": "Vatten", "committee": "street_committee"}
    ok(client.post("/v1/departments", json=department, headers=admin))
    own = department_keys(engine, ("FGK", "GFK", "VA"))
    id = ok(propose(client, admin))["id"]

    for headers, party in ((own["FGK"], "receiver"), (own["GFK"], "giver"), (own["VA"], "giver")):
        assert consent(client, headers, id, party).status_code == 403
    assert answer(client, own["VA"], id, "decline", {"reason": "Nej."}).status_code == 403
    assert answer(client, own["VA"], id, "execute").status_code == 403
    assert read(client, own["VA"], id)["consents"] == []
    decision = {"decided_by": "school_committee", **DECIDED}
    found = ok(answer(client, own["GFK"], id, "consent", decision), 200)
    assert (found["status"], found["consents"][0]["party"]) == ("proposed", "receiver")


def test_s4_a_consent_is_given_once(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    id = ok(propose(client, admin))["id"]
    ok(consent(client, admin, id, "giver"), 200)

    assert rules(consent(client, admin, id, "giver")) == {"S4"}
    assert len(read(client, admin, id)["consents"]) == 1


def test_s4_the_body_of_the_setting_or_a_higher_one_decides_between_committees(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_money(client, keys)
    ok(change(client, admin, "/v1/settings", reallocation_body="executive_board"), 200)
    id = ok(propose(client, admin))["id"]
    board = board_key(engine, "executive_board")

    assert waits(read(client, admin, id))[-1] == ("body", "executive_board")
    assert rules(consent(client, admin, id, "body", decided_by="street_committee")) == {"S4"}
    assert consent(client, board, id, "body", decided_by="council").status_code == 403
    ok(consent(client, admin, id, "body", decided_by="council"), 200)


def test_s4_a_proposal_that_has_expired_is_neither_agreed_to_nor_executed(
    client: TestClient, keys: Keys, engine: Engine
):
    with time_machine.travel(now(), tick=True) as clock:
        admin = begin_with_money(client, keys)
        today = swedish_date(now())
        id = ok(propose(client, admin, expires_on=today.isoformat()))["id"]
        ok(consent(client, admin, id, "giver"), 200)
        ok(consent(client, admin, id, "receiver"), 200)
        clock.shift(timedelta(days=1))

        refused = [
            consent(client, admin, id, "body"),
            answer(client, admin, id, "execute"),
            answer(client, admin, id, "withdraw"),
            answer(client, admin, id, "decline", {"reason": "Nej."}),
        ]
        found = read(client, admin, id)

    assert [rules(one) for one in refused] == [{"S4"}] * 4
    assert (found["status"], found["waiting_for"], found["blocked_by"]) == ("expired", [], [])
    assert amounts(client, admin) == BEFORE
    check_ledger(engine)


def test_s4_days_waited_are_seen_by_everybody(client: TestClient, keys: Keys):
    with time_machine.travel(now(), tick=True) as clock:
        admin = begin_with_money(client, keys)
        id = ok(propose(client, admin))["id"]
        clock.shift(timedelta(days=17))

        found = read(client, keys["viewer"], id)["waiting_for"]

    assert [(one["party"], one["days"]) for one in found] == [
        ("giver", 17),
        ("receiver", 17),
        ("body", 17),
    ]


@pytest.mark.parametrize("end", ["withdraw", "decline"])
def test_s4_what_is_withdrawn_or_declined_can_not_be_executed(
    client: TestClient, keys: Keys, engine: Engine, end: str
):
    admin = begin_with_money(client, keys)
    id = ok(propose(client, admin))["id"]
    ok(consent(client, admin, id, "giver"), 200)
    body = {"reason": "Pengarna behövs."} if end == "decline" else None
    headers = department_keys(engine)["GFK"] if end == "decline" else keys["coordinator"]

    ended = ok(answer(client, headers, id, end, body), 200)

    assert ended["status"] == {"withdraw": "withdrawn", "decline": "declined"}[end]
    assert ended["decline_reason"] == (body["reason"] if body else None)
    for refused in (
        consent(client, admin, id, "receiver"),
        consent(client, admin, id, "body"),
        answer(client, admin, id, "execute"),
        answer(client, admin, id, end, body),
    ):
        assert rules(refused) == {"S4"}
    assert amounts(client, admin) == BEFORE
    check_ledger(engine)


def test_s4_guards_are_checked_again_and_the_consent_is_kept(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin_with_money(client, keys)
    own = department_keys(engine)
    id = ok(propose(client, admin))["id"]
    ok(consent(client, admin, id, "giver"), 200)
    ok(consent(client, admin, id, "body"), 200)
    ok(change(client, admin, "/v1/allocations/1", committed="27.00"), 200)

    blocked = ok(consent(client, admin, id, "receiver"), 200)

    assert blocked["status"] == "receiver_consented"
    assert [reason["rule"] for reason in blocked["blocked_by"]] == ["S3"]
    assert waits(blocked) == [("execution", "FGK"), ("execution", "GFK")]
    assert rules(answer(client, own["GFK"], id, "execute")) == {"S3"}
    assert amounts(client, admin) == BEFORE

    ok(change(client, own["FGK"], "/v1/allocations/1", committed="26.00"), 200)
    assert answer(client, keys["coordinator"], id, "execute").status_code == 403
    executed = ok(answer(client, own["GFK"], id, "execute"), 200)

    assert (executed["status"], executed["blocked_by"]) == ("executed", [])
    assert amounts(client, admin) == AFTER
    assert rules(answer(client, admin, id, "execute")) == {"S4"}
    check_ledger(engine)


def test_s4_executing_too_early_names_every_decision_that_is_missing(
    client: TestClient, keys: Keys
):
    admin = begin_with_money(client, keys)
    id = ok(propose(client, admin))["id"]
    ok(consent(client, admin, id, "giver"), 200)
    ok(change(client, admin, "/v1/allocations/1", committed="30.00"), 200)

    refused = answer(client, admin, id, "execute")

    assert refused.json()["type"] == "/problems/reallocation-refused"
    told = [(reason["rule"], reason["detail"]) for reason in refused.json()["reasons"]]
    assert [rule for rule, _ in told] == ["S4", "S4", "S3"]
    assert "GFK" in told[0][1]
    assert "council" in told[1][1]


@pytest.mark.parametrize("used", ["committed", "booked"])
def test_s3_money_that_is_committed_or_booked_does_not_move(
    client: TestClient, keys: Keys, engine: Engine, used: str
):
    admin = begin_with_money(client, keys)
    if used == "committed":
        ok(change(client, admin, "/v1/allocations/1", committed="27.00"), 200)
    else:
        book(engine, "A", 2700)

    refused = propose(client, admin)

    assert rules(refused) == {"S3"}
    assert "3.00" in refused.json()["reasons"][0]["detail"]
    assert listed(client, admin, REALLOCATIONS) == []
    ok(propose(client, admin, amount="3.00"))


def test_s5_a_move_between_capital_and_operating_is_refused(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)

    assert rules(propose(client, admin, to_type="operating")) == {"S5"}
    ok(propose(client, admin, to_type="capital"))


def test_s4_a_stopped_investment_gives_but_does_not_receive(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    ok(scenario.decide(client, admin, "B", gate="need", outcome="stop"))

    assert rules(propose(client, admin)) == {"S4"}
    ok(propose(client, admin, "B", "A"))


def test_a_receiver_that_is_deleted_meanwhile_blocks_the_move(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    id = ok(propose(client, admin, "A", "C"))["id"]
    path = "/v1/investments/C"
    assert client.delete(path, headers=tagged(client, admin, path)).status_code == 204

    found = ok(consent(client, admin, id, "giver"), 200)

    assert (found["receiver"], found["status"]) == ("C", "receiver_consented")
    assert [reason["rule"] for reason in found["blocked_by"]] == ["S4"]
    assert rules(answer(client, admin, id, "execute")) == {"S4"}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"giver": "OUTSIDE"}, "/giver"),
        ({"receiver": "OUTSIDE"}, "/receiver"),
        ({"giver": "NOTHING"}, "/giver"),
        ({"receiver": "A"}, "/receiver"),
        ({"amount": "0.00"}, "/amount"),
        ({"amount": "-1.00"}, "/amount"),
        ({"amount": "1.001"}, "/amount"),
        ({"amount": "1e1"}, "/amount"),
        ({"amount": "1" + "0" * 30}, "/amount"),
        ({"amount": 4}, "/amount"),
        ({"year": 0}, "/year"),
        ({"year": 9999}, "/year"),
        ({"year": True}, "/year"),
        ({"dated_on": "2999-01-01"}, "/dated_on"),
        ({"expires_on": "2026-01-01"}, "/expires_on"),
        ({"reason": " "}, "/reason"),
        ({"reason": "\0"}, "/reason"),
        ({"status": "executed"}, "/status"),
    ],
)
def test_a_proposal_that_is_not_one_is_refused_and_says_where(
    client: TestClient, keys: Keys, fields: dict[str, Any], pointer: str
):
    admin = begin_with_money(client, keys)
    scenario.put_investment(client, admin, code="OUTSIDE", program=None)

    refused = propose(client, admin, **fields)

    assert refused.status_code == 422
    assert pointer in {error["pointer"] for error in refused.json()["errors"]}
    assert listed(client, admin, REALLOCATIONS) == []


@pytest.mark.parametrize(
    ("step", "fields", "pointer"),
    [
        ("consent", {"party": None}, "/party"),
        ("consent", {"party": "body"}, "/party"),
        ("consent", {"decided_by": "nobody"}, "/decided_by"),
        ("consent", {"decided_on": "2999-01-01"}, "/decided_on"),
        ("consent", {"delegation": {}}, "/delegation/point"),
        ("approve", {"decided_by": "nobody"}, "/decided_by"),
        ("approve", {"decided_on": "2999-01-01"}, "/decided_on"),
        ("approve", {"delegation": None}, "/delegation"),
        ("decline", {"reason": ""}, "/reason"),
    ],
)
def test_an_answer_that_is_not_one_is_refused_and_says_where(
    client: TestClient, keys: Keys, step: str, fields: dict[str, Any], pointer: str
):
    admin = begin_with_money(client, keys)
    id = ok(propose(client, admin))["id"]
    known: dict[str, dict[str, Any]] = {
        "consent": {"party": "giver", "decided_by": "street_committee", **DECIDED},
        "approve": {"decided_by": "council", **DECIDED},
        "decline": {"reason": "Nej."},
    }

    refused = answer(client, admin, id, step, {**known[step], **fields})

    assert refused.status_code == 422
    assert pointer in {error["pointer"] for error in refused.json()["errors"]}
    assert read(client, admin, id)["status"] == "proposed"


def test_reallocations_are_found_by_status_and_by_whom_they_wait_for(
    client: TestClient, keys: Keys
):
    admin = begin_with_money(client, keys)
    for giver, receiver in (("A", "B"), ("A", "C"), ("B", "C")):
        ok(propose(client, admin, giver, receiver, "1.00"))
    ok(consent(client, admin, 3, "giver", decided_by="school_committee"), 200)
    ok(answer(client, admin, 2, "withdraw"), 200)

    def found(**query: Any) -> list[int]:
        return [row["id"] for row in listed(client, admin, REALLOCATIONS, **query)]

    assert found() == [1, 2, 3]
    assert found(status="withdrawn") == [2]
    assert found(status="giver_consented") == [3]
    assert found(waiting_for="GFK") == [1]
    assert found(waiting_for="council", status="proposed") == [1]
    page = client.get(f"{REALLOCATIONS}?limit=2", headers=admin).json()
    rest = client.get(page["next"], headers=admin).json()
    assert [row["id"] for row in page["items"] + rest["items"]] == [1, 2, 3]
    assert client.get(f"{REALLOCATIONS}?status=lost", headers=admin).status_code == 400
    assert client.get(f"{REALLOCATIONS}/4", headers=admin).status_code == 404


def test_a_reallocation_of_another_program_is_not_found(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    scenario.put_program(client, admin, code="other")
    id = ok(propose(client, admin))["id"]

    found = client.get(f"/v1/programs/other/reallocations/{id}", headers=admin)

    assert found.status_code == 404


def test_reasons_are_told_in_the_language_that_is_asked_for(client: TestClient, keys: Keys):
    admin = begin_with_money(client, keys)
    id = ok(propose(client, admin))["id"]
    ok(change(client, admin, "/v1/allocations/1", committed="30.00"), 200)

    (swedish,) = read(client, {**admin, "Accept-Language": "sv"}, id)["blocked_by"]
    (english,) = read(client, {**admin, "Accept-Language": "en"}, id)["blocked_by"]

    assert "bundna" in swedish["detail"]
    assert "committed" in english["detail"]

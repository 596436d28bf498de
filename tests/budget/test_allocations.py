"""What of a pool an investment may use: within the reserve, above what is committed."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests import scenario
from tests.scenario import ok, rules
from tests.steering.moving import (
    Keys,
    allocate,
    begin,
    book,
    change,
    check_ledger,
    department_keys,
    grant,
    listed,
    pools,
)


def begin_with_frames(client: TestClient, keys: Keys, steering: str = "partial") -> None:
    begin(client, keys["admin"], steering)
    ok(grant(client, keys["finance"], "100.00", department="FGK"))
    ok(grant(client, keys["finance"], "500.00", program="lindangen"))


@pytest.mark.parametrize(("steering", "holder"), [("partial", "FGK"), ("full", "lindangen")])
def test_s3_an_allocation_comes_out_of_the_pool_of_whoever_holds_the_money(
    client: TestClient, keys: Keys, engine: Engine, steering: str, holder: str
):
    begin_with_frames(client, keys, steering)
    frames = {"FGK": "100.00", "lindangen": "500.00"}
    reserves = {"FGK": "70.00", "lindangen": "470.00"}

    made = allocate(client, keys["finance"], "A", "30.00", committed="12.00")

    found = ok(made)
    assert client.get(made.headers["location"], headers=keys["viewer"]).json() == found
    assert holder in found["pool"].values()
    assert (found["amount"], found["committed"], found["free"]) == ("30.00", "12.00", "18.00")
    assert pools(client, keys["viewer"])[holder] == (frames[holder], "30.00", reserves[holder])
    check_ledger(engine)


def test_s4_an_investment_without_a_program_is_paid_by_its_department(
    client: TestClient, keys: Keys
):
    begin_with_frames(client, keys, "full")
    scenario.put_investment(client, keys["admin"], code="ALONE", program=None)

    found = ok(allocate(client, keys["finance"], "ALONE"))

    assert found["pool"] == {"program": None, "department": "FGK"}
    assert (found["program"], found["department"]) == (None, "FGK")


def test_s5_an_allocation_is_made_once_and_within_the_reserve(client: TestClient, keys: Keys):
    finance = keys["finance"]
    begin_with_frames(client, keys)

    too_much = allocate(client, finance, "A", "100.01")
    without_frame = allocate(client, finance, "A", year=2030)
    ok(allocate(client, finance, "A", "100.00"))
    again = allocate(client, finance, "A", "1.00")

    assert [rules(one) for one in (too_much, without_frame, again)] == [{"S5"}] * 3
    assert "100.00" in too_much.json()["detail"]
    assert "/v1/frames" in without_frame.json()["detail"]
    assert "PATCH" in again.json()["detail"]
    assert pools(client, finance)["FGK"] == ("100.00", "100.00", "0.00")


def test_s5_an_allocation_is_changed_within_the_reserve(
    client: TestClient, keys: Keys, engine: Engine
):
    finance = keys["finance"]
    begin_with_frames(client, keys)
    path = allocate(client, finance, "A", "30.00").headers["location"]

    refused = change(client, finance, path, amount="100.01")
    raised = ok(change(client, finance, path, amount="100.00"), 200)
    ok(change(client, finance, path, amount="10.00"), 200)

    assert rules(refused) == {"S5"}
    assert raised["amount"] == "100.00"
    assert pools(client, finance)["FGK"] == ("100.00", "10.00", "90.00")
    moved = listed(client, finance, "/v1/ledger", investment="A")
    assert [entry["postings"][1]["amount"] for entry in moved] == ["30.00", "70.00", "-90.00"]
    assert {entry["resource"] for entry in moved} == {path}
    check_ledger(engine)


def test_s3_what_is_committed_stays_within_the_allocation(client: TestClient, keys: Keys):
    finance = keys["finance"]
    begin_with_frames(client, keys)

    at_once = allocate(client, finance, "A", "30.00", committed="30.01")
    path = allocate(client, finance, "A", "30.00", committed="20.00").headers["location"]

    assert rules(at_once) == {"S3"}
    assert rules(change(client, finance, path, committed="30.01")) == {"S3"}
    assert rules(change(client, finance, path, amount="19.99")) == {"S3"}
    ok(change(client, finance, path, amount="40.00", committed="40.00"), 200)
    ok(change(client, finance, path, amount="0.00", committed="0.00"), 200)


def test_s3_what_is_booked_can_not_be_taken_from_an_allocation(
    client: TestClient, keys: Keys, engine: Engine
):
    finance = keys["finance"]
    begin_with_frames(client, keys)
    path = allocate(client, finance, "A", "30.00", committed="5.00").headers["location"]
    book(engine, "A", 1200)
    book(engine, "A", 9900, year=2026)

    refused = change(client, finance, path, amount="11.99")

    assert rules(refused) == {"S3"}
    assert "12.00" in refused.json()["detail"]
    found = ok(change(client, finance, path, amount="12.00"), 200)
    assert (found["booked"], found["free"]) == ("12.00", "0.00")
    (pool,) = listed(client, finance, "/v1/pools", department="FGK")
    assert (pool["committed"], pool["booked"]) == ("5.00", "12.00")


def test_a_department_changes_only_what_its_own_investments_have_committed(
    client: TestClient, keys: Keys, engine: Engine
):
    begin_with_frames(client, keys)
    path = allocate(client, keys["finance"], "A", "30.00").headers["location"]
    own = department_keys(engine)

    assert change(client, own["FGK"], path, amount="1.00").status_code == 403
    for match in ({}, {"If-Match": '"stale"'}):
        answered = client.patch(path, json={"amount": "1.00"}, headers={**own["FGK"], **match})
        assert answered.status_code == 403
    unconditional = client.patch(path, json={"committed": "x"}, headers=own["FGK"])
    assert unconditional.status_code == 428
    assert change(client, own["GFK"], path, committed="1.00").status_code == 403
    assert ok(change(client, own["FGK"], path, committed="1.00"), 200)["committed"] == "1.00"


def test_a_change_of_nothing_is_no_event(client: TestClient, keys: Keys):
    admin = keys["admin"]
    begin_with_frames(client, keys)
    path = allocate(client, admin, "A", "30.00").headers["location"]

    ok(change(client, admin, path), 200)

    assert len(listed(client, admin, "/v1/events", resource=path)) == 1


def test_s3_what_is_stopped_is_allocated_nothing(client: TestClient, keys: Keys):
    admin = keys["admin"]
    begin_with_frames(client, keys)
    ok(scenario.decide(client, admin, "A", gate="need", outcome="stop"))

    refused = allocate(client, keys["finance"], "A")

    assert rules(refused) == {"S3"}
    assert pools(client, admin)["FGK"] == ("100.00", "0.00", "100.00")


def test_a_change_names_the_version_it_starts_from(client: TestClient, keys: Keys):
    finance = keys["finance"]
    begin_with_frames(client, keys)
    path = allocate(client, finance, "A", "30.00").headers["location"]
    stale = {**finance, "If-Match": client.get(path, headers=finance).headers["etag"]}
    ok(change(client, finance, path, amount="31.00"), 200)

    assert client.patch(path, json={"amount": "1.00"}, headers=finance).status_code == 428
    assert client.patch(path, json={"amount": "1.00"}, headers=stale).status_code == 412
    assert client.patch("/v1/allocations/99", json={}, headers=stale).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"investment": "NOTHING"},
        {"investment": "A\0"},
        {"amount": "-1.00"},
        {"amount": "1.001"},
        {"amount": "1e3"},
        {"amount": "1" + "0" * 30},
        {"committed": "-0.01"},
        {"committed": 3},
        {"year": 0},
        {"year": 9999},
        {"year": True},
        {"type": "both"},
        {"pool": 1},
    ],
)
def test_an_allocation_that_is_not_one_is_refused(
    client: TestClient, keys: Keys, fields: dict[str, Any]
):
    begin_with_frames(client, keys)
    body = {"investment": "A", "year": 2027, "type": "capital", "amount": "1.00", **fields}

    refused = client.post("/v1/allocations", json=body, headers=keys["finance"])

    assert refused.status_code == 422
    assert listed(client, keys["finance"], "/v1/allocations") == []


def test_allocations_are_found_by_investment_program_department_year_and_type(
    client: TestClient, keys: Keys
):
    finance = keys["finance"]
    begin_with_frames(client, keys, "full")
    for code in ("A", "B", "C"):
        ok(allocate(client, finance, code))

    def found(**query: Any) -> list[str]:
        return [row["investment"] for row in listed(client, finance, "/v1/allocations", **query)]

    assert found() == ["A", "B", "C"]
    assert found(department="GFK") == ["B"]
    assert found(program="lindangen", investment="C", year=2027, type="capital") == ["C"]
    assert found(program="nothing") == found(type="operating") == found(year=2028) == []


def test_a_frame_or_an_investment_with_money_is_not_deleted(client: TestClient, keys: Keys):
    admin = keys["admin"]
    begin_with_frames(client, keys)
    ok(allocate(client, admin, "A"))

    for path in ("/v1/investments/A", "/v1/programs/lindangen", "/v1/departments/FGK"):
        refused = client.delete(path, headers={**admin, "If-Match": "*"})
        assert refused.status_code == 409, path
        assert refused.json()["type"] == "/problems/in-use"

"""Money granted for a year: into the reserve, out of last year's, or taken back."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.clock import now, swedish_date
from tests import scenario
from tests.scenario import ok, rules
from tests.steering.moving import (
    Keys,
    allocate,
    begin,
    check_ledger,
    grant,
    listed,
    pools,
)

LARGEST = "9999999999999.99"


def carry(client: TestClient, headers: dict[str, str], amount: str, **fields: Any) -> Any:
    known = {"department": "FGK", "year": 2028, "kind": "carry_over", "from_year": 2027}
    return grant(client, headers, amount, **{**known, **fields})


def test_s5_a_frame_goes_into_the_reserve_of_its_holder(client: TestClient, keys: Keys):
    finance = keys["finance"]
    scenario.put_municipality(client, keys["admin"])

    made = grant(client, finance, "100.00", program="lindangen")
    ok(grant(client, finance, "7.00", department="FGK"))

    frame = ok(made)
    assert client.get(made.headers["location"], headers=finance).json() == frame
    assert (frame["program"], frame["department"], frame["amount"]) == ("lindangen", None, "100.00")
    assert pools(client, finance) == {
        "lindangen": ("100.00", "0.00", "100.00"),
        "FGK": ("7.00", "0.00", "7.00"),
    }


def test_s5_capital_and_operating_are_kept_apart(client: TestClient, keys: Keys):
    scenario.put_municipality(client, keys["admin"])
    ok(grant(client, keys["finance"], "100.00", department="FGK"))
    ok(grant(client, keys["finance"], "9.00", department="FGK", type="operating"))

    found = listed(client, keys["viewer"], "/v1/pools", type="operating")

    assert [(row["type"], row["frame"]) for row in found] == [("operating", "9.00")]


def test_s5_a_pool_has_one_original_frame_and_is_changed_by_supplementary_ones(
    client: TestClient, keys: Keys, engine: Engine
):
    finance = keys["finance"]
    scenario.put_municipality(client, keys["admin"])
    ok(grant(client, finance, "100.00", department="FGK"))

    again = grant(client, finance, "100.00", department="FGK")
    ok(grant(client, finance, "20.00", department="FGK", kind="supplementary"))
    ok(grant(client, finance, "-50.00", department="FGK", kind="supplementary"))

    assert rules(again) == {"S5"}
    assert "supplementary" in again.json()["detail"]
    assert pools(client, finance) == {"FGK": ("70.00", "0.00", "70.00")}
    check_ledger(engine)


def test_s5_what_is_allocated_can_not_be_taken_back(client: TestClient, keys: Keys):
    finance = keys["finance"]
    begin(client, keys["admin"])
    ok(grant(client, finance, "100.00", department="FGK"))
    ok(allocate(client, finance, "A", "60.00"))

    refused = grant(client, finance, "-40.01", department="FGK", kind="supplementary")

    assert rules(refused) == {"S5"}
    assert "40.00" in refused.json()["detail"]
    ok(grant(client, finance, "-40.00", department="FGK", kind="supplementary"))
    assert pools(client, finance) == {"FGK": ("60.00", "60.00", "0.00")}


def test_s5_a_carry_over_takes_what_last_year_has_left(
    client: TestClient, keys: Keys, engine: Engine
):
    finance = keys["finance"]
    begin(client, keys["admin"])
    ok(grant(client, finance, "100.00", department="FGK"))
    ok(allocate(client, finance, "A", "60.00"))

    refused = carry(client, finance, "40.01")
    ok(carry(client, finance, "30.00"))

    assert rules(refused) == {"S5"}
    rows = listed(client, finance, "/v1/pools", department="FGK")
    found = {row["year"]: (row["frame"], row["reserve"]) for row in rows}
    assert found == {2027: ("70.00", "10.00"), 2028: ("30.00", "30.00")}
    (entry,) = listed(client, finance, "/v1/ledger", year=2028)
    assert [(p["year"], p["account"], p["amount"]) for p in entry["postings"]] == [
        (2027, "granted", "30.00"),
        (2027, "reserve", "-30.00"),
        (2028, "granted", "-30.00"),
        (2028, "reserve", "30.00"),
    ]
    check_ledger(engine)


def test_s5_what_is_carried_over_from_before_the_tool_is_granted_from_outside(
    client: TestClient, keys: Keys, engine: Engine
):
    scenario.put_municipality(client, keys["admin"])

    ok(carry(client, keys["finance"], "40.00", from_year=2026))

    assert pools(client, keys["finance"]) == {"FGK": ("40.00", "0.00", "40.00")}
    check_ledger(engine)


def test_s5_nothing_is_carried_over_from_a_year_that_the_tool_knows_to_have_no_frame(
    client: TestClient, keys: Keys
):
    finance = keys["finance"]
    scenario.put_municipality(client, keys["admin"])
    next_year = swedish_date(now()).year + 1
    later = carry(client, finance, "1.00", from_year=next_year, year=next_year + 1)
    ok(grant(client, finance, "100.00", department="FGK", year=2024))

    between = carry(client, finance, "1.00", from_year=2025)
    before = carry(client, finance, "1.00", from_year=2023)
    other_type = carry(client, finance, "1.00", from_year=2025, type="operating")

    assert rules(later) == rules(between) == {"S5"}
    assert "2025" in between.json()["detail"]
    ok(before)
    ok(other_type)


def test_s5_the_same_decision_is_not_registered_twice(client: TestClient, keys: Keys):
    finance = keys["finance"]
    scenario.put_municipality(client, keys["admin"])
    fields = {"department": "FGK", "kind": "supplementary"}
    ok(grant(client, finance, "7.00", **fields))

    again = grant(client, finance, "7.00", **fields)

    assert rules(again) == {"S5"}
    assert "/v1/frames/1" in again.json()["detail"]
    ok(grant(client, finance, "7.00", **fields, case_number="STK-2026-311"))
    assert pools(client, finance) == {"FGK": ("14.00", "0.00", "14.00")}


@pytest.mark.parametrize("body", ["director", "street_committee"])
@pytest.mark.parametrize("kind", ["original", "supplementary"])
def test_s4_a_frame_is_granted_from_above_only(
    client: TestClient, keys: Keys, body: str, kind: str
):
    scenario.put_municipality(client, keys["admin"])
    fields = {"department": "FGK", "kind": kind}

    refused = grant(client, keys["finance"], **fields, decided_by=body)

    assert rules(refused) == {"S4"}
    ok(grant(client, keys["finance"], **fields, decided_by="executive_board"))


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"amount": "0.00"}, "/amount"),
        ({"amount": "-1.00"}, "/amount"),
        ({"amount": "1.001"}, "/amount"),
        ({"amount": "1e6"}, "/amount"),
        ({"amount": "NaN"}, "/amount"),
        ({"amount": 100}, "/amount"),
        ({"amount": "1" + "0" * 30}, "/amount"),
        ({"amount": "-1.00", "kind": "carry_over", "from_year": 2026}, "/amount"),
        ({"year": 0}, "/year"),
        ({"year": 9999}, "/year"),
        ({"year": True}, "/year"),
        ({"type": "both"}, "/type"),
        ({"kind": "gift"}, "/kind"),
        ({"kind": "carry_over"}, "/from_year"),
        ({"from_year": 2026}, "/from_year"),
        ({"kind": "carry_over", "from_year": 2027}, "/from_year"),
        ({"decided_on": "2999-01-01"}, "/decided_on"),
        ({"decided_by": "nobody"}, "/decided_by"),
        ({"department": "NOBODY"}, "/department"),
        ({"case_number": "\0"}, "/case_number"),
        ({"case_number": ""}, "/case_number"),
        ({"frame": "1.00"}, "/frame"),
        ({"program": "lindangen"}, ""),
        ({"department": None}, ""),
    ],
)
def test_a_frame_that_is_not_one_is_refused_and_says_where(
    client: TestClient, keys: Keys, fields: dict[str, Any], pointer: str
):
    scenario.put_municipality(client, keys["admin"])

    refused = grant(client, keys["finance"], **{"department": "FGK", **fields})

    assert refused.status_code == 422
    assert pointer in {error["pointer"] for error in refused.json()["errors"]}
    assert pools(client, keys["finance"]) == {}


def test_a_pool_holds_no_more_than_can_be_written(client: TestClient, keys: Keys, engine: Engine):
    finance = keys["finance"]
    scenario.put_municipality(client, keys["admin"])
    ok(grant(client, finance, LARGEST, department="FGK"))

    refused = grant(client, finance, "0.01", department="FGK", kind="supplementary")

    assert refused.status_code == 422
    assert pools(client, finance) == {"FGK": (LARGEST, "0.00", LARGEST)}
    check_ledger(engine)


def test_frames_are_found_by_holder_year_and_type(client: TestClient, keys: Keys):
    finance = keys["finance"]
    scenario.put_municipality(client, keys["admin"])
    for fields in ({"department": "FGK"}, {"program": "lindangen"}, {"department": "GFK"}):
        for year in (2027, 2028):
            ok(grant(client, finance, **fields, year=year))

    def ids(**query: Any) -> list[int]:
        return [row["id"] for row in listed(client, finance, "/v1/frames", **query)]

    assert ids() == [1, 2, 3, 4, 5, 6]
    assert ids(department="FGK") == [1, 2]
    assert ids(program="lindangen", year=2028) == [4]
    assert ids(type="operating") == []
    assert ids(department="nobody") == []
    page = client.get("/v1/frames?limit=4", headers=finance).json()
    assert [row["id"] for row in page["items"]] == [1, 2, 3, 4]
    rest = client.get(page["next"], headers=finance).json()
    assert ([row["id"] for row in rest["items"]], rest["total"]) == ([5, 6], 6)


@pytest.mark.parametrize("path", ["/v1/frames", "/v1/pools", "/v1/ledger", "/v1/allocations"])
@pytest.mark.parametrize("query", ["year=0", "year=99999999999999999999", "type=both", "x=1"])
def test_a_query_that_is_malformed_is_refused(
    client: TestClient, keys: Keys, path: str, query: str
):
    assert client.get(f"{path}?{query}", headers=keys["viewer"]).status_code == 400


def test_a_frame_that_is_decided_today_is_registered_today(client: TestClient, keys: Keys):
    scenario.put_municipality(client, keys["admin"])

    today = swedish_date(now()).isoformat()

    ok(grant(client, keys["finance"], department="FGK", decided_on=today))
    assert client.get("/v1/frames/2", headers=keys["finance"]).status_code == 404

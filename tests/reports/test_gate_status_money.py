"""Outcome and operating consequence in gate status: now, as of a date, as known at a time."""

import csv
import io
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.clock import now, rfc3339
from portfolio.database.engine import snapshot
from portfolio.reports.doctor import find_faults
from tests import scenario
from tests.costs.costing import put_component, put_rates
from tests.costs.costing import put_line as put_consequence_line
from tests.gates.life import CODE, Keys, pass_gate, read, stands, status_row, walk
from tests.reports.booking import book, owning
from tests.scenario import Headers, decide, line, ok, put_lines

MILLION = 100_000_000
CONSEQUENCE = ("decided", "forecast", "deviation")


@pytest.fixture
def admin(client: TestClient, keys: Keys) -> Headers:
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin, **owning("P1"))
    return admin


def consequence(client: TestClient, admin: Headers, **query: Any) -> tuple[Any, ...]:
    row = status_row(client, admin, **query)
    return tuple(row[f"operating_consequence_{name}"] for name in CONSEQUENCE)


def total(client: TestClient, admin: Headers, **query: Any) -> Any:
    answer = client.get("/v1/gate-status", params={"totals": "true", **query}, headers=admin)
    return ok(answer, 200)["totals"]["all"]


def test_m4_outcome_is_taken_by_voucher_date_and_by_year(
    client: TestClient, admin: Headers, engine: Engine
):
    book(engine, "P1", 3 * MILLION, "2026-03-31")
    book(engine, "P1", -MILLION, "2026-09-30", voucher="A2")
    book(engine, "P1", MILLION // 2, "2025-12-31", type="operating")
    book(engine, "P9", 7 * MILLION, "2026-03-31")

    def outcome(**query: Any) -> tuple[str, str, str]:
        row = status_row(client, admin, **query)
        return row["outcome_total"], row["outcome_capital"], row["outcome_operating"]

    assert outcome() == ("2500000.00", "2000000.00", "500000.00")
    assert outcome(as_of="2026-06-30") == ("3500000.00", "3000000.00", "500000.00")
    assert outcome(as_of="2025-01-01") == ("0.00", "0.00", "0.00")
    assert outcome(year=2026) == ("2000000.00", "2000000.00", "0.00")
    assert outcome(year=2026, as_of="2026-06-30") == ("3000000.00", "3000000.00", "0.00")
    assert total(client, admin)["outcome_total"] == "2500000.00"


def test_m4_outcome_is_known_from_its_import_and_its_object_from_its_naming(
    client: TestClient, admin: Headers, engine: Engine
):
    book(engine, "P2", MILLION, "2026-03-31")
    before = rfc3339(now())
    path = f"/v1/investments/{CODE}"
    tag = client.get(path, headers=admin).headers["etag"]
    ok(client.patch(path, json=owning("P2"), headers={**admin, "If-Match": tag}), 200)

    assert status_row(client, admin)["outcome_total"] == "1000000.00"
    assert status_row(client, admin, known_at=before)["outcome_total"] == "0.00"
    lines = read(client, admin, f"{path}/plan-lines")["outcome"]
    assert [(entry["year"], entry["amount"]) for entry in lines["lines"]] == [(2026, "1000000.00")]


def test_m3_an_object_belongs_to_one_investment_at_a_time(client: TestClient, admin: Headers):
    body = {
        "code": "LIN-02",
        "name": "Torget",
        "kind": "physical",
        "department": "FGK",
        "location": {"municipality_wide": True},
        **owning("P1"),
    }

    refused = client.post("/v1/investments", json=body, headers=admin)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/accounting_objects/0"]
    tag = client.get(f"/v1/investments/{CODE}", headers=admin).headers["etag"]
    released: dict[str, Any] = {"accounting_objects": []}
    headers = {**admin, "If-Match": tag}
    ok(client.patch(f"/v1/investments/{CODE}", json=released, headers=headers), 200)
    ok(client.post("/v1/investments", json=body, headers=admin))


def test_the_consequence_is_null_while_a_rate_is_missing_and_then_real(
    client: TestClient, admin: Headers
):
    assert consequence(client, admin) == (None, "0.00", None)
    put_component(client, admin, acquisition="3000000.00", useful_life_years=3)
    assert consequence(client, admin) == (None, None, None)

    put_rates(client, admin, 2027, 2029, rate="0")

    assert consequence(client, admin) == (None, "3000000.00", None)
    assert consequence(client, admin, year=2028) == (None, "1000000.00", None)


def in_realisation(client: TestClient, admin: Headers) -> None:
    put_rates(client, admin, 2027, 2036, rate="0")
    put_component(client, admin, acquisition="1000000.00", useful_life_years=10)
    ok(put_lines(client, admin, CODE, line("1000000.00")), 200)
    walk(client, admin, "handover")


def test_g13_a_grown_operating_consequence_must_be_reconsidered(client: TestClient, admin: Headers):
    in_realisation(client, admin)
    decided = ("1000000.00", "1000000.00", "0.00")
    assert consequence(client, admin) == decided

    put_consequence_line(client, admin, amount="10000.00", to_year=2036)
    assert consequence(client, admin) == ("1000000.00", "1100000.00", "100000.00")
    assert stands(client, admin) == ("handover", "preparing")

    put_consequence_line(client, admin, amount="10000.01")
    assert stands(client, admin) == ("handover", "reconsideration_required")
    scenario.submit(client, admin, CODE)
    refused = decide(client, admin, CODE, gate="handover", decided_by="street_committee")
    assert "G13" in scenario.rules(refused)
    amended = {"gate": "handover", "outcome": "amend", "decided_by": "street_committee"}
    ok(decide(client, admin, CODE, **amended))
    assert stands(client, admin) == ("handover", "preparing")
    assert consequence(client, admin) == ("1110000.01", "1110000.01", "0.00")


def test_m4_the_decided_consequence_is_that_of_the_date(client: TestClient, admin: Headers):
    in_realisation(client, admin)
    put_consequence_line(client, admin, amount="500000.00", year=2030)
    scenario.submit(client, admin, CODE)
    amended = {"gate": "handover", "outcome": "amend", "decided_by": "street_committee"}
    ok(decide(client, admin, CODE, **amended, decided_on="2026-09-01"))

    assert consequence(client, admin)[0] == "1500000.00"
    assert consequence(client, admin, as_of="2026-08-31")[0] == "1000000.00"
    assert consequence(client, admin, as_of="2026-08-31", year=2030)[0] == "100000.00"
    assert consequence(client, admin, year=2030)[0] == "600000.00"
    assert consequence(client, admin, as_of="2025-01-01")[0] is None


def test_what_is_sunk_by_a_stop_is_the_consequence_that_is_left(
    client: TestClient, admin: Headers, engine: Engine
):
    put_rates(client, admin, 2027, 2036, rate="0")
    put_component(client, admin, acquisition="1000000.00", useful_life_years=10)
    pass_gate(client, admin, "need")
    book(engine, "P1", MILLION, "2026-03-31")
    ok(decide(client, admin, CODE, gate="study", outcome="stop", decided_on="2026-07-01"))
    book(engine, "P1", MILLION, "2026-10-31", voucher="A2")

    assert consequence(client, admin)[1] == "2000000.00"
    assert total(client, admin)["operating_consequence_forecast"] == "2000000.00"
    assert consequence(client, admin, as_of="2026-09-30")[1] == "1000000.00"
    assert consequence(client, admin, as_of="2026-06-30")[1] == "1000000.00"
    assert consequence(client, admin, year=2026)[1] == "2000000.00"
    assert consequence(client, admin, year=2030)[1] == "0.00"
    with snapshot(engine) as session:
        assert find_faults(session) == []


@pytest.mark.parametrize("query", [{}, {"limit": 2}])
def test_rows_as_they_are_and_as_of_today_are_the_same(
    client: TestClient, admin: Headers, engine: Engine, query: dict[str, Any]
):
    in_realisation(client, admin)
    book(engine, "P1", MILLION, "2026-03-31")
    scenario.put_investment(client, admin, code="LIN-02", program=None)
    scenario.put_investment(client, admin, code="LIN-03")
    today = now().date().isoformat()

    def asked(**more: Any) -> Any:
        params = {**query, "totals": "true", **more}
        return ok(client.get("/v1/gate-status", params=params, headers=admin), 200)

    at_once, derived = asked(), asked(as_of=today)

    assert at_once["items"] == derived["items"]
    assert (at_once["total"], at_once["totals"]) == (derived["total"], derived["totals"])
    assert bool(at_once["next"]) == bool(derived["next"])


def test_g13_a_missing_rate_does_not_switch_the_rule_off(client: TestClient, admin: Headers):
    in_realisation(client, admin)
    assert stands(client, admin) == ("handover", "preparing")

    put_component(client, admin, acquisition="0.01", in_use_from="2100-01-01")

    assert consequence(client, admin) == ("1000000.00", None, None)
    assert stands(client, admin) == ("handover", "reconsideration_required")
    found = read(client, admin, f"/v1/investments/{CODE}/readiness")
    assert "G13" in {reason["rule"] for reason in found["reasons"]}
    put_rates(client, admin, 2100, 2129, rate="0")
    assert stands(client, admin) == ("handover", "preparing")


def test_m4_a_consequence_is_counted_by_the_convention_of_its_time(
    client: TestClient, admin: Headers
):
    put_rates(client, admin, 2027, 2057)
    put_component(client, admin, acquisition="1000000.00", in_use_from="2027-07-01")
    path = f"/v1/investments/{CODE}/consequence"
    before, at = read(client, admin, path)["totals"], rfc3339(now())
    tag = client.get("/v1/settings", headers=admin).headers["etag"]
    headers = {**admin, "If-Match": tag}
    changed = {"interest_convention": "monthly"}
    ok(client.patch("/v1/settings", json=changed, headers=headers), 200)

    after = read(client, admin, path)["totals"]

    assert after["interest"] != before["interest"]
    assert read(client, admin, f"{path}?known_at={at}")["totals"] == before
    assert consequence(client, admin, known_at=at)[1] == before["total"]
    assert consequence(client, admin)[1] == after["total"]


def test_m2_a_social_investment_has_no_components(client: TestClient, admin: Headers):
    scenario.put_investment(client, admin, code="S-1", kind="social")
    body = {
        "name": "Lokal",
        "acquisition": "1.00",
        "useful_life_years": 5,
        "in_use_from": "2027-01-01",
    }

    refused = client.post("/v1/investments/S-1/components", json=body, headers=admin)

    assert scenario.rules(refused) == {"M2"}


def test_what_is_left_to_release_follows_from_its_row_in_thousands_too(
    client: TestClient, admin: Headers
):
    scenario.put_investment(client, admin, code="LIN-02")
    for code, amounts in ((CODE, ("400.00", "400.00")), ("LIN-02", ("1400.00", "1400.00"))):
        lines = (line(amounts[0]), line(amounts[1], type="operating"))
        ok(put_lines(client, admin, code, *lines), 200)
        pass_gate(client, admin, "need", code)

    def table(**query: Any) -> list[dict[str, str]]:
        params = {"format": "csv", "unit": "tkr", **query}
        text = client.get("/v1/gate-status", params=params, headers=admin).text
        return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))

    assert table() == table(as_of=now().date().isoformat())
    for row in table():
        left = int(row["Beslutat (tkr)"]) - int(row["Släppt (tkr)"])
        assert int(row["Kvar att släppa (tkr)"]) == left

"""What the sample municipality shows of money and steering."""

from collections import defaultdict
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from portfolio.accounts.report import ReaderLimits
from portfolio.clock import Act, now
from portfolio.costs.service import add_rates
from portfolio.database.engine import snapshot, transaction
from portfolio.errors import Refused
from portfolio.outcome_imports import service as outcome_imports
from portfolio.outcome_imports.previewing import Order, preview_within
from portfolio.outcome_imports.repository import find_imports
from portfolio.sample import loading
from portfolio.sample.content import SAMPLE_DATA
from tests.sample.conftest import Sample
from tests.scenario import ok

STATUSES = {
    "LIN-01": "reconsideration_required",
    "LIN-02": "submitted",
    "LIN-03": "on_hold",
    "LIN-04": "preparing",
    "LIN-05": "completed",
    "LIN-06": "preparing",
    "LIN-07": "submitted",
    "LIN-08": "submitted",
    "LIN-09": "preparing",
    "LIN-10": "stopped",
    "LIN-11": "preparing",
    "LIN-12": "submitted",
    "LIN-13": "submitted",
    "LIN-14": "preparing",
}
# What the vouchers of the file book on the objects of each, in kronor.
BOOKED = {
    "LIN-01": "18930000.00",
    "LIN-02": "184500.00",
    "LIN-04": "10350000.00",
    "LIN-06": "1620000.00",
    "LIN-09": "3975455.00",
    "LIN-13": "5331163.00",
}
VOUCHER = b"""#FLAGGA 0
#SIETYP 4
#FNR huvudbok
#RAR 0 20260101 20261231
#VER A 1 20260301 "Text"
{
#TRANS 5011 {6 45109} 100.00
#TRANS 2511 {} -100.00
}
"""


def get(reader: TestClient, sample: Sample, path: str) -> Any:
    return ok(reader.get(path, headers=sample.headers("viewer")), 200)


def items(reader: TestClient, sample: Sample, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(reader, sample, path)["items"]
    return found


def test_g13_only_the_school_has_to_be_reconsidered_and_only_for_its_forecast(reader, sample):
    rows = items(reader, sample, "/v1/gate-status")
    tripped = [
        (row["investment"], row["kind"])
        for row in items(reader, sample, "/v1/reports/deviations?limit=1000")
        if row["kind"] == "consequence_against_decided"
    ]

    assert {row["investment"]: row["status"] for row in rows} == STATUSES
    assert tripped == []


def test_the_consequence_of_the_school_has_grown_and_that_of_the_others_is_as_decided(
    reader, sample
):
    rows = {row["investment"]: row for row in items(reader, sample, "/v1/gate-status")}
    names = [f"operating_consequence_{name}" for name in ("decided", "forecast", "deviation")]
    found = {
        code: [Decimal(rows[code][name]) for name in names]
        for code in ("LIN-01", "LIN-02", "LIN-04")
    }

    decided, forecast, deviation = found["LIN-01"]
    assert forecast - decided == deviation
    assert 0 < deviation < decided / 10
    for code in ("LIN-02", "LIN-04"):
        assert found[code][0] == found[code][1] > 0
        assert found[code][2] == 0


@pytest.mark.parametrize(
    ("code", "decided", "expected"),
    [
        ("LIN-01", "185000000.00", "209000000.00"),
        ("LIN-02", "9800000.00", "9800000.00"),
        ("LIN-04", "34000000.00", "34000000.00"),
    ],
)
def test_components_come_to_what_the_plan_lines_say(reader, sample, code, decided, expected):
    lines = get(reader, sample, f"/v1/investments/{code}/plan-lines")
    components = items(reader, sample, f"/v1/investments/{code}/components")
    years = get(reader, sample, f"/v1/investments/{code}/consequence?series=decided")["years"]

    assert lines["forecast"]["total_capital"] == expected
    assert sum(Decimal(one["acquisition"]) for one in components) == Decimal(expected)
    # What is written off in the end is what was decided to be built.
    assert sum(Decimal(year["depreciation"]) for year in years) == Decimal(decided)


def test_no_year_lacks_a_rate_and_each_says_where_it_is_from(reader, sample):
    rates = items(reader, sample, "/v1/internal-rates?limit=1000")
    indices = items(reader, sample, "/v1/price-indices")
    areas = get(reader, sample, "/v1/area-schemes/regso/areas/1280R045/consequence")

    assert [rate["year"] for rate in rates] == list(range(2025, 2101))
    assert "SKR" in rates[0]["source"]
    assert {rate["source"] for rate in rates[1:]} == {"Fiktivt antagande"}
    assert all("Fiktiv" in one["source"] for one in indices)
    assert areas["years"][-1]["year"] == 2079


def test_s5_every_frame_is_what_is_allocated_and_in_reserve(reader, sample):
    pools = items(reader, sample, "/v1/pools?limit=1000")
    allocations = items(reader, sample, "/v1/allocations?limit=1000")
    frames = items(reader, sample, "/v1/frames?limit=1000")
    allocated: dict[Any, Decimal] = defaultdict(Decimal)
    for row in allocations:
        allocated[row["pool"]["department"], row["year"], row["type"]] += Decimal(row["amount"])

    keys = [(pool["department"], pool["year"], pool["type"]) for pool in pools]

    assert {(one["department"], one["year"], one["type"]): one["amount"] for one in frames} == dict(
        zip(keys, (pool["frame"] for pool in pools), strict=True)
    )
    for key, pool in zip(keys, pools, strict=True):
        assert Decimal(pool["allocated"]) == allocated[key]
        assert Decimal(pool["frame"]) == allocated[key] + Decimal(pool["reserve"])
    assert {one["case_number"].split("-")[0] for one in frames} == {"FIKTIV"}


def test_s7_full_steering_would_be_worth_something_and_carry_what_is_on_hold(reader, sample):
    found = get(reader, sample, "/v1/programs/lindangen/steering-comparison?year=2027")["capital"]

    assert {
        name: found[name]
        for name in ("slack", "short", "covered_full", "covered_partial", "rubber_band")
    } == {
        "slack": "6800000.00",
        "short": "16000000.00",
        "covered_full": "6800000.00",
        "covered_partial": "800000.00",
        "rubber_band": "6000000.00",
    }
    assert found["carries"] == ["LIN-03"]


def test_s4_one_reallocation_waits_for_the_receiver_and_for_the_council(reader, sample):
    (found,) = items(reader, sample, "/v1/programs/lindangen/reallocations")

    assert (found["giver_department"], found["receiver_department"]) == ("KFF", "GFK")
    assert found["status"] == "giver_consented"
    assert [one["department"] or one["body"] for one in found["waiting_for"]] == ["GFK", "council"]
    assert found["blocked_by"] == []


def test_m3_the_accounts_are_booked_and_the_unknown_object_is_told(reader, sample):
    (found,) = items(reader, sample, "/v1/outcome-imports")
    rows = items(reader, sample, "/v1/gate-status")

    assert (found["status"], found["extent"]) == ("applied", "whole")
    assert found["source"]["format"] == "SIE 4E"
    assert found["source"]["encoding"] == "cp437"
    assert [one["object"] for one in found["impact"]["unknown_objects"]] == ["45199"]
    assert {one["severity"] for one in found["issues"]} == {"warning", "info"}
    assert {
        row["investment"]: row["outcome_total"] for row in rows if row["outcome_total"] != "0.00"
    } == BOOKED
    assert sum(map(Decimal, found["totals"].values())) == sum(map(Decimal, BOOKED.values())) + 87400


def test_the_accounts_are_readable_in_their_encoding_and_say_that_they_are_made_up():
    raw = (SAMPLE_DATA / "fictional_accounts_2026.se").read_bytes()

    assert "Exempelkommunen (påhittad)" in raw.decode("cp437")
    assert raw.count(b"\n") == raw.count(b"\r\n") > 100


def test_the_social_case_says_who_pays_for_whom_and_that_it_is_made_up(reader, sample):
    found = get(reader, sample, "/v1/investments/LIN-08/social-case")
    case, result = found["case"], found["result"]
    pockets = {one["payer"]: Decimal(one["difference"]) for one in result["wrong_pocket"]}

    assert "fiktiv" in case["name"]
    assert all("Fiktiv" in outcome["evidence"]["source"] for outcome in case["outcomes"])
    assert {outcome["evidence"]["grade"] for outcome in case["outcomes"]} == {"D", "E"}
    assert pockets["region"] > 0 > pockets["state"]
    # As the plan lines have it, the region's part included.
    assert sum(Decimal(cost["amount"]) for cost in case["costs"]) == Decimal("24000000.00")


def test_the_counts_of_money_are_of_what_is_there(reader, sample):
    paths = {
        "internal rates": "/v1/internal-rates",
        "price indices": "/v1/price-indices",
        "frames": "/v1/frames",
        "allocations": "/v1/allocations",
        "reallocations": "/v1/programs/lindangen/reallocations",
        "outcome imports": "/v1/outcome-imports",
    }
    each = {"components": "components", "consequence lines": "consequence-lines"}
    codes = list(STATUSES)

    found = {name: get(reader, sample, path)["total"] for name, path in paths.items()}
    for name, segment in each.items():
        addresses = [f"/v1/investments/{code}/{segment}" for code in codes]
        found[name] = sum(get(reader, sample, address)["total"] for address in addresses)
    cases = [get(reader, sample, f"/v1/investments/{code}/social-case") for code in codes]
    found["social cases"] = sum(one["case"] is not None for one in cases)

    assert found == {name: sample.loaded.counts[name] for name in found}


def book(session: Session) -> None:
    act = Act(actor="test", at=now())
    order, file = Order(ledger="huvudbok"), BytesIO(VOUCHER)
    previewed = preview_within(session, order, file, "mars.se", ReaderLimits())
    row = outcome_imports.create_import(session, act, previewed)
    outcome_imports.apply_import(session, act, row)


def test_a_ledger_that_is_booked_already_is_not_replaced_by_the_sample(engine: Engine):
    with transaction(engine) as session:
        book(session)

    with pytest.raises(Refused) as refusal:
        loading.load_once(engine)

    assert "huvudbok" in refusal.value.detail.sv
    assert "2026" in refusal.value.detail.en
    with snapshot(engine) as session:
        (kept,) = find_imports(session, 0, 10)
        assert kept.source["filename"] == "mars.se"
        assert not loading.was_loaded(session)


def test_a_rate_that_somebody_has_entered_is_not_replaced_by_the_sample(engine: Engine):
    with transaction(engine) as session:
        act = Act(actor="test", at=now())
        add_rates(session, act, year=2030, to_year=2030, rate="1.75", source="Vår egen")

    with pytest.raises(Refused) as refusal:
        loading.load_once(engine)

    assert "2030" in refusal.value.detail.sv
    with snapshot(engine) as session:
        assert not loading.was_loaded(session)

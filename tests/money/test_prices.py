"""Price levels (M1, G13): amounts moved between years by an index."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from portfolio.money.prices import CURRENT, Prices, compared, current_ore, half_up, missing_years
from tests import scenario
from tests.gates.life import Keys, read, walk
from tests.scenario import Headers, line, ok, put_lines, rules

LINES = "/v1/investments/LIN-01/plan-lines"
INDICES = "/v1/price-indices"


@dataclass
class Line:
    year: int
    amount: int
    price_level: str = CURRENT
    direction: str = "expense"


def prices(**values: str) -> Prices:
    """`prices(y2025="100")`."""
    return Prices({int(year[1:]): Decimal(value) for year, value in values.items()})


def test_m1_an_amount_of_a_fixed_level_is_moved_to_its_own_year():
    table = prices(y2025="100", y2026="104", y2027="110")

    assert current_ore(Line(2027, 1_000_00, "2025"), table) == 1_100_00
    assert current_ore(Line(2026, 1_000_00, "2025"), table) == 1_040_00
    assert current_ore(Line(2027, 1_000_00), table) == 1_000_00


def test_m1_beyond_the_last_known_year_prices_count_as_unchanged():
    assert current_ore(Line(2040, 200, "2025"), prices(y2025="100", y2027="150")) == 300


def test_m1_a_year_that_the_index_lacks_is_named():
    table = prices(y2025="100", y2028="110")

    assert current_ore(Line(2027, 100, "2025"), table) is None
    assert missing_years([Line(2027, 100, "2024"), Line(2028, 100, "2025")], table) == [2024, 2027]


def test_g13_the_forecast_is_moved_to_the_decided_level():
    table = prices(y2025="100", y2026="105")

    compared_now = compared([Line(2028, 1_050, "2026")], [Line(2028, 1_000, "2025")], table)

    assert compared_now == (1_000, 1_000)


def test_g13_an_index_published_later_moves_nothing_that_was_decided_at_current_level():
    frozen = {2025: Decimal(100), 2026: Decimal(104)}
    later = {**frozen, 2027: Decimal(120), 2028: Decimal(140)}
    decided, forecast = [Line(2028, 1_040)], [Line(2028, 1_000, "2025")]

    assert compared(forecast, decided, Prices(frozen, frozen)) == (1_040, 1_040)
    assert compared(forecast, decided, Prices(frozen, later)) == (1_040, 1_040)
    rewritten = [Line(2028, 1_200, "2027")]
    assert compared(rewritten, decided, Prices(frozen, later)) == (1_040, 1_040)


def test_g13_an_amount_whose_index_is_missing_counts_as_it_is_written():
    assert compared([Line(2028, 7, "2020")], [Line(2028, 5)], Prices({})) == (7, 5)


@given(
    amount=st.integers(0, 10**15),
    values=st.lists(st.integers(1, 10**6), min_size=2, max_size=2),
    direction=st.sampled_from(["expense", "income"]),
)
def test_g13_an_index_alone_never_moves_the_deviation(
    amount: int, values: list[int], direction: str
):
    table = Prices({2025: Decimal(values[0]), 2026: Decimal(values[1])})
    series = [Line(2027, amount, "2025", direction)]

    expected, agreed = compared(series, series, table)

    assert expected == agreed
    assert abs(agreed) == amount


@given(st.fractions())
def test_halves_are_rounded_away_from_zero(value: Any):
    found = half_up(value)

    assert abs(found - value) * 2 <= 1
    assert half_up(-value) == -found


def begin(client: TestClient, keys: Keys) -> Headers:
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    return admin


def put_index(client: TestClient, headers: Headers, year: int, value: str, **fields: Any) -> Any:
    body = {"index": "PKV", "year": year, "value": value, "source": "SKR", **fields}
    return client.post(INDICES, json=body, headers=headers)


def test_m1_plan_lines_of_a_fixed_level_are_shown_at_current_level_too(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    lines = (line("1000.00", price_level="2025"), line("10.00"))
    found = ok(put_lines(client, admin, "LIN-01", *lines), 200)
    assert found["forecast"]["at_current_level"] is None
    assert found["missing_index_years"] == [2025, 2027]

    ok(put_index(client, keys["finance"], 2025, "100"))
    ok(put_index(client, keys["finance"], 2027, "110.5"))

    found = read(client, admin, LINES)
    assert found["missing_index_years"] == []
    assert found["forecast"]["total"] == "1010.00"
    current = found["forecast"]["at_current_level"]
    assert sorted(entry["amount"] for entry in current["lines"]) == ["10.00", "1105.00"]
    assert {entry["price_level"] for entry in current["lines"]} == {"current"}
    assert current["total"] == "1115.00"


def test_m1_what_was_read_can_be_sent_back(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("1000.00", price_level="2025")), 200)

    lines = read(client, admin, LINES)["forecast"]["lines"]

    assert ok(put_lines(client, admin, "LIN-01", *lines), 200)["forecast"]["lines"] == lines


def choose_index(client: TestClient, headers: Headers, name: str) -> Any:
    tag = client.get("/v1/settings", headers=headers).headers["etag"]
    changed = {"price_index": name}
    return client.patch("/v1/settings", json=changed, headers={**headers, "If-Match": tag})


def test_m1_of_several_indices_the_setting_chooses(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("1000.00", price_level="2025")), 200)
    ok(put_index(client, admin, 2025, "100"))
    ok(put_index(client, admin, 2027, "110"))
    assert rules(put_index(client, admin, 2025, "100", index="E84")) == {"M1"}
    assert choose_index(client, admin, "E84").status_code == 422
    ok(choose_index(client, admin, "PKV"), 200)
    ok(put_index(client, admin, 2025, "100", index="E84"))
    ok(put_index(client, admin, 2027, "130", index="E84"))
    assert read(client, admin, LINES)["forecast"]["at_current_level"]["total"] == "1100.00"

    ok(choose_index(client, admin, "E84"), 200)

    assert read(client, admin, LINES)["forecast"]["at_current_level"]["total"] == "1300.00"


def test_g13_lines_decided_before_the_tool_keep_the_index_of_their_registration(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    ok(put_index(client, admin, 2025, "100"))
    made = ok(put_index(client, admin, 2027, "110"))
    ok(put_lines(client, admin, "LIN-01", line("110.00")), 200)
    skipped = {"to_gate": "handover", "decided_lines": [line("100.00", price_level="2025")]}
    ok(scenario.decide(client, admin, "LIN-01", gate="need", outcome="skip", **skipped))
    assert status(client, admin) == "preparing"

    path = f"{INDICES}/{made['id']}"
    tag = client.get(path, headers=admin).headers["etag"]
    ok(client.patch(path, json={"value": "90"}, headers={**admin, "If-Match": tag}), 200)

    assert status(client, admin) == "preparing"


def test_g13_a_round_that_knew_no_index_is_compared_as_written(client: TestClient, keys: Keys):
    admin = keys["admin"]
    scenario.put_municipality(client, admin, steering="full")
    scenario.put_investment(client, admin)
    in_realisation(client, admin, line("100.00", price_level="2025"))
    ok(put_lines(client, admin, "LIN-01", line("105.00")), 200)

    ok(put_index(client, admin, 2025, "100"))
    ok(put_index(client, admin, 2027, "90"))

    assert status(client, admin) == "preparing"


def in_realisation(client: TestClient, admin: Headers, *lines: dict[str, Any]) -> None:
    """Decided with these lines, and past the implementation gate."""
    ok(put_lines(client, admin, "LIN-01", *lines), 200)
    walk(client, admin, "handover", steering="full")


def status(client: TestClient, admin: Headers) -> str:
    return str(read(client, admin, "/v1/investments/LIN-01")["status"])


def test_g13_index_alone_trips_nothing_and_a_real_increase_does(client: TestClient, keys: Keys):
    admin = keys["admin"]
    scenario.put_municipality(client, admin, steering="full")
    scenario.put_investment(client, admin)
    ok(put_index(client, admin, 2025, "100"))
    in_realisation(client, admin, line("1000.00", price_level="2025"))

    ok(put_index(client, admin, 2026, "130"))
    assert status(client, admin) == "preparing"
    ok(put_lines(client, admin, "LIN-01", line("1300.00", price_level="2026")), 200)
    assert status(client, admin) == "preparing"

    ok(put_lines(client, admin, "LIN-01", line("1440.00", price_level="2026")), 200)
    assert status(client, admin) == "reconsideration_required"


def test_g13_a_corrected_index_moves_the_status_at_once(client: TestClient, keys: Keys):
    admin = keys["admin"]
    scenario.put_municipality(client, admin, steering="full")
    scenario.put_investment(client, admin)
    ok(put_index(client, admin, 2025, "100"))
    in_realisation(client, admin, line("1000.00", price_level="2025"))
    wrong = ok(put_index(client, admin, 2026, "200"))
    ok(put_lines(client, admin, "LIN-01", line("1300.00", price_level="2026")), 200)
    assert status(client, admin) == "preparing"

    path = f"{INDICES}/{wrong['id']}"
    tag = client.get(path, headers=admin).headers["etag"]
    ok(client.patch(path, json={"value": "100"}, headers={**admin, "If-Match": tag}), 200)

    assert status(client, admin) == "reconsideration_required"
    assert read(client, admin, f"{INDICES}/{wrong['id']}")["value"] == "100"


def test_g3_a_submitted_round_keeps_the_index_of_its_day(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    made = ok(put_index(client, admin, 2025, "100"))
    number = scenario.submit(client, admin, "LIN-01")
    tag = client.get(f"{INDICES}/{made['id']}", headers=admin).headers["etag"]
    headers = {**admin, "If-Match": tag}
    ok(client.delete(f"{INDICES}/{made['id']}", headers=headers), 204)

    found = read(client, admin, f"/v1/investments/LIN-01/assessments/{number}")

    assert found["frozen"]["price_index"] == {"2025": "100"}
    assert client.get(f"{INDICES}/{made['id']}", headers=admin).status_code == 404


def test_a_year_has_one_value_of_an_index(client: TestClient, keys: Keys):
    ok(put_index(client, keys["admin"], 2025, "100"))

    assert rules(put_index(client, keys["admin"], 2025, "101")) == {"M1"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", "0"),
        ("value", "-1"),
        ("value", "NaN"),
        ("value", "1e3"),
        ("value", 100),
        ("value", "100,5"),
        ("value", "9" * 30),
        ("year", 0),
        ("year", 9999),
        ("year", True),
        ("index", ""),
        ("index", "x" * 65),
        ("source", ""),
    ],
)
def test_a_bad_value_is_pointed_at(client: TestClient, keys: Keys, field: str, value: Any):
    body = {"index": "PKV", "year": 2025, "value": "100", "source": "SKR", field: value}

    refused = client.post(INDICES, json=body, headers=keys["finance"])

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [f"/{field}"]

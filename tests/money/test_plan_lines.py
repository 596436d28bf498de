"""Plan lines through HTTP: the forecast, what is decided, and what they differ by (M1)."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests import scenario
from tests.gates.life import PATH, begin, pass_gate, read, status_row, tagged
from tests.scenario import Headers, decide, line, ok, put_lines

Keys = dict[str, Headers]
LINES = f"{PATH}/plan-lines"


def forecast(client: TestClient, headers: Headers) -> list[tuple[str, str]]:
    return [
        (row["department"], row["amount"])
        for row in read(client, headers, LINES)["forecast"]["lines"]
    ]


def test_m1_the_forecast_is_replaced_whole(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("100.00"), line("50.00", year=2028)), 200)

    ok(put_lines(client, admin, "LIN-01", line("70.00", account="1140", price_level="2026")), 200)

    found = read(client, admin, LINES)["forecast"]
    assert found["lines"] == [
        {
            "year": 2027,
            "type": "capital",
            "direction": "expense",
            "department": "FGK",
            "account": "1140",
            "price_level": "2026",
            "amount": "70.00",
        }
    ]
    assert put_lines(client, admin, "LIN-01").json()["forecast"]["lines"] == []


def test_m1_totals_are_apart_for_capital_and_operating_and_take_income_off(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    lines = [
        line("1000.00"),
        line("250.00", direction="income", year=2029),
        line("99.99", type="operating"),
        line("100.00", type="operating", direction="income", year=2030),
    ]

    found = ok(put_lines(client, admin, "LIN-01", *lines), 200)

    assert found["forecast"]["total"] == "749.99"
    assert found["forecast"]["total_capital"] == "750.00"
    assert found["forecast"]["total_operating"] == "-0.01"
    row = status_row(client, admin)
    assert (row["forecast_total"], row["forecast_operating"]) == ("749.99", "-0.01")


def test_m1_decided_lines_are_the_rounds_and_the_deviation_is_forecast_less_decided(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("100.00"), line("10.00", type="operating")), 200)
    pass_gate(client, admin, "need")
    ok(put_lines(client, admin, "LIN-01", line("80.00"), line("15.00", type="operating")), 200)

    found = read(client, admin, LINES)

    assert found["decided"]["total"] == "110.00"
    assert [row["amount"] for row in found["decided"]["lines"]] == ["100.00", "10.00"]
    assert found["deviation"] == {
        "total": "-15.00",
        "total_capital": "-20.00",
        "total_operating": "5.00",
    }
    nothing = {
        "lines": [],
        "total": "0.00",
        "total_capital": "0.00",
        "total_operating": "0.00",
    }
    assert found["outcome"] == {**nothing, "at_current_level": nothing}


@pytest.mark.parametrize("outcome", ["hold", "stop"])
def test_m1_only_pass_amend_and_skip_decide_lines(client: TestClient, keys: Keys, outcome: str):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("100.00")), 200)
    pass_gate(client, admin, "need")
    ok(put_lines(client, admin, "LIN-01", line("80.00")), 200)

    ok(decide(client, admin, "LIN-01", gate="study", outcome=outcome))

    assert read(client, admin, LINES)["decided"]["total"] == "100.00"


def test_m1_a_department_writes_its_own_lines_only(client: TestClient, keys: Keys, engine: Engine):
    admin = begin(client, keys)
    own = scenario.department_key(engine, "FGK")
    ok(
        put_lines(client, admin, "LIN-01", line("100.00"), line("40.00", department="GFK")),
        200,
    )

    refused = put_lines(client, own, "LIN-01", line("1.00"), line("2.00", department="GFK"))
    ok(put_lines(client, own, "LIN-01", line("70.00"), line("5.00", year=2028)), 200)

    assert refused.status_code == 403
    assert forecast(client, admin) == [("GFK", "40.00"), ("FGK", "70.00"), ("FGK", "5.00")]


def test_m1_a_department_writes_its_own_lines_in_anothers_investment(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("100.00")), 200)
    schools = scenario.department_key(engine, "GFK")

    staff = line("40.00", department="GFK", type="operating")
    ok(put_lines(client, schools, "LIN-01", staff), 200)

    assert forecast(client, admin) == [("FGK", "100.00"), ("GFK", "40.00")]
    ok(put_lines(client, schools, "LIN-01"), 200)
    assert forecast(client, admin) == [("FGK", "100.00")]


def test_replacing_lines_carries_the_version_it_starts_from(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    stale = tagged(client, admin, LINES)
    ok(put_lines(client, admin, "LIN-01", line("100.00")), 200)
    body = {"lines": [line("1.00")]}

    assert client.put(LINES, json=body, headers=admin).status_code == 428
    assert client.put(LINES, json=body, headers=stale).status_code == 412
    assert client.put(LINES, json=body, headers=keys["viewer"]).status_code == 403
    assert forecast(client, admin) == [("FGK", "100.00")]


def test_the_same_lines_again_change_nothing_but_are_an_event(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    twice = [line("100.00"), line("100.00")]
    ok(put_lines(client, admin, "LIN-01", *twice), 200)
    before = read(client, admin, LINES)

    ok(put_lines(client, admin, "LIN-01", *twice), 200)

    assert read(client, admin, LINES) == before
    events = read(client, admin, "/v1/events?resource=/v1/investments/LIN-01/plan-lines")
    assert events["total"] == 2
    assert events["items"][1]["before"] == events["items"][1]["after"]


SENSELESS: tuple[tuple[str, Any], ...] = (
    ("amount", 100),
    ("amount", "-1.00"),
    ("amount", "1.001"),
    ("year", "2027"),
    ("year", 1),
    ("type", "other"),
    ("direction", None),
    ("department", "XXX"),
    ("price_level", "sometimes"),
    ("vat", True),
)


def test_a_line_that_makes_no_sense_is_pointed_at(client: TestClient, keys: Keys):
    admin = begin(client, keys)

    for name, value in SENSELESS:
        refused = put_lines(client, admin, "LIN-01", line("1.00") | {name: value})

        assert refused.status_code == 422, (name, value)
        assert f"/lines/0/{name}" in [error["pointer"] for error in refused.json()["errors"]]


def test_money_of_an_investment_without_a_program_counts_too(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    scenario.put_investment(client, admin, code="FRI-01", program=None)

    ok(put_lines(client, admin, "FRI-01", line("12.00")), 200)

    row = status_row(client, admin, "FRI-01")
    assert (row["forecast_total"], row["gate"], row["status"]) == ("12.00", None, "preparing")


MOST = "9999999999999.99"


def test_m1_the_lines_of_an_investment_are_together_at_most_what_one_may_be(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line(MOST)), 200)

    refused = put_lines(client, admin, "LIN-01", line(MOST), line("0.01", direction="income"))

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/lines"
    assert forecast(client, admin) == [("FGK", MOST)]


def test_m1_the_lines_of_other_departments_count_too(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line(MOST, department="GFK")), 200)
    own = scenario.department_key(engine, "FGK")

    refused = put_lines(client, own, "LIN-01", line("0.01"))

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/lines"


def test_g9_the_lines_of_a_skip_are_together_at_most_what_one_may_be(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    lines = [line(MOST), line(MOST, year=2028)]

    refused = decide(client, admin, "LIN-01", gate="need", outcome="skip", decided_lines=lines)

    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == "/decided_lines"

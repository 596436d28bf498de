"""Gate status as finance asks for it: rows, filters, pages and totals (M1)."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import select

from portfolio.amounts import format_amount
from portfolio.database.engine import transaction
from portfolio.investments.models import Investment
from tests import scenario
from tests.gates.life import Keys, begin, pass_gate, read, status_row
from tests.investments.places import named
from tests.scenario import Headers, decide, line, ok, put_lines, submit

ADDRESS = "/v1/gate-status"
COLUMNS = {
    "investment",
    "name",
    "kind",
    "program",
    "steering",
    "areas",
    "department",
    "gate",
    "gate_position",
    "status",
    "last_outcome",
    "last_decided_on",
    "last_decided_by",
    "last_case_number",
    "review_on",
    "next_gate_on",
    "weak_steps",
    "open_conditions",
    "decided_total",
    "decided_capital",
    "decided_operating",
    "forecast_total",
    "forecast_capital",
    "forecast_operating",
    "outcome_total",
    "outcome_capital",
    "outcome_operating",
    "deviation",
    "deviation_capital",
    "deviation_operating",
    "released_total",
    "remaining_to_release",
    "operating_consequence_decided",
    "operating_consequence_forecast",
    "operating_consequence_deviation",
}


def put_four(client: TestClient, admin: Headers) -> None:
    """LIN-01 passed with money, B is held, C is another department's, D is in no program."""
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin, location=named(("A00", 0.5), ("A11", 0.5)))
    scenario.put_investment(client, admin, code="B", kind="social")
    scenario.put_investment(client, admin, code="C", department="GFK")
    scenario.put_investment(client, admin, code="D", program=None)
    lines = (line("100.00"), line("20.50", type="operating", year=2028))
    ok(put_lines(client, admin, "LIN-01", *lines), 200)
    condition = {"text": "Lös driften", "owner": "FGK"}
    pass_gate(client, admin, "need", released_amount="60.00", conditions=[condition])
    ok(put_lines(client, admin, "LIN-01", line("110.00"), lines[1]), 200)
    ok(put_lines(client, admin, "C", line("5.00", department="GFK")), 200)
    ok(decide(client, admin, "B", gate="need", outcome="hold", decided_on="2026-06-11"))


@pytest.fixture
def admin(client: TestClient, keys: Keys, engine: Engine) -> Headers:
    scenario.put_scheme(engine)
    put_four(client, keys["admin"])
    return keys["admin"]


def test_a_row_tells_where_an_investment_stands(client: TestClient, admin: Headers):
    row = status_row(client, admin)

    assert set(row) == COLUMNS
    assert row["areas"] == [{"scheme": "grid", "code": "A00"}, {"scheme": "grid", "code": "A11"}]
    assert (row["program"], row["steering"]) == ("lindangen", "partial")
    assert (row["gate"], row["gate_position"], row["status"]) == ("study", 1, "preparing")
    assert (row["last_outcome"], row["last_decided_on"]) == ("pass", "2026-06-10")
    assert (row["last_decided_by"], row["last_case_number"]) == ("executive_board", "STK-2026-700")
    assert (row["next_gate_on"], row["open_conditions"]) == ("2027-03-31", 1)
    assert (row["decided_total"], row["decided_capital"]) == ("120.50", "100.00")
    assert (row["forecast_total"], row["deviation"]) == ("130.50", "10.00")
    assert (row["deviation_capital"], row["deviation_operating"]) == ("10.00", "0.00")
    assert (row["released_total"], row["remaining_to_release"]) == ("60.00", "60.50")
    assert row["outcome_total"] == "0.00"


def test_g1_an_investment_in_no_program_has_no_gate_but_is_listed(
    client: TestClient, admin: Headers
):
    row = status_row(client, admin, "D")

    assert {row[name] for name in ("program", "steering", "gate", "gate_position")} == {None}
    assert row["status"] == "preparing"


def test_rows_are_filtered(client: TestClient, admin: Headers):
    submit(client, admin, "C")

    def codes(**query: Any) -> list[str]:
        answers = [
            ok(client.get(ADDRESS, params={**query, **more}, headers=admin), 200)
            for more in ({}, {"as_of": "2026-11-01"})
        ]
        assert answers[0]["items"] == answers[1]["items"]
        assert answers[0]["total"] == answers[1]["total"] == len(answers[0]["items"])
        return [row["investment"] for row in answers[0]["items"]]

    assert codes() == ["B", "C", "D", "LIN-01"]
    assert codes(program="lindangen") == ["B", "C", "LIN-01"]
    assert codes(department="GFK") == ["C"]
    assert codes(kind="social") == ["B"]
    assert codes(gate="need") == ["B", "C"]
    assert codes(status="on_hold") == ["B"]
    assert codes(status="submitted") == ["C"]
    assert codes(scheme="grid", area="A11") == ["LIN-01"]
    assert codes(scheme="grid", area="A01") == []
    assert codes(scheme="grid", area="A11", kind="social") == []


MALFORMED = (
    *("kind=x", "status=x", "scheme=grid", "area=A00", "as_of=2026", "known_at=2026-01-01"),
    *("year=x", "format=pdf", "limit=0", "limit=-1", "limit=x", "cursor=x", "unknown=1"),
)


def test_a_parameter_that_makes_no_sense_is_400(client: TestClient, keys: Keys):
    for query in MALFORMED:
        answer = client.get(f"{ADDRESS}?{query}", headers=keys["viewer"])

        assert answer.status_code == 400, query
        assert answer.json()["type"] == "/problems/invalid-parameter"


def test_pages_follow_each_other_and_carry_every_parameter(client: TestClient, admin: Headers):
    for more in ("", "&as_of=2026-11-01"):
        found: list[Any] = []
        address = f"{ADDRESS}?limit=1&department=FGK{more}"
        while address:
            page = read(client, admin, address)
            assert page["total"] == 3
            found += page["items"]
            address = page["next"]

        assert found == read(client, admin, f"{ADDRESS}?department=FGK{more}")["items"]
    assert read(client, admin, f"{ADDRESS}?limit=100000")["next"] is None


def test_m1_totals_add_up_over_all_that_match_not_only_the_page(client: TestClient, admin: Headers):
    for more in ("", "&as_of=2026-11-01", "&year=2027", "&year=2028"):
        check_totals(client, admin, more)


def check_totals(client: TestClient, admin: Headers, more: str) -> None:
    rows = read(client, admin, f"{ADDRESS}?limit=1000{more}")
    page = read(client, admin, f"{ADDRESS}?totals=true&limit=1{more}")

    totals = page["totals"]
    assert len(page["items"]) == 1
    assert totals["all"]["count"] == 4
    for name in (
        column for column in COLUMNS if column.endswith(("_total", "_capital", "_release"))
    ):
        whole = sum(ore(row[name]) for row in rows["items"])
        assert ore(totals["all"][name]) == whole
        for group in ("by_gate", "by_department"):
            assert sum(ore(row[name]) for row in totals[group]) == whole
    assert [(row["gate"], row["count"]) for row in totals["by_gate"]] == [
        (None, 1),
        ("need", 2),
        ("study", 1),
    ]
    assert [(row["department"], row["count"]) for row in totals["by_department"]] == [
        ("FGK", 3),
        ("GFK", 1),
    ]


def ore(amount: str) -> int:
    return int(amount.replace(".", ""))


def test_totals_come_only_when_they_are_asked_for(client: TestClient, admin: Headers):
    assert "totals" not in read(client, admin, ADDRESS)
    assert read(client, admin, f"{ADDRESS}?totals=true&kind=social")["totals"]["all"]["count"] == 1


def test_a_year_leaves_the_money_of_other_years_out(client: TestClient, admin: Headers):
    row = status_row(client, admin, year=2028)

    assert (row["forecast_total"], row["decided_total"]) == ("20.50", "20.50")
    assert (row["forecast_capital"], row["deviation"]) == ("0.00", "0.00")
    assert (row["gate"], row["released_total"]) == ("study", "60.00")
    assert row["remaining_to_release"] == "60.50"
    assert status_row(client, admin, year=2030)["forecast_total"] == "0.00"


def test_everyone_with_a_key_reads_it(client: TestClient, keys: Keys):
    begin(client, keys)

    for headers in keys.values():
        assert client.get(ADDRESS, headers=headers).status_code == 200
    assert client.get(ADDRESS).status_code == 401


def test_m1_totals_hold_however_much_all_investments_are_together(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin(client, keys)
    most = 10**15 - 1
    with transaction(engine) as session:
        first = session.exec(select(Investment)).one()
        for number in range(10_000):
            fields = first.model_dump(exclude={"id", "code"})
            fields |= {"forecast_capital": most, "forecast_operating": -most, "weak_steps": []}
            session.add(Investment(**fields, code=f"N-{number}"))

    totals = read(client, admin, "/v1/gate-status?totals=true&limit=1")["totals"]

    assert totals["all"]["forecast_capital"] == format_amount(10_000 * most)
    assert totals["all"]["forecast_operating"] == format_amount(-10_000 * most)
    assert totals["by_department"][0]["forecast_capital"] == format_amount(10_000 * most)
    assert totals["by_gate"][0]["forecast_total"] == "0.00"

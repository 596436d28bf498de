"""The portfolio of an area: every investment there, whoever pays, to the öre (A5, A7)."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from portfolio.database.engine import snapshot
from portfolio.reports.portfolio_of_area import Question, portfolio_now
from tests import scenario
from tests.gates.life import Keys, pass_gate, read, tagged
from tests.investments.places import named
from tests.scenario import Headers, line, ok, put_lines

AREAS = "/v1/area-schemes/grid/areas"


@pytest.fixture
def admin(client: TestClient, keys: Keys, engine: Engine) -> Headers:
    scenario.put_scheme(engine)
    scenario.put_municipality(client, keys["admin"])
    return keys["admin"]


def put(client: TestClient, admin: Headers, code: str, *lines: Any, **fields: Any) -> None:
    scenario.put_investment(client, admin, code=code, **fields)
    ok(put_lines(client, admin, code, *lines), 200)


def portfolio(client: TestClient, headers: Headers, area: str = "A00", **query: Any) -> Any:
    answer = client.get(f"{AREAS}/{area}/portfolio", params=query, headers=headers)
    return ok(answer, 200)


def codes(answer: Any) -> list[str]:
    return [row["investment"] for row in answer["items"]]


def test_v_split_2_six_and_three_million_and_one_outside(client: TestClient, admin: Headers):
    place = named(("A00", 0.6), ("A01", 0.3))
    put(client, admin, "LIN-01", line("10000000.00"), location=place)

    first, second = portfolio(client, admin, "A00"), portfolio(client, admin, "A01")

    assert first["items"][0]["apportioned_total"] == "6000000.00"
    assert first["items"][0]["planned_total"] == "10000000.00"
    assert first["items"][0]["share"] == 0.6
    assert second["items"][0]["apportioned_total"] == "3000000.00"
    assert first["outside"] == second["outside"] == "1000000.00"
    assert first["located_share"] == 0.9
    assert codes(portfolio(client, admin, "A11")) == []


def test_v_split_1_three_equal_shares_of_ten_million(client: TestClient, admin: Headers):
    third = 0.3333333333
    place = named(("A00", third), ("A01", third), ("A10", third))
    put(client, admin, "LIN-01", line("10000000.00"), location=place)

    parts = [portfolio(client, admin, area)["totals"]["all"] for area in ("A00", "A01", "A10")]

    assert [part["apportioned_total"] for part in parts] == [
        "3333333.34",
        "3333333.33",
        "3333333.33",
    ]


def test_a7_what_has_no_place_is_told_of_the_schemes_whole(client: TestClient, admin: Headers):
    put(client, admin, "A", line("100.00"), location=named(("A00", 1.0)))
    put(client, admin, "B", line("30.00"), location={"municipality_wide": True})
    put(client, admin, "C", line("20.00"), location={"not_located": "Oklart."})
    put(client, admin, "D", line("50.00"), location=named(("A11", 1.0)))

    for area in ("A00", "A10"):
        answer = portfolio(client, admin, area)
        assert answer["municipality_wide"] == "30.00"
        assert answer["not_located"] == "20.00"
        assert answer["outside"] == "0.00"
        assert answer["scheme_total"] == "200.00"
        assert answer["located_share"] == 0.75


def test_a7_totals_by_kind_department_gate_serves_and_year(client: TestClient, admin: Headers):
    here = {"location": named(("A00", 0.5))}
    lines = (line("100.01"), line("60.00", type="operating", year=2028))
    put(client, admin, "A", *lines, **here)
    put(client, admin, "B", line("10.00"), kind="social", department="GFK", **here)
    put(client, admin, "C", line("7.00"), program=None, serves="citywide", **here)
    pass_gate(client, admin, "need", "B")

    totals = portfolio(client, admin)["totals"]

    def amounts(group: str, name: str) -> dict[Any, str]:
        return {row[name]: row["apportioned_total"] for row in totals[f"by_{group}"]}

    assert amounts("kind", "kind") == {"physical": "83.51", "social": "5.00"}
    assert amounts("department", "department") == {"FGK": "83.51", "GFK": "5.00"}
    assert amounts("gate", "gate") == {None: "3.50", "need": "80.01", "study": "5.00"}
    assert amounts("serves", "serves") == {"citywide": "3.50", "local": "85.01"}
    assert amounts("year", "year") == {2027: "58.51", 2028: "30.00"}
    assert totals["all"]["count"] == 3
    assert totals["all"]["apportioned_total"] == "88.51"
    assert totals["all"]["apportioned_operating"] == "30.00"


def test_the_portfolio_is_filtered(client: TestClient, admin: Headers):
    here = {"location": named(("A00", 0.7))}
    put(client, admin, "A", line("3.33"), **here)
    put(
        client, admin, "B", line("5.55"), kind="social", department="GFK", serves="citywide", **here
    )
    pass_gate(client, admin, "need", "B")

    assert codes(portfolio(client, admin)) == ["A", "B"]
    assert codes(portfolio(client, admin, kind="social")) == ["B"]
    assert codes(portfolio(client, admin, department="FGK")) == ["A"]
    assert codes(portfolio(client, admin, gate="study")) == ["B"]
    assert codes(portfolio(client, admin, serves="local")) == ["A"]
    for one in ({"kind": "social"}, {"department": "FGK"}, {"gate": "study"}, {"serves": "local"}):
        derived = portfolio(client, admin, known_at="2199-01-01T00:00:00Z", **one)
        assert portfolio(client, admin, **one) == derived
    assert client.get(f"{AREAS}/A99/portfolio", headers=admin).status_code == 404
    assert client.get(f"{AREAS}/A00/portfolio?by=x", headers=admin).status_code == 400
    assert client.get(f"{AREAS}/A00/portfolio").status_code == 401


def test_a5_by_served_counts_those_it_is_for(client: TestClient, admin: Headers):
    served = [{"scheme": "grid", "code": "A01"}, {"scheme": "grid", "code": "A10"}]
    stands = {"location": named(("A00", 1.0))}
    put(client, admin, "A", line("100.01"), served_areas=served, **stands)
    put(client, admin, "B", line("40.00"), **stands)
    put(client, admin, "C", line("9.00"), serves="citywide", **stands)

    assert codes(portfolio(client, admin)) == ["A", "B", "C"]
    by_served = {
        area: portfolio(client, admin, area, by="served") for area in ("A00", "A01", "A10")
    }
    assert {area: codes(answer) for area, answer in by_served.items()} == {
        "A00": ["B"],
        "A01": ["A"],
        "A10": ["A"],
    }
    assert by_served["A01"]["items"][0]["apportioned_total"] == "50.01"
    assert by_served["A10"]["items"][0]["apportioned_total"] == "50.00"
    assert by_served["A00"]["municipality_wide"] == "9.00"
    assert by_served["A00"]["scheme_total"] == "149.01"


def test_m4_a_portfolio_as_of_a_date_shows_the_gate_of_that_date(
    client: TestClient, admin: Headers
):
    put(client, admin, "A", location=named(("A00", 1.0)))
    pass_gate(client, admin, "need", "A", decided_on="2026-06-10")

    def gate(day: str) -> str:
        found: str = portfolio(client, admin, as_of=day)["items"][0]["gate"]
        return found

    assert (gate("2026-06-09"), gate("2026-06-10")) == ("need", "study")


def test_m4_a_portfolio_as_known_has_the_money_and_the_place_of_that_time(
    client: TestClient, admin: Headers
):
    put(client, admin, "A", line("100.00"), location=named(("A00", 1.0)))
    path = "/v1/investments/A"
    then = read(client, admin, f"/v1/events?resource={path}/plan-lines")["items"][-1]["at"]
    ok(put_lines(client, admin, "A", line("70.00")), 200)
    elsewhere = {"location": named(("A11", 1.0)), "name": "Flyttad"}
    ok(client.patch(path, json=elsewhere, headers=tagged(client, admin, path)), 200)

    known = portfolio(client, admin, known_at=then)

    assert (known["items"][0]["name"], known["items"][0]["planned_total"]) == ("Gångväg", "100.00")
    assert codes(portfolio(client, admin)) == []
    assert codes(portfolio(client, admin, "A11")) == ["A"]


def wholes(answer: Any) -> dict[str, Any]:
    """What is told of the scheme's whole."""
    names = ("outside", "municipality_wide", "not_located", "scheme_total")
    found = {name: value for name, value in answer.items() if name.rpartition("_")[0] in names} | {
        name: answer[name] for name in (*names, "located_share")
    }
    return found


def test_a7_the_whole_is_right_after_every_change(client: TestClient, admin: Headers):
    """The one kept in memory; one asked for as known later than now is added up afresh."""

    def agree() -> Any:
        shown = {}
        for basis in ("location", "served"):
            kept = portfolio(client, admin, by=basis)
            afresh = portfolio(client, admin, by=basis, known_at="2199-01-01T00:00:00Z")
            assert kept == afresh
            shown[basis] = wholes(kept)
        return shown

    served = [{"scheme": "grid", "code": "A01"}]
    seen = [agree()]
    lines = (line("100.01"), line("60.03", type="operating", year=2028))
    income = line("33.35", direction="income", year=2029)
    partly = named(("A00", 0.3333333333), ("A01", 0.3333333333))
    put(client, admin, "A", *lines, income, location=partly, served_areas=served)
    seen.append(agree())
    put(client, admin, "B", line("0.07"), location=partly, serves="citywide")
    seen.append(agree())
    put(client, admin, "C", line("30.00"), location={"not_located": "Oklart."})
    seen.append(agree())
    for change in (
        {"location": {"municipality_wide": True}},
        {"location": named(("A10", 1.0))},
        {"location": partly, "serves": "local"},
    ):
        path = "/v1/investments/B"
        ok(client.patch(path, json=change, headers=tagged(client, admin, path)), 200)
        seen.append(agree())
    ok(put_lines(client, admin, "A", income), 200)
    seen.append(agree())
    path = "/v1/investments/C"
    ok(client.delete(path, headers=tagged(client, admin, path)), 204)
    seen.append(agree())
    put(client, admin, "C", line("8.00"), location=partly)
    seen.append(agree())

    assert all(one != other for one, other in pairwise(seen))


def test_a7_a_session_that_began_earlier_is_told_the_whole_of_then(
    client: TestClient, admin: Headers, engine: Engine
):
    place = named(("A00", 0.6))
    put(client, admin, "A", line("10.00"), location=place)
    before = portfolio(client, admin)
    with snapshot(engine) as session:
        question = Question("grid", "A00", date(2026, 9, 1), "location", None)
        session.execute(select(1))
        first = portfolio_now(session, question, None, question.at)
        ok(put_lines(client, admin, "A", line("30.00")), 200)
        put(client, admin, "B", line("5.00"), location=place)
        after = portfolio(client, admin)
        again = portfolio_now(session, question, None, question.at)

    assert (before["scheme_total"], after["scheme_total"]) == ("10.00", "35.00")
    assert wholes(first) == wholes(again) == wholes(before)
    assert wholes(portfolio(client, admin)) == wholes(after)

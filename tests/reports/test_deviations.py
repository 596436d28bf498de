"""What has come out otherwise than decided, expected or released, and by how much."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from portfolio.clock import now, rfc3339, swedish_date
from portfolio.money.rules import exceeds
from portfolio.reports.deviations import Compared, DeviationKind
from tests import scenario
from tests.gates.life import Keys, pass_gate, read, tagged
from tests.reports.booking import book, owning
from tests.reports.test_exports import sheet, table
from tests.scenario import Headers, line, ok, put_lines

PATH = "/v1/reports/deviations"
# At the end of the year that is planned for.
IN_2027 = "&as_of=2027-12-31"


@pytest.fixture
def admin(client: TestClient, keys: Keys, engine: Engine) -> Headers:
    """Decided 100, expected 111 in 2027, released 60, and 50 booked in 2026."""
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin, **owning("100"))
    scenario.put_investment(client, admin, code="B", department="GFK", program=None)
    ok(put_lines(client, admin, "LIN-01", line("100.00")), 200)
    pass_gate(client, admin, "need", released_amount="60.00")
    ok(put_lines(client, admin, "LIN-01", line("111.00")), 200)
    book(engine, "100", 5_000, "2026-09-01")
    return admin


def found(client: TestClient, headers: Headers, query: str = "") -> list[Any]:
    items: list[Any] = read(client, headers, f"{PATH}?limit=1000{query}")["items"]
    return items


def of_kind(items: list[Any], kind: str) -> list[Any]:
    return [one for one in items if one["kind"] == kind]


def test_g13_a_forecast_over_the_decided_by_more_than_the_tolerance(
    client: TestClient, admin: Headers
):
    (row,) = of_kind(found(client, admin), "forecast_against_decided")

    assert row == {
        "investment": "LIN-01",
        "name": "Gångväg",
        "program": "lindangen",
        "department": "FGK",
        "status": "preparing",
        "kind": "forecast_against_decided",
        "type": None,
        "year": None,
        "expected": "100.00",
        "actual": "111.00",
        "deviation": "11.00",
        "percent": 11.0,
        "tolerance_percent": 10.0,
        "exceeds": True,
    }


def test_what_is_within_its_tolerance_is_listed_only_with_all(client: TestClient, admin: Headers):
    ok(put_lines(client, admin, "LIN-01", line("110.00")), 200)

    assert of_kind(found(client, admin), "forecast_against_decided") == []
    (row,) = of_kind(found(client, admin, "&all=true"), "forecast_against_decided")
    assert (row["percent"], row["exceeds"]) == (10.0, False)


def test_a_forecast_below_the_decided_does_not_exceed(client: TestClient, admin: Headers):
    ok(put_lines(client, admin, "LIN-01", line("10.00")), 200)

    (row,) = of_kind(found(client, admin, "&all=true"), "forecast_against_decided")
    assert (row["deviation"], row["percent"], row["exceeds"]) == ("-90.00", -90.0, False)


def test_the_tolerances_are_settings(client: TestClient, admin: Headers):
    headers = tagged(client, admin, "/v1/settings")
    changes = {"reconsideration_tolerance_percent": 12, "release_tolerance_percent": 20.5}
    ok(client.patch("/v1/settings", json=changes, headers=headers), 200)

    items = found(client, admin, "&all=true")

    (forecast,) = of_kind(items, "forecast_against_decided")
    assert (forecast["tolerance_percent"], forecast["exceeds"]) == (12.0, False)
    (use,) = of_kind(items, "used_against_released")
    assert (use["tolerance_percent"], use["exceeds"]) == (20.5, False)


def test_outcome_is_compared_with_the_forecast_of_its_year_and_type(
    client: TestClient, admin: Headers, engine: Engine
):
    book(engine, "100", 300, "2027-02-01", type="operating")
    book(engine, "100", 10_500, "2027-02-01")

    items = found(client, admin, "&all=true" + IN_2027)

    capital, operating = of_kind(items, "outcome_against_forecast")
    assert (capital["type"], capital["year"], capital["percent"]) == ("capital", 2027, -5.41)
    assert capital["exceeds"] is False
    assert (operating["type"], operating["percent"]) == ("operating", None)
    assert (operating["expected"], operating["actual"]) == ("0.00", "3.00")
    assert operating["exceeds"] is True


def test_an_outcome_far_below_the_forecast_is_off_as_well(client: TestClient, admin: Headers):
    (row,) = of_kind(found(client, admin, IN_2027), "outcome_against_forecast")

    assert (row["actual"], row["percent"], row["exceeds"]) == ("0.00", -100.0, True)


def test_a_year_that_has_not_begun_has_no_outcome_to_compare(client: TestClient, admin: Headers):
    year_before = "&all=true&year=2027&as_of=2026-12-31"
    assert of_kind(found(client, admin, year_before), "outcome_against_forecast") == []
    assert (
        len(of_kind(found(client, admin, "&all=true" + IN_2027), "outcome_against_forecast")) == 1
    )


def test_the_year_is_this_one_or_that_of_the_date_unless_another_is_asked_for(
    client: TestClient, admin: Headers
):
    this_year = swedish_date(now()).year
    book_year = of_kind(found(client, admin, "&as_of=2026-12-31"), "outcome_against_forecast")

    assert [(one["year"], one["actual"]) for one in book_year] == [(2026, "50.00")]
    for one in of_kind(found(client, admin, "&all=true"), "outcome_against_forecast"):
        assert one["year"] == this_year


def test_use_is_compared_with_what_is_released(client: TestClient, admin: Headers, engine: Engine):
    (below,) = of_kind(found(client, admin), "used_against_released")
    book(engine, "100", 1_001, "2026-10-01")
    assert of_kind(found(client, admin), "used_against_released") == []
    book(engine, "100", 1_000, "2026-11-01", type="operating")
    (above,) = of_kind(found(client, admin), "used_against_released")

    assert (below["expected"], below["actual"], below["percent"]) == ("60.00", "50.00", -16.67)
    assert (above["deviation"], above["percent"]) == ("10.01", 16.68)


def test_without_anything_released_there_is_no_percentage(
    client: TestClient, admin: Headers, engine: Engine
):
    scenario.put_investment(client, admin, code="C", **owning("300"))
    book(engine, "300", 1, "2026-10-01")

    items = [one for one in found(client, admin) if one["investment"] == "C"]

    (row,) = of_kind(items, "used_against_released")
    assert (row["expected"], row["actual"], row["percent"]) == ("0.00", "0.01", None)
    assert row["exceeds"] is True


def test_where_there_is_nothing_to_compare_there_is_no_row(client: TestClient, admin: Headers):
    assert {one["investment"] for one in found(client, admin, "&all=true")} == {"LIN-01"}


def test_the_list_is_narrowed(client: TestClient, admin: Headers):
    ok(put_lines(client, admin, "B", line("5.00", department="GFK")), 200)

    def codes(query: str) -> set[str]:
        return {one["investment"] for one in found(client, admin, f"{IN_2027}{query}")}

    assert codes("") == {"B", "LIN-01"}
    assert codes("&program=lindangen") == {"LIN-01"}
    assert codes("&department=GFK") == {"B"}
    assert codes("&program=none") == set()


def test_m4_as_of_a_date_and_as_known_at_a_time(client: TestClient, admin: Headers, engine: Engine):
    moment = rfc3339(now())
    before = found(client, admin, "&all=true" + IN_2027)
    book(engine, "100", 9_000, "2026-10-15")
    ok(put_lines(client, admin, "LIN-01", line("500.00")), 200)

    assert found(client, admin, f"&all=true{IN_2027}&known_at={moment}") == before
    kinds = {one["kind"] for one in found(client, admin, "&all=true&as_of=2026-06-09")}
    assert kinds == set()


def test_pages_join_to_the_whole_list(client: TestClient, admin: Headers):
    address: str | None = f"{PATH}?limit=1&all=true{IN_2027}"
    pages = []
    while address:
        pages.append(read(client, admin, address))
        address = pages[-1]["next"]

    joined = [one for page in pages for one in page["items"]]
    assert joined == found(client, admin, "&all=true" + IN_2027)
    assert {page["total"] for page in pages} == {len(joined)} == {3}


def test_tables_have_the_same_rows(client: TestClient, admin: Headers):
    items = found(client, admin, IN_2027)
    written = client.get(f"{PATH}?format=csv{IN_2027}", headers=admin)
    page = sheet(client.get(f"{PATH}?format=xlsx{IN_2027}", headers=admin).content)

    header, *lines = table(written.content)
    rows = list(page.values)
    assert header[5:7] == ["Avvikelse av slag", "Typ"]
    assert [one[5] for one in lines] == [one["kind"] for one in items]
    assert lines[0][8:] == ["100,00", "111,00", "11,00", "11,00", "10,00", "true"]
    assert rows[1][11] == 11
    assert rows[1][13] == "true"


def test_a_malformed_question_is_refused(client: TestClient, admin: Headers):
    for query in (
        "year=0",
        "year=9999",
        "all=1",
        "program=a/b",
        "everything=true",
    ):
        assert client.get(f"{PATH}?{query}", headers=admin).status_code == 400, query


amounts = st.integers(-(10**15), 10**15)


@given(amounts, amounts, st.floats(0, 1000))
def test_off_either_way_is_symmetric_and_above_is_what_g13_asks(
    expected: int, actual: int, tolerance: float
):
    above = Compared(DeviationKind.FORECAST, expected, actual)
    either = Compared(DeviationKind.USE, expected, actual)
    mirrored = Compared(DeviationKind.USE, -expected, -actual)

    assert above.exceeds(tolerance) == exceeds(expected, actual, tolerance)
    assert either.exceeds(tolerance) == mirrored.exceeds(tolerance)
    assert either.exceeds(tolerance) == (
        abs(actual - expected) * 10_000 > abs(expected) * round(tolerance * 100)
    )
    assert (either.percent is None) == (expected == 0)

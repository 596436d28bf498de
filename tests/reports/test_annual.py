"""The annual table: a row an investment and the sum of all, in every form the same."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.clock import now, rfc3339
from tests import scenario
from tests.gates.life import Keys, pass_gate, read
from tests.reports.booking import book, owning
from tests.reports.test_exports import sheet, table
from tests.scenario import Headers, line, ok, put_lines

PATH = "/v1/reports/annual"
AMOUNTS = (
    "decided",
    "forecast",
    "deviation",
    "outcome",
    "operating_consequence_decided",
    "operating_consequence_forecast",
    "operating_consequence_deviation",
)


@pytest.fixture
def admin(client: TestClient, keys: Keys, engine: Engine) -> Headers:
    """LIN-01 passed twice, expected to cost more, and booked on; B is social, undecided."""
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin, **owning("100"))
    scenario.put_investment(client, admin, code="B", kind="social", department="GFK", program=None)
    lines = (line("100.00"), line("20.50", type="operating", year=2028))
    ok(put_lines(client, admin, "LIN-01", *lines), 200)
    pass_gate(client, admin, "need", decided_on="2026-03-01")
    pass_gate(client, admin, "study", decided_on="2026-06-10")
    ok(put_lines(client, admin, "LIN-01", line("110.00"), lines[1]), 200)
    ok(put_lines(client, admin, "B", line("5.00", department="GFK")), 200)
    book(engine, "100", 4_010, "2026-09-01")
    return admin


def rows(client: TestClient, headers: Headers, query: str = "") -> dict[str, Any]:
    page = read(client, headers, f"{PATH}?limit=1000{query}")
    return {one["investment"]: one for one in page["items"]}


def sums(client: TestClient, headers: Headers, query: str = "") -> Any:
    return read(client, headers, f"{PATH}?limit=1{query}")["totals"]


def ore(text: str | None) -> int:
    return int((text or "0").replace(".", ""))


def test_a_row_has_what_a_city_prints(client: TestClient, admin: Headers):
    row = rows(client, admin)["LIN-01"]

    assert {name: row[name] for name in ("name", "program", "department", "kind")} == {
        "name": "Gångväg",
        "program": "lindangen",
        "department": "FGK",
        "kind": "physical",
    }
    assert (row["first_decided_on"], row["last_decided_on"]) == ("2026-03-01", "2026-06-10")
    assert (row["decided"], row["forecast"]) == ("120.50", "130.50")
    assert (row["deviation"], row["outcome"]) == ("10.00", "40.10")


def test_what_was_never_decided_has_no_decision_date(client: TestClient, admin: Headers):
    row = rows(client, admin)["B"]

    assert (row["first_decided_on"], row["last_decided_on"], row["program"]) == (None, None, None)
    assert (row["decided"], row["forecast"]) == ("0.00", "5.00")
    assert row["operating_consequence_decided"] is None
    assert row["operating_consequence_deviation"] is None


QUERIES = (
    "",
    "&year=2027",
    "&year=2026",
    "&type=capital",
    "&type=operating",
    "&as_of=2026-05-01",
    "&program=lindangen",
    "&department=GFK",
    "&kind=social",
    "&kind=social&program=lindangen",
)


def test_the_totals_are_the_sums_of_all_rows(client: TestClient, admin: Headers):
    for query in QUERIES:
        listed, totals = rows(client, admin, query).values(), sums(client, admin, query)

        assert totals["count"] == len(listed), query
        for name in AMOUNTS:
            assert ore(totals[name]) == sum(ore(row[name]) for row in listed), (query, name)


def test_money_is_of_one_year_or_type_where_asked_for(client: TestClient, admin: Headers):
    def amounts(query: str) -> list[str]:
        row = rows(client, admin, query)["LIN-01"]
        return [row[name] for name in ("decided", "forecast", "outcome")]

    assert amounts("&year=2027") == ["100.00", "110.00", "0.00"]
    assert amounts("&year=2028") == ["20.50", "20.50", "0.00"]
    assert amounts("&year=2026") == ["0.00", "0.00", "40.10"]
    assert amounts("&type=capital") == ["100.00", "110.00", "40.10"]
    assert amounts("&type=operating") == ["20.50", "20.50", "0.00"]


def test_rows_are_narrowed(client: TestClient, admin: Headers):
    assert set(rows(client, admin)) == {"B", "LIN-01"}
    assert set(rows(client, admin, "&program=lindangen")) == {"LIN-01"}
    assert set(rows(client, admin, "&department=GFK")) == {"B"}
    assert set(rows(client, admin, "&kind=physical")) == {"LIN-01"}


def test_m4_as_of_a_date_and_as_known_at_a_time(client: TestClient, admin: Headers, engine: Engine):
    then = rows(client, admin, "&as_of=2026-05-01")["LIN-01"]
    assert (then["first_decided_on"], then["last_decided_on"]) == ("2026-03-01", "2026-03-01")
    assert (then["decided"], then["outcome"]) == ("120.50", "0.00")
    moment = rfc3339(now())
    before = rows(client, admin)
    pass_gate(client, admin, "direction", decided_on="2026-07-01")
    book(engine, "100", 1_000, "2026-09-02")

    assert rows(client, admin)["LIN-01"]["outcome"] == "50.10"
    assert rows(client, admin, f"&known_at={moment}") == before


def test_pages_join_to_the_whole_table(client: TestClient, admin: Headers):
    for query in ("", "&year=2027"):
        first = read(client, admin, f"{PATH}?limit=1{query}")
        rest = read(client, admin, first["next"])

        assert (first["total"], rest["next"]) == (2, None)
        joined = {one["investment"]: one for one in first["items"] + rest["items"]}
        assert joined == rows(client, admin, query)


def test_tables_end_with_the_sum(client: TestClient, admin: Headers):
    for query in QUERIES:
        items, totals = rows(client, admin, query), sums(client, admin, query)

        _, *lines = table(client.get(f"{PATH}?format=csv{query}", headers=admin).content)
        page = sheet(client.get(f"{PATH}?format=xlsx{query}", headers=admin).content)

        assert [cells[0] for cells in lines] == [*items, "Summa"]
        expected = [totals[name].replace(".", ",") for name in AMOUNTS]
        assert lines[-1] == ["Summa", *[""] * 6, *expected]
        last = list(page.iter_rows(values_only=True))[-1]
        assert last[0] == "Summa"
        assert [round(value * 100) for value in last[7:]] == [ore(totals[n]) for n in AMOUNTS]


def test_the_sum_is_left_out_where_it_is_not_wanted(client: TestClient, admin: Headers):
    written = client.get(f"{PATH}?format=csv&totals=false", headers=admin)

    assert [cells[0] for cells in table(written.content)] == ["Investering", "B", "LIN-01"]
    assert "totals" not in read(client, admin, f"{PATH}?totals=false")


def test_the_sum_is_named_in_the_language_of_the_table(client: TestClient, admin: Headers):
    headers = {**admin, "Accept-Language": "en"}

    written = table(client.get(f"{PATH}?format=csv", headers=headers).content)

    assert written[0][0] == "Investment"
    assert written[-1][0] == "Total"


def test_in_thousands_rows_still_sum_to_the_last_line(client: TestClient, admin: Headers):
    for number in range(5):
        code = f"N-{number}"
        scenario.put_investment(client, admin, code=code, program=None)
        ok(put_lines(client, admin, code, line("400.00"), line("333.33", type="operating")), 200)

    _, *lines, last = table(client.get(f"{PATH}?format=csv&unit=tkr", headers=admin).content)

    for column in range(7, 14):
        values = [int(cells[column]) for cells in lines if cells[column]]
        assert sum(values) == int(last[column]), column
    assert last[8] == "4"
    for cells in (*lines, last):
        assert int(cells[9]) == int(cells[8]) - int(cells[7])


def test_a_malformed_question_is_refused(client: TestClient, admin: Headers):
    for query in (
        "unit=tkr",
        "unit=usd&format=csv",
        "year=0",
        "year=9999",
        "type=both",
        "kind=x",
    ):
        assert client.get(f"{PATH}?{query}", headers=admin).status_code == 400, query


def test_a_table_is_as_long_as_its_limit_and_its_sum_is_of_all(client: TestClient, admin: Headers):
    whole = table(client.get(f"{PATH}?format=csv", headers=admin).content)
    first = table(client.get(f"{PATH}?format=csv&limit=1", headers=admin).content)

    assert first == [*whole[:2], whole[-1]]


def test_a_table_refuses_a_malformed_cursor(client: TestClient, admin: Headers):
    answer = client.get(f"{PATH}?format=csv&cursor=nonsense", headers=admin)

    assert answer.status_code == 400

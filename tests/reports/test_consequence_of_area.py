"""The operating consequence of an area, and of a scheme's whole (A5, A7, formulas 3)."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from portfolio.costs.consequence import COUNTED, Consequence, add, all_departments, total_of
from portfolio.reports.consequence import Asked, summed
from portfolio.reports.consequence_of_area import outside_total, part_of
from portfolio.shares import OUTSIDE
from tests import scenario
from tests.costs.costing import put_component, put_line, put_rates, read
from tests.investments.places import named
from tests.scenario import Headers

Keys = dict[str, Headers]
AREAS = "/v1/area-schemes/grid/areas"
CODES = ("A00", "A01", "A10", "A11")


@pytest.fixture
def admin(client: TestClient, keys: Keys, engine: Engine) -> Headers:
    scenario.put_scheme(engine)
    scenario.put_municipality(client, keys["admin"])
    put_rates(client, keys["admin"])
    return keys["admin"]


def of_area(client: TestClient, headers: Headers, area: str = "A00", **query: Any) -> Any:
    return read(client, headers, f"{AREAS}/{area}/consequence", **query)


def ore(amount: str) -> int:
    return int(amount.replace(".", ""))


def put(client: TestClient, admin: Headers, code: str, location: Any, **fields: Any) -> None:
    scenario.put_investment(client, admin, code=code, location=location, **fields)
    put_component(client, admin, code, acquisition="1000.01", useful_life_years=7)
    put_line(client, admin, code, category="income", amount="0.05", department="GFK", to_year=2031)


amounts = st.lists(st.integers(0, 10**10), min_size=len(COUNTED), max_size=len(COUNTED))
consequences = st.dictionaries(
    st.sampled_from(["FGK", "GFK"]),
    st.dictionaries(st.integers(2027, 2060), amounts, max_size=6),
    max_size=2,
)
weights = st.dictionaries(
    st.sampled_from([*CODES, OUTSIDE]), st.integers(0, 10**12), min_size=1
).filter(lambda found: sum(found.values()) > 0)


@given(consequences, weights)
def test_over_a_partition_the_parts_sum_to_the_whole_in_every_column(found, weights):
    together: Consequence = {}
    for key in weights:
        add(together, part_of(found, weights, key))

    whole = {department: years for department, years in found.items() if years}
    assert {department: years for department, years in together.items() if years} == whole


@given(consequences, weights, st.integers(2020, 2065), st.integers(2020, 2065))
def test_what_lies_outside_is_what_its_parts_sum_to(found, weights, first, last):
    asked = Asked(from_year=min(first, last), to_year=max(first, last))

    parts = part_of(found, weights, OUTSIDE)

    expected = total_of(summed(all_departments(parts), asked))
    assert outside_total(found, weights, asked) == expected
    assert outside_total(found, weights, Asked()) == total_of(
        summed(all_departments(parts), Asked())
    )


def test_areas_outside_and_the_rest_sum_to_the_whole_to_the_ore(client, admin):
    put(client, admin, "IN", named(("A00", 0.33), ("A01", 0.33), ("A10", 0.34)))
    put(client, admin, "PARTLY", named(("A00", 0.7), ("A11", 0.1)))
    put(client, admin, "ALL", {"municipality_wide": True})
    put(client, admin, "NONE", {"not_located": "Platsen är inte vald."})

    answers = [of_area(client, admin, code) for code in CODES]
    whole = read(client, admin, "/v1/programs/lindangen/consequence")

    first = answers[0]
    for name in ("outside", "municipality_wide", "not_located", "scheme_total", "located_share"):
        assert len({answer[name] for answer in answers}) == 1
    rest = sum(ore(first[name]) for name in ("outside", "municipality_wide", "not_located"))
    located = sum(ore(answer["totals"]["total"]) for answer in answers)
    assert located + rest == ore(first["scheme_total"]) == ore(whole["totals"]["total"])
    assert ore(first["municipality_wide"]) == ore(whole["totals"]["total"]) // 4
    assert first["located_share"] == pytest.approx(0.45, abs=0.001)
    # Departments sum to the area, and its years to its totals.
    by_department = [year for one in first["by_department"] for year in one["years"]]
    for name in ("depreciation", "interest", "income", "total"):
        total = ore(first["totals"][name])
        assert sum(ore(year[name]) for year in by_department) == total
        assert sum(ore(year[name]) for year in first["years"]) == total


def test_an_areas_part_is_its_share_of_each_column(client, admin):
    scenario.put_investment(client, admin, location=named(("A00", 0.75), ("A01", 0.25)))
    put_component(client, admin)
    put_line(client, admin, category="savings", amount="100.00")

    answer = of_area(client, admin)

    assert (answer["scheme"], answer["area"], answer["by"]) == ("grid", "A00", "location")
    assert answer["years"][0]["depreciation"] == "1500000.00"
    assert answer["years"][0]["interest"] == "1125000.00"
    assert answer["years"][0]["savings"] == "75.00"
    assert answer["located_share"] == 1.0
    assert of_area(client, admin, "A11")["years"] == []


def test_the_years_shown_are_the_same_whichever_are_asked_for(client, admin):
    put(client, admin, "IN", named(("A00", 0.33), ("A01", 0.33)))

    every = of_area(client, admin)
    some = of_area(client, admin, from_year=2029, to_year=2030)

    assert some["years"] == every["years"][2:4]
    answers = [of_area(client, admin, code, from_year=2029, to_year=2030) for code in CODES]
    located = sum(ore(answer["totals"]["total"]) for answer in answers)
    assert located + ore(some["outside"]) == ore(some["scheme_total"])


def test_by_whom_it_serves_is_another_question(client, admin):
    served = {"served_areas": [{"scheme": "grid", "code": "A11"}]}
    put(client, admin, "NEAR", named(("A00", 1)), **served)
    put(client, admin, "WIDE", named(("A00", 1)), serves="citywide")

    stands = of_area(client, admin)
    serves = of_area(client, admin, by="served")

    assert ore(stands["totals"]["total"]) == ore(stands["scheme_total"])
    assert serves["years"] == []
    assert ore(serves["municipality_wide"]) * 2 == ore(serves["scheme_total"])
    there = of_area(client, admin, "A11", by="served")
    assert ore(there["totals"]["total"]) * 2 == ore(serves["scheme_total"])


def test_shares_are_those_of_the_date_and_the_time_asked_for(client, admin):
    scenario.put_investment(client, admin, location=named(("A00", 1)))
    put_component(client, admin)

    assert client.get(f"{AREAS}/A00/consequence?at=2019-12-31", headers=admin).status_code == 404
    assert of_area(client, admin, at="2030-01-01")["at"] == "2030-01-01"
    early = of_area(client, admin, known_at="2025-01-01T00:00:00Z")
    assert (early["years"], early["located_share"]) == ([], None)


def test_decided_consequences_are_split_as_well(client, admin):
    scenario.put_investment(client, admin, location=named(("A00", 0.5)))
    put_component(client, admin)
    scenario.submit(client, admin, "LIN-01")
    scenario.ok(scenario.decide(client, admin, "LIN-01", gate="need"))

    decided = of_area(client, admin, series="decided")

    assert decided["years"][0]["capital_cost"] == "1750000.00"
    assert decided == {**of_area(client, admin), "series": "decided"}


def test_a_table_of_an_area_is_named_by_it(client, admin):
    put(client, admin, "IN", named(("A00", 1)))

    response = client.get(f"{AREAS}/A00/consequence?format=csv", headers=admin)

    assert 'filename="driftkonsekvens-grid-A00.csv"' in response.headers["content-disposition"]
    assert response.text.count("\r\n") == 1 + 7 + 5

"""What full steering would be worth, through the API (S7)."""

from typing import Any

from fastapi.testclient import TestClient

from tests import scenario
from tests.scenario import Headers, decide, line, ok, put_lines
from tests.steering.moving import Keys, allocate, grant

PATH = "/v1/programs/lindangen/steering-comparison"
MILLION = "000000.00"
# Code, department, allocated, forecast: millions, as in V-BAND-1.
V_BAND_1 = (
    ("STREET-1", "street", 40, 31),
    ("SERVICE", "service", 120, 138),
    ("STREET-2", "street", 10, 12),
    ("SOCIAL", "social", 15, 11),
    ("CULTURE", "culture", 25, 25),
)


def begin(client: TestClient, admin: Headers, type: str = "capital") -> None:
    scenario.put_municipality(client, admin)
    for code in ("street", "service", "social", "culture"):
        body = {"code": code, "name": code, "committee": "street_committee"}
        ok(client.post("/v1/departments", json=body, headers=admin))
        ok(grant(client, admin, f"200{MILLION}", department=code, type=type))
    for code, department, allocated, forecast in V_BAND_1:
        scenario.put_investment(client, admin, code=code, department=department)
        ok(allocate(client, admin, code, f"{allocated}{MILLION}", type=type))
        lines = (
            line(f"{forecast + 1}{MILLION}", type=type, department=department),
            line(f"1{MILLION}", type=type, department=department, direction="income"),
            line(f"99{MILLION}", type=type, department=department, year=2028),
        )
        ok(put_lines(client, admin, code, *lines), 200)


def compare(client: TestClient, headers: Headers, **query: Any) -> dict[str, Any]:
    asked = {"year": 2027, **query}
    found: dict[str, Any] = ok(client.get(PATH, params=asked, headers=headers), 200)
    return found


def test_v_band_1_through_the_api(client: TestClient, keys: Keys):
    begin(client, keys["admin"])

    found = compare(client, keys["viewer"])
    capital, operating = found["capital"], found["operating"]

    assert (found["program"], found["year"], found["mode"]) == ("lindangen", 2027, "partial")
    assert {
        name: capital[name] for name in ("slack", "short", "covered_full", "covered_partial")
    } == {
        "slack": f"13{MILLION}",
        "short": f"20{MILLION}",
        "covered_full": f"13{MILLION}",
        "covered_partial": f"2{MILLION}",
    }
    assert (capital["rubber_band"], capital["uncovered"]) == (f"11{MILLION}", f"7{MILLION}")
    street = next(one for one in capital["by_department"] if one["department"] == "street")
    assert (street["slack"], street["short"], street["covered"]) == (
        f"9{MILLION}",
        f"2{MILLION}",
        f"2{MILLION}",
    )
    rows = {row["investment"]: (row["slack"], row["short"]) for row in capital["investments"]}
    assert rows["SERVICE"] == ("0.00", f"18{MILLION}")
    assert {operating[name] for name in ("slack", "short", "rubber_band")} == {"0.00"}


def test_s7_operating_money_is_compared_apart(client: TestClient, keys: Keys):
    begin(client, keys["admin"], "operating")

    found = compare(client, keys["viewer"])

    assert found["capital"]["rubber_band"] == "0.00"
    assert found["operating"]["rubber_band"] == f"11{MILLION}"


def test_s7_it_says_which_held_investments_the_rubber_band_would_carry(
    client: TestClient, keys: Keys
):
    admin = keys["admin"]
    begin(client, admin)
    for code, amount in (("HELD-1", "12"), ("HELD-2", "4"), ("HELD-3", "6"), ("HELD-4", "1")):
        scenario.put_investment(client, admin, code=code, department="culture")
        body = line(f"{amount}{MILLION}", department="culture")
        ok(put_lines(client, admin, code, body), 200)
        review_on = "2026-07-01" if code == "HELD-3" else "2027-06-01"
        ok(decide(client, admin, code, gate="need", outcome="hold", review_on=review_on))

    carried = compare(client, admin)["capital"]

    assert carried["rubber_band"] == f"11{MILLION}"
    # The overdue one first, then the smallest; what is left does not hold the last.
    assert carried["carries"] == ["HELD-3", "HELD-4", "HELD-2"]


def test_s7_what_is_committed_is_no_slack(client: TestClient, keys: Keys):
    admin = keys["admin"]
    begin(client, admin)
    scenario.put_investment(client, admin, code="EXTRA", department="culture")
    ok(allocate(client, admin, "EXTRA", f"50{MILLION}", committed=f"45{MILLION}"))

    found = compare(client, admin)["capital"]

    assert found["slack"] == f"18{MILLION}"


def test_a_comparison_is_of_this_year_unless_another_is_asked_for(client: TestClient, keys: Keys):
    scenario.put_municipality(client, keys["admin"])

    found = ok(client.get(PATH, headers=keys["viewer"]), 200)

    assert found["year"] >= 2026
    assert found["capital"]["investments"] == []
    for year in ("0", "9999", "true", "2027.5"):
        assert client.get(f"{PATH}?year={year}", headers=keys["viewer"]).status_code == 400

"""Social cases over HTTP: written whole, kept as written, known as of any time."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from portfolio.clock import now, rfc3339
from portfolio.social.models import SocialCase
from tests import scenario
from tests.scenario import Headers, ok
from tests.social.cases import V_SOC_1, case, changed, put_case

PATH = "/v1/investments/SOC-01/social-case"
Keys = dict[str, Headers]


@pytest.fixture
def admin(client: TestClient, keys: Keys) -> Headers:
    scenario.put_municipality(client, keys["admin"])
    scenario.put_investment(client, keys["admin"], code="SOC-01", name="Team", kind="social")
    scenario.put_investment(client, keys["admin"], code="LIN-01")
    return keys["admin"]


def read(client: TestClient, headers: Headers, path: str = PATH) -> Any:
    return ok(client.get(path, headers=headers), 200)


def pointers(response: Any) -> list[str]:
    assert response.status_code == 422, response.text
    return [error["pointer"] for error in response.json()["errors"]]


def test_v_soc_1_through_the_api(client: TestClient, admin: Headers):
    answer = ok(put_case(client, admin, case()), 200)

    result = answer["result"]
    municipality, region, state = result["payers"]
    assert result["outcomes"][0]["persons_with_effect"] == "9.0000"
    assert municipality["pv_costs"] == "1953737.39"
    assert municipality["pv_benefits"] == "2584888.11"
    assert municipality["npv"] == "631150.71"
    assert (municipality["payback_year"], municipality["payback_year_discounted"]) == (7, 8)
    assert municipality["switching_effects"] == ["0.0756"]
    assert (region["npv"], state["npv"]) == ("157787.68", "3661924.82")
    assert result["all"]["npv"] == "4450863.21"
    assert result["all"]["benefit_cost_ratio"] == "2.8225"
    shares = [(one["cost_share"], one["benefit_share"]) for one in result["wrong_pocket"]]
    assert shares == [("0.8000", "0.3750"), ("0.2000", "0.0938"), ("0.0000", "0.5313")]
    assert read(client, admin) == answer


def test_the_inputs_are_kept_as_they_were_written(client: TestClient, admin: Headers):
    ok(put_case(client, admin, case()), 200)

    assert read(client, admin)["case"] == V_SOC_1


def test_before_there_is_a_case_it_is_empty_and_has_a_tag_to_begin_from(
    client: TestClient, admin: Headers
):
    answer = client.get(PATH, headers=admin)

    assert answer.json() == {"case": None, "result": None}
    headers = {**admin, "If-Match": answer.headers["etag"]}
    ok(client.put(PATH, json=case(), headers=headers), 200)
    assert client.put(PATH, json=case(), headers=headers).status_code == 412
    assert client.put(PATH, json=case(), headers=admin).status_code == 428


def test_only_a_social_investment_has_a_social_case(client: TestClient, admin: Headers):
    refused = put_case(client, admin, case(), "LIN-01")

    assert refused.status_code == 409
    assert "LIN-01 is a physical investment" in refused.json()["detail"]
    assert read(client, admin, "/v1/investments/LIN-01/social-case")["case"] is None


def test_a_department_writes_cases_of_its_own_investments_only(
    client: TestClient, admin: Headers, engine: Engine
):
    own = scenario.department_key(engine, "FGK")
    other = scenario.department_key(engine, "GFK")

    assert put_case(client, other, case()).status_code == 403
    ok(put_case(client, own, case()), 200)


def test_what_is_replaced_stays_known_as_of_its_time(
    client: TestClient, admin: Headers, engine: Engine
):
    before = rfc3339(now())
    ok(put_case(client, admin, case()), 200)
    between = rfc3339(now())
    ok(put_case(client, admin, case(discount_rate="0", outcomes=[])), 200)

    assert read(client, admin, f"{PATH}?known_at={before}")["case"] is None
    then = read(client, admin, f"{PATH}?known_at={between}")
    assert then["case"]["discount_rate"] == "3"
    assert then["result"]["all"]["npv"] == "4450863.21"
    assert read(client, admin)["case"]["discount_rate"] == "0"
    with Session(engine) as session:
        rows = session.exec(select(SocialCase).order_by(col(SocialCase.id))).all()
    assert [row.retracted_at is None for row in rows] == [False, True]


def test_the_event_has_what_was_before_and_after(client: TestClient, admin: Headers):
    ok(put_case(client, admin, case()), 200)
    ok(put_case(client, admin, case(name="Ny")), 200)

    events = read(client, admin, f"/v1/events?resource={PATH}")["items"]
    assert [event["action"] for event in events] == ["social_case.replaced"] * 2
    assert [event["before"] for event in events] == [None, V_SOC_1]
    assert events[1]["after"]["name"] == "Ny"


def test_every_reference_to_a_payer_that_is_not_there_is_pointed_at(
    client: TestClient, admin: Headers
):
    body = changed("/costs/4/payer", "county")
    body["outcomes"][0]["unit_costs"][2]["payer"] = "nobody"

    assert pointers(put_case(client, admin, body)) == [
        "/costs/4/payer",
        "/outcomes/0/unit_costs/2/payer",
    ]


def test_a_payer_is_named_once(client: TestClient, admin: Headers):
    twice = changed("/payers/1/code", "municipality")
    unit_twice = changed("/outcomes/0/unit_costs/1/payer", "municipality")

    assert "/payers/1/code" in pointers(put_case(client, admin, twice))
    assert pointers(put_case(client, admin, unit_twice)) == ["/outcomes/0/unit_costs/1/payer"]


def test_costs_of_a_payer_and_year_add_up(client: TestClient, admin: Headers):
    costs = [{"payer": "state", "year": 1, "amount": "10.10"}] * 3

    result = ok(put_case(client, admin, case(costs=costs, discount_rate="0")), 200)["result"]

    assert result["payers"][2]["pv_costs"] == "30.30"
    assert result["payers"][2]["years"][1] == {
        "year": 1,
        "calendar_year": 2028,
        "costs": "30.30",
        "benefits": "0.00",
        "cashable_benefits": "0.00",
        "net": "-30.30",
        "cumulative": "-30.30",
        "cumulative_discounted": "-30.30",
    }


BAD: list[tuple[str, Any]] = [
    ("/base_year", 0),
    ("/base_year", 9999),
    ("/base_year", True),
    ("/base_year", "2027"),
    ("/horizon_years", 0),
    ("/horizon_years", 61),
    ("/discount_rate", 3),
    ("/discount_rate", "-1"),
    ("/discount_rate", "100.1"),
    ("/discount_rate", "3e1"),
    ("/discount_rate", "NaN"),
    ("/discount_rate", "٣"),
    ("/discount_rate", "3\n"),
    ("/payers", []),
    ("/payers/0/kind", "county"),
    ("/payers/0/code", "a b"),
    ("/payers/0/name", "\u0000"),
    ("/costs/0/year", -1),
    ("/costs/0/year", 11),
    ("/costs/0/year", 61),
    ("/costs/0/year", 0.5),
    ("/costs/0/amount", "1.234"),
    ("/costs/0/amount", "-1"),
    ("/costs/0/amount", 800_000),
    ("/costs/0/amount", "1e3"),
    ("/costs/0/amount", "1" + "0" * 30),
    ("/outcomes/0/persons", -1),
    ("/outcomes/0/persons", 10**30),
    ("/outcomes/0/persons", True),
    ("/outcomes/0/persons", "120"),
    ("/outcomes/0/effect", 0.1),
    ("/outcomes/0/effect", "1.1"),
    ("/outcomes/0/effect", "-0.1"),
    ("/outcomes/0/effect", "0.1234567"),
    ("/outcomes/0/confidence", "2"),
    ("/outcomes/0/lag_years", 61),
    ("/outcomes/0/drop_off", None),
    ("/outcomes/0/unit_costs/0/cashable_share", "01"),
    ("/outcomes/0/unit_costs/0/amount", "-1.00"),
    ("/outcomes/0/evidence/grade", "F"),
    ("/outcomes/0/evidence/source", "  "),
    ("/outcomes/0/evidence/source", ""),
    ("/outcomes/0/evidence", None),
]


def test_bad_values_are_refused_where_they_stand_and_change_nothing(
    client: TestClient, admin: Headers
):
    ok(put_case(client, admin, case()), 200)

    for pointer, value in BAD:
        refused = put_case(client, admin, changed(pointer, value))
        assert refused.status_code == 422, (pointer, value)
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer], value

    assert read(client, admin)["case"] == V_SOC_1


def test_lists_that_are_too_long_are_refused(client: TestClient, admin: Headers):
    for name, most in (("payers", 50), ("outcomes", 50), ("costs", 2000)):
        listed = V_SOC_1[name][:1] * (most + 1)
        assert pointers(put_case(client, admin, case(**{name: listed}))) == [f"/{name}"]


def test_the_largest_case_is_answered(client: TestClient, admin: Headers):
    payers = [{"code": f"p{n}", "name": "P", "kind": "state"} for n in range(50)]
    units = [
        {"payer": f"p{n}", "amount": "9999999999999.99", "cashable_share": "0.999999"}
        for n in range(50)
    ]
    outcome = {
        **V_SOC_1["outcomes"][0],
        "persons": 10**9,
        "effect": "0.999999",
        "confidence": "0.999999",
        "drop_off": "0.999999",
        "lag_years": 0,
        "unit_costs": units,
    }
    costs = [{"payer": "p0", "year": 60, "amount": "9999999999999.99"}] * 2000
    body = case(
        horizon_years=60,
        discount_rate="99.999999",
        payers=payers,
        outcomes=[outcome] * 50,
        costs=costs,
    )

    result = ok(put_case(client, admin, body), 200)["result"]

    assert len(result["payers"]) == 50
    assert len(result["all"]["years"]) == 61
    assert result["all"]["years"][60]["costs"] == "19999999999999980.00"

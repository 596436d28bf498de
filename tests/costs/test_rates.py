"""Internal rates over HTTP, and what follows when they change (formulas 2)."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from portfolio.costs.models import ConsequenceSum, InternalRate
from portfolio.investments.models import Investment
from tests import scenario
from tests.costs.costing import CODE, RATES, change, post, put_component, put_line, put_rates, read
from tests.scenario import Headers, ok

Keys = dict[str, Headers]


@pytest.fixture
def admin(client: TestClient, keys: Keys) -> Headers:
    scenario.put_municipality(client, keys["admin"])
    scenario.put_investment(client, keys["admin"])
    return keys["admin"]


def forecast(engine: Engine, code: str = CODE) -> int | None:
    with Session(engine) as session:
        return session.exec(
            select(Investment.consequence_forecast).where(Investment.code == code)
        ).one()


def sums(engine: Engine) -> list[int | None]:
    """The totals that were ever kept, in order."""
    with Session(engine) as session:
        return list(session.exec(select(ConsequenceSum.total).order_by(col(ConsequenceSum.id))))


def set_convention(client: TestClient, admin: Headers, convention: str) -> None:
    ok(change(client, admin, "/v1/settings", {"interest_convention": convention}), 200)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("2.5", "2.5"), ("2.50", "2.5"), ("0", "0"), ("100", "100"), ("02.0", "2"), ("1.2345",) * 2],
)
def test_a_rate_is_given_back_as_written_in_its_shortest_form(client, admin, written, kept):
    response = post(client, admin, RATES, {"year": 2027, "rate": written, "source": "SKR"})

    assert ok(response) == {"year": 2027, "rate": kept, "source": "SKR"}
    assert response.headers["location"] == f"{RATES}/2027"
    assert read(client, admin, f"{RATES}/2027")["rate"] == kept


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"rate": "100.0001"}, "/rate"),
        ({"rate": "-1"}, "/rate"),
        ({"rate": "1.23456"}, "/rate"),
        ({"rate": "NaN"}, "/rate"),
        ({"rate": "1e1"}, "/rate"),
        ({"rate": "2,5"}, "/rate"),
        ({"rate": 2.5}, "/rate"),
        ({"rate": True}, "/rate"),
        ({"rate": "1" + "0" * 30}, "/rate"),
        ({"year": 0}, "/year"),
        ({"year": 9999}, "/year"),
        ({"year": True}, "/year"),
        ({"to_year": 2026}, "/to_year"),
        ({"to_year": 9999}, "/to_year"),
        ({"source": "a\0b"}, "/source"),
    ],
)
def test_a_bad_rate_is_refused_by_field(client, admin, fields, pointer):
    response = post(client, admin, RATES, {"year": 2027, "rate": "2.5", **fields})

    assert response.status_code == 422, response.text
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert read(client, admin, RATES)["total"] == 0


def test_a_rate_for_a_span_of_years_is_entered_for_all_of_them_or_none(client, admin):
    put_rates(client, admin, 2030, 2031)
    put_rates(client, admin, 2034, 2034)

    refused = post(client, admin, RATES, {"year": 2027, "to_year": 2040, "rate": "3"})

    assert refused.status_code == 409
    assert "2030-2031, 2034" in refused.json()["detail"]
    assert [one["year"] for one in read(client, admin, RATES)["items"]] == [2030, 2031, 2034]


def test_a_year_without_a_rate_is_not_found(client, admin):
    for year in ("2027", "0", "9999", "x", "99999999999999999999"):
        assert client.get(f"{RATES}/{year}", headers=admin).status_code == 404


def test_a_rate_is_changed_and_deleted_and_stays_known(client, admin, engine: Engine):
    put_rates(client, admin, 2027, 2027)
    path = f"{RATES}/2027"

    assert ok(change(client, admin, path, {"rate": "3.00"}), 200)["rate"] == "3"
    assert change(client, admin, path, method="DELETE").status_code == 204

    assert client.get(path, headers=admin).status_code == 404
    assert ok(post(client, admin, RATES, {"year": 2027, "rate": "1"}))["source"] == ""
    with Session(engine) as session:
        rows = session.exec(select(InternalRate).order_by(col(InternalRate.id))).all()
        assert [row.rate for row in rows] == ["2.5", "3", "1"]
        assert [row.retracted_at is None for row in rows] == [False, False, True]


def test_the_expected_consequence_follows_every_change(client, admin, engine: Engine):
    assert forecast(engine) == 0
    part = put_component(client, admin)
    assert forecast(engine) is None
    put_rates(client, admin)
    # V-CAP-1: 60 million and 23.25 million of interest.
    assert forecast(engine) == 8_325_000_000
    put_line(client, admin, category="savings", amount="250000.00")
    assert forecast(engine) == 8_300_000_000
    set_convention(client, admin, "monthly")
    # A third of an öre is rounded off in each of thirty years.
    assert forecast(engine) == 8_300_000_000 - 68_750_000 - 10
    set_convention(client, admin, "opening")
    path = f"{RATES}/2027"
    ok(change(client, admin, path, {"rate": "3.5"}), 200)
    assert forecast(engine) == 8_360_000_000
    assert change(client, admin, path, method="DELETE").status_code == 204
    assert forecast(engine) is None
    component = f"/v1/investments/{CODE}/components/{part['id']}"
    assert change(client, admin, component, method="DELETE").status_code == 204
    assert forecast(engine) == -25_000_000


def test_a_sum_that_stays_as_it_was_is_not_kept_again(client, admin, engine: Engine):
    scenario.put_investment(client, admin, code="LIN-02")
    put_rates(client, admin)
    put_component(client, admin)
    before = sums(engine)

    ok(change(client, admin, f"{RATES}/2090", {"rate": "9"}), 200)
    put_component(client, admin, in_use_from=None)

    assert sums(engine) == before == [8_325_000_000]
    assert (forecast(engine), forecast(engine, "LIN-02")) == (8_325_000_000, 0)


def test_finance_enters_rates_and_a_department_does_not(client, admin, keys, engine: Engine):
    body = {"year": 2027, "rate": "2.5", "source": "SKR"}

    assert post(client, scenario.department_key(engine, "FGK"), RATES, body).status_code == 403
    assert post(client, keys["finance"], RATES, body).status_code == 201

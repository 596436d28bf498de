"""Components and consequence lines over HTTP: what is kept, what is refused, who may."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from portfolio.costs.models import Component
from tests import scenario
from tests.costs.costing import (
    CODE,
    change,
    component,
    line,
    path_of,
    post,
    put_component,
    put_line,
    read,
)
from tests.scenario import Headers, ok

Keys = dict[str, Headers]
COMPONENTS = path_of(CODE, "components")
LINES = path_of(CODE, "consequence-lines")
TOO_MUCH = "10000000000000.00"


@pytest.fixture
def admin(client: TestClient, keys: Keys) -> Headers:
    scenario.put_municipality(client, keys["admin"])
    scenario.put_investment(client, keys["admin"])
    return keys["admin"]


def test_a_component_is_kept_and_shown_with_what_was_left_out(client, admin):
    response = post(client, admin, COMPONENTS, component())

    added = ok(response)
    assert added == {
        "id": added["id"],
        "name": "Stomme",
        "acquisition": "60000000.00",
        "residual": "0.00",
        "useful_life_years": 30,
        "in_use_from": "2027-01-01",
        "land": False,
        "department": None,
        "grant": "0.00",
    }
    assert response.headers["location"] == f"{COMPONENTS}/{added['id']}"
    assert read(client, admin, response.headers["location"]) == added
    assert read(client, admin, COMPONENTS)["items"] == [added]


@pytest.mark.parametrize("begins", ["2027-07-15", "2027-07", "2027-07-01"])
def test_in_use_from_counts_by_its_month(client, admin, begins):
    assert put_component(client, admin, in_use_from=begins)["in_use_from"] == "2027-07-01"


def test_a_change_keeps_the_id_and_what_was_known_before(client, admin, engine: Engine):
    added = put_component(client, admin)
    path = f"{COMPONENTS}/{added['id']}"

    for change_of in ({"residual": "5.00"}, {"name": "Tak", "in_use_from": None}):
        changed = ok(change(client, admin, path, change_of), 200)

    assert changed == {**added, "residual": "5.00", "name": "Tak", "in_use_from": None}
    with Session(engine) as session:
        rows = session.exec(select(Component).order_by(col(Component.id))).all()
        assert [(row.number, row.residual, row.name) for row in rows] == [
            (added["id"], 0, "Stomme"),
            (added["id"], 500, "Stomme"),
            (added["id"], 500, "Tak"),
        ]
        assert [row.retracted_at is None for row in rows] == [False, False, True]


def test_what_is_removed_is_gone_and_its_number_is_not_used_again(client, admin):
    first = put_component(client, admin)
    path = f"{COMPONENTS}/{first['id']}"

    assert change(client, admin, path, method="DELETE").status_code == 204

    assert client.get(path, headers=admin).status_code == 404
    assert put_component(client, admin)["id"] != first["id"]


def test_a_line_is_the_investments_departments_and_of_one_year_unless_it_says_so(client, admin):
    added = put_line(client, admin)

    assert added == {
        "id": added["id"],
        "category": "maintenance",
        "department": "FGK",
        "year": 2027,
        "to_year": 2027,
        "amount": "100.00",
        "note": "",
    }
    path = f"{LINES}/{added['id']}"
    changed = ok(change(client, admin, path, {"to_year": 2030, "department": "GFK"}), 200)
    assert changed == {**added, "to_year": 2030, "department": "GFK"}
    assert read(client, admin, LINES)["items"] == [changed]
    assert change(client, admin, path, method="DELETE").status_code == 204
    assert read(client, admin, LINES)["items"] == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"residual": "60000000.01"}, "/residual"),
        ({"useful_life_years": None}, "/useful_life_years"),
        ({"useful_life_years": 0}, "/useful_life_years"),
        ({"useful_life_years": 201}, "/useful_life_years"),
        ({"useful_life_years": True}, "/useful_life_years"),
        ({"useful_life_years": "30"}, "/useful_life_years"),
        ({"land": True, "grant": "1.00"}, "/grant"),
        ({"land": "true"}, "/land"),
        ({"department": "nobody"}, "/department"),
        ({"in_use_from": "0000-01-01"}, "/in_use_from"),
        ({"in_use_from": "9999-01-01"}, "/in_use_from"),
        ({"in_use_from": "2027-02-30"}, "/in_use_from"),
        ({"in_use_from": "2027-13"}, "/in_use_from"),
        ({"in_use_from": 2027}, "/in_use_from"),
        ({"in_use_from": "２０２７-01"}, "/in_use_from"),
        ({"acquisition": "1.005"}, "/acquisition"),
        ({"acquisition": "1e6"}, "/acquisition"),
        ({"acquisition": "NaN"}, "/acquisition"),
        ({"acquisition": 1.5}, "/acquisition"),
        ({"acquisition": "-1.00"}, "/acquisition"),
        ({"acquisition": "1" + "0" * 30}, "/acquisition"),
        ({"grant": TOO_MUCH}, "/grant"),
        ({"name": ""}, "/name"),
        ({"name": "a\0b"}, "/name"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_bad_component_is_refused_by_field_and_nothing_is_kept(client, admin, fields, pointer):
    response = post(client, admin, COMPONENTS, component(**fields))

    assert response.status_code == 422, response.text
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert read(client, admin, COMPONENTS)["total"] == 0


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"category": "rent"}, "/category"),
        ({"year": 0}, "/year"),
        ({"year": 9999}, "/year"),
        ({"year": True}, "/year"),
        ({"to_year": 2026}, "/to_year"),
        ({"to_year": 9999}, "/to_year"),
        ({"amount": "-1.00"}, "/amount"),
        ({"amount": "0.001"}, "/amount"),
        ({"department": "nobody"}, "/department"),
        ({"note": "a\0b"}, "/note"),
    ],
)
def test_a_bad_line_is_refused_by_field_and_nothing_is_kept(client, admin, fields, pointer):
    response = post(client, admin, LINES, line(**fields))

    assert response.status_code == 422, response.text
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert read(client, admin, LINES)["total"] == 0


@pytest.mark.parametrize("body", ["\ud800", '{"name": "\\ud800"}', "[]", "null", "{"])
def test_what_is_no_body_is_refused(client, admin, body):
    headers = {**admin, "Content-Type": "application/json"}
    for path in (COMPONENTS, LINES, "/v1/internal-rates"):
        content = body.encode("utf-8", "surrogatepass")
        response = client.post(path, content=content, headers=headers)
        assert response.status_code == 422, response.text


@pytest.mark.parametrize(
    ("change_of", "pointer"),
    [
        ({"acquisition": "10.00"}, "/residual"),
        ({"useful_life_years": None}, "/useful_life_years"),
        ({"land": True}, "/grant"),
        ({"name": None}, "/name"),
        ({"land": None}, "/land"),
    ],
)
def test_a_change_is_judged_with_what_it_leaves_as_it_was(client, admin, change_of, pointer):
    added = put_component(client, admin, residual="100.00", grant="7.00")
    path = f"{COMPONENTS}/{added['id']}"

    response = change(client, admin, path, change_of)

    assert response.status_code == 422, response.text
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert read(client, admin, path) == added


def test_what_an_investment_has_in_all_stays_countable(client, admin):
    most = "9999999999999.99"
    put_component(client, admin, acquisition=most)
    put_line(client, admin, amount=most)

    for path, body, pointer in (
        (COMPONENTS, component("0.01"), "/acquisition"),
        (COMPONENTS, component("0.00", grant="0.01"), "/acquisition"),
        (LINES, line(amount="0.01"), "/amount"),
    ):
        response = post(client, admin, path, body)
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == pointer
    longer = change(
        client, admin, f"{LINES}/{read(client, admin, LINES)['items'][0]['id']}", {"to_year": 2028}
    )
    assert longer.status_code == 422
    assert read(client, admin, COMPONENTS)["total"] == 1


def test_land_needs_no_useful_life(client, admin):
    added = put_component(client, admin, land=True, useful_life_years=None)

    assert (added["land"], added["useful_life_years"]) == (True, None)


def test_a_department_writes_components_of_its_own_investments_only(client, admin, engine):
    added = put_component(client, admin)
    own = scenario.department_key(engine, "FGK")
    other = scenario.department_key(engine, "GFK")
    path = f"{COMPONENTS}/{added['id']}"

    assert post(client, own, COMPONENTS, component(department="GFK")).status_code == 201
    assert post(client, other, COMPONENTS, component()).status_code == 403
    assert change(client, other, path, {"name": "Mitt"}).status_code == 403
    assert change(client, other, path, method="DELETE").status_code == 403
    assert ok(change(client, own, path, {"name": "Mitt"}), 200)["name"] == "Mitt"


def test_a_department_writes_its_own_lines_on_anybodys_investment(client, admin, engine):
    theirs = put_line(client, admin)
    other = scenario.department_key(engine, "GFK")

    assert post(client, other, LINES, line()).status_code == 403
    mine = ok(post(client, other, LINES, line(department="GFK")))
    path = f"{LINES}/{mine['id']}"
    assert ok(change(client, other, path, {"amount": "7.00"}), 200)["amount"] == "7.00"
    assert change(client, other, path, {"department": "FGK"}).status_code == 403
    for method, body in (("PATCH", {"amount": "7.00"}), ("DELETE", None)):
        refused = change(client, other, f"{LINES}/{theirs['id']}", body, method)
        assert refused.status_code == 403
    assert change(client, other, path, method="DELETE").status_code == 204


@pytest.mark.parametrize("part", ["components", "consequence-lines"])
def test_a_part_is_found_under_its_own_investment_only(client, admin, part: str):
    scenario.put_investment(client, admin, code="LIN-02")
    added: Any = (put_component if part == "components" else put_line)(client, admin)

    for path in (
        f"{path_of('LIN-02', part)}/{added['id']}",
        f"{path_of(CODE, part)}/2147483647",
        f"{path_of(CODE, part)}/99999999999999999999",
        f"{path_of(CODE, part)}/x",
        path_of("NO-1", part),
    ):
        assert client.get(path, headers=admin).status_code == 404


@pytest.mark.parametrize("part", ["components", "consequence-lines"])
def test_a_change_must_start_from_the_newest_version(client, admin, part: str):
    added: Any = (put_component if part == "components" else put_line)(client, admin)
    path = f"{path_of(CODE, part)}/{added['id']}"
    old = client.get(path, headers=admin).headers["etag"]
    field = {"name": "Tak"} if part == "components" else {"note": "Ny"}
    ok(change(client, admin, path, field), 200)

    assert client.patch(path, json=field, headers=admin).status_code == 428
    stale = client.patch(path, json=field, headers={**admin, "If-Match": old})
    assert stale.status_code == 412


def test_long_lists_come_in_pages(client, admin):
    ids = [put_line(client, admin, year=2027 + at)["id"] for at in range(3)]

    first = read(client, admin, LINES, limit=2)
    second = read(client, admin, first["next"])

    assert [one["id"] for one in first["items"] + second["items"]] == ids
    assert (first["total"], second["next"]) == (3, None)

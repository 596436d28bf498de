"""The list of schemes says which to open first: how many areas and programs each has."""

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests import scenario
from tests.reports.counting import statements
from tests.scenario import Headers, ok

SCHEMES = "/v1/area-schemes"
Keys = dict[str, Headers]


def counts(client: TestClient, headers: Headers) -> dict[str, tuple[int, int]]:
    """By scheme, areas and programs."""
    items: list[Any] = ok(client.get(SCHEMES, headers=headers), 200)["items"]
    return {item["code"]: (item["areas"], item["programs"]) for item in items}


def in_areas(*codes: str, scheme: str = "grid") -> list[dict[str, str]]:
    return [{"scheme": scheme, "code": code} for code in codes]


def test_a_scheme_is_listed_with_its_areas_and_the_programs_that_may_be_seen(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = keys["admin"]
    scenario.put_scheme(engine)
    scenario.put_scheme(engine, "fine", cells=3)
    scenario.put_scheme(engine, "future", valid_from="2999-01-01")
    ok(client.post(SCHEMES, json={"code": "empty", "name": "Tom"}, headers=admin))
    scenario.put_municipality(client, admin, published=True, areas=in_areas("A00", "A01"))
    scenario.put_program(client, admin, code="draft", areas=in_areas("A00"))
    both = [*in_areas("A11"), *in_areas("A22", scheme="fine")]
    scenario.put_program(client, admin, code="open", published=True, areas=both)

    inside, public = counts(client, keys["viewer"]), counts(client, {})

    assert inside == {"empty": (0, 0), "fine": (9, 1), "future": (0, 0), "grid": (4, 3)}
    assert public == {**inside, "grid": (4, 2)}


def test_a_program_that_is_closed_to_the_public_again_no_longer_counts_there(
    client: TestClient, keys: Keys, engine: Engine
):
    admin, path = keys["admin"], "/v1/programs/lindangen"
    scenario.put_scheme(engine)
    scenario.put_municipality(client, admin, published=True, areas=in_areas("A00"))
    assert counts(client, {}) == {"grid": (4, 1)}

    ok(client.patch(path, json={"published": False}, headers={**admin, "If-Match": "*"}), 200)

    assert (counts(client, {}), counts(client, admin)) == ({"grid": (4, 0)}, {"grid": (4, 1)})


def test_the_tag_of_a_scheme_outlives_a_program_that_somebody_else_opens(
    client: TestClient, keys: Keys, engine: Engine
):
    scenario.put_scheme(engine)
    read = client.get(f"{SCHEMES}/grid", headers=keys["gis"])
    assert {"areas", "programs"}.isdisjoint(read.json())
    scenario.put_municipality(client, keys["admin"], published=True, areas=in_areas("A00"))

    headers = {**keys["gis"], "If-Match": read.headers["etag"]}
    changed = client.patch(f"{SCHEMES}/grid", json={"name": "Rutor"}, headers=headers)

    assert (changed.status_code, changed.json()["name"]) == (200, "Rutor")


def test_many_schemes_are_counted_in_as_many_statements_as_one(
    client: TestClient, keys: Keys, engine: Engine
):
    def asked() -> int:
        with statements(engine) as sent:
            counts(client, keys["viewer"])
        return len(sent)

    scenario.put_scheme(engine, "s0", cells=1)
    one = asked()
    for number in range(1, 6):
        scenario.put_scheme(engine, f"s{number}", cells=1)

    assert asked() == one


def test_counts_stay_with_their_schemes_from_page_to_page(
    client: TestClient, keys: Keys, engine: Engine
):
    for number in range(1, 4):
        scenario.put_scheme(engine, f"s{number}", cells=number)
    found: dict[str, int] = {}
    following = f"{SCHEMES}?limit=1"

    while following:
        page = ok(client.get(following), 200)
        found |= {item["code"]: item["areas"] for item in page["items"]}
        following = page["next"]

    assert found == {"s1": 1, "s2": 4, "s3": 9}

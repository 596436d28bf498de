"""`portfolios-{scheme}`: each area with what its portfolio holds, for a map to be coloured by."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from portfolio.database.engine import make_engine
from portfolio.maps import portfolio_layer
from portfolio.sample.loading import Loaded, load_once
from tests import scenario
from tests.calling import client_of
from tests.databases import DatabaseFactory
from tests.gates.life import Keys, tagged
from tests.indicators.sending import register
from tests.investments.places import box, location, named, point
from tests.ogc.municipality import AREAS, HIDDEN, INVESTMENTS, PORTFOLIOS, PUBLIC, Town
from tests.ogc.test_tiles_served import MIDDLE, decoded, path_of
from tests.scenario import Headers, line, ok, put_lines

FIELDS = [field.name for field in portfolio_layer.FIELDS]
POPULATION = {"A00": 1000, "A01": 7, "A02": 0, "A11": 333, "A22": 1_000_000}


def items(client: TestClient, headers: Headers | None, scheme: str = "grid") -> dict[str, Any]:
    """What every area says, page by page."""
    url: str | None = f"/ogc/collections/portfolios-{scheme}/items?limit=70"
    found: dict[str, Any] = {}
    while url:
        page = ok(client.get(url, headers=headers), 200)
        found |= {one["id"]: one["properties"] for one in page["features"]}
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    return found


def ore(amount: str) -> int:
    return int(Fraction(amount) * 100)


def kronor(ore: int, part: float = 1) -> float:
    """To the öre, halves away from zero."""
    exact = abs(Fraction(ore)) / Fraction(part)
    rounded = int(exact + Fraction(1, 2))
    return (rounded if ore >= 0 else -rounded) / 100


def expected(portfolio: dict[str, Any]) -> dict[str, Any]:
    """What the portfolio of an area, as /v1 answers it, comes to on the map."""
    status = Counter(row["status"] for row in portfolio["items"])
    kind = Counter(row["kind"] for row in portfolio["items"])
    count = len(portfolio["items"])
    open_count = count - status["stopped"] - status["completed"]
    return {
        "investments": count,
        "physical": kind["physical"],
        "social": kind["social"],
        "on_hold": status["on_hold"],
        "share_on_hold": status["on_hold"] / open_count if open_count else None,
        "stopped": status["stopped"],
        "completed": status["completed"],
        "planned_total": float(portfolio["totals"]["all"]["apportioned_total"]),
        "codes": ", ".join(sorted(row["investment"] for row in portfolio["items"])),
    }


def assert_agrees(client: TestClient, headers: Headers, scheme: str = "grid") -> int:
    """Every area says what its portfolio says; returns how many shares there are."""
    shares, found = 0, items(client, headers, scheme)
    for code, said in found.items():
        path = f"/v1/area-schemes/{scheme}/areas/{code}/portfolio"
        portfolio = ok(client.get(path, headers=headers), 200)
        wanted = expected(portfolio)
        assert {name: said[name] for name in wanted} == wanted, code
        planned, population = (
            ore(portfolio["totals"]["all"]["apportioned_total"]),
            said["population"],
        )
        per_resident = kronor(planned, population) if population else None
        assert said["per_resident"] == per_resident
        shares += len(portfolio["items"])
    return shares


@pytest.fixture
def admin(client: TestClient, keys: Keys, engine: Engine) -> Headers:
    """Nine areas, of which some have residents, and a published program."""
    admin = keys["admin"]
    scenario.put_scheme(engine, cells=3)
    scenario.put_municipality(client, admin, published=True)
    register(client, admin, POPULATION)
    return admin


def put(client: TestClient, admin: Headers, code: str, *lines: Any, **fields: Any) -> None:
    scenario.put_investment(client, admin, code=code, **fields)
    ok(put_lines(client, admin, code, *lines), 200)


def decide(client: TestClient, admin: Headers, code: str, **fields: Any) -> None:
    if fields.get("outcome") not in ("hold", "stop"):
        scenario.submit(client, admin, code)
    ok(scenario.decide(client, admin, code, **{"gate": "need", **fields}))


@pytest.fixture
def varied(client: TestClient, admin: Headers) -> Headers:
    """Investments of every kind and status, in one area, several, partly outside and nowhere."""
    third = named(("A00", 0.3333333333), ("A01", 0.3333333333), ("A11", 0.3333333333))
    put(client, admin, "I-3", line("1000000.01"), line("0.05", year=2028), location=third)
    put(client, admin, "I-1", line("99.99"), location=location(box(0.5, 0.5, 1.7, 1.3)))
    income = line("70000.07", direction="income", type="operating")
    put(client, admin, "I-2", income, location=location(point(0.5, 0.5)), kind="social")
    scenario.put_program(client, admin, code="hidden", name="Ännu inte utlyst")
    outside = location(box(2.5, 2.5, 4, 4))
    put(client, admin, "I-4", line("12345.67"), location=outside, kind="social", program="hidden")
    put(client, admin, "I-5", line("5.00"), location={"municipality_wide": True})
    put(client, admin, "I-6", line("3.00"), location={"not_located": "Utreds."})
    secret = {"section": "18 kap. 13 § OSL", "until": "2999-12-31"}
    put(client, admin, "I-7", line("777.00"), location=location(point(0.5, 0.5)), restricted=secret)
    decide(client, admin, "I-1")
    decide(client, admin, "I-2", outcome="hold")
    decide(client, admin, "I-3")
    decide(client, admin, "I-4", outcome="stop")
    decide(client, admin, "I-7")
    return admin


def test_a7_every_area_says_what_its_portfolio_says(client: TestClient, varied: Headers):
    assert assert_agrees(client, varied) == 10

    found = items(client, varied)["A00"]
    assert list(found) == FIELDS
    assert (found["name"], found["population"]) == ("Område A00", 1000)
    assert (found["investments"], found["physical"], found["social"]) == (4, 3, 1)
    assert (found["on_hold"], found["share_on_hold"]) == (1, 0.25)
    assert found["codes"] == "I-1, I-2, I-3, I-7"


def test_a_stopped_investment_is_counted_but_is_not_among_those_that_could_wait(
    client: TestClient, varied: Headers
):
    found = items(client, varied)

    assert (found["A22"]["stopped"], found["A22"]["share_on_hold"]) == (1, None)
    assert found["A20"]["share_on_hold"] is None
    assert (found["A20"]["investments"], found["A20"]["codes"]) == (0, "")
    assert found["A20"]["planned_total"] == found["A20"]["decided_total"] == 0.0


def test_what_is_decided_is_apportioned_like_what_is_planned(client: TestClient, varied: Headers):
    found = items(client, varied)
    decided = {code: ore(str(one["decided_total"])) for code, one in found.items()}
    rows = ok(client.get("/v1/gate-status", headers=varied), 200)["items"]
    of = {row["investment"]: ore(row["decided_total"]) for row in rows}

    assert sum(decided.values()) == of["I-1"] + of["I-3"] + of["I-7"]
    # A third each of 1 000 000.06, and no öre is lost.
    assert {of["I-3"] // 3} == {decided["A11"] - part(client, varied, "A11", of["I-1"])}


def part(client: TestClient, headers: Headers, area: str, whole: int) -> int:
    """What of I-1's decided money an area gets, by its share."""
    path = f"/v1/area-schemes/grid/areas/{area}/portfolio"
    (share,) = [
        row["share"]
        for row in ok(client.get(path, headers=headers), 200)["items"]
        if row["investment"] == "I-1"
    ]
    return round(whole * float(share))


def test_per_resident_is_null_where_nobody_lives_or_nobody_knows(
    client: TestClient, varied: Headers
):
    found = items(client, varied)

    assert found["A02"]["population"] == 0
    assert found["A10"]["population"] is None
    assert found["A02"]["per_resident"] is found["A10"]["per_resident"] is None
    assert found["A11"]["per_resident"] == kronor(ore(str(found["A11"]["planned_total"])), 333)


# The public


def test_the_public_sees_the_portfolios_of_what_it_sees(client: TestClient, varied: Headers):
    """I-2 waits and I-4 is not published; I-7 is restricted, and I-5 and I-6 are not decided."""
    url = "/ogc/collections/investments/items"
    seen = {one["id"] for one in ok(client.get(url), 200)["features"]}
    inside = items(client, varied)

    found = items(client, None)

    assert seen == {"I-1", "I-2", "I-3"}
    told = {code for one in found.values() for code in one["codes"].split(", ") if code}
    assert told == seen
    assert found["A00"]["investments"] == 3
    assert found["A22"] == {**inside["A20"], **only(found["A22"], "code", "name", "population")} | {
        "planned_total": None,
        "per_resident": 0.0,
    }
    restricted = 77700
    difference = ore(str(inside["A00"]["decided_total"])) - ore(str(found["A00"]["decided_total"]))
    assert difference == restricted
    for one in found.values():
        assert one["planned_total"] is None
        decided = ore(str(one["decided_total"]))
        population = one["population"]
        assert one["per_resident"] == (kronor(decided, population) if population else None)


def only(properties: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: properties[name] for name in names}


def test_without_a_key_nothing_secret_is_in_any_form(town: Town):
    by_key, public = town.items(PORTFOLIOS, town.viewer), town.items(PORTFOLIOS)

    counted = [
        sum(one["properties"]["investments"] for one in found.values())
        for found in (by_key, public)
    ]
    # A line from corner to corner of a square, a point and a surface; what is secret is elsewhere.
    assert counted == [3, 3]
    for headers in (town.viewer, None):
        for path in ("items", "items/A00"):
            text = town.get(f"/collections/{PORTFOLIOS}/{path}", headers).text
            assert HIDDEN not in text
    assert set(town.items(INVESTMENTS)) == set(PUBLIC)


def test_who_asks_first_changes_nothing_for_the_other(client: TestClient, varied: Headers):
    public, inside = items(client, None), items(client, varied)

    assert items(client, None) == public
    assert items(client, varied) == inside
    assert public != inside


# As things change


def test_the_very_next_request_sees_a_change(client: TestClient, varied: Headers):
    before = items(client, varied)["A00"]
    lines = (line("200.00"), line("100.00", type="operating"))
    ok(put_lines(client, varied, "I-2", *lines), 200)

    after = items(client, varied)["A00"]

    planned = [ore(str(one["planned_total"])) for one in (before, after)]
    assert planned[1] - planned[0] == 30_000 + 7_000_007
    path = "/v1/investments/I-2"
    headers = tagged(client, varied, path)
    change = {"location": location(point(2.5, 0.5))}
    ok(client.patch(path, json=change, headers=headers), 200)
    moved = items(client, varied)
    assert (moved["A00"]["investments"], moved["A02"]["codes"]) == (3, "I-2")
    assert_agrees(client, varied)


amounts = st.integers(-(10**13), 10**13).map(lambda ore: ore or 1)
corners = st.floats(-1, 3.5, allow_nan=False).map(lambda part: round(part, 3))


@st.composite
def places(draw: Any) -> dict[str, Any]:
    if draw(st.booleans()):
        shares = draw(st.lists(st.integers(1, 1000), min_size=1, max_size=5))
        whole = sum(shares) + draw(st.integers(0, 500))
        codes = [f"A{at // 3}{at % 3}" for at in range(len(shares))]
        return named(*((code, one / whole) for code, one in zip(codes, shares, strict=True)))
    left, bottom = draw(corners), draw(corners)
    wide, high = draw(st.floats(0.01, 3)), draw(st.floats(0.01, 3))
    return location(box(left, bottom, left + wide, bottom + high))


def as_line(ore: int, year: int) -> dict[str, Any]:
    text = f"{abs(ore) // 100}.{abs(ore) % 100:02d}"
    direction = "expense" if ore > 0 else "income"
    return line(text, direction=direction, year=year, type="operating")


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=places(),
    plan=st.lists(amounts, min_size=1, max_size=4),
    population=st.integers(0, 10**6),
)
def test_a7_wherever_it_lies_and_whatever_it_costs_map_and_portfolio_agree(
    client: TestClient, varied: Headers, place: Any, plan: list[int], population: int
):
    headers = tagged(client, varied, "/v1/investments/I-1")
    ok(client.patch("/v1/investments/I-1", json={"location": place}, headers=headers), 200)
    lines = [as_line(ore, 2027 + at) for at, ore in enumerate(plan)]
    ok(put_lines(client, varied, "I-1", *lines), 200)
    register(client, varied, {**POPULATION, "A11": population})

    assert_agrees(client, varied)


# The sample


@pytest.fixture(scope="module")
def loaded(database_factory: DatabaseFactory) -> Iterator[tuple[Engine, Loaded]]:
    url = database_factory.new_migrated()
    engine = make_engine(url)
    found = load_once(engine)
    assert found is not None
    yield engine, found
    engine.dispose()
    database_factory.drop(url)


@pytest.fixture
def sampled(
    application: FastAPI, running: TestClient, loaded: tuple[Engine, Loaded]
) -> Iterator[TestClient]:
    application.state.engine = loaded[0]
    with client_of(running) as client:
        yield client


def test_a7_every_area_of_the_sample_says_what_its_portfolio_says(
    sampled: TestClient, loaded: tuple[Engine, Loaded]
):
    viewer = {"Authorization": f"Bearer {loaded[1].tokens['viewer']}"}
    schemes = ok(sampled.get("/v1/area-schemes", headers=viewer), 200)["items"]

    for scheme in (one["code"] for one in schemes):
        assert assert_agrees(sampled, viewer, scheme) == 20
        public = items(sampled, None, scheme)
        assert sum(one["investments"] for one in public.values()) > 0
        assert all(one["planned_total"] is None for one in public.values())


# How it is asked


def test_it_is_asked_as_areas_are(town: Town):
    areas, found = town.items(AREAS), town.items(PORTFOLIOS)
    queryables = town.json(f"/collections/{PORTFOLIOS}/queryables")["properties"]

    assert set(queryables) == {"code", "name", "geometry"}
    assert {id: one["geometry"] for id, one in found.items()} == {
        id: one["geometry"] for id, one in areas.items()
    }
    assert set(town.items(PORTFOLIOS, filter="code IN ('A00', 'A11')")) == {"A00", "A11"}
    assert set(town.items(PORTFOLIOS, name="Område A10")) == {"A10"}
    assert town.get(f"/collections/{PORTFOLIOS}/items", investments="1").status_code == 400
    assert town.get(f"/collections/{PORTFOLIOS}/items", filter="area_m2 > 1").status_code == 400
    assert town.json(f"/collections/{PORTFOLIOS}/items/A01")["properties"]["code"] == "A01"
    assert town.get(f"/collections/{PORTFOLIOS}/items/none").status_code == 404
    since = areas["A00"]["properties"]["valid_from"]
    version = town.json(f"/collections/{PORTFOLIOS}/items/A00@{since}")
    assert version["properties"] == found["A00"]["properties"]


def test_another_days_portfolio_is_over_the_areas_of_that_day(town: Town):
    now, then = (
        town.items(PORTFOLIOS, town.viewer, datetime=when) for when in ("2030-01-01", "2019-01-01")
    )
    both = town.items(PORTFOLIOS, town.viewer, datetime="2019-01-01/2030-01-01")

    assert then == {}
    assert now == both == town.items(PORTFOLIOS, town.viewer)
    future = town.items("portfolios-future", town.viewer, datetime="2999-01-01")
    assert sum(one["properties"]["investments"] for one in future.values()) == 1
    assert town.items("portfolios-future", town.viewer) == {}


def test_pages_put_together_are_the_whole(town: Town):
    gzipped = {**town.viewer, "Accept-Encoding": "gzip"}
    whole = town.items(PORTFOLIOS, town.viewer)

    for headers in (town.viewer, gzipped, gzipped):
        first = town.json(f"/collections/{PORTFOLIOS}/items", headers, limit=3)
        (following,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
        rest = town.client.get(following, headers=headers).json()["features"]
        assert {one["id"]: one for one in [*first["features"], *rest]} == whole


def test_its_tiles_say_all_but_the_list_of_codes(town: Town):
    path = path_of(PORTFOLIOS, MIDDLE, 12)
    for headers in (town.viewer, None):
        found, told = decoded(town.get(path, headers)), town.items(PORTFOLIOS, headers)

        assert set(found) == set(told)
        for id, one in found.items():
            said = {name: value for name, value in told[id]["properties"].items() if value != ""}
            said = {name: value for name, value in said.items() if value is not None}
            said.pop("codes", None)
            assert one["properties"] == {"id": id, **said}


# The list of codes


def test_the_list_ends_where_there_is_no_more_room_and_says_so():
    assert portfolio_layer.listed([]) == ""
    assert portfolio_layer.listed(["A", "B"]) == "A, B"
    long = [f"{at:064}" for at in range(100)]

    found = portfolio_layer.listed(long)

    assert found.endswith(" …")
    assert found.removesuffix(" …").split(", ") == long[:30]
    assert len(found) <= portfolio_layer.MOST_CHARACTERS + 2


@given(st.lists(st.text("AB-1", min_size=1, max_size=64), max_size=120, unique=True))
def test_the_list_has_whole_codes_and_all_of_them_if_they_fit(codes: list[str]):
    found = portfolio_layer.listed(codes)

    kept = found.removesuffix(" …").split(", ") if found else []
    assert kept == codes[: len(kept)]
    assert (found.endswith(" …")) == (len(kept) < len(codes))
    assert len(found) <= portfolio_layer.MOST_CHARACTERS + 2

"""Whatever is drawn on the map: shares sum to 1, and the money of all places to the whole."""

from fractions import Fraction
from typing import Any

import hypothesis
import shapely
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests import scenario
from tests.gates.life import Keys, read, tagged
from tests.investments.places import box, line, location, named, point
from tests.scenario import ok, put_lines

CODES = ("A00", "A01", "A10", "A11")
many = hypothesis.settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
few = hypothesis.settings(many, max_examples=10)

# In cells of the grid, which is two cells wide: partly outside as often as not.
spots = st.tuples(st.integers(-30, 50), st.integers(-30, 50)).map(lambda p: (p[0] / 20, p[1] / 20))
sides = st.integers(1, 40).map(lambda side: side / 20)
points = spots.map(lambda spot: point(*spot))
lines = st.lists(spots, min_size=2, max_size=5, unique=True).map(lambda spots: line(*spots))
boxes = st.builds(lambda at, w, h: box(at[0], at[1], at[0] + w, at[1] + h), spots, sides, sides)
geometries = st.one_of(
    points,
    lines,
    boxes,
    st.lists(points, min_size=2, max_size=6).map(shapely.MultiPoint),
    st.lists(lines, min_size=2, max_size=3).map(shapely.MultiLineString),
    st.lists(boxes, min_size=2, max_size=4).map(shapely.union_all),
)
places = st.one_of(
    st.builds(location, geometries, st.sampled_from((0, 0, 25, 400))),
    st.just({"municipality_wide": True}),
    st.just({"not_located": "Oklart."}),
    st.lists(st.integers(0, 20), min_size=4, max_size=4).map(
        lambda parts: named(*zip(CODES, (part / 80 for part in parts), strict=True))
    ),
)


@many
@given(place=places)
def test_a5_shares_sum_to_one_wherever_it_is(
    client: TestClient, keys: Keys, engine: Engine, place: dict[str, Any]
):
    answer = placed(client, keys, engine, "P-1", place)

    assert set(answer["area_shares"]) == set(answer["outside"])
    for scheme, entries in answer["area_shares"].items():
        shares = [Fraction(str(entry["share"])) for entry in entries]
        assert sum(shares) + Fraction(str(answer["outside"][scheme])) == 1
        assert all(share > 0 for share in shares)
        assert [entry["code"] for entry in entries] == sorted(entry["code"] for entry in entries)


def placed(
    client: TestClient, keys: Keys, engine: Engine, code: str, place: dict[str, Any]
) -> dict[str, Any]:
    """An investment at a place; made the first time, moved after that."""
    path, admin = f"/v1/investments/{code}", keys["admin"]
    if client.get("/v1/area-schemes/grid").status_code == 404:
        scenario.put_scheme(engine)
        scenario.put_municipality(client, admin)
    if client.get(path, headers=admin).status_code == 404:
        return scenario.put_investment(client, admin, code=code, location=place)
    change = client.patch(path, json={"location": place}, headers=tagged(client, admin, path))
    moved: dict[str, Any] = ok(change, 200)
    return moved


plans = st.lists(
    st.builds(
        lambda ore, **fields: scenario.line(f"{ore // 100}.{ore % 100:02d}", **fields),
        st.integers(0, 10**9),
        year=st.integers(2026, 2029),
        type=st.sampled_from(("capital", "operating")),
        direction=st.sampled_from(("expense", "expense", "income")),
    ),
    max_size=4,
)


@few
@given(found=st.lists(st.tuples(places, plans), min_size=3, max_size=3))
def test_a7_areas_outside_wide_and_not_located_are_the_whole_to_the_ore(
    client: TestClient, keys: Keys, engine: Engine, found: list[tuple[dict[str, Any], list[Any]]]
):
    admin = keys["admin"]
    for number, (place, plan) in enumerate(found):
        placed(client, keys, engine, f"P-{number}", place)
        ok(put_lines(client, admin, f"P-{number}", *plan), 200)

    areas = [read(client, admin, f"/v1/area-schemes/grid/areas/{code}/portfolio") for code in CODES]
    planned = read(client, admin, "/v1/gate-status?totals=true")["totals"]["all"]

    whole = areas[0]
    parts = [answer["totals"]["all"]["apportioned_total"] for answer in areas]
    parts += [whole[name] for name in ("outside", "municipality_wide", "not_located")]
    assert sum(map(ore, parts)) == ore(whole["scheme_total"]) == ore(planned["forecast_total"])
    for answer in areas:
        totals = answer["totals"]
        for group in ("by_kind", "by_department", "by_gate", "by_serves", "by_year"):
            for name in ("planned_total", "apportioned_total", "apportioned_capital"):
                assert sum(ore(row[name]) for row in totals[group]) == ore(totals["all"][name])
        assert {answer[name] for name in ("outside", "scheme_total")} == {
            whole[name] for name in ("outside", "scheme_total")
        }


def ore(amount: str) -> int:
    return round(Fraction(amount) * 100)

"""Figures of schemes and dates that have none of their own: summed, shared out, or followed."""

from datetime import date
from itertools import product
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine, update
from sqlmodel import col, select

from portfolio.areas.models import AreaScheme
from portfolio.areas.repository import find_editions
from portfolio.clock import now, rfc3339
from portfolio.database.engine import snapshot, transaction
from portfolio.indicators.repository import newest_values
from portfolio.indicators.rules import MILLION, Value
from tests.area_imports.importing import CUT, TWO, bring_in
from tests.areas.boundary_samples import square
from tests.indicators.sending import SOURCE, page, register, values
from tests.scenario import ok, put_scheme

X, Y = 375_000.0, 6_160_000.0
FINE = {f"A{row}{column}": 10 * row + column for row, column in product(range(4), range(4))}


@pytest.fixture
def gis(client: TestClient, engine: Engine, keys: dict[str, dict[str, str]]) -> dict[str, str]:
    """The key of GIS staff, and `fine`, of four by four squares of 500 m."""
    put_scheme(engine, "fine", cells=4, size=500.0)
    return keys["gis"]


@pytest.fixture
def d(client: TestClient, keys: dict[str, dict[str, str]]) -> dict[str, str]:
    """The key of GIS staff, and a scheme `d` without areas."""
    ok(client.post("/v1/area-schemes", json={"code": "d", "name": "D"}, headers=keys["gis"]))
    return keys["gis"]


def coarse_sums() -> dict[str, int]:
    return {
        f"A{row}{column}": sum(
            FINE[f"A{2 * row + up}{2 * column + right}"]
            for up, right in product(range(2), range(2))
        )
        for row, column in product(range(2), range(2))
    }


def test_a4_on_a_coarser_scheme_residents_are_summed_and_no_estimate(client, engine, gis):
    put_scheme(engine, "coarse")
    register(client, gis, FINE, scheme="fine")

    found = page(client, gis, scheme="coarse")

    assert {one["area"]: one["value"] for one in found["items"]} == coarse_sums()
    assert {one["estimated"] for one in found["items"]} == {False}
    assert {(one["from_scheme"], one["source"]) for one in found["items"]} == {("fine", SOURCE)}
    assert found["outside"] == []


def test_a_sum_that_lacks_a_part_is_an_estimate(client, engine, gis):
    put_scheme(engine, "coarse")
    register(client, gis, {code: FINE[code] for code in FINE if code != "A00"}, scheme="fine")

    found = values(client, gis, scheme="coarse")

    assert found == {**coarse_sums(), "A00": (coarse_sums()["A00"], True)}


def test_on_another_scheme_residents_are_shared_out_by_surface_and_estimated(client, engine, gis):
    put_scheme(engine, "shifted", cells=4, size=500.0, origin=(X + 125.0, Y))
    register(client, gis, dict.fromkeys(FINE, 101), scheme="fine")

    found = page(client, gis, scheme="shifted")

    assert {one["estimated"] for one in found["items"]} == {True}
    (outside,) = found["outside"]
    inside = {one["area"]: one["value"] for one in found["items"]}
    assert sum(inside.values()) + outside["value"] == 16 * 101
    # A quarter of the westernmost column lies outside, and so does the east of the new one.
    assert outside["value"] == pytest.approx(101, abs=1)
    assert all(abs(inside[f"A{row}0"] - 101) <= 1 for row in range(4))
    assert all(abs(inside[f"A{row}3"] - 75.75) <= 1 for row in range(4))


def test_figures_on_a_finer_scheme_are_estimates(client, engine, gis):
    put_scheme(engine, "coarse")
    register(client, gis, {"A00": 401, "A01": 8, "A10": 0, "A11": 3}, scheme="coarse")

    found = values(client, gis, scheme="fine")

    # 401, 8, 0 and 3 in four parts each: the largest remainders are those of 3.
    corners = {code: found[code] for code in ("A00", "A03", "A30", "A33")}
    assert corners == {"A00": (100, True), "A03": (2, True), "A30": (0, True), "A33": (1, True)}
    assert sum(value for value, _ in found.values()) == 412


def test_a_scheme_with_figures_of_its_own_has_those(client, engine, gis):
    put_scheme(engine, "coarse")
    register(client, gis, FINE, scheme="fine")
    register(client, gis, {"A00": 7}, 2020, scheme="coarse")

    assert values(client, gis, scheme="coarse") == {"A00": 7}
    # Of a year that it lacks it has what follows from others.
    assert values(client, gis, scheme="coarse", year=2025) == coarse_sums()


def test_the_nested_scheme_is_summed_though_another_is_newer(client, engine, gis):
    put_scheme(engine, "coarse")
    put_scheme(engine, "shifted", cells=4, size=500.0, origin=(X + 125.0, Y))
    register(client, gis, dict.fromkeys(FINE, 9), 2025, scheme="shifted")
    register(client, gis, FINE, 2024, scheme="fine")

    found = page(client, gis, scheme="coarse")["items"]

    assert {(one["from_scheme"], one["year"]) for one in found} == {("fine", 2024)}


def test_a4_a_scheme_that_is_said_to_be_coarser_gets_whole_areas(client, engine, gis):
    put_scheme(engine, "coarse", size=1050.0)
    register(client, gis, dict.fromkeys(FINE, 100), scheme="fine")
    assert all(flag for _, flag in values(client, gis, scheme="coarse").values())
    with transaction(engine) as session:
        parent = session.exec(select(AreaScheme).where(AreaScheme.code == "coarse")).one()
        session.exec(
            update(AreaScheme).where(col(AreaScheme.code) == "fine").values(parent_id=parent.id)
        )

    found = values(client, gis, scheme="coarse")

    # 50 m of what belongs to the neighbour is within the larger squares.
    assert found == dict.fromkeys(("A00", "A01", "A10", "A11"), (400, True))


def test_area_types_on_another_scheme_are_those_of_most_residents(client, engine, gis):
    put_scheme(engine, "coarse")
    types = dict.fromkeys(FINE, 5) | {"A00": 1}
    register(client, gis, types, scheme="fine", indicator="area_type")

    by_surface = values(client, gis, scheme="coarse", indicator="area_type")
    register(client, gis, {code: 1000 if code == "A00" else 9 for code in FINE}, scheme="fine")
    by_residents = values(client, gis, scheme="coarse", indicator="area_type")

    assert by_surface == dict.fromkeys(("A00", "A01", "A10", "A11"), (5, True))
    assert by_residents == {**by_surface, "A00": (1, True)}


def test_a_free_indicator_is_carried_over_only_if_it_says_how(client, engine, gis):
    put_scheme(engine, "coarse")
    register(client, gis, FINE, scheme="fine", indicator="income")
    assert values(client, gis, scheme="coarse", indicator="income") == {}

    register(client, gis, {"A00": 0}, scheme="fine", indicator="income", aggregation="mean")

    found = values(client, gis, scheme="coarse", indicator="income")
    assert found == {code: (total / 4, True) for code, total in coarse_sums().items()}


def test_m4_what_is_derived_can_be_asked_for_as_known_before(client, engine, gis):
    put_scheme(engine, "coarse")
    register(client, gis, FINE, scheme="fine")
    before = rfc3339(now())
    register(client, gis, dict.fromkeys(FINE, 0), scheme="fine")

    assert values(client, gis, scheme="coarse", known_at=before) == coarse_sums()
    assert set(values(client, gis, scheme="coarse").values()) == {0}


# Areas that change


def residents(client: Any, d: Any, at: str, **query: Any) -> dict[str, Any]:
    return values(client, d, scheme="d", at=at, **query)


def test_a6_a_code_that_was_split_goes_on_in_its_successors_as_an_estimate(client, d):
    bring_in(client, d, TWO)
    register(client, d, {"A": 1001, "B": 5}, 2021, scheme="d")
    bring_in(client, d, CUT, valid_from="2023-01-01")

    assert residents(client, d, "2022-06-01") == {"A": 1001, "B": 5}
    # By surface, 60 and 40 of 100 m, since no import has said otherwise.
    assert residents(client, d, "2024-06-01") == {"A1": (601, True), "A2": (400, True), "B": 5}


def test_areas_that_were_merged_are_summed_and_no_estimate(client, d):
    bring_in(client, d, CUT)
    register(client, d, {"A1": 10, "A2": 20, "B": 30}, 2021, scheme="d")
    bring_in(client, d, TWO, valid_from="2023-01-01")

    assert residents(client, d, "2024-06-01") == {"A": 30, "B": 30}


def test_figures_of_a_later_division_are_summed_for_an_earlier_one(client, d):
    bring_in(client, d, TWO)
    bring_in(client, d, CUT, valid_from="2023-01-01")
    register(client, d, {"A1": 10, "A2": 20, "B": 30}, 2024, scheme="d")

    assert residents(client, d, "2021-06-01") == {"A": 30, "B": 30}


def test_a_code_that_is_gone_is_taken_with_a_warning_and_its_own_figures_go_first(client, d):
    bring_in(client, d, TWO)
    bring_in(client, d, CUT, valid_from="2023-01-01")

    shown = register(client, d, {"A": 100, "B": 5}, 2024, scheme="d")

    assert [issue["kind"] for issue in shown["issues"]] == ["other_edition", "incomplete"]
    assert residents(client, d, "2024-06-01") == {"A1": (60, True), "A2": (40, True), "B": 5}
    register(client, d, {"A1": 70}, 2024, scheme="d")
    assert residents(client, d, "2024-06-01") == {"A1": 70, "A2": (30, True), "B": 5}


def test_a6_a_code_and_its_successor_of_one_year_make_no_residents(client, d):
    bring_in(client, d, TWO)
    heirs = {"A": [{"code": "A1", "share": 0.3}, {"code": "A2", "share": 0.7}]}
    bring_in(client, d, CUT, heirs, valid_from="2026-07-01")

    register(client, d, {"A": 100, "A1": 70, "B": 5}, 2026, scheme="d")

    assert residents(client, d, "2026-08-01") == {"A1": 70, "A2": (30, True), "B": 5}
    assert residents(client, d, "2026-01-01") == {"A": 100, "B": 5}


def test_a6_a_successor_with_more_residents_than_the_old_code_leaves_none(client, d):
    bring_in(client, d, TWO)
    bring_in(client, d, CUT, valid_from="2026-07-01")

    register(client, d, {"A": 100, "A1": 120, "B": 5}, 2026, scheme="d")

    assert residents(client, d, "2026-08-01") == {"A1": 120, "A2": (0, True), "B": 5}
    register(client, d, {"A2": 9}, 2026, scheme="d")
    assert residents(client, d, "2026-08-01") == {"A1": 120, "A2": 9, "B": 5}
    assert residents(client, d, "2026-01-01") == {"A": 100, "B": 5}


def test_a6_a_figure_of_a_code_to_come_takes_from_that_of_the_code_before_it(client, d):
    bring_in(client, d, TWO)
    bring_in(client, d, CUT, valid_from="2027-07-01")

    register(client, d, {"A": 100, "A1": 70, "B": 5}, 2026, scheme="d")

    assert residents(client, d, "2026-08-01") == {"A": 100, "B": 5}
    assert residents(client, d, "2027-08-01", year=2026) == {"A1": 70, "A2": (30, True), "B": 5}


def test_area_types_of_a_code_and_its_successor_go_to_who_has_none(client, d):
    bring_in(client, d, TWO)
    bring_in(client, d, CUT, valid_from="2026-07-01")

    register(client, d, {"A": 2, "A1": 5, "B": 3}, 2026, scheme="d", indicator="area_type")

    after = residents(client, d, "2026-08-01", indicator="area_type")
    before = residents(client, d, "2026-01-01", indicator="area_type")
    assert after == {"A1": 5, "A2": (2, True), "B": 3}
    assert before == {"A": 2, "B": 3}


def test_a_scheme_that_lies_elsewhere_says_nothing_and_the_one_that_covers_most_is_taken(
    client, engine, gis
):
    put_scheme(engine, "coarse")
    put_scheme(engine, "away", origin=(X + 50_000.0, Y))
    put_scheme(engine, "corner", cells=1, size=500.0)
    put_scheme(engine, "shifted", cells=4, size=500.0, origin=(X + 125.0, Y))
    register(client, gis, dict.fromkeys(("A00", "A01"), 7), 2025, scheme="away")
    assert page(client, gis, scheme="coarse")["items"] == []
    assert page(client, gis, scheme="coarse")["outside"] == []

    register(client, gis, {"A00": 9}, 2025, scheme="corner")
    register(client, gis, dict.fromkeys(FINE, 9), 2020, scheme="shifted")

    # One of the others nests and is newer, but lies in a sixteenth of it only.
    found = page(client, gis, scheme="coarse")["items"]
    assert {(one["from_scheme"], one["year"]) for one in found} == {("shifted", 2020)}


def test_a_small_scheme_within_one_large_area_gets_its_part_by_surface(client, engine, gis):
    put_scheme(engine, "large", cells=1, size=50_000.0)
    put_scheme(engine, "small", cells=1, size=500.0)
    register(client, gis, {"A00": 1_000_000}, scheme="large")

    assert values(client, gis, scheme="small") == {"A00": (100, True)}


def test_a_neighbour_whose_border_is_drawn_a_hair_over_says_nothing(client, engine, gis):
    put_scheme(engine, "coarse")
    put_scheme(engine, "beside", origin=(X - 1999.0, Y))
    register(client, gis, dict.fromkeys(("A00", "A01", "A10", "A11"), 100_000), scheme="beside")

    assert page(client, gis, scheme="coarse")["items"] == []


def test_area_types_follow_a_split_and_a_merger(client, d):
    bring_in(client, d, TWO)
    register(client, d, {"A": 2, "B": 4}, 2021, scheme="d", indicator="area_type")
    bring_in(client, d, CUT, valid_from="2023-01-01")
    bring_in(client, d, {"A": shapely.union_all(list(TWO.values()))}, valid_from="2024-01-01")

    split = residents(client, d, "2023-06-01", indicator="area_type")
    merged = residents(client, d, "2025-06-01", indicator="area_type")

    assert split == {"A1": (2, True), "A2": (2, True), "B": 4}
    # As much of each: the one with greater needs.
    assert merged == {"A": (2, True)}


def test_ground_that_moved_between_codes_takes_its_residents_along(client, d):
    bring_in(client, d, TWO)
    register(client, d, {"A": 100, "B": 5}, 2021, scheme="d")
    west: BaseGeometry = CUT["A1"]
    rest = shapely.union_all([CUT["A2"], square(1)])
    bring_in(client, d, {"A": west, "B": rest}, valid_from="2023-01-01")

    assert residents(client, d, "2024-06-01") == {"A": (60, True), "B": (45, True)}


def test_a_correction_by_a_hair_changes_no_figure(client, d):
    bring_in(client, d, TWO)
    register(client, d, {"A": 100, "B": 5}, 2021, scheme="d")
    bring_in(client, d, {"A": shapely.buffer(square(0), 0.01, join_style="mitre")})

    assert residents(client, d, "2024-06-01") == {"A": 100}


# For other capabilities


def test_other_capabilities_get_millionths_by_code(client, engine, gis):
    put_scheme(engine, "coarse")
    register(client, gis, FINE, scheme="fine")
    with snapshot(engine) as session:
        scheme = session.exec(select(AreaScheme).where(AreaScheme.code == "coarse")).one()
        (edition,) = find_editions(session, scheme.id)
        assert scheme.id is not None

        found = newest_values(session, scheme.id, edition, "population", date(2026, 11, 1))
        before = newest_values(
            session,
            scheme.id,
            edition,
            "population",
            date(2026, 11, 1),
            known_at=now().replace(year=2020),
        )
        none = newest_values(session, scheme.id, edition, "area_type", date(2026, 11, 1))

    assert found["A00"] == Value(coarse_sums()["A00"] * MILLION, 2025, estimated=False)
    assert found["A00"].number == coarse_sums()["A00"]
    assert before == none == {}

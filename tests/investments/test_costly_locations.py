"""Locations that are hostile, or only clumsy: refused or cheap, and kept without what is odd."""

import random
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio import shares
from portfolio.investments import placing
from portfolio.shares import footprint, is_too_crooked
from tests import scenario
from tests.gates.life import Keys, read, tagged
from tests.investments.places import line, location, point
from tests.scenario import ok

PATH = "/v1/investments/LIN-01"
HUGE = 2**60


@pytest.fixture
def admin(client: TestClient, keys: Keys, engine: Engine) -> dict[str, str]:
    scenario.put_scheme(engine)
    scenario.put_municipality(client, keys["admin"])
    return keys["admin"]


def change(client: TestClient, admin: dict[str, str], place: Any) -> Any:
    return client.patch(PATH, json={"location": place}, headers=tagged(client, admin, PATH))


def scribble(positions: int) -> shapely.LineString:
    """A line to and fro over the grid, crossing itself everywhere; the same each time."""
    dice = random.Random(positions)  # noqa: S311  made-up data
    return line(*((2 * dice.random(), 2 * dice.random()) for _ in range(positions)))


def test_a5_of_a_geometry_only_type_and_coordinates_are_kept_as_numbers_with_decimals(
    client: TestClient, admin: dict[str, str]
):
    scenario.put_investment(client, admin)
    geometry = {
        "type": "LineString",
        "coordinates": [[13, 56, 2**39], [13.5, 56, 3]],
        "bbox": [HUGE, 10**18, {"a": HUGE}],
    }

    ok(change(client, admin, {"geometry": geometry}), 200)

    kept = read(client, admin, PATH)["location"]["geometry"]
    assert kept == {"type": "LineString", "coordinates": [[13, 56, 2**39], [13.5, 56, 3]]}
    numbers = [number for position in kept["coordinates"] for number in position]
    assert all(type(number) is float for number in numbers)


@pytest.mark.parametrize("position", [[13.01, 55.56, HUGE], [HUGE, 55.56], [13.01, HUGE]])
@pytest.mark.parametrize("kind", ["Point", "MultiPoint"])
def test_a5_numbers_that_no_place_has_never_fail_the_server(
    client: TestClient, admin: dict[str, str], position: list[float], kind: str
):
    scenario.put_investment(client, admin)
    coordinates = position if kind == "Point" else [position]

    answer = change(client, admin, {"geometry": {"type": kind, "coordinates": coordinates}})

    # A height is dropped in measuring, and is kept as a number that can be hashed.
    assert answer.status_code in (200, 422)
    assert read(client, admin, PATH)["code"] == "LIN-01"


def test_a5_a_buffer_around_a_scribble_is_refused_and_the_scribble_itself_is_not(
    client: TestClient, admin: dict[str, str]
):
    scenario.put_investment(client, admin)

    answer = change(client, admin, location(scribble(600), 5))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/location/buffer_m"
    ok(change(client, admin, location(scribble(600))), 200)


def test_a5_a_buffer_takes_at_most_two_thousand_positions(
    client: TestClient, admin: dict[str, str]
):
    def coast(positions: int) -> shapely.LineString:
        return line(*((2 * at / positions, 0.5 + at % 2 / 100_000) for at in range(positions)))

    assert not is_too_crooked(coast(2000), 5)
    assert is_too_crooked(coast(2001), 5)
    assert not is_too_crooked(coast(2001), 0)


@pytest.mark.parametrize("buffer_m", [1.0, 30.0, 500.0])
def test_a5_what_is_near_itself_counts_in_points_lines_and_polygons(buffer_m: float):
    dice = np.random.default_rng(1)
    points = shapely.MultiPoint(dice.uniform(0, 100, (400, 2)))
    angles = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * 10_000
    along = np.arange(1900) * 2.0
    road = shapely.LineString(np.column_stack([along, 200 * np.sin(along / 300)]))

    assert is_too_crooked(points, buffer_m) is (buffer_m > 5)
    assert not is_too_crooked(shapely.Polygon(ring), buffer_m)
    assert not is_too_crooked(road, buffer_m)


def test_a5_straightening_moves_the_edge_of_a_buffer_by_a_fiftieth_at_most():
    for planar in (scribble(40), scribble(41).convex_hull):
        found, exact = footprint(planar, 50), shapely.buffer(planar, 50, quad_segs=16)
        assert shapely.hausdorff_distance(found.boundary, exact.boundary) < 50 * 0.02 + 50 * 0.005
        assert is_too_crooked(planar, 50) is False


def test_a6_the_footprint_is_drawn_once_however_many_editions_there_are(
    client: TestClient, admin: dict[str, str], engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    scenario.put_scheme(engine, "other", cells=1)
    scenario.put_scheme(engine, "third", cells=3)
    drawn: list[float] = []

    def counting(planar: Any, buffer_m: float) -> Any:
        drawn.append(buffer_m)
        return shares.footprint(planar, buffer_m)

    monkeypatch.setattr(placing, "footprint", counting)
    made = scenario.put_investment(client, admin, location=location(point(0.5, 0.5), 20))

    assert drawn == [20]
    assert set(made["area_shares"]) == {"grid", "other", "third"}


def test_a5_a_served_area_named_twice_is_refused_where_it_comes_again(
    client: TestClient, admin: dict[str, str]
):
    scenario.put_investment(client, admin)
    area = {"scheme": "grid", "code": "A00"}
    body = {"served_areas": [area, area]}

    answer = client.patch(PATH, json=body, headers=tagged(client, admin, PATH))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/served_areas/1"

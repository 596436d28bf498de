"""Where an investment is, and the share of it that each area has, through HTTP (A5)."""

from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine

from tests import scenario
from tests.gates.life import Keys, read, tagged
from tests.investments.places import box, line, location, named, point
from tests.scenario import ok

PATH = "/v1/investments/LIN-01"
# GeoJSON has seven decimals, a centimetre, and the cells of the grid a kilometre.
CENTIMETRES = 1e-4


@pytest.fixture
def admin(client: TestClient, keys: Keys, engine: Engine) -> dict[str, str]:
    scenario.put_scheme(engine)
    scenario.put_municipality(client, keys["admin"])
    return keys["admin"]


def shares(answer: Any, scheme: str = "grid") -> dict[str, float]:
    found = {entry["code"]: entry["share"] for entry in answer["area_shares"].get(scheme, [])}
    if found:
        assert sum(found.values()) + answer["outside"][scheme] == pytest.approx(1, abs=1e-11)
    return found


GEOMETRIES: tuple[tuple[BaseGeometry, float, dict[str, float]], ...] = (
    (point(0.5, 0.5), 0, {"A00": 1.0}),
    (shapely.MultiPoint([point(0.5, 0.5), point(1.5, 0.5)]), 0, {"A00": 0.5, "A01": 0.5}),
    (line((0.75, 0.5), (1.75, 0.5)), 0, {"A00": 0.25, "A01": 0.75}),
    (
        shapely.MultiLineString([line((0.1, 0.1), (0.2, 0.1)), line((0.1, 1.1), (0.4, 1.1))]),
        0,
        {"A00": 0.25, "A10": 0.75},
    ),
    (box(0.6, 0.1, 1.4, 0.9), 0, {"A00": 0.5, "A01": 0.5}),
    (
        shapely.MultiPolygon([box(0.1, 0.1, 0.6, 0.6), box(1.1, 1.1, 1.6, 1.6)]),
        0,
        {"A00": 0.5, "A11": 0.5},
    ),
    (point(1, 1), 100, {"A00": 0.25, "A01": 0.25, "A10": 0.25, "A11": 0.25}),
)


def test_a5_every_kind_of_geometry_is_split_by_its_own_measure(
    client: TestClient, admin: dict[str, str]
):
    for number, (planar, buffer, expected) in enumerate(GEOMETRIES):
        place = location(planar, buffer)
        made = scenario.put_investment(client, admin, code=f"N-{number}", location=place)

        assert shares(made) == pytest.approx(expected, abs=CENTIMETRES), planar.geom_type
        assert made["outside"]["grid"] == pytest.approx(0, abs=CENTIMETRES)
        assert read(client, admin, f"/v1/investments/N-{number}") == made


def test_v_split_2_sixty_thirty_and_ten_outside(client: TestClient, admin: dict[str, str]):
    parts = [box(0.2, 0.2, 0.8, 0.8), box(1.2, 0.2, 1.8, 0.5), box(3, 0.2, 3.6, 0.3)]

    made = scenario.put_investment(client, admin, location=location(shapely.MultiPolygon(parts)))

    assert shares(made) == pytest.approx({"A00": 0.6, "A01": 0.3}, abs=CENTIMETRES)
    assert made["outside"]["grid"] == pytest.approx(0.1, abs=CENTIMETRES)


def test_a5_a_sliver_is_dropped_and_told(client: TestClient, admin: dict[str, str]):
    made = scenario.put_investment(client, admin, location=location(box(0.2, 0.1, 1.005, 0.9)))

    assert shares(made) == {"A00": 1.0}
    assert made["slivers"]["grid"] == [
        {"code": "A01", "share": pytest.approx(0.005 / 0.805, abs=CENTIMETRES)}
    ]


def test_a5_what_lies_in_no_area_is_outside(client: TestClient, admin: dict[str, str]):
    made = scenario.put_investment(client, admin, location=location(point(5, 5)))

    assert made["area_shares"] == {"grid": []}
    assert made["outside"] == {"grid": 1.0}


@pytest.mark.parametrize(
    "place", [{"municipality_wide": True}, {"not_located": "Platsen är inte vald."}]
)
def test_a5_the_whole_municipality_and_nowhere_have_no_shares(
    client: TestClient, admin: dict[str, str], place: dict[str, Any]
):
    made = scenario.put_investment(client, admin, location=place)

    assert made["location"] == place
    assert made["area_shares"] == made["outside"] == {}


def test_a5_areas_with_shares_keep_them_and_the_rest_is_outside(
    client: TestClient, admin: dict[str, str]
):
    place = named(("A11", 0.3), ("A00", 0.6))

    made = scenario.put_investment(client, admin, location=place)

    assert shares(made) == {"A00": 0.6, "A11": 0.3}
    assert made["outside"] == {"grid": 0.1}
    assert made["location"] == place


def test_a5_areas_carry_over_to_another_scheme_by_surface(
    client: TestClient, admin: dict[str, str], engine: Engine
):
    scenario.put_scheme(engine, "coarse", cells=1, size=1500.0)

    made = scenario.put_investment(client, admin, location=named(("A00", 0.5), ("A01", 0.5)))

    # A00 lies inside the coarse square, and the western half of A01.
    assert shares(made, "coarse") == pytest.approx({"A00": 0.75}, abs=1e-9)
    assert made["outside"]["coarse"] == pytest.approx(0.25, abs=1e-9)
    assert shares(made) == {"A00": 0.5, "A01": 0.5}


def test_a5_areas_of_two_schemes_are_one_place(
    client: TestClient, admin: dict[str, str], engine: Engine
):
    scenario.put_scheme(engine, "coarse", cells=1, size=2000.0)
    areas = [*named(("A11", 0.5))["areas"], *named(("A00", 0.5), scheme="coarse")["areas"]]

    made = scenario.put_investment(client, admin, location={"areas": areas})

    assert shares(made) == pytest.approx({"A00": 0.125, "A01": 0.125, "A10": 0.125, "A11": 0.625})
    assert shares(made, "coarse") == pytest.approx({"A00": 1.0})


def test_a5_moving_an_investment_derives_its_shares_again(
    client: TestClient, admin: dict[str, str]
):
    scenario.put_investment(client, admin, location=location(point(0.5, 0.5)))
    body = {"location": location(point(1.5, 1.5))}

    moved = ok(client.patch(PATH, json=body, headers=tagged(client, admin, PATH)), 200)

    assert shares(moved) == {"A11": 1.0}


SENSELESS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/location", {}),
    ("/location", {"municipality_wide": True, "not_located": "Nej."}),
    ("/location", {"municipality_wide": False}),
    ("/location", {"municipality_wide": True, "buffer_m": 5}),
    ("/location/not_located", {"not_located": " "}),
    ("/location/areas", {"areas": []}),
    ("/location/areas", named(("A00", 0.7), ("A01", 0.4))),
    ("/location/areas", named(("A00", 0.2), ("A00", 0.2))),
    ("/location/areas/0/code", named(("A99", 0.2))),
    ("/location/areas/0/scheme", named(("A00", 0.2), scheme="none")),
    ("/location/areas/0/share", named(("A00", 1.5))),
    ("/location/buffer_m", {**location(point(0, 0)), "buffer_m": -1}),
    ("/location/geometry", {"geometry": {"type": "Sphere", "coordinates": [1, 2]}}),
    ("/location/geometry", {"geometry": {"type": "Point", "coordinates": []}}),
    ("/location/geometry", {"geometry": {"type": "Polygon", "coordinates": [[[13, 55]]]}}),
)


def test_a5_a_location_that_makes_no_sense_is_pointed_at(client: TestClient, admin: dict[str, str]):
    scenario.put_investment(client, admin)
    headers = tagged(client, admin, PATH)

    for pointer, place in SENSELESS:
        refused = client.patch(PATH, json={"location": place}, headers=headers)

        assert refused.status_code == 422, (place, refused.text)
        pointers = [error["pointer"] for error in refused.json()["errors"]]
        assert any(found.startswith(pointer) for found in pointers), (place, pointers)


def test_a5_served_areas_are_named_beside_the_place(client: TestClient, admin: dict[str, str]):
    served = [{"scheme": "grid", "code": "A00"}, {"scheme": "grid", "code": "A11"}]

    made = scenario.put_investment(
        client, admin, location=location(point(1.5, 0.5)), served_areas=served
    )

    assert made["served_areas"] == served
    assert shares(made) == {"A01": 1.0}
    body = {"served_areas": [{"scheme": "grid", "code": "X"}]}
    refused = client.patch(PATH, json=body, headers=tagged(client, admin, PATH))
    assert refused.json()["errors"][0]["pointer"] == "/served_areas/0/code"

"""OGC 18-058r1, Coordinate Reference Systems by Reference: a test for each requirement, by id."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from tests.ogc import standard
from tests.ogc.municipality import (
    AREAS,
    COLLECTIONS,
    CRS84,
    DRAWN,
    EPSG,
    INVESTMENTS,
    LINES,
    NOWHERE,
    POINTS,
    PORTFOLIOS,
    PROGRAMS,
    SIDE,
    SOUTH,
    SURFACES,
    SYSTEMS,
    WEST,
    Town,
)
from tests.ogc.test_core import parameter

# How EPSG's database names each, and how far a millimetre is in its units.
NAMED = {
    CRS84: "OGC:CRS84",
    f"{EPSG}/4326": "EPSG:4326",
    f"{EPSG}/3006": "EPSG:3006",
    f"{EPSG}/3857": "EPSG:3857",
}
every_collection = pytest.mark.parametrize("name", COLLECTIONS)
every_system = pytest.mark.parametrize("crs", SYSTEMS)


def expected(planar: BaseGeometry, crs: str) -> BaseGeometry:
    """The source's coordinates in a system, in the order of axes that EPSG gives it."""
    source = Transformer.from_crs("EPSG:3006", NAMED[crs], always_xy=True)
    swapped = CRS(NAMED[crs]).axis_info[0].direction == "north"

    def move(points: Any) -> Any:
        moved = np.column_stack(source.transform(points[:, 0], points[:, 1]))
        return moved[:, ::-1] if swapped else moved

    return shapely.transform(planar, move)


def apart(one: BaseGeometry, other: BaseGeometry, crs: str) -> float:
    """How far the vertices of one are from those of the other at most, in metres."""
    back = Transformer.from_crs(NAMED[crs], "EPSG:3006")
    places = []
    for shape in (one, other):
        first, second = shapely.get_coordinates(shapely.normalize(shape)).T
        north, east = back.transform(first, second)
        places.append(np.column_stack([east, north]))
    return float(np.abs(places[0] - places[1]).max())


def shape_of(feature: Mapping[str, Any]) -> BaseGeometry:
    return shapely.geometry.shape(feature["geometry"])


def cell(row: int, column: int) -> BaseGeometry:
    x, y = WEST + column * SIDE, SOUTH + row * SIDE
    return shapely.MultiPolygon([shapely.box(x, y, x + SIDE, y + SIDE)])


def sources(name: str) -> Mapping[str, BaseGeometry]:
    """What was put in, in EPSG:3006."""
    if name in (AREAS, PORTFOLIOS):
        return {f"A{row}{column}": cell(row, column) for row in (0, 1) for column in (0, 1)}
    if name == PROGRAMS:
        return {"lindangen": shapely.union_all([cell(0, 0), cell(0, 1)])}
    of = {POINTS: "LIN-01", LINES: "LIN-02", SURFACES: "LIN-03"}
    return DRAWN if name == INVESTMENTS else {of[name]: DRAWN[of[name]]}


@every_collection
@every_system
def test_coordinates_are_the_sources_to_a_millimetre(town: Town, name: str, crs: str):
    found = town.items(name, crs=crs)

    for id, source in sources(name).items():
        wanted = expected(source, crs)
        shown = shape_of(found[id])
        assert apart(shown, wanted, crs) < 0.001
        (alone,) = [town.json(f"/collections/{name}/items/{id}", crs=crs)]
        assert shape_of(alone) == shown


@every_system
def test_a_point_stands_on_what_it_marks_in_every_system(town: Town, crs: str):
    points, shapes = (town.items(name, crs=crs) for name in (POINTS, INVESTMENTS))

    for id in DRAWN:
        assert points[id]["geometry"]["type"] == "Point"
        near = shapely.distance(shape_of(points[id]), shape_of(shapes[id]))
        assert near < (1e-6 if crs in SYSTEMS[:2] else 0.01)
    assert points[NOWHERE]["geometry"] is None


@every_collection
def test_req_crs_crs_uri(town: Town, name: str):
    for uri in town.json(f"/collections/{name}")["crs"]:
        assert uri in NAMED


@every_collection
def test_req_crs_fc_md_crs_list(town: Town, name: str):
    found = town.json(f"/collections/{name}")["crs"]

    assert found[0] == CRS84
    assert set(found) == set(SYSTEMS)


def test_req_crs_fc_md_crs_list_global(town: Town):
    document = town.json("/collections")

    for one in document["collections"]:
        listed = one["crs"]
        known = document["crs"] if "#/crs" in listed else listed
        for uri in known:
            assert town.get(f"/collections/{one['id']}/items", crs=uri).status_code == 200


@every_collection
def test_req_crs_fc_md_storagecrs(town: Town, name: str):
    assert town.json(f"/collections/{name}")["storageCrs"] == f"{EPSG}/3006"


@every_collection
def test_req_crs_fc_md_storagecrs_valid_value(town: Town, name: str):
    found = town.json(f"/collections/{name}")

    assert found["storageCrs"] in found["crs"]


@pytest.mark.parametrize(
    ("name", "req"), [("crs", "fc-crs-definition"), ("bbox-crs", "fc-bbox-crs-definition")]
)
def test_req_crs_fc_crs_definition_and_fc_bbox_crs_definition(town: Town, name: str, req: str):
    found = parameter(town, name)

    assert (found["in"], found["required"]) == ("query", False), req
    assert (found["style"], found["explode"]) == ("form", False)
    assert (found["schema"]["type"], found["schema"]["format"]) == ("string", "uri")


@every_collection
def test_req_crs_fc_crs_valid_value(town: Town, name: str):
    for asked in (
        "EPSG:3006",
        f"{EPSG}/3008",
        "",
        "CRS84",
        f"{EPSG}/3006/",
        f" {CRS84}",
        "x" * 9000,
    ):
        for path in (f"/collections/{name}/items", f"/collections/{name}/items/A00"):
            answer = town.get(path, crs=asked)
            assert answer.status_code == 400, asked
            assert standard.faults(standard.PROBLEM, answer.json()) == []


@every_collection
def test_req_crs_fc_crs_default_value(town: Town, name: str):
    assert town.items(name) == town.items(name, crs=CRS84)


@every_collection
@every_system
def test_req_crs_fc_crs_action(town: Town, name: str, crs: str):
    plain, moved = town.items(name), town.items(name, crs=crs)

    for id, feature in moved.items():
        assert feature["properties"] == plain[id]["properties"]
        if feature["geometry"] is not None and crs != CRS84:
            assert feature["geometry"]["coordinates"] != plain[id]["geometry"]["coordinates"]


# A box around LIN-01, west, south, east, north in EPSG:3006.
BOX = (WEST + 200, SOUTH + 200, WEST + 300, SOUTH + 300)


def box_in(crs: str) -> str:
    bounds = expected(shapely.box(*BOX), crs).bounds
    return ",".join(f"{bound:.9f}" for bound in bounds)


@every_system
@pytest.mark.parametrize("name", [INVESTMENTS, POINTS])
def test_req_crs_fc_bbox_crs_action(town: Town, name: str, crs: str):
    found = town.items(name, bbox=box_in(crs), bbox_crs=crs)

    assert set(found) == {"LIN-01", NOWHERE}


@every_system
def test_req_crs_fc_bbox_crs_action_of_areas_and_programs(town: Town, crs: str):
    asked = {"bbox": box_in(crs), "bbox_crs": crs}

    assert set(town.items(AREAS, **asked)) == {"A00"}
    assert set(town.items(PROGRAMS, **asked)) == {"lindangen", "arealess"}
    # The system of the answer is another matter.
    assert set(town.items(AREAS, **asked, crs=f"{EPSG}/3857")) == {"A00"}


def test_req_crs_fc_bbox_crs_valid_value(town: Town):
    for asked in ("EPSG:3006", f"{EPSG}/3008", ""):
        for box in ({}, {"bbox": "1,1,2,2"}):
            answer = town.get(f"/collections/{AREAS}/items", bbox_crs=asked, **box)
            assert answer.status_code == 400


def test_req_crs_fc_bbox_crs_default_value(town: Town):
    box = box_in(CRS84)

    assert set(town.items(AREAS, bbox=box)) == set(town.items(AREAS, bbox=box, bbox_crs=CRS84))
    assert set(town.items(AREAS, bbox=box)) == {"A00"}
    north_first = box_in(f"{EPSG}/4326")
    assert set(town.items(AREAS, bbox=north_first)) == set()


@every_collection
@every_system
def test_req_crs_ogc_crs_header(town: Town, name: str, crs: str):
    first = next(iter(town.items(name)))
    for path in (f"/collections/{name}/items", f"/collections/{name}/items/{first}"):
        assert "content-crs" in town.get(path, crs=crs).headers


@every_collection
@every_system
def test_req_crs_ogc_crs_header_value(town: Town, name: str, crs: str):
    first = next(iter(town.items(name)))
    for path in (f"/collections/{name}/items", f"/collections/{name}/items/{first}"):
        assert town.get(path, crs=crs).headers["content-crs"] == f"<{crs}>"


@every_system
def test_req_crs_geojson(town: Town, crs: str):
    answer = town.get(f"/collections/{AREAS}/items", crs=crs)

    assert answer.headers["content-type"] == "application/geo+json"
    assert standard.faults(standard.FEATURE_COLLECTION, answer.json()) == []

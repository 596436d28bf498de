"""What a page asks for besides the shapes: values alone, some by code, tiles and their frame."""

from typing import Any

import pytest
import shapely

from tests import scenario
from tests.ogc.municipality import (
    AREAS,
    COLLECTIONS,
    EMPTY,
    EPSG,
    INVESTMENTS,
    NOWHERE,
    POINTS,
    PORTFOLIOS,
    PROGRAMS,
    PUBLIC,
    SECRET,
    SIDE,
    SOUTH,
    WEST,
    Town,
    lonlat,
)
from tests.ogc.test_core import parameter
from tests.ogc.test_tiles_served import MIDDLE, decoded, path_of

every_collection = pytest.mark.parametrize("name", COLLECTIONS)
MIDDLE_POINT = shapely.Point(WEST + SIDE, SOUTH + SIDE)
SYMBOL = {"code", "name", "kind", "department", "gate", "gate_position", "status"}


# Without geometry


@every_collection
def test_without_geometry_every_feature_says_what_it_says_with_it(town: Town, name: str):
    for headers in (town.viewer, None):
        whole, bare = town.items(name, headers), town.items(name, headers, skipGeometry="true")

        assert bare == {id: {**one, "geometry": None} for id, one in whole.items()}
        assert town.items(name, headers, skipGeometry="false") == whole
        zipped = {**(headers or {}), "Accept-Encoding": "gzip"}
        assert town.items(name, zipped, skipGeometry="true") == bare


@every_collection
def test_one_feature_can_be_had_without_geometry_too(town: Town, name: str):
    for id in town.items(name):
        path = f"/collections/{name}/items/{id}"
        whole, bare = town.json(path), town.json(path, skipGeometry="true")

        assert bare["geometry"] is None
        assert bare["properties"] == whole["properties"]
        assert town.json(path, skipGeometry="false")["geometry"] == whole["geometry"]
    assert town.get(f"/collections/{name}/items/none", skipGeometry="true").status_code == 404


@every_collection
@pytest.mark.parametrize("value", ["", "True", "1", "yes", "tru", "true,true", "null", "9" * 400])
def test_skipping_is_true_or_false_and_nothing_else(town: Town, name: str, value: str):
    first = next(iter(town.items(name)))
    for path in ("items", f"items/{first}"):
        answer = town.get(f"/collections/{name}/{path}", skipGeometry=value)
        assert answer.status_code == 400
        assert "skipGeometry" in answer.json()["detail"]
    for path in ("", "/queryables", "/tiles"):
        asked = town.get(f"/collections/{name}{path}", skipGeometry="true")
        assert asked.status_code == 400


@every_collection
def test_without_geometry_a_box_and_a_filter_choose_the_same(town: Town, name: str):
    bbox = "13.0205,55.5715,13.0225,55.5730"
    asked: dict[str, Any]
    for asked in (
        {"bbox": bbox},
        {"filter": "code < 'M'"},
        {"limit": 2},
        {"datetime": "2028-01-01"},
    ):
        assert list(town.items(name, skipGeometry="true", **asked)) == list(
            town.items(name, **asked)
        )


@pytest.mark.parametrize("name", [AREAS, PORTFOLIOS, INVESTMENTS])
def test_the_next_page_is_without_geometry_too(town: Town, name: str):
    query = {"skipGeometry": "true", "limit": 3, "crs": f"{EPSG}/3006"}
    page = town.json(f"/collections/{name}/items", **query)
    (following,) = [link["href"] for link in page["links"] if link["rel"] == "next"]

    rest = town.client.get(following).json()["features"]

    assert "skipGeometry=true" in following
    assert len(page["features"]) + len(rest) == page["numberMatched"] == 4
    assert {one["geometry"] for one in [*page["features"], *rest]} == {None}


def test_versions_of_an_interval_can_be_had_without_geometry(town: Town):
    asked = {"datetime": "2019-01-01/2030-01-01"}
    for name in (AREAS, PORTFOLIOS):
        whole = town.items(name, **asked)
        bare = town.items(name, skipGeometry="true", **asked)

        assert bare == {id: {**one, "geometry": None} for id, one in whole.items()}
        assert len(bare) == 4


def test_skipping_is_described(town: Town):
    for name in COLLECTIONS:
        found = parameter(town, "skipGeometry", name)
        assert found["schema"] == {"type": "boolean", "default": False}
        assert found["required"] is False


def test_a_page_for_people_without_geometry_draws_nothing(town: Town):
    path = f"/collections/{AREAS}/items/A00"

    assert "<svg" in town.page(path)
    assert "<svg" not in town.page(path, skipGeometry="true")


# Some by code


@pytest.mark.parametrize("name", [INVESTMENTS, POINTS])
def test_investments_are_found_by_a_list_of_codes(town: Town, name: str):
    some = f"code IN ('LIN-01', '{NOWHERE}', '{SECRET[0]}', 'none')"

    assert set(town.items(name, filter=some)) == {"LIN-01", NOWHERE}
    assert set(town.items(name, town.viewer, filter=some)) == {"LIN-01", NOWHERE, SECRET[0]}
    every = ", ".join(f"'{code}'" for code in (*PUBLIC, *SECRET))
    assert set(town.items(name, town.viewer, filter=f"code IN ({every})")) == {*PUBLIC, *SECRET}


# Tiles


@pytest.mark.parametrize("name", [INVESTMENTS, POINTS])
def test_a_tile_says_what_a_symbol_needs(town: Town, name: str):
    for headers in (None, town.viewer):
        for one in decoded(town.get(path_of(name, MIDDLE, 9), headers)).values():
            assert set(one["properties"]) >= SYMBOL


def test_where_there_are_many_each_says_what_its_symbol_needs_and_no_more(
    client, keys, monkeypatch
):
    admin = keys["admin"]
    scenario.put_municipality(client, admin, published=True)
    for at in range(4):
        place = lonlat(MIDDLE_POINT)
        scenario.put_investment(client, admin, code=f"I-{at}", location=place)
    path = f"/ogc{path_of(POINTS, MIDDLE, 9)}"
    full = decoded(client.get(path, headers=admin))
    monkeypatch.setattr("portfolio.ogc.tiling.MOST_TOLD", 3)
    # Another tile, since the first one is kept.
    found = decoded(client.get(f"/ogc{path_of(POINTS, MIDDLE, 10)}", headers=admin))

    assert set(found) == set(full) == {"I-0", "I-1", "I-2", "I-3"}
    for id, one in found.items():
        assert set(one["properties"]) == {*SYMBOL, "id", "program"}
        assert one["properties"].items() <= full[id]["properties"].items()
        assert "starts_on" in full[id]["properties"]


def test_a_tile_is_no_larger_than_a_map_wants_to_fetch(client, keys, monkeypatch):
    """Names of 200 characters: of those that do not fit the tile leaves some out."""
    admin = keys["admin"]
    scenario.put_municipality(client, admin, published=True)
    for at in range(12):
        scenario.put_investment(
            client,
            admin,
            code=f"I-{at:02}",
            name="Å" * 199 + chr(65 + at),
            location=lonlat(MIDDLE_POINT),
        )
    assert len(decoded(client.get(f"/ogc{path_of(POINTS, MIDDLE, 9)}", headers=admin))) == 12
    monkeypatch.setattr("portfolio.ogc.tiling.MOST_BYTES_OF_A_TILE", 4000)

    answer = client.get(f"/ogc{path_of(POINTS, MIDDLE, 10)}", headers=admin)

    assert 4 <= len(decoded(answer)) < 12
    assert len(answer.content) < 6000


@every_collection
def test_a_tileset_says_its_zooms_and_where_there_is_something(town: Town, name: str):
    for headers in (None, town.viewer):
        (bbox,) = town.json(f"/collections/{name}", headers)["extent"]["spatial"]["bbox"]
        path = f"/collections/{name}/tiles"
        tileset = town.json(f"{path}/WebMercatorQuad", headers)

        assert town.json(path, headers)["tilesets"] == [tileset]
        box = tileset["boundingBox"]
        assert [*box["lowerLeft"], *box["upperRight"]] == bbox
        assert box["crs"] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
        (layer,) = tileset["layers"]
        assert layer["id"] == name
        assert (layer["minTileMatrix"], layer["maxTileMatrix"]) == ("0", "22")


@pytest.mark.parametrize("name", EMPTY)
def test_a_tileset_with_nothing_in_it_has_no_box(town: Town, name: str):
    assert "boundingBox" not in town.json(f"/collections/{name}/tiles/WebMercatorQuad")


def test_the_frame_tells_the_public_nothing_of_what_is_secret(town: Town):
    public, inside = (
        town.json(f"/collections/{POINTS}/tiles/WebMercatorQuad", headers)["boundingBox"]
        for headers in (None, town.viewer)
    )

    assert public["upperRight"][0] < 13.1 < inside["upperRight"][0]
    assert PROGRAMS in town.json("/collections/programs/tiles")["tilesets"][0]["layers"][0]["id"]

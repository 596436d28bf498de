"""Vector tiles as clients ask for them: what is in them, who sees it, how often they are made."""

import asyncio
from collections.abc import Mapping
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from httpx2 import Response

from portfolio.areas import drawing
from portfolio.areas.simplifying import simplify_coverage
from portfolio.ogc import tiling
from portfolio.ogc.tiling import Tiles, largest, spread
from tests.area_imports.importing import bring_in
from tests.calling import run_async
from tests.ogc.many import put_many
from tests.ogc.municipality import (
    AREAS,
    COLLECTIONS,
    DRAWN,
    EMPTY,
    INVESTMENTS,
    LINES,
    POINTS,
    PROGRAMS,
    SECRET,
    SIDE,
    SOUTH,
    SURFACES,
    WEST,
    Town,
    lonlat,
)
from tests.ogc.test_tiles import on_grid, tile_of
from tests.scenario import put_investment, put_municipality, put_scheme

TYPE = "application/vnd.mapbox-vector-tile"
MIDDLE = (WEST + SIDE, SOUTH + SIDE)
# Where everything is that the public may not see.
FAR = (WEST + 50_000, SOUTH + 50_000)
NOTHING = (WEST + 200_000, SOUTH + 200_000)


def path_of(name: str, place: tuple[float, float], zoom: int) -> str:
    z, column, row = tile_of(*place, zoom)
    return f"/collections/{name}/tiles/WebMercatorQuad/{z}/{row}/{column}"


def decoded(answer: Response) -> dict[str, Any]:
    """The one layer of a tile: features by id."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == TYPE
    if not answer.content:
        return {}
    layers = mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True})
    (layer,) = layers.values()
    found = {one["properties"]["id"]: one for one in layer["features"]}
    assert len(found) == len(layer["features"])
    return found


def features(
    town: Town,
    name: str,
    place: tuple[float, float],
    zoom: int,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    return decoded(town.get(path_of(name, place, zoom), headers))


def test_a_tile_of_areas_has_those_that_meet_it(town: Town):
    assert set(features(town, AREAS, MIDDLE, 9)) == {"A00", "A01", "A10", "A11"}
    assert set(features(town, AREAS, (WEST + 500, SOUTH + 500), 17)) == {"A00"}
    assert set(features(town, AREAS, (WEST + 1500, SOUTH + 500), 17)) == {"A01"}


@pytest.mark.parametrize("zoom", [11, 13, 14, 16])
def test_areas_and_investments_lie_in_the_tile_where_they_lie(town: Town, zoom: int):
    place = (WEST + 1450.0, SOUTH + 400.0)
    square = shapely.box(WEST + SIDE, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE)
    expected = {(AREAS, "A01"): square, (INVESTMENTS, "LIN-03"): DRAWN["LIN-03"]}
    frame = shapely.box(-64, -64, 4096 + 64, 4096 + 64)

    for (name, code), planar in expected.items():
        found = shapely.geometry.shape(features(town, name, place, zoom)[code]["geometry"])
        shown = on_grid(planar, *tile_of(*place, zoom)).intersection(frame)
        assert shapely.hausdorff_distance(found, shown) <= 1.5


def test_a_tile_has_the_properties_of_its_features(town: Town):
    assert features(town, AREAS, MIDDLE, 9)["A00"]["properties"]["name"] == "Område A00"
    assert features(town, PROGRAMS, MIDDLE, 9)["lindangen"]["properties"]["published"] is True
    found = features(town, INVESTMENTS, MIDDLE, 9)["LIN-01"]["properties"]
    assert (found["code"], found["program"]) == ("LIN-01", "lindangen")


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        (INVESTMENTS, set(DRAWN)),
        (POINTS, set(DRAWN)),
        (LINES, {"LIN-02"}),
        (SURFACES, {"LIN-03"}),
        (PROGRAMS, {"lindangen"}),
    ],
)
def test_a_tile_without_a_key_has_what_is_published(town: Town, name: str, codes: set[str]):
    """Asked for with a key first: no one gets the other's tile."""
    assert set(features(town, name, MIDDLE, 9, town.viewer)) >= codes

    assert set(features(town, name, MIDDLE, 9)) == codes


def test_what_is_secret_is_in_the_tile_only_with_a_key(town: Town):
    for _ in range(2):
        assert set(features(town, INVESTMENTS, FAR, 12, town.viewer)) == set(SECRET)
        assert town.get(path_of(INVESTMENTS, FAR, 12)).content == b""
        assert "hidden" in features(town, PROGRAMS, MIDDLE, 9, town.viewer)
        assert "hidden" not in features(town, PROGRAMS, MIDDLE, 9)


@pytest.mark.parametrize("name", [*COLLECTIONS, *EMPTY])
def test_a_tile_with_nothing_in_it_is_empty_and_found(town: Town, name: str):
    for path in (
        path_of(name, NOTHING, 12),
        f"/collections/{name}/tiles/WebMercatorQuad/12/0/0",
        f"/collections/{name}/tiles/WebMercatorQuad/22/4194303/4194303",
    ):
        answer = town.get(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"] == TYPE


@pytest.mark.parametrize(
    "address",
    [
        "23/0/0",
        "3/8/0",
        "3/0/8",
        "0/0/1",
        "-1/0/0",
        "1/-1/0",
        "1.0/0/0",
        "a/0/0",
        "1/0/٣",
        "1/0/0.pbf",
        "1/0/000000000",
        "9999999999999999999999/0/0",
        "1/0",
        "1//0",
        "1/0/0/0",
    ],
)
def test_a_tile_that_there_cannot_be_is_not_found(town: Town, address: str):
    for name in (AREAS, PROGRAMS, INVESTMENTS):
        answer = town.get(f"/collections/{name}/tiles/WebMercatorQuad/{address}")
        assert answer.status_code == 404
        assert answer.json()["detail"]


def test_a_tile_of_a_collection_or_a_grid_that_is_not_there_is_not_found(town: Town):
    assert town.get(path_of("areas-none", MIDDLE, 12)).status_code == 404
    assert town.get("/collections/programs/tiles/WorldCRS84Quad/0/0/0").status_code == 404
    assert town.get(path_of(AREAS, MIDDLE, 12), f="json").status_code == 400
    assert town.get(path_of(AREAS, MIDDLE, 12), {"Authorization": "Bearer x"}).status_code == 401


# As things change


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of the collection of each tile that is made."""
    names: list[str] = []
    encode = tiling._encoded

    def encoded(name: str, *rest: Any) -> bytes:
        names.append(name)
        return encode(name, *rest)

    monkeypatch.setattr(tiling, "_encoded", encoded)
    return names


def test_after_an_import_the_next_tile_shows_the_new_areas(client, keys):
    square = shapely.box(WEST, SOUTH, WEST + 1000, SOUTH + 1000)
    east = shapely.box(WEST + 1000, SOUTH, WEST + 2000, SOUTH + 1000)
    path = f"/ogc{path_of('areas-del', MIDDLE, 12)}"
    body = {"code": "del", "name": "Delområden"}
    assert client.post("/v1/area-schemes", headers=keys["gis"], json=body).status_code == 201
    assert decoded(client.get(path)) == {}

    for valid_from, shapes in (
        ("2020-01-01", {"A": square}),
        ("2021-01-01", {"A": square, "B": east}),
    ):
        bring_in(client, keys["gis"], shapes, scheme="del", valid_from=valid_from)
        assert set(decoded(client.get(path))) == set(shapes)


def test_a_tile_is_made_once_until_something_changes(client, keys, engine, made):
    admin = keys["admin"]
    put_scheme(engine)
    put_municipality(client, admin, published=True)
    put_investment(client, admin, code="LIN-01", location=lonlat(DRAWN["LIN-01"]))
    paths = [f"/ogc{path_of(name, MIDDLE, 9)}" for name in (AREAS, INVESTMENTS)]

    for path in paths * 3:
        assert decoded(client.get(path, headers=admin))
    assert made == [AREAS, INVESTMENTS]

    put_investment(client, admin, code="LIN-02", location=lonlat(DRAWN["LIN-02"]))
    found = [decoded(client.get(path, headers=admin)) for path in paths]
    assert set(found[1]) == {"LIN-01", "LIN-02"}
    assert made == [AREAS, INVESTMENTS, INVESTMENTS]


# More than a tile may have


def test_of_too_many_areas_a_tile_has_the_largest(client, engine, monkeypatch):
    shapes = put_many(engine, "many")
    monkeypatch.setattr(tiling, "MOST_FEATURES", 500)
    middle = shapely.union_all(list(shapes.values())).centroid

    for zoom in (9, 14):
        found = decoded(client.get(f"/ogc{path_of('areas-many', (middle.x, middle.y), zoom)}"))
        inside = {code: shape.area for code, shape in shapes.items()}
        if zoom == 9:
            assert len(found) == 500
            least = min(inside[code] for code in found)
            left_out = max(area for code, area in inside.items() if code not in found)
            assert least >= left_out * 0.999
        else:
            assert 0 < len(found) < 500


def test_of_equal_areas_some_of_every_part_are_left():
    side = 100
    chosen = largest(range(side * side), np.full(side * side, 250_000.0), side * side // 2)

    rows, columns = np.divmod(np.array(chosen), side)
    per_part = np.bincount(rows // 10 * 10 + columns // 10, minlength=100)
    assert per_part.sum() == side * side // 2
    assert (per_part.min(), per_part.max()) > (30, 30)
    assert per_part.max() < 70


def test_of_too_many_investments_a_tile_has_some_of_every_place(client, keys, monkeypatch):
    """Twelve in one place and two elsewhere, whose codes come last; read four at a time."""
    admin = keys["admin"]
    put_municipality(client, admin, published=True)
    for at in range(12):
        place = lonlat(shapely.Point(WEST + at, SOUTH))
        put_investment(client, admin, code=f"A-{at:02}", location=place)
    for at in range(2):
        place = lonlat(shapely.Point(WEST + 4000 * at, SOUTH + 4000))
        put_investment(client, admin, code=f"Z-{at:02}", location=place)
    monkeypatch.setattr(tiling, "MOST_FEATURES", 4)

    path = f"/ogc{path_of(INVESTMENTS, MIDDLE, 8)}"
    found = set(decoded(client.get(path, headers=admin)))

    assert len(found) == 4
    assert {"Z-00", "Z-01"} <= found


def test_every_cell_gives_one_in_turn():
    cells = np.array([0] * 90 + [1] * 5 + [2] * 5)
    ids = [f"I{at:03}" for at in range(100)]

    chosen = spread(cells, ids, 18)

    assert chosen == sorted(set(chosen))
    assert np.bincount(cells[chosen]).tolist() == [8, 5, 5]
    assert chosen[:8] != list(range(8))
    assert spread(cells, ids, 1000) == list(range(100))


# What is kept


def ask(tiles: Tiles, name: int, stamp: int = 0, size: int = 10) -> bool:
    """Whether the tile had to be made."""
    made = []

    async def make() -> bytes:
        made.append(name)
        return bytes(size)

    assert run_async(tiles.get("areas", stamp, name, make)) == bytes(size)
    return bool(made)


def test_those_who_ask_for_the_same_tile_at_once_wait_for_one_making():
    tiles, made = Tiles(), []

    async def make() -> bytes:
        made.append(1)
        await asyncio.sleep(0.01)
        if len(made) == 1:
            raise OSError
        return b"tile"

    async def all_at_once() -> list[Any]:
        asking = [tiles.get("areas", 0, 0, make) for _ in range(20)]
        return await asyncio.gather(*asking, return_exceptions=True)

    failed, *rest = run_async(all_at_once())

    # A failure is only that of whoever made it.
    assert isinstance(failed, OSError)
    assert rest == [b"tile"] * 19
    assert len(made) == 2


def test_tiles_are_kept_up_to_a_budget_in_bytes_and_the_one_used_longest_ago_goes_first():
    tiles = Tiles(3 * (1000 + tiling.BYTES_OF_A_KEY))
    for name in (0, 1, 2):
        assert ask(tiles, name, size=1000)
    assert not ask(tiles, 0, size=1000)

    assert ask(tiles, 3, size=1000)

    assert len(tiles) == 3
    assert not ask(tiles, 0, size=1000)
    assert ask(tiles, 1, size=1000)


def test_empty_tiles_count_too_and_one_that_is_too_large_is_kept_alone():
    tiles = Tiles(10 * tiling.BYTES_OF_A_KEY)
    for name in range(100):
        ask(tiles, name, size=0)
    assert len(tiles) == 10

    ask(tiles, 100, size=10**6)
    assert len(tiles) == 1
    assert not ask(tiles, 100, size=10**6)


def test_tiles_of_what_was_before_are_thrown_out():
    tiles = Tiles()
    for name in range(5):
        ask(tiles, name, stamp=1)

    assert ask(tiles, 0, stamp=2)

    assert len(tiles) == 1
    assert not ask(tiles, 0, stamp=2)


def test_drawings_of_schemes_are_kept_up_to_a_budget(client, engine, monkeypatch):
    """Each two zooms have their own; the one in use is kept however large."""
    put_many(engine, "many")
    drawings = drawing.Drawings(most_bytes=1)
    monkeypatch.setattr(drawing, "_drawn", drawings)
    simplified: list[float] = []

    def counted(surfaces: Any, tolerance_m: float) -> Any:
        simplified.append(tolerance_m)
        return simplify_coverage(surfaces, tolerance_m)

    monkeypatch.setattr(drawing, "simplify_coverage", counted)
    place = (376_000.0 + 3000, 6_158_000.0 + 3000)

    def ask_for(zoom: int, east: float = 0) -> None:
        assert decoded(
            client.get(f"/ogc{path_of('areas-many', (place[0] + east, place[1]), zoom)}")
        )

    ask_for(13)
    ask_for(13, 2500)
    assert len(simplified) == 1
    ask_for(12)
    assert len(simplified) == 1
    ask_for(11)
    ask_for(13, -2500)
    assert len(simplified) == 3

    monkeypatch.setattr(drawings, "most_bytes", drawing.MOST_BYTES)
    for zoom in (11, 10, 9, 8):
        ask_for(zoom)
    ask_for(13, 1500)
    assert len(simplified) == 5

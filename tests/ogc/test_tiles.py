"""Vector tiles: what is drawn lies where it lies, to a unit of the tile's grid."""

import math
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from portfolio.ogc.tiles import BUFFER, GRID, HALF, encode_tile

MALMO = (375_000.0, 6_160_000.0)
TO_MERCATOR = Transformer.from_crs("EPSG:3006", "EPSG:3857", always_xy=True)
FRAME = shapely.box(-BUFFER, -BUFFER, GRID + BUFFER, GRID + BUFFER)

zooms = st.integers(0, 22)
easts = st.floats(290_000, 900_000)
norths = st.floats(6_140_000, 7_600_000)


def world(planar: BaseGeometry) -> BaseGeometry:
    """In fractions of the whole map, from its upper left corner."""

    def move(points: Any) -> Any:
        x, y = TO_MERCATOR.transform(points[:, 0], points[:, 1])
        return np.column_stack([(x + HALF) / 2 / HALF, (HALF - y) / 2 / HALF])

    return shapely.transform(planar, move)


def tile_of(x: float, y: float, zoom: int) -> tuple[int, int, int]:
    place = shapely.get_coordinates(world(shapely.Point(x, y)))[0]
    return zoom, int(place[0] * 2**zoom), int(place[1] * 2**zoom)


def on_grid(planar: BaseGeometry, z: int, x: int, y: int) -> BaseGeometry:
    """Where it should be drawn, worked out with very many vertices."""
    detailed = shapely.segmentize(planar, max(planar.length / 2000, 1e-3))
    scale = 2**z * GRID
    return shapely.transform(world(detailed), lambda points: points * scale - [x * GRID, y * GRID])


def drawn(tile: bytes) -> list[tuple[dict[str, Any], BaseGeometry]]:
    decoded = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    (layer,) = decoded.values()
    assert layer["extent"] == GRID
    return [
        (one["properties"], shapely.geometry.shape(one["geometry"])) for one in layer["features"]
    ]


def meters_per_unit(z: int, north: float) -> float:
    """About how long a unit is on the ground, north in EPSG:3006."""
    return 2 * HALF / (1 << z) / GRID * math.cos(math.radians(north / 111_000))


@given(zooms, easts, norths, st.floats(0, 90), st.floats(6, 3000), st.floats(6, 3000))
def test_a_surface_lies_within_a_unit_of_where_it_should(
    zoom: int, east: float, north: float, turn: float, wide: float, high: float
):
    unit = meters_per_unit(zoom, north)
    most = max(300_000.0, 6 * unit)  # no municipality is larger
    wide, high = min(wide * unit, most), min(high * unit, most)
    box = shapely.box(east, north, east + wide, north + high)
    shape = shapely.affinity.rotate(box, turn, origin=(east, north))
    z, x, y = tile_of(shape.centroid.x, shape.centroid.y, zoom)

    ((properties, found),) = drawn(encode_tile("areas", z, x, y, ["A"], [{"n": 1}], [shape]))

    expected = on_grid(shape, z, x, y).intersection(FRAME)
    assert properties == {"id": "A", "n": 1}
    assert found.is_valid
    assert shapely.hausdorff_distance(found, expected) <= 1.0
    assert np.array_equal(shapely.get_coordinates(found), shapely.get_coordinates(found).round())


@given(zooms, easts, norths)
def test_a_point_and_a_line_lie_within_a_unit_of_where_they_should(
    zoom: int, east: float, north: float
):
    z, x, y = tile_of(east, north, zoom)
    line = shapely.LineString([(east, north), (east + 90_000, north + 40_000)])
    shapes = [shapely.Point(east, north), line]

    tile = encode_tile("marks", z, x, y, ["p", "l"], [{}, {}], shapes)

    found = {properties["id"]: shape for properties, shape in drawn(tile)}
    assert found["p"].distance(on_grid(shapes[0], z, x, y)) <= 1.0
    if "l" in found:  # at the smallest zooms the line is shorter than a unit
        expected = on_grid(line, z, x, y)
        assert shapely.get_num_coordinates(found["l"]) >= 2
        distances = shapely.distance(shapely.points(shapely.get_coordinates(found["l"])), expected)
        assert distances.max() <= 1.0


def test_neighbours_share_their_edge_in_every_tile():
    x, y = MALMO
    cells = [shapely.box(x + i * 777, y, x + i * 777 + 777, y + 5000) for i in range(4)]

    for zoom in range(10, 16):
        tile = tile_of(x + 1500, y + 2500, zoom)
        shapes = [
            shape
            for _, shape in drawn(encode_tile("a", *tile, ["0", "1", "2", "3"], [{}] * 4, cells))
        ]
        together = shapely.union_all(shapes)
        assert together.area == pytest.approx(sum(shape.area for shape in shapes))
        assert isinstance(together, shapely.Polygon)
        assert not together.interiors


def test_outer_rings_run_as_the_format_says_and_holes_the_other_way():
    x, y = MALMO
    ring = shapely.box(x, y, x + 3000, y + 3000).difference(
        shapely.box(x + 1000, y + 1000, x + 2000, y + 2000)
    )
    for shape in (ring, shapely.reverse(ring)):
        ((_, found),) = drawn(
            encode_tile("a", *tile_of(x + 1500, y + 1500, 12), ["A"], [{}], [shape])
        )
        assert isinstance(found, shapely.Polygon)
        # In units that grow downwards, counter-clockwise by the sum is clockwise on the screen.
        assert found.exterior.is_ccw
        assert [hole.is_ccw for hole in found.interiors] == [False]


def test_a_surface_that_only_touches_the_tile_leaves_no_line_there():
    x, y = MALMO
    z, column, row = tile_of(x, y, 14)
    wide = shapely.box(x, y, x + 40_000, y + 10)

    for place in range(column, column + 14):
        tile = encode_tile("a", z, place, row, ["A"], [{}], [wide])
        kinds = {shape.geom_type for _, shape in drawn(tile)} if tile else set()
        assert kinds <= {"Polygon", "MultiPolygon"}


def test_several_parts_stay_together_and_nothing_is_left_out_by_order():
    x, y = MALMO
    parts = shapely.MultiPolygon(
        [shapely.box(x, y, x + 500, y + 500), shapely.box(x + 900, y, x + 1400, y + 500)]
    )
    points = shapely.MultiPoint([(x, y), (x + 900, y + 900)])
    values: list[dict[str, Any]] = [
        {"name": "Åby", "published": True, "share": 0.5, "none": None},
        {"n": 7},
        {},
    ]

    tile = encode_tile("a", *tile_of(x, y, 12), ["A", "B", "C"], values, [parts, points, None])

    found = drawn(tile)
    assert [properties for properties, _ in found] == [
        {"id": "A", "name": "Åby", "published": True, "share": 0.5},
        {"id": "B", "n": 7},
    ]
    assert [shape.geom_type for _, shape in found] == ["MultiPolygon", "MultiPoint"]


def test_the_same_tile_is_the_same_bytes():
    x, y = MALMO
    cells = [shapely.box(x + i * 500, y, x + i * 500 + 500, y + 500) for i in range(20)]
    codes = [f"A{i}" for i in range(20)]
    made = {
        encode_tile("a", *tile_of(x, y, 11), codes, [{"n": i} for i in range(20)], cells)
        for _ in range(3)
    }

    assert len(made) == 1


def test_where_nothing_is_the_tile_is_empty():
    x, y = MALMO
    square = shapely.box(x, y, x + 100, y + 100)

    assert encode_tile("a", 0, 0, 0, [], [], []) == b""
    assert encode_tile("a", 12, 0, 0, ["A"], [{}], [square]) == b""
    assert encode_tile("a", 22, 2**22 - 1, 2**22 - 1, ["A"], [{}], [square]) == b""
    assert encode_tile("a", 12, 2200, 1284, ["A"], [{}], [None]) == b""
    assert encode_tile("a", 2, 2, 1, ["A"], [{}], [square]) == b""  # far smaller than a unit


@pytest.mark.parametrize(
    "place", [(-1, 0, 0), (23, 0, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0), (0, 0, 1)]
)
def test_a_tile_that_is_not_there_is_refused(place: tuple[int, int, int]):
    with pytest.raises(ValueError, match="no tile"):
        encode_tile("a", *place, [], [], [])


def test_each_geometry_must_have_its_code():
    with pytest.raises(ValueError, match="zip"):
        encode_tile("a", 0, 0, 0, ["A", "B"], [{}], [shapely.Point(MALMO)])

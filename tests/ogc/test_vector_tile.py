"""Tiles are written by ourselves and read here by the library for them: nothing may differ."""

import math
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from portfolio.ogc.vector_tile import encode_layer

units = st.integers(-64, 4160)
places = st.tuples(units, units)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60)
values = st.text(max_size=300).filter(lambda text: max(text, default="") < "\ud800") | numbers
properties = st.dictionaries(st.text("abcå", min_size=1), values | st.booleans(), max_size=5)


@st.composite
def shapes(draw: Any) -> BaseGeometry:
    kind = draw(st.sampled_from(("points", "lines", "surfaces")))
    if kind == "points":
        return shapely.MultiPoint(draw(st.lists(places, min_size=1, max_size=5, unique=True)))
    if kind == "lines":
        paths = st.lists(places, min_size=2, max_size=6, unique=True)
        return shapely.MultiLineString(draw(st.lists(paths, min_size=1, max_size=3)))
    parts = []
    for at in range(draw(st.integers(1, 3))):
        left, bottom = at * 1000, draw(st.integers(0, 3000))
        holes = [shapely.box(left + 100, bottom + 100, left + 200, bottom + 300).exterior.coords]
        outline = shapely.box(left, bottom, left + 900, bottom + draw(st.integers(400, 900)))
        parts.append(shapely.Polygon(outline.exterior.coords, holes * draw(st.integers(0, 1))))
    return shapely.MultiPolygon(parts)


def decoded(tile: bytes) -> dict[str, Any]:
    found = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    (layer,) = found.values()
    assert layer["version"] == 2
    return dict(layer)


def encoded(told: list[dict[str, Any]], drawn: list[BaseGeometry]) -> bytes:
    return encode_layer("lager å", 4096, told, np.array([*drawn, None], dtype=object)[:-1])


@given(st.lists(st.tuples(properties, shapes()), min_size=1, max_size=6))
def test_what_is_written_is_what_is_read(features: list[tuple[dict[str, Any], BaseGeometry]]):
    told, drawn = [one[0] for one in features], [one[1] for one in features]

    layer = decoded(encoded(told, drawn))

    assert layer["extent"] == 4096
    assert len(layer["features"]) == len(features)
    for found, said, shape in zip(layer["features"], told, drawn, strict=True):
        assert found["properties"] == said
        assert {name: type(one) for name, one in found["properties"].items()} == {
            name: type(one) for name, one in said.items()
        }
        assert shapely.geometry.shape(found["geometry"]).equals(shape)


def test_one_part_is_read_as_one_and_outer_rings_have_a_surface_above_nothing():
    ring = shapely.Polygon([(0, 0), (0, 10), (10, 10), (10, 0), (0, 0)])
    tile = encoded([{}, {}, {}], [shapely.Point(3, 4), shapely.LineString([(0, 0), (1, 2)]), ring])

    kinds = [one["geometry"]["type"] for one in decoded(tile)["features"]]
    assert kinds == ["Point", "LineString", "Polygon"]
    raw = mapbox_vector_tile.Mapbox.vector_tile_pb2.tile()
    raw.ParseFromString(tile)
    surface = raw.layers[0].features[2].geometry
    assert surface[0] == 9  # move to one place
    corners, place = [], (0, 0)
    for x, y in zip([surface[1], *surface[4:10:2]], [surface[2], *surface[5:10:2]], strict=True):
        place = (place[0] + (x >> 1 ^ -(x & 1)), place[1] + (y >> 1 ^ -(y & 1)))
        corners.append(place)
    after = [*corners[1:], corners[0]]
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, after, strict=True))
    assert doubled == 200
    assert surface[-1] == 15  # close


@pytest.mark.parametrize("value", [0, 1, -1, 127, 128, 2**14 - 1, 2**14, -(2**40), 2**62, math.pi])
def test_numbers_of_any_size_are_kept(value: float):
    (one,) = decoded(encoded([{"n": value}], [shapely.Point(1, 1)]))["features"]

    assert one["properties"] == {"n": value}


def test_equal_values_are_written_once():
    drawn: list[BaseGeometry] = [shapely.Point(at, 0) for at in range(100)]
    same = encoded([{"department": "Fastighets- och gatukontoret"}] * 100, drawn)
    names = [f"Fastighets- och gatukontor {at}" for at in range(100)]
    other = encoded([{"department": name} for name in names], drawn)

    assert len(same) < len(other) / 2

import json

import numpy as np
import pytest
import shapely

from portfolio.areas.report import Issue, capped
from portfolio.language import Text
from tests.areas import boundary_samples as samples
from tests.areas.boundary_reading import (
    kinds,
    read,
    read_features,
    read_here,
)
from tests.areas.boundary_samples import EAST, NORTH, SWEREF_MEMBER, feature, frame, square


@pytest.mark.parametrize("code", [None, "", "   ", float("nan")])
def test_a_row_without_code_is_an_error(code):
    found = read_features(feature(square(), code), feature(square(1), "B"))

    assert kinds(found) == [("error", "missing_code")]
    assert found.issues[0].feature == 1
    assert [area.code for area in found.features] == ["B"]


@pytest.mark.parametrize("code", ["a/b", "a\nb", "a\0b", "\ud800", "x" * 65, "x" * 10_000])
def test_a_code_that_can_be_no_address_is_an_error(code):
    text = json.dumps(
        {"type": "FeatureCollection", "crs": SWEREF_MEMBER, "features": [feature(square(), code)]}
    )

    found = read(text.encode())

    assert kinds(found) == [("error", "bad_code")]
    assert len(found.issues[0].detail.sv) < 300
    assert found.features == ()


def test_a_repeated_code_is_one_error_that_says_how_many_rows():
    found = read_features(*(feature(square(column), "A") for column in range(3)))

    assert kinds(found) == [("error", "duplicate_code")]
    assert "3 rader (1, 2, 3)" in found.issues[0].detail.sv
    assert (found.issues[0].code, found.rows) == ("A", 3)
    assert [area.index for area in found.features] == [1]


@pytest.mark.parametrize(
    ("code", "text"),
    [(1280.0, "1280"), (1280, "1280"), (12.5, "12.5"), (" 0120 ", "0120"), ("x" * 64, "x" * 64)],
)
def test_codes_are_text_trimmed_and_without_decimals_of_whole_numbers(code, text):
    assert read_features(feature(square(), code)).features[0].code == text


def test_numbers_of_a_column_with_holes_keep_no_decimals(tmp_path):
    path = samples.geopackage(tmp_path, frame([square(), square(1)], codes=[1280.0, None]))

    found = read_here(path)

    assert [area.code for area in found.features] == ["1280"]
    assert kinds(found) == [("error", "missing_code")]


def test_a_missing_name_is_a_warning_and_the_code_stands_in():
    found = read_features(feature(square(), "A", None))

    assert kinds(found) == [("warning", "missing_name")]
    assert found.features[0].name == "A"


@pytest.mark.parametrize(
    ("geometry", "kind"),
    [
        (None, "empty_geometry"),
        (shapely.Polygon(), "empty_geometry"),
        (shapely.Point(EAST, NORTH), "not_a_polygon"),
        (shapely.LineString([(EAST, NORTH), (EAST, NORTH + 1)]), "not_a_polygon"),
        (shapely.GeometryCollection([square(), shapely.Point(EAST, NORTH)]), "not_a_polygon"),
        (shapely.Polygon([(EAST, NORTH), (EAST, NORTH + 9), (EAST, NORTH)]), "unrepairable"),
        (shapely.box(-1e300, -1e300, 1e300, 1e300), "not_finite"),
        ({"type": "Polygon", "coordinates": [[["x", "y"]]]}, "unrepairable"),
        ({"type": "Polygon", "coordinates": 7}, "unrepairable"),
        ({"type": "Cube"}, "unrepairable"),
        ({"type": ["Polygon"], "coordinates": {}}, "unrepairable"),
        ([1, 2], "unrepairable"),
    ],
)
def test_a_row_that_is_no_area_is_an_error(geometry, kind):
    found = read_features(feature(geometry), feature(square(1), "B"))

    assert kinds(found) == [("error", kind)]
    assert (found.issues[0].feature, found.issues[0].code) == (1, "A")
    assert [area.code for area in found.features] == ["B"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e999])
def test_coordinates_that_are_no_numbers_are_an_error(bad):
    ring = [[EAST, NORTH], [EAST + 9, bad], [EAST, NORTH + 9], [EAST, NORTH]]

    found = read_features(feature({"type": "Polygon", "coordinates": [ring]}))

    assert kinds(found) == [("error", "not_finite")]


def test_a_collection_of_polygons_is_an_area():
    parts = shapely.GeometryCollection([square(), shapely.MultiPolygon([square(5)])])

    found = read_features(feature(parts))

    assert found.issues == ()
    assert found.features[0].geometry.area == pytest.approx(20_000)


def test_multi_part_areas_and_holes_survive_whole():
    """A3."""
    ring = square().difference(square().buffer(-30))
    whole = ring.union(square(7))

    found = read_features(feature(whole))

    assert found.issues == ()
    assert found.features[0].geometry.equals(whole)


def test_a_boundary_that_crosses_itself_is_repaired_and_both_surfaces_are_told():
    tie = shapely.Polygon(
        [(EAST, NORTH), (EAST + 10, NORTH + 10), (EAST + 10, NORTH), (EAST, NORTH + 10)]
    )

    found = read_features(feature(tie))

    assert kinds(found) == [("warning", "repaired")]
    assert "0,0 m² och blev 50,0 m²" in found.issues[0].detail.sv
    assert found.features[0].geometry.is_valid


def test_a_ring_that_is_not_closed_is_closed_and_that_is_said():
    ring = [list(point) for point in square().exterior.coords][:-1]

    found = read_features(feature({"type": "Polygon", "coordinates": [ring]}))

    assert kinds(found) == [("warning", "repaired")]
    assert found.features[0].geometry.area == pytest.approx(10_000)


def test_heights_are_left_out_and_that_is_said(tmp_path):
    table = frame([shapely.force_3d(square(), 12.0)])
    text = samples.geojson([feature(shapely.force_3d(square(), 12.0))], crs=SWEREF_MEMBER)

    for content in (samples.geopackage(tmp_path, table), text):
        found = read_here(content)

        assert kinds(found) == [("info", "z_dropped")]
        assert not found.features[0].geometry.has_z


def test_true_curves_are_made_straight_and_that_is_said(tmp_path):
    path = samples.geopackage(tmp_path, frame([square(), square(5)]), SPATIAL_INDEX="NO")
    samples.make_round(path, row=2, radius=50.0)

    found = read(path)

    assert kinds(found) == [("warning", "curve_made_straight")]
    assert (found.issues[0].feature, found.issues[0].code) == (2, "A1")
    assert found.features[1].geometry.area == pytest.approx(np.pi * 50**2, rel=0.001)


def test_an_area_outside_sweden_is_a_warning():
    found = read_here(samples.geojson([feature(shapely.box(0, 0, 1, 1))]))

    assert kinds(found) == [("warning", "outside_sweden")]


@pytest.mark.parametrize("crs", [3006, 3011, 3021, 4326])
def test_swapped_axes_are_named_in_any_system(crs):
    right = frame([square()]).to_crs(crs).geometry[0]
    swapped = shapely.transform(right, lambda xy: xy[:, ::-1])
    member = {"type": "name", "properties": {"name": f"EPSG:{crs}"}}

    found = read_here(samples.geojson([feature(swapped)], crs=member))

    assert ("warning", "swapped_axes") in kinds(found)
    assert ("warning", "outside_sweden") not in kinds(found)


def test_metres_that_claim_to_be_degrees_ask_for_the_system():
    member = {"type": "name", "properties": {"name": "EPSG:4326"}}
    found = read_here(samples.geojson([feature(square())], crs=member))

    assert kinds(found) == [("error", "not_finite")]
    assert "crs=EPSG:3006" in found.issues[0].detail.sv
    assert read_here(samples.geojson([feature(square())]), crs="EPSG:3006").features[0].code == "A"


def test_overlaps_and_gaps_of_a_file_are_reported():
    """A3."""
    found = read_features(
        feature(square(), "B"), feature(shapely.box(EAST + 90, NORTH, EAST + 190, NORTH + 100), "A")
    )

    assert kinds(found) == [("warning", "overlap")]
    assert found.issues[0].code == "A"


def test_a_thousand_issues_of_a_kind_are_listed_and_the_rest_counted():
    some = [Issue("error", "missing_code", None, Text("a", "b"), row) for row in range(1_500)]

    kept = capped([*some, Issue("warning", "gap", "A", Text("a", "b"))])

    assert len(kept) == 1_002
    assert "500" in kept[1_000].detail.sv
    assert kept[-1].kind == "gap"

"""What clients draw comes to the same place in metres, or is refused with advice (A2)."""

import json
import math
from concurrent.futures import ThreadPoolExecutor

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from portfolio.geometry import (
    GeometryError,
    as_geojson,
    as_geojson_bytes,
    geodesic_area_m2,
    parse_bbox,
    parse_location_geometry,
    to_lonlat,
    to_planar,
)

RING = [[13.0, 55.5], [13.1, 55.5], [13.1, 55.6], [13.0, 55.6], [13.0, 55.5]]
HOLE = [[13.02, 55.52], [13.04, 55.52], [13.04, 55.54], [13.02, 55.52]]

places = st.tuples(st.floats(10, 25), st.floats(55, 70))


def geometry(kind, coordinates):
    return {"type": kind, "coordinates": coordinates}


def refusal(geojson):
    with pytest.raises(GeometryError) as caught:
        parse_location_geometry(geojson)
    assert caught.value.detail.sv != caught.value.detail.en
    assert str(caught.value) == caught.value.detail.en
    return caught.value


def scanned_area(lonlat_box):
    """The surface of a box of degrees on GRS 80, by the closed formula for a zone."""
    west, south, east, north = lonlat_box
    flattening = 1 / 298.257222101
    e = math.sqrt(flattening * (2 - flattening))
    b = 6378137.0 * (1 - flattening)

    def zone(lat):
        s = math.sin(math.radians(lat))
        return s / (2 * (1 - (e * s) ** 2)) + math.atanh(e * s) / (2 * e)

    return b * b * math.radians(east - west) * (zone(north) - zone(south))


# Between the reference systems


def test_a2_the_central_meridian_lies_at_half_a_million_metres_east():
    point = to_planar(shapely.Point(15, 60))

    assert shapely.get_x(point) == pytest.approx(500_000, abs=1e-6)
    # The meridian arc of GRS 80 from the equator, times the scale 0.9996.
    assert shapely.get_y(point) == pytest.approx(6_651_411.19, abs=0.01)


@given(places)
def test_a2_there_and_back_is_the_same_place(place):
    back = to_lonlat(to_planar(shapely.Point(place)))

    assert shapely.get_coordinates(back)[0] == pytest.approx(place, abs=1e-9)


def test_heights_are_dropped_on_the_way():
    assert not to_planar(shapely.Point(15, 60, 12)).has_z


def test_many_threads_get_the_same_answer():
    point = shapely.Point(18.07, 59.33)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: to_planar(point).wkb, range(200)))

    assert len(found) == 1


def test_holes_that_touch_in_degrees_stay_valid_in_metres():
    shell = [(13, 55), (14, 55), (14, 56), (13, 56)]
    # The first corner lies on the shell in degrees; in metres that edge runs north of it.
    hole = [(13.5, 55), (13.6, 55.2), (13.4, 55.2)]
    lonlat = shapely.Polygon(shell, [hole])
    assert lonlat.is_valid

    planar = to_planar(lonlat)

    assert planar.is_valid
    assert planar.area == pytest.approx(
        to_planar(shapely.Polygon(shell)).area - to_planar(shapely.Polygon(hole)).area, rel=1e-4
    )


def test_an_invalid_surface_is_not_mended_in_silence():
    assert not to_planar(shapely.from_wkt("POLYGON((13 55,14 56,14 55,13 56,13 55))")).is_valid


# Geodesic surface


@pytest.mark.parametrize("box", [(14.9, 55.5, 15.1, 55.6), (23, 66, 23.2, 66.1)])
def test_a2_the_surface_is_measured_on_the_ellipsoid(box):
    planar = to_planar(shapely.segmentize(shapely.box(*box), 0.001))

    assert geodesic_area_m2(planar) == pytest.approx(scanned_area(box), rel=1e-6)


def test_a2_the_plane_would_be_off_where_the_ellipsoid_is_not():
    planar = to_planar(shapely.box(23.9, 66, 24.1, 66.1))

    assert planar.area / geodesic_area_m2(planar) > 1.001


def test_holes_are_subtracted_and_parts_added_whatever_way_rings_run():
    shell, hole = shapely.Polygon(RING), shapely.Polygon(HOLE)
    far = shapely.box(14, 56, 14.01, 56.01)
    expected = (
        geodesic_area_m2(to_planar(shell))
        - geodesic_area_m2(to_planar(hole))
        + geodesic_area_m2(to_planar(far))
    )

    for shell_ring in (RING, RING[::-1]):
        for hole_ring in (HOLE, HOLE[::-1]):
            both = shapely.MultiPolygon([shapely.Polygon(shell_ring, [hole_ring]), far])
            assert geodesic_area_m2(to_planar(both)) == pytest.approx(expected, rel=1e-9)


def test_points_and_lines_have_no_surface():
    assert geodesic_area_m2(shapely.Point(500_000, 6_600_000)) == 0
    assert geodesic_area_m2(shapely.LineString([(5e5, 66e5), (6e5, 66e5)])) == 0
    assert geodesic_area_m2(shapely.Polygon()) == 0


# To GeoJSON


def test_geojson_has_seven_decimals_and_outer_rings_counter_clockwise():
    planar = to_planar(shapely.Polygon(RING[::-1], [HOLE]))

    found = as_geojson(planar)

    shell, hole = found["coordinates"]
    assert found["type"] == "Polygon"
    assert shapely.LinearRing(shell).is_ccw
    assert not shapely.LinearRing(hole).is_ccw
    assert sorted(map(tuple, shell[1:])) == sorted(map(tuple, RING[1:]))


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("Point", [13.1234567, 55.7654321]),
        ("MultiPoint", [[13.1, 55.5], [13.2, 55.6]]),
        ("LineString", [[13.1, 55.5], [13.2, 55.6]]),
        ("MultiLineString", [[[13.1, 55.5], [13.2, 55.6]], [[14.1, 55.5], [14.2, 55.6]]]),
        ("Polygon", [RING, HOLE[::-1]]),
        ("MultiPolygon", [[RING, HOLE[::-1]], [[[x + 1, y] for x, y in RING]]]),
    ],
)
def test_what_a_client_sent_comes_back_the_same(kind, coordinates):
    given_geometry = geometry(kind, coordinates)

    planar = to_planar(parse_location_geometry(given_geometry))

    assert json.loads(as_geojson_bytes(planar)) == as_geojson(planar)
    assert as_geojson(planar)["type"] == kind
    back = parse_location_geometry(as_geojson(planar))
    assert shapely.equals(back, parse_location_geometry(given_geometry))


def test_fewer_decimals_can_be_asked_for():
    found = as_geojson(to_planar(shapely.Point(13.123456, 55.987654)), decimals=2)

    assert found == {"type": "Point", "coordinates": [13.12, 55.99]}


def test_a_neck_narrower_than_the_last_decimal_can_still_be_sent_back():
    tip = [13.0001, 55.00000004]
    ring = [[13, 55], [13.0002, 55], [13.0002, 55.0001], tip, [13, 55.0001], [13, 55]]
    planar = to_planar(parse_location_geometry(geometry("Polygon", [ring])))
    assert planar.geom_type == "Polygon"

    back = parse_location_geometry(as_geojson(planar))

    assert to_planar(back).area == pytest.approx(planar.area, rel=1e-3)


# From a client


def test_heights_are_taken_and_dropped():
    found = parse_location_geometry(geometry("LineString", [[13, 55, 1], [14, 56, 2.5]]))

    assert shapely.equals_exact(found, shapely.LineString([(13, 55), (14, 56)]))


def test_heights_may_be_there_for_some_positions_only():
    found = parse_location_geometry(geometry("MultiPoint", [[13, 55, 1], [14, 56]]))

    assert shapely.equals_exact(found, shapely.MultiPoint([(13, 55), (14, 56)]))


def test_a_bbox_member_is_ignored():
    assert parse_location_geometry({**geometry("Point", [13, 55]), "bbox": [1, 2, 3, 4]})


@pytest.mark.parametrize(
    "kind", ["GeometryCollection", "Feature", "FeatureCollection", "point", "", None, 7, ["Point"]]
)
def test_other_types_are_refused_at_the_type(kind):
    found = refusal(geometry(kind, [13, 55]))

    assert found.pointer == "/type"
    assert "MultiPolygon" in found.detail.sv


@pytest.mark.parametrize("body", [None, [], "Point", 3])
def test_what_is_no_object_is_refused(body):
    assert refusal(body).pointer == ""


def test_a_crs_is_refused_with_advice():
    found = refusal({**geometry("Point", [13, 55]), "crs": {"type": "name"}})

    assert found.pointer == "/crs"
    assert "WGS 84" in found.detail.en


def test_unknown_members_are_refused_by_name():
    assert refusal({**geometry("Point", [13, 55]), "a/b~c": 1}).pointer == "/a~1b~0c"


@pytest.mark.parametrize(
    "position",
    [
        *([13], [13, 55, 1, 2], [], "13,55", None, {"lon": 13}),
        *(["13", "55"], [True, 55], [13, None], [13, [55]], [13, 55, "0"]),
        *([math.nan, 55], [13, math.inf], [13, 55, math.nan], [10**400, 55]),
    ],
)
def test_a_position_is_two_or_three_finite_numbers(position):
    assert refusal(geometry("Point", position)).pointer == "/coordinates"
    assert refusal(geometry("LineString", [[13, 55], position])).pointer == "/coordinates/1"
    ring = [*RING[:2], position, *RING[3:]]
    assert refusal(geometry("MultiPolygon", [[RING], [RING, ring]])).pointer == (
        "/coordinates/1/1/2"
    )


@pytest.mark.parametrize(
    ("kind", "coordinates", "pointer"),
    [
        ("Point", [], "/coordinates"),
        ("MultiPoint", [], "/coordinates"),
        ("MultiPoint", {}, "/coordinates"),
        ("LineString", [], "/coordinates"),
        ("LineString", [[13, 55]], "/coordinates"),
        ("LineString", [[13, 55], [13, 55]], "/coordinates"),
        ("MultiLineString", [[[13, 55], [14, 55]], []], "/coordinates/1"),
        ("MultiLineString", [[[13, 55], [14, 55]], [[13, 55], [13, 55]]], "/coordinates/1"),
        ("Polygon", [], "/coordinates"),
        ("Polygon", [[]], "/coordinates/0"),
        ("Polygon", [RING, HOLE[:3]], "/coordinates/1"),
        ("Polygon", [RING[:-1]], "/coordinates/0"),
        ("Polygon", RING, "/coordinates/0/0"),
        ("Polygon", [[[13, 55], [14, 56], [13, 55], [13, 55]]], "/coordinates"),
        ("Polygon", [[[13, 55], [14, 55], [13, 55], [14, 55], [13, 55]]], "/coordinates"),
        ("MultiPolygon", [], "/coordinates"),
        ("MultiPolygon", [[RING], []], "/coordinates/1"),
        ("MultiPolygon", [[RING], [[[13, 55]] * 4]], "/coordinates/1"),
        ("MultiPolygon", "abc", "/coordinates"),
    ],
)
def test_what_has_no_extent_or_the_wrong_depth_is_refused(kind, coordinates, pointer):
    assert refusal(geometry(kind, coordinates)).pointer == pointer


def test_coordinates_have_to_be_there():
    assert refusal({"type": "Polygon"}).pointer == "/coordinates"


@pytest.mark.parametrize(
    ("coordinates", "words"),
    [
        ([[[13, 55], [14, 56], [14, 55], [13, 56], [13, 55]]], ("korsar", "cross")),
        ([RING, [[x + 1, y] for x, y in HOLE]], ("utanför", "outside")),
        ([RING, HOLE, HOLE], ("", "")),
    ],
)
def test_an_invalid_polygon_is_refused_with_the_reason_and_the_place(coordinates, words):
    found = refusal(geometry("Polygon", coordinates))

    assert found.pointer == "/coordinates"
    assert words[0] in found.detail.sv
    assert words[1] in found.detail.en
    assert " 55." in found.detail.en


def test_polygons_that_overlap_are_refused_together():
    assert (
        "edges cross"
        in refusal(
            geometry("MultiPolygon", [[RING], [[[x + 0.05, y + 0.05] for x, y in RING]]])
        ).detail.en
    )


@pytest.mark.parametrize(
    ("position", "advice"),
    [
        ([55.6, 13.0], "Swap longitude and latitude"),
        ([6_580_000, 674_000], "seem to be metres"),
        ([674_000, 6_580_000], "seem to be metres"),
        ([0, 0], "far outside"),
        ([-73.9, 40.7], "far outside"),
    ],
)
def test_a_place_far_from_sweden_is_refused_with_its_likely_cause(position, advice):
    found = refusal(geometry("LineString", [[13, 55], position]))

    assert found.pointer == "/coordinates/1"
    assert advice in found.detail.en


def test_at_most_a_hundred_thousand_positions_are_taken():
    points = [[13 + i * 1e-6, 55] for i in range(100_001)]

    assert parse_location_geometry(geometry("LineString", points[:-1]))
    assert "100000" in refusal(geometry("LineString", points)).detail.sv


@pytest.mark.parametrize("kind", ["Point", "LineString", "MultiPolygon"])
def test_a_list_nested_without_end_is_only_an_error(kind):
    nested: list[object] = []
    for _ in range(900):
        nested = [nested]

    assert refusal(geometry(kind, nested)).pointer.startswith("/coordinates")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)
kinds = st.sampled_from(["Point", "MultiPoint", "LineString", "MultiLineString"])


@given(kinds | st.sampled_from(["Polygon", "MultiPolygon"]), json_values)
def test_anything_at_all_gives_a_geometry_or_a_refusal(kind, coordinates):
    try:
        found = parse_location_geometry(geometry(kind, coordinates))
    except GeometryError as error:
        outcome = error.pointer
    else:
        outcome = found.geom_type

    assert outcome == kind or outcome.startswith("/coordinates")


# bbox


def test_a_bbox_holds_what_is_inside_its_parallels():
    box = parse_bbox("10,60,20,61")

    # On a parallel the straight line between the corners would run some 14 km off.
    assert box.contains(to_planar(shapely.Point(15, 60.001)))
    assert not box.contains(to_planar(shapely.Point(15, 59.999)))
    assert not box.contains(to_planar(shapely.Point(15, 61.001)))
    assert box.contains(to_planar(shapely.Point(15, 60.999)))


@pytest.mark.parametrize("text", ["-180,-90,180,90", "0,0,180,90", "-180,54,180,71"])
def test_a_bbox_of_the_world_is_cut_to_the_surroundings_of_sweden(text):
    box = parse_bbox(text)

    assert box.is_valid
    assert all(math.isfinite(bound) for bound in box.bounds)
    assert box.contains(to_planar(shapely.Point(18.07, 59.33)))


@pytest.mark.parametrize("text", ["-10,-10,3,10", "33,60,34,61", "13,80,14,90", "-180,-90,-170,90"])
def test_a_bbox_elsewhere_is_empty(text):
    assert parse_bbox(text).is_empty


def test_a_bbox_without_width_still_meets_the_point_it_names():
    point = to_planar(shapely.Point(13.05, 55.55))

    assert parse_bbox("13.05,55.55,13.05,55.55").intersects(point)
    assert parse_bbox("13.05,55,13.05,56").intersects(point)
    assert not parse_bbox("13.06,55,13.06,56").intersects(point)


@given(places, places)
def test_every_place_inside_a_bbox_is_found_by_it(one, other):
    west, east = sorted((one[0], other[0]))
    south, north = sorted((one[1], other[1]))
    middle = shapely.Point((west + east) / 2, (south + north) / 2)

    box = parse_bbox(f"{west:.12f},{south:.12f},{east:.12f},{north:.12f}")

    assert box.is_valid
    assert box.buffer(0.05).contains(to_planar(middle))


@pytest.mark.parametrize(
    "text",
    [
        *("", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0;0;1;1", "0, 0,1,1", "0,0,1,1\n"),
        *("nan,0,1,1", "0,0,inf,1", "1_0,0,11,1", "\u0661,0,2,1", "1e1,0,11,1"),
        *("2,0,1,1", "0,2,1,1", "0,0,181,1", "0,-91,1,1"),
    ],
)
def test_anything_else_is_no_bbox(text):
    with pytest.raises(ValueError, match="minlon,minlat,maxlon,maxlat"):
        parse_bbox(text)

"""Where an investment lies, in shares that always sum to the whole (A5, A7, formulas 1)."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from portfolio.amounts import split_amount
from portfolio.shares import (
    OUTSIDE,
    WHOLE,
    Coverage,
    Shares,
    as_number,
    carried_over,
    exact_share,
    footprint,
    manual_shares,
    shares_of_geometry,
)

# Real ground: at these coordinates the noise of floats is what it will be in use.
EAST, NORTH = 674_000, 6_580_000
PERCENT = WHOLE // 100


def box(west, south, east, north):
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def line(*points):
    return shapely.LineString([(EAST + x, NORTH + y) for x, y in points])


def points(*places):
    return shapely.MultiPoint([(EAST + x, NORTH + y) for x, y in places])


def coverage(**areas):
    return Coverage.build(list(areas), list(areas.values()))


# A, B and C side by side, a hundred metres each.
ROW = coverage(A=box(0, 0, 100, 100), B=box(100, 0, 200, 100), C=box(200, 0, 300, 100))

# Three columns by two rows that fill everything the strategies draw.
PLANE = [box(x, y, x + 40, y + 60) for x in (0, 40, 80) for y in (0, 60)]

places = st.tuples(st.integers(0, 120), st.integers(0, 120))
somewhere = st.lists(places, min_size=3, max_size=7, unique=True)
hulls = somewhere.map(lambda found: points(*found).convex_hull).filter(lambda hull: hull.area > 0)
lines = somewhere.map(lambda found: line(*found))
geometries = st.one_of(
    hulls,
    lines,
    somewhere.map(lambda found: points(*found)),
    st.tuples(hulls, hulls).map(shapely.union_all),
    st.tuples(lines, lines).map(shapely.MultiLineString),
    st.tuples(hulls, hulls).map(lambda pair: pair[0].difference(pair[1].buffer(-5))),
    lines.map(lambda found: footprint(found, 3)),
).filter(lambda found: not found.is_empty)
sizes = st.integers(1, 60)
boxes = st.tuples(places, sizes, sizes).map(
    lambda found: box(*found[0], found[0][0] + found[1], found[0][1] + found[2])
)


@st.composite
def coverages(draw):
    """Some cells of a grid, so with holes, and boxes laid over them."""
    cells = [box(x, y, x + 30, y + 30) for x in range(0, 120, 30) for y in range(0, 120, 30)]
    kept = draw(st.lists(st.sampled_from(range(16)), unique=True))
    areas = [cells[index] for index in kept] + draw(st.lists(boxes, max_size=3))
    codes = draw(st.permutations([f"{number:02d}" for number in range(len(areas))]))
    return Coverage.build(codes, areas)


def whole(shares):
    return sum(shares.areas.values()) + shares.outside


# By surface, length and count


def test_v_split_2_a_polygon_is_weighed_by_its_surface():
    two = coverage(A=box(0, 0, 60, 100), B=box(60, 0, 90, 100))

    shares = shares_of_geometry(box(0, 0, 100, 100), two)

    assert shares == Shares({"A": 60 * PERCENT, "B": 30 * PERCENT}, 10 * PERCENT, {})
    assert split_amount(1_000_000_000, shares.weights) == {
        "A": 600_000_000,
        "B": 300_000_000,
        OUTSIDE: 100_000_000,
    }


def test_v_split_1_equal_thirds_tie_to_the_lower_code():
    shares = shares_of_geometry(box(0, 20, 300, 70), ROW)

    assert split_amount(1_000_000_000, shares.weights) == {
        "A": 333_333_334,
        "B": 333_333_333,
        "C": 333_333_333,
        OUTSIDE: 0,
    }


def test_a_line_is_weighed_by_its_length():
    shares = shares_of_geometry(line((-50, 50), (150, 50)), ROW)

    assert shares.areas == {"A": WHOLE // 2, "B": WHOLE // 4}
    assert shares.outside == WHOLE // 4


def test_points_are_weighed_by_their_number_and_a_repeated_one_counts_again():
    shares = shares_of_geometry(points((5, 5), (5, 5), (150, 5), (999, 5)), ROW)

    assert shares.areas == {"A": WHOLE // 2, "B": WHOLE // 4}
    assert shares.outside == WHOLE // 4


def test_a_line_drawn_twice_over_one_stretch_counts_it_once():
    there_and_back = line((50, 50), (100, 50), (50, 50), (150, 50))

    assert shares_of_geometry(there_and_back, ROW).areas == {"A": WHOLE // 2, "B": WHOLE // 2}


def test_a_geometry_inside_one_area_belongs_to_it_whole():
    for inside in (box(110, 10, 120, 20), line((110, 5), (190, 95)), points((150, 50))):
        assert shares_of_geometry(inside, ROW) == Shares({"B": WHOLE}, 0, {})


def test_a7_a_geometry_in_no_area_is_outside():
    assert shares_of_geometry(box(900, 0, 950, 50), ROW) == Shares({}, WHOLE, {})
    assert shares_of_geometry(box(0, 0, 1, 1), coverage()) == Shares({}, WHOLE, {})


def test_a3_a_hole_and_a_second_part_survive():
    ring = box(0, 0, 100, 100).difference(box(40, 0, 60, 100))
    holed = box(0, 0, 100, 100).difference(box(40, 40, 60, 60))

    assert shares_of_geometry(box(0, 0, 100, 10), coverage(A=ring)).areas == {"A": 80 * PERCENT}
    assert shares_of_geometry(box(0, 0, 100, 100), coverage(A=holed)).outside == 4 * PERCENT


def test_shares_are_numbers_with_the_digits_clients_expect():
    assert as_number(60 * PERCENT) == 0.6
    assert as_number(WHOLE) == 1.0


# What two areas share


def test_a_share_is_exactly_what_was_written():
    assert exact_share(0.1) == Decimal("0.1")


def test_a_point_on_a_common_border_counts_once_for_the_lower_code():
    assert shares_of_geometry(points((100, 50)), ROW) == Shares({"A": WHOLE}, 0, {})


def test_a_line_along_a_common_border_counts_once_for_the_lower_code():
    assert shares_of_geometry(line((100, 0), (100, 100)), ROW) == Shares({"A": WHOLE}, 0, {})


def test_an_overlap_of_areas_counts_once_for_the_lower_code():
    overlapping = coverage(B=box(0, 0, 60, 100), A=box(40, 0, 100, 100))

    assert shares_of_geometry(box(0, 0, 100, 100), overlapping).areas == {
        "A": 60 * PERCENT,
        "B": 40 * PERCENT,
    }
    assert shares_of_geometry(line((0, 50), (100, 50)), overlapping).areas == {
        "A": 60 * PERCENT,
        "B": 40 * PERCENT,
    }


def test_an_overlap_is_not_hidden_by_a_gap_of_the_same_size():
    askew = coverage(A=box(0, 0, 50, 100), B=box(40, 0, 90, 100))

    shares = shares_of_geometry(box(0, 0, 100, 100), askew)

    assert shares == Shares({"A": 50 * PERCENT, "B": 40 * PERCENT}, 10 * PERCENT, {})


def test_a_slanted_line_through_overlapping_areas_counts_each_stretch_once():
    overlapping = coverage(A=box(0, 0, 60, 100), B=box(30, 0, 100, 100))

    shares = shares_of_geometry(line((0, 10), (90, 47)), overlapping)

    assert as_number(shares.areas["A"]) == pytest.approx(2 / 3, abs=1e-8)
    assert shares.outside == 0


def test_an_overlap_among_hundreds_of_areas_counts_once_too():
    strips = [box(x, 0, x + 1, 100) for x in range(150)]
    codes = [f"{x:03d}" for x in range(150)]
    clean = Coverage.build(codes, strips)
    overlapping = Coverage.build([*codes, "999"], [*strips, box(0, 0, 150, 120)])
    everything = box(-50, 0, 150, 100)

    shares = shares_of_geometry(everything, clean)

    assert shares.areas == dict.fromkeys(codes, WHOLE // 200)
    assert shares.outside == WHOLE // 4
    assert shares_of_geometry(everything, overlapping) == shares


# Slivers


def test_an_overlap_under_one_per_cent_is_dropped_and_the_rest_scaled_up():
    two = coverage(A=box(0, 0, 200, 100), B=box(200, 0, 900, 100))

    shares = shares_of_geometry(box(100.5, 0, 200.5, 100), two)

    assert shares == Shares({"A": WHOLE}, 0, {"B": PERCENT // 2})


def test_the_outside_is_scaled_up_with_the_areas_and_never_dropped():
    two = coverage(A=box(0, 0, 90, 100), B=box(90, 0, 90.5, 1000))

    shares = shares_of_geometry(box(0, 0, 100, 100), two)
    nearly = shares_of_geometry(box(0, 0, 100, 100), coverage(A=box(0, 0, 99.9, 100)))

    assert shares.slivers == {"B": PERCENT // 2}
    assert as_number(shares.areas["A"]) == pytest.approx(90 / 99.5, abs=1e-9)
    assert whole(shares) == WHOLE
    assert nearly.outside == PERCENT // 10


def test_exactly_one_per_cent_is_kept():
    two = coverage(A=box(0, 0, 99, 100), B=box(99, 0, 900, 100))

    assert shares_of_geometry(box(0, 0, 100, 100), two).areas["B"] == PERCENT


def test_an_area_lying_inside_the_footprint_is_no_sliver():
    inside = coverage(A=box(0, 0, 100, 99.5), B=box(0, 99.5, 100, 100))
    half = coverage(A=box(0, 0, 100, 99.5), B=box(0, 99.5, 100, 100.5))
    edge = coverage(A=box(0, 0, 100, 99.5), B=box(0, 99.5, 100, 100.6))

    assert shares_of_geometry(box(0, 0, 100, 100), inside).areas["B"] == PERCENT // 2
    assert shares_of_geometry(box(0, 0, 100, 100), half).areas["B"] == PERCENT // 2
    assert shares_of_geometry(box(0, 0, 100, 100), edge).slivers == {"B": PERCENT // 2}


def test_all_of_a_scheme_keeps_its_smallest_areas():
    many = Coverage.build(
        [f"{number:03d}" for number in range(144)],
        [box(x, y, x + 10, y + 10) for x in range(0, 120, 10) for y in range(0, 120, 10)],
    )

    shares = shares_of_geometry(box(0, 0, 120, 120), many)

    assert len(shares.areas) == 144
    assert shares.slivers == {}


def test_a_line_has_slivers_and_points_have_none():
    scattered = [(1, number) for number in range(200)] + [(150, 5)]

    assert shares_of_geometry(line((0, 5), (100.5, 5)), ROW).slivers.keys() == {"B"}
    assert shares_of_geometry(
        points(*scattered), coverage(A=box(0, 0, 9, 999), B=box(100, 0, 200, 9))
    ).areas.keys() == {"A", "B"}


def test_nothing_is_dropped_where_no_area_would_remain():
    shares = shares_of_geometry(box(-99.5, 0, 0.5, 100), ROW)

    assert shares == Shares({"A": PERCENT // 2}, WHOLE - PERCENT // 2, {})


def test_what_a_sliver_is_can_be_set():
    crossing = box(5, 0, 105, 100)

    assert shares_of_geometry(crossing, ROW, sliver=0.1).areas == {"A": WHOLE}
    assert shares_of_geometry(crossing, ROW, sliver=0).areas["B"] == 5 * PERCENT


# Buffers


def test_a_buffer_makes_a_surface_and_none_leaves_the_geometry():
    road = line((0, 50), (100, 50))

    assert footprint(road, 0) is road
    assert footprint(road, 10).area == pytest.approx(2000 + 3.14159 * 100, rel=1e-3)
    assert shares_of_geometry(footprint(points((100, 50)), 10), ROW).areas == {
        "A": WHOLE // 2,
        "B": WHOLE // 2,
    }


@pytest.mark.parametrize("metres", [-1, float("nan"), float("inf")])
def test_a_buffer_that_is_no_distance_is_refused(metres):
    with pytest.raises(ValueError, match="number of metres"):
        footprint(points((0, 0)), metres)


# Properties


@given(geometries, coverages())
def test_areas_and_outside_sum_to_the_whole(geometry, found):
    shares = shares_of_geometry(geometry, found)

    assert whole(shares) == WHOLE
    assert shares.outside >= 0
    assert all(pico > 0 for pico in shares.areas.values())
    assert list(shares.areas) == sorted(shares.areas)


@given(geometries, coverages(), st.integers(-(10**14), 10**14))
def test_money_split_over_areas_and_outside_sums_to_the_ore(geometry, found, ore):
    parts = split_amount(ore, shares_of_geometry(geometry, found).weights)

    assert sum(parts.values()) == ore


@given(hulls | lines, coverages())
def test_the_share_outside_is_what_no_area_covers(geometry, found):
    rest = shapely.difference(geometry, shapely.union_all(found.geometries))
    size = shapely.area if geometry.area else shapely.length

    shares = shares_of_geometry(geometry, found, sliver=0)

    simple = shapely.union_all(geometry)
    assert as_number(shares.outside) == pytest.approx(size(rest) / size(simple), abs=1e-6)


@given(geometries)
def test_over_a_partition_of_the_plane_nothing_is_outside(geometry):
    found = Coverage.build("FEDCBA", PLANE)

    assert shares_of_geometry(geometry.intersection(box(0, 0, 120, 120)), found).outside == 0


@given(geometries)
def test_one_area_around_everything_has_the_whole(geometry):
    found = coverage(A=box(-50, -50, 170, 170))

    assert shares_of_geometry(geometry, found) == Shares({"A": WHOLE}, 0, {})


@given(somewhere, coverages(), st.integers(0, 6))
def test_neither_direction_nor_first_corner_makes_a_difference(corners, found, start):
    hull = points(*corners).convex_hull
    assert shares_of_geometry(line(*corners), found) == shares_of_geometry(
        line(*corners[::-1]), found
    )
    if hull.area:
        ring = shapely.get_coordinates(hull)[:-1].tolist()
        start %= len(ring)
        turned = shapely.Polygon((ring[start:] + ring[:start])[::-1])
        assert shares_of_geometry(turned, found) == shares_of_geometry(hull, found)


@given(coverages(), st.randoms())
def test_the_order_in_which_areas_come_makes_no_difference(found, random):
    pairs = list(zip(found.codes, found.geometries, strict=True))
    random.shuffle(pairs)
    shuffled = Coverage.build([code for code, _ in pairs], [area for _, area in pairs])

    assert shares_of_geometry(box(10, 10, 95, 77), shuffled) == shares_of_geometry(
        box(10, 10, 95, 77), found
    )


def test_many_threads_get_the_same_shares():
    found = Coverage.build("FEDCBA", PLANE)
    circle = footprint(points((40, 60)), 30)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shares_of_geometry(circle, found), range(100)))

    assert all(answer == answers[0] for answer in answers)


# What can't be asked


def test_a_code_given_twice_is_refused():
    with pytest.raises(ValueError, match="more than once"):
        Coverage.build(["A", "A"], [box(0, 0, 1, 1), box(1, 0, 2, 1)])
    with pytest.raises(ValueError, match="more than once"):
        manual_shares([("A", Decimal("0.5")), ("A", Decimal("0.5"))])


def test_codes_and_geometries_come_in_pairs():
    with pytest.raises(ValueError, match="code and a geometry"):
        Coverage.build(["A"], [])


@pytest.mark.parametrize("text", ["POLYGON EMPTY", "GEOMETRYCOLLECTION (POINT (0 0))"])
def test_what_has_no_measure_is_refused(text):
    with pytest.raises(ValueError, match="points, lines or polygons"):
        shares_of_geometry(shapely.from_wkt(text), ROW)


def test_a_line_without_length_is_refused():
    with pytest.raises(ValueError, match="needs a length"):
        shares_of_geometry(line((5, 5), (5, 5)), ROW)


# Given by people


def test_manual_shares_leave_the_rest_outside():
    assert manual_shares([("B", Decimal("0.3")), ("A", Decimal("0.6"))]) == Shares(
        {"A": 60 * PERCENT, "B": 30 * PERCENT}, 10 * PERCENT, {}
    )


def test_manual_thirds_are_the_whole():
    third = Decimal("0.3333333333")

    assert manual_shares([("B", third), ("A", third), ("C", third)]).areas == {
        "A": 333_333_333_334,
        "B": 333_333_333_333,
        "C": 333_333_333_333,
    }
    assert manual_shares([("A", Fraction(1, 3)), ("B", Fraction(2, 3))]).outside == 0


def test_a_share_of_nothing_is_left_out():
    assert manual_shares([("A", Decimal(0)), ("B", Decimal(1))]).areas == {"B": WHOLE}
    assert manual_shares([]) == Shares({}, WHOLE, {})


@pytest.mark.parametrize(
    "share", ["-0.1", "1.1", "NaN", "sNaN", "Infinity", "-1E+999999", "1E+999999"]
)
def test_a_manual_share_is_a_number_from_nought_to_one(share):
    with pytest.raises(ValueError, match="from 0 to 1"):
        manual_shares([("A", Decimal(share))])


def test_manual_shares_sum_to_at_most_one():
    with pytest.raises(ValueError, match="at most 1"):
        manual_shares([("A", Decimal("0.6")), ("B", Decimal("0.400001"))])
    nearly = manual_shares([("A", Decimal("0.6")), ("B", Decimal("0.4000000001"))])
    assert whole(nearly) == WHOLE
    assert nearly.outside == 0


@given(st.lists(st.decimals(0, 1, places=12), max_size=5))
def test_manual_shares_sum_to_the_whole_with_what_is_outside(given_shares):
    total = sum(given_shares) or 1
    entries = [(f"{number}", share / max(total, 1)) for number, share in enumerate(given_shares)]

    shares = manual_shares(entries)

    assert whole(shares) == WHOLE
    assert shares.outside >= 0


def test_a_tiny_manual_share_is_taken_without_delay():
    assert manual_shares([("A", Decimal("1E-999999"))]) == Shares({}, WHOLE, {})


# Carried over to another scheme or date


def test_a5_an_area_list_carries_over_by_surface():
    old = [(box(50, 0, 150, 100), 75 * PERCENT), (box(150, 0, 350, 100), 20 * PERCENT)]

    assert carried_over(old, 5 * PERCENT, ROW) == Shares(
        {"A": 375 * WHOLE // 1000, "B": 425 * WHOLE // 1000, "C": 10 * PERCENT}, 10 * PERCENT, {}
    )


def test_a6_areas_that_did_not_change_keep_their_shares():
    old = [(area, pico) for area, pico in zip(ROW.geometries, (1, WHOLE - 3, 2), strict=True)]

    assert carried_over(old, 0, ROW).areas == {"A": 1, "B": WHOLE - 3, "C": 2}


def test_a_border_drawn_anew_leaves_no_sliver():
    old = [(box(0.5, 0, 100.5, 100), WHOLE)]

    assert carried_over(old, 0, ROW) == Shares({"A": WHOLE}, 0, {"B": PERCENT // 2})


def test_what_is_carried_over_sums_to_the_whole_before():
    with pytest.raises(ValueError, match="sum to the whole"):
        carried_over([(box(0, 0, 1, 1), PERCENT)], 0, ROW)
    with pytest.raises(ValueError, match="negative"):
        carried_over([(box(0, 0, 1, 1), WHOLE + 1)], -1, ROW)


def test_nothing_but_outside_carries_over_as_it_is():
    assert carried_over([], WHOLE, ROW) == Shares({}, WHOLE, {})


@given(st.lists(hulls, min_size=1, max_size=4), coverages())
def test_what_is_carried_over_sums_to_the_whole_after(parts, found):
    each = WHOLE // (len(parts) + 1)

    shares = carried_over([(part, each) for part in parts], WHOLE - each * len(parts), found)

    assert whole(shares) == WHOLE
    assert shares.outside >= 0

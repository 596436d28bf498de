"""The bounds of shares: what is too crooked for a buffer, what a touch is, where rounding ends."""

from decimal import Decimal

import numpy as np
import pytest
import shapely

from portfolio.shares import (
    MAX_BUFFERED_POSITIONS,
    MAX_CLOSE_PAIRS,
    WHOLE,
    Coverage,
    carried_over,
    footprint,
    is_too_crooked,
    manual_shares,
    shares_of_geometry,
)

EAST, NORTH = 674_000, 6_580_000


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def scattered(count: int, apart: float) -> shapely.MultiPoint:
    return shapely.MultiPoint([(EAST + apart * n, NORTH) for n in range(count)])


def zigzag(turns: int, apart: float, high: float = 1_000) -> shapely.LineString:
    return shapely.LineString([(EAST + apart * n, NORTH + high * (n % 2)) for n in range(turns)])


def comb(teeth: int, apart: float) -> shapely.Polygon:
    """A surface whose edge goes up and down `teeth` times."""
    edge = zigzag(2 * teeth, apart).coords
    return shapely.Polygon([*edge, (edge[-1][0], NORTH - 10), (EAST, NORTH - 10)])


# Buffers


def test_without_a_buffer_nothing_is_too_crooked():
    assert not is_too_crooked(scattered(MAX_BUFFERED_POSITIONS + 1, 1), 0)


def test_as_many_positions_as_are_buffered_are_too_crooked_from_one_more_on():
    assert not is_too_crooked(scattered(MAX_BUFFERED_POSITIONS, 1_000), 1)
    assert is_too_crooked(scattered(MAX_BUFFERED_POSITIONS + 1, 1_000), 1)


def test_points_are_close_within_twice_the_buffer():
    # Each of so many points has all others near it: n * (n - 1) / 2 pairs.
    close = int((2 * MAX_CLOSE_PAIRS) ** 0.5)

    assert close * (close - 1) / 2 <= MAX_CLOSE_PAIRS < (close + 1) * close / 2
    assert not is_too_crooked(scattered(close, 0.1), 100)
    assert is_too_crooked(scattered(close + 1, 0.1), 100)
    assert not is_too_crooked(scattered(close + 1, 201), 100)


def test_points_are_straightened_by_nothing_and_counted_in_parts():
    # Eleven near each of a thousand points make 10 * 1000 / 2 pairs, which is not too many.
    assert not is_too_crooked(scattered(1_000, 40), 100)
    # Forty-one make 40 * 1000 / 2, short of the ends: about as many as there may be.
    assert is_too_crooked(scattered(1_000, 8), 100)


@pytest.mark.parametrize("shape", [lambda n: zigzag(n, 5), lambda n: comb(n // 2, 5)])
def test_lines_and_the_edges_of_surfaces_are_crooked_by_their_segments(shape):
    assert not is_too_crooked(shape(150), 1_000)
    assert is_too_crooked(shape(300), 1_000)
    assert not is_too_crooked(shape(300), 1)


def test_two_lines_are_not_joined_by_a_segment_between_them():
    half = zigzag(100, 5)
    far = shapely.affinity.translate(half, 1_000_000)

    assert not is_too_crooked(shapely.MultiLineString([half, far]), 1_000)
    assert not is_too_crooked(shapely.MultiLineString([half, half]), 0.1)
    assert is_too_crooked(shapely.MultiLineString([zigzag(150, 5), zigzag(150, 5)]), 1_000)


def test_bends_smaller_than_a_fiftieth_of_the_buffer_are_straightened_away():
    shaking = zigzag(1_500, 1, high=1.5)

    assert not is_too_crooked(shaking, 100)


def test_a_buffer_may_be_off_by_a_fiftieth_and_keeps_bends_that_are_larger():
    bent = zigzag(3, 50, high=3)
    straight = shapely.LineString([bent.coords[0], bent.coords[-1]])

    assert footprint(bent, 100).equals_exact(footprint(bent, 100))
    assert footprint(bent, 100).area > footprint(straight, 100).area
    assert footprint(zigzag(3, 50, high=1), 100).equals(footprint(straight, 100))


def test_a_buffer_of_less_than_half_a_metre_straightens_by_a_centimetre():
    bent = zigzag(3, 50, high=0.9)
    straight = shapely.LineString([bent.coords[0], bent.coords[-1]])

    assert not footprint(bent, 0.4).equals(footprint(straight, 0.4))
    assert footprint(zigzag(3, 50, high=0.009), 0.4).equals(footprint(straight, 0.4))


def test_the_circle_around_a_point_has_sixteen_segments_a_quarter():
    circle = footprint(shapely.Point(EAST, NORTH), 100)

    assert shapely.get_num_coordinates(circle) == 4 * 16 + 1


# Touches and overlaps


def test_a_surface_that_also_touches_an_area_along_a_line_has_a_share_by_its_surface_only():
    # What the two have in common is a square and a line.
    left = shapely.union_all([box(0, 0, 10, 10), box(10, 20, 20, 30), box(0, 10, 5, 30)])
    covering = Coverage.build(["A", "B"], [box(10, 0, 20, 20), left])

    found = shares_of_geometry(box(5, 5, 20, 20), covering, sliver=0)

    assert sum(found.weights.values()) == WHOLE
    assert found.areas["A"] / WHOLE == pytest.approx(150 / 225, abs=1e-9)
    assert found.areas["B"] / WHOLE == pytest.approx(25 / 225, abs=1e-9)


def test_where_areas_overlap_the_lower_code_has_what_is_in_both_and_a_touch_is_no_overlap():
    pieces = [box(0, 0, 10, 10), box(5, 0, 15, 10), shapely.union_all([box(15, 0, 20, 10)])]
    covering = Coverage.build(["A", "B", "C"], pieces)

    found = shares_of_geometry(box(0, 0, 20, 10), covering, sliver=0)

    assert {code: round(100 * part / WHOLE) for code, part in found.areas.items()} == {
        "A": 50,
        "B": 25,
        "C": 25,
    }


def test_many_areas_inside_a_surface_have_the_shares_that_few_have():
    cells = [box(x, y, x + 1, y + 1) for x in range(20) for y in range(20)]
    many = Coverage.build([f"{n:03}" for n in range(400)], cells)

    found = shares_of_geometry(box(0.5, 0.5, 19.5, 19.5), many, sliver=0)

    parts = np.array(list(found.areas.values())) / WHOLE
    assert sum(found.weights.values()) == WHOLE
    assert sorted(set(np.round(parts * 361, 6))) == [0.25, 0.5, 1.0]


# Rounding


def test_shares_by_hand_are_the_whole_from_one_rounding_short_of_it_on():
    third = Decimal("0.333333333333")

    found = manual_shares([("A", third), ("B", third), ("C", third)])

    assert (sum(found.areas.values()), found.outside) == (WHOLE, 0)
    with pytest.raises(ValueError, match="at most 1"):
        manual_shares([("A", Decimal("0.6")), ("B", Decimal("0.5"))])


def test_a_negative_part_is_carried_nowhere_even_if_all_sum_to_the_whole():
    covering = Coverage.build(["A"], [box(0, 0, 10, 10)])

    with pytest.raises(ValueError, match="negative"):
        carried_over([(box(0, 0, 5, 5), -1)], WHOLE + 1, covering)
    with pytest.raises(ValueError, match="negative"):
        carried_over([(box(0, 0, 5, 5), WHOLE + 1)], -1, covering)

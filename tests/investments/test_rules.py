"""Where a place lies in an edition of a scheme (A5, formulas 1), without a database."""

from decimal import Decimal

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from portfolio.investments.rules import NamedArea, Place, equal_shares, quantised, shares_in
from portfolio.shares import SLIVER, WHOLE, Coverage

HERE, ELSEWHERE = 1, 2
GRID = Coverage.build(["A", "B"], [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)])


def test_a5_shares_that_people_write_as_thirds_become_the_whole():
    thirds = [Decimal("0.3333333333")] * 3

    assert sum(quantised(thirds)) == WHOLE


def test_a5_shares_may_sum_to_less_but_not_to_more_than_one():
    assert quantised([Decimal("0.25"), Decimal("0.5")]) == (WHOLE // 4, WHOLE // 2)
    with pytest.raises(ValueError, match="at most 1"):
        quantised([Decimal("0.7"), Decimal("0.4")])


@given(st.integers(1, 500))
def test_a5_equal_shares_sum_to_the_whole(number: int):
    parts = equal_shares(number)

    assert sum(parts) == WHOLE
    assert max(parts) - min(parts) <= 1


def test_a5_a_footprint_is_split_by_surface():
    place = Place(footprint=shapely.box(70, 0, 170, 100))

    found = shares_in(place, HERE, GRID, {}, {}, SLIVER)

    assert found.areas == {"A": 3 * WHOLE // 10, "B": 7 * WHOLE // 10}
    assert found.outside == 0


def test_a5_areas_of_the_same_scheme_keep_the_shares_they_were_given():
    a, b = NamedArea(HERE, "A", WHOLE // 4), NamedArea(HERE, "B", WHOLE // 4)
    followed = {a: {"A": WHOLE}, b: {"B": WHOLE}}

    found = shares_in(Place(areas=(a, b)), HERE, GRID, followed, {}, SLIVER)

    assert found.areas == {"A": WHOLE // 4, "B": WHOLE // 4}
    assert found.outside == WHOLE // 2


def test_a6_an_area_that_was_split_is_followed_to_its_heirs():
    old = NamedArea(HERE, "OLD", WHOLE)
    heirs = {old: {"A": 6 * WHOLE // 10, "B": 4 * WHOLE // 10}}

    found = shares_in(Place(areas=(old,)), HERE, GRID, heirs, {}, SLIVER)

    assert found.areas == {"A": 6 * WHOLE // 10, "B": 4 * WHOLE // 10}


def test_a5_areas_of_another_scheme_carry_over_by_surface():
    other = NamedArea(ELSEWHERE, "X", WHOLE // 2)
    boundary = {other: shapely.box(50, 0, 250, 100)}

    found = shares_in(Place(areas=(other,)), HERE, GRID, {}, boundary, SLIVER)

    assert found.areas == {"A": WHOLE // 8, "B": WHOLE // 4}
    assert found.outside == WHOLE - WHOLE // 8 - WHOLE // 4


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6))
def test_a5_named_areas_of_two_schemes_together_sum_to_the_whole(weights: list[int]):
    total = sum(weights) + 1
    areas = tuple(
        NamedArea(HERE if n % 2 else ELSEWHERE, f"{n}", WHOLE * weight // total)
        for n, weight in enumerate(weights)
    )
    third = WHOLE // 3
    followed = {area: {"A": third, "B": WHOLE - third} for area in areas if area.scheme_id == HERE}
    boundaries = {area: shapely.box(-50, 0, 150, 100) for area in areas if area not in followed}

    found = shares_in(Place(areas=areas), HERE, GRID, followed, boundaries, SLIVER)

    assert sum(found.areas.values()) + found.outside == WHOLE
    assert min(found.outside, *found.areas.values(), 0) >= 0

"""Figures of some areas as figures of others: nothing is lost, nothing is made up."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from portfolio.indicators.overlaps import measured_parts
from portfolio.indicators.rules import (
    MILLION,
    Spread,
    Weights,
    divided,
    is_nested,
    lacking,
    left_over,
    newest_year,
    settled,
    shown_number,
    spread_majority,
    spread_mean,
    spread_sum,
    whole_parts,
    without_taken,
)
from portfolio.shares import OUTSIDE, WHOLE, Coverage

HALF = WHOLE // 2
SIDE = 1000.0


def cut(places: tuple[list[float], list[float]], prefix: str) -> Coverage:
    """A coverage of the square, cut at these places."""
    xs, ys = places
    columns = [0.0, *sorted({x for x in xs if 0 < x < SIDE}), SIDE]
    rows = [0.0, *sorted({y for y in ys if 0 < y < SIDE}), SIDE]
    boxes = [
        shapely.box(west, south, east, north)
        for west, east in pairwise(columns)
        for south, north in pairwise(rows)
    ]
    return Coverage.build([f"{prefix}{at}" for at in range(len(boxes))], boxes)


def voronoi(drawn: tuple[int, int], prefix: str) -> Coverage:
    """A crooked coverage of the same square."""
    seed, count = drawn
    points = np.random.default_rng(seed).uniform(0, SIDE, (count, 2))
    square = shapely.box(0, 0, SIDE, SIDE)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=square)
    )
    inside = [shapely.intersection(cell, square) for cell in cells]
    return Coverage.build([f"{prefix}{at}" for at in range(len(inside))], inside)


cuts = st.lists(st.floats(1, SIDE - 1), max_size=5)
grids = st.tuples(cuts, cuts)
crooked = st.tuples(st.integers(0, 10**6), st.integers(2, 25))


def population(source: Coverage, data: st.DataObject) -> dict[str, int]:
    residents = st.integers(0, 10**7)
    return {code: data.draw(residents) * MILLION for code in source.codes}


def check_shared_out(source: Coverage, target: Coverage, figures: dict[str, int]) -> None:
    parts = measured_parts(source, target)
    found = spread_sum(figures, parts, MILLION)

    assert set(parts) == set(source.codes)
    assert all(sum(shares.values()) == WHOLE for shares in parts.values())
    assert sum(found.values()) == sum(figures.values())
    assert min(found.values()) >= 0
    assert all(value % MILLION == 0 for value in found.values())
    assert found.get(OUTSIDE, 0) == 0


@given(first=grids, second=grids, data=st.data())
def test_interpolated_residents_sum_to_the_total_between_grids(first: Any, second: Any, data: Any):
    source, target = cut(first, "s"), cut(second, "t")

    check_shared_out(source, target, population(source, data))


@given(first=crooked, second=crooked, data=st.data())
def test_interpolated_residents_sum_to_the_total_between_crooked_areas(first, second, data):
    source, target = voronoi(first, "s"), voronoi(second, "t")

    check_shared_out(source, target, population(source, data))


@given(fine=crooked, groups=st.integers(1, 6), data=st.data())
def test_a4_sums_over_a_nested_scheme_are_exact_and_no_estimates(fine, groups, data):
    source = voronoi(fine, "s")
    owners = [data.draw(st.integers(0, groups - 1)) for _ in source.codes]
    shapes = {
        f"t{group}": shapely.union_all(
            [shape for shape, at in zip(source.geometries, owners, strict=True) if at == group]
        )
        for group in set(owners)
    }
    target = Coverage.build(list(shapes), list(shapes.values()))
    figures = population(source, data)

    parts = measured_parts(source, target)

    assert is_nested(parts)
    assert divided(settled(parts)) == frozenset()
    found = spread_sum(figures, settled(parts), MILLION)
    expected: dict[str, int] = {}
    for code, at in zip(source.codes, owners, strict=True):
        expected[f"t{at}"] = expected.get(f"t{at}", 0) + figures[code]
    assert found == expected


@given(
    shares=st.lists(st.integers(1, 10**6), min_size=1, max_size=6),
    figures=st.lists(st.integers(-(10**18), 10**18), min_size=1, max_size=6),
)
def test_free_figures_are_shared_out_to_the_last_millionth(shares, figures):
    parts = {
        f"s{at}": {f"t{to}": share for to, share in enumerate(_split(shares))}
        for at in range(len(figures))
    }
    given_figures = {f"s{at}": figure for at, figure in enumerate(figures)}

    found = spread_sum(given_figures, parts)

    assert sum(found.values()) == sum(figures)
    for target, value in found.items():
        exact = sum(figure * parts[code][target] for code, figure in given_figures.items())
        assert abs(value * WHOLE - exact) < WHOLE


def _split(weights: list[int]) -> list[int]:
    parts = [WHOLE * weight // sum(weights) for weight in weights]
    parts[0] += WHOLE - sum(parts)
    return parts


def test_what_lies_outside_is_counted_apart():
    source = Coverage.build(["a"], [shapely.box(0, 0, 10, 10)])
    target = Coverage.build(["b"], [shapely.box(5, 0, 20, 10)])

    parts = measured_parts(source, target)

    assert parts == {"a": {"b": HALF, OUTSIDE: HALF}}
    assert spread_sum({"a": 3 * MILLION}, parts, MILLION) == {"b": 2 * MILLION, OUTSIDE: MILLION}


def test_an_area_beyond_all_others_is_wholly_outside():
    source = Coverage.build(["a"], [shapely.box(0, 0, 10, 10)])
    target = Coverage.build(["b"], [shapely.box(10, 0, 20, 10)])

    assert measured_parts(source, target) == {"a": {OUTSIDE: WHOLE}}


def test_ground_that_two_areas_claim_is_counted_once():
    source = Coverage.build(["a"], [shapely.box(0, 0, 10, 10)])
    target = Coverage.build(["b", "c"], [shapely.box(0, 0, 10, 10), shapely.box(-5, 0, 10, 10)])

    assert measured_parts(source, target) == {"a": {"b": HALF, "c": HALF}}


def test_a_hair_between_two_files_makes_no_parts():
    source = Coverage.build(["a", "b"], [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)])
    hair = 10 + 1e-7
    target = Coverage.build(["c", "d"], [shapely.box(0, 0, hair, 10), shapely.box(hair, 0, 20, 10)])

    assert measured_parts(source, target) == {"a": {"c": WHOLE}, "b": {"d": WHOLE}}


def test_an_area_that_lies_nearly_whole_in_another_is_there():
    parts = {"a": {"x": WHOLE * 99 // 100, "y": WHOLE // 100}, "b": {"x": HALF, "y": HALF}}

    assert not is_nested(parts)
    assert settled(parts) == {"a": {"x": WHOLE}, "b": parts["b"]}
    assert whole_parts(parts) == {"a": {"x": WHOLE}, "b": {"x": WHOLE}}
    assert divided(settled(parts)) == {"x", "y"}


def test_an_area_of_which_part_is_unknown_is_told():
    parts = {"a": {"x": WHOLE}, "b": {"x": WHOLE}, "c": {"y": WHOLE}}

    assert lacking(parts, {"a", "c"}) == {"x"}
    assert Spread(parts, frozenset()).rough == frozenset()


MAJORITY: list[tuple[dict[str, int], int]] = [
    ({}, 5 * MILLION),  # by surface
    ({"a": 900, "b": 100}, MILLION),  # by residents
    ({"a": 0, "b": 0}, 5 * MILLION),  # nobody lives there
    ({"a": 10, "b": 5}, MILLION),
]


@pytest.mark.parametrize(("residents", "expected"), MAJORITY)
def test_the_area_type_is_that_of_most_residents_else_of_most_surface(residents, expected):
    parts = {"a": {"x": WHOLE}, "b": {"x": WHOLE}}
    weights = Weights(residents, {"a": 10, "b": 90})

    assert spread_majority({"a": MILLION, "b": 5 * MILLION}, parts, weights) == {"x": expected}


def test_of_two_types_that_weigh_as_much_the_one_with_greater_needs_is_taken():
    parts = {"a": {"x": HALF, OUTSIDE: HALF}, "b": {"x": HALF, OUTSIDE: HALF}}
    weights = Weights({}, {"a": 10, "b": 10})

    assert spread_majority({"a": 4, "b": 2}, parts, weights) == {"x": 2}


def test_a_mean_is_weighed_by_residents_else_by_surface():
    parts = {"a": {"x": WHOLE}, "b": {"x": HALF, "y": HALF}}
    figures = {"a": 10 * MILLION, "b": 40 * MILLION}

    by_surface = spread_mean(figures, parts, Weights({}, {"a": 10, "b": 40}))
    by_residents = spread_mean(figures, parts, Weights({"a": 2, "b": 2}, {"a": 10, "b": 40}))

    assert by_surface == {"x": 30 * MILLION, "y": 40 * MILLION}
    assert by_residents == {"x": 20 * MILLION, "y": 40 * MILLION}


@given(
    figures=st.lists(st.integers(-(10**18), 10**18), min_size=1, max_size=8),
    weight=st.integers(1, 10**12),
)
def test_a_mean_lies_between_its_figures(figures: list[int], weight: int):
    parts = {f"s{at}": {"x": WHOLE} for at in range(len(figures))}
    surface = {f"s{at}": weight + at for at in range(len(figures))}

    found = spread_mean(dict(zip(parts, figures, strict=True)), parts, Weights({}, surface))

    assert min(figures) <= found["x"] <= max(figures)


def test_the_newest_year_is_the_last_up_to_the_date():
    assert newest_year([2024, 2020, 2030], 2026) == 2024
    assert newest_year([2030, 2028], 2026) == 2028
    assert newest_year([], 2026) is None


def test_numbers_are_whole_where_they_can_be():
    assert shown_number(3 * MILLION) == 3
    assert isinstance(shown_number(3 * MILLION), int)
    assert shown_number(-1_500_000) == -1.5
    assert shown_number(1) == 1e-6


@given(
    st.dictionaries(st.sampled_from("ABC"), st.integers(0, 10**6), min_size=1),
    st.dictionaries(st.sampled_from(["A1", "A2", "B1", "B2", "C1"]), st.integers(0, 10**6)),
    st.integers(1, WHOLE - 1),
)
def test_a6_sums_are_kept_where_old_codes_and_their_successors_have_figures(old, own, share):
    forth = {
        "A": {"A1": share, "A2": WHOLE - share},
        "B": {"B1": WHOLE - share, "B2": share},
        "C": {"C1": WHOLE},
    }
    back = {target: {code: WHOLE} for code, parts in forth.items() for target in parts}
    old = {code: value * MILLION for code, value in old.items()}
    own = {code: value * MILLION for code, value in own.items()}
    free = without_taken(forth, own.keys())
    going = {code: value for code, value in old.items() if code in free}

    left = left_over(going, own, back, MILLION)
    come = spread_sum(left, free, MILLION)

    assert not come.keys() & own.keys()
    assert all(sum(parts.values()) == WHOLE for parts in free.values())
    for code, parts in forth.items():
        registered = sum(own.get(target, 0) for target in parts)
        total = registered + sum(come.get(target, 0) for target in parts)
        # By largest remainder over all areas, so a unit may go to a neighbour.
        expected = max(old.get(code, 0), registered) if code in free else registered
        assert abs(total - expected) <= 2 * MILLION
    assert sum(come.values()) == sum(left.values())


def test_what_successors_hold_in_part_is_taken_off_in_part():
    left = left_over(
        {"A": 100, "B": -50}, {"C": 60, "D": -80}, {"C": {"A": HALF}, "D": {"B": WHOLE}}
    )

    assert left == {"A": 70, "B": 0}

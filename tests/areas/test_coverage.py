import math

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
import shapely.affinity
import shapely.ops
from pyproj import Transformer

from portfolio.areas.coverage import check_coverage, holes_in
from portfolio.areas.report import Feature, Issue
from portfolio.areas.simplifying import MOST_MENDED, matching, simplify_coverage
from portfolio.areas.slivers import find_slivers
from tests.areas.boundary_samples import EAST, NORTH, jittered_grid


def area(index: int, shape: shapely.Geometry, code: str | None = None) -> Feature:
    whole = shapely.MultiPolygon(list(shapely.get_parts(shape)))
    return Feature(index, code or f"A{index}", "Område", whole)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def check(*shapes: shapely.Geometry, **tolerances: float) -> list[Issue]:
    return check_coverage([area(at, shape) for at, shape in enumerate(shapes, 1)], **tolerances)


def found(issues: list[Issue]) -> list[tuple[str, str | None]]:
    return [(issue.kind, issue.code) for issue in issues]


def planar(issue: Issue) -> shapely.Point:
    assert issue.point is not None
    return shapely.Point(Transformer.from_crs(4326, 3006, always_xy=True).transform(*issue.point))


def test_neighbours_that_share_edges_are_a_coverage():
    """A3."""
    assert check(box(0, 0, 100, 100), box(100, 0, 200, 100), box(0, 100, 200, 200)) == []
    assert check(box(0, 0, 100, 100)) == []
    assert check() == []


def test_noise_of_the_last_digits_is_no_finding():
    shapes = jittered_grid(5, 5)
    random = np.random.default_rng(7)

    def shake(shape: shapely.Polygon) -> shapely.Polygon:
        corners = shapely.get_coordinates(shape)[:-1]
        return shapely.Polygon(corners + random.uniform(-2e-4, 2e-4, corners.shape))

    assert check(*map(shake, shapes)) == []


def test_an_overlap_names_both_codes_its_surface_and_a_point_in_it():
    """A3."""
    left, right = area(1, box(0, 0, 105, 100), "B"), area(2, box(100, 0, 200, 100), "A")

    (issue,) = check_coverage([left, right])

    assert (issue.severity, issue.kind, issue.code, issue.feature) == ("warning", "overlap", "A", 2)
    assert "A och B överlappar varandra med 500,0 m²" in issue.detail.sv
    assert "A and B overlap by 500.0 m²" in issue.detail.en
    assert planar(issue).within(box(100, 0, 105, 100))


@pytest.mark.parametrize(
    ("width", "height", "reported"),
    [(1.0, 2.0, True), (1.0, 0.9, False), (0.2, 100.0, True), (0.05, 100.0, False)],
)
def test_tolerances_are_one_square_metre_and_a_tenth_of_a_metre(width, height, reported):
    """A3: what is smaller, or nowhere wider, than the tolerance is how people draw."""
    upper = box(100 - width, 0, 200, height).union(box(100, 0, 200, 100))

    assert bool(check(box(0, 0, 100, 100), upper)) is reported


def test_tolerances_can_be_set():
    shapes = box(0, 0, 100, 100), box(99, 0, 200, 100)

    assert found(check(*shapes)) == [("overlap", "A1")]
    assert check(*shapes, tolerance_m2=100.0) == []
    assert check(*shapes, tolerance_m=1.5) == []


def test_an_area_inside_another_and_one_drawn_twice_overlap():
    inside = check(box(0, 0, 100, 100), box(40, 40, 50, 50), box(100, 0, 200, 100))
    twice = check(box(0, 0, 100, 100), box(0, 0, 100, 100))

    assert found(inside) == [("overlap", "A1")]
    assert found(twice) == [("overlap", "A1")]


def test_an_area_in_the_hole_of_another_is_no_overlap():
    whole, inner = box(0, 0, 100, 100), box(40, 40, 50, 50)

    assert check(whole.difference(inner), inner, box(100, 0, 200, 100)) == []


def test_a_narrow_gap_between_areas_is_found_with_a_point_in_it():
    """A3."""
    south, north = box(0, 0, 100, 50), box(0, 50, 100, 100)
    sliver = shapely.Polygon(
        [(EAST + 20, NORTH + 50), (EAST + 80, NORTH + 50), (EAST + 50, NORTH + 52)]
    )

    (issue,) = check(south, north.difference(sliver))

    assert (issue.severity, issue.kind, issue.code) == ("warning", "gap", "A1")
    assert "Mellan A1, A2 finns en glipa på 60,0 m²" in issue.detail.sv
    assert planar(issue).within(sliver)


@pytest.mark.parametrize(
    ("width", "is_gap"), [(0.05, False), (0.5, True), (9.0, True), (12.0, False)]
)
def test_a_hole_counts_as_a_gap_up_to_ten_metres(width, is_gap):
    """A wider hole that belongs to no area, such as a lake, may well be meant."""
    hole = box(20, 50, 80, 50 + width)

    issues = check(box(0, 0, 100, 50), box(0, 50, 100, 100).difference(hole))

    assert found(issues) == ([("gap", "A1")] if is_gap else [])


def test_a_hole_inside_one_area_and_the_outside_are_no_gaps():
    with_hole = box(0, 0, 100, 100).difference(box(20, 20, 25, 80))
    open_sliver = box(102, 0, 200, 100)

    assert check(with_hole, open_sliver) == []


def test_a_narrow_hole_that_another_area_fills_is_no_gap():
    strip = box(20, 50, 80, 53)

    assert check(box(0, 0, 100, 50), box(0, 50, 100, 100).difference(strip), strip) == []


@hypothesis.settings(max_examples=25, deadline=None)
@hypothesis.given(
    seed=st.integers(0, 1000),
    victim=st.integers(0, 11),
    grow=st.floats(0.5, 20.0),
)
def test_every_overlap_made_is_found_and_none_other(seed, victim, grow):
    """A3: the pairs reported are those a plain comparison of all pairs finds."""
    shapes = jittered_grid(4, 3, seed=seed)
    shapes[victim] = shapes[victim].buffer(grow)
    pairs = [(a, b) for a in range(12) for b in range(a) if a != b]
    expected = sum(shapes[a].intersection(shapes[b]).area > 1.01 for a, b in pairs)

    issues = [issue for issue in check(*shapes) if issue.kind == "overlap"]

    assert abs(len(issues) - expected) <= sum(
        0.9 < shapes[a].intersection(shapes[b]).area < 1.1 for a, b in pairs
    )
    assert expected > 0


def test_very_many_overlaps_do_not_take_forever():
    same = [box(0, 0, 100, 100)] * 300

    assert len(check(*same)) > 1_000


def as_array(shapes: list[shapely.Polygon]) -> np.ndarray:
    surfaces = np.empty(len(shapes), dtype=object)
    surfaces[:] = [shapely.MultiPolygon([shape]) for shape in shapes]
    return surfaces


@hypothesis.settings(max_examples=25)
@hypothesis.given(
    seed=st.integers(0, 1000), points=st.integers(0, 8), turned=st.booleans(), apart=st.booleans()
)
def test_a_sound_coverage_has_neither_overlap_nor_gap(seed, points, turned, apart):
    """A3: whichever way its rings run, and with a wide lake or an area less."""
    shapes = jittered_grid(4, 4, points=points, seed=seed)
    if apart:
        del shapes[5]
    if turned:
        shapes = [shape.reverse() for shape in shapes]

    assert check(*shapes) == []


@hypothesis.settings(max_examples=25)
@hypothesis.given(
    seed=st.integers(0, 1000),
    row=st.integers(0, 3),
    column=st.integers(1, 3),
    width=st.floats(0.5, 9.0),
    is_overlap=st.booleans(),
)
def test_one_planted_fault_is_the_one_that_is_reported(seed, row, column, width, is_overlap):
    """A3: with its surface."""
    shapes = jittered_grid(4, 4, seed=seed)
    west, east = row * 4 + column - 1, row * 4 + column
    border = shapes[west].intersection(shapes[east])
    middle = shapely.ops.substring(shapely.line_merge(border), 0.3, 0.7, normalized=True)
    strip = middle.buffer(width / 2, cap_style="flat")
    planted = strip.intersection(shapes[east])
    if is_overlap:
        shapes[west] = shapes[west].union(planted)
    else:
        shapes[east] = shapes[east].difference(planted)
    expected = float(shapely.area(shapely.get_parts(planted)).max())

    (issue,) = check(*shapes)

    assert issue.kind == ("overlap" if is_overlap else "gap")
    assert issue.surface_m2 == pytest.approx(planted.area, rel=0.01, abs=1)
    assert issue.surface_m2 is not None
    assert issue.surface_m2 >= expected - 1
    assert planar(issue).distance(planted) < 0.01


@hypothesis.settings(max_examples=25)
@hypothesis.given(
    seed=st.integers(0, 1000), width=st.floats(0.02, 0.4), length=st.floats(20.0, 400.0)
)
def test_one_planted_sliver_is_the_one_that_is_reported(seed, width, length):
    shapes = jittered_grid(3, 3, seed=seed)
    strip = box(-400, 0, -400 + width, length)
    areas = [area(at, shape) for at, shape in enumerate(shapes, 1)]
    areas[4] = area(5, shapely.MultiPolygon([shapes[4], strip]))

    (issue,) = find_slivers(areas)

    assert (issue.severity, issue.kind, issue.code, issue.done) == (
        "warning",
        "sliver",
        "A5",
        "kept",
    )
    assert issue.surface_m2 == pytest.approx(strip.area, abs=0.01)
    assert planar(issue).distance(strip) < 0.01
    assert find_slivers(areas[:4]) == []


def test_a_crumb_beside_an_area_is_a_sliver_but_a_small_area_is_none():
    crumb = box(300, 0, 300.9, 0.9)

    (issue,) = find_slivers([area(1, box(0, 0, 100, 100).union(crumb)), area(2, crumb)])

    assert (issue.code, issue.surface_m2) == ("A1", 0.81)


def test_two_sound_coverages_on_top_of_each_other_overlap_everywhere():
    """Where all edges match but those of the rims, the middle is not forgotten."""
    below = jittered_grid(6, 6, seed=1)
    above = [shapely.affinity.translate(shape, 250, 250) for shape in below]
    pairs = [(a, b) for a in below for b in above if a.intersection(b).area > 1.01]

    issues = check(*below, *above)

    assert abs(len(issues) - len(pairs)) <= 1


@hypothesis.settings(max_examples=15)
@hypothesis.given(
    seed=st.integers(0, 1000), side=st.sampled_from([30.0, 200.0, 800.0]), shift=st.booleans()
)
def test_simplified_neighbours_still_meet(seed, side, shift):
    """A3: no overlaps and no gaps beyond rounding, also where corners are some millimetres off."""
    shapes = jittered_grid(4, 4, points=7, side=side, seed=seed)
    random = np.random.default_rng(seed)
    if shift:
        shapes = [
            shapely.Polygon(corners + random.uniform(-2e-3, 2e-3, corners.shape))
            for corners in (shapely.get_coordinates(shape)[:-1] for shape in shapes)
        ]

    simple = simplify_coverage(matching(as_array(shapes)), 10.0)

    assert shapely.is_valid(simple).all()
    assert not shapely.is_empty(simple).any()
    assert shapely.get_num_coordinates(simple).sum() < shapely.get_num_coordinates(shapes).sum()
    snapped = shapely.set_precision(simple, 0.001)
    united = shapely.union_all(snapped)
    assert shapely.area(snapped).sum() == pytest.approx(united.area, abs=0.1)
    assert shapely.area(holes_in(united)).sum() < 0.1


def test_simplifying_keeps_every_area_even_of_a_heap():
    heap = [box(0, 0, 100, 100)] * 120 + [box(0, 0, 0.5, 0.5)]
    nested = [box(0, 0, 100, 100), box(40, 40, 45, 45), box(99, 0, 200, 100)]

    for shapes in (heap, nested):
        simple = simplify_coverage(matching(as_array(shapes)), 10.0)
        assert len(simple) == len(shapes)
        assert (shapely.area(simple) > 0).all()


def test_more_seams_than_can_be_closed_in_a_moment_are_left_open():
    columns = math.isqrt(MOST_MENDED) + 3
    shapes = as_array([shape.buffer(0.002) for shape in jittered_grid(columns, columns, seed=1)])

    assert matching(shapes) is shapes
    assert matching(shapes[:4]) is not shapes[:4]

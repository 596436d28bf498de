import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from pyproj import Transformer

from portfolio.areas.coverage import check_coverage
from portfolio.areas.report import Feature, Issue
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

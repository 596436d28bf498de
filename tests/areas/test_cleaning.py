"""Cleaning a coverage on request: small faults go, and nothing else moves (A3)."""

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import shapely

from portfolio.areas.cleaning import Cleaned, clean_coverage
from portfolio.areas.coverage import check_coverage
from portfolio.areas.report import Feature
from tests.areas.boundary_samples import EAST, NORTH, jittered_grid


def area(index: int, shape: shapely.Geometry) -> Feature:
    whole = shapely.MultiPolygon(list(shapely.get_parts(shape)))
    return Feature(index, f"A{index}", "Område", whole)


def clean(*shapes: shapely.Geometry) -> Cleaned:
    return clean_coverage([area(at, shape) for at, shape in enumerate(shapes, 1)])


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def told(cleaned: Cleaned) -> list[tuple[str, str, str]]:
    return [(issue.severity, issue.kind, issue.done) for issue in cleaned.issues]


def total_m2(cleaned: Cleaned) -> float:
    return float(shapely.union_all([one.geometry for one in cleaned.features]).area)


def test_a_sound_coverage_stays_exactly_as_it_is():
    shapes = jittered_grid(4, 4)

    cleaned = clean(*shapes)

    assert cleaned.issues == ()
    assert (cleaned.cleaning.changed, cleaned.cleaning.areas) == (0, ())
    assert cleaned.cleaning.before_m2 == cleaned.cleaning.after_m2
    for shape, feature in zip(shapes, cleaned.features, strict=True):
        assert feature.geometry.equals_exact(shapely.MultiPolygon([shape]))


def test_a_small_overlap_is_closed_and_both_surfaces_are_told():
    cleaned = clean(box(0, 0, 102, 100), box(100, 0, 200, 100), box(200, 0, 300, 100))

    assert told(cleaned) == [("info", "overlap", "cleaned")]
    assert cleaned.issues[0].surface_m2 == pytest.approx(200)
    assert "städats" in cleaned.issues[0].detail.sv
    summary = cleaned.cleaning
    assert (summary.before_m2, summary.after_m2) == (30_200, 30_000)
    (changed,) = summary.areas
    assert changed.before_m2 - changed.after_m2 == pytest.approx(200)
    assert summary.changed == 1
    assert check_coverage(cleaned.features) == []


def test_a_narrow_gap_goes_to_a_neighbour():
    hole = box(20, 50, 80, 53)

    cleaned = clean(box(0, 0, 100, 50), box(0, 50, 100, 100).difference(hole))

    assert told(cleaned) == [("info", "gap", "cleaned")]
    assert cleaned.issues[0].surface_m2 == pytest.approx(180)
    assert total_m2(cleaned) == pytest.approx(10_000)


@pytest.mark.parametrize(
    "shapes",
    [
        (box(0, 0, 130, 100), box(100, 0, 200, 100)),
        (box(0, 0, 100, 100), box(0, 0, 100, 100)),
        (box(0, 0, 100, 100), box(40, 40, 50, 50), box(100, 0, 200, 100)),
        (box(0, 0, 100, 100), box(40, 0, 45, 100), box(100, 0, 200, 100)),
    ],
)
def test_a_dispute_over_land_is_reported_and_not_decided(shapes):
    cleaned = clean(*shapes)

    assert ("warning", "overlap", "kept") in told(cleaned)
    assert cleaned.cleaning.changed == 0
    for shape, feature in zip(shapes, cleaned.features, strict=True):
        assert feature.geometry.equals(shape)


def test_holes_that_are_meant_stay():
    """A3: a well inside one area, and a lake wider than ten metres between two."""
    well, lake = box(20, 20, 22, 22), box(40, 40, 60, 60)
    south = box(0, 0, 100, 50).difference(well).difference(lake)
    # The overlap makes sure that the two are cleaned at all.
    north = box(0, 50, 100, 100).difference(lake).union(box(70, 49, 90, 50))

    cleaned = clean(south, north)

    assert told(cleaned) == [("info", "overlap", "cleaned")]
    assert total_m2(cleaned) == pytest.approx(10_000 - 4 - 400)


def test_an_area_left_alone_loses_nothing_to_its_neighbours():
    """A narrow area that two others dispute is not filled like a gap."""
    strip, twin = box(100, 0, 104, 100), box(100, 0, 104, 100)
    west, east = box(0, 0, 101, 100).difference(strip), box(104, 0, 200, 100)
    overlapping = box(0, 100, 200, 200).union(box(10, 99, 90, 100))

    cleaned = clean(west, strip, twin, east, overlapping)

    assert [feature.code for feature in cleaned.features] == ["A1", "A2", "A3", "A4", "A5"]
    assert cleaned.features[1].geometry.equals(strip)
    assert cleaned.features[2].geometry.equals(twin)
    assert ("info", "overlap", "cleaned") in told(cleaned)
    left = check_coverage(cleaned.features)
    assert [(issue.kind, issue.code) for issue in left] == [("overlap", "A2")]


def test_a_heap_is_left_as_it_is():
    same = [box(0, 0, 100, 100)] * 150

    cleaned = clean(*same)

    assert cleaned.cleaning.changed == 0
    assert {one for _, _, one in told(cleaned)} == {"kept", "refused"}
    assert ("error", "not_a_coverage", "refused") in told(cleaned)


@hypothesis.settings(max_examples=20)
@hypothesis.given(
    seed=st.integers(0, 1000),
    # An area once each: four times three metres of one would be wider than what is closed.
    faults=st.lists(
        st.tuples(st.integers(0, 11), st.floats(-3, 3)), max_size=4, unique_by=lambda one: one[0]
    ),
)
def test_cleaning_leaves_no_small_fault_no_lost_code_and_no_other_total(seed, faults):
    """A3: what is won or lost in all is not more than what was planted."""
    sound = jittered_grid(4, 3, seed=seed)
    shapes = list(sound)
    planted = 0.0
    for victim, grow in faults:
        moved = shapes[victim].buffer(grow, join_style="mitre")
        planted += float(shapely.symmetric_difference(moved, shapes[victim]).area)
        shapes[victim] = moved

    cleaned = clean(*shapes)

    assert [feature.code for feature in cleaned.features] == [f"A{at}" for at in range(1, 13)]
    assert [issue for issue in cleaned.issues if issue.severity == "warning"] == []
    whole = float(shapely.union_all(sound).area)
    assert abs(total_m2(cleaned) - whole) <= planted + 0.1
    before = shapely.area([area(1, shape).geometry for shape in shapes]).sum()
    after = shapely.area([feature.geometry for feature in cleaned.features]).sum()
    assert cleaned.cleaning.before_m2 == pytest.approx(before, abs=0.01)
    assert cleaned.cleaning.after_m2 == pytest.approx(after, abs=0.01)


@hypothesis.settings(max_examples=10)
@hypothesis.given(seed=st.integers(0, 1000), noise=st.floats(0.001, 0.2))
def test_corners_drawn_twice_are_brought_together(seed, noise):
    random = np.random.default_rng(seed)

    def shaken(shape: shapely.Polygon) -> shapely.Polygon:
        corners = shapely.get_coordinates(shape)[:-1]
        return shapely.Polygon(corners + random.uniform(-noise, noise, corners.shape))

    cleaned = clean(*map(shaken, jittered_grid(3, 3, seed=seed)))

    snapped = shapely.set_precision([one.geometry for one in cleaned.features], 0.001)
    pairs = [(snapped[a], snapped[b]) for a in range(9) for b in range(a)]
    assert max(float(shapely.intersection(*pair).area) for pair in pairs) < 0.5
    assert check_coverage(cleaned.features) == []

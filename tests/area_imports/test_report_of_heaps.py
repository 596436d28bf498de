"""Imports of files that are no coverage, or that lie outside what is there, over HTTP."""

import shapely
import shapely.affinity

from portfolio.area_imports import places, tracing
from portfolio.area_imports.rules import Area
from portfolio.areas.coverage import surfaces_of
from portfolio.areas.report import MOST_ISSUES_OF_A_KIND, Feature
from portfolio.indicators.overlaps import measured_parts
from portfolio.shares import WHOLE, Coverage
from tests.area_imports.importing import TWO, apply, boundary_file, bring_in, codes, preview, send
from tests.areas import boundary_samples as samples
from tests.areas.boundary_samples import EAST, NORTH, SWEREF_MEMBER, feature, square

HEAP = {
    f"H{at:03d}": shapely.affinity.translate(square(), at * 0.5, at * 0.25) for at in range(120)
}


def kinds(shown):
    return [issue["kind"] for issue in shown["issues"]]


def test_a_heap_is_refused_and_nothing_is_compared_with_it(client, gis):
    """A3."""
    bring_in(client, gis, TWO)

    shown = preview(client, gis, HEAP)

    (issue,) = [issue for issue in shown["issues"] if issue["kind"] == "not_a_coverage"]
    assert issue["severity"] == "error"
    assert shown["counts"] == {"added": 0, "changed": 0, "removed": 0, "unchanged": 2}
    assert shown["lineage"] == []
    assert apply(client, gis, shown["id"]).status_code == 409
    assert codes(client) == ["A", "B"]


def test_a_part_that_makes_a_heap_of_what_is_there_is_refused(client, gis):
    """A3: each alone divides the ground, but a third and a fourth layer of it do not."""
    bring_in(client, gis, {"A": square(), "B": square(1)})
    above = {"C": square(), "D": square(1).buffer(-1), "E": square(1)}
    assert "not_a_coverage" not in kinds(preview(client, gis, above))

    shown = preview(client, gis, {**above, "F": square().buffer(1)}, extent="part")

    assert kinds(shown).count("not_a_coverage") == 1
    assert shown["counts"]["added"] == 0


def test_codes_of_rows_with_an_error_are_not_removed_however_many(client, gis):
    """A5: also beyond the issues that are listed."""
    many = MOST_ISSUES_OF_A_KIND + 5
    shapes = {f"P{at:04d}": square(at % 40, at // 40) for at in range(many)}
    bring_in(client, gis, {"A": square(0, 50), **shapes})
    point = shapely.Point(EAST, NORTH)
    rows = [feature(square(0, 50), "A", "Område A")] + [feature(point, code) for code in shapes]

    shown = send(client, gis, samples.geojson(rows, crs=SWEREF_MEMBER)).json()

    assert shown["counts"]["removed"] == 0
    assert shown["lineage"] == []


def other_scheme(client, keys):
    body = {"code": "e", "name": "Stadsdelar"}
    assert client.post("/v1/area-schemes", headers=keys["gis"], json=body).status_code == 201


def outside(shown):
    return [issue for issue in shown["issues"] if issue["kind"] == "outside_municipality"]


def test_a_scheme_that_covers_only_a_part_makes_no_warning_of_each_area(client, keys, gis):
    other_scheme(client, keys)
    bring_in(client, gis, {"A": square()})

    shown = preview(client, gis, {f"N{at}": square(at) for at in range(8)}, scheme="e")

    (issue,) = outside(shown)
    assert (issue["severity"], issue["code"]) == ("info", None)


def test_a_file_that_lies_elsewhere_as_a_whole_is_one_warning(client, keys, gis):
    other_scheme(client, keys)
    bring_in(client, gis, {"A": square()})

    shown = preview(client, gis, {f"N{at}": square(at, 90) for at in range(8)}, scheme="e")

    (issue,) = outside(shown)
    assert issue["severity"] == "warning"


def test_what_the_scheme_itself_has_there_is_within_the_municipality(client, keys, gis):
    other_scheme(client, keys)
    bring_in(client, gis, {"A": square()})
    whole = {f"N{at}": square(at) for at in range(8)}
    bring_in(client, gis, whole, scheme="e")

    assert outside(preview(client, gis, whole, scheme="e", valid_from="2021-01-01")) == []


def heap(count: int) -> list[shapely.MultiPolygon]:
    squares = [shapely.affinity.translate(square(), at * 0.5, at * 0.5) for at in range(count)]
    return [shapely.MultiPolygon([one]) for one in squares]


def at_most(monkeypatch, most: int) -> list[int]:
    """Watch how many pairs are cut at once."""
    sizes = []
    cut = shapely.intersection

    def watched(left, right, **options):
        sizes.append(len(left))
        assert len(left) <= most
        return cut(left, right, **options)

    monkeypatch.setattr(shapely, "intersection", watched)
    return sizes


def test_overlaps_of_a_heap_are_cut_some_at_a_time(monkeypatch):
    """Memory stays bounded, whatever has come into the database."""
    shapes = heap(150)
    following = Coverage.build([f"n{at:03d}" for at in range(150)], shapes)
    vanishing = {f"o{at:03d}": Area("x", shape) for at, shape in enumerate(shapes)}
    sizes = at_most(monkeypatch, 50 * 150)

    traces = tracing.trace(vanishing, following, frozenset(vanishing), 0.005)
    assert [list(trace.successors) for trace in traces[:2]] == [["n000"], ["n001"]]
    elsewhere = [shapely.affinity.translate(shape, 0.2, 0) for shape in shapes]
    parts = measured_parts(following, Coverage.build(list(vanishing), elsewhere))

    assert all(sum(shares.values()) == WHOLE for shares in parts.values())
    assert sum(sizes) >= 150 * 149
    assert len(sizes) >= 3


def test_areas_are_compared_with_others_some_at_a_time(monkeypatch):
    others = Coverage.build([f"n{at:03d}" for at in range(150)], heap(150))
    ring = square().buffer(200).difference(square().buffer(150))
    arm = shapely.box(EAST - 160, NORTH + 20, EAST + 2, NORTH + 21)
    shape = shapely.MultiPolygon(shapely.get_parts(ring.union(arm)).tolist())
    features = [Feature(at, f"A{at}", "Område", shape) for at in range(1, 6)]
    at_most(monkeypatch, places.PAIRS_AT_A_TIME)

    surfaces = surfaces_of(features)
    unknown = places._not_surely_inside(surfaces, [others])
    assert len(unknown) == 5

    assert places._outside(surfaces, unknown, [others]).tolist() == [0, 1, 2, 3, 4]


def test_boundary_file_samples_are_sound(client, gis):
    assert kinds(send(client, gis, boundary_file(TWO)).json()) == []

"""What each layer holds: one kind of geometry where a GIS wants that, programs by their surface."""

import pytest

from tests.ogc.municipality import EPSG, LINES, PROGRAMS, SIDE, SOUTH, SURFACES, WEST, Town

SWEREF = f"{EPSG}/3006"


@pytest.mark.parametrize(
    ("name", "code", "kind"), [(LINES, "LIN-02", "LineString"), (SURFACES, "LIN-03", "Polygon")]
)
def test_a_layer_of_lines_or_surfaces_holds_no_other_kind(town: Town, name, code, kind):
    found = town.items(name)

    assert list(found) == [code]
    assert found[code]["geometry"]["type"] == kind
    assert town.get(f"/collections/{name}/items/{code}").status_code == 200
    assert town.get(f"/collections/{name}/items/LIN-01").status_code == 404
    assert town.items(name, status="on_hold") == {}


def test_the_extent_of_a_layer_of_lines_is_that_of_the_lines(town: Town):
    (box,) = town.json(f"/collections/{LINES}")["extent"]["spatial"]["bbox"]
    line = town.items(LINES)["LIN-02"]["geometry"]["coordinates"]

    for corner in (0, 1):
        values = [point[corner] for point in line]
        # It is the box of a planar box, which the meridian turns a little.
        assert min(values) - 1e-3 < box[corner] < min(values)
        assert max(values) < box[corner + 2] < max(values) + 1e-3


def around(x: float, y: float) -> str:
    """A small square as CQL2 in EPSG:3006, north first."""
    corners = [(y, x), (y, x + 10), (y + 10, x + 10), (y + 10, x), (y, x)]
    return "POLYGON((" + ",".join(f"{north} {east}" for north, east in corners) + "))"


def test_programs_are_found_by_the_surface_of_their_areas(town: Town):
    inside = f"S_INTERSECTS(geometry, {around(WEST + 500, SOUTH + 500)})"
    elsewhere = f"S_INTERSECTS(geometry, {around(WEST + 5 * SIDE, SOUTH)})"
    asked = {"filter_crs": SWEREF}

    assert list(town.items(PROGRAMS, filter=inside, **asked)) == ["lindangen"]
    assert town.items(PROGRAMS, filter=elsewhere, **asked) == {}
    # What has no surface is neither here nor elsewhere.
    assert list(town.items(PROGRAMS, filter=f"NOT {elsewhere}", **asked)) == ["lindangen"]
    assert list(town.items(PROGRAMS, filter="geometry IS NULL")) == ["arealess"]


def test_a_program_that_is_not_published_is_not_found_by_its_surface(town: Town):
    hidden = f"S_INTERSECTS(geometry, {around(WEST + 1500, SOUTH + 1500)})"

    assert town.items(PROGRAMS, filter=hidden, filter_crs=SWEREF) == {}
    seen = town.items(PROGRAMS, town.viewer, filter=hidden, filter_crs=SWEREF)
    assert list(seen) == ["hidden"]

import xml.etree.ElementTree as ET

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from portfolio.area_imports.picture import Drawn, Mark, Scene, draw
from portfolio.area_imports.rules import Change
from tests.area_imports.importing import CUT, IMPORTS, TWO, bring_in, preview
from tests.areas.boundary_samples import EAST, NORTH, jittered_grid, square

SVG = "{http://www.w3.org/2000/svg}"
COUNTS = {"added": 1, "changed": 1, "removed": 1, "unchanged": 7}
HOSTILE = "<script>alert('x')</script>\"&]]>\x00\x0b\ufffe"


def parsed(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314  # our own picture


def words(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def scene(changes, present=None, marks=(), **fields):
    return Scene("Rubrik", "fil.gpkg", present or {}, changes, marks, COUNTS, **fields)


def look_at(client, headers, id, **more):
    answer = client.get(f"{IMPORTS}/{id}/map.svg", headers={**headers, **more})
    assert answer.status_code == 200, answer.text
    return answer


def test_the_map_of_an_import_shows_its_changes_in_patterns_and_words(client, gis):
    bring_in(client, gis, TWO)
    shown = preview(client, gis, CUT, valid_from="2021-01-01")

    answer = look_at(client, gis, shown["id"], **{"Accept-Language": "sv"})

    root = parsed(answer.content)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert root.get("lang") == "sv"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "sv"
    assert {"nya: 2", "ändrade: 0", "borttagna: 1", "oförändrade: 1"} <= set(words(root))
    assert {"A1", "A2", "B", "N"} <= set(words(root))
    fills = [element.get("fill") for element in root.iter(f"{SVG}path")]
    assert [fills.count(f"url(#{change})") for change in Change] == [2, 0, 1]
    assert {element.get("id") for element in root.iter(f"{SVG}pattern")} == set(Change)


def test_what_is_gone_lies_below_what_came_instead_and_covers_nothing(client, gis):
    bring_in(client, gis, {"Z": square(0), "B": square(1)})
    shown = preview(client, gis, CUT, valid_from="2021-01-01")

    root = parsed(look_at(client, gis, shown["id"]).content)

    fills = [element.get("fill") for element in root.iter(f"{SVG}path")]
    order = [fill for fill in fills if fill in {f"url(#{change})" for change in Change}]
    assert order == ["url(#removed)", "url(#added)", "url(#added)"]
    (pattern,) = (one for one in root.iter(f"{SVG}pattern") if one.get("id") == "removed")
    assert [rect.get("fill") for rect in pattern.iter(f"{SVG}rect")] == ["none"]


def test_the_map_speaks_the_callers_language_and_says_what_it_is(client, gis):
    shown = preview(client, gis, TWO)

    root = parsed(look_at(client, gis, shown["id"]).content)

    titles = {element.get("id"): element.text for element in root if element.get("id")}
    assert titles["title"] == "Area import 1: Distrikt (d)"
    assert titles["desc"] == (
        "Områden.geojson, 2020-01-01. added: 2, changed: 0, removed: 0, unchanged: 0."
    )
    assert root.get("aria-labelledby") == "title desc"
    assert root.get("role") == "img"


def test_the_map_stays_as_it_was_when_the_import_is_applied(client, gis):
    """A6: what was decided on can be looked at afterwards."""
    bring_in(client, gis, TWO)
    shown = preview(client, gis, CUT, valid_from="2021-01-01")
    before = look_at(client, gis, shown["id"])

    client.post(f"{IMPORTS}/{shown['id']}/apply", headers=gis)

    after = look_at(client, gis, shown["id"])
    assert after.content == before.content
    assert after.headers["etag"] == before.headers["etag"]


def test_the_map_of_a_discarded_import_only_says_so(client, gis):
    shown = preview(client, gis, TWO)
    headers = {**gis, "If-Match": "*"}
    assert client.delete(f"{IMPORTS}/{shown['id']}", headers=headers).status_code == 204

    root = parsed(look_at(client, gis, shown["id"]).content)

    assert "The import is discarded; its areas are gone." in words(root)
    assert "A" not in words(root)


def test_the_map_of_a_file_that_changes_nothing_says_so(client, gis):
    bring_in(client, gis, TWO)
    shown = preview(client, gis, TWO, valid_from="2021-01-01")

    said = words(parsed(look_at(client, gis, shown["id"]).content))

    assert {"This file changes nothing.", "A", "B"} <= set(said)


def test_issues_with_a_place_are_numbered_on_the_map_and_listed_below(client, gis):
    """A3."""
    overlapping = {"A": square(0), "B": shapely.box(EAST + 90, NORTH, EAST + 200, NORTH + 100)}
    shown = preview(client, gis, overlapping)

    said = words(parsed(look_at(client, gis, shown["id"]).content))

    (issue,) = [one for one in shown["issues"] if one["kind"] == "overlap"]
    assert "1" in said
    assert f"1. overlap {issue['code']}: {issue['detail']}" in said


def test_an_import_that_is_not_there_has_no_map(client, gis):
    assert client.get(f"{IMPORTS}/77/map.svg", headers=gis).status_code == 404
    assert client.get(f"{IMPORTS}/77/map.svg").status_code == 401


def test_the_map_needs_nothing_that_the_content_policy_forbids(client, gis):
    shown = preview(client, gis, TWO)

    answer = look_at(client, gis, shown["id"])

    root = parsed(answer.content)
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    forbidden = {f"{SVG}{name}" for name in ("style", "script", "image", "use", "foreignObject")}
    assert forbidden.isdisjoint(element.tag for element in root.iter())
    for element in root.iter():
        assert "style" not in element.attrib
        assert not any(name.startswith("on") or "href" in name for name in element.attrib)


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_code_or_name_becomes_markup(code, name):
    one = Drawn(Change.ADDED, HOSTILE + code, name + HOSTILE, square())
    mark = Mark("error", name, code, HOSTILE, (EAST, NORTH))
    drawn = scene([one], present={code: square(1)}, marks=[mark])

    root = parsed(draw(Scene(name, code, *_rest(drawn)), "en"))

    assert all(element.tag != f"{SVG}script" for element in root.iter())


def _rest(drawn: Scene):
    return drawn.present, drawn.changes, drawn.marks, drawn.counts


def test_a_change_that_is_too_small_to_see_is_marked():
    far = {"A": square(side=50_000.0)}
    dot = Drawn(Change.CHANGED, "B", "Liten", square(side=1.0))
    wide = Drawn(Change.ADDED, "C", "Stor", square(1, side=50_000.0))

    root = parsed(draw(scene([dot, wide], present=far), "sv"))

    circles = [one for one in root.iter(f"{SVG}circle") if one.get("fill") == "url(#changed)"]
    assert [one.findtext(f"{SVG}title") for one in circles] == ["B Liten"]


def test_where_little_changes_the_map_shows_that_and_what_is_around_it():
    grid = {f"{at:02}": shape for at, shape in enumerate(jittered_grid(10, 10))}
    one = Drawn(Change.REMOVED, "44", "Mitten", grid["44"])

    said = words(parsed(draw(scene([one], present=grid), "sv")))

    assert "44" in said
    assert "00" not in said
    assert "99" not in said


def test_the_scale_bar_is_as_long_as_it_says():
    """A2."""
    root = parsed(draw(scene([Drawn(Change.ADDED, "A", "", square(side=960 / 1.04))]), "sv"))

    (said,) = [word for word in words(root) if word.endswith(" m")]
    paths = {one.get("d") or "" for one in root.iter(f"{SVG}path")}
    (bar,) = (path for path in paths if "v5h" in path)
    pixels = float(bar.partition("v5h")[2].partition("v")[0])
    # A square of 923 m with a margin of 4 % on a map of 960 pixels: one pixel a metre.
    assert pixels == pytest.approx(float(said.removesuffix(" m")), rel=0.01)


@pytest.mark.slow
def test_a_large_scheme_gives_a_small_picture():
    grid = jittered_grid(78, 78, points=60)
    present = {f"1280R{at:04}": shape for at, shape in enumerate(grid)}
    kinds = list(Change)
    changes = [
        Drawn(kinds[at % 3], code, f"Område {code}", shape)
        for at, (code, shape) in enumerate(present.items())
    ]

    content = draw(scene(changes, present=present), "sv")

    assert parsed(content).get("lang") == "sv"
    assert len(content) < 2_000_000

"""The map of a paper: names that fit, and digits that can be read."""

import re

import pytest
import shapely

from portfolio.area_imports.sketch import MAP_WIDTH
from portfolio.papers.drawing import DARK_FROM, GATE_COLOURS, INK, LETTER, Ground, Symbol, draw

NAMED = re.compile(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*font-style="italic"[^>]*>([^<]+)</text>')


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("position", range(len(GATE_COLOURS)))
def test_the_digits_of_every_gate_stand_out_from_its_colour(position):
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    digits = "#ffffff" if position >= DARK_FROM else INK
    dark, light = sorted((luminance(digits), luminance(GATE_COLOURS[position])))

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def names(*own, grow=1.0):
    """Where each name stands: its middle, and how far it reaches."""
    symbols = [Symbol(0, shapely.Point(0, 0), False, 0, "preparing")]
    drawn = draw(Ground([shape for _, shape in own], own), symbols, 0.8, grow)
    assert drawn is not None
    return {
        name: (float(x), float(y), len(name) * LETTER * grow / 2)
        for x, y, name in NAMED.findall(drawn.svg)
    }


def test_a_name_wider_than_its_area_is_left_out():
    wide, narrow = shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 1020, 1000)

    assert set(names(("Norra staden", wide), ("Smala remsan", narrow))) == {"Norra staden"}


def test_no_name_is_cut_off_by_the_edge_or_stands_on_another():
    """Triangles whose widest part is at the edge, and areas one on the other."""
    corner = shapely.Polygon([(0, 0), (1000, 0), (0, 1000)])
    for grow in (1.0, 1.9):
        found = names(
            ("Ett ganska långt namn", corner),
            ("Ett annat långt namn", shapely.box(0, 0, 1000, 1000)),
            ("Ett tredje långt namn", shapely.box(0, 0, 1000, 1000)),
            grow=grow,
        )
        assert found
        boxes = [shapely.box(x - r, y - 14, x + r, y + 14) for x, y, r in found.values()]
        assert all(x - reach >= 0 and x + reach <= MAP_WIDTH for x, _, reach in found.values())
        pairs = [(one, other) for one in boxes for other in boxes if one is not other]
        assert not any(one.intersects(other) for one, other in pairs)

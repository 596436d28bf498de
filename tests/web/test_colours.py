"""The parts of a cost have a colour each, which everybody can tell from the others."""

import math
import re
from itertools import combinations

import pytest

from portfolio.web.pages import PAGE_FILES

Rgb = tuple[float, float, float]

TOKENS = (PAGE_FILES / "css" / "tokens.css").read_text("utf-8")
THEMES = dict(zip(("light", "dark"), TOKENS.split('[data-theme="dark"]'), strict=True))
PARTS = 9
# Signs on their ground (WCAG 1.4.11), and a difference in OKLab that is plain to see.
LEAST_CONTRAST = 3.0
LEAST_DIFFERENCE = 0.1
# Machado, Oliveira and Fernandes (2009): linear RGB as those without one kind of cones see it.
SEEN = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# Linear RGB to the cones, and their cube roots to OKLab.
TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def colours(theme: str, name: str) -> dict[str, Rgb]:
    found = re.findall(rf"--({name}): #([0-9a-f]{{6}});", THEMES[theme])
    return {key: linear(text) for key, text in found}


def linear(text: str) -> Rgb:
    values = [int(text[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return red, green, blue


def times(matrix: tuple[tuple[float, float, float], ...], values: Rgb) -> Rgb:
    first, second, third = (sum(a * b for a, b in zip(row, values, strict=True)) for row in matrix)
    return first, second, third


def as_seen(colour: Rgb, eyes: str) -> Rgb:
    red, green, blue = (min(1.0, max(0.0, one)) for one in times(SEEN[eyes], colour))
    long, middle, short = (math.cbrt(one) for one in times(TO_CONES, (red, green, blue)))
    return times(TO_LAB, (long, middle, short))


def luminance(colour: Rgb) -> float:
    return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), colour, strict=True))


def contrast(one: Rgb, other: Rgb) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eyes", SEEN)
def test_each_part_of_a_cost_is_told_from_the_others_by_colour(theme: str, eyes: str):
    parts = colours(theme, r"part-\w+")

    assert len(parts) == PARTS
    for (name, one), (other_name, other) in combinations(parts.items(), 2):
        difference = math.dist(as_seen(one, eyes), as_seen(other, eyes))
        assert difference > LEAST_DIFFERENCE, f"{name} and {other_name}: {difference:.3f}"


@pytest.mark.parametrize("theme", THEMES)
def test_each_part_of_a_cost_is_seen_against_its_ground(theme: str):
    (ground,) = colours(theme, "surface").values()

    for name, colour in colours(theme, r"part-\w+").items():
        assert contrast(colour, ground) > LEAST_CONTRAST, name

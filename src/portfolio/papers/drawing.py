"""The map of a paper: areas as a quiet ground, the program's own outlined, investments as symbols.

Drawn in SVG, from boundaries and points in planar metres. What a symbol is shows by its shape and
its grey as well as by its colour, since many papers are printed in black. Pure.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from portfolio.area_imports.sketch import MAP_WIDTH, View, outlines
from portfolio.area_imports.svg import element, text
from portfolio.papers.glyphs import shortened, showable

# From light to dark, so that a later gate is darker without colour too.
GATE_COLOURS = ("#e8f1f2", "#b6d7dc", "#74aeb9", "#347584", "#1c5a6b", "#0b3545")
DARK_FROM = 3
WAITING, ENDED, INK = "#b4560f", "#8a8a8a", "#1d2b31"
RADIUS = 18.0
# More symbols than these are drawn small and without numbers.
MOST_NUMBERED = 90
MOST_SYMBOLS = 3000
MARGIN = 0.08
ENDED_STATUSES = ("stopped", "completed")
MOST_NAMES, LONGEST_NAME, LETTER, LINE = 12, 34, 10.0, 14.0
EDGE = 6.0  # pixels
LEAST_METRES = 400.0

Spot = tuple[float, float]  # pixels


@dataclass(frozen=True, slots=True)
class Symbol:
    """An investment on the map: where, which number, and what its look tells."""

    number: int
    place: BaseGeometry
    is_social: bool
    position: int
    status: str


@dataclass(frozen=True, slots=True)
class Ground:
    """Areas under the symbols, and which of them are the paper's own, with their names."""

    areas: Sequence[BaseGeometry]
    own: Sequence[tuple[str, BaseGeometry]]


@dataclass(frozen=True, slots=True)
class Map:
    """A picture, and the metres that its scale bar stands for."""

    svg: str
    metres: int


def draw(ground: Ground, symbols: Sequence[Symbol], aspect: float, grow: float = 1.0) -> Map | None:
    """The map of a paper; None if there is nothing to draw.

    Args:
        ground: The areas under the symbols.
        symbols: Those that come first are nearest to their places.
        aspect: How many times as high as wide it is.
        grow: How many times as large signs and letters are, for a map that is printed small.
    """
    view = _view(ground, symbols, aspect)
    if view is None:
        return None
    shown = symbols[:MOST_SYMBOLS]
    true = [view.pixel(*shapely.get_coordinates(one.place)[0].tolist()) for one in shown]
    places = _apart(true, view, RADIUS * grow) if len(shown) <= MOST_NUMBERED else true
    metres, length = view.scale_bar()
    parts = [
        element("rect", {"width": MAP_WIDTH, "height": view.height, "fill": "#f4f4f1"}),
        *_areas(ground.areas, view, "#ffffff", "#c9cdc8", 1.2),
        *_areas([shape for _, shape in ground.own], view, "#fbf3da", INK, 3.2),
        *_names(ground.own, view, places, grow),
        *_symbols(shown, places, view, RADIUS * grow),
        *_scale_bar(view, metres, length, grow),
        *_north_arrow(grow),
    ]
    size = {"width": MAP_WIDTH, "height": f"{view.height:.0f}"}
    frame = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {MAP_WIDTH} {view.height:.0f}",
        "font-family": "Source Sans 3",
        **size,
    }
    return Map(element("svg", frame, *parts), round(metres))


def gate_colour(position: int | None) -> str:
    """The colour of a gate by its place in the order; of no gate, white."""
    if position is None or position < 0:
        return "#ffffff"
    return GATE_COLOURS[min(position, len(GATE_COLOURS) - 1)]


def _view(ground: Ground, symbols: Sequence[Symbol], aspect: float) -> View | None:
    """What is the paper's own, and every symbol; where there is neither, all of the areas."""
    wanted: list[Any] = [shape for _, shape in ground.own] + [one.place for one in symbols]
    bounds = shapely.total_bounds(wanted or list(ground.areas) or [shapely.Point()])
    if not np.isfinite(bounds).all():
        return None
    wide, high = np.maximum(bounds[2:] - bounds[:2], LEAST_METRES) * (1 + 2 * MARGIN)
    scale = min(MAP_WIDTH / wide, MAP_WIDTH * aspect / high)
    east, north = (bounds[:2] + bounds[2:]) / 2
    height = MAP_WIDTH * aspect
    return View(
        float(east - MAP_WIDTH / scale / 2),
        float(north + height / scale / 2),
        float(scale),
        float(height),
    )


def _areas(
    shapes: Sequence[BaseGeometry], view: View, fill: str, stroke: str, width: float
) -> Iterator[str]:
    paths, _ = outlines(shapes, view)
    for path in paths:
        if path:
            yield element(
                "path",
                {
                    "d": path,
                    # Paths are in tenths of a pixel.
                    "transform": "scale(0.1)",
                    "fill": fill,
                    "fill-rule": "evenodd",
                    "stroke": stroke,
                    "stroke-width": width * 10,
                    "stroke-linejoin": "round",
                },
            )


def _names(
    own: Sequence[tuple[str, BaseGeometry]], view: View, symbols: Sequence[Spot], grow: float
) -> Iterator[str]:
    """The names of the own areas, each where it hides least; none wider than what it names."""
    taken = list(symbols) if len(symbols) <= MOST_NUMBERED else []
    named: list[tuple[float, float, float]] = []
    for name, shape in own[:MOST_NAMES]:
        words = shortened(showable(name), LONGEST_NAME)
        reach = len(words) * LETTER * grow / 2
        if _width(shape, view) < 2 * reach:
            continue
        x, y = _inside(_roomiest(shape, view, reach, taken), view, reach, LINE * grow)
        if any(
            abs(x - at_x) < reach + other and abs(y - at_y) < 2 * LINE * grow
            for at_x, at_y, other in named
        ):
            continue
        named.append((x, y, reach))
        taken.append((x, y))
        look = {
            "x": f"{x:.1f}",
            "y": f"{y + 6 * grow:.1f}",
            "font-size": 22 * grow,
            "font-style": "italic",
            "text-anchor": "middle",
            "fill": "#6b5a1e",
        }
        yield element("text", look, text(words))


def _width(shape: BaseGeometry, view: View) -> float:
    """How wide what is seen of an area is, in pixels."""
    west, _, east, _ = shape.bounds
    left, right = view.pixel(west, 0.0)[0], view.pixel(east, 0.0)[0]
    return min(right, MAP_WIDTH) - max(left, 0.0)


def _inside(spot: Spot, view: View, reach: float, rise: float) -> Spot:
    """As near as a text that reaches so far can be without being cut off by the edge."""
    x = min(max(spot[0], reach + EDGE), MAP_WIDTH - reach - EDGE)
    return x, min(max(spot[1], rise + EDGE), view.height - rise - EDGE)


def _roomiest(shape: BaseGeometry, view: View, reach: float, taken: Sequence[Spot]) -> Spot:
    """Of some spots in the area, the one whose text would be farthest from everything else."""
    west, south, east, north = shape.bounds
    steps = np.linspace(0.12, 0.88, 9)
    spots = [
        shapely.Point(west + (east - west) * across, south + (north - south) * up)
        for across in steps
        for up in steps
    ]
    inside = [spot for spot in spots if shape.contains(spot)] or [shape.representative_point()]

    wide, high = reach / view.scale, LINE / view.scale

    def room(spot: shapely.Point) -> tuple[bool, float]:
        box = shapely.box(spot.x - wide, spot.y - high, spot.x + wide, spot.y + high)
        at_x, at_y = view.pixel(spot.x, spot.y)
        gaps = (math.hypot(max(abs(at_x - x) - reach, 0.0), at_y - y) for x, y in taken)
        return bool(shape.contains(box)), min((*gaps, 4 * RADIUS), default=0.0)

    best = max(inside, key=room)
    return view.pixel(best.x, best.y)


def _symbols(
    shown: Sequence[Symbol], places: Sequence[Spot], view: View, radius: float
) -> Iterator[str]:
    numbered = len(shown) <= MOST_NUMBERED
    for one, (to_x, to_y) in zip(shown, places, strict=True):
        x, y = view.pixel(*shapely.get_coordinates(one.place)[0].tolist())
        if math.hypot(to_x - x, to_y - y) > radius:
            ends = {"x1": x, "y1": y, "x2": to_x, "y2": to_y}
            line = {name: f"{value:.1f}" for name, value in ends.items()}
            yield element("line", {**line, "stroke": INK, "stroke-width": 1.4})
            yield element("circle", {"cx": line["x1"], "cy": line["y1"], "r": 3, "fill": INK})
    for one, (x, y) in zip(shown, places, strict=True):
        yield from _symbol(one, x, y, radius if numbered else radius / 3)
        if numbered and one.number:
            yield _digits(one, x, y, radius)


def _apart(places: Sequence[Spot], view: View, radius: float) -> list[Spot]:
    """Each as near to its place as the ones before leave room for, around it in a spiral."""
    taken: list[Spot] = []
    for x, y in places:
        free = (spot for spot in _spiral(x, y, view, radius) if _is_free(spot, taken, radius))
        taken.append(next(free, (x, y)))
    return taken


def _spiral(x: float, y: float, view: View, radius: float) -> Iterator[Spot]:
    yield x, y
    for step in range(1, 4000):
        angle, reach = step * 0.6, 4.0 * math.sqrt(step)
        spot = x + reach * math.cos(angle), y + reach * math.sin(angle)
        if radius < spot[0] < MAP_WIDTH - radius and radius < spot[1] < view.height - radius:
            yield spot


def _is_free(spot: Spot, taken: Sequence[Spot], radius: float) -> bool:
    return all(math.dist(spot, other) >= 2.3 * radius for other in taken)


def _symbol(one: Symbol, x: float, y: float, radius: float) -> Iterator[str]:
    is_ended, is_waiting = one.status in ENDED_STATUSES, one.status == "on_hold"
    look = {
        "fill": "#ffffff" if is_ended else gate_colour(one.position),
        "stroke": ENDED if is_ended else WAITING if is_waiting else INK,
        "stroke-width": f"{radius / (4 if is_waiting else 8):.1f}",
        **({"stroke-dasharray": f"{radius / 2.5:.1f} {radius / 4:.1f}"} if is_waiting else {}),
    }
    if one.is_social:
        yield element("circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": radius, **look})
    else:
        side = radius * 1.8
        box = {"x": f"{x - side / 2:.1f}", "y": f"{y - side / 2:.1f}"}
        yield element("rect", {**box, "width": f"{side:.1f}", "height": f"{side:.1f}", **look})


def _digits(one: Symbol, x: float, y: float, radius: float) -> str:
    dark = one.position >= DARK_FROM and one.status not in ENDED_STATUSES
    look = {
        "x": f"{x:.1f}",
        "y": f"{y + radius * 0.42:.1f}",
        "font-size": f"{radius * 1.22:.1f}",
        "font-weight": 600,
        "text-anchor": "middle",
        "fill": "#ffffff" if dark else INK,
    }
    return element("text", look, str(one.number))


def _scale_bar(view: View, metres: float, length: float, grow: float) -> Iterator[str]:
    x, high = 24.0, 7 * grow
    y = view.height - 17 - high
    box = {"x": x, "y": f"{y:.1f}", "height": f"{high:.1f}"}
    edge = {"fill": "#ffffff", "stroke": INK, "stroke-width": 1.5 * grow}
    yield element("rect", {**box, "width": f"{length:.1f}", **edge})
    yield element("rect", {**box, "width": f"{length / 2:.1f}", "fill": INK})
    look = {"y": f"{y - 7:.1f}", "font-size": 22 * grow, "fill": INK}
    yield element("text", {"x": x, **look}, f"{metres:.0f} m")


def _north_arrow(grow: float) -> Iterator[str]:
    x, y = MAP_WIDTH - 40 * grow, 24
    at = {"transform": f"translate({x:.1f} {y}) scale({grow})", "fill": INK}
    yield element("path", {"d": "M0 0l13 40l-13 -10l-13 10z", **at})
    look = {"y": 58, "font-size": 20, "font-weight": 600, "text-anchor": "middle"}
    yield element("text", {**look, **at}, "N")

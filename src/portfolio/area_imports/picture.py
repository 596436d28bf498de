"""A map of what an import changes, as SVG without styles, scripts or references to elsewhere.

Presentation attributes only: the server's content policy forbids anything else, and a file that
is sent on by mail must show the same. All texts of a sender are escaped and cut.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from portfolio.area_imports.rules import Change
from portfolio.area_imports.sketch import MAP_WIDTH, View, fitting_labels, outlines, view_of
from portfolio.area_imports.svg import element, text
from portfolio.language import Language, Text

MARGIN, TOP, LINE = 20, 76, 18
MOST_MARKS, MOST_LISTED = 99, 12
PALE, PALE_EDGE, INK = "#f1f3f4", "#9aa5ad", "#202428"
# Colours of Okabe and Ito (2008); each change also has a pattern of its own.
COLOURS: Mapping[Change, tuple[str, str]] = {
    Change.ADDED: ("#00694d", "#d9f0e8"),
    Change.CHANGED: ("#8a5a00", "#fdf0d0"),
    Change.REMOVED: ("#b34a00", "#fbe3d6"),
}
PATTERNS: Mapping[Change, str] = {
    Change.ADDED: "M0 80L80 0M-20 20L20 -20M60 100L100 60",
    Change.CHANGED: "M20 40h40M40 20v40",
    Change.REMOVED: "M0 0L80 80M0 80L80 0",
}
# From the lowest to the uppermost.
LAYERS = (Change.REMOVED, Change.CHANGED, Change.ADDED)
NAMES: Mapping[str, Text] = {
    "added": Text("nya", "added"),
    "changed": Text("ändrade", "changed"),
    "removed": Text("borttagna", "removed"),
    "unchanged": Text("oförändrade", "unchanged"),
}
DISCARDED = Text(
    "Importen är kastad; dess områden finns inte längre.",
    "The import is discarded; its areas are gone.",
)
NOTHING = Text("Inget ändras av den här filen.", "This file changes nothing.")
EMPTY = Text("Det finns inga områden att visa.", "There are no areas to show.")


@dataclass(frozen=True, slots=True)
class Drawn:
    """An area that an import adds, changes or removes; its boundary in planar metres."""

    change: Change
    code: str
    name: str
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Mark:
    """An issue; `at` is its place in planar metres, or None."""

    severity: str
    kind: str
    code: str
    detail: str
    at: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Scene:
    """What the picture shows: `present` are the areas that the scheme has now, by code."""

    heading: str
    subheading: str
    present: Mapping[str, BaseGeometry]
    changes: Sequence[Drawn]
    marks: Sequence[Mark]
    counts: Mapping[str, int]
    discarded: bool = False


def draw(scene: Scene, language: Language) -> bytes:
    """The picture: at most some hundred kilobytes, however many areas there are."""
    shapes = [*scene.present.values(), *(one.geometry for one in scene.changes)]
    view = view_of(shapes, [one.geometry for one in scene.changes])
    height = view.height if view else 60
    marks = [mark for mark in scene.marks if mark.at is not None][:MOST_MARKS]
    listed = marks[:MOST_LISTED]
    below = TOP + height + 24
    tall = below + LINE * (3 + len(listed)) + MARGIN
    body = [
        *_headings(scene),
        *(_map(scene, view, marks, language) if view else []),
        *_notice(scene, view, height, language),
        *_legend(scene, below, language),
        *_list(listed, below + 2 * LINE, len(marks), language),
    ]
    return _document(scene, tall, body, language)


def _document(scene: Scene, tall: float, body: Sequence[str], language: Language) -> bytes:
    counts = ", ".join(_counted(scene, language))
    head = [
        element("title", {"id": "title"}, text(scene.heading)),
        element("desc", {"id": "desc"}, text(f"{scene.subheading}. {counts}.")),
        element("defs", {}, *(_pattern(change) for change in Change)),
        element("rect", {"width": "100%", "height": "100%", "fill": "#ffffff"}),
    ]
    size = {"width": "1000", "height": f"{tall:g}", "viewBox": f"0 0 1000 {tall:g}"}
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        **size,
        "lang": language,
        "xml:lang": language,
        "role": "img",
        "aria-labelledby": "title desc",
        "font-family": "sans-serif",
        "fill": INK,
    }
    return element("svg", attributes, *head, *body).encode()


def _pattern(change: Change) -> str:
    edge, ground = COLOURS[change]
    # What was there can be seen through the hatching of what is gone.
    fill = "none" if change is Change.REMOVED else ground
    return element(
        "pattern",
        {"id": change.value, "width": 80, "height": 80, "patternUnits": "userSpaceOnUse"},
        element("rect", {"width": 80, "height": 80, "fill": fill}),
        element("path", {"d": PATTERNS[change], "stroke": edge, "stroke-width": 9, "fill": "none"}),
    )


def _headings(scene: Scene) -> list[str]:
    return [
        element("text", {"x": MARGIN, "y": 34, "font-size": 20}, text(scene.heading)),
        element("text", {"x": MARGIN, "y": 58, "font-size": 13}, text(scene.subheading)),
    ]


def _map(scene: Scene, view: View, marks: Sequence[Mark], language: Language) -> list[str]:
    frame = {"x": 0, "y": 0, "width": MAP_WIDTH, "height": f"{view.height:g}"}
    clip = element("clipPath", {"id": "frame"}, element("rect", frame))
    edge = element("rect", {**frame, "fill": "none", "stroke": PALE_EDGE})
    inside = element(
        "g",
        {"clip-path": "url(#frame)"},
        element("g", {"transform": "scale(.1)"}, *_areas(scene, view)),
        *_labels(scene, view),
        *_marks(marks, view),
    )
    place = {"transform": f"translate({MARGIN} {TOP})"}
    return [element("g", place, clip, inside, edge, *_scale_bar(view), *_north(language))]


def _areas(scene: Scene, view: View) -> Iterator[str]:
    """Coordinates are tenths of a pixel."""
    changed = [one.geometry for one in scene.changes]
    paths, tiny = outlines([*scene.present.values(), *changed], view)
    before = dict(zip(scene.present, paths, strict=False))
    ground = {"fill": PALE, "stroke": PALE_EDGE, "stroke-width": 6, "fill-rule": "evenodd"}
    yield element("path", {"d": "".join(before.values()), **ground})
    drawn = zip(scene.changes, paths[len(before) :], tiny[len(before) :], strict=True)
    # What is gone lies below what came instead, and what is added above what only changed.
    for one, path, small in sorted(drawn, key=lambda each: LAYERS.index(each[0].change)):
        yield from _area(one, path, small)
    # Where the boundaries were that move.
    moved = "".join(before.get(one.code, "") for one in scene.changes)
    former = {"fill": "none", "stroke": INK, "stroke-width": 8, "stroke-dasharray": "10 20"}
    yield element("path", {"d": moved, **former})


def _area(one: Drawn, path: str, small: tuple[int, int] | None) -> Iterator[str]:
    told = element("title", {}, text(f"{one.code} {one.name}", 80))
    look: dict[str, object] = {
        "fill": f"url(#{one.change.value})",
        "stroke": COLOURS[one.change][0],
        "stroke-width": 14,
    }
    if small is not None:
        yield element("circle", {"cx": small[0], "cy": small[1], "r": 60, **look}, told)
    elif path:
        yield element("path", {"d": path, "fill-rule": "evenodd", **look}, told)


def _labels(scene: Scene, view: View) -> Iterator[str]:
    """Codes where they fit, of what changes first."""
    areas = [(one.code, one.geometry) for one in scene.changes]
    changing = {code for code, _ in areas}
    areas += [(code, shape) for code, shape in scene.present.items() if code not in changing]
    for code, x, y, first in fitting_labels(areas, view, len(scene.changes)):
        look = {"fill": INK if first else "#5a646b", "stroke": "#ffffff", "stroke-width": 3}
        place = {"x": x, "y": y, "font-size": 11, "text-anchor": "middle"}
        yield element("text", {**place, **look, "paint-order": "stroke"}, text(code, 24))


def _marks(marks: Sequence[Mark], view: View) -> Iterator[str]:
    for number, mark in enumerate(marks, start=1):
        if mark.at is None:
            continue
        x, y = view.pixel(*mark.at)
        look = {"fill": "#000000" if mark.severity == "error" else "#ffffff", "stroke": "#000000"}
        yield element(
            "g",
            {},
            element("title", {}, text(f"{number}. {mark.detail}", 300)),
            element("circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": 9, **look}),
            element(
                "text",
                {
                    "x": f"{x:.1f}",
                    "y": f"{y + 4:.1f}",
                    "font-size": 11,
                    "text-anchor": "middle",
                    "fill": "#ffffff" if mark.severity == "error" else "#000000",
                },
                str(number),
            ),
        )


def _scale_bar(view: View) -> list[str]:
    metres, pixels = view.scale_bar()
    y = view.height - 14
    said = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    bar = f"M14 {y - 5:g}v5h{pixels:.1f}v-5"
    return [
        element("path", {"d": bar, "fill": "none", "stroke": "#ffffff", "stroke-width": 5}),
        element("path", {"d": bar, "fill": "none", "stroke": INK, "stroke-width": 1.5}),
        element(
            "text",
            {
                "x": 14,
                "y": f"{y - 10:g}",
                "font-size": 11,
                "stroke": "#ffffff",
                "stroke-width": 3,
                "paint-order": "stroke",
            },
            said,
        ),
    ]


def _north(language: Language) -> list[str]:
    told = Text("Norr är uppåt", "North is up").in_language(language)
    x = MAP_WIDTH - 24
    arrow = element("path", {"d": f"M{x} 34V12l-5 9h10l-5 -9", "fill": INK, "stroke": INK})
    letter = element("text", {"x": x, "y": 48, "font-size": 12, "text-anchor": "middle"}, "N")
    return [element("g", {}, element("title", {}, told), arrow, letter)]


def _notice(scene: Scene, view: View | None, height: float, language: Language) -> list[str]:
    said = EMPTY if view is None else None
    if scene.discarded:
        said = DISCARDED
    elif not scene.changes:
        said = NOTHING
    if said is None:
        return []
    place = {"x": 500, "y": f"{TOP + height / 2:g}", "font-size": 18, "text-anchor": "middle"}
    halo = {"stroke": "#ffffff", "stroke-width": 5, "paint-order": "stroke"}
    return [element("text", {**place, **halo}, said.in_language(language))]


def _counted(scene: Scene, language: Language) -> list[str]:
    return [
        f"{name.in_language(language)}: {scene.counts.get(key, 0)}" for key, name in NAMES.items()
    ]


def _legend(scene: Scene, top: float, language: Language) -> list[str]:
    """A swatch, a word and a count for each kind of change."""
    shown = []
    for at, (key, said) in enumerate(zip(NAMES, _counted(scene, language), strict=True)):
        known = key in PATTERNS
        swatch = {
            "width": 280,
            "height": 160,
            "fill": f"url(#{key})" if known else PALE,
            "stroke": COLOURS[Change(key)][0] if known else PALE_EDGE,
            "stroke-width": 12,
        }
        box = element("g", {"transform": "scale(.1)"}, element("rect", swatch))
        label = element("text", {"x": 36, "y": 13, "font-size": 13}, text(said))
        place = {"transform": f"translate({MARGIN + 240 * at} {top:g})"}
        shown.append(element("g", place, box, label))
    return shown


def _list(listed: Sequence[Mark], top: float, of: int, language: Language) -> list[str]:
    rows = [
        f"{number}. {mark.kind} {mark.code}: {mark.detail}"
        for number, mark in enumerate(listed, start=1)
    ]
    if of > len(listed):
        more = of - len(listed)
        rows.append(Text(f"... och {more} till", f"... and {more} more").in_language(language))
    return [
        element("text", {"x": MARGIN, "y": f"{top + LINE * at:g}", "font-size": 12}, text(row, 150))
        for at, row in enumerate(rows, start=1)
    ]

"""Boundaries as lines on a small picture: no more detail than can be seen. Pure."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

MAP_WIDTH = 960
LOWEST, HIGHEST = 360, 960
# Tenths of a pixel: what is nearer to each other is the same.
COARSENESS = 5.0
MOST_POINTS = 60_000
TINY_PIXELS = 4
LETTER_WIDTH, LETTER_HEIGHT = 6.6, 12
MOST_LABELS, MOST_CANDIDATES = 300, 1500
LONGEST_CODE = 24

Shapes = npt.NDArray[np.object_]
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class View:
    """A part of the plane on a picture of MAP_WIDTH pixels; `scale` is pixels a metre."""

    west: float
    north: float
    scale: float
    height: float

    def pixel(self, east: float, north: float) -> tuple[float, float]:
        return (east - self.west) * self.scale, (self.north - north) * self.scale

    @property
    def box(self) -> shapely.Polygon:
        east = self.west + MAP_WIDTH / self.scale
        return shapely.box(self.west, self.north - self.height / self.scale, east, self.north)

    def drawn(self, shapes: Shapes) -> Shapes:
        """The shapes in tenths of a pixel, y downwards."""

        def move(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            east, north = points[:, 0] - self.west, self.north - points[:, 1]
            return np.column_stack((east, north)) * (self.scale * 10)

        moved: Shapes = shapely.transform(shapes, move)
        return moved

    def scale_bar(self) -> tuple[float, float]:
        """A round number of metres that takes at most a fifth of the width, and its pixels."""
        widest = MAP_WIDTH / 5 / self.scale
        power = 10.0 ** math.floor(math.log10(widest))
        metres = next(step * power for step in (5, 2, 1) if step * power <= widest)
        return metres, metres * self.scale


def view_of(everything: Sequence[BaseGeometry], changes: Sequence[BaseGeometry]) -> View | None:
    """All of it; but where little changes, that and as much again on each side.

    None if there is nothing to see.
    """
    whole = _bounds(everything)
    if whole is None:
        return None
    near = _bounds(changes)
    if near is not None:
        reach = max(near[2] - near[0], near[3] - near[1], 1.0)
        grown = near + np.array([-reach, -reach, reach, reach])
        whole = np.array([*np.maximum(grown[:2], whole[:2]), *np.minimum(grown[2:], whole[2:])])
    return _fitted(whole)


def _bounds(shapes: Sequence[BaseGeometry]) -> npt.NDArray[np.float64] | None:
    bounds = shapely.total_bounds(_array(shapes)) if len(shapes) else np.array([np.nan])
    return bounds if np.isfinite(bounds).all() else None


def _fitted(bounds: npt.NDArray[np.float64]) -> View:
    wide, tall = np.maximum(bounds[2:] - bounds[:2], 1.0) * 1.04
    height = min(max(MAP_WIDTH * tall / wide, LOWEST), HIGHEST)
    scale = min(MAP_WIDTH / wide, height / tall)
    middle = (bounds[:2] + bounds[2:]) / 2
    return View(
        float(middle[0] - MAP_WIDTH / scale / 2),
        float(middle[1] + height / scale / 2),
        float(scale),
        float(round(height)),
    )


def _array(shapes: Sequence[BaseGeometry]) -> Shapes:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


def outlines(shapes: Sequence[BaseGeometry], view: View) -> tuple[list[str], list[Place | None]]:
    """For each shape its path, and for one that is too small to see the place to mark.

    Both in tenths of a pixel; a path is empty where there is nothing of the shape in view.
    """
    array = _array(shapes)
    if not len(array):
        return [], []
    boxes = shapely.bounds(array)
    seen = np.asarray(shapely.intersects(shapely.box(*boxes.T), view.box), dtype=bool)
    small = (boxes[:, 2:] - boxes[:, :2]).max(axis=1) * view.scale < TINY_PIXELS
    large = np.flatnonzero(seen & ~small)
    paths = [""] * len(array)
    for at, path in zip(large.tolist(), _paths(view.drawn(array[large])), strict=True):
        paths[at] = path
    places: list[Place | None] = [None] * len(array)
    for at in np.flatnonzero(seen & small).tolist():
        x, y = view.pixel(*((boxes[at, :2] + boxes[at, 2:]) / 2).tolist())
        places[at] = round(x * 10), round(y * 10)
    return paths, places


def _simplified(drawn: Shapes) -> Shapes:
    """Coarser until it is few enough points: neighbours may part by what nobody sees."""
    coarseness = COARSENESS
    while True:
        simple: Shapes = shapely.simplify(drawn, coarseness, preserve_topology=False)
        if int(shapely.get_num_coordinates(simple).sum()) <= MOST_POINTS:
            return simple
        coarseness *= 2


def _paths(drawn: Shapes) -> list[str]:
    """All rings of each shape as one path; of all shapes at once, for there are thousands."""
    parts, of_part = shapely.get_parts(_simplified(drawn), return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    points, of_point = shapely.get_coordinates(rings, return_index=True)
    rounded = points.round().astype(np.int64)
    moves = np.append(True, (np.diff(rounded, axis=0) != 0).any(axis=1) | (np.diff(of_point) != 0))
    kept, owners = rounded[moves[: len(rounded)]], of_point[moves[: len(rounded)]]
    paths: list[list[str]] = [[] for _ in range(len(drawn))]
    shapes = of_part[of_ring].tolist()
    ends = np.searchsorted(owners, np.arange(len(rings) + 1)).tolist()
    for ring, (start, end) in enumerate(pairwise(ends)):
        # What is left of a ring that is narrower than a pixel is no surface.
        if end - start >= 4:
            paths[shapes[ring]].append(_ring(kept[start:end]))
    return ["".join(rings) for rings in paths]


def _ring(points: npt.NDArray[np.int64]) -> str:
    """A closed line: its first point, and then from each to the next."""
    steps = np.diff(points[:-1], axis=0).ravel().tolist()
    x, y = points[0].tolist()
    return f"M{x} {y}l{' '.join(map(str, steps))}z"


def fitting_labels(
    areas: Sequence[tuple[str, BaseGeometry]], view: View, first: int
) -> Iterator[tuple[str, str, str, bool]]:
    """Codes that fit inside their areas and on no other code: text, x, y, among the `first`."""
    if not areas:
        return
    shapes = _array([shape for _, shape in areas])
    boxes = np.nan_to_num(shapely.bounds(shapes)) * view.scale
    sizes = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1).tolist()
    order = sorted(range(len(areas)), key=lambda at: (at >= first, -sizes[at]))
    taken: list[tuple[float, float]] = []
    widths: list[float] = []
    for at in order[:MOST_CANDIDATES]:
        width = min(len(areas[at][0]), LONGEST_CODE) * LETTER_WIDTH
        west, south, east, north = boxes[at].tolist()
        if east - west < width or north - south < LETTER_HEIGHT:
            continue
        within = shapely.get_coordinates(shapely.point_on_surface(shapes[at]))[0]
        x, y = view.pixel(*within.tolist())
        inside = 0 <= x <= MAP_WIDTH and 0 <= y <= view.height
        if inside and _is_free(x, y, width, zip(taken, widths, strict=True)):
            taken.append((x, y))
            widths.append(width)
            yield areas[at][0], f"{x:.1f}", f"{y + 4:.1f}", at < first
        if len(taken) >= MOST_LABELS:
            return


def _is_free(
    x: float, y: float, width: float, taken: Iterable[tuple[tuple[float, float], float]]
) -> bool:
    return all(
        abs(x - other_x) >= (width + other) / 2 or abs(y - other_y) >= LETTER_HEIGHT
        for (other_x, other_y), other in taken
    )

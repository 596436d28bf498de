"""What took over the areas that a file takes away: found by overlap, and only proposed. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from portfolio.amounts import split_amount
from portfolio.area_imports.rules import SAME_M, Area, same_surfaces
from portfolio.shares import NOISE_M, OUTSIDE, RESOLUTION, WHOLE, Coverage, as_number

PAIRS_AT_A_TIME = 20_000
ROWS_AT_A_TIME = 50
HALF = 0.5 - 1e-9

Geometries = npt.NDArray[np.object_]
Pairs = npt.NDArray[np.intp]


class Kind(StrEnum):
    """What became of an area whose code vanishes."""

    RENAMED = "renamed"  # the same area, or nearly, under a new code
    SPLIT = "split"  # into new areas that hold nothing else of note
    MERGED = "merged"  # into one area that holds others too
    SPREAD = "spread"  # over several, of which some hold others too
    GONE = "gone"  # nothing lies there any more


@dataclass(frozen=True, slots=True)
class Trace:
    """A vanishing code; `successors` sum to WHOLE, or there are none where nothing came.

    `outside` is how much of the former surface no area covers any more, in units of 10^-12.
    """

    code: str
    name: str
    kind: Kind
    successors: dict[str, int]
    outside: int

    @property
    def kept(self) -> dict[str, Any]:
        """As it is stored with an import."""
        return {
            "code": self.code,
            "name": self.name,
            "kind": self.kind.value,
            "successors": self.successors,
            "outside": self.outside,
        }


def shown_lineage(kept: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What was stored of an import's traces, as an answer shows it."""
    return [
        {
            **trace,
            "successors": [
                {"code": code, "share": as_number(part)}
                for code, part in trace["successors"].items()
            ],
            "outside": as_number(trace["outside"]),
        }
        for trace in kept
    ]


def proposed(kept: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """The successors that the traces of an import propose, in units of 10^-12."""
    return {trace["code"]: trace["successors"] for trace in kept if trace["successors"]}


def trace(
    vanishing: Mapping[str, Area], following: Coverage, known: frozenset[str], sliver: float
) -> list[Trace]:
    """What lies, after an import, where the areas lay whose codes vanish with it.

    Args:
        vanishing: The areas of the former edition whose codes the new one lacks, by code.
        following: The areas of the new edition, in metres.
        known: The codes of the former edition.
        sliver: An overlap under this part of the former area is dropped, unless it covers half
            of an area of the new edition (formulas 1).

    Returns:
        One trace for each code, in order; shares by surface, in units of 10^-12.
    """
    codes = sorted(vanishing)
    if not codes:
        return []
    former = _array([vanishing[code].geometry for code in codes])
    found = _Overlaps(former, following)
    parts = [found.parts(at, sliver) for at in range(len(codes))]
    sources = Counter(heir for heirs, _ in parts for heir in heirs)
    traces = []
    for at, code in enumerate(codes):
        heirs, outside = parts[at]
        # An area that was there before, or holds another vanished one, or much else.
        shared = {
            heir
            for heir in heirs
            if heir in known or sources[heir] > 1 or not found.fills(at, heir, sliver)
        }
        traces.append(Trace(code, vanishing[code].name, _kind(heirs, shared), heirs, outside))
    return traces


def _kind(heirs: Mapping[str, int], shared: set[str]) -> Kind:
    if not heirs:
        return Kind.GONE
    if len(heirs) == 1:
        return Kind.MERGED if shared else Kind.RENAMED
    return Kind.SPREAD if shared else Kind.SPLIT


class _Overlaps:
    """The surface that each former area shares with each that follows, in m2."""

    def __init__(self, former: Geometries, following: Coverage) -> None:
        self.following = following
        self.wholes: list[float] = shapely.area(former).tolist()
        self.noise: list[float] = (shapely.length(former) * NOISE_M).tolist()
        self.sizes: list[dict[str, float]] = [{} for _ in former]
        same = dict(_same(former, following))
        for at, heir in same.items():
            self.sizes[at][following.codes[heir]] = self.wholes[at]
        rest = np.array([at for at in range(len(former)) if at not in same], dtype=np.intp)
        for left, right in _in_pieces(rest, former, following):
            cut = shapely.intersection(former[left], following.geometries[right])
            for at, heir, size in zip(
                left.tolist(), right.tolist(), shapely.area(cut).tolist(), strict=True
            ):
                if size > self.noise[at] + self.wholes[at] / RESOLUTION:
                    self.sizes[at][following.codes[heir]] = size

    def parts(self, at: int, sliver: float) -> tuple[dict[str, int], int]:
        """Successors that sum to WHOLE, and how much lies outside all areas."""
        whole, sizes = self.wholes[at], self.sizes[at]
        kept = {
            heir: size
            for heir, size in sizes.items()
            if size >= sliver * whole - whole / RESOLUTION or self._half_covers(heir, size)
        }
        if not kept:
            return {}, WHOLE
        heirs = self._split(whole, kept)
        outside = whole - sum(sizes.values())
        if outside <= self.noise[at] + whole / RESOLUTION:
            return heirs, 0
        return heirs, self._split(whole, {**sizes, OUTSIDE: outside})[OUTSIDE]

    @staticmethod
    def _split(whole: float, sizes: Mapping[str, float]) -> dict[str, int]:
        units = {heir: round(sizes[heir] / whole * RESOLUTION) for heir in sorted(sizes)}
        return {heir: part for heir, part in split_amount(WHOLE, units).items() if part}

    def _half_covers(self, heir: str, size: float) -> bool:
        return size >= HALF * self.following.surfaces[heir]

    def fills(self, at: int, heir: str, sliver: float) -> bool:
        """Whether the area that follows holds hardly anything but the former one."""
        return self.sizes[at][heir] >= (1 - max(sliver, 1e-6)) * self.following.surfaces[heir]


def _same(former: Geometries, following: Coverage) -> Iterator[tuple[int, int]]:
    """Pairs of one surface under two codes: nothing needs cutting there."""
    boxes = shapely.bounds(following.geometries)
    for rows in _slices(np.arange(len(former))):
        left, right = following.tree.query(former[rows])
        left = rows[left]
        apart = np.abs(shapely.bounds(former[left]) - boxes[right])
        close = np.flatnonzero((apart <= SAME_M).all(axis=1))[:PAIRS_AT_A_TIME]
        equal = same_surfaces(former[left[close]], following.geometries[right[close]])
        # Two areas of one surface are no coverage; the lower code is as good as the other.
        for at in close[equal][::-1].tolist():
            yield int(left[at]), int(right[at])


def _in_pieces(
    rows: Pairs, former: Geometries, following: Coverage
) -> Iterator[tuple[Pairs, Pairs]]:
    for some in _slices(rows):
        left, right = following.tree.query(former[some], predicate="intersects")
        for at in range(0, len(left), PAIRS_AT_A_TIME):
            yield some[left[at : at + PAIRS_AT_A_TIME]], right[at : at + PAIRS_AT_A_TIME]


def _slices(rows: Pairs) -> Iterator[Pairs]:
    """A few at a time: those of a heap meet all others, and their pairs would fill the memory."""
    for at in range(0, len(rows), ROWS_AT_A_TIME):
        yield rows[at : at + ROWS_AT_A_TIME]


def _array(geometries: Sequence[Any]) -> Geometries:
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    return array

"""Where the ground of one scheme's areas lies in another's, measured. Pure."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from portfolio.amounts import split_amount
from portfolio.shares import OUTSIDE, RESOLUTION, WHOLE, Coverage

# Borders that two files draw differently by a hair make overlaps under this part of an area.
NOISE = 1e-6
# Those of a heap meet all others, and the pairs of all at once would fill the memory.
ROWS_AT_A_TIME = 50

Indexes = npt.NDArray[np.intp]


def measured_parts(source: Coverage, target: Coverage) -> dict[str, dict[str, int]]:
    """Spread each area of `source` over the areas of `target` and OUTSIDE, by surface.

    Returns:
        Code of the source, then of the target, with shares of 10**-12 that sum to WHOLE. Ground
        that two areas of the target claim is shared between them.
    """
    at_source, at_target, sizes = _overlaps(source, target)
    surfaces = shapely.area(source.geometries)
    held: list[dict[str, float]] = [{} for _ in source.codes]
    for one, other, size in zip(
        at_source.tolist(), at_target.tolist(), sizes.tolist(), strict=True
    ):
        held[one][target.codes[other]] = size
    return {code: _shares(held[at], float(surfaces[at])) for at, code in enumerate(source.codes)}


def _shares(held: dict[str, float], surface: float) -> dict[str, int]:
    outside = surface - sum(held.values())
    sizes = {**held, OUTSIDE: outside if outside > NOISE * surface else 0.0}
    unit = max(surface, sum(held.values())) / RESOLUTION
    weights = {code: round(size / unit) for code, size in sorted(sizes.items()) if size > 0}
    if not any(weights.values()):
        return {OUTSIDE: WHOLE}
    return {code: share for code, share in split_amount(WHOLE, weights).items() if share}


def _overlaps(
    source: Coverage, target: Coverage
) -> tuple[Indexes, Indexes, npt.NDArray[np.float64]]:
    """Pairs of areas that share ground, and how much, in m2."""
    covering = [
        np.vstack([rows[pairs[0]], pairs[1]])
        for rows in _slices(len(source.codes))
        for pairs in [target.tree.query(source.geometries[rows], predicate="covers")]
    ]
    within = np.hstack([np.empty((2, 0), dtype=np.intp), *covering])
    own, other = shapely.area(source.geometries), shapely.area(target.geometries)
    pairs, surfaces = [np.empty((2, 0), dtype=np.intp)], [np.empty(0)]
    for rows in _slices(len(target.codes)):
        some, sizes = _some_overlaps(source, target, rows, within)
        real = sizes > NOISE * np.minimum(own[some[0]], other[some[1]])
        pairs.append(some[:, real])
        surfaces.append(sizes[real])
    at_source, at_target = np.hstack(pairs)
    return at_source, at_target, np.concatenate(surfaces)


def _slices(count: int) -> Iterator[Indexes]:
    for start in range(0, count, ROWS_AT_A_TIME):
        yield np.arange(start, min(start + ROWS_AT_A_TIME, count))


def _some_overlaps(
    source: Coverage, target: Coverage, rows: Indexes, within: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Of these areas of the target; `within` are pairs (source, target) of which one covers."""
    at, at_source = source.tree.query(target.geometries[rows], predicate="intersects")
    at_target = rows[at]
    covered, by = source.tree.query(target.geometries[rows], predicate="covers")
    inside = _holds(np.vstack([rows[covered], by]), at_target, at_source)
    around = _holds(within[:, np.isin(within[1], rows)], at_source, at_target)
    # Cutting is what takes time, so only where a border runs through.
    cut = ~(inside | around)
    shared = np.where(inside, source.geometries[at_source], target.geometries[at_target])
    shared[cut] = shapely.intersection(
        source.geometries[at_source[cut]], target.geometries[at_target[cut]]
    )
    return np.vstack([at_source, at_target]), shapely.area(shared)


def _holds(pairs: npt.NDArray[np.intp], first: Indexes, second: Indexes) -> npt.NDArray[np.bool_]:
    """Which of the pairs (`first`, `second`) are among `pairs`."""
    width = int(max(second.max(initial=0), pairs[1].max(initial=0))) + 1
    return np.isin(first * width + second, pairs[0] * width + pairs[1])

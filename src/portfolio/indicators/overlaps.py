"""Where the ground of one scheme's areas lies in another's, measured. Pure."""

import numpy as np
import numpy.typing as npt
import shapely

from portfolio.amounts import split_amount
from portfolio.shares import OUTSIDE, RESOLUTION, WHOLE, Coverage

# Borders that two files draw differently by a hair make overlaps under this part of an area.
NOISE = 1e-6

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
    at_target, at_source = source.tree.query(target.geometries, predicate="intersects")
    inside = _holds(source.tree.query(target.geometries, predicate="covers"), at_target, at_source)
    around = _holds(target.tree.query(source.geometries, predicate="covers"), at_source, at_target)
    own, other = shapely.area(source.geometries), shapely.area(target.geometries)
    sizes = np.where(inside, own[at_source], other[at_target])
    # Cutting is what takes time, so only where a border runs through.
    cut = ~(inside | around)
    sizes[cut] = shapely.area(
        shapely.intersection(source.geometries[at_source[cut]], target.geometries[at_target[cut]])
    )
    real = sizes > NOISE * np.minimum(own[at_source], other[at_target])
    return at_source[real], at_target[real], sizes[real]


def _holds(pairs: npt.NDArray[np.intp], first: Indexes, second: Indexes) -> npt.NDArray[np.bool_]:
    """Which of the pairs (`first`, `second`) are among `pairs`."""
    width = int(max(second.max(initial=0), pairs[1].max(initial=0))) + 1
    return np.isin(first * width + second, pairs[0] * width + pairs[1])

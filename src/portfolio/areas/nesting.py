"""Which area of a coarser scheme an area is part of (A4)."""

from collections.abc import Mapping
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import shapely
from sqlmodel import Session

from portfolio.areas import repository
from portfolio.areas.models import AreaEdition, AreaScheme
from portfolio.database.kept import Kept
from portfolio.shares import NOISE_M, RESOLUTION, Coverage

KEPT_PAIRS = 32
PAIRS_AT_A_TIME = 20_000

Parents = Mapping[str, str | None]
Pairs = npt.NDArray[np.intp]

# Editions never change, so what was derived from two of them stays right.
_derived: Kept[tuple[int, int], Parents] = Kept(KEPT_PAIRS)


def parents_of(
    session: Session,
    scheme: AreaScheme,
    edition: AreaEdition,
    on: date,
    known_at: datetime | None = None,
) -> Parents:
    """For each area of an edition, the code of the area that holds most of it (A4).

    None where it meets none of them. Empty where the scheme has no coarser one, or that has no
    areas on the date.
    """
    if scheme.parent_id is None:
        return {}
    coarse = repository.edition_on(
        repository.find_editions(session, scheme.parent_id, known_at), on
    )
    if coarse is None or coarse.id is None or edition.id is None:
        return {}
    holding = coarse

    def derive() -> Parents:
        fine = repository.load_edition(session, edition).coverage
        return holders(fine, repository.load_edition(session, holding).coverage)

    return _derived.get(session, (edition.id, coarse.id), derive)


def holders(fine: Coverage, coarse: Coverage) -> dict[str, str | None]:
    """For each area of `fine`, by code, the area of `coarse` with the largest overlap.

    By surface in the plane. Equal overlaps go to the lower code; where only borders meet, None.
    """
    parents: dict[str, str | None] = dict.fromkeys(fine.codes)
    # Copied, since GEOS writes to a geometry while it prepares it, and others read these.
    large = np.asarray(shapely.from_wkb(shapely.to_wkb(coarse.geometries)), dtype=object)
    shapely.prepare(large)
    right, left = shapely.STRtree(fine.geometries).query(large, predicate="intersects")
    whole = shapely.contains(large[right], fine.geometries[left])
    for area, holder in zip(left[whole][::-1].tolist(), right[whole][::-1].tolist(), strict=True):
        parents[fine.codes[area]] = coarse.codes[holder]
    inside = np.zeros(len(fine.codes), dtype=bool)
    inside[left[whole]] = True
    cut = ~inside[left]
    left, right = left[cut], right[cut]
    best: dict[int, tuple[int, int]] = {}
    sizes = _parts_of_whole(fine, left, large, right)
    for area, holder, size in zip(left.tolist(), right.tolist(), sizes.tolist(), strict=True):
        # The largest part first, then the lower code; coarse areas are in order of code.
        if size and (size, -holder) > best.get(area, (0, 0)):
            best[area] = (size, -holder)
    for area, (_, holder) in best.items():
        parents[fine.codes[area]] = coarse.codes[-holder]
    return parents


def _parts_of_whole(
    fine: Coverage, left: Pairs, large: npt.NDArray[np.object_], right: Pairs
) -> npt.NDArray[np.int64]:
    """How much of each area lies in the other of its pair, in parts of RESOLUTION."""
    parts = np.zeros(len(left), dtype=np.int64)
    for at in range(0, len(left), PAIRS_AT_A_TIME):
        some = slice(at, at + PAIRS_AT_A_TIME)
        areas = fine.geometries[left[some]]
        sizes = shapely.area(shapely.intersection(areas, large[right[some]]))
        wholes = shapely.area(areas)
        noise = shapely.length(areas) * NOISE_M + wholes / RESOLUTION
        held = np.round(sizes / np.where(wholes > 0, wholes, 1.0) * RESOLUTION)
        parts[some] = np.where(sizes > noise, held, 0)
    return parts

"""Slivers: areas, or parts of areas, that are too thin or small to be meant."""

from collections.abc import Sequence

import numpy as np
import shapely

from portfolio.areas.coverage import point_in, surfaces_of
from portfolio.areas.reference_systems import Geometries, Mask
from portfolio.areas.report import Feature, Issue, rounded_m2
from portfolio.areas.wording import square_metres
from portfolio.language import Text

# Nobody lives on a strip of this mean width; a rock in the sea is as broad as it is long.
THIN_M = 0.5
LONGEST = 10.0


def find_slivers(features: Sequence[Feature], *, tolerance_m2: float = 1.0) -> list[Issue]:
    """Warn of each area that is a sliver or has some among its parts.

    Args:
        features: Valid multi-polygons in EPSG:3006, in metres.
        tolerance_m2: One part of several is a sliver if it has this surface or less.

    Returns:
        At most one warning an area, with the surface of all its slivers and a point in the
        largest.
    """
    parts, owner = shapely.get_parts(surfaces_of(features), return_index=True)
    several = np.bincount(owner, minlength=len(features))[owner] > 1
    surfaces = shapely.area(parts)
    is_sliver = _is_thin(parts) | (several & (surfaces <= tolerance_m2))
    slivers = np.flatnonzero(is_sliver)
    order = slivers[np.lexsort((-surfaces[slivers], owner[slivers]))]
    rows, first, counts = np.unique(owner[order], return_index=True, return_counts=True)
    totals = np.bincount(owner[order], surfaces[order], minlength=len(features))
    return [
        _issue(features[row], parts[order[at]], count, float(totals[row]))
        for row, at, count in zip(rows.tolist(), first.tolist(), counts.tolist(), strict=True)
    ]


def _is_thin(parts: Geometries) -> Mask:
    """A strip's mean width is twice its surface over its border, its length half of the border."""
    borders = shapely.length(parts)
    widths = 2 * shapely.area(parts) / borders
    thin: Mask = (widths < THIN_M) & (borders / 2 > LONGEST * widths)
    return thin


def _issue(feature: Feature, largest: shapely.Geometry, count: int, surface_m2: float) -> Issue:
    surface = square_metres(surface_m2)
    detail = Text(
        f"{feature.code} är eller har {count} flisor, för smala eller små för att vara menade, "
        f"på {surface.sv}. Ta bort dem.",
        f"{feature.code} is or has {count} slivers, too thin or small to be meant, of "
        f"{surface.en}. Remove them.",
    )
    point, row = point_in(largest), feature.index
    total = rounded_m2(surface_m2)
    return Issue("warning", "sliver", feature.code, detail, row, point, surface_m2=total)

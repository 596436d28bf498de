"""Boundaries with fewer corners, such that neighbours still meet."""

import numpy as np
import shapely

from portfolio.areas.cleaning import close_seams
from portfolio.areas.coverage import at_the_rim, is_crowded, suspicious
from portfolio.areas.reference_systems import Geometries
from portfolio.areas.shapes import multi_polygons


def simplify_coverage(surfaces: Geometries, tolerance_m: float) -> Geometries:
    """Leave out corners of a coverage, each border once for both its sides.

    What does not match was simplified on either side by itself and would gape, so small overlaps
    and gaps are closed first, as `clean_coverage` does. What is wider gapes as before.

    Args:
        surfaces: Valid multi-polygons in metres; a heap of them is simplified one by one.
        tolerance_m: About the root of the surface of the triangles that are left out.

    Returns:
        Valid multi-polygons in the same order, none of them empty.
    """
    tree = shapely.STRtree(surfaces)
    if is_crowded(surfaces, tree):
        simple = shapely.simplify(surfaces, tolerance_m)
    else:
        simple = shapely.coverage_simplify(_matching(surfaces, tree), tolerance_m)
    usable = ~shapely.is_empty(simple) & shapely.is_valid(simple)
    return multi_polygons(np.where(usable, simple, surfaces))


def _matching(surfaces: Geometries, tree: shapely.STRtree) -> Geometries:
    if not suspicious(surfaces[at_the_rim(surfaces, tree)], gap_width_m=0).size:
        return surfaces
    return close_seams(surfaces)

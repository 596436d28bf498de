"""Boundaries with fewer corners, such that neighbours still meet."""

import numpy as np
import shapely

from portfolio.areas.cleaning import close_seams
from portfolio.areas.coverage import at_the_rim, is_crowded, suspicious
from portfolio.areas.reference_systems import Geometries
from portfolio.areas.shapes import multi_polygons

# Closing the seams of more areas than these takes longer than who looks at a map waits (some
# fifteen milliseconds each); at the zooms of a map they gape less than a pixel.
MOST_MENDED = 300


def simplify_coverage(surfaces: Geometries, tolerance_m: float) -> Geometries:
    """Leave out corners of a coverage, each border once for both its sides.

    What does not match is simplified on either side by itself and gapes: see `matching`.

    Args:
        surfaces: Valid multi-polygons in metres; a heap of them is simplified one by one.
        tolerance_m: About the root of the surface of the triangles that are left out.

    Returns:
        Valid multi-polygons in the same order, none of them empty.
    """
    if is_crowded(surfaces, shapely.STRtree(surfaces)):
        simple = shapely.simplify(surfaces, tolerance_m)
    else:
        simple = shapely.coverage_simplify(surfaces, tolerance_m)
    usable = ~shapely.is_empty(simple) & shapely.is_valid(simple)
    return multi_polygons(np.where(usable, simple, surfaces))


def matching(surfaces: Geometries) -> Geometries:
    """Close small overlaps and gaps, as `clean_coverage` does; what is wider gapes as before.

    Args:
        surfaces: Valid multi-polygons in metres.

    Returns:
        The same array where nothing is to be closed, or too much to be closed in a moment.
    """
    tree = shapely.STRtree(surfaces)
    if is_crowded(surfaces, tree):
        return surfaces
    amiss = suspicious(surfaces[at_the_rim(surfaces, tree)], gap_width_m=0).size
    return close_seams(surfaces) if 0 < amiss <= MOST_MENDED else surfaces

"""What to propose where a file says nothing of its reference system: never used unasked."""

import numpy as np
import shapely
from pyproj import CRS

from portfolio.areas.known_systems import PROJECTIONS
from portfolio.areas.raw_layers import RawLayer
from portfolio.areas.reference_systems import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    WGS_84,
    Coordinates,
    Projection,
)
from portfolio.errors import FieldError, UnknownCrs
from portfolio.language import Text

# Of systems that fit equally well, the one that the whole country used: SWEREF 99 TM, RT 90 2.5 V.
NATIONAL = (3006, 3021)


Box = tuple[float, float, float, float]


def require_crs(given: str | None, layer: RawLayer, around: Box | None = None) -> None:
    """Raise UnknownCrs, with proposals, if neither the caller nor the layer names a system."""
    if given is not None or layer.crs is not None:
        return
    codes = propose(corners_of(layer), around)
    if not codes:
        sv = (
            "Filens referenssystem saknas eller känns inte igen. Ange det, till exempel "
            "crs=EPSG:3006."
        )
        en = "The file's reference system is missing or not known. Give it, such as crs=EPSG:3006."
        raise UnknownCrs(sv, en, [FieldError("/crs", Text(sv, en))])
    names = [f"EPSG:{code}" for code in codes]
    sv, en = _proposal(names)
    raise UnknownCrs(sv, en, [FieldError("/crs", Text(sv, en), tuple(names))])


def corners_of(layer: RawLayer) -> Coordinates:
    """Give the middle of the layer and its four corners, as far as they are numbers."""
    coordinates = shapely.get_coordinates(layer.geometries)
    coordinates = coordinates[np.isfinite(coordinates).all(axis=1)]
    if not len(coordinates):
        return np.empty((0, 2))
    (west, south), (east, north) = coordinates.min(axis=0), coordinates.max(axis=0)
    middle = np.median(coordinates, axis=0)
    return np.array([middle, [west, south], [east, south], [west, north], [east, north]])


def propose(corners: Coordinates, around: Box | None = None) -> list[int]:
    """List the systems in which a layer comes to lie in Sweden, the likeliest first.

    Many zones have the same false easting, so that most files fit in several. Those in which the
    layer meets what is there already come first, then those in whose own area of use it would
    lie, then those whose meridian is nearest to it, and then the one that was the whole country's.

    Args:
        corners: (n, 2) coordinates, the first of them the middle; none gives no proposals.
        around: West, south, east and north of what is there already, in EPSG:3006.
    """
    if not len(corners):
        return []
    for ordered in (corners, corners[:, ::-1]):  # the file's axes may be swapped
        ranks = {code: _rank(code, ordered) for code in (*PROJECTIONS, WGS_84)}
        ranked = [
            (not _meets(code, ordered, around), rank, code) for code, rank in ranks.items() if rank
        ]
        if ranked:
            return [code for *_, code in sorted(ranked)]
    return []


def _meets(code: int, corners: Coordinates, around: Box | None) -> bool:
    if around is None:
        return False
    points = np.asarray(shapely.points(corners), dtype=object)
    there = shapely.get_coordinates(Projection(CRS.from_epsg(code)).to_sweref(points))
    return bool(
        shapely.box(*there.min(axis=0), *there.max(axis=0)).intersects(shapely.box(*around))
    )


def _rank(code: int, corners: Coordinates) -> tuple[bool, float, bool] | None:
    """Say how unlikely a system is; None if the layer would not lie in Sweden."""
    crs = CRS.from_epsg(code)
    lonlat = Projection(crs).lonlat(corners)
    longitude, latitude = lonlat.T
    inside = (longitude >= WEST) & (longitude <= EAST) & (latitude >= SOUTH) & (latitude <= NORTH)
    if not inside.all():
        return None
    use = crs.area_of_use
    outside = use is None or not use.west <= longitude[0] <= use.east
    meridian = PROJECTIONS[code].meridian if code in PROJECTIONS else float(longitude[0])
    return bool(outside), round(abs(float(longitude[0]) - meridian), 2), code not in NATIONAL


def _proposal(names: list[str]) -> tuple[str, str]:
    best, *_ = names
    first = ", ".join(names[:-1])
    every_sv = f"{first} eller {names[-1]}" if first else best
    every_en = f"{first} or {names[-1]}" if first else best
    return (
        "Filens referenssystem saknas eller känns inte igen. Koordinaterna ser ut att vara "
        f"{every_sv}; skicka crs={best} om det stämmer.",
        "The file's reference system is missing or not known. The coordinates look like "
        f"{every_en}; send crs={best} if that is right.",
    )

"""Geometries of a boundary file: made multi-polygons in EPSG:3006, and what is wrong with them."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from portfolio.areas.reference_systems import (
    EAST,
    NORTH,
    SOUTH,
    SWEREF_99_TM,
    WEST,
    WGS_84,
    Geometries,
    Mask,
    Projection,
    name_of,
)
from portfolio.areas.report import Done, Issue, Severity, rounded_m2
from portfolio.areas.wording import square_metres
from portfolio.language import Text

if TYPE_CHECKING:
    # The server checks coverages too, and has no use for GDAL's hundred megabytes.
    from portfolio.areas.raw_layers import RawLayer

POLYGON, MULTI_POLYGON, COLLECTION = 3, 6, 7
# Twice round the earth: no coordinate in metres lies farther away.
FARTHEST_M = 8e7
# The sides of a box of this size (width and height together) bend by less, in degrees.
LARGEST_BOX, BEND = 2.0, 0.02
SWEREF = Projection(CRS.from_epsg(SWEREF_99_TM))


@dataclass(slots=True)
class _Work:
    """The geometries on their way, in `projection`; a row that is refused becomes None."""

    layer: "RawLayer"
    codes: Sequence[str | None]
    projection: Projection
    geometries: Geometries
    issues: list[Issue] = field(default_factory=list)

    def rows(self, mask: Mask) -> list[int]:
        return [int(row) for row in np.flatnonzero(mask)]

    def report(
        self,
        severity: Severity,
        kind: str,
        rows: Iterable[int],
        sv: str,
        en: str,
        done: Done = "kept",
    ) -> None:
        """Add one issue a row; `{row}` in the texts is its number in the file."""
        for row in rows:
            detail = Text(sv.format(row=row + 1), en.format(row=row + 1))
            self.issues.append(
                Issue(severity, kind, self.codes[row], detail, row + 1, self.point(row), done)
            )

    def point(self, row: int) -> tuple[float, float] | None:
        return _point(self.geometries[row], self.projection)

    def refuse(self, kind: str, rows: Iterable[int], sv: str, en: str) -> None:
        refused = list(rows)
        self.report("error", kind, refused, sv, en)
        self.geometries[refused] = None


def shape_areas(
    layer: "RawLayer", codes: Sequence[str | None], crs: CRS
) -> tuple[Geometries, list[Issue]]:
    """Turn a layer's geometries into valid multi-polygons, None where a row has an error."""
    work = _Work(layer, codes, Projection(crs), layer.geometries.copy())
    _note_dimensions(work)
    _refuse_missing(work)
    _keep_polygons(work)
    _refuse_not_finite(work)
    outside, swapped = _misplaced(work)
    _note_ring_order(work, swapped)
    _project(work)
    _note_places(work, outside, swapped)
    _repair(work)
    return work.geometries, work.issues


def _note_dimensions(work: _Work) -> None:
    if work.layer.has_z:
        detail = Text(
            "Höjderna i filen lästes inte; områden är plana.",
            "The heights in the file were not read; areas are flat.",
        )
        work.issues.append(Issue("info", "z_dropped", None, detail, done="dropped"))
    if work.layer.has_m:
        detail = Text(
            "Måtten (M) i filen lästes inte; områden har inga.",
            "The measures (M) in the file were not read; areas have none.",
        )
        work.issues.append(Issue("info", "m_dropped", None, detail, done="dropped"))
    work.report(
        "warning",
        "curve_made_straight",
        sorted(work.layer.curved),
        "Bågarna på rad {row} har gjorts till raka linjer. Se efter att gränsen stämmer.",
        "The arcs on row {row} were made straight. See that the boundary is right.",
        "straightened",
    )


def _refuse_missing(work: _Work) -> None:
    unreadable = sorted(work.layer.unreadable)
    work.refuse(
        "unrepairable",
        unreadable,
        "Gränsen på rad {row} kan inte läsas. Rita om den.",
        "The boundary on row {row} can't be read. Draw it anew.",
    )
    empty = shapely.is_missing(work.geometries) | shapely.is_empty(work.geometries)
    empty[unreadable] = False
    work.refuse(
        "empty_geometry",
        work.rows(empty),
        "Rad {row} saknar gräns. Rita den eller ta bort raden.",
        "Row {row} has no boundary. Draw it or remove the row.",
    )


def _keep_polygons(work: _Work) -> None:
    kinds = shapely.get_type_id(work.geometries)
    for row in work.rows(kinds == COLLECTION):
        work.geometries[row] = _only_polygons(work.geometries[row]) or work.geometries[row]
    kinds = shapely.get_type_id(work.geometries)
    other = (kinds != POLYGON) & (kinds != MULTI_POLYGON) & ~shapely.is_missing(work.geometries)
    work.refuse(
        "not_a_polygon",
        work.rows(other),
        "Rad {row} är ingen yta. Ett område ska vara en polygon.",
        "Row {row} is no surface. An area is to be a polygon.",
    )


def _only_polygons(collection: shapely.Geometry) -> shapely.MultiPolygon | None:
    """Gather a collection's polygons; None if anything else is in it."""
    parts = shapely.get_parts(collection)
    while (shapely.get_type_id(parts) == COLLECTION).any():
        parts = shapely.get_parts(parts)
    parts = shapely.get_parts(parts[~shapely.is_empty(parts)])
    if not len(parts) or (shapely.get_type_id(parts) != POLYGON).any():
        return None
    return shapely.MultiPolygon(list(parts))


def _refuse_not_finite(work: _Work) -> None:
    work.refuse(
        "not_finite",
        work.rows(_not_finite(work.geometries)),
        "Gränsen på rad {row} har koordinater som inte är tal. Rita om den.",
        "The boundary on row {row} has coordinates that are no numbers. Draw it anew.",
    )


def _not_finite(geometries: Geometries, farthest: float = np.inf) -> Mask:
    coordinates = shapely.get_coordinates(geometries)
    # NaN is not at most anything.
    if not len(coordinates) or np.abs(coordinates).max() <= min(farthest, sys.float_info.max):
        return np.zeros(len(geometries), dtype=bool)
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    good = np.isfinite(coordinates) & (np.abs(coordinates) <= farthest)
    bad: Mask = np.bincount(owner, ~good.all(axis=1), minlength=len(geometries)) > 0
    return bad


def _misplaced(work: _Work) -> tuple[Mask, Mask]:
    """Say which rows lie outside Sweden, and which of them only until x and y change places."""
    outside, swapped = np.zeros((2, len(work.geometries)), dtype=bool)
    rows = np.flatnonzero(~shapely.is_missing(work.geometries))
    rows = rows[~_boxes_in_sweden(work.projection, work.geometries[rows])]
    rows = rows[~work.projection.in_sweden(work.geometries[rows])]
    outside[rows] = True
    swapped[rows] = work.projection.in_sweden_if_swapped(work.geometries[rows])
    return outside, swapped


def _boxes_in_sweden(projection: Projection, geometries: Geometries) -> Mask:
    """Say which lie in Sweden for certain, since the box round them does.

    On the ground the sides of a box are curved, so it is to lie well inside and not be large.
    """
    west, south, east, north = shapely.bounds(geometries).T
    columns = np.stack([west, (west + east) / 2, east])
    rows = np.stack([south, (south + north) / 2, north])
    points = np.stack(np.broadcast_arrays(columns[:, None], rows[None, :]), axis=-1)
    longitude, latitude = projection.lonlat(points.reshape(-1, 2)).T.reshape(2, 9, -1)
    inside = (longitude >= WEST + BEND) & (longitude <= EAST - BEND)
    inside &= (latitude >= SOUTH + BEND) & (latitude <= NORTH - BEND)
    size = np.ptp(longitude, axis=0) + np.ptp(latitude, axis=0)
    certain: Mask = inside.all(axis=0) & (size < LARGEST_BOX)
    return certain


def _note_ring_order(work: _Work, swapped: Mask) -> None:
    """Only where the format prescribes one: RFC 7946, and ESRI's description of the Shapefile."""
    driver, code = work.layer.driver, work.projection.crs.to_epsg()
    if not (driver == "GeoJSON" and code == WGS_84) and driver != "ESRI Shapefile":
        return
    parts, owner = shapely.get_parts(work.geometries, return_index=True)
    against = shapely.is_ccw(shapely.get_exterior_ring(parts)) == (driver == "ESRI Shapefile")
    rows = [int(row) for row in np.unique(owner[against]) if not swapped[row]]
    if not rows:
        return
    right = (
        Text("motsols", "anticlockwise") if driver == "GeoJSON" else Text("medsols", "clockwise")
    )
    detail = Text(
        f"På {len(rows)} rader går ytterringen åt andra hållet än {driver} föreskriver "
        f"({right.sv}). Det har ingen betydelse här, men andra program kan läsa den som ett hål.",
        f"On {len(rows)} rows the outer ring runs the other way than {driver} prescribes "
        f"({right.en}). Here that does not matter, but other programs may take it for a hole.",
    )
    first = rows[0]
    work.issues.append(
        Issue("info", "ring_order", work.codes[first], detail, first + 1, work.point(first))
    )


def _project(work: _Work) -> None:
    system = name_of(work.projection.crs).replace("{", "(").replace("}", ")")
    work.geometries = work.projection.to_sweref(work.geometries)
    work.projection = SWEREF
    work.refuse(
        "not_finite",
        work.rows(_not_finite(work.geometries, FARTHEST_M)),
        f"Koordinaterna på rad {{row}} kan inte vara i {system}. Ange rätt system, "
        "till exempel crs=EPSG:3006.",
        f"The coordinates on row {{row}} can't be in {system}. Give the right system, "
        "such as crs=EPSG:3006.",
    )


def _note_places(work: _Work, outside: Mask, swapped: Mask) -> None:
    there = ~shapely.is_missing(work.geometries)
    work.report(
        "warning",
        "swapped_axes",
        work.rows(swapped & there),
        "Rad {row} hamnar i Sverige först när x och y byter plats. Byt plats på dem i filen.",
        "Row {row} comes to lie in Sweden only when x and y change places. Swap them in the file.",
    )
    work.report(
        "warning",
        "outside_sweden",
        work.rows(outside & ~swapped & there),
        "Rad {row} ligger utanför Sverige. Se efter att referenssystemet är rätt.",
        "Row {row} lies outside Sweden. See that the reference system is right.",
    )


def _repair(work: _Work) -> None:
    there = ~shapely.is_missing(work.geometries)
    mended = np.zeros(len(there), dtype=bool)
    mended[sorted(work.layer.mended)] = True
    invalid = np.flatnonzero(there & (mended | ~shapely.is_valid(work.geometries)))
    before = shapely.area(work.geometries[invalid])
    repaired: Geometries = np.full(len(invalid), None, dtype=object)
    repaired[:] = [_made_valid(work.geometries[row]) for row in invalid]
    lost = ~(shapely.area(repaired) > 0)
    work.refuse(
        "unrepairable",
        [int(row) for row in invalid[lost]],
        "Gränsen på rad {row} omsluter ingen yta och kan inte rättas. Rita om den.",
        "The boundary on row {row} encloses no surface and can't be repaired. Draw it anew.",
    )
    work.geometries[invalid[~lost]] = repaired[~lost]
    for row, area in zip(invalid[~lost], before[~lost], strict=True):
        _note_repair(work, int(row), float(area))
    work.geometries = multi_polygons(work.geometries)


def _made_valid(geometry: shapely.Geometry) -> shapely.Geometry | None:
    try:
        return shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    except shapely.errors.GEOSException:  # out of memory: a boundary crosses itself everywhere
        return None


def _note_repair(work: _Work, row: int, before_m2: float) -> None:
    after_m2 = float(shapely.area(work.geometries[row]))
    before, after = square_metres(before_m2), square_metres(after_m2)
    detail = Text(
        f"Gränsen på rad {row + 1} korsade sig själv eller var öppen och har rättats; ytan var "
        f"{before.sv} och blev {after.sv}. Se efter att den stämmer.",
        f"The boundary on row {row + 1} crossed itself or was open and was repaired; its surface "
        f"was {before.en} and became {after.en}. See that it is right.",
    )
    work.issues.append(
        Issue(
            "warning",
            "repaired",
            work.codes[row],
            detail,
            row + 1,
            work.point(row),
            "repaired",
            rounded_m2(before_m2),
            rounded_m2(after_m2),
        )
    )


def multi_polygons(geometries: Geometries) -> Geometries:
    """Make each a multi-polygon of its polygons; None where there are none."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    polygons = shapely.get_type_id(parts) == POLYGON
    out: npt.NDArray[np.object_] = np.full(len(geometries), None, dtype=object)
    if polygons.any():
        shapely.multipolygons(parts[polygons], indices=owner[polygons], out=out)
    return out


def _point(geometry: shapely.Geometry | None, projection: Projection) -> tuple[float, float] | None:
    """Say where on the map a shape is, if it is anywhere."""
    west, south, east, north = (float(value) for value in shapely.bounds(geometry))
    return lonlat_point((west + east) / 2, (south + north) / 2, projection)


def lonlat_point(x: float, y: float, projection: Projection = SWEREF) -> tuple[float, float] | None:
    ((longitude, latitude),) = projection.lonlat(np.array([[x, y]]))
    if not (np.isfinite(longitude) and np.isfinite(latitude)):
        return None
    return round(float(longitude), 7), round(float(latitude), 7)

"""GeoJSON, read without GDAL: it would follow links in `crs` and drop what it can't place."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from shapely.errors import ShapelyError

from portfolio.areas.file_formats import Format
from portfolio.areas.raw_layers import RawLayer, check_encoding, check_fields, check_size, damaged
from portfolio.areas.reference_systems import read_crs
from portfolio.areas.report import ReaderRequest
from portfolio.areas.wording import SEND_INSTEAD, shortened, to_choose_from
from portfolio.errors import FieldError, UnreadableFile
from portfolio.language import Text

WGS_84_NAMES = re.compile(r"urn:ogc:def:crs:OGC:[\d.]*:CRS84h?|OGC:CRS84", re.IGNORECASE)
EPSG_NAMES = re.compile(
    r"(?:urn:ogc:def:crs:EPSG:[\d.]*:|EPSG:|https?://www\.opengis\.net/def/crs/EPSG/[\d.]+/)(\d+)",
    re.IGNORECASE,
)
# No longitude is larger: numbers beyond it are metres, whatever RFC 7946 says of the system.
LARGEST_DEGREES = 360.0
# What numbers, lists and objects that are not what they should be end in.
MISFITS = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
    ShapelyError,
)
KNOWN_STRANGERS = {
    "gdal_streamed_alg": ("en beskrivning av en GDAL-körning", "a description of a GDAL run"),
}


@dataclass(slots=True)
class _Tally:
    """What has been seen while the geometries are built."""

    vertices: int = 0
    farthest: float = 0.0
    has_z: bool = False
    unclosed: bool = False
    unreadable: set[int] = field(default_factory=set)
    mended: set[int] = field(default_factory=set)


def load_json(path: Path, request: ReaderRequest) -> dict[str, Any]:
    """Parse a file of JSON.

    Raises:
        UnreadableFile: It is damaged, in another encoding, or no object.
    """
    check_encoding(request.encoding)
    try:
        document = json.loads(path.read_bytes().decode(request.encoding or "utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _not_utf_8() from error
    except (ValueError, RecursionError) as error:
        raise damaged() from error
    if not isinstance(document, dict):
        raise _refused("JSON men inte GeoJSON med områden", "JSON but not GeoJSON with areas")
    return document


def read_geojson(
    document: Mapping[str, Any], name: str, wanted: str | None, request: ReaderRequest
) -> RawLayer:
    """Read a FeatureCollection or a Feature; without a `crs` member it is WGS 84 (RFC 7946)."""
    features = _features(document)
    check_size(len(features), 0, request.limits)
    layer = document.get("name")
    layer = layer if isinstance(layer, str) and layer else name
    _check_layer(wanted, layer)
    return _layer(features, layer, document, request)


def crs_of(document: Mapping[str, Any], farthest: float) -> CRS | None:
    """Say which system a document is in; None if its numbers are no degrees and it names none."""
    if document.get("crs") is None and farthest > LARGEST_DEGREES:
        return None
    return _crs(document.get("crs"))


def mapping(value: object) -> Mapping[str, Any]:
    """Take a JSON object as it is, and anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def _layer(
    features: list[dict[str, Any]],
    name: str,
    document: Mapping[str, Any],
    request: ReaderRequest,
) -> RawLayer:
    properties = [mapping(feature.get("properties")) for feature in features]
    check_fields(request, dict.fromkeys(key for row in properties for key in row))
    tally = _Tally()
    geometries = np.full(len(features), None, dtype=object)
    for row, feature in enumerate(features):
        geometries[row] = _geometry_of(row, feature.get("geometry"), tally)
        check_size(len(features), tally.vertices, request.limits)
    return RawLayer(
        driver=Format.GEOJSON.value,
        name=name,
        crs=crs_of(document, tally.farthest),
        codes=[row.get(request.code_field) for row in properties],
        names=[row.get(request.name_field) for row in properties],
        geometries=geometries,
        unreadable=frozenset(tally.unreadable),
        mended=frozenset(tally.mended),
        has_z=tally.has_z,
    )


def _features(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    kind = document.get("type")
    if kind == "Feature":
        return [dict(document)]
    features = document.get("features") if kind == "FeatureCollection" else None
    if isinstance(features, list) and all(isinstance(feature, dict) for feature in features):
        return features
    if isinstance(kind, str) and kind in KNOWN_STRANGERS:
        raise _refused(*KNOWN_STRANGERS[kind])
    if "geometryType" in document:
        raise _refused("Esri JSON", "Esri JSON")
    raise _refused("JSON men inte GeoJSON med områden", "JSON but not GeoJSON with areas")


def _refused(sv: str, en: str) -> UnreadableFile:
    return UnreadableFile(
        f"Filen är {sv}. {SEND_INSTEAD.sv}", f"The file is {en}. {SEND_INSTEAD.en}"
    )


def _check_layer(wanted: str | None, layer: str) -> None:
    if wanted is not None and wanted != layer:
        raise UnreadableFile.at(
            "/layer",
            f"Filen har bara lagret {shortened(layer)}. Ange det eller inget lager.",
            f"The only layer of the file is {shortened(layer)}. Name that one or none.",
            to_choose_from([layer]),
        )


def _crs(member: object) -> CRS | None:
    """Understand the member of the 2008 format; only names are, links are not followed."""
    if member is None:
        return read_crs("EPSG:4326")
    name = mapping(mapping(member).get("properties")).get("name")
    if not isinstance(name, str):
        return None
    if WGS_84_NAMES.fullmatch(name.strip()):
        return read_crs("EPSG:4326")
    found = EPSG_NAMES.fullmatch(name.strip())
    return read_crs(f"EPSG:{found[1]}") if found else None


def _geometry_of(row: int, member: object, tally: _Tally) -> shapely.Geometry | None:
    if member is None:
        return None
    tally.unclosed = False
    try:
        geometry = _geometry(member, tally)
    except MISFITS:
        tally.unreadable.add(row)
        return None
    if tally.unclosed:
        tally.mended.add(row)
    return geometry


def _geometry(member: Any, tally: _Tally) -> shapely.Geometry:
    kind = member["type"]
    if not isinstance(kind, str):
        raise ValueError("the type of a geometry is a word")
    if kind == "GeometryCollection":
        parts = [_geometry(part, tally) for part in member["geometries"]]
        return shapely.GeometryCollection(parts)
    coordinates = member["coordinates"]
    if kind == "Polygon":
        return _polygon(coordinates, tally)
    if kind == "MultiPolygon":
        return shapely.MultiPolygon([_polygon(rings, tally) for rings in coordinates])
    return shapely.geometry.shape({"type": kind, "coordinates": coordinates})


def _polygon(rings: Sequence[Any], tally: _Tally) -> shapely.Polygon:
    if not len(rings) or not len(rings[0]):
        return shapely.Polygon()
    shell, *holes = (_ring(positions, tally) for positions in rings)
    return shapely.Polygon(shell, holes)


def _ring(positions: Sequence[Any], tally: _Tally) -> shapely.LinearRing:
    coordinates = np.array(positions, dtype=np.float64)
    if coordinates.ndim != 2 or coordinates.shape[1] < 2:
        raise ValueError("a ring is a list of positions")
    tally.vertices += len(coordinates)
    tally.has_z |= coordinates.shape[1] > 2
    tally.farthest = max(tally.farthest, float(abs(coordinates[0, 0])))
    tally.unclosed |= not np.array_equal(coordinates[0], coordinates[-1], equal_nan=True)
    with np.errstate(invalid="ignore"):  # what is not finite is reported with its row
        return shapely.LinearRing(coordinates[:, :2])


def _not_utf_8() -> UnreadableFile:
    sv = "GeoJSON ska vara i UTF-8. Spara den så, eller ange dess teckenkodning."
    en = "GeoJSON is to be in UTF-8. Save it so, or give its encoding."
    return UnreadableFile(sv, en, [FieldError("/encoding", Text(sv, en))])

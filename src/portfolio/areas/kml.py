"""KML, read without GDAL: its folders are layers, and links to other files are not followed."""

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import numpy as np
import numpy.typing as npt
import shapely
from shapely.errors import ShapelyError

from portfolio.areas.file_formats import Format
from portfolio.areas.raw_layers import (
    RawLayer,
    check_encoding,
    check_fields,
    check_size,
    choose_layer,
    wrong_encoding,
)
from portfolio.areas.reference_systems import read_crs
from portfolio.areas.report import ReaderRequest
from portfolio.areas.wording import SEND_INSTEAD
from portfolio.areas.xml_files import damaged_xml, in_utf_8, refuse_document_type
from portfolio.errors import UnreadableFile

DEEPEST = 200
CHUNK_BYTES = 2**18
# Elements of a placemark that are fields as they stand.
OWN_FIELDS = ("name", "description")
SINGLE = ("Point", "LineString", "LinearRing")
# No surfaces either, and without coordinates that are read: a model of a building, a journey.
OTHER_KINDS = ("Model", "Track", "MultiTrack")


@dataclass(slots=True)
class _Placemark:
    """A row: its fields, and its geometry as parts (kind and rings)."""

    layer: str
    fields: dict[str, str] = field(default_factory=dict)
    parts: list[tuple[str, list[npt.NDArray[np.float64]]]] = field(default_factory=list)
    has_z: bool = False
    broken: bool = False
    has_other: bool = False


@dataclass(slots=True)
class _Walk:
    """Where the parser stands, and what it has found."""

    request: ReaderRequest
    name: str
    path: list[str] = field(default_factory=list)
    folders: list[list[str]] = field(default_factory=list)
    placemarks: list[_Placemark] = field(default_factory=list)
    current: _Placemark | None = None
    data_name: str = ""
    text: list[str] = field(default_factory=list)
    vertices: int = 0
    # Of the polygon where it stands, how many of its rings are holes.
    rings_inside: int = 0

    def layer(self) -> str:
        """Name the layer by the folders around it, or else by the document or the file."""
        folders = [name for kind, name in self.folders if kind == "Folder" and name]
        documents = [name for kind, name in self.folders if kind == "Document" and name]
        return "/".join(folders) or next(iter(documents), self.name)


def read_kml(path: Path, name: str, wanted: str | None, request: ReaderRequest) -> RawLayer:
    """Read the placemarks of one folder; coordinates are longitude and latitude in WGS 84."""
    check_encoding(request.encoding)
    try:
        content = in_utf_8(path.read_bytes(), request.encoding)
    except UnicodeDecodeError as error:
        raise wrong_encoding() from error
    walk = _Walk(request, name)
    _parse(content, walk)
    layers = list(dict.fromkeys(mark.layer for mark in walk.placemarks))
    chosen = choose_layer(wanted, layers)
    return _layer([mark for mark in walk.placemarks if mark.layer == chosen], chosen, request)


def _layer(marks: list[_Placemark], name: str, request: ReaderRequest) -> RawLayer:
    known = dict.fromkeys(key for mark in marks for key in mark.fields)
    # Programs show KML's own two fields as `Name` and `Description`.
    spelt = {key.capitalize(): key for key in OWN_FIELDS if key in known}
    shown = [key for key in spelt if key not in known]
    check_fields(request, [*known, *(key for key in shown if key in _wanted(request))])
    code, label = (spelt.get(key, key) if key not in known else key for key in _wanted(request))
    geometries, unreadable, mended = np.full(len(marks), None, dtype=object), set(), set()
    for row, mark in enumerate(marks):
        try:
            geometries[row], closed = _geometry(mark)
        except (ValueError, ShapelyError):
            unreadable.add(row)
            continue
        if not closed:
            mended.add(row)
    return RawLayer(
        driver=Format.KML.value,
        name=name,
        crs=read_crs("EPSG:4326"),
        codes=[mark.fields.get(code) for mark in marks],
        names=[mark.fields.get(label) for mark in marks],
        geometries=geometries,
        unreadable=frozenset(unreadable),
        mended=frozenset(mended),
        has_z=any(mark.has_z for mark in marks),
    )


def _wanted(request: ReaderRequest) -> tuple[str, str]:
    return request.code_field, request.name_field


def _parse(content: bytes, walk: _Walk) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, given: _enter(
        walk, name.rpartition(" ")[2], str(given.get("name", ""))
    )
    parser.EndElementHandler = lambda name: _leave(walk, name.rpartition(" ")[2])
    parser.CharacterDataHandler = walk.text.append
    parser.StartDoctypeDeclHandler = refuse_document_type
    try:
        for start in range(0, len(content), CHUNK_BYTES):
            parser.Parse(content[start : start + CHUNK_BYTES], False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise damaged_xml() from error


def _enter(walk: _Walk, name: str, given_name: str) -> None:
    walk.text.clear()
    walk.path.append(name)
    if len(walk.path) > DEEPEST:
        raise UnreadableFile(
            f"KML-filen har för många nivåer. {SEND_INSTEAD.sv}",
            f"The KML has too many levels. {SEND_INSTEAD.en}",
        )
    if name in ("Folder", "Document"):
        walk.folders.append([name, ""])
    elif name == "Placemark":
        walk.current = _Placemark(walk.layer())
        walk.placemarks.append(walk.current)
        check_size(len(walk.placemarks), walk.vertices, walk.request.limits)
    elif walk.current is not None:
        _enter_placemark(walk, walk.current, name, given_name)


def _enter_placemark(walk: _Walk, mark: _Placemark, name: str, given_name: str) -> None:
    if name in ("Data", "SimpleData"):
        walk.data_name = given_name
    elif name == "Polygon" or (name in SINGLE and "Polygon" not in walk.path):
        mark.parts.append((name, []))
        walk.rings_inside = 0
    elif name in OTHER_KINDS:
        mark.has_other = True


def _leave(walk: _Walk, name: str) -> None:
    text = "".join(walk.text).strip()
    walk.text.clear()
    walk.path.pop()
    parent = walk.path[-1] if walk.path else ""
    if name in ("Folder", "Document"):
        walk.folders.pop()
    elif name == "Placemark":
        walk.current = None
    elif name == "name" and parent in ("Folder", "Document") and walk.folders:
        walk.folders[-1][1] = text
    elif walk.current is not None:
        _leave_placemark(walk, walk.current, name, parent, text)


def _leave_placemark(walk: _Walk, mark: _Placemark, name: str, parent: str, text: str) -> None:
    if name in OWN_FIELDS and parent == "Placemark":
        mark.fields[name] = text
    elif name == "SimpleData" or (name == "value" and parent == "Data"):
        mark.fields.setdefault(walk.data_name, text)
    elif name == "coordinates" and mark.parts:
        _add_coordinates(walk, mark, text)


def _add_coordinates(walk: _Walk, mark: _Placemark, text: str) -> None:
    try:
        positions = _positions(text)
    except ValueError:
        mark.broken = True
        return
    walk.vertices += len(positions)
    check_size(len(walk.placemarks), walk.vertices, walk.request.limits)
    mark.has_z |= positions.shape[1] > 2 and bool(positions[:, 2].any())
    kind, rings = mark.parts[-1]
    if kind == "Polygon" and "innerBoundaryIs" not in walk.path:
        # The shell may stand after its holes; a second one is no polygon.
        mark.broken |= len(rings) > walk.rings_inside
        rings.insert(0, positions[:, :2])
    else:
        walk.rings_inside += 1
        rings.append(positions[:, :2])


def _positions(text: str) -> npt.NDArray[np.float64]:
    """Parse `longitude,latitude[,height]` apart by white space."""
    tuples = text.split()
    if not tuples:
        return np.empty((0, 2))
    numbers = tuples[0].count(",") + 1
    flat = np.array(",".join(tuples).split(","), dtype=np.float64)
    if numbers not in (2, 3) or flat.size != numbers * len(tuples):
        return np.array([one.split(",")[:2] for one in tuples], dtype=np.float64).reshape(-1, 2)
    return flat.reshape(-1, numbers)


def _geometry(mark: _Placemark) -> tuple[shapely.Geometry | None, bool]:
    """Build a placemark's geometry, and say whether every ring was closed."""
    if mark.broken:
        raise ValueError("a position is two or three numbers")
    parts = [_part(kind, rings) for kind, rings in mark.parts]
    if mark.has_other and len(shapely.get_coordinates(parts)):
        # A collection with a point in it is no area, whatever else it has.
        somewhere = shapely.Point(shapely.get_coordinates(parts)[0])
        return shapely.GeometryCollection([somewhere, *parts]), True
    closed = all(
        np.array_equal(ring[0], ring[-1], equal_nan=True)
        for kind, rings in mark.parts
        for ring in rings
        if kind == "Polygon" and len(ring)
    )
    if len(parts) == 1:
        return parts[0], closed
    if parts and all(kind == "Polygon" for kind, _ in mark.parts):
        polygons = [part for part in parts if isinstance(part, shapely.Polygon)]
        return shapely.MultiPolygon(polygons), closed
    return (shapely.GeometryCollection(parts) if parts else None), closed


def _part(kind: str, rings: list[npt.NDArray[np.float64]]) -> shapely.Geometry:
    if kind == "Polygon":
        if not rings or not len(rings[0]):
            return shapely.Polygon()
        with np.errstate(invalid="ignore"):  # what is not finite is reported with its row
            shell, *holes = (shapely.LinearRing(ring) for ring in rings if len(ring))
            return shapely.Polygon(shell, holes)
    if not rings:
        return shapely.GeometryCollection()
    return shapely.Point(rings[0][0]) if kind == "Point" else shapely.LineString(rings[0])

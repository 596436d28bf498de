"""Which reader a file is for, and its one layer out of it."""

import shutil
from pathlib import Path

from portfolio.areas import cage
from portfolio.areas.archives import unpack_layer
from portfolio.areas.crs_proposals import require_crs
from portfolio.areas.file_formats import READ_BY_GDAL, Format, detect
from portfolio.areas.geojson import load_json, read_geojson
from portfolio.areas.kml import read_kml
from portfolio.areas.opened import Opened
from portfolio.areas.raw_layers import RawLayer
from portfolio.areas.report import ReaderRequest
from portfolio.areas.topojson import read_topojson


def open_layer(path: Path, folder: Path, request: ReaderRequest) -> RawLayer:
    """Find out what the file `path` is, and read its layer as it stands.

    Raises:
        UnreadableFile: As `boundary_files.read_boundaries` says.
        UnknownCrs: Likewise.
    """
    layer = _read(opened(path, folder, request), request)
    require_crs(request.crs, layer, request.around)
    return layer


def opened(path: Path, folder: Path, request: ReaderRequest) -> Opened:
    """Find out what the file is, and unpack it if it is a zip. GDAL has no part in it."""
    format_ = detect(path)
    if format_ is not Format.ZIP:
        return Opened(format_, path, request.layer or "areas", request.layer)
    into = folder / "unpacked"
    shutil.rmtree(into, ignore_errors=True)  # left by a process that was started over
    into.mkdir()
    most = request.limits.unpacked_bytes
    found = unpack_layer(path, into, layer=request.layer, most_bytes=most)
    return Opened(found.format, found.path, found.layer, found.inner_layer, found.encoding)


def _read(file: Opened, request: ReaderRequest) -> RawLayer:
    if file.format is Format.KML:
        return read_kml(file.path, file.name, file.layer, request)
    if file.format in READ_BY_GDAL:
        cage.load_gdal(file.format.value)
        from portfolio.areas.gdal_formats import read_with_gdal

        return read_with_gdal(file, request)
    document = load_json(file.path, request)
    if document.get("type") == "Topology":
        return read_topojson(document, file.layer, request)
    return read_geojson(document, file.name, file.layer, request)

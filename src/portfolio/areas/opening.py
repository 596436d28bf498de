"""Which reader a file is for, and its one layer out of it."""

from pathlib import Path

from portfolio.areas.archives import unpack_layer
from portfolio.areas.file_formats import Format, detect
from portfolio.areas.geojson import read_geojson
from portfolio.areas.raw_layers import RawLayer, read_geopackage, read_shapefile
from portfolio.areas.report import ReaderRequest


def open_layer(path: Path, folder: Path, request: ReaderRequest) -> RawLayer:
    """Find out what the file `path` is, and read its layer as it stands.

    Raises:
        UnreadableFile: As `boundary_files.read_boundaries` says.
    """
    format_, name = detect(path), request.layer or "areas"
    if format_ is Format.ZIP:
        most = request.limits.unpacked_bytes
        found = unpack_layer(path, folder, layer=request.layer, most_bytes=most)
        path, name, format_ = found.path, found.layer, found.format
    if format_ is Format.SHAPEFILE:
        return read_shapefile(path, name, request)
    if format_ is Format.GEOJSON:
        return read_geojson(path, name, request)
    # GDAL warns of a GeoPackage that is not called one.
    return read_geopackage(path.rename(path.with_suffix(".gpkg")), request)

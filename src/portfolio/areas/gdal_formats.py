"""The formats that GDAL reads, each made ready for it. Only readers inside the cage use this."""

from dataclasses import replace

import pyogrio  # type: ignore[import-untyped]

from portfolio.areas.file_formats import Format
from portfolio.areas.gdal_layers import Table, curved_rows_of, layers_of, read_table
from portfolio.areas.geopackage import read_geopackage
from portfolio.areas.gml import check_one_system, tidy_gml
from portfolio.areas.mapinfo import encodings_of, round_rows_of, tidy_mif, tidy_tab
from portfolio.areas.opened import Opened
from portfolio.areas.raw_layers import (
    RawLayer,
    check_encoding,
    choose_layer,
    wrong_encoding,
)
from portfolio.areas.report import ReaderRequest


def read_with_gdal(file: Opened, request: ReaderRequest) -> RawLayer:
    """Read the one layer that is wanted.

    Raises:
        UnreadableFile: As `boundary_files.read_boundaries` says.
    """
    check_encoding(request.encoding)
    try:
        return READERS[file.format](file, request)
    except (UnicodeError, LookupError) as error:
        raise wrong_encoding() from error


def _shapefile(file: Opened, request: ReaderRequest) -> RawLayer:
    encoding = request.encoding or file.encoding
    return read_table(Table(file.path, file.format, "layer", file.name, encoding), request)


def _mapinfo(file: Opened, request: ReaderRequest) -> RawLayer:
    charset = tidy_tab(file.path) if file.path.suffix == ".tab" else tidy_mif(file.path)
    encodings = encodings_of(charset) if request.encoding is None else (request.encoding,)
    curved = round_rows_of(file.path)
    *tables, last = (
        Table(file.path, file.format, "layer", file.name, encoding) for encoding in encodings
    )
    for table in tables:
        try:
            return read_table(table, request, curved)
        except UnicodeDecodeError:
            continue  # the next encoding is tried
    return read_table(last, request, curved)


def _geopackage(file: Opened, request: ReaderRequest) -> RawLayer:
    # GDAL warns of a GeoPackage that is not called one.
    path = file.path.rename(file.path.with_suffix(".gpkg"))
    return read_geopackage(path, file.layer, request)


def _flatgeobuf(file: Opened, request: ReaderRequest) -> RawLayer:
    name = choose_layer(file.layer, layers_of(file.path))
    table = Table(file.path, file.format, name, name)
    return read_table(table, request, curved_rows_of(file.path, name))


def _gml(file: Opened, request: ReaderRequest) -> RawLayer:
    # Unasked GDAL makes numbers of codes that look like them, and their zeros are lost.
    pyogrio.set_gdal_config_options({"GML_FIELDTYPES": "ALWAYS_STRING"})
    path = file.path.rename(file.path.with_suffix(".gml"))
    found = tidy_gml(path, request.encoding)
    layers = layers_of(path)
    name = choose_layer(file.layer, layers)
    layer = read_table(Table(path, file.format, name, name), request)
    if layer.crs is None:
        check_one_system(found.systems)
    # By position: GDAL's row numbers are taken from the digits of gml:id.
    there = range(len(layer.codes))
    return replace(layer, curved=frozenset(found.curved.get(name, ())).intersection(there))


READERS = {
    Format.SHAPEFILE: _shapefile,
    Format.MAPINFO: _mapinfo,
    Format.GEOPACKAGE: _geopackage,
    Format.FLATGEOBUF: _flatgeobuf,
    Format.GML: _gml,
}

"""Layers read with GDAL. Only readers inside the cage import this module."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio  # type: ignore[import-untyped]
import pyogrio.raw  # type: ignore[import-untyped]
import shapely
from pyogrio.errors import (  # type: ignore[import-untyped]
    DataLayerError,
    DataSourceError,
    FeatureError,
    GeometryError,
)

from portfolio.areas.file_formats import Format
from portfolio.areas.raw_layers import RawLayer, check_fields, check_size, damaged
from portfolio.areas.reference_systems import Geometries, read_crs
from portfolio.areas.report import ReaderRequest

Column = npt.NDArray[Any]
FAILURES = (DataSourceError, DataLayerError, FeatureError, GeometryError)
# The types of OGR that have arcs.
CURVED = "OGR_GEOMETRY LIKE '%CURVE%' OR OGR_GEOMETRY LIKE '%SURFACE%'"


@dataclass(frozen=True, slots=True)
class Table:
    """One layer on disk: `layer` is GDAL's name for it, `name` the sender's.

    `encoding` is how its texts are written, over what GDAL finds out.
    """

    path: Path
    format: Format
    layer: str
    name: str
    encoding: str | None = None


def layers_of(path: Path) -> list[str]:
    """List the layers that GDAL sees in a file, in its order."""
    try:
        return [str(name) for name, _ in pyogrio.list_layers(path)]
    except FAILURES as error:
        raise damaged() from error


def curved_rows_of(path: Path, layer: str) -> frozenset[int]:
    """Find the rows that have arcs, by their numbers: GDAL makes them straight unasked."""
    try:
        _, rows, _, _ = pyogrio.raw.read(
            path, layer=layer, columns=[], where=CURVED, read_geometry=False, return_fids=True
        )
    except FAILURES as error:
        raise damaged() from error
    return frozenset(rows.tolist())


def read_table(
    table: Table, request: ReaderRequest, curved_rows: frozenset[int] = frozenset()
) -> RawLayer:
    """Read one layer; `curved_rows` are the numbers of those that have arcs.

    Raises:
        UnreadableFile: It is damaged, too large, or lacks a field.
        UnicodeDecodeError: Its texts are not in the encoding they should be in.
    """
    try:
        with warnings.catch_warnings(record=True) as said:
            # That measures are left out is said in no other way.
            warnings.filterwarnings("always", message="Measured")
            crs, rows, blobs, by_field = _read_columns(table, request)
    except FAILURES as error:
        raise damaged() from error
    check_size(len(rows), 0, request.limits)
    geometries, unreadable, mended = _geometries(blobs)
    check_size(len(rows), int(shapely.get_num_coordinates(geometries).sum()), request.limits)
    has_z = bool(shapely.has_z(geometries).any())
    return RawLayer(
        driver=table.format.value,
        name=table.name,
        crs=read_crs(crs),
        codes=by_field[request.code_field].tolist(),
        names=by_field[request.name_field].tolist(),
        geometries=shapely.force_2d(geometries) if has_z else geometries,
        unreadable=unreadable,
        mended=mended,
        curved=frozenset(at for at, row in enumerate(rows.tolist()) if row in curved_rows),
        has_z=has_z,
        has_m=any(str(warning.message).startswith("Measured") for warning in said),
    )


def _read_columns(
    table: Table, request: ReaderRequest
) -> tuple[str | None, Column, Column, dict[str, Column]]:
    """Give the reference system, the row numbers, the WKB, and the two fields by name."""
    about = pyogrio.read_info(table.path, layer=table.layer, encoding=table.encoding)
    # A GeoPackage keeps its row number in a column people know, often as `fid`.
    row_number = about["fid_column"]
    check_fields(request, [*about["fields"], *([row_number] if row_number else [])])
    meta, rows, blobs, columns = pyogrio.raw.read(
        table.path,
        layer=table.layer,
        encoding=table.encoding,
        columns=[request.code_field, request.name_field],
        max_features=request.limits.features + 1,
        return_fids=True,
    )
    if blobs is None:  # a layer that has no geometry at all
        blobs = np.full(len(rows), None, dtype=object)
    by_field = {row_number: rows, **dict(zip(meta["fields"], columns, strict=True))}
    return meta["crs"], rows, blobs, by_field


def _geometries(blobs: Column) -> tuple[Geometries, frozenset[int], frozenset[int]]:
    """Parse WKB; where the strict way fails, close rings and note which rows that was."""
    geometries: Geometries = np.asarray(shapely.from_wkb(blobs, on_invalid="ignore"), dtype=object)
    there = np.array([blob is not None for blob in blobs], dtype=bool)
    failed = np.flatnonzero(there & shapely.is_missing(geometries))
    if not failed.size:
        return geometries, frozenset(), frozenset()
    geometries[failed] = shapely.from_wkb(blobs[failed], on_invalid="fix")
    still = frozenset(failed[shapely.is_missing(geometries[failed])].tolist())
    return geometries, still, frozenset(failed.tolist()) - still

"""One layer as the file has it: rows in order, nothing repaired, nothing reprojected."""

import codecs
import sqlite3
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
from pyproj import CRS

from portfolio.areas.file_formats import Format
from portfolio.areas.reference_systems import Geometries, read_crs
from portfolio.areas.report import ReaderLimits, ReaderRequest
from portfolio.areas.wording import SEND_INSTEAD, listed, shortened
from portfolio.errors import FieldError, UnreadableFile
from portfolio.language import Text

Column = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class RawLayer:
    """Rows by position, from 0.

    `geometries` has None where the row has no geometry and where it could not be read;
    the latter are in `unreadable`. `mended` had rings that were not closed.
    """

    driver: str
    name: str
    crs: CRS | None
    codes: Sequence[object]
    names: Sequence[object]
    geometries: Geometries
    unreadable: frozenset[int] = field(default_factory=frozenset)
    mended: frozenset[int] = field(default_factory=frozenset)
    curved: frozenset[int] = field(default_factory=frozenset)
    has_z: bool = False


def read_shapefile(path: Path, name: str, request: ReaderRequest) -> RawLayer:
    """Read `path`, the .shp among its parts, which the person knows as `name`."""
    check_encoding(request.encoding)
    try:
        return _read(path, name, Format.SHAPEFILE, request)
    except (UnicodeDecodeError, LookupError) as error:
        raise _wrong_encoding() from error


def read_geopackage(path: Path, request: ReaderRequest) -> RawLayer:
    """Read one plain table of features; views and computed columns are refused."""
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            layer, column = _choose_layer(connection, request.layer)
            curved_rows = _rows_with_curves(connection, layer, column)
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise damaged() from error
    try:
        return _read(path, layer, Format.GEOPACKAGE, request, curved_rows)
    except UnicodeDecodeError as error:
        raise damaged() from error


def check_fields(request: ReaderRequest, fields: Iterable[str]) -> None:
    """Raise UnreadableFile that lists the fields, if the code or the name is not among them."""
    known = list(fields)
    wanted = {"/code_field": request.code_field, "/name_field": request.name_field}
    has = listed(known) or "-"
    errors = [
        FieldError(
            pointer,
            Text(
                f"Fältet {shortened(name)} finns inte i filen. Den har: {has}.",
                f"The file has no field {shortened(name)}. It has: {has}.",
            ),
        )
        for pointer, name in wanted.items()
        if name not in known
    ]
    if errors:
        raise UnreadableFile(errors[0].detail.sv, errors[0].detail.en, errors)


def check_size(rows: int, vertices: int, limits: ReaderLimits) -> None:
    """Raise UnreadableFile for no rows, too many, or too many vertices."""
    if rows == 0:
        raise UnreadableFile(
            "Lagret har inga rader. Skicka ett lager med områden.",
            "The layer has no rows. Send a layer with areas.",
        )
    if rows > limits.features:
        raise UnreadableFile(
            f"Lagret har fler än {limits.features} rader. Dela upp det.",
            f"The layer has more than {limits.features} rows. Split it.",
        )
    if vertices > limits.vertices:
        raise UnreadableFile(
            f"Gränserna har fler än {limits.vertices} brytpunkter. Förenkla dem.",
            f"The boundaries have more than {limits.vertices} vertices. Simplify them.",
        )


def check_encoding(encoding: str | None) -> None:
    """Raise UnreadableFile unless it names a way to write text."""
    if encoding is None:
        return
    try:
        codecs.lookup(encoding)
        b"".decode(encoding)
    except (LookupError, ValueError) as error:
        raise UnreadableFile.at(
            "/encoding",
            f"Teckenkodningen {shortened(encoding)} är okänd. Ange UTF-8 eller ISO-8859-1.",
            f"The encoding {shortened(encoding)} is unknown. Give UTF-8 or ISO-8859-1.",
        ) from error


def damaged() -> UnreadableFile:
    return UnreadableFile(
        f"Filen är skadad eller avbruten. Exportera den på nytt. {SEND_INSTEAD.sv}",
        f"The file is damaged or cut off. Export it anew. {SEND_INSTEAD.en}",
    )


def _wrong_encoding() -> UnreadableFile:
    sv = "Texten i filen har en annan teckenkodning. Ange den, till exempel encoding=ISO-8859-1."
    en = "The text of the file has another encoding. Give it, such as encoding=ISO-8859-1."
    return UnreadableFile(sv, en, [FieldError("/encoding", Text(sv, en))])


def _read(
    path: Path,
    name: str,
    format_: Format,
    request: ReaderRequest,
    curved_rows: frozenset[int] = frozenset(),
) -> RawLayer:
    try:
        crs, rows, blobs, by_field = _read_columns(path, name, format_, request)
    except (DataSourceError, DataLayerError, FeatureError, GeometryError) as error:
        raise damaged() from error
    check_size(len(rows), 0, request.limits)
    geometries, unreadable, mended = _geometries(blobs)
    check_size(len(rows), int(shapely.get_num_coordinates(geometries).sum()), request.limits)
    return RawLayer(
        driver=format_.value,
        name=name,
        crs=read_crs(crs),
        codes=by_field[request.code_field].tolist(),
        names=by_field[request.name_field].tolist(),
        geometries=shapely.force_2d(geometries),
        unreadable=unreadable,
        mended=mended,
        curved=frozenset(at for at, row in enumerate(rows.tolist()) if row in curved_rows),
        has_z=bool(shapely.has_z(geometries).any()),
    )


def _read_columns(
    path: Path, name: str, format_: Format, request: ReaderRequest
) -> tuple[str | None, Column, Column, dict[str, Column]]:
    """Give the reference system, the row numbers, the WKB, and the two fields by name."""
    layer = name if format_ is Format.GEOPACKAGE else "layer"
    encoding = request.encoding if format_ is Format.SHAPEFILE else None
    about = pyogrio.read_info(path, layer=layer, encoding=encoding)
    # A GeoPackage keeps its row number in a column people know, often as `fid`.
    row_number = about["fid_column"]
    check_fields(request, [*about["fields"], *([row_number] if row_number else [])])
    meta, rows, blobs, columns = pyogrio.raw.read(
        path,
        layer=layer,
        encoding=encoding,
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


def _choose_layer(connection: sqlite3.Connection, wanted: str | None) -> tuple[str, str]:
    _require_plain_table(connection, "gpkg_contents")
    _require_plain_table(connection, "gpkg_geometry_columns")
    _require_plain_table(connection, "gpkg_spatial_ref_sys")
    layers: dict[str, str] = dict(
        connection.execute(
            "SELECT table_name, column_name FROM gpkg_contents "
            "JOIN gpkg_geometry_columns USING (table_name) WHERE data_type = 'features' LIMIT 1000"
        ).fetchall()
    )
    chosen = next(iter(layers), "") if wanted is None else wanted
    if chosen not in layers or (wanted is None and len(layers) > 1):
        raise UnreadableFile.at(
            "/layer",
            f"Ange ett av filens lager med områden: {listed(sorted(layers)) or '-'}.",
            f"Name one of the file's layers with areas: {listed(sorted(layers)) or '-'}.",
        )
    _require_plain_table(connection, chosen)
    return chosen, layers[chosen]


def _require_plain_table(connection: sqlite3.Connection, table: str) -> None:
    """A view or a computed column is a program of the sender's; none of them is run."""
    kinds = connection.execute(
        "SELECT type, sql FROM sqlite_master WHERE lower(name) = lower(?) AND type <> 'index'",
        [table],
    ).fetchall()
    plain = [sql for kind, sql in kinds if kind == "table" and "VIRTUAL" not in sql[:20].upper()]
    if len(kinds) != 1 or len(plain) != 1:
        raise _not_a_table(table)
    columns = connection.execute("SELECT hidden FROM pragma_table_xinfo(?)", [table]).fetchall()
    if any(hidden for (hidden,) in columns):
        raise _not_a_table(table)


def _not_a_table(table: str) -> UnreadableFile:
    return UnreadableFile(
        f"{shortened(table)} i GeoPackagen är ingen vanlig tabell. Exportera lagret på nytt.",
        f"{shortened(table)} in the GeoPackage is no plain table. Export the layer anew.",
    )


def _rows_with_curves(connection: sqlite3.Connection, table: str, column: str) -> frozenset[int]:
    """Look at the type each geometry states: GDAL makes curves straight and does not say so."""
    quoted = (name.replace('"', '""') for name in (column, table))
    rows = connection.execute('SELECT rowid, substr("{}", 1, 80) FROM "{}"'.format(*quoted))  # noqa: S608
    return frozenset(row for row, head in rows if isinstance(head, bytes) and _is_curve(head))


def _is_curve(head: bytes) -> bool:
    """Read the GeoPackage header (OGC 12-128, 2.1.3) up to the type of its ISO WKB."""
    if len(head) < 8 or head[:2] != b"GP":
        return False
    envelope = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}.get(head[3] >> 1 & 7)
    if envelope is None or len(head) < 13 + envelope:
        return False
    order = "<" if head[8 + envelope] else ">"
    kind = int(struct.unpack_from(f"{order}L", head, 9 + envelope)[0])
    first_curve, last_curve = 8, 14  # CircularString to Surface
    return first_curve <= kind % 1000 <= last_curve

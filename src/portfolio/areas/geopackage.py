"""GeoPackages: looked at with SQLite before GDAL reads them."""

import sqlite3
import struct
from pathlib import Path

from portfolio.areas.file_formats import Format
from portfolio.areas.gdal_layers import Table, read_table
from portfolio.areas.raw_layers import RawLayer, choose_layer, damaged
from portfolio.areas.report import ReaderRequest
from portfolio.areas.wording import shortened
from portfolio.errors import UnreadableFile


def read_geopackage(path: Path, wanted: str | None, request: ReaderRequest) -> RawLayer:
    """Read one plain table of features; views and computed columns are refused."""
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            layer, column = _choose_table(connection, wanted)
            curved_rows = _rows_with_curves(connection, layer, column)
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise damaged() from error
    try:
        return read_table(Table(path, Format.GEOPACKAGE, layer, layer), request, curved_rows)
    except UnicodeDecodeError as error:
        raise damaged() from error


def _choose_table(connection: sqlite3.Connection, wanted: str | None) -> tuple[str, str]:
    _require_plain_table(connection, "gpkg_contents")
    _require_plain_table(connection, "gpkg_geometry_columns")
    _require_plain_table(connection, "gpkg_spatial_ref_sys")
    layers: dict[str, str] = dict(
        connection.execute(
            "SELECT table_name, column_name FROM gpkg_contents "
            "JOIN gpkg_geometry_columns USING (table_name) WHERE data_type = 'features' LIMIT 1000"
        ).fetchall()
    )
    chosen = choose_layer(wanted, list(layers))
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

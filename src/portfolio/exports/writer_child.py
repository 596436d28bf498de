"""The process that writes one file: `python -m portfolio.exports.writer_child FOLDER PID`.

FOLDER holds `request.json` and for each table its rows: `N.rows` with a line of JSON a row, and
`N.wkb` with the geometries one after the other. The file is left as `written` beside them. It
reads nothing that a stranger sent, but the server itself must never load GDAL.
"""

import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from portfolio.areas import cage

REQUEST, WRITTEN = "request.json", "written"
MEMORY_BYTES = 3 * 2**30
CRS = "EPSG:3006"
GEOMETRY_COLUMN = "geom"
NO_MOMENT = "2000-01-01T00:00:00.000Z"

DTYPES: Mapping[str, tuple[str, Any]] = {
    "text": ("O", ""),
    "integer": ("i8", 0),
    "number": ("f8", 0.0),
    "amount": ("f8", 0.0),
    "date": ("M8[D]", "1970-01-01"),
    "boolean": ("?", False),
}
# As QGIS makes it: whatever reads styles looks for exactly these columns.
STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
  f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT CURRENT_TIMESTAMP
)
"""


def main(folder: Path, parent: int) -> None:
    request = json.loads((folder / REQUEST).read_text("utf-8"))
    cage.confine(MEMORY_BYTES, request["seconds"], parent)
    write = _write_geopackage if request["format"] == "gpkg" else _write_flatgeobuf
    write(folder, request)
    (folder / f"{WRITTEN}.{request['format']}").rename(folder / WRITTEN)


def _write_geopackage(folder: Path, request: Mapping[str, Any]) -> None:
    path = folder / f"{WRITTEN}.gpkg"
    for number, table in enumerate(request["tables"]):
        # The identifier stays the table's name: it must be unique, which titles are not.
        options = {"FID": "fid", "DESCRIPTION": table["title"]}
        if table["geometry"] is not None:
            options["GEOMETRY_NAME"] = GEOMETRY_COLUMN
        _write(
            path,
            folder,
            number,
            table,
            driver="GPKG",
            append=number > 0,
            # Debian's GDAL 3.6 warns at 1.4, which this one would write.
            dataset_options={} if number else {"VERSION": "1.3"},
            layer_options=options,
        )
    with closing(sqlite3.connect(path)) as connection:
        _add_styles(connection, request["tables"], request["styles"])


def _write_flatgeobuf(folder: Path, request: Mapping[str, Any]) -> None:
    (table,) = request["tables"]
    # The format's index has no entry for a feature that is nowhere.
    options = {"SPATIAL_INDEX": "NO" if table["placeless"] else "YES", "TITLE": table["title"]}
    path = folder / f"{WRITTEN}.fgb"
    _write(path, folder, 0, table, driver="FlatGeobuf", layer_options=options)


def _write(path: Path, folder: Path, number: int, table: Mapping[str, Any], **options: Any) -> None:
    from pyogrio import raw  # type: ignore[import-untyped]

    sizes, columns, masks = _columns(folder / f"{number}.rows", table)
    geometry = None
    if table["geometry"] is not None:
        geometry = np.empty(len(sizes), dtype=object)
        geometry[:] = list(_blobs(folder / f"{number}.wkb", sizes))
    raw.write(
        path,
        geometry,
        columns,
        [field["name"] for field in table["fields"]],
        field_mask=masks,
        layer=table["name"],
        geometry_type=table["geometry"],
        crs=CRS,
        **options,
    )


def _columns(rows: Path, table: Mapping[str, Any]) -> tuple[list[int | None], list[Any], list[Any]]:
    """The size of each geometry, and for each field its values and where they are unknown."""
    kinds = [DTYPES[field["kind"]] for field in table["fields"]]
    columns = [np.full(table["rows"], nothing, dtype=dtype) for dtype, nothing in kinds]
    masks = [np.zeros(table["rows"], dtype=bool) for _ in kinds]
    sizes: list[int | None] = []
    known: dict[str, str] = {}
    with rows.open(encoding="utf-8") as lines:
        for at, line in enumerate(lines):
            size, *values = json.loads(line)
            sizes.append(size)
            for column, mask, value in zip(columns, masks, values, strict=True):
                if value is None:
                    mask[at] = True
                else:
                    # Many rows say the same: one copy of each text is enough.
                    column[at] = known.setdefault(value, value) if type(value) is str else value
    return sizes, columns, masks


def _blobs(path: Path, sizes: Iterable[int | None]) -> Iterator[bytes | None]:
    with path.open("rb") as file:
        for size in sizes:
            yield None if size is None else file.read(size)


def _add_styles(
    connection: sqlite3.Connection,
    tables: Iterable[Mapping[str, Any]],
    styles: Iterable[Mapping[str, Any]],
) -> None:
    geometry = {table["name"]: table["geometry"] and GEOMETRY_COLUMN for table in tables}
    connection.execute(STYLES)
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
        " VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
        [NO_MOMENT],
    )
    connection.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
        " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner,"
        " ui, update_time) VALUES ('', '', ?, ?, ?, ?, ?, 1, '', '', NULL, ?)",
        [
            (
                style["table"],
                geometry[style["table"]] or "",
                style["name"],
                style["qml"],
                style["sld"],
                NO_MOMENT,
            )
            for style in styles
        ],
    )
    connection.commit()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

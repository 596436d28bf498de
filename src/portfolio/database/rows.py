"""Rows as lines of JSON, the same on both engines: out of a table, and into one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import orjson
import shapely
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel.sql.sqltypes import AutoString

from portfolio.database.bulk import shapes_of
from portfolio.database.types import SWEREF99_TM, JsonText, PlanarGeometry, UtcDateTime

ROWS_AT_A_TIME = 200
LINE = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


class Kind(StrEnum):
    """What a column holds; JSON is text, byte for byte as it was written."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    GEOMETRY = "geometry"


# The first that fits: some types are kinds of others.
KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (UtcDateTime, Kind.TIME),
    (JsonText, Kind.TEXT),
    (PlanarGeometry, Kind.GEOMETRY),
    (sa.Boolean, Kind.BOOLEAN),
    (sa.Date, Kind.DATE),
    (sa.Float, Kind.NUMBER),
    (sa.Integer, Kind.INTEGER),
    (sa.String, Kind.TEXT),
    (AutoString, Kind.TEXT),
)
# As a column is read. A geometry comes as the driver has it.
SELECTED: dict[Kind, sa.types.TypeEngine[Any]] = {
    Kind.INTEGER: sa.BigInteger(),
    Kind.NUMBER: sa.Float(),
    Kind.TEXT: sa.Text(),
    Kind.BOOLEAN: sa.Boolean(),
    Kind.DATE: sa.Date(),
    Kind.TIME: sa.DateTime(),
    Kind.GEOMETRY: sa.types.NullType(),
}


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind
    nullable: bool
    # `table.column` of a foreign key.
    refers_to: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A table as its lines are written: columns in order of name, rows in order of the key."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def position(self, column: str) -> int:
        return [one.name for one in self.columns].index(column)


def name_of_engine(connection: sa.Connection) -> str:
    return connection.dialect.name


def layout_of(table: sa.Table) -> Layout:
    columns = sorted(table.columns, key=lambda column: column.name)
    key = tuple(column.name for column in table.primary_key)
    return Layout(table.name, tuple(_column(one) for one in columns), key)


def _column(column: sa.Column[Any]) -> Column:
    kind = next(kind for type_, kind in KINDS if isinstance(column.type, type_))
    refers_to = next((key.target_fullname for key in column.foreign_keys), None)
    return Column(column.name, kind, bool(column.nullable), refers_to)


def read_lines(connection: sa.Connection, layout: Layout) -> Iterator[list[bytes]]:
    """All rows of a table in order of its key, some at a time, a line of JSON each.

    A line is the values in order of their columns' names: integers and numbers exact, moments in
    UTC, geometry as little-endian WKB in hexadecimal digits, without its reference system.
    """
    columns = [sa.column(one.name, SELECTED[one.kind]) for one in layout.columns]
    query = sa.select(*columns).select_from(sa.table(layout.name))
    query = query.order_by(*(_in_bytes(connection, layout, name) for name in layout.key))
    shapes = [i for i, one in enumerate(layout.columns) if one.kind is Kind.GEOMETRY]
    options = {"yield_per": ROWS_AT_A_TIME}
    with connection.execute(query, execution_options=options) as result:
        for rows in result.partitions():
            values: list[Sequence[Any]] = list(zip(*rows, strict=True))
            for index in shapes:
                values[index] = _as_digits(values[index])
            yield [orjson.dumps(row, option=LINE) for row in zip(*values, strict=True)]


def _in_bytes(connection: sa.Connection, layout: Layout, name: str) -> sa.ColumnElement[Any]:
    """The column to sort by: text by its bytes, whatever language the database sorts in."""
    kind = layout.columns[layout.position(name)].kind
    column = sa.column(name, SELECTED[kind])
    if kind is Kind.TEXT and connection.dialect.name == "postgresql":
        return sa.collate(column, "C")
    return column


def _as_digits(values: Sequence[Any]) -> list[str | None]:
    array = np.empty(len(values), dtype=object)
    array[:] = shapes_of(values)
    return list(shapely.to_wkb(array, hex=True, byte_order=1))


def insert_values(
    connection: sa.Connection, layout: Layout, batches: Iterable[Sequence[Sequence[Any]]]
) -> None:
    """Insert what lines say, by column in each batch.

    PostgreSQL gets all of them in one statement, since rows of a table may point at later ones.
    """
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(one.name) for one in layout.columns)
    if connection.dialect.name == "postgresql":
        statement = f"COPY {quote(layout.name)} ({names}) FROM STDIN"
        _copy(connection, statement, layout, batches)
        return
    marks = ", ".join("?" for _ in layout.columns)
    statement = f"INSERT INTO {quote(layout.name)} ({names}) VALUES ({marks})"  # noqa: S608  names are quoted
    for values in batches:
        ready = [
            _for_sqlite(one.kind, column)
            for one, column in zip(layout.columns, values, strict=True)
        ]
        connection.exec_driver_sql(statement, list(zip(*ready, strict=True)))


def _copy(
    connection: sa.Connection,
    statement: str,
    layout: Layout,
    batches: Iterable[Sequence[Sequence[Any]]],
) -> None:
    driver: Any = connection.connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for values in batches:
                ready = [
                    _with_system(column) if one.kind is Kind.GEOMETRY else column
                    for one, column in zip(layout.columns, values, strict=True)
                ]
                for row in zip(*ready, strict=True):
                    copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError(statement, None, error) from error


def _with_system(values: Sequence[str | None]) -> list[str | None]:
    known = shapely.set_srid(np.array(shapes_of(values), dtype=object), SWEREF99_TM)
    return list(shapely.to_wkb(known, hex=True, include_srid=True))


def _for_sqlite(kind: Kind, values: Sequence[Any]) -> Sequence[Any]:
    """As SQLAlchemy would have stored them."""
    if kind is Kind.TIME:
        return [None if value is None else _sqlite_time(value) for value in values]
    if kind is Kind.BOOLEAN:
        return [None if value is None else int(value) for value in values]
    if kind is Kind.GEOMETRY:
        return [None if value is None else bytes.fromhex(value) for value in values]
    return values


def _sqlite_time(value: str) -> str:
    """`2026-11-03T08:15:00Z` as `2026-11-03 08:15:00.000000`."""
    whole, _, fraction = value.removesuffix("Z").replace("T", " ").partition(".")
    return f"{whole}.{fraction or '000000'}"

"""Thousands of rows at once, each engine in its quickest way."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from portfolio.database.base import Table, table
from portfolio.database.types import SWEREF99_TM, PlanarGeometry

# By column, the values of all rows.
Columns = Mapping[str, Sequence[Any]]


def insert_columns(session: Session, model: type[Table], columns: Columns) -> None:
    """Insert rows whose values come by column; geometries become WKB all together."""
    if not any(len(values) for values in columns.values()):
        return
    session.flush()
    target, connection = table(model), session.connection()
    ready = {
        name: _ready(target.c[name].type, values, connection.dialect)
        for name, values in columns.items()
    }
    if connection.dialect.name == "postgresql":
        _copy(connection, target, ready)
        return
    inserting = sa.insert(target).values({name: sa.bindparam(name) for name in columns})
    compiled = inserting.compile(dialect=connection.dialect)
    ordered = [ready[name] for name in compiled.positiontup or ()]
    connection.exec_driver_sql(str(compiled), list(zip(*ordered, strict=True)))


def insert_rows(session: Session, model: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        insert_columns(session, model, {name: [row[name] for row in rows] for name in rows[0]})


def reserve_ids(session: Session, model: type[Table], count: int) -> list[int]:
    """Numbers for rows to come, in order. On SQLite nobody else writes until the commit."""
    target = table(model)
    if session.connection().dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(target.name, "id")
        numbers = sa.func.generate_series(1, count).table_valued("number")
        query = sa.select(sa.func.nextval(sequence)).select_from(numbers)
        return sorted(session.execute(query).scalars())
    last = session.execute(sa.select(sa.func.coalesce(sa.func.max(target.c.id), 0))).scalar_one()
    return list(range(last + 1, last + 1 + count))


def shapes_of(values: Sequence[Any]) -> list[Any]:
    """Geometries as they were selected raw: WKB on SQLite, in digits on PostgreSQL."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return list(shapely.from_wkb(array))


def _ready(kind: Any, values: Sequence[Any], dialect: sa.Dialect) -> Sequence[Any]:
    """The values as the driver takes them."""
    if isinstance(kind, PlanarGeometry):
        array = np.empty(len(values), dtype=object)
        array[:] = values
        if dialect.name == "sqlite":
            return list(shapely.to_wkb(array))
        known = shapely.set_srid(array, SWEREF99_TM)
        return list(shapely.to_wkb(known, hex=True, include_srid=True))
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    return values if process is None else [process(value) for value in values]


def _copy(connection: sa.Connection, target: sa.Table, columns: Columns) -> None:
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in columns)
    statement = f"COPY {quote(target.name)} ({names}) FROM STDIN"
    driver: Any = connection.connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in zip(*columns.values(), strict=True):
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        # As SQLAlchemy would have it, so that a lost race is told from a fault.
        raise DBAPIError(statement, None, error) from error

"""Runs migrations on SQLite and on PostgreSQL, from one tree."""

from typing import Any, Literal

from alembic import context
from geoalchemy2 import Geometry
from sqlalchemy import Connection
from sqlmodel.sql.sqltypes import AutoString

from portfolio.database.migrations import lock_schema, migration_engine
from portfolio.database.types import JsonText, PlanarGeometry, UtcDateTime
from portfolio.schema import metadata


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """House types by name; SQLModel's own string type as what it is."""
    if kind != "type":
        return False
    if isinstance(item, PlanarGeometry):
        autogen.imports.add("from portfolio.database.types import PlanarGeometry")
        return f'PlanarGeometry("{item.kind}")'
    if isinstance(item, UtcDateTime | JsonText):
        name = type(item).__name__
        autogen.imports.add(f"from portfolio.database.types import {name}")
        return f"{name}()"
    if isinstance(item, AutoString):
        return "sa.String()"
    return False


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    # PostGIS has tables of its own.
    return kind != "table" or name in metadata.tables


def compare_type(ctx: Any, inspected: Any, column: Any, found: Any, wanted: Any) -> bool | None:
    return False if isinstance(wanted, PlanarGeometry | Geometry) else None


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_item,
        include_name=include_name,
        compare_type=compare_type,
        # Both engines can: all steps and the check of foreign keys, or none.
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        # Two at once would run the same steps; the second waits, and finds nothing to do.
        lock_schema(connection)
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(
                    f"The migration would leave rows that point at nothing: {broken[:5]}"
                )


engine = migration_engine(context.config.attributes["url"])
try:
    with engine.connect() as connection:
        run(connection)
finally:
    engine.dispose()

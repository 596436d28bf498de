"""Databases as released versions left them, on either engine; and how the next one is kept.

A file in `released/` is called by its schema's revision and by what filled it: `calls`, one of
everything that can be written over HTTP, or `sample`, the sample municipality.

`python -m tests.upgrades.old_databases calls` (or `sample`) keeps a database of this version,
which belongs in the commit of a release.
"""

import lzma
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import shapely
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.engine import make_url

from portfolio.access.rules import Role
from portfolio.app import create_app
from portfolio.database.engine import make_engine, transaction
from portfolio.database.migrations import migrate, migration_engine, newest_revision
from portfolio.database.types import SWEREF99_TM
from portfolio.sample.loading import load_once
from portfolio.settings import Settings
from tests.events.calls import every_write
from tests.serving import key_headers

RELEASED = Path(__file__).with_name("released")
NAMES = sorted(file.name.partition(".")[0] for file in RELEASED.glob("*.sqlite.xz"))


def revision_of(name: str) -> str:
    return name.partition("_")[0]


def unpack(name: str, target: Path) -> Path:
    target.write_bytes(lzma.decompress((RELEASED / f"{name}.sqlite.xz").read_bytes()))
    return target


def put_old(name: str, url: str, scratch: Path) -> None:
    """Fill the empty database at `url` with what a released version left."""
    if make_url(url).get_backend_name() == "sqlite":
        unpack(name, Path(url.removeprefix("sqlite:///")))
        return
    migrate(url, revision_of(name))
    engine = migration_engine(url)
    with closing(sqlite3.connect(unpack(name, scratch))) as old, engine.begin() as connection:
        # Neither foreign keys nor the triggers of append-only tables, while rows are copied.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        metadata = sa.MetaData()
        metadata.reflect(connection)
        for table in metadata.tables.values():
            if table.name not in ("spatial_ref_sys", "alembic_version"):
                _copy(old, connection, table)
    engine.dispose()


def _copy(old: sqlite3.Connection, connection: sa.Connection, table: sa.Table) -> None:
    connection.execute(sa.delete(table))
    cursor = old.execute(f'SELECT * FROM "{table.name}"')  # noqa: S608  a table of ours
    columns = [table.c[name] for name, *_ in cursor.description]
    rows = [
        {
            column.name: _as_postgres(column, value)
            for column, value in zip(columns, row, strict=True)
        }
        for row in cursor
    ]
    if rows:
        names = ", ".join(f'"{column.name}"' for column in columns)
        places = ", ".join(f"%({column.name})s" for column in columns)
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', rows)  # noqa: S608
    _go_on_after(connection, table)


def _as_postgres(column: sa.Column[Any], value: Any) -> Any:
    if isinstance(value, bytes):
        located = shapely.set_srid(shapely.from_wkb(value), SWEREF99_TM)
        return shapely.to_wkb(located, hex=True, include_srid=True)
    if isinstance(column.type, sa.Boolean) and value is not None:
        return bool(value)
    if isinstance(column.type, sa.DateTime) and value is not None:
        return f"{value}+00:00"
    return value


def _go_on_after(connection: sa.Connection, table: sa.Table) -> None:
    """The next number that a sequence gives is one that no row has."""
    if "id" not in table.c or not isinstance(table.c.id.type, sa.Integer):
        return
    sequence = connection.exec_driver_sql(
        "SELECT pg_get_serial_sequence(%s, 'id')", (table.name,)
    ).scalar()
    if sequence is not None:
        newest = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0)).scalar_subquery()
        connection.execute(sa.select(sa.func.setval(sequence, newest + 1, False)))


def keep(kind: str) -> Path:
    """Keep a database of this version among the released ones."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "new.sqlite"
        url = f"sqlite:///{file}"
        migrate(url)
        engine = make_engine(url)
        if kind == "sample":
            load_once(engine)
        else:
            _write_everything(url, engine)
        engine.dispose()
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("VACUUM")
        kept = RELEASED / f"{newest_revision()}_{kind}.sqlite.xz"
        kept.write_bytes(lzma.compress(file.read_bytes(), preset=9))
        return kept


def _write_everything(url: str, engine: sa.Engine) -> None:
    with transaction(engine) as session:
        admin = key_headers(session, Role.ADMIN)
    with TestClient(create_app(Settings(database_url=url))) as client:
        for method, path, answer in every_write(client, admin):
            if answer.status_code >= 400:
                raise RuntimeError(f"{method} {path} was answered {answer.status_code}")


if __name__ == "__main__":
    print(keep(sys.argv[1]))  # noqa: T201

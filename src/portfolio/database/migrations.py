"""Bringing a database to the newest schema, and knowing whether it is there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from portfolio.database.engine import with_driver
from portfolio.errors import Refused

# Any number, as long as nothing else in the database locks by it.
MIGRATING = 20261122
# On SQLite, for whoever migrates at the same moment.
LONGEST_WAIT_SECONDS = 600
# PostgreSQL's insufficient_privilege.
DENIED = "42501"
MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"


def alembic_config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def migration_engine(url: str) -> Engine:
    """An engine for schema changes.

    SQLite alters a table by copying it; with foreign keys on, that copy deletes or refuses the
    rows that point at the table. `migrations/env.py` checks them afterwards instead.
    """
    engine = create_engine(with_driver(make_url(url)))
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _connect(connection, _):  # type: ignore[no-untyped-def]  # the driver's own object
            connection.isolation_level = None
            wait = f"busy_timeout={LONGEST_WAIT_SECONDS * 1000}"
            for pragma in (wait, "page_size=16384", "journal_mode=WAL", "foreign_keys=OFF"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection):  # type: ignore[no-untyped-def]  # as above
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def lock_schema(connection: Connection) -> None:
    """Until the transaction ends: two at once would run the same steps.

    SQLite's migrations have taken the write lock already, when they began.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATING})")


def migrate(url: str, revision: str = "head") -> None:
    """Create the database, or bring it to a schema.

    Raises:
        Refused: A newer program has migrated it, the role may not, or PostGIS is missing.
    """
    _make_file(url)
    engine = migration_engine(url)
    try:
        require_known(current_revision(engine))
    finally:
        engine.dispose()
    _require_postgis(url)
    with owners_only():
        command.upgrade(alembic_config(url), revision)


def _make_file(url: str) -> None:
    """For its owner only: it holds what is not published, and hashes of keys.

    The files that SQLite puts beside it have its mode.
    """
    parsed = make_url(url)
    path = parsed.database or ""
    if parsed.get_backend_name() != "sqlite" or path in ("", ":memory:") or path[:5] == "file:":
        return
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise Refused(
            f"{path} kan inte skapas: {error.strerror}.",
            f"{path} can't be created: {error.strerror}.",
        ) from error


@contextmanager
def owners_only() -> Iterator[None]:
    """Say who must do it, where PostgreSQL says what is denied."""
    try:
        yield
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != DENIED:
            raise
        raise Refused(
            "Rollen får inte ändra databasens schema; kör kommandot som den roll som äger "
            "tabellerna (i en ny databas: som databasens ägare).",
            "The role may not change the schema of the database; run it as the owner of the "
            "tables (of a new database: as the owner of the database).",
        ) from error


def _require_postgis(url: str) -> None:
    """Add PostGIS if this role may, or say who must."""
    engine = migration_engine(url)
    try:
        if engine.dialect.name != "postgresql":
            return
        with engine.begin() as connection:
            lock_schema(connection)
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis")
    except ProgrammingError as error:
        raise Refused(
            "Databasen saknar PostGIS. Be den som sköter PostgreSQL att köra CREATE EXTENSION "
            "postgis i databasen, och kör sedan portfolio migrate igen.",
            "The database lacks PostGIS. Ask whoever runs PostgreSQL to run CREATE EXTENSION "
            "postgis in the database, then run portfolio migrate again.",
        ) from error
    finally:
        engine.dispose()


@cache
def newest_revision() -> str | None:
    return ScriptDirectory.from_config(alembic_config("")).get_current_head()


@cache
def known_revisions() -> frozenset[str]:
    scripts = ScriptDirectory.from_config(alembic_config(""))
    return frozenset(script.revision for script in scripts.walk_revisions())


def require_known(revision: str | None) -> None:
    """Refuse a database, by its schema, that a newer program has migrated."""
    if revision is not None and revision not in known_revisions():
        raise Refused(
            f"Databasen har schemat {revision}, som den här versionen av Portfolio inte känner; "
            f"installera den version som har schemat {revision}, eller en nyare.",
            f"The database has the schema {revision}, which this version of Portfolio does not "
            f"know; install the version that has schema {revision}, or a newer one.",
        )


def current_revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_migrated(engine: Engine) -> bool:
    return current_revision(engine) == newest_revision()

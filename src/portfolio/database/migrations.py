"""Bringing a database to the newest schema, and knowing whether it is there."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from portfolio.errors import Refused

# Any number, as long as nothing else in the database locks by it.
MIGRATING = 20261122
# On SQLite, for whoever migrates at the same moment.
LONGEST_WAIT_SECONDS = 600
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
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed)
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
    _require_postgis(url)
    command.upgrade(alembic_config(url), revision)


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


def current_revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_migrated(engine: Engine) -> bool:
    return current_revision(engine) == newest_revision()

"""Engines, and the two ways to use one: `transaction` to write, `snapshot` to read."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

SQLITE_PRAGMAS = (
    # Larger pages suit rows that hold rendered geometry; it only takes effect on a new file.
    "page_size=16384",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    "mmap_size=268435456",
    "cache_size=-65536",
    # As on PostgreSQL, and as CQL2 says: LIKE tells large letters from small.
    "case_sensitive_like=ON",
)

# A reader gives its connection back after its answer, when its thread may have its next request.
SPARE = 8

# As many as one filter may have, so that none is read again for every row.
KEPT_GEOMETRIES = 64

# PostgreSQL's lock_not_available, deadlock_detected and serialization_failure.
LOCK_STATES = frozenset({"55P03", "40P01", "40001"})
SQLITE_LOCK_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def make_engine(url: str, *, pool_size: int = 40) -> Engine:
    """An engine with the house's settings for SQLite or PostgreSQL.

    The pool is as large as the server's thread pool: a smaller one makes requests wait for a
    connection, and fail when they have waited too long.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed,
            poolclass=QueuePool,
            pool_size=pool_size,
            max_overflow=SPARE,
            hide_parameters=True,
        )
        _set_up_sqlite(engine)
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=SPARE,
        pool_pre_ping=True,
        # What people wrote stays out of error messages, which end up in the log.
        hide_parameters=True,
        connect_args={"options": "-c timezone=UTC"},
    )


def is_missing_file(url: str) -> bool:
    """Whether this is an SQLite database whose file is not there; opening it would make one."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return False
    return not Path(parsed.database).exists()


def is_lock_conflict(error: DBAPIError) -> bool:
    """Whether somebody else's simultaneous work was in the way, so that a retry may succeed."""
    if isinstance(error.orig, sqlite3.Error):
        # Not every error of the driver has a code. The upper bits only tell the circumstances.
        code = getattr(error.orig, "sqlite_errorcode", 0)
        return code & 0xFF in SQLITE_LOCK_CODES
    return getattr(error.orig, "sqlstate", None) in LOCK_STATES


def _set_up_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: Any) -> None:
        # Otherwise the driver sends BEGIN itself, late, and savepoints do not hold.
        connection.isolation_level = None
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        # SQLite's own lower() leaves Å, Ä and Ö alone, and a search for "åby" must find "Åby".
        connection.create_function("lower", 1, _lower, deterministic=True)
        # PostGIS's name. The literal is prepared once; a connection has one user at a time, which
        # prepared geometries need.
        connection.create_function("st_intersects", 2, meets(), deterministic=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # SQLite has no row locks. A writer takes the one write lock before it reads, or two
        # writers read the same state and one of them fails as "database is locked".
        mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {mode}")


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def meets() -> Callable[[bytes | None, bytes | None], bool | None]:
    """A function of two geometries in WKB; the second is the one that stays the same."""

    @lru_cache(maxsize=KEPT_GEOMETRIES)
    def prepared(wkb: bytes) -> shapely.Geometry:
        geometry = shapely.from_wkb(wkb, on_invalid="ignore")
        shapely.prepare(geometry)
        return geometry

    def intersects(wkb: bytes | None, other: bytes | None) -> bool | None:
        if wkb is None or other is None:
            return None
        # What is no geometry comes out as None, which meets nothing and stops no query.
        geometry = shapely.from_wkb(wkb, on_invalid="ignore")
        return bool(shapely.intersects(prepared(other), geometry))

    return intersects


def is_in_process(engine: Engine) -> bool:
    """Whether a short read costs no waiting: SQLite's readers wait for nobody.

    Handing such a read to a thread costs more than the read, and SQLite gives up Python's lock
    for every row: threads that read at the same time mostly wait for each other.
    """
    return engine.dialect.name == "sqlite"


def writing_session(engine: Engine) -> Session:
    """A session that is going to write; nothing is locked until its first statement."""
    return Session(engine, expire_on_commit=False, autoflush=False)


def reading_session(engine: Engine) -> Session:
    """A session on one consistent state of the database, that locks out nobody."""
    options = {"sqlite_begin": "DEFERRED"}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ"}
    return Session(engine.execution_options(**options), expire_on_commit=False, autoflush=False)


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    with writing_session(engine) as session, session.begin():
        yield session


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    with reading_session(engine) as session:
        yield session

"""Engines, and the two ways to use one: `transaction` to write, `snapshot` to read."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import shapely
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError
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

# Besides those of requests: long answers that are still being sent, the map services.
SPARE = 8
# A request that gets no connection is told so, instead of waiting as long as its client does.
LONGEST_WAIT_FOR_CONNECTION = 5

# What libpq is told where the address says nothing else. A host that is gone without a word is
# noticed within half a minute, and at once by whoever connects anew.
CONNECTING = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# As long as a writer waits for another on SQLite.
LOCK_TIMEOUT_SECONDS = 30
# A transaction that nobody goes on with: its client reads its answer very slowly, or is gone.
IDLE_TIMEOUT_SECONDS = 300

# As many as one filter may have, so that none is read again for every row.
KEPT_GEOMETRIES = 64

# PostgreSQL's deadlock_detected and serialization_failure.
LOST_RACES = frozenset({"40P01", "40001"})


def make_engine(url: str, *, pool_size: int = 40, statement_seconds: int = 0) -> Engine:
    """An engine with the house's settings for SQLite or PostgreSQL.

    The pool is as large as the server's thread pool: a smaller one makes requests wait for a
    connection, and fail when they have waited too long. `statement_seconds` bounds each statement
    on PostgreSQL, and how long it waits for a lock or for us; 0 is for commands, which take the
    time they need.
    """
    parsed = make_url(url)
    arguments: dict[str, Any] = {}
    if parsed.get_backend_name() != "sqlite":
        parsed = with_driver(parsed)
        arguments = {
            "pool_pre_ping": True,
            "connect_args": _connecting(parsed, statement_seconds),
        }
    engine = create_engine(
        parsed,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=SPARE,
        pool_timeout=LONGEST_WAIT_FOR_CONNECTION,
        # What people wrote stays out of error messages, which end up in the log.
        hide_parameters=True,
        **arguments,
    )
    if engine.dialect.name == "sqlite":
        _set_up_sqlite(engine)
    return engine


def with_driver(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _connecting(url: URL, statement_seconds: int) -> dict[str, Any]:
    """What the driver is given; what the address says of the same goes before it."""
    settings = {"timezone": "UTC"}
    if statement_seconds:
        settings |= {
            "statement_timeout": f"{statement_seconds}s",
            "lock_timeout": f"{LOCK_TIMEOUT_SECONDS}s",
            "idle_in_transaction_session_timeout": f"{IDLE_TIMEOUT_SECONDS}s",
        }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    named = url.query.get("options", "")
    own = named if isinstance(named, str) else " ".join(named)
    others = {name: value for name, value in CONNECTING.items() if name not in url.query}
    return {**others, "options": f"{options} {own}".rstrip()}


def is_missing_file(url: str) -> bool:
    """Whether this is an SQLite database whose file is not there; opening it would make one."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return False
    return not Path(parsed.database).exists()


def is_lost_race(error: DBAPIError) -> bool:
    """Whether somebody else's simultaneous change won, so that a retry may succeed.

    Checks run before every insert, so a constraint only stops who was second. Who waited for a
    lock in vain has not lost anything: see `failures`.
    """
    if isinstance(error, IntegrityError):
        return True
    return getattr(error.orig, "sqlstate", None) in LOST_RACES


def _set_up_sqlite(engine: Engine) -> None:
    _keep_to_file(engine)

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


def _keep_to_file(engine: Engine) -> None:
    """Never work on a file that is not there any more, nor on an empty one made in its place.

    SQLite goes on writing into a file that was removed or replaced, and whatever is written is
    lost with it; and whoever opens a missing file gets a new one.
    """

    @event.listens_for(engine, "do_connect")
    def _open(_: Any, __: Any, arguments: list[Any], names: dict[str, Any]) -> None:
        path = arguments[0]
        if path not in ("", ":memory:") and not path.startswith("file:"):
            arguments[0] = f"file:{quote(os.path.abspath(path))}?mode=rw"
            names["uri"] = True

    @event.listens_for(engine, "connect")
    def _note(connection: Any, record: Any) -> None:
        path = connection.execute("PRAGMA database_list").fetchone()[2]
        record.info["file"] = (path, _identity(path)) if path else None

    @event.listens_for(engine, "checkout")
    def _compare(_: Any, record: Any, __: Any) -> None:
        noted = record.info["file"]
        if noted is not None and _identity(noted[0]) != noted[1]:
            raise DisconnectionError("the file of the database is another, or gone")


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


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

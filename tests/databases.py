"""Databases for tests: each test has one to itself, and none is made twice that need not be."""

import shutil
import sqlite3
from abc import ABC, abstractmethod
from contextlib import closing
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine import make_url

from portfolio.access.rules import SIGNED_IN, Role
from portfolio.database.engine import make_engine, transaction
from portfolio.database.migrations import migrate
from tests.postgres import Cluster
from tests.resetting import (
    IS_FIT,
    NEXT_TRANSACTION,
    NOTE_ALTERATIONS,
    TESTS,
    Connection,
    Rows,
    read_rows,
    write_rows,
)
from tests.serving import key_headers

Keys = dict[str, dict[str, str]]


class DatabaseFactory(ABC):
    """Gives each test a database of its own, and takes it back."""

    @abstractmethod
    def new(self) -> str:
        """The address of a database without any table of ours."""

    @abstractmethod
    def new_migrated(self) -> str:
        """The address of a database as `portfolio migrate` leaves it."""

    @abstractmethod
    def new_with_keys(self) -> str:
        """The address of a migrated database that knows `keys`."""

    @abstractmethod
    def drop(self, url: str) -> None: ...

    @abstractmethod
    def keep(self, url: str) -> Any:
        """What is in a database now."""

    @abstractmethod
    def put(self, url: str, kept: Any) -> None:
        """Replace what is in a database, to which SQLite must have no connection."""

    def mark(self, url: str) -> None:
        self._marks[url] = self._state_of(url)

    def is_written_since_mark(self, url: str) -> bool:
        """Whether anything has been; a database that is handed out is marked."""
        return bool(self._marks[url] != self._state_of(url))

    @abstractmethod
    def _state_of(self, url: str) -> Any:
        """Something that changes with every write."""

    @property
    def keys(self) -> Keys:
        """Headers with a key of each role that needs nothing else to be there."""
        return {role: dict(headers) for role, headers in self._keys.items()}

    _keys: Keys

    def __init__(self) -> None:
        self._marks: dict[str, Any] = {}

    def _register_keys(self, url: str) -> None:
        engine = make_engine(url)
        roles = sorted(SIGNED_IN - {Role.DEPARTMENT})
        with transaction(engine) as session:
            self._keys = {role.value: key_headers(session, role) for role in roles}
        engine.dispose()


class SqliteDatabases(DatabaseFactory):
    """Every database is a file, and a copy of one that was made once."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._numbers = count()

    def new(self) -> str:
        return f"sqlite:///{self._new_path()}"

    def new_migrated(self) -> str:
        return self._copy_of(self._migrated)

    def new_with_keys(self) -> str:
        return self._copy_of(self._with_keys)

    def drop(self, url: str) -> None:
        for file in _files(url):
            file.unlink(missing_ok=True)

    def keep(self, url: str) -> Path:
        """In one file: what was written last may still be in the write-ahead log."""
        copy = self._new_path()
        with (
            closing(sqlite3.connect(_files(url)[0])) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        return copy

    def put(self, url: str, kept: Path) -> None:
        self.drop(url)
        shutil.copyfile(kept, _files(url)[0])

    def _state_of(self, url: str) -> list[tuple[int, int]]:
        # A log without anything in it comes and goes with the connections.
        found = [file.stat() for file in _files(url)[:2] if file.exists()]
        return [(one.st_size, one.st_mtime_ns) for one in found if one.st_size]

    @cached_property
    def _migrated(self) -> Path:
        url = self.new()
        migrate(url)
        return self.keep(url)

    @cached_property
    def _with_keys(self) -> Path:
        url = self.new_migrated()
        self._register_keys(url)
        return self.keep(url)

    def _copy_of(self, made: Path) -> str:
        url = self.new()
        shutil.copyfile(made, _files(url)[0])
        self.mark(url)
        return url

    def _new_path(self) -> Path:
        return self._folder / f"{next(self._numbers)}.sqlite"


def _files(url: str) -> tuple[Path, Path, Path]:
    """The database, its write-ahead log, and what its connections share."""
    path = url.removeprefix("sqlite:///")
    return Path(path), Path(f"{path}-wal"), Path(f"{path}-shm")


class PostgresDatabases(DatabaseFactory):
    """Every database is in one cluster; a migrated one is made from a template.

    Making one takes longer than most tests, so one that a test has left is used again, unless
    its schema was altered or somebody is still at work in it.
    """

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster
        self._left: list[str] = []
        self._janitors: dict[str, Connection] = {}

    def new(self) -> str:
        return self._cluster.new_database()

    def new_migrated(self) -> str:
        return self._new_with(self._migrated[1])

    def new_with_keys(self) -> str:
        return self._new_with(self._with_keys)

    def drop(self, url: str) -> None:
        if url in self._janitors:
            self._left.append(url)
        else:
            self._cluster.drop(url)

    def keep(self, url: str) -> Rows:
        return read_rows(self._janitors[url])

    def put(self, url: str, kept: Rows) -> None:
        write_rows(self._janitors[url], kept)

    def _state_of(self, url: str) -> Any:
        return self._janitors[url].execute(NEXT_TRANSACTION).fetchone()

    def close(self) -> None:
        for janitor in self._janitors.values():
            janitor.close()

    @cached_property
    def _migrated(self) -> tuple[str, Rows]:
        """The template, and what is in it."""
        url = self._cluster.new_database()
        migrate(url)
        with self._cluster.connect(url) as connection:
            connection.execute(NOTE_ALTERATIONS)
            rows = read_rows(connection)
        self._cluster.freeze(url)
        return url, rows

    @cached_property
    def _with_keys(self) -> Rows:
        url = self.new_migrated()
        self._register_keys(url)
        rows = self.keep(url)
        self.drop(url)
        return rows

    def _new_with(self, rows: Rows) -> str:
        url = self._left_with(rows) or self._made_with(rows)
        self.mark(url)
        return url

    def _left_with(self, rows: Rows) -> str | None:
        while self._left:
            url = self._left.pop()
            if self._is_refilled(url, rows):
                return url
            self._janitors.pop(url).close()
            self._cluster.drop(url)
        return None

    def _made_with(self, rows: Rows) -> str:
        url = self._cluster.new_database(template=self._migrated[0])
        self._janitors[url] = self._cluster.connect(url)
        write_rows(self._janitors[url], rows)
        return url

    def _is_refilled(self, url: str, rows: Rows) -> bool:
        try:
            (is_fit,) = self._janitors[url].execute(IS_FIT).fetchone() or (False,)
            if is_fit:
                write_rows(self._janitors[url], rows)
        except psycopg.OperationalError:
            # Somebody has ended the connection, or holds a lock.
            return False
        return bool(is_fit)


class MovingEngine:
    """One engine for many databases, one after the other.

    SQLAlchemy keeps what it has compiled with the engine: with one for each test, every test
    would compile its statements anew. The pool is new each time, since the application keeps what
    it has derived with the pool.
    """

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url)
        self.url = url
        self._database = make_url(url).database
        self._open: list[Any] = []
        self._spare: list[Any] = []
        event.listen(self._engine, "do_connect", self._connect)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _without_waiting)

    def at(self, url: str) -> Engine:
        """The engine, over another database; what listens to it does so until the next move."""
        self.url = url
        before, self._database = self._database, make_url(url).database
        if self._database != before or self._engine.pool.checkedout():  # type: ignore[attr-defined]  # of a QueuePool
            self.close()
        # A database that is used again has its connections already.
        connections = self._spare + self._open
        self._spare = [connection for connection in connections if not connection.closed]
        self._open = []
        self._engine.dispose(close=False)
        self._engine.url = make_url(url)
        return self._engine.execution_options()

    def let_go(self) -> None:
        """Close what would keep an SQLite file open."""
        if self._engine.dialect.name == "sqlite":
            self._engine.dispose()

    def close(self) -> None:
        for connection in self._spare + self._open:
            connection.close()
        self._spare, self._open = [], []
        self._engine.dispose()

    def _connect(
        self, dialect: Dialect, record: Any, arguments: list[Any], names: dict[str, Any]
    ) -> Any:
        if dialect.name == "sqlite":
            arguments[0] = self._database
            return None
        names |= {"dbname": self._database, "application_name": TESTS}
        try:
            connection = self._spare.pop()
        except IndexError:
            connection = dialect.connect(*arguments, **names)
        self._open.append(connection)
        return connection


def _without_waiting(connection: Any, _: Any) -> None:
    """Nothing in a test must survive a power cut, so nothing waits for the disk."""
    connection.execute("PRAGMA synchronous=OFF")

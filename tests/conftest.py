"""The database under the tests: the same suite on SQLite and on PostgreSQL.

`pytest --engine postgres` (or PORTFOLIO_TEST_ENGINE=postgres) chooses the engine; no test
asks which one it is on. A PostgreSQL that is not there is a failure, never a skip.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Protocol

import hypothesis
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.access.rules import SIGNED_IN, Role
from portfolio.app import create_app
from portfolio.database.engine import make_engine, transaction
from portfolio.database.migrations import migrate
from portfolio.settings import Settings
from portfolio.web.edge import with_edge
from tests.postgres import Cluster, private_cluster
from tests.serving import key_headers, running_server

# A loaded machine is no fault of the code: hypothesis may take the time it needs. Fifty examples
# a property keep the whole suite within ten minutes; those that need more say so.
hypothesis.settings.register_profile("portfolio", deadline=None, max_examples=50)
hypothesis.settings.load_profile("portfolio")


class DatabaseFactory(Protocol):
    """Gives each test a database of its own, and takes it back."""

    def new(self) -> str:
        """The address of a database without any table of ours."""

    def new_migrated(self) -> str:
        """The address of a database as `portfolio migrate` leaves it."""

    def drop(self, url: str) -> None: ...


class SqliteDatabases:
    """Every database is a file; a migrated one is a copy of the first migrated one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def new(self) -> str:
        return f"sqlite:///{self._new_path()}"

    def new_migrated(self) -> str:
        path = self._new_path()
        shutil.copyfile(self._migrated, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        path = url.removeprefix("sqlite:///")
        for leftover in (path, f"{path}-wal", f"{path}-shm"):
            Path(leftover).unlink(missing_ok=True)

    @cached_property
    def _migrated(self) -> Path:
        migrated, copy = self._new_path(), self._new_path()
        migrate(f"sqlite:///{migrated}")
        # Not a file copy: what was written last may still be in the write-ahead log.
        with closing(sqlite3.connect(migrated)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return copy

    def _new_path(self) -> Path:
        return self._folder / f"{next(self._numbers)}.sqlite"


class PostgresDatabases:
    """Every database is in one cluster; a migrated one is made from a template."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def new(self) -> str:
        return self._cluster.new_database()

    def new_migrated(self) -> str:
        return self._cluster.new_database(template=self._migrated)

    def drop(self, url: str) -> None:
        self._cluster.drop(url)

    @cached_property
    def _migrated(self) -> str:
        url = self._cluster.new_database()
        migrate(url)
        self._cluster.freeze(url)
        return url


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=("sqlite", "postgres"),
        default=os.environ.get("PORTFOLIO_TEST_ENGINE", "sqlite"),
        help="the database engine to test on (default: PORTFOLIO_TEST_ENGINE, else sqlite)",
    )
    parser.addoption(
        "--database-only",
        action="store_true",
        help="leave out tests that use no database: they have run with the other engine",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("database_only"):
        return
    using = [item for item in items if "database_factory" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=[item for item in items if item not in using])
    items[:] = using


@pytest.fixture(scope="session")
def database_factory(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DatabaseFactory]:
    if request.config.getoption("engine") == "sqlite":
        yield SqliteDatabases(tmp_path_factory.mktemp("databases"))
        return
    with private_cluster() as cluster:
        yield PostgresDatabases(cluster)


@pytest.fixture
def database_url(database_factory: DatabaseFactory) -> Iterator[str]:
    """A migrated database of the test's own."""
    url = database_factory.new_migrated()
    yield url
    database_factory.drop(url)


@pytest.fixture(scope="session")
def application() -> FastAPI:
    """The real application; each test gives it a database of its own."""
    return create_app(Settings(database_url="sqlite://"))


@pytest.fixture
def engine(application: FastAPI, database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    application.state.engine = engine
    yield engine
    engine.dispose()


@pytest.fixture
def client(application: FastAPI, engine: Engine) -> Iterator[TestClient]:
    """A client of the whole server, from its edge to its database; commits are real."""
    app = with_edge(application, application.state.settings)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def keys(engine: Engine) -> dict[str, dict[str, str]]:
    """Headers with a key of each role but department, which needs one to be registered."""
    with transaction(engine) as session:
        return {role.value: key_headers(session, role) for role in SIGNED_IN - {Role.DEPARTMENT}}


@pytest.fixture
def live_server_url(database_url: str) -> Iterator[str]:
    """A server process on a free port."""
    with running_server(database_url) as url:
        yield url

"""The database under the tests: the same suite on SQLite and on PostgreSQL.

`pytest --engine postgres` (or PORTFOLIO_TEST_ENGINE=postgres) chooses the engine; no test
asks which one it is on. A PostgreSQL that is not there is a failure, never a skip.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import closing

import hypothesis
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.app import create_app
from portfolio.settings import Settings
from portfolio.web.edge import with_edge
from tests.calling import client_of
from tests.databases import DatabaseFactory as DatabaseFactory
from tests.databases import MovingEngine, PostgresDatabases, SqliteDatabases
from tests.memory import Beginning, Memory
from tests.postgres import private_cluster
from tests.serving import forked_server

# A loaded machine is no fault of the code: hypothesis may take the time it needs. Fifty examples
# a property keep the whole suite within ten minutes; those that need more say so.
hypothesis.settings.register_profile("portfolio", deadline=None, max_examples=50)
hypothesis.settings.load_profile("portfolio")

# What is imported and collected stays to the end: looking for garbage in it costs seconds.
gc.disable()


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


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def database_factory(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DatabaseFactory]:
    if request.config.getoption("engine") == "sqlite":
        yield SqliteDatabases(tmp_path_factory.mktemp("databases"))
        return
    with private_cluster() as cluster, closing(PostgresDatabases(cluster)) as databases:
        yield databases


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, database_factory: DatabaseFactory
) -> Iterator[str]:
    """A migrated database of the test's own."""
    with_keys = "keys" in request.fixturenames
    url = database_factory.new_with_keys() if with_keys else database_factory.new_migrated()
    yield url
    database_factory.drop(url)


@pytest.fixture(scope="session")
def application() -> FastAPI:
    """The real application; each test gives it a database of its own."""
    # Bad keys are many in tests, and nothing may write beside them.
    quiet = Settings(database_url="sqlite://", failed_sign_ins="", key_use_seconds=0)
    return create_app(quiet)


@pytest.fixture(scope="session")
def moving_engine(database_factory: DatabaseFactory) -> Iterator[MovingEngine]:
    with closing(MovingEngine(database_factory.new())) as engine:
        yield engine


@pytest.fixture
def engine(application: FastAPI, moving_engine: MovingEngine, database_url: str) -> Engine:
    engine = moving_engine.at(database_url)
    application.state.engine = engine
    return engine


@pytest.fixture(scope="session")
def running(application: FastAPI) -> Iterator[TestClient]:
    """The application started once: its event loop and its threads serve all tests."""
    # All tests come from one address, with a handful of keys.
    no_rates = {"rate_per_key": "", "rate_per_address": "", "uploads_per_address": ""}
    app = with_edge(application, application.state.settings.model_copy(update=no_rates))
    # The event loop that the server runs on too.
    with TestClient(app, backend_options={"use_uvloop": True}) as client:
        yield client


@pytest.fixture(scope="session")
def memory(database_factory: DatabaseFactory) -> Memory:
    return Memory(database_factory)


@pytest.fixture
def client(
    running: TestClient, engine: Engine, moving_engine: MovingEngine, memory: Memory
) -> Iterator[TestClient]:
    """A client of the whole server, from its edge to its database; commits are real."""
    with client_of(running) as client:
        client.beginning = Beginning(memory, moving_engine, moving_engine.url)
        yield client


@pytest.fixture
def keys(database_factory: DatabaseFactory, database_url: str) -> dict[str, dict[str, str]]:
    """Headers with a key of each role but department, which needs one to be registered."""
    return database_factory.keys


@pytest.fixture
def live_server_url(database_url: str) -> Iterator[str]:
    """A server process on a free port."""
    with forked_server(database_url) as url:
        yield url

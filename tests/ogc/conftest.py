from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from portfolio.app import create_app
from portfolio.settings import Settings
from portfolio.web.edge import with_edge
from tests.conftest import DatabaseFactory
from tests.ogc.municipality import Town, build


@pytest.fixture(scope="session")
def town(database_factory: DatabaseFactory) -> Iterator[Town]:
    """One municipality for all tests that only read."""
    url = database_factory.new_migrated()
    app = create_app(Settings(database_url=url))
    with TestClient(with_edge(app, app.state.settings), raise_server_exceptions=False) as client:
        yield build(client, app.state.engine)
    database_factory.drop(url)

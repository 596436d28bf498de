"""The sample municipality, loaded once for all tests that only read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.database.engine import make_engine
from portfolio.sample.loading import Loaded, load_once
from tests.calling import client_of
from tests.databases import DatabaseFactory


@dataclass(frozen=True)
class Sample:
    engine: Engine
    loaded: Loaded

    def headers(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.loaded.tokens[role]}"}


@pytest.fixture(scope="session")
def sample(database_factory: DatabaseFactory) -> Iterator[Sample]:
    url = database_factory.new_migrated()
    engine = make_engine(url)
    loaded = load_once(engine)
    assert loaded is not None
    yield Sample(engine, loaded)
    engine.dispose()
    database_factory.drop(url)


@pytest.fixture
def reader(application: FastAPI, running: TestClient, sample: Sample) -> Iterator[TestClient]:
    """A client of the whole server over the sample, that sends no key of itself."""
    application.state.engine = sample.engine
    with client_of(running) as client:
        yield client


@pytest.fixture
def investments(reader: TestClient, sample: Sample) -> list[dict[str, Any]]:
    response = reader.get("/v1/investments?program=lindangen", headers=sample.headers("viewer"))
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["items"]
    return found

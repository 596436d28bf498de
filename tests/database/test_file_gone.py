"""An SQLite file that can't be used: 503 with a sentence, nothing lost, and well again after."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine, event

from portfolio.access.rules import Role
from portfolio.app import create_app
from portfolio.database.engine import transaction
from portfolio.database.migrations import migrate
from portfolio.settings import Settings
from portfolio.web.edge import with_edge
from tests.calling import client_of
from tests.serving import key_headers


@dataclass
class Service:
    client: TestClient
    path: Path
    engine: Engine

    def put_body(self, code: str) -> Response:
        body = {"code": code, "name": "Nämnden", "level": "committee"}
        return self.client.post("/v1/bodies", json=body)

    def total(self) -> int:
        answer = self.client.get("/v1/bodies")
        assert answer.status_code == 200, answer.text
        return int(answer.json()["total"])

    def each_connection(self, pragma: str) -> None:
        @event.listens_for(self.engine, "checkout")
        def _set(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute(f"PRAGMA {pragma}")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    path = tmp_path / "of a town, 100 %.sqlite"
    url = f"sqlite:///{path}"
    migrate(url)
    settings = Settings(database_url=url)
    app = create_app(settings)
    with TestClient(with_edge(app, settings)) as running, client_of(running) as client:
        with transaction(app.state.engine) as session:
            client.headers.update(key_headers(session, Role.ADMIN))
        assert client.get("/ogc/collections").status_code == 200
        yield Service(client, path, app.state.engine)


def must_be_away(*answers: Response) -> None:
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert answer.json()["type"] == "/problems/unavailable"
        assert int(answer.headers["retry-after"]) > 0


def test_a_file_that_is_gone_is_not_written_to_nor_made_anew_and_is_used_when_it_is_back(service):
    assert service.put_body("before").status_code == 201
    away = service.path.with_name("away")
    # All that there is goes into one file when the last connection is closed.
    service.engine.dispose()
    service.path.rename(away)

    must_be_away(
        service.put_body("lost"),
        service.client.get("/v1/bodies"),
        service.client.get("/ogc/collections"),
    )
    assert not service.path.exists()

    away.rename(service.path)
    assert service.total() == 3
    assert service.put_body("after").status_code == 201


def test_a_file_that_is_taken_away_under_open_connections_is_noticed(service):
    assert service.put_body("before").status_code == 201
    copy = service.path.with_name("copy")
    with closing(sqlite3.connect(service.path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    for suffix in ("", "-wal", "-shm"):
        Path(f"{service.path}{suffix}").unlink(missing_ok=True)

    must_be_away(service.put_body("lost"), service.client.get("/ogc/collections"))

    copy.rename(service.path)
    assert service.total() == 3
    assert service.client.get("/ogc/collections").status_code == 200


def test_a_full_disk_saves_nothing_and_says_so(service):
    with closing(sqlite3.connect(service.path)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    service.each_connection(f"max_page_count={pages}")

    answers = [service.put_body(f"{number}-{'x' * 50}") for number in range(200)]

    refused = [answer for answer in answers if answer.status_code != 201]
    assert refused
    must_be_away(*refused)
    assert "no room left" in refused[0].json()["detail"]
    assert service.total() == 2 + len(answers) - len(refused)


def test_a_file_that_can_only_be_read_is_read_and_refuses_writes(service):
    service.each_connection("query_only=ON")

    must_be_away(service.put_body("new"))
    assert service.total() == 2


def test_a_file_that_somebody_keeps_locked_is_503_after_the_wait(service):
    service.each_connection("busy_timeout=50")
    with closing(sqlite3.connect(service.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        must_be_away(service.put_body("new"))
        assert service.total() == 2
        other.execute("ROLLBACK")

    assert service.put_body("new").status_code == 201


def test_a_file_that_is_no_database_is_503(service):
    service.engine.dispose()
    service.path.write_bytes(b"not a database " * 2000)

    must_be_away(service.client.get("/v1/bodies"), service.put_body("new"))


def test_healthz_answers_whatever_the_file_is(service):
    service.engine.dispose()
    service.path.unlink()

    assert service.client.get("/healthz", headers={"Authorization": ""}).status_code in (200, 401)
    del service.client.headers["Authorization"]
    assert service.client.get("/healthz").status_code == 200

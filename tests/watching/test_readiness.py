"""`/readyz` says why, soon, and nothing that an outsider should not know."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, text

from portfolio.database.engine import make_engine, snapshot
from portfolio.database.migrations import migrate
from portfolio.settings import Settings
from portfolio.watching import readiness
from portfolio.watching.readiness import Check, Prober
from portfolio.watching.stopping import Stop
from tests.calling import run_async


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "KEPT_SECONDS", 0.0)


def checks_of(client: TestClient, status: int) -> dict[str, dict[str, Any]]:
    answer = client.get("/readyz")
    assert answer.status_code == status, answer.text
    assert answer.json()["status"] == ("ready" if status == 200 else "not ready")
    return {check["name"]: check for check in answer.json()["checks"]}


def found(engine: Engine, replica: str = "") -> dict[str, Check]:
    async def ask() -> list[Check]:
        return await Prober().checks(engine, replica)

    return {check.name: check for check in run_async(ask())}


def test_a_service_that_can_serve_is_ready_and_says_what_it_looked_at(client):
    checks = checks_of(client, 200)

    assert {"running", "database", "schema", "writable"} <= set(checks)
    assert all(check["ok"] for check in checks.values())


def test_a_database_of_another_version_is_not_ready_and_says_which_it_has(client, engine):
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    checks = checks_of(client, 503)

    assert checks["database"]["ok"]
    assert not checks["schema"]["ok"]
    assert checks["schema"]["detail"].startswith("has 0001, needs 0")
    assert "portfolio migrate" in checks["schema"]["detail"]


def test_it_answers_when_every_connection_is_taken(client, engine: Engine):
    sessions = [snapshot(engine) for _ in range(engine.pool.size())]  # type: ignore[attr-defined]  # a QueuePool
    for session in sessions:
        session.__enter__().connection()
    try:
        checks_of(client, 200)
    finally:
        for session in sessions:
            session.__exit__(None, None, None)


def test_a_process_that_is_ending_is_not_ready(client, application: FastAPI):
    stop = Stop(Settings(database_url="sqlite://"))
    stop._began = 0.0
    application.state.stop = stop
    try:
        checks = checks_of(client, 503)
    finally:
        del application.state.stop

    assert list(checks) == ["running"]
    assert "stopping" in checks["running"]["detail"]


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_database_that_hangs_is_told_of_within_the_time_one_waits():
    with silent_server() as port:
        url = f"postgresql+psycopg://hemlig:losenord@127.0.0.1:{port}/hemligt"
        checks = found(create_engine(url))

    assert list(checks) == ["database"]
    assert not checks["database"].ok
    for secret in ("hemlig", "losenord", "127.0.0.1", str(port)):
        assert secret not in checks["database"].detail


def test_a_database_that_refuses_is_told_of_without_its_address():
    with silent_server() as port:
        pass
    engine = create_engine(f"postgresql+psycopg://hemlig:losenord@127.0.0.1:{port}/hemligt")

    checks = found(engine)

    assert not checks["database"].ok
    assert "hemlig" not in checks["database"].detail


def test_one_question_is_asked_for_all_who_come_together():
    with silent_server() as port:
        engine = create_engine(f"postgresql+psycopg://x@127.0.0.1:{port}/x")
        prober = Prober()
        first = prober._ask(engine.url, "")

        assert all(prober._ask(engine.url, "") is first for _ in range(100))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "p.sqlite"
    migrate(f"sqlite:///{file}")
    return file


def test_a_full_disk_makes_an_sqlite_service_not_ready(file: Path, monkeypatch):
    monkeypatch.setattr(readiness, "LEAST_FREE_BYTES", 2**70)

    checks = found(make_engine(f"sqlite:///{file}"))

    assert not checks["disk"].ok
    assert "make room" in checks["disk"].detail


def test_an_sqlite_file_that_is_gone_is_told_of_and_not_made_anew(tmp_path: Path):
    gone = tmp_path / "gone.sqlite"

    checks = found(make_engine(f"sqlite:///{gone}"))

    assert not checks["database"].ok
    assert not gone.exists()


def test_a_replica_that_is_away_is_told_of_and_not_needed(file: Path):
    with silent_server() as port:
        pass
    replica = f"postgresql://hemlig:losenord@127.0.0.1:{port}/x"

    checks = found(make_engine(f"sqlite:///{file}"), replica)

    assert not checks["replica"].ok
    assert "hemlig" not in checks["replica"].detail
    assert readiness.Readiness(list(checks.values())).is_ready


def test_a_replica_tells_whether_it_keeps_up(file: Path, database_url: str):
    checks = found(make_engine(database_url), database_url)

    assert checks["replica"] == Check("replica", True, "keeps up")

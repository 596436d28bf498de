"""Every schema that was ever released comes to the newest one with all its data."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.access.rules import Role
from portfolio.app import create_app
from portfolio.database.engine import make_engine, snapshot, transaction
from portfolio.database.migrations import is_migrated, migrate
from portfolio.events.service import verify
from portfolio.reports.doctor import find_faults
from portfolio.settings import Settings
from tests.conftest import DatabaseFactory
from tests.serving import key_headers
from tests.upgrades.old_databases import NAMES, put_old, unpack

# What people entered or decided. Derived tables and technical ones may be made anew.
KEPT = (
    "event",
    "api_key",
    "investment",
    "investment_version",
    "plan_line",
    "assessment",
    "gate_decision",
    "decision_condition",
    "condition_fulfilment",
    "program",
    "department",
    "body",
    "area_version",
    "area_edition",
)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def old(name: str, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(unpack(name, tmp_path / "as_released.sqlite"))) as connection:
        yield connection


@pytest.fixture
def upgraded(name: str, database_factory: DatabaseFactory, tmp_path: Path) -> Iterator[str]:
    url = database_factory.new()
    put_old(name, url, tmp_path / "scratch.sqlite")
    migrate(url)
    yield url
    database_factory.drop(url)


@pytest.fixture
def engine(upgraded: str) -> Iterator[Engine]:
    engine = make_engine(upgraded)
    yield engine
    engine.dispose()


def rows_of(old: sqlite3.Connection, table: str) -> int:
    found: int = old.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
    return found


def test_a_released_schema_is_there_for_each_landing():
    assert {name.partition("_")[0] for name in NAMES} >= {"0002", "0004", "0005", "0006"}


def test_an_upgraded_database_is_whole(old, engine: Engine):
    assert is_migrated(engine)
    with snapshot(engine) as session:
        assert find_faults(session) == []
        assert verify(session) == (rows_of(old, "event"), None)


def test_an_upgrade_loses_no_row_and_alters_no_event_and_no_decision(old, engine: Engine):
    with engine.connect() as connection:
        for table in KEPT:
            count = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608
            assert (table, count) == (table, rows_of(old, table))
        for query in (
            "SELECT id, actor, action, resource, previous_hash, hash FROM event ORDER BY id",
            "SELECT id, outcome, case_number, snapshot, snapshot_sha256 FROM gate_decision"
            " ORDER BY id",
        ):
            expected = old.execute(query).fetchall()
            assert [tuple(row) for row in connection.exec_driver_sql(query)] == expected
            assert expected


def test_an_upgraded_database_is_read_and_written_on(old, engine: Engine, upgraded: str):
    with transaction(engine) as session:
        admin = key_headers(session, Role.ADMIN)
    with TestClient(create_app(Settings(database_url=upgraded))) as client:
        listed = read(client, "/v1/investments?limit=1000", admin)
        status = read(client, "/v1/gate-status?limit=1000", admin)
        assert listed["total"] == status["total"] == rows_of(old, "investment")
        for row in listed["items"]:
            one = f"/v1/investments/{row['code']}"
            for part in ("", "/plan-lines", "/assessments", "/decisions", "/readiness"):
                read(client, one + part, admin)
        going_on = next(row["code"] for row in listed["items"] if row["status"] != "closed")
        changed = client.patch(
            f"/v1/investments/{going_on}",
            json={"problem": "Efter uppgraderingen"},
            headers={**admin, "If-Match": "*"},
        )
        assert changed.status_code == 200, changed.text
        scheme = {"code": "after", "name": "Efter", "description": ""}
        made = client.post("/v1/area-schemes", json=scheme, headers=admin)
        assert made.status_code == 201
    with snapshot(engine) as session:
        assert find_faults(session) == []


def read(client: TestClient, path: str, headers: dict[str, str]) -> Any:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from portfolio.access.models import ApiKey
from portfolio.access.service import revoke_key
from portfolio.cli.common import act
from portfolio.clock import Act, now
from portfolio.database.base import table
from portfolio.database.engine import snapshot, transaction
from portfolio.investments.models import Investment
from portfolio.keeping.restoring import restore
from portfolio.keeping.upgrading import checked_archive
from portfolio.reports.doctor import find_faults
from portfolio.sample.loading import load_once
from tests.databases import DatabaseFactory, MovingEngine
from tests.keeping.keeping import (
    backup_of,
    count,
    empty_database,
    events_of,
    everything,
    fill,
    hashes,
    new_key,
    opened,
    restore_into,
    silent,
    sqlite_at,
    without_numbers,
)
from tests.scenario import Headers, put_investment, put_municipality

Keys = dict[str, Headers]
APPEND_ONLY = ("event", "gate_decision", "ledger_posting", "frame", "steering_decision")


def test_what_is_restored_reads_the_same_over_http_with_the_keys_of_the_backup(
    client: TestClient,
    application: FastAPI,
    moving_engine: MovingEngine,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    fill(client, keys["admin"])
    before = everything(client, application, keys["admin"])
    backup_of(database_url, tmp_path / "backup.zip")

    with empty_database(database_factory) as target:
        restore_into(target, tmp_path / "backup.zip")
        application.state.engine = moving_engine.at(target)
        after = everything(client, application, keys["admin"])
        moving_engine.let_go()

    assert len(before) > 60
    assert "/v1/events" in before
    assert after == before


def test_a_backup_of_a_restored_database_has_the_same_hashes(
    client: TestClient,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    fill(client, keys["admin"])
    first = backup_of(database_url, tmp_path / "first.zip")

    with empty_database(database_factory) as target:
        restore_into(target, tmp_path / "first.zip")
        second = backup_of(target, tmp_path / "second.zip")
        assert events_of(target) == first.events.length

    assert hashes(second) == hashes(first)
    assert second.events == first.events
    filled = {table.name for table in first.tables if table.rows}
    assert {"event", "area_version", "gate_decision", "ledger_posting", "plan_line"} <= filled
    assert len(filled) > 40


def test_a_backup_goes_to_sqlite_and_back_with_the_same_hashes(
    client: TestClient,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    fill(client, keys["admin"])
    first = backup_of(database_url, tmp_path / "first.zip")
    file = sqlite_at(tmp_path / "other.sqlite")

    restore_into(file, tmp_path / "first.zip")
    second = backup_of(file, tmp_path / "second.zip")
    with empty_database(database_factory) as target:
        restore_into(target, tmp_path / "second.zip")
        third = backup_of(target, tmp_path / "third.zip")

    assert hashes(first) == hashes(second) == hashes(third)
    assert second.engine == "sqlite"
    assert third.engine == first.engine


@pytest.mark.slow
def test_the_sample_municipality_survives_backup_and_restore_whole(
    engine: Engine, database_url: str, database_factory: DatabaseFactory, tmp_path: Path
):
    load_once(engine)
    first = backup_of(database_url, tmp_path / "sample.zip")

    with empty_database(database_factory) as target:
        restore_into(target, tmp_path / "sample.zip")
        with opened(target) as restored, snapshot(restored) as session:
            assert find_faults(session) == []
        assert hashes(backup_of(target, tmp_path / "again.zip")) == hashes(first)


def test_keys_of_the_backup_and_keys_of_the_target_work_after_a_restore(
    client: TestClient,
    application: FastAPI,
    moving_engine: MovingEngine,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    put_municipality(client, keys["admin"])
    manifest = backup_of(database_url, tmp_path / "backup.zip")
    with empty_database(database_factory) as target:
        own = [new_key(target), new_key(target)]
        kept = restore_into(target, tmp_path / "backup.zip")
        application.state.engine = moving_engine.at(target)
        for headers in (*own, *keys.values()):
            assert client.get("/v1/programs/lindangen", headers=headers).status_code == 200
        events = client.get("/v1/events?limit=1000", headers=own[0]).json()["items"]
        moving_engine.let_go()
        assert events_of(target) == manifest.events.length + 2

    assert kept == 2
    assert [event["action"] for event in events[-2:]] == ["key.kept", "key.kept"]
    assert events[-1]["resource"] == f"/v1/keys/{len(keys) + 2}"


def test_a_key_that_was_revoked_after_the_backup_stays_revoked_where_that_is_known(
    database_url: str, database_factory: DatabaseFactory, keys: Keys, tmp_path: Path
):
    backup_of(database_url, tmp_path / "backup.zip")
    with empty_database(database_factory) as target:
        restore_into(target, tmp_path / "backup.zip")
        with opened(target) as engine, transaction(engine) as session:
            first = session.get_one(ApiKey, 1)
            revoke_key(session, Act("test", now()), first)
            revoked = [first.token_hash, first.revoked_at]
        length = events_of(target)
        again = restore_into_used(target, tmp_path / "backup.zip")
        with opened(target) as engine, snapshot(engine) as session:
            key = session.get_one(ApiKey, 1)
            assert [key.token_hash, key.revoked_at] == revoked
        assert events_of(target) == length

    assert again == (0, len(keys) - 1)


def restore_into_used(url: str, path: Path) -> tuple[int, int]:
    with opened(url) as engine, checked_archive(path, silent) as archive:
        return restore(engine, archive, act(engine), silent)


def test_a_key_that_was_revoked_in_the_target_stays_out(
    client: TestClient,
    application: FastAPI,
    moving_engine: MovingEngine,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    backup_of(database_url, tmp_path / "backup.zip")
    with empty_database(database_factory) as target:
        headers = new_key(target)
        with opened(target) as engine, transaction(engine) as session:
            session.execute(text("UPDATE api_key SET revoked_at = '2026-01-01 00:00:00.000000'"))
        assert restore_into(target, tmp_path / "backup.zip") == 0
        application.state.engine = moving_engine.at(target)
        assert client.get("/v1/programs", headers=headers).status_code == 401
        moving_engine.let_go()


@pytest.mark.parametrize("says_numbers", [True, False])
def test_a_row_after_a_restore_never_has_the_number_of_one_that_was_deleted(
    client: TestClient,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
    says_numbers: bool,
):
    put_municipality(client, keys["admin"])
    for code in ("LIN-01", "LIN-02"):
        put_investment(client, keys["admin"], code=code)
    before = numbers_of(database_url)
    address = "/v1/investments/LIN-02"
    tag = {"If-Match": client.get(address, headers=keys["admin"]).headers["etag"]}
    assert client.delete(address, headers={**keys["admin"], **tag}).status_code == 204
    path = tmp_path / "backup.zip"
    backup_of(database_url, path)
    if not says_numbers:
        path = without_numbers(path, tmp_path / "first.zip")

    # By way of the other engine too, as when a municipality moves to PostgreSQL.
    other = sqlite_at(tmp_path / "other.sqlite")
    restore_into(other, path)
    backup_of(other, tmp_path / "second.zip")
    for number, backup in enumerate((path, tmp_path / "second.zip")):
        with empty_database(database_factory) as target:
            restore_into(target, backup)
            numbers = backup_of(target, tmp_path / f"again{number}.zip").numbers or {}
            assert numbers["investment"] == max(before)
            assert insert_investment(target) == max(before) + 1
    assert insert_investment(other) == max(before) + 1


def numbers_of(url: str) -> list[int]:
    with opened(url) as engine, engine.connect() as connection:
        return list(connection.execute(text("SELECT id FROM investment")).scalars())


def insert_investment(url: str) -> int:
    """A copy of the one that is there; its number."""
    investment = table(Investment)
    with opened(url) as engine, engine.begin() as connection:
        (row,) = connection.execute(investment.select()).mappings()
        values = {name: value for name, value in row.items() if name != "id"}
        inserting = investment.insert().values({**values, "code": "NEW-01"})
        return int(connection.execute(inserting).inserted_primary_key[0])  # type: ignore[index]  # of one row


def test_new_rows_after_a_restore_get_numbers_after_the_restored(
    client: TestClient,
    application: FastAPI,
    moving_engine: MovingEngine,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    put_municipality(client, keys["admin"])
    put_investment(client, keys["admin"])
    backup_of(database_url, tmp_path / "backup.zip")
    with empty_database(database_factory) as target:
        restore_into(target, tmp_path / "backup.zip")
        application.state.engine = moving_engine.at(target)
        client.beginning = None  # type: ignore[attr-defined]  # of a client of ours
        put_investment(client, keys["admin"], code="LIN-02")
        moving_engine.let_go()
        assert count(target, "investment") == 2
        events_of(target)


def test_history_can_be_changed_no_more_than_before_after_a_restore(
    client: TestClient,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    fill(client, keys["admin"])
    backup_of(database_url, tmp_path / "backup.zip")
    with empty_database(database_factory) as target:
        restore_into(target, tmp_path / "backup.zip")
        with opened(target) as engine:
            for table in APPEND_ONLY:
                with (
                    engine.connect() as connection,
                    pytest.raises(DBAPIError, match="never changed"),
                ):
                    connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608

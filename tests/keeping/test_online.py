"""Backups and restores while others are at work."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from fastapi.testclient import TestClient

from portfolio.clock import Act, now
from portfolio.database.engine import make_engine, transaction
from portfolio.events.service import record
from portfolio.organisation.rules import Level
from portfolio.organisation.service import create_body
from tests.databases import DatabaseFactory
from tests.keeping.keeping import (
    backup_of,
    count,
    empty_database,
    events_of,
    fill,
    hashes,
    new_key,
    restore_into,
)
from tests.scenario import Headers, put_investment, put_municipality
from tests.serving import forked_server

Keys = dict[str, Headers]
FORKING = multiprocessing.get_context("forkserver")


@contextmanager
def hammering(url: str) -> Iterator[None]:
    """Two writers, each change of which is a body and an event about it."""
    stopping = Event()

    def hammer(name: str) -> None:
        engine = make_engine(url, pool_size=1)
        number = 0
        while not stopping.is_set():
            number += 1
            with transaction(engine) as session:
                act = Act(actor=name, at=now())
                code = f"{name}-{number}"
                create_body(session, act, code=code, name=code, level=Level.COMMITTEE)
                record(session, act, "test.twin", code)
        engine.dispose()

    threads = [Thread(target=hammer, args=(f"writer{n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def test_backups_while_others_write_are_each_one_moment(
    database_url: str, database_factory: DatabaseFactory, tmp_path: Path
):
    start = count(database_url, "body")
    with hammering(database_url):
        manifests = [backup_of(database_url, tmp_path / f"{n}.zip") for n in range(4)]
    lengths = [manifest.events.length for manifest in manifests]

    assert lengths == sorted(set(lengths)), "each backup has more than the one before it"
    for number, manifest in enumerate(manifests):
        rows = {table.name: table.rows for table in manifest.tables}
        # A change is there with both its events, or not at all.
        assert rows["event"] == manifest.events.length == 2 * (rows["body"] - start)
        with empty_database(database_factory) as target:
            restore_into(target, tmp_path / f"{number}.zip")
            assert events_of(target) == manifest.events.length
            assert count(target, "body") == rows["body"]


def ask(address: str, headers: Headers) -> dict[str, object]:
    request = urllib.request.Request(address, headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        shown: dict[str, object] = orjson.loads(answer.read())
    return shown


@pytest.mark.slow
def test_a_running_server_shows_what_was_restored_from_the_next_request_on(
    client: TestClient,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    put_municipality(client, keys["admin"], published=True)
    put_investment(client, keys["admin"])
    fill_settings = client.get("/v1/settings", headers=keys["admin"])
    tag = {"If-Match": fill_settings.headers["etag"], **keys["admin"]}
    client.patch("/v1/settings", json={"sliver_percent": 7}, headers=tag)
    backup_of(database_url, tmp_path / "backup.zip")
    places = ("/v1/programs", "/v1/settings", "/v1/bodies", "/ogc/collections/programs/items")
    with empty_database(database_factory) as target:
        own = new_key(target)
        with forked_server(target) as url:
            for _ in range(2):
                before = [ask(url + place, own) for place in places]
            restore_into(target, tmp_path / "backup.zip")
            after = [ask(url + place, own) for place in places]
            with_old_key = [ask(url + place, keys["admin"]) for place in places]
            events = ask(f"{url}/v1/events", own)

    assert before[0]["items"] == []
    assert [one["code"] for one in after[0]["items"]] == ["lindangen"]  # type: ignore[attr-defined]
    assert after[1]["sliver_percent"] == 7
    assert after[2] != before[2]
    assert before[3]["numberMatched"] == 0
    assert after[3]["numberMatched"] == 1
    assert strip(with_old_key) == strip(after)
    assert events["total"] == len(events["items"])  # type: ignore[arg-type]


def strip(answers: list[dict[str, object]]) -> list[dict[str, object]]:
    """Without the moment of the answer."""
    return [{k: v for k, v in one.items() if k != "timeStamp"} for one in answers]


def commanded(url: str, *arguments: str) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PORTFOLIO_DATABASE_URL": url, "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-m", "portfolio", *arguments]
    return subprocess.Popen(  # noqa: S603
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


# When, and the step at which that is.
KILLED_AT = {
    "nothing is deleted yet": "empty",
    "half": "_told",
    "all is there but not compared": "_compare",
    "all is compared": "_keep_keys",
}


def restore_until(url: str, path: str, moment: str) -> None:
    """Restore, and end this process as `kill -9` would, at a moment of the work."""

    def end(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def end_at_half(batches: Any, _: Any, done: int, total: int) -> Iterator[Any]:
        for number, values in enumerate(batches):
            yield values
            if done + number > total // 2:
                end()

    name = KILLED_AT[moment]
    with patch(f"portfolio.keeping.restoring.{name}", end_at_half if moment == "half" else end):
        restore_into(url, Path(path))


@pytest.mark.parametrize("moment", KILLED_AT)
def test_a_restore_that_is_killed_leaves_the_empty_database_as_it_was(
    client: TestClient,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
    moment: str,
):
    fill(client, keys["admin"])
    manifest = backup_of(database_url, tmp_path / "backup.zip")
    with empty_database(database_factory) as target:
        new_key(target)
        before = backup_of(target, tmp_path / "before.zip")
        process = FORKING.Process(
            target=restore_until, args=(target, str(tmp_path / "backup.zip"), moment)
        )
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        after = backup_of(target, tmp_path / "after.zip")
        assert hashes(after) == hashes(before)

        assert restore_into(target, tmp_path / "backup.zip") == 1
        assert events_of(target) == manifest.events.length + 1


@pytest.mark.slow
def test_a_backup_that_is_killed_leaves_no_file_of_that_name(
    client: TestClient, keys: Keys, database_url: str, tmp_path: Path
):
    put_municipality(client, keys["admin"])
    path = tmp_path / "backup.zip"
    process = commanded(database_url, "backup", str(path))
    while process.poll() is None and not path.with_name("backup.zip.partial").exists():
        time.sleep(0.001)
    process.kill()
    process.wait()

    assert not path.exists()
    backup_of(database_url, path)
    assert [file.name for file in tmp_path.iterdir()] == ["backup.zip"]


def test_a_change_after_the_question_whether_it_is_empty_is_not_lost(
    client: TestClient,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    """Writers and a restore at the same moment: one of them comes first, as a whole."""
    put_municipality(client, keys["admin"])
    manifest = backup_of(database_url, tmp_path / "backup.zip")
    with empty_database(database_factory) as target:
        written = []

        def write() -> None:
            engine = make_engine(target, pool_size=1)
            for number in range(40):
                with transaction(engine) as session:
                    act = Act(actor="writer", at=now())
                    code = f"key-{number}"
                    record(session, act, "key.noted", f"/v1/keys/{code}")
                written.append(code)
            engine.dispose()

        thread = Thread(target=write)
        thread.start()
        restore_into(target, tmp_path / "backup.zip")
        thread.join()

        assert len(written) == 40
        assert manifest.events.length <= events_of(target) <= manifest.events.length + 40

"""The database is gone for a while, and comes back; and more ask at once than there is room for."""

import asyncio
import random
import resource
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx2
import pytest

from tests.faults.installation import Installation
from tests.faults.load import Load
from tests.faults.service import memory_mb, wait_until

STORM, CROWD = 2000, 200
CROWD_SECONDS = 20.0
# What allocators keep of a storm, and no storm adds to.
KEPT_MB = 150.0


@contextmanager
def database_away(installation: Installation) -> Iterator[None]:
    """PostgreSQL is stopped; SQLite's file is held by somebody who does not let go."""
    if installation.cluster is not None:
        installation.cluster.stop("fast")
        try:
            yield
        finally:
            installation.cluster.start()
        return
    path = installation.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_database_gone_is_told_and_work_goes_on_by_itself_when_it_is_back(
    installation: Installation, dice: random.Random
):
    with installation.load(dice) as load:
        for _ in range(2):
            load.wait_for_more(10)
            with database_away(installation):
                # Longer than a writer of SQLite waits for another.
                _until_told(load, 40.0)
            installation.service.wait_until_ready()
            load.wait_for_more(10)
            load.check(thoroughly=True)


def _until_told(load: Load, seconds: float) -> None:
    before = _told(load)
    wait_until(lambda: _told(load) > before or load.has_failed, "somebody is told", seconds)


def _told(load: Load) -> int:
    return sum(writer.journal.told[503] for writer in load.writers)


async def _ask(port: int, path: str, headers: dict[str, str], answers: Counter[int]) -> None:
    """One request on a connection of its own; 0 is one that was not answered."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        first = await asyncio.wait_for(reader.readline(), 60)
        await asyncio.wait_for(reader.read(), 60)
        writer.close()
        await writer.wait_closed()
    except (OSError, TimeoutError):
        answers[0] += 1
    else:
        answers[int(first.split()[1]) if first else 0] += 1


async def storm(port: int, headers: dict[str, str], connections: int) -> Counter[int]:
    answers: Counter[int] = Counter()
    path = "/v1/investments?limit=10"
    await asyncio.gather(*(_ask(port, path, headers, answers) for _ in range(connections)))
    return answers


def allow_files(needed: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_storm_of_connections_is_answered_or_turned_away_and_leaves_nothing(
    installation: Installation, dice: random.Random
):
    allow_files(2 * STORM)
    service, headers = installation.service, installation.keys["r0"]
    asyncio.run(storm(service.port, headers, STORM // 4))
    before = memory_mb(service.pid)
    for _ in range(3):
        answers = asyncio.run(storm(service.port, headers, STORM))
        assert answers.total() == STORM
        assert set(answers) <= {0, 200, 429, 503}, answers
        assert answers[200] > 0, answers
    service.wait_until_ready()
    assert memory_mb(service.pid) < before + KEPT_MB
    with installation.load(dice) as load:
        load.wait_for_more(20)
        load.check(thoroughly=True)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_more_requests_than_threads_and_connections_wait_or_are_told_to_come_again(
    installation: Installation, dice: random.Random
):
    service, headers = installation.service, installation.keys["r0"]
    answers: Counter[int] = Counter()
    until = time.monotonic() + CROWD_SECONDS

    def ask() -> None:
        with httpx2.Client(base_url=service.url, headers=headers, timeout=60) as client:
            while time.monotonic() < until:
                found = client.get("/v1/gate-status?totals=true&limit=100")
                answers[found.status_code] += 1

    with installation.load(dice) as load:
        crowd = [threading.Thread(target=ask) for _ in range(CROWD)]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join()
        assert set(answers) <= {200, 429, 503}, answers
        assert answers[200] > CROWD, answers
        load.wait_for_more(20)
        load.check(thoroughly=True)

"""A private PostgreSQL with a standby that follows it, for tests of reading from a replica."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.postgres import Cluster, _run, _server_user, find_programs, private_cluster

# What a primary needs besides, so that a standby can follow it.
PRIMARY = """
wal_level = replica
max_wal_senders = 4
"""
STANDBY = """
unix_socket_directories = '{home}'
hot_standby = on
"""


@dataclass(frozen=True)
class Standby:
    """A server that follows another, reached through a socket in its own folder."""

    home: Path
    primary: Cluster

    def url_of(self, primary_url: str) -> str:
        """The address here of a database there."""
        return primary_url.replace(
            str(self.primary.socket_directory).replace("/", "%2F"),
            str(self.home).replace("/", "%2F"),
        )

    def start(self) -> None:
        _run(self.home, self._pg_ctl, "start", "--wait", "--pgdata=data", "--log=log")

    def stop(self) -> None:
        _run(self.home, self._pg_ctl, "stop", "--mode=immediate", "--pgdata=data")

    def promote(self) -> None:
        _run(self.home, self._pg_ctl, "promote", "--wait", "--pgdata=data")

    def pause(self) -> None:
        """Follow no more, for now: what the primary commits stays unseen here."""
        self._ask("SELECT pg_wal_replay_pause()")
        self.wait_until(lambda: self._ask("SELECT pg_get_wal_replay_pause_state()") == "paused")

    def resume(self) -> None:
        self._ask("SELECT pg_wal_replay_resume()")

    def catch_up(self) -> None:
        """Wait until everything that is committed there is seen here."""
        with self.primary.connect(self.primary.url("postgres")) as connection:
            row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
        assert row is not None
        reached = f"SELECT (pg_last_wal_replay_lsn() >= '{row[0]}'::pg_lsn)::text"
        self.wait_until(lambda: self._ask(reached) == "true")

    @staticmethod
    def wait_until(is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not is_so():
            if time.monotonic() > deadline:
                raise RuntimeError("the standby did not get there in half a minute")
            time.sleep(0.02)

    @property
    def _pg_ctl(self) -> Path:
        return find_programs() / "pg_ctl"

    def _ask(self, question: str) -> str:
        with psycopg.connect(
            host=str(self.home), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return str(row[0])


@contextmanager
def replicated_cluster() -> Iterator[tuple[Cluster, Standby]]:
    """A primary, and a standby that streams from it."""
    with private_cluster(PRIMARY) as primary:
        home = Path(tempfile.mkdtemp(prefix="portfolio-standby-"))
        try:
            if owner := _server_user():
                shutil.chown(home, owner)
            with standby_of(primary, home) as standby:
                yield primary, standby
        finally:
            shutil.rmtree(home)


@contextmanager
def standby_of(primary: Cluster, home: Path) -> Iterator[Standby]:
    copy = find_programs() / "pg_basebackup"
    _run(
        home,
        copy,
        f"--host={primary.socket_directory}",
        "--username=postgres",
        "--pgdata=data",
        "--write-recovery-conf",
        "--checkpoint=fast",
        "--no-sync",
    )
    with (home / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write(STANDBY.format(home=home))
    standby = Standby(home, primary)
    standby.start()
    try:
        yield standby
    finally:
        standby.stop()

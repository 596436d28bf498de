"""A PostgreSQL that waits for the disk, and can be killed, stopped and started again."""

import os
import random
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tests.faults.service import wait_until
from tests.postgres import INITDB, Cluster, _run, _server_user, find_programs

# As in production: what was acknowledged is on the disk. Small segments leave room on a small disk.
SETTINGS = """
listen_addresses = ''
max_connections = 200
fsync = on
synchronous_commit = on
full_page_writes = on
min_wal_size = 4MB
max_wal_size = 16MB
"""
BACKENDS = (
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
    " AND datname <> 'postgres' ORDER BY pid"
)


class DurableCluster:
    """A cluster whose data are in `home`; `cluster` makes databases in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.cluster = Cluster(home)
        self._programs = find_programs()
        if owner := _server_user():
            shutil.chown(home, owner)

    def make(self, settings: str) -> None:
        initdb = self._programs / "initdb"
        _run(self.home, initdb, *INITDB, "--wal-segsize=1", "--pgdata=data")
        with (self.home / "data" / "postgresql.conf").open("a") as configuration:
            configuration.write(SETTINGS + settings)
        self.start()
        self.cluster.make_postgis_template()

    def take(self, data: Path) -> None:
        """Start from a copy of the data that another, stopped one has left."""
        shutil.copytree(data, self.home / "data")
        if owner := _server_user():
            for file in (self.home / "data", *(self.home / "data").rglob("*")):
                shutil.chown(file, owner)
        self.start()

    def start(self) -> None:
        options = f"--options=-k {self.home}"
        pg_ctl = self._programs / "pg_ctl"
        _run(self.home, pg_ctl, "start", "--wait", options, "--pgdata=data", "--log=log")

    def stop(self, mode: str = "fast") -> None:
        _run(self.home, self._programs / "pg_ctl", "stop", f"--mode={mode}", "--pgdata=data")

    def kill_backend(self, dice: random.Random) -> None:
        """The postmaster then ends all the others and recovers, since memory may be damaged."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            pids = [pid for (pid,) in connection.execute(BACKENDS)]
        if pids:
            with suppress(ProcessLookupError):
                os.kill(dice.choice(pids), signal.SIGKILL)
        wait_until(self._answers, "PostgreSQL has recovered")

    def kill_postmaster(self) -> None:
        pid = int((self.home / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        # Its backends see that and end; until then their shared memory stands in the way.
        wait_until(self._starts, "PostgreSQL has started again")

    def restart_if_down(self) -> None:
        if not self._answers():
            wait_until(self._starts, "PostgreSQL has started again")

    def _starts(self) -> bool:
        try:
            self.start()
        except RuntimeError:
            return self._answers()
        return True

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._address, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _address(self) -> str:
        return f"host={self.home} user=postgres dbname=postgres"


@contextmanager
def durable_cluster(
    home: Path, data: Path | None = None, *, settings: str = ""
) -> Iterator[DurableCluster]:
    """In the folder `home`, new or from a copy of `data`; nothing runs afterwards."""
    durable = DurableCluster(home)
    try:
        if data is None:
            durable.make(settings)
        else:
            durable.take(data)
        yield durable
    finally:
        if (home / "data" / "postmaster.pid").exists():
            with suppress(RuntimeError):
                durable.stop("immediate")

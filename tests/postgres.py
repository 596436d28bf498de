"""A private PostgreSQL with PostGIS, for tests, benches and people.

`python -m tests.postgres` starts one, prints the address of an empty database and
stops at Ctrl-C or at the end of standard input. `python -m tests.postgres --check`
says whether this machine could: exit code 0, or 1 with what to install.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import URL, make_url

WHAT_TO_INSTALL = (
    "PostgreSQL with PostGIS was not found. Install it: apt-get install"
    " --no-install-recommends postgresql-15-postgis-3 postgresql-15-postgis-3-scripts"
)

# Nothing here must survive a power cut, so nothing waits for the disk. 200 connections:
# a server under test holds a pool of 40, and some tests start more than one.
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket_directory}'
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
"""

# ICU and libc locales differ between machines; this one folds å, ä and ö everywhere.
INITDB = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]

WITH_POSTGIS = "with_postgis"


@dataclass(frozen=True)
class Cluster:
    """A running server, reached through a socket in its own folder."""

    socket_directory: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def new_database(self, template: str | None = None) -> str:
        """The address of a new database: empty with PostGIS, or a copy of `template`."""
        name = f"portfolio_{next(self._numbers)}"
        source = WITH_POSTGIS if template is None else _database_name(template)
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, source)
        return self.url(name)

    def freeze(self, url: str) -> None:
        """Make a database a template: it must have, and keep, no connections."""
        name = _database_name(url)
        self._execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
        with self._connect("postgres") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )

    def drop(self, url: str) -> None:
        """Remove a database, also while something is still connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", _database_name(url))

    def connect(self, url: str) -> "psycopg.Connection[tuple[Any, ...]]":
        return self._connect(_database_name(url))

    def url(self, name: str) -> str:
        query = {"host": str(self.socket_directory)}
        url = URL.create("postgresql+psycopg", username="postgres", database=name, query=query)
        return url.render_as_string(hide_password=False)

    def make_postgis_template(self) -> None:
        self._execute("CREATE DATABASE {}", WITH_POSTGIS)
        with self._connect(WITH_POSTGIS) as connection:
            connection.execute("CREATE EXTENSION postgis")
        self.freeze(self.url(WITH_POSTGIS))

    def _execute(self, statement: str, *names: str) -> None:
        with self._connect("postgres") as connection:
            connection.execute(SQL(statement).format(*map(Identifier, names)))

    def _connect(self, database: str) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(
            host=str(self.socket_directory), user="postgres", dbname=database, autocommit=True
        )


@contextmanager
def private_cluster(more_settings: str = "") -> Iterator[Cluster]:
    """Start a server of our own in a temporary folder; stop and forget it at the end."""
    programs = find_programs()
    home = Path(tempfile.mkdtemp(prefix="portfolio-pg-"))
    if owner := _server_user():
        shutil.chown(home, owner)
    try:
        _run(home, programs / "initdb", *INITDB, "--pgdata=data")
        with (home / "data" / "postgresql.conf").open("a") as configuration:
            configuration.write(SETTINGS.format(socket_directory=home) + more_settings)
        _run(home, programs / "pg_ctl", "start", "--wait", "--pgdata=data", "--log=log")
        try:
            cluster = Cluster(home)
            cluster.make_postgis_template()
            yield cluster
        finally:
            _run(home, programs / "pg_ctl", "stop", "--mode=immediate", "--pgdata=data")
    finally:
        shutil.rmtree(home)


def find_programs() -> Path:
    """The folder with initdb and pg_ctl of an installation that has PostGIS too."""
    on_path = shutil.which("pg_config")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_config"), reverse=True)
    for pg_config in [*([Path(on_path)] if on_path else []), *debian]:
        programs = Path(_answer(pg_config, "--bindir"))
        extension = Path(_answer(pg_config, "--sharedir")) / "extension" / "postgis.control"
        if (programs / "initdb").exists() and extension.exists():
            return programs
    raise RuntimeError(WHAT_TO_INSTALL)


def _answer(program: Path, question: str) -> str:
    asked = subprocess.run([program, question], check=True, capture_output=True, text=True)  # noqa: S603
    return asked.stdout.strip()


def _run(home: Path, *command: str | Path) -> None:
    # The output goes to a file: a pipe would stay open in the server and never end.
    with (home / "output").open("w+") as output:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=_server_user(),
            extra_groups=None if _server_user() is None else [],
        )
        output.seek(0)
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name} failed: {output.read()}")


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root, so root starts it as the user `postgres`."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise RuntimeError(WHAT_TO_INSTALL) from None


def _database_name(url: str) -> str:
    name = make_url(url).database
    if name is None:
        raise ValueError(f"{url} names no database")
    return name


def main(arguments: Sequence[str]) -> None:
    try:
        find_programs()
    except RuntimeError as missing:
        sys.exit(str(missing))
    if "--check" in arguments:
        return
    # SIGTERM would leave the server running; as an exception it stops it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with private_cluster() as cluster:
            print(cluster.new_database(), flush=True)  # noqa: T201
            sys.stdin.read()
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main(sys.argv[1:])

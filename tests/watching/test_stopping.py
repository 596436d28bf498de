"""A server that is told to stop finishes what it has begun, and not later than it promised."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from portfolio.access.rules import Role
from portfolio.areas.models import AreaImport
from portfolio.database.engine import make_engine, snapshot, transaction
from portfolio.events.models import EventChain
from portfolio.organisation.models import Body
from portfolio.watching import metric_files
from tests.events.calls import boundary_file
from tests.serving import FORKING, free_port, key_headers, serve_with

BODY = {"code": "kept", "name": "Nämnden", "level": "committee"}
FORM = {"scheme": "s", "code_field": "kod", "name_field": "namn", "valid_from": "2026-01-01"}


@dataclass
class Server:
    process: BaseProcess
    url: str
    log: Path

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def signal(self, number: int = signal.SIGTERM) -> None:
        os.kill(self.pid, number)

    def exit_code(self) -> int | None:
        self.process.join(60)
        return self.process.exitcode


@pytest.fixture
def serve(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts `portfolio serve` in a process of its own, with settings as they are named."""
    with ExitStack() as stack:

        def start(*arguments: str, **settings: object) -> Server:
            return stack.enter_context(_served(database_url, tmp_path, arguments, settings))

        yield start


@contextmanager
def _served(
    database_url: str, folder: Path, arguments: tuple[str, ...], settings: dict[str, object]
) -> Iterator[Server]:
    port, log = free_port(), folder / "log"
    own = {f"PORTFOLIO_{name.upper()}": str(value) for name, value in settings.items()}
    environment = {**os.environ, "PORTFOLIO_DATABASE_URL": database_url, **own}
    environment["TMPDIR"] = str(folder)
    process = FORKING.Process(target=serve_with, args=(port, environment, log, *arguments))
    process.start()
    server = Server(process, f"http://127.0.0.1:{port}", log)
    try:
        eventually(lambda: status(server) == 200, log)
        yield server
    finally:
        process.kill()
        process.join()
        process.close()


def status(server: Server) -> int:
    assert server.process.exitcode is None, server.log.read_text("utf-8")
    try:
        return httpx2.get(f"{server.url}/readyz", timeout=5).status_code
    except httpx2.TransportError:
        return 0


def eventually(holds: Callable[[], Any], log: Path | None = None) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        told = log.read_text("utf-8") if log is not None else ""
        assert time.monotonic() < deadline, told
        time.sleep(0.05)


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def admin(database: Engine) -> dict[str, str]:
    with transaction(database) as session:
        return key_headers(session, Role.ADMIN)


@contextmanager
def writers_held(engine: Engine) -> Iterator[None]:
    """Nobody else can commit a change meanwhile."""
    with transaction(engine) as session:
        session.exec(select(EventChain).with_for_update()).one()
        yield


class Sending:
    """A request in a thread of its own, since its answer takes long."""

    def __init__(self, send: Callable[[], httpx2.Response]) -> None:
        self.answer: httpx2.Response | None = None
        self.error: Exception | None = None
        self._send = send
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.answer = self._send()
        except httpx2.TransportError as error:
            self.error = error

    def wait(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()


def post(server: Server, headers: dict[str, str], code: str = "kept") -> Sending:
    body = {**BODY, "code": code}
    url = f"{server.url}/v1/bodies"
    return Sending(lambda: httpx2.post(url, json=body, headers=headers, timeout=60))


def in_flight(server: Server, headers: dict[str, str]) -> int:
    """Requests besides the one that asks, and the one that is waited for."""
    return measured(server, headers, "portfolio_requests_in_flight") - 1


def processes(server: Server, headers: dict[str, str]) -> int:
    try:
        return measured(server, headers, "portfolio_processes")
    except httpx2.TransportError:
        # It went to the one that was killed.
        return 0


def measured(server: Server, headers: dict[str, str], name: str) -> int:
    told = httpx2.get(f"{server.url}/metrics", headers=headers, timeout=10).text
    lines = [one for one in told.splitlines() if one.startswith(f"{name} ")]
    return int(float(lines[0].split()[1]))


def bodies(engine: Engine) -> set[str]:
    with snapshot(engine) as session:
        return set(session.exec(select(Body.code)))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_write_that_was_begun_is_answered_and_kept(serve, database, admin, workers):
    server = serve("--workers", workers)
    with writers_held(database):
        sending = post(server, admin)
        eventually(lambda: in_flight(server, admin) == 1)
        assert len(folders_of_metrics(server)) == int(workers) - 1
        server.signal()
        # Nobody new gets in while it is waited for.
        eventually(lambda: status(server) == 0)
    sending.wait()

    assert sending.answer is not None
    assert sending.answer.status_code == 201
    assert server.exit_code() == 0
    assert "kept" in bodies(database)
    assert not folders_of_metrics(server)


def folders_of_metrics(server: Server) -> list[Path]:
    name = f"{metric_files.PREFIX}{server.pid}-*"
    places = (metric_files.IN_MEMORY, server.log.parent)
    return [folder for place in places for folder in place.glob(name)]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_import_with_its_child_is_finished(serve, database, admin, workers):
    server = serve("--workers", workers)
    client = httpx2.Client(base_url=server.url, headers=admin, timeout=60)
    assert client.post("/v1/area-schemes", json={"code": "s", "name": "S"}).status_code == 201
    content = boundary_file(*[f"A{number}" for number in range(200)])
    files = {"file": ("areas.geojson", content, "application/geo+json")}
    sending = Sending(lambda: client.post("/v1/area-imports", data=FORM, files=files))
    eventually(lambda: readers_of(server.pid))
    server.signal()
    sending.wait()
    client.close()

    assert sending.answer is not None
    assert sending.answer.status_code == 201
    assert server.exit_code() == 0
    with snapshot(database) as session:
        assert len(list(session.exec(select(AreaImport)))) == 1


def test_it_says_that_it_stops_before_it_does(serve, database, admin):
    server = serve(stop_delay_seconds=3)
    server.signal()

    eventually(lambda: status(server) == 503)
    told = httpx2.get(f"{server.url}/readyz", timeout=5).json()
    assert told["checks"] == [
        {"name": "running", "ok": False, "detail": "is stopping; ask another one"}
    ]
    # Whoever is sent here meanwhile is served.
    assert httpx2.post(f"{server.url}/v1/bodies", json=BODY, headers=admin).status_code == 201
    assert server.exit_code() == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_ends_at_its_limit_with_nothing_half_done(serve, database, admin, workers):
    server = serve("--workers", workers, stop_seconds=1)
    with writers_held(database):
        sending = post(server, admin)
        eventually(lambda: in_flight(server, admin) == 1)
        server.signal()
        code = server.exit_code()
    sending.wait()

    assert code == 1
    assert sending.answer is None or sending.answer.status_code >= 500
    assert "kept" not in bodies(database)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_signal_ends_it_at_once(serve, database, admin, workers):
    server = serve("--workers", workers, stop_seconds=600)
    with writers_held(database):
        sending = post(server, admin)
        eventually(lambda: in_flight(server, admin) == 1)
        server.signal(signal.SIGINT)
        eventually(lambda: status(server) == 0)
        # A signal that comes twice by accident is one.
        time.sleep(3)
        server.signal(signal.SIGINT)
        code = server.exit_code()
    sending.wait()

    assert code == 1
    assert "kept" not in bodies(database)


def test_signals_that_come_together_are_one(serve):
    server = serve()
    for _ in range(3):
        server.signal()

    assert server.exit_code() == 0


def test_a_worker_that_was_killed_is_replaced_again_and_again(serve, admin):
    server = serve("--workers", "2")
    for _ in range(3):
        eventually(lambda: processes(server, admin) == 2)
        killed = workers_of(server.pid)[0]
        os.kill(killed, signal.SIGKILL)
        until_replaced(server, killed)

    eventually(lambda: processes(server, admin) == 2)
    server.signal()
    assert server.exit_code() == 0


def until_replaced(server: Server, killed: int) -> None:
    eventually(lambda: len([one for one in workers_of(server.pid) if one != killed]) == 2)


def workers_of(pid: int) -> list[int]:
    return [one for one in children_of(pid) if b"spawn_main" in command_of(one)]


def test_workers_end_with_a_supervisor_that_was_killed(serve):
    server = serve("--workers", "2")
    workers = children_of(server.pid)
    server.signal(signal.SIGKILL)
    server.exit_code()

    assert len(workers) >= 2
    eventually(lambda: not any(is_running(pid) for pid in workers))


def children_of(pid: int) -> list[int]:
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text("ascii").split()]
    except (FileNotFoundError, ProcessLookupError):
        # It, or one of its threads, has ended meanwhile.
        return found
    return found


def readers_of(pid: int) -> list[int]:
    """The caged processes at work for a server or its workers."""
    family = [pid, *children_of(pid)]
    below = [child for one in family[1:] for child in children_of(one)]
    return [one for one in {*family, *below} if b"reader_child" in command_of(one)]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


SLEEPER = """
import sys, time
from pathlib import Path
from portfolio.areas import cage
cage.confine(2**32, 60, int(sys.argv[2]))
(Path(sys.argv[1]) / "begun").touch()
time.sleep(60)
"""
# Runs it in a thread, as a server does.
SERVER = """
import subprocess, sys, threading
from pathlib import Path
from portfolio.areas import caged_run
real, folder = subprocess.Popen, Path(sys.argv[1])
def start(command, **more):
    return real([sys.executable, folder / "sleeper.py", *command[-2:]], **more)
caged_run.subprocess.Popen = start
thread = threading.Thread(target=caged_run.run_caged, args=("sleeper", folder, {}, 60))
thread.start()
thread.join()
"""


def test_a_caged_child_does_not_outlive_a_killed_server(tmp_path: Path):
    (tmp_path / "sleeper.py").write_text(SLEEPER, "utf-8")
    server = subprocess.Popen([sys.executable, "-c", SERVER, tmp_path])  # noqa: S603  # this test's own
    eventually((tmp_path / "begun").exists)
    (child,) = children_of(server.pid)
    server.kill()
    server.wait()

    eventually(lambda: not is_running(child))

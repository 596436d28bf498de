"""Keys, and servers in processes of their own."""

import multiprocessing
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlmodel import Session

from portfolio.access.rules import Role
from portfolio.access.service import create_key
from portfolio.cli import main
from portfolio.clock import Act, now

# Counted, so that a measurement pays for it, and never reached.
WIDE_OPEN = {
    "PORTFOLIO_RATE_PER_KEY": "1000000000/minute",
    "PORTFOLIO_RATE_PER_ADDRESS": "1000000000/minute",
    "PORTFOLIO_UPLOADS_PER_ADDRESS": "1000000000/minute",
}


def key_headers(session: Session, role: Role, **bounds: object) -> dict[str, str]:
    """An `Authorization` header with a new key."""
    act = Act(actor="test", at=now())
    _, token = create_key(session, act, role=role, name=f"test {role}", **bounds)  # type: ignore[arg-type]  # department or bodies
    return {"Authorization": f"Bearer {token}"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_server(
    database_url: str,
    *arguments: str,
    quiet: bool = False,
    log: IO[bytes] | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """`portfolio serve` on a free port, until it is left.

    Its log goes to the file `log`, with `quiet` nowhere, and otherwise to our own stderr.
    `settings` are variables such as PORTFOLIO_RATE_PER_KEY.
    """
    port = free_port()
    command = [sys.executable, "-m", "portfolio", "serve", "--port", str(port), *arguments]
    environment = _environment(database_url, settings)
    stderr = subprocess.DEVNULL if quiet else log
    process = subprocess.Popen(command, env=environment, stderr=stderr)  # noqa: S603
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process.poll)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def forked_server(
    database_url: str, *, log: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The same from a process that has imported everything already, which takes seconds.

    Its log goes to the file `log`, or nowhere.
    """
    port = free_port()
    environment = _environment(database_url, settings)
    process = FORKING.Process(target=serve_with, args=(port, environment, log or Path(os.devnull)))
    process.start()
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, lambda: process.exitcode)
        yield url
    finally:
        process.terminate()
        process.join(30)
        process.close()


FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["pytest", "portfolio.server", "portfolio.cli", __name__])


def _environment(database_url: str, settings: Mapping[str, str] | None) -> dict[str, str]:
    own = {"PORTFOLIO_DATABASE_URL": database_url}
    return {**WIDE_OPEN, **os.environ, **own, **(settings or {})}


def serve_with(port: int, environment: Mapping[str, str], log: Path, *arguments: str) -> None:
    """`portfolio serve` in this process, which was forked for it."""
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    # uvicorn would hand it to its workers, and in a process like this one it is closed.
    sys.stdin = None
    sys.argv = ["portfolio", "serve", "--port", str(port), *arguments]
    main()


def _wait_until_ready(url: str, ended: Callable[[], int | None]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (code := ended()) is not None:
            raise RuntimeError(f"the server ended with {code}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise RuntimeError("the server did not get ready in a minute")

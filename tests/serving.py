"""Keys, and servers in processes of their own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from sqlmodel import Session

from portfolio.access.rules import Role
from portfolio.access.service import create_key
from portfolio.clock import Act, now


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
    database_url: str, *arguments: str, quiet: bool = False, log: IO[bytes] | None = None
) -> Iterator[str]:
    """`portfolio serve` on a free port, until it is left.

    Its log goes to the file `log`, with `quiet` nowhere, and otherwise to our own stderr.
    """
    port = free_port()
    command = [sys.executable, "-m", "portfolio", "serve", "--port", str(port), *arguments]
    environment = {**os.environ, "PORTFOLIO_DATABASE_URL": database_url}
    stderr = subprocess.DEVNULL if quiet else log
    process = subprocess.Popen(command, env=environment, stderr=stderr)  # noqa: S603
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise RuntimeError("the server did not get ready in a minute")

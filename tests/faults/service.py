"""`portfolio serve` as a service manager runs it: killed at any moment, and started again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx2

from portfolio.settings import Settings
from tests.serving import free_port

# So long may anything take to come back; it is seconds, also on a machine that is busy.
PATIENCE_SECONDS = 120.0
WITHOUT_LIMITS = {
    f"PORTFOLIO_{name.upper()}": ""
    for name in ("rate_per_key", "rate_per_address", "uploads_per_address")
    if name in Settings.model_fields
}


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} s still not so: {what}")
        time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def family_of(pid: int) -> list[int]:
    return [pid, *(one for child in children_of(pid) for one in family_of(child))]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def memory_mb(pid: int) -> float:
    """What a process and those that it started have allocated; files that they map don't count."""
    total = 0.0
    for one in family_of(pid):
        try:
            status = Path(f"/proc/{one}/status").read_text()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        total += int(fields.get("RssAnon", "0 kB").split()[0]) / 1024
    return total


class Service:
    """A server on one port, in a session of its own so that nothing of it is left."""

    def __init__(
        self,
        database_url: str,
        folder: Path,
        *,
        workers: int = 2,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.workers = workers
        self.log = folder / "server.log"
        self._environment = {
            **os.environ,
            **WITHOUT_LIMITS,
            "PORTFOLIO_DATABASE_URL": database_url,
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        arguments = ["serve", "--port", str(self.port), "--workers", str(self.workers)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own command
                [sys.executable, "-m", "portfolio", *arguments],
                env=self._environment,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        wait_until(lambda: self._all_run() and self.is_ready(), f"{self.url} is ready")

    def is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx2.TransportError:
            return False

    def _all_run(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"the server ended with {self._process.returncode}: {self.tail()}")
        return self.workers == 1 or len(self.worker_pids()) == self.workers

    def worker_pids(self) -> list[int]:
        return [pid for pid in children_of(self.pid) if "spawn_main" in command_of(pid)]

    def kill_worker(self, dice: random.Random) -> None:
        """Its manager starts another."""
        killed = dice.choice(self.worker_pids())
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: killed not in self.worker_pids(), "the manager has seen the death")
        self.wait_until_ready()

    def kill(self) -> None:
        """All of it at once, as when the machine's memory is gone or its power."""
        assert self._process is not None
        os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(timeout=PATIENCE_SECONDS)

    def stop(self) -> None:
        """Ask it to end, and see that nothing of it is left."""
        if self._process is None:
            return
        group = self.pid
        self._process.terminate()
        try:
            self._process.wait(timeout=PATIENCE_SECONDS)
        finally:
            self._process = None
            if _is_there(group):
                os.killpg(group, signal.SIGKILL)

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True

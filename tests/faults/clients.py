"""Clients that write through the API, and keep a journal of what they were told was done."""

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.faults.service import PATIENCE_SECONDS

Body = dict[str, Any]
# Told to come again: nothing was done, or it is not known whether it was.
COME_AGAIN = frozenset({408, 429, 503})
BUSY = re.compile("at the same moment|Other files are being read")
MADE_ALREADY = re.compile(r"/v1/keys/\d+")


class Wrong(AssertionError):
    """An answer that no fault excuses."""


class Turns:
    """Lets clients take steps; while it is closed none is at work."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_open = True
        self._at_work = 0

    @contextmanager
    def step(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: self._is_open)
            self._at_work += 1
        try:
            yield
        finally:
            with self._changed:
                self._at_work -= 1
                self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._is_open = False
            seconds = 2 * PATIENCE_SECONDS
            if not self._changed.wait_for(lambda: self._at_work == 0, seconds):
                raise Wrong(f"{self._at_work} clients are still not answered after {seconds:.0f} s")

    def open(self) -> None:
        with self._changed:
            self._is_open = True
            self._changed.notify_all()


@dataclass
class Journal:
    """What one client knows: `shown` as it was answered, by path, and what it has had done."""

    shown: dict[str, Body] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    settled: dict[str, Body] = field(default_factory=dict)
    unanswered: int = 0
    told: Counter[int] = field(default_factory=Counter)

    def settle(self) -> None:
        """What has been read back stays known, and is read again now and then."""
        self.settled |= self.shown
        self.shown = {}


class Client:
    """Sends every change until it is known what became of it."""

    def __init__(self, url: str, headers: dict[str, str], name: str) -> None:
        self.name = name
        self.journal = Journal()
        self._http = httpx2.Client(base_url=url, headers=headers, timeout=PATIENCE_SECONDS)
        self._count = 0

    def close(self) -> None:
        self._http.close()

    def post(self, kind: str, path: str, body: Body | None = None, **parts: Any) -> Body:
        """Once only, however often it is sent: all with the same Idempotency-Key."""
        self._count += 1
        key = {"Idempotency-Key": f"{self.name}-{self._count}"}
        content = parts or ({} if body is None else {"json": body})

        def send() -> httpx2.Response | None:
            return self._send("POST", path, headers=key, **content)

        answer = self._until(send, f"POST {path}")
        self.journal.done[kind] += 1
        if answer.status_code == 409:
            return {"location": MADE_ALREADY.findall(answer.text)[0]}
        found: Body = answer.json()
        if location := answer.headers.get("location"):
            self.journal.shown[location] = found
            # Whoever has written reads it, wherever it is read.
            self.read(location)
        return {**found, "location": location}

    def change(
        self,
        kind: str,
        method: str,
        path: str,
        body: Body | None,
        is_done: Callable[[Body], bool],
    ) -> Body:
        """From the version that was read to the next; sent again only if that still stands."""
        before = self.read(path)
        tag = {"If-Match": before.headers["etag"]}
        content = {} if body is None else {"json": body}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self._send(method, path, headers=tag, **content)
            now = self.read(path)
            if now.headers["etag"] != tag["If-Match"]:
                if not is_done(now.json()):
                    raise Wrong(f"{method} {path} was done in part: {now.text}")
                self.journal.done[kind] += 1
                self.journal.shown[path] = now.json()
                return self.journal.shown[path]
            if answer is not None and answer.status_code < 300:
                raise Wrong(f"{method} {path} was acknowledged and is not there")
        raise Wrong(f"{method} {path} came to nothing")

    def read(self, path: str) -> httpx2.Response:
        return self._until(lambda: self._send("GET", path), f"GET {path}")

    def note(self, *paths: str) -> None:
        """What is read now must be there as well, whatever comes."""
        for path in paths:
            self.journal.shown[path] = self.read(path).json()

    def forget(self, *paths: str) -> None:
        """What shows other things now, on account of a change elsewhere."""
        for path in paths:
            self.journal.shown.pop(path, None)
            self.journal.settled.pop(path, None)

    def _until(self, send: Callable[[], httpx2.Response | None], what: str) -> httpx2.Response:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = send()
            if answer is not None and answer.status_code < 300:
                return answer
            if answer is not None and MADE_ALREADY.search(answer.text):
                return answer
            time.sleep(0.05)
        raise Wrong(f"{what} was not answered in {PATIENCE_SECONDS:.0f} s")

    def _send(self, method: str, path: str, **parts: Any) -> httpx2.Response | None:
        """The answer; nothing if the connection broke or it says to come again."""
        try:
            answer = self._http.request(method, path, **parts)
        except httpx2.TransportError:
            self.journal.unanswered += 1
            return None
        if answer.status_code < 300:
            return answer
        self.journal.told[answer.status_code] += 1
        if answer.status_code in COME_AGAIN or BUSY.search(answer.text):
            return None
        if answer.status_code == 412 or (answer.status_code == 409 and path == "/v1/keys"):
            return answer
        raise Wrong(f"{method} {path} answered {answer.status_code}: {answer.text[:2000]}")


class Loop(threading.Thread):
    """Does the same again and again, one step at a time, until it is told to stop."""

    def __init__(self, turns: Turns, step: Callable[[], None], dice: random.Random) -> None:
        super().__init__(daemon=True)
        self._turns = turns
        self._step = step
        self._dice = dice
        self._stopping = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                with self._turns.step():
                    self._step()
                time.sleep(self._dice.uniform(0.0, 0.04))
        except BaseException as error:  # told by `stop`, in the thread of the test
            self.failure = error

    def stop(self) -> None:
        self._stopping.set()
        self.join(3 * PATIENCE_SECONDS)
        self.check()

    def check(self) -> None:
        if self.failure is not None:
            raise self.failure

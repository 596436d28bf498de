"""What many tests begin with: sent through HTTP once, and put in place as rows after that."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import time_machine
from fastapi.testclient import TestClient

from tests.databases import DatabaseFactory, MovingEngine

Steps = tuple[str, ...]


class Memory:
    """The rows after each beginning that has been seen more than once, and what it returned."""

    def __init__(self, databases: DatabaseFactory) -> None:
        self.databases = databases
        self.seen: Counter[Steps] = Counter()
        self.kept: dict[Steps, tuple[Any, Any]] = {}


class Beginning:
    """How far one test has come by steps that others take too."""

    def __init__(self, memory: Memory, engine: MovingEngine, url: str) -> None:
        self._memory = memory
        self._engine = engine
        self._url = url
        self._steps: Steps = ()

    def take(self, step: str, send: Callable[[], Any]) -> Any:
        """What `send` returns, and its rows in the database; sent only when it is new."""
        if not self._may_remember():
            return send()
        databases, kept = self._memory.databases, self._memory.kept
        self._steps += (step,)
        if self._steps in kept:
            rows, answer = kept[self._steps]
            self._engine.let_go()
            databases.put(self._url, rows)
        else:
            answer = self._send(send)
        databases.mark(self._url)
        return deepcopy(answer)

    def _may_remember(self) -> bool:
        # Rows have the time of their recording, so a traveller in time records them himself.
        return (
            self._engine.url == self._url
            and not time_machine.escape_hatch.is_travelling()
            and not self._memory.databases.is_written_since_mark(self._url)
        )

    def _send(self, send: Callable[[], Any]) -> Any:
        answer = send()
        self._memory.seen[self._steps] += 1
        if self._memory.seen[self._steps] > 1:
            rows = self._memory.databases.keep(self._url)
            self._memory.kept[self._steps] = rows, deepcopy(answer)
        return answer


class BeginningClient(TestClient):
    """A client that may take the first steps of its test from memory."""

    beginning: Beginning | None = None


def begin(client: Any, step: str, send: Callable[[], Any]) -> Any:
    """Do a step that many tests begin with; only a client of ours has a memory."""
    beginning = client.beginning if isinstance(client, BeginningClient) else None
    return send() if beginning is None else beginning.take(step, send)


def leave_memory(client: TestClient) -> None:
    """Send every step: for a test that looks at the time before them.

    What is taken from memory was recorded before the test began.
    """
    assert isinstance(client, BeginningClient)
    client.beginning = None

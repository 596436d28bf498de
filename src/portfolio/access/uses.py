"""When a key was last used: noted in memory, written now and then by a thread of its own."""

import threading
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from portfolio.access.models import ApiKey
from portfolio.database.base import table
from portfolio.database.engine import transaction

log = structlog.get_logger()


class Uses:
    """Requests only note; nothing of them waits for the writing, or fails with it.

    What a process has not written yet when it is killed is lost: it is a hint to whoever tidies
    keys, not evidence. Evidence is in the events.
    """

    def __init__(self, engine: Engine, every_seconds: float) -> None:
        """`every_seconds` 0: nothing is noted at all."""
        self._engine = engine
        self._every = every_seconds
        self._noted: dict[int, datetime] = {}
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def note(self, key_id: int, at: datetime) -> None:
        if not self._every:
            return
        self._noted[key_id] = at
        if self._thread is None:
            self._start()

    def write(self) -> None:
        """Write what was noted. Several processes may: the latest of their moments stays."""
        noted, self._noted = self._noted, {}
        if not noted:
            return
        rows = [{"key": key_id, "at": at} for key_id, at in sorted(noted.items())]
        with transaction(self._engine) as session:
            session.connection().execute(_update(), rows)

    def close(self) -> None:
        """Write for the last time."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(10)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name="uses", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        stopped = False
        while not stopped:
            stopped = self._stopping.wait(self._every)
            try:
                self.write()
            except SQLAlchemyError as error:
                # The next use is noted again; until then the time shown is an older one.
                log.warning("last use of keys not written", kind=type(error).__name__)


@cache
def _update() -> sa.Update:
    keys = table(ApiKey)
    at: Any = sa.bindparam("at", type_=keys.c.last_used_at.type)
    is_older = sa.or_(keys.c.last_used_at.is_(None), keys.c.last_used_at < at)
    wanted = keys.c.id == sa.bindparam("key", type_=sa.Integer)
    return sa.update(keys).where(wanted, is_older).values(last_used_at=at)

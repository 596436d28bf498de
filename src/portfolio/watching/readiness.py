"""Whether the service can serve, and why not: asked of the database beside everything else.

Anybody may ask, so it names no host, and asks the database once for all who come together. It has
a connection and a thread of its own, since it must answer when every other one is taken or hangs.
"""

import asyncio
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from portfolio.database.migrations import newest_revision
from portfolio.database.probing import file_of, probing_engine, why_not_writable

ANSWER_SECONDS = 2.0
# Whoever asks more often gets the last answer.
KEPT_SECONDS = 1.0
# One that hangs is not waited for longer than this before another asks beside it.
GIVEN_UP_SECONDS = 10.0
FAR_BEHIND = 1000
LEAST_FREE_BYTES = 100 * 2**20
_LAST_EVENT = text("SELECT last_id FROM event_chain")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that serving takes; `ok` and `detail` are what is told of it."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """All checks; what is not needed to serve does not decide."""

    checks: Sequence[Check]
    # Without it every question goes to the database itself.
    not_needed: frozenset[str] = frozenset({"replica"})

    @property
    def is_ready(self) -> bool:
        return all(check.ok for check in self.checks if check.name not in self.not_needed)

    def shown(self) -> dict[str, Any]:
        status = "ready" if self.is_ready else "not ready"
        return {"status": status, "checks": [asdict(check) for check in self.checks]}


class Prober:
    """Asks a database, never twice at once and never longer than somebody waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: tuple[str, Future[list[Check]], float] | None = None

    async def checks(self, engine: Engine, replica: str = "") -> list[Check]:
        asking = self._ask(engine.url, replica)
        try:
            return await asyncio.wait_for(
                asyncio.shield(asyncio.wrap_future(asking)), ANSWER_SECONDS
            )
        except TimeoutError:
            told = f"does not answer within {ANSWER_SECONDS:.0f} seconds"
            return [Check("database", False, told)]

    def _ask(self, url: URL, replica: str) -> Future[list[Check]]:
        database = url.render_as_string(hide_password=False)
        with self._lock:
            if self._asking is not None:
                asked, asking, since = self._asking
                kept = KEPT_SECONDS if asking.done() else GIVEN_UP_SECONDS
                if asked == database and time.monotonic() - since < kept:
                    return asking
            asking = Future()
            self._asking = (database, asking, time.monotonic())
        # A thread that nobody waits for at the end: it may hang in the network.
        threading.Thread(target=_probe, args=(asking, url, replica), daemon=True).start()
        return asking


def _probe(asking: Future[list[Check]], url: URL, replica: str) -> None:
    try:
        asking.set_result(list(_found(url, replica)))
    except Exception as error:
        asking.set_exception(error)


def _found(url: URL, replica: str) -> Iterator[Check]:
    file = file_of(url)
    if file is not None and not file.exists():
        # Asking would make an empty one.
        yield Check("database", False, "the file is not there; restore it or run portfolio migrate")
        return
    engine = probing_engine(url)
    try:
        with engine.connect() as connection:
            yield Check("database", True, "answers")
            schema = _schema(MigrationContext.configure(connection).get_current_revision())
            yield schema
            yield _writable(connection)
            if replica and schema.ok:
                yield _replica(make_url(replica), connection.execute(_LAST_EVENT).scalar_one())
    except SQLAlchemyError:
        yield Check("database", False, "can't be reached, or gives no answer; the log says why")
    finally:
        engine.dispose()
    if file is not None:
        yield _disk(file)


def _schema(revision: str | None) -> Check:
    newest = newest_revision()
    if revision == newest:
        return Check("schema", True, f"has {revision}")
    told = f"has {revision or 'none'}, needs {newest}: run portfolio migrate of this version"
    return Check("schema", False, told)


def _writable(connection: Connection) -> Check:
    hindrance = why_not_writable(connection)
    return Check("writable", hindrance is None, hindrance or "yes")


def _replica(url: URL, last_event: int) -> Check:
    engine = probing_engine(url)
    try:
        with engine.connect() as connection:
            behind = last_event - connection.execute(_LAST_EVENT).scalar_one()
    except SQLAlchemyError:
        return Check("replica", False, "does not answer; all is read from the database itself")
    finally:
        engine.dispose()
    # Not by how many: anybody may ask, and the number would tell how much is written.
    told = "keeps up" if behind < FAR_BEHIND else f"is more than {FAR_BEHIND} events behind"
    return Check("replica", True, told)


def _disk(file: Path) -> Check:
    free = shutil.disk_usage(file.resolve().parent).free
    # Anybody may ask, and how much is free would tell how much is written.
    if free < LEAST_FREE_BYTES:
        told = f"less than {LEAST_FREE_BYTES // 2**20} MiB free: make room"
        return Check("disk", False, told)
    return Check("disk", True, "room enough")


_prober = Prober()


async def assess(state: Any) -> Readiness:
    """How ready an application is, by its `state`: its engine, its settings and its end."""
    stop = getattr(state, "stop", None)
    if stop is not None and stop.is_coming:
        return Readiness([Check("running", False, "is stopping; ask another one")])
    replica = getattr(state.settings, "read_database_url", "")
    return Readiness([Check("running", True, "yes"), *await _prober.checks(state.engine, replica)])

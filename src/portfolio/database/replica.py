"""A standby that answers reads, for whoever it has come far enough for.

Events are chained: each is written in the transaction of its change, under the chain's lock. So a
snapshot that has an event with the hash it has on the primary has every change up to that one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from threading import Lock, Thread
from time import monotonic
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from portfolio.database.engine import make_engine, reading_session, snapshot
from portfolio.database.types import UtcDateTime

# How long one that failed is left alone.
PAUSE_SECONDS = 5.0
# It stands near, and whoever waits for it could have been answered by the primary.
CONNECTING = {"connect_timeout": "2", "tcp_user_timeout": "3000"}

_event = sa.table("event", sa.column("at", UtcDateTime()), *map(sa.column, ("id", "actor", "hash")))
_chain = sa.table("event_chain", *map(sa.column, ("id", "last_hash")))
_version = sa.table("alembic_version", sa.column("version_num"))
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Mark:
    """An event that a snapshot must have; with number 0 any snapshot will do."""

    number: int
    hash: str


START = Mark(0, "")


@cache
def _mark_query() -> sa.Select[Any]:
    """The newest event that the actor left or that is older than a moment. By index, both."""
    own = sa.select(sa.func.max(_event.c.id)).where(_event.c.actor == sa.bindparam("actor"))
    old = (
        sa.select(_event.c.id)
        .where(_event.c.at <= sa.bindparam("before"))
        .order_by(_event.c.id.desc())
        .limit(1)
    )
    either = sa.select(own.scalar_subquery().label("id")).union_all(old).subquery()
    newest = sa.select(sa.func.max(either.c.id)).scalar_subquery()
    return sa.select(_event.c.id, _event.c.hash).where(_event.c.id == newest)


def mark_for(session: Session, actor: str, now: datetime, lag_seconds: float) -> Mark:
    """What a replica must have come to before it may answer this actor; asked of the primary."""
    wanted = {"actor": actor, "before": now - timedelta(seconds=lag_seconds)}
    found = session.execute(_mark_query(), wanted).one_or_none()
    return START if found is None else Mark(*found)


class Replica:
    """Gives out sessions on a standby, or none where the primary has to answer.

    One that is away slows nobody down: after a failure it is left alone, and a thread of our own
    asks when it is back.
    """

    def __init__(self, engine: Engine, revision: str | None, pause: float = PAUSE_SECONDS) -> None:
        self.engine = engine
        self._revision = revision
        self._pause = pause
        self._lock = Lock()
        self._ask_again_at: float | None = None

    def session_with(self, mark: Mark) -> Session | None:
        """A session on one state, that has what the mark says; to be closed by the caller."""
        wanted = sa.select(_event.c.hash).where(_event.c.id == mark.number)
        return self._session(lambda found: not mark.number or found == mark.hash, wanted)

    def session_at(self, last_hash: str) -> Session | None:
        """A session on exactly the state whose last event has this hash."""
        return self._session(lambda found: found == last_hash, sa.select(_chain.c.last_hash))

    def failed(self, error: BaseException) -> None:
        """Leave it alone for a while."""
        with self._lock:
            if self._ask_again_at is None:
                log.warning("the replica is away", reason=_reason(error))
            self._ask_again_at = monotonic() + self._pause

    def dispose(self) -> None:
        self.engine.dispose()

    def _session(
        self, is_far_enough: Callable[[Any], bool], wanted: sa.Select[Any]
    ) -> Session | None:
        if self._is_away():
            return None
        session = reading_session(self.engine)
        try:
            if is_far_enough(self._look(session, wanted)):
                return session
        except (SQLAlchemyError, NotReplica) as error:
            self.failed(error)
        session.close()
        return None

    def _look(self, session: Session, wanted: sa.Select[Any]) -> Any:
        """What the snapshot has, which is taken by this first question.

        Raises:
            NotReplica: It has been promoted, or has another schema than this program.
        """
        query = sa.select(
            sa.func.pg_is_in_recovery(),
            sa.select(_version.c.version_num).scalar_subquery(),
            wanted.scalar_subquery(),
        )
        in_recovery, revision, found = session.execute(query).one()
        if not in_recovery:
            raise NotReplica("it is no standby: it takes changes of its own")
        if revision != self._revision:
            raise NotReplica("it has another schema")
        return found

    def _is_away(self) -> bool:
        with self._lock:
            if self._ask_again_at is None:
                return False
            if monotonic() >= self._ask_again_at:
                # Longer than asking can take, so that one asks at a time.
                self._ask_again_at = monotonic() + self._pause + 60
                Thread(target=self._ask_again, name="replica", daemon=True).start()
            return True

    def _ask_again(self) -> None:
        try:
            with snapshot(self.engine) as session:
                self._look(session, sa.select(_chain.c.last_hash))
        except (SQLAlchemyError, NotReplica) as error:
            self.failed(error)
            return
        with self._lock:
            self._ask_again_at = None
        log.info("the replica is back")


class NotReplica(Exception):
    """What answers at the replica's address may not be read from."""


def make_replica(
    url: str, revision: str | None, *, pool_size: int, statement_seconds: int
) -> Replica | None:
    """The replica at an address; none where there is no address."""
    if not url:
        return None
    address = sa.make_url(url)
    own = {name: value for name, value in CONNECTING.items() if name not in address.query}
    address = address.update_query_dict(own)
    text = address.render_as_string(hide_password=False)
    engine = make_engine(text, pool_size=pool_size, statement_seconds=statement_seconds)
    return Replica(engine, revision)


def _reason(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).partition("\n")[0][:200]

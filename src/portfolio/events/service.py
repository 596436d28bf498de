"""Recording events in the transaction of the change, and verifying the chain."""

from collections.abc import Generator
from contextlib import closing
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import event as listener
from sqlalchemy import func
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import Session, col, select

from portfolio.clock import Act, rfc3339
from portfolio.database.base import raw, table
from portfolio.events.models import Event, EventChain
from portfolio.events.rules import GENESIS, Break, event_hash, find_break
from portfolio.hashing import canonical

PENDING = "portfolio.events"


def record(
    session: Session, act: Act, action: str, resource: str, *, before: Any = None, after: Any = None
) -> None:
    """Note a change; it is written, chained, just before the transaction commits.

    Late, because the end of the chain is locked from then on: no other writer waits longer than
    the commit itself takes.
    """
    entry = {
        "at": act.at,
        "actor": act.actor,
        "action": action,
        "resource": resource,
        "before": before,
        "after": after,
    }
    session.info.setdefault(PENDING, []).append(entry)


@listener.listens_for(OrmSession, "before_commit")
def _write_pending(session: OrmSession) -> None:
    if session.in_nested_transaction() or not session.info.get(PENDING):
        return
    entries = session.info.pop(PENDING)
    session.flush()
    chain = session.execute(select(EventChain).with_for_update()).scalar_one()
    latest = after_newest(session, entries[0]["at"])
    for entry in entries:
        latest = entry["at"] = max(latest, entry["at"])
        event = Event(**entry, id=chain.last_id + 1, previous_hash=chain.last_hash, hash="")
        event.hash = event_hash(shown(event), canonical)
        session.add(event)
        chain.last_id, chain.last_hash = event.id, event.hash
    session.flush()


@listener.listens_for(OrmSession, "after_rollback")
def _forget_pending(session: OrmSession) -> None:
    if not session.in_nested_transaction():
        session.info.pop(PENDING, None)


def shown(event: Event) -> dict[str, Any]:
    """The event as the API shows it, and as its hash covers it."""
    return {
        "id": event.id,
        "at": rfc3339(event.at),
        "actor": event.actor,
        "action": event.action,
        "resource": event.resource,
        "before": event.before,
        "after": event.after,
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }


def after_newest(session: OrmSession, moment: datetime) -> datetime:
    """A moment, or that of the last event if it is later.

    A clock may go back, but what was known may not: a row would be retracted before it was
    recorded. Events are stamped so too, so the last one is the latest.
    """
    newest = select(Event.at).order_by(col(Event.id).desc()).limit(1)
    last = session.execute(newest).scalar_one_or_none()
    return moment if last is None else max(moment, last)


def find_events(
    session: Session, *, after: int, resource: str | None, actor: str | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """One page in the order of the chain, and how many match in all."""
    where = []
    if resource is not None:
        where.append(col(Event.resource) == resource)
    if actor is not None:
        where.append(col(Event.actor) == actor)
    total = session.exec(select(func.count()).select_from(Event).where(*where)).one()
    page = select(Event).where(*where, col(Event.id) > after).order_by(col(Event.id)).limit(limit)
    return [shown(event) for event in session.exec(page)], total


def verify(session: Session) -> tuple[int, Break | None]:
    """How many events there are, and where the chain breaks, if it does."""
    chain = session.exec(select(EventChain)).one_or_none()
    end = (chain.last_id, chain.last_hash) if chain else (0, GENESIS)
    with closing(_walk(session)) as events:
        problem = find_break(events, end, canonical)
    return session.exec(select(func.count()).select_from(Event)).one(), problem


def _walk(session: Session) -> Generator[dict[str, Any]]:
    events = table(Event)
    columns = [raw(column) if column.name in ("before", "after") else column for column in events.c]
    query = sa.select(*columns).order_by(events.c.id).execution_options(yield_per=1000)
    # A walk that ends at a break leaves a cursor open on PostgreSQL.
    with session.execute(query) as rows:
        for row in rows:
            event = dict(row._mapping)
            texts = {name: _read(event[name]) for name in ("before", "after")}
            yield event | texts | {"at": rfc3339(event["at"])}


def _read(text: str | None) -> Any:
    """What a text of JSON says; one that says nothing is not what was hashed."""
    try:
        return None if text is None else orjson.loads(text)
    except ValueError:
        return f"unreadable: {text}"

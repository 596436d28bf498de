"""Counting what is written, by SQLAlchemy's own events: nothing that writes needs to know."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction

from portfolio.events.models import Event
from portfolio.watching import metrics

WRITTEN = "portfolio.written"


def watch_sessions() -> None:
    """Count what every session of this process writes; the second call does nothing."""
    if not event.contains(Session, "after_flush", _flushed):
        event.listen(Session, "after_flush", _flushed)
        event.listen(Session, "after_commit", _committed)
        event.listen(Session, "after_rollback", _rolled_back)


def _flushed(session: Session, _: UOWTransaction) -> None:
    added = sum(isinstance(one, Event) for one in session.new)
    session.info[WRITTEN] = session.info.get(WRITTEN, 0) + added


def _committed(session: Session) -> None:
    if not session.in_nested_transaction():
        _count(session.info, "committed")


def _rolled_back(session: Session) -> None:
    if not session.in_nested_transaction():
        _count(session.info, "rolled back")


def _count(info: dict[Any, Any], outcome: str) -> None:
    events = info.pop(WRITTEN, None)
    if events is None:
        return
    metrics.writes.labels(outcome).inc()
    if outcome == "committed":
        metrics.events.inc(events)

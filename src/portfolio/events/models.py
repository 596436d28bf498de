"""The event table, append-only, and the end of its chain."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from portfolio.database.base import Table
from portfolio.database.types import JsonText, UtcDateTime


class Event(Table, table=True):
    """One change. Triggers on both engines refuse to update or delete a row."""

    __tablename__ = "event"
    # What an actor did last, and everything an actor did in order.
    __table_args__ = (Index("ix_event_actor_id", "actor", "id"),)

    id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    action: str
    resource: str = Field(index=True)
    before: Any = Field(default=None, sa_type=JsonText, nullable=True)
    after: Any = Field(default=None, sa_type=JsonText, nullable=True)
    previous_hash: str
    hash: str


class EventChain(Table, table=True):
    """The one row that says where the chain ends.

    Writers lock it, so that the chain has no fork; `verify` compares it with the last event, so
    that events cut off the end show.
    """

    __tablename__ = "event_chain"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last_id: int = Field(sa_type=BigInteger)
    last_hash: str

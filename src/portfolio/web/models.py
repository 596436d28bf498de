"""Answers kept for repeated requests."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from portfolio.database.base import Table
from portfolio.database.types import JsonText, UtcDateTime


class IdempotencyKey(Table, table=True):
    """What was answered to the first request with this key; no body if that held a secret."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("actor", "path", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    actor: str
    path: str
    key: str
    fingerprint: str
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    status: int | None = None
    headers: Any = Field(default=None, sa_type=JsonText, nullable=True)
    body: str | None = None

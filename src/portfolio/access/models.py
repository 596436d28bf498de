"""API keys. The token itself is never kept, only its hash."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from portfolio.database.base import Table
from portfolio.database.types import JsonText, UtcDateTime


class ApiKey(Table, table=True):
    """A key of one role, with the department or the bodies it is bound to."""

    __tablename__ = "api_key"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    role: str
    name: str
    department: str | None = None
    bodies: Any = Field(sa_type=JsonText)
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # To the minute at best, and outside the chain of events: reading changes nothing else.
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # None: everything that the role may.
    scopes: Any = Field(default=None, sa_type=JsonText, nullable=True)

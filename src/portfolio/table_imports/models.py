"""Spreadsheets sent in: previewed, then applied or discarded."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from portfolio.database.base import Table
from portfolio.database.types import JsonText, UtcDateTime


class TableImport(Table, table=True):
    """A sheet of investments or plan lines, as it was understood."""

    __tablename__ = "table_import"

    id: int | None = Field(default=None, primary_key=True)
    # "investments" or "plan_lines".
    target: str = Field(index=True)
    status: str
    source: Any = Field(sa_type=JsonText)
    # What each row says, and what applying it would change.
    rows: Any = Field(sa_type=JsonText)
    counts: Any = Field(sa_type=JsonText)
    issues: Any = Field(sa_type=JsonText)
    created_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

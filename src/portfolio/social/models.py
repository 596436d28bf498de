"""Social cases: what people put into the calculation, kept as they wrote it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from portfolio.database.base import Table
from portfolio.database.types import JsonText, UtcDateTime


class SocialCase(Table, table=True):
    """The inputs of an investment's social calculation; one that is replaced is retracted."""

    __tablename__ = "social_case"
    __table_args__ = (Index(None, "investment_id"),)

    id: int | None = Field(default=None, primary_key=True)
    # No foreign key: what a deleted investment was based on stays known as of its time (M4).
    investment_id: int
    inputs: Any = Field(sa_type=JsonText)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

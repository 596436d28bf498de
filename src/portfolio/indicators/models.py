"""Figures about areas, each from a file with a source."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from portfolio.database.base import Table
from portfolio.database.types import JsonText, UtcDateTime


class IndicatorFile(Table, table=True):
    """A spreadsheet of one indicator for one scheme."""

    __tablename__ = "indicator_file"

    id: int | None = Field(default=None, primary_key=True)
    scheme_id: int = Field(foreign_key="area_scheme.id", index=True)
    indicator: str
    # Who published the figures, in the sender's words.
    source: str
    # Name and SHA-256 of the file, and where in it the rows stood.
    file: Any = Field(sa_type=JsonText)
    counts: Any = Field(sa_type=JsonText)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class AreaIndicator(Table, table=True):
    """One area's figure for one year; `value` in millionths."""

    __tablename__ = "area_indicator"
    __table_args__ = (Index(None, "scheme_id", "indicator", "year"),)

    id: int | None = Field(default=None, primary_key=True)
    file_id: int = Field(foreign_key="indicator_file.id", index=True)
    scheme_id: int = Field(foreign_key="area_scheme.id")
    code: str
    indicator: str
    year: int
    value: int = Field(sa_type=BigInteger)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

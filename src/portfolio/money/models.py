"""Plan lines (M1) and price indices. A row that is replaced is retracted, and stays."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from portfolio.database.base import Table, listed
from portfolio.database.types import UtcDateTime
from portfolio.money.rules import Direction, Series, Type


class PlanLine(Table, table=True):
    """An amount in öre, without refundable VAT, for one investment, year and department."""

    __tablename__ = "plan_line"
    __table_args__ = (
        CheckConstraint(listed("series", Series), name="series_known"),
        CheckConstraint(listed("type", Type), name="type_known"),
        CheckConstraint(listed("direction", Direction), name="direction_known"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        Index(None, "investment_id", "series"),
    )

    id: int | None = Field(default=None, primary_key=True)
    # No foreign key: the lines of a deleted investment stay known as of their time (M4).
    investment_id: int
    series: str
    # The decision that decided it; null for a forecast.
    decision_id: int | None = Field(default=None, foreign_key="gate_decision.id", index=True)
    year: int
    type: str
    direction: str
    department: str = Field(foreign_key="department.code", index=True)
    account: str | None = None
    price_level: str = "current"
    amount: int = Field(sa_type=BigInteger)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


IN_FORCE = text("retracted_at IS NULL")


class PriceIndex(Table, table=True):
    """An index's value for a year, as written: it moves amounts between price levels."""

    __tablename__ = "price_index"
    __table_args__ = (
        Index(None, "index", "year", unique=True, sqlite_where=IN_FORCE, postgresql_where=IN_FORCE),
    )

    id: int | None = Field(default=None, primary_key=True)
    # What people address it by: the id of its first row.
    number: int | None = Field(default=None, index=True)
    index: str
    year: int
    # A decimal number as text: it is calculated with exactly.
    value: str
    source: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

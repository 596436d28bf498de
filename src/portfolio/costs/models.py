"""Components, consequence lines, rates, and the sums that follow from them.

Rows are never changed: one that is replaced is retracted, and stays (M4).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from portfolio.costs.rules import Category
from portfolio.database.base import Table, listed
from portfolio.database.types import JsonText, UtcDateTime

IN_FORCE = text("retracted_at IS NULL")


class Component(Table, table=True):
    """A part of what is built, with a useful life of its own (formulas 2); amounts in öre."""

    __tablename__ = "component"
    __table_args__ = (
        CheckConstraint("acquisition >= 0", name="acquisition_not_negative"),
        CheckConstraint("residual >= 0", name="residual_not_negative"),
        CheckConstraint("useful_life_years > 0", name="useful_life_positive"),
        Index(None, "investment_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    # What people address it by: the id of its first row.
    number: int | None = Field(default=None, index=True)
    # No foreign key: the components of a deleted investment stay known as of their time (M4).
    investment_id: int
    name: str
    acquisition: int = Field(sa_type=BigInteger)
    residual: int = Field(sa_type=BigInteger)
    # Null for land that has none.
    useful_life_years: int | None = None
    # The first of the month it is taken into use; null while works are ongoing.
    in_use_from: date | None = None
    land: bool = False
    # Who bears the capital cost; null for the investment's own department.
    department: str | None = Field(default=None, foreign_key="department.code", index=True)
    # An investment grant received for it, dissolved over its useful life.
    grant: int = Field(default=0, sa_type=BigInteger)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ConsequenceLine(Table, table=True):
    """What operating an investment costs or gives a year, from `year` through `to_year`; öre."""

    __tablename__ = "consequence_line"
    __table_args__ = (
        CheckConstraint(listed("category", Category), name="category_known"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("to_year >= year", name="years_in_order"),
        Index(None, "investment_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: int | None = Field(default=None, index=True)
    # No foreign key, as for components.
    investment_id: int
    category: str
    department: str = Field(foreign_key="department.code", index=True)
    year: int
    to_year: int
    amount: int = Field(sa_type=BigInteger)
    note: str = ""
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class InternalRate(Table, table=True):
    """The internal interest rate of a year, in per cent as it was written (formulas 2)."""

    __tablename__ = "internal_rate"
    __table_args__ = (
        Index(None, "year", unique=True, sqlite_where=IN_FORCE, postgresql_where=IN_FORCE),
    )

    id: int | None = Field(default=None, primary_key=True)
    year: int
    # A decimal number as text: it is calculated with exactly.
    rate: str
    source: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ConsequenceSum(Table, table=True):
    """An investment's operating consequence as calculated: expected, or decided by a decision.

    Repeats what follows from components, lines and rates; `portfolio doctor` calculates it again.
    """

    __tablename__ = "consequence_sum"
    __table_args__ = (Index(None, "investment_id"),)

    id: int | None = Field(default=None, primary_key=True)
    investment_id: int
    # The decision whose round froze it; null for the forecast.
    decision_id: int | None = Field(default=None, foreign_key="gate_decision.id", index=True)
    # Öre over all years; null while a rate is missing.
    total: int | None = Field(default=None, sa_type=BigInteger)
    # {"2027": öre}
    years: Any = Field(sa_type=JsonText)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

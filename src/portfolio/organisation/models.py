"""Bodies, departments, decision levels and settings."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from portfolio.database.base import Table, listed
from portfolio.database.types import JsonText, UtcDateTime
from portfolio.organisation.rules import Level


class Body(Table, table=True):
    """A body that decides: the council, a committee, an official by delegation."""

    __tablename__ = "body"
    __table_args__ = (CheckConstraint(listed("level", Level), name="level_known"),)

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    level: str


class Department(Table, table=True):
    """An administration that delivers; it belongs to a committee."""

    __tablename__ = "department"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    committee: str = Field(foreign_key="body.code", index=True)


class DecisionLevelRow(Table, table=True):
    """A dated rule of G12. Rules are added, never changed: old decisions were made under them."""

    __tablename__ = "decision_level"
    __table_args__ = (CheckConstraint(listed("level", Level), name="level_known"),)

    id: int | None = Field(default=None, primary_key=True)
    valid_from: date
    above: int = Field(sa_type=BigInteger)
    level: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Setting(Table, table=True):
    """A setting that differs from its default."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: Any = Field(sa_type=JsonText)

"""Programs, their areas and members, and the gate templates they choose from."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from portfolio.database.base import Table, listed
from portfolio.database.types import JsonText, UtcDateTime
from portfolio.programs.rules import Steering


class GateTemplate(Table, table=True):
    """A version of an ordered list of gates. A change makes a new version; none is altered."""

    __tablename__ = "gate_template"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        # History names it by its number, which is never given to another.
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str
    version: int
    name: str
    gates: Any = Field(sa_type=JsonText)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Program(Table, table=True):
    """A cross-department program for one or more areas."""

    __tablename__ = "program"
    __table_args__ = (
        CheckConstraint(listed("steering", Steering), name="steering_known"),
        # History outlives a deleted program, so its number is never given to another.
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    mandate: Any = Field(sa_type=JsonText)
    deciding_body: str = Field(foreign_key="body.code", index=True)
    # What it began with; steering decisions change it from their own dates on (S6).
    steering: str
    gate_template: str
    coordinator: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    published: bool = False


class SteeringDecision(Table, table=True):
    """A change of steering (S6); triggers refuse to alter it."""

    __tablename__ = "steering_decision"
    __table_args__ = (CheckConstraint(listed("mode", Steering), name="mode_known"),)

    id: int | None = Field(default=None, primary_key=True)
    # No foreign key: the decisions of a deleted program stay known.
    program_id: int = Field(index=True)
    mode: str
    effective_on: date
    decided_by: str = Field(foreign_key="body.code", index=True)
    decided_on: date
    case_number: str
    reason: str
    consents: Any = Field(sa_type=JsonText)
    # Ids of investments past implementation that follow all the same.
    includes: Any = Field(sa_type=JsonText)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class ProgramArea(Table, table=True):
    """An area a program is for, as it was called on the day it was named."""

    __tablename__ = "program_area"

    program_id: int = Field(foreign_key="program.id", primary_key=True)
    scheme_id: int = Field(foreign_key="area_scheme.id", primary_key=True, index=True)
    code: str = Field(primary_key=True)
    named_on: date
    position: int


class ProgramMember(Table, table=True):
    """Who sits in the cross-department group: a function in a department."""

    __tablename__ = "program_member"

    id: int | None = Field(default=None, primary_key=True)
    program_id: int = Field(foreign_key="program.id", index=True)
    name: str
    department: str | None = Field(default=None, foreign_key="department.code", index=True)
    role: str = ""

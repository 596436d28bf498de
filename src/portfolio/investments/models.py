"""Investments with their denormalised gate state, their history and their shares."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from portfolio.database.base import Table, listed
from portfolio.database.types import JsonText, PlanarGeometry, UtcDateTime
from portfolio.investments.rules import Kind, Status


class Investment(Table, table=True):
    """One undertaking, physical or social.

    The columns from `rounds` on repeat what rounds, decisions and plan lines say, written in the
    same transaction as those: reading 10 000 investments must not walk through all decisions.
    `portfolio doctor` derives them again and compares.
    """

    __tablename__ = "investment"
    __table_args__ = (
        CheckConstraint(listed("kind", Kind), name="kind_known"),
        CheckConstraint(listed("status", Status), name="status_known"),
        Index(None, "gate", "last_decided_on"),
        Index(None, "program_id", "gate"),
        # History outlives a deleted investment, so its number is never given to another.
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    kind: str
    program_id: int | None = Field(default=None, foreign_key="program.id")
    department: str = Field(foreign_key="department.code", index=True)
    problem: str
    description: str
    location: Any = Field(sa_type=JsonText)
    located_on: date
    geometry: Any = Field(default=None, sa_type=PlanarGeometry, nullable=True)
    served_areas: Any = Field(sa_type=JsonText)
    serves: str
    starts_on: date | None = None
    ends_on: date | None = None
    accounting_objects: Any = Field(sa_type=JsonText)
    restricted: Any = Field(default=None, sa_type=JsonText, nullable=True)
    template_id: int | None = Field(default=None, foreign_key="gate_template.id", index=True)

    rounds: int = 0
    decisions: int = 0
    gate: str | None = None
    gate_position: int | None = None
    status: str = Status.PREPARING.value
    last_outcome: str | None = None
    last_decided_on: date | None = None
    last_decided_by: str | None = None
    last_case_number: str | None = None
    review_on: date | None = None
    next_gate_on: date | None = None
    weak_steps: Any = Field(sa_type=JsonText)
    open_conditions: int = 0
    decided_capital: int = Field(default=0, sa_type=BigInteger)
    decided_operating: int = Field(default=0, sa_type=BigInteger)
    forecast_capital: int = Field(default=0, sa_type=BigInteger)
    forecast_operating: int = Field(default=0, sa_type=BigInteger)
    released_total: int = Field(default=0, sa_type=BigInteger)
    outcome_capital: int = Field(default=0, sa_type=BigInteger)
    outcome_operating: int = Field(default=0, sa_type=BigInteger)
    # Stopped before it was handed over: what was spent is a cost of that year.
    sunk: bool = False
    # Operating consequence over all years; null if nothing was decided, or while a rate is missing.
    consequence_decided: int | None = Field(default=None, sa_type=BigInteger)
    consequence_forecast: int | None = Field(default=0, sa_type=BigInteger)


class InvestmentVersion(Table, table=True):
    """An investment's own fields as they were known from `recorded_at` until `replaced_at` (M4)."""

    __tablename__ = "investment_version"
    __table_args__ = (Index(None, "investment_id", "recorded_at"),)

    id: int | None = Field(default=None, primary_key=True)
    investment_id: int
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    replaced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    code: str
    name: str
    kind: str
    program_id: int | None = None
    # Of the program, which may be deleted later; neither ever changes.
    program_code: str | None = None
    steering: str | None = None
    department: str
    serves: str
    # Has no place of its own, and counts for all (A5).
    municipality_wide: bool = False
    template_id: int | None = None


class ShareSet(Table, table=True):
    """How an investment lies over one edition of a scheme; `outside` in units of 10^-12."""

    __tablename__ = "share_set"
    __table_args__ = (
        Index(None, "investment_id"),
        Index(None, "edition_id", "basis", "investment_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    investment_id: int
    edition_id: int = Field(foreign_key="area_edition.id")
    # "location", or "served" for the areas it serves.
    basis: str
    outside: int = Field(sa_type=BigInteger)
    slivers: Any = Field(sa_type=JsonText)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AreaShare(Table, table=True):
    """The share of one area in a set, in units of 10^-12."""

    __tablename__ = "area_share"
    __table_args__ = (Index(None, "area_version_id"),)

    share_set_id: int = Field(foreign_key="share_set.id", primary_key=True)
    code: str = Field(primary_key=True)
    area_version_id: int = Field(foreign_key="area_version.id")
    share: int = Field(sa_type=BigInteger)


class InvestmentMark(Table, table=True):
    """Where an investment is on a map: what is drawn of it, the box of that, and a point in it.

    In planar metres. One that names areas is drawn as a point in the largest of them, from each
    date on which that changes until the next. One that is nowhere has no row.
    """

    __tablename__ = "investment_mark"
    __table_args__ = (Index(None, "min_x", "max_x"),)

    investment_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    valid_from: date = Field(primary_key=True)
    valid_to: date | None = None
    min_x: float
    min_y: float
    max_x: float
    max_y: float
    # 0 for points, 1 for lines, 2 for surfaces.
    dimension: int
    shape: Any = Field(sa_type=PlanarGeometry)
    point: Any = Field(sa_type=PlanarGeometry("POINT"))

"""Schemes, and what is known of their areas on each date.

A scheme changes in *editions*: one says which area versions are in force from a date until the
next edition's. Editions and area versions are never changed. An import adds an edition; a
correction of the newest retracts it and adds another of the same date, so that what was known
before can still be asked for (M4) and decisions keep what they were made with (A6).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from portfolio.database.base import Table
from portfolio.database.types import JsonText, PlanarGeometry, UtcDateTime


class AreaScheme(Table, table=True):
    """A way to divide the municipality."""

    __tablename__ = "area_scheme"
    # Its number is never given to another.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    description: str = ""
    # The coarser scheme that this one's areas are parts of (A4).
    parent_id: int | None = Field(default=None, foreign_key="area_scheme.id")


class AreaVersion(Table, table=True):
    """One area as one import described it: code, name and boundary."""

    __tablename__ = "area_version"

    id: int | None = Field(default=None, primary_key=True)
    scheme_id: int = Field(foreign_key="area_scheme.id", index=True)
    code: str
    name: str
    area_m2: float
    geometry: Any = Field(sa_type=PlanarGeometry("MULTIPOLYGON"))
    geometry_sha256: str


class AreaEdition(Table, table=True):
    """A scheme from a date on."""

    __tablename__ = "area_edition"
    __table_args__ = (Index(None, "scheme_id", "valid_from"),)

    id: int | None = Field(default=None, primary_key=True)
    scheme_id: int = Field(foreign_key="area_scheme.id")
    valid_from: date
    import_id: int | None = Field(default=None, foreign_key="area_import.id", index=True)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AreaMembership(Table, table=True):
    """An area version that an edition holds; `since` is when it first came into force."""

    __tablename__ = "area_membership"

    edition_id: int = Field(foreign_key="area_edition.id", primary_key=True)
    code: str = Field(primary_key=True)
    area_version_id: int = Field(foreign_key="area_version.id", index=True)
    since: date


class AreaSuccessor(Table, table=True):
    """What took over a code that an edition no longer has; `share` in units of 10^-12."""

    __tablename__ = "area_successor"

    edition_id: int = Field(foreign_key="area_edition.id", primary_key=True)
    old_code: str = Field(primary_key=True)
    new_code: str = Field(primary_key=True)
    share: int = Field(sa_type=BigInteger)


class AreaImport(Table, table=True):
    """One boundary file read into one scheme: previewed, then applied or discarded."""

    __tablename__ = "area_import"

    id: int | None = Field(default=None, primary_key=True)
    scheme_id: int = Field(foreign_key="area_scheme.id", index=True)
    status: str
    valid_from: date
    extent: str
    source: Any = Field(sa_type=JsonText)
    counts: Any = Field(sa_type=JsonText)
    issues: Any = Field(sa_type=JsonText)
    impact: Any = Field(sa_type=JsonText)
    # What was cleaned away at the sender's request, with the surfaces before and after.
    cleaning: Any = Field(default=None, sa_type=JsonText, nullable=True)
    # What overlaps say took over each code that vanishes: a proposal, for a person to confirm.
    lineage: Any = Field(default=None, sa_type=JsonText, nullable=True)
    # How much money moves between areas.
    money: Any = Field(default=None, sa_type=JsonText, nullable=True)
    # The newest edition when the preview was made: another one now means it no longer holds.
    base_edition_id: int | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AreaImportFeature(Table, table=True):
    """An area of a previewed file; kept apart from the areas until the import is applied."""

    __tablename__ = "area_import_feature"
    __table_args__ = (Index(None, "import_id"),)

    id: int | None = Field(default=None, primary_key=True)
    import_id: int = Field(foreign_key="area_import.id")
    code: str
    name: str
    change: str
    geometry: Any = Field(sa_type=PlanarGeometry("MULTIPOLYGON"))

"""Objects of the accounts, imports and their postings, and what accounts mean (M3)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from portfolio.accounts.rules import Direction, Type
from portfolio.database.base import Table, listed
from portfolio.database.types import JsonText, UtcDateTime


class AccountingObject(Table, table=True):
    """An object of the accounts that is an investment's (M3); it belongs to one at a time."""

    __tablename__ = "accounting_object"
    __table_args__ = (
        Index(
            None,
            "ledger",
            "dimension",
            "object",
            unique=True,
            sqlite_where=text("retracted_at IS NULL"),
            postgresql_where=text("retracted_at IS NULL"),
        ),
        Index(None, "investment_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    investment_id: int
    ledger: str
    dimension: str
    object: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AccountRange(Table, table=True):
    """What the accounts from `first` through `last` mean; the map is replaced whole."""

    __tablename__ = "account_range"

    id: int | None = Field(default=None, primary_key=True)
    first: str
    last: str
    # "capital", "operating", or null for accounts that are left out.
    type: str | None = None
    direction: str | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OutcomeImport(Table, table=True):
    """A file from the accounts: previewed, then applied or discarded."""

    __tablename__ = "outcome_import"
    __table_args__ = (Index(None, "ledger", "year"),)

    id: int | None = Field(default=None, primary_key=True)
    status: str
    ledger: str
    # The fiscal year; a file without one has null and can't be applied.
    year: int | None = None
    # "whole": replaces what is known of the ledger and year; "part": adds to it.
    extent: str
    source: Any = Field(sa_type=JsonText)
    counts: Any = Field(sa_type=JsonText)
    issues: Any = Field(sa_type=JsonText)
    impact: Any = Field(sa_type=JsonText)
    created_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OutcomePosting(Table, table=True):
    """A booked amount on an object; no text of the voucher is kept, since it may hold names.

    In force from `recorded_at`, when its import is applied, until `retracted_at`, when a newer
    file of the ledger and year replaces it.
    """

    __tablename__ = "outcome_posting"
    __table_args__ = (
        CheckConstraint(listed("type", Type), name="type_known"),
        CheckConstraint(listed("direction", Direction), name="direction_known"),
        Index(None, "import_id"),
        Index(None, "ledger", "dimension", "object"),
    )

    id: int | None = Field(default=None, primary_key=True)
    import_id: int = Field(foreign_key="outcome_import.id")
    ledger: str
    year: int
    dimension: str
    object: str
    voucher: str
    voucher_date: date
    account: str
    type: str
    direction: str
    # Öre, expense positive and income negative, so that outcome is the sum (M1).
    amount: int = Field(sa_type=BigInteger)
    recorded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    retracted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

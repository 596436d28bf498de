"""Pools, frames, allocations, and the ledger in which every movement nets to zero (S5)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from portfolio.budget.rules import Account, FrameKind
from portfolio.database.base import Table, listed
from portfolio.database.types import JsonText, UtcDateTime
from portfolio.money.rules import Type

OF_A_PROGRAM = text("program_id IS NOT NULL")
OF_A_DEPARTMENT = text("department IS NOT NULL")


class Pool(Table, table=True):
    """Who holds a year's money of a type, and how it is used; öre.

    The sums repeat the ledger, in the same transaction; the database refuses a reserve below
    zero, whatever the program may have overlooked.
    """

    __tablename__ = "pool"
    __table_args__ = (
        CheckConstraint(listed("type", Type), name="type_known"),
        CheckConstraint("(program_id IS NULL) <> (department IS NULL)", name="one_holder"),
        CheckConstraint("frame = allocated + reserve", name="frame_in_balance"),
        CheckConstraint("reserve >= 0", name="reserve_not_negative"),
        CheckConstraint("allocated >= 0", name="allocated_not_negative"),
        Index(
            "uq_pool_of_program",
            "program_id",
            "year",
            "type",
            unique=True,
            sqlite_where=OF_A_PROGRAM,
            postgresql_where=OF_A_PROGRAM,
        ),
        Index(
            "uq_pool_of_department",
            "department",
            "year",
            "type",
            unique=True,
            sqlite_where=OF_A_DEPARTMENT,
            postgresql_where=OF_A_DEPARTMENT,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    program_id: int | None = Field(default=None, foreign_key="program.id")
    department: str | None = Field(default=None, foreign_key="department.code")
    year: int
    type: str
    frame: int = Field(default=0, sa_type=BigInteger)
    allocated: int = Field(default=0, sa_type=BigInteger)
    reserve: int = Field(default=0, sa_type=BigInteger)


class Frame(Table, table=True):
    """Money granted for a year by a decision; never changed, only added to."""

    __tablename__ = "frame"
    __table_args__ = (CheckConstraint(listed("kind", FrameKind), name="kind_known"),)

    id: int | None = Field(default=None, primary_key=True)
    pool_id: int = Field(foreign_key="pool.id", index=True)
    # Negative only where a supplementary decision takes money back.
    amount: int = Field(sa_type=BigInteger)
    kind: str
    from_year: int | None = None
    decided_by: str = Field(foreign_key="body.code", index=True)
    decided_on: date
    case_number: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Allocation(Table, table=True):
    """What of a pool an investment may use in a year; öre."""

    __tablename__ = "allocation"
    __table_args__ = (
        UniqueConstraint("investment_id", "year", "type"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("committed >= 0", name="committed_not_negative"),
    )

    id: int | None = Field(default=None, primary_key=True)
    investment_id: int = Field(foreign_key="investment.id")
    pool_id: int = Field(foreign_key="pool.id", index=True)
    year: int
    type: str
    amount: int = Field(sa_type=BigInteger)
    # What is contracted for in the year, whether it is invoiced yet or not.
    committed: int = Field(default=0, sa_type=BigInteger)


class LedgerEntry(Table, table=True):
    """One movement of money, with the decision it rests on; triggers refuse to change it."""

    __tablename__ = "ledger_entry"

    id: int | None = Field(default=None, primary_key=True)
    # "frame", "allocation", "reallocation" or "steering".
    kind: str
    # What it came from: a frame, an allocation, a reallocation or a steering decision.
    resource: str
    dated_on: date
    decided_by: str | None = None
    case_number: str | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class LedgerPosting(Table, table=True):
    """One side of a movement; those of an entry sum to zero."""

    __tablename__ = "ledger_posting"
    __table_args__ = (
        CheckConstraint(listed("account", Account), name="account_known"),
        Index(None, "pool_id"),
        Index(None, "investment_id"),
    )

    entry_id: int = Field(foreign_key="ledger_entry.id", primary_key=True)
    position: int = Field(primary_key=True)
    pool_id: int = Field(foreign_key="pool.id")
    account: str
    # Of an allocation.
    investment_id: int | None = None
    amount: int = Field(sa_type=BigInteger)


class Reallocation(Table, table=True):
    """Money proposed to move from one investment's allocation to another's (S3, S4)."""

    __tablename__ = "reallocation"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index(None, "program_id", "status"),
    )

    id: int | None = Field(default=None, primary_key=True)
    program_id: int
    giver_id: int = Field(index=True)
    receiver_id: int = Field(index=True)
    year: int
    type: str
    amount: int = Field(sa_type=BigInteger)
    reason: str
    # Its own date, whose mode it is judged by.
    dated_on: date
    mode: str
    # As last written; expiry follows from `expires_on`.
    status: str
    expires_on: date
    decline_reason: str | None = None
    closed_on: date | None = None
    entry_id: int | None = Field(default=None, foreign_key="ledger_entry.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class ReallocationConsent(Table, table=True):
    """A decision that a reallocation needs; triggers refuse to change it."""

    __tablename__ = "reallocation_consent"
    __table_args__ = (UniqueConstraint("reallocation_id", "party"),)

    id: int | None = Field(default=None, primary_key=True)
    reallocation_id: int = Field(foreign_key="reallocation.id")
    # "giver", "receiver", or "body" for who decides above both.
    party: str
    department: str | None = None
    decided_by: str = Field(foreign_key="body.code", index=True)
    decided_on: date
    case_number: str
    delegation: Any = Field(default=None, sa_type=JsonText, nullable=True)
    recorded_at: datetime = Field(sa_type=UtcDateTime)

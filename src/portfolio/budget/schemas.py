"""Frames, allocations, pools and the ledger, in and out."""

from typing import Any

from pydantic import ConfigDict, Field, model_validator

from portfolio.accounts.rules import Type
from portfolio.budget.rules import Account, EntryKind, FrameKind
from portfolio.web.fields import (
    OMITTED,
    Amount,
    AmountNotNegative,
    CaseNumber,
    Code,
    Date,
    Incoming,
    Money,
    Outgoing,
    Year,
    wrong,
)

DECIDED: dict[str, Any] = {
    "decided_by": "council",
    "decided_on": "2026-06-17",
    "case_number": "STK-2026-310",
}
FRAME: dict[str, Any] = {
    "program": None,
    "department": "FGK",
    "year": 2027,
    "type": "capital",
    "amount": "40000000.00",
    "kind": "original",
    "from_year": None,
    **DECIDED,
}
ALLOCATION: dict[str, Any] = {
    "investment": "LIN-01",
    "year": 2027,
    "type": "capital",
    "amount": "12000000.00",
    "committed": "4500000.00",
}
POSTING: dict[str, Any] = {
    "program": None,
    "department": "FGK",
    "year": 2027,
    "type": "capital",
    "account": "granted",
    "investment": None,
    "amount": "-40000000.00",
}


class FrameIn(Incoming):
    """Money granted for a year. `carry_over` moves what is left of `from_year`."""

    model_config = ConfigDict(json_schema_extra={"example": FRAME})

    program: Code | None = None
    department: Code | None = None
    year: Year
    type: Type
    amount: Amount
    kind: FrameKind
    from_year: Year | None = None
    decided_by: Code
    decided_on: Date
    case_number: CaseNumber

    @model_validator(mode="after")
    def _one_holder(self) -> "FrameIn":
        if (self.program is None) == (self.department is None):
            raise wrong(
                "Ange program eller department, precis ett av dem.",
                "Give program or department, exactly one of them.",
            )
        return self


class FrameOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"id": 1, **FRAME, "recorded_at": "2026-06-20T08:00:00.000000Z"}
        }
    )

    id: int
    program: str | None
    department: str | None
    year: int
    type: Type
    amount: Money
    kind: FrameKind
    from_year: int | None
    decided_by: str
    decided_on: Date
    case_number: str
    recorded_at: str


class AllocationIn(Incoming):
    """Out of the pool of the program under full steering, otherwise of the department."""

    model_config = ConfigDict(json_schema_extra={"example": ALLOCATION})

    investment: Code
    year: Year
    type: Type
    amount: AmountNotNegative
    committed: AmountNotNegative = Field(0, json_schema_extra={"default": "0.00"})


class AllocationPatch(Incoming):
    """A department changes only what its own investments have committed."""

    model_config = ConfigDict(json_schema_extra={"example": {"committed": "5000000.00"}})

    amount: AmountNotNegative = OMITTED
    committed: AmountNotNegative = OMITTED


class PoolName(Outgoing):
    """Who holds it: one of the two."""

    program: str | None
    department: str | None


class AllocationOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 1,
                **ALLOCATION,
                "program": "lindangen",
                "department": "FGK",
                "pool": {"program": None, "department": "FGK"},
                "booked": "3100000.00",
                "free": "7500000.00",
            }
        }
    )

    id: int
    investment: str
    program: str | None = Field(description="Of the investment.")
    department: str = Field(description="Of the investment.")
    pool: PoolName = Field(description="Whose pool the money is in.")
    year: int
    type: Type
    amount: Money
    committed: Money = Field(description="Contracted for, whether invoiced yet or not.")
    booked: Money = Field(description="In the accounts of the year, net.")
    free: Money = Field(description="Neither committed nor booked, so that it may move (S3).")


class PoolOut(Outgoing):
    """`frame` is always `allocated` and `reserve` together (S5)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "program": None,
                "department": "FGK",
                "year": 2027,
                "type": "capital",
                "frame": "40000000.00",
                "allocated": "12000000.00",
                "reserve": "28000000.00",
                "committed": "4500000.00",
                "booked": "3100000.00",
            }
        }
    )

    program: str | None
    department: str | None
    year: int
    type: Type
    frame: Money
    allocated: Money
    reserve: Money
    committed: Money
    booked: Money


class PostingOut(Outgoing):
    """One side of a movement; `investment` is given for an allocation."""

    model_config = ConfigDict(json_schema_extra={"example": POSTING})

    program: str | None
    department: str | None
    year: int
    type: Type
    account: Account
    investment: str | None
    amount: Money


class EntryOut(Outgoing):
    """One movement; its postings sum to zero in each pool (S5)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 1,
                "kind": "frame",
                "resource": "/v1/frames/1",
                "dated_on": "2026-06-17",
                "decided_by": "council",
                "case_number": "STK-2026-310",
                "recorded_at": "2026-06-20T08:00:00.000000Z",
                "postings": [
                    POSTING,
                    {**POSTING, "account": "reserve", "amount": "40000000.00"},
                ],
            }
        }
    )

    id: int
    kind: EntryKind
    resource: str = Field(description="What moved the money.")
    dated_on: Date
    decided_by: str | None
    case_number: str | None
    recorded_at: str
    postings: list[PostingOut]

"""Reallocations, steering decisions and the comparison, in and out."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from portfolio.accounts.rules import Type
from portfolio.gates.schemas import Delegation
from portfolio.programs.rules import Steering
from portfolio.steering.rules import Party, ReallocationStatus
from portfolio.web.fields import (
    AmountNotNegative,
    CaseNumber,
    Code,
    Date,
    Incoming,
    Money,
    Outgoing,
    Page,
    Reason,
    Year,
)

REALLOCATION: dict[str, Any] = {
    "giver": "LIN-01",
    "receiver": "LIN-02",
    "year": 2027,
    "type": "capital",
    "amount": "2000000.00",
    "reason": "Upphandlingen blev billigare; servicehuset saknar pengar.",
    "dated_on": "2026-11-03",
    "expires_on": "2027-02-01",
}
DECIDED: dict[str, Any] = {
    "decided_by": "street_committee",
    "decided_on": "2026-11-10",
    "case_number": "TN-2026-88",
}
CONSENT: dict[str, Any] = {"party": "giver", **DECIDED, "delegation": None}
STEERING: dict[str, Any] = {
    "mode": "full",
    "effective_on": "2027-01-01",
    "decided_by": "council",
    "decided_on": "2026-11-18",
    "case_number": "STK-2026-990",
    "reason": "Programmet behöver kunna flytta pengar mellan nämnderna.",
    "consents": [{"department": "FGK", **DECIDED}],
    "includes": ["LIN-03"],
}
SUMS = ("slack", "short", "covered_full", "covered_partial", "rubber_band", "uncovered")
BAND: dict[str, Any] = {
    "investments": [
        {
            "investment": "LIN-01",
            "name": "Gångväg",
            "department": "FGK",
            "status": "preparing",
            "allocated": "40000000.00",
            "forecast": "31000000.00",
            "committed": "20000000.00",
            "slack": "9000000.00",
            "short": "0.00",
        },
        {
            "investment": "LIN-02",
            "name": "Servicehus",
            "department": "GFK",
            "status": "on_hold",
            "allocated": "0.00",
            "forecast": "7000000.00",
            "committed": "0.00",
            "slack": "0.00",
            "short": "7000000.00",
        },
    ],
    "slack": "9000000.00",
    "short": "7000000.00",
    "covered_full": "7000000.00",
    "covered_partial": "0.00",
    "rubber_band": "7000000.00",
    "uncovered": "0.00",
    "by_department": [
        {"department": "FGK", "slack": "9000000.00", "short": "0.00", "covered": "0.00"},
        {"department": "GFK", "slack": "0.00", "short": "7000000.00", "covered": "0.00"},
    ],
    "carries": ["LIN-02"],
}
RECORDED = "2026-11-20T08:00:00.000000Z"


class ReallocationIn(Incoming):
    """Money from one investment of the program to another, within a year and a type."""

    model_config = ConfigDict(json_schema_extra={"example": REALLOCATION})

    giver: Code
    receiver: Code
    year: Year
    type: Type
    to_type: Type | None = Field(None, description="If given, the same as `type` (S5).")
    amount: AmountNotNegative
    reason: Reason
    dated_on: Date | None = Field(None, description="Whose mode it is judged by; default today.")
    expires_on: Date | None = Field(None, description="Default after `reallocation_days`.")


class ConsentIn(Incoming):
    """A department's decision: by its committee, or by an official with a delegation."""

    model_config = ConfigDict(json_schema_extra={"example": CONSENT})

    party: Literal["giver", "receiver"] | None = Field(
        None, description="Whose consent; may be left out where only one is meant."
    )
    decided_by: Code
    decided_on: Date
    case_number: CaseNumber
    delegation: Delegation | None = None


class ApprovalIn(Incoming):
    """The decision of the body that `waiting_for` names, or of a higher one."""

    model_config = ConfigDict(json_schema_extra={"example": {**DECIDED, "decided_by": "council"}})

    decided_by: Code
    decided_on: Date
    case_number: CaseNumber


class DeclineIn(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": {"reason": "Pengarna behövs."}})

    reason: Reason


class ConsentOut(Outgoing):
    party: Party
    department: str | None
    decided_by: str
    decided_on: Date
    case_number: str
    delegation: dict[str, Any] | None
    recorded_at: str


class WaitingOut(Outgoing):
    """Who holds it up: a department or a body; under full steering the coordinator executes."""

    party: Literal["giver", "receiver", "both", "body", "execution"]
    department: str | None
    body: str | None
    since: Date
    days: int = Field(ge=0)


class ObstacleOut(Outgoing):
    rule: str
    detail: str


class ReallocationOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 1,
                "program": "lindangen",
                **REALLOCATION,
                "giver_department": "FGK",
                "receiver_department": "GFK",
                "mode": "partial",
                "status": "giver_consented",
                "consents": [{**CONSENT, "department": "FGK", "recorded_at": RECORDED}],
                "waiting_for": [
                    {
                        "party": "receiver",
                        "department": "GFK",
                        "body": None,
                        "since": "2026-11-03",
                        "days": 17,
                    }
                ],
                "blocked_by": [],
                "executed_on": None,
                "closed_on": None,
                "decline_reason": None,
                "ledger_entry": None,
                "recorded_at": "2026-11-03T08:00:00.000000Z",
            }
        }
    )

    id: int
    program: str
    giver: str
    receiver: str
    giver_department: str
    receiver_department: str
    year: int
    type: Type
    amount: Money
    reason: str
    mode: Steering = Field(description="Of the date `dated_on`; it says who must agree.")
    dated_on: Date
    expires_on: Date
    status: ReallocationStatus
    consents: list[ConsentOut]
    waiting_for: list[WaitingOut]
    blocked_by: list[ObstacleOut] = Field(description="Guards in the way now; consents apart.")
    executed_on: Date | None
    closed_on: Date | None = Field(description="Executed, declined or withdrawn.")
    decline_reason: str | None
    ledger_entry: int | None = Field(description="Its entry in /v1/ledger.")
    recorded_at: str


class DepartmentConsent(Incoming):
    """What a department's committee said about the change."""

    department: Code
    decided_by: Code
    decided_on: Date
    case_number: CaseNumber


class DepartmentConsentOut(Outgoing):
    department: str
    decided_by: str
    decided_on: Date
    case_number: str


class SteeringIn(Incoming):
    """From `effective_on` on the program is steered so; `includes` follow although past it."""

    model_config = ConfigDict(json_schema_extra={"example": STEERING})

    mode: Steering
    effective_on: Date
    decided_by: Code
    decided_on: Date
    case_number: CaseNumber
    reason: Reason
    consents: list[DepartmentConsent] = Field(default_factory=list, max_length=1000)
    includes: list[Code] = Field(default_factory=list, max_length=1000)


class SteeringOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={"example": {"id": 1, **STEERING, "recorded_at": RECORDED}}
    )

    id: int
    mode: Steering
    effective_on: Date
    decided_by: str
    decided_on: Date
    case_number: str
    reason: str
    consents: list[DepartmentConsentOut]
    includes: list[str]
    recorded_at: str


class InitialSteering(Outgoing):
    """What the program began with, by its mandate."""

    mode: Steering
    decided_by: str
    decided_on: Date
    case_number: str


class SteeringPage(Page[SteeringOut]):
    """The changes in the order they were decided, and what they changed."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [{"id": 1, **STEERING, "recorded_at": RECORDED}],
                "next": None,
                "total": 1,
                "initial": {**DECIDED, "decided_by": "council", "mode": "partial"},
            }
        }
    )

    initial: InitialSteering


class NeedOut(Outgoing):
    investment: str
    name: str
    department: str
    status: str
    allocated: Money
    forecast: Money = Field(description="Expense less income of the year, at current prices.")
    committed: Money
    slack: Money = Field(description="Allocated beyond what is forecast and committed.")
    short: Money = Field(description="Forecast beyond what is allocated.")


class CoverOut(Outgoing):
    department: str
    slack: Money
    short: Money
    covered: Money


class BandOut(Outgoing):
    """Formulas 5 for one type of money."""

    investments: list[NeedOut]
    slack: Money
    short: Money
    covered_full: Money = Field(description="What one pool covers.")
    covered_partial: Money = Field(description="What each department's own covers.")
    rubber_band: Money = Field(description="What full steering would be worth.")
    uncovered: Money
    by_department: list[CoverOut]
    carries: list[str] = Field(description="Investments on hold that the rubber band carries.")


class ComparisonOut(Outgoing):
    """What full steering would be worth in a year (S7)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "program": "lindangen",
                "year": 2027,
                "mode": "partial",
                "capital": BAND,
                "operating": {
                    **dict.fromkeys(SUMS, "0.00"),
                    "investments": [],
                    "by_department": [],
                    "carries": [],
                },
            }
        }
    )

    program: str
    year: int
    mode: Steering = Field(description="That rules the program today.")
    capital: BandOut
    operating: BandOut

"""Gate status, boards, portfolios and events, out."""

from typing import Any

from pydantic import ConfigDict, Field

from portfolio.programs.schemas import AreaRefOut
from portfolio.web.fields import Date, Money, Outgoing, Page

AMOUNTS: dict[str, Any] = {
    "decided_total": "12000000.00",
    "decided_capital": "12000000.00",
    "decided_operating": "0.00",
    "forecast_total": "12500000.00",
    "forecast_capital": "12500000.00",
    "forecast_operating": "0.00",
    "outcome_total": "3100000.00",
    "outcome_capital": "3100000.00",
    "outcome_operating": "0.00",
    "deviation": "500000.00",
    "deviation_capital": "500000.00",
    "deviation_operating": "0.00",
    "released_total": "4000000.00",
    "remaining_to_release": "8000000.00",
    "operating_consequence_decided": "21000000.00",
    "operating_consequence_forecast": "21500000.00",
    "operating_consequence_deviation": "500000.00",
}
ROW: dict[str, Any] = {
    "investment": "LIN-01",
    "name": "Trygg gångväg vid Lindängens centrum",
    "kind": "physical",
    "program": "lindangen",
    "steering": "partial",
    "areas": [{"scheme": "regso", "code": "1280R032"}],
    "department": "FGK",
    "gate": "implementation",
    "gate_position": 3,
    "status": "submitted",
    "last_outcome": "pass",
    "last_decided_on": "2026-06-10",
    "last_decided_by": "executive_board",
    "last_case_number": "STK-2026-700",
    "review_on": None,
    "next_gate_on": "2027-01-31",
    "weak_steps": ["economy"],
    "open_conditions": 1,
    **AMOUNTS,
}
CARD: dict[str, Any] = {
    "investment": "LIN-01",
    "name": "Trygg gångväg vid Lindängens centrum",
    "kind": "physical",
    "department": "FGK",
    "department_name": "Fastighets- och gatukontoret",
    "areas": [{"scheme": "regso", "code": "1280R032"}],
    "gate": "need",
    "status": "on_hold",
    "last_outcome": "hold",
    "last_decided_on": "2026-06-10",
    "last_decided_by": "executive_board",
    "last_decided_by_name": "Kommunstyrelsen",
    "last_case_number": "STK-2026-700",
    "next_gate_on": "2027-01-31",
    "hold_category": "economic",
    "hold_reason": "The budget of 2027 is not decided.",
    "review_on": "2026-10-01",
    "overdue": True,
    "stop_reason": None,
    "lesson": None,
    "decided_total": "12000000.00",
}
APPORTIONED: dict[str, Any] = {
    "planned_total": "10000000.00",
    "planned_capital": "10000000.00",
    "planned_operating": "0.00",
    "apportioned_total": "6000000.00",
    "apportioned_capital": "6000000.00",
    "apportioned_operating": "0.00",
}


class _Amounts(Outgoing):
    decided_total: Money
    decided_capital: Money
    decided_operating: Money
    forecast_total: Money
    forecast_capital: Money
    forecast_operating: Money
    outcome_total: Money
    outcome_capital: Money
    outcome_operating: Money
    deviation: Money
    deviation_capital: Money
    deviation_operating: Money
    released_total: Money
    remaining_to_release: Money
    operating_consequence_decided: Money | None = Field(
        description="Over all years, or of the year asked for; null if nothing was decided of it."
    )
    operating_consequence_forecast: Money | None = Field(
        description="Null while an internal interest rate is missing."
    )
    operating_consequence_deviation: Money | None = Field(description="Null where either is.")


class GateStatusRow(_Amounts):
    model_config = ConfigDict(json_schema_extra={"example": ROW})

    investment: str
    name: str
    kind: str
    program: str | None
    steering: str | None
    areas: list[AreaRefOut]
    department: str
    gate: str | None
    gate_position: int | None
    status: str
    last_outcome: str | None
    last_decided_on: Date | None
    last_decided_by: str | None
    last_case_number: str | None
    review_on: Date | None
    next_gate_on: Date | None = Field(
        description=(
            "By the plan of the last round submitted at its gate, or decided on; null when it "
            "has ended, and after a rework until a new round is submitted."
        )
    )
    weak_steps: list[str]
    open_conditions: int


class _Sums(_Amounts):
    count: int


class GateSums(_Sums):
    gate: str | None
    gate_position: int | None


class DepartmentSums(_Sums):
    department: str


class Totals(Outgoing):
    by_gate: list[GateSums]
    by_department: list[DepartmentSums]
    all: _Sums


class GateStatusPage(Page[GateStatusRow]):
    totals: Totals | None = Field(
        default=None, description="With `totals=true`: over all that match, not only this page."
    )


class Card(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": CARD})

    investment: str
    name: str
    kind: str
    department: str
    department_name: str | None = Field(
        description="What it is called today; null if it has been removed since."
    )
    areas: list[AreaRefOut] = Field(description="Which it has a share in (A5).")
    gate: str | None
    status: str
    last_outcome: str | None
    last_decided_on: Date | None
    last_decided_by: str | None
    last_decided_by_name: str | None = Field(
        description="What the body is called today; null before the first decision."
    )
    last_case_number: str | None
    next_gate_on: Date | None = Field(description="Null without a key.")
    hold_category: str | None = Field(description="Of the hold in force; null if it is not held.")
    hold_reason: str | None
    review_on: Date | None
    overdue: bool = Field(description="On hold, and its review date has passed (G8).")
    stop_reason: str | None = Field(description="Null if it is not stopped.")
    lesson: str | None
    decided_total: Money


class BoardGate(Outgoing):
    gate: str
    position: int = Field(
        description=(
            "Its place among the gates of this answer, from 0. Where investments follow other "
            "gate templates than the program's, their gates are merged into one order that "
            "each template's own order holds in; then it may differ from `gate_position`, "
            "which is the place in the investment's own template."
        )
    )
    name: str
    by_status: dict[str, int]
    investments: list[Card]


class BoardOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "program": "lindangen",
                "name": "Lindängen",
                "published": True,
                "steering": "partial",
                "areas": [{"scheme": "regso", "code": "1280R032"}],
                "as_of": "2026-11-22",
                "earliest": "2026-06-10",
                "gates": [
                    {
                        "gate": "need",
                        "position": 0,
                        "name": "Behov, initiering",
                        "by_status": {"on_hold": 1},
                        "investments": [CARD],
                    }
                ],
                "stopped": [],
                "completed": [],
                "overdue_holds": [CARD],
            }
        }
    )

    program: str
    name: str
    published: bool
    steering: str
    areas: list[AreaRefOut]
    as_of: Date = Field(description="The date asked for; today if none was.")
    earliest: Date | None = Field(
        description="When the first decision was made in the program; null before that."
    )
    gates: list[BoardGate]
    stopped: list[Card]
    completed: list[Card]
    overdue_holds: list[Card]


class _Apportioned(Outgoing):
    planned_total: Money
    planned_capital: Money
    planned_operating: Money
    apportioned_total: Money
    apportioned_capital: Money
    apportioned_operating: Money


class PortfolioItem(_Apportioned):
    investment: str
    name: str
    kind: str
    program: str | None
    department: str
    gate: str | None
    status: str
    serves: str
    share: float


class PortfolioOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "scheme": "regso",
                "code": "1280R032",
                "at": "2026-11-22",
                "by": "location",
                "items": [
                    {
                        "investment": "LIN-01",
                        "name": "Trygg gångväg vid Lindängens centrum",
                        "kind": "physical",
                        "program": "lindangen",
                        "department": "FGK",
                        "gate": "need",
                        "status": "preparing",
                        "serves": "local",
                        "share": 0.6,
                        **APPORTIONED,
                    }
                ],
                "next": None,
                "total": 1,
                "totals": {
                    "all": {"count": 1, **APPORTIONED},
                    "by_kind": [{"kind": "physical", "count": 1, **APPORTIONED}],
                    "by_department": [{"department": "FGK", "count": 1, **APPORTIONED}],
                    "by_gate": [{"gate": "need", "count": 1, **APPORTIONED}],
                    "by_serves": [{"serves": "local", "count": 1, **APPORTIONED}],
                    "by_year": [{"year": 2027, "count": 1, **APPORTIONED}],
                },
                "outside": "1000000.00",
                "outside_capital": "1000000.00",
                "outside_operating": "0.00",
                "municipality_wide": "0.00",
                "municipality_wide_capital": "0.00",
                "municipality_wide_operating": "0.00",
                "not_located": "0.00",
                "not_located_capital": "0.00",
                "not_located_operating": "0.00",
                "scheme_total": "10000000.00",
                "scheme_total_capital": "10000000.00",
                "scheme_total_operating": "0.00",
                "located_share": 0.9,
            }
        }
    )

    scheme: str
    code: str
    at: Date
    by: str
    items: list[PortfolioItem]
    next: None
    total: int
    totals: dict[str, Any]
    outside: Money = Field(description="In no area of the scheme; of the scheme's whole (A7).")
    outside_capital: Money
    outside_operating: Money
    municipality_wide: Money
    municipality_wide_capital: Money
    municipality_wide_operating: Money
    not_located: Money
    not_located_capital: Money
    not_located_operating: Money
    scheme_total: Money
    scheme_total_capital: Money
    scheme_total_operating: Money
    located_share: float | None = Field(description="Of all money, the share that is in an area.")


class EventOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 1,
                "at": "2026-11-22T08:00:00.000000Z",
                "actor": "key 1 (Administratör)",
                "action": "body.created",
                "resource": "/v1/bodies/education_committee",
                "before": None,
                "after": {"code": "education_committee"},
                "previous_hash": "0" * 64,
                "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            }
        }
    )

    id: int
    at: str
    actor: str
    action: str
    resource: str
    before: Any
    after: Any
    previous_hash: str
    hash: str

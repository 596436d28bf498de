"""Money trails, delegated decisions, the annual table and deviations, out."""

from typing import Any

from pydantic import ConfigDict, Field

from portfolio.investments.rules import Kind
from portfolio.money.rules import Type
from portfolio.reports.deviations import DeviationKind
from portfolio.reports.money_trail import MoneyKind
from portfolio.web.fields import Date, Money, Outgoing, Page

MOVEMENT: dict[str, Any] = {
    "kind": "moved_from",
    "date": "2026-09-15",
    "case_number": "STK-2026-812",
    "decided_by": "council",
    "type": "capital",
    "year": 2027,
    "amount": "-500000.00",
    "reference": "/v1/programs/lindangen/reallocations/3",
    "counterpart": "LIN-02",
}
DELEGATED: dict[str, Any] = {
    "investment": "LIN-01",
    "name": "Trygg gångväg vid Lindängens centrum",
    "program": "lindangen",
    "department": "FGK",
    "gate": "implementation",
    "reallocation": None,
    "outcome": "pass",
    "decided_on": "2026-06-10",
    "decided_by": "director",
    "case_number": "STK-2026-700",
    "point": "4.2",
    "official": "Förvaltningschef",
    "reported_on": None,
    "released_amount": "400000.00",
}
AMOUNTS: dict[str, Any] = {
    "decided": "12000000.00",
    "forecast": "12500000.00",
    "deviation": "500000.00",
    "outcome": "3000000.00",
    "operating_consequence_decided": "900000.00",
    "operating_consequence_forecast": "950000.00",
    "operating_consequence_deviation": "50000.00",
}
ANNUAL: dict[str, Any] = {
    "investment": "LIN-01",
    "name": "Trygg gångväg vid Lindängens centrum",
    "program": "lindangen",
    "department": "FGK",
    "kind": "physical",
    "first_decided_on": "2026-02-01",
    "last_decided_on": "2026-06-10",
    **AMOUNTS,
}
DEVIATION: dict[str, Any] = {
    "investment": "LIN-01",
    "name": "Trygg gångväg vid Lindängens centrum",
    "program": "lindangen",
    "department": "FGK",
    "status": "reconsideration_required",
    "kind": "forecast_against_decided",
    "type": None,
    "year": None,
    "expected": "10000000.00",
    "actual": "12500000.00",
    "deviation": "2500000.00",
    "percent": 25.0,
    "tolerance_percent": 10.0,
    "exceeds": True,
}


class MovementOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": MOVEMENT})

    kind: MoneyKind
    date: Date
    case_number: str | None
    decided_by: str | None
    type: Type | None = Field(description="Null of a release, which is not made by type.")
    year: int | None
    amount: Money = Field(description="Negative where it leaves the investment or is income.")
    reference: str = Field(description="The decision, the movement or the voucher.")
    counterpart: str | None = Field(description="The other investment of a move.")


class MoneySum(Outgoing):
    kind: MoneyKind
    total: Money
    capital: Money | None
    operating: Money | None


class MoneyTrailPage(Page[MovementOut]):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [MOVEMENT],
                "next": None,
                "total": 1,
                "totals": [
                    {
                        "kind": "moved_from",
                        "total": "-500000.00",
                        "capital": "-500000.00",
                        "operating": "0.00",
                    }
                ],
            }
        }
    )

    totals: list[MoneySum] = Field(
        description="Over all items, not only this page. What is decided anew replaces what was "
        "decided before, so of that the newest decision's alone."
    )


class DelegatedOut(Outgoing):
    """Either at a gate or about a reallocation, of which the other is null."""

    model_config = ConfigDict(json_schema_extra={"example": DELEGATED})

    investment: str
    name: str
    program: str | None
    department: str
    gate: str | None
    reallocation: int | None
    outcome: str = Field(description="That of the gate decision, or `consent`.")
    decided_on: Date
    decided_by: str
    case_number: str
    point: str | None = Field(description="Of the rules of delegation.")
    official: str | None
    reported_on: Date | None = Field(description="When the body was told; null until then.")
    released_amount: Money | None


class _AnnualAmounts(Outgoing):
    decided: Money
    forecast: Money
    deviation: Money
    outcome: Money
    operating_consequence_decided: Money | None
    operating_consequence_forecast: Money | None
    operating_consequence_deviation: Money | None


class AnnualRow(_AnnualAmounts):
    model_config = ConfigDict(json_schema_extra={"example": ANNUAL})

    investment: str
    name: str
    program: str | None
    department: str
    kind: Kind
    first_decided_on: Date | None
    last_decided_on: Date | None


class AnnualSums(_AnnualAmounts):
    count: int


class AnnualPage(Page[AnnualRow]):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [ANNUAL],
                "next": None,
                "total": 1,
                "totals": {"count": 1, **AMOUNTS},
            }
        }
    )

    totals: AnnualSums | None = Field(
        default=None,
        description="Over all that match, not only this page; left out with `totals=false`.",
    )


class DeviationOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": DEVIATION})

    investment: str
    name: str
    program: str | None
    department: str
    status: str
    kind: DeviationKind
    type: Type | None
    year: int | None
    expected: Money
    actual: Money
    deviation: Money
    percent: float | None = Field(description="Of what was expected; null where that is nothing.")
    tolerance_percent: float
    exceeds: bool

"""Operating consequences, out."""

from typing import Any

from pydantic import ConfigDict, Field

from portfolio.reports.consequence import Series
from portfolio.web.fields import Date, Money, Outgoing

AMOUNTS: dict[str, Any] = {
    "depreciation": "2000000.00",
    "interest": "1500000.00",
    "capital_cost": "3500000.00",
    "operation": "400000.00",
    "maintenance": "150000.00",
    "staff": "0.00",
    "one_off": "0.00",
    "grant": "100000.00",
    "income": "0.00",
    "savings": "50000.00",
    "total": "3900000.00",
}
YEARS: dict[str, Any] = {"years": [{"year": 2027, **AMOUNTS}], "totals": AMOUNTS}
BY_DEPARTMENT: dict[str, Any] = {
    "by_department": [{"department": "FGK", "years": [{"year": 2027, **AMOUNTS}]}]
}


class ConsequenceAmounts(Outgoing):
    """`total` is the costs less `grant`, `income` and `savings`; in SEK."""

    depreciation: Money
    interest: Money
    capital_cost: Money
    operation: Money
    maintenance: Money
    staff: Money
    one_off: Money
    grant: Money
    income: Money
    savings: Money
    total: Money


class ConsequenceYear(ConsequenceAmounts):
    year: int


class DepartmentYears(Outgoing):
    department: str
    years: list[ConsequenceYear]


class _Consequence(Outgoing):
    series: Series
    years: list[ConsequenceYear]
    totals: ConsequenceAmounts = Field(description="Over the years shown.")


class InvestmentConsequence(_Consequence):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "investment": "LIN-01",
                "series": "forecast",
                **YEARS,
                **BY_DEPARTMENT,
            }
        }
    )

    investment: str
    by_department: list[DepartmentYears]


class ProgramConsequence(_Consequence):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "program": "lindangen",
                "series": "forecast",
                **YEARS,
                **BY_DEPARTMENT,
            }
        }
    )

    program: str
    by_department: list[DepartmentYears]


class DepartmentConsequence(_Consequence):
    model_config = ConfigDict(
        json_schema_extra={"example": {"department": "FGK", "series": "forecast", **YEARS}}
    )

    department: str


class AreaConsequence(_Consequence):
    """`outside` to `located_share` are of the scheme's whole, not of the area (A7)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "scheme": "regso",
                "area": "1280R032",
                "at": "2026-11-22",
                "by": "location",
                "series": "forecast",
                **YEARS,
                **BY_DEPARTMENT,
                "outside": "0.00",
                "municipality_wide": "250000.00",
                "not_located": "0.00",
                "scheme_total": "4150000.00",
                "located_share": 0.94,
            }
        }
    )

    scheme: str
    area: str
    at: Date
    by: str
    by_department: list[DepartmentYears]
    outside: Money
    municipality_wide: Money
    not_located: Money
    scheme_total: Money
    located_share: float | None

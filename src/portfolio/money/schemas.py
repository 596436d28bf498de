"""Plan lines, in and out."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from portfolio.money.rules import Direction, Type
from portfolio.web.fields import (
    AmountNotNegative,
    Code,
    Incoming,
    Money,
    Outgoing,
    Year,
)

LINE: dict[str, Any] = {
    "year": 2027,
    "type": "capital",
    "direction": "expense",
    "department": "FGK",
    "account": "1140",
    "price_level": "current",
    "amount": "1250000.00",
}
SUMS: dict[str, Any] = {
    "lines": [LINE],
    "total": "1250000.00",
    "total_capital": "1250000.00",
    "total_operating": "0.00",
}
SERIES: dict[str, Any] = {**SUMS, "at_current_level": SUMS}
NO_SUMS: dict[str, Any] = {
    "lines": [],
    "total": "0.00",
    "total_capital": "0.00",
    "total_operating": "0.00",
}
EMPTY: dict[str, Any] = {**NO_SUMS, "at_current_level": NO_SUMS}


# As it is now, or at the level of a year.
PRICE_LEVEL = r"^(current|(19|20|21)[0-9]{2})$"
PriceLevel = Annotated[
    str,
    StringConstraints(max_length=10, pattern=PRICE_LEVEL),
]
Account = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]{1,20}$")]


class PlanLineIn(Incoming):
    """An amount for a year, without refundable VAT; `account` by Kommun-Bas."""

    year: Year
    type: Type
    direction: Direction
    department: Code
    account: Account | None = None
    price_level: PriceLevel = "current"
    amount: AmountNotNegative


class PlanLinesIn(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": {"lines": [LINE]}})

    lines: list[PlanLineIn] = Field(max_length=2000)


class PlanLineOut(Outgoing):
    year: int
    type: Type
    direction: Direction
    department: str
    account: str | None
    price_level: str
    amount: Money


class SumsOut(Outgoing):
    lines: list[PlanLineOut]
    total: Money
    total_capital: Money
    total_operating: Money


class SeriesOut(SumsOut):
    at_current_level: SumsOut | None = Field(
        description="The lines at the price level of their own years, in the same order; null "
        "while the price index lacks a year."
    )


class PlanLinesOut(Outgoing):
    """Three series side by side, with what the forecast deviates from what is decided."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "forecast": SERIES,
                "decided": EMPTY,
                "outcome": EMPTY,
                "deviation": {
                    "total": "1250000.00",
                    "total_capital": "1250000.00",
                    "total_operating": "0.00",
                },
                "missing_index_years": [],
            }
        }
    )

    forecast: SeriesOut
    decided: SeriesOut
    outcome: SeriesOut
    deviation: dict[Literal["total", "total_capital", "total_operating"], Money]
    missing_index_years: list[int] = Field(
        description="Years whose price index is needed to show all lines at current level."
    )

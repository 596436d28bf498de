"""Components, consequence lines and internal rates, in and out."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from portfolio.costs.rules import Category
from portfolio.web.fields import (
    OMITTED,
    AmountNotNegative,
    Code,
    Date,
    Incoming,
    Line,
    Money,
    Name,
    Outgoing,
    Truth,
    WholeNumber,
    Year,
    wrong,
)

MONTH = r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?$"
RATE = r"^[0-9]{1,3}(\.[0-9]{1,4})?$"
# A component taken into use in 2199 may last for 200 years.
LAST_RATE_YEAR = 2400

COMPONENT: dict[str, Any] = {
    "name": "Stomme",
    "acquisition": "25000000.00",
    "residual": "0.00",
    "useful_life_years": 50,
    "in_use_from": "2027-07-01",
    "land": False,
    "department": None,
    "grant": "0.00",
}
LINE: dict[str, Any] = {
    "category": "maintenance",
    "department": "FGK",
    "year": 2028,
    "to_year": 2077,
    "amount": "150000.00",
    "note": "Skötsel av gångväg och belysning",
}
RATE_EXAMPLE: dict[str, Any] = {"year": 2027, "rate": "2.5", "source": "SKR, cirkulär 2026"}


def _month(value: Any) -> date:
    try:
        if not isinstance(value, str) or not re.fullmatch(MONTH, value, re.ASCII):
            raise ValueError(value)
        return date.fromisoformat(value if len(value) > 7 else f"{value}-01").replace(day=1)
    except ValueError as error:
        raise wrong(
            "Ange en månad som 2027-07 eller en dag i den, från 1900 till 2199.",
            "Give a month such as 2027-07 or a day in it, from 1900 to 2199.",
        ) from error


def _rate(value: Any) -> str:
    """The rate in its shortest form: `"2.50"` is `"2.5"`."""
    if (
        not isinstance(value, str)
        or not re.fullmatch(RATE, value, re.ASCII)
        or Decimal(value) > 100
    ):
        raise wrong(
            'Ange räntan i procent som text, från 0 till 100 med högst fyra decimaler: "2.5".',
            'Give the rate in per cent as a string, from 0 to 100, at most four decimals: "2.5".',
        )
    whole, _, decimals = value.partition(".")
    decimals = decimals.rstrip("0")
    return f"{int(whole)}.{decimals}" if decimals else str(int(whole))


Month = Annotated[
    date,
    BeforeValidator(_month),
    WithJsonSchema({"type": "string", "pattern": MONTH, "examples": ["2027-07-01"]}),
]
Rate = Annotated[
    str,
    BeforeValidator(_rate),
    WithJsonSchema({"type": "string", "pattern": RATE, "examples": ["2.5"]}),
]
UsefulLife = Annotated[WholeNumber, Field(ge=1, le=200, examples=[50])]
RateYear = Annotated[WholeNumber, Field(ge=1900, le=LAST_RATE_YEAR, examples=[2027])]


class ComponentIn(Incoming):
    """A part of what is built, with a useful life of its own; amounts in SEK.

    `in_use_from` counts by its month; null while works are ongoing. `department` bears the
    capital cost; null for the investment's own. `grant` is an investment grant received for it.
    """

    model_config = ConfigDict(json_schema_extra={"example": COMPONENT})

    name: Name
    acquisition: AmountNotNegative
    residual: AmountNotNegative = 0
    useful_life_years: UsefulLife | None = Field(
        default=None, description="In years; may be left out for land only."
    )
    in_use_from: Month | None = None
    land: Truth = False
    department: Code | None = None
    grant: AmountNotNegative = 0


class ComponentPatch(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": {"in_use_from": "2027-09"}})

    name: Name = OMITTED
    acquisition: AmountNotNegative = OMITTED
    residual: AmountNotNegative = OMITTED
    useful_life_years: UsefulLife | None = None
    in_use_from: Month | None = None
    land: Truth = OMITTED
    department: Code | None = None
    grant: AmountNotNegative = OMITTED


class ComponentOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": {"id": 1, **COMPONENT}})

    id: int
    name: str
    acquisition: Money
    residual: Money
    useful_life_years: int | None
    in_use_from: Date | None
    land: bool
    department: str | None
    grant: Money


class LineIn(Incoming):
    """What operating it costs or gives a year, from `year` through `to_year`.

    `department` is the investment's own if left out, `to_year` is `year`.
    """

    model_config = ConfigDict(json_schema_extra={"example": LINE})

    category: Category
    department: Code | None = None
    year: Year
    to_year: Year | None = None
    amount: AmountNotNegative
    note: Line = ""


class LinePatch(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": {"amount": "175000.00"}})

    category: Category = OMITTED
    department: Code = OMITTED
    year: Year = OMITTED
    to_year: Year = OMITTED
    amount: AmountNotNegative = OMITTED
    note: Line = OMITTED


class LineOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": {"id": 1, **LINE}})

    id: int
    category: Category
    department: str
    year: int
    to_year: int
    amount: Money
    note: str


class RateIn(Incoming):
    """The internal interest rate of a year in per cent; with `to_year`, of each year through it."""

    model_config = ConfigDict(json_schema_extra={"example": RATE_EXAMPLE})

    year: RateYear
    to_year: RateYear | None = None
    rate: Rate
    source: Line = ""


class RatePatch(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": {"rate": "2.75"}})

    rate: Rate = OMITTED
    source: Line = OMITTED


class RateOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": RATE_EXAMPLE})

    year: int
    rate: str
    source: str

"""Social cases, in and out."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from portfolio.social.rules import Grade, PayerKind
from portfolio.web.fields import (
    AmountText,
    Code,
    Incoming,
    Line,
    Money,
    Name,
    Outgoing,
    Prose,
    WholeNumber,
    Year,
    wrong,
)

LONGEST_HORIZON = 60
MOST_PAYERS = MOST_OUTCOMES = 50
MOST_COSTS = 2000
MOST_PERSONS = 1_000_000_000
PROPORTION = re.compile(r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$")
PERCENT = re.compile(r"^([0-9]{1,2}(\.[0-9]{1,6})?|100(\.0{1,6})?)$")


def _matching(pattern: re.Pattern[str], largest: int, example: str) -> Callable[[Any], str]:
    """Takes a decimal number as text, and keeps it as it is written."""

    def checked(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise wrong(
                f"Ange ett tal från 0 till {largest} som text med högst sex decimaler, till "
                f'exempel "{example}".',
                f"Give a number from 0 to {largest} as a string with at most six decimals, such "
                f'as "{example}".',
            )
        return value

    return checked


def _stated(value: str) -> str:
    if not value.strip():
        raise wrong("Ange källan.", "State the source.")
    return value


Proportion = Annotated[
    str,
    BeforeValidator(_matching(PROPORTION, 1, "0.75")),
    WithJsonSchema({"type": "string", "pattern": PROPORTION.pattern, "examples": ["0.75"]}),
]
Percent = Annotated[
    str,
    BeforeValidator(_matching(PERCENT, 100, "3.5")),
    WithJsonSchema({"type": "string", "pattern": PERCENT.pattern, "examples": ["3.5"]}),
]
Source = Annotated[Line, Field(min_length=1), AfterValidator(_stated)]
Offset = Annotated[WholeNumber, Field(ge=0, le=LONGEST_HORIZON, examples=[0])]

CASE: dict[str, Any] = {
    "name": "Familjecentral",
    "base_year": 2027,
    "horizon_years": 10,
    "discount_rate": "3",
    "payers": [
        {"code": "municipality", "name": "Socialnämnden", "kind": "committee"},
        {"code": "region", "name": "Regionen", "kind": "region"},
    ],
    "costs": [
        {"payer": "municipality", "year": 0, "amount": "800000.00"},
        {"payer": "region", "year": 0, "amount": "200000.00"},
    ],
    "outcomes": [
        {
            "name": "Färre placeringar",
            "persons": 120,
            "effect": "0.10",
            "confidence": "0.75",
            "lag_years": 3,
            "drop_off": "0.10",
            "unit_costs": [
                {"payer": "municipality", "amount": "60000.00", "cashable_share": "0.5"},
                {"payer": "region", "amount": "15000.00", "cashable_share": "0"},
            ],
            "evidence": {"grade": "C", "source": "Uppföljning 2024", "note": ""},
        }
    ],
}
FIGURES: dict[str, Any] = {
    "pv_costs": "800000.00",
    "pv_benefits": "2584888.11",
    "npv": "1784888.11",
    "benefit_cost_ratio": "3.2311",
    "payback_year": 4,
    "payback_year_discounted": 4,
    "benefits": "3075477.07",
    "cashable_benefits": "1537738.53",
    "pv_cashable_benefits": "1292444.05",
    "switching_effects": ["0.0309"],
    "years": [
        {
            "year": 0,
            "calendar_year": 2027,
            "costs": "800000.00",
            "benefits": "0.00",
            "cashable_benefits": "0.00",
            "net": "-800000.00",
            "cumulative": "-800000.00",
            "cumulative_discounted": "-800000.00",
        }
    ],
}
RESULT: dict[str, Any] = {
    "payers": [{"payer": "municipality", **FIGURES}],
    "all": {
        **FIGURES,
        "pv_costs": "1000000.00",
        "pv_benefits": "3231110.13",
        "npv": "2231110.13",
        "benefits": "3844346.33",
        "years": [
            {
                **FIGURES["years"][0],
                "costs": "1000000.00",
                "net": "-1000000.00",
                "cumulative": "-1000000.00",
                "cumulative_discounted": "-1000000.00",
            }
        ],
    },
    "wrong_pocket": [
        {
            "payer": "municipality",
            "cost_share": "0.8000",
            "benefit_share": "0.8000",
            "difference": "0.0000",
        }
    ],
    "outcomes": [
        {
            "name": "Färre placeringar",
            "persons_with_effect": "9.0000",
            "switching_effect": "0.0309",
        }
    ],
}


class PayerIn(Incoming):
    """Who pays or gains; its code is the case's own."""

    code: Code
    name: Name
    kind: PayerKind


class CostIn(Incoming):
    """What a payer spends in a year, counted from 0; several of a year add up."""

    payer: Code
    year: Offset
    amount: AmountText


class UnitCostIn(Incoming):
    """What one person-year less costs a payer; `cashable_share` of it can be taken out as cash."""

    payer: Code
    amount: AmountText
    cashable_share: Proportion = "0"


class EvidenceIn(Incoming):
    """What the effect rests on; grades from A, controlled studies, to E, an assumption."""

    grade: Grade
    source: Source
    note: Prose = ""


class OutcomeIn(Incoming):
    """An effect on people; `effect` is the difference against a comparison group."""

    name: Name
    persons: WholeNumber = Field(ge=0, le=MOST_PERSONS)
    effect: Proportion
    confidence: Proportion
    lag_years: Offset
    drop_off: Proportion
    unit_costs: list[UnitCostIn] = Field(max_length=MOST_PAYERS)
    evidence: EvidenceIn


class SocialCaseIn(Incoming):
    """A social investment by payer (formulas 4)."""

    model_config = ConfigDict(json_schema_extra={"example": CASE})

    name: Line = ""
    base_year: Year
    horizon_years: WholeNumber = Field(ge=1, le=LONGEST_HORIZON)
    discount_rate: Percent
    payers: list[PayerIn] = Field(min_length=1, max_length=MOST_PAYERS)
    costs: list[CostIn] = Field(max_length=MOST_COSTS)
    outcomes: list[OutcomeIn] = Field(max_length=MOST_OUTCOMES)


class YearOut(Outgoing):
    year: int = Field(description="Counted from 0, the base year.")
    calendar_year: int
    costs: Money
    benefits: Money
    cashable_benefits: Money
    net: Money
    cumulative: Money
    cumulative_discounted: Money


class FiguresOut(Outgoing):
    pv_costs: Money
    pv_benefits: Money
    npv: Money
    benefit_cost_ratio: str | None = Field(description="Null without costs.")
    payback_year: int | None = Field(description="Counted from 0; null if it never pays back.")
    payback_year_discounted: int | None
    benefits: Money
    cashable_benefits: Money
    pv_cashable_benefits: Money
    switching_effects: list[str | None] = Field(
        description="For each outcome the effect at which `npv` is zero, all effects changed in "
        "the same proportion; null without costs or benefits."
    )
    years: list[YearOut]


class PayerFiguresOut(FiguresOut):
    payer: str


class PocketOut(Outgoing):
    """Positive differences: pays more than its share of the benefits."""

    payer: str
    cost_share: str | None
    benefit_share: str | None
    difference: str | None


class OutcomeOut(Outgoing):
    name: str
    persons_with_effect: str
    switching_effect: str | None


class ResultOut(Outgoing):
    payers: list[PayerFiguresOut]
    all: FiguresOut
    wrong_pocket: list[PocketOut]
    outcomes: list[OutcomeOut]


class SocialCaseOut(Outgoing):
    """The inputs as they were written, and what follows; both null before there are any."""

    model_config = ConfigDict(json_schema_extra={"example": {"case": CASE, "result": RESULT}})

    case: SocialCaseIn | None
    result: ResultOut | None

"""Assessments, recommendations and decisions, in and out."""

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from portfolio.gates.examples import DECIDED, DECISION, RECOMMENDATION, STEPS
from portfolio.gates.rules import Outcome, Step, Verdict
from portfolio.gates.wording import FIELDS, OUTCOMES
from portfolio.money.schemas import PlanLineIn
from portfolio.web.fields import (
    AmountNotNegative,
    AmountText,
    CaseNumber,
    Code,
    Date,
    Incoming,
    Line,
    Money,
    Name,
    Number,
    Outgoing,
    Prose,
    Reason,
    WholeNumber,
    wrong,
    wrong_at,
)

Confidence = Literal["low", "medium", "high"]
Perspective = Literal["environmental", "social", "economic"]
Evidence = list[Line]


class _Step(Incoming):
    verdict: Verdict | None = None
    reasoning: Prose | None = None
    confidence: Confidence | None = None
    evidence: Evidence | None = Field(default=None, max_length=100)


class GoalLink(Incoming):
    """A goal that is helped (1), not touched (0) or harmed (-1)."""

    code: Line
    sign: WholeNumber = Field(ge=-1, le=1)


class StrategyStep(_Step):
    goals: list[GoalLink] | None = Field(default=None, max_length=200)


class Perspectives(Incoming):
    environmental: Verdict | None = None
    social: Verdict | None = None
    economic: Verdict | None = None


class Benefit(Incoming):
    name: Name
    beneficiaries: Line = ""
    perspective: Perspective | None = None


class BenefitsStep(_Step):
    perspectives: Perspectives | None = None
    benefits: list[Benefit] | None = Field(default=None, max_length=200)


class Partner(Incoming):
    name: Name
    commitment: Literal["none", "interest", "letter_of_intent", "contract"] = "none"
    amount: AmountText | None = None


class MarketStep(_Step):
    partners: list[Partner] | None = Field(default=None, max_length=200)


class EconomyStep(_Step):
    pass


class Plan(Incoming):
    """How it is steered until the next gate."""

    accountable: Line | None = None
    next_gate_on: Date | None = None
    follow_up: Prose | None = None
    tolerance_percent: Number | None = Field(default=None, ge=0, le=1000)
    requested_amount: AmountText | None = None


class GovernanceStep(_Step):
    plan: Plan | None = None


class Steps(Incoming):
    strategy: StrategyStep | None = None
    benefits: BenefitsStep | None = None
    market: MarketStep | None = None
    economy: EconomyStep | None = None
    governance: GovernanceStep | None = None


class AssessmentIn(Incoming):
    """What is left out begins as a copy of the round before, or empty in the first."""

    model_config = ConfigDict(json_schema_extra={"example": {"gate": "direction", "steps": STEPS}})

    gate: Code
    steps: Steps | None = None


class AssessmentPatch(Incoming):
    """Any part of an assessment: objects are merged field by field, lists replaced."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"steps": {"market": {"verdict": "neutral"}}}}
    )

    gate: Code | None = None
    steps: Steps | None = None


class AssessmentOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "round": 1,
                "gate": "direction",
                "status": "draft",
                "steps": STEPS,
                "created_at": "2026-10-01T08:00:00.000000Z",
                "submitted_at": None,
                "frozen": None,
            }
        }
    )

    round: int
    gate: str
    status: Literal["draft", "submitted"]
    steps: dict[str, Any]
    created_at: str
    submitted_at: str | None
    frozen: dict[str, Any] | None = Field(
        description="Plan lines, shares, area versions and rates as they were when submitted."
    )


class ReasonOut(Outgoing):
    rule: str
    detail: str
    pointer: str = Field(default="", description="The field it is about, where it is about one.")


class ReadinessOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "gate": "direction",
                "outcome": "pass",
                "ready": False,
                "reasons": [
                    {
                        "rule": "G4",
                        "detail": "There is no submitted assessment at the gate Direction; "
                        "submit one.",
                    }
                ],
            }
        }
    )

    gate: str | None
    outcome: Outcome
    ready: bool
    reasons: list[ReasonOut]


class RecommendationIn(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": RECOMMENDATION})

    outcome: Literal["pass", "amend", "hold", "rework", "stop"]
    recommended_on: Date
    reason: Reason


class RecommendationOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 1,
                "gate": "implementation",
                **RECOMMENDATION,
                "recorded_at": "2026-10-21T08:00:00.000000Z",
            }
        }
    )

    id: int
    gate: str
    outcome: str
    recommended_on: Date
    reason: str
    recorded_at: str


class OutweighingIn(Incoming):
    weak: Step
    strong: list[Step] = Field(min_length=1, max_length=5)
    reason: Reason


class ConditionIn(Incoming):
    text: Reason
    owner: Name
    due_on: Date | None = None


class Delegation(Incoming):
    point: Name
    official: Line
    reported_on: Date | None = None


# Which outcomes a field goes with; what is needed for an outcome is listed in NEEDED.
BELONGS_TO: dict[str, frozenset[Outcome]] = {
    "hold_category": frozenset({Outcome.HOLD}),
    "review_on": frozenset({Outcome.HOLD}),
    "return_to": frozenset({Outcome.REWORK}),
    "lesson": frozenset({Outcome.STOP}),
    "to_gate": frozenset({Outcome.SKIP}),
    "decided_lines": frozenset({Outcome.SKIP}),
    "outweighings": frozenset({Outcome.PASS, Outcome.AMEND}),
    "conditions": frozenset({Outcome.PASS, Outcome.AMEND}),
    "released_amount": frozenset({Outcome.PASS, Outcome.AMEND}),
}
NEEDED: dict[Outcome, tuple[str, ...]] = {
    Outcome.HOLD: ("hold_category", "review_on"),
    Outcome.REWORK: ("return_to",),
    Outcome.SKIP: ("to_gate",),
}


class DecisionIn(Incoming):
    """A decision as the minutes have it."""

    model_config = ConfigDict(json_schema_extra={"example": DECISION})

    gate: Code
    outcome: Outcome
    decided_by: Code
    decided_on: Date
    case_number: CaseNumber
    minutes_paragraph: Line | None = None
    reason: Reason
    outweighings: list[OutweighingIn] = Field(default_factory=list, max_length=25)
    conditions: list[ConditionIn] = Field(default_factory=list, max_length=100)
    released_amount: AmountNotNegative | None = None
    hold_category: Literal["organisational", "economic", "cultural", "courage", "market"] | None = (
        None
    )
    review_on: Date | None = None
    return_to: Code | None = None
    lesson: Prose | None = None
    to_gate: Code | None = None
    decided_lines: list[PlanLineIn] = Field(default_factory=list, max_length=2000)
    benefit_result: Literal["achieved", "partly", "not_achieved"] | None = None
    delegation: Delegation | None = None
    supersedes: WholeNumber | None = Field(default=None, ge=1, le=2**31 - 1)
    round: WholeNumber | None = Field(
        default=None,
        ge=1,
        le=2**31 - 1,
        description="The round that the body decided on. Refused (409, G4) if another is the "
        "newest submitted at the gate, so that no decision is registered on a round not seen.",
    )

    @model_validator(mode="after")
    def _fields_of_the_outcome(self) -> Self:
        outcome = OUTCOMES[self.outcome]
        found: dict[str, PydanticCustomError] = {}
        for name in NEEDED.get(self.outcome, ()):
            if getattr(self, name) is None:
                field = FIELDS[name]
                found[name] = wrong(
                    f"Uppgiften {field.sv} saknas; fyll i den, utfallet {outcome.sv} behöver den.",
                    f"Give the {field.en}: the outcome {outcome.en} needs it.",
                )
        for name, outcomes in BELONGS_TO.items():
            if getattr(self, name) not in (None, []) and self.outcome not in outcomes:
                field = FIELDS[name]
                found[name] = wrong(
                    f"Uppgiften {field.sv} hör inte till utfallet {outcome.sv}; ta bort den.",
                    f"Leave out the {field.en}: that does not go with the outcome {outcome.en}.",
                )
        if found:
            raise wrong_at(found)
        return self


class ConditionPatch(Incoming):
    """When the condition was met; null opens it again."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"met_on": "2027-01-15", "note": "Avtal klart"}}
    )

    met_on: Date | None = None
    note: Prose | None = None


class ConditionOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "n": 1,
                "text": "Driften ska vara löst",
                "owner": "Gatukontoret",
                "due_on": "2027-01-31",
                "met_on": None,
                "note": None,
            }
        }
    )

    n: int
    text: str
    owner: str
    due_on: Date | None
    met_on: Date | None
    note: str | None


class DecisionItem(Outgoing):
    """A decision, without the snapshot it was made on."""

    model_config = ConfigDict(json_schema_extra={"example": DECIDED})

    id: int
    gate: str
    outcome: Outcome
    decided_by: str
    decided_on: Date
    case_number: str
    minutes_paragraph: str | None
    reason: str
    outweighings: list[dict[str, Any]]
    conditions: list[ConditionOut]
    released_amount: Money | None
    hold_category: str | None
    review_on: Date | None
    return_to: str | None
    to_gate: str | None
    lesson: str | None
    benefit_result: str | None
    delegation: dict[str, Any] | None
    supersedes: int | None
    superseded_by: int | None
    round: int | None
    recorded_at: str


class DecisionOut(DecisionItem):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **DECIDED,
                "snapshot": {"gate": "direction", "template": {"code": "standard", "version": 1}},
                "snapshot_sha256": "5feceb66ffc86f38d952786c6d696c79"
                "c2dbc239dd4e91b46729d73a27fb57e9",
            }
        }
    )

    snapshot: dict[str, Any] = Field(description="What the decision was made on.")
    snapshot_sha256: str = Field(description="SHA-256 over the RFC 8785 form of the snapshot.")

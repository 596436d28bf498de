"""What a decision is judged by, and what it says. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from portfolio.errors import Reason
from portfolio.gates.rules import Outcome, State, Step, Verdict
from portfolio.language import Text
from portfolio.organisation.rules import DecisionLevel, Level
from portfolio.programs.rules import Steering, Template


@dataclass(frozen=True, slots=True)
class Deciding:
    """A body, by code and level."""

    code: str
    level: Level


@dataclass(frozen=True, slots=True)
class Outweighing:
    weak: str
    strong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decision that somebody wants to register; `released` in öre."""

    gate: str
    outcome: Outcome
    body: Deciding
    decided_on: date
    has_delegation: bool = False
    outweighings: tuple[Outweighing, ...] = ()
    released: int = 0
    review_on: date | None = None
    return_to: str | None = None
    to_gate: str | None = None
    has_benefit_result: bool = False
    # The round that the body decided on, where the registrar says so.
    round: int | None = None


@dataclass(frozen=True, slots=True)
class Frozen:
    """What counts of the submitted round that is decided on; amounts in öre."""

    verdicts: Mapping[Step, Verdict]
    has_plan: bool
    net: int
    gross: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a decision is judged by, as things stand without the one it supersedes."""

    template: Template
    state: State
    round: Frozen | None
    # Of the program group, for this visit to the gate.
    recommended_on: date | None
    steering: Steering
    deciding_body: Deciding
    committee: Deciding
    levels: Sequence[DecisionLevel] = field(default_factory=tuple)
    today: date = date.max


def broken(rule: str, sv: str, en: str, pointer: str = "") -> Reason:
    return Reason(rule, Text(sv, en), pointer)

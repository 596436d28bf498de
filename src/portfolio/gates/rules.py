"""Where an investment stands, derived from its rounds and decisions (G1, G9, G10, G13). Pure.

Nothing here is stored as the truth: decisions and rounds are, and every state follows from
them. That is what makes it possible to supersede a decision, and to ask for any date.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portfolio.investments.rules import Status
from portfolio.money.rules import exceeds
from portfolio.programs.rules import Template


class Step(StrEnum):
    STRATEGY = "strategy"
    BENEFITS = "benefits"
    MARKET = "market"
    ECONOMY = "economy"
    GOVERNANCE = "governance"


class Verdict(StrEnum):
    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    NOT_ASSESSED = "not_assessed"


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105  a gate's outcome, no password
    AMEND = "amend"
    HOLD = "hold"
    REWORK = "rework"
    STOP = "stop"
    SKIP = "skip"


WEAK = frozenset({Verdict.NEGATIVE, Verdict.NOT_ASSESSED})
# Outcomes that lead to another gate, or back to one.
MOVING = frozenset({Outcome.PASS, Outcome.REWORK, Outcome.SKIP})
# Outcomes on a submitted round: what they decide is the round's lines.
ON_A_ROUND = frozenset({Outcome.PASS, Outcome.AMEND})


@dataclass(frozen=True, slots=True)
class Decision:
    """What the state follows from, of a decision; `released` in öre."""

    id: int
    gate: str
    outcome: Outcome
    decided_on: date
    decided_by: str = ""
    case_number: str = ""
    review_on: date | None = None
    return_to: str | None = None
    to_gate: str | None = None
    released: int = 0
    supersedes: int | None = None
    assessment_id: int | None = None
    decides_lines: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """What the state follows from, of an assessment."""

    id: int
    number: int
    gate: str
    arrived_by: int | None
    submitted: bool
    weak_steps: tuple[str, ...] = ()
    next_gate_on: date | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """Net öre at the decided price level, and the tolerance of G13 in per cent.

    The operating consequences are of all years, or None where one is not known: nothing was
    decided about it, or an internal rate is missing.
    """

    forecast: int = 0
    decided: int = 0
    tolerance_percent: float = 10.0
    consequence_forecast: int | None = None
    consequence_decided: int | None = None

    @property
    def is_exceeded(self) -> bool:
        """Whether the forecast, or its operating consequence, is over the decided one (G13).

        A consequence that was decided and can't be calculated now, since an internal rate is
        missing, counts as over: otherwise a missing rate would switch the rule off.
        """
        return exceeds(self.decided, self.forecast, self.tolerance_percent) or outgrown(
            self.consequence_decided, self.consequence_forecast, self.tolerance_percent
        )


def outgrown(agreed: int | None, expected: int | None, tolerance_percent: float) -> bool:
    """Whether the consequence that is expected is over the decided one, or not known (G13)."""
    if agreed is None:
        return False
    return expected is None or exceeds(agreed, expected, tolerance_percent)


@dataclass(frozen=True, slots=True)
class State:
    """Where an investment stands."""

    gate: str
    position: int
    status: Status
    # The decision that led to the present gate (its first version, if it was superseded).
    arrived_by: int | None
    last: Decision | None
    # The decision whose plan lines are the decided ones.
    decided_by_decision: int | None
    # The newest submitted round of this visit to the gate: what a pass decides on.
    round: Round | None
    # The round that verdicts are shown from: `round`, or the last one decided on.
    shown_round: Round | None
    released: int
    effective: tuple[Decision, ...]
    reconsider: bool
    # Stopped before it was handed over, so that what was spent is a cost of that year.
    sunk: bool = False

    @property
    def is_closed(self) -> bool:
        return self.status in (Status.STOPPED, Status.COMPLETED)


def effective(decisions: Iterable[Decision], without: int | None = None) -> tuple[Decision, ...]:
    """Decisions that nobody superseded, in the order they were registered (G10).

    `without` counts as superseded too: the one that a decision under way is to supersede. What it
    had superseded itself does not come back.
    """
    ordered = sorted(decisions, key=lambda decision: decision.id)
    superseded = {without, *(decision.supersedes for decision in ordered)}
    return tuple(decision for decision in ordered if decision.id not in superseded)


def roots(decisions: Iterable[Decision]) -> dict[int, int]:
    """For each decision, the one it first stood for: itself, or what it supersedes, or that..."""
    found: dict[int, int] = {}
    for decision in sorted(decisions, key=lambda decision: decision.id):
        former = decision.supersedes
        found[decision.id] = decision.id if former is None else found.get(former, former)
    return found


def derive(
    template: Template,
    decisions: Sequence[Decision],
    rounds: Sequence[Round],
    money: Money,
    *,
    as_of: date | None = None,
    without: int | None = None,
) -> State:
    """Where an investment stands after its decisions, or stood on a date.

    Args:
        template: The version of the gate template it began with.
        decisions: All known decisions, superseded ones too.
        rounds: All known assessments.
        money: Forecast and decided net totals; decided ones as of the same date.
        as_of: Decisions of later dates are left out (M4). What a superseding decision replaced
            stays replaced, whatever the dates: it was a mistake then too.

        without: A decision that counts as superseded.

    Returns:
        The state of G1. Gates are passed in order, and only a rework goes back.
    """
    counted = tuple(
        d for d in effective(decisions, without) if as_of is None or d.decided_on <= as_of
    )
    position, arrived_by, completed = 0, None, False
    for decision in counted:
        if decision.outcome not in MOVING:
            continue
        if decision.outcome is Outcome.PASS and position == template.last_position:
            completed = True
            continue
        position = _next_position(template, decision, position)
        arrived_by = roots(decisions)[decision.id]
    last = counted[-1] if counted else None
    gate = template.gates[position].code
    visit = [r for r in rounds if r.submitted and r.gate == gate and r.arrived_by == arrived_by]
    current = max(visit, key=lambda r: r.number, default=None)
    reconsider = not completed and position > template.realisation_position and money.is_exceeded
    status = _status(counted, current, completed=completed, reconsider=reconsider)
    return State(
        gate=gate,
        position=position,
        status=status,
        arrived_by=arrived_by,
        last=last,
        decided_by_decision=next((d.id for d in reversed(counted) if d.decides_lines), None),
        round=current,
        shown_round=_shown_round(counted, rounds, None if completed else current),
        released=sum(decision.released for decision in counted),
        effective=counted,
        reconsider=reconsider,
        sunk=status is Status.STOPPED and position <= _handover(template),
    )


def _handover(template: Template) -> int:
    """The gate that hands over; where a template has none, all before the last do."""
    found = template.position("handover")
    return template.last_position - 1 if found is None else found


def _next_position(template: Template, decision: Decision, position: int) -> int:
    if decision.outcome is Outcome.PASS:
        return position + 1
    target = decision.return_to if decision.outcome is Outcome.REWORK else decision.to_gate
    found = template.position(target or "")
    if found is None:
        raise ValueError(f"decision {decision.id} leads to {target}, which is no gate")
    return found


def _status(
    counted: Sequence[Decision], current: Round | None, *, completed: bool, reconsider: bool
) -> Status:
    last = counted[-1].outcome if counted else None
    if last is Outcome.STOP:
        return Status.STOPPED
    if completed:
        return Status.COMPLETED
    if last is Outcome.HOLD:
        return Status.ON_HOLD
    if reconsider:
        return Status.RECONSIDERATION_REQUIRED
    amended = {d.assessment_id for d in counted if d.outcome is Outcome.AMEND}
    if current is not None and current.id not in amended:
        return Status.SUBMITTED
    return Status.PREPARING


def _shown_round(
    counted: Sequence[Decision], rounds: Sequence[Round], current: Round | None
) -> Round | None:
    if current is not None:
        return current
    by_id = {r.id: r for r in rounds}
    used = [by_id[d.assessment_id] for d in counted if d.assessment_id in by_id]
    return used[-1] if used else None

"""Situations and proposals in good order, for tests to spoil one thing in."""

from datetime import date
from typing import Any

from portfolio.gates.deciding import reasons_against
from portfolio.gates.rules import Decision, Money, Outcome, Round, Step, Verdict, derive
from portfolio.gates.situations import Deciding, Frozen, Proposal, Situation
from portfolio.organisation.rules import DecisionLevel, Level
from portfolio.programs.rules import Gate, Steering, Template

GATES = ("need", "study", "direction", "implementation", "handover", "benefits")
STANDARD = Template(
    "standard", 1, tuple(Gate(code, code, "", code, code == "implementation") for code in GATES)
)
JUNE = date(2026, 6, 10)
MILLION = 100_000_000
COUNCIL = Deciding("council", Level.COUNCIL)
BOARD = Deciding("executive_board", Level.EXECUTIVE_BOARD)
STREETS = Deciding("street_committee", Level.COMMITTEE)
SCHOOLS = Deciding("school_committee", Level.COMMITTEE)
DIRECTOR = Deciding("director", Level.OFFICIAL)
LEVELS = (
    DecisionLevel(date(1900, 1, 1), 15 * MILLION, Level.EXECUTIVE_BOARD),
    DecisionLevel(date(1900, 1, 1), 50 * MILLION, Level.COUNCIL),
)
FINE = dict.fromkeys(Step, Verdict.NEUTRAL)


def at(gate: str, **how: Any) -> Situation:
    """A situation at a gate, with a round that is in order; `how` says what is otherwise."""
    passes = [
        Decision(n, name, Outcome.PASS, JUNE, decides_lines=True)
        for n, name in enumerate(GATES[: GATES.index(gate)], start=1)
    ]
    decisions = [*passes, *how.pop("decisions", [])]
    round = Round(1, 1, gate, passes[-1].id if passes else None, submitted=True)
    state = derive(STANDARD, decisions, [round], how.pop("money", Money()))
    frozen = Frozen(
        how.pop("verdicts", FINE),
        how.pop("has_plan", True),
        how.pop("net", MILLION),
        how.pop("gross", MILLION),
    )
    return Situation(
        template=STANDARD,
        state=state,
        round=how.pop("round", frozen),
        recommended_on=how.pop("recommended_on", JUNE),
        steering=how.pop("steering", Steering.PARTIAL),
        deciding_body=how.pop("deciding_body", BOARD),
        committee=STREETS,
        levels=LEVELS,
        today=date(2026, 11, 22),
        **how,
    )


def proposed(gate: str, outcome: Outcome = Outcome.PASS, **fields: Any) -> Proposal:
    body = STREETS if gate in GATES[3:] else BOARD
    return Proposal(gate, outcome, **{"body": body, "decided_on": JUNE, **fields})


def rules(situation: Situation, proposal: Proposal) -> list[str]:
    return [reason.rule for reason in reasons_against(situation, proposal)]

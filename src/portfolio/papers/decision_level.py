"""Who may decide at the present gate, and why: the rules asked of every body."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import Session, select

from portfolio.gates import wording
from portfolio.gates.rules import Outcome
from portfolio.gates.situations import Deciding, Frozen, Proposal, Situation
from portfolio.gates.who_decides import check_body, check_level, is_partial_here
from portfolio.gates.wording import word
from portfolio.language import Language, Text
from portfolio.money.rules import Totals
from portfolio.organisation.models import Body
from portfolio.organisation.rules import Level, least_level
from portfolio.papers.glyphs import isolated
from portfolio.papers.wording import kronor, listed

MOST_BODIES = 12


def who_decides(
    session: Session, situation: Situation, expected: Totals, language: Language
) -> dict[str, Any]:
    """The lowest body that may pass the gate, every other that may, and by which rules.

    `expected` is the forecast: as long as no round is submitted the amount is taken from it.
    """
    is_fixed = situation.round is not None
    if not is_fixed:
        round = Frozen(verdicts={}, has_plan=False, net=expected.net, gross=expected.gross)
        situation = replace(situation, round=round)
    bodies = sorted(
        session.exec(select(Body)), key=lambda body: (Level(body.level).rank, body.code)
    )
    may = [body for body in bodies if _may(situation, body, has_delegation=False)]
    delegated = [
        body for body in bodies if body not in may and _may(situation, body, has_delegation=True)
    ]
    return {
        "body": may[0].name if may else "–",
        "others": _named(may[1:], language),
        "by_delegation": _named(delegated, language),
        "reasons": [
            _by_amount(situation, language, is_fixed=is_fixed).in_language(language),
            _by_steering(situation, language).in_language(language),
        ],
    }


def _named(bodies: Sequence[Body], language: Language) -> str:
    return listed([isolated(body.name) for body in bodies], MOST_BODIES, language)


def _may(situation: Situation, body: Body, *, has_delegation: bool) -> bool:
    proposal = Proposal(
        gate=situation.state.gate,
        outcome=Outcome.PASS,
        body=Deciding(body.code, Level(body.level)),
        decided_on=situation.today,
        has_delegation=has_delegation,
    )
    return not [*check_level(situation, proposal), *check_body(situation, proposal)]


def _by_amount(situation: Situation, language: Language, *, is_fixed: bool) -> Text:
    """G12, said of this round, or of the forecast until there is one."""
    gross = situation.round.gross if situation.round else 0
    amount = kronor(gross)
    needed = least_level(situation.levels, gross, situation.today)
    sv = "Bruttoutgiften" if is_fixed else "Preliminärt, efter prognosen: bruttoutgiften"
    en = "The gross expense" if is_fixed else "Preliminary, by the forecast: the gross expense"
    if needed is None:
        return Text(
            f"G12: {sv} {amount} kr kräver ingen särskild nivå.",
            f"G12: {en} of SEK {amount} asks for no particular level.",
        )
    level = word(wording.LEVELS, needed, language)
    return Text(
        f"G12: {sv} {amount} kr kräver minst nivån {level}, eller en delegation.",
        f"G12: {en} of SEK {amount} asks for at least the level {level}, or a delegation.",
    )


def _takes_more_than(body: Deciding, situation: Situation) -> bool:
    gross = situation.round.gross if situation.round else 0
    needed = least_level(situation.levels, gross, situation.today)
    return needed is not None and needed.rank > body.level.rank


def _by_steering(situation: Situation, language: Language) -> Text:
    """S1 and S2, said of this gate."""
    mode = word(wording.STEERING, situation.steering, language)
    if is_partial_here(situation) and _takes_more_than(situation.committee, situation):
        return Text(
            f"S2: {mode}: nämnden för den ansvariga förvaltningen beslutar annars; här går "
            "beloppet före (G12).",
            f"S2: {mode}: the committee of the responsible department decides otherwise; here the "
            "amount goes first (G12).",
        )
    if is_partial_here(situation):
        return Text(
            f"S2: {mode}, från genomförandet: nämnden för den ansvariga förvaltningen beslutar, "
            "efter programgruppens rekommendation.",
            f"S2: {mode}, from implementation on: the committee of the responsible department "
            "decides, after the program group's recommendation.",
        )
    begun = situation.state.position >= situation.template.realisation_position
    rule = "S2" if begun else "S1"
    return Text(
        f"{rule}: {mode}: programmets beslutande organ eller ett högre beslutar vid den här "
        "grinden.",
        f"{rule}: {mode}: the deciding body of the program, or a higher one, decides at this gate.",
    )

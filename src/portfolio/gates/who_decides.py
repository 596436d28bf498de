"""Which body decides: by steering, by delegation and by amount (G12, S1, S2). Pure."""

from collections.abc import Iterator

from portfolio.errors import Reason
from portfolio.gates.rules import ON_A_ROUND, Outcome
from portfolio.gates.situations import Deciding, Proposal, Situation, broken
from portfolio.gates.wording import LEVELS
from portfolio.organisation.rules import Level, least_level
from portfolio.programs.rules import Steering


def _needed_level(situation: Situation, proposal: Proposal) -> Level | None:
    if situation.round is None:
        return None
    return least_level(situation.levels, situation.round.gross, proposal.decided_on)


def check_level(situation: Situation, proposal: Proposal) -> Iterator[Reason]:
    if proposal.outcome not in ON_A_ROUND:
        return
    needed = _needed_level(situation, proposal)
    if needed is None or proposal.has_delegation:
        return
    if proposal.body.level.rank < needed.rank:
        wanted, level = LEVELS[needed], LEVELS[proposal.body.level]
        yield broken(
            "G12",
            f"Beloppet kräver beslut på nivån {wanted.sv} eller en delegation; "
            f"{proposal.body.code} är {level.sv}.",
            f"The amount takes a decision at the level {wanted.en}, or a delegation; "
            f"{proposal.body.code} is {level.en}.",
        )


def is_partial_here(situation: Situation) -> bool:
    """Whether the department's committee decides: partial, from the realisation gate on (S2)."""
    begun = situation.state.position >= situation.template.realisation_position
    return situation.steering is Steering.PARTIAL and begun


def check_body(situation: Situation, proposal: Proposal) -> Iterator[Reason]:
    if proposal.outcome is Outcome.SKIP:
        # Decided before the tool came, by whoever it was then.
        return
    body = proposal.body
    if is_partial_here(situation):
        yield from _partial_body(situation, proposal)
        return
    due = situation.deciding_body
    lower = body.level.rank < due.level.rank
    if body.code == due.code or body.level.rank > due.level.rank:
        return
    if lower and proposal.has_delegation:
        return
    rule = "S1" if situation.steering is Steering.PARTIAL else _full_rule(situation)
    yield broken(
        rule,
        f"Här beslutar {due.code} eller ett högre organ; {body.code} behöver en delegation.",
        f"Here {due.code} or a higher body decides; {body.code} needs a delegation.",
    )


def _full_rule(situation: Situation) -> str:
    begun = situation.state.position >= situation.template.realisation_position
    return "S2" if begun else "S1"


def _partial_body(situation: Situation, proposal: Proposal) -> Iterator[Reason]:
    body, committee = proposal.body, situation.committee
    needed = _needed_level(situation, proposal)
    if body.code == committee.code:
        return
    if body.level is Level.OFFICIAL and proposal.has_delegation:
        return
    # G12 outranks S2: what is too large for the committee goes to the level that it takes, or by
    # delegation to one between; whoever may pass it may hold or stop it too.
    raised = needed is not None and needed.rank > committee.level.rank
    if raised and needed is not None and _may_instead(proposal, committee, needed):
        return
    yield broken(
        "S2",
        f"Under partiell styrning beslutar här förvaltningens nämnd, {committee.code}, eller en "
        "tjänsteperson på delegation.",
        f"Under partial steering the department's committee, {committee.code}, decides here, or an "
        "official by delegation.",
    )


def _may_instead(proposal: Proposal, committee: Deciding, needed: Level) -> bool:
    rank = proposal.body.level.rank
    delegated = proposal.has_delegation and rank > committee.level.rank
    return rank >= needed.rank or delegated

"""Whether a decision may be registered: all rules at once, in order (G4-G13, S1-S2). Pure."""

from collections.abc import Iterable, Iterator, Mapping

from portfolio.errors import Reason
from portfolio.gates.rules import (
    ON_A_ROUND,
    WEAK,
    Decision,
    Outcome,
    State,
    Step,
    Verdict,
)
from portfolio.gates.situations import Outweighing, Proposal, Situation, broken
from portfolio.gates.who_decides import check_body, check_level, is_partial_here
from portfolio.gates.wording import OUTCOMES, STEPS, VERDICTS, gate_called, within
from portfolio.language import Text
from portfolio.programs.rules import Template


def reasons_against(situation: Situation, proposal: Proposal) -> tuple[Reason, ...]:
    """Everything that stands in the way of a decision; empty if nothing does.

    Args:
        situation: As things stand; not closed, since nothing is decided on what has ended.
        proposal: What is to be registered.

    Returns:
        One reason for each broken rule, in the order of the rules.
    """
    checks = (
        _gate(situation, proposal),
        _round(situation, proposal.outcome),
        _expected(situation, proposal),
        _dates(situation, proposal),
        _weak_steps(situation, proposal),
        _plan(situation, proposal.outcome),
        _result(situation, proposal),
        _outcome(situation, proposal),
        _release(situation, proposal.outcome, proposal.released),
        check_level(situation, proposal),
        check_body(situation, proposal),
        _recommendation(situation, proposal.outcome),
        _reconsideration(situation, proposal.outcome),
    )
    return tuple(reason for check in checks for reason in check)


def readiness(situation: Situation, outcome: Outcome) -> tuple[Reason, ...]:
    """What still blocks an outcome, before anyone has decided anything (G14).

    A weak step is named here as well: a pass needs an outweighing for it, which is to be written.
    """
    checks = (
        _round(situation, outcome),
        _missing_outweighings(situation, outcome, frozenset()),
        _plan(situation, outcome),
        _possible(situation, outcome),
        _release(situation, outcome, 0),
        _recommendation(situation, outcome),
        _reconsideration(situation, outcome),
    )
    return tuple(reason for check in checks for reason in check)


def _gate(situation: Situation, proposal: Proposal) -> Iterator[Reason]:
    if proposal.gate != situation.state.gate:
        here, given = _here(situation), gate_called(situation.template, proposal.gate)
        yield broken(
            "G1",
            f"Investeringen står vid grinden {here.sv}, inte vid {given.sv}; grindarna passeras i "
            "ordning.",
            f"The investment stands at the gate {here.en}, not at {given.en}; gates are passed in "
            "order.",
            "/gate",
        )


def _here(situation: Situation) -> Text:
    return gate_called(situation.template, situation.state.gate)


def _round(situation: Situation, outcome: Outcome) -> Iterator[Reason]:
    if outcome not in ON_A_ROUND:
        return
    here = _here(situation)
    if situation.round is None:
        yield broken(
            "G4",
            f"Det finns ingen inlämnad bedömning vid grinden {here.sv}; lämna in en.",
            f"There is no submitted assessment at the gate {here.en}; submit one.",
        )
    elif outcome is Outcome.AMEND and _is_used(situation.state):
        yield broken(
            "G13",
            "Ett ändringsbeslut behöver en ny bedömning; den senaste är redan beslutad om.",
            "An amendment needs a new assessment; the latest was decided on already.",
        )


def _expected(situation: Situation, proposal: Proposal) -> Iterator[Reason]:
    """What the body decided on is what is registered, if the registrar says which round it was."""
    if proposal.round is None:
        return
    if proposal.outcome not in ON_A_ROUND:
        outcome = OUTCOMES[proposal.outcome]
        yield broken(
            "G4",
            f"Ett beslut med utfallet {outcome.sv} gäller ingen bedömning; ta bort omgången.",
            f"A decision with the outcome {outcome.en} is on no assessment; leave out the round.",
            "/round",
        )
    elif situation.round is not None and situation.round.number != proposal.round:
        newest = situation.round.number
        yield broken(
            "G4",
            f"Omgång {newest} är den senast inlämnade, inte omgång {proposal.round}; läs den, och "
            "registrera beslutet bara om det fattades på den.",
            f"Round {newest} is the newest that is submitted, not round {proposal.round}; read it, "
            "and register the decision only if it was made on that.",
            "/round",
        )


def _is_used(state: State) -> bool:
    used = {decision.assessment_id for decision in state.effective}
    return state.round is not None and state.round.id in used


def _dates(situation: Situation, proposal: Proposal) -> Iterator[Reason]:
    decided_on = proposal.decided_on
    if decided_on > situation.today:
        yield broken(
            "G4",
            f"Beslutsdagen {decided_on} ligger i framtiden; registrera beslutet när det är fattat.",
            f"The date {decided_on} is in the future; register the decision when it is made.",
            "/decided_on",
        )
    last = situation.state.last
    if last is not None and decided_on < last.decided_on:
        yield broken(
            "G4",
            f"Beslutsdagen {decided_on} är före det senaste beslutet, {last.decided_on}.",
            f"The date {decided_on} is before the last decision, of {last.decided_on}.",
            "/decided_on",
        )
    if situation.recommended_on is not None and decided_on < situation.recommended_on:
        yield broken(
            "G4",
            f"Beslutsdagen {decided_on} är före rekommendationen, {situation.recommended_on}.",
            f"The date {decided_on} is before the recommendation, of {situation.recommended_on}.",
            "/decided_on",
        )


def _is_last(situation: Situation) -> bool:
    return situation.state.position == situation.template.last_position


def _weak_steps(situation: Situation, proposal: Proposal) -> Iterator[Reason]:
    """G5 and G6: weak steps are outweighed by positive ones, or nothing passes."""
    answered = frozenset(outweighing.weak for outweighing in proposal.outweighings)
    yield from _missing_outweighings(situation, proposal.outcome, answered)
    if situation.round is None or proposal.outcome is not Outcome.PASS or _is_last(situation):
        return
    for outweighing in proposal.outweighings:
        yield from _outweighing(situation.round.verdicts, outweighing)


def _missing_outweighings(
    situation: Situation, outcome: Outcome, answered: frozenset[str]
) -> Iterator[Reason]:
    if situation.round is None or outcome is not Outcome.PASS or _is_last(situation):
        return
    verdicts = situation.round.verdicts
    weak = [step for step in Step if verdicts[step] in WEAK]
    positive = [step for step in Step if verdicts[step] is Verdict.POSITIVE]
    if weak and not positive:
        yield broken(
            "G6",
            f"Svaga steg: {', '.join(STEPS[step].sv for step in weak)}. Inget steg är positivt, så "
            "inget kan väga upp dem.",
            f"Weak steps: {', '.join(STEPS[step].en for step in weak)}. No step is positive, so "
            "nothing can outweigh them.",
        )
        return
    for step in weak:
        if step not in answered:
            name, verdict = STEPS[step], within(VERDICTS[verdicts[step]])
            yield broken(
                "G5",
                f"Steget {name.sv} är {verdict.sv}: ange vilket positivt steg som väger upp det, "
                "och varför.",
                f"The step {name.en} is {verdict.en}: say which positive step outweighs it, and "
                "why.",
            )


def _outweighing(verdicts: Mapping[Step, Verdict], outweighing: Outweighing) -> Iterator[Reason]:
    weak = STEPS[outweighing.weak]
    for name in outweighing.strong:
        verdict = verdicts[Step(name)]
        if verdict is not Verdict.POSITIVE:
            strong, found = STEPS[name], within(VERDICTS[verdict])
            yield broken(
                "G6",
                f"Steget {strong.sv} är {found.sv} och kan inte väga upp {weak.sv}; välj ett "
                "positivt steg.",
                f"The step {strong.en} is {found.en} and can't outweigh {weak.en}; choose a "
                "positive step.",
                "/outweighings",
            )
    if verdicts[Step(outweighing.weak)] is Verdict.POSITIVE:
        yield broken(
            "G5",
            f"Steget {weak.sv} är positivt; det finns inget att väga upp.",
            f"The step {weak.en} is positive; there is nothing to outweigh.",
            "/outweighings",
        )


def _plan(situation: Situation, outcome: Outcome) -> Iterator[Reason]:
    if outcome is not Outcome.PASS or situation.round is None or _is_last(situation):
        return
    if not situation.round.has_plan:
        yield broken(
            "G7",
            "Bedömningen saknar en plan för styrningen fram till nästa grind.",
            "The assessment lacks a plan for the governance until the next gate.",
        )


def _result(situation: Situation, proposal: Proposal) -> Iterator[Reason]:
    needed = proposal.outcome is Outcome.PASS and _is_last(situation)
    if needed and not proposal.has_benefit_result:
        yield broken(
            "G7",
            "Vid sista grinden ska beslutet säga om nyttan är uppnådd, delvis uppnådd eller inte "
            "uppnådd; fyll i det.",
            "At the last gate the decision must say whether the benefit is achieved, partly "
            "achieved or not achieved; fill it in.",
            "/benefit_result",
        )
    if proposal.has_benefit_result and not needed:
        yield broken(
            "G7",
            "Om nyttan är uppnådd sägs först när sista grinden passeras; ta bort det.",
            "Whether the benefit is achieved is said when the last gate is passed; leave it out.",
            "/benefit_result",
        )


def _outcome(situation: Situation, proposal: Proposal) -> Iterator[Reason]:
    """What each outcome asks of its own fields."""
    review_on = proposal.review_on if proposal.outcome is Outcome.HOLD else None
    if review_on is not None and review_on <= proposal.decided_on:
        yield broken(
            "G8",
            f"Omprövningen {review_on} ska vara efter beslutet {proposal.decided_on}.",
            f"The review on {review_on} must be after the decision of {proposal.decided_on}.",
            "/review_on",
        )
    if proposal.outcome is Outcome.REWORK:
        yield from _rework(situation, proposal)
    if proposal.outcome is Outcome.SKIP:
        yield from _skip(situation, proposal)
    yield from _possible(situation, proposal.outcome)


def _rework(situation: Situation, proposal: Proposal) -> Iterator[Reason]:
    target = situation.template.position(proposal.return_to or "")
    if target is None or target >= situation.state.position:
        here = _here(situation)
        yield broken(
            "G9",
            f"Grinden att gå tillbaka till ska ligga före {here.sv}; välj en tidigare grind.",
            f"The gate to go back to must be before {here.en}; choose an earlier gate.",
            "/return_to",
        )


def _skip(situation: Situation, proposal: Proposal) -> Iterator[Reason]:
    target = situation.template.position(proposal.to_gate or "")
    if _is_last(situation):
        return
    if target is None or target <= situation.state.position:
        here = _here(situation)
        yield broken(
            "G1",
            f"Grinden att gå till ska ligga efter {here.sv}; välj en senare grind.",
            f"The gate to go to must be after {here.en}; choose a later gate.",
            "/to_gate",
        )


def _possible(situation: Situation, outcome: Outcome) -> Iterator[Reason]:
    state = situation.state
    if outcome is Outcome.REWORK and state.position == 0:
        yield broken(
            "G9",
            "Investeringen står vid första grinden; det finns ingen tidigare att gå till.",
            "The investment stands at the first gate; there is none to go back to.",
        )
    if outcome is Outcome.SKIP and _is_last(situation):
        yield broken(
            "G1",
            "Investeringen står vid sista grinden; det finns ingen senare att hoppa till.",
            "The investment stands at the last gate; there is none after it to skip to.",
        )
    if outcome is Outcome.SKIP and any(d.outcome is not Outcome.SKIP for d in state.effective):
        yield broken(
            "G1",
            "Bara det som beslutats innan verktyget togs i bruk kan hoppas över; här finns redan "
            "ett beslut.",
            "Only what was decided before the tool came can be skipped; there is a decision here.",
        )
    # Skipped past implementation without lines: the amendment that a pass waits for decides first.
    if outcome is Outcome.AMEND and state.decided_by_decision is None and not state.reconsider:
        yield broken(
            "G13",
            "Ett ändringsbeslut ersätter det som är beslutat; här är inget beslutat än.",
            "An amendment replaces what is decided; nothing is decided here yet.",
        )


def _release(situation: Situation, outcome: Outcome, amount: int) -> Iterator[Reason]:
    if outcome not in ON_A_ROUND or situation.round is None:
        return
    released = situation.state.released + amount
    if released > max(situation.round.net, 0):
        yield broken(
            "G11",
            "Sammanlagt släpps mer än vad som beslutas; sänk beloppet som släpps eller rätta "
            "planraderna i en ny bedömning.",
            "More is released in all than is decided in all; lower the amount released or correct "
            "the plan lines in a new assessment.",
            "/released_amount" if amount else "",
        )


def _recommendation(situation: Situation, outcome: Outcome) -> Iterator[Reason]:
    needed = outcome is Outcome.PASS and is_partial_here(situation)
    if needed and situation.recommended_on is None:
        yield broken(
            "S2",
            "Programgruppens rekommendation för den här grinden saknas; registrera den först.",
            "The program group's recommendation for this gate is missing; register it first.",
        )


def _reconsideration(situation: Situation, outcome: Outcome) -> Iterator[Reason]:
    if outcome is Outcome.PASS and situation.state.reconsider:
        yield broken(
            "G13",
            "Prognosen, eller driftkonsekvensen, överstiger det beslutade med mer än toleransen, "
            "eller kan inte räknas eftersom internränta saknas; ett ändringsbeslut behövs först.",
            "The forecast, or the operating consequence, exceeds what was decided by more than the "
            "tolerance, or can't be calculated since an internal rate is missing; an amendment is "
            "needed first.",
        )


def superseding(
    template: Template,
    decisions: Iterable[Decision],
    supersedes: int,
    latest: Decision | None,
    gate: str,
) -> tuple[Reason, ...]:
    """What stands in the way of superseding a decision: only the latest, at its own gate (G10)."""
    if supersedes not in {decision.id for decision in decisions}:
        return (
            broken(
                "G10",
                f"Investeringen har inget beslut {supersedes}.",
                f"The investment has no decision {supersedes}.",
            ),
        )
    if latest is None or latest.id != supersedes:
        current = latest.id if latest else None
        return (
            broken(
                "G10",
                f"Bara det senaste gällande beslutet, {current}, kan ersättas.",
                f"Only the latest decision in force, {current}, can be superseded.",
            ),
        )
    if latest.gate != gate:
        name = gate_called(template, latest.gate)
        return (
            broken(
                "G10",
                f"Beslutet {supersedes} gäller grinden {name.sv}; det nya ska göra det också.",
                f"Decision {supersedes} is for the gate {name.en}; the new one must be too.",
                "/gate",
            ),
        )
    return ()

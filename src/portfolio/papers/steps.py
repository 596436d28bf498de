"""The five steps of a round as a paper shows them, with benefits, goals and partners."""

from collections.abc import Mapping, Sequence
from typing import Any

from portfolio.gates import wording
from portfolio.gates.assessing import weak_steps
from portfolio.gates.decisions import parse_total
from portfolio.gates.models import Assessment
from portfolio.gates.rules import Step
from portfolio.gates.standing import Standing
from portfolio.gates.wording import gate_called, word
from portfolio.language import Language
from portfolio.papers.glyphs import isolated, shortened
from portfolio.papers.wording import kronor, listed, more

REASONING, EVIDENCE = 1500, 12
MOST = 20
GOAL_SIGNS = {1: "+", 0: "0", -1: "–"}
# Told apart by their signs too, in black and white and by those who hear them.
SIGNS = {"positive": "+", "neutral": "○", "negative": "–", "not_assessed": "?"}


def shown(round: Assessment, here: Standing | None, language: Language) -> dict[str, Any]:
    """The round, and said of it when it is no submitted one of the present gate."""
    content: Mapping[str, Any] = round.steps
    weak = set(weak_steps(content))
    benefits, market = content["benefits"], content["market"]
    perspectives = benefits["perspectives"] or {}
    return {
        "title": _title(round, here, language),
        "steps": [_step(step.value, content[step.value], weak, language) for step in Step],
        **_lists(benefits["benefits"] or (), market["partners"] or (), language),
        "perspectives": ", ".join(
            f"{word(wording.PERSPECTIVES, name, language)}: "
            f"{word(wording.VERDICTS, verdict, language).lower()}"
            for name, verdict in perspectives.items()
            if verdict
        ),
        "goals": listed(
            [
                f"{isolated(shortened(one['code'], 60))} ({GOAL_SIGNS[one['sign']]})"
                for one in content["strategy"]["goals"] or ()
            ],
            MOST,
            language,
        ),
    }


def _lists(
    benefits: Sequence[Mapping[str, Any]], partners: Sequence[Mapping[str, Any]], language: Language
) -> dict[str, Any]:
    return {
        "benefits": [_benefit(one, language) for one in benefits[:MOST]],
        "more_benefits": more(len(benefits) - MOST, language),
        "partners": [_partner(one, language) for one in partners[:MOST]],
        "more_partners": more(len(partners) - MOST, language),
    }


def _title(round: Assessment, here: Standing | None, language: Language) -> str:
    gate = gate_called(here.template, round.gate).in_language(language) if here else round.gate
    # After a rework the investment may be at a gate again, with a round of its former visit.
    current = here.state.round if here else None
    is_again = here is not None and here.state.gate == round.gate
    if round.status == "draft":
        sv, en = "utkast, inte inlämnad", "a draft, not submitted"
    elif current is not None and current.id == round.id:
        sv, en = "inlämnad", "submitted"
    elif is_again:
        sv, en = "från ett tidigare besök vid grinden", "from an earlier visit to the gate"
    else:
        sv, en = "från en tidigare grind", "from an earlier gate"
    gate = isolated(gate)
    return (
        f"Bedömning {round.round}, {gate}: {sv}"
        if language == "sv"
        else f"Assessment {round.round}, {gate}: {en}"
    )


def _step(
    name: str, content: Mapping[str, Any], weak: set[str], language: Language
) -> dict[str, Any]:
    verdict = content["verdict"] or "not_assessed"
    evidence = [isolated(shortened(str(one), 120)) for one in content["evidence"] or ()]
    return {
        "name": word(wording.STEPS, name, language),
        "verdict": word(wording.VERDICTS, verdict, language),
        "sign": SIGNS[verdict],
        "is_weak": name in weak or content["verdict"] is None,
        "confidence": word(wording.CONFIDENCES, content["confidence"], language),
        "reasoning": shortened(content["reasoning"] or "–", REASONING),
        "evidence": listed(evidence, EVIDENCE, language),
    }


def _benefit(one: Mapping[str, Any], language: Language) -> dict[str, str]:
    return {
        "name": one["name"],
        "beneficiaries": one.get("beneficiaries") or "–",
        "perspective": word(wording.PERSPECTIVES, one.get("perspective"), language) or "–",
    }


def _partner(one: Mapping[str, Any], language: Language) -> dict[str, str]:
    amount = one.get("amount")
    return {
        "name": one["name"],
        "commitment": word(wording.COMMITMENTS, one.get("commitment"), language),
        "amount": "–" if amount is None else kronor(parse_total(amount)),
    }

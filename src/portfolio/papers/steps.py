"""The five steps of a round as a paper shows them, with benefits, goals and partners."""

from collections.abc import Mapping
from typing import Any

from portfolio.gates.assessing import weak_steps
from portfolio.gates.decisions import parse_total
from portfolio.gates.models import Assessment
from portfolio.gates.rules import Step
from portfolio.gates.standing import Standing
from portfolio.language import Language
from portfolio.papers import wording
from portfolio.papers.glyphs import shortened
from portfolio.papers.wording import kronor, word

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
        "perspectives": ", ".join(
            f"{word(wording.PERSPECTIVES, name, language)}: "
            f"{word(wording.VERDICTS, verdict, language).lower()}"
            for name, verdict in perspectives.items()
            if verdict
        ),
        "benefits": [_benefit(one, language) for one in (benefits["benefits"] or ())[:MOST]],
        "partners": [_partner(one, language) for one in (market["partners"] or ())[:MOST]],
        "goals": ", ".join(
            f"{shortened(one['code'], 60)} ({GOAL_SIGNS[one['sign']]})"
            for one in (content["strategy"]["goals"] or ())[:MOST]
        ),
    }


def _title(round: Assessment, here: Standing | None, language: Language) -> str:
    gate = word(wording.GATES, round.gate, language)
    is_present = here is not None and here.state.gate == round.gate
    if round.status == "draft":
        sv, en = "utkast, inte inlämnad", "a draft, not submitted"
    elif round.submitted_at is not None and is_present:
        sv, en = "inlämnad", "submitted"
    else:
        sv, en = "från en tidigare grind", "from an earlier gate"
    is_swedish = language == "sv"
    return (
        f"Bedömning {round.round}, {gate}: {sv}"
        if is_swedish
        else f"Assessment {round.round}, {gate}: {en}"
    )


def _step(
    name: str, content: Mapping[str, Any], weak: set[str], language: Language
) -> dict[str, Any]:
    verdict = content["verdict"] or "not_assessed"
    evidence = [shortened(str(one), 120) for one in content["evidence"] or ()]
    return {
        "name": word(wording.STEPS, name, language),
        "verdict": word(wording.VERDICTS, verdict, language),
        "sign": SIGNS[verdict],
        "is_weak": name in weak or content["verdict"] is None,
        "confidence": word(wording.CONFIDENCES, content["confidence"], language),
        "reasoning": shortened(content["reasoning"] or "–", REASONING),
        "evidence": ", ".join(evidence[:EVIDENCE]),
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

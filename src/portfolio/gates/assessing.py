"""The five steps of a round: merging changes, and what a complete round has (G2). Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from portfolio.errors import Reason
from portfolio.gates.rules import WEAK, Step, Verdict
from portfolio.gates.wording import FIELDS, STEPS
from portfolio.language import Text

PERSPECTIVES = ("environmental", "social", "economic")
PLAN_FIELDS = ("accountable", "next_gate_on", "follow_up", "tolerance_percent")

_COMMON: Mapping[str, Any] = {"verdict": None, "reasoning": None, "confidence": None}


def empty_steps() -> dict[str, Any]:
    """A round in which nothing is written yet, with every field of the contract."""
    steps: dict[str, Any] = {step.value: {**_COMMON, "evidence": []} for step in Step}
    steps["strategy"]["goals"] = []
    steps["benefits"]["perspectives"] = dict.fromkeys(PERSPECTIVES)
    steps["benefits"]["benefits"] = []
    steps["market"]["partners"] = []
    steps["governance"]["plan"] = {
        **dict.fromkeys(PLAN_FIELDS),
        "requested_amount": None,
    }
    return steps


def merged(former: Any, changes: Any) -> Any:
    """`former` with what `changes` says: objects field by field, lists and values whole."""
    if isinstance(former, dict) and isinstance(changes, Mapping):
        result = dict(former)
        for name, value in changes.items():
            result[name] = merged(former.get(name), value)
        return result
    return changes


def weak_steps(steps: Mapping[str, Any]) -> list[str]:
    """The steps that are negative or not assessed, in their order (G5)."""
    return [step.value for step in Step if steps[step.value]["verdict"] in WEAK]


def verdicts(steps: Mapping[str, Any]) -> dict[Step, Verdict]:
    return {step: Verdict(steps[step.value]["verdict"]) for step in Step}


def has_plan(steps: Mapping[str, Any]) -> bool:
    plan = steps["governance"]["plan"] or {}
    return not any(_is_empty(plan.get(name)) for name in PLAN_FIELDS)


def _is_empty(value: Any) -> bool:
    return value is None or not str(value).strip()


def missing(steps: Mapping[str, Any], *, at_last_gate: bool) -> tuple[Reason, ...]:
    """What a round lacks to be complete, all of it, in the order of the steps.

    Args:
        steps: All five, with every field; a field that is not filled in is null.
        at_last_gate: There no plan is needed: there is no next gate (G7).
    """
    return tuple(_missing(steps, at_last_gate))


def _missing(steps: Mapping[str, Any], at_last_gate: bool) -> Iterator[Reason]:
    for step in Step:
        content = steps[step.value]
        for name in _COMMON:
            if _is_empty(content[name]):
                yield _lacks(f"/steps/{step}/{name}")
        if step is Step.BENEFITS:
            yield from _benefits(content)
        if step is Step.GOVERNANCE and not at_last_gate:
            yield from _plan(content["plan"] or {})


def _benefits(content: Mapping[str, Any]) -> Iterator[Reason]:
    perspectives = content["perspectives"] or {}
    for name in PERSPECTIVES:
        if perspectives.get(name) is None:
            yield _lacks(f"/steps/benefits/perspectives/{name}")
    named = [b for b in content["benefits"] or () if (b.get("beneficiaries") or "").strip()]
    # A step and its perspectives need not agree; whichever says positive must name a benefit.
    if Verdict.POSITIVE in (content["verdict"], *perspectives.values()) and not named:
        yield Reason(
            "G2",
            Text(
                "Nytta: en positiv bedömning behöver minst en nytta med en målgrupp; lägg till en.",
                "Benefits: a positive verdict needs at least one benefit with a beneficiary group; "
                "add one.",
            ),
            "/steps/benefits/benefits",
        )


def _plan(plan: Mapping[str, Any]) -> Iterator[Reason]:
    for name in PLAN_FIELDS:
        if _is_empty(plan.get(name)):
            yield _lacks(f"/steps/governance/plan/{name}")


def _lacks(pointer: str) -> Reason:
    _, _, name, *_, last = pointer.split("/")
    step, field = STEPS[name], FIELDS[last]
    return Reason(
        "G2",
        Text(
            f"{step.sv}: {field.sv} saknas; fyll i det.",
            f"{step.en}: {field.en} is missing; fill it in.",
        ),
        pointer,
    )

"""What a complete round has (G2), and how changes are merged into a draft."""

from copy import deepcopy
from typing import Any

import pytest

from portfolio.gates.assessing import (
    empty_steps,
    has_plan,
    merged,
    missing,
    verdicts,
    weak_steps,
)
from portfolio.gates.rules import Step, Verdict
from tests.scenario import STEPS


def complete() -> Any:
    return merged(empty_steps(), deepcopy(STEPS))


def lacking(steps: Any, *, last: bool = False) -> list[str]:
    found = missing(steps, at_last_gate=last)
    assert {reason.rule for reason in found} <= {"G2"}
    assert not any("/" in reason.detail.sv + reason.detail.en for reason in found)
    return [reason.pointer for reason in found]


def test_g2_goals_partners_and_evidence_may_be_empty():
    assert lacking(complete()) == []
    assert complete()["strategy"]["goals"] == complete()["market"]["partners"] == []


def test_g2_an_empty_round_lacks_everything_at_once():
    common = [f"/steps/{s}/{n}" for s in Step for n in ("verdict", "reasoning", "confidence")]
    perspectives = [
        f"/steps/benefits/perspectives/{name}" for name in ("environmental", "social", "economic")
    ]
    fields = ("accountable", "next_gate_on", "follow_up", "tolerance_percent")
    plan = [f"/steps/governance/plan/{name}" for name in fields]

    assert sorted(lacking(empty_steps())) == sorted([*common, *perspectives, *plan])
    assert sorted(lacking(empty_steps(), last=True)) == sorted([*common, *perspectives])


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("name", ["verdict", "reasoning", "confidence"])
@pytest.mark.parametrize("value", [None, " \n"])
def test_g2_each_step_has_a_verdict_a_reasoning_and_a_confidence(
    step: Step, name: str, value: str | None
):
    steps = complete()
    steps[step.value][name] = value

    assert lacking(steps) == [f"/steps/{step}/{name}"]


@pytest.mark.parametrize("perspective", ["environmental", "social", "economic"])
def test_g2_each_perspective_has_a_verdict(perspective: str):
    steps = complete()
    steps["benefits"]["perspectives"][perspective] = None

    assert lacking(steps) == [f"/steps/benefits/perspectives/{perspective}"]


@pytest.mark.parametrize(
    "benefits", [[], [{"name": "Trygghet", "beneficiaries": ""}], [{"name": "Trygghet"}], None]
)
def test_g2_a_positive_verdict_needs_a_benefit_with_a_group(benefits: Any):
    steps = complete()
    steps["benefits"]["benefits"] = benefits

    assert lacking(steps) == ["/steps/benefits/benefits"]


def test_g2_a_positive_perspective_needs_one_too_and_need_not_agree_with_its_step():
    steps = complete()
    steps["benefits"] |= {"verdict": "negative", "benefits": []}

    assert lacking(steps) == ["/steps/benefits/benefits"]
    steps["benefits"]["perspectives"]["social"] = "neutral"
    assert lacking(steps) == []


@pytest.mark.parametrize("name", ["accountable", "next_gate_on", "follow_up", "tolerance_percent"])
def test_g7_the_plan_is_whole_or_there_is_none(name: str):
    steps = complete()
    steps["governance"]["plan"][name] = "  " if name == "accountable" else None

    assert lacking(steps) == [f"/steps/governance/plan/{name}"]
    assert not has_plan(steps)
    assert lacking(steps, last=True) == []


def test_g7_a_tolerance_of_nothing_is_one():
    steps = complete()
    steps["governance"]["plan"]["tolerance_percent"] = 0

    assert has_plan(steps)
    assert lacking(steps) == []


def test_g7_a_plan_that_was_taken_away_is_missing():
    steps = merged(complete(), {"governance": {"plan": None}, "benefits": {"perspectives": None}})

    assert not has_plan(steps)
    assert len(lacking(steps)) == 7


def test_g3_a_change_merges_objects_and_replaces_lists():
    changed = merged(
        complete(),
        {"benefits": {"perspectives": {"social": "negative"}, "benefits": [{"name": "Ro"}]}},
    )

    assert changed["benefits"]["perspectives"] == {
        "environmental": "neutral",
        "social": "negative",
        "economic": "neutral",
    }
    assert changed["benefits"]["benefits"] == [{"name": "Ro"}]
    assert changed["benefits"]["reasoning"] == STEPS["benefits"]["reasoning"]


def test_g3_merging_leaves_the_former_round_alone():
    former = complete()

    merged(former, {"economy": {"verdict": "negative"}})

    assert former == complete()


def test_g5_negative_and_not_assessed_steps_are_weak():
    steps = merged(
        complete(), {"economy": {"verdict": "not_assessed"}, "strategy": {"verdict": "negative"}}
    )

    assert weak_steps(steps) == ["strategy", "economy"]


def test_the_verdicts_of_a_round_are_read_step_by_step():
    steps = complete()
    for step, verdict in zip(Step, [*Verdict, Verdict.NEUTRAL], strict=True):
        steps[step.value]["verdict"] = verdict.value

    assert verdicts(steps) == dict(zip(Step, [*Verdict, Verdict.NEUTRAL], strict=True))

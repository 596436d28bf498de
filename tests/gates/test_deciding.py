"""Whether a decision may be registered: rule by rule, without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.gates.deciding import readiness, reasons_against, superseding
from portfolio.gates.rules import Decision, Money, Outcome, Step, Verdict
from portfolio.gates.situations import Outweighing
from tests.gates.situations import (
    FINE,
    GATES,
    JUNE,
    MILLION,
    SCHOOLS,
    STANDARD,
    at,
    proposed,
    rules,
)


@pytest.mark.parametrize("gate", GATES[:5])
def test_g5_a_round_without_weak_steps_needs_no_more(gate: str):
    assert rules(at(gate), proposed(gate)) == []


def test_g1_only_the_present_gate_is_decided():
    (reason,) = reasons_against(at("study"), proposed("direction"))

    assert reason.rule == "G1"
    assert "at the gate study, not at direction;" in reason.detail.en.lower()


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.AMEND])
def test_g4_a_pass_and_an_amendment_need_a_submitted_round(outcome: Outcome):
    assert "G4" in rules(at("study", round=None), proposed("study", outcome))


def test_g4_hold_rework_stop_and_skip_need_no_round():
    hold = proposed("study", Outcome.HOLD, review_on=date(2027, 1, 1))
    rework = proposed("study", Outcome.REWORK, return_to="need")
    skip = proposed("need", Outcome.SKIP, to_gate="handover")

    assert rules(at("study", round=None), hold) == []
    assert rules(at("study", round=None), rework) == []
    assert rules(at("study", round=None), proposed("study", Outcome.STOP)) == []
    assert rules(at("need", round=None), skip) == []


@pytest.mark.parametrize(("days", "found"), [(0, []), (1, ["G4"])])
def test_g4_today_is_not_in_the_future(days: int, found: list[str]):
    on = date(2026, 11, 22) + timedelta(days=days)

    assert rules(at("need"), proposed("need", decided_on=on)) == found


@pytest.mark.parametrize(("days", "found"), [(0, []), (-1, ["G4"])])
def test_g4_the_day_of_the_last_decision_is_not_before_it(days: int, found: list[str]):
    on = JUNE + timedelta(days=days)

    assert rules(at("study", recommended_on=None), proposed("study", decided_on=on)) == found


@pytest.mark.parametrize(("days", "found"), [(0, []), (-1, ["G4"])])
def test_g4_the_day_of_the_recommendation_is_not_before_it(days: int, found: list[str]):
    on = JUNE + timedelta(days=days)

    assert rules(at("need"), proposed("need", decided_on=on)) == found


@pytest.mark.parametrize("weak", [Verdict.NEGATIVE, Verdict.NOT_ASSESSED])
def test_g5_a_weak_step_is_outweighed_by_a_positive_one(weak: Verdict):
    verdicts = {**FINE, Step.ECONOMY: weak, Step.BENEFITS: Verdict.POSITIVE}
    answer = (Outweighing("economy", ("benefits",)),)

    assert rules(at("need", verdicts=verdicts), proposed("need")) == ["G5"]
    assert rules(at("need", verdicts=verdicts), proposed("need", outweighings=answer)) == []


def test_g6_only_a_pass_is_asked_what_outweighs_and_only_before_the_last_gate():
    wrong = (Outweighing("market", ("benefits",)),)
    hold = proposed("need", Outcome.HOLD, review_on=date(2027, 1, 1), outweighings=wrong)
    last = proposed("benefits", outweighings=wrong, has_benefit_result=True)

    assert rules(at("need"), proposed("need", outweighings=wrong)) == ["G6"]
    assert rules(at("need"), hold) == []
    assert rules(at("benefits"), last) == []
    assert rules(at("need", round=None), proposed("need", outweighings=wrong)) == ["G4"]


def test_g5_every_weak_step_is_named():
    verdicts = {**dict.fromkeys(Step, Verdict.NEGATIVE), Step.BENEFITS: Verdict.POSITIVE}
    answer = (Outweighing("market", ("benefits",)),)

    found = rules(at("need", verdicts=verdicts), proposed("need", outweighings=answer))

    assert found == ["G5", "G5", "G5"]


def test_g5_a_positive_step_has_nothing_to_outweigh():
    verdicts = {**FINE, Step.MARKET: Verdict.POSITIVE, Step.BENEFITS: Verdict.POSITIVE}
    answer = (Outweighing("market", ("benefits",)),)

    assert rules(at("need", verdicts=verdicts), proposed("need", outweighings=answer)) == ["G5"]


@pytest.mark.parametrize("verdict", [Verdict.NEUTRAL, Verdict.NEGATIVE, Verdict.NOT_ASSESSED])
def test_g6_only_a_positive_step_outweighs(verdict: Verdict):
    verdicts = {**FINE, Step.ECONOMY: Verdict.NEGATIVE, Step.BENEFITS: Verdict.POSITIVE}
    verdicts[Step.MARKET] = verdict
    answers = [Outweighing("economy", ("benefits", "market"))]
    if verdict is not Verdict.NEUTRAL:
        answers.append(Outweighing("market", ("benefits",)))

    found = rules(at("need", verdicts=verdicts), proposed("need", outweighings=tuple(answers)))

    assert found == ["G6"]


def test_g6_a_step_does_not_outweigh_itself():
    verdicts = {**FINE, Step.ECONOMY: Verdict.NEGATIVE, Step.BENEFITS: Verdict.POSITIVE}
    answer = (Outweighing("economy", ("economy",)),)

    assert rules(at("need", verdicts=verdicts), proposed("need", outweighings=answer)) == ["G6"]


def test_g6_where_nothing_is_positive_nothing_outweighs():
    verdicts = {**FINE, Step.ECONOMY: Verdict.NEGATIVE}

    assert rules(at("need", verdicts=verdicts), proposed("need")) == ["G6"]


def test_g7_a_pass_needs_a_plan_but_not_at_the_last_gate():
    last = proposed("benefits", has_benefit_result=True)

    assert rules(at("need", has_plan=False), proposed("need")) == ["G7"]
    assert rules(at("benefits", has_plan=False), last) == []


def test_g7_at_the_last_gate_weak_steps_are_known_not_hidden():
    verdicts = dict.fromkeys(Step, Verdict.NEGATIVE)
    situation = at("benefits", verdicts=verdicts)

    assert rules(situation, proposed("benefits", has_benefit_result=True)) == []
    assert rules(situation, proposed("benefits")) == ["G7"]


def test_g7_a_benefit_result_belongs_to_the_last_pass():
    stop = proposed("benefits", Outcome.STOP, has_benefit_result=True)

    assert rules(at("need"), proposed("need", has_benefit_result=True)) == ["G7"]
    assert rules(at("benefits"), stop) == ["G7"]


@pytest.mark.parametrize(("days", "found"), [(0, ["G8"]), (-1, ["G8"]), (1, [])])
def test_g8_the_review_comes_after_the_decision(days: int, found: list[str]):
    hold = proposed("need", Outcome.HOLD, review_on=JUNE + timedelta(days=days))

    assert rules(at("need"), hold) == found


@pytest.mark.parametrize("target", ["study", "direction", "nowhere"])
def test_g9_a_rework_goes_to_an_earlier_gate(target: str):
    rework = proposed("study", Outcome.REWORK, return_to=target)

    assert rules(at("study"), rework) == ["G9"]


def test_g9_from_the_first_gate_there_is_none_to_go_back_to():
    situation = at("need")

    assert "G9" in rules(situation, proposed("need", Outcome.REWORK, return_to="need"))
    assert [reason.rule for reason in readiness(situation, Outcome.REWORK)] == ["G9"]


@pytest.mark.parametrize("target", ["need", "study", "nowhere"])
def test_g1_a_skip_goes_to_a_later_gate(target: str):
    skipped = Decision(1, "need", Outcome.SKIP, JUNE, to_gate="study")
    situation = at("need", decisions=[skipped])

    assert rules(situation, proposed("study", Outcome.SKIP, to_gate=target)) == ["G1"]
    assert rules(situation, proposed("study", Outcome.SKIP, to_gate="handover")) == []


def test_g1_nothing_is_skipped_after_a_decision_of_the_tool():
    skip = proposed("study", Outcome.SKIP, to_gate="handover")

    assert rules(at("study"), skip) == ["G1"]


def test_g1_from_the_last_gate_there_is_none_to_skip_to():
    skipped = Decision(1, "need", Outcome.SKIP, JUNE, to_gate="benefits")
    situation = at("need", decisions=[skipped])

    found = rules(situation, proposed("benefits", Outcome.SKIP, to_gate="benefits"))

    assert found == ["G1"]
    assert [reason.rule for reason in readiness(situation, Outcome.SKIP)] == ["G1"]


def test_s1_a_skip_may_be_of_any_body_of_that_time():
    skip = proposed("need", Outcome.SKIP, to_gate="handover", body=SCHOOLS)

    assert rules(at("need"), skip) == []


@pytest.mark.parametrize(("released", "found"), [(MILLION, []), (MILLION + 1, ["G11"])])
def test_g11_all_of_what_is_decided_may_be_released(released: int, found: list[str]):
    assert rules(at("need"), proposed("need", released=released)) == found


def test_g11_counts_what_was_released_before():
    earlier = Decision(9, "study", Outcome.AMEND, JUNE, released=MILLION, decides_lines=True)
    situation = at("study", decisions=[earlier])

    assert rules(situation, proposed("study")) == []
    assert rules(situation, proposed("study", released=1)) == ["G11"]


def test_g11_a_round_of_less_than_is_released_is_refused_and_readiness_says_so():
    earlier = Decision(9, "study", Outcome.AMEND, JUNE, released=MILLION, decides_lines=True)
    situation = at("study", decisions=[earlier], net=MILLION - 1)

    assert rules(situation, proposed("study")) == ["G11"]
    assert [reason.rule for reason in readiness(situation, Outcome.PASS)] == ["G11"]


def test_g11_a_net_income_releases_nothing():
    situation = at("need", net=-5)

    assert rules(situation, proposed("need")) == []
    assert rules(situation, proposed("need", released=1)) == ["G11"]


OVER = Money(forecast=1_200, decided=1_000)


def test_g13_a_pass_waits_for_an_amendment():
    situation = at("handover", money=OVER)

    assert rules(situation, proposed("handover")) == ["G13"]
    assert rules(situation, proposed("handover", Outcome.AMEND)) == []


def test_g13_an_amendment_needs_a_new_round():
    used = Decision(9, "handover", Outcome.AMEND, JUNE, assessment_id=1, decides_lines=True)

    found = rules(at("handover", decisions=[used]), proposed("handover", Outcome.AMEND))

    assert found == ["G13"]


def test_g13_there_is_nothing_to_amend_before_something_is_decided():
    assert rules(at("need"), proposed("need", Outcome.AMEND)) == ["G13"]


def test_g13_an_investment_that_came_without_decided_lines_gets_out_by_an_amendment():
    skipped = Decision(1, "need", Outcome.SKIP, JUNE, to_gate="handover")
    situation = at("need", decisions=[skipped], money=Money(forecast=500))

    assert situation.state.reconsider
    assert rules(situation, proposed("handover")) == ["G13"]
    assert rules(situation, proposed("handover", Outcome.AMEND)) == []


def test_g14_all_reasons_come_at_once_in_the_order_of_the_rules():
    verdicts = {**FINE, Step.ECONOMY: Verdict.NEGATIVE}
    situation = at("handover", verdicts=verdicts, has_plan=False, recommended_on=None, money=OVER)
    proposal = proposed(
        "study",
        body=SCHOOLS,
        decided_on=date(2027, 1, 1),
        released=2 * MILLION,
        has_benefit_result=True,
    )

    found = rules(situation, proposal)

    assert found == ["G1", "G4", "G6", "G7", "G7", "G11", "S2", "S2", "G13"]
    assert all(
        reason.detail.sv and reason.detail.en for reason in reasons_against(situation, proposal)
    )


def test_g14_readiness_names_weak_steps_and_what_is_missing():
    verdicts = {**FINE, Step.ECONOMY: Verdict.NEGATIVE, Step.BENEFITS: Verdict.POSITIVE}
    situation = at("implementation", verdicts=verdicts, recommended_on=None)

    assert [reason.rule for reason in readiness(situation, Outcome.PASS)] == ["G5", "S2"]
    assert readiness(situation, Outcome.HOLD) == ()
    assert readiness(situation, Outcome.STOP) == ()


def test_g14_readiness_names_a_missing_plan_and_a_forecast_that_is_too_high():
    dearer = Money(forecast=120, decided=100)
    situation = at("handover", has_plan=False, money=dearer)

    assert [reason.rule for reason in readiness(situation, Outcome.PASS)] == ["G7", "G13"]
    assert readiness(situation, Outcome.AMEND) == ()


@given(st.dictionaries(st.sampled_from(list(Step)), st.sampled_from(list(Verdict))))
def test_g5_g6_a_pass_can_be_outweighed_exactly_when_something_is_positive(
    chosen: dict[Step, Verdict],
):
    verdicts = {**FINE, **chosen}
    weak = [step for step in Step if verdicts[step] in (Verdict.NEGATIVE, Verdict.NOT_ASSESSED)]
    strong = tuple(step.value for step in Step if verdicts[step] is Verdict.POSITIVE)
    best = tuple(Outweighing(step.value, strong) for step in weak)

    found = rules(at("need", verdicts=verdicts), proposed("need", outweighings=best))

    assert (found == []) == (not weak or bool(strong))
    assert set(found) <= {"G6"}


def test_g10_only_the_latest_decision_is_superseded_and_at_its_own_gate():
    first, second = (
        Decision(1, "need", Outcome.PASS, JUNE),
        Decision(2, "study", Outcome.PASS, JUNE),
    )

    def found(id: int, gate: str) -> list[str]:
        return [reason.rule for reason in superseding(STANDARD, [first, second], id, second, gate)]

    assert found(2, "study") == []
    assert found(2, "direction") == ["G10"]
    assert found(1, "need") == ["G10"]
    assert found(3, "study") == ["G10"]

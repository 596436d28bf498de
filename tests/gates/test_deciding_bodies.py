"""Which body may decide what: S1, S2 and G12, without a database."""

from dataclasses import replace
from datetime import date

import pytest

from portfolio.gates.rules import Outcome
from portfolio.gates.situations import Deciding
from portfolio.organisation.rules import DecisionLevel, Level
from portfolio.programs.rules import Steering
from tests.gates.situations import (
    BOARD,
    COUNCIL,
    DIRECTOR,
    GATES,
    LEVELS,
    MILLION,
    SCHOOLS,
    STREETS,
    at,
    proposed,
    rules,
)


@pytest.mark.parametrize(
    ("gross", "body", "found"),
    [
        (15 * MILLION, STREETS, []),
        (15 * MILLION + 1, STREETS, ["G12"]),
        (15 * MILLION + 1, BOARD, []),
        (50 * MILLION, BOARD, []),
        (50 * MILLION + 1, BOARD, ["G12", "S2"]),
        (50 * MILLION + 1, COUNCIL, []),
    ],
)
def test_g12_exactly_the_amount_is_not_above_it(gross: int, body: Deciding, found: list[str]):
    situation = at("implementation", gross=gross)

    assert rules(situation, proposed("implementation", body=body)) == found


@pytest.mark.parametrize("body", [STREETS, BOARD, DIRECTOR])
def test_g12_a_lower_body_decides_by_delegation(body: Deciding):
    situation = at("implementation", gross=60 * MILLION)

    assert rules(situation, proposed("implementation", body=body, has_delegation=True)) == []


def test_g12_asks_nothing_of_a_decision_on_no_round():
    situation = at("implementation", gross=90 * MILLION)
    hold = proposed("implementation", Outcome.HOLD, review_on=date(2027, 1, 1))

    assert rules(situation, hold) == []


@pytest.mark.parametrize(("gross", "found"), [(15 * MILLION, ["S2"]), (15 * MILLION + 1, [])])
def test_g12_outranks_s2_whatever_the_outcome(gross: int, found: list[str]):
    stop = proposed("implementation", Outcome.STOP, body=BOARD)

    assert rules(at("implementation", gross=gross), stop) == found


def test_g12_the_rule_of_the_day_of_the_decision_counts():
    stricter = DecisionLevel(date(2026, 7, 1), MILLION, Level.COUNCIL)
    situation = replace(at("need", gross=2 * MILLION), levels=(*LEVELS, stricter))

    assert rules(situation, proposed("need", decided_on=date(2026, 6, 30))) == []
    assert rules(situation, proposed("need", decided_on=date(2026, 7, 1))) == ["G12"]


@pytest.mark.parametrize("steering", Steering)
@pytest.mark.parametrize("gate", GATES[:3])
def test_s1_before_realisation_the_deciding_body_or_a_higher_one_decides(
    gate: str, steering: Steering
):
    situation = at(gate, steering=steering)

    assert rules(situation, proposed(gate, body=BOARD)) == []
    assert rules(situation, proposed(gate, body=COUNCIL)) == []
    assert rules(situation, proposed(gate, body=STREETS)) == ["S1"]
    assert rules(situation, proposed(gate, body=STREETS, has_delegation=True)) == []


def test_s1_another_body_of_the_same_level_is_not_the_deciding_one():
    situation = at("need", deciding_body=STREETS)

    assert rules(situation, proposed("need", body=SCHOOLS)) == ["S1"]
    # Nobody delegates to their equals.
    assert rules(situation, proposed("need", body=SCHOOLS, has_delegation=True)) == ["S1"]
    assert rules(situation, proposed("need", body=STREETS)) == []
    assert rules(situation, proposed("need", body=BOARD)) == []


@pytest.mark.parametrize("gate", GATES[3:5])
def test_s2_under_partial_steering_the_departments_committee_decides(gate: str):
    situation = at(gate)

    assert rules(situation, proposed(gate, body=STREETS)) == []
    assert rules(situation, proposed(gate, body=SCHOOLS)) == ["S2"]
    assert rules(situation, proposed(gate, body=BOARD)) == ["S2"]
    assert rules(situation, proposed(gate, body=DIRECTOR)) == ["S2"]
    assert rules(situation, proposed(gate, body=DIRECTOR, has_delegation=True)) == []


@pytest.mark.parametrize(
    ("gross", "has_delegation", "found"),
    [(MILLION, False, ["S2"]), (15 * MILLION + 1, True, ["S2"])],
)
def test_s2_another_committee_never_decides_for_the_departments_own(
    gross: int, has_delegation: bool, found: list[str]
):
    committees_own = DecisionLevel(date(1900, 1, 1), 0, Level.COMMITTEE)
    situation = at("implementation", gross=gross)
    situation = replace(situation, levels=(committees_own, *LEVELS))
    other = proposed("implementation", body=SCHOOLS, has_delegation=has_delegation)

    assert rules(situation, other) == found


@pytest.mark.parametrize("gate", GATES[3:5])
def test_s2_under_full_steering_the_programs_body_decides_without_recommendation(gate: str):
    situation = at(gate, steering=Steering.FULL, recommended_on=None)

    assert rules(situation, proposed(gate, body=BOARD)) == []
    assert rules(situation, proposed(gate, body=STREETS)) == ["S2"]


def test_s2_a_committees_pass_needs_a_recommendation_and_other_outcomes_do_not():
    situation = at("implementation", recommended_on=None)
    hold = proposed("implementation", Outcome.HOLD, review_on=date(2027, 1, 1))

    assert rules(situation, proposed("implementation")) == ["S2"]
    assert rules(situation, hold) == []
    assert rules(at("need", recommended_on=None), proposed("need")) == []

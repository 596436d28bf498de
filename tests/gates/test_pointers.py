"""Where in a decision each refusal points, so that a form can show it at its field."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portfolio.gates.assessing import empty_steps
from portfolio.gates.deciding import readiness, reasons_against, superseding
from portfolio.gates.rules import (
    Decision,
    Money,
    Outcome,
    Round,
    State,
    Step,
    Verdict,
    derive,
    outgrown,
)
from portfolio.gates.situations import Frozen, Outweighing, Situation
from portfolio.programs.rules import Gate, Template
from tests.gates.situations import BOARD, FINE, GATES, JUNE, MILLION, STANDARD, at, proposed

LATE, EARLY = date(2026, 11, 23), date(2026, 6, 9)
WEAK = {**FINE, Step.ECONOMY: Verdict.NEGATIVE, Step.BENEFITS: Verdict.POSITIVE}


def pointed(situation: Situation, outcome: Outcome = Outcome.PASS, **fields: Any) -> list[Any]:
    gate = fields.pop("gate", situation.state.gate)
    found = reasons_against(situation, proposed(gate, outcome, **fields))
    return [(reason.rule, reason.pointer) for reason in found]


@pytest.mark.parametrize(
    ("situation", "outcome", "fields", "expected"),
    [
        (at("study"), Outcome.STOP, {"gate": "need"}, ("G1", "/gate")),
        (at("need"), Outcome.PASS, {"decided_on": LATE}, ("G4", "/decided_on")),
        (at("need"), Outcome.PASS, {"decided_on": EARLY}, ("G4", "/decided_on")),
        (
            at("study", recommended_on=None),
            Outcome.PASS,
            {"decided_on": EARLY},
            ("G4", "/decided_on"),
        ),
        (at("need", verdicts=WEAK), Outcome.PASS, {}, ("G5", "")),
        (
            at("need", verdicts=WEAK),
            Outcome.PASS,
            {"outweighings": (Outweighing("economy", ("market",)),)},
            ("G6", "/outweighings"),
        ),
        (
            at("need", verdicts=WEAK),
            Outcome.PASS,
            {"outweighings": (Outweighing("benefits", ("benefits",)),)},
            ("G5", "/outweighings"),
        ),
        (at("benefits"), Outcome.PASS, {}, ("G7", "/benefit_result")),
        (
            at("study"),
            Outcome.PASS,
            {"has_benefit_result": True},
            ("G7", "/benefit_result"),
        ),
        (at("study"), Outcome.HOLD, {"review_on": JUNE}, ("G8", "/review_on")),
        (at("study"), Outcome.REWORK, {"return_to": "handover"}, ("G9", "/return_to")),
        (at("study"), Outcome.REWORK, {"return_to": None}, ("G9", "/return_to")),
        (at("study"), Outcome.SKIP, {"to_gate": "need"}, ("G1", "/to_gate")),
        (at("study"), Outcome.SKIP, {"to_gate": None}, ("G1", "/to_gate")),
        (
            at("study"),
            Outcome.PASS,
            {"released": 2 * MILLION},
            ("G11", "/released_amount"),
        ),
    ],
)
def test_a_refusal_points_at_the_field_that_it_is_about(
    situation: Situation, outcome: Outcome, fields: dict[str, Any], expected: tuple[str, str]
):
    assert expected in pointed(situation, outcome, **fields)


def test_a_review_date_is_only_looked_at_in_a_hold():
    assert pointed(at("study"), Outcome.STOP, review_on=EARLY) == []


def test_g11_readiness_releases_nothing_and_points_nowhere():
    spent = at("study", net=-1, decisions=[released(1)])

    found = readiness(spent, Outcome.PASS)

    assert {(reason.rule, reason.pointer) for reason in found} == {("G11", "")}
    assert readiness(at("study", net=1, decisions=[released(1)]), Outcome.PASS) == ()


def released(amount: int) -> Decision:
    return Decision(50, "study", Outcome.AMEND, JUNE, released=amount)


@pytest.mark.parametrize("outcome", [Outcome.HOLD, Outcome.STOP])
def test_g14_readiness_for_what_needs_no_round_asks_for_none(outcome: Outcome):
    bare = at("study", round=None)

    assert readiness(bare, outcome) == ()
    assert readiness(bare, Outcome.PASS) != ()


# The round that whoever decides has seen (G4)


def with_round(number: int) -> Situation:
    situation = at("study")
    assert situation.round is not None
    return replace(situation, round=replace(situation.round, number=number))


def test_g4_a_decision_on_the_newest_round_is_taken():
    assert pointed(with_round(2), round=2) == []
    assert pointed(with_round(2), round=None) == []


def test_g4_a_decision_on_a_round_that_is_not_the_newest_is_refused_and_names_the_newest():
    (reason,) = reasons_against(with_round(2), proposed("study", round=1))

    assert (reason.rule, reason.pointer) == ("G4", "/round")
    assert "2" in reason.detail.sv
    assert "2" in reason.detail.en


def test_g4_only_what_needs_a_round_may_name_one():
    assert ("G4", "/round") in pointed(with_round(2), Outcome.STOP, round=2)
    assert pointed(with_round(2), Outcome.STOP, round=None) == []


# What is superseded (G10)

HELD = Decision(4, "need", Outcome.HOLD, JUNE)


def test_g10_a_decision_that_is_superseded_already_can_not_be_so_again():
    (reason,) = superseding(STANDARD, [HELD], 4, None, "need")

    assert reason.rule == "G10"
    assert "None" in reason.detail.en


def test_g10_where_nothing_is_decided_nothing_is_superseded():
    (reason,) = superseding(STANDARD, [], 4, None, "need")

    assert reason.rule == "G10"


def test_g10_another_decision_than_the_latest_is_not_superseded_and_the_latest_is_named():
    latest = Decision(7, "need", Outcome.HOLD, JUNE)
    (reason,) = superseding(STANDARD, [HELD, latest], 4, latest, "need")

    assert reason.rule == "G10"
    assert "7" in reason.detail.sv
    assert "7" in reason.detail.en


def test_g10_the_new_decision_is_for_the_gate_of_the_old_one():
    latest = Decision(7, "study", Outcome.HOLD, JUNE)
    (reason,) = superseding(STANDARD, [latest], 7, latest, "need")

    assert (reason.rule, reason.pointer) == ("G10", "/gate")
    assert "study" in reason.detail.sv
    assert superseding(STANDARD, [latest], 7, latest, "study") == ()


# Weak steps


def test_g5_what_is_no_pass_needs_no_outweighing():
    weak = at("study", verdicts=WEAK)

    assert ("G5", "/outweighings") not in pointed(weak, Outcome.STOP)


def test_g7_at_the_last_gate_weak_steps_are_known_and_not_outweighed():
    weak = at("benefits", verdicts=WEAK)

    assert pointed(weak, has_benefit_result=True) == []


# What a stop leaves in operation, and what is only sunk


def stopped_at(gate: str, template: Template = STANDARD) -> State:
    codes = [one.code for one in template.gates]
    passed = [
        Decision(n, code, Outcome.PASS, JUNE, decides_lines=True)
        for n, code in enumerate(codes[: codes.index(gate)], start=1)
    ]
    stop = Decision(99, gate, Outcome.STOP, JUNE)
    return derive(template, [*passed, stop], [Round(1, 1, codes[0], None, True)], Money())


@pytest.mark.parametrize("gate", GATES)
def test_g9_what_is_stopped_up_to_the_handover_is_sunk(gate: str):
    assert stopped_at(gate).sunk is (gate != "benefits")


def test_g9_where_no_gate_is_the_handover_it_is_the_last_but_one():
    codes = ("implementation", "benefits")
    short = Template("micro", 1, tuple(Gate(one, one, "", one, one == codes[0]) for one in codes))

    assert stopped_at("implementation", short).sunk
    assert not stopped_at("benefits", short).sunk


def test_g9_a_handover_long_before_the_end_is_where_things_begin_to_be_in_operation():
    codes = ("implementation", "handover", "check", "benefits")
    long = Template("long", 1, tuple(Gate(one, one, "", one, one == codes[0]) for one in codes))

    assert [stopped_at(gate, long).sunk for gate in codes] == [True, True, False, False]


@pytest.mark.parametrize("gate", GATES)
def test_what_is_not_stopped_is_not_sunk(gate: str):
    assert at(gate).state.sunk is False


# What the operating consequence has grown to (G13)


@pytest.mark.parametrize(
    ("agreed", "expected", "found"),
    [
        (None, None, False),
        (None, 10**9, False),
        (100, None, True),
        (100, 110, False),
        (100, 111, True),
        (100, 90, False),
    ],
)
def test_g13_a_consequence_that_is_over_the_agreed_one_or_unknown_is_outgrown(
    agreed: int | None, expected: int | None, found: bool
):
    assert outgrown(agreed, expected, 10.0) is found
    assert outgrown(agreed, expected, 1000.0) is (agreed is not None and expected is None)


# An empty round


def test_g2_an_empty_round_has_a_place_for_everything():
    steps = empty_steps()

    assert all(step["evidence"] == [] for step in steps.values())
    assert steps["benefits"]["perspectives"] == dict.fromkeys(
        ("environmental", "social", "economic")
    )
    assert steps["benefits"]["benefits"] == []
    assert steps["governance"]["plan"] == {
        "accountable": None,
        "next_gate_on": None,
        "follow_up": None,
        "tolerance_percent": None,
        "requested_amount": None,
    }


def test_the_frozen_round_of_a_situation_is_its_own():
    assert at("study").round == Frozen(FINE, True, MILLION, MILLION)
    assert at("study").deciding_body == BOARD

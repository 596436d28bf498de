"""Where an investment stands, derived from rounds and decisions alone."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.gates.rules import Decision, Money, Outcome, Round, State, derive, effective, roots
from portfolio.investments.rules import Status
from portfolio.programs.rules import Gate, Template

GATES = ("need", "study", "direction", "implementation", "handover", "benefits")
STANDARD = Template(
    "standard", 1, tuple(Gate(code, code, "", code, code == "implementation") for code in GATES)
)
JUNE = date(2026, 6, 10)


def made(id: int, gate: str, outcome: Outcome = Outcome.PASS, **fields: Any) -> Decision:
    decides = outcome in (Outcome.PASS, Outcome.AMEND)
    given = {"decided_on": JUNE, "decides_lines": decides, **fields}
    return Decision(id=id, gate=gate, outcome=outcome, **given)


def passed(*gates: str) -> list[Decision]:
    return [made(id, gate) for id, gate in enumerate(gates, start=1)]


def submitted(id: int, gate: str, arrived_by: int | None, **fields: Any) -> Round:
    return Round(
        id=id, number=id, gate=gate, arrived_by=arrived_by, **{"submitted": True, **fields}
    )


def state(*decisions: Decision, rounds: Any = (), **how: Any) -> State:
    money = how.pop("money", Money())
    return derive(STANDARD, decisions, list(rounds), money, **how)


def test_g1_an_investment_without_decisions_prepares_at_the_first_gate():
    found = state()

    assert (found.gate, found.position, found.status) == ("need", 0, Status.PREPARING)
    assert found.last is None
    assert found.arrived_by is None


@pytest.mark.parametrize("number", range(6))
def test_g1_each_pass_opens_the_next_gate(number: int):
    found = state(*passed(*GATES[:number]))

    assert found.gate == GATES[number]
    assert found.arrived_by == (number or None)


def test_g1_a_pass_of_the_last_gate_completes_and_stays_there():
    found = state(*passed(*GATES))

    assert (found.gate, found.status, found.is_closed) == ("benefits", Status.COMPLETED, True)


def test_g1_a_submitted_round_of_this_visit_shows_in_the_status():
    assert state(rounds=[submitted(1, "need", None)]).status is Status.SUBMITTED


@pytest.mark.parametrize(
    "round",
    [
        submitted(1, "need", None, submitted=False),
        submitted(1, "study", None),
        submitted(1, "need", 7),
    ],
    ids=["a draft", "another gate", "another visit"],
)
def test_g2_other_rounds_do_not(round: Round):
    found = state(rounds=[round])

    assert found.status is Status.PREPARING
    assert found.round is None


def test_g2_the_newest_round_of_the_visit_counts():
    rounds = [submitted(2, "need", None), submitted(1, "need", None)]

    found = state(rounds=rounds).round

    assert found is not None
    assert found.number == 2


def test_g8_a_hold_keeps_the_gate_until_another_decision():
    hold = made(1, "need", Outcome.HOLD, review_on=date(2027, 1, 1))

    assert state(hold).status is Status.ON_HOLD
    assert state(hold, rounds=[submitted(1, "need", None)]).status is Status.ON_HOLD
    assert state(hold, made(2, "need")).gate == "study"


def test_g9_a_rework_goes_back_and_starts_a_new_visit():
    back = made(3, "direction", Outcome.REWORK, return_to="need")

    found = state(*passed("need", "study"), back, rounds=[submitted(1, "need", None)])

    assert (found.gate, found.status, found.arrived_by) == ("need", Status.PREPARING, 3)
    assert found.round is None


def test_g9_a_stop_ends_it_where_it_stands():
    found = state(*passed("need"), made(2, "study", Outcome.STOP))

    assert (found.gate, found.status, found.is_closed) == ("study", Status.STOPPED, True)


def test_g1_a_skip_leads_to_its_gate_with_its_lines():
    skip = made(1, "need", Outcome.SKIP, to_gate="handover", decides_lines=True)

    found = state(skip)

    assert (found.gate, found.decided_by_decision) == ("handover", 1)


def test_g10_a_superseded_decision_is_as_if_it_were_not_there():
    found = state(made(1, "need"), made(2, "need", Outcome.HOLD, supersedes=1))

    assert (found.gate, found.status) == ("need", Status.ON_HOLD)
    assert found.effective == (made(2, "need", Outcome.HOLD, supersedes=1),)


def test_g10_what_a_superseded_decision_replaced_does_not_come_back():
    chain = [made(1, "need"), made(2, "need", Outcome.HOLD, supersedes=1)]
    chain.append(made(3, "need", Outcome.STOP, supersedes=2))

    assert [decision.id for decision in effective(chain)] == [3]
    assert state(*chain).status is Status.STOPPED


def test_g10_a_corrected_pass_keeps_the_visit_it_opened():
    chain = [made(1, "need"), made(2, "need", supersedes=1)]

    found = state(*chain, rounds=[submitted(1, "study", 1)])

    assert (found.gate, found.status) == ("study", Status.SUBMITTED)


def test_g10_what_is_corrected_twice_still_stands_for_the_first():
    chain = [made(1, "need"), made(2, "need", supersedes=1), made(3, "need", supersedes=2)]

    assert roots(chain) == {1: 1, 2: 1, 3: 1}
    assert state(*chain).arrived_by == 1
    # One that is not among them is as good as the first.
    assert roots(chain[1:]) == {2: 1, 3: 1}


def test_g10_where_it_would_stand_without_the_decision_that_is_to_be_superseded():
    decisions = passed("need", "study")

    assert state(*decisions, without=2).gate == "study"
    assert state(*decisions).gate == "direction"


def test_after_the_last_gate_the_round_that_was_decided_on_is_shown():
    end = made(6, "benefits", assessment_id=1)
    rounds = [submitted(1, "benefits", 5), submitted(2, "benefits", 5)]

    assert state(*passed(*GATES[:5]), end, rounds=rounds).shown_round == rounds[0]


@pytest.mark.parametrize(
    ("last", "status", "gate"),
    [(Outcome.STOP, Status.STOPPED, "benefits"), (Outcome.PASS, Status.COMPLETED, "benefits")],
)
def test_g10_a_stop_and_a_completion_can_be_superseded(last: Outcome, status: Status, gate: str):
    ended = [*passed(*GATES[:5]), made(6, "benefits", last)]
    reopened = [*ended, made(7, "benefits", Outcome.HOLD, supersedes=6)]

    assert (state(*ended).status, state(*ended).gate) == (status, gate)
    assert state(*reopened).status is Status.ON_HOLD


def test_g11_released_sums_what_is_in_force():
    first = made(1, "need", released=400)
    wrong = made(2, "study", released=500)

    assert state(first, wrong).released == 900
    assert state(first, wrong, made(3, "study", supersedes=2, released=50)).released == 450


@pytest.mark.parametrize(("forecast", "reconsider"), [(1100, False), (1101, True), (0, False)])
def test_g13_exactly_the_tolerance_is_not_more(forecast: int, reconsider: bool):
    money = Money(forecast=forecast, decided=1000, tolerance_percent=10)

    found = state(*passed(*GATES[:4]), money=money)

    assert found.reconsider is reconsider
    assert (found.status is Status.RECONSIDERATION_REQUIRED) is reconsider


@pytest.mark.parametrize("gates", [GATES[:3], GATES], ids=["before", "completed"])
def test_g13_asks_nothing_before_implementation_is_passed_or_after_the_end(gates: tuple[str, ...]):
    money = Money(forecast=9_000, decided=1_000)

    assert not state(*passed(*gates), money=money).reconsider


def test_g13_a_hold_shows_before_a_reconsideration():
    money = Money(forecast=9_000, decided=1_000)
    hold = made(5, "handover", Outcome.HOLD)

    found = state(*passed(*GATES[:4]), hold, money=money)

    assert (found.status, found.reconsider) == (Status.ON_HOLD, True)


def test_g13_an_amendment_decides_and_moves_no_gate():
    round = submitted(9, "handover", 4)
    amend = made(5, "handover", Outcome.AMEND, assessment_id=9)

    found = state(*passed(*GATES[:4]), amend, rounds=[round])

    assert (found.gate, found.decided_by_decision) == ("handover", 5)
    assert (found.status, found.arrived_by) == (Status.PREPARING, 4)


def test_m4_as_of_takes_decisions_by_the_day_they_were_made():
    decisions = [
        made(1, "need", decided_on=date(2026, 1, 10)),
        made(2, "study", decided_on=date(2026, 3, 10)),
    ]

    def gate(day: date) -> str:
        return state(*decisions, as_of=day).gate

    assert gate(date(2026, 1, 9)) == "need"
    assert gate(date(2026, 1, 10)) == "study"
    assert gate(date(2026, 3, 9)) == "study"
    assert gate(date(2026, 3, 10)) == "direction"


def test_m4_a_mistake_was_one_before_it_was_corrected_too():
    wrong = made(1, "need", decided_on=date(2026, 1, 10))
    right = made(2, "need", Outcome.HOLD, supersedes=1, decided_on=date(2026, 2, 1))

    assert state(wrong, right, as_of=date(2026, 1, 20)).gate == "need"


def test_a_weak_step_shows_until_the_next_round_is_submitted():
    decided = made(1, "need", assessment_id=1)
    rounds = [submitted(1, "need", None, weak_steps=("economy",))]

    later = state(decided, rounds=[*rounds, submitted(2, "study", 1)])

    shown = state(decided, rounds=rounds).shown_round
    assert shown is not None
    assert shown.weak_steps == ("economy",)
    assert later.shown_round == submitted(2, "study", 1)


outcomes = st.lists(st.sampled_from(["pass", "hold", "rework", "stop", "supersede"]), max_size=12)


@given(outcomes)
def test_g10_superseding_by_the_same_changes_nothing(steps: list[str]):
    history = plausible(steps)
    if not history:
        return
    last = history[-1]
    again = Decision(
        **{
            **{name: getattr(last, name) for name in Decision.__dataclass_fields__},
            "id": last.id + 1,
            "supersedes": last.id,
        }
    )

    before, after = state(*history), state(*history, again)

    assert (before.gate, before.status, before.released) == (
        after.gate,
        after.status,
        after.released,
    )
    assert before.arrived_by == after.arrived_by


def plausible(steps: list[str]) -> list[Decision]:
    """Decisions that the rules would have let through."""
    history: list[Decision] = []
    for number, step in enumerate(steps, start=1):
        here = state(*history)
        if step == "supersede" and here.last is not None:
            gate = here.last.gate
            history.append(made(number, gate, Outcome.HOLD, supersedes=here.last.id))
        elif here.is_closed or step == "supersede":
            continue
        elif step == "rework" and here.position:
            history.append(made(number, here.gate, Outcome.REWORK, return_to="need"))
        elif step != "rework":
            history.append(made(number, here.gate, Outcome(step), released=number))
    return history

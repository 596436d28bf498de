"""Formulas 5, and whose decision a move of money needs. Pure."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.accounts.rules import Type
from portfolio.steering.rules import (
    Move,
    Need,
    Party,
    ReallocationStatus,
    carried,
    needed_parties,
    reasons_against,
    rubber_band,
    status_now,
)

MILLION = 100_000_000
TODAY = date(2027, 6, 1)
V_BAND_1 = [
    Need(f"{department}-{allocated}", department, allocated * MILLION, forecast * MILLION)
    for department, allocated, forecast in (
        ("street", 40, 31),
        ("service", 120, 138),
        ("street", 10, 12),
        ("social", 15, 11),
        ("culture", 25, 25),
    )
]
money = st.integers(0, 10**15)
needs = st.lists(
    st.builds(
        Need,
        investment=st.uuids().map(str),
        department=st.sampled_from(["A", "B", "C"]),
        allocated=money,
        forecast=st.integers(-(10**12), 10**15),
        committed=money,
        is_held=st.booleans(),
        review_on=st.none() | st.dates(date(2027, 1, 1), date(2027, 12, 31)),
    )
)


def test_v_band_1():
    band = rubber_band(V_BAND_1)

    assert band.slack == 13 * MILLION
    assert band.short == 20 * MILLION
    assert band.covered_full == 13 * MILLION
    assert band.covered_partial == 2 * MILLION
    assert band.rubber_band == 11 * MILLION
    assert band.uncovered == 7 * MILLION
    assert list(band.by_department) == ["culture", "service", "social", "street"]


def test_s7_what_is_committed_is_no_slack():
    (need,) = [Need("A", "street", 40, 31, committed=36)]

    assert (need.slack, need.short) == (4, 0)


@given(needs)
def test_s7_full_steering_never_covers_less_than_partial_nor_more_than_there_is(
    found: list[Need],
):
    band = rubber_band(found)

    assert 0 <= band.covered_partial <= band.covered_full <= min(band.slack, band.short)
    assert band.uncovered >= 0
    assert sum(cover.slack for cover in band.by_department.values()) == band.slack
    assert sum(cover.short for cover in band.by_department.values()) == band.short


@given(needs)
def test_s7_one_department_alone_has_no_rubber_band(found: list[Need]):
    alone = [need for need in found if need.department == "A"]

    assert rubber_band(alone).rubber_band == 0


@given(needs)
def test_s7_the_rubber_band_carries_only_held_ones_and_no_more_than_it_is(found: list[Need]):
    band = rubber_band(found)
    taken = carried(found, band, TODAY)
    by_code = {need.investment: need for need in found}

    assert all(by_code[code].is_held and by_code[code].short > 0 for code in taken)
    assert sum(by_code[code].short for code in taken) <= band.rubber_band + band.covered_partial
    assert len(set(taken)) == len(taken)


def test_s7_overdue_reviews_are_carried_first_then_those_that_lack_the_least():
    def held(code: str, short: int, review_on: date | None = None) -> Need:
        return Need(code, "B", 0, short, is_held=True, review_on=review_on)

    found = [
        Need("GIVER", "A", 100, 0),
        held("SMALL", 10),
        held("OVERDUE", 60, date(2027, 5, 31)),
        held("TODAY", 20, TODAY),
        held("LARGE", 90),
        Need("PREPARING", "B", 0, 5),
    ]

    assert carried(found, rubber_band(found), TODAY) == ("OVERDUE", "SMALL", "TODAY")


def test_s7_what_a_departments_own_slack_covers_is_not_carried_by_the_difference():
    found = [
        Need("X-1", "X", 5, 0),
        Need("X-2", "X", 0, 5, is_held=True),
        Need("Y-1", "Y", 5, 0),
        Need("Z-1", "Z", 0, 5),
    ]

    assert rubber_band(found).rubber_band == 5
    assert carried(found, rubber_band(found), TODAY) == ()


def test_s7_the_difference_carries_what_a_departments_own_slack_leaves_uncovered():
    found = [
        Need("X-1", "X", 3, 0),
        Need("X-2", "X", 0, 5, is_held=True),
        Need("Y-1", "Y", 2, 0),
    ]

    assert rubber_band(found).rubber_band == 2
    assert carried(found, rubber_band(found), TODAY) == ("X-2",)


def test_s7_a_departments_own_slack_is_used_once():
    found = [
        Need("X-1", "X", 3, 0),
        Need("X-2", "X", 0, 2, is_held=True),
        Need("X-3", "X", 0, 2, is_held=True),
        Need("Y-1", "Y", 10, 0),
    ]

    assert rubber_band(found).rubber_band == 1
    assert carried(found, rubber_band(found), TODAY) == ("X-3",)


def test_s7_what_needs_more_than_is_left_is_passed_over_for_what_needs_less():
    found = [
        Need("X-1", "X", 5, 0),
        Need("Y-1", "Y", 0, 9, is_held=True, review_on=date(2027, 5, 31)),
        Need("Y-2", "Y", 0, 1, is_held=True),
    ]

    assert carried(found, rubber_band(found), TODAY) == ("Y-2",)


@pytest.mark.parametrize(
    ("is_full", "is_one_department", "needs_body", "expected"),
    [
        (True, False, False, ()),
        (True, True, True, ("body",)),
        (False, True, False, ("both",)),
        (False, False, False, ("giver", "receiver")),
        (False, False, True, ("giver", "receiver", "body")),
        (False, True, True, ("both", "body")),
    ],
)
def test_s3_s4_who_must_agree(
    is_full: bool, is_one_department: bool, needs_body: bool, expected: tuple[str, ...]
):
    found = needed_parties(
        is_full=is_full, is_one_department=is_one_department, needs_body=needs_body
    )

    assert found == expected


@given(
    st.sampled_from(ReallocationStatus),
    st.sets(st.sampled_from(Party)),
    st.dates(),
    st.dates(),
)
def test_s4_what_has_ended_stays_ended_and_what_is_open_expires(
    stored: ReallocationStatus, consented: set[str], expires_on: date, today: date
):
    found = status_now(stored, consented, expires_on, today)

    if stored in ("executed", "declined", "withdrawn", "expired"):
        assert found is stored
    else:
        assert (found == "expired") == (today > expires_on)


@given(st.permutations(["giver", "receiver", "body"]))
def test_s4_the_order_of_consents_changes_nothing_in_the_end(order: list[str]):
    steps = [status_now(ReallocationStatus.PROPOSED, order[:n], TODAY, TODAY) for n in range(4)]

    assert steps[-1] == "receiver_consented"
    assert ("giver_consented" in steps) == (order.index("giver") < order.index("receiver"))


@given(money, money, money, st.integers(1, 10**15))
def test_s3_never_more_than_is_neither_committed_nor_booked(
    allocated: int, committed: int, booked: int, amount: int
):
    capital = Type.CAPITAL
    move = Move("A", "B", 2027, capital, capital, amount, allocated, committed, booked)

    reasons = reasons_against(move)

    assert (reasons == ()) == (amount <= allocated - max(committed, booked))
    assert {reason.rule for reason in reasons} <= {"S3"}


def test_every_guard_is_told_at_once():
    move = Move(
        "A",
        "B",
        2027,
        Type.CAPITAL,
        Type.OPERATING,
        amount=11,
        allocated=None,
        is_receiver_closed=True,
        room=10,
    )

    assert [reason.rule for reason in reasons_against(move)] == ["S5", "S3", "S4", "S5"]


def test_s3_s5_exactly_what_is_free_and_what_there_is_room_for_can_be_moved():
    def move(amount: int) -> Move:
        capital = Type.CAPITAL
        return Move("A", "B", 2027, capital, capital, amount, 100, committed=40, booked=30, room=60)

    assert reasons_against(move(60)) == ()
    giver, room = reasons_against(move(61))
    assert (giver.rule, room.rule) == ("S3", "S5")
    assert "0.60 free for 2027: 1.00 allocated, 0.40 committed" in giver.detail.en
    assert "0.60 kronor fria för 2027: 1.00 tilldelade, 0.40 bundna" in giver.detail.sv
    assert "holds SEK 0.60 more" in room.detail.en


@pytest.mark.parametrize("rule", ["S3", "S4"])
def test_s3_s4_what_the_receiver_must_be_is_said_by_the_rule_of_the_mode(rule: str):
    move = Move("A", "B", 2027, Type.CAPITAL, Type.CAPITAL, 1, 1, rule=rule)

    assert reasons_against(move) == ()
    for wrong in (replace(move, are_in_program=False), replace(move, is_receiver_closed=True)):
        assert [one.rule for one in reasons_against(wrong)] == [rule]

"""Who must decide how much, on which date (G12)."""

from datetime import date

import pytest

from portfolio.organisation.rules import DecisionLevel, Level, least_level

BEGINNING = date(1900, 1, 1)
SPRING = date(2027, 4, 1)
FIFTEEN_MILLION, FIFTY_MILLION = 1_500_000_000, 5_000_000_000
DEFAULTS = (
    DecisionLevel(BEGINNING, FIFTEEN_MILLION, Level.EXECUTIVE_BOARD),
    DecisionLevel(BEGINNING, FIFTY_MILLION, Level.COUNCIL),
)


@pytest.mark.parametrize(
    ("amount", "level"),
    [
        (0, None),
        (FIFTEEN_MILLION, None),
        (FIFTEEN_MILLION + 1, Level.EXECUTIVE_BOARD),
        (FIFTY_MILLION, Level.EXECUTIVE_BOARD),
        (FIFTY_MILLION + 1, Level.COUNCIL),
    ],
)
def test_g12_above_means_more_than(amount: int, level: Level | None):
    assert least_level(DEFAULTS, amount, SPRING) == level
    assert least_level(reversed(DEFAULTS), amount, SPRING) == level


@pytest.mark.parametrize(
    ("day", "level"),
    [(date(2027, 3, 31), None), (SPRING, Level.EXECUTIVE_BOARD)],
)
def test_g12_a_newer_rule_of_a_level_holds_from_its_day(day: date, level: Level | None):
    stricter = DecisionLevel(SPRING, 1_000, Level.EXECUTIVE_BOARD)

    assert least_level([*DEFAULTS, stricter], 1_001, day) == level


def test_g12_a_newer_rule_may_be_milder():
    milder = DecisionLevel(SPRING, FIFTY_MILLION, Level.EXECUTIVE_BOARD)

    assert least_level([milder, *DEFAULTS], FIFTEEN_MILLION + 1, SPRING) is None


def test_g12_of_two_rules_from_one_day_the_one_registered_last_counts():
    corrected = DecisionLevel(BEGINNING, 10, Level.COUNCIL)

    assert least_level([*DEFAULTS, corrected], 11, SPRING) is Level.COUNCIL


def test_g12_without_rules_nobody_in_particular_must_decide():
    assert least_level([], FIFTY_MILLION * 10, SPRING) is None


def test_bodies_rank_from_official_to_council():
    assert sorted(Level, key=lambda level: level.rank) == [
        Level.OFFICIAL,
        Level.COMMITTEE,
        Level.EXECUTIVE_BOARD,
        Level.COUNCIL,
    ]

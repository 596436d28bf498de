"""S5: the postings of each kind of movement, side by side, without a database."""

import pytest

from portfolio.budget.rules import (
    Account,
    Change,
    Holder,
    Posting,
    allocating,
    changes,
    granting,
    moving,
)


def test_s5_a_grant_comes_from_outside_into_the_reserve():
    assert granting(7, 500) == (
        Posting(7, Account.GRANTED, -500, None),
        Posting(7, Account.RESERVE, 500, None),
    )
    assert changes(granting(7, 500)) == {7: Change(frame=500, allocated=0, reserve=500)}


def test_s5_an_allocation_comes_from_the_reserve_of_its_pool():
    assert allocating(7, 3, 200) == (
        Posting(7, Account.RESERVE, -200, None),
        Posting(7, Account.ALLOCATION, 200, 3),
    )
    assert changes(allocating(7, 3, 200)) == {7: Change(frame=0, allocated=200, reserve=-200)}


def test_s3_a_move_inside_one_pool_leaves_its_frame_alone():
    assert moving((7, 3), (7, 4), 50) == (
        Posting(7, Account.ALLOCATION, -50, 3),
        Posting(7, Account.ALLOCATION, 50, 4),
    )
    assert changes(moving((7, 3), (7, 4), 50)) == {7: Change()}


def test_s4_a_move_between_pools_takes_its_frame_along():
    assert moving((7, 3), (8, 4), 50) == (
        Posting(7, Account.ALLOCATION, -50, 3),
        Posting(8, Account.ALLOCATION, 50, 4),
        Posting(7, Account.GRANTED, 50, None),
        Posting(8, Account.GRANTED, -50, None),
    )
    assert changes(moving((7, 3), (8, 4), 50)) == {
        7: Change(frame=-50, allocated=-50, reserve=0),
        8: Change(frame=50, allocated=50, reserve=0),
    }


def test_s5_movements_in_the_same_pool_add_up():
    postings = [*granting(7, 500), *allocating(7, 3, 200), *allocating(7, 4, 100)]

    assert changes(postings) == {7: Change(frame=500, allocated=300, reserve=200)}
    assert changes([*granting(7, 500), *granting(7, 50)]) == {7: Change(550, 0, 550)}


def test_s5_what_does_not_net_to_zero_says_in_which_pool():
    with pytest.raises(ValueError, match="the postings in pool 9 don't net to zero"):
        changes([*granting(7, 500), Posting(9, Account.RESERVE, 5)])


def test_programs_are_locked_before_departments_each_in_order():
    holders = [
        Holder(department="FGK"),
        Holder(program_id=12),
        Holder(department="AAA"),
        Holder(program_id=2),
    ]

    assert [one.order for one in sorted(holders, key=lambda one: one.order)] == [
        (False, 2, ""),
        (False, 12, ""),
        (True, 0, "AAA"),
        (True, 0, "FGK"),
    ]

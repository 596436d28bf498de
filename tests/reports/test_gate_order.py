"""The gates of several templates in one order."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.reports.gate_order import merged

STANDARD = ("need", "study", "direction", "implementation", "handover", "benefits")
GATES = st.permutations("abcdefgh")


def ordered_as(order: Sequence[str], found: Sequence[str]) -> bool:
    return [code for code in found if code in order] == list(order)


@pytest.mark.parametrize(
    ("orders", "found"),
    [
        ([], []),
        ([STANDARD], [*STANDARD]),
        ([("direction", "implementation", "benefits"), STANDARD], [*STANDARD]),
        ([("hearing", "direction", "delivery"), STANDARD], "need study hearing direction"),
        ([STANDARD, ("benefits", "need", "closing")], [*STANDARD, "closing"]),
        ([("b", "a"), ("a", "b")], ["b", "a"]),
    ],
)
def test_gates_that_templates_share_stand_where_each_of_them_says(
    orders: Sequence[Sequence[str]], found: Sequence[str]
):
    if isinstance(found, str):
        found = [*found.split(), "implementation", "handover", "benefits", "delivery"]

    assert merged(orders) == found


@given(GATES, st.lists(st.sets(st.sampled_from("abcdefgh"), min_size=1), max_size=5))
def test_where_templates_agree_the_order_of_each_holds(whole: list[str], parts: list[set[str]]):
    orders = [[code for code in whole if code in part] for part in parts]

    found = merged(orders)

    assert sorted(found) == sorted({code for part in parts for code in part})
    assert all(ordered_as(order, found) for order in orders)
    assert merged([*orders, *orders]) == found


@given(st.lists(GATES.flatmap(lambda all: st.integers(1, 8).map(lambda n: all[:n])), min_size=1))
def test_where_templates_contradict_each_other_the_longest_holds(orders: list[list[str]]):
    found = merged(orders)

    assert sorted(found) == sorted({code for order in orders for code in order})
    assert ordered_as(max(orders, key=len), found)

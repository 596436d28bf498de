"""One order for the gates of several templates. Pure."""

from collections.abc import Sequence
from itertools import pairwise


def merged(orders: Sequence[Sequence[str]]) -> list[str]:
    """Every gate of every template once, so that each template's own order holds.

    Where templates leave it open which of two comes first, and where they contradict each other,
    the longest template is followed, then the earlier given; its order always holds.

    Args:
        orders: Codes of gates in the order they are passed, a sequence a template.
    """
    by_length = sorted(orders, key=len, reverse=True)
    left = list(dict.fromkeys(code for order in by_length for code in order))
    before: dict[str, set[str]] = {code: set() for code in left}
    for order in by_length:
        for former, code in pairwise(order):
            before[code].add(former)
    found: list[str] = []
    while left:
        # Without a gate that waits for no other, templates contradict each other.
        code = next((code for code in left if before[code].isdisjoint(left)), left[0])
        left.remove(code)
        found.append(code)
    return found

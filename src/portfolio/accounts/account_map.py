"""What accounts mean: ranges of accounts with a type and a direction (M3). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.accounts.rules import Direction, Type


@dataclass(frozen=True, slots=True)
class Range:
    """The accounts from those that begin with `first` through those that begin with `last`.

    Without a type and direction they are left out. `4` to `8` is every account of those
    classes; `1130` to `1130` one account with all that are below it.
    """

    first: str
    last: str
    type: Type | None
    direction: Direction | None

    @property
    def name(self) -> str:
        return self.first if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def is_empty(self) -> bool:
        return self.first[: len(self.last)] > self.last

    @property
    def end(self) -> str:
        """Sorts after every account that begins with `last`."""
        return self.last + "\uffff"

    @property
    def precision(self) -> int:
        return len(self.first) + len(self.last)

    def covers(self, account: str) -> bool:
        return self.first <= account[: len(self.first)] and account[: len(self.last)] <= self.last

    def overlaps(self, other: "Range") -> bool:
        """Whether some account is in both."""
        begins = self.first[: len(other.last)] <= other.last
        return begins and other.first[: len(self.last)] <= self.last


class AccountMap:
    """Finds the range of an account; of several that cover it, the most precise one."""

    def __init__(self, ranges: Sequence[Range]) -> None:
        self._ranges = sorted(ranges, key=lambda one: -one.precision)
        self._found: dict[str, Range | None] = {}

    def find(self, account: str) -> Range | None:
        if account not in self._found:
            covering = (one for one in self._ranges if one.covers(account))
            self._found[account] = next(covering, None)
        return self._found[account]


def find_clashes(ranges: Sequence[Range]) -> list[tuple[int, int]]:
    """Pairs of ranges, by their places in the list, that overlap and are equally precise.

    Of such a pair nothing says which one holds. For each range with any, one pair at least.
    """
    order = sorted(range(len(ranges)), key=lambda i: (ranges[i].precision, ranges[i].first))
    clashes = []
    widest: int | None = None
    for place in order:
        one = ranges[place]
        if widest is not None and ranges[widest].precision == one.precision:
            if ranges[widest].overlaps(one):
                clashes.append((widest, place))
            if one.end <= ranges[widest].end:
                continue
        widest = place
    return clashes

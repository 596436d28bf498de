"""What an import moves between areas, in SEK: planned money before and after. Pure.

Amounts are net öre of the forecast over all years, capital and operating apart, split over the
areas as a portfolio splits them (formulas 1): the parts always sum to the whole.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portfolio.amounts import format_amount, split_series
from portfolio.shares import OUTSIDE, WHOLE

TYPES = ("capital", "operating")
EVERYWHERE, NOWHERE = "municipality_wide", "not_located"

# By area (or OUTSIDE), shares in units of 10^-12 that sum to WHOLE.
Weights = Mapping[str, int]
# By area, net öre: capital, operating.
Split = Mapping[str, tuple[int, int]]
# For a code of before, the codes of after that lie where it lay.
Links = Mapping[str, Iterable[str]]
IN_NO_AREA: Weights = {OUTSIDE: WHOLE}
# A chain of areas that each gave to the next is settled from its ends, one pair a round.
MOST_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Placed:
    """An investment's net öre, and how it lies before and after; `without` says why nowhere."""

    capital: int
    operating: int
    before: Weights
    after: Weights
    without: str | None = None


@dataclass(slots=True)
class Sums:
    """Net öre, capital and operating apart."""

    capital: int = 0
    operating: int = 0

    def add(self, amounts: tuple[int, int]) -> None:
        self.capital += amounts[0]
        self.operating += amounts[1]

    def shown(self, name: str = "") -> dict[str, str]:
        before = f"{name}_" if name else ""
        return {
            f"{before}total": format_amount(self.capital + self.operating),
            f"{before}capital": format_amount(self.capital),
            f"{before}operating": format_amount(self.operating),
        }


@dataclass(slots=True)
class _Tally:
    before: dict[str, Sums] = field(default_factory=dict)
    after: dict[str, Sums] = field(default_factory=dict)
    without: dict[str, Sums] = field(default_factory=lambda: {EVERYWHERE: Sums(), NOWHERE: Sums()})
    whole: Sums = field(default_factory=Sums)
    moves: dict[tuple[str, str], Sums] = field(default_factory=dict)
    undecided: Sums = field(default_factory=Sums)

    def add(self, one: Placed, links: Links) -> None:
        amounts = (one.capital, one.operating)
        self.whole.add(amounts)
        if one.without is not None:
            self.without[one.without].add(amounts)
            return
        before = split(amounts, one.before)
        after = before if one.before == one.after else split(amounts, one.after)
        _collect(self.before, before)
        _collect(self.after, after)
        if after is not before:
            self._add_moves(before, after, links)

    def _add_moves(self, before: Split, after: Split, links: Links) -> None:
        for at in range(len(TYPES)):
            changes = {
                code: after.get(code, (0, 0))[at] - before.get(code, (0, 0))[at]
                for code in {*before, *after}
            }
            decided, undecided = flows(changes, links)
            for pair, ore in decided.items():
                self.moves.setdefault(pair, Sums()).add(_of_type(at, ore))
            self.undecided.add(_of_type(at, undecided))


def _of_type(at: int, ore: int) -> tuple[int, int]:
    return (ore, 0) if at == 0 else (0, ore)


def _collect(sums: dict[str, Sums], parts: Split) -> None:
    for code, amounts in parts.items():
        sums.setdefault(code, Sums()).add(amounts)


def split(amounts: tuple[int, int], weights: Weights) -> Split:
    """Capital and operating öre over the areas, so that each and both together add up.

    The same as a portfolio's: there, too, capital comes first in the series that is split.
    """
    capital, operating = split_series(amounts, weights)
    return {code: (capital[code], operating[code]) for code in weights}


def flows(changes: Mapping[str, int], links: Links) -> tuple[dict[tuple[str, str], int], int]:
    """From where to where one investment's money goes, as far as that can be told.

    Args:
        changes: Net öre by area, below 0 where it has less than before; they sum to 0.
        links: Which areas lie where another lay.

    Returns:
        Öre by pair of areas, and how much moves of which only the ends are known. It can be told
        where there is one giver or one receiver, in all or among those that lie on each other.
    """
    giving = {code: -ore for code, ore in sorted(changes.items()) if ore < 0}
    taking = {code: ore for code, ore in sorted(changes.items()) if ore > 0}
    found: Counter[tuple[str, str]] = Counter()
    if len(giving) > 1 and len(taking) > 1:
        # Else the only giver, or taker, is the other end of all, whatever lies where.
        _peel(giving, taking, links, found)
    if len(giving) <= 1 or len(taking) <= 1:
        for giver in list(giving):
            for taker in list(taking):
                _move(giver, taker, giving, taking, found)
    return dict(found), sum(giving.values())


def _peel(
    giving: dict[str, int], taking: dict[str, int], links: Links, found: Counter[tuple[str, str]]
) -> None:
    """Settle, as long as there is one, whoever has a single partner left."""
    pairs = {(g, t) for g in giving for t in links.get(g, ()) if t in taking}
    for _ in range(MOST_ROUNDS):
        givers, takers = Counter(g for g, _ in pairs), Counter(t for _, t in pairs)
        single = {(g, t) for g, t in pairs if givers[g] == 1 or takers[t] == 1}
        if not single:
            return
        for giver, taker in sorted(single):
            _move(giver, taker, giving, taking, found)
        pairs = {(g, t) for g, t in pairs - single if g in giving and t in taking}


def _move(
    giver: str,
    taker: str,
    giving: dict[str, int],
    taking: dict[str, int],
    found: Counter[tuple[str, str]],
) -> None:
    ore = min(giving.get(giver, 0), taking.get(taker, 0))
    if not ore:
        return
    found[giver, taker] += ore
    for ends, code in ((giving, giver), (taking, taker)):
        ends[code] -= ore
        if not ends[code]:
            del ends[code]


def money_of(
    investments: Iterable[Placed], names: Mapping[str, str], links: Links
) -> dict[str, Any]:
    """The answer's `money`: what each area has before and after, and what moves.

    Args:
        investments: All of the municipality's.
        names: Of the areas of before and after, by code.
        links: For codes that vanish, what lies where they lay.
    """
    tally = _Tally()
    for one in investments:
        tally.add(one, links)
    return {
        **tally.whole.shown(),
        "areas": _changed_areas(tally, names),
        "unchanged": _unchanged(tally).shown(),
        "outside": _both(tally, OUTSIDE),
        **{place: sums.shown() for place, sums in tally.without.items()},
        "moves": _moves(tally),
        "undecided": tally.undecided.shown(),
    }


def _both(tally: _Tally, code: str) -> dict[str, str]:
    return {
        **tally.before.get(code, Sums()).shown("before"),
        **tally.after.get(code, Sums()).shown("after"),
    }


def _areas(tally: _Tally, *, changed: bool) -> Sequence[str]:
    codes = {*tally.before, *tally.after} - {OUTSIDE}
    nothing = Sums()
    return sorted(
        code
        for code in codes
        if (tally.before.get(code, nothing) != tally.after.get(code, nothing)) is changed
    )


def _changed_areas(tally: _Tally, names: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"code": code, "name": names.get(code, code), **_both(tally, code)}
        for code in _areas(tally, changed=True)
    ]


def _unchanged(tally: _Tally) -> Sums:
    sums = Sums()
    for code in _areas(tally, changed=False):
        one = tally.before.get(code, Sums())
        sums.add((one.capital, one.operating))
    return sums


def _moves(tally: _Tally) -> list[dict[str, Any]]:
    return [
        {
            "from": None if giver == OUTSIDE else giver,
            "to": None if taker == OUTSIDE else taker,
            **sums.shown(),
        }
        for (giver, taker), sums in sorted(tally.moves.items())
        if sums != Sums()
    ]

"""What indicators are, and how a figure of some areas becomes one of others. Pure.

Figures are whole numbers of millionths. `Parts` say where the ground of each area lies: its code,
then codes of other areas or OUTSIDE, with shares of 10**-12 that sum to WHOLE.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from portfolio.amounts import split_amount
from portfolio.shares import OUTSIDE, WHOLE

MILLION = 10**6
# A JSON number holds a whole one of this size exactly.
LARGEST = 10**12
FIRST_YEAR, LAST_YEAR = 1900, 2200
POPULATION, AREA_TYPE = "population", "area_type"
# From this share on an area lies in another one; what is left of it is how a border was drawn.
NESTED = WHOLE * 99 // 100

Figures = Mapping[str, int]
Parts = Mapping[str, Mapping[str, int]]


class Aggregation(StrEnum):
    """What becomes of figures when areas are put together."""

    SUM = "sum"
    MEAN = "mean"
    MAJORITY = "majority"


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of an indicator by its name."""

    aggregation: Aggregation
    unit: str | None
    is_whole: bool
    least: int
    most: int = LARGEST


KINDS: Mapping[str, Kind] = {
    POPULATION: Kind(Aggregation.SUM, "residents", is_whole=True, least=0),
    AREA_TYPE: Kind(Aggregation.MAJORITY, None, is_whole=True, least=1, most=5),
}


@dataclass(frozen=True, slots=True)
class Value:
    """An area's figure: `value` in millionths, of which year, and whether it is an estimate."""

    value: int
    year: int
    estimated: bool

    @property
    def number(self) -> int | float:
        return shown_number(self.value)


def shown_number(value: int) -> int | float:
    """Millionths as clients see them: 12500000 is 12.5, and 3000000 is 3."""
    return value // MILLION if value % MILLION == 0 else value / MILLION


def newest_year(years: Iterable[int], on: int) -> int | None:
    """The last of the years up to `on`; the first one if all come later."""
    known = sorted(years)
    past = [year for year in known if year <= on]
    return past[-1] if past else (known[0] if known else None)


# From some areas to others


def is_nested(parts: Parts) -> bool:
    """Whether each area lies in one other (A4), or outside them all; not if all lie outside."""
    best = [max(shares, key=lambda target: shares[target]) for shares in parts.values()]
    every = all(max(shares.values()) >= NESTED for shares in parts.values())
    return every and any(target != OUTSIDE for target in best)


def whole_parts(parts: Parts) -> dict[str, dict[str, int]]:
    """Each area wholly in the one that holds most of it; the lower code if two hold as much."""
    return {
        code: {min(shares, key=lambda target: (-shares[target], target)): WHOLE}
        for code, shares in parts.items()
    }


def settled(parts: Parts) -> dict[str, dict[str, int]]:
    """Areas that lie in one other are wholly there; the others stay as they are spread."""
    whole = whole_parts(parts)
    return {
        code: whole[code] if max(shares.values()) >= NESTED else dict(shares)
        for code, shares in parts.items()
    }


@dataclass(frozen=True, slots=True)
class Spread:
    """Where each area lies; `rough` are those areas whose figures can only be estimates."""

    parts: Parts
    rough: frozenset[str]


def divided(parts: Parts) -> frozenset[str]:
    """The areas that get a part of an area only."""
    every = (shares.items() for shares in parts.values())
    return frozenset(code for shares in every for code, share in shares if share < WHOLE)


def lacking(parts: Parts, codes: Set[str]) -> set[str]:
    """The areas that hold something of an area that is not among `codes`."""
    left = parts.keys() - codes
    return {target for code in left for target in parts[code]}


def joined(parts: Parts) -> set[str]:
    """The areas to which several come together."""
    seen: dict[str, int] = {}
    for shares in parts.values():
        for target in shares:
            seen[target] = seen.get(target, 0) + 1
    return {target for target, times in seen.items() if times > 1}


def without_taken(parts: Parts, taken: Set[str]) -> dict[str, dict[str, int]]:
    """Each area only over those not `taken`, whole again; without those that have none left."""
    found = {}
    for code, shares in parts.items():
        free = {target: share for target, share in shares.items() if target not in taken}
        if free:
            found[code] = split_amount(WHOLE, free)
    return found


def left_over(figures: Figures, taken: Figures, back: Parts, unit: int = 1) -> dict[str, int]:
    """What areas that are gone still have, once what lies on their ground has its own figures.

    Args:
        figures: Of the areas that are gone, in millionths.
        taken: Of areas that came instead.
        back: Where each of those lies among the areas that are gone.
        unit: As of `spread_sum`.

    Returns:
        By area what no figure of `taken` holds already: nothing where they hold more.
    """
    held: defaultdict[str, int] = defaultdict(int)
    for code, figure in taken.items():
        for old, share in back.get(code, {}).items():
            held[old] += figure * share
    left = {}
    for code, figure in figures.items():
        known = (2 * held[code] + WHOLE * unit) // (2 * WHOLE * unit) * unit
        left[code] = max(figure - known, 0) if figure >= 0 else min(figure - known, 0)
    return left


def spread_sum(figures: Figures, parts: Parts, unit: int = 1) -> dict[str, int]:
    """Share out figures that add up, such as residents, by largest remainder.

    Args:
        figures: Millionths by area, each a multiple of `unit`.
        parts: Where each of these areas lies.
        unit: The smallest amount that a part may have: MILLION where nothing can be halved.

    Returns:
        Millionths by area and OUTSIDE: multiples of `unit` that sum to what the figures sum to,
        none of them a whole unit from its exact part.
    """
    exact: defaultdict[str, int] = defaultdict(int)
    for code, figure in figures.items():
        units = figure // unit
        for target, share in parts[code].items():
            exact[target] += units * share
    found = {target: amount // WHOLE for target, amount in exact.items()}
    left = sum(exact.values()) // WHOLE - sum(found.values())
    # Parts of no area are not worth a unit of it.
    halves = [target for target, amount in exact.items() if amount % WHOLE]
    for target in sorted(halves, key=lambda target: (-(exact[target] % WHOLE), target))[:left]:
        found[target] += 1
    return {target: found[target] * unit for target in sorted(found)}


@dataclass(frozen=True, slots=True)
class Weights:
    """What an area weighs: by residents, and by surface where nobody lives."""

    residents: Figures
    surface: Figures

    def of(self, code: str, share: int) -> tuple[int, int]:
        return self.residents.get(code, 0) * share, self.surface[code] * share


def spread_majority(figures: Figures, parts: Parts, weights: Weights) -> dict[str, int]:
    """For each area the figure that weighs most there; the lower one if two weigh as much."""
    tally: dict[str, dict[int, tuple[int, int]]] = {}
    for target, entries in _entries(figures, parts, weights).items():
        sums = tally.setdefault(target, {})
        for figure, residents, surface in entries:
            before = sums.get(figure, (0, 0))
            sums[figure] = (before[0] + residents, before[1] + surface)
    return {target: max(sums, key=lambda one: (*sums[one], -one)) for target, sums in tally.items()}


def spread_mean(figures: Figures, parts: Parts, weights: Weights) -> dict[str, int]:
    """The weighted mean for each area, in millionths, halves rounded up."""
    means = {}
    for target, entries in _entries(figures, parts, weights).items():
        column = 1 if any(entry[1] for entry in entries) else 2
        total = sum(entry[column] for entry in entries)
        weighted = sum(entry[0] * entry[column] for entry in entries)
        means[target] = (2 * weighted + total) // (2 * total)
    return means


def _entries(
    figures: Figures, parts: Parts, weights: Weights
) -> dict[str, Sequence[tuple[int, int, int]]]:
    """For each area, by code, the figures that come to it, with what they weigh."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for code, figure in figures.items():
        for target, share in parts[code].items():
            if target != OUTSIDE:
                found.setdefault(target, []).append((figure, *weights.of(code, share)))
    return {target: found[target] for target in sorted(found)}

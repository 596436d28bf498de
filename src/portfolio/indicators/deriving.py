"""An indicator of the areas of one edition: its own figures, or what follows from another's."""

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from portfolio.areas.models import AreaEdition
from portfolio.areas.repository import edition_on, find_editions, load_edition
from portfolio.indicators import stored
from portfolio.indicators.rules import (
    MILLION,
    NESTED,
    POPULATION,
    Aggregation,
    Spread,
    Value,
    Weights,
    joined,
    lacking,
    left_over,
    newest_year,
    spread_majority,
    spread_mean,
    spread_sum,
    without_taken,
)
from portfolio.indicators.spreads import across, within
from portfolio.shares import OUTSIDE, WHOLE


@dataclass(frozen=True, slots=True)
class Question:
    """Which figures are asked for, and as known when."""

    indicator: str
    # The date whose newest figures are meant where no year is named.
    on: date
    year: int | None = None
    known_at: datetime | None = None

    def pick(self, years: Sequence[int]) -> int | None:
        if self.year is None:
            return newest_year(years, self.on.year)
        return self.year if self.year in years else None


@dataclass(frozen=True, slots=True)
class Answer:
    """Figures of an edition's areas, and whose they follow from.

    `outside` is, in millionths, what belongs to no area of it; 0 unless figures are summed.
    `files` has the id of the file of each figure that they follow from, by its own code.
    """

    scheme_id: int
    year: int
    values: Mapping[str, Value]
    outside: int
    files: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Placed:
    """Figures of the areas of one edition, in millionths."""

    figures: dict[str, int]
    estimated: set[str]
    outside: int = 0


@dataclass(frozen=True, slots=True)
class _Origin:
    """A scheme that has figures: its editions, and the one they are of."""

    scheme_id: int
    year: int
    editions: Sequence[AreaEdition]
    home: int
    aggregation: Aggregation | None

    @property
    def edition(self) -> AreaEdition:
        return self.editions[self.home]


def answer(
    session: Session, scheme_id: int, edition: AreaEdition, question: Question
) -> Answer | None:
    """The scheme's own figures; without any, those that follow from another scheme's.

    None where there are no figures to begin with, or none that may be carried over.
    """
    own = stored.find_years(session, question.indicator, question.known_at, scheme_id)
    origin = _origin(session, scheme_id, own.get(scheme_id, []), question)
    if origin is not None:
        return _own(session, origin, edition, question)
    return _from_another(session, edition, question)


def _origin(
    session: Session, scheme_id: int, years: Sequence[int], question: Question
) -> _Origin | None:
    year = question.pick(years)
    editions = find_editions(session, scheme_id, question.known_at)
    if year is None or not editions:
        return None
    # Figures of a year are of its last day.
    home = edition_on(editions, date(year, 12, 31)) or editions[0]
    aggregation = stored.aggregation_of(session, scheme_id, question.indicator, question.known_at)
    return _Origin(scheme_id, year, editions, editions.index(home), aggregation)


def _own(session: Session, origin: _Origin, edition: AreaEdition, question: Question) -> Answer:
    found = stored.find_figures(
        session, origin.scheme_id, question.indicator, origin.year, question.known_at
    )
    if edition.id == origin.edition.id:
        return _answered(origin, _at_home(session, origin, found), found)
    home = load_edition(session, origin.edition).version_ids
    asked = load_edition(session, edition).version_ids
    # Codes that are gone at home but not in the edition asked for have a figure as it came.
    fixed = {code: found[code][0] for code in found if code in asked and code not in home}
    placed = _at_home(session, origin, found, fixed.keys())
    end = next((at for at, one in enumerate(origin.editions) if one.id == edition.id), None)
    if end is None:
        # An edition that is no longer known, or was not known then.
        spread = across(session, origin.edition, edition)
    else:
        spread = within(session, origin.editions, origin.home, end)
    if fixed:
        back = (
            across(session, edition, origin.edition)
            if end is None
            else within(session, origin.editions, end, origin.home)
        )
        left, spread = _narrowed(origin, placed.figures, fixed, spread, back)
        placed = replace(placed, figures=left)
    carried = _carried(session, origin, placed, spread, question)
    figures, estimated = carried.figures | fixed, carried.estimated - fixed.keys()
    return _answered(origin, replace(carried, figures=figures, estimated=estimated), found)


def _from_another(session: Session, edition: AreaEdition, question: Question) -> Answer | None:
    """From the scheme that covers most; else that nests; else has the newest or finest figures."""
    best: tuple[tuple[int, bool, int, int, int], _Origin, Spread] | None = None
    years = stored.find_years(session, question.indicator, question.known_at)
    for scheme_id in sorted(years.keys() - {edition.scheme_id}):
        origin = _origin(session, scheme_id, years[scheme_id], question)
        if origin is None or origin.aggregation is None:
            continue
        spread = across(session, origin.edition, edition)
        covered = _covered(session, origin, spread, edition)
        rank = (covered, not spread.rough, origin.year, len(spread.parts), -scheme_id)
        if covered and (best is None or rank > best[0]):
            best = rank, origin, spread
    if best is None:
        return None
    _, origin, spread = best
    found = stored.find_figures(
        session, origin.scheme_id, question.indicator, origin.year, question.known_at
    )
    carried = _carried(session, origin, _at_home(session, origin, found), spread, question)
    if origin.aggregation is not Aggregation.SUM:
        carried = replace(carried, estimated=set(carried.figures))
    return _answered(origin, carried, found)


def _covered(session: Session, origin: _Origin, spread: Spread, edition: AreaEdition) -> int:
    """How much of the edition's surface a scheme says something about: per cent, rounded up.

    All from 99 % on, which is how differently two files may draw the same border. For the same
    reason nothing under 1 % if no area lies inside.
    """
    surfaces = load_edition(session, origin.edition).coverage.surfaces
    held = sum(
        surfaces[code] * (WHOLE - shares.get(OUTSIDE, 0)) / WHOLE
        for code, shares in spread.parts.items()
    )
    whole = sum(load_edition(session, edition).coverage.surfaces.values())
    share = held / whole if whole else 0.0
    if spread.rough and share < 1 - NESTED / WHOLE:
        return 0
    return 100 if share >= NESTED / WHOLE else math.ceil(share * 100)


def _answered(origin: _Origin, placed: _Placed, found: Mapping[str, tuple[int, int]]) -> Answer:
    values = {
        code: Value(placed.figures[code], origin.year, code in placed.estimated)
        for code in sorted(placed.figures)
    }
    files = {code: file_id for code, (_, file_id) in found.items()}
    return Answer(origin.scheme_id, origin.year, values, placed.outside, files)


# Codes of other editions


def _at_home(
    session: Session,
    origin: _Origin,
    found: Mapping[str, tuple[int, int]],
    shown: Set[str] = frozenset(),
) -> _Placed:
    """Figures by the codes of the year's own edition; old codes go on in their successors.

    A code's own figure goes before what would come to it from a code that is gone, and is taken
    off what that one passes on. Of codes that are `shown` as they are nothing is passed on.
    """
    figures = {code: value for code, (value, _) in found.items()}
    codes = load_edition(session, origin.edition).version_ids
    placed = _Placed({code: figures[code] for code in figures if code in codes}, set())
    taken = placed.figures
    strangers = {code: figures[code] for code in sorted(figures) if code not in codes}
    for start in _nearest_first(origin):
        held = load_edition(session, origin.editions[start]).version_ids if strangers else {}
        some = {code: strangers.pop(code) for code in list(strangers) if code in held}
        if some:
            rest = {code: value for code, value in some.items() if code not in shown}
            come = _passed_on(session, origin, rest, start, taken)
            every = come if rest == some else _passed_on(session, origin, some, start, taken)
            taken = taken | every.figures
            placed = _Placed(
                placed.figures | come.figures,
                placed.estimated | come.estimated,
                placed.outside + come.outside,
            )
    return placed


def _passed_on(
    session: Session,
    origin: _Origin,
    figures: Mapping[str, int],
    start: int,
    taken: Mapping[str, int],
) -> _Placed:
    """What codes of an edition that are gone at home leave to those that have no figure yet."""
    forth = within(session, origin.editions, start, origin.home)
    back = within(session, origin.editions, origin.home, start)
    codes = load_edition(session, origin.edition).version_ids
    gone = {code: parts for code, parts in forth.parts.items() if code not in codes}
    left, free = _narrowed(origin, figures, taken, replace(forth, parts=gone), back)
    come = _summed_up(session, origin, _Placed(left, set()), free, {})
    new = {code: value for code, value in come.figures.items() if code not in taken}
    return replace(come, figures=new, estimated=come.estimated & new.keys())


def _narrowed(
    origin: _Origin,
    figures: Mapping[str, int],
    taken: Mapping[str, int],
    forth: Spread,
    back: Spread,
) -> tuple[dict[str, int], Spread]:
    """Sums go only where there is no figure yet, without what those figures hold already."""
    if origin.aggregation is not Aggregation.SUM or not taken:
        return dict(figures), forth
    free = without_taken(forth.parts, taken.keys())
    some = {code: value for code, value in figures.items() if code in free}
    unit = _unit([*figures.values(), *taken.values()])
    left = left_over(some, taken, back.parts, unit)
    less = {target for code in some if left[code] != some[code] for target in free[code]}
    return left, Spread(free, forth.rough | less)


def _unit(figures: Iterable[int]) -> int:
    """Residents stay whole; what came with decimals may have some."""
    return MILLION if all(figure % MILLION == 0 for figure in figures) else 1


def _nearest_first(origin: _Origin) -> list[int]:
    """The other editions: earlier ones from the latest on, then the later ones."""
    return [*reversed(range(origin.home)), *range(origin.home + 1, len(origin.editions))]


# From one edition to another


def _carried(
    session: Session, origin: _Origin, placed: _Placed, spread: Spread, question: Question
) -> _Placed:
    residents: Mapping[str, int] = {}
    if origin.aggregation in (Aggregation.MEAN, Aggregation.MAJORITY):
        residents = _residents(session, origin, placed, question)
    carried = _summed_up(session, origin, placed, spread, residents)
    return replace(carried, outside=carried.outside + placed.outside)


def _residents(
    session: Session, origin: _Origin, placed: _Placed, question: Question
) -> Mapping[str, int]:
    """Residents of the same areas; nothing unless they are known for each."""
    years = stored.find_years(session, POPULATION, question.known_at, origin.scheme_id)
    year = newest_year(years.get(origin.scheme_id, []), origin.year)
    if year is None:
        return {}
    found = stored.find_figures(session, origin.scheme_id, POPULATION, year, question.known_at)
    figures = {code: value for code, (value, _) in found.items()}
    return figures if placed.figures.keys() <= figures.keys() else {}


def _summed_up(
    session: Session,
    origin: _Origin,
    placed: _Placed,
    spread: Spread,
    residents: Mapping[str, int],
) -> _Placed:
    """Figures of the areas that `spread` leads to, by the way of the indicator."""
    figures = {code: value for code, value in placed.figures.items() if code in spread.parts}
    parts = spread.parts
    rough = spread.rough | lacking(parts, figures.keys())
    rough |= {target for code in placed.estimated if code in parts for target in parts[code]}
    if origin.aggregation is Aggregation.SUM:
        found = spread_sum(figures, parts, _unit(figures.values()))
        outside = found.pop(OUTSIDE, 0)
        return _Placed(found, set(rough & found.keys()), outside)
    if origin.aggregation is None:
        found = _kept(figures, parts)
        return _Placed(found, set(rough & found.keys()))
    weights = Weights(residents, _surfaces(session, origin, spread))
    way = spread_mean if origin.aggregation is Aggregation.MEAN else spread_majority
    found = way(figures, parts, weights)
    return _Placed(found, set((rough | joined(parts)) & found.keys()))


def _kept(figures: Mapping[str, int], parts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Only what goes from one area to one: nobody has said how figures are put together."""
    several = joined(parts)
    return {
        target: figure
        for code, figure in figures.items()
        for target, share in parts[code].items()
        if share == WHOLE and target not in several and target != OUTSIDE
    }


def _surfaces(session: Session, origin: _Origin, spread: Spread) -> dict[str, int]:
    """Square decimetres, in the edition that has these codes."""
    for edition in [origin.edition, *origin.editions]:
        surfaces = load_edition(session, edition).coverage.surfaces
        if spread.parts.keys() <= surfaces.keys():
            return {code: max(round(surfaces[code] * 100), 1) for code in spread.parts}
    raise LookupError("The areas that are spread are of no edition.")

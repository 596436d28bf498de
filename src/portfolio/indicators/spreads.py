"""Where the areas of one edition lie in another; kept, since editions never change."""

from collections.abc import Sequence

from sqlmodel import Session

from portfolio.areas.lineage import Line
from portfolio.areas.models import AreaEdition, AreaScheme
from portfolio.areas.repository import (
    LoadedEdition,
    find_area_codes,
    find_successors,
    load_edition,
)
from portfolio.database.kept import Kept
from portfolio.indicators.overlaps import measured_parts
from portfolio.indicators.rules import (
    Spread,
    divided,
    is_nested,
    settled,
    whole_parts,
)
from portfolio.shares import WHOLE, Coverage

# With 6 000 areas one takes a few megabytes.
MOST_KEPT = 32
_across: Kept[tuple[int, int, bool], Spread] = Kept(MOST_KEPT)
_within: Kept[tuple[int, ...], Spread] = Kept(MOST_KEPT)


def across(session: Session, source: AreaEdition, target: AreaEdition) -> Spread:
    """From the areas of one scheme to those of another.

    In a scheme that the areas nest in, each area counts wholly where it lies. That is so if
    nearly all of each lies in one area, or if the scheme is said to be the coarser one (A4).
    """
    is_part = _is_part_of(session, source.scheme_id, target.scheme_id)
    key = (source.id or 0, target.id or 0, is_part)
    return _across.get(session, key, lambda: _measure(session, source, target, is_part=is_part))


def _measure(
    session: Session, source: AreaEdition, target: AreaEdition, *, is_part: bool
) -> Spread:
    loaded = load_edition(session, target)
    parts = measured_parts(load_edition(session, source).coverage, loaded.coverage)
    if is_nested(parts):
        return Spread(settled(parts), frozenset())
    if not is_part:
        return Spread(parts, frozenset(loaded.version_ids))
    return Spread(whole_parts(parts), divided(settled(parts)))


def _is_part_of(session: Session, scheme_id: int, coarser_id: int) -> bool:
    """Whether a scheme is said to be nested in another, directly or by steps."""
    seen: set[int] = set()
    at: int | None = scheme_id
    while at is not None and at not in seen:
        seen.add(at)
        at = session.get_one(AreaScheme, at).parent_id
        if at == coarser_id:
            return True
    return False


def within(session: Session, editions: Sequence[AreaEdition], start: int, end: int) -> Spread:
    """From the areas of one edition to those of another of the same scheme.

    A code whose boundary is the same keeps its figure. One that is gone goes to the successors
    that an import named for it. What is left is spread by surface.

    Args:
        session: Where to look.
        editions: The scheme's, by date.
        start: The index of the edition that figures are of.
        end: The index of the one they are wanted for; it may be the earlier.
    """
    between = editions[min(start, end) : max(start, end) + 1]
    ids = [edition.id or 0 for edition in between]
    key = tuple(ids if start <= end else reversed(ids))
    return _within.get(session, key, lambda: _follow(session, between, is_back=start > end))


def _follow(session: Session, between: Sequence[AreaEdition], *, is_back: bool) -> Spread:
    old, new = load_edition(session, between[0]), load_edition(session, between[-1])
    source, target = (new, old) if is_back else (old, new)
    parts: dict[str, dict[str, int]] = {}
    for code, version in source.version_ids.items():
        if target.version_ids.get(code) == version:
            parts[code] = {code: WHOLE}
    if not is_back:
        parts |= _inherited(
            session,
            between,
            [code for code in source.version_ids if code not in target.version_ids],
        )
    left = [code for code in source.version_ids if code not in parts]
    measured = settled(measured_parts(_only(source, left), target.coverage))
    every = {**parts, **measured}
    ordered = {code: every[code] for code in source.version_ids}
    return Spread(ordered, divided(ordered))


def _inherited(
    session: Session, between: Sequence[AreaEdition], gone: Sequence[str]
) -> dict[str, dict[str, int]]:
    """What followed on each code, where an import has said so to the end."""
    if not gone:
        return {}
    ids = [edition.id or 0 for edition in between]
    codes = {id: frozenset(find_area_codes(session, id)) for id in ids}
    line = Line(tuple(between), codes, find_successors(session, ids))
    found = {}
    for code in gone:
        heirs = line.follow(code, between[0].valid_from, len(between) - 1)
        if heirs and sum(heirs.values()) == WHOLE:
            found[code] = {heir: share for heir, share in heirs.items() if share}
    return found


def _only(loaded: LoadedEdition, codes: Sequence[str]) -> Coverage:
    wanted = set(codes)
    coverage = loaded.coverage
    at = [index for index, code in enumerate(coverage.codes) if code in wanted]
    shapes = [coverage.geometries[index] for index in at]
    return Coverage.build([coverage.codes[index] for index in at], shapes)

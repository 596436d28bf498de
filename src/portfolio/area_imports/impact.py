"""What an edition means for investments and programs; the same before and after it is applied."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from portfolio.area_imports import money_moves, repository
from portfolio.area_imports.money_moves import IN_NO_AREA, Placed
from portfolio.area_imports.repository import Base, Pointer
from portfolio.area_imports.rules import Area, Comparison, Orphan, merged_successors
from portfolio.areas.lineage import Line
from portfolio.areas.models import AreaEdition
from portfolio.areas.repository import LoadedEdition
from portfolio.investments.placing import BASES, Placer, place_of
from portfolio.investments.repository import LOCATION, SERVED, find_share_sets
from portfolio.shares import OUTSIDE, Coverage, Shares, as_number

# Basis (location or served) -> investment id -> shares.
Derived = Mapping[str, Mapping[int, Shares]]
Parts = Mapping[str, int]
# The same as they are stored: what lies outside, and in each area.
Stored = Mapping[str, Mapping[int, tuple[int, Parts]]]


@dataclass(frozen=True, slots=True)
class Outlook:
    """A scheme as it will be: the new edition in memory, and the line with it at its end."""

    edition: AreaEdition
    loaded: LoadedEdition
    line: Line
    successors: Mapping[str, Parts]


def look_ahead(
    base: Base,
    edition: AreaEdition,
    shapes: Mapping[str, Any],
    version_ids: Mapping[str, int],
    successors: Mapping[str, Parts],
) -> Outlook:
    """With `shapes` by code as the edition's areas. The edition need not be stored yet."""
    id = edition.id or 0
    corrected = base.corrected_by(edition.valid_from)
    former = base.line.successors.get(corrected.id or 0, {}) if corrected else {}
    merged = merged_successors(former, successors, shapes.keys())
    kept = base.line.editions[:-1] if corrected else base.line.editions
    line = Line(
        (*kept, edition),
        {**base.line.codes, id: frozenset(shapes)},
        {**base.line.successors, id: merged},
    )
    coverage = Coverage.build(list(shapes), list(shapes.values()))
    loaded = LoadedEdition(id, edition.scheme_id, dict(version_ids), coverage)
    return Outlook(edition, loaded, line, merged)


def derive_shares(session: Session, investments: Iterable[Any], outlook: Outlook) -> Derived:
    """The shares of every investment that has a place, in the new edition (A5)."""
    placer = Placer.of(session)
    placer.lines[outlook.edition.scheme_id] = outlook.line
    derived: dict[str, dict[int, Shares]] = {basis: {} for basis in BASES}
    for investment in investments:
        for basis in BASES:
            place = place_of(investment, basis, placer.scheme_ids)
            if place is not None:
                shares = placer.shares(place, outlook.edition, outlook.loaded)
                derived[basis][investment.id] = shares
    return derived


def stored_shares(session: Session, base: Base) -> Stored:
    """The shares of every investment in the newest edition, as it is before the import."""
    stored: dict[str, dict[int, tuple[int, Parts]]] = {basis: {} for basis in BASES}
    if base.newest is not None:
        for basis in BASES:
            sets = find_share_sets(session, None, base.newest.id or 0, basis)
            stored[basis] = {id: (row.outside, parts) for id, (row, parts) in sets.items()}
    return stored


def find_orphans(
    session: Session, base: Base, comparison: Comparison, investments: Iterable[Any]
) -> list[Orphan]:
    """Every code that would vanish while something points at it, followed to today's name."""
    if not comparison.removed:
        return []
    pointing = repository.investment_pointers(investments, base.scheme.code)
    invested = _who_points(base, pointing)
    planned = _who_points(base, repository.program_pointers(session, base.scheme.id or 0))
    return [
        Orphan(
            code,
            base.areas[code].name,
            tuple(sorted(invested.get(code, ()))),
            tuple(sorted(planned.get(code, ()))),
        )
        for code in comparison.removed
        if code in invested or code in planned
    ]


def _who_points(base: Base, pointers: Sequence[Pointer]) -> dict[str, set[str]]:
    """By the codes of the newest edition, who points at each."""
    found: dict[str, set[str]] = {}
    for pointer in pointers:
        last = len(base.line.editions) - 1
        followed = base.line.follow(pointer.area, pointer.named_on, last)
        for code in followed or ():
            found.setdefault(code, set()).add(pointer.who)
    return found


def impact_of(
    session: Session,
    base: Base,
    comparison: Comparison,
    investments: Sequence[Any],
    shares: tuple[Stored, Derived],
    orphans: Sequence[Orphan],
) -> dict[str, Any]:
    """The answer's `impact`: every list by code, compared with the newest edition.

    `shares` are those before and those after.
    """
    return {
        "investments": _changed_investments(investments, *shares),
        "programs": _changed_programs(session, base, comparison),
        "orphans": [
            {
                "code": orphan.code,
                "name": orphan.name,
                "investments": list(orphan.investments),
                "programs": list(orphan.programs),
            }
            for orphan in orphans
        ],
    }


def no_impact() -> dict[str, Any]:
    return {"investments": [], "programs": [], "orphans": []}


def _changed_investments(
    investments: Sequence[Any], stored: Stored, derived: Derived
) -> list[dict[str, Any]]:
    changed = []
    for row in investments:
        before = {basis: stored[basis].get(row.id) for basis in BASES}
        after = {basis: _parts_of(derived[basis].get(row.id)) for basis in BASES}
        if before != after:
            changed.append(_shown(row, before, after))
    return changed


def _parts_of(shares: Shares | None) -> tuple[int, Parts] | None:
    return None if shares is None else (shares.outside, shares.areas)


def _shown(row: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "before": _listed(before[LOCATION]) or [],
        "after": _listed(after[LOCATION]) or [],
        "outside_before": _outside(before[LOCATION]),
        "outside_after": _outside(after[LOCATION]),
        "served_before": _listed(before[SERVED]),
        "served_after": _listed(after[SERVED]),
    }


def _listed(shares: tuple[int, Parts] | None) -> list[dict[str, Any]] | None:
    if shares is None:
        return None
    return [{"code": code, "share": as_number(part)} for code, part in sorted(shares[1].items())]


def _outside(shares: tuple[int, Parts] | None) -> float | None:
    return None if shares is None else as_number(shares[0])


def _changed_programs(session: Session, base: Base, comparison: Comparison) -> list[dict[str, Any]]:
    touched = {*comparison.removed, *comparison.redrawn}
    if not touched:
        return []
    found: dict[str, set[str]] = {}
    pointing = _who_points(base, repository.program_pointers(session, base.scheme.id or 0))
    for area in touched:
        for program in pointing.get(area, ()):
            found.setdefault(program, set()).add(area)
    names = repository.program_names(session) if found else {}
    return [
        {"code": code, "name": names[code], "areas": sorted(areas)}
        for code, areas in sorted(found.items())
    ]


def money_between(
    base: Base,
    after: Mapping[str, Area],
    investments: Sequence[Any],
    shares: tuple[Stored, Derived],
    links: money_moves.Links,
) -> dict[str, Any]:
    """The answer's `money`: what the areas hold of all investments, before and after."""
    names = {code: area.name for code, area in [*base.areas.items(), *after.items()]}
    stored, derived = shares[0][LOCATION], shares[1][LOCATION]
    placed = (
        Placed(
            row.forecast_capital,
            row.forecast_operating,
            _weights(stored.get(row.id)),
            _weights(_parts_of(derived.get(row.id))),
            _without_place(row.location),
        )
        for row in investments
    )
    return money_moves.money_of(placed, names, links)


def _weights(shares: tuple[int, Parts] | None) -> money_moves.Weights:
    """Before its first edition a scheme has no area: all of it lies outside."""
    return IN_NO_AREA if shares is None else {**shares[1], OUTSIDE: shares[0]}


def _without_place(location: Mapping[str, Any]) -> str | None:
    if "geometry" in location or location.get("areas"):
        return None
    wide = location.get(money_moves.EVERYWHERE)
    return money_moves.EVERYWHERE if wide else money_moves.NOWHERE

"""What an import changes in a scheme, and what stands in the way of applying it (A1, A6). Pure."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import is_

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from portfolio.areas.report import Issue
from portfolio.errors import Reason
from portfolio.language import Text
from portfolio.shares import WHOLE, manual_shares

RULE = "A6"
# Vertices that moved less are the same: rounding in a file format, not a new boundary.
SAME_M = 0.001
# With other vertices on the same line, the surface between the two boundaries.
SAME_M2 = 0.01
MOST_NAMED = 20

# What somebody says took over a code: codes with shares.
Heirs = Sequence[tuple[str, Decimal]]
# What took over each code, with shares of 10^-12.
Successors = Mapping[str, Mapping[str, int]]
NONE_PROPOSED: Successors = {}


class Status(StrEnum):
    PREVIEWED = "previewed"
    APPLIED = "applied"
    DISCARDED = "discarded"


class Extent(StrEnum):
    WHOLE = "whole"
    PART = "part"


class Change(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Area:
    """A name and a boundary, in planar metres."""

    name: str
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Comparison:
    """Codes in order; `redrawn` are those of `changed` that have another boundary."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    redrawn: frozenset[str] = frozenset()

    @property
    def changes_nothing(self) -> bool:
        return not (self.added or self.changed or self.removed)

    @property
    def counts(self) -> dict[str, int]:
        names = ("added", "changed", "removed", "unchanged")
        return {name: len(getattr(self, name)) for name in names}


def compare(
    base: Mapping[str, Area],
    given: Mapping[str, Area],
    extent: Extent,
    unreadable: Set[str] = frozenset(),
) -> Comparison:
    """What a file changes in an edition.

    Args:
        base: The areas of the edition, by code.
        given: The areas of the file, by code.
        extent: A whole file removes the codes it lacks; a part leaves them alone.
        unreadable: Codes that the file has, but with an error: they are not removed.
    """
    common = sorted(base.keys() & given.keys())
    same = same_surfaces(
        [base[code].geometry for code in common], [given[code].geometry for code in common]
    )
    redrawn = frozenset(code for code, equal in zip(common, same, strict=True) if not equal)
    renamed = {code for code in common if base[code].name != given[code].name}
    removed = base.keys() - given.keys() - unreadable if extent is Extent.WHOLE else set[str]()
    return Comparison(
        added=tuple(sorted(given.keys() - base.keys())),
        changed=tuple(sorted(redrawn | renamed)),
        removed=tuple(sorted(removed)),
        unchanged=tuple(code for code in common if code not in redrawn | renamed),
        redrawn=redrawn,
    )


def same_surfaces(
    former: Sequence[BaseGeometry], latter: Sequence[BaseGeometry]
) -> npt.NDArray[np.bool_]:
    """For each pair whether it is the same surface, to the millimetre or to SAME_M2."""
    old, new = _array(former), _array(latter)
    same = np.fromiter(map(is_, former, latter), dtype=bool, count=len(old))
    other = ~same
    same[other] = shapely.equals_exact(
        shapely.normalize(old[other]), shapely.normalize(new[other]), SAME_M
    )
    # Surfaces that differ in size differ; only the others are worth cutting.
    close = np.abs(shapely.area(old) - shapely.area(new)) < SAME_M2
    rest = np.flatnonzero(~same & close)
    if rest.size:
        between = shapely.area(shapely.symmetric_difference(old[rest], new[rest]))
        same[rest] = between < SAME_M2
    return same


def _array(geometries: Sequence[BaseGeometry]) -> npt.NDArray[np.object_]:
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    return array


def check_date(valid_from: date, newest: date | None) -> list[Issue]:
    """A6: not before the newest edition, of which `newest` is the first day."""
    if newest is None or valid_from >= newest:
        return []
    detail = Text(
        f"Dagen {valid_from} ligger före den senaste indelningens {newest}. Ange {newest} "
        "för att rätta den, eller ett senare datum.",
        f"The day {valid_from} is before the newest edition's {newest}. Give {newest} to "
        "correct that one, or a later date.",
    )
    return [Issue("error", "valid_from_too_early", None, detail)]


@dataclass(frozen=True, slots=True)
class Orphan:
    """A code that vanishes while investments or programs, by their codes, point at it."""

    code: str
    name: str
    investments: tuple[str, ...]
    programs: tuple[str, ...]


def check_errors(issues: Iterable[Mapping[str, object]]) -> list[Reason]:
    """One reason for each kind of error that a file has."""
    kinds: dict[str, int] = {}
    for issue in issues:
        if issue["severity"] == "error":
            kinds[str(issue["kind"])] = kinds.get(str(issue["kind"]), 0) + 1
    return [
        _reason(
            f"Filen har fel av slaget {kind} ({number}); rätta dem och läs in filen på nytt.",
            f"The file has errors of the kind {kind} ({number}); correct them and send it again.",
        )
        for kind, number in sorted(kinds.items())
    ]


def check_successors(
    given: Mapping[str, Heirs],
    removed: Set[str],
    following: Set[str],
    orphans: Sequence[Orphan],
    proposed: Successors = NONE_PROPOSED,
    *,
    accept: bool = False,
) -> tuple[dict[str, dict[str, int]], list[Reason]]:
    """What took over each code, in units of 10^-12, and every fault found in that (A6).

    Args:
        given: What a person says took over each code that vanishes.
        removed: The codes that vanish.
        following: The codes of the new edition.
        orphans: Those that need a successor.
        proposed: What overlaps say took over each code, in units of 10^-12.
        accept: Whether the proposals hold for the codes that `given` lacks.
    """
    accepted: dict[str, dict[str, int]] = {}
    if accept:
        accepted = {code: dict(heirs) for code, heirs in proposed.items() if code not in given}
    reasons = [
        _no_successor(orphan, proposed.get(orphan.code, {}))
        for orphan in orphans
        if orphan.code not in given and orphan.code not in accepted
    ]
    for code, heirs in sorted(given.items()):
        faults = _heir_faults(code, heirs, removed, following)
        shares = {} if faults else _summing_to_one(heirs)
        if not faults and not shares:
            faults = [_wrong_sum(code, heirs)]
        reasons += faults
        accepted[code] = shares
    return accepted, reasons


def _heir_faults(code: str, heirs: Heirs, removed: Set[str], following: Set[str]) -> list[Reason]:
    faults = []
    if code not in removed:
        faults.append(
            _reason(
                f"{code} försvinner inte med den här importen; ta bort koden ur successors.",
                f"{code} does not vanish with this import; take it out of successors.",
            )
        )
    names = [heir for heir, _ in heirs]
    for unknown in sorted(set(names) - following):
        faults.append(
            _reason(
                f"Efterträdaren {unknown} till {code} finns inte i den nya indelningen; "
                "välj en kod som finns där.",
                f"The successor {unknown} of {code} is not in the new edition; choose a code "
                "that is.",
            )
        )
    if len(set(names)) != len(names):
        faults.append(
            _reason(
                f"En efterträdare till {code} nämns två gånger; slå ihop dess andelar.",
                f"A successor of {code} is named twice; merge its shares.",
            )
        )
    return faults


def _summing_to_one(heirs: Heirs) -> dict[str, int]:
    """Empty where the shares do not sum to 1 within 10^-9."""
    try:
        shares = manual_shares(list(heirs))
    except ValueError:
        return {}
    return shares.areas if sum(shares.areas.values()) == WHOLE else {}


def _wrong_sum(code: str, heirs: Heirs) -> Reason:
    total = float(sum(share for _, share in heirs))
    return _reason(
        f"Andelarna för {code} blir {total:.10g}; de ska bli 1.",
        f"The shares for {code} sum to {total:.10g}; they must sum to 1.",
    )


def _no_successor(orphan: Orphan, proposal: Mapping[str, int]) -> Reason:
    named = sorted({*orphan.investments, *orphan.programs})
    shown = ", ".join(named[:MOST_NAMED]) + (", …" if len(named) > MOST_NAMED else "")
    sv = f"Koden {orphan.code} försvinner men används av {shown}; ange dess efterträdare."
    en = f"The code {orphan.code} vanishes but is used by {shown}; give its successor."
    if not proposal:
        return _reason(sv, en)
    heirs = _as_percent(proposal)
    return _reason(
        f"{sv} Efter yta blir det {heirs.sv}; accept_lineage godtar det.",
        f"{en} By surface that is {heirs.en}; accept_lineage takes it.",
    )


def _as_percent(proposal: Mapping[str, int]) -> Text:
    # The largest first; as many as a sentence holds.
    largest = sorted(proposal.items(), key=lambda heir: (-heir[1], heir[0]))
    parts = [(code, f"{part * 100 / WHOLE:.1f} %") for code, part in largest[:MOST_NAMED]]
    rest = ", …" if len(largest) > MOST_NAMED else ""
    sv = ", ".join(f"{code} {part.replace('.', ',')}" for code, part in parts)
    return Text(sv + rest, ", ".join(f"{code} {part}" for code, part in parts) + rest)


def _reason(sv: str, en: str) -> Reason:
    return Reason(RULE, Text(sv, en))


def merged_successors(
    former: Mapping[str, Mapping[str, int]],
    given: Mapping[str, Mapping[str, int]],
    following: Set[str],
) -> dict[str, dict[str, int]]:
    """The successors of an edition that corrects another: what that one said still holds.

    Args:
        former: What the corrected edition said, in units of 10^-12.
        given: What took over the codes that the correction removes.
        following: The codes of the correcting edition.
    """
    merged = {code: dict(heirs) for code, heirs in given.items()}
    for code, heirs in former.items():
        if code in following or code in merged:
            continue
        parts: dict[str, int] = {}
        for heir, share in sorted(heirs.items()):
            for last, part in _last_heirs(heir, given, following).items():
                parts[last] = parts.get(last, 0) + share * part // WHOLE
        if parts:
            parts[min(parts)] += WHOLE - sum(parts.values())
            merged[code] = parts
    return merged


def _last_heirs(
    heir: str, given: Mapping[str, Mapping[str, int]], following: Set[str]
) -> Mapping[str, int]:
    return {heir: WHOLE} if heir in following else given.get(heir, {})

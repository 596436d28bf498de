"""The portfolio of an area: every investment with a share there, money split to the öre (A7)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from portfolio.amounts import format_amount, split_series
from portfolio.money.rules import Type
from portfolio.reports.places import Places
from portfolio.reports.rows import Row, forecast_by_year, program_codes
from portfolio.shares import OUTSIDE, as_number

# Capital before operating, each by year: the order in which a series is split.
TYPES = (Type.CAPITAL, Type.OPERATING)
Keyed = dict[tuple[str, int], int]
# Where money can be, as the answer names it; what is located is in the items.
LOCATED, OUTSIDE_AREAS, EVERYWHERE, NOWHERE = (
    "located",
    "outside",
    "municipality_wide",
    "not_located",
)


@dataclass(frozen=True, slots=True)
class Part:
    """What of one investment's plan lies in the area; net öre by type and year."""

    row: Row
    share: int
    planned: Keyed
    apportioned: Keyed


class Whole:
    """The scheme's whole: what lies in areas and what in none, net öre by type (A7)."""

    def __init__(self) -> None:
        self.sums: Counter[tuple[str, str]] = Counter()
        # Of each investment's money without its sign: a net income must not hide an expense.
        self.located_size = self.size = 0

    def add(self, place: str, amounts: Mapping[tuple[str, int], int]) -> None:
        for (kind, _), ore in amounts.items():
            self.sums[place, kind] += ore
        size = abs(sum(amounts.values()))
        self.size += size
        if place == LOCATED:
            self.located_size += size

    def shown(self) -> dict[str, Any]:
        places: dict[str, tuple[str, ...]] = {
            name: (name,) for name in (OUTSIDE_AREAS, EVERYWHERE, NOWHERE)
        }
        places["scheme_total"] = (LOCATED, OUTSIDE_AREAS, EVERYWHERE, NOWHERE)
        shown: dict[str, Any] = {}
        for name, parts in places.items():
            by_type = {kind: sum(self.sums[part, kind] for part in parts) for kind in TYPES}
            shown[name] = format_amount(sum(by_type.values()))
            for kind, ore in by_type.items():
                shown[f"{name}_{kind}"] = format_amount(ore)
        shown["located_share"] = self.located_size / self.size if self.size else None
        return shown


@dataclass(frozen=True, slots=True)
class Question:
    """Which area, of which scheme, on which date, by what basis."""

    scheme: str
    code: str
    at: date
    basis: str
    known_at: datetime | None


def portfolio(session: Session, question: Question, rows: Sequence[Row]) -> dict[str, Any]:
    """The answer; `rows` are all investments that the filters leave, in order of code."""
    parts, whole = _apportioned(session, question, rows)
    programs = program_codes(session)
    return {
        "scheme": question.scheme,
        "code": question.code,
        "at": question.at.isoformat(),
        "by": question.basis,
        "items": [_item(part, programs) for part in parts],
        "next": None,
        "total": len(parts),
        "totals": {
            "all": _sums(parts),
            "by_kind": _grouped(parts, "kind", lambda part: part.row.kind),
            "by_department": _grouped(parts, "department", lambda part: part.row.department),
            "by_gate": _grouped(parts, "gate", lambda part: part.row.gate),
            "by_serves": _grouped(parts, "serves", lambda part: part.row.serves),
            "by_year": _by_year(parts),
        },
        **whole.shown(),
    }


def _apportioned(
    session: Session, question: Question, rows: Sequence[Row]
) -> tuple[list[Part], Whole]:
    places = Places(session, question.scheme, question.at, question.basis, question.known_at)
    plans = forecast_by_year(session, question.known_at)
    whole = Whole()
    parts: list[Part] = []
    for row in rows:
        planned = _ordered(plans.get(row.id, {}))
        weights = places.weights(row)
        if weights is None:
            whole.add(EVERYWHERE if places.is_municipality_wide(row) else NOWHERE, planned)
            continue
        split = split_series(list(planned.values()), weights)
        outside = {key: part[OUTSIDE] for key, part in zip(planned, split, strict=True)}
        whole.add(OUTSIDE_AREAS, outside)
        whole.add(LOCATED, {key: planned[key] - ore for key, ore in outside.items()})
        if weights.get(question.code):
            here = {
                key: element[question.code] for key, element in zip(planned, split, strict=True)
            }
            parts.append(Part(row, weights[question.code], planned, here))
    return parts, whole


def _ordered(years: Mapping[tuple[str, int], int]) -> Keyed:
    return {key: years[key] for kind in TYPES for key in sorted(years) if key[0] == kind}


def _item(part: Part, programs: Mapping[int, str]) -> dict[str, Any]:
    row = part.row
    return {
        "investment": row.code,
        "name": row.name,
        "kind": row.kind,
        "program": row.program_code or programs.get(row.program_id or 0),
        "department": row.department,
        "gate": row.gate,
        "status": row.status,
        "serves": row.serves,
        "share": as_number(part.share),
        **_amounts([part]),
    }


def _amounts(parts: Sequence[Part]) -> dict[str, str]:
    def summed(name: str, kind: str | None) -> str:
        amounts = (
            amount
            for part in parts
            for key, amount in getattr(part, name).items()
            if kind is None or key[0] == kind
        )
        return format_amount(sum(amounts))

    return {
        f"{name}_{suffix}": summed(name, kind)
        for name in ("planned", "apportioned")
        for suffix, kind in (("total", None), ("capital", "capital"), ("operating", "operating"))
    }


def _sums(parts: Sequence[Part]) -> dict[str, Any]:
    return {"count": len(parts), **_amounts(parts)}


def _grouped(
    parts: Sequence[Part], name: str, key: Callable[[Part], str | None]
) -> list[dict[str, Any]]:
    groups: dict[str | None, list[Part]] = {}
    for part in parts:
        groups.setdefault(key(part), []).append(part)
    ordered = sorted(groups, key=lambda group: group or "")
    return [{name: group, **_sums(groups[group])} for group in ordered]


def _by_year(parts: Sequence[Part]) -> list[dict[str, Any]]:
    years = sorted({year for part in parts for _, year in part.planned})
    found = []
    for year in years:
        of_year = [
            Part(
                part.row,
                part.share,
                {key: amount for key, amount in part.planned.items() if key[1] == year},
                {key: amount for key, amount in part.apportioned.items() if key[1] == year},
            )
            for part in parts
            if any(key[1] == year for key in part.planned)
        ]
        found.append({"year": year, **_sums(of_year)})
    return found

"""The portfolio of an area: every investment with a share there, money split to the öre (A7)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from portfolio.amounts import format_amount, split_series
from portfolio.investments.models import Investment
from portfolio.investments.repository import LOCATION, SERVED, find_shares
from portfolio.investments.rules import Serves
from portfolio.money.rules import Type
from portfolio.reports.rows import Row, forecast_by_year, steerings
from portfolio.shares import OUTSIDE, as_number

# Capital before operating, each by year: the order in which a series is split.
TYPES = (Type.CAPITAL, Type.OPERATING)
Keyed = dict[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Part:
    """What of one investment's plan lies in the area; net öre by type and year."""

    row: Row
    share: int
    planned: Keyed
    apportioned: Keyed


@dataclass(slots=True)
class Whole:
    """The scheme's whole: what lies in areas and what in none, net öre (A7)."""

    located: int = 0
    outside: int = 0
    municipality_wide: int = 0
    not_located: int = 0

    @property
    def total(self) -> int:
        return self.located + self.outside + self.municipality_wide + self.not_located


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
    programs = {id: code for id, (code, _) in steerings(session).items()}
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
        "outside": format_amount(whole.outside),
        "municipality_wide": format_amount(whole.municipality_wide),
        "not_located": format_amount(whole.not_located),
        "scheme_total": format_amount(whole.total),
        "located_share": whole.located / whole.total if whole.total else None,
    }


def _apportioned(
    session: Session, question: Question, rows: Sequence[Row]
) -> tuple[list[Part], Whole]:
    places = _Places(session, question)
    plans = forecast_by_year(session, question.known_at)
    whole = Whole()
    parts: list[Part] = []
    for row in rows:
        planned = _ordered(plans.get(row.id, {}))
        net = sum(planned.values())
        weights = places.weights(row)
        if weights is None:
            if places.is_municipality_wide(row):
                whole.municipality_wide += net
            else:
                whole.not_located += net
            continue
        split = split_series(list(planned.values()), weights)
        outside = sum(element[OUTSIDE] for element in split)
        whole.outside += outside
        whole.located += net - outside
        if weights.get(question.code):
            here = {
                key: element[question.code] for key, element in zip(planned, split, strict=True)
            }
            parts.append(Part(row, weights[question.code], planned, here))
    return parts, whole


def _ordered(years: Mapping[tuple[str, int], int]) -> Keyed:
    return {key: years[key] for kind in TYPES for key in sorted(years) if key[0] == kind}


class _Places:
    """Where each investment's money goes: by where it stands, or by whom it serves."""

    def __init__(self, session: Session, question: Question) -> None:
        self.question = question
        located = find_shares(session, question.at, known_at=question.known_at)
        self.located = located
        self.served = (
            find_shares(session, question.at, basis=SERVED, known_at=question.known_at)
            if question.basis == SERVED
            else {}
        )
        locations = session.exec(select(Investment.id, Investment.location))
        self.wide = {id for id, location in locations if location.get("municipality_wide")}

    def weights(self, row: Row) -> dict[str, int] | None:
        if self._serves_all(row):
            return None
        for found in (self.served, self.located):
            view = found.get(row.id, {}).get(self.question.scheme)
            if view is not None:
                return {**view.areas, OUTSIDE: view.outside}
        return None

    def is_municipality_wide(self, row: Row) -> bool:
        return row.id in self.wide or self._serves_all(row)

    def _serves_all(self, row: Row) -> bool:
        return self.question.basis != LOCATION and row.serves == Serves.CITYWIDE


def _item(part: Part, programs: Mapping[int, str]) -> dict[str, Any]:
    row = part.row
    return {
        "investment": row.code,
        "name": row.name,
        "kind": row.kind,
        "program": programs.get(row.program_id or 0),
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

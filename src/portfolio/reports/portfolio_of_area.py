"""The portfolio of an area: every investment with a share there, money split to the öre (A7)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from portfolio.amounts import format_amount, split_series
from portfolio.areas.models import AreaMembership
from portfolio.areas.repository import known, schemes_on
from portfolio.database.base import table
from portfolio.investments.models import AreaShare, Investment, InvestmentVersion, ShareSet
from portfolio.investments.repository import LOCATION, SERVED
from portfolio.money.rules import Type
from portfolio.reports.places import Places
from portfolio.reports.rows import (
    Moment,
    Row,
    all_rows_then,
    forecast_by_year,
    program_codes,
    rows_now,
)
from portfolio.reports.scheme_whole import Sums, find_figures, summed, whole_of_scheme
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

    @classmethod
    def of(cls, sums: Sums) -> "Whole":
        whole = cls()
        for place in (LOCATED, OUTSIDE_AREAS, EVERYWHERE, NOWHERE):
            for kind, ore in zip(TYPES, getattr(sums, place), strict=True):
                whole.sums[place, kind] = ore
        whole.located_size, whole.size = sums.located_size, sums.size
        return whole


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
    return _shown(session, question, *_apportioned(session, question, rows))


def portfolio_now(
    session: Session,
    question: Question,
    as_of: date | None,
    today: date,
    where: Sequence[sa.ColumnElement[bool]] = (),
) -> dict[str, Any]:
    """The same as known now; rows are read only of investments with a share there.

    `where` says which investments, by their own columns.
    """
    here = ids_in_area(session, question)
    chosen = sa.select(table(Investment).c.id).where(*where)
    if as_of is None:
        rows = rows_now(session, [col(Investment.id).in_(here), *where], None, None, today)
    else:
        ids = col(InvestmentVersion.investment_id)
        rows = list(all_rows_then(session, [ids.in_(here), ids.in_(chosen)], Moment(as_of), today))
    parts, _ = _apportioned(session, question, sorted(rows, key=lambda row: row.code), here)
    edition_id = edition_of(session, question)
    if where:
        sums = summed(find_figures(session, edition_id, question.basis, chosen).rows)
    else:
        sums = whole_of_scheme(session, edition_id, question.basis)
    return _shown(session, question, parts, Whole.of(sums))


def edition_of(session: Session, question: Question) -> int:
    """The edition in force; that there is one is known, for the area was found in it."""
    editions = schemes_on(session, question.at)
    return next(id for id, scheme in editions.items() if scheme == question.scheme)


def ids_in_area(session: Session, question: Question) -> Any:
    """A query for the ids of investments with a share in the area, and maybe some others."""
    sets, shares, members = table(ShareSet).c, table(AreaShare).c, table(AreaMembership).c
    edition_id = edition_of(session, question)
    bases = (SERVED, LOCATION) if question.basis == SERVED else (LOCATION,)
    # By the version of the area: that finds few rows, where the code is the same in all editions.
    version = (
        sa.select(members.area_version_id)
        .where(members.edition_id == edition_id, members.code == question.code)
        .scalar_subquery()
    )
    return (
        sa.select(sets.investment_id)
        .join_from(table(AreaShare), table(ShareSet), sets.id == shares.share_set_id)
        .where(shares.area_version_id == version, sets.edition_id == edition_id)
        .where(sets.basis.in_(bases), known(ShareSet, None))
    )


def _shown(
    session: Session, question: Question, parts: Sequence[Part], whole: Whole
) -> dict[str, Any]:
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
    session: Session, question: Question, rows: Sequence[Row], ids: Any = None
) -> tuple[list[Part], Whole]:
    """Of all the rows those with a share, and the whole of them; `ids` are those of the rows."""
    where = (question.scheme, question.at, question.basis, question.known_at)
    places = Places(session, *where, ids)
    plans = forecast_by_year(session, question.known_at, ids)
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

"""Finding investments and their shares."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import or_
from sqlmodel import Session, col, select

from portfolio.areas import repository as areas
from portfolio.areas.models import AreaScheme
from portfolio.database.base import raw, table
from portfolio.investments.models import AreaShare, Investment, ShareSet
from portfolio.programs.models import GateTemplate, Program

LOCATION = "location"
SERVED = "served"
# What a list shows of an investment's own columns, in the order of the answer.
LISTED = (
    "code",
    "name",
    "kind",
    "department",
    "problem",
    "description",
    "location",
    "served_areas",
    "serves",
    "starts_on",
    "ends_on",
    "accounting_objects",
    "restricted",
    "gate",
    "status",
)
JSON_LISTED = ("location", "served_areas", "accounting_objects", "restricted")


@dataclass(slots=True)
class SharesView:
    """The shares of one investment in one scheme, in units of 10^-12."""

    outside: int
    slivers: Mapping[str, int]
    areas: dict[str, int] = field(default_factory=dict)


# Investment id -> scheme code -> shares.
SharesOf = dict[int, dict[str, SharesView]]


def scheme_codes(session: Session) -> dict[int, str]:
    return {
        id: code
        for id, code in session.exec(select(AreaScheme.id, AreaScheme.code))
        if id is not None
    }


def find_shares(
    session: Session,
    on: date,
    *,
    investment_ids: "Sequence[int] | Asked | None" = None,
    basis: str = LOCATION,
    known_at: datetime | None = None,
) -> SharesOf:
    """The shares in force on a date, of some investments, or of a page of them, or of all."""
    schemes = areas.schemes_on(session, on, known_at)
    if not schemes:
        return {}
    given = {"editions": list(schemes), "basis": basis}
    if isinstance(investment_ids, Asked):
        query = _shares_of_page(investment_ids.after is not None)
        if investment_ids.where:
            query = _shares_query().where(
                table(ShareSet).c.investment_id.in_(investment_ids.ids()),
                areas.known(ShareSet, None),
            )
        given |= investment_ids.values
    else:
        query = _shares_query().where(areas.known(ShareSet, known_at))
        if investment_ids is not None:
            query = query.where(table(ShareSet).c.investment_id.in_(investment_ids))
    found: SharesOf = {}
    # Sorted here: the databases may sort codes in an order of their own.
    rows = sorted(session.execute(query, given), key=lambda row: (row[0], row[1], row[3] or ""))
    for investment_id, edition_id, outside, code, share, slivers in rows:
        by_scheme = found.setdefault(investment_id, {})
        view = by_scheme.get(schemes[edition_id])
        if view is None:
            dropped = orjson.loads(slivers) if slivers != "{}" else {}
            view = by_scheme[schemes[edition_id]] = SharesView(outside, dropped)
        if code is not None:
            view.areas[code] = share
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of investments, by code: which ones, after which, and how many."""

    where: Sequence[Any]
    after: str | None
    limit: int

    @property
    def values(self) -> dict[str, Any]:
        after = {} if self.after is None else {"after": self.after}
        return {"limit": self.limit, **after}

    def ids(self) -> sa.Select[Any]:
        return _page_ids(self.after is not None).where(*self.where)


def page(session: Session, asked: Asked) -> Sequence[Any]:
    """Investments by code: id, program, template and its version, LISTED with JSON as text."""
    query = _page_query(asked.after is not None)
    return session.execute(query.where(*asked.where), asked.values).all()


# Putting a query together costs as much as running it, so those that every list asks are kept;
# what differs are the values bound to them.


@cache
def _page_query(with_after: bool) -> sa.Select[Any]:
    investments, programs, templates = table(Investment), table(Program), table(GateTemplate)
    columns = [
        raw(investments.c[name]) if name in JSON_LISTED else investments.c[name] for name in LISTED
    ]
    joined = investments.outerjoin(programs, programs.c.id == investments.c.program_id).outerjoin(
        templates, templates.c.id == investments.c.template_id
    )
    # Labelled, since an investment has a code too.
    names = (programs.c.code.label("program"), templates.c.code.label("template"))
    query = sa.select(investments.c.id, *names, templates.c.version, *columns).select_from(joined)
    return _paged(query, with_after)


@cache
def _page_ids(with_after: bool) -> sa.Select[Any]:
    return _paged(sa.select(table(Investment).c.id), with_after)


def _paged(query: sa.Select[Any], with_after: bool) -> sa.Select[Any]:
    code = table(Investment).c.code
    query = query.order_by(code).limit(sa.bindparam("limit", type_=sa.Integer))
    return query.where(code > sa.bindparam("after", type_=sa.String)) if with_after else query


@cache
def _shares_query() -> sa.Select[Any]:
    sets, shares = table(ShareSet), table(AreaShare)
    columns = (sets.c.investment_id, sets.c.edition_id, sets.c.outside, shares.c.code)
    return (
        sa.select(*columns, shares.c.share, raw(sets.c.slivers))
        .select_from(sets.outerjoin(shares, shares.c.share_set_id == sets.c.id))
        .where(
            sets.c.edition_id.in_(sa.bindparam("editions", expanding=True)),
            sets.c.basis == sa.bindparam("basis", type_=sa.String),
        )
    )


@cache
def _shares_of_page(with_after: bool) -> sa.Select[Any]:
    return _shares_query().where(
        table(ShareSet).c.investment_id.in_(_page_ids(with_after)), areas.known(ShareSet, None)
    )


def find_share_sets(
    session: Session, investment_ids: Iterable[int] | None, edition_id: int, basis: str
) -> dict[int, tuple[ShareSet, dict[str, int]]]:
    """What is stored now for one edition, by investment."""
    where: list[Any] = [
        ShareSet.edition_id == edition_id,
        ShareSet.basis == basis,
        col(ShareSet.retracted_at).is_(None),
    ]
    if investment_ids is not None:
        where.append(col(ShareSet.investment_id).in_(list(investment_ids)))
    sets = {row.id: row for row in session.exec(select(ShareSet).where(*where))}
    found = {row.investment_id: (row, dict[str, int]()) for row in sets.values()}
    joined = (
        select(AreaShare.share_set_id, AreaShare.code, AreaShare.share)
        .join(ShareSet, col(ShareSet.id) == col(AreaShare.share_set_id))
        .where(*where)
    )
    for set_id, code, share in session.exec(joined):
        found[sets[set_id].investment_id][1][code] = share
    return found


def sharing(
    session: Session, scheme: str, code: str, on: date, known_at: datetime | None = None
) -> Any:
    """The ids of investments with a share in this area on that date, as a subquery."""
    editions = [
        id for id, name in areas.schemes_on(session, on, known_at).items() if name == scheme
    ]
    return (
        select(ShareSet.investment_id)
        .join(AreaShare, col(AreaShare.share_set_id) == col(ShareSet.id))
        .where(
            col(ShareSet.edition_id).in_(editions),
            ShareSet.basis == LOCATION,
            areas.known(ShareSet, known_at),
            AreaShare.code == code,
        )
    )


def has_money(session: Session, investment_id: int) -> bool:
    """Whether anything is allocated to it, of any year."""
    # By name: budgets are a layer above, whose models are not for this one to import.
    allocations = sa.table("allocation", sa.column("investment_id"), sa.column("amount"))
    query = sa.select(allocations.c.investment_id).where(
        allocations.c.investment_id == investment_id, allocations.c.amount > 0
    )
    return session.execute(query.limit(1)).first() is not None


def matching(text: str) -> Any:
    """A condition: the text is part of the code, the name, the problem or the description."""
    columns = (Investment.code, Investment.name, Investment.problem, Investment.description)
    return or_(*(col(column).icontains(text, autoescape=True) for column in columns))

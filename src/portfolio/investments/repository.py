"""Finding investments and their shares."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from portfolio.areas import repository as areas
from portfolio.areas.models import AreaScheme
from portfolio.investments.models import AreaShare, Investment, ShareSet
from portfolio.programs.models import Program

LOCATION = "location"
SERVED = "served"


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


def program_codes(session: Session) -> dict[int, str]:
    return {
        id: code for id, code in session.exec(select(Program.id, Program.code)) if id is not None
    }


def find_shares(
    session: Session,
    on: date,
    *,
    investment_ids: Sequence[int] | None = None,
    basis: str = LOCATION,
    known_at: datetime | None = None,
) -> SharesOf:
    """The shares in force on a date, of some investments or of all."""
    codes = scheme_codes(session)
    schemes = {
        edition.id: codes[scheme_id]
        for scheme_id, edition in areas.editions_on(session, on, known_at).items()
    }
    if not schemes:
        return {}
    query: Any = (
        select(
            ShareSet.investment_id,
            ShareSet.edition_id,
            ShareSet.outside,
            ShareSet.slivers,
            AreaShare.code,
            AreaShare.share,
        )
        .outerjoin(AreaShare, col(AreaShare.share_set_id) == col(ShareSet.id))
        .where(
            col(ShareSet.edition_id).in_(list(schemes)),
            ShareSet.basis == basis,
            areas.known(ShareSet, known_at),
        )
    )
    if investment_ids is not None:
        query = query.where(col(ShareSet.investment_id).in_(list(investment_ids)))
    found: SharesOf = {}
    # Sorted here: the databases may sort codes in an order of their own.
    rows = sorted(session.exec(query), key=lambda row: (row[0], row[1], row[4] or ""))
    for investment_id, edition_id, outside, slivers, code, share in rows:
        by_scheme = found.setdefault(investment_id, {})
        view = by_scheme.setdefault(schemes[edition_id], SharesView(outside, slivers))
        if code is not None:
            view.areas[code] = share
    return found


def find_share_sets(
    session: Session, investment_ids: Iterable[int] | None, edition_id: int, basis: str
) -> dict[int, tuple[ShareSet, dict[str, int]]]:
    """What is stored now for one edition, by investment."""
    where = [
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
    session: Session, scheme_id: int, code: str, on: date, known_at: datetime | None = None
) -> Any:
    """The ids of investments with a share in this area on that date, as a subquery."""
    edition = areas.editions_on(session, on, known_at).get(scheme_id)
    return (
        select(ShareSet.investment_id)
        .join(AreaShare, col(AreaShare.share_set_id) == col(ShareSet.id))
        .where(
            ShareSet.edition_id == (edition.id if edition else None),
            ShareSet.basis == LOCATION,
            areas.known(ShareSet, known_at),
            AreaShare.code == code,
        )
    )


def matching(text: str) -> Any:
    """A condition: the text is part of the code, the name, the problem or the description."""
    columns = (Investment.code, Investment.name, Investment.problem, Investment.description)
    return or_(*(col(column).icontains(text, autoescape=True) for column in columns))

"""Where an investment stands on a map: what is drawn, the box around it and a point in it.

One that names areas is drawn as a point in the area that has most of it, from each date on which
that changes. It follows from the shares that are kept, which must be stored before.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry
from sqlmodel import Session

from portfolio.areas.models import AreaEdition, AreaScheme, AreaVersion
from portfolio.database.base import table
from portfolio.investments.models import AreaShare, Investment, InvestmentMark, ShareSet
from portfolio.investments.repository import LOCATION

Mark = Mapping[str, Any]


def keep_marks(session: Session, investment_ids: Iterable[int]) -> None:
    """Mark investments anew, as they are and as their shares are stored."""
    ids = list(investment_ids)
    rows = table(InvestmentMark)
    for some in _portions(ids):
        session.execute(sa.delete(rows).where(rows.c.investment_id.in_(some)))
        found = expected_marks(session, some)
        if found:
            session.execute(sa.insert(rows), found)


def remove_marks(session: Session, investment_id: int) -> None:
    rows = table(InvestmentMark)
    session.execute(sa.delete(rows).where(rows.c.investment_id == investment_id))


def expected_marks(session: Session, investment_ids: Sequence[int]) -> list[Mark]:
    """The rows that follow from where investments are; a few hundred of them at a time."""
    own = table(Investment).c
    query = sa.select(own.id, own.geometry, own.location).where(own.id.in_(investment_ids))
    marks: list[Mark] = []
    schemes: dict[int, str] = {}
    for id, drawn, location in session.execute(query):
        if drawn is not None:
            marks.append({"investment_id": id, **_marked(drawn, date.min, None)})
        elif (scheme := scheme_of_mark(location)) is not None:
            schemes[id] = scheme
    return marks + _in_areas(session, schemes)


def scheme_of_mark(location: Mapping[str, Any]) -> str | None:
    """The scheme in which the largest share was named; None if no area was."""
    named = max(location.get("areas", ()), key=lambda area: area["share"], default=None)
    return None if named is None else str(named["scheme"])


def _in_areas(session: Session, schemes: Mapping[int, str]) -> list[Mark]:
    """Marks of investments by id, in the scheme given for each."""
    versions = {
        id: _largest(shares) for id, shares in _stored_shares(session, schemes).items() if shares
    }
    wanted = {version for spans in versions.values() for _, version in spans}
    points = _points_in(session, wanted)
    marks: list[Mark] = []
    for id, spans in versions.items():
        # Before its scheme began it stands where it did first.
        starts = [date.min, *(start for start, _ in spans[1:])]
        ends = [*starts[1:], None]
        for start, end, (_, version) in zip(starts, ends, spans, strict=True):
            marks.append({"investment_id": id, **_marked(points[version], start, end)})
    return marks


Share = tuple[date, str, int, int]


def _stored_shares(session: Session, schemes: Mapping[int, str]) -> dict[int, list[Share]]:
    """By investment, in order of date: the edition's first day, code, share, area version."""
    sets, shares = table(ShareSet).c, table(AreaShare).c
    editions, known = table(AreaEdition).c, table(AreaScheme).c
    query = (
        sa.select(sets.investment_id, known.code, editions.valid_from)
        .add_columns(shares.code, shares.share, shares.area_version_id)
        .join_from(table(ShareSet), table(AreaShare), shares.share_set_id == sets.id)
        .join(table(AreaEdition), editions.id == sets.edition_id)
        .join(table(AreaScheme), known.id == editions.scheme_id)
        .where(sets.investment_id.in_(schemes), sets.basis == LOCATION)
        .where(sets.retracted_at.is_(None), editions.retracted_at.is_(None))
        .order_by(editions.valid_from, editions.id)
    )
    found: dict[int, list[Share]] = {}
    for id, scheme, start, code, share, version in session.execute(query):
        if schemes[id] == scheme:
            found.setdefault(id, []).append((start, code, share, version))
    return found


def _largest(shares: Iterable[Share]) -> list[tuple[date, int]]:
    """From each date on which it changes, the version of the area with the largest share."""
    by_date: dict[date, list[Share]] = {}
    for one in shares:
        by_date.setdefault(one[0], []).append(one)
    spans: list[tuple[date, int]] = []
    for start, some in by_date.items():
        _, _, _, version = min(some, key=lambda one: (-one[2], one[1]))
        if not spans or spans[-1][1] != version:
            spans.append((start, version))
    return spans


def _points_in(session: Session, version_ids: Iterable[int]) -> dict[int, BaseGeometry]:
    versions = table(AreaVersion).c
    found: dict[int, BaseGeometry] = {}
    for some in _portions(sorted(version_ids)):
        query = sa.select(versions.id, versions.geometry).where(versions.id.in_(some))
        for id, geometry in session.execute(query):
            found[id] = shapely.point_on_surface(geometry)
    return found


def _portions(ids: Sequence[int], size: int = 500) -> Iterable[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _marked(shape: BaseGeometry, valid_from: date, valid_to: date | None) -> dict[str, Any]:
    names = ("min_x", "min_y", "max_x", "max_y")
    box = dict(zip(names, shape.bounds, strict=True))
    return {
        "valid_from": valid_from,
        "valid_to": valid_to,
        **box,
        "dimension": int(shapely.get_dimensions(shape)),
        "shape": shape,
        "point": shapely.point_on_surface(shape),
    }

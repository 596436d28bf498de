"""Where an investment stands on a map: a point for its symbol, and the box around its geometry."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry
from sqlmodel import Session

from portfolio.areas import repository as areas
from portfolio.areas.models import AreaEdition
from portfolio.areas.repository import LoadedEdition
from portfolio.database.base import table
from portfolio.investments.models import InvestmentMark
from portfolio.shares import Shares


def keep_mark(session: Session, investment_id: int, drawn: BaseGeometry | None) -> None:
    """Store the mark of an investment that is drawn, or take away the one it had."""
    keep_marks(session, {investment_id: None if drawn is None else _marked(drawn)})


def keep_marks_in_areas(
    session: Session, loaded: LoadedEdition, shares: Mapping[int, Shares]
) -> None:
    """Mark investments that name areas, by id, each in the area that has most of it."""
    shapes = dict(zip(loaded.coverage.codes, loaded.coverage.geometries, strict=True))
    keep_marks(
        session,
        {
            id: _marked(shapely.point_on_surface(shapes[code])) if code else None
            for id, one in shares.items()
            for code in [_largest(one)]
        },
    )


def edition_to_mark_in(
    session: Session, location: Mapping[str, Any], scheme_ids: Mapping[str, int], today: date
) -> AreaEdition | None:
    """Of the scheme that the largest share was named in: the edition of today, or the first."""
    scheme = scheme_of_mark(location)
    if scheme is None:
        return None
    editions = areas.find_editions(session, scheme_ids[scheme])
    return areas.edition_on(editions, today) or next(iter(editions), None)


def scheme_of_mark(location: Mapping[str, Any]) -> str | None:
    """The scheme in which the largest share was named; None if no area was."""
    named = max(location.get("areas", ()), key=lambda area: area["share"], default=None)
    return None if named is None else str(named["scheme"])


def keep_marks(session: Session, marks: Mapping[int, Mapping[str, Any] | None]) -> None:
    if not marks:
        return
    rows = table(InvestmentMark)
    for some in _portions(list(marks)):
        session.execute(sa.delete(rows).where(rows.c.investment_id.in_(some)))
    kept = [{"investment_id": id, **mark} for id, mark in marks.items() if mark is not None]
    if kept:
        session.execute(sa.insert(rows), kept)


def _portions(ids: list[int], size: int = 500) -> Iterable[list[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _marked(shape: BaseGeometry) -> dict[str, Any]:
    names = ("min_x", "min_y", "max_x", "max_y")
    box = dict(zip(names, shape.bounds, strict=True))
    dimension = int(shapely.get_dimensions(shape))
    point = shapely.point_on_surface(shape)
    return {**box, "dimension": dimension, "shape": shape, "point": point}


def _largest(shares: Shares) -> str | None:
    return min(shares.areas, key=lambda code: (-shares.areas[code], code), default=None)

"""What the map of a paper shows: the areas of a day, and the points of investments."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry
from sqlmodel import Session

from portfolio.areas import drawing, repository
from portfolio.areas.models import AreaScheme
from portfolio.database.base import table
from portfolio.maps.investment_layer import Viewed, find_features
from portfolio.papers.drawing import Ground

NamedAreas = Sequence[dict[str, str]]


def ground_of(session: Session, named: NamedAreas, on: date) -> tuple[Ground, str | None]:
    """The areas of the scheme that is named first, and the name of that scheme.

    Where none is named, of the first scheme that has areas on the date. None where none has.
    """
    editions = repository.editions_on(session, on)
    schemes = table(AreaScheme).c
    query = sa.select(schemes.id, schemes.code, schemes.name).order_by(schemes.code)
    known = {code: (id, name) for id, code, name in session.execute(query) if id in editions}
    chosen = next((area["scheme"] for area in named if area["scheme"] in known), None)
    code = chosen or next(iter(known), None)
    if code is None:
        return Ground((), ()), None
    id, name = known[code]
    edition = editions[id]
    codes = repository.load_edition(session, edition).coverage.codes
    shapes = dict(zip(codes, drawing.drawn(session, edition, drawing.SIMPLIFIED_M), strict=True))
    wanted = {area["code"] for area in named if area["scheme"] == code}
    names = {row.code: row.name for row in repository.find_areas(session, edition.id or 0)}
    own = tuple((names[one], shapes[one]) for one in codes if one in wanted)
    return Ground(tuple(shapes.values()), own), str(name)


def points_of(session: Session, where: Any, on: date) -> dict[str, BaseGeometry]:
    """By code, the point at which each investment that is somewhere stands on a date."""
    found = find_features(session, Viewed(False, on), [where], points=True)
    return {one.id: one.geometry for one in found if one.geometry is not None}

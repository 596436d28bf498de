"""What the map of a paper shows: the areas of a day, and the points of investments."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry
from sqlmodel import Session, select

from portfolio.areas import drawing, repository
from portfolio.areas.models import AreaScheme
from portfolio.database.base import table
from portfolio.language import Language
from portfolio.maps.investment_layer import Viewed, find_features
from portfolio.papers.drawing import Ground
from portfolio.papers.glyphs import isolated, shortened
from portfolio.reports.units import half_up

NamedAreas = Sequence[dict[str, str]]
Shown = Mapping[str, Any]


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


def named_shares(
    session: Session, shown: Shown, wanted: Sequence[str], on: date, language: Language
) -> list[str]:
    """The areas that an investment lies in, the largest share first, and what lies outside.

    It is `shown` as the API shows it. Of the schemes, by code, that are `wanted` the first that it
    has a share in counts; else its own first.
    """
    shares = {scheme: found for scheme, found in shown["area_shares"].items() if found}
    scheme = next((code for code in (*wanted, *shares) if code in shares), None)
    if scheme is None:
        return []
    id = session.exec(select(AreaScheme.id).where(AreaScheme.code == scheme)).one()
    edition = repository.editions_on(session, on).get(id or 0)
    areas = repository.find_areas(session, edition.id or 0) if edition else []
    names = {row.code: row.name for row in areas}
    largest = sorted(shares[scheme], key=lambda one: (-one["share"], one["code"]))
    parts = [
        f"{isolated(shortened(names.get(one['code'], one['code']), 60))} {_per_cent(one['share'])}"
        for one in largest
    ]
    outside = shown["outside"][scheme]
    if outside:
        words = "utanför" if language == "sv" else "outside"
        parts.append(f"{words} {_per_cent(outside)}")
    return parts


def _per_cent(share: float) -> str:
    """To whole per cent, but never none of what there is."""
    whole = half_up(round(share * 10**6), 10**4)
    return f"{whole} %" if whole else "< 1 %"


def points_of(session: Session, where: Any, on: date) -> dict[str, BaseGeometry]:
    """By code, the point at which each investment that is somewhere stands on a date."""
    found = find_features(session, Viewed(False, on), [where], points=True)
    return {one.id: one.geometry for one in found if one.geometry is not None}

"""The collections: what each is called, holds, can be asked about, and how its items are found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry
from sqlmodel import Session

from portfolio.access.rules import Caller
from portfolio.areas.models import AreaMembership
from portfolio.areas.repository import LoadedEdition
from portfolio.database.among import among
from portfolio.database.base import table
from portfolio.investments.models import Investment, InvestmentMark
from portfolio.language import Text
from portfolio.maps import investment_layer, program_layer
from portfolio.maps.cql2_compiler import GeometryColumn, intersects
from portfolio.maps.filters import compile_filter, compile_parameters
from portfolio.maps.investment_layer import Viewed
from portfolio.maps.layers import Feature, Field, Queryable
from portfolio.ogc.parameters import Asked, Interval
from portfolio.programs.models import Program


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the features that match, in order of id; `matched` counts all of them."""

    features: Sequence[Feature]
    matched: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Extent:
    """The planar box of all features, and the first and the last day of any."""

    box: tuple[float, float, float, float] | None = None
    first: date | None = None
    last: date | None = None


class Collection(Protocol):
    """A collection whose features are read from the database each time."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> Text: ...

    @property
    def description(self) -> Text: ...

    @property
    def fields(self) -> tuple[Field, ...]: ...

    def queryables(self, caller: Caller) -> Mapping[str, Queryable]: ...

    def find(self, session: Session, caller: Caller, today: date, asked: Asked) -> Found: ...

    def get(self, session: Session, caller: Caller, today: date, id: str) -> Feature | None: ...

    def extent(self, session: Session, caller: Caller, today: date) -> Extent: ...


@dataclass(frozen=True, slots=True)
class Investments:
    """Investments as they are drawn, or each as the place of its symbol.

    QGIS takes one kind of geometry in a layer, so those of a `dimension` can be had apart.
    """

    name: str
    title: Text
    description: Text
    points: bool = False
    dimension: int | None = None
    fields: tuple[Field, ...] = investment_layer.FIELDS

    def queryables(self, caller: Caller) -> Mapping[str, Queryable]:
        return investment_layer.queryables(caller.is_public)

    def find(self, session: Session, caller: Caller, today: date, asked: Asked) -> Found:
        viewed = Viewed(caller.is_public, today)
        where = [*investment_layer.visible(session, viewed), *self._where(caller, asked)]
        features = investment_layer.find_features(
            session,
            viewed,
            where,
            points=self.points,
            shapes=not asked.skip_geometry,
            after=asked.after,
            limit=asked.limit + 1,
        )
        matched = investment_layer.count(session, viewed, where)
        return Found(features[: asked.limit], matched, len(features) <= asked.limit)

    def get(self, session: Session, caller: Caller, today: date, id: str) -> Feature | None:
        viewed = Viewed(caller.is_public, today)
        where = [
            *investment_layer.visible(session, viewed),
            *self._kind(),
            table(Investment).c.code == id,
        ]
        found = investment_layer.find_features(session, viewed, where, points=self.points)
        return found[0] if found else None

    def extent(self, session: Session, caller: Caller, today: date) -> Extent:
        own, marks = table(Investment).c, table(InvestmentMark).c
        least, most = sa.func.min, sa.func.max
        query = (
            sa.select(least(marks.min_x), least(marks.min_y), most(marks.max_x), most(marks.max_y))
            .add_columns(least(own.starts_on), most(own.ends_on))
            .select_from(investment_layer.joined(today))
            .where(*investment_layer.visible(session, Viewed(caller.is_public, today)))
            .where(*self._kind())
        )
        *box, first, last = session.execute(query).one()
        return Extent(None if box[0] is None else (box[0], box[1], box[2], box[3]), first, last)

    def _kind(self) -> list[sa.ColumnElement[bool]]:
        return (
            [] if self.dimension is None else [table(InvestmentMark).c.dimension == self.dimension]
        )

    def _where(self, caller: Caller, asked: Asked) -> list[sa.ColumnElement[bool]]:
        own, marks = table(Investment).c, table(InvestmentMark).c
        box = (marks.min_x, marks.min_y, marks.max_x, marks.max_y)
        geometry = GeometryColumn(marks.point if self.points else marks.shape, box)
        where = [*self._kind(), *conditions(asked, self.queryables(caller), geometry)]
        if asked.interval is not None:
            where.append(during(asked.interval, own.starts_on, own.ends_on))
        if asked.box is not None:
            where.append(_in_box(geometry, asked.box, located=asked.located))
        return where


@dataclass(frozen=True, slots=True)
class Programs:
    """Programs with the surface of their areas, which is put together and not stored."""

    name: str
    title: Text
    description: Text
    fields: tuple[Field, ...] = program_layer.FIELDS

    def queryables(self, caller: Caller) -> Mapping[str, Queryable]:
        return program_layer.queryables()

    def find(self, session: Session, caller: Caller, today: date, asked: Asked) -> Found:
        programs = table(Program).c
        viewed = Viewed(caller.is_public, today)
        geometry = None if asked.filter is None else _put_together(session, viewed)
        where = conditions(asked, self.queryables(caller), geometry)
        if asked.interval is not None:
            where.append(during(asked.interval, programs.starts_on, programs.ends_on))
        # A municipality has tens of programs: those that match are read, whatever the page.
        every = program_layer.find_features(session, viewed, where)
        # In this order whatever the database's own.
        found = sorted(
            (one for one in every if _meets(one.geometry, asked)), key=lambda one: one.id
        )
        rest = [one for one in found if asked.after is None or one.id > asked.after]
        return Found(rest[: asked.limit], len(found), len(rest) <= asked.limit)

    def get(self, session: Session, caller: Caller, today: date, id: str) -> Feature | None:
        viewed = Viewed(caller.is_public, today)
        found = program_layer.find_features(session, viewed, [table(Program).c.code == id])
        return found[0] if found else None

    def extent(self, session: Session, caller: Caller, today: date) -> Extent:
        every = program_layer.find_features(session, Viewed(caller.is_public, today))
        shapes = [one.geometry for one in every if one.geometry is not None]
        days = [[one.properties[name] for one in every] for name in ("starts_on", "ends_on")]
        first, last = (
            [date.fromisoformat(day) for day in some if day is not None] for some in days
        )
        box = tuple(float(bound) for bound in shapely.total_bounds(shapes)) if shapes else None
        return Extent(box, min(first, default=None), max(last, default=None))  # type: ignore[arg-type]  # four numbers


COLLECTIONS: Mapping[str, Collection] = {
    one.name: one
    for one in (
        Programs(
            "programs",
            program_layer.PROGRAMS,
            Text("Programmen, vart och ett som sina områdens yta.", "Programs, as their areas."),
        ),
        Investments(
            "investments",
            investment_layer.INVESTMENTS,
            Text(
                "Investeringar som de är ritade: punkter, linjer och ytor. De som bara nämner "
                "områden står som en punkt i det största.",
                "Investments as they are drawn: points, lines and surfaces. Those that only name "
                "areas stand as a point in the largest.",
            ),
        ),
        Investments(
            "investment-points",
            Text("Investeringar som punkter", "Investments as points"),
            Text("En punkt för varje investering.", "One point for each investment."),
            points=True,
        ),
        Investments(
            "investment-lines",
            Text("Investeringar som linjer", "Investments as lines"),
            Text("De investeringar som är ritade som linjer.", "Investments drawn as lines."),
            dimension=1,
        ),
        Investments(
            "investment-surfaces",
            Text("Investeringar som ytor", "Investments as surfaces"),
            Text("De investeringar som är ritade som ytor.", "Investments drawn as surfaces."),
            dimension=2,
        ),
    )
}


def _put_together(session: Session, viewed: Viewed) -> GeometryColumn:
    """The surfaces of programs, as a filter asks about them."""
    code = table(Program).c.code
    found = {one.id: one.geometry for one in program_layer.find_features(session, viewed)}
    located = [id for id, shape in found.items() if shape is not None]

    def meets(planar: BaseGeometry) -> sa.ColumnElement[bool]:
        hits = [id for id in located if shapely.intersects(found[id], planar)]
        known = sa.case((code.in_(hits), sa.true()), else_=sa.false())
        return sa.case((code.in_(located), known), else_=sa.null())

    return GeometryColumn(sa.case((code.in_(located), code), else_=sa.null()), meets=meets)


def conditions(
    asked: Asked, queryables: Mapping[str, Queryable], geometry: GeometryColumn | None
) -> list[sa.ColumnElement[bool]]:
    """What the filter and the parameters for queryables leave.

    Raises:
        InvalidParameter: They ask for what there isn't.
    """
    where = compile_parameters(asked.values, queryables)
    if asked.filter is not None:
        given = asked.filter
        found = compile_filter(
            given.text, given.language, queryables, geometry, filter_crs=given.crs.uri
        )
        where.append(found)
    return where


def area_conditions(
    session: Session, loaded: LoadedEdition, asked: Asked, queryables: Mapping[str, Queryable]
) -> list[sa.ColumnElement[bool]]:
    """The same for the areas of an edition, whose boundaries are in memory."""
    code, coverage = table(AreaMembership).c.code, loaded.coverage

    def meets(planar: BaseGeometry) -> sa.ColumnElement[bool]:
        hits = coverage.tree.query(planar, predicate="intersects")
        return among(session, code, [coverage.codes[hit] for hit in hits])

    geometry = GeometryColumn(code, meets=meets)
    return conditions(asked, queryables, geometry)


def during(
    interval: Interval, starts: sa.ColumnElement[Any], ends: sa.ColumnElement[Any]
) -> sa.ColumnElement[bool]:
    """What lasts on some day of the interval; what says no day always does (fc-time-response)."""
    parts: list[sa.ColumnElement[bool]] = [sa.true()]
    if interval.last is not None:
        parts.append(sa.or_(starts.is_(None), starts <= interval.last))
    if interval.first is not None:
        parts.append(sa.or_(ends.is_(None), ends >= interval.first))
    return sa.and_(*parts)


def _in_box(
    geometry: GeometryColumn, box: BaseGeometry, *, located: bool
) -> sa.ColumnElement[bool]:
    """What meets a box and, unless it must be located, what is nowhere (fc-bbox-response)."""
    meeting = sa.false() if box.is_empty else intersects(geometry, box)
    return meeting if located else sa.or_(geometry.column.is_(None), meeting)


def _meets(shape: BaseGeometry | None, asked: Asked) -> bool:
    if shape is None:
        return asked.box is None or not asked.located
    return asked.box is None or bool(shapely.intersects(shape, asked.box))

"""Finding what a request asks for, in memory where it can be and in the database where it must."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeVar

import numpy as np
import shapely
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from portfolio.access.rules import Caller
from portfolio.access.sign_in import SignIn
from portfolio.areas import repository as areas
from portfolio.areas.models import AreaEdition
from portfolio.areas.repository import LoadedEdition
from portfolio.clock import now, swedish_date
from portfolio.database.engine import snapshot
from portfolio.database.failures import is_too_long
from portfolio.database.replica import Replica
from portfolio.maps import area_layer, portfolio_layer
from portfolio.maps.area_layer import Sheet
from portfolio.maps.investment_layer import Viewed
from portfolio.ogc.answers import Pack
from portfolio.ogc.callers import Callers
from portfolio.ogc.collections import Collection, Extent, area_conditions
from portfolio.ogc.crs import ReferenceSystem
from portfolio.ogc.measures import Measured, Overlaid, Portfolios
from portfolio.ogc.parameters import Asked, Interval
from portfolio.ogc.revision import Revisions
from portfolio.ogc.schemes import OfScheme
from portfolio.ogc.sheets import (
    Catalogue,
    Named,
    Rendered,
    Sheets,
    feature_bytes,
    geometries_written,
    meeting,
    version_ids,
    write_versions,
)

T = TypeVar("T")
# Beyond so many areas even a box is looked up in a thread, so that nobody else waits.
MANY_AREAS = 20_000


@dataclass(frozen=True, slots=True)
class Page:
    """Features as written; `last` is the key of the last one if there are more.

    `pack` gives them compressed, where that is remembered.
    """

    features: Sequence[bytes]
    matched: int
    last: str | None
    pack: Pack | None = None


def _meeting(loaded: LoadedEdition, asked: Asked) -> list[int]:
    """Indices of the areas whose surface meets the box, if there is one."""
    if asked.box is None:
        return list(range(len(loaded.coverage.codes)))
    return meeting(loaded, asked.box)


def _left(session: Session, loaded: LoadedEdition, asked: Asked, of: OfScheme) -> list[int]:
    """What the filter leaves of those."""
    hits = _meeting(loaded, asked)
    if not asked.is_filtered:
        return hits
    where = area_conditions(session, loaded, asked, of.queryables())
    codes = area_layer.codes_where(session, loaded.edition_id, where)
    return [hit for hit in hits if loaded.coverage.codes[hit] in codes]


@dataclass(frozen=True, slots=True)
class Moment:
    """What one request sees: who asks, of which state of the database."""

    caller: Caller
    catalogue: Catalogue


def _said(
    session: Session, moment: Moment, of: OfScheme, sheet: Sheet
) -> Sequence[Mapping[str, Any]]:
    """The properties of a sheet's areas in a collection."""
    if not of.has_portfolio:
        return sheet.properties
    viewed = Viewed(moment.caller.is_public, moment.catalogue.day)
    return portfolio_layer.measured(session, viewed, sheet.loaded.edition_id, sheet.properties)


class Serving:
    """What is kept in memory for one database."""

    def __init__(self, engine: Engine, sign_in: SignIn, replica: Replica | None = None) -> None:
        self.engine = engine
        self._replica = replica
        self._revisions = Revisions(engine)
        self._callers = Callers(engine, sign_in)
        self.sheets = Sheets(engine)
        self._portfolios = Portfolios(engine)

    def close(self) -> None:
        self._revisions.shut_down()

    async def moment(self, authorization: str | None, address: str) -> Moment:
        """Who asks, and the newest state.

        Raises:
            Unauthorized: The key or token is unknown, revoked or expired.
            Unavailable: The identity provider is away.
            TooManyAtOnce: Too many bad keys have come from the address.
        """
        revision = await self._revisions.current()
        caller = self._callers.known(authorization, revision)
        if caller is None and authorization is not None:
            await self._callers.prepare(authorization, address)
            find = self._callers.find
            caller = await run_in_threadpool(find, authorization, revision, address)
        assert caller is not None  # noqa: S101  known() always knows whoever has no key
        catalogue = await self.sheets.catalogue(revision, swedish_date(now()))
        return Moment(caller, catalogue)

    async def read(self, moment: Moment, work: Callable[[Session], T]) -> T:
        """Do something short in the database, on one state of it.

        A replica is asked where it is at the very state that the moment is of.
        """

        def reading() -> T:
            copied = self._read_copy(moment, work)
            if copied is not None:
                return copied[0]
            with snapshot(self.engine) as session:
                return work(session)

        return await run_in_threadpool(reading)

    def _read_copy(self, moment: Moment, work: Callable[[Session], T]) -> tuple[T] | None:
        """What the work found in the replica, if that can answer."""
        replica = self._replica
        session = None if replica is None else replica.session_at(moment.catalogue.revision)
        if replica is None or session is None:
            return None
        try:
            with session:
                return (work(session),)
        except SQLAlchemyError as error:
            if is_too_long(error):
                raise
            replica.failed(error)
            return None

    # Areas, and their portfolios

    async def named(self, moment: Moment, of: OfScheme, edition: AreaEdition) -> Named:
        """What a collection says of the areas of an edition."""
        areas = await self.sheets.named(moment.catalogue, of.code, edition)
        if not of.has_portfolio:
            return areas
        return (await self._measured(moment, areas)).named

    async def _measured(self, moment: Moment, areas: Named) -> Measured:
        public = moment.caller.is_public
        return await self._portfolios.of(moment.catalogue, areas, public=public)

    async def sheet(
        self, moment: Moment, of: OfScheme, edition: AreaEdition, system: ReferenceSystem
    ) -> Rendered | Overlaid:
        """The same as features, written in a reference system."""
        areas = await self.sheets.rendered(moment.catalogue, of.code, edition, system)
        if not of.has_portfolio:
            return areas
        return Overlaid(areas, await self._measured(moment, areas.named))

    async def area_page(self, moment: Moment, of: OfScheme, asked: Asked) -> Page:
        """Areas as in force today, or on the day or in the interval asked for."""
        now = moment.catalogue.schemes[of.code]
        interval = asked.interval
        if interval is not None and not interval.is_instant:
            return await self._area_versions(moment, of, asked, interval)
        edition = now.today if interval is None else now.on(interval.first or date.max)
        if edition is None:
            return Page((), 0, None)
        named = await self.named(moment, of, edition)
        begin = named.following(asked.after)
        if asked.box is None and not asked.is_filtered:
            matched = len(named.ids)
            chosen: Sequence[int] = range(begin, min(begin + asked.limit, matched))
        else:
            hits = await self._hits(moment, named.loaded, asked, of)
            matched = len(hits)
            chosen = [hit for hit in hits if hit >= begin][: asked.limit]
            begin = next((at for at, hit in enumerate(hits) if hit >= begin), matched)
        more = begin + len(chosen) < matched
        last = named.loaded.coverage.codes[chosen[-1]] if more else None
        if asked.skip_geometry:
            return Page(named.without_geometry(chosen), matched, last)
        sheet = await self.sheet(moment, of, edition, asked.crs)
        return Page(sheet.written(chosen), matched, last, partial(sheet.packed, chosen))

    async def _hits(
        self, moment: Moment, loaded: LoadedEdition, asked: Asked, of: OfScheme
    ) -> list[int]:
        """Indices of the areas that the box and the filter leave, in order."""
        small = len(loaded.coverage.codes) <= MANY_AREAS
        if not asked.is_filtered and small:
            return _meeting(loaded, asked)
        return await self.read(moment, lambda session: _left(session, loaded, asked, of))

    async def _area_versions(
        self, moment: Moment, of: OfScheme, asked: Asked, interval: Interval
    ) -> Page:
        """Every version of every area that was in force on some day of an interval."""
        now, today = moment.catalogue.schemes[of.code], moment.catalogue.day
        editions = now.between(interval.first, interval.last)

        def find(session: Session) -> Page:
            found: dict[str, tuple[AreaEdition, int]] = {}
            for edition in editions:
                loaded = areas.load_edition(session, edition)
                ids = version_ids(session, now, edition, loaded)
                found |= {ids[at]: (edition, at) for at in _left(session, loaded, asked, of)}
            rest = sorted(id for id in found if asked.after is None or id > asked.after)
            chosen = rest[: asked.limit]
            some = {id: found[id] for id in chosen}

            def said(sheet: Sheet) -> Sequence[Mapping[str, Any]]:
                return _said(session, moment, of, sheet)

            features = write_versions(session, now, today, some, asked.system, said)
            return Page(features, len(found), chosen[-1] if len(rest) > len(chosen) else None)

        return await self.read(moment, find)

    async def area(
        self, moment: Moment, of: OfScheme, id: str, system: ReferenceSystem | None
    ) -> bytes | None:
        """The area of a code today, or its version that began on a day: `code@2020-01-01`."""
        now = moment.catalogue.schemes[of.code]
        if now.today is not None:
            named = await self.named(moment, of, now.today)
            if id in named.index:
                return await self._one(moment, of, now.today, named.index[id], system)
        # Also the one in force, by the date it began: a name for it that stays.
        code, _, began = id.rpartition("@")
        try:
            since = date.fromisoformat(began)
        except ValueError:
            return None
        scheme_id = now.scheme.id or 0
        versions = await self.read(
            moment, lambda session: areas.find_versions_of_code(session, scheme_id, code)
        )
        for edition, member in versions:
            if member.since == since:
                loaded = (await self.named(moment, of, edition)).loaded
                at = loaded.coverage.codes.index(code)
                return await self._one(moment, of, edition, at, system)
        return None

    async def _one(
        self,
        moment: Moment,
        of: OfScheme,
        edition: AreaEdition,
        at: int,
        system: ReferenceSystem | None,
    ) -> bytes:
        if system is None:
            return (await self.named(moment, of, edition)).without_geometry([at])[0]
        return (await self.sheet(moment, of, edition, system)).written([at])[0]

    async def area_extent(self, moment: Moment, scheme: str) -> Extent:
        now = moment.catalogue.schemes[scheme]
        if now.today is None:
            return Extent(None, now.editions[0].valid_from if now.editions else None)
        edition = now.today
        loaded = await self.read(moment, lambda session: areas.load_edition(session, edition))
        box = tuple(float(bound) for bound in shapely.total_bounds(loaded.coverage.geometries))
        first = now.editions[0].valid_from
        return Extent(None if np.isnan(box[0]) else (box[0], box[1], box[2], box[3]), first)

    # What is read from the database each time

    async def extent(self, moment: Moment, collection: Collection) -> Extent:
        caller, today = moment.caller, moment.catalogue.day
        return await self.read(moment, lambda session: collection.extent(session, caller, today))

    async def page(self, moment: Moment, collection: Collection, asked: Asked) -> Page:
        caller, today = moment.caller, moment.catalogue.day
        found = await self.read(
            moment, lambda session: collection.find(session, caller, today, asked)
        )
        shapes = [feature.geometry for feature in found.features]
        written = await run_in_threadpool(geometries_written, shapes, asked.system)
        features = [
            feature_bytes(feature.id, feature.properties, geometry)
            for feature, geometry in zip(found.features, written, strict=True)
        ]
        last = None if found.is_last else found.features[-1].id
        return Page(features, found.matched, last)

    async def feature(
        self, moment: Moment, collection: Collection, id: str, system: ReferenceSystem | None
    ) -> bytes | None:
        caller, today = moment.caller, moment.catalogue.day
        found = await self.read(moment, lambda session: collection.get(session, caller, today, id))
        if found is None:
            return None
        (geometry,) = await run_in_threadpool(geometries_written, [found.geometry], system)
        return feature_bytes(found.id, found.properties, geometry)

"""Finding what a request asks for, in memory where it can be and in the database where it must."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeVar

import numpy as np
import shapely
from sqlalchemy import Engine
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from portfolio.access.rules import Caller
from portfolio.areas import repository as areas
from portfolio.areas.models import AreaEdition
from portfolio.clock import now, swedish_date
from portfolio.database.engine import snapshot
from portfolio.maps import area_layer
from portfolio.ogc.answers import Pack
from portfolio.ogc.callers import Callers
from portfolio.ogc.collections import Collection, Extent, area_conditions
from portfolio.ogc.crs import ReferenceSystem, rendered
from portfolio.ogc.parameters import Asked, Interval
from portfolio.ogc.revision import Revisions
from portfolio.ogc.sheets import Catalogue, Rendered, Sheets, feature_bytes

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Features as written; `last` is the key of the last one if there are more.

    `pack` gives them compressed, where that is remembered.
    """

    features: Sequence[bytes]
    matched: int
    last: str | None
    pack: Pack | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What one request sees: who asks, of which state of the database."""

    caller: Caller
    catalogue: Catalogue


class Serving:
    """What is kept in memory for one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._revisions = Revisions(engine)
        self._callers = Callers(engine)
        self.sheets = Sheets(engine)
        self.tiles: OrderedDict[Any, bytes] = OrderedDict()

    def close(self) -> None:
        self._revisions.close()

    async def moment(self, authorization: str | None) -> Moment:
        """Who asks, and the newest state.

        Raises:
            Unauthorized: The key is unknown or revoked.
        """
        revision = await self._revisions.current()
        caller = self._callers.known(authorization, revision)
        if caller is None and authorization is not None:
            caller = await run_in_threadpool(self._callers.find, authorization, revision)
        assert caller is not None  # noqa: S101  known() always knows whoever has no key
        catalogue = await self.sheets.catalogue(revision, swedish_date(now()))
        return Moment(caller, catalogue)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Do something short in the database, on one state of it."""

        def reading() -> T:
            with snapshot(self.engine) as session:
                return work(session)

        return await run_in_threadpool(reading)

    # Areas

    async def area_page(self, moment: Moment, scheme: str, asked: Asked) -> Page:
        """Areas as in force today, or on the day or in the interval asked for."""
        now = moment.catalogue.schemes[scheme]
        interval = asked.interval
        if interval is not None and not interval.is_instant:
            return await self._area_versions(moment, scheme, asked, interval)
        edition = now.today if interval is None else now.on(interval.first or date.max)
        if edition is None:
            return Page((), 0, None)
        sheet = await self.sheets.rendered(moment.catalogue, scheme, edition, asked.crs)
        begin = sheet.following(asked.after)
        if asked.box is None and not asked.is_filtered:
            chosen: Sequence[int] = range(begin, min(begin + asked.limit, len(sheet.features)))
            matched = len(sheet.features)
        else:
            hits = await self._hits(moment, sheet, edition, asked)
            matched = len(hits)
            chosen = [hit for hit in hits if hit >= begin][: asked.limit]
            begin = next((at for at, hit in enumerate(hits) if hit >= begin), matched)
        features = [sheet.features[at] for at in chosen]
        more = begin + len(features) < matched
        last = sheet.loaded.coverage.codes[chosen[-1]] if more else None
        return Page(features, matched, last, partial(sheet.packed, chosen))

    async def _hits(
        self, moment: Moment, sheet: Rendered, edition: AreaEdition, asked: Asked
    ) -> list[int]:
        """Indices of the areas that the box and the filter leave."""
        hits = range(len(sheet.features)) if asked.box is None else sheet.meeting(asked.box)
        if not asked.is_filtered:
            return list(hits)
        where = area_conditions(asked)
        codes = await self.read(
            lambda session: area_layer.codes_where(session, edition.id or 0, where)
        )
        of = sheet.loaded.coverage.codes
        return [hit for hit in hits if of[hit] in codes]

    async def _area_versions(
        self, moment: Moment, scheme: str, asked: Asked, interval: Interval
    ) -> Page:
        """Every version of every area that was in force on some day of an interval."""
        found: dict[str, bytes] = {}
        for edition in moment.catalogue.schemes[scheme].between(interval.first, interval.last):
            sheet = await self.sheets.rendered(moment.catalogue, scheme, edition, asked.crs)
            for at in await self._hits(moment, sheet, edition, asked):
                found[sheet.ids[at]] = sheet.features[at]
        ids = sorted(found)
        rest = [id for id in ids if asked.after is None or id > asked.after]
        chosen = rest[: asked.limit]
        last = chosen[-1] if len(rest) > len(chosen) else None
        return Page([found[id] for id in chosen], len(ids), last)

    async def area(
        self, moment: Moment, scheme: str, id: str, system: ReferenceSystem
    ) -> bytes | None:
        """The area of a code today, or its version that began on a day: `code@2020-01-01`."""
        now = moment.catalogue.schemes[scheme]
        if now.today is not None:
            sheet = await self.sheets.rendered(moment.catalogue, scheme, now.today, system)
            if id in sheet.index:
                return sheet.features[sheet.index[id]]
        code, _, began = id.rpartition("@")
        try:
            since = date.fromisoformat(began)
        except ValueError:
            return None
        scheme_id = now.scheme.id or 0
        versions = await self.read(
            lambda session: areas.find_versions_of_code(session, scheme_id, code)
        )
        for edition, member in versions:
            if member.since == since:
                sheet = await self.sheets.rendered(moment.catalogue, scheme, edition, system)
                at = sheet.index.get(id)
                return None if at is None else sheet.features[at]
        return None

    async def area_extent(self, moment: Moment, scheme: str) -> Extent:
        now = moment.catalogue.schemes[scheme]
        if now.today is None:
            return Extent(None, now.editions[0].valid_from if now.editions else None)
        edition = now.today
        loaded = await self.read(lambda session: areas.load_edition(session, edition))
        box = tuple(float(bound) for bound in shapely.total_bounds(loaded.coverage.geometries))
        first = now.editions[0].valid_from
        return Extent(None if np.isnan(box[0]) else (box[0], box[1], box[2], box[3]), first)

    # What is read from the database each time

    async def extent(self, moment: Moment, collection: Collection) -> Extent:
        caller, today = moment.caller, moment.catalogue.day
        return await self.read(lambda session: collection.extent(session, caller, today))

    async def page(self, moment: Moment, collection: Collection, asked: Asked) -> Page:
        caller, today = moment.caller, moment.catalogue.day
        found = await self.read(lambda session: collection.find(session, caller, today, asked))
        shapes = [feature.geometry for feature in found.features]
        written = await run_in_threadpool(rendered, shapes, asked.crs)
        features = [
            feature_bytes(feature.id, feature.properties, geometry)
            for feature, geometry in zip(found.features, written, strict=True)
        ]
        last = None if found.is_last else found.features[-1].id
        return Page(features, found.matched, last)

    async def feature(
        self, moment: Moment, collection: Collection, id: str, system: ReferenceSystem
    ) -> bytes | None:
        caller, today = moment.caller, moment.catalogue.day
        found = await self.read(lambda session: collection.get(session, caller, today, id))
        if found is None:
            return None
        (geometry,) = rendered([found.geometry], system)
        return feature_bytes(found.id, found.properties, geometry)

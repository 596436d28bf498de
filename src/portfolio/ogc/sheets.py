"""Areas as finished features in memory, for each edition and reference system that is asked for.

Editions never change, so a finished feature stays right until something is imported: `Catalogue`
says what there is as of one revision of the database, and the rest hangs on it.
"""

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine
from sqlmodel import Session, col, select
from starlette.concurrency import run_in_threadpool

from portfolio.areas import repository as areas
from portfolio.areas.models import AreaEdition, AreaScheme
from portfolio.areas.repository import LoadedEdition
from portfolio.database.engine import snapshot
from portfolio.indicators.models import IndicatorFile
from portfolio.maps.area_layer import Sheet, sheet_of
from portfolio.ogc.crs import ReferenceSystem, rendered
from portfolio.ogc.packing import deflated

# Of finished features this much is kept. The one in use is kept whatever its size: a file may
# have five million vertices, which are some 150 MB.
MOST_BYTES = 256 * 2**20
# So many editions' areas are kept with what is said of them, as many as there are coverages.
MOST_NAMED = areas.KEPT_COVERAGES


@dataclass(frozen=True, slots=True)
class SchemeNow:
    """A scheme with all its editions, and the one in force today, if any."""

    scheme: AreaScheme
    editions: tuple[AreaEdition, ...]
    today: AreaEdition | None

    def on(self, day: date) -> AreaEdition | None:
        return areas.edition_on(self.editions, day)

    def between(self, first: date | None, last: date | None) -> list[AreaEdition]:
        """The editions in force on any day from the first to the last."""
        ends = [edition.valid_from for edition in self.editions[1:]] + [date.max]
        return [
            edition
            for edition, end in zip(self.editions, ends, strict=False)
            if (last is None or edition.valid_from <= last) and (first is None or end > first)
        ]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The schemes by code, as of one revision and one day.

    `key` changes whenever a finished feature might: with an edition, a parent or an indicator.
    """

    revision: str
    day: date
    schemes: Mapping[str, SchemeNow]
    key: tuple[Any, ...]


def load_catalogue(engine: Engine, revision: str, day: date) -> Catalogue:
    with snapshot(engine) as session:
        schemes = list(session.exec(select(AreaScheme).order_by(col(AreaScheme.code))))
        by_scheme: dict[int, list[AreaEdition]] = {}
        for edition in areas.find_editions(session):
            by_scheme.setdefault(edition.scheme_id, []).append(edition)
        newest_file = session.exec(select(sa.func.max(IndicatorFile.id))).one()
    found = {}
    for scheme in schemes:
        editions = tuple(by_scheme.get(scheme.id or 0, ()))
        found[scheme.code] = SchemeNow(scheme, editions, areas.edition_on(editions, day))
    ids = tuple(edition.id for one in found.values() for edition in one.editions)
    parents = tuple(scheme.parent_id for scheme in schemes)
    return Catalogue(revision, day, found, (ids, parents, newest_file, day))


@dataclass(frozen=True, slots=True)
class Named:
    """What is said of the areas of an edition, in order of code; everything by the same index.

    `ids` are the codes of those that are in force today as they are, and `code@valid_from` of
    others. `heads` are GeoJSON features up to their geometry.
    """

    loaded: LoadedEdition
    ids: tuple[str, ...]
    properties: tuple[Mapping[str, Any], ...]
    heads: tuple[bytes, ...]
    index: Mapping[str, int]

    @classmethod
    def of(
        cls,
        loaded: LoadedEdition,
        ids: tuple[str, ...],
        properties: tuple[Mapping[str, Any], ...],
    ) -> "Named":
        heads = (feature_head(id, said) for id, said in zip(ids, properties, strict=True))
        index = {id: at for at, id in enumerate(ids)}
        return cls(loaded, ids, properties, tuple(heads), index)

    def following(self, after: str | None) -> int:
        """The index to begin at."""
        codes = self.loaded.coverage.codes
        return 0 if after is None else bisect_right(codes, after)

    def without_geometry(self, chosen: Sequence[int]) -> list[bytes]:
        """Some of the features, as if they were nowhere."""
        return [self.heads[at] + b"null}" for at in chosen]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The areas of an edition as whole GeoJSON features, by the index of `named`."""

    named: Named
    features: tuple[bytes, ...]
    size: int
    # Features, and what follows their heads, compressed, by index, as they were asked for.
    pieces: dict[int, bytes] = field(default_factory=dict)
    endings: dict[int, bytes] = field(default_factory=dict)

    def written(self, chosen: Sequence[int]) -> list[bytes]:
        """Some of the features."""
        return [self.features[at] for at in chosen]

    def packed(self, chosen: Sequence[int]) -> list[bytes]:
        """The same as `packing.deflated` makes them."""
        for at in chosen:
            if at not in self.pieces:
                self.pieces[at] = deflated(self.features[at])
        return [self.pieces[at] for at in chosen]

    def ending(self, at: int) -> bytes:
        """The geometry of a feature, and its end."""
        return self.features[at][len(self.named.heads[at]) :]

    def packed_ending(self, at: int) -> bytes:
        if at not in self.endings:
            self.endings[at] = deflated(self.ending(at))
        return self.endings[at]


def meeting(loaded: LoadedEdition, box: BaseGeometry) -> list[int]:
    """Indices of an edition's areas whose surface meets a planar geometry, in order."""
    if box.is_empty:
        return []
    hits = loaded.coverage.tree.query(box, predicate="intersects")
    return sorted(int(hit) for hit in hits)


class Sheets:
    """Keeps what has been asked for lately: what is said, and features up to a budget."""

    def __init__(self, engine: Engine, most_bytes: int = MOST_BYTES) -> None:
        self._engine = engine
        self._most_bytes = most_bytes
        self._catalogue: Catalogue | None = None
        self._named: OrderedDict[Any, Named] = OrderedDict()
        self._rendered: OrderedDict[Any, Rendered] = OrderedDict()
        self._naming = asyncio.Lock()
        self._rendering = asyncio.Lock()

    async def catalogue(self, revision: str, day: date) -> Catalogue:
        known = self._catalogue
        if known is None or known.revision != revision or known.day != day:
            known = await run_in_threadpool(load_catalogue, self._engine, revision, day)
            self._catalogue = known
        return known

    async def named(self, catalogue: Catalogue, scheme: str, edition: AreaEdition) -> Named:
        """What is said of the areas of an edition."""
        key = (edition.id, catalogue.key)
        # One at a time: two who ask for the same would otherwise both do the work.
        if key not in self._named:
            async with self._naming:
                if key not in self._named:
                    now = catalogue.schemes[scheme]
                    made = await run_in_threadpool(
                        name_areas, self._engine, now, edition, catalogue.day
                    )
                    drop_stale(self._named, key)
                    self._named[key] = made
                    while len(self._named) > MOST_NAMED:
                        self._named.popitem(last=False)
                    return made
        self._named.move_to_end(key)
        return self._named[key]

    async def rendered(
        self, catalogue: Catalogue, scheme: str, edition: AreaEdition, system: ReferenceSystem
    ) -> Rendered:
        """The areas of an edition, written in a reference system."""
        key = (edition.id, system.uri, catalogue.key)
        found = self._rendered.get(key)
        if found is not None:
            self._rendered.move_to_end(key)
            return found
        named = await self.named(catalogue, scheme, edition)
        async with self._rendering:
            if key not in self._rendered:
                made = await run_in_threadpool(render, named, system)
                self._keep(key, made)
            return self._rendered[key]

    def _keep(self, key: Any, made: Rendered) -> None:
        drop_stale(self._rendered, key)
        self._rendered[key] = made
        total = sum(one.size for one in self._rendered.values())
        while total > self._most_bytes and len(self._rendered) > 1:
            _, dropped = self._rendered.popitem(last=False)
            total -= dropped.size


def drop_stale(kept: dict[Any, Any], key: Any) -> None:
    """Forget what is of another state than the key, which says the state last."""
    for old in [old for old in kept if old[-1] != key[-1]]:
        del kept[old]


def name_areas(engine: Engine, now: SchemeNow, edition: AreaEdition, day: date) -> Named:
    with snapshot(engine) as session:
        sheet = sheet_of(session, now.scheme, now.editions, edition, day)
        ids = version_ids(session, now, edition, sheet.loaded)
    return Named.of(sheet.loaded, ids, sheet.properties)


def render(named: Named, system: ReferenceSystem) -> Rendered:
    written = rendered(list(named.loaded.coverage.geometries), system)
    features = tuple(
        b"%b%b}" % (head, geometry) for head, geometry in zip(named.heads, written, strict=True)
    )
    # Compressed they take about half as much again, and twice if portfolios are asked for too.
    return Rendered(named, features, sum(map(len, features)) * 2)


def version_ids(
    session: Session, now: SchemeNow, edition: AreaEdition, loaded: LoadedEdition
) -> tuple[str, ...]:
    """The code of what is in force today as it is, `code@valid_from` of other versions."""
    codes = loaded.coverage.codes
    if now.today is not None and now.today.id == edition.id:
        return codes
    today = areas.load_edition(session, now.today).version_ids if now.today else {}
    since = {row.code: row.since for row in areas.find_memberships(session, edition.id or 0)}
    return tuple(
        code if today.get(code) == loaded.version_ids[code] else f"{code}@{since[code]}"
        for code in codes
    )


def write_versions(
    session: Session,
    now: SchemeNow,
    day: date,
    chosen: Mapping[str, tuple[AreaEdition, int]],
    system: ReferenceSystem | None,
    said: Callable[[Sheet], Sequence[Mapping[str, Any]]],
) -> list[bytes]:
    """Some area versions as features, by id: of each the edition it is in and its index there.

    `said` gives the properties of all areas of a sheet. Without a system there is no geometry.
    """
    sheets: dict[int | None, Sheet] = {}
    properties: dict[int | None, Sequence[Mapping[str, Any]]] = {}
    shapes: list[BaseGeometry | None] = []
    for edition, at in chosen.values():
        if edition.id not in sheets:
            sheets[edition.id] = sheet_of(session, now.scheme, now.editions, edition, day)
            properties[edition.id] = said(sheets[edition.id])
        shapes.append(sheets[edition.id].loaded.coverage.geometries[at])
    written = geometries_written(shapes, system)
    return [
        feature_bytes(id, properties[edition.id][at], geometry)
        for (id, (edition, at)), geometry in zip(chosen.items(), written, strict=True)
    ]


def geometries_written(
    shapes: Sequence[BaseGeometry | None], system: ReferenceSystem | None
) -> list[bytes]:
    """As GeoJSON; `null` each where there is no system to write them in."""
    return [b"null"] * len(shapes) if system is None else rendered(shapes, system)


def feature_head(id: str, properties: Mapping[str, Any]) -> bytes:
    """A feature up to its geometry."""
    return b'{"type":"Feature","id":%b,"properties":%b,"geometry":' % (
        orjson.dumps(id),
        orjson.dumps(properties),
    )


def feature_bytes(id: str, properties: Mapping[str, Any], geometry: bytes) -> bytes:
    return b"%b%b}" % (feature_head(id, properties), geometry)

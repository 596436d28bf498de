"""Vector tiles of a collection: which features a tile has, drawn as finely as it can show.

A tile has at most `MOST_FEATURES`. Of more areas it has the largest: what is left out first is
smaller than the tile can show. Of more programs or investments it has some of every part of the
tile: each of its cells gives one in turn, whatever they are called, until there are enough, or
until they would be larger than a map wants to fetch. Where there are many, each says only what its
symbol and its label need.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary
from zlib import crc32

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry
from sqlmodel import Session

from portfolio.areas.drawing import drawn
from portfolio.areas.models import AreaEdition
from portfolio.maps.layers import Feature
from portfolio.ogc.answers import TILE, Answer
from portfolio.ogc.collections import COLLECTIONS, Found
from portfolio.ogc.crs import BY_URI
from portfolio.ogc.parameters import Asked, box_in_metres
from portfolio.ogc.schemes import OfScheme
from portfolio.ogc.serving import Moment, Serving
from portfolio.ogc.sheets import Named, meeting
from portfolio.ogc.tiles import BUFFER, DEEPEST, GRID, HALF, encode_tile
from portfolio.web.problems import not_here

MERCATOR = BY_URI["http://www.opengis.net/def/crs/EPSG/0/3857"]
# From here on a tile's grid is finer than what is drawn; above, each zoom has its own drawing.
EXACT_ZOOM = 14
MOST_FEATURES = 10_000
# In units of the grid; half a pixel where a tile is drawn 512 pixels wide, as it is today.
DETAIL = 4
# Beyond so many programs or investments each says no more than SYMBOL.
MOST_TOLD = 1000
SYMBOL = ("code", "name", "kind", "program", "department", "gate", "gate_position", "status")
# About what a tile of many features may have, and what one takes besides its name and its code.
MOST_BYTES_OF_A_TILE = 400_000
BYTES_OF_A_FEATURE = 50
# Of an area's portfolio a tile says everything but the list, which would be most of it.
NOT_IN_TILES = "codes"
# Along each side; of features in the same cell those left out are missed least.
CELLS = 256
MOST_BYTES = 64 * 2**20
# About what a tile takes in memory besides its own bytes: its key, and its place among the others.
BYTES_OF_A_KEY = 500
# Any number without a pattern: it mixes those that are otherwise equal.
_MIX = 2_654_435_761

Numbers = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Tile:
    zoom: int
    row: int
    column: int

    @property
    def detail_m(self) -> float:
        """How small a bend its areas are drawn with, in metres on the ground.

        The same for two zooms, so that areas are simplified half as often.
        """
        unit = 2 * HALF / float(2 ** (self.zoom | 1)) / GRID
        # A metre of Web Mercator is about half a metre on the ground.
        return DETAIL * unit / 2

    def box(self) -> BaseGeometry:
        """What it shows, in planar metres; empty far from Sweden."""
        width = 2 * HALF / 2**self.zoom
        west, north = self.column * width - HALF, HALF - self.row * width
        edge = width * BUFFER / GRID
        return box_in_metres(
            MERCATOR, west - edge, north - width - edge, west + width + edge, north + edge
        )


def parse_tile(zoom: str, row: str, column: str) -> Tile:
    """Read a tile's address.

    Raises:
        NotFound: There is no such tile in the matrix set.
    """
    parts = (zoom, row, column)
    if not all(part.isascii() and part.isdigit() and len(part) <= 8 for part in parts):
        raise not_here()
    tile = Tile(int(zoom), int(row), int(column))
    if tile.zoom > DEEPEST or max(tile.row, tile.column) >= 2**tile.zoom:
        raise not_here()
    return tile


class Tiles:
    """Those asked for last, up to a budget in bytes; each is made once however many ask for it.

    A tile is right as of a stamp of its kind, and thrown out when another stamp comes.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._kinds: dict[str, tuple[Hashable, set[Hashable]]] = {}
        self._making: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._kept)

    async def get(
        self, kind: str, stamp: Hashable, name: Hashable, make: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        key = (kind, stamp, name)
        if key not in self._kept:
            # Gone when nobody holds it or waits for it. Who waited finds the tile.
            async with self._making.setdefault(key, asyncio.Lock()):
                if key not in self._kept:
                    made = await make()
                    self._keep(kind, stamp, key, made)
                    return made
        self._kept.move_to_end(key)
        return self._kept[key]

    def _keep(self, kind: str, stamp: Hashable, key: Hashable, tile: bytes) -> None:
        current, keys = self._kinds.get(kind, (stamp, set()))
        if current != stamp:
            for old in list(keys):
                self._drop(old, keys)
        keys.add(key)
        self._kinds[kind] = (stamp, keys)
        self._kept[key] = tile
        self._bytes += len(tile) + BYTES_OF_A_KEY
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            oldest: Any = next(iter(self._kept))
            self._drop(oldest, self._kinds[oldest[0]][1])

    def _drop(self, key: Hashable, keys: set[Hashable]) -> None:
        self._bytes -= len(self._kept.pop(key)) + BYTES_OF_A_KEY
        keys.remove(key)


_tiles: WeakKeyDictionary[Serving, Tiles] = WeakKeyDictionary()


async def tile_answer(
    serving: Serving, moment: Moment, name: str, of: OfScheme | None, tile: Tile
) -> Answer:
    """A tile of a collection; empty where it has nothing."""
    if tile.box().is_empty:
        body = b""
    elif of is None:
        body = await _drawn_tile(serving, moment, name, tile)
    else:
        body = await _area_tile(serving, moment, name, of, tile)
    return Answer(body, TILE)


async def _drawn_tile(serving: Serving, moment: Moment, name: str, tile: Tile) -> bytes:
    collection, caller, today = COLLECTIONS[name], moment.caller, moment.catalogue.day

    def draw(session: Session) -> bytes:
        found = _features(lambda asked: collection.find(session, caller, today, asked), tile)
        return _encoded(
            name,
            tile,
            [feature.id for feature in found],
            _told(found),
            [feature.geometry for feature in found],
            0 if tile.zoom >= EXACT_ZOOM else DETAIL,
        )

    # Any change to the database may change it. All who have a key see the same.
    stamp = (moment.catalogue.revision, today)
    return await _kept(serving).get(
        "drawn", stamp, (name, caller.is_public, tile), lambda: serving.read(moment, draw)
    )


async def _area_tile(
    serving: Serving, moment: Moment, name: str, of: OfScheme, tile: Tile
) -> bytes:
    catalogue = moment.catalogue
    edition = catalogue.schemes[of.code].today
    if edition is None:
        return b""

    async def make() -> bytes:
        named = await serving.named(moment, of, edition)
        return await serving.read(
            moment, lambda session: _area_drawn(session, name, named, edition, tile)
        )

    tiles = _kept(serving)
    if not of.has_portfolio:
        return await tiles.get("areas", catalogue.key, (edition.id, tile), make)
    # As with what is drawn, any change to the database may change it.
    stamp = (catalogue.revision, catalogue.day)
    key = (edition.id, moment.caller.is_public, tile)
    return await tiles.get("portfolios", stamp, key, make)


def _kept(serving: Serving) -> Tiles:
    return _tiles.setdefault(serving, Tiles())


def _features(find: Callable[[Asked], Found], tile: Tile) -> list[Feature]:
    """What a tile shows of a collection; never more than twice what it may have in memory."""
    box, after = tile.box(), None
    kept: list[Feature] = []
    while True:
        found = find(Asked(limit=MOST_FEATURES, box=box, located=True, after=after))
        kept = _thinned([*kept, *found.features], box, MOST_FEATURES)
        if found.is_last:
            return _thinned(kept, box, _most_of(kept))
        after = found.features[-1].id


def _thinned(features: list[Feature], box: BaseGeometry, most: int) -> list[Feature]:
    if len(features) <= most:
        return features
    cells = _cells(shapely.centroid([one.geometry for one in features]), box.bounds)
    return [features[at] for at in spread(cells, [one.id for one in features], most)]


def _most_of(features: Sequence[Feature]) -> int:
    """How many features like these a tile has room for."""
    texts = sum(
        len(one.id.encode()) + len(str(one.properties["name"]).encode()) for one in features
    )
    size = texts + BYTES_OF_A_FEATURE * len(features)
    return len(features) * MOST_BYTES_OF_A_TILE // max(size, MOST_BYTES_OF_A_TILE)


def _told(features: Sequence[Feature]) -> list[Mapping[str, Any]]:
    """What each feature says."""
    if len(features) <= MOST_TOLD:
        return [one.properties for one in features]
    return [
        {name: one.properties[name] for name in SYMBOL if name in one.properties}
        for one in features
    ]


def _cells(places: Any, bounds: tuple[float, float, float, float]) -> Numbers:
    """For each point the number of the tile's cell that it is in, or is nearest."""
    west, south, east, north = bounds
    wide, high = max(east - west, 1.0), max(north - south, 1.0)
    parts = (shapely.get_coordinates(places) - [west, south]) / [wide, high]
    columns, rows = np.clip(parts * CELLS, 0, CELLS - 1).astype(np.int64).T
    cells: Numbers = rows * CELLS + columns
    return cells


def spread(cells: Numbers, ids: Sequence[str], most: int) -> list[int]:
    """Choose some features such that every cell has its share: one from each in turn.

    Args:
        cells: For each feature the number of its cell.
        ids: Decide within a cell, but not by their order.
        most: How many to choose.

    Returns:
        Indices in order.
    """
    marks = np.array([crc32(id.encode()) for id in ids], dtype=np.int64)
    order = np.lexsort((marks, cells))
    _, starts, sizes = np.unique(cells[order], return_index=True, return_counts=True)
    turns = np.empty(len(order), dtype=np.int64)
    turns[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    return [int(at) for at in np.sort(np.lexsort((marks, turns))[:most])]


def largest(hits: Sequence[int], areas: Numbers, most: int) -> list[int]:
    """Those of the largest areas, in order; which of equal ones has nothing to do with order."""
    mixed = np.array(hits, dtype=np.uint64) * np.uint64(_MIX) % np.uint64(2**32)
    # To four figures: squares of a grid are equal but for rounding.
    rough = np.round(np.log10(np.maximum(areas, 1e-9)), 4)
    chosen = np.lexsort((mixed, -rough))[:most]
    return sorted(hits[at] for at in chosen)


def _area_drawn(
    session: Session, name: str, named: Named, edition: AreaEdition, tile: Tile
) -> bytes:
    hits = meeting(named.loaded, tile.box())
    shapes = named.loaded.coverage.geometries
    if len(hits) > MOST_FEATURES:
        hits = largest(hits, shapely.area([shapes[hit] for hit in hits]), MOST_FEATURES)
    if tile.zoom < EXACT_ZOOM and hits:
        shapes = drawn(session, edition, tile.detail_m)
    return _encoded(
        name,
        tile,
        [named.ids[hit] for hit in hits],
        [_without_list(named.properties[hit]) for hit in hits],
        [shapes[hit] for hit in hits],
    )


def _without_list(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in properties.items() if name != NOT_IN_TILES}


def _encoded(
    name: str,
    tile: Tile,
    ids: Sequence[str],
    properties: Sequence[Mapping[str, Any]],
    shapes: Sequence[BaseGeometry | None],
    detail: float = 0,
) -> bytes:
    address = (tile.zoom, tile.column, tile.row)
    return encode_tile(name, *address, ids, properties, shapes, detail=detail)

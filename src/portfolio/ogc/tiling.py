"""Vector tiles of a collection: which features a tile has, drawn as finely as it can show."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from portfolio.areas.drawing import drawn
from portfolio.areas.models import AreaEdition
from portfolio.ogc.answers import TILE, Answer
from portfolio.ogc.collections import COLLECTIONS
from portfolio.ogc.crs import BY_URI, CRS84
from portfolio.ogc.parameters import Asked, box_in_metres
from portfolio.ogc.serving import Moment, Serving
from portfolio.ogc.sheets import Rendered
from portfolio.ogc.tiles import encode_tile
from portfolio.web.problems import not_here

MERCATOR = BY_URI["http://www.opengis.net/def/crs/EPSG/0/3857"]
# Half the way round the earth, in metres of Web Mercator: where a tile of zoom 0 ends.
HALF = 20037508.342789244
DEEPEST = 22
# From here on a tile's grid is finer than what is drawn; above, each zoom has its own drawing.
EXACT_ZOOM = 14
GRID = 4096
# A tile reaches a little over its edge, so that outlines there do not show.
BUFFER = 64 / GRID
MOST_FEATURES = 10_000
MOST_KEPT = 4_000


@dataclass(frozen=True, slots=True)
class Tile:
    zoom: int
    row: int
    column: int

    @property
    def unit(self) -> float:
        """The width of its grid's cells, in metres of Web Mercator."""
        return 2 * HALF / float(2**self.zoom) / GRID

    def box(self) -> BaseGeometry:
        """What it shows, in planar metres; empty far from Sweden."""
        width = 2 * HALF / 2**self.zoom
        west, north = self.column * width - HALF, HALF - self.row * width
        edge = width * BUFFER
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


async def tile_answer(
    serving: Serving, moment: Moment, name: str, scheme: str | None, tile: Tile
) -> Answer:
    """A tile of a collection; empty where it has nothing."""
    if scheme is None:
        body = await _drawn_tile(serving, moment, name, tile)
    else:
        body = await _area_tile(serving, moment, name, scheme, tile)
    return Answer(body, TILE)


async def _drawn_tile(serving: Serving, moment: Moment, name: str, tile: Tile) -> bytes:
    box = tile.box()
    if box.is_empty:
        return b""
    collection, caller, today = COLLECTIONS[name], moment.caller, moment.catalogue.day
    asked = Asked(limit=MOST_FEATURES, box=box, located=True)
    found = await serving.read(lambda session: collection.find(session, caller, today, asked))
    return await run_in_threadpool(
        _encoded,
        name,
        tile,
        [feature.id for feature in found.features],
        [feature.properties for feature in found.features],
        [feature.geometry for feature in found.features],
    )


async def _area_tile(serving: Serving, moment: Moment, name: str, scheme: str, tile: Tile) -> bytes:
    edition = moment.catalogue.schemes[scheme].today
    if edition is None:
        return b""
    key = (edition.id, moment.catalogue.key, tile)
    kept = serving.tiles.get(key)
    if kept is None:
        sheet = await serving.sheets.rendered(moment.catalogue, scheme, edition, CRS84)
        kept = await serving.read(lambda session: _area_drawn(session, name, sheet, edition, tile))
        _keep(serving.tiles, key, kept)
    return kept


def _keep(tiles: OrderedDict[Any, bytes], key: Any, tile: bytes) -> None:
    tiles[key] = tile
    while len(tiles) > MOST_KEPT:
        tiles.popitem(last=False)


def _area_drawn(
    session: Session, name: str, sheet: Rendered, edition: AreaEdition, tile: Tile
) -> bytes:
    hits = sheet.meeting(tile.box())[:MOST_FEATURES]
    shapes = sheet.loaded.coverage.geometries
    if tile.zoom < EXACT_ZOOM and hits:
        # A metre of Web Mercator is about half a metre on the ground.
        shapes = drawn(session, edition, tile.unit / 2)
    return _encoded(
        name,
        tile,
        [sheet.ids[hit] for hit in hits],
        [sheet.properties[hit] for hit in hits],
        [shapes[hit] for hit in hits],
    )


def _encoded(
    name: str,
    tile: Tile,
    ids: Sequence[str],
    properties: Sequence[Mapping[str, Any]],
    shapes: Sequence[BaseGeometry | None],
) -> bytes:
    return encode_tile(name, tile.zoom, tile.column, tile.row, ids, properties, shapes)

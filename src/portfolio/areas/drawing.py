"""Boundaries as coarsely as a map can show them, simplified together so that neighbours meet.

Made when somebody asks, and kept: it would be the longest part of every import.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock, RLock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from sqlmodel import Session

from portfolio.areas import rendering, repository
from portfolio.areas.models import AreaEdition
from portfolio.areas.simplifying import matching, simplify_coverage

# A boundary on a map of the whole municipality needs no bend smaller than this.
SIMPLIFIED_M = 10.0
DECIMALS = 7
# Of drawings this much is kept, and the one in use whatever its size: a scheme may have five
# million vertices, and a map has a drawing for each of its zooms.
MOST_BYTES = 128 * 2**20
BYTES_OF_A_VERTEX = 16
# About what a boundary takes in memory besides its vertices.
BYTES_OF_A_BOUNDARY = 400

# In place of a tolerance.
MENDED = 0.0

_Key = tuple[int | None, float]


class Drawings:
    """Those used last, up to a budget for each database; each is made once at a time.

    By the database's pool, since one process can serve several databases in turn (tests do).
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._kept: WeakKeyDictionary[Any, OrderedDict[_Key, Any]] = WeakKeyDictionary()
        self._lock = Lock()
        # Many tiles of one zoom are asked for at once, and all need the same drawing; one drawing
        # may need another.
        self._drawing = RLock()

    def get(self, session: Session, key: _Key, draw: Callable[[], Any]) -> Any:
        pool = session.get_bind().engine.pool
        found = self._find(pool, key)
        if found is not None:
            return found
        with self._drawing:
            found = self._find(pool, key)
            if found is None:
                found = draw()
                self._keep(pool, key, found)
            return found

    def _find(self, pool: Any, key: _Key) -> Any:
        with self._lock:
            kept = self._kept.setdefault(pool, OrderedDict())
            if key in kept:
                kept.move_to_end(key)
            return kept.get(key)

    def _keep(self, pool: Any, key: _Key, drawing: Any) -> None:
        with self._lock:
            kept = self._kept[pool]
            kept[key] = drawing
            total = sum(map(size_of, kept.values()))
            while total > self.most_bytes and len(kept) > 1:
                _, dropped = kept.popitem(last=False)
                total -= size_of(dropped)


def size_of(drawing: Any) -> int:
    """About how many bytes an array of boundaries takes in memory."""
    vertices = int(np.sum(shapely.get_num_coordinates(drawing)))
    return vertices * BYTES_OF_A_VERTEX + len(drawing) * BYTES_OF_A_BOUNDARY


# By edition and tolerance.
_drawn = Drawings()


def drawn(session: Session, edition: AreaEdition, tolerance_m: float) -> Any:
    """An array of the edition's boundaries in order of code, in planar metres."""

    def draw() -> Any:
        loaded = repository.load_edition(session, edition)
        surfaces = rendering.as_array(list(loaded.coverage.geometries))
        # Once for all zooms: it can take longer than all of the drawing.
        mended = _drawn.get(session, (edition.id, MENDED), lambda: _mended(surfaces))
        return simplify_coverage(mended if len(mended) else surfaces, tolerance_m)

    return _drawn.get(session, (edition.id, tolerance_m), draw)


def _mended(surfaces: Any) -> Any:
    """Nothing where they match as they are: those are in memory already."""
    matched = matching(surfaces)
    return surfaces[:0] if matched is surfaces else matched


def simplified_geojson(
    session: Session, edition: AreaEdition, codes: Sequence[str]
) -> dict[str, str]:
    """Some of an edition's boundaries, simplified, by code."""
    loaded = repository.load_edition(session, edition)
    at = {code: index for index, code in enumerate(loaded.coverage.codes)}
    wanted = drawn(session, edition, SIMPLIFIED_M)[[at[code] for code in codes]]
    texts = rendering.geojson_texts(rendering.Outlines.of(wanted), DECIMALS) if codes else []
    return dict(zip(codes, texts, strict=True))

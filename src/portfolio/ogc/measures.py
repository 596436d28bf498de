"""What the portfolios of areas come to, in memory until anything changes in the database.

The boundaries are those that `sheets` has already; of a portfolio only what is said is kept.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from portfolio.database.engine import snapshot
from portfolio.maps.investment_layer import Viewed
from portfolio.maps.portfolio_layer import measured
from portfolio.ogc.packing import deflated
from portfolio.ogc.sheets import Catalogue, Named, Rendered

MOST_BYTES = 64 * 2**20
# Properties take about so many times their length as JSON, which is kept beside them.
OVERHEAD = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """What each area of an edition says of its portfolio.

    `pieces` are the heads of features compressed, by index, as they were asked for.
    """

    named: Named
    size: int
    pieces: dict[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overlaid:
    """The areas of an edition as features that say what their portfolios hold."""

    areas: Rendered
    measured: Measured

    @property
    def named(self) -> Named:
        return self.measured.named

    def written(self, chosen: Sequence[int]) -> list[bytes]:
        return [self.named.heads[at] + self.areas.ending(at) for at in chosen]

    def packed(self, chosen: Sequence[int]) -> list[bytes]:
        pieces, heads = self.measured.pieces, self.named.heads
        for at in chosen:
            if at not in pieces:
                pieces[at] = deflated(heads[at])
        return [pieces[at] + self.areas.packed_ending(at) for at in chosen]


class Portfolios:
    """Keeps the measures of one state of the database, up to a budget."""

    def __init__(self, engine: Engine, most_bytes: int = MOST_BYTES) -> None:
        self._engine = engine
        self._most_bytes = most_bytes
        self._stamp: tuple[Any, ...] = ()
        self._kept: OrderedDict[Any, Measured] = OrderedDict()
        self._measuring = asyncio.Lock()

    async def of(self, catalogue: Catalogue, areas: Named, *, public: bool) -> Measured:
        """What the portfolios of an edition's areas hold for whoever asks."""
        stamp, name = (catalogue.revision, catalogue.day), (areas.loaded.edition_id, public)
        if not self._has(stamp, name):
            # One at a time: two who ask for the same would otherwise both do the work.
            async with self._measuring:
                if not self._has(stamp, name):
                    viewed = Viewed(public, catalogue.day)
                    made = await run_in_threadpool(measure, self._engine, viewed, areas)
                    self._keep(stamp, name, made)
                    return made
        self._kept.move_to_end(name)
        return self._kept[name]

    def _has(self, stamp: tuple[Any, ...], name: Any) -> bool:
        return stamp == self._stamp and name in self._kept

    def _keep(self, stamp: tuple[Any, ...], name: Any, made: Measured) -> None:
        if stamp != self._stamp:
            self._kept.clear()
            self._stamp = stamp
        self._kept[name] = made
        total = sum(one.size for one in self._kept.values())
        while total > self._most_bytes and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            total -= dropped.size


def measure(engine: Engine, viewed: Viewed, areas: Named) -> Measured:
    with snapshot(engine) as session:
        found = measured(session, viewed, areas.loaded.edition_id, areas.properties)
    named = Named.of(areas.loaded, areas.ids, found)
    return Measured(named, OVERHEAD * sum(map(len, named.heads)))

"""What the forecasts of all investments come to over one edition of a scheme (A7), in memory.

Every portfolio of an area tells the whole of its scheme, and adding that up takes a second with
100 000 investments. So the figures of each investment are kept with their sums, and the events
since then say which investments are to be read again (docs/decisions.md 17).
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlmodel import Session

from portfolio.amounts import split_amount
from portfolio.areas.repository import known
from portfolio.database.base import table
from portfolio.database.kept import Kept
from portfolio.events.models import Event, EventChain
from portfolio.investments.models import AreaShare, Investment, InvestmentVersion, ShareSet
from portfolio.investments.repository import LOCATION, SERVED
from portfolio.investments.rules import Serves
from portfolio.shares import OUTSIDE, WHOLE

# An edition and a basis take five megabytes with 100 000 investments.
MOST_KEPT = 6
# After more changes than this all investments are read again.
MOST_EVENTS = 500
# A request that began before the newest change may still ask how it was until then.
MOST_MARKS = 50
# Where an investment is: in the areas and outside them, everywhere, or nowhere.
PLACED, WIDE, NOT_LOCATED = range(3)
# What is kept of each: where it is, its net forecast, and what of that is outside; öre.
PLACE, CAPITAL, OPERATING, OUT_CAPITAL, OUT_OPERATING = range(5)
COLUMNS = 5
INVESTMENTS = "/v1/investments/"
# Changes that move neither a forecast nor a place.
APART = tuple(
    f"/v1/{name}/"
    for name in (
        "allocations",
        "bodies",
        "departments",
        "frames",
        "keys",
        "outcome-imports",
        "programs",
    )
)

Numbers = npt.NDArray[np.int64]
# The last event's id and hash.
Mark = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Sums:
    """Net öre, capital and operating, by place; and without signs what lies where, and all."""

    located: tuple[int, int] = (0, 0)
    outside: tuple[int, int] = (0, 0)
    municipality_wide: tuple[int, int] = (0, 0)
    not_located: tuple[int, int] = (0, 0)
    located_size: int = 0
    size: int = 0

    def changed(self, old: "Sums", new: "Sums") -> "Sums":
        """These sums, with other figures for some of the investments."""

        def both(name: str) -> tuple[int, int]:
            now, gone, come = (getattr(sums, name) for sums in (self, old, new))
            return now[0] - gone[0] + come[0], now[1] - gone[1] + come[1]

        return Sums(
            both("located"),
            both("outside"),
            both("municipality_wide"),
            both("not_located"),
            self.located_size - old.located_size + new.located_size,
            self.size - old.size + new.size,
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """By investment's id, in order, a row of COLUMNS numbers."""

    ids: Numbers
    rows: Numbers

    def of(self, ids: Numbers) -> Numbers:
        """The rows of those that are here; the others have no figures."""
        return self.rows[np.isin(self.ids, ids, assume_unique=True)]

    def replaced(self, ids: Numbers, other: "Figures") -> "Figures":
        stay = ~np.isin(self.ids, ids, assume_unique=True)
        found = np.concatenate([self.ids[stay], other.ids])
        order = np.argsort(found, kind="stable")
        return Figures(found[order], np.concatenate([self.rows[stay], other.rows])[order])


def summed(rows: Numbers) -> Sums:
    """Exact: with Python's integers, since together öre may exceed 64 bits."""

    def total(numbers: Numbers) -> int:
        return sum(numbers.tolist())

    placed, wide, nowhere = (rows[rows[:, PLACE] == place] for place in range(3))
    outside = total(placed[:, OUT_CAPITAL]), total(placed[:, OUT_OPERATING])
    net = placed[:, CAPITAL] + placed[:, OPERATING]
    out = placed[:, OUT_CAPITAL] + placed[:, OUT_OPERATING]
    located_size = total(np.abs(net - out))
    elsewhere = [total(np.abs(part[:, CAPITAL] + part[:, OPERATING])) for part in (wide, nowhere)]
    return Sums(
        (
            total(placed[:, CAPITAL]) - outside[0],
            total(placed[:, OPERATING]) - outside[1],
        ),
        outside,
        (total(wide[:, CAPITAL]), total(wide[:, OPERATING])),
        (total(nowhere[:, CAPITAL]), total(nowhere[:, OPERATING])),
        located_size,
        located_size + total(np.abs(out)) + sum(elsewhere),
    )


@dataclass(slots=True)
class Cell:
    """The figures of one edition, and the changes that they came with, newest last."""

    lock: Any = field(default_factory=Lock)
    figures: Figures | None = None
    sums: Sums = field(default_factory=Sums)
    # Each mark with the ids of the investments that changed since the one before.
    marks: deque[tuple[Mark, frozenset[int]]] = field(
        default_factory=lambda: deque(maxlen=MOST_MARKS)
    )


_cells: Kept[tuple[int, str], Cell] = Kept(MOST_KEPT)


def whole_of_scheme(session: Session, edition_id: int, basis: str) -> Sums:
    """What the session's state of the database comes to over an edition, as known now."""
    cell = _cells.get(session, (edition_id, basis), Cell)
    with cell.lock:
        return _sums(session, cell, edition_id, basis)


def _sums(session: Session, cell: Cell, edition_id: int, basis: str) -> Sums:
    mark = _mark(session)
    listed = [one for one, _ in cell.marks]
    if cell.figures is not None and mark in listed:
        # What came after this session began is read as it was before.
        later = list(cell.marks)[listed.index(mark) + 1 :]
        changed = frozenset[int]().union(*(ids for _, ids in later))
        return _reread(session, cell, cell.figures, changed, edition_id, basis)[1]
    since = _changed_since(session, listed[-1]) if listed else None
    if cell.figures is None or since is None:
        cell.figures = find_figures(session, edition_id, basis)
        cell.sums = summed(cell.figures.rows)
        cell.marks.clear()
        since = frozenset()
    else:
        cell.figures, cell.sums = _reread(session, cell, cell.figures, since, edition_id, basis)
    cell.marks.append((mark, since))
    return cell.sums


def _reread(
    session: Session,
    cell: Cell,
    figures: Figures,
    changed: frozenset[int],
    edition_id: int,
    basis: str,
) -> tuple[Figures, Sums]:
    if not changed:
        return figures, cell.sums
    ids = np.array(sorted(changed), dtype=np.int64)
    new = find_figures(session, edition_id, basis, ids.tolist())
    sums = cell.sums.changed(summed(figures.of(ids)), summed(new.rows))
    return figures.replaced(ids, new), sums


def _mark(session: Session) -> Mark:
    chain = table(EventChain).c
    row = session.execute(sa.select(chain.last_id, chain.last_hash)).one_or_none()
    return (0, "") if row is None else (row.last_id, row.last_hash)


def _changed_since(session: Session, mark: Mark) -> frozenset[int] | None:
    """The ids of the investments that the events since then are about; None if others may be."""
    events, own = table(Event).c, table(Investment).c
    query = sa.select(events.id, events.hash, events.action, events.resource)
    query = query.where(events.id >= mark[0]).order_by(events.id).limit(MOST_EVENTS + 2)
    found = session.execute(query).all()
    # Not the same chain: another database is behind the same address.
    if not found or (found[0].id, found[0].hash) != mark or len(found) > MOST_EVENTS + 1:
        return None
    touching = [row for row in found[1:] if not row.resource.startswith(APART)]
    # One that is deleted has no id to be found by, and its code may be another's by now.
    if any(
        row.action == "investment.deleted" or not row.resource.startswith(INVESTMENTS)
        for row in touching
    ):
        return None
    codes = {row.resource.split("/")[3] for row in touching}
    if not codes:
        return frozenset()
    ids = frozenset(session.execute(sa.select(own.id).where(own.code.in_(codes))).scalars())
    return ids if len(ids) == len(codes) else None


def find_figures(session: Session, edition_id: int, basis: str, ids: Any = None) -> Figures:
    """Read from the database, of all investments or of some: their ids, or a query for them."""
    own, versions = table(Investment).c, table(InvestmentVersion).c
    query = _placed(edition_id, basis).order_by(own.id)
    wide_query = sa.select(versions.investment_id).where(
        versions.municipality_wide.is_(sa.true()), versions.replaced_at.is_(None)
    )
    if ids is not None:
        query = query.where(own.id.in_(ids))
        wide_query = wide_query.where(versions.investment_id.in_(ids))
    wide = frozenset(session.execute(wide_query).scalars())
    weights = _weights(session, edition_id, ids)
    found: list[tuple[int, ...]] = []
    for id, capital, operating, serves, set_id, outside in session.connection().execute(query):
        serves_all = basis == SERVED and serves == Serves.CITYWIDE
        if set_id is None or serves_all:
            place = WIDE if serves_all or id in wide else NOT_LOCATED
            found.append((id, place, capital, operating, 0, 0))
            continue
        out = _outside(capital, operating, outside, weights.get(set_id, {}))
        found.append((id, PLACED, capital, operating, *out))
    every = np.array(found, dtype=np.int64).reshape(-1, 1 + COLUMNS)
    return Figures(every[:, 0].copy(), every[:, 1:].copy())


def _placed(edition_id: int, basis: str) -> sa.Select[Any]:
    """Each investment's forecast, and the set of shares that it is split by, if it has any."""
    own = table(Investment)
    bases = (SERVED, LOCATION) if basis == SERVED else (LOCATION,)
    sets = [table(ShareSet).alias(name) for name in bases]
    joined: sa.FromClause = own
    for one, name in zip(sets, bases, strict=True):
        joined = joined.outerjoin(
            one,
            sa.and_(
                one.c.investment_id == own.c.id,
                one.c.edition_id == edition_id,
                one.c.basis == name,
                one.c.retracted_at.is_(None),
            ),
        )
    first, last = sets[0], sets[-1]
    return sa.select(
        *(own.c.id, own.c.forecast_capital, own.c.forecast_operating, own.c.serves),
        sa.func.coalesce(first.c.id, last.c.id),
        sa.func.coalesce(first.c.outside, last.c.outside),
    ).select_from(joined)


def _weights(session: Session, edition_id: int, ids: Any) -> dict[int, dict[str, int]]:
    """Of the sets that lie partly outside, by their id, the share of each area."""
    sets, shares = table(ShareSet), table(AreaShare)
    query = (
        sa.select(shares.c.share_set_id, shares.c.code, shares.c.share)
        .select_from(sets.join(shares, shares.c.share_set_id == sets.c.id))
        .where(sets.c.edition_id == edition_id, sets.c.outside > 0, sets.c.outside < WHOLE)
        .where(known(ShareSet, None))
    )
    if ids is not None:
        query = query.where(sets.c.investment_id.in_(ids))
    found: dict[int, dict[str, int]] = {}
    for set_id, code, share in session.connection().execute(query):
        found.setdefault(set_id, {})[code] = share
    return found


def _outside(
    capital: int, operating: int, outside: int, weights: Mapping[str, int]
) -> tuple[int, int]:
    """What of capital and of operating lies outside, as `split_series` would sum to.

    What a key has got through an amount of a series is the split of what there was through it.
    """
    if outside in (0, WHOLE):
        return (capital, operating) if outside else (0, 0)
    parts = {**weights, OUTSIDE: outside}
    first = split_amount(capital, parts)[OUTSIDE]
    return first, split_amount(capital + operating, parts)[OUTSIDE] - first

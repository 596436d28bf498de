"""Deriving and keeping the shares of investments in the editions of the schemes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlmodel import Session, select

from portfolio.areas import lineage
from portfolio.areas import repository as areas
from portfolio.areas.lineage import Line
from portfolio.areas.models import AreaEdition, AreaScheme
from portfolio.areas.repository import LoadedEdition
from portfolio.investments.marks import keep_marks, remove_marks
from portfolio.investments.models import AreaShare, Investment, ShareSet
from portfolio.investments.repository import LOCATION, SERVED, find_share_sets
from portfolio.investments.rules import NamedArea, Place, Serves, equal_shares, quantised, shares_in
from portfolio.organisation.service import get_settings
from portfolio.shares import Shares, exact_share, footprint

BASES = (LOCATION, SERVED)


def place_of(investment: Investment, basis: str, scheme_ids: dict[str, int]) -> Place | None:
    """Where the investment is, or whom it serves; None where that has no shares."""
    if basis == SERVED:
        served = investment.served_areas if investment.serves == Serves.LOCAL else []
        return _named(served, equal_shares(len(served) or 1), investment.located_on, scheme_ids)
    location = investment.location
    if "geometry" in location:
        return Place(footprint=footprint(investment.geometry, location["buffer_m"]))
    listed = location.get("areas", [])
    shares = quantised([exact_share(area["share"]) for area in listed])
    return _named(listed, shares, investment.located_on, scheme_ids)


def _named(
    listed: Sequence[dict[str, Any]],
    shares: Sequence[int],
    on: date,
    scheme_ids: dict[str, int],
) -> Place | None:
    areas = tuple(
        NamedArea(scheme_ids[area["scheme"]], area["code"], share)
        for area, share in zip(listed, shares, strict=False)
    )
    return Place(areas=areas, named_on=on) if areas else None


@dataclass(slots=True)
class Placer:
    """Derives shares in one session; keeps what it has looked up, for many investments in turn."""

    session: Session
    sliver: float
    scheme_ids: dict[str, int]
    lines: dict[int, Line]

    @classmethod
    def of(cls, session: Session) -> "Placer":
        schemes = session.exec(select(AreaScheme)).all()
        sliver = get_settings(session)["sliver_percent"] / 100
        return cls(session, sliver, {row.code: row.id or 0 for row in schemes}, {})

    def line(self, scheme_id: int) -> Line:
        if scheme_id not in self.lines:
            self.lines[scheme_id] = lineage.line_of(self.session, scheme_id)
        return self.lines[scheme_id]

    def shares(self, place: Place, edition: AreaEdition, loaded: LoadedEdition) -> Shares:
        followed = {}
        boundaries = {}
        for area in place.areas:
            heirs = None
            if area.scheme_id == edition.scheme_id:
                heirs = self._followed(area, place.named_on, edition)
                followed[area] = heirs
            if heirs is None:
                boundaries[area] = self._boundary(area, place.named_on)
        return shares_in(
            place, edition.scheme_id, loaded.coverage, followed, boundaries, self.sliver
        )

    def _followed(
        self, area: NamedArea, named_on: date, edition: AreaEdition
    ) -> dict[str, int] | None:
        line = self.line(edition.scheme_id)
        ids = [known.id for known in line.editions]
        # Where nothing took over a code, its boundary still says where that was.
        return line.follow(area.code, named_on, ids.index(edition.id)) or None

    def _boundary(self, area: NamedArea, named_on: date) -> BaseGeometry:
        line = self.line(area.scheme_id)
        start = line.starting_point(area.code, named_on)
        if start is None:
            # A correction took it away; the boundary it had is the best that is known.
            last: BaseGeometry = areas.last_boundary(self.session, area.scheme_id, area.code)
            return last
        loaded = areas.load_edition(self.session, line.editions[start])
        geometry: BaseGeometry = loaded.coverage.geometries[loaded.coverage.codes.index(area.code)]
        return geometry


def place(session: Session, investment: Investment, at: datetime) -> None:
    """Derive an investment's shares in every known edition, and keep what differs."""
    areas.hold_schemes(session)
    placer = Placer.of(session)
    # Once, not once an edition: a buffer may take a second, and other writers wait.
    places = {basis: place_of(investment, basis, placer.scheme_ids) for basis in BASES}
    for edition in areas.find_editions(session):
        loaded = areas.load_edition(session, edition)
        for basis, where in places.items():
            shares = placer.shares(where, edition, loaded) if where else None
            stored = find_share_sets(session, [investment.id or 0], loaded.edition_id, basis)
            keep(session, investment.id or 0, loaded, basis, shares, stored, at)
    keep_marks(session, [investment.id or 0])


def keep(
    session: Session,
    investment_id: int,
    loaded: LoadedEdition,
    basis: str,
    shares: Shares | None,
    stored: dict[int, tuple[ShareSet, dict[str, int]]],
    at: datetime,
) -> bool:
    """Store shares unless they are stored already; what they replace is retracted."""
    row, parts = stored.get(investment_id, (None, {}))
    same = row is not None and shares is not None
    if same and row is not None and shares is not None:
        same = parts == shares.areas and row.outside == shares.outside
    if same or (row is None and shares is None):
        return False
    if row is not None:
        row.retracted_at = at
        session.add(row)
    if shares is not None:
        add_share_set(session, investment_id, loaded, basis, shares, at)
    return True


def add_share_set(
    session: Session,
    investment_id: int,
    loaded: LoadedEdition,
    basis: str,
    shares: Shares,
    at: datetime,
) -> None:
    row = ShareSet(
        investment_id=investment_id,
        edition_id=loaded.edition_id,
        basis=basis,
        outside=shares.outside,
        slivers=shares.slivers,
        recorded_at=at,
    )
    session.add(row)
    session.flush()
    session.add_all(
        AreaShare(
            share_set_id=row.id or 0,
            code=code,
            area_version_id=loaded.version_ids[code],
            share=share,
        )
        for code, share in shares.areas.items()
    )
    session.flush()


def retract_all(session: Session, investment: Investment, at: datetime) -> None:
    query = select(ShareSet).where(ShareSet.investment_id == investment.id)
    for row in session.exec(query):
        row.retracted_at = row.retracted_at or at
        session.add(row)
    remove_marks(session, investment.id or 0)

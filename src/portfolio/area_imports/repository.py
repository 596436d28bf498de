"""Reading and writing imports, and the editions they make, many rows at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy import update
from sqlmodel import Session, col, delete, select

from portfolio.area_imports.rules import Area, Change
from portfolio.areas import lineage
from portfolio.areas import repository as areas
from portfolio.areas.lineage import Line
from portfolio.areas.models import (
    AreaEdition,
    AreaImport,
    AreaImportFeature,
    AreaScheme,
    AreaSuccessor,
)
from portfolio.database.base import raw, table
from portfolio.database.bulk import insert_columns, insert_rows, reserve_ids, shapes_of
from portfolio.errors import NotFound
from portfolio.investments.models import AreaShare, Investment, ShareSet
from portfolio.programs.models import Program, ProgramArea
from portfolio.shares import Shares


def get_import(session: Session, id: int) -> AreaImport:
    row = session.get(AreaImport, id)
    if row is None:
        raise NotFound(f"Det finns ingen gränsimport {id}.", f"There is no area import {id}.")
    return row


def find_imports(session: Session, after: int, limit: int) -> list[AreaImport]:
    query = select(AreaImport).where(col(AreaImport.id) > after).order_by(col(AreaImport.id))
    return list(session.exec(query.limit(limit)))


def lock_scheme_of(session: Session, row: AreaImport) -> AreaScheme:
    """Nobody else changes the scheme until the commit; `row` is as it is by then."""
    query = select(AreaScheme).where(AreaScheme.id == row.scheme_id).with_for_update()
    scheme = session.exec(query.execution_options(populate_existing=True)).one()
    session.refresh(row)
    return scheme


@dataclass(frozen=True, slots=True)
class Held(Area):
    """An area of an edition: its version, and since when that is in force."""

    version_id: int
    since: date


@dataclass(frozen=True, slots=True)
class Base:
    """A scheme as an import finds it: its line of editions, and the areas of the newest."""

    scheme: AreaScheme
    line: Line
    areas: Mapping[str, Held]

    @property
    def newest(self) -> AreaEdition | None:
        return self.line.editions[-1] if self.line.editions else None

    def corrected_by(self, valid_from: date) -> AreaEdition | None:
        """The edition that an import of this date corrects, if it corrects one (A6)."""
        newest = self.newest
        return newest if newest is not None and newest.valid_from == valid_from else None


def load_base(session: Session, scheme: AreaScheme) -> Base:
    line = lineage.line_of(session, scheme.id or 0)
    newest = line.editions[-1] if line.editions else None
    return Base(scheme, line, load_areas(session, newest) if newest else {})


def find_surroundings(session: Session) -> tuple[float, float, float, float] | None:
    """The planar box of all schemes' newest areas: where a new file most likely lies too."""
    newest = {edition.scheme_id: edition for edition in areas.find_editions(session)}
    shapes = [areas.load_edition(session, one).coverage.geometries for one in newest.values()]
    box = shapely.total_bounds(np.concatenate(shapes)) if shapes else np.full(4, np.nan)
    if np.isnan(box).any():
        return None
    west, south, east, north = (float(bound) for bound in box)
    return west, south, east, north


def load_areas(session: Session, edition: AreaEdition) -> dict[str, Held]:
    coverage = areas.load_edition(session, edition).coverage
    shapes = dict(zip(coverage.codes, coverage.geometries, strict=True))
    rows = areas.find_areas(session, edition.id or 0)
    return {row.code: Held(row.name, shapes[row.code], row.version_id, row.since) for row in rows}


@dataclass(frozen=True, slots=True)
class ChangedArea(Area):
    """An area of a preview that will differ; one removed as it was."""

    code: str
    change: str


def find_features(session: Session, import_id: int) -> list[ChangedArea]:
    rows = table(AreaImportFeature)
    query = sa.select(rows.c.name, raw(rows.c.geometry), rows.c.code, rows.c.change)
    found = session.execute(query.where(rows.c.import_id == import_id)).all()
    shapes = shapes_of([row.geometry for row in found])
    features = [
        ChangedArea(row.name, shape, row.code, row.change)
        for row, shape in zip(found, shapes, strict=True)
    ]
    return sorted(features, key=lambda feature: (feature.code, feature.change))


def keep_features(
    session: Session, import_id: int, changes: Sequence[tuple[Change, str, Area]]
) -> None:
    columns: dict[str, Sequence[Any]] = {
        "import_id": [import_id] * len(changes),
        "code": [code for _, code, _ in changes],
        "name": [area.name for _, _, area in changes],
        "change": [change.value for change, _, _ in changes],
        "geometry": [area.geometry for _, _, area in changes],
    }
    insert_columns(session, AreaImportFeature, columns)


def delete_features(session: Session, import_id: int) -> None:
    session.exec(delete(AreaImportFeature).where(col(AreaImportFeature.import_id) == import_id))


# Who points at areas


@dataclass(frozen=True, slots=True)
class Pointer:
    """An investment or program, by its code, that names an area of the scheme."""

    who: str
    area: str
    named_on: date


def find_investments(session: Session) -> list[Any]:
    """What decides where each investment lies, and its planned money, by code."""
    columns: list[Any] = [
        Investment.id,
        Investment.code,
        Investment.name,
        Investment.location,
        Investment.located_on,
        Investment.geometry,
        Investment.served_areas,
        Investment.serves,
        Investment.forecast_capital,
        Investment.forecast_operating,
    ]
    query: Any = select(*columns)
    return sorted(session.exec(query), key=lambda row: str(row.code))


def investment_pointers(investments: Iterable[Any], scheme: str) -> list[Pointer]:
    return [
        Pointer(row.code, area["code"], row.located_on)
        for row in investments
        for area in [*row.location.get("areas", []), *row.served_areas]
        if area["scheme"] == scheme
    ]


def program_pointers(session: Session, scheme_id: int) -> list[Pointer]:
    columns: list[Any] = [Program.code, ProgramArea.code, ProgramArea.named_on]
    query: Any = (
        select(*columns)
        .join(ProgramArea, col(ProgramArea.program_id) == col(Program.id))
        .where(ProgramArea.scheme_id == scheme_id)
    )
    return [Pointer(who, area, named_on) for who, area, named_on in session.exec(query)]


def program_names(session: Session) -> dict[str, str]:
    return dict(session.exec(select(Program.code, Program.name)).all())


# Writing an edition


def insert_successors(
    session: Session, edition_id: int, successors: Mapping[str, Mapping[str, int]]
) -> None:
    rows = [
        {"edition_id": edition_id, "old_code": old, "new_code": new, "share": share}
        for old, heirs in sorted(successors.items())
        for new, share in sorted(heirs.items())
    ]
    insert_rows(session, AreaSuccessor, rows)


def retract_share_sets(session: Session, edition_id: int, at: datetime) -> None:
    session.execute(
        update(ShareSet)
        .where(col(ShareSet.edition_id) == edition_id, col(ShareSet.retracted_at).is_(None))
        .values(retracted_at=at)
        .execution_options(synchronize_session=False)
    )


def insert_shares(
    session: Session,
    edition_id: int,
    version_ids: Mapping[str, int],
    derived: Mapping[str, Mapping[int, Shares]],
    at: datetime,
) -> None:
    """The shares of all investments in one edition, by basis and investment id."""
    entries = [
        (basis, investment_id, shares)
        for basis, by_investment in derived.items()
        for investment_id, shares in by_investment.items()
    ]
    ids = reserve_ids(session, ShareSet, len(entries))
    sets = [
        {
            "id": id,
            "investment_id": investment_id,
            "edition_id": edition_id,
            "basis": basis,
            "outside": shares.outside,
            "slivers": shares.slivers,
            "recorded_at": at,
        }
        for id, (basis, investment_id, shares) in zip(ids, entries, strict=True)
    ]
    insert_rows(session, ShareSet, sets)
    parts = [
        {
            "share_set_id": id,
            "code": code,
            "area_version_id": version_ids[code],
            "share": share,
        }
        for id, (_, _, shares) in zip(ids, entries, strict=True)
        for code, share in shares.areas.items()
    ]
    insert_rows(session, AreaShare, parts)

"""What is known of schemes and areas, on any date and as known at any time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from portfolio.areas.models import (
    AreaEdition,
    AreaMembership,
    AreaScheme,
    AreaSuccessor,
    AreaVersion,
)
from portfolio.database.base import raw, table
from portfolio.database.kept import Kept
from portfolio.shares import Coverage

KEPT_COVERAGES = 12


def hold_schemes(session: Session) -> None:
    """Let no import be applied until the commit.

    Whoever derives shares or names an area at the same moment as an import is applied would
    otherwise miss the edition it adds. SQLite has one writer at a time anyway.
    """
    query = select(AreaScheme.id).order_by(col(AreaScheme.id))
    session.exec(query.with_for_update(read=True)).all()


def lock_schemes(session: Session) -> None:
    """Nobody else says what a scheme is part of until the commit."""
    query = select(AreaScheme.id).order_by(col(AreaScheme.id))
    session.exec(query.with_for_update()).all()


def scheme_codes(session: Session, ids: Iterable[int]) -> dict[int, str]:
    wanted = list(ids)
    if not wanted:
        return {}
    query = select(AreaScheme.id, AreaScheme.code).where(col(AreaScheme.id).in_(wanted))
    return {id: code for id, code in session.exec(query) if id is not None}


def count_areas(session: Session, on: date) -> dict[str, int]:
    """By the code of their scheme, how many areas are in force on a date."""
    schemes = schemes_on(session, on)
    members = table(AreaMembership)
    query = sa.select(members.c.edition_id, sa.func.count()).group_by(members.c.edition_id)
    query = query.where(members.c.edition_id.in_(list(schemes)))
    return {schemes[edition]: count for edition, count in session.execute(query)}


def count_programs(session: Session, *, published: bool) -> dict[int, int]:
    """By the id of a scheme, how many programs are for areas of it; all, or those published."""
    # By name: programs are a layer above, whose models are not for this one to import.
    named = sa.table("program_area", sa.column("scheme_id"), sa.column("program_id"))
    programs = sa.table("program", sa.column("id"), sa.column("published", sa.Boolean))
    query = (
        sa.select(named.c.scheme_id, sa.func.count(named.c.program_id.distinct()))
        .select_from(named.join(programs, programs.c.id == named.c.program_id))
        .group_by(named.c.scheme_id)
    )
    if published:
        query = query.where(programs.c.published.is_(sa.true()))
    return {row[0]: row[1] for row in session.execute(query)}


def scheme_parents(session: Session) -> dict[int, int | None]:
    """For each scheme, by its id, the id of the coarser one."""
    query = select(AreaScheme.id, AreaScheme.parent_id)
    return {id: parent for id, parent in session.exec(query) if id is not None}


def known(model: Any, known_at: datetime | None) -> ColumnElement[bool]:
    """Rows with `recorded_at` and `retracted_at` that were known then; None means now."""
    if known_at is None:
        return col(model.retracted_at).is_(None)
    later = or_(col(model.retracted_at).is_(None), col(model.retracted_at) > known_at)
    return (col(model.recorded_at) <= known_at) & later


def find_editions(
    session: Session, scheme_id: int | None = None, known_at: datetime | None = None
) -> list[AreaEdition]:
    """The editions of one scheme, or of all, by date."""
    query = select(AreaEdition).where(known(AreaEdition, known_at))
    if scheme_id is not None:
        query = query.where(AreaEdition.scheme_id == scheme_id)
    order = (col(AreaEdition.scheme_id), col(AreaEdition.valid_from), col(AreaEdition.id))
    return list(session.exec(query.order_by(*order)))


def edition_on(editions: Sequence[AreaEdition], on: date) -> AreaEdition | None:
    """Of one scheme's editions, the one in force on a date."""
    in_force = [edition for edition in editions if edition.valid_from <= on]
    return in_force[-1] if in_force else None


def editions_on(
    session: Session, on: date, known_at: datetime | None = None
) -> dict[int, AreaEdition]:
    """For each scheme, by its id, the edition in force on a date."""
    found: dict[int, AreaEdition] = {}
    for edition in find_editions(session, known_at=known_at):
        if edition.valid_from <= on:
            found[edition.scheme_id] = edition
    return found


def schemes_on(session: Session, on: date, known_at: datetime | None = None) -> dict[int, str]:
    """The id of each edition in force on a date, with the code of its scheme."""
    query = _schemes_query_now()
    if known_at is not None:
        query = _schemes_query().where(known(AreaEdition, known_at))
    newest = {code: id for id, code in session.execute(query, {"on": on})}
    return {id: code for code, id in newest.items()}


@cache
def _schemes_query() -> sa.Select[Any]:
    editions, schemes = table(AreaEdition), table(AreaScheme)
    return (
        sa.select(editions.c.id, schemes.c.code)
        .select_from(editions.join(schemes, schemes.c.id == editions.c.scheme_id))
        .where(editions.c.valid_from <= sa.bindparam("on", type_=sa.Date))
        .order_by(editions.c.valid_from, editions.c.id)
    )


@cache
def _schemes_query_now() -> sa.Select[Any]:
    return _schemes_query().where(known(AreaEdition, None))


@dataclass(frozen=True, slots=True)
class LoadedEdition:
    """An edition with its geometry in memory, for overlaps and extents."""

    edition_id: int
    scheme_id: int
    version_ids: dict[str, int]
    coverage: Coverage


# Editions never change, so what is loaded stays right.
_loaded: Kept[int, LoadedEdition] = Kept(KEPT_COVERAGES)


def load_edition(session: Session, edition: AreaEdition) -> LoadedEdition:
    """The edition's areas as a coverage; from memory if it was used lately."""
    if edition.id is None:
        raise ValueError("An edition must be stored before it is loaded.")
    id, scheme_id = edition.id, edition.scheme_id
    return _loaded.get(session, id, lambda: _load(session, id, scheme_id))


def _load(session: Session, edition_id: int, scheme_id: int) -> LoadedEdition:
    members, versions = table(AreaMembership), table(AreaVersion)
    # Raw, so that all boundaries are read at once: WKB on SQLite, in digits on PostgreSQL.
    query = (
        sa.select(members.c.code, versions.c.id, raw(versions.c.geometry))
        .select_from(members.join(versions, versions.c.id == members.c.area_version_id))
        .where(members.c.edition_id == edition_id)
    )
    rows = sorted(session.execute(query), key=lambda row: str(row[0]))
    shapes = shapely.from_wkb([row[2] for row in rows])
    return LoadedEdition(
        edition_id,
        scheme_id,
        {code: version_id for code, version_id, _ in rows},
        Coverage.build([row[0] for row in rows], list(shapes)),
    )


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area as it is in force in one edition."""

    code: str
    name: str
    version_id: int
    since: date
    area_m2: float


def find_areas(
    session: Session,
    edition_id: int,
    *,
    codes: Iterable[str] | None = None,
    search: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[AreaRow]:
    """Areas of an edition by code; all of them, or those that `codes` and `search` leave."""
    columns: list[Any] = [
        AreaMembership.code,
        AreaVersion.name,
        AreaVersion.id,
        AreaMembership.since,
        AreaVersion.area_m2,
    ]
    query: Any = select(*columns)
    query = query.join(AreaVersion, col(AreaVersion.id) == col(AreaMembership.area_version_id))
    query = query.where(*_where(edition_id, codes, search)).order_by(col(AreaMembership.code))
    if after is not None:
        query = query.where(col(AreaMembership.code) > after)
    if limit is not None:
        query = query.limit(limit)
    return [AreaRow(*row) for row in session.exec(query)]


def find_area_codes(
    session: Session, edition_id: int, search: str | None = None, *, after: str | None = None
) -> list[str]:
    query = (
        select(AreaMembership.code)
        .join(AreaVersion, col(AreaVersion.id) == col(AreaMembership.area_version_id))
        .where(*_where(edition_id, None, search))
        .order_by(col(AreaMembership.code))
    )
    if after is not None:
        query = query.where(col(AreaMembership.code) > after)
    return list(session.exec(query))


def _where(edition_id: int, codes: Iterable[str] | None, search: str | None) -> list[Any]:
    where = [col(AreaMembership.edition_id) == edition_id]
    if codes is not None:
        where.append(col(AreaMembership.code).in_(list(codes)))
    if search:
        name, code = col(AreaVersion.name), col(AreaMembership.code)
        where.append(
            or_(name.icontains(search, autoescape=True), code.icontains(search, autoescape=True))
        )
    return where


def find_memberships(session: Session, edition_id: int) -> list[AreaMembership]:
    return list(session.exec(select(AreaMembership).where(AreaMembership.edition_id == edition_id)))


def find_versions_of_code(
    session: Session, scheme_id: int, code: str, known_at: datetime | None = None
) -> list[tuple[AreaEdition, AreaMembership]]:
    """The editions that hold this code, by date, with its place in each."""
    query = (
        select(AreaEdition, AreaMembership)
        .join(AreaMembership, col(AreaMembership.edition_id) == col(AreaEdition.id))
        .where(
            AreaEdition.scheme_id == scheme_id,
            AreaMembership.code == code,
            known(AreaEdition, known_at),
        )
        .order_by(col(AreaEdition.valid_from))
    )
    return [(edition, membership) for edition, membership in session.exec(query)]


def last_boundary(session: Session, scheme_id: int, code: str) -> Any:
    """The newest boundary ever recorded for a code, in a retracted edition or not."""
    query = select(AreaVersion.geometry).where(
        AreaVersion.scheme_id == scheme_id, AreaVersion.code == code
    )
    return session.exec(query.order_by(col(AreaVersion.id).desc()).limit(1)).one()


def find_successors(
    session: Session, edition_ids: Iterable[int]
) -> dict[int, dict[str, dict[str, int]]]:
    """Edition id -> code that vanished -> what took over, with shares of 10^-12."""
    found: dict[int, dict[str, dict[str, int]]] = {}
    query = select(AreaSuccessor).where(col(AreaSuccessor.edition_id).in_(list(edition_ids)))
    for row in session.exec(query):
        found.setdefault(row.edition_id, {}).setdefault(row.old_code, {})[row.new_code] = row.share
    return found

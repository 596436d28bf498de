"""Registering schemes, and showing areas as they are on a date."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from sqlmodel import Session

from portfolio.areas import repository
from portfolio.areas.models import AreaEdition, AreaMembership, AreaScheme, AreaVersion
from portfolio.areas.repository import AreaRow
from portfolio.clock import Act
from portfolio.database.lookup import refuse_taken_code
from portfolio.errors import InvalidParameter, NotFound
from portfolio.events.service import record
from portfolio.geometry import parse_bbox
from portfolio.shares import Coverage


def shown_scheme(scheme: AreaScheme) -> dict[str, Any]:
    return {"code": scheme.code, "name": scheme.name, "description": scheme.description}


def create_scheme(
    session: Session, act: Act, *, code: str, name: str, description: str
) -> AreaScheme:
    refuse_taken_code(session, AreaScheme, code)
    scheme = AreaScheme(code=code, name=name, description=description)
    session.add(scheme)
    session.flush()
    resource = f"/v1/area-schemes/{code}"
    record(session, act, "area_scheme.created", resource, after=shown_scheme(scheme))
    return scheme


def change_scheme(
    session: Session, act: Act, scheme: AreaScheme, changes: Mapping[str, Any]
) -> None:
    before = shown_scheme(scheme)
    scheme.sqlmodel_update(dict(changes))
    session.flush()
    resource = f"/v1/area-schemes/{scheme.code}"
    record(session, act, "area_scheme.changed", resource, before=before, after=shown_scheme(scheme))


def page_of_areas(
    session: Session,
    scheme: AreaScheme,
    *,
    at: date,
    geometry: str,
    bbox: str | None,
    search: str | None,
    after: str | None,
    limit: int,
) -> tuple[list[AreaRow], int, dict[str, date | None]]:
    """Up to `limit` areas in force on `at`, how many match, and until when each holds."""
    editions = repository.find_editions(session, scheme.id)
    edition = repository.edition_on(editions, at)
    box = _parsed_bbox(bbox)
    if edition is None or edition.id is None:
        return [], 0, {}
    codes = repository.find_area_codes(session, edition.id, search)
    if box is not None:
        inside = set(_codes_inside(repository.load_edition(session, edition).coverage, box))
        codes = [code for code in codes if code in inside]
    following = codes
    if after is not None:
        # Asked of the database, whose order it is that `after` is meant in.
        later = set(repository.find_area_codes(session, edition.id, search, after=after))
        following = [code for code in codes if code in later]
    chosen = following[:limit]
    rows = repository.find_areas(session, edition.id, geometry=geometry, codes=chosen)
    ends = valid_until(session, editions, edition, rows)
    return rows, len(codes), ends


def _parsed_bbox(bbox: str | None) -> Any:
    if bbox is None:
        return None
    try:
        return parse_bbox(bbox)
    except ValueError as error:
        raise InvalidParameter(
            "bbox ska vara väst,syd,öst,nord i grader, till exempel 12.9,55.5,13.1,55.6.",
            "bbox must be west,south,east,north in degrees, such as 12.9,55.5,13.1,55.6.",
        ) from error


def _codes_inside(coverage: Coverage, box: Any) -> Iterable[str]:
    hits = coverage.tree.query(box, predicate="intersects")
    return (coverage.codes[index] for index in hits)


def valid_until(
    session: Session,
    editions: Sequence[AreaEdition],
    edition: AreaEdition,
    rows: Sequence[AreaRow],
) -> dict[str, date | None]:
    """For each area of an edition, the first date on which it is no longer in force as it is."""
    ends: dict[str, date | None] = {row.code: None for row in rows}
    holding = {row.code: row.version_id for row in rows}
    for later in editions[editions.index(edition) + 1 :]:
        if later.id is None or not holding:
            break
        kept = {
            member.code: member.area_version_id
            for member in repository.find_memberships(session, later.id)
        }
        for code in [code for code, version in holding.items() if kept.get(code) != version]:
            ends[code] = later.valid_from
            del holding[code]
    return ends


def shown_area(
    scheme: AreaScheme, row: AreaRow, valid_to: date | None, geojson: str | None
) -> dict[str, Any]:
    return {
        "scheme": scheme.code,
        "code": row.code,
        "name": row.name,
        "valid_from": row.since.isoformat(),
        "valid_to": valid_to.isoformat() if valid_to else None,
        "area_m2": round(row.area_m2, 2),
        "parent": None,
        "geometry": orjson.Fragment(geojson) if geojson else None,
    }


def read_area(session: Session, scheme: AreaScheme, code: str, at: date) -> dict[str, Any]:
    """One area with its geometry and all its versions.

    Raises:
        NotFound: The scheme has no such area on that date; says when it has one.
    """
    editions = repository.find_editions(session, scheme.id)
    edition = repository.edition_on(editions, at)
    rows: list[AreaRow] = []
    if edition is not None and edition.id is not None:
        rows = repository.find_areas(session, edition.id, geometry="full", codes=[code])
    versions = _versions(session, editions, scheme, code)
    if edition is None or not rows:
        raise _no_area(scheme, code, at, versions)
    ends = valid_until(session, editions, edition, rows)
    return {**shown_area(scheme, rows[0], ends[code], rows[0].geojson), "versions": versions}


def _no_area(
    scheme: AreaScheme, code: str, at: date, versions: Sequence[Mapping[str, Any]]
) -> NotFound:
    spans = ", ".join(f"{v['valid_from']} - {v['valid_to'] or ''}".strip() for v in versions)
    sv = f"Indelningen {scheme.code} har inget område {code} den {at}"
    en = f"The scheme {scheme.code} has no area {code} on {at}"
    if spans:
        return NotFound(f"{sv}; det fanns {spans}.", f"{en}; it was there {spans}.")
    return NotFound(f"{sv}; kontrollera koden.", f"{en}; check the code.")


def _versions(
    session: Session, editions: Sequence[AreaEdition], scheme: AreaScheme, code: str
) -> list[dict[str, Any]]:
    found = repository.find_versions_of_code(session, scheme.id or 0, code)
    by_edition = {edition.id: member for edition, member in found}
    spans: list[tuple[AreaMembership, date, date | None]] = []
    for edition in editions:
        member = by_edition.get(edition.id)
        current = spans[-1][0].area_version_id if spans and spans[-1][2] is None else None
        if spans and current is not None and (member is None or member.area_version_id != current):
            spans[-1] = (spans[-1][0], spans[-1][1], edition.valid_from)
        if member is not None and member.area_version_id != current:
            spans.append((member, member.since, None))
    return [_shown_version(session, *span) for span in spans]


def _shown_version(
    session: Session, member: AreaMembership, valid_from: date, valid_to: date | None
) -> dict[str, Any]:
    version = session.get_one(AreaVersion, member.area_version_id)
    return {
        "name": version.name,
        "valid_from": valid_from.isoformat(),
        "valid_to": valid_to.isoformat() if valid_to else None,
        "area_m2": round(version.area_m2, 2),
    }

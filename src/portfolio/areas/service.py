"""Registering schemes, and showing areas as they are on a date."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from sqlmodel import Session

from portfolio.areas import rendering, repository
from portfolio.areas.drawing import simplified_geojson
from portfolio.areas.models import AreaEdition, AreaMembership, AreaScheme, AreaVersion
from portfolio.areas.nesting import Parents, parents_of
from portfolio.areas.repository import AreaRow
from portfolio.clock import Act
from portfolio.database.lookup import named_in_body, refuse_taken_code
from portfolio.errors import InvalidBody, InvalidParameter, NotFound
from portfolio.events.service import record
from portfolio.geometry import parse_bbox
from portfolio.shares import Coverage


def shown_scheme(scheme: AreaScheme, parent: str | None) -> dict[str, Any]:
    return {
        "code": scheme.code,
        "name": scheme.name,
        "description": scheme.description,
        "parent": parent,
    }


def shown_schemes(session: Session, schemes: Sequence[AreaScheme]) -> list[dict[str, Any]]:
    ids = {scheme.parent_id for scheme in schemes if scheme.parent_id is not None}
    codes = repository.scheme_codes(session, ids)
    return [shown_scheme(scheme, codes.get(scheme.parent_id or 0)) for scheme in schemes]


def listed_schemes(
    session: Session, schemes: Sequence[AreaScheme], on: date, *, public: bool
) -> list[dict[str, Any]]:
    """With counts, which a single scheme does not have.

    Its tag would change with every program that is opened, and whoever renames it be refused.
    """
    areas = repository.count_areas(session, on)
    programs = repository.count_programs(session, published=public)
    return [
        {**shown, "areas": areas.get(scheme.code, 0), "programs": programs.get(scheme.id or 0, 0)}
        for scheme, shown in zip(schemes, shown_schemes(session, schemes), strict=True)
    ]


def read_scheme(session: Session, scheme: AreaScheme) -> dict[str, Any]:
    (shown,) = shown_schemes(session, [scheme])
    return shown


def create_scheme(
    session: Session,
    act: Act,
    *,
    code: str,
    name: str,
    description: str,
    parent: str | None = None,
) -> AreaScheme:
    refuse_taken_code(session, AreaScheme, code)
    scheme = AreaScheme(code=code, name=name, description=description)
    # It has no id yet, so none of the others can be a part of it.
    if parent is not None:
        scheme.parent_id = _parent_named(session, code, parent).id
    session.add(scheme)
    session.flush()
    resource = f"/v1/area-schemes/{code}"
    record(session, act, "area_scheme.created", resource, after=read_scheme(session, scheme))
    return scheme


def change_scheme(
    session: Session, act: Act, scheme: AreaScheme, changes: Mapping[str, Any]
) -> None:
    """All schemes must be locked: two changes at once could make each a part of the other."""
    before = read_scheme(session, scheme)
    values = {field: value for field, value in changes.items() if field != "parent"}
    if "parent" in changes:
        values["parent_id"] = _new_parent(session, scheme, changes["parent"])
    scheme.sqlmodel_update(values)
    session.flush()
    resource = f"/v1/area-schemes/{scheme.code}"
    after = read_scheme(session, scheme)
    record(session, act, "area_scheme.changed", resource, before=before, after=after)


def _new_parent(session: Session, scheme: AreaScheme, code: str | None) -> int | None:
    if code is None:
        return None
    parent = _parent_named(session, scheme.code, code)
    above, parents = parent.id, repository.scheme_parents(session)
    while above is not None:
        if above == scheme.id:
            raise InvalidBody.at(
                "/parent",
                f"{code} är själv en del av {scheme.code}; ta bort den kopplingen först.",
                f"{code} is itself a part of {scheme.code}; take that away first.",
            )
        above = parents.get(above)
    return parent.id


def _parent_named(session: Session, own: str, code: str) -> AreaScheme:
    if code == own:
        raise InvalidBody.at(
            "/parent",
            "En indelning kan inte vara en del av sig själv; ange en grövre.",
            "A scheme can't be a part of itself; name a coarser one.",
        )
    return named_in_body(session, AreaScheme, code, "/parent")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which areas of a scheme a list is of."""

    at: date
    known_at: datetime | None = None
    bbox: str | None = None
    search: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class AreaPage:
    """Up to a page of areas, how many there are, and for each what is not in its row."""

    rows: Sequence[AreaRow] = ()
    total: int = 0
    ends: Mapping[str, date | None] = field(default_factory=dict)
    parents: Parents = field(default_factory=dict)
    drawn: Mapping[str, str] = field(default_factory=dict)


def page_of_areas(
    session: Session,
    scheme: AreaScheme,
    wanted: Wanted,
    *,
    geometry: str,
    after: str | None,
    limit: int,
) -> AreaPage:
    """Up to `limit` areas in force on a date, in order of code, from the one after `after`."""
    editions = repository.find_editions(session, scheme.id, wanted.known_at)
    edition = repository.edition_on(editions, wanted.at)
    box = _parsed_bbox(wanted.bbox)
    if edition is None or edition.id is None:
        return AreaPage()
    parents = parents_of(session, scheme, edition, wanted.at, wanted.known_at)
    codes = repository.find_area_codes(session, edition.id, wanted.search)
    if box is not None:
        inside = set(_codes_inside(repository.load_edition(session, edition).coverage, box))
        codes = [code for code in codes if code in inside]
    if wanted.parent is not None:
        codes = [code for code in codes if parents.get(code) == wanted.parent]
    following = codes
    if after is not None:
        # Asked of the database, whose order it is that `after` is meant in.
        later = set(repository.find_area_codes(session, edition.id, wanted.search, after=after))
        following = [code for code in codes if code in later]
    chosen = following[:limit]
    rows = repository.find_areas(session, edition.id, codes=chosen)
    ends = valid_until(session, editions, edition, rows)
    drawn = _drawn(session, edition, [row.code for row in rows], geometry)
    return AreaPage(rows, len(codes), ends, parents, drawn)


def _drawn(
    session: Session, edition: AreaEdition, codes: Sequence[str], geometry: str
) -> Mapping[str, str]:
    """Boundaries as GeoJSON by code, full or simplified; none if they were not asked for."""
    if geometry == "none" or not codes:
        return {}
    if geometry == "simplified":
        return simplified_geojson(session, edition, codes)
    coverage = repository.load_edition(session, edition).coverage
    at = {code: index for index, code in enumerate(coverage.codes)}
    wanted = rendering.as_array([coverage.geometries[at[code]] for code in codes])
    texts = rendering.geojson_texts(rendering.Outlines.of(wanted), rendering.DECIMALS)
    return dict(zip(codes, texts, strict=True))


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
    scheme: AreaScheme,
    row: AreaRow,
    valid_to: date | None,
    parent: str | None,
    geojson: str | None,
) -> dict[str, Any]:
    return {
        "scheme": scheme.code,
        "code": row.code,
        "name": row.name,
        "valid_from": row.since.isoformat(),
        "valid_to": valid_to.isoformat() if valid_to else None,
        "area_m2": round(row.area_m2, 2),
        "parent": parent,
        "geometry": orjson.Fragment(geojson) if geojson else None,
    }


def read_area(
    session: Session, scheme: AreaScheme, code: str, at: date, known_at: datetime | None = None
) -> dict[str, Any]:
    """One area with its geometry and all its versions.

    Raises:
        NotFound: The scheme has no such area on that date; says when it has one.
    """
    editions = repository.find_editions(session, scheme.id, known_at)
    edition = repository.edition_on(editions, at)
    rows: list[AreaRow] = []
    if edition is not None and edition.id is not None:
        rows = repository.find_areas(session, edition.id, codes=[code])
    versions = _versions(session, editions, scheme, code, known_at)
    if edition is None or not rows:
        raise _no_area(scheme, code, at, versions)
    ends = valid_until(session, editions, edition, rows)
    parent = parents_of(session, scheme, edition, at, known_at).get(code)
    geojson = _drawn(session, edition, [code], "full")[code]
    return {**shown_area(scheme, rows[0], ends[code], parent, geojson), "versions": versions}


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
    session: Session,
    editions: Sequence[AreaEdition],
    scheme: AreaScheme,
    code: str,
    known_at: datetime | None,
) -> list[dict[str, Any]]:
    found = repository.find_versions_of_code(session, scheme.id or 0, code, known_at)
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

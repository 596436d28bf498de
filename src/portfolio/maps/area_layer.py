"""The areas of a scheme on the map, as they are on a date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from portfolio.areas import repository as areas
from portfolio.areas.models import AreaEdition, AreaMembership, AreaScheme, AreaVersion
from portfolio.areas.nesting import parents_of
from portfolio.areas.repository import AreaRow, LoadedEdition
from portfolio.areas.service import valid_until
from portfolio.database.base import table
from portfolio.indicators.repository import newest_values
from portfolio.indicators.rules import Value
from portfolio.language import Text
from portfolio.maps.layers import Feature, Field, Layer, Queryable, ValueKind

_TEXT, _DATE, _INTEGER = ValueKind.TEXT, ValueKind.DATE, ValueKind.INTEGER
FIELDS: tuple[Field, ...] = (
    Field("code", _TEXT, Text("Kod", "Code")),
    Field("name", _TEXT, Text("Namn", "Name")),
    Field("valid_from", _DATE, Text("Gäller från", "Valid from")),
    Field("valid_to", _DATE, Text("Gäller till", "Valid to")),
    Field("area_m2", ValueKind.NUMBER, Text("Yta, m²", "Surface, m²")),
    Field("parent", _TEXT, Text("Del av", "Part of")),
    Field("population", _INTEGER, Text("Invånare", "Residents")),
    Field("area_type", _INTEGER, Text("Områdestyp", "Area type")),
    Field("figures_estimated", ValueKind.BOOLEAN, Text("Uppskattat", "Estimated")),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The areas of one edition by code: what each says, and its boundary.

    `rows` and `properties` are in the order of `loaded.coverage.codes`.
    """

    edition: AreaEdition
    loaded: LoadedEdition
    rows: tuple[AreaRow, ...]
    properties: tuple[Mapping[str, Any], ...]


def sheet_of(
    session: Session,
    scheme: AreaScheme,
    editions: Sequence[AreaEdition],
    edition: AreaEdition,
    today: date,
) -> Sheet:
    """An edition of a scheme, of all whose `editions` it is one.

    Parents and figures are those of today, or of the day nearest to it when it was in force.
    """
    loaded = areas.load_edition(session, edition)
    by_code = {row.code: row for row in areas.find_areas(session, edition.id or 0)}
    rows = tuple(by_code[code] for code in loaded.coverage.codes)
    ends = valid_until(session, editions, edition, rows)
    on = _nearest_day(editions, edition, today)
    parents = parents_of(session, scheme, edition, on)
    residents = newest_values(session, scheme.id or 0, edition, "population", on)
    types = newest_values(session, scheme.id or 0, edition, "area_type", on)
    shown = tuple(
        {
            **_properties(row, ends[row.code]),
            "parent": parents.get(row.code),
            "population": _number(residents.get(row.code)),
            "area_type": _number(types.get(row.code)),
            "figures_estimated": _estimated(residents.get(row.code), types.get(row.code)),
        }
        for row in rows
    )
    return Sheet(edition, loaded, rows, shown)


def _nearest_day(editions: Sequence[AreaEdition], edition: AreaEdition, today: date) -> date:
    later = [one.valid_from for one in editions if one.valid_from > edition.valid_from]
    last = min(later) - timedelta(days=1) if later else date.max
    return min(max(today, edition.valid_from), last)


def _number(value: Value | None) -> float | None:
    return None if value is None else value.number


def _estimated(*values: Value | None) -> bool | None:
    """Whether any of the figures is; null where there is none."""
    known = [value.estimated for value in values if value is not None]
    return any(known) if known else None


def _properties(row: AreaRow, valid_to: date | None) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "valid_from": row.since.isoformat(),
        "valid_to": valid_to.isoformat() if valid_to else None,
        "area_m2": round(row.area_m2, 2),
    }


def area_layer(session: Session, scheme: AreaScheme, on: date) -> Layer:
    """A scheme's areas on a date; none if it had none by then."""
    name = f"areas-{scheme.code}"
    editions = areas.find_editions(session, scheme.id)
    edition = areas.edition_on(editions, on)
    if edition is None:
        return Layer(name, Text(scheme.name, scheme.name), FIELDS, ())
    sheet = sheet_of(session, scheme, editions, edition, on)
    shapes = sheet.loaded.coverage.geometries
    features = (
        Feature(str(properties["code"]), properties, shape)
        for properties, shape in zip(sheet.properties, shapes, strict=True)
    )
    return Layer(name, Text(scheme.name, scheme.name), FIELDS, tuple(features))


def queryables() -> Mapping[str, Queryable]:
    """What can be asked about: what an edition itself says of its areas."""
    members, versions = table(AreaMembership).c, table(AreaVersion).c
    columns = {
        "code": members.code,
        "name": versions.name,
        "valid_from": members.since,
        # As it is shown: what a client has read, it can ask for.
        "area_m2": sa.func.round(versions.area_m2 * 100, type_=sa.Float()) / 100,
    }
    return {
        field.name: Queryable(field, columns[field.name])
        for field in FIELDS
        if field.name in columns
    }


def codes_where(
    session: Session, edition_id: int, where: Sequence[sa.ColumnElement[bool]]
) -> set[str]:
    """The codes of an edition's areas that conditions on `queryables` leave."""
    members, versions = table(AreaMembership), table(AreaVersion)
    query = (
        sa.select(members.c.code)
        .join(versions, versions.c.id == members.c.area_version_id)
        .where(members.c.edition_id == edition_id, *where)
    )
    return {code for (code,) in session.execute(query)}

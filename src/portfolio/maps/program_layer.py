"""Programs on the map: the areas each is for, and what it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry
from sqlmodel import Session, select

from portfolio.areas import repository as areas
from portfolio.areas.lineage import Line, line_of
from portfolio.areas.models import AreaEdition
from portfolio.database.base import table
from portfolio.database.kept import Kept
from portfolio.investments.models import Investment
from portfolio.investments.repository import scheme_codes
from portfolio.language import Text
from portfolio.maps import investment_layer
from portfolio.maps.investment_layer import ORE_PER_KRONA, Viewed
from portfolio.maps.layers import Feature, Field, Layer, Queryable, ValueKind
from portfolio.programs.models import Program, ProgramArea
from portfolio.programs.steering import steering_histories

PROGRAMS = Text("Program", "Programs")

_TEXT, _INTEGER, _AMOUNT = ValueKind.TEXT, ValueKind.INTEGER, ValueKind.AMOUNT
FIELDS: tuple[Field, ...] = (
    Field("code", _TEXT, Text("Kod", "Code")),
    Field("name", _TEXT, Text("Namn", "Name")),
    Field("steering", _TEXT, Text("Styrning", "Steering")),
    Field("deciding_body", _TEXT, Text("Beslutsorgan", "Deciding body")),
    Field("areas", _TEXT, Text("Områden", "Areas")),
    Field("starts_on", ValueKind.DATE, Text("Startar", "Starts on")),
    Field("ends_on", ValueKind.DATE, Text("Slutar", "Ends on")),
    Field("published", ValueKind.BOOLEAN, Text("Publicerat", "Published")),
    Field("investments", _INTEGER, Text("Antal investeringar", "Number of investments")),
    Field("on_hold", _INTEGER, Text("Varav väntande", "Of them on hold")),
    Field("decided_total", _AMOUNT, Text("Beslutat, kr", "Decided, SEK")),
    Field("forecast_total", _AMOUNT, Text("Prognos, kr", "Forecast, SEK")),
)
ASKABLE = ("code", "name", "deciding_body", "starts_on", "ends_on", "published")
NOTHING: Mapping[str, int] = {"investments": 0, "on_hold": 0, "decided": 0, "forecast": 0}


def queryables() -> Mapping[str, Queryable]:
    """What can be asked about: what a program itself says."""
    columns = table(Program).c
    return {
        field.name: Queryable(field, columns[field.name])
        for field in FIELDS
        if field.name in ASKABLE
    }


def visible(viewed: Viewed) -> list[sa.ColumnElement[bool]]:
    return [table(Program).c.published.is_(True)] if viewed.public else []


def find_features(
    session: Session, viewed: Viewed, where: Sequence[sa.ColumnElement[bool]] = ()
) -> list[Feature]:
    """Programs by code that may be seen and that `where` leaves."""
    query: Any = select(Program).where(*visible(viewed), *where).order_by(table(Program).c.code)
    rows = list(session.exec(query))
    histories = steering_histories(session, [row.id or 0 for row in rows]) if rows else {}
    sums = _sums(session, viewed)
    surfaces, named = Surfaces.on(session, viewed.today), _named(session)
    found = []
    for row in rows:
        current = surfaces.current(named.get(row.id or 0, []))
        own = {name: _shown(getattr(row, name)) for name in ASKABLE}
        steering = histories[row.id or 0].of_program(viewed.today).value
        codes = ", ".join(code for _, code in current)
        held = _held(sums.get(row.id or 0, NOTHING), public=viewed.public)
        values = {**own, **held, "steering": steering, "areas": codes}
        properties = {field.name: values[field.name] for field in FIELDS}
        found.append(Feature(row.code, properties, surfaces.union(current)))
    return found


def program_layer(session: Session, viewed: Viewed) -> Layer:
    """Every program that may be seen; one of them, if `viewed` names one."""
    where = [] if viewed.program_id is None else [table(Program).c.id == viewed.program_id]
    return Layer("programs", PROGRAMS, FIELDS, tuple(find_features(session, viewed, where)))


def _named(session: Session) -> dict[int, list[ProgramArea]]:
    """By program id, the areas as they were named."""
    found: dict[int, list[ProgramArea]] = {}
    columns = table(ProgramArea).c
    for area in session.exec(select(ProgramArea).order_by(columns.program_id, columns.position)):
        found.setdefault(area.program_id, []).append(area)
    return found


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _sums(session: Session, viewed: Viewed) -> dict[int, dict[str, int]]:
    """By program id: how many investments may be seen, and their amounts in öre."""
    own = table(Investment).c
    columns = investment_layer.columns(False)
    query = (
        sa.select(
            own.program_id,
            sa.func.count().label("investments"),
            sa.func.sum(sa.case((own.status == "on_hold", 1), else_=0)).label("on_hold"),
            sa.func.sum(columns["decided_total"]).label("decided"),
            sa.func.sum(columns["forecast_total"]).label("forecast"),
        )
        .select_from(investment_layer.joined(viewed.today))
        .where(own.program_id.is_not(None), *investment_layer.visible(session, viewed))
        .group_by(own.program_id)
    )
    return {
        id: {name: int(row[name]) for name in NOTHING}
        for row in session.execute(query).mappings()
        for id in [row["program_id"]]
    }


def _held(sums: Mapping[str, int], *, public: bool) -> dict[str, Any]:
    return {
        "investments": sums["investments"],
        "on_hold": sums["on_hold"],
        "decided_total": sums["decided"] / ORE_PER_KRONA,
        "forecast_total": None if public else sums["forecast"] / ORE_PER_KRONA,
    }


_unions: Kept[tuple[tuple[int | None, str], ...], BaseGeometry | None] = Kept(1000)


@dataclass(slots=True)
class Surfaces:
    """The areas of a day: what they are called then, and their boundaries put together."""

    session: Session
    today: date
    schemes: Mapping[int, str]
    editions: Mapping[int, AreaEdition]
    lines: dict[int, Line]

    @classmethod
    def on(cls, session: Session, today: date) -> "Surfaces":
        return cls(session, today, scheme_codes(session), areas.editions_on(session, today), {})

    def current(self, named: Sequence[ProgramArea]) -> list[tuple[int, str]]:
        """Scheme and code of each area today (A6); those that are gone are left out."""
        found = [
            (area.scheme_id, code)
            for area in named
            if area.scheme_id in self.editions
            for code in self._followed(area)
        ]
        return list(dict.fromkeys(found))

    def _followed(self, area: ProgramArea) -> list[str]:
        if area.scheme_id not in self.lines:
            self.lines[area.scheme_id] = line_of(self.session, area.scheme_id)
        line = self.lines[area.scheme_id]
        ids = [edition.id for edition in line.editions]
        today = ids.index(self.editions[area.scheme_id].id)
        return sorted(line.follow(area.code, area.named_on, today) or ())

    def union(self, current: Sequence[tuple[int, str]]) -> BaseGeometry | None:
        """The surface of areas; None where none of them is in force."""
        key = tuple((self.editions[scheme].id, code) for scheme, code in current)
        return _unions.get(self.session, key, lambda: self._united(current))

    def _united(self, current: Sequence[tuple[int, str]]) -> BaseGeometry | None:
        shapes: list[Any] = []
        for scheme, code in current:
            coverage = areas.load_edition(self.session, self.editions[scheme]).coverage
            if code in coverage.codes:
                shapes.append(coverage.geometries[coverage.codes.index(code)])
        if not shapes:
            return None
        # Always of one kind, which is what a GIS takes a layer to be.
        return shapely.MultiPolygon(shapely.get_parts(shapely.union_all(shapes)).tolist())

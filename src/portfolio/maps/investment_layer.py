"""Investments on the map: where each stands, what is decided about it and what it costs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import shapely
import sqlalchemy as sa
from sqlmodel import Session

from portfolio.database.among import among
from portfolio.database.base import raw, table
from portfolio.investments.models import Investment, InvestmentMark
from portfolio.investments.rules import Kind, Serves, Status
from portfolio.language import Text
from portfolio.maps.layers import Feature, Field, Layer, Queryable, ValueKind
from portfolio.programs.models import Program
from portfolio.reports.board import PUBLIC_STATUS, is_restricted

INVESTMENTS = Text("Investeringar", "Investments")
ROWS_AT_A_TIME = 5000
ORE_PER_KRONA = 100

_TEXT, _DATE, _AMOUNT = ValueKind.TEXT, ValueKind.DATE, ValueKind.AMOUNT
FIELDS: tuple[Field, ...] = (
    Field("code", _TEXT, Text("Kod", "Code")),
    Field("name", _TEXT, Text("Namn", "Name")),
    Field("kind", _TEXT, Text("Slag", "Kind")),
    Field("program", _TEXT, Text("Program", "Program")),
    Field("department", _TEXT, Text("Förvaltning", "Department")),
    Field("serves", _TEXT, Text("Betjänar", "Serves")),
    Field("gate", _TEXT, Text("Grind", "Gate")),
    Field("gate_position", ValueKind.INTEGER, Text("Grindens plats", "Position of the gate")),
    Field("status", _TEXT, Text("Status", "Status")),
    Field("last_outcome", _TEXT, Text("Senaste beslut", "Last decision")),
    Field("last_decided_on", _DATE, Text("Beslutsdatum", "Decided on")),
    Field("review_on", _DATE, Text("Omprövas", "Review on")),
    Field("next_gate_on", _DATE, Text("Nästa grind", "Next gate on")),
    Field("weak_steps", _TEXT, Text("Svaga steg", "Weak steps")),
    Field("open_conditions", ValueKind.INTEGER, Text("Öppna villkor", "Open conditions")),
    Field("decided_total", _AMOUNT, Text("Beslutat, kr", "Decided, SEK")),
    Field("forecast_total", _AMOUNT, Text("Prognos, kr", "Forecast, SEK")),
    Field("deviation", _AMOUNT, Text("Avvikelse, kr", "Deviation, SEK")),
    Field("outcome_total", _AMOUNT, Text("Utfall, kr", "Outcome, SEK")),
    Field("released_total", _AMOUNT, Text("Släppt, kr", "Released, SEK")),
    Field("starts_on", _DATE, Text("Startar", "Starts on")),
    Field("ends_on", _DATE, Text("Slutar", "Ends on")),
)
# Of rounds that are not decided, of forecasts and of the accounts the public learns nothing.
NOT_PUBLIC = frozenset(
    {
        "next_gate_on",
        "weak_steps",
        "open_conditions",
        "forecast_total",
        "deviation",
        "outcome_total",
    }
)
VALUES: Mapping[str, type[Any]] = {"kind": Kind, "serves": Serves, "status": Status}


@dataclass(frozen=True, slots=True)
class Viewed:
    """Who looks at the investments, and on what day; a program's only, if one is named."""

    public: bool
    today: date
    program_id: int | None = None


@cache
def columns(public: bool) -> Mapping[str, sa.ColumnElement[Any]]:
    """Each field's expression in the database; amounts in öre."""
    own, programs = table(Investment).c, table(Program).c
    decided = own.decided_capital + own.decided_operating
    forecast = own.forecast_capital + own.forecast_operating
    found: dict[str, sa.ColumnElement[Any]] = {field.name: sa.null() for field in FIELDS}
    found |= {name: own[name] for name in found if name in own}
    found |= {
        "program": programs.code,
        "weak_steps": raw(own.weak_steps),
        "decided_total": decided,
        "forecast_total": forecast,
        "deviation": forecast - decided,
        "outcome_total": own.outcome_capital + own.outcome_operating,
    }
    if public:
        shown = {status.value: said.value for status, said in PUBLIC_STATUS.items()}
        found["status"] = sa.case(shown, value=own.status, else_=own.status)
        found |= dict.fromkeys(NOT_PUBLIC, sa.null())
    return found


@cache
def queryables(public: bool) -> Mapping[str, Queryable]:
    """What can be asked about; weak steps, a list, can't."""
    found = columns(public)
    return {
        field.name: Queryable(
            field, found[field.name], tuple(v.value for v in VALUES.get(field.name, ()))
        )
        for field in FIELDS
        if field.name != "weak_steps" and not (public and field.name in NOT_PUBLIC)
    }


def visible(session: Session, viewed: Viewed) -> list[sa.ColumnElement[bool]]:
    """The public sees what is decided in published programs and not restricted."""
    own = table(Investment).c
    where: list[sa.ColumnElement[bool]] = []
    if viewed.program_id is not None:
        where.append(own.program_id == viewed.program_id)
    if viewed.public:
        where += [table(Program).c.published.is_(True), own.last_outcome.is_not(None)]
        hidden = _restricted(session, viewed.today)
        if hidden:
            where.append(sa.not_(among(session, own.code, hidden)))
    return where


def _restricted(session: Session, today: date) -> list[str]:
    own = table(Investment).c
    query = sa.select(own.code, own.restricted).where(own.restricted.is_not(None))
    return [code for code, restricted in session.execute(query) if is_restricted(restricted, today)]


def joined(today: date) -> sa.FromClause:
    """Investments with their programs, and with their marks of the day."""
    own, programs, marks = table(Investment), table(Program), table(InvestmentMark)
    return own.outerjoin(programs, programs.c.id == own.c.program_id).outerjoin(
        marks,
        sa.and_(
            marks.c.investment_id == own.c.id,
            marks.c.valid_from <= today,
            sa.or_(marks.c.valid_to.is_(None), marks.c.valid_to > today),
        ),
    )


def count(session: Session, viewed: Viewed, where: Sequence[sa.ColumnElement[bool]]) -> int:
    query = sa.select(sa.func.count()).select_from(joined(viewed.today)).where(*where)
    return int(session.execute(query).scalar_one())


def find_features(
    session: Session,
    viewed: Viewed,
    where: Sequence[sa.ColumnElement[bool]] = (),
    *,
    points: bool = False,
    shapes: bool = True,
    after: str | None = None,
    limit: int | None = None,
) -> list[Feature]:
    """Investments by code that `where` leaves; `points` gives each as its symbol's place.

    Without `shapes` they are nowhere, which spares reading where they are.
    """
    own, marks = table(Investment).c, table(InvestmentMark).c
    place = raw_shape(marks.point if points else marks.shape) if shapes else sa.null()
    query = (
        sa.select(*(one.label(name) for name, one in columns(viewed.public).items()), place)
        .select_from(joined(viewed.today))
        .where(*where)
        .order_by(own.code)
        .limit(limit)
    )
    if after is not None:
        query = query.where(own.code > after)
    rows = session.execute(query).all()
    found = shapely.from_wkb([row[-1] for row in rows])
    return [_feature(row, shape) for row, shape in zip(rows, found, strict=True)]


def raw_shape(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A geometry as the engine keeps it: WKB, or its hexadecimal text. shapely reads both."""
    return sa.type_coerce(column, sa.types.NullType())


def _feature(row: Any, shape: Any) -> Feature:
    properties = {
        field.name: _shown(field, value) for field, value in zip(FIELDS, row, strict=False)
    }
    return Feature(str(properties["code"]), properties, shape)


def _shown(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.kind is ValueKind.AMOUNT:
        return value / ORE_PER_KRONA
    if field.kind is ValueKind.DATE:
        return value.isoformat()
    if field.name == "weak_steps":
        return value.strip("[]").replace('"', "").replace(",", ", ")
    return value


def investment_layer(session: Session, viewed: Viewed) -> Layer:
    """Every investment that may be seen, as it is drawn."""
    return Layer("investments", INVESTMENTS, FIELDS, tuple(every_feature(session, viewed)))


def every_feature(session: Session, viewed: Viewed) -> Iterator[Feature]:
    """Every investment that may be seen, by code; some thousands in memory at a time."""
    where = visible(session, viewed)
    after: str | None = None
    while some := find_features(session, viewed, where, after=after, limit=ROWS_AT_A_TIME):
        yield from some
        after = some[-1].id

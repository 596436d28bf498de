"""A table with a field of each kind, and the answers a filter ought to give, worked out anew."""

import json
import operator
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy import Engine

from portfolio.database.types import PlanarGeometry
from portfolio.errors import InvalidParameter
from portfolio.language import Text
from portfolio.maps.filters import CRS84, GeometryColumn, compile_filter
from portfolio.maps.layers import Field, Queryable, ValueKind

ROWS = sa.Table(
    "filtered",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("status", sa.Text),
    sa.Column("units", sa.Integer),
    sa.Column("cost", sa.BigInteger),
    sa.Column("surface", sa.Float),
    sa.Column("since", sa.Date),
    sa.Column("published", sa.Boolean),
    sa.Column("geometry", PlanarGeometry()),
    *(sa.Column(name, sa.Float) for name in ("min_x", "min_y", "max_x", "max_y")),
)
KINDS = {
    "name": ValueKind.TEXT,
    "status": ValueKind.TEXT,
    "units": ValueKind.INTEGER,
    "cost": ValueKind.AMOUNT,
    "surface": ValueKind.NUMBER,
    "since": ValueKind.DATE,
    "published": ValueKind.BOOLEAN,
}
STATUSES = ("preparing", "on_hold", "stopped")
QUERYABLES = {
    name: Queryable(
        Field(name, kind, Text(f"{name} sv", f"{name} en")),
        ROWS.c[name],
        STATUSES if name == "status" else (),
    )
    for name, kind in KINDS.items()
}
BOUNDS = (ROWS.c.min_x, ROWS.c.min_y, ROWS.c.max_x, ROWS.c.max_y)
GEOMETRY = GeometryColumn(ROWS.c.geometry)
BOXED = GeometryColumn(ROWS.c.geometry, BOUNDS)

NAMES = ("Åby", "åby", "ÅBY 100%", "a_b", r"a\b", "it's", "", "Östra Åby", "zon; DROP", None)
COSTS = (0, 1, -1, 125_000_000, 125_000_001, 999_999_999_999_999, -250, 50, 100, None)
SURFACES = (0.0, 1.5, -2.25, 1e9, 12.5, None)
DAYS = (date(2026, 1, 1), date(2025, 12, 31), date(1, 1, 1), date(9999, 12, 31), None)
WEST, SOUTH, SIDE = 375_000.0, 6_160_000.0, 1000.0


def _row(number: int) -> dict[str, Any]:
    """Fields that vary at different paces, so that most combinations occur."""
    x, y = WEST + number % 7 * SIDE, SOUTH + number // 7 * SIDE
    geometry = None if number % 11 == 5 else shapely.box(x, y, x + SIDE, y + SIDE)
    bounds = geometry.bounds if geometry else (None, None, None, None)
    return {
        "id": number,
        "name": NAMES[number % len(NAMES)],
        "status": (*STATUSES, None)[number % 4],
        "units": None if number % 6 == 2 else number % 9 - 4,
        "cost": COSTS[number * 3 % len(COSTS)],
        "surface": SURFACES[number * 5 % len(SURFACES)],
        "since": DAYS[number // 2 % len(DAYS)],
        "published": (True, False, None)[number % 3],
        "geometry": geometry,
        **dict(zip(("min_x", "min_y", "max_x", "max_y"), bounds, strict=True)),
    }


CONTENT = [_row(number) for number in range(49)]


COMPARING = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        ROWS.metadata.create_all(connection)
        connection.execute(ROWS.insert(), CONTENT)


def ask(
    engine: Engine,
    text: str,
    language: str = "cql2-text",
    *,
    crs: str = CRS84,
    geometry: GeometryColumn = GEOMETRY,
) -> list[int]:
    """The ids of the rows that match."""
    condition = compile_filter(text, language, QUERYABLES, geometry, crs)
    with engine.connect() as connection:
        found = connection.execute(sa.select(ROWS.c.id).where(condition).order_by(ROWS.c.id))
        return list(found.scalars())


def refused(text: str, language: str = "cql2-text", **other: Any) -> Text | None:
    """Why the filter is refused; None if it isn't."""
    try:
        compile_filter(text, language, QUERYABLES, other.pop("geometry", GEOMETRY), **other)
    except InvalidParameter as error:
        return error.detail
    return None


def as_json(tree: Any) -> str:
    """A tree as CQL2 JSON; a Decimal is written as the number it is."""
    text = json.dumps(tree, default=lambda number: f"\0{number}\0", ensure_ascii=False)
    return re.sub(r'"\\u0000([^"]*)\\u0000"', r"\1", text)


def as_text(tree: Any) -> str:
    """A tree as CQL2 text, with every bracket."""
    if isinstance(tree, Mapping):
        return _operation_text(tree) if "op" in tree else _value_text(tree)
    if isinstance(tree, bool):
        return str(tree).upper()
    if isinstance(tree, str):
        return "'" + tree.replace("'", "''") + "'"
    return str(tree)


def _operation_text(tree: Mapping[str, Any]) -> str:
    name, arguments = tree["op"], tree["args"]
    if name in ("and", "or"):
        return f" {name} ".join(f"({as_text(one)})" for one in arguments)
    if name == "not":
        return f"NOT ({as_text(arguments[0])})"
    if name == "isNull":
        return f"{as_text(arguments[0])} IS NULL"
    if name == "between":
        subject, low, high = map(as_text, arguments)
        return f"{subject} BETWEEN {low} AND {high}"
    if name == "in":
        return f"{as_text(arguments[0])} IN ({', '.join(map(as_text, arguments[1]))})"
    if name in ("casei", "s_intersects"):
        return f"{name.upper()}({', '.join(map(as_text, arguments))})"
    return f"{as_text(arguments[0])} {name} {as_text(arguments[1])}"


def _value_text(tree: Mapping[str, Any]) -> str:
    if "property" in tree:
        return str(tree["property"])
    if "bbox" in tree:
        return f"BBOX({', '.join(map(str, tree['bbox']))})"
    ((kind, value),) = tree.items()
    return f"{kind.upper()}('{value}')"


def holds(tree: Any, row: Mapping[str, Any]) -> bool | None:
    """What the tree says of a row: true, false or, with a null in it, perhaps unknown."""
    if isinstance(tree, bool):
        return tree
    name: str = tree["op"]
    arguments = tree["args"]
    if name in ("and", "or"):
        answers = [holds(one, row) for one in arguments]
        if (name == "or") in answers:
            return name == "or"
        return None if None in answers else name == "and"
    if name == "not":
        answer = holds(arguments[0], row)
        return None if answer is None else not answer
    if name == "isNull":
        return _value(arguments[0], row) is None
    if name == "s_intersects":
        # EPSG:3006 has north first.
        south, west, north, east = map(float, arguments[1]["bbox"])
        shape, box = row["geometry"], shapely.box(west, south, east, north)
        return None if shape is None else bool(shapely.intersects(shape, box))
    return _compared(name, arguments, row)


def _compared(name: str, arguments: list[Any], row: Mapping[str, Any]) -> bool | None:
    left = _value(arguments[0], row)
    if left is None:
        return None
    if name == "in":
        return any(left == _value(one, row) for one in arguments[1])
    if name == "between":
        low, high = (_value(one, row) for one in arguments[1:])
        return bool(low <= left <= high)
    right = _value(arguments[1], row)
    if name == "like":
        return re.fullmatch(_pattern(right), left, re.DOTALL) is not None
    answer: bool = COMPARING[name](left, right)
    return answer


def _value(node: Any, row: Mapping[str, Any]) -> Any:
    if not isinstance(node, Mapping):
        return node
    if "op" in node:
        inner = _value(node["args"][0], row)
        return None if inner is None else inner.lower()
    if "date" in node:
        return _midnight(date.fromisoformat(node["date"]))
    if "timestamp" in node:
        return datetime.fromisoformat(node["timestamp"])
    value = row[node["property"]]
    if node["property"] == "cost" and value is not None:
        return Decimal(value) / 100
    return _midnight(value) if isinstance(value, date) else value


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _pattern(like: str) -> str:
    signs = {"%": ".*", "_": "."}
    pieces = re.findall(r"\\?.", like, re.DOTALL)
    return "".join(
        re.escape(piece[1]) if len(piece) == 2 else signs.get(piece, re.escape(piece))
        for piece in pieces
    )

"""CQL2's tree (OGC 21-065) as a condition in SQL.

What can be asked about is an allow-list; everything else is refused with what there is. No text of
a client reaches the database but as a bound value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import shapely
import sqlalchemy as sa

from portfolio.database.types import PlanarGeometry
from portfolio.errors import InvalidParameter
from portfolio.maps.cql2_geometry import MAX_DETAIL, read_geometry
from portfolio.maps.cql2_values import (
    COMPARISONS,
    Condition,
    Literal,
    check_text,
    compare,
    is_in,
    matches,
    never,
    quoted,
    read_date,
    read_moment,
    refusal,
)
from portfolio.maps.layers import Queryable

# Each costs the database work for each row; SQLite takes a thousand in one expression.
MAX_COMPARISONS = 200
MAX_SPATIAL = 8
MAX_VALUES = 500

_KNOWN = (
    "AND, OR, NOT, =, <>, <, >, <=, >=, LIKE, BETWEEN, IN, IS NULL, CASEI, DATE, TIMESTAMP, "
    "S_INTERSECTS"
)
_USAGE = {
    "and": ("två villkor eller fler", "two conditions or more"),
    "or": ("två villkor eller fler", "two conditions or more"),
    "not": ("ett villkor", "one condition"),
    "between": ("en egenskap och två värden", "a property and two values"),
    "in": ("en egenskap och en lista av värden", "a property and a list of values"),
    "isNull": ("en egenskap", "a property"),
    "casei": ("en egenskap eller en text", "a property or a text"),
    "s_intersects": ("egenskapen geometry och en geometri", "the property geometry and a geometry"),
}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}


@dataclass(frozen=True, slots=True)
class GeometryColumn:
    """Where a layer's geometry is; `box` names columns with its bounds, east before north.

    Where it is not in the database, `column` only is null or not, and `meets` says which features
    have a point in common with a planar geometry.
    """

    column: sa.ColumnElement[Any]
    box: tuple[sa.ColumnElement[Any], ...] = ()
    name: str = "geometry"
    meets: Callable[[Any], Condition] | None = None


@dataclass(frozen=True, slots=True)
class _Property:
    found: Queryable
    folded: bool = False


class Compiler:
    """Walks the tree, whose depth its parser has bounded."""

    def __init__(
        self,
        queryables: Mapping[str, Queryable],
        geometry: GeometryColumn | None,
        filter_crs: str,
    ) -> None:
        self._queryables = queryables
        self._geometry = geometry
        self._crs = filter_crs
        self._comparisons = 0
        self._spatial = 0
        self._detail = 0
        self._conditions: dict[str, Callable[[str, list[Any]], Condition]] = {
            "and": self._joined,
            "or": self._joined,
            "not": self._negated,
            "like": self._like,
            "between": self._between,
            "in": self._in,
            "isNull": self._is_null,
            "s_intersects": self._intersects,
            **dict.fromkeys(COMPARISONS, self._compared),
        }

    def condition(self, node: Any) -> Condition:
        if isinstance(node, bool):
            return sa.true() if node else sa.false()
        name, arguments = _operation(node)
        if name not in self._conditions:
            raise _unknown_function(name)
        if name not in ("and", "or", "not"):
            self._count()
        return self._conditions[name](name, arguments)

    def _count(self) -> None:
        self._comparisons += 1
        if self._comparisons > MAX_COMPARISONS:
            raise refusal(
                f"använd högst {MAX_COMPARISONS} jämförelser; IN jämför med många värden i en.",
                f"use at most {MAX_COMPARISONS} comparisons; IN compares with many values in one.",
            )

    def _joined(self, name: str, arguments: list[Any]) -> Condition:
        if len(arguments) < 2:
            raise _wrong_arguments(name)
        conditions = [self.condition(one) for one in arguments]
        return sa.and_(*conditions) if name == "and" else sa.or_(*conditions)

    def _negated(self, name: str, arguments: list[Any]) -> Condition:
        (inner,) = _exactly(1, name, arguments)
        return sa.not_(self.condition(inner))

    def _compared(self, name: str, arguments: list[Any]) -> Condition:
        left, right = (self._operand(one) for one in _exactly(2, name, arguments))
        if isinstance(left, Literal):
            left, right, name = right, left, _MIRRORED[name]
        if isinstance(left, Literal) or isinstance(right, _Property):
            raise refusal(
                f"{name} jämför en egenskap med ett värde.",
                f"{name} compares a property with a value.",
            )
        return compare(left.found, name, right, folded=left.folded)

    def _between(self, name: str, arguments: list[Any]) -> Condition:
        subject, low, high = _exactly(3, name, arguments)
        column = self._property(name, subject)
        return compare(
            column.found, ">=", self._literal(name, low), folded=column.folded
        ) & compare(column.found, "<=", self._literal(name, high), folded=column.folded)

    def _in(self, name: str, arguments: list[Any]) -> Condition:
        subject, values = _exactly(2, name, arguments)
        if not isinstance(values, list) or not values:
            raise _wrong_arguments(name)
        if len(values) > MAX_VALUES:
            raise refusal(
                f"använd högst {MAX_VALUES} värden i IN.", f"use at most {MAX_VALUES} values in IN."
            )
        column = self._property(name, subject)
        literals = [self._literal(name, value) for value in values]
        return is_in(column.found, literals, folded=column.folded)

    def _like(self, name: str, arguments: list[Any]) -> Condition:
        subject, pattern = _exactly(2, name, arguments)
        column = self._property(name, subject)
        return matches(column.found, self._literal(name, pattern), folded=column.folded)

    def _is_null(self, name: str, arguments: list[Any]) -> Condition:
        (subject,) = _exactly(1, name, arguments)
        if self._geometry is not None and subject == {"property": self._geometry.name}:
            return self._geometry.column.is_(None)
        return self._property(name, subject).found.column.is_(None)

    def _intersects(self, name: str, arguments: list[Any]) -> Condition:
        first, second = _exactly(2, name, arguments)
        if self._is_geometry(second):
            first, second = second, first
        if self._geometry is None or not self._is_geometry(first) or not _is_spatial(second):
            raise self._no_geometry()
        parts = read_geometry(second, self._crs)
        self._spatial += max(len(parts), 1)
        self._detail += int(shapely.get_num_coordinates(parts).sum()) if parts else 0
        if self._spatial > MAX_SPATIAL or self._detail > MAX_DETAIL:
            raise refusal(
                f"använd högst {MAX_SPATIAL} geometrier, och inte så långa kanter; MULTIPOLYGON "
                "tar många ytor i en.",
                f"use at most {MAX_SPATIAL} geometries, and shorter edges; MULTIPOLYGON takes "
                "many surfaces in one.",
            )
        if not parts:
            return never(self._geometry.column)
        return sa.or_(*(intersects(self._geometry, part) for part in parts))

    def _is_geometry(self, node: Any) -> bool:
        return self._geometry is not None and node == {"property": self._geometry.name}

    def _operand(self, node: Any) -> _Property | Literal:
        if not isinstance(node, Mapping):
            return _plain(node)
        keys = set(node)
        if keys == {"property"}:
            return _Property(self._queryable(node["property"]))
        if keys == {"date"}:
            return Literal(read_date(node["date"]))
        if keys == {"timestamp"}:
            return Literal(read_moment(node["timestamp"]))
        if _is_spatial(node) or keys == {"interval"}:
            raise refusal(
                "jämför med en text, ett tal, TRUE, FALSE, DATE eller TIMESTAMP.",
                "compare with a text, a number, TRUE, FALSE, DATE or TIMESTAMP.",
            )
        name, arguments = _operation(node)
        if name != "casei":
            raise _unknown_function(name)
        (inner,) = _exactly(1, name, arguments)
        return _fold(self._operand(inner))

    def _property(self, name: str, node: Any) -> _Property:
        operand = self._operand(node)
        if isinstance(operand, Literal):
            raise _wrong_arguments(name)
        return operand

    def _literal(self, name: str, node: Any) -> Literal:
        operand = self._operand(node)
        if isinstance(operand, _Property):
            raise _wrong_arguments(name)
        return operand

    def _queryable(self, name: Any) -> Queryable:
        if isinstance(name, str) and name in self._queryables:
            return self._queryables[name]
        if self._is_geometry({"property": name}):
            raise refusal(
                f"{name} prövas med S_INTERSECTS eller IS NULL.",
                f"{name} is tested with S_INTERSECTS or IS NULL.",
            )
        raise unknown_property(name, self._queryables)

    def _no_geometry(self) -> InvalidParameter:
        if self._geometry is None:
            return refusal("lagret har ingen geometri.", "the layer has no geometry.")
        name = self._geometry.name
        return refusal(
            f"skriv S_INTERSECTS({name}, ...) med en geometri, som BBOX(12.9, 55.5, 13.1, 55.6).",
            f"write S_INTERSECTS({name}, ...) with a geometry, as BBOX(12.9, 55.5, 13.1, 55.6).",
        )


def intersects(geometry: GeometryColumn, planar: Any) -> Condition:
    """The features that have a point in common with a planar geometry; bounds are tried first."""
    if geometry.meets is not None:
        return geometry.meets(planar)
    exact: Condition = sa.Function(
        "st_intersects",
        geometry.column,
        sa.literal(planar, PlanarGeometry()),
        type_=sa.Boolean(),
    )
    if not geometry.box:
        return exact
    min_x, min_y, max_x, max_y = geometry.box
    west, south, east, north = (sa.literal(float(bound), sa.Float()) for bound in planar.bounds)
    return sa.and_(min_x <= east, max_x >= west, min_y <= north, max_y >= south, exact)


def _operation(node: Any) -> tuple[str, list[Any]]:
    if (
        not isinstance(node, Mapping)
        or set(node) != {"op", "args"}
        or not isinstance(node["op"], str)
        or not isinstance(node["args"], list)
    ):
        raise refusal(
            "ett villkor väntades, som status = 'on_hold'.",
            "a condition was expected, such as status = 'on_hold'.",
        )
    return node["op"], node["args"]


def _exactly(number: int, name: str, arguments: list[Any]) -> list[Any]:
    if len(arguments) != number:
        raise _wrong_arguments(name)
    return arguments


def _wrong_arguments(name: str) -> InvalidParameter:
    sv, en = _USAGE.get(name, ("en egenskap och ett värde", "a property and a value"))
    return refusal(f"{name.upper()} tar {sv}.", f"{name.upper()} takes {en}.")


def _plain(node: Any) -> Literal:
    if isinstance(node, str):
        return Literal(check_text(node))
    if isinstance(node, bool | Decimal):
        return Literal(node)
    if node is None:
        raise refusal(
            "inget är lika med NULL; skriv IS NULL eller IS NOT NULL.",
            "nothing equals NULL; write IS NULL or IS NOT NULL.",
        )
    raise refusal("ett enda värde väntades, ingen lista.", "one value was expected, not a list.")


def _fold(operand: _Property | Literal) -> _Property | Literal:
    if isinstance(operand, Literal) and not isinstance(operand.value, str):
        raise refusal("CASEI gäller text.", "CASEI is for text.")
    return replace(operand, folded=True)


def _is_spatial(node: Any) -> bool:
    return isinstance(node, Mapping) and ("type" in node or "bbox" in node)


def unknown_property(name: object, queryables: Mapping[str, Queryable]) -> InvalidParameter:
    known = ", ".join(queryables)
    return refusal(
        f"det finns ingen egenskap {quoted(name)}; det som finns är {known}.",
        f"there is no property {quoted(name)}; there is {known}.",
    )


def _unknown_function(name: str) -> InvalidParameter:
    return refusal(
        f"{quoted(name)} finns inte; det som finns är {_KNOWN}.",
        f"there is no {quoted(name)}; there is {_KNOWN}.",
    )

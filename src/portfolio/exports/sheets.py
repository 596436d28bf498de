"""A layer of the map as the tables of a file: one kind of geometry in each, each with its style."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from portfolio.language import Text
from portfolio.maps.layers import Feature, Field, Layer

# By dimension: what holds any number of points, lines or surfaces, and its name.
MULTI: Mapping[int, tuple[Callable[..., Any], str]] = {
    0: (shapely.multipoints, "MultiPoint"),
    1: (shapely.multilinestrings, "MultiLineString"),
    2: (shapely.multipolygons, "MultiPolygon"),
}
BY_DIMENSION = (
    (2, "surfaces", Text("ytor", "surfaces")),
    (1, "lines", Text("linjer", "lines")),
    (0, "points", Text("punkter", "points")),
)
UNPLACED = Text("utan plats", "without a place")
UNSAFE_IN_A_TABLE = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a file. `geometry` is None for one without; "Unknown" if it holds all kinds."""

    name: str
    title: Text
    fields: tuple[Field, ...]
    geometry: str | None
    features: tuple[Feature, ...]

    def shapes(self) -> Iterator[BaseGeometry | None]:
        """The features' geometries, each as the multi geometry of its kind."""
        return (as_multi(feature.geometry) for feature in self.features)


def as_multi(geometry: BaseGeometry | None) -> BaseGeometry | None:
    """The parts of the highest dimension, as one multi geometry; heights are dropped.

    >>> as_multi(shapely.Point(1, 2)).wkt
    'MULTIPOINT ((1 2))'
    """
    if geometry is None or geometry.is_empty:
        return None
    flat = shapely.get_parts(shapely.force_2d(geometry))
    dimensions = shapely.get_dimensions(flat)
    highest = int(dimensions.max())
    together: BaseGeometry = MULTI[highest][0](flat[dimensions == highest])
    return together


def one_kind(layer: Layer) -> Sheet:
    """A layer that only has surfaces."""
    return Sheet(table_name(layer.name), layer.title, layer.fields, MULTI[2][1], layer.features)


def mixed(layer: Layer) -> Sheet:
    """A layer whose geometries are of any kind, in one table."""
    return Sheet(table_name(layer.name), layer.title, layer.fields, "Unknown", layer.features)


def by_kind(layer: Layer) -> list[Sheet]:
    """A table for each kind of geometry, empty ones too, and one for what has no place.

    A file has the same tables whatever is in them, so that a project made once keeps working.
    """
    kept: dict[int | None, list[Feature]] = {2: [], 1: [], 0: [], None: []}
    for feature in layer.features:
        kept[_dimension(feature.geometry)].append(feature)
    sheets = [
        _part(layer, name, title, MULTI[dimension][1], kept[dimension])
        for dimension, name, title in BY_DIMENSION
    ]
    return [*sheets, _part(layer, "unplaced", UNPLACED, None, kept[None])]


def _dimension(geometry: BaseGeometry | None) -> int | None:
    if geometry is None or geometry.is_empty:
        return None
    return int(shapely.get_dimensions(geometry))


def _part(
    layer: Layer, name: str, title: Text, geometry: str | None, features: Sequence[Feature]
) -> Sheet:
    both = Text(f"{layer.title.sv}, {title.sv}", f"{layer.title.en}, {title.en}")
    table = f"{table_name(layer.name)}_{name}"
    return Sheet(table, both, layer.fields, geometry, tuple(features))


def table_name(name: str) -> str:
    """Letters, digits and underscores only: names that SQL takes without quotes."""
    return UNSAFE_IN_A_TABLE.sub("_", name)


def distinct(sheets: Sequence[Sheet]) -> list[Sheet]:
    """The same with another name where two would share one: SQLite is blind to case."""
    taken: set[str] = set()
    named = []
    for sheet in sheets:
        name, number = sheet.name, 1
        while name.lower() in taken:
            number += 1
            name = f"{sheet.name}_{number}"
        taken.add(name.lower())
        named.append(Sheet(name, sheet.title, sheet.fields, sheet.geometry, sheet.features))
    return named

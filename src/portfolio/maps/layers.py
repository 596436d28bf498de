"""What a layer of the map is: its fields, and its features in planar metres."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from portfolio.language import Text


class ValueKind(StrEnum):
    """What a field holds; amounts are decimal numbers of kronor."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    AMOUNT = "amount"
    DATE = "date"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Field:
    """A property that every feature of a layer has, null where it is not known."""

    name: str
    kind: ValueKind
    title: Text


@dataclass(frozen=True, slots=True)
class Queryable:
    """A field that can be asked about, and where in the database it is.

    `values` lists what a field of codes may hold. An amount is kept in öre: what a client
    compares it with is kronor.
    """

    field: Field
    column: sa.ColumnElement[Any]
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feature:
    """`properties` has a value for each field of the layer, ready to be written as JSON.

    Dates are texts, amounts are floats of kronor. `geometry` is in SWEREF 99 TM, east before
    north; None where the feature is nowhere.
    """

    id: str
    properties: Mapping[str, Any]
    geometry: BaseGeometry | None


@dataclass(frozen=True, slots=True)
class Layer:
    """All features of one kind, by id."""

    name: str
    title: Text
    fields: tuple[Field, ...]
    features: tuple[Feature, ...]

"""One layer as GeoJSON (RFC 7946) or as CSV, written as it is read."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import orjson

from portfolio.errors import InvalidParameter
from portfolio.exports.temporary import written
from portfolio.exports.writer_process import FileFormat
from portfolio.geometry import as_geojson_bytes
from portfolio.language import Language, Text
from portfolio.maps.layers import Feature, Field, Layer, ValueKind
from portfolio.reports.tables import BOM, guarded

# Of a degree: about a millimetre, as the map services give it.
DECIMALS = 8
YES, NO = Text("ja", "yes"), Text("nej", "no")
OPEN_FORMATS = frozenset({FileFormat.GEOJSON, FileFormat.CSV})


@dataclass(frozen=True, slots=True)
class Table:
    """A layer whose features may still be in the database; they are gone through once."""

    name: str
    fields: tuple[Field, ...]
    features: Iterable[Feature]

    @classmethod
    def of(cls, layer: Layer) -> "Table":
        return cls(layer.name, layer.fields, layer.features)


def write_table(table: Table, format: FileFormat, language: Language) -> IO[bytes]:
    """The table as a file that is open at its end and gone when it is closed.

    The same table gives the same bytes, and takes as much memory as some thousand features.
    """
    if format not in OPEN_FORMATS:
        raise InvalidParameter("Välj geojson eller csv.", "Choose geojson or csv.")
    pieces = _geojson(table) if format is FileFormat.GEOJSON else _csv(table, language)
    return written(pieces)


def _geojson(table: Table) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","name":%b,"features":[' % orjson.dumps(table.name)
    for number, feature in enumerate(table.features):
        yield (b",\n" if number else b"\n") + _feature(feature)
    yield b"\n]}\n"


def _feature(feature: Feature) -> bytes:
    place = feature.geometry
    drawn = None
    if place is not None and not place.is_empty:
        drawn = orjson.Fragment(as_geojson_bytes(place, DECIMALS))
    said = {"id": feature.id, "properties": feature.properties, "geometry": drawn}
    return orjson.dumps({"type": "Feature", **said})


def _csv(table: Table, language: Language) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, semicolons and decimal commas: Excel in Sweden opens it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    text.write(BOM)
    writer.writerow([field.title.in_language(language) for field in table.fields])
    for feature in table.features:
        yield _taken(text)
        writer.writerow(_cells(table.fields, feature.properties, language))
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    found = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return found


def _cells(fields: Iterable[Field], properties: Mapping[str, Any], language: Language) -> list[str]:
    return [_cell(field, properties[field.name], language) for field in fields]


def _cell(field: Field, value: Any, language: Language) -> str:
    if value is None:
        return ""
    if field.kind is ValueKind.AMOUNT:
        return f"{value:.2f}".replace(".", ",")
    if field.kind is ValueKind.BOOLEAN:
        return (YES if value else NO).in_language(language)
    if field.kind is ValueKind.NUMBER:
        return str(value).replace(".", ",")
    return guarded(str(value)) if field.kind is ValueKind.TEXT else str(value)

"""Mapbox vector tiles of version 2 in bytes, with all geometries of a layer worked out together.

The library for it walks every vertex in Python, which was most of the time that a tile took.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Array = npt.NDArray[Any]

POINT, LINE, POLYGON = 1, 2, 3
_MOVE_TO, _LINE_TO, _CLOSE = 1, 2, 7
# Protocol buffers: a field's number and what follows it.
_NUMBER, _DOUBLE, _BYTES = 0, 1, 2


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


# Nearly all numbers in a tile are smaller than this.
_SMALL = tuple(_varint(value) for value in range(2**14))


def _packed(values: Sequence[int]) -> bytes:
    return b"".join([_SMALL[value] if value < len(_SMALL) else _varint(value) for value in values])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _numeric(number: int, value: int) -> bytes:
    return _varint(number << 3 | _NUMBER) + _varint(value)


def encode_layer(
    name: str, extent: int, properties: Sequence[Mapping[str, Any]], shapes: Array
) -> bytes:
    """A tile of one layer.

    Args:
        name: What the layer is called.
        extent: How many units the tile is wide and high.
        properties: Of each feature; texts, numbers and truth values.
        shapes: Valid geometries in whole units from the tile's upper left corner, y to the
            south, each of one kind.
    """
    keys: dict[str, int] = {}
    values: dict[tuple[type, Any], int] = {}
    features = []
    for told, (kind, commands) in zip(properties, _geometries(shapes), strict=True):
        tags = []
        for key, value in told.items():
            tags.append(keys.setdefault(key, len(keys)))
            tags.append(values.setdefault((type(value), value), len(values)))
        content = _field(2, _packed(tags)) + _numeric(3, kind) + _field(4, _packed(commands))
        features.append(_field(2, content))
    layer = [
        *(_numeric(15, 2), _field(1, name.encode()), *features),
        *(_field(3, key.encode()) for key in keys),
        *(_field(4, _value(value)) for _, value in values),
        _numeric(5, extent),
    ]
    return _field(3, b"".join(layer))


def _value(value: Any) -> bytes:
    if isinstance(value, bool):
        return _numeric(7, int(value))
    if isinstance(value, str):
        return _field(1, value.encode())
    if isinstance(value, int):
        return _numeric(5, value) if value >= 0 else _numeric(6, -2 * value - 1)
    return _varint(3 << 3 | _DOUBLE) + struct.pack("<d", value)


def _geometries(shapes: Array) -> list[tuple[int, list[int]]]:
    """Of each feature its kind and the commands that draw it."""
    parts, owners = shapely.get_parts(shapes, return_index=True)
    dimensions = shapely.get_dimensions(parts)
    points, lines, surfaces = (dimensions == dimension for dimension in range(3))
    # Outer rings such that the formula for a surface gives more than nothing, holes the opposite.
    turned = shapely.orient_polygons(parts[surfaces], exterior_cw=False)
    rings, ring_of = shapely.get_rings(turned, return_index=True)
    found: list[tuple[int, list[int]]] = [(0, [])] * len(shapes)
    _add(found, POINT, parts[points], owners[points])
    _add(found, LINE, parts[lines], owners[lines])
    _add(found, POLYGON, rings, owners[surfaces][ring_of])
    return found


def _add(found: list[tuple[int, list[int]]], kind: int, paths: Array, owners: Array) -> None:
    """Write paths, those of a feature after one another, into the features they belong to."""
    steps, lengths = _steps(paths, owners, is_closed=kind == POLYGON)
    begin = 0
    for owner, length in zip(owners.tolist(), lengths, strict=True):
        end = begin + 2 * length
        if found[owner][0] != kind:
            found[owner] = (kind, [])
        commands = found[owner][1]
        if kind == POINT:
            # One command for all points of a feature.
            commands[:1] = [(commands[0] if commands else _MOVE_TO) + (1 << 3)]
            commands += steps[begin:end]
        else:
            commands += (_MOVE_TO | 1 << 3, *steps[begin : begin + 2])
            commands.append(_LINE_TO | (length - 1) << 3)
            commands += steps[begin + 2 : end]
        if kind == POLYGON:
            commands.append(_CLOSE | 1 << 3)
        begin = end


def _steps(paths: Array, owners: Array, *, is_closed: bool) -> tuple[list[int], list[int]]:
    """From vertex to vertex, folded so that none is negative, and how many vertices each has.

    A feature's first is from the corner. A ring is without the vertex that repeats its first.
    """
    points, path_of = shapely.get_coordinates(paths, return_index=True)
    if is_closed:
        is_kept = np.append(path_of[:-1] == path_of[1:], False)[: len(path_of)]
        points, path_of = points[is_kept], path_of[is_kept]
    whole = points.astype(np.int64)
    steps, feature = whole.copy(), owners[path_of]
    follows = feature[1:] == feature[:-1]
    steps[1:][follows] -= whole[:-1][follows]
    folded: list[int] = ((steps << 1) ^ (steps >> 63)).ravel().tolist()
    lengths: list[int] = np.bincount(path_of, minlength=len(paths)).tolist()
    return folded, lengths

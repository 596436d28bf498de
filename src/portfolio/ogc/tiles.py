"""A Mapbox Vector Tile from planar geometries."""

from collections.abc import Mapping, Sequence
from typing import Any


def encode_tile(
    name: str,
    zoom: int,
    column: int,
    row: int,
    ids: Sequence[str],
    properties: Sequence[Mapping[str, Any]],
    shapes: Sequence[Any],
) -> bytes:
    raise NotImplementedError

"""JSON as it may be sent: RFC 8259, and each name once in an object."""

import json
from typing import Any

import orjson


def read_json(body: bytes) -> Any:
    """The value, or ValueError with where and why it is not valid.

    orjson is strict about all but this: of two members with the same name it keeps the last, and
    whoever reads the minutes would see the first.
    """
    value = orjson.loads(body)
    if isinstance(value, dict | list):
        # As deep as orjson reads (1024) the standard library may not, so its limit is a refusal.
        try:
            json.loads(body, object_pairs_hook=_each_once)
        except RecursionError as error:
            raise ValueError("too deeply nested") from error
    return value


def _each_once(members: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in members:
        if name in seen:
            raise ValueError(f"the name {json.dumps(name[:50])} comes twice in an object")
        seen.add(name)

"""CQL2 as JSON (OGC 21-065), read with every number exact and a bounded depth."""

import json
import re
from typing import Any, NoReturn

from portfolio.maps.cql2_values import MAX_DEPTH, read_number, refusal

# An operator is an object with a list in it, and the coordinates of a geometry lie in four lists.
MAX_LEVELS = 2 * MAX_DEPTH + 8

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[{\]}]")


def parse_json(text: str) -> Any:
    """The tree as it stands, numbers as Decimal. Raises InvalidParameter if it isn't JSON."""
    if _levels(text) > MAX_LEVELS:
        raise refusal(
            f"använd högst {MAX_LEVELS} nivåer av listor och objekt inuti varandra.",
            f"use at most {MAX_LEVELS} levels of lists and objects inside each other.",
        )
    try:
        return json.loads(
            text, parse_float=read_number, parse_int=read_number, parse_constant=_no_number
        )
    except json.JSONDecodeError as error:
        raise refusal(
            f"det är inte JSON: se tecken {error.pos + 1}.",
            f"this is not JSON: see character {error.pos + 1}.",
        ) from error


def _levels(text: str) -> int:
    """How deep its brackets go; found before parsing, since parsing goes as deep."""
    deepest = level = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        level += 1 if bracket in "[{" else -1
        deepest = max(deepest, level)
    return deepest


def _no_number(name: str) -> NoReturn:
    raise refusal(f"{name} är inget tal; ange ett.", f"{name} is not a number; give one.")

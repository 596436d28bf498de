"""CQL2 as text (OGC 21-065): read into the same tree as CQL2 as JSON, numbers as Decimal.

A parser of our own: one pass from left to right, never back, so that time grows with the length
and depth is bounded whatever comes. The library `cql2` is what the tests compare it with. It reads
an expression again for each bracket around a mistake, so that a few brackets too many hold up the
server; and its numbers are floats.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from portfolio.errors import InvalidParameter
from portfolio.maps.cql2_values import MAX_DEPTH, quoted, read_number, refusal

Node = Any

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)"
    r"|(?P<text>'(?:''|\\['\\]|[^'])*+')"
    r'|(?P<quoted>"[^"]++")'
    r"|(?P<name>(?:[^\W\d]|:)[\w.:]*+)"
    r"|(?P<sign><>|<=|>=|[=<>(),+\-*/%^\[\]])"
)
_SPACE = re.compile(r"\s*+")
_ESCAPED = re.compile(r"''|\\'|\\\\")

_COMPARISONS = frozenset({"=", "<>", "<", ">", "<=", ">="})
_ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "^", "DIV"})
# How many lists deep the coordinates are.
_GEOMETRIES = {
    "POINT": ("Point", 0),
    "LINESTRING": ("LineString", 1),
    "MULTIPOINT": ("MultiPoint", 1),
    "POLYGON": ("Polygon", 2),
    "MULTILINESTRING": ("MultiLineString", 2),
    "MULTIPOLYGON": ("MultiPolygon", 3),
}
_RESERVED = frozenset({"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "EMPTY"})


class _Token(NamedTuple):
    kind: str
    text: str
    place: int

    @property
    def word(self) -> str:
        """What it says, for comparing: a name in double quotes is never a keyword."""
        return "" if self.kind in ("text", "quoted") else self.text.upper()


def parse_text(text: str) -> Node:
    """The tree of CQL2 JSON that the text stands for.

    Raises InvalidParameter where it isn't CQL2, with the place, counted from 1.
    """
    parser = _Parser(text)
    tree = parser.expression()
    parser.finish()
    return tree


def _read_token(text: str, place: int) -> _Token:
    """The token at a place or after the space there."""
    place = _skip_space(text, place)
    if place == len(text):
        return _Token("end", "", place)
    found = _TOKEN.match(text, place)
    if found is None:
        raise _unreadable(text, place)
    return _Token(str(found.lastgroup), found[0], place)


def _skip_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _unreadable(text: str, place: int) -> InvalidParameter:
    if text[place] in "'\"":
        return refusal(
            f"citattecknet vid tecken {place + 1} saknar sitt slut.",
            f"the quotation mark at character {place + 1} has no end.",
        )
    shown = quoted(text[place])
    return refusal(
        f"tecknet {shown} vid tecken {place + 1} hör inte till CQL2.",
        f"the character {shown} at character {place + 1} is not part of CQL2.",
    )


class _Parser:
    """One token ahead is all it looks; brackets and functions count as depth."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next = _read_token(text, 0)
        self._depth = 0

    def _advance(self) -> _Token:
        token = self._next
        self._next = _read_token(self._text, token.place + len(token.text))
        return token

    def _take(self, word: str) -> bool:
        if self._next.word != word:
            return False
        self._advance()
        return True

    def _require(self, word: str) -> None:
        if not self._take(word):
            self._fail(f"{word} väntades", f"{word} was expected")

    def _fail(self, sv: str, en: str) -> NoReturn:
        token = self._next
        if token.kind == "end":
            raise refusal(f"{sv} i slutet.", f"{en} at the end.")
        place, shown = token.place + 1, quoted(token.text)
        raise refusal(
            f"{sv} vid tecken {place}, där det står {shown}.",
            f"{en} at character {place}, where it says {shown}.",
        )

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refusal(
                f"använd högst {MAX_DEPTH} parenteser inuti varandra.",
                f"use at most {MAX_DEPTH} brackets inside each other.",
            )

    def _leave(self) -> None:
        self._depth -= 1

    def finish(self) -> None:
        if self._next.word in _ARITHMETIC:
            self._fail("räkning stöds inte", "arithmetic is not supported")
        if self._next.kind != "end":
            self._fail("AND, OR eller slut väntades", "AND, OR or the end was expected")

    def expression(self) -> Node:
        return self._joined("OR", lambda: self._joined("AND", self._negation))

    def _joined(self, word: str, part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self._take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else {"op": word.lower(), "args": parts}

    def _negation(self) -> Node:
        negated = False
        while self._take("NOT"):
            negated = not negated
        return _negated(self._predicate(), negated)

    def _predicate(self) -> Node:
        left = self._operand()
        if self._next.word in _COMPARISONS:
            return {"op": self._advance().text, "args": [left, self._operand()]}
        if self._take("IS"):
            negated = self._take("NOT")
            self._require("NULL")
            return _negated({"op": "isNull", "args": [left]}, negated)
        negated = self._take("NOT")
        if self._take("LIKE"):
            return _negated({"op": "like", "args": [left, self._operand()]}, negated)
        if self._take("BETWEEN"):
            low = self._operand()
            self._require("AND")
            return _negated({"op": "between", "args": [left, low, self._operand()]}, negated)
        if self._take("IN"):
            return _negated({"op": "in", "args": [left, self._list(self._operand)]}, negated)
        if negated:
            self._fail("LIKE, BETWEEN eller IN väntades", "LIKE, BETWEEN or IN was expected")
        return left

    def _operand(self) -> Node:
        token = self._next
        if token.kind == "number" or token.word in ("+", "-"):
            return self._number()
        if token.kind == "text":
            return _unescaped(self._advance().text)
        if token.kind == "quoted":
            return {"property": self._advance().text[1:-1]}
        if token.word == "(":
            return self._bracketed()
        if token.kind != "name" or token.word in _RESERVED:
            self._fail("en egenskap eller ett värde väntades", "a property or value was expected")
        return self._named()

    def _bracketed(self) -> Node:
        self._enter()
        self._require("(")
        inner = self.expression()
        if self._next.word in _ARITHMETIC:
            self._fail("räkning stöds inte", "arithmetic is not supported")
        self._require(")")
        self._leave()
        return inner

    def _named(self) -> Node:
        token = self._advance()
        if token.word in ("TRUE", "FALSE"):
            return token.word == "TRUE"
        if token.word == "NULL":
            return None
        if token.word in _GEOMETRIES and self._next.word in ("(", "Z", "EMPTY"):
            return self._geometry(token)
        if self._next.word != "(":
            return {"property": token.text}
        if token.word == "GEOMETRYCOLLECTION":
            return {"type": "GeometryCollection", "geometries": self._list(self._operand)}
        if token.word == "BBOX":
            return {"bbox": self._list(self._number)}
        arguments = self._list(self._operand)
        if token.word in ("DATE", "TIMESTAMP") and len(arguments) == 1:
            return {token.word.lower(): arguments[0]}
        return {"op": token.text.lower(), "args": arguments}

    def _number(self) -> Node:
        negative = self._next.word == "-"
        if not self._take("-"):
            self._take("+")
        if self._next.kind != "number":
            self._fail("ett tal väntades", "a number was expected")
        number = read_number(self._advance().text)
        return -number if negative else number

    def _list(self, part: Callable[[], Node]) -> list[Node]:
        """What stands in brackets with commas between; at least one."""
        self._enter()
        self._require("(")
        parts = [part()]
        while self._take(","):
            parts.append(part())
        if self._next.word in _ARITHMETIC:
            self._fail("räkning stöds inte", "arithmetic is not supported")
        self._require(")")
        self._leave()
        return parts

    def _geometry(self, token: _Token) -> Node:
        name, depth = _GEOMETRIES[token.word]
        self._take("Z")
        if self._next.word == "EMPTY":
            self._fail("en geometri med punkter väntades", "a geometry with points was expected")
        if depth == 0:
            (coordinates,) = self._one_position()
        else:
            coordinates = self._coordinates(depth, bracketed=token.word == "MULTIPOINT")
        return {"type": name, "coordinates": coordinates}

    def _coordinates(self, depth: int, *, bracketed: bool = False) -> list[Node]:
        if depth > 1:
            return self._list(lambda: self._coordinates(depth - 1))
        if not bracketed:
            return self._list(self._position)
        return self._list(
            lambda: self._one_position()[0] if self._next.word == "(" else self._position()
        )

    def _one_position(self) -> list[Node]:
        self._require("(")
        position = self._position()
        self._require(")")
        return [position]

    def _position(self) -> list[Node]:
        numbers = [self._number(), self._number()]
        while self._next.kind == "number" or self._next.word in ("+", "-"):
            numbers.append(self._number())
        return numbers


def _negated(node: Node, negated: bool) -> Node:
    return {"op": "not", "args": [node]} if negated else node


def _unescaped(text: str) -> str:
    # A doubled backslash stays: what it means, only LIKE knows.
    return _ESCAPED.sub(lambda found: found[0] if found[0] == r"\\" else "'", text[1:-1])

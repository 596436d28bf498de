"""Which characters the papers can show, and texts made so that each of theirs can be shown.

An accessible PDF must not hold a character without a shape, and whoever writes a text knows
nothing of fonts.
"""

import re
import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

FONTS = Path(__file__).parent / "fonts"
# White square: what stands for a character that no font has.
UNKNOWN = "\N{WHITE SQUARE}"
# A run without a break of its own may be so long; a longer one can be broken at every few.
LONGEST_RUN, BREAK_EVERY = 24, 6
BREAK = "\N{ZERO WIDTH SPACE}"
RUN = re.compile(rf"[^\s{BREAK}\-/]{{{LONGEST_RUN + 1},}}")
JOINER = "\N{ZERO WIDTH JOINER}"
# Characters that turn what stands beside them around, and the two that keep a text to itself.
OPEN, CLOSE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
TURNING = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
FROM_THE_RIGHT = ("R", "AL", "AN")


def readable(value: Any) -> Any:
    """The same with all its texts made showable: of lists and objects every text in them.

    One that is written from the right is kept to itself; so stay those that `isolated` kept.
    """
    if isinstance(value, str):
        is_ours = OPEN in value and _is_paired(value)
        return _wrapped(_of_parts(value) if is_ours else showable(value))
    if isinstance(value, dict):
        return {name: readable(one) for name, one in value.items()}
    return [readable(one) for one in value] if isinstance(value, list | tuple) else value


def showable(text: str) -> str:
    """A text in which every character has a shape and every long word can be broken.

    Characters are composed where they can be (NFC). One that no font has becomes a white square;
    one that is never seen, such as a joiner, is dropped, and so is one that turns its neighbours.

    >>> showable("漢 å")
    '□ å'
    """
    straight = TURNING.sub("", text)
    composed = unicodedata.normalize("NFC", straight).replace("\r\n", "\n").replace("\t", " ")
    found = "".join(map(_shown, composed))
    return RUN.sub(lambda run: _broken(run.group()), found)


def shortened(text: str, most: int) -> str:
    """At most so many characters on one line, with three dots where something was left out."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def isolated(text: str) -> str:
    """As it is put into a sentence: one written from the right turns nothing that follows it.

    For texts from people beside anything else; those that stand alone `readable` sees to.
    """
    return _wrapped(TURNING.sub("", text))


def _wrapped(text: str) -> str:
    if not any(unicodedata.bidirectional(one) in FROM_THE_RIGHT for one in text):
        return text
    # A line break would end what was opened before it.
    return "\n".join(f"{OPEN}{line}{CLOSE}" if line else "" for line in text.split("\n"))


def _is_paired(text: str) -> bool:
    """Whether `isolated` could have left it so: all that is opened is closed in its line."""
    depth = 0
    for character in text:
        depth += (character == OPEN) - (character == CLOSE)
        if depth < 0 or (depth and character == "\n"):
            return False
    return depth == 0


def _of_parts(text: str) -> str:
    """Showable in each of its parts, with the marks between them left."""
    parts = re.split(f"([{OPEN}{CLOSE}])", text)
    return "".join(part if part in (OPEN, CLOSE) else showable(part) for part in parts)


def _shown(character: str) -> str:
    if character == "\n" or ord(character) in covered():
        return character
    return "" if unicodedata.category(character) in ("Cf", "Cc", "Mn", "Me") else UNKNOWN


def _broken(run: str) -> str:
    """With a place to break after every few characters, but never before a combining mark."""
    pieces: list[str] = []
    length = 0
    for character in run:
        if length >= BREAK_EVERY and not unicodedata.combining(character):
            pieces.append(BREAK)
            length = 0
        pieces.append(character)
        length += 1
    return "".join(pieces)


@cache
def covered() -> frozenset[int]:
    """Every code point that one of the fonts has a shape for."""
    fonts = sorted(FONTS.glob("*.ttf"))
    return frozenset(point for font in fonts for point in _points(font.read_bytes()))


def _points(font: bytes) -> Iterator[int]:
    """The code points of a font's character map (OpenType `cmap`, formats 4 and 12)."""
    (count,) = struct.unpack_from(">H", font, 4)
    tables = (struct.unpack_from(">4s4xL", font, 12 + 16 * at) for at in range(count))
    start = next(offset for tag, offset in tables if tag == b"cmap")
    (maps,) = struct.unpack_from(">H", font, start + 2)
    for at in range(maps):
        platform, encoding, offset = struct.unpack_from(">HHL", font, start + 4 + 8 * at)
        if (platform, encoding) in ((3, 1), (3, 10), (0, 3), (0, 4)):
            yield from _mapped(font, start + offset)


def _mapped(font: bytes, start: int) -> Iterator[int]:
    (kind,) = struct.unpack_from(">H", font, start)
    if kind == 12:
        (groups,) = struct.unpack_from(">L", font, start + 12)
        for at in range(groups):
            first, last, glyph = struct.unpack_from(">LLL", font, start + 16 + 12 * at)
            yield from range(first + (glyph == 0), last + 1)
    elif kind == 4:
        yield from _of_segments(font, start)


def _of_segments(font: bytes, start: int) -> Iterator[int]:
    (doubled,) = struct.unpack_from(">H", font, start + 6)
    form, ends = f">{doubled // 2}H", start + 14
    starts = ends + doubled + 2
    lasts, firsts = struct.unpack_from(form, font, ends), struct.unpack_from(form, font, starts)
    deltas = struct.unpack_from(form, font, starts + doubled)
    offsets_at = starts + 2 * doubled
    offsets = struct.unpack_from(form, font, offsets_at)
    for at, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = (point + deltas[at]) & 0xFFFF
            if offsets[at]:
                where = offsets_at + 2 * at + offsets[at] + 2 * (point - first)
                (glyph,) = struct.unpack_from(">H", font, where)
            if glyph:
                yield point

"""Letters broken by reading bytes in another encoding than they were written in (mojibake)."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LOST = "\N{REPLACEMENT CHARACTER}"
SWEDISH = frozenset("åäöÅÄÖéÉüÜ")
# What else stands in Swedish names, Sami ones among them. Signs that come of misreading are left
# out, such as the dagger that is an å from DOS.
PLAUSIBLE = SWEDISH | frozenset("áÁàÀèÈêëïÏíÍóÓôúÚñçøØæÆčČđĐŋŊšŠŧŦžŽ§°½´·–—‘’“”…\u00a0")
PUNCTUATION = frozenset("§°½´·–—‘’“”…\u00a0")

# What is told to the person, and what Python calls it. CP437 has its Swedish letters where CP850
# has them.
READ_AS = {
    "Windows-1252": "cp1252",
    "CP850": "cp850",
    "CP437": "cp437",
    "MACINTOSH": "mac-roman",
}
WRITTEN_IN = {"ISO-8859-1": "cp1252", "CP850": "cp850", "MACINTOSH": "mac-roman"}


@dataclass(frozen=True, slots=True)
class Mending:
    """A text as it was probably meant; `encoding` is the one it was written in.

    Where letters are lost for good, both are None.
    """

    text: str | None
    encoding: str | None


def mend(text: str) -> Mending | None:
    """Say what a text with broken letters was meant to be; None where nothing seems broken.

    UTF-8 that reads as such is hardly a coincidence; it may give any Latin letter. Of other
    encodings only what turns every strange sign into a Swedish letter is believed.

    >>> mend("MalmÃ¶"), mend("Malm÷")
    (Mending(text='Malmö', encoding='UTF-8'), Mending(text='Malmö', encoding='ISO-8859-1'))
    """
    if text.isascii() or all(sign.isascii() or sign in PLAUSIBLE for sign in text):
        return None
    if LOST in text:
        return Mending(None, None)
    readings = [_bytes(text, encoding) for encoding in READ_AS.values()]
    contents = [content for content in readings if content is not None]
    for content in contents:
        meant = _decoded(content, "utf-8")
        if meant is not None and meant != text and all(map(_is_latin, meant)):
            return Mending(meant, "UTF-8")
    return max(_single_bytes(contents, text), key=_likeliness, default=None)


def _single_bytes(contents: Iterable[bytes], text: str) -> Iterator[Mending]:
    for content in contents:
        for name, encoding in WRITTEN_IN.items():
            meant = _decoded(content, encoding)
            if meant is not None and meant != text and all(map(_is_swedish, meant)):
                yield Mending(meant, name)


def _likeliness(mending: Mending) -> int:
    """Prefer å, ä and ö to é and ü, and small letters after small ones."""
    points, before = 0, " "
    for sign in mending.text or "":
        if not sign.isascii():
            points += 2 if sign in "åäöÅÄÖ" else 1
            points -= 3 * (
                sign.isupper() if before.islower() else before.isspace() != sign.isupper()
            )
        before = sign
    return points


def _bytes(text: str, encoding: str) -> bytes | None:
    """The bytes that were read as this text; None if none are.

    What Windows-1252 has no sign for is read as the control sign of that number.
    """
    try:
        return b"".join(_byte(sign, encoding) for sign in text)
    except UnicodeEncodeError:
        return None


def _byte(sign: str, encoding: str) -> bytes:
    if encoding == "cp1252" and "\x80" <= sign <= "\x9f":
        return sign.encode("latin-1")
    return sign.encode(encoding)


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_latin(sign: str) -> bool:
    if sign.isascii() or sign in PUNCTUATION:
        return True
    return unicodedata.name(sign, "").startswith("LATIN ")


def _is_swedish(sign: str) -> bool:
    return sign.isascii() or sign in SWEDISH

"""Writing XML safely: no text of a sender becomes markup or breaks the document."""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

# What XML 1.0 has no way to write.
FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: str, most: int = 200) -> str:
    """A text of anybody's as character data, cut to `most` characters.

    >>> text("<b>&")
    '&lt;b&gt;&amp;'
    """
    whole = FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", value[: most + 1])
    return escape(whole if len(whole) <= most else whole[: most - 1] + "…")


def element(name: str, attributes: Mapping[str, object], *content: str) -> str:
    """An element; `content` must be markup already, `attributes` need not."""
    written = "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items())
    inside = "".join(content)
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"

"""What the .cpg of a Shapefile means; programs write the same encoding in many ways."""

import codecs
import re

ISO_8859 = re.compile(r"8859[-_ ]?(\d{1,2})$")
CODE_PAGE = re.compile(r"(?:^|\D)(125[0-8]|437|65001|8[56]\d|936|949|950)$")


def encoding_of_cpg(content: bytes) -> str | None:
    """Name Python's codec for a .cpg, or None if it says nothing that is understood.

    >>> encoding_of_cpg(b"ANSI 1252"), encoding_of_cpg(b"88591"), encoding_of_cpg(b"UTF8")
    ('cp1252', 'iso8859-1', 'utf-8')
    """
    stated = content[:64].decode("utf-8-sig", "replace").strip("\0 \r\n\t\"'")
    if found := ISO_8859.search(stated):
        stated = f"iso8859-{found[1]}"
    elif found := CODE_PAGE.search(stated):
        stated = "utf-8" if found[1] == "65001" else f"cp{found[1]}"
    try:
        codec = codecs.lookup(stated.removeprefix("ANSI").strip())
        b"".decode(codec.name)
    except (LookupError, ValueError):
        return None
    return codec.name

"""XML from strangers: its root, and nothing that reaches beyond the file.

A document type can name other files and grow without bound when it is unfolded, so no file
that has one is read.
"""

import re
from pathlib import Path
from xml.parsers import expat

from portfolio.areas.wording import SEND_INSTEAD
from portfolio.errors import UnreadableFile

CHUNK_BYTES = 2**14
# No map file has longer comments than this before its first element.
LONGEST_PROLOG_BYTES = 2**20
DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


class _Seen(Exception):
    """The first element: its namespace and its name."""


def root_of(path: Path) -> tuple[str, str]:
    """Give the namespace and the name of the first element.

    Raises:
        UnreadableFile: There is none, or a document type stands before it.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = _first_element
    parser.StartDoctypeDeclHandler = refuse_document_type
    try:
        with path.open("rb") as file:
            for _ in range(LONGEST_PROLOG_BYTES // CHUNK_BYTES):
                chunk = file.read(CHUNK_BYTES)
                parser.Parse(chunk, not chunk)
    except _Seen as seen:
        namespace, name = seen.args
        return namespace, name
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise damaged_xml() from error
    raise damaged_xml()


def in_utf_8(content: bytes, encoding: str | None) -> bytes:
    """Write XML anew in UTF-8, if the sender says that it is in another encoding than it states.

    Raises:
        UnicodeDecodeError: It is not in that encoding.
    """
    if encoding is None:
        return content
    return DECLARATION.sub("", content.decode(encoding).removeprefix("\ufeff")).encode()


def refuse_document_type(*_: object) -> None:
    """Raise UnreadableFile: a handler of the parser's for `<!DOCTYPE`."""
    raise UnreadableFile(
        f"XML med DOCTYPE läses inte, eftersom den kan peka på andra filer. {SEND_INSTEAD.sv}",
        f"XML with a DOCTYPE is not read, since it can point to other files. {SEND_INSTEAD.en}",
    )


def damaged_xml() -> UnreadableFile:
    return UnreadableFile(
        f"XML-filen är skadad eller avbruten. Exportera den på nytt. {SEND_INSTEAD.sv}",
        f"The XML is damaged or cut off. Export it anew. {SEND_INSTEAD.en}",
    )


def _first_element(name: str, _: object) -> None:
    namespace, _, local = name.rpartition(" ")
    raise _Seen(namespace, local)

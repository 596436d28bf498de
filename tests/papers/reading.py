"""Papers, read as a reader program reads them."""

import io
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject


class Read:
    """A paper: its pages' text, and the tree that tells what each part is."""

    def __init__(self, content: bytes) -> None:
        assert content.startswith(b"%PDF-")
        self.reader = PdfReader(io.BytesIO(content))
        self.catalog: Any = self.reader.trailer["/Root"]

    @cached_property
    def pages(self) -> list[str]:
        return [page.extract_text() for page in self.reader.pages]

    @property
    def text(self) -> str:
        """All of it on one line, without breaks, hyphens at line ends and marks of no width."""
        joined = " ".join(" ".join(self.pages).replace("\u200b", "").split())
        return unicodedata.normalize("NFC", joined)

    @property
    def squeezed(self) -> str:
        """The text without any space or hyphen: wherever a line was broken, it is the same."""
        return squeezed(self.text)

    @property
    def title(self) -> str | None:
        found = self.reader.metadata
        return found.title if found else None

    @property
    def metadata(self) -> bytes:
        """The XMP of the document, which says what standard it keeps."""
        content: bytes = self.catalog["/Metadata"].get_data()
        return content

    @property
    def size_mm(self) -> tuple[int, int]:
        box = self.reader.pages[0].mediabox
        return round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)

    def tags(self) -> list[str]:
        """The kinds of the parts of the document, in order."""
        return [str(part["/S"]) for part in self._parts()]

    def alternatives(self) -> list[str]:
        """What is said instead of each picture."""
        return [str(part["/Alt"]) for part in self._parts() if part["/S"] == "/Figure"]

    def _parts(self) -> Iterator[Any]:
        yield from _within(self.catalog["/StructTreeRoot"]["/K"])


def _within(part: Any) -> Iterator[Any]:
    part = part.get_object() if hasattr(part, "get_object") else part
    if isinstance(part, ArrayObject | list):
        for one in part:
            yield from _within(one)
    elif isinstance(part, DictionaryObject):
        if "/S" in part:
            yield part
        if "/K" in part:
            yield from _within(part["/K"])


def squeezed(text: str) -> str:
    return "".join(c for c in text if not c.isspace() and c not in "-\u00ad\u200b\u2010")

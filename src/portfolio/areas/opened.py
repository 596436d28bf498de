"""A file whose format is known, ready for its reader."""

from dataclasses import dataclass
from pathlib import Path

from portfolio.areas.file_formats import Format


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is no zip.

    `name` is what its layer is called unless it says so itself, `layer` the one wanted of those
    inside it, and `encoding` how its texts are written, if something beside it says so.
    """

    format: Format
    path: Path
    name: str
    layer: str | None = None
    encoding: str | None = None

"""Files that are written piece by piece, and gone when they are closed."""

from collections.abc import Iterable
from typing import IO

from portfolio.reports.temporary import spooled


def written(pieces: Iterable[bytes]) -> IO[bytes]:
    """Pieces as a file, open at its end; what it takes of memory is one piece.

    Only a whole file has a hash to tell it by, and a reader who is slow must hold nothing up.
    """
    return spooled(pieces, prefix="export-")

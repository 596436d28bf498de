"""Files that are written piece by piece, and gone when they are closed."""

import tempfile
from collections.abc import Iterable
from typing import IO

from portfolio.exports.writer_process import turn


def written(pieces: Iterable[bytes]) -> IO[bytes]:
    """Pieces as a file, open at its end; what it takes of memory is one piece.

    Only a whole file has a hash to tell it by, and a reader who is slow must hold nothing up.

    Raises:
        TooManyAtOnce: Other files are being written.
    """
    with turn():
        # Closed by whoever sends it.
        file = tempfile.TemporaryFile(prefix="export-")  # noqa: SIM115
        try:
            file.writelines(pieces)
        except BaseException:
            file.close()
            raise
        return file

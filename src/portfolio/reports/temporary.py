"""Files without a name, for what is long: gone when they are closed."""

import tempfile
from collections.abc import Iterable
from typing import IO


def spooled(pieces: Iterable[bytes], prefix: str) -> IO[bytes]:
    """Pieces as a file, open at its end; what it takes of memory is one piece."""
    # Closed by whoever sends it.
    file = tempfile.TemporaryFile(prefix=prefix)  # noqa: SIM115  its reader closes it
    try:
        file.writelines(pieces)
    except BaseException:
        file.close()
        raise
    return file

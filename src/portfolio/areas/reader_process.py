"""Running a reader of strangers' files: the copy it reads, its process, and its end.

What a stranger sends is only copied and hashed here. It is opened, unpacked and understood in a
process of its own, caged by `cage`, that leaves its answer in the folder it was given.
"""

import hashlib
import logging
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from portfolio.areas.caged_run import end_of_log, run_caged
from portfolio.errors import TooManyAtOnce, UnreadableFile

CHUNK_BYTES = 2**20

# Each reader may take gigabytes, so a process of the server runs no more than these at once.
_readers = threading.BoundedSemaphore(2)
# Whoever waits for one keeps a thread that other requests need, so nobody waits long.
WAIT_SECONDS = 1.0
_log = logging.getLogger(__name__)


def copy_upload(file: BinaryIO | Path, to: Path, most_bytes: int) -> str:
    """Copy the bytes, from where the stream stands, to a new file; returns their SHA-256.

    Raises:
        UnreadableFile: There are more than `most_bytes`.
    """
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return copy_upload(opened, to, most_bytes)
    digest, size = hashlib.sha256(), 0
    with to.open("xb") as target:
        while chunk := file.read(CHUNK_BYTES):
            size += len(chunk)
            if size > most_bytes:
                raise UnreadableFile(
                    f"Filen är större än {most_bytes // 2**20} MiB. Dela upp den.",
                    f"The file is larger than {most_bytes // 2**20} MiB. Split it.",
                )
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def run_reader(module: str, folder: Path, environment: Mapping[str, str], seconds: int) -> None:
    """Run a caged reader in `folder` to its end, or end it.

    Raises:
        UnreadableFile: It took too long.
        TooManyAtOnce: Other files are being read.
    """
    if not _readers.acquire(timeout=WAIT_SECONDS):
        raise being_read()
    try:
        run_caged(module, folder, environment, seconds)
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(
            f"Filen hann inte läsas på {seconds} sekunder. Förenkla den eller dela upp den.",
            f"The file was not read within {seconds} seconds. Simplify it or split it.",
        ) from error
    finally:
        _readers.release()


def being_read() -> TooManyAtOnce:
    return TooManyAtOnce(
        "Andra filer läses just nu. Försök igen om en stund.",
        "Other files are being read just now. Try again in a moment.",
    )


def unfinished(folder: Path) -> UnreadableFile:
    """The reader ended without an answer: the file made it fail, or it has a fault."""
    _log.error("a reader gave no answer: %s", end_of_log(folder))
    return UnreadableFile(
        "Filen kunde inte läsas: den är skadad eller för stor. Exportera den på nytt.",
        "The file could not be read: it is damaged or too large. Export it anew.",
    )

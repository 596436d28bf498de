"""Where the processes of a server count together: files in memory whose room is had beforehand.

The library maps files that have no room of their own yet. When the disk is full the kernel kills
whoever counts next (SIGBUS), in the middle of a request. Here a file is mapped only when its room
has been had; what has no room is counted on in its process, and written as soon as there is some.
"""

import errno
import fcntl
import mmap
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

PREFIX = "portfolio-metrics-"
# Of memory, so that neither a full disk nor a full temporary folder is met at all.
IN_MEMORY = Path("/dev/shm")  # noqa: S108  the folder in it has a name that nobody can foresee
FIRST_BYTES = 64 * 1024
# A server makes its folder and locks it; so new a one may not be locked yet.
NEW_SECONDS = 10
# The length of a name, its padding, and two numbers.
_BESIDES_NAME = 32
_OF_PROCESS = re.compile(r"((?:counter|histogram)_)(\d+)\.db")


class MetricFile(MmapedDict):
    """The values of one kind of metric in one process; never an error, and never a signal."""

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        self._fname = filename
        self._positions: dict[str, int] = {}
        self._f: BinaryIO | None = None  # type: ignore[assignment]  # until there is room
        self._capacity = 0
        self._used = 8
        with suppress(OSError):
            self._open()

    def read_value(self, key: str) -> tuple[float, float]:
        if not self._has_room(key):
            return 0.0, 0.0
        found: tuple[float, float] = super().read_value(key)  # type: ignore[no-untyped-call]  # untyped library
        return found

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        # Without room the value stays with whoever counts, and comes whole the next time.
        if self._has_room(key):
            super().write_value(key, value, timestamp)  # type: ignore[no-untyped-call]  # untyped library

    def _has_room(self, key: str) -> bool:
        if key in self._positions:
            return True
        needed = self._used + len(key.encode()) + _BESIDES_NAME
        try:
            if self._f is None:
                self._open()
            while self._capacity < needed:
                self._grow()
        except OSError:
            return False
        return True

    def _open(self) -> None:
        adopt(Path(self._fname))
        if not os.path.exists(self._fname):
            self._make()
        try:
            super().__init__(self._fname)  # type: ignore[no-untyped-call]  # untyped library
        except OSError:
            # It was opened and could not be mapped.
            self._f, self._capacity = None, 0
            raise

    def _make(self) -> None:
        """Under its name only when it is whole: others read it at any moment."""
        making = f"{self._fname}.new"
        try:
            with open(making, "wb") as file:
                _allocate(file.fileno(), 0, FIRST_BYTES)
            os.rename(making, self._fname)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(making)

    def _grow(self) -> None:
        assert self._f is not None  # noqa: S101  opened before
        file = self._f.fileno()
        try:
            _allocate(file, self._capacity, self._capacity)
        except OSError:
            os.ftruncate(file, self._capacity)
            raise
        self._m = mmap.mmap(file, 2 * self._capacity)
        self._capacity *= 2


def _allocate(file: int, start: int, size: int) -> None:
    """Room that is there; a file that only has a size would get it when it is written."""
    if os.pwrite(file, bytes(size), start) < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def adopt(file: Path) -> None:
    """Count on where a process that has ended left off, so that files never become more."""
    found = _OF_PROCESS.fullmatch(file.name)
    if found is None or file.exists():
        return
    for other in file.parent.glob(f"{found[1]}*.db"):
        match = _OF_PROCESS.fullmatch(other.name)
        if match is not None and not is_running(match[2]):
            # Somebody else may have been quicker.
            with suppress(FileNotFoundError):
                other.rename(file)
                return


def is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # Somebody else's.
        return True
    return True


def use_reserved_files() -> None:
    """Make the library use these files; before the first metric is made."""
    values.MmapedDict = MetricFile  # type: ignore[attr-defined]  # the only way in


@contextmanager
def folder_of_metrics() -> Iterator[str]:
    """A folder for as long as the server runs, and none of a server that was killed."""
    place = IN_MEMORY if os.access(IN_MEMORY, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
    _sweep(place)
    with tempfile.TemporaryDirectory(
        prefix=f"{PREFIX}{os.getpid()}-", dir=place, ignore_cleanup_errors=True
    ) as folder:
        # The kernel lets go of it however this process ends.
        lock = _locked(Path(folder))
        try:
            yield folder
        finally:
            if lock is not None:
                os.close(lock)


def _sweep(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*"):
        # Another user's can't be opened, and is not ours to remove.
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime < NEW_SECONDS:
                continue
            lock = _locked(folder)
            if lock is not None:
                shutil.rmtree(folder)
                os.close(lock)


def _locked(folder: Path) -> int | None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file

"""Finished files: one to send, and a few that are kept for the next who ask for the same."""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

CHUNK_BYTES = 2**18
MOST_FILES = 8
MOST_BYTES = 2**28


@dataclass(frozen=True, slots=True)
class Finished:
    """A whole file without a name: its bytes are gone when nobody has it open any more."""

    file: IO[bytes]
    tag: str
    size: int

    @classmethod
    def of(cls, file: IO[bytes]) -> "Finished":
        file.seek(0)
        tag = hashlib.file_digest(file, "sha256").hexdigest()[:32]  # type: ignore[arg-type]  # as files are
        return cls(file, tag, file.tell())

    def chunks(self) -> Iterator[bytes]:
        """Read by position, which several may do at once."""
        at = 0
        while chunk := os.pread(self.file.fileno(), CHUNK_BYTES, at):
            at += len(chunk)
            yield chunk


class FinishedResponse(StreamingResponse):
    """Closes its file, also when the reader has gone."""

    def __init__(self, finished: Finished, media_type: str, headers: Mapping[str, str]) -> None:
        self._file = finished.file
        told = {**headers, "Content-Length": str(finished.size)}
        super().__init__(finished.chunks(), media_type=media_type, headers=told)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file:
            await super().__call__(scope, receive, send)


class KeptFiles:
    """The files asked for last, few and not too large; on the disk, and gone with the process."""

    def __init__(self, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES) -> None:
        self._most_files, self._most_bytes = most_files, most_bytes
        # Descriptor, tag and size.
        self._files: OrderedDict[Hashable, tuple[int, str, int]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> Finished | None:
        with self._lock:
            found = self._files.get(key)
            if found is None:
                return None
            self._files.move_to_end(key)
            descriptor, tag, size = found
            return Finished(os.fdopen(os.dup(descriptor), "rb"), tag, size)

    def keep(self, key: Hashable, finished: Finished) -> None:
        with self._lock:
            if key in self._files or finished.size > self._most_bytes:
                return
            self._files[key] = (os.dup(finished.file.fileno()), finished.tag, finished.size)
            while len(self._files) > self._most_files or self._bytes() > self._most_bytes:
                os.close(self._files.popitem(last=False)[1][0])

    def clear(self) -> None:
        with self._lock:
            while self._files:
                os.close(self._files.popitem()[1][0])

    def _bytes(self) -> int:
        return sum(size for _, _, size in self._files.values())

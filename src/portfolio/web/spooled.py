"""Long answers as files, so that a slow reader holds nothing but a file."""

from collections.abc import Iterator, Mapping
from typing import IO

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

CHUNK_BYTES = 2**18


class SpooledResponse(StreamingResponse):
    """A file that is open at its end, sent from its beginning and then closed."""

    def __init__(self, file: IO[bytes], media_type: str, headers: Mapping[str, str]) -> None:
        size = file.tell()
        file.seek(0)
        self._file = file
        told = {**headers, "Content-Length": str(size)}
        super().__init__(_chunks(file), media_type=media_type, headers=told)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Also when the reader has gone.
        with self._file:
            await super().__call__(scope, receive, send)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk

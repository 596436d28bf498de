"""Bodies: read before anything else is held for them, and so many at once from one caller."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request
from starlette.exceptions import HTTPException

from portfolio.errors import TooManyAtOnce

FORM = "multipart/form-data"
# So many of the longest that may be are there at once from one caller, or any number of short ones.
MOST_WHOLE_BODIES = 16
# Bytes of bodies that are coming or being worked on, by who sends them and whether they are kept in
# memory or, as files are, on the disk.
_coming: Counter[tuple[str, bool]] = Counter()


@contextmanager
def room_for_body(request: Request) -> Iterator[None]:
    """Nobody waits for room: who has sent that much at once may send less at once.

    Raises:
        TooManyAtOnce: The caller is sending as much as one may already.
    """
    settings, is_form = request.app.state.settings, request.state.media_type == FORM
    longest = settings.max_upload_bytes if is_form else settings.max_body_bytes
    size, who = _size(request, longest), (request.state.caller.actor, is_form)
    if _coming[who] + size > MOST_WHOLE_BODIES * longest:
        raise TooManyAtOnce(
            "Så mycket skickas redan på en gång med din nyckel; vänta tills något är klart.",
            "That much is being sent at once with your key already; wait until some is done.",
        )
    _coming[who] += size
    try:
        yield
    finally:
        _coming[who] -= size
        if not _coming[who]:
            del _coming[who]


def _size(request: Request, longest: int) -> int:
    """What it says; what says nothing of its length (chunked) may be as long as any."""
    if "transfer-encoding" in request.headers:
        return longest
    return int(request.headers.get("content-length", "0"))


async def receive_body(request: Request) -> None:
    """Reads what the route takes; FastAPI finds it on the request and reads nothing more.

    Raises:
        HTTPException: It is no form (400), too long (413) or too slow (408).
    """
    media_type: str | None = request.state.media_type
    if media_type is None:
        return
    try:
        await (request.form() if media_type == FORM else request.body())
    except HTTPException:
        raise
    except Exception as error:
        # As FastAPI says it. What went wrong on our side, the disk, is seen by its cause.
        raise HTTPException(400) from error

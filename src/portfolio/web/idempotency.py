"""`Idempotency-Key`: a POST that is sent twice has its effect once (a double click, a lost answer).

The key is claimed and the answer kept in the transaction of the change itself, so that there is
no moment at which the effect stands and the key is free.
"""

import hashlib
import re
from datetime import datetime, timedelta

from fastapi import Request, Response
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from portfolio.errors import IdempotencyConflict, InvalidParameter
from portfolio.web.models import IdempotencyKey

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("content-type", "location", "etag", "content-language")
CHUNK = 1 << 20


def key_of(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not KEY.fullmatch(key):
        raise InvalidParameter(
            "Idempotency-Key ska ha 1-255 synliga ASCII-tecken utan mellanslag.",
            "Idempotency-Key must be 1-255 visible ASCII characters without spaces.",
        )
    return key


async def fingerprint_of(request: Request) -> str:
    """A hash of what was sent. A form's parts, not its bytes: those hold a random boundary."""
    digest = hashlib.sha256(str(request.url.query).encode())
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        digest.update(await request.body())
        return digest.hexdigest()
    form = await request.form()
    for name, value in sorted(form.multi_items(), key=lambda item: item[0]):
        if isinstance(value, UploadFile):
            digest.update(f"\0{name}\0{value.filename}\0".encode())
            await run_in_threadpool(_add_file, digest, value)
        else:
            digest.update(f"\0{name}\0{value}".encode())
    return digest.hexdigest()


def _add_file(digest: "hashlib._Hash", upload: UploadFile) -> None:
    while chunk := upload.file.read(CHUNK):
        digest.update(chunk)
    upload.file.seek(0)


def claim(
    session: Session, *, actor: str, path: str, key: str, fingerprint: str, at: datetime, hours: int
) -> IdempotencyKey | Response:
    """Take the key, or answer as the first time if it was used for the same request.

    Raises:
        IdempotencyConflict: It was used for another request.
    """
    session.exec(
        delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < at - timedelta(hours=hours))
    )
    row = IdempotencyKey(actor=actor, path=path, key=key, fingerprint=fingerprint, created_at=at)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        # Somebody was first. On PostgreSQL the insert has waited for that transaction to end.
        mine = (
            col(IdempotencyKey.actor) == actor,
            col(IdempotencyKey.path) == path,
            col(IdempotencyKey.key) == key,
        )
        return _replay(session.exec(select(IdempotencyKey).where(*mine)).one(), fingerprint)
    return row


def _replay(first: IdempotencyKey, fingerprint: str) -> Response:
    if first.fingerprint != fingerprint:
        raise IdempotencyConflict(
            "Den här Idempotency-Key har redan använts för ett annat innehåll; välj en ny.",
            "This Idempotency-Key was already used for another body; choose a new one.",
        )
    return Response(
        (first.body or "").encode(), status_code=first.status or 200, headers=first.headers or {}
    )


def keep(session: Session, row: IdempotencyKey, response: Response) -> None:
    row.status = response.status_code
    row.headers = {name: value for name, value in response.headers.items() if name in KEPT_HEADERS}
    row.body = bytes(response.body).decode()
    session.add(row)
    session.flush()

"""`Idempotency-Key`: a POST that is sent twice has its effect once (a double click, a lost answer).

The answer is kept in the transaction of the change itself, as its last step: there is no moment at
which the effect stands and the key is free, and nothing is locked while the request is worked on.
Of several at once the first to commit wins; the others are rolled back and answer as it did.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request, Response
from sqlalchemy import ColumnElement, Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from portfolio.database.engine import snapshot, transaction
from portfolio.errors import IdempotencyConflict, InvalidParameter, Refused
from portfolio.web.models import IdempotencyKey

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("content-type", "location", "etag", "content-language")
# Routes whose answer holds a secret: it is shown once and never stored, not even for a replay.
SECRET_ANSWERS = frozenset({"/v1/keys"})
CLEANED_AT_ONCE = 100
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that came with a key: who sent what, and from when on its key counts as used."""

    actor: str
    path: str
    key: str
    fingerprint: str
    secret: bool
    at: datetime
    lifetime: timedelta

    @property
    def oldest(self) -> datetime:
        return self.at - self.lifetime

    def is_mine(self) -> tuple[ColumnElement[bool], ...]:
        return (
            col(IdempotencyKey.actor) == self.actor,
            col(IdempotencyKey.path) == self.path,
            col(IdempotencyKey.key) == self.key,
        )


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
    # The name of a media type is the same in capitals (RFC 9110, 8.3.1).
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
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


def find(engine: Engine, sent: Sent) -> Response | None:
    """The answer to the same request, if it was given before and its key has not expired.

    Raises:
        IdempotencyConflict: The key was used for another request.
        Refused: The answer held a secret, which is not shown again.
    """
    fresh = col(IdempotencyKey.created_at) >= sent.oldest
    with snapshot(engine) as session:
        first = session.exec(select(IdempotencyKey).where(*sent.is_mine(), fresh)).one_or_none()
    return None if first is None else _replay(first, sent.fingerprint)


def _replay(first: IdempotencyKey, fingerprint: str) -> Response:
    if first.fingerprint != fingerprint:
        raise IdempotencyConflict(
            "Den här Idempotency-Key har redan använts för ett annat innehåll; välj en ny.",
            "This Idempotency-Key was already used for another body; choose a new one.",
        )
    headers = first.headers or {}
    if first.body is None:
        made = headers.get("location", first.path)
        raise Refused(
            f"Nyckeln är redan skapad ({made}) och kan inte visas igen; återkalla den och skapa "
            "en ny med en annan Idempotency-Key.",
            f"The key was made already ({made}) and its token can't be shown again; revoke it and "
            "make another with another Idempotency-Key.",
        )
    return Response(first.body.encode(), status_code=first.status or 200, headers=headers)


def keep(session: Session, sent: Sent, response: Response) -> None:
    """Keep the answer for as long as its key counts, in the transaction of its effect.

    Raises:
        IntegrityError: Somebody with the same key was first. On PostgreSQL the insert has waited
            for that transaction to end.
    """
    _add(session, sent, response)
    _clean(session, sent.oldest)


def keep_refusal(engine: Engine, sent: Sent, response: Response) -> Response:
    """Keep a refusal, whose own transaction is undone; what counts is the first one's answer."""
    try:
        with transaction(engine) as session:
            _add(session, sent, response)
    except IntegrityError:
        return find(engine, sent) or response
    return response


def _add(session: Session, sent: Sent, response: Response) -> None:
    expired = col(IdempotencyKey.created_at) < sent.oldest
    session.exec(delete(IdempotencyKey).where(*sent.is_mine(), expired))
    withheld = sent.secret and response.status_code < 400
    row = IdempotencyKey(
        actor=sent.actor,
        path=sent.path,
        key=sent.key,
        fingerprint=sent.fingerprint,
        created_at=sent.at,
        status=response.status_code,
        headers={name: text for name, text in response.headers.items() if name in KEPT_HEADERS},
        body=None if withheld else bytes(response.body).decode(),
    )
    session.add(row)
    session.flush()


def _clean(session: Session, oldest: datetime) -> None:
    """Forget a few expired keys, and wait for nobody who is doing the same."""
    expired = select(IdempotencyKey.id).where(col(IdempotencyKey.created_at) < oldest)
    found = expired.limit(CLEANED_AT_ONCE).with_for_update(skip_locked=True)
    numbers = session.exec(found).all()
    if numbers:
        session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.id).in_(numbers)))

"""Who asks: the same keys as everywhere, remembered until something changes."""

import base64

from sqlalchemy import Engine

from portfolio.access.rules import ANYONE, Caller
from portfolio.access.service import hash_token
from portfolio.access.sign_in import SignIn
from portfolio.clock import now
from portfolio.database.engine import snapshot
from portfolio.errors import Unauthorized

MOST_KEPT = 1000


class Callers:
    """Callers by the hash of their key, as of one revision of the database."""

    def __init__(self, engine: Engine, sign_in: SignIn) -> None:
        self._engine = engine
        self._sign_in = sign_in
        # Taken and put down together, since many threads look keys up at once.
        self._state: tuple[str, dict[str, Caller]] = ("", {})

    def known(self, header: str | None, revision: str) -> Caller | None:
        """Whoever has asked before since the last change; None where the database must say."""
        if header is None:
            return ANYONE
        of, callers = self._state
        caller = callers.get(hash_token(header)) if of == revision else None
        if caller is None:
            # Tokens are remembered where it is known whether their signature still holds.
            return self._sign_in.remembered(header)
        if caller.expires_at is not None and caller.expires_at <= now():
            return None
        self._sign_in.used(caller)
        return caller

    async def prepare(self, header: str, address: str) -> None:
        """Wait for what judging it needs besides the database."""
        await self._sign_in.prepare(as_bearer(header), address)

    def find(self, header: str, revision: str, address: str) -> Caller:
        """Look the key up, and remember it for as long as nothing changes.

        Raises:
            Unauthorized: There is no such key.
            TooManyAtOnce: The same, and too many from there had failed before.
        """
        of, callers = self._state
        if of != revision or len(callers) >= MOST_KEPT:
            callers = {}
            self._state = (revision, callers)
        with snapshot(self._engine) as session:
            caller = self._sign_in.authenticate(session, as_bearer(header), address)
        # Into what was there when this began: whoever is late adds to what nobody looks at.
        if caller.key_id is not None:
            callers[hash_token(header)] = caller
        return caller


def as_bearer(header: str) -> str:
    """Programs that only know user and password send the key as the password.

    Raises:
        Unauthorized: It says it is Basic, but is not.
    """
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return header
    try:
        pair = base64.b64decode(credentials.strip(), validate=True).decode()
    except ValueError as error:
        raise Unauthorized(
            "Skicka din nyckel som lösenord, eller som Authorization: Bearer <nyckel>.",
            "Send your key as the password, or as Authorization: Bearer <key>.",
        ) from error
    return f"Bearer {pair.partition(':')[2]}"

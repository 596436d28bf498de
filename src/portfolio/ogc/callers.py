"""Who asks: the same keys as everywhere, remembered until something changes."""

import base64
import binascii
from typing import TypeVar

from sqlalchemy import Engine

from portfolio.access.rules import ANYONE, Caller
from portfolio.access.service import authenticate, hash_token
from portfolio.database.engine import snapshot
from portfolio.errors import Unauthorized

MOST_KEPT = 1000
T = TypeVar("T")


class Callers:
    """Callers by the hash of their key, as of one revision of the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._revision = -1
        self._known: dict[str, Caller] = {}

    def known(self, header: str | None, revision: int) -> Caller | None:
        """Whoever has asked before since the last change; None where the database must say."""
        if header is None:
            return ANYONE
        if revision != self._revision:
            return None
        return self._known.get(hash_token(header))

    def find(self, header: str, revision: int) -> Caller:
        """Look the key up, and remember it.

        Raises:
            Unauthorized: There is no such key.
        """
        with snapshot(self._engine) as session:
            caller = authenticate(session, as_bearer(header))
        if revision != self._revision or len(self._known) >= MOST_KEPT:
            self._revision, self._known = revision, {}
        self._known[hash_token(header)] = caller
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
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unauthorized(
            "Skicka din nyckel som lösenord, eller som Authorization: Bearer <nyckel>.",
            "Send your key as the password, or as Authorization: Bearer <key>.",
        ) from error
    return f"Bearer {pair.partition(':')[2]}"

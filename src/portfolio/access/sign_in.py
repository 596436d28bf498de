"""Who sends a request: by a key or by a token, told to wait when too many fail."""

from sqlmodel import Session

from portfolio.access.attempts import Attempts
from portfolio.access.rules import Caller
from portfolio.access.service import authenticate, bearer_token, hash_token
from portfolio.access.tokens import Tokens, is_token
from portfolio.access.uses import Uses
from portfolio.clock import now
from portfolio.errors import Unauthorized


class SignIn:
    """What one process knows about who may come in; `tokens` None: no identity provider."""

    def __init__(self, attempts: Attempts, uses: Uses, tokens: Tokens | None = None) -> None:
        self.attempts = attempts
        self._uses = uses
        self._tokens = tokens

    async def prepare(self, header: str, address: str) -> None:
        """Wait for what is needed to judge a header, off every thread. Does nothing for keys.

        Raises:
            Unauthorized: It has the form of a token, but is none.
            TooManyAtOnce: The same, and too many from there had failed before.
            Unavailable: The identity provider is away.
        """
        token = self._token_in(header)
        if token is None or self._tokens is None:
            return
        hashed = hash_token(header)
        if self._tokens.remembered(hashed) is not None:
            return
        try:
            await self._tokens.prepare(token)
        except Unauthorized:
            self.attempts.failed(address, hashed)
            raise

    def remembered(self, header: str) -> Caller | None:
        """Whoever sent this token before, without the database; None for keys."""
        if self._tokens is None or self._token_in(header) is None:
            return None
        return self._tokens.remembered(hash_token(header))

    def authenticate(self, session: Session, header: str, address: str) -> Caller:
        """Who an `Authorization` header says it is.

        Raises:
            Unauthorized: It opens nothing.
            Forbidden: It is a good token of somebody who has no place here.
            TooManyAtOnce: It opens nothing, and too many from there had failed before.
        """
        hashed, token = hash_token(header), self._token_in(header)
        try:
            if token is not None and self._tokens is not None:
                return self._by_token(session, token, hashed)
            caller = authenticate(session, header)
        except Unauthorized:
            self.attempts.failed(address, hashed)
            raise
        self.used(caller)
        return caller

    def used(self, caller: Caller) -> None:
        """Note that a key was used."""
        if caller.key_id is not None:
            self._uses.note(caller.key_id, now())

    def close(self) -> None:
        self._uses.close()
        if self._tokens is not None:
            self._tokens.provider.close()

    def _by_token(self, session: Session, token: str, hashed: str) -> Caller:
        assert self._tokens is not None  # noqa: S101  asked before
        return self._tokens.remembered(hashed) or self._tokens.caller(session, token, hashed)

    def _token_in(self, header: str) -> str | None:
        credential = bearer_token(header)
        return credential if is_token(credential) else None

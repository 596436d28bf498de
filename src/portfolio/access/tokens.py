"""Access tokens of the municipality's identity provider: whether they are good, and whose.

RFC 9068 and RFC 8725 are what is checked; discovery and keys are `provider`'s.
"""

import base64
import json
import re
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import sqlalchemy as sa
from sqlmodel import Session

from portfolio.access.claims import ClaimNames, caller_in, subject_of
from portfolio.access.provider import LONGEST_KEY_ID, Provider, SigningKey
from portfolio.access.rules import Caller
from portfolio.clock import now
from portfolio.errors import Forbidden, Unauthorized

LONGEST_TOKEN = 8192
# What says that it is an access token; an ID token is for whoever signed in, not for an API.
TYPES = frozenset({"at+jwt", "application/at+jwt", "jwt"})
OTHER_USES = frozenset({"id", "refresh", "logout", "offline"})
# What only ID tokens have: many providers write `typ: JWT` in the header of both.
OF_ID_TOKENS = frozenset({"nonce", "at_hash", "c_hash", "s_hash"})
MOST_REMEMBERED = 10_000
LAST_SECOND = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())
CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """What a token must say, and which of its claims are read."""

    audience: str
    names: ClaimNames
    leeway: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Remembered:
    caller: Caller
    until: datetime
    key: SigningKey


class Tokens:
    """Judges tokens, and remembers good ones until they expire or their key is withdrawn."""

    def __init__(self, provider: Provider, rules: TokenRules) -> None:
        self.provider = provider
        self._rules = rules
        self._good: OrderedDict[str, _Remembered] = OrderedDict()

    def remembered(self, hashed: str) -> Caller | None:
        """Whose token it is, if it was good before and still is; `hashed` is the token's hash."""
        found = self._good.get(hashed)
        if found is None:
            return None
        if found.until <= now() or not self.provider.is_current(found.key):
            self._good.pop(hashed, None)
            return None
        return found.caller

    async def prepare(self, token: str) -> None:
        """Have the keys to judge it by; the only thing here that waits for the network.

        Raises:
            Unauthorized: It is no token of the kind at all.
            Unavailable: The keys can't be had now.
        """
        await self.provider.ready_for(*self._header_of(token))

    def caller(self, session: Session, token: str, hashed: str) -> Caller:
        """Whose token it is.

        Raises:
            Unauthorized: It is not good.
            Forbidden: It is, but says nothing, or too much, of what its holder may do here.
        """
        signing = self.provider.key(*self._header_of(token))
        if signing is None:
            raise refused()
        claims = self._claims(token, signing)
        subject = subject_of(claims)
        if subject is None:
            raise refused()
        caller = caller_in(claims, subject, self._rules.names)
        _require_registered(session, caller)
        expires_at = datetime.fromtimestamp(min(int(claims["exp"]), LAST_SECOND), UTC)
        caller = replace(caller, expires_at=expires_at)
        self._remember(hashed, _Remembered(caller, expires_at + self._rules.leeway, signing))
        return caller

    def _header_of(self, token: str) -> tuple[str | None, str]:
        """The name of its key and its algorithm, before anything in it is believed."""
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise refused()
        header = _decoded_header(token)
        id, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ")
        if not isinstance(kind, str) or kind.lower() not in TYPES or "crit" in header:
            raise refused()
        if not isinstance(id, str | None) or len(id or "") > LONGEST_KEY_ID:
            raise refused()
        if not isinstance(algorithm, str) or algorithm not in self.provider.algorithms:
            raise refused()
        return id, algorithm

    def _claims(self, token: str, signing: SigningKey) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                signing.key,
                algorithms=[signing.algorithm],
                audience=self._rules.audience,
                issuer=self.provider.issuer,
                leeway=self._rules.leeway,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized(
                "Din inloggning har gått ut; logga in igen.",
                "Your sign-in has expired; sign in again.",
            ) from error
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise refused() from error
        if not _is_for_an_api(claims):
            raise refused()
        return claims

    def _remember(self, hashed: str, good: _Remembered) -> None:
        self._good[hashed] = good
        while len(self._good) > MOST_REMEMBERED:
            self._good.popitem(last=False)


def _is_for_an_api(claims: dict[str, Any]) -> bool:
    if str(claims.get("typ", "")).lower() in OTHER_USES or OF_ID_TOKENS & claims.keys():
        return False
    # A token that is bound to its holder's own key is worth nothing without a proof of it.
    return claims.get("token_use", "access") == "access" and "cnf" not in claims


def _decoded_header(token: str) -> dict[str, Any]:
    encoded = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (ValueError, RecursionError) as error:
        raise refused() from error
    if not isinstance(header, dict):
        raise refused()
    return header


def _require_registered(session: Session, caller: Caller) -> None:
    """What a token binds its holder to must be there."""
    named = sorted(caller.bodies)
    place, sv, en = "body", "Organet", "body"
    if caller.department is not None:
        named = [caller.department]
        place, sv, en = "department", "Förvaltningen", "department"
    codes = sa.table(place, sa.column("code"))
    for code in named:
        wanted = sa.select(codes.c.code).where(codes.c.code == code)
        is_code = CODE.fullmatch(code) is not None
        if not is_code or session.execute(wanted).first() is None:
            shown = "".join(one for one in code if one.isprintable())[:64]
            raise Forbidden(
                f"{sv} {shown} i din inloggning finns inte här; be administratören registrera den "
                "eller rätta ditt konto.",
                f"The {en} {shown} of your sign-in is not registered here; ask the administrator "
                "to register it or to correct your account.",
            )


def is_token(credential: str) -> bool:
    """Whether it has the form of a signed token; keys of ours have no dots."""
    return credential.count(".") == 2


def refused() -> Unauthorized:
    """One sentence for whatever is wrong with it: whoever forges one learns nothing."""
    return Unauthorized(
        "Inloggningen godtas inte; logga in igen, och be administratören kontrollera "
        "inloggningstjänstens inställningar om det inte hjälper.",
        "The sign-in is not accepted; sign in again, and if that does not help ask the "
        "administrator to check the settings of the identity provider.",
    )

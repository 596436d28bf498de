"""The identity provider: its signing keys, fetched, kept and fetched again.

No request of ours fetches: one thread does, for all of them, and those that need its answer wait
without holding a thread. Nothing that a token says decides what is fetched, or how often.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portfolio.errors import Unavailable

DISCOVERY = "/.well-known/openid-configuration"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Key type and curve of what signs with each algorithm; symmetric ones are not among them.
KEY_TYPES = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
FEWEST_RSA_BITS = 2048
LARGEST_DOCUMENT = 256 * 1024
MOST_KEYS = 100
LONGEST_KEY_ID = 256
FETCH_SECONDS = 5.0

# Keys are looked at again after so long, and waited for if nobody has asked for longer still, so
# that one which the provider has withdrawn opens nothing after minutes.
FRESH_SECONDS = 300.0
STALE_SECONDS = 600.0
# How long the known ones serve while the provider is away.
LONGEST_AWAY_SECONDS = 12 * 3600.0
# Whoever sends tokens of made-up keys does not make us ask more often than this.
PAUSE_SECONDS = 10.0
log = structlog.get_logger()


class ProviderError(Exception):
    """The provider does not answer, or not as it must; the text says how."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One public key for one algorithm."""

    id: str | None
    algorithm: str
    key: jwt.PyJWK


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """A redirect is an error: what was configured is what is asked."""


def is_secure(url: str) -> bool:
    """Whether an address is https, or on this machine."""
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or is_local)


def fetch_object(url: str, seconds: float = FETCH_SECONDS) -> dict[str, Any]:
    """A JSON object from an address, within a time and a size, without redirects.

    Raises:
        ProviderError: There was none.
    """
    if not is_secure(url):
        raise ProviderError("an address is not https")
    handlers: list[Any] = [_NoRedirects()]
    if urlsplit(url).hostname in LOOPBACK:
        handlers.append(ProxyHandler({}))
    deadline = time.monotonic() + seconds
    asked = Request(url, headers={"Accept": "application/json"})  # noqa: S310  is_secure
    try:
        with build_opener(*handlers).open(asked, timeout=seconds) as answer:
            content = _read_within(answer, deadline)
        found = json.loads(content)
    except (OSError, URLError, ValueError, RecursionError) as error:
        raise ProviderError(f"{type(error).__name__} from {urlsplit(url).path}") from error
    if not isinstance(found, dict):
        raise ProviderError("no JSON object")
    return found


def _read_within(answer: Any, deadline: float) -> bytes:
    content = b""
    # In pieces: a server that sends a byte a second would keep a single read for ever.
    while piece := answer.read1(65_536):
        content += piece
        if len(content) > LARGEST_DOCUMENT:
            raise ProviderError("a document is too large")
        if time.monotonic() > deadline:
            raise ProviderError("a document takes too long")
    return content


def signing_keys(document: dict[str, Any], algorithms: Collection[str]) -> tuple[SigningKey, ...]:
    """The keys of a JWK set that may sign with one of the algorithms; others are left out.

    Raises:
        ProviderError: It is no JWK set, or has too many keys, or none that will do.
    """
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise ProviderError("no JWK set, or one of too many keys")
    found = tuple(key for one in listed for key in _keys_in(one, algorithms))
    if not found:
        raise ProviderError("no key for the algorithms that are allowed")
    return found


def _keys_in(one: Any, algorithms: Iterable[str]) -> Iterable[SigningKey]:
    # What has a private part should never have been published.
    if not isinstance(one, dict) or one.get("use", "sig") != "sig" or "d" in one:
        return
    id, kind = one.get("kid"), (one.get("kty"), one.get("crv"))
    if not isinstance(id, str | None) or len(id or "") > LONGEST_KEY_ID:
        return
    for algorithm in algorithms:
        # A key that names its algorithm signs with no other.
        if KEY_TYPES[algorithm] == kind and one.get("alg", algorithm) == algorithm:
            try:
                key = jwt.PyJWK(one, algorithm)
            except (jwt.PyJWTError, ValueError, TypeError, KeyError):
                continue
            if not isinstance(key.key, RSAPublicKey) or key.key.key_size >= FEWEST_RSA_BITS:
                yield SigningKey(id, algorithm, key)


class Provider:
    """One issuer's keys as this process knows them."""

    def __init__(
        self,
        issuer: str,
        algorithms: Collection[str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer = issuer
        self.algorithms = tuple(algorithms)
        self._monotonic = monotonic
        self._keys: tuple[SigningKey, ...] = ()
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")
        self._away_at = float("-inf")
        self._fetching: Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, "identity-provider")
        self._lock = threading.Lock()

    def key(self, id: str | None, algorithm: str) -> SigningKey | None:
        """The key of that name; without a name, the only one there is for the algorithm."""
        if self._age() > (LONGEST_AWAY_SECONDS if self._is_away() else STALE_SECONDS):
            return None
        fitting = [one for one in self._keys if one.algorithm == algorithm]
        named = fitting if id is None else [one for one in fitting if one.id == id]
        return named[0] if len(named) == 1 else None

    def is_current(self, key: SigningKey) -> bool:
        """Whether the provider still has a key, as far as is known without asking."""
        return self._age() <= STALE_SECONDS and any(one is key for one in self._keys)

    async def ready_for(self, id: str | None, algorithm: str) -> None:
        """Have keys that are new enough to judge a token that names this one.

        Raises:
            Unavailable: The provider is away, and nothing known answers the question.
        """
        is_known, age = self.key(id, algorithm) is not None, self._age()
        if is_known and age <= FRESH_SECONDS:
            return
        fetching = self._fetch_soon()
        if is_known and (age <= STALE_SECONDS or self._is_away()):
            return
        if fetching is not None:
            await asyncio.wait([asyncio.wrap_future(fetching)], timeout=3 * FETCH_SECONDS)
        is_told = not self._is_away() and self._age() <= STALE_SECONDS
        if self.key(id, algorithm) is None and not is_told:
            raise Unavailable(
                "Inloggningstjänsten svarar inte; försök igen om en stund, eller använd en nyckel.",
                "The identity provider does not answer; try again in a moment, or use a key.",
            )

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _age(self) -> float:
        return self._monotonic() - self._fetched_at

    def _is_away(self) -> bool:
        """Whether it did not answer when it was last asked, and that was not long ago."""
        is_recent = self._monotonic() - self._away_at <= STALE_SECONDS
        return is_recent and self._away_at >= self._fetched_at

    def _fetch_soon(self) -> Future[None] | None:
        """The fetching that is under way, or a new one unless one has just been."""
        with self._lock:
            if self._fetching is not None and not self._fetching.done():
                return self._fetching
            if self._monotonic() - self._asked_at < PAUSE_SECONDS:
                return None
            self._asked_at = self._monotonic()
            self._fetching = self._thread.submit(self._fetch)
            return self._fetching

    def _fetch(self) -> None:
        try:
            found = self._discover()
        except ProviderError as error:
            self._away_at = self._monotonic()
            log.warning("identity provider not reached", reason=str(error)[:200])
            return
        except Exception:
            # What it sent is not ours to foresee, and this thread must go on.
            self._away_at = self._monotonic()
            log.exception("identity provider's keys not read")
            return
        # Keys that are as they were stay the same objects, which remembered tokens refer to.
        before = {(one.id, one.algorithm, _material(one)): one for one in self._keys}
        self._keys = tuple(
            before.get((one.id, one.algorithm, _material(one)), one) for one in found
        )
        self._away_at = float("-inf")
        self._fetched_at = self._monotonic()

    def _discover(self) -> tuple[SigningKey, ...]:
        document = fetch_object(self.issuer.rstrip("/") + DISCOVERY)
        if document.get("issuer") != self.issuer:
            raise ProviderError("the document is of another issuer")
        address = document.get("jwks_uri")
        if not isinstance(address, str):
            raise ProviderError("the document has no jwks_uri")
        return signing_keys(fetch_object(address), self.algorithms)


def _material(key: SigningKey) -> bytes:
    """The public key itself, to compare by."""
    encoded: bytes = key.key.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded

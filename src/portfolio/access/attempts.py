"""Guessing is slowed: who sends bad keys too often is told to wait, and nobody else is."""

import math
import secrets
import threading
import time
from collections.abc import Callable
from hashlib import blake2b

from limits import parse

from portfolio.errors import TooManyAtOnce

# Counters, however many addresses there are; which one is whose, only this process knows.
BUCKETS = 16_384


class Attempts:
    """Counts failed credentials by address and by credential, in memory that does not grow.

    An address may fail with so many different ones in a window, as somebody who guesses does, and
    with each of them as often. So one program with an old key is told to wait, but not the others
    behind the same address whose keys fail now and then. What opens is never counted or refused:
    who guesses 256 bits gains nothing by it, and everybody else behind the address would lose.
    """

    def __init__(
        self, limit: str, share: int = 1, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`limit` is such as `20/minute`, empty for none; a process has one of `share` parts."""
        rate = parse(limit) if limit else None
        self._most = max(1, rate.amount // share) if rate else 0
        self._seconds = rate.get_expiry() if rate else 0
        # The time of day may be set back.
        self._monotonic = monotonic
        self._salt = secrets.token_bytes(16)
        # When a bucket's window ends, and how many have failed in it.
        self._failed: dict[int, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def failed(self, address: str, credential: str) -> None:
        """Count what has opened nothing; `credential` is a hash.

        Raises:
            TooManyAtOnce: As many from there, or of it, had failed before.
        """
        if not self._most:
            return
        where, which = self._buckets(address, credential)
        with self._lock:
            for bucket in (where, which):
                ends, count = self._window(bucket)
                if count >= self._most:
                    raise _too_many(max(1, math.ceil(ends - self._monotonic())))
            if self._window(which)[1] == 0:
                self._count(where)
            self._count(which)

    def _buckets(self, address: str, credential: str) -> tuple[int, int]:
        return self._bucket(address), BUCKETS + self._bucket(f"{address}\n{credential}")

    def _bucket(self, text: str) -> int:
        digest = blake2b(text.encode(errors="replace"), key=self._salt, digest_size=4).digest()
        return int.from_bytes(digest) % BUCKETS

    def _window(self, bucket: int) -> tuple[float, int]:
        ends, count = self._failed.get(bucket, (0.0, 0))
        return (ends, count) if ends > self._monotonic() else (0.0, 0)

    def _count(self, bucket: int) -> None:
        ends, count = self._window(bucket)
        self._failed[bucket] = (ends or self._monotonic() + self._seconds, count + 1)


def _too_many(seconds: int) -> TooManyAtOnce:
    return TooManyAtOnce(
        "För många nycklar eller inloggningar från din adress har inte godtagits; vänta "
        f"{seconds} sekunder, kontrollera den du skickar och försök igen.",
        "Too many keys or sign-ins from your address were not accepted; wait "
        f"{seconds} seconds, check the one that you send and try again.",
        seconds,
    )

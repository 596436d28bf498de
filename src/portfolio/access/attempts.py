"""Guessing is slowed: who sends bad keys too often has to wait, and nobody else does."""

import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b

from limits import parse

from portfolio.errors import TooManyAtOnce

# Counters, however many addresses there are; which one is whose, only this process knows.
BUCKETS = 16_384
MOST_REMEMBERED = 10_000


class Attempts:
    """Counts failed credentials by address and by credential, in memory that does not grow.

    An address may fail with so many different ones in a window, as somebody who guesses does, and
    with each of them as often. So one program with an old key stops being looked up, but the
    others behind the same address are not shut out by it; nor are credentials that have opened
    before.
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
        self._good: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def refuse_many(self, address: str, credential: str) -> None:
        """Refuse what comes from where too many have failed; `credential` is a hash.

        Raises:
            TooManyAtOnce: Nothing may be looked up for it now.
        """
        if not self._most or credential in self._good:
            return
        for bucket in self._buckets(address, credential):
            ends, count = self._window(bucket)
            if count >= self._most:
                seconds = max(1, math.ceil(ends - self._monotonic()))
                raise TooManyAtOnce(
                    f"För många felaktiga nycklar från din adress; vänta {seconds} sekunder, "
                    "kontrollera nyckeln och försök igen.",
                    f"Too many bad keys from your address; wait {seconds} seconds, check the key "
                    "and try again.",
                    seconds,
                )

    def failed(self, address: str, credential: str) -> None:
        if not self._most:
            return
        where, which = self._buckets(address, credential)
        with self._lock:
            self._good.pop(credential, None)
            if self._window(which)[1] == 0:
                self._count(where)
            self._count(which)

    def succeeded(self, credential: str) -> None:
        """Remember that it opens, while there is room; it is looked up each time all the same."""
        if not self._most or credential in self._good:
            return
        with self._lock:
            self._good[credential] = None
            if len(self._good) > MOST_REMEMBERED:
                self._good.popitem(last=False)

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

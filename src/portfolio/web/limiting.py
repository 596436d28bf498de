"""How often one key or one address may come: fixed windows, counted in bounded memory.

The library's own memory is not bounded, and starts a thread each time something is counted.
"""

import base64
import math
import time
from collections import OrderedDict
from hashlib import blake2b

from limits import parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from starlette.types import Scope

from portfolio.web.client_address import network_of

# Some 15 MB for each limit, at the worst.
MOST_WINDOWS = 50_000


class Windows(Storage):
    """Counts by key, each until its time is out; the oldest give way when there are too many.

    All windows of one storage are equally long, so that the order they began in is the order
    they end in, and there is never more than a few to look at.
    """

    STORAGE_SCHEME = None

    def __init__(self, most: int = MOST_WINDOWS) -> None:
        super().__init__()
        self._most = most
        # When each ends, on the monotonic clock, in that order. A plain dict would be slow to say
        # which came first after many have gone.
        self._ends: OrderedDict[str, float] = OrderedDict()
        self._counts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        # Not the time of day, which may be set back.
        now = time.monotonic()
        if self._ends.get(key, 0.0) <= now:
            self.clear(key)
            self._make_room(now)
            self._ends[key] = now + expiry
        count = self._counts.get(key, 0) + amount
        self._counts[key] = count
        return count

    def get(self, key: str) -> int:
        return self._counts.get(key, 0) if self.get_expiry(key) > time.monotonic() else 0

    def get_expiry(self, key: str) -> float:
        return self._ends.get(key, 0.0)

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        dropped = len(self._ends)
        self._ends.clear()
        self._counts.clear()
        return dropped

    def clear(self, key: str) -> None:
        self._ends.pop(key, None)
        self._counts.pop(key, None)

    def _make_room(self, now: float) -> None:
        # Two for each one that is added: what has ended is gone sooner than it can pile up.
        for _ in range(2):
            oldest = next(iter(self._ends), None)
            if oldest is None or (self._ends[oldest] > now and len(self._ends) < self._most):
                return
            self.clear(oldest)


class Limit:
    """So many a window, such as `6000/minute`, of which this process has its share."""

    def __init__(self, rate: str, share: int = 1, most: int = MOST_WINDOWS) -> None:
        whole = parse(rate)
        self._item = type(whole)(max(1, whole.amount // share), whole.multiples)
        self.windows = Windows(most)
        self._limiter = FixedWindowRateLimiter(self.windows)

    def seconds_to_wait(self, who: str) -> int:
        """Counts one more, and says when it would be let in: 0 is now."""
        if self._limiter.hit(self._item, who):
            return 0
        ends = self.windows.get_expiry(self._item.key_for(who))
        return max(1, math.ceil(ends - time.monotonic()))


class Limits:
    """Each of the rates may be empty, which is no limit."""

    def __init__(
        self, per_key: str, per_address: str, uploads_per_address: str, share: int = 1
    ) -> None:
        self._per_key = Limit(per_key, share) if per_key else None
        self._per_address = Limit(per_address, share) if per_address else None
        self._uploads = Limit(uploads_per_address, share) if uploads_per_address else None

    def seconds_to_wait(self, scope: Scope, authorization: bytes | None, is_upload: bool) -> int:
        address = network_of(scope)
        if self._per_address and (wait := self._per_address.seconds_to_wait(address)):
            return wait
        if is_upload and self._uploads and (wait := self._uploads.seconds_to_wait(address)):
            return wait
        if self._per_key and authorization is not None:
            # Of the same length whatever was sent, and the key itself is not kept.
            who = blake2b(_key_in(authorization), digest_size=16).hexdigest()
            return self._per_key.seconds_to_wait(who)
        return 0


def _key_in(authorization: bytes) -> bytes:
    """The key itself: however it is written, and whatever name stands before it, it is one."""
    scheme, _, credential = authorization.decode("latin-1").partition(" ")
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(credential.strip())
        except ValueError:
            return authorization
        credential = pair.decode(errors="replace").partition(":")[2]
    return credential.strip().encode()

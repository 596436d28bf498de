"""What is derived from rows that never change, kept in memory for the next who asks."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlmodel import Session

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Up to `most` values for each database; the one that was made first goes first.

    By the database's pool, since one process can serve several databases in turn (tests do).
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._values: WeakKeyDictionary[Any, dict[Key, Value]] = WeakKeyDictionary()
        self._lock = Lock()

    def get(self, session: Session, key: Key, make: Callable[[], Value]) -> Value:
        """The value of `key`; made by whoever asks first, or by two at once if they must."""
        pool = session.get_bind().engine.pool
        with self._lock:
            kept = self._values.setdefault(pool, {})
            if key in kept:
                return kept[key]
        value = make()
        with self._lock:
            kept[key] = value
            while len(kept) > self.most:
                del kept[next(iter(kept))]
        return value

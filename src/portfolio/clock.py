"""What time it is. Rules never ask: they are told."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")


def now() -> datetime:
    return datetime.now(UTC)


def swedish_date(moment: datetime) -> date:
    """The date on the wall in Sweden, which is what minutes and deadlines mean."""
    return moment.astimezone(SWEDEN).date()


def rfc3339(moment: datetime) -> str:
    """UTC with microseconds, always of the same length: `2026-11-03T08:15:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Act:
    """Who does something, and when; every write is told.

    Where `at` is to be asked for, that is done once, when it is first needed: by then whoever
    changes something holds the lock of it, and nobody can record anything between.
    """

    __slots__ = ("_at", "_today", "actor")

    def __init__(self, actor: str, at: datetime | Callable[[], datetime]) -> None:
        self.actor = actor
        self._at = at
        self._today = swedish_date(at if isinstance(at, datetime) else now())

    @property
    def at(self) -> datetime:
        """What is stamped on rows and events."""
        if not isinstance(self._at, datetime):
            self._at = self._at()
        return self._at

    @property
    def today(self) -> date:
        """The date that deadlines are held against: the clock's, also where it has gone back."""
        return self._today

"""What time it is. Rules never ask: they are told."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, and when; every write is told."""

    actor: str
    at: datetime

    @property
    def today(self) -> date:
        return swedish_date(self.at)

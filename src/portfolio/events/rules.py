"""How an event is hashed, and how a chain of them is checked. Pure."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
FIELDS = ("id", "at", "actor", "action", "resource", "before", "after", "previous_hash")


def event_hash(event: Mapping[str, Any], canonical: Callable[[Any], bytes]) -> str:
    """SHA-256, as hex, over the canonical JSON of all fields of an event but `hash`."""
    return hashlib.sha256(canonical({name: event[name] for name in FIELDS})).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold, and in what way."""

    event_id: int
    problem: str


def find_break(
    events: Iterable[Mapping[str, Any]],
    end: tuple[int, str],
    canonical: Callable[[Any], bytes],
) -> Break | None:
    """Walk a chain from its first event.

    Args:
        events: All events in the order of their ids, as the API shows them.
        end: Id and hash of the last event, as kept beside the chain; (0, GENESIS) if none.
        canonical: RFC 8785 serialisation.

    Returns:
        The first place where an event is altered, missing or out of order; None if all holds.
    """
    last_id, last_hash = 0, GENESIS
    for event in events:
        if event["id"] != last_id + 1:
            return Break(last_id + 1, "is missing")
        if event["previous_hash"] != last_hash:
            return Break(event["id"], "does not follow the event before it")
        if event_hash(event, canonical) != event["hash"]:
            return Break(event["id"], "has been altered")
        last_id, last_hash = event["id"], event["hash"]
    if (last_id, last_hash) != end:
        return Break(last_id + 1, "is missing at the end of the chain")
    return None

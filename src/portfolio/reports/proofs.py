"""That what was decided is what the chain of events says was decided.

A decision's event holds all of it, its snapshot too, under a hash that the next event's hash
covers. So a decision that was altered in its table, with a new hash of its own, still shows.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import Session, col, select

from portfolio.amounts import format_amount
from portfolio.events.models import Event
from portfolio.gates.models import GateDecision
from portfolio.hashing import canonical

DECIDED = "decision."
AT_A_TIME = 500
COMPARED = (
    "gate",
    "outcome",
    "decided_by",
    "decided_on",
    "case_number",
    "minutes_paragraph",
    "reason",
    "released_amount",
    "supersedes",
    "snapshot_sha256",
)


def find_unproven(session: Session) -> Iterator[str]:
    """One sentence for each decision that its event contradicts, or that has none."""
    proofs = dict(_proofs(session))
    query = select(GateDecision).order_by(col(GateDecision.id))
    rows = session.exec(query.execution_options(yield_per=AT_A_TIME))
    with rows:
        for row in rows:
            yield from _compared(session, row, proofs.pop(row.id or 0, None))
            session.expunge(row)
    for id in sorted(proofs):
        yield f"Decision {id} is in the chain of events, but not in its table."


def _proofs(session: Session) -> Iterator[tuple[int, bytes]]:
    """Each decision's number, and a digest of what its event says: there may be a million."""
    query = select(Event.after).where(col(Event.action).startswith(DECIDED, autoescape=True))
    with session.exec(query.execution_options(yield_per=AT_A_TIME)) as events:
        for after in events:
            yield after["id"], _digest({name: after[name] for name in COMPARED})


def _compared(session: Session, row: GateDecision, proof: bytes | None) -> Iterator[str]:
    if hashlib.sha256(row.snapshot.encode()).hexdigest() != row.snapshot_sha256:
        yield f"Decision {row.id}: its snapshot has another hash than was recorded."
    if proof is None:
        yield f"Decision {row.id} has no event in the chain."
        return
    stored = {name: _shown(row, name) for name in COMPARED}
    if _digest(stored) != proof:
        said = _said(session, row.id or 0)
        names = ", ".join(name for name in COMPARED if stored[name] != said[name])
        yield f"Decision {row.id}: its event in the chain says otherwise about {names}."


def _said(session: Session, id: int) -> Mapping[str, Any]:
    by_number = col(Event.resource).endswith(f"/decisions/{id}", autoescape=True)
    is_decision = col(Event.action).startswith(DECIDED, autoescape=True)
    after: Mapping[str, Any] = session.exec(select(Event.after).where(is_decision, by_number)).one()
    return after


def _digest(values: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(canonical(values)).digest()


def _shown(row: GateDecision, name: str) -> Any:
    value = getattr(row, name)
    if name == "released_amount" and value is not None:
        return format_amount(value)
    return value.isoformat() if name == "decided_on" else value

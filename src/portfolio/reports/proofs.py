"""That what stands in the tables is what the chain of events says was decided and entered.

An event holds all of what it is about, under a hash that the next event's hash covers. So a row
that was altered behind the program's back, with a new hash of its own, still shows.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import Session, select

from portfolio.budget.models import Frame
from portfolio.budget.showing import shown_frames
from portfolio.clock import rfc3339
from portfolio.database.base import Table, raw, table
from portfolio.events.models import Event
from portfolio.gates.decisions import shown_condition, shown_fields
from portfolio.gates.models import GateDecision
from portfolio.gates.repository import find_conditions
from portfolio.hashing import canonical
from portfolio.investments.models import Investment
from portfolio.programs.models import Program, SteeringDecision

AT_A_TIME = 500
# Of each field; several together stand in for what an event says, as there may be a million.
DIGEST_BYTES = 8
ENTERED = ("name", "kind", "department", "problem", "description", "serves", "restricted")
MANDATED = ("name", "mandate", "deciding_body", "gate_template", "coordinator", "published")
STEERED = ("mode", "decided_by", "case_number", "reason", "consents")
CONDITION = ("n", "text", "owner", "due_on")
Shown = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """What rows of a table say, and the events they are held against: the newest of each counts."""

    name: str
    model: type[Table]
    key: str
    actions: Collection[str]
    show: Callable[[Session, Sequence[Any]], Iterator[Shown]]
    # After this one the row is gone.
    ending: str = ""


def find_unproven(session: Session) -> Iterator[str]:
    """One sentence for each row that its event contradicts, or that has none, or that is gone."""
    yield from _broken_snapshots(session)
    for claim in CLAIMS:
        yield from _unproven(session, claim)


def _unproven(session: Session, claim: Claim) -> Iterator[str]:
    proofs = None
    for rows in _batches(session, claim.model):
        for shown in claim.show(session, rows):
            # Which fields are compared is what a row shows of itself.
            proofs = _proofs(session, claim, tuple(shown)) if proofs is None else proofs
            yield from _compared(claim, shown, proofs.pop(shown[claim.key], None))
        session.expunge_all()
    for key in sorted(_proofs(session, claim, ()) if proofs is None else proofs):
        yield f"{claim.name} {key} is in the chain of events, but not in its table."


def _compared(claim: Claim, shown: Shown, proof: tuple[int, bytes] | None) -> Iterator[str]:
    key = shown[claim.key]
    if proof is None:
        yield f"{claim.name} {key} has no event in the chain."
        return
    number, said = proof
    own = _digest(shown, shown)
    if own != said:
        parts = range(0, len(own), DIGEST_BYTES)
        same = [own[at : at + DIGEST_BYTES] == said[at : at + DIGEST_BYTES] for at in parts]
        names = ", ".join(name for name, agrees in zip(shown, same, strict=True) if not agrees)
        yield f"{claim.name} {key}: event {number} in the chain says otherwise about {names}."


def _proofs(session: Session, claim: Claim, names: Sequence[str]) -> dict[Any, tuple[int, bytes]]:
    """By key, the event that says what holds now, and a digest of each field in it."""
    found: dict[Any, tuple[int, bytes]] = {}
    events = table(Event).c
    query = sa.select(events.id, events.action, raw(events.before), raw(events.after))
    query = query.where(events.action.in_([*claim.actions, claim.ending])).order_by(events.id)
    for number, action, before, after in session.execute(query.execution_options(yield_per=1000)):
        said = _read(before if action == claim.ending else after)
        # What can't be read is for the chain to tell.
        if action == claim.ending:
            found.pop(said.get(claim.key), None)
        elif claim.key in said:
            found[said[claim.key]] = (number, _digest(said, names))
    return found


def _read(text: str | None) -> Shown:
    try:
        said = orjson.loads(text or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _digest(values: Shown, names: Collection[str]) -> bytes:
    return b"".join(
        hashlib.blake2b(
            canonical(_compared_part(name, values.get(name))), digest_size=DIGEST_BYTES
        ).digest()
        for name in names
    )


def _compared_part(name: str, value: Any) -> Any:
    """Whether a condition is met changes later, by events of its own."""
    if name == "conditions" and isinstance(value, list):
        return [{part: condition.get(part) for part in CONDITION} for condition in value]
    return value


def _batches(session: Session, model: type[Table]) -> Iterator[Sequence[Any]]:
    ids = session.execute(sa.select(table(model).c.id).order_by(table(model).c.id)).scalars().all()
    for start in range(0, len(ids), AT_A_TIME):
        some = ids[start : start + AT_A_TIME]
        query = select(model).where(table(model).c.id.in_(some)).order_by(table(model).c.id)
        yield session.exec(query).all()


def _decisions(session: Session, rows: Sequence[GateDecision]) -> Iterator[Shown]:
    conditions: dict[int, list[Any]] = {}
    for condition in find_conditions(session, [row.id or 0 for row in rows]):
        shown = shown_condition(condition, None)
        conditions.setdefault(condition.decision_id, []).append(shown)
    for row in rows:
        own = {**shown_fields(row), "conditions": conditions.get(row.id or 0, [])}
        yield {**own, "snapshot_sha256": row.snapshot_sha256}


def _frames(session: Session, rows: Sequence[Frame]) -> Iterator[Shown]:
    yield from shown_frames(session, rows).values()


def _steering(session: Session, rows: Sequence[SteeringDecision]) -> Iterator[Shown]:
    for row in rows:
        yield {
            "id": row.id,
            "effective_on": row.effective_on.isoformat(),
            "decided_on": row.decided_on.isoformat(),
            "recorded_at": rfc3339(row.recorded_at),
            **{name: getattr(row, name) for name in STEERED},
        }


def _investments(_: Session, rows: Sequence[Investment]) -> Iterator[Shown]:
    for row in rows:
        yield {"code": row.code, **{name: getattr(row, name) for name in ENTERED}}


def _programs(_: Session, rows: Sequence[Program]) -> Iterator[Shown]:
    for row in rows:
        yield {"code": row.code, **{name: getattr(row, name) for name in MANDATED}}


def _broken_snapshots(session: Session) -> Iterator[str]:
    columns = table(GateDecision).c
    query = sa.select(columns.id, columns.snapshot, columns.snapshot_sha256).order_by(columns.id)
    for id, snapshot, recorded in session.execute(query.execution_options(yield_per=AT_A_TIME)):
        if hashlib.sha256(snapshot.encode()).hexdigest() != recorded:
            yield f"Decision {id}: its snapshot has another hash than was recorded."


OUTCOMES = ("pass", "amend", "hold", "rework", "stop", "skip")
CLAIMS = (
    Claim("Decision", GateDecision, "id", [f"decision.{one}" for one in OUTCOMES], _decisions),
    Claim("Frame", Frame, "id", ["frame.registered"], _frames),
    Claim("Steering decision", SteeringDecision, "id", ["steering.decided"], _steering),
    Claim(
        "Investment",
        Investment,
        "code",
        ["investment.created", "investment.changed"],
        _investments,
        ending="investment.deleted",
    ),
    Claim(
        "Program",
        Program,
        "code",
        ["program.created", "program.changed"],
        _programs,
        ending="program.deleted",
    ),
)

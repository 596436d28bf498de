"""A reallocation with all that it is judged by: whose consent it needs, and what blocks it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel import Session

from portfolio.accounts.rules import Type
from portfolio.amounts import format_amount, parse_amount
from portfolio.budget import repository as budget
from portfolio.budget.models import Allocation, Pool, Reallocation, ReallocationConsent
from portfolio.budget.rules import Holder, PoolKey
from portfolio.budget.service import holder_of
from portfolio.budget.showing import booked_on
from portfolio.clock import rfc3339, swedish_date
from portfolio.errors import Reason
from portfolio.gates.modes import mode_on
from portfolio.investments.models import Investment
from portfolio.investments.rules import Status
from portfolio.money.service import LARGEST
from portfolio.organisation.service import get_settings
from portfolio.programs.models import Program
from portfolio.programs.rules import Steering
from portfolio.programs.service import resource
from portfolio.steering import repository
from portfolio.steering.repository import Side
from portfolio.steering.rules import (
    OPEN,
    Move,
    Party,
    ReallocationStatus,
    broken,
    needed_parties,
    reasons_against,
    status_now,
)

CLOSED = (Status.STOPPED.value, Status.COMPLETED.value)


@dataclass(frozen=True, slots=True)
class Matter:
    """A reallocation on a day, with its consents and those it still needs."""

    row: Reallocation
    giver: Side
    receiver: Side
    consents: Sequence[ReallocationConsent]
    status: ReallocationStatus
    # Empty once it has ended.
    needed: tuple[Party, ...]
    # Who decides above the departments, where somebody must.
    body: str

    @property
    def id(self) -> int:
        return self.row.id or 0

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_full(self) -> bool:
        return self.row.mode == Steering.FULL.value

    @property
    def rule(self) -> str:
        """The rule that says who moves money under its mode."""
        return "S3" if self.is_full else "S4"

    @property
    def missing(self) -> tuple[Party, ...]:
        given = {consent.party for consent in self.consents if self.counts(consent)}
        return tuple(party for party in self.needed if party not in given)

    def counts(self, consent: ReallocationConsent) -> bool:
        """Whether it is of the department that is asked now; the money may have changed hands."""
        return consent.department == self.department(Party(consent.party))

    def department(self, party: Party) -> str | None:
        """The department that consents as this party; None for the body above them."""
        if party is Party.BODY:
            return None
        return self.receiver.department if party is Party.RECEIVER else self.giver.department

    def concerns(self, department: str | None) -> bool:
        """Whether the department has a say: one of its investments gives or receives (S4)."""
        own = (self.giver.department, self.receiver.department)
        return not self.is_full and department in own


def load(session: Session, program: Program, row: Reallocation, today: date) -> Matter:
    return load_all(session, program, [row], today)[0]


@dataclass(frozen=True, slots=True)
class _Context:
    """What all reallocations of a program are judged by on a day."""

    session: Session
    program: Program
    settings: Mapping[str, Any]
    today: date


def load_all(
    session: Session, program: Program, rows: Sequence[Reallocation], today: date
) -> list[Matter]:
    consents = repository.consents_of(session, [row.id or 0 for row in rows])
    ids = {id for row in rows for id in (row.giver_id, row.receiver_id)}
    sides = repository.sides(session, ids)
    holders = repository.holders(session, ids)
    committees = repository.committees(session)
    context = _Context(session, program, get_settings(session), today)

    def side(id: int, row: Reallocation) -> Side:
        key = (id, row.year, row.type)
        found = sides[id]
        if key not in holders and row.status in OPEN and found.investment is not None:
            holders[key] = holder_of(session, found.investment, row.year)
        holder = holders.get(key)
        if holder is None or holder.department is None:
            return replace(found, holder=holder)
        payer = holder.department
        committee = committees.get(payer)
        return replace(found, department=payer, committee=committee, holder=holder)

    return [
        _matter(
            context,
            row,
            side(row.giver_id, row),
            side(row.receiver_id, row),
            consents.get(row.id or 0, []),
        )
        for row in rows
    ]


def _matter(
    context: _Context,
    row: Reallocation,
    giver: Side,
    receiver: Side,
    consents: Sequence[ReallocationConsent],
) -> Matter:
    is_full = row.mode == Steering.FULL.value
    body = context.program.deciding_body if is_full else context.settings["reallocation_body"]
    stored = ReallocationStatus(row.status)
    matter = Matter(row, giver, receiver, consents, stored, (), body)
    given = {consent.party for consent in consents if matter.counts(consent)}
    status = status_now(stored, given, row.expires_on, context.today)
    if status not in OPEN:
        return replace(matter, status=status)
    needed = needed_parties(
        is_full=is_full,
        is_one_department=giver.department == receiver.department,
        needs_body=_needs_body(context, row, giver, receiver),
    )
    return replace(matter, status=status, needed=needed)


def _needs_body(context: _Context, row: Reallocation, giver: Side, receiver: Side) -> bool:
    if row.mode == Steering.FULL.value:
        return row.amount > parse_amount(context.settings["reallocation_limit"])
    # Between a committee and the program neither's frame is the other's to take from. That follows
    # from where the money lies, whatever the move's own date, and however late a decision came.
    own = Holder(program_id=row.program_id)
    is_between = (giver.holder == own) != (receiver.holder == own)
    return is_between or giver.committee != receiver.committee


def mode_of_move(
    session: Session, program: Program, sides: Sequence[Investment], data: Mapping[str, Any]
) -> Steering:
    """Full only where both are fully steered on the move's date and paid by the program (S3).

    Otherwise a move dated back into a time of full steering would take committees' money without
    asking them.
    """
    if any(mode_on(session, one, data["dated_on"]) is not Steering.FULL for one in sides):
        return Steering.PARTIAL
    known = repository.holders(session, [one.id or 0 for one in sides])
    for one in sides:
        holder = known.get((one.id or 0, data["year"], data["type"].value))
        if (holder or holder_of(session, one, data["year"])) != Holder(program_id=program.id):
            return Steering.PARTIAL
    return Steering.FULL


def obstacles(session: Session, matter: Matter, to_type: Type | None = None) -> tuple[Reason, ...]:
    """Everything that stands in the way of moving the money now, consents apart."""
    row, receiver = matter.row, matter.receiver.investment
    type = Type(row.type)
    found = budget.find_allocation(session, row.giver_id, row.year, type)
    inside = [side.investment is not None for side in (matter.giver, matter.receiver)]
    programs = {
        side.investment.program_id
        for side in (matter.giver, matter.receiver)
        if side.investment is not None
    }
    move = Move(
        giver=matter.giver.code,
        receiver=matter.receiver.code,
        year=row.year,
        type=type,
        to_type=to_type or type,
        amount=row.amount,
        allocated=found.amount if found else None,
        committed=found.committed if found else 0,
        booked=booked_on(session, found) if found else 0,
        is_receiver_closed=receiver is not None and receiver.status in CLOSED,
        are_in_program=all(inside) and programs == {row.program_id},
        room=_room(session, matter, found) if found else None,
        rule=matter.rule,
    )
    return (*reasons_against(move), *changed_hands(matter))


def changed_hands(matter: Matter) -> Iterator[Reason]:
    """What was agreed to was other departments' money, or the program's own (S3, S4)."""
    own = Holder(program_id=matter.row.program_id)
    sides = [side for side in (matter.giver, matter.receiver) if side.investment is not None]
    if matter.is_full and any(side.holder not in (own, None) for side in sides):
        yield broken(
            "S3",
            "Pengarna ligger inte längre i programmets pott på båda sidor; dra tillbaka "
            "förslaget och lägg ett nytt.",
            "The money is no longer in the program's pool on both sides; withdraw the proposal "
            "and make a new one.",
        )
    for consent in matter.consents:
        if consent.party in matter.needed and not matter.counts(consent):
            yield broken(
                matter.rule,
                f"{consent.department} har samtyckt, men pengarna hör nu till en annan "
                "förvaltning; dra tillbaka förslaget och lägg ett nytt.",
                f"{consent.department} has consented, but the money is another department's now; "
                "withdraw the proposal and make a new one.",
            )


def _room(session: Session, matter: Matter, giving: Allocation) -> int | None:
    """What the receiver's pool can take before it is too large to be written; None if the same."""
    row, receiver = matter.row, matter.receiver.investment
    if receiver is None:
        return None
    type = Type(row.type)
    own = budget.find_allocation(session, row.receiver_id, row.year, type)
    pool: Pool | None
    if own is not None:
        pool = session.get_one(Pool, own.pool_id)
    else:
        key = PoolKey(holder_of(session, receiver, row.year), row.year, type)
        pool = budget.find_pool(session, key)
    if pool is not None and pool.id == giving.pool_id:
        return None
    return LARGEST - (pool.frame if pool else 0)


def path_of(program: Program, row: Reallocation) -> str:
    return f"{resource(program)}/reallocations/{row.id}"


def shown_matter(program: Program, matter: Matter) -> dict[str, Any]:
    """The reallocation as it is kept; who it waits for is another matter, of the day."""
    row = matter.row
    executed = matter.status is ReallocationStatus.EXECUTED
    return {
        "id": row.id,
        "program": program.code,
        "giver": matter.giver.code,
        "receiver": matter.receiver.code,
        "giver_department": matter.giver.department,
        "receiver_department": matter.receiver.department,
        "year": row.year,
        "type": row.type,
        "amount": format_amount(row.amount),
        "reason": row.reason,
        "mode": row.mode,
        "dated_on": row.dated_on.isoformat(),
        "expires_on": row.expires_on.isoformat(),
        "status": matter.status.value,
        "consents": [_shown_consent(consent) for consent in matter.consents],
        "executed_on": row.closed_on.isoformat() if executed and row.closed_on else None,
        "closed_on": row.closed_on.isoformat() if row.closed_on else None,
        "decline_reason": row.decline_reason,
        "ledger_entry": row.entry_id,
        "recorded_at": rfc3339(row.recorded_at),
    }


def _shown_consent(row: ReallocationConsent) -> dict[str, Any]:
    return {
        "party": row.party,
        "department": row.department,
        "decided_by": row.decided_by,
        "decided_on": row.decided_on.isoformat(),
        "case_number": row.case_number,
        "delegation": row.delegation,
        "recorded_at": rfc3339(row.recorded_at),
    }


def waiting_for(matter: Matter, today: date) -> list[dict[str, Any]]:
    """Who holds it up, and for how many days; with every consent given, who is to execute it."""
    if not matter.is_open:
        return []
    if matter.missing:
        since = swedish_date(matter.row.recorded_at)
        return [
            _waiting(
                party.value,
                matter.department(party),
                matter.body if party is Party.BODY else None,
                since,
                today,
            )
            for party in matter.missing
        ]
    given = [consent.recorded_at for consent in matter.consents]
    since = swedish_date(max(given, default=matter.row.recorded_at))
    departments = {matter.giver.department, matter.receiver.department}
    movers: list[str | None] = [None] if matter.is_full else [*sorted(departments)]
    return [_waiting("execution", department, None, since, today) for department in movers]


def _waiting(
    party: str, department: str | None, body: str | None, since: date, today: date
) -> dict[str, Any]:
    days = (today - since).days
    return {
        "party": party,
        "department": department,
        "body": body,
        "since": since.isoformat(),
        "days": days,
    }

"""Changing how a program is steered, and taking the money along (S6)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlmodel import Session, col, select

from portfolio.accounts.rules import Type
from portfolio.amounts import format_amount
from portfolio.budget import ledger
from portfolio.budget import repository as budget
from portfolio.budget.ledger import Basis
from portfolio.budget.models import Allocation, Pool
from portfolio.budget.rules import EntryKind, Holder, PoolKey
from portfolio.budget.service import record_changes, refuse_future, shown_of
from portfolio.clock import Act, rfc3339
from portfolio.database.lookup import named_in_body
from portfolio.errors import InvalidBody, Reason, SteeringChangeRefused
from portfolio.events.service import record
from portfolio.gates import repository as gates
from portfolio.gates.modes import past_realisation
from portfolio.gates.wording import STEERING, within
from portfolio.investments.models import Investment
from portfolio.money.service import LARGEST
from portfolio.organisation.models import Body, Department
from portfolio.organisation.rules import Level
from portfolio.programs.models import GateTemplate, Program, SteeringDecision
from portfolio.programs.rules import Steering
from portfolio.programs.service import resource, template_of
from portfolio.programs.steering import steering_histories
from portfolio.steering import repository
from portfolio.steering.rules import broken

LONGEST_LEAD_DAYS = 3 * 366


@dataclass(frozen=True, slots=True)
class Removal:
    """An allocation that follows the change into another pool."""

    allocation: Allocation
    former: Pool
    key: PoolKey


def path_of(program: Program, row: SteeringDecision) -> str:
    return f"{resource(program)}/steering-decisions/{row.id}"


def change_steering(
    session: Session, act: Act, program: Program, data: Mapping[str, Any]
) -> SteeringDecision:
    """Register a decision that changes the mode; the money of those that follow moves with them.

    Raises:
        InvalidBody: It names what is not there, or includes what is not past implementation.
        SteeringChangeRefused: One reason for each rule that it breaks.
    """
    body = named_in_body(session, Body, data["decided_by"], "/decided_by")
    _check_consents(session, act, data["consents"])
    included = _included(session, program, data)
    removals = _removals(session, program, data, included)
    reasons = (
        *_open_reallocations(session, act, program),
        *_wrong_mode_or_date(session, act, program, data),
        *_wrong_body(session, program, body, removals),
    )
    _refuse(reasons)
    row = SteeringDecision(
        program_id=program.id or 0,
        mode=data["mode"].value,
        consents=orjson.loads(orjson.dumps(data["consents"])),
        includes=sorted(included),
        recorded_at=act.at,
        **{name: data[name] for name in ("effective_on", "decided_by", "decided_on")},
        **{name: data[name] for name in ("case_number", "reason")},
    )
    session.add(row)
    session.flush()
    before = shown_of(session, *(removal.allocation for removal in removals))
    _take_along(session, program, row, removals)
    after = shown_decision(session, row)
    record(session, act, "steering.decided", path_of(program, row), after=after)
    record_changes(session, act, (removal.allocation for removal in removals), before)
    return row


def _refuse(reasons: Sequence[Reason]) -> None:
    if reasons:
        raise SteeringChangeRefused(
            "Styrningen kan inte ändras så; skälen anger vad som hindrar det.",
            "The steering can't be changed so; the reasons say what is in the way.",
            reasons,
        )


def _check_consents(session: Session, act: Act, consents: Sequence[Mapping[str, Any]]) -> None:
    for index, consent in enumerate(consents):
        pointer = f"/consents/{index}"
        named_in_body(session, Department, consent["department"], f"{pointer}/department")
        named_in_body(session, Body, consent["decided_by"], f"{pointer}/decided_by")
        refuse_future(act, consent["decided_on"], f"{pointer}/decided_on")


def _included(session: Session, program: Program, data: Mapping[str, Any]) -> set[int]:
    found = set()
    for index, code in enumerate(data["includes"]):
        pointer = f"/includes/{index}"
        investment = named_in_body(session, Investment, code, pointer)
        if investment.program_id != program.id:
            raise InvalidBody.at(
                pointer, f"{code} hör inte till programmet.", f"{code} is not in the program."
            )
        if not _is_past(session, investment, data["effective_on"]):
            raise InvalidBody.at(
                pointer,
                f"{code} har inte passerat genomförandet och följer med ändå; ta bort den.",
                f"{code} is not past implementation and follows anyway; leave it out.",
            )
        found.add(investment.id or 0)
    return found


def _is_past(session: Session, investment: Investment, on: date) -> bool:
    template = template_of(session.get_one(GateTemplate, investment.template_id))
    rows = gates.find_decisions(session, investment.id or 0)
    return past_realisation(template, gates.decision_facts(rows))(on)


def _removals(
    session: Session, program: Program, data: Mapping[str, Any], included: set[int]
) -> list[Removal]:
    """Allocations from the change's year on, of investments that follow.

    To full what is in a department's pool, to partial what is in this program's; money of another
    program is not for this decision to move.
    """
    own = Holder(program_id=program.id)
    is_to_full = data["mode"] is Steering.FULL
    query = (
        select(Allocation, Investment, Pool)
        .join(Investment, col(Investment.id) == col(Allocation.investment_id))
        .join(Pool, col(Pool.id) == col(Allocation.pool_id))
        .where(Investment.program_id == program.id, Allocation.year >= data["effective_on"].year)
        .order_by(col(Allocation.id))
    )
    found, follows = [], dict.fromkeys(included, True)
    for allocation, investment, pool in session.exec(query):
        id = investment.id or 0
        if id not in follows:
            follows[id] = not _is_past(session, investment, data["effective_on"])
        leaves = pool.department is not None if is_to_full else pool.program_id == program.id
        if follows[id] and leaves:
            holder = own if is_to_full else Holder(department=investment.department)
            key = PoolKey(holder, allocation.year, Type(allocation.type))
            found.append(Removal(allocation, pool, key))
    return found


def _open_reallocations(session: Session, act: Act, program: Program) -> Iterator[Reason]:
    listed = [str(row.id) for row in repository.find_open(session, program, act.today)]
    if listed:
        numbers = ", ".join(listed)
        yield broken(
            "S6",
            f"Omfördelning nr {numbers} är öppen; genomför eller avsluta den först.",
            f"Reallocation no. {numbers} is open; carry it out or end it first.",
        )


def _wrong_mode_or_date(
    session: Session, act: Act, program: Program, data: Mapping[str, Any]
) -> Iterator[Reason]:
    history = steering_histories(session, [program.id or 0])[program.id or 0]
    decided_on, effective_on = data["decided_on"], data["effective_on"]
    if history.of_program(effective_on) is data["mode"]:
        mode = within(STEERING[data["mode"]])
        yield broken(
            "S6",
            f"Programmet har redan {mode.sv} den {effective_on}; välj en annan dag.",
            f"The program has {mode.en} already on {effective_on}; choose another date.",
        )
    if decided_on > act.today:
        yield broken(
            "S6",
            f"Beslutsdagen {decided_on} ligger i framtiden; registrera beslutet när det är fattat.",
            f"The date {decided_on} is in the future; register the decision when it is made.",
        )
    last = history.changes[-1].effective_on if history.changes else None
    if last is not None and effective_on <= last:
        yield broken(
            "S6",
            f"Den senaste ändringen gäller från {last}; ange en senare dag.",
            f"The last change is in force from {last}; give a later date.",
        )
    yield from _out_of_reach(decided_on, effective_on)


def _out_of_reach(decided_on: date, effective_on: date) -> Iterator[Reason]:
    if effective_on < decided_on:
        yield broken(
            "S6",
            f"Styrningen kan inte ändras från {effective_on}, före beslutet {decided_on}.",
            f"The steering can't change on {effective_on}, before the decision of {decided_on}.",
        )
    if (effective_on - decided_on).days > LONGEST_LEAD_DAYS:
        # A year mistyped could never be corrected: decisions are not changed, only followed.
        yield broken(
            "S6",
            f"Styrningen ändras senast tre år efter beslutet; {effective_on} är för långt fram.",
            f"The steering changes within three years of the decision; {effective_on} is too far "
            "ahead.",
        )


def _wrong_body(
    session: Session, program: Program, body: Body, removals: Sequence[Removal]
) -> Iterator[Reason]:
    leaving = any(
        removal.former.department is not None and removal.allocation.amount > 0
        for removal in removals
    )
    if leaving:
        if body.level != Level.COUNCIL.value:
            yield broken(
                "S6",
                f"Ramar lämnar en nämnd: det beslutar fullmäktige, inte {body.code}.",
                f"Frames leave a committee: the council decides that, not {body.code}.",
            )
        return
    due = named_in_body(session, Body, program.deciding_body, "/decided_by")
    if body.code != due.code and Level(body.level).rank <= Level(due.level).rank:
        yield broken(
            "S6",
            f"Här beslutar {due.code} eller ett högre organ, inte {body.code}.",
            f"Here {due.code} or a higher body decides, not {body.code}.",
        )


def _take_along(
    session: Session, program: Program, row: SteeringDecision, removals: Sequence[Removal]
) -> None:
    """Move the allocations with their frames; what is in reserve stays where it is."""
    keys = {removal.key for removal in removals}
    former = {removal.former.id or 0 for removal in removals}
    targets = budget.hold_pools(session, keys, besides=former)
    budget.lock_allocations(session, [removal.allocation.id or 0 for removal in removals])
    for key in sorted(keys, key=lambda key: (key.holder.order, key.year, key.type)):
        pool = targets[key] = targets.get(key) or budget.make_pool(session, key)
        coming = sum(removal.allocation.amount for removal in removals if removal.key == key)
        if pool.frame + coming > LARGEST:
            _refuse([_too_large(key.year)])
    basis = Basis(
        kind=EntryKind.STEERING,
        resource=path_of(program, row),
        dated_on=row.effective_on,
        recorded_at=row.recorded_at,
        decided_by=row.decided_by,
        case_number=row.case_number,
    )
    for removal in removals:
        pool = targets[removal.key]
        pools = {removal.former.id or 0: removal.former, pool.id or 0: pool}
        ledger.rehouse(session, basis, removal.allocation, pool, pools)


def _too_large(year: int) -> Reason:
    largest = format_amount(LARGEST)
    return broken(
        "S5",
        f"Ramen för {year} blir mer än {largest} kronor; minska tilldelningarna först.",
        f"The frame of {year} becomes more than SEK {largest}; lower the allocations first.",
    )


def shown_decision(session: Session, row: SteeringDecision) -> dict[str, Any]:
    sides = repository.sides(session, row.includes)
    return {
        "id": row.id,
        "mode": row.mode,
        "effective_on": row.effective_on.isoformat(),
        "decided_by": row.decided_by,
        "decided_on": row.decided_on.isoformat(),
        "case_number": row.case_number,
        "reason": row.reason,
        "consents": row.consents,
        "includes": [sides[id].code for id in row.includes],
        "recorded_at": rfc3339(row.recorded_at),
    }


def shown_initial(program: Program) -> dict[str, Any]:
    """What the program began with, by its mandate."""
    names = ("decided_by", "decided_on", "case_number")
    return {"mode": program.steering, **{name: program.mandate[name] for name in names}}

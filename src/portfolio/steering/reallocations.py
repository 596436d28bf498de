"""Moving money between a program's investments: proposing, agreeing, and carrying it out."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import orjson
from sqlmodel import Session

from portfolio.access.rules import Caller, Role
from portfolio.budget.models import Pool, Reallocation, ReallocationConsent
from portfolio.budget.rules import PoolKey
from portfolio.budget.service import refuse_future
from portfolio.clock import Act
from portfolio.database.lookup import named_in_body
from portfolio.errors import Forbidden, InvalidBody, ReallocationRefused, Reason
from portfolio.events.service import record
from portfolio.investments.models import Investment
from portfolio.organisation.models import Body
from portfolio.organisation.rules import Level
from portfolio.organisation.service import get_settings
from portfolio.programs.models import Program
from portfolio.steering import executing, matters
from portfolio.steering.matters import Matter, path_of, shown_matter
from portfolio.steering.rules import SWEDISH, Party, ReallocationStatus, broken

# An open reallocation stands in the way of a change of steering.
LONGEST_DAYS = 1000


def propose(session: Session, act: Act, program: Program, data: Mapping[str, Any]) -> Matter:
    """Propose a move of money; what needs nobody else's decision is executed at once (S3, S4).

    Raises:
        InvalidBody: The investments are not two of the program's, or the dates don't fit.
        ReallocationRefused: One reason for each guard that stands in the way.
    """
    giver = _of_program(session, program, data["giver"], "/giver")
    receiver = _of_program(session, program, data["receiver"], "/receiver")
    dated_on = data["dated_on"] or act.today
    expires_on = data["expires_on"] or _expiry(session, act)
    _check(act, data, dated_on, expires_on)
    asked = {**data, "dated_on": dated_on}
    row = Reallocation(
        program_id=program.id or 0,
        giver_id=giver.id or 0,
        receiver_id=receiver.id or 0,
        type=data["type"].value,
        dated_on=dated_on,
        mode=matters.mode_of_move(session, program, (giver, receiver), asked).value,
        status=ReallocationStatus.PROPOSED.value,
        expires_on=expires_on,
        recorded_at=act.at,
        **{name: data[name] for name in ("year", "amount", "reason")},
    )
    session.add(row)
    session.flush()
    matter = matters.load(session, program, row, act.today)
    held = executing.hold(session, matter)
    _refuse(matters.obstacles(session, matter, data["to_type"]))
    matter = _told(session, act, program, row, "proposed")
    return matter if matter.missing else _executed(session, act, program, matter, held)


def _of_program(session: Session, program: Program, code: str, pointer: str) -> Investment:
    found = named_in_body(session, Investment, code, pointer)
    if found.program_id != program.id:
        raise InvalidBody.at(
            pointer,
            f"{code} hör inte till programmet; pengar flyttas inom ett program.",
            f"{code} is not in the program; money is moved within one program.",
        )
    return found


def _expiry(session: Session, act: Act) -> date:
    return act.today + timedelta(days=get_settings(session)["reallocation_days"])


def _check(act: Act, data: Mapping[str, Any], dated_on: date, expires_on: date) -> None:
    if data["giver"] == data["receiver"]:
        raise InvalidBody.at(
            "/receiver",
            "Givare och mottagare ska vara olika investeringar.",
            "Giver and receiver must be different investments.",
        )
    if data["amount"] == 0:
        raise InvalidBody.at("/amount", "Ange ett belopp över noll.", "Give an amount above zero.")
    refuse_future(act, dated_on, "/dated_on")
    if expires_on < act.today:
        raise InvalidBody.at(
            "/expires_on",
            "Förslaget skulle redan ha gått ut; ange ett senare datum.",
            "The proposal would have expired already; give a later date.",
        )
    if (expires_on - act.today).days > LONGEST_DAYS:
        raise InvalidBody.at(
            "/expires_on",
            f"Ett förslag är öppet i högst {LONGEST_DAYS} dagar; ange ett tidigare datum.",
            f"A proposal is open for {LONGEST_DAYS} days at most; give an earlier date.",
        )


def _refuse(reasons: Sequence[Reason]) -> None:
    if reasons:
        raise ReallocationRefused(
            "Omfördelningen kan inte göras; skälen anger vad som hindrar den.",
            "The reallocation can't be made; the reasons say what is in the way.",
            reasons,
        )


def _told(
    session: Session,
    act: Act,
    program: Program,
    row: Reallocation,
    done: str,
    before: dict[str, Any] | None = None,
) -> Matter:
    """The matter as it is now, with an event that says what was done."""
    matter = matters.load(session, program, row, act.today)
    after = shown_matter(program, matter)
    action = f"reallocation.{done}"
    record(session, act, action, path_of(program, row), before=before, after=after)
    return matter


def _executed(
    session: Session,
    act: Act,
    program: Program,
    matter: Matter,
    held: Mapping[PoolKey, Pool],
) -> Matter:
    """Move the money, with an event of its own besides those of the allocations."""
    before = shown_matter(program, matter)
    executing.execute(session, act, program, matter, held)
    return _told(session, act, program, matter.row, "executed", before)


def require_say(caller: Caller, matter: Matter) -> None:
    """A department answers only for its own investments (S4)."""
    if caller.role is Role.DEPARTMENT and not matter.concerns(caller.department):
        raise Forbidden(
            f"Frågan ligger inte hos {caller.department}; bara berörda förvaltningar svarar, och "
            "bara under partiell styrning.",
            f"This is not for {caller.department} to say; only the departments concerned answer, "
            "and only under partial steering.",
        )


def consent(
    session: Session,
    act: Act,
    caller: Caller,
    program: Program,
    matter: Matter,
    data: Mapping[str, Any],
) -> Matter:
    """A department's decision that the money may move; the last one needed moves it (S4).

    Raises:
        Forbidden: It is another department's to give.
        InvalidBody: It is not clear for whom, or who decided.
        ReallocationRefused: It is not needed, not open, or not decided by the right body.
    """
    party = _party(caller, matter, data["party"])
    body = named_in_body(session, Body, data["decided_by"], "/decided_by")
    refuse_future(act, data["decided_on"], "/decided_on")
    _refuse([*_unwanted(matter, party), *_wrong_committee(matter, party, body, data)])
    return _agree(session, act, program, matter, party, data)


def _party(caller: Caller, matter: Matter, asked: str | None) -> Party:
    if matter.giver.department == matter.receiver.department:
        return Party.BOTH
    own = {matter.giver.department: Party.GIVER, matter.receiver.department: Party.RECEIVER}
    if caller.role is not Role.DEPARTMENT:
        if asked is None:
            raise InvalidBody.at(
                "/party",
                "Ange vems samtycke det är: giver eller receiver.",
                "Say whose consent it is: giver or receiver.",
            )
        return Party(asked)
    party = own[caller.department or ""]
    if asked is not None and party != asked:
        raise Forbidden(
            f"{caller.department} kan bara samtycka för egen del, som {party}.",
            f"{caller.department} can only consent for itself, as {party}.",
        )
    return party


def _unwanted(matter: Matter, party: Party) -> list[Reason]:
    reasons = _ended(matter)
    given = next((one for one in matter.consents if one.party == party), None)
    if not reasons and given is not None and not matter.counts(given):
        reasons.extend(matters.changed_hands(matter))
    elif not reasons and given is not None:
        reasons.append(
            broken(
                matter.rule,
                f"Beslutet av {given.decided_by} {given.decided_on}, {given.case_number}, finns "
                f"redan här för {SWEDISH[party]}; inget mer behövs av den.",
                f"The decision of {given.decided_by} of {given.decided_on}, {given.case_number}, "
                f"is here already for the {party}; nothing more is needed of it.",
            )
        )
    elif not reasons and party not in matter.needed:
        reasons.append(
            broken(
                matter.rule,
                "Omfördelningen behöver inte det beslutet.",
                "The reallocation does not need that decision.",
            )
        )
    return reasons


def _ended(matter: Matter) -> list[Reason]:
    if matter.is_open:
        return []
    return [
        broken(
            matter.rule,
            f"Omfördelningen är {SWEDISH[matter.status]}, inte öppen; lägg ett nytt förslag.",
            f"The reallocation is {matter.status}, not open; propose a new one.",
        )
    ]


def _wrong_committee(
    matter: Matter, party: Party, body: Body, data: Mapping[str, Any]
) -> list[Reason]:
    side = matter.receiver if party is Party.RECEIVER else matter.giver
    delegated = body.level == Level.OFFICIAL.value and data["delegation"] is not None
    if body.code == side.committee or delegated:
        return []
    return [
        broken(
            "S4",
            f"{side.department} samtycker genom {side.committee}, eller en tjänsteperson på "
            "delegation.",
            f"{side.department} consents by {side.committee}, or an official by delegation.",
        )
    ]


def approve(
    session: Session,
    act: Act,
    caller: Caller,
    program: Program,
    matter: Matter,
    data: Mapping[str, Any],
) -> Matter:
    """The decision of the body above the departments, or above the coordinator (S3, S4)."""
    if not caller.registers_for(data["decided_by"]):
        raise Forbidden(
            f"Nyckeln registrerar inte beslut av {data['decided_by']}.",
            f"The key does not register decisions of {data['decided_by']}.",
        )
    body = named_in_body(session, Body, data["decided_by"], "/decided_by")
    refuse_future(act, data["decided_on"], "/decided_on")
    due = named_in_body(session, Body, matter.body, "/decided_by")
    reasons = _unwanted(matter, Party.BODY)
    if body.code != due.code and Level(body.level).rank <= Level(due.level).rank:
        reasons.append(
            broken(
                matter.rule,
                f"Här beslutar {due.code} eller ett högre organ, inte {body.code}.",
                f"Here {due.code} or a higher body decides, not {body.code}.",
            )
        )
    _refuse(reasons)
    return _agree(session, act, program, matter, Party.BODY, data)


def _agree(
    session: Session,
    act: Act,
    program: Program,
    matter: Matter,
    party: Party,
    data: Mapping[str, Any],
) -> Matter:
    row, before = matter.row, shown_matter(program, matter)
    session.add(
        ReallocationConsent(
            reallocation_id=row.id or 0,
            party=party.value,
            department=matter.department(party),
            decided_by=data["decided_by"],
            decided_on=data["decided_on"],
            case_number=data["case_number"],
            delegation=orjson.loads(orjson.dumps(data.get("delegation"))),
            recorded_at=act.at,
        )
    )
    session.flush()
    after = matters.load(session, program, row, act.today)
    row.status = after.status.value
    session.add(row)
    session.flush()
    done = "approved" if party is Party.BODY else "consented"
    after = _told(session, act, program, row, done, before)
    if after.missing:
        return after
    held = executing.hold(session, after)
    # Where a guard stands in the way the consent counts all the same; `blocked_by` says why.
    if matters.obstacles(session, after):
        return after
    return _executed(session, act, program, after, held)


def execute(session: Session, act: Act, caller: Caller, program: Program, matter: Matter) -> Matter:
    """Carry out what everybody needed has agreed to, now that the guards allow it (S3, S4).

    Raises:
        Forbidden: Under full steering the coordinator does, under partial the departments.
        ReallocationRefused: Every consent that is missing and every guard in the way.
    """
    require_say(caller, matter)
    if caller.role is Role.COORDINATOR and not matter.is_full:
        raise Forbidden(
            "Under partiell styrning verkställer en av förvaltningarna.",
            "Under partial steering one of the departments carries it out.",
        )
    _refuse(_ended(matter))
    held = executing.hold(session, matter)
    _refuse([*_lacking(matter), *matters.obstacles(session, matter)])
    return _executed(session, act, program, matter, held)


def _lacking(matter: Matter) -> list[Reason]:
    names = [(party, matter.department(party) or matter.body) for party in matter.missing]
    return [
        broken(
            matter.rule,
            f"Beslut av {name} ({party}) saknas.",
            f"The decision of {name} ({party}) is missing.",
        )
        for party, name in names
    ]


def decline(
    session: Session, act: Act, caller: Caller, program: Program, matter: Matter, reason: str
) -> Matter:
    """Somebody whose decision it needs says no, and why (S4)."""
    require_say(caller, matter)
    above = Party.BODY in matter.needed or matter.is_full or not matter.is_open
    deciding = {matter.body} if above else set()
    if not matter.is_full:
        sides = (matter.giver, matter.receiver)
        deciding |= {side.committee for side in sides if side.committee is not None}
    if not any(caller.registers_for(body) for body in deciding):
        raise Forbidden(
            "Nyckeln registrerar inte för något organ som beslutar här.",
            "The key registers for no body that decides here.",
        )
    return _end(session, act, program, matter, ReallocationStatus.DECLINED, reason)


def withdraw(session: Session, act: Act, program: Program, matter: Matter) -> Matter:
    """The coordinator takes the proposal back."""
    return _end(session, act, program, matter, ReallocationStatus.WITHDRAWN, None)


def _end(
    session: Session,
    act: Act,
    program: Program,
    matter: Matter,
    status: ReallocationStatus,
    reason: str | None,
) -> Matter:
    _refuse(_ended(matter))
    row, before = matter.row, shown_matter(program, matter)
    row.status, row.closed_on, row.decline_reason = status.value, act.today, reason
    session.add(row)
    session.flush()
    return _told(session, act, program, row, status.value, before)

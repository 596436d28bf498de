"""Frames and allocations: granting a year's money, and sharing it out (S5)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from portfolio.amounts import format_amount
from portfolio.budget import ledger, repository
from portfolio.budget.ledger import Basis
from portfolio.budget.models import Allocation, Frame, Pool
from portfolio.budget.rules import (
    EntryKind,
    FrameKind,
    Holder,
    PoolKey,
    Posting,
    allocating,
    granting,
)
from portfolio.budget.showing import booked_on, shown_allocation, shown_allocations, shown_frame
from portfolio.clock import Act
from portfolio.database.lookup import named_in_body
from portfolio.errors import InvalidBody, Reason, Refused
from portfolio.events.service import record
from portfolio.gates.modes import mode_on
from portfolio.investments.models import Investment
from portfolio.investments.rules import Status
from portfolio.language import Text
from portfolio.money.service import LARGEST
from portfolio.organisation.models import Body, Department
from portfolio.organisation.rules import Level
from portfolio.programs.models import Program
from portfolio.programs.rules import Steering

FRAME_FIELDS = ("amount", "kind", "from_year", "decided_by", "decided_on", "case_number")


def refusal(rule: str, sv: str, en: str) -> Refused:
    """A refusal for one reason, which is all that needs to be said."""
    return Refused(sv, en, [Reason(rule, Text(sv, en))])


def holder_of(session: Session, investment: Investment, year: int) -> Holder:
    """Who holds the money of an investment for a year: by its mode at the end of that year.

    A change of steering moves the money of its own year and the later ones, so earlier years stay
    with whoever had them.
    """
    if mode_on(session, investment, date(year, 12, 31)) is Steering.FULL:
        return Holder(program_id=investment.program_id)
    return Holder(department=investment.department)


def register_frame(session: Session, act: Act, data: Mapping[str, Any]) -> Frame:
    """Money granted for a year, as the minutes say.

    Raises:
        InvalidBody: The fields don't go together, or name what is not there.
        Refused: The pool has its original frame, or a reserve does not hold what is taken (S5).
    """
    holder = _holder_named(session, data)
    body = named_in_body(session, Body, data["decided_by"], "/decided_by")
    _check_frame(act, data)
    _refuse_self_granting(body, data["kind"])
    key = PoolKey(holder, data["year"], data["type"])
    former_key = PoolKey(holder, data["from_year"] or data["year"], data["type"])
    held = repository.hold_pools(session, [key, former_key])
    pool = held.get(key) or repository.make_pool(session, key)
    former = held.get(former_key) if data["kind"] is FrameKind.CARRY_OVER else None
    _refuse_repeated(session, pool, data)
    if data["kind"] is FrameKind.CARRY_OVER and former is None:
        _refuse_from_nowhere(session, act, former_key)
    _refuse_frame(session, pool, former, data)
    frame = Frame(
        pool_id=pool.id or 0,
        recorded_at=act.at,
        **{name: data[name] for name in FRAME_FIELDS},
    )
    session.add(frame)
    session.flush()
    _post_frame(session, frame, pool, former)
    record(session, act, "frame.registered", frame_path(frame), after=shown_frame(session, frame))
    return frame


def frame_path(frame: Frame) -> str:
    return f"/v1/frames/{frame.id}"


def _post_frame(session: Session, frame: Frame, pool: Pool, former: Pool | None) -> None:
    postings: tuple[Posting, ...] = granting(pool.id or 0, frame.amount)
    pools = {pool.id or 0: pool}
    if former is not None:
        postings = granting(former.id or 0, -frame.amount) + postings
        pools[former.id or 0] = former
    basis = Basis(
        EntryKind.FRAME,
        frame_path(frame),
        frame.decided_on,
        frame.recorded_at,
        frame.decided_by,
        frame.case_number,
    )
    ledger.post(session, basis, postings, pools)


def _holder_named(session: Session, data: Mapping[str, Any]) -> Holder:
    if data["program"] is not None:
        program = named_in_body(session, Program, data["program"], "/program")
        return Holder(program_id=program.id)
    department = named_in_body(session, Department, data["department"], "/department")
    return Holder(department=department.code)


def _check_frame(act: Act, data: Mapping[str, Any]) -> None:
    kind, amount, from_year = data["kind"], data["amount"], data["from_year"]
    if amount == 0 or (amount < 0 and kind is not FrameKind.SUPPLEMENTARY):
        raise InvalidBody.at(
            "/amount",
            "Ange ett belopp över noll; bara ett tilläggsanslag kan vara negativt.",
            "Give an amount above zero; only a supplementary frame may be negative.",
        )
    if (from_year is not None) != (kind is FrameKind.CARRY_OVER):
        raise InvalidBody.at(
            "/from_year",
            "Ange from_year vid kind=carry_over, och bara då.",
            "Give from_year with kind=carry_over, and only then.",
        )
    if from_year is not None and from_year >= data["year"]:
        raise InvalidBody.at(
            "/from_year",
            "Pengar förs över från ett tidigare år; ange ett sådant.",
            "Money is carried over from an earlier year; give one.",
        )
    refuse_future(act, data["decided_on"], "/decided_on")


def refuse_future(act: Act, on: date, pointer: str) -> None:
    """Nothing is registered before it is decided."""
    if on > act.today:
        raise InvalidBody.at(
            pointer,
            f"{on} har inte varit än; registrera när beslutet är fattat.",
            f"{on} has not been yet; register when it is decided.",
        )


def _refuse_self_granting(body: Body, kind: FrameKind) -> None:
    """Frames are granted from above; what is left of its own a committee may carry over (S4)."""
    is_above = Level(body.level).rank >= Level.EXECUTIVE_BOARD.rank
    if not is_above and kind is not FrameKind.CARRY_OVER:
        raise refusal(
            "S4",
            f"{body.code} kan inte bevilja en ram; det gör kommunfullmäktige eller "
            "kommunstyrelsen.",
            f"{body.code} can't grant a frame; the council or the executive board does.",
        )


def _refuse_repeated(session: Session, pool: Pool, data: Mapping[str, Any]) -> None:
    """A decision that is here already would give its money twice."""
    same = repository.find_same_frame(session, pool, data)
    if same is not None:
        raise refusal(
            "S5",
            f"Samma beslut är redan registrerat som {frame_path(same)}. Var det fel, ta tillbaka "
            "det med ett negativt tilläggsbeslut (supplementary).",
            f"The same decision is registered as {frame_path(same)} already. If that was wrong, "
            "take it back by a negative supplementary decision.",
        )


def _refuse_from_nowhere(session: Session, act: Act, former: PoolKey) -> None:
    """Only a year before the tool may lack a pool; else there is nothing to carry over (S5)."""
    first = repository.first_year(session, former.holder, former.type)
    if former.year <= act.today.year and (first is None or former.year < first):
        return
    raise refusal(
        "S5",
        f"Det finns ingen ram för {former.year} ({former.type}) att föra över pengar från; "
        "registrera den först, eller ange ett annat from_year.",
        f"There is no frame for {former.year} ({former.type}) to carry money over from; register "
        "it first, or give another from_year.",
    )


def _refuse_frame(
    session: Session, pool: Pool, former: Pool | None, data: Mapping[str, Any]
) -> None:
    if data["kind"] is FrameKind.ORIGINAL and repository.has_original(session, pool):
        raise refusal(
            "S5",
            f"Det finns redan en ursprunglig ram för {pool.year}; registrera ändringen som "
            "supplementary.",
            f"There is an original frame for {pool.year} already; register the change as "
            "supplementary.",
        )
    if former is not None:
        require_reserve(session, former, data["amount"])
    if data["amount"] < 0:
        require_reserve(session, pool, -data["amount"])
    if pool.frame + data["amount"] > LARGEST:
        raise InvalidBody.at(
            "/amount",
            f"Ramen blir mer än {format_amount(LARGEST)} kronor; minska beloppet.",
            f"The frame becomes more than SEK {format_amount(LARGEST)}; lower the amount.",
        )


def require_reserve(session: Session, pool: Pool, amount: int) -> None:
    """Refuse what the pool's reserve does not hold, and say whose and how much there is (S5)."""
    if amount <= pool.reserve:
        return
    program = session.get(Program, pool.program_id) if pool.program_id else None
    holder = program.code if program else pool.department
    there, asked = format_amount(pool.reserve), format_amount(amount)
    raise refusal(
        "S5",
        f"Reserven hos {holder} för {pool.year} är {there} kronor och räcker inte till {asked}; "
        "ta högst det, eller utöka ramen först.",
        f"The reserve of {holder} for {pool.year} is SEK {there}, which does not hold {asked}; "
        "take at most that, or add to the frame first.",
    )


def allocate(session: Session, act: Act, data: Mapping[str, Any]) -> Allocation:
    """Give an investment money of a year from the reserve of its pool.

    Raises:
        InvalidBody: There is no such investment.
        Refused: It has an allocation, no pool holds its money, or the reserve is too small (S5).
    """
    investment = named_in_body(session, Investment, data["investment"], "/investment")
    lock_program_of(session, investment)
    _refuse_closed(investment)
    key = PoolKey(holder_of(session, investment, data["year"]), data["year"], data["type"])
    pool = repository.hold_pools(session, [key]).get(key)
    if pool is None:
        raise _no_pool(session, key)
    if repository.find_allocation(session, investment.id or 0, key.year, key.type) is not None:
        raise refusal(
            "S5",
            f"{investment.code} har redan en tilldelning för {key.year}; ändra den med PATCH.",
            f"{investment.code} has an allocation for {key.year} already; change it by PATCH.",
        )
    require_reserve(session, pool, data["amount"])
    _refuse_commitment(data["committed"], data["amount"])
    row = add_allocation(session, investment, pool)
    row.committed = data["committed"]
    _change_amount(session, act, row, pool, data["amount"])
    after = shown_allocation(session, row)
    record(session, act, "allocation.made", allocation_path(row), after=after)
    return row


def _refuse_closed(investment: Investment) -> None:
    if investment.status in (Status.STOPPED.value, Status.COMPLETED.value):
        raise refusal(
            "S3",
            f"{investment.code} är stoppad eller avslutad och kan inte tilldelas pengar; välj en "
            "annan investering.",
            f"{investment.code} is stopped or completed and can't be allocated money; choose "
            "another investment.",
        )


def shown_of(session: Session, *rows: Allocation | None) -> dict[int, dict[str, Any]]:
    """Those that are there, as they are before something else than a PATCH moves their money."""
    return shown_allocations(session, [row for row in rows if row is not None])


def record_changes(
    session: Session, act: Act, rows: Iterable[Allocation], before: Mapping[int, dict[str, Any]]
) -> None:
    """An event for each allocation that a reallocation or a change of steering moved."""
    for row in rows:
        former = before.get(row.id or 0)
        action = "allocation.changed" if former else "allocation.made"
        after = shown_allocation(session, row)
        record(session, act, action, allocation_path(row), before=former, after=after)


def lock_program_of(session: Session, investment: Investment) -> None:
    """All money of a program moves one movement at a time."""
    if investment.program_id is not None:
        repository.lock_holder(session, Holder(program_id=investment.program_id))


def add_allocation(session: Session, investment: Investment, pool: Pool) -> Allocation:
    """An empty allocation in a pool that is locked."""
    row = Allocation(
        investment_id=investment.id or 0,
        pool_id=pool.id or 0,
        year=pool.year,
        type=pool.type,
        amount=0,
    )
    session.add(row)
    session.flush()
    return row


def allocation_path(row: Allocation) -> str:
    return f"/v1/allocations/{row.id}"


def _no_pool(session: Session, key: PoolKey) -> Refused:
    program = session.get(Program, key.holder.program_id) if key.holder.program_id else None
    who = program.code if program else key.holder.department
    return refusal(
        "S5",
        f"{who} har ingen ram för {key.year} ({key.type}); registrera den under /v1/frames först.",
        f"{who} has no frame for {key.year} ({key.type}); register it at /v1/frames first.",
    )


def _refuse_commitment(committed: int, amount: int) -> None:
    if committed > amount:
        raise refusal(
            "S3",
            f"Tilldelningen är {format_amount(amount)} kronor; mer än så kan inte bindas. "
            "Höj tilldelningen först.",
            f"The allocation is SEK {format_amount(amount)}; no more can be committed. Raise the "
            "allocation first.",
        )


def _change_amount(session: Session, act: Act, row: Allocation, pool: Pool, amount: int) -> None:
    added = amount - row.amount
    row.amount = amount
    session.add(row)
    session.flush()
    if added:
        basis = Basis(EntryKind.ALLOCATION, allocation_path(row), act.today, act.at)
        postings = allocating(pool.id or 0, row.investment_id, added)
        ledger.post(session, basis, postings, {pool.id or 0: pool})


def lock_allocation(session: Session, allocation_id: int) -> tuple[Allocation, Pool]:
    """An allocation and its pool, as they are once nobody else is changing them."""
    found = repository.get_allocation(session, allocation_id)
    lock_program_of(session, session.get_one(Investment, found.investment_id))
    # A change of steering may have moved it while we waited; from now on nothing does.
    session.refresh(found)
    pool = repository.lock_pools(session, [found.pool_id])[found.pool_id]
    return repository.lock_allocations(session, [allocation_id])[allocation_id], pool


def change_allocation(
    session: Session, act: Act, row: Allocation, pool: Pool, changes: Mapping[str, Any]
) -> None:
    """Change what is allocated, what of it is committed, or both.

    Raises:
        Refused: The reserve is too small (S5), or what is committed or booked would no longer be
            within the allocation (S3).
    """
    if not changes:
        return
    before = shown_allocation(session, row)
    amount = changes.get("amount", row.amount)
    committed = changes.get("committed", row.committed)
    if committed > row.committed:
        _refuse_commitment(committed, amount)
    if amount < row.amount:
        _refuse_shrinking(session, row, amount, committed)
    require_reserve(session, pool, max(amount - row.amount, 0))
    row.committed = committed
    _change_amount(session, act, row, pool, amount)
    after = shown_allocation(session, row)
    record(session, act, "allocation.changed", allocation_path(row), before=before, after=after)


def _refuse_shrinking(session: Session, row: Allocation, amount: int, committed: int) -> None:
    used = max(committed, booked_on(session, row))
    if amount < used:
        raise refusal(
            "S3",
            f"{format_amount(used)} kronor är bundna eller bokförda; sänk inte under det.",
            f"SEK {format_amount(used)} is committed or booked; don't go below that.",
        )

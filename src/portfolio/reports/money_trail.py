"""Where an investment's money comes from and where it went, in the order of its dates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import Session, col, select

from portfolio.accounts.repository import Booked, postings_of
from portfolio.amounts import format_amount
from portfolio.budget.ledger import investment_codes
from portfolio.budget.models import LedgerEntry, LedgerPosting, Pool
from portfolio.budget.rules import Account, EntryKind
from portfolio.gates import repository as gates
from portfolio.gates.rules import Decision, effective
from portfolio.investments.models import Investment
from portfolio.investments.service import resource
from portfolio.money.models import PlanLine
from portfolio.money.repository import amounts
from portfolio.money.rules import Series, Type, totals


class MoneyKind(StrEnum):
    """What happened to the money, in the order in which it is listed on a date."""

    DECIDED = "decided"
    RELEASED = "released"
    ALLOCATED = "allocated"
    MOVED_FROM = "moved_from"
    MOVED_TO = "moved_to"
    BOOKED = "booked"


# Date, kind, number and text: what a page begins after.
Order = tuple[str, int, int, str]


@dataclass(frozen=True, slots=True)
class Movement:
    """One amount, in öre: what leaves the investment is negative."""

    kind: MoneyKind
    dated_on: date
    number: int
    amount: int
    reference: str
    type: str | None = None
    year: int | None = None
    decided_by: str | None = None
    case_number: str | None = None
    counterpart: str | None = None

    @property
    def order(self) -> Order:
        detail = orjson.dumps([self.reference, self.type, self.year]).decode()
        return self.dated_on.isoformat(), list(MoneyKind).index(self.kind), self.number, detail

    def shown(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "date": self.dated_on.isoformat(),
            "case_number": self.case_number,
            "decided_by": self.decided_by,
            "type": self.type,
            "year": self.year,
            "amount": format_amount(self.amount),
            "reference": self.reference,
            "counterpart": self.counterpart,
        }


@dataclass(frozen=True, slots=True)
class Trail:
    """All movements in order, and the decision whose amounts are the decided ones."""

    movements: Sequence[Movement]
    deciding: str | None

    def totals(self) -> list[dict[str, Any]]:
        """A sum for each kind; of what is decided, the newest decision's alone."""
        return [self._total(kind) for kind in MoneyKind]

    def _total(self, kind: MoneyKind) -> dict[str, Any]:
        counted = [
            one
            for one in self.movements
            if one.kind is kind
            and (kind is not MoneyKind.DECIDED or one.reference == self.deciding)
        ]
        by_type = {
            type.value: format_amount(sum(one.amount for one in counted if one.type == type))
            for type in Type
        }
        return {
            "kind": kind.value,
            "total": format_amount(sum(one.amount for one in counted)),
            # A release is not made by type.
            **(dict.fromkeys(by_type) if kind is MoneyKind.RELEASED else by_type),
        }


def money_trail(
    session: Session, investment: Investment, as_of: date | None, known_at: datetime | None
) -> Trail:
    """Everything that happened to the money up to a date, as known at a time (M4).

    Decisions that were superseded are left out, as in every state that follows from them (G10).
    """
    decisions = _decisions(session, investment, as_of, known_at)
    found = [
        *_decided(session, investment, decisions),
        *_released(investment, decisions),
        *_moved(session, investment, as_of, known_at),
        *_booked(session, investment, as_of, known_at),
    ]
    deciding = [one for one in decisions if one.decides_lines]
    return Trail(
        sorted(found, key=lambda one: one.order),
        _reference(investment, deciding[-1]) if deciding else None,
    )


def _decisions(
    session: Session, investment: Investment, as_of: date | None, known_at: datetime | None
) -> list[Decision]:
    rows = gates.find_decisions(session, investment.id or 0)
    known = [row for row in rows if known_at is None or row.recorded_at <= known_at]
    facts = effective(gates.decision_facts(known))
    return [fact for fact in facts if as_of is None or fact.decided_on <= as_of]


def _reference(investment: Investment, decision: Decision) -> str:
    return f"{resource(investment)}/decisions/{decision.id}"


def _decided(
    session: Session, investment: Investment, decisions: Sequence[Decision]
) -> Iterator[Movement]:
    deciding = {one.id: one for one in decisions if one.decides_lines}
    query = select(PlanLine).where(
        PlanLine.investment_id == investment.id, PlanLine.series == Series.DECIDED.value
    )
    lines: dict[tuple[int, str], list[PlanLine]] = {}
    for line in session.exec(query):
        if line.decision_id in deciding:
            lines.setdefault((line.decision_id or 0, line.type), []).append(line)
    for (decision_id, kind), listed in lines.items():
        decision = deciding[decision_id]
        yield Movement(
            MoneyKind.DECIDED,
            decision.decided_on,
            decision_id,
            totals(amounts(listed)).net,
            _reference(investment, decision),
            type=kind,
            decided_by=decision.decided_by,
            case_number=decision.case_number,
        )


def _released(investment: Investment, decisions: Sequence[Decision]) -> Iterator[Movement]:
    for decision in decisions:
        if decision.released:
            yield Movement(
                MoneyKind.RELEASED,
                decision.decided_on,
                decision.id,
                decision.released,
                _reference(investment, decision),
                decided_by=decision.decided_by,
                case_number=decision.case_number,
            )


def _moved(
    session: Session, investment: Investment, as_of: date | None, known_at: datetime | None
) -> Iterator[Movement]:
    own = select(LedgerPosting.entry_id).where(LedgerPosting.investment_id == investment.id)
    entries = select(LedgerEntry).where(col(LedgerEntry.id).in_(own))
    if as_of is not None:
        entries = entries.where(LedgerEntry.dated_on <= as_of)
    if known_at is not None:
        entries = entries.where(LedgerEntry.recorded_at <= known_at)
    postings = _allocation_postings(session, own)
    others = {posting.investment_id for listed in postings.values() for posting, _ in listed}
    codes = investment_codes(session, others)
    for entry in session.exec(entries):
        yield from _of_entry(investment, entry, postings.get(entry.id or 0, []), codes)


def _allocation_postings(
    session: Session, entry_ids: Any
) -> dict[int, list[tuple[LedgerPosting, Pool]]]:
    query = (
        select(LedgerPosting, Pool)
        .join(Pool, col(Pool.id) == col(LedgerPosting.pool_id))
        .where(
            LedgerPosting.account == Account.ALLOCATION.value,
            col(LedgerPosting.entry_id).in_(entry_ids),
        )
    )
    found: dict[int, list[tuple[LedgerPosting, Pool]]] = {}
    for posting, pool in session.exec(query):
        found.setdefault(posting.entry_id, []).append((posting, pool))
    return found


def _of_entry(
    investment: Investment,
    entry: LedgerEntry,
    postings: Sequence[tuple[LedgerPosting, Pool]],
    codes: dict[int | None, str],
) -> Iterator[Movement]:
    others = [posting.investment_id for posting, _ in postings]
    counterpart = next((codes.get(id) for id in others if id != investment.id), None)
    sums: dict[tuple[int, str], int] = {}
    for posting, pool in postings:
        if posting.investment_id == investment.id:
            key = (pool.year, pool.type)
            sums[key] = sums.get(key, 0) + posting.amount
    for (year, kind), amount in sums.items():
        # Where only the pool is another, nothing came to the investment or left it.
        if amount:
            yield Movement(
                _kind_of(entry, amount),
                entry.dated_on,
                entry.id or 0,
                amount,
                entry.resource,
                type=kind,
                year=year,
                decided_by=entry.decided_by,
                case_number=entry.case_number,
                counterpart=counterpart,
            )


def _kind_of(entry: LedgerEntry, amount: int) -> MoneyKind:
    if entry.kind == EntryKind.ALLOCATION:
        return MoneyKind.ALLOCATED
    return MoneyKind.MOVED_TO if amount > 0 else MoneyKind.MOVED_FROM


def _booked(
    session: Session, investment: Investment, as_of: date | None, known_at: datetime | None
) -> Iterator[Movement]:
    """A movement for each voucher, year and type."""
    posting, owned, condition = postings_of(Booked(as_of, known_at))
    columns: list[Any] = [
        posting.c[name] for name in ("ledger", "voucher", "voucher_date", "year", "type")
    ]
    query = (
        sa.select(*columns, sa.func.sum(posting.c.amount))
        .where(condition, owned.c.investment_id == investment.id)
        .group_by(*columns)
    )
    for ledger, voucher, dated_on, year, kind, amount in session.execute(query):
        reference = f"{ledger} {voucher}".strip()
        yield Movement(MoneyKind.BOOKED, dated_on, 0, int(amount), reference, type=kind, year=year)

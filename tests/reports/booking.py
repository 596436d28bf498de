"""Outcome and ledger entries, written straight to the tables, for tests of reports."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from portfolio.accounts.models import OutcomeImport, OutcomePosting
from portfolio.budget.ledger import Basis, post
from portfolio.budget.models import Pool
from portfolio.budget.rules import EntryKind, allocating, granting, moving
from portfolio.clock import now
from portfolio.database.engine import transaction
from portfolio.investments.models import Investment
from portfolio.investments.objects import refresh_outcome


def owning(object: str) -> dict[str, Any]:
    """The field of an investment that names one object of the accounts."""
    return {"accounting_objects": [{"ledger": "main", "dimension": "6", "object": object}]}


def book(
    engine: Engine,
    object: str,
    amount: int,
    on: str,
    *,
    type: str = "capital",
    voucher: str = "A1",
    recorded_at: datetime | None = None,
) -> None:
    """Öre booked on an object: expense positive, income negative."""
    dated_on, at = date.fromisoformat(on), recorded_at or now()
    with transaction(engine) as session:
        made = OutcomeImport(
            status="applied",
            ledger="main",
            year=dated_on.year,
            extent="part",
            source={},
            counts={},
            issues=[],
            impact={},
            created_at=at,
        )
        session.add(made)
        session.flush()
        posting = OutcomePosting(
            import_id=made.id or 0,
            ledger="main",
            year=dated_on.year,
            dimension="6",
            object=object,
            voucher=voucher,
            voucher_date=dated_on,
            account="1140" if type == "capital" else "5010",
            type=type,
            direction="expense" if amount >= 0 else "income",
            amount=amount,
            recorded_at=at,
        )
        session.add(posting)
        session.flush()
        refresh_outcome(session, list(session.exec(select(Investment))))


class Purse:
    """A department's pool of a year, and movements out of it."""

    def __init__(self, engine: Engine, amount: int, year: int = 2027) -> None:
        self.engine = engine
        with transaction(engine) as session:
            pool = Pool(department="FGK", year=year, type="capital")
            session.add(pool)
            session.flush()
            self.pool_id = pool.id or 0
        self._post(EntryKind.FRAME, "/v1/frames/1", "2026-06-17", granting(self.pool_id, amount))

    def allocate(self, code: str, amount: int, on: str = "2026-07-01") -> None:
        postings = allocating(self.pool_id, self._id(code), amount)
        self._post(EntryKind.ALLOCATION, "/v1/allocations/1", on, postings)

    def move(self, giver: str, receiver: str, amount: int, on: str) -> None:
        sides = ((self.pool_id, self._id(giver)), (self.pool_id, self._id(receiver)))
        where = "/v1/programs/lindangen/reallocations/1"
        self._post(EntryKind.REALLOCATION, where, on, moving(*sides, amount))

    def rehouse(self, code: str, amount: int, on: str) -> None:
        """The same investment's allocation, out of another pool from now on."""
        sides = (self.pool_id, self._id(code))
        where = "/v1/programs/lindangen/steering-decisions/1"
        self._post(EntryKind.STEERING, where, on, moving(sides, sides, amount))

    def _id(self, code: str) -> int:
        with transaction(self.engine) as session:
            return session.exec(select(Investment.id).where(Investment.code == code)).one() or 0

    def _post(self, kind: EntryKind, resource: str, on: str, postings: Any) -> None:
        basis = Basis(kind, resource, date.fromisoformat(on), now(), "council", "STK-2026-310")
        with transaction(self.engine) as session:
            pool = session.get_one(Pool, self.pool_id)
            post(session, basis, postings, {self.pool_id: pool})

"""Imports and their postings, many rows at a time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from portfolio.accounts.models import AccountingObject, OutcomeImport, OutcomePosting
from portfolio.accounts.repository import Booked, Outcome, in_force, outcome_sums
from portfolio.database.base import table
from portfolio.errors import NotFound
from portfolio.investments.models import Investment
from portfolio.outcome_imports.rules import Named, Owners, Posting, Status

# Rows at a time: below what a statement may have in parameters, on both engines.
MANY = 1_000

POSTING = table(OutcomePosting)


def get_import(session: Session, id: int, *, lock: bool = False) -> OutcomeImport:
    query = select(OutcomeImport).where(OutcomeImport.id == id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.exec(query).one_or_none()
    if row is None:
        raise NotFound(f"Det finns ingen utfallsimport {id}.", f"There is no outcome import {id}.")
    return row


def find_imports(session: Session, after: int, limit: int) -> list[OutcomeImport]:
    query = select(OutcomeImport).where(col(OutcomeImport.id) > after)
    return list(session.exec(query.order_by(col(OutcomeImport.id)).limit(limit)))


def lock_ledger(session: Session, row: OutcomeImport) -> None:
    """Nobody else applies an import of the ledger until the commit; `row` is as it is by then."""
    query = select(OutcomeImport.id).where(OutcomeImport.ledger == row.ledger)
    session.exec(query.order_by(col(OutcomeImport.id)).with_for_update()).all()
    session.refresh(row)


def find_owners(session: Session) -> Owners:
    """The objects of the accounts that investments name now."""
    owned = table(AccountingObject)
    columns: list[Any] = [owned.c.ledger, owned.c.dimension, owned.c.object, owned.c.investment_id]
    rows = session.execute(sa.select(*columns).where(owned.c.retracted_at.is_(None)))
    return {Named(ledger, dimension, name): owner for ledger, dimension, name, owner in rows}


def find_applied(session: Session, ledger: str, year: int | None) -> list[str]:
    """The hashes of the files that were applied to a ledger and year."""
    query = select(OutcomeImport.source).where(
        OutcomeImport.ledger == ledger,
        col(OutcomeImport.year) == year,
        OutcomeImport.status == Status.APPLIED.value,
    )
    return [source["sha256"] for source in session.exec(query)]


def find_standing(session: Session, ledger: str, year: int | None) -> set[str]:
    """The hashes of the applied files of which something is still in force."""
    booked = sa.select(POSTING.c.import_id).where(
        POSTING.c.ledger == ledger, POSTING.c.year == year, in_force(POSTING, None)
    )
    query = select(OutcomeImport.source).where(col(OutcomeImport.id).in_(booked))
    return {source["sha256"] for source in session.exec(query)}


def find_in_force(session: Session, ledger: str, year: int | None) -> Iterator[tuple[int, Posting]]:
    """What is booked in a ledger and year as known now, by the rows' ids."""
    return _find(
        session, POSTING.c.ledger == ledger, POSTING.c.year == year, in_force(POSTING, None)
    )


def find_previewed(session: Session, import_id: int) -> Iterator[tuple[int, Posting]]:
    return _find(session, POSTING.c.import_id == import_id, POSTING.c.recorded_at.is_(None))


def _find(session: Session, *where: Any) -> Iterator[tuple[int, Posting]]:
    columns = [POSTING.c.id, *(POSTING.c[name] for name in Posting._fields)]
    query = sa.select(*columns).where(*where).order_by(POSTING.c.id)
    for id, *fields in session.execute(query, execution_options={"yield_per": MANY}):
        yield id, Posting(*fields)


def vouchers_in_force(session: Session, ledger: str, year: int | None) -> set[str]:
    query = sa.select(POSTING.c.voucher).distinct()
    where = (POSTING.c.ledger == ledger, POSTING.c.year == year, in_force(POSTING, None))
    return {voucher for (voucher,) in session.execute(query.where(*where)) if voucher}


def keep_postings(session: Session, row: OutcomeImport, postings: Sequence[Posting]) -> None:
    """Keep what a file books; in force from when the import is applied."""
    shared = {"import_id": row.id, "ledger": row.ledger, "year": row.year, "recorded_at": None}
    for some in batches(postings):
        rows = [{**posting._asdict(), **shared} for posting in some]
        session.execute(sa.insert(POSTING), rows)


def set_in_force(session: Session, ids: Sequence[int], at: datetime) -> None:
    for some in batches(ids):
        session.execute(sa.update(POSTING).where(POSTING.c.id.in_(some)).values(recorded_at=at))


def retract(session: Session, ids: Sequence[int], at: datetime) -> None:
    for some in batches(ids):
        session.execute(sa.update(POSTING).where(POSTING.c.id.in_(some)).values(retracted_at=at))


def forget_previewed(session: Session, import_id: int) -> None:
    """Drop what was kept for a preview and never in force."""
    session.execute(
        sa.delete(POSTING).where(POSTING.c.import_id == import_id, POSTING.c.recorded_at.is_(None))
    )


def find_investments(
    session: Session, ids: Iterable[int], *, lock: bool = False
) -> list[Investment]:
    """By id; `lock` keeps other writers from them until the commit."""
    found: list[Investment] = []
    for some in batches(sorted(ids)):
        query = select(Investment).where(col(Investment.id).in_(some)).order_by(col(Investment.id))
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        found += session.exec(query)
    return found


def outcome_of(session: Session, ids: Iterable[int]) -> Outcome:
    """What is booked on investments, over all ledgers and years."""
    found: Outcome = {}
    for some in batches(sorted(ids)):
        found |= outcome_sums(session, Booked(), some)
    return found


def batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), MANY):
        yield items[start : start + MANY]

"""Reading a ledger file and comparing it with what is booked, without a lock on anything."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import Engine
from sqlmodel import Session

from portfolio.accounts.account_map import AccountMap
from portfolio.accounts.ledger_csv import CsvReader, Mapped
from portfolio.accounts.lines import Encoding, Survey, survey, unreadable
from portfolio.accounts.report import Head, Issue, Issues, ReaderLimits
from portfolio.accounts.rules import Type
from portfolio.accounts.service import load_map
from portfolio.accounts.sie import SieReader
from portfolio.accounts.wording import encoding_taken
from portfolio.amounts import format_amount
from portfolio.areas.reader_process import being_read
from portfolio.database.engine import snapshot
from portfolio.errors import InvalidBody
from portfolio.outcome_imports import judging, repository
from portfolio.outcome_imports.rules import (
    Comparison,
    Extent,
    Owners,
    Posting,
    Sorter,
    Tally,
    choose_dimensions,
    choose_ledger,
    compare,
    report_sorted,
    shifts,
    sums,
)

MOST_SHOWN = 1_000
# A large file takes hundreds of megabytes, so a process of the server reads two at once.
_readers = threading.BoundedSemaphore(2)
# Whoever waits keeps a thread that other requests need, so nobody waits long.
WAIT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """What the person who sends a file says about it; `mapped` only of a CSV file."""

    ledger: str | None = None
    dimension: str | None = None
    extent: Extent | None = None
    year: int | None = None
    encoding: Encoding | None = None
    mapped: Mapped | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """All that an import is about to say, and the postings that it will book."""

    ledger: str
    year: int | None
    extent: Extent
    source: dict[str, Any]
    counts: dict[str, int]
    issues: list[Issue]
    impact: dict[str, Any]
    postings: list[Posting]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A file that has been read: what it says of itself, and what became of its rows."""

    survey: Survey
    head: Head
    sorter: Sorter
    extent: Extent
    year: int | None
    # Whether neither the sender nor the file names the ledger that it is taken to be of.
    is_assumed: bool


def preview_file(
    engine: Engine, order: Order, file: BinaryIO, filename: str, limits: ReaderLimits
) -> Preview:
    """Read a file and compare it with what is in force of its ledger and year.

    No session of the caller's takes part: reading may take a minute, and on SQLite a session
    that is going to write locks out all others from its first statement on.

    Raises:
        UnreadableFile: It is neither SIE nor a CSV file with the columns that were named.
        TooManyAtOnce: Other files are being read.
    """
    if not _readers.acquire(timeout=WAIT_SECONDS):
        raise being_read()
    try:
        found = survey(file)
        with snapshot(engine) as session:
            owners, accounts = repository.find_owners(session), load_map(session)
        reading = _read(order, file, found, owners, accounts, limits)
        with snapshot(engine) as session:
            return _compared(session, reading, filename, owners)
    finally:
        _readers.release()


def preview_within(
    session: Session, order: Order, file: BinaryIO, filename: str, limits: ReaderLimits
) -> Preview:
    """The same with what a session has written and not committed, for a file that is short.

    Raises:
        UnreadableFile: It is neither SIE nor a CSV file with the columns that were named.
    """
    found = survey(file)
    owners, accounts = repository.find_owners(session), load_map(session)
    reading = _read(order, file, found, owners, accounts, limits)
    return _compared(session, reading, filename, owners)


def _read(
    order: Order,
    file: BinaryIO,
    found: Survey,
    owners: Owners,
    accounts: AccountMap,
    limits: ReaderLimits,
) -> _Reading:
    issues = Issues()
    encoding = order.encoding or found.encoding
    reader = _reader(order, file, found, encoding, issues, limits)
    if found.has_letters:
        issues.add("info", "encoding", encoding_taken(encoding))
    rows = reader.transactions()
    first = next(rows, None)
    # Only now the reader knows what the file says of itself.
    sorter = _sorter(order, reader.head, owners, accounts, issues)
    if first is not None:
        sorter.take(first)
        for row in rows:
            sorter.take(row)
    head = reader.head
    extent = order.extent or (Extent.WHOLE if head.whole else Extent.PART)
    report_sorted(sorter, extent)
    year = judging.judge_year(issues, head, order.year)
    judging.judge_head(issues, head, sorter.ledger)
    survey_taken = Survey(found.sha256, encoding, found.has_letters, found.is_sie)
    is_assumed = not order.ledger and sorter.ledger.strip() not in ("", *head.names)
    return _Reading(survey_taken, head, sorter, extent, year, is_assumed)


def _reader(
    order: Order,
    file: BinaryIO,
    found: Survey,
    encoding: Encoding,
    issues: Issues,
    limits: ReaderLimits,
) -> SieReader | CsvReader:
    if found.is_sie:
        return SieReader(file, encoding, issues, limits)
    if order.mapped is None:
        raise unreadable(
            "Filen är inte SIE: den börjar inte med #. Är den CSV, så ange date_column, "
            "account_column, amount_column och object_column.",
            "The file is not SIE: it does not begin with #. If it is CSV, give date_column, "
            "account_column, amount_column and object_column.",
        )
    return CsvReader(file, encoding, order.mapped, issues, limits)


def _sorter(
    order: Order, head: Head, owners: Owners, accounts: AccountMap, issues: Issues
) -> Sorter:
    named = {one.ledger for one in owners}
    ledger = choose_ledger(order.ledger, head.names, named)
    dimensions = choose_dimensions(order.dimension, ledger, owners)
    if head.format == "CSV" and len(dimensions) > 1:
        names = ", ".join(dimensions)
        raise InvalidBody.at(
            "/dimension",
            f"Ange vilken dimension kolumnen med objekt är: {names}.",
            f"Give the dimension that the column of objects is of: {names}.",
        )
    return Sorter(ledger, dimensions, owners, accounts, issues, parents=head.parents)


def _compared(session: Session, reading: _Reading, filename: str, owners: Owners) -> Preview:
    sorter, head, year = reading.sorter, reading.head, reading.year
    ledger, issues = sorter.ledger, sorter.issues
    applied = repository.find_applied(session, ledger, year)
    if reading.extent is Extent.PART:
        taken = repository.vouchers_in_force(session, ledger, year)
        standing = repository.find_standing(session, ledger, year)
        is_applied = reading.survey.sha256 in standing
        judging.judge_double(issues, head, taken, is_applied=is_applied)
    comparison = compare(
        repository.find_in_force(session, ledger, year),
        enumerate(sorter.postings),
        reading.extent,
    )
    if reading.is_assumed:
        judging.judge_assumed(issues, head, ledger, removes=bool(comparison.removed))
    counts = {**comparison.counts, "postings": len(sorter.postings), "applied": len(applied)}
    impact = {
        "investments": shown_shifts(session, comparison, ledger, owners),
        "unknown_objects": _shown_unknown(sorter.unknown),
    }
    return Preview(
        ledger,
        year,
        reading.extent,
        _shown_source(reading, filename),
        {**counts, **sums(sorter.postings)},
        issues.listed(),
        impact,
        [] if issues.has_errors else sorter.postings,
    )


def _shown_source(reading: _Reading, filename: str) -> dict[str, Any]:
    head = reading.head
    return {
        "filename": filename,
        "sha256": reading.survey.sha256,
        "format": head.format,
        "encoding": reading.survey.encoding.value,
        "program": head.program,
        "vouchers": head.vouchers,
        "transactions": head.transactions,
    }


def shown_shifts(
    session: Session, comparison: Comparison, ledger: str, owners: Owners
) -> list[dict[str, Any]]:
    """Each investment's outcome, over all ledgers and years, before and after."""
    found = shifts(comparison, ledger, owners)
    booked = repository.outcome_of(session, found)
    shown = []
    for investment in repository.find_investments(session, found):
        id = investment.id or 0
        before = booked.get(id, {})
        come, go = (sums(postings) for postings in found[id])
        after = {kind: before.get(kind, 0) + come[kind] - go[kind] for kind in come}
        if any(after[kind] != before.get(kind, 0) for kind in after):
            shown.append(
                {
                    "investment": investment.code,
                    "name": investment.name,
                    "before": shown_sums(before),
                    "after": shown_sums(after),
                }
            )
    return sorted(shown, key=lambda one: str(one["investment"]))


def shown_sums(amounts: Mapping[str, int]) -> dict[str, str]:
    return {kind.value: format_amount(amounts.get(kind.value, 0)) for kind in Type}


def _shown_unknown(unknown: Mapping[tuple[str, str], Mapping[str, Tally]]) -> list[dict[str, Any]]:
    def each() -> Iterator[dict[str, Any]]:
        for (dimension, name), tallies in sorted(unknown.items())[:MOST_SHOWN]:
            amounts = {kind: tally.amount for kind, tally in tallies.items()}
            rows = sum(tally.rows for tally in tallies.values())
            row = {"dimension": dimension, "object": name, "postings": rows}
            yield {**row, **shown_sums(amounts)}

    return list(each())

"""What a ledger file books on which object, and what that changes (M3). Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from portfolio.accounts.account_map import AccountMap
from portfolio.accounts.report import Issues, Severity, Transaction
from portfolio.accounts.rules import LARGEST, Type
from portfolio.accounts.wording import TOO_LARGE
from portfolio.amounts import format_amount
from portfolio.errors import Reason
from portfolio.language import Text

RULE = "M3"
# Project, among the dimensions that SIE reserves.
PROJECT = "6"
MOST_NAMED = 20


class Status(StrEnum):
    PREVIEWED = "previewed"
    APPLIED = "applied"
    DISCARDED = "discarded"


class Extent(StrEnum):
    WHOLE = "whole"
    PART = "part"


class Named(NamedTuple):
    """An object of the accounts as an investment names it."""

    ledger: str
    dimension: str
    object: str


# Whose each object is: the investment's id.
Owners = Mapping[Named, int]


class Posting(NamedTuple):
    """What is kept of a booked row; `amount` in öre, debit positive."""

    dimension: str
    object: str
    voucher: str
    voucher_date: date
    account: str
    type: str
    direction: str
    amount: int


def choose_ledger(given: str | None, own: Sequence[str], named: Collection[str]) -> str:
    """The ledger a file is of, as investments name it; empty if nothing tells.

    Args:
        given: What the sender says.
        own: What the file says of itself, best first.
        named: The ledgers that investments name.
    """
    known = {name.strip(): name for name in sorted(named, reverse=True)}
    for name in [given] if given else own:
        if name.strip() in known:
            return known[name.strip()]
    if given:
        return given.strip()
    if len(known) == 1:
        return next(iter(known.values()))
    return own[0] if own else ""


def choose_dimensions(given: str | None, ledger: str, owners: Owners) -> list[str]:
    """The dimensions whose objects count: the one given, else those that investments name."""
    if given:
        return [given.strip()]
    named = {one.dimension.strip() for one in owners if one.ledger == ledger}
    return sorted(named, key=lambda name: (len(name), name)) or [PROJECT]


@dataclass(slots=True)
class Tally:
    """How many rows, their sum in öre, and where the first one stands."""

    line: int
    rows: int = 0
    amount: int = 0

    def add(self, transaction: Transaction) -> None:
        self.rows += 1
        self.amount += transaction.amount


@dataclass(slots=True)
class Sorter:
    """Makes at most one posting of each transaction, and counts what becomes of the others."""

    ledger: str
    dimensions: Sequence[str]
    owners: Owners
    accounts: AccountMap
    issues: Issues
    postings: list[Posting] = field(default_factory=list)
    unknown: dict[tuple[str, str], dict[str, Tally]] = field(default_factory=dict)
    unknown_accounts: dict[str, Tally] = field(default_factory=dict)
    left_out: dict[str, Tally] = field(default_factory=dict)
    without_object: Tally | None = None
    # Dimensions that are part of another, and which; those of rows that do not count.
    parents: Mapping[str, str] = field(default_factory=dict)
    passed_over: set[str] = field(default_factory=set)
    # Unknown objects of rows that are kept on another one.
    beside: set[tuple[str, str]] = field(default_factory=set)
    _known: dict[tuple[str, str], tuple[Named, int]] = field(init=False)
    _gross: int = 0

    def __post_init__(self) -> None:
        self._known = {
            _place(one): (one, owner)
            for one, owner in self.owners.items()
            if one.ledger == self.ledger
        }

    def take(self, transaction: Transaction) -> None:
        targets = self._targets(transaction)
        if not targets:
            return
        meaning = self.accounts.find(transaction.account)
        if meaning is None:
            _count(self.unknown_accounts, transaction.account, transaction)
        elif meaning.type is None or meaning.direction is None:
            _count(self.left_out, meaning.name, transaction)
        else:
            self._keep(transaction, targets, meaning.type, meaning.direction)

    def _targets(self, transaction: Transaction) -> list[tuple[str, str]]:
        """The object that the row counts on: one that is known, else all, the best one first."""
        named = [
            (dimension or self.dimensions[0], object) for dimension, object in transaction.objects
        ]
        wanted = [one for one in named if one[0] in self.dimensions] or self._within(named)
        if not wanted:
            self._pass_over(transaction)
            return []
        known = self._found(wanted)
        if len({owner for _, owner in known}) > 1:
            _report_ambiguous(self.issues, transaction, [one.object for one, _ in known])
            return []
        if known:
            return [(known[0][0].dimension, known[0][0].object)]
        return self._best_first(wanted)

    def _within(self, named: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """The objects of dimensions that are part of one that counts."""
        return [one for one in named if self._ancestors(one[0]) & set(self.dimensions)]

    def _ancestors(self, dimension: str) -> set[str]:
        found: set[str] = set()
        while (dimension := self.parents.get(dimension, "")) and dimension not in found:
            found.add(dimension)
        return found

    def _found(self, wanted: Sequence[tuple[str, str]]) -> list[tuple[Named, int]]:
        """Whose they are, by their own dimension, else by one that it is a part of."""
        known = []
        for dimension, name in wanted:
            places = [(dimension, name)]
            if dimension not in self.dimensions:
                places += [(one, name) for one in sorted(self._ancestors(dimension))]
            known += [self._known[place] for place in places if place in self._known][:1]
        return known

    def _best_first(self, unknown: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Each once: a project before anything else, then by dimension."""
        places = {name: place for place, name in enumerate(self.dimensions)}
        last = len(places)
        return sorted(
            dict.fromkeys(unknown),
            key=lambda one: (one[0] != PROJECT, places.get(one[0], last)),
        )

    def _pass_over(self, transaction: Transaction) -> None:
        """Its sum is of accounts that count: those of a whole voucher take out each other."""
        self.without_object = self.without_object or Tally(transaction.line)
        meaning = self.accounts.find(transaction.account)
        counts = meaning is not None and meaning.type is not None
        self.without_object.add(transaction if counts else transaction._replace(amount=0))
        if len(self.passed_over) < MOST_NAMED:
            self.passed_over.update(dimension for dimension, _ in transaction.objects)

    def _keep(
        self, transaction: Transaction, targets: list[tuple[str, str]], type: str, direction: str
    ) -> None:
        former, self._gross = self._gross, self._gross + abs(transaction.amount)
        if former <= LARGEST < self._gross:
            self.issues.add("error", "amount_too_large", TOO_LARGE, line=transaction.line)
        target = targets[0]
        if (target[0].strip(), target[1].strip()) not in self._known:
            for one in targets:
                _count(self.unknown.setdefault(one, {}), type, transaction)
            self.beside.update(targets[1:])
        self.postings.append(
            Posting(
                *target,
                transaction.voucher,
                transaction.dated_on,
                transaction.account,
                str(type),
                str(direction),
                transaction.amount,
            )
        )


def _count(tallies: dict[str, Tally], key: str, transaction: Transaction) -> None:
    tallies.setdefault(key, Tally(transaction.line)).add(transaction)


def _report_ambiguous(issues: Issues, transaction: Transaction, objects: Sequence[str]) -> None:
    names = ", ".join(objects[:10])
    detail = Text(
        f"Raden är bokförd på objekt hos flera investeringar: {names}. Låt en investering ha "
        "dem alla, eller ange dimension.",
        f"The row is booked on objects of several investments: {names}. Let one investment have "
        "them all, or give the dimension.",
    )
    issues.add("error", "ambiguous_object", detail, line=transaction.line)


def report_sorted(sorter: Sorter, extent: Extent) -> None:
    """Tell what became of the rows that do not count, by object, account and range."""
    issues = sorter.issues
    # A part can't be sent again when the map is complete: its vouchers would be booked already.
    severity: Severity = "error" if extent is Extent.PART else "warning"
    for (dimension, object), tallies in sorter.unknown.items():
        rows = sum(tally.rows for tally in tallies.values())
        amount = format_amount(sum(tally.amount for tally in tallies.values()))
        line = min(tally.line for tally in tallies.values())
        elsewhere = _known_elsewhere(sorter, dimension, object)
        again = _SEND_AGAIN if (dimension, object) in sorter.beside else Text("", "")
        detail = Text(
            f"Ingen investering har objektet {object} i dimension {dimension} av redovisningen "
            f"{sorter.ledger}: {rows} rader, {amount} kronor. De räknas så snart en investering "
            f"har det.{again.sv}{elsewhere.sv}",
            f"No investment has the object {object} of dimension {dimension} in the ledger "
            f"{sorter.ledger}. Rows: {rows}, SEK {amount}. They count as soon as an investment has "
            f"it.{again.en}{elsewhere.en}",
        )
        issues.add("warning", "unknown_object", detail, line=line, code=object)
    for account, tally in sorter.unknown_accounts.items():
        detail = Text(
            f"Kontoplanens karta har inget intervall för {account}: {tally.rows} rader, "
            f"{format_amount(tally.amount)} kronor räknas inte. Lägg till det i /v1/account-map "
            "och läs filen på nytt.",
            f"The account map has no range for {account}. Rows: {tally.rows}, SEK "
            f"{format_amount(tally.amount)} do not count. Add it to /v1/account-map and send the "
            "file again.",
        )
        issues.add(severity, "unknown_account", detail, line=tally.line, code=account)
    _report_left_out(sorter)


_SEND_AGAIN = Text(
    " Några av raderna är sparade på ett annat av sina objekt: skicka filen på nytt när en "
    "investering har det här.",
    " Some of the rows are kept on another of their objects: send the file again once an "
    "investment has this one.",
)


def _known_elsewhere(sorter: Sorter, dimension: str, object: str) -> Text:
    """Where the same object is known in another ledger: one of the two may be misnamed."""
    wanted = (dimension.strip(), object.strip())
    ledgers = {one.ledger for one in sorter.owners if _place(one) == wanted} - {sorter.ledger}
    if not ledgers:
        return Text("", "")
    names = ", ".join(sorted(ledgers)[:10])
    return Text(
        f" Samma objekt finns i en annan redovisning ({names}): ange den som ledger, om filen är "
        "ur den.",
        f" The same object is known in another ledger ({names}): give that as ledger, if the file "
        "is from it.",
    )


def _place(named: Named) -> tuple[str, str]:
    return named.dimension.strip(), named.object.strip()


def _report_left_out(sorter: Sorter) -> None:
    for name, tally in sorter.left_out.items():
        detail = Text(
            f"Konton {name} räknas inte: {tally.rows} rader, {format_amount(tally.amount)} kronor.",
            f"Accounts {name} are left out. Rows: {tally.rows}, SEK {format_amount(tally.amount)}.",
        )
        sorter.issues.add("info", "left_out", detail, line=tally.line, code=name)
    if sorter.without_object is not None:
        names = ", ".join(sorter.dimensions)
        rows, amount = sorter.without_object.rows, format_amount(sorter.without_object.amount)
        seen = ", ".join(sorted(name[:20] for name in sorter.passed_over)[:MOST_NAMED]) or "-"
        detail = Text(
            f"{rows} rader har inget objekt i dimension {names}; de räknas inte. På konton som "
            f"annars räknas: {amount} kronor. Andra dimensioner på dem: {seen}.",
            f"Rows without an object of dimension {names}, which do not count: {rows}. On accounts "
            f"that else count: SEK {amount}. Other dimensions of theirs: {seen}.",
        )
        line = sorter.without_object.line
        sorter.issues.add("info", "no_object", detail, line=line)


# What a file changes


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows by their id (or place): those that go, those that come, those that come again."""

    removed: list[tuple[int, Posting]]
    added: list[tuple[int, Posting]]
    unchanged: list[tuple[int, Posting]]

    @property
    def counts(self) -> dict[str, int]:
        return {
            "added": len(self.added),
            "removed": len(self.removed),
            "unchanged": len(self.unchanged),
        }


def compare(
    former: Iterable[tuple[int, Posting]], given: Iterable[tuple[int, Posting]], extent: Extent
) -> Comparison:
    """What a file changes in what is in force of its ledger and year.

    Postings that are alike are counted, not merged: a row may rightly come twice. Of a part,
    everything is added.
    """
    listed = list(given)
    if extent is Extent.PART:
        return Comparison([], listed, [])
    rows = list(former)
    left = Counter(posting for _, posting in rows)
    added, unchanged = [], []
    for id, posting in listed:
        if left[posting] > 0:
            left[posting] -= 1
            unchanged.append((id, posting))
        else:
            added.append((id, posting))
    removed = []
    for id, posting in reversed(rows):
        if left[posting] > 0:
            left[posting] -= 1
            removed.append((id, posting))
    return Comparison(removed[::-1], added, unchanged)


def sums(postings: Iterable[Posting]) -> dict[str, int]:
    """Net öre, apart for capital and operating."""
    totals = {Type.CAPITAL.value: 0, Type.OPERATING.value: 0}
    for posting in postings:
        totals[posting.type] += posting.amount
    return totals


def shifts(
    comparison: Comparison, ledger: str, owners: Owners
) -> dict[int, tuple[list[Posting], list[Posting]]]:
    """For each investment whose outcome changes, the postings that come and those that go."""
    found: dict[int, tuple[list[Posting], list[Posting]]] = {}
    for place, rows in enumerate((comparison.added, comparison.removed)):
        for _, posting in rows:
            owner = owners.get(Named(ledger, posting.dimension, posting.object))
            if owner is not None:
                found.setdefault(owner, ([], []))[place].append(posting)
    return found


def check_errors(issues: Iterable[Mapping[str, object]]) -> list[Reason]:
    """One reason for each kind of error that a file has."""
    kinds = Counter(str(issue["kind"]) for issue in issues if issue["severity"] == "error")
    return [
        Reason(
            RULE,
            Text(
                f"Filen har fel av slaget {kind} ({number}); rätta dem och läs in filen på nytt.",
                f"The file has errors of the kind {kind} ({number}); correct them and send it "
                "again.",
            ),
        )
        for kind, number in sorted(kinds.items())
    ]

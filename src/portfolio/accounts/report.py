"""What reading a ledger file takes and gives: transactions, and issues with their lines. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from portfolio.language import Text

Severity = Literal["error", "warning", "info"]

MOST_OF_A_KIND = 1_000
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong or worth knowing; never with the text of a voucher in it.

    `line` is the line in the file, counted from 1; `code` the account or object it is about.
    """

    severity: Severity
    kind: str
    detail: Text
    line: int | None = None
    code: str | None = None


class Issues:
    """Collects issues: the first of each kind, and how many more there were."""

    def __init__(self, most: int = MOST_OF_A_KIND) -> None:
        self._most = most
        self._kept: dict[tuple[Severity, str], list[Issue]] = {}
        self._more: dict[tuple[Severity, str], int] = {}
        self._silenced: set[str] = set()

    def silence(self, kind: str) -> None:
        """Tell nothing of this kind: it would only follow from what is told already."""
        self._silenced.add(kind)

    def add(
        self,
        severity: Severity,
        kind: str,
        detail: Text,
        *,
        line: int | None = None,
        code: str | None = None,
    ) -> None:
        if kind in self._silenced:
            return
        kept = self._kept.setdefault((severity, kind), [])
        if len(kept) < self._most:
            kept.append(Issue(severity, kind, detail, line, code))
        else:
            self._more[severity, kind] = self._more.get((severity, kind), 0) + 1

    @property
    def has_errors(self) -> bool:
        return any(severity == "error" for severity, _ in self._kept)

    def listed(self) -> list[Issue]:
        """Errors first, then in the order of the file; kinds that are cut short say so."""
        kept = [issue for issues in self._kept.values() for issue in issues]
        kept += [_and_more(*key, more) for key, more in self._more.items()]
        return sorted(kept, key=_order)


def _order(issue: Issue) -> tuple[int, bool, int]:
    return SEVERITIES.index(issue.severity), issue.line is None, issue.line or 0


def _and_more(severity: Severity, kind: str, more: int) -> Issue:
    detail = Text(
        f"{more} till av samma slag visas inte.", f"{more} more of the same kind are not shown."
    )
    return Issue(severity, kind, detail)


class Transaction(NamedTuple):
    """One booked row. Its text is not here: it may hold names (M3).

    `objects` are pairs of dimension and object; a CSV file, which has no dimensions, leaves the
    first of each pair empty. `amount` is in öre, debit positive.
    """

    line: int
    voucher: str
    dated_on: date
    account: str
    objects: tuple[tuple[str, str], ...]
    amount: int


@dataclass(slots=True)
class Head:
    """What a file says of itself; `names` are what its ledger may be known as, best first."""

    format: str
    program: str | None = None
    names: list[str] = field(default_factory=list)
    first_day: date | None = None
    last_day: date | None = None
    # Whether it holds the whole fiscal year, as far as its format tells.
    whole: bool = True
    vouchers: int = 0
    transactions: int = 0
    # The calendar years of its vouchers, each with the line where it comes first.
    years: dict[int, int] = field(default_factory=dict)
    # Dimensions that are part of another, and which.
    parents: dict[str, str] = field(default_factory=dict)
    # The line where each voucher that has a number begins.
    voucher_lines: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """How much one file may hold; what goes beyond is refused, not cut off silently."""

    transactions: int = 500_000


def joined(parts: Iterable[str], longest: int = 200) -> str:
    """Parts as one line of bounded length, without what can't be printed."""
    text = " ".join(part.strip() for part in parts if part.strip())
    return "".join(sign for sign in text if sign.isprintable())[:longest]

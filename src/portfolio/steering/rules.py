"""Who must agree to a move of money, what stands in its way, and the rubber band. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portfolio.accounts.rules import Type
from portfolio.amounts import format_amount
from portfolio.errors import Reason
from portfolio.language import Text


class ReallocationStatus(StrEnum):
    """The states of S4; under full steering a move is proposed at most."""

    PROPOSED = "proposed"
    GIVER_CONSENTED = "giver_consented"
    RECEIVER_CONSENTED = "receiver_consented"
    EXECUTED = "executed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN = frozenset(
    {
        ReallocationStatus.PROPOSED,
        ReallocationStatus.GIVER_CONSENTED,
        ReallocationStatus.RECEIVER_CONSENTED,
    }
)


class Party(StrEnum):
    """Whose decision a move needs."""

    GIVER = "giver"
    RECEIVER = "receiver"
    # One department on both sides: its own consent is enough (S4).
    BOTH = "both"
    # Who decides above them.
    BODY = "body"


# What states and parties are called in a Swedish sentence.
SWEDISH = {
    ReallocationStatus.EXECUTED: "genomförd",
    ReallocationStatus.DECLINED: "avslagen",
    ReallocationStatus.WITHDRAWN: "återtagen",
    ReallocationStatus.EXPIRED: "för gammal",
    Party.GIVER: "givaren",
    Party.RECEIVER: "mottagaren",
    Party.BOTH: "förvaltningen",
    Party.BODY: "det beslutande organet",
}


def needed_parties(
    *, is_full: bool, is_one_department: bool, needs_body: bool
) -> tuple[Party, ...]:
    """Whose decisions a move of money needs (S3, S4), in the order they are told.

    Args:
        is_full: The mode of both investments on the move's own date; the coordinator moves alone.
        is_one_department: Both investments are of the same department.
        needs_body: A body decides above them: between committees, or above the limit.
    """
    own: tuple[Party, ...] = ()
    if not is_full:
        own = (Party.BOTH,) if is_one_department else (Party.GIVER, Party.RECEIVER)
    return (*own, Party.BODY) if needs_body else own


def status_now(
    stored: ReallocationStatus, consented: Collection[str], expires_on: date, today: date
) -> ReallocationStatus:
    """The status on a day: what ended it, else that it expired, else who has consented (S4).

    The receiver's consent may come first: the status waits for the giver's, the consent counts.
    """
    if stored not in OPEN:
        return stored
    if today > expires_on:
        return ReallocationStatus.EXPIRED
    if Party.BOTH in consented or {Party.GIVER, Party.RECEIVER} <= set(consented):
        return ReallocationStatus.RECEIVER_CONSENTED
    if Party.GIVER in consented:
        return ReallocationStatus.GIVER_CONSENTED
    return ReallocationStatus.PROPOSED


@dataclass(frozen=True, slots=True)
class Move:
    """A move of money as things stand; amounts in öre."""

    giver: str
    receiver: str
    year: int
    type: Type
    to_type: Type
    amount: int
    # What the giver has; None without an allocation of that year and type.
    allocated: int | None
    committed: int = 0
    booked: int = 0
    is_receiver_closed: bool = False
    # Both investments are in the program.
    are_in_program: bool = True
    # How much the receiver's pool can take, if it is another one.
    room: int | None = None
    # Of the mode: S3 under full steering, S4 under partial.
    rule: str = "S4"

    @property
    def free(self) -> int:
        return max((self.allocated or 0) - max(self.committed, self.booked), 0)


def reasons_against(move: Move) -> tuple[Reason, ...]:
    """Everything that stands in the way of a move of money, at once (S3, S5)."""
    checks = (_types(move), _giver(move), _receiver(move), _room(move))
    return tuple(reason for check in checks for reason in check)


def broken(rule: str, sv: str, en: str) -> Reason:
    return Reason(rule, Text(sv, en))


def _types(move: Move) -> Iterator[Reason]:
    if move.to_type is not move.type:
        yield broken(
            "S5",
            "Investeringsmedel och driftmedel hålls isär; flytta inom samma typ.",
            "Capital and operating money are kept apart; move within one type.",
        )


def _giver(move: Move) -> Iterator[Reason]:
    if move.allocated is None:
        yield broken(
            "S3",
            f"{move.giver} har ingen tilldelning för {move.year} ({move.type}); välj en annan "
            "givare.",
            f"{move.giver} has no allocation for {move.year} ({move.type}); choose another giver.",
        )
    elif move.amount > move.free:
        free, allocated = format_amount(move.free), format_amount(move.allocated)
        used = format_amount(max(move.committed, move.booked))
        yield broken(
            "S3",
            f"{move.giver} har {free} kronor fria för {move.year}: {allocated} tilldelade, {used} "
            "bundna eller bokförda; flytta högst det.",
            f"{move.giver} has SEK {free} free for {move.year}: {allocated} allocated, {used} "
            "committed or booked; move at most that.",
        )


def _receiver(move: Move) -> Iterator[Reason]:
    if not move.are_in_program:
        yield broken(
            move.rule,
            f"{move.giver} och {move.receiver} är inte längre båda i programmet; dra tillbaka "
            "förslaget.",
            f"{move.giver} and {move.receiver} are no longer both in the program; withdraw the "
            "proposal.",
        )
    elif move.is_receiver_closed:
        yield broken(
            move.rule,
            f"{move.receiver} är stoppad eller avslutad och kan inte ta emot pengar.",
            f"{move.receiver} is stopped or completed and can't receive money.",
        )


def _room(move: Move) -> Iterator[Reason]:
    if move.room is not None and move.amount > move.room:
        room = format_amount(move.room)
        yield broken(
            "S5",
            f"Mottagarens pott rymmer {room} kronor till; flytta högst det.",
            f"The receiver's pool holds SEK {room} more; move at most that.",
        )


@dataclass(frozen=True, slots=True)
class Need:
    """An investment's money in a year, of one type, in öre."""

    investment: str
    department: str
    # a of formulas 5.
    allocated: int
    # f of formulas 5: expense less income.
    forecast: int
    committed: int = 0
    is_held: bool = False
    review_on: date | None = None

    @property
    def slack(self) -> int:
        return max(0, self.allocated - max(self.forecast, self.committed))

    @property
    def short(self) -> int:
        return max(0, self.forecast - self.allocated)


@dataclass(frozen=True, slots=True)
class Cover:
    """What is left over, what is missing, and how much of it the one covers; öre."""

    slack: int
    short: int

    @property
    def covered(self) -> int:
        return min(self.slack, self.short)


@dataclass(frozen=True, slots=True)
class Band:
    """What full steering is worth in a year, for one type of money; öre."""

    slack: int
    short: int
    covered_full: int
    covered_partial: int
    by_department: Mapping[str, Cover]

    @property
    def rubber_band(self) -> int:
        return self.covered_full - self.covered_partial

    @property
    def uncovered(self) -> int:
        return self.short - self.covered_full


def rubber_band(needs: Iterable[Need]) -> Band:
    """What one pool would cover beyond what each department's own covers (formulas 5, S7).

    Args:
        needs: Every investment of a program in a year, for capital or for operating, in öre.

    Returns:
        covered_full = min(Σ slack, Σ short); covered_partial = Σ over departments of min(their
        slack, their short); rubber_band = covered_full - covered_partial, never negative;
        uncovered = Σ short - covered_full. Departments in the order of their codes.
    """
    slack: dict[str, int] = {}
    short: dict[str, int] = {}
    for need in needs:
        slack[need.department] = slack.get(need.department, 0) + need.slack
        short[need.department] = short.get(need.department, 0) + need.short
    covers = {code: Cover(slack[code], short[code]) for code in sorted(slack)}
    whole = Cover(sum(slack.values()), sum(short.values()))
    partial = sum(cover.covered for cover in covers.values())
    return Band(whole.slack, whole.short, whole.covered, partial, covers)


def carried(needs: Sequence[Need], band: Band, today: date) -> tuple[str, ...]:
    """Which investments on hold the rubber band would carry, in the order it takes them.

    Those whose review is overdue come first, then those that lack the least, then by code; one
    that needs more than what is left is passed over. A department's own slack covers its held
    ones first: what goes on under partial steering too is not carried by the difference.
    """
    held = [need for need in needs if need.is_held and need.short > 0]
    held.sort(key=lambda need: (not _is_overdue(need, today), need.short, need.investment))
    own = {code: cover.covered for code, cover in band.by_department.items()}
    left, taken = band.rubber_band, []
    for need in held:
        covered = min(own[need.department], need.short)
        lacking = need.short - covered
        if lacking > left:
            continue
        own[need.department] -= covered
        left -= lacking
        if lacking:
            taken.append(need.investment)
    return tuple(taken)


def _is_overdue(need: Need, today: date) -> bool:
    return need.review_on is not None and need.review_on < today

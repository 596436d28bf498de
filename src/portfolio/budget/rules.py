"""Words of the budget, and the postings of each kind of movement (S5). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from portfolio.accounts.rules import Type


class FrameKind(StrEnum):
    ORIGINAL = "original"
    SUPPLEMENTARY = "supplementary"
    CARRY_OVER = "carry_over"


class Account(StrEnum):
    """The ledger's accounts: where money comes from, and the two places it can be."""

    GRANTED = "granted"
    RESERVE = "reserve"
    ALLOCATION = "allocation"


class EntryKind(StrEnum):
    """What moves money."""

    FRAME = "frame"
    ALLOCATION = "allocation"
    REALLOCATION = "reallocation"
    STEERING = "steering"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a pool: a program or a department, exactly one of them."""

    program_id: int | None = None
    department: str | None = None

    @property
    def order(self) -> tuple[bool, int, str]:
        """Programs before departments: everybody locks in this order."""
        return self.program_id is None, self.program_id or 0, self.department or ""


@dataclass(frozen=True, slots=True)
class PoolKey:
    """Which pool: its holder, its year and its type."""

    holder: Holder
    year: int
    type: Type


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of a movement, in öre; only an allocation names an investment."""

    pool_id: int
    account: Account
    amount: int
    investment_id: int | None = None


@dataclass(slots=True)
class Change:
    """What a movement does to one pool, in öre."""

    frame: int = 0
    allocated: int = 0
    reserve: int = 0


def granting(pool_id: int, amount: int) -> tuple[Posting, ...]:
    """Money granted into a pool's reserve; a negative amount takes it back."""
    return (
        Posting(pool_id, Account.GRANTED, -amount),
        Posting(pool_id, Account.RESERVE, amount),
    )


def allocating(pool_id: int, investment_id: int, amount: int) -> tuple[Posting, ...]:
    """Money from a pool's reserve to an investment; a negative amount gives it back."""
    return (
        Posting(pool_id, Account.RESERVE, -amount),
        Posting(pool_id, Account.ALLOCATION, amount, investment_id),
    )


def moving(giver: tuple[int, int], receiver: tuple[int, int], amount: int) -> tuple[Posting, ...]:
    """Money from one allocation to another.

    Between two pools the frames follow the money, so that each pool's frame is still what it has
    allocated and in reserve, and all frames together are what they were.

    Args:
        giver: The pool and the investment that it leaves, by id.
        receiver: The pool and the investment that it comes to; may be the same investment.
        amount: In öre, more than zero.

    Returns:
        Two postings, or four between pools; in each pool they sum to zero.
    """
    (from_pool, from_investment), (to_pool, to_investment) = giver, receiver
    sides = (
        Posting(from_pool, Account.ALLOCATION, -amount, from_investment),
        Posting(to_pool, Account.ALLOCATION, amount, to_investment),
    )
    if from_pool == to_pool:
        return sides
    frames = (
        Posting(from_pool, Account.GRANTED, amount),
        Posting(to_pool, Account.GRANTED, -amount),
    )
    return sides + frames


def changes(postings: Iterable[Posting]) -> dict[int, Change]:
    """What postings do to each pool, by its id.

    Raises:
        ValueError: They don't sum to zero, all together and in each pool (S5).
    """
    found: dict[int, Change] = {}
    for posting in postings:
        change = found.setdefault(posting.pool_id, Change())
        if posting.account is Account.GRANTED:
            change.frame -= posting.amount
        elif posting.account is Account.RESERVE:
            change.reserve += posting.amount
        else:
            change.allocated += posting.amount
    for pool_id, change in found.items():
        if change.frame != change.allocated + change.reserve:
            raise ValueError(f"the postings in pool {pool_id} don't net to zero")
    return found

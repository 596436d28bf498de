"""Bodies by rank, and who must decide how much. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Level(StrEnum):
    """Who decides, in rising order."""

    OFFICIAL = "official"
    COMMITTEE = "committee"
    EXECUTIVE_BOARD = "executive_board"
    COUNCIL = "council"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class DecisionLevel:
    """From `valid_from` on, more than `above` öre takes a body of at least `level`."""

    valid_from: date
    above: int
    level: Level


def least_level(rules: Iterable[DecisionLevel], amount: int, on: date) -> Level | None:
    """The lowest level that may decide `amount` öre on a date without delegation (G12).

    For each level the newest rule in force on that date counts.

    Returns:
        None where no rule asks for any particular level.
    """
    newest: dict[Level, DecisionLevel] = {}
    for rule in sorted(rules, key=lambda rule: rule.valid_from):
        if rule.valid_from <= on:
            newest[rule.level] = rule
    asked = [rule.level for rule in newest.values() if amount > rule.above]
    return max(asked, key=lambda level: level.rank, default=None)

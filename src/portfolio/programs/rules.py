"""Gate templates, and how programs are steered over time. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Steering(StrEnum):
    PARTIAL = "partial"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate: what it asks, and the phase that a pass opens."""

    code: str
    name: str
    asks: str
    phase: str
    # Here steering takes effect and the main money is released (S1).
    realisation: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A version of a gate template; its gates are passed in order (G1)."""

    code: str
    version: int
    gates: tuple[Gate, ...]

    @classmethod
    def of(cls, code: str, version: int, gates: Iterable[Mapping[str, Any]]) -> "Template":
        return cls(code, version, tuple(Gate(**gate) for gate in gates))

    def position(self, gate: str) -> int | None:
        """Where the gate stands; None if the template has no such gate."""
        return next((i for i, known in enumerate(self.gates) if known.code == gate), None)

    @property
    def last_position(self) -> int:
        return len(self.gates) - 1

    @property
    def realisation_position(self) -> int:
        return next(i for i, gate in enumerate(self.gates) if gate.realisation)


@dataclass(frozen=True, slots=True)
class SteeringChange:
    """A steering decision: from `effective_on` on the program is steered so (S6)."""

    mode: Steering
    effective_on: date
    # Ids of investments past the realisation gate that follow all the same.
    includes: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SteeringHistory:
    """What a program began with, and its changes in the order they took effect."""

    initial: Steering
    changes: Sequence[SteeringChange] = ()

    def of_program(self, on: date) -> Steering:
        """The mode that ruled the program on a date (S1)."""
        begun = [change.mode for change in self.changes if change.effective_on <= on]
        return begun[-1] if begun else self.initial

    def of_investment(
        self, on: date, investment_id: int, is_past_realisation: Callable[[date], bool]
    ) -> Steering:
        """The mode that ruled one investment on a date (S6).

        One that was past the realisation gate when a change took effect keeps its mode, unless
        the decision includes it.

        Args:
            on: The date that is asked about: of a decision, or of a reallocation.
            investment_id: Which investment.
            is_past_realisation: Whether it was past that gate on a date.
        """
        mode = self.initial
        for change in self.changes:
            if change.effective_on > on:
                break
            follows = investment_id in change.includes
            if follows or not is_past_realisation(change.effective_on):
                mode = change.mode
        return mode

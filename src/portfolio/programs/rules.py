"""Gate templates: the ordered gates that a program's investments pass. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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

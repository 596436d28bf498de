"""Programs, members and gate templates, in and out."""

from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator

from portfolio.programs.rules import Steering
from portfolio.web.fields import (
    OMITTED,
    AreaCode,
    CaseNumber,
    Code,
    Date,
    Dated,
    Incoming,
    Line,
    Name,
    Outgoing,
    Prose,
    Truth,
    wrong,
)

MANDATE: dict[str, Any] = {
    "decided_by": "council",
    "decided_on": "2026-06-17",
    "case_number": "STK-2026-310",
    "task": "Gather the municipality's investments in Lindängen in one program.",
}
PROGRAM: dict[str, Any] = {
    "code": "lindangen",
    "name": "Lindängen",
    "areas": [{"scheme": "regso", "code": "1280R032"}],
    "mandate": MANDATE,
    "deciding_body": "executive_board",
    "steering": "partial",
    "gate_template": "standard",
    "coordinator": "Programsamordnare, stadskontoret",
    "starts_on": "2026-09-01",
    "ends_on": None,
    "published": False,
}
MEMBER: dict[str, Any] = {"name": "Utvecklingsledare", "department": "GFK", "role": "Skolfrågor"}
TEMPLATE: dict[str, Any] = {
    "code": "short",
    "name": "Kort",
    "gates": [
        {
            "code": "implementation",
            "name": "Genomförandebeslut",
            "asks": "Release the money?",
            "phase": "realisation",
            "realisation": True,
        },
        {
            "code": "benefits",
            "name": "Nyttouppföljning",
            "asks": "Did it give what was promised?",
            "phase": "closed",
            "realisation": False,
        },
    ],
}


class AreaRef(Incoming):
    """An area, by its scheme and its code there."""

    scheme: Code
    code: AreaCode


class AreaRefOut(Outgoing):
    scheme: str
    code: str


class Mandate(Incoming):
    """The political decision that starts a program."""

    decided_by: Code
    decided_on: Date
    case_number: CaseNumber
    task: Prose


class MandateOut(Outgoing):
    decided_by: str
    decided_on: Date
    case_number: str
    task: str


class ProgramIn(Dated):
    model_config = ConfigDict(json_schema_extra={"example": PROGRAM})

    code: Code
    name: Name
    areas: list[AreaRef] = Field(max_length=1000)
    mandate: Mandate
    deciding_body: Code
    steering: Steering
    gate_template: Code
    coordinator: Line | None = None
    published: Truth = False


class ProgramPatch(Dated):
    """`steering` is not here: it changes by a decision of its own."""

    model_config = ConfigDict(json_schema_extra={"example": {"published": True}})

    name: Name = OMITTED
    areas: list[AreaRef] = Field(OMITTED.default, max_length=1000)
    mandate: Mandate = OMITTED
    deciding_body: Code = OMITTED
    gate_template: Code = OMITTED
    coordinator: Line | None = None
    published: Truth = OMITTED


class ProgramOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": PROGRAM})

    code: str
    name: str
    areas: list[AreaRefOut]
    mandate: MandateOut
    deciding_body: str
    steering: Steering
    gate_template: str
    coordinator: str | None
    starts_on: Date | None
    ends_on: Date | None
    published: bool


class MemberIn(Incoming):
    """A seat in the program group: give the function rather than the person."""

    model_config = ConfigDict(json_schema_extra={"example": MEMBER})

    name: Name
    department: Code | None = None
    role: Line = ""


class MemberPatch(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": {"role": "Skolfrågor"}})

    name: Name = OMITTED
    department: Code | None = None
    role: Line = OMITTED


class MemberOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": {"id": 1, **MEMBER}})

    id: int
    name: str
    department: str | None
    role: str


class GateIn(Incoming):
    code: Code
    name: Name
    asks: Line = ""
    phase: Code
    realisation: Truth = False


class GateOut(Outgoing):
    position: int
    code: str
    name: str
    asks: str
    phase: str
    realisation: bool


class TemplateIn(Incoming):
    """A new template, or a new version of one: programs take the newest for new investments."""

    model_config = ConfigDict(json_schema_extra={"example": TEMPLATE})

    code: Code
    name: Name
    gates: list[GateIn] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _one_realisation(self) -> Self:
        if len({gate.code for gate in self.gates}) != len(self.gates):
            raise wrong("Varje grind ska ha en egen kod.", "Each gate must have its own code.")
        if sum(gate.realisation for gate in self.gates) != 1:
            raise wrong(
                "Precis en grind ska ha realisation: true; där börjar styrningen gälla.",
                "Exactly one gate must have realisation: true; steering takes effect there.",
            )
        return self


class TemplateOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **TEMPLATE,
                "version": 1,
                "gates": [{"position": i, **gate} for i, gate in enumerate(TEMPLATE["gates"])],
            }
        }
    )

    code: str
    version: int
    name: str
    gates: list[GateOut]

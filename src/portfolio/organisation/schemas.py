"""Bodies, departments, decision levels, settings and keys, in and out."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from portfolio.organisation.rules import Level
from portfolio.web.fields import (
    OMITTED,
    AmountNotNegative,
    AmountText,
    Code,
    Date,
    Incoming,
    Line,
    Moment,
    Money,
    Name,
    Number,
    Outgoing,
    WholeNumber,
    wrong,
)

IndexName = Annotated[Line, Field(max_length=64)]

BODY: dict[str, Any] = {
    "code": "education_committee",
    "name": "Grundskolenämnden",
    "level": "committee",
}
DEPARTMENT: dict[str, Any] = {
    "code": "GFK",
    "name": "Grundskoleförvaltningen",
    "committee": "education_committee",
}
DECISION_LEVEL: dict[str, Any] = {
    "valid_from": "2027-01-01",
    "above": "15000000.00",
    "level": "executive_board",
}
KEY: dict[str, Any] = {"role": "department", "name": "Grundskoleförvaltningen", "department": "GFK"}
Scope = Annotated[str, Field(pattern=r"^[a-z*-]{1,40}:(read|write)$", examples=["ogc:read"])]

KEPT_KEY: dict[str, Any] = {
    "id": 4,
    **KEY,
    "bodies": [],
    "scopes": None,
    "created_at": "2026-11-22T08:00:00.000000Z",
    "expires_at": "2027-11-22T08:00:00.000000Z",
    "revoked_at": None,
    "last_used_at": None,
}


class BodyIn(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": BODY})

    code: Code
    name: Name
    level: Level


class BodyPatch(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": {"name": "Grundskolenämnden"}})

    name: Name = OMITTED
    level: Level = OMITTED


class BodyOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": BODY})

    code: str
    name: str
    level: Level


class DepartmentIn(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": DEPARTMENT})

    code: Code
    name: Name
    committee: Code


class DepartmentPatch(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": {"name": "Grundskoleförvaltningen"}})

    name: Name = OMITTED
    committee: Code = OMITTED


class DepartmentOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": DEPARTMENT})

    code: str
    name: str
    committee: str


class DecisionLevelIn(Incoming):
    """Gross expense above `above`, decided from `valid_from` on, takes a body of this level."""

    model_config = ConfigDict(json_schema_extra={"example": DECISION_LEVEL})

    valid_from: Date
    above: AmountNotNegative
    level: Level


class DecisionLevelOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": {"id": 3, **DECISION_LEVEL}})

    id: int
    valid_from: Date
    above: Money
    level: Level


class SettingsOut(Outgoing):
    """Figures that are the municipality's own choice."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "sliver_percent": 1.0,
                "reconsideration_tolerance_percent": 10.0,
                "overlap_tolerance_m2": 1.0,
                "gap_tolerance_m": 0.1,
                "interest_convention": "opening",
                "price_index": "",
                "reallocation_body": "council",
                "reallocation_limit": "15000000.00",
                "reallocation_days": 90,
                "outcome_tolerance_percent": 10.0,
                "release_tolerance_percent": 10.0,
            }
        }
    )

    sliver_percent: float = Field(description="Overlaps smaller than this are dropped.")
    reconsideration_tolerance_percent: float = Field(description="G13.")
    overlap_tolerance_m2: float = Field(description="Smaller overlaps and gaps pass.")
    gap_tolerance_m: float = Field(description="Boundaries closer than this are the same.")
    interest_convention: Literal["opening", "monthly"] = Field(
        description="Interest on the book value at the start of the year, or of each month."
    )
    price_index: str = Field(
        description="The index that price levels follow; empty: the only one there is."
    )
    reallocation_body: str = Field(description="Who decides on moves between committees (S4).")
    reallocation_limit: Money = Field(
        description="The coordinator moves more than this only with a body's decision (S3)."
    )
    reallocation_days: int = Field(description="How long a proposed reallocation stays open.")
    outcome_tolerance_percent: float = Field(
        description="How far the outcome of a year may be from its forecast, unreported."
    )
    release_tolerance_percent: float = Field(
        description="How much of what is released may be unused, or used beyond it, unreported."
    )


class SettingsPatch(Incoming):
    model_config = ConfigDict(
        json_schema_extra={"example": {"reconsideration_tolerance_percent": 5}}
    )

    sliver_percent: Number = Field(OMITTED.default, ge=0, lt=50)
    reconsideration_tolerance_percent: Number = Field(OMITTED.default, ge=0, le=1000)
    overlap_tolerance_m2: Number = Field(OMITTED.default, ge=0, le=1_000_000)
    gap_tolerance_m: Number = Field(OMITTED.default, ge=0, le=1000)
    interest_convention: Literal["opening", "monthly"] = OMITTED
    price_index: IndexName = OMITTED
    reallocation_body: Code = OMITTED
    reallocation_limit: AmountText = OMITTED
    reallocation_days: WholeNumber = Field(OMITTED.default, ge=1, le=1000)
    outcome_tolerance_percent: Number = Field(OMITTED.default, ge=0, le=1000)
    release_tolerance_percent: Number = Field(OMITTED.default, ge=0, le=1000)


class KeyIn(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": KEY})

    role: Literal["admin", "coordinator", "gis", "finance", "department", "board", "viewer"]
    name: Name
    department: Code | None = None
    bodies: list[Code] = Field(default_factory=list, max_length=100)
    scopes: list[Scope] | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="What it may of what its role may: a path's first part and read or write, such "
        "as investments:read; *:read is all reading. Null: everything that the role may.",
    )
    expires_at: Moment | None = Field(default=None, description="When it stops to open anything.")

    @model_validator(mode="after")
    def _bound_as_the_role_asks(self) -> Self:
        if (self.role == "department") != (self.department is not None):
            raise wrong(
                "Rollen department, och bara den, ska ha en förvaltning.",
                "The role department, and only that one, must name a department.",
            )
        if self.bodies and self.role != "board":
            raise wrong(
                "Bara rollen board kan begränsas till organ.",
                "Only the role board can be bound to bodies.",
            )
        return self


class KeyOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": KEPT_KEY})

    id: int
    role: str
    name: str
    department: str | None
    bodies: list[str]
    scopes: list[str] | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None = Field(description="To the minute or so; not part of the ETag.")


class MeOut(Outgoing):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "actor": "key 4 (Nämndsekreterare)",
                "name": "Nämndsekreterare",
                "role": "board",
                "department": None,
                "bodies": ["education_committee"],
                "scopes": None,
                "expires_at": None,
                "may": ["POST /v1/investments/{investment}/decisions"],
            }
        }
    )

    actor: str = Field(description="As events name it.")
    name: str
    role: str
    department: str | None
    bodies: list[str] = Field(description="Which a board's key registers for; empty: all.")
    scopes: list[str] | None = Field(description="What the key is bound to; null: nothing.")
    expires_at: str | None
    may: list[str] = Field(
        description="Method and path of every route that it may write to. With one thing it "
        "may be refused all the same, such as another department's."
    )


class KeyCreated(KeyOut):
    """A new key; the token is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {**KEPT_KEY, "token": "pf_3q2-7wAbCdEfGhIjKlMnOpQrStUvWxYz0123456789A"}
        }
    )

    token: str

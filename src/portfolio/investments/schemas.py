"""Investments, in and out."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator

from portfolio.investments.rules import Kind, Serves, Status
from portfolio.programs.schemas import AreaRef, AreaRefOut
from portfolio.web.fields import (
    OMITTED,
    Code,
    Date,
    Dated,
    Incoming,
    Line,
    Name,
    Number,
    Outgoing,
    Prose,
    Reason,
    Share,
    Truth,
    wrong,
)

LOCATION: dict[str, Any] = {
    "geometry": {"type": "Point", "coordinates": [13.0147, 55.5676]},
    "buffer_m": 0,
}
INVESTMENT: dict[str, Any] = {
    "code": "LIN-01",
    "name": "Trygg gångväg vid Lindängens centrum",
    "kind": "physical",
    "program": "lindangen",
    "department": "FGK",
    "problem": "Gångvägen är mörk och undviks efter kl. 18.",
    "description": "Ny belysning och öppnare sikt.",
    "location": LOCATION,
    "served_areas": [{"scheme": "regso", "code": "1280R032"}],
    "serves": "local",
    "starts_on": "2027-03-01",
    "ends_on": "2027-11-30",
    "accounting_objects": [{"ledger": "main", "dimension": "6", "object": "4711"}],
    "restricted": None,
}
ANSWER: dict[str, Any] = {
    **INVESTMENT,
    "gate_template": {"code": "standard", "version": 1},
    "gate": "need",
    "status": "preparing",
    "area_shares": {"regso": [{"code": "1280R032", "share": 1.0}]},
    "outside": {"regso": 0.0},
    "slivers": {},
}


class SharedArea(AreaRef):
    share: Share


class Location(Incoming):
    """Exactly one of a geometry, areas with shares, the whole municipality, or a reason (A5)."""

    geometry: dict[str, Any] | None = Field(
        default=None,
        description="GeoJSON point, line or polygon, also multi-, in WGS 84, longitude first.",
    )
    buffer_m: Number = Field(default=0, ge=0, le=50_000)
    areas: list[SharedArea] | None = Field(default=None, min_length=1, max_length=1000)
    municipality_wide: Truth | None = None
    not_located: Reason | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [
            self.geometry is not None,
            self.areas is not None,
            bool(self.municipality_wide),
            self.not_located is not None,
        ]
        if sum(given) != 1:
            raise wrong(
                "Ange precis ett av geometry, areas, municipality_wide: true och not_located.",
                "Give exactly one of geometry, areas, municipality_wide: true and not_located.",
            )
        if self.buffer_m and self.geometry is None:
            raise wrong("buffer_m hör till en geometry.", "buffer_m goes with a geometry.")
        return self

    def stored(self) -> dict[str, Any]:
        """As it was meant, without what was left out."""
        if self.geometry is not None:
            return {"geometry": self.geometry, "buffer_m": self.buffer_m}
        if self.areas is not None:
            return {"areas": [area.model_dump() for area in self.areas]}
        if self.municipality_wide:
            return {"municipality_wide": True}
        return {"not_located": self.not_located}


class AccountingObject(Incoming):
    """Where the accounts book it: a dimension's object in a ledger."""

    ledger: Line
    dimension: Line
    object: Line


class Restriction(Incoming):
    """Kept from the public until a date, with the section of the law that allows it."""

    section: Name
    until: Date


class InvestmentIn(Dated):
    model_config = ConfigDict(json_schema_extra={"example": INVESTMENT})

    code: Code
    name: Name
    kind: Kind
    program: Code | None = None
    department: Code
    problem: Prose = ""
    description: Prose = ""
    location: Location
    served_areas: list[AreaRef] = Field(default_factory=list, max_length=1000)
    serves: Serves = Serves.LOCAL
    accounting_objects: list[AccountingObject] = Field(default_factory=list, max_length=100)
    restricted: Restriction | None = None


class InvestmentPatch(Dated):
    model_config = ConfigDict(json_schema_extra={"example": {"ends_on": "2027-12-31"}})

    name: Name = OMITTED
    kind: Kind = OMITTED
    program: Code | None = None
    department: Code = OMITTED
    problem: Prose = OMITTED
    description: Prose = OMITTED
    location: Location = OMITTED
    served_areas: list[AreaRef] = Field(OMITTED.default, max_length=1000)
    serves: Serves = OMITTED
    accounting_objects: list[AccountingObject] = Field(OMITTED.default, max_length=100)
    restricted: Restriction | None = None


class ShareOut(Outgoing):
    code: str
    share: float


class TemplateVersionOut(Outgoing):
    code: str
    version: int


class InvestmentOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": ANSWER})

    code: str
    name: str
    kind: Kind
    program: str | None
    department: str
    problem: str
    description: str
    location: dict[str, Any]
    served_areas: list[AreaRefOut]
    serves: Serves
    starts_on: Date | None
    ends_on: Date | None
    accounting_objects: list[dict[str, str]]
    restricted: dict[str, str] | None
    gate_template: TemplateVersionOut | None = Field(
        description="The version it began with and keeps; null outside every program."
    )
    gate: str | None
    status: Status
    area_shares: dict[str, list[ShareOut]] = Field(description="By scheme, as of today.")
    outside: dict[str, float] = Field(description="By scheme, the share in none of its areas.")
    slivers: dict[str, list[ShareOut]] = Field(
        description="By scheme, overlaps too small to count; the rest is scaled up."
    )


def plain(
    investment: InvestmentIn | InvestmentPatch, *, exclude_unset: bool = False
) -> Mapping[str, Any]:
    """What was sent, as it is stored: enums and dates inside JSON columns as text."""
    data = investment.model_dump(exclude_unset=exclude_unset)
    if "location" in data:
        data["location"] = investment.location.stored()
    for name in ("kind", "serves"):
        if name in data:
            data[name] = data[name].value
    if data.get("restricted"):
        data["restricted"]["until"] = data["restricted"]["until"].isoformat()
    return data

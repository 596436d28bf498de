"""Schemes and areas, in and out."""

from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field

from portfolio.web.fields import OMITTED, Code, Date, Incoming, Name, Outgoing, Prose

SCHEME: dict[str, Any] = {
    "code": "regso",
    "name": "RegSO 2025",
    "description": "Regional statistical areas, Statistics Sweden",
    "parent": "districts",
}
AREA: dict[str, Any] = {
    "scheme": "regso",
    "code": "1280R032",
    "name": "Lindängen",
    "valid_from": "2025-01-01",
    "valid_to": None,
    "area_m2": 1043201.5,
    "parent": "SOUTH",
    "geometry": None,
}


class GeometryDetail(StrEnum):
    NONE = "none"
    SIMPLIFIED = "simplified"
    FULL = "full"


PARENT = "The coarser scheme that its areas are parts of (A4)."


class SchemeIn(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": SCHEME})

    code: Code
    name: Name
    description: Prose = ""
    parent: Code | None = Field(default=None, description=PARENT)


class SchemePatch(Incoming):
    model_config = ConfigDict(json_schema_extra={"example": {"name": "RegSO 2025"}})

    name: Name = OMITTED
    description: Prose = OMITTED
    parent: Code | None = Field(default=None, description=f"{PARENT} Null takes it away.")


class SchemeOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": SCHEME})

    code: str
    name: str
    description: str
    parent: str | None = Field(description=PARENT)


class SchemeItem(SchemeOut):
    """In the list, with what tells which scheme to open first."""

    model_config = ConfigDict(json_schema_extra={"example": {**SCHEME, "areas": 91, "programs": 1}})

    areas: int = Field(description="How many are in force today.")
    programs: int = Field(description="How many are for areas of it; without a key, published.")


class AreaItem(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": AREA})

    scheme: str
    code: str
    name: str
    valid_from: Date
    valid_to: Date | None = Field(description="The first day it no longer holds.")
    area_m2: float = Field(description="Geodesic surface.")
    parent: str | None = Field(
        description="The area of the coarser scheme that holds most of it (A4)."
    )
    geometry: dict[str, Any] | None = Field(description="GeoJSON, WGS 84, longitude first.")


class VersionOut(Outgoing):
    name: str
    valid_from: Date
    valid_to: Date | None
    area_m2: float


class AreaOut(AreaItem):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **AREA,
                "versions": [
                    {
                        "name": "Lindängen",
                        "valid_from": "2025-01-01",
                        "valid_to": None,
                        "area_m2": 1043201.5,
                    }
                ],
            }
        }
    )

    versions: list[VersionOut]

"""Boundary imports, in and out."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from portfolio.area_imports.lineage_schemas import LINEAGE, MONEY, MovedMoneyOut, TraceOut
from portfolio.area_imports.rules import Change, Extent, Heirs
from portfolio.areas.report import Done
from portfolio.shares import exact_share
from portfolio.web.fields import (
    AreaCode,
    Code,
    Date,
    Flag,
    Incoming,
    Line,
    Moment,
    Outgoing,
    Share,
    Truth,
)
from portfolio.web.uploads import LeftOut, SentFile

IMPORT: dict[str, Any] = {
    "id": 7,
    "status": "previewed",
    "scheme": "regso",
    "valid_from": "2027-01-01",
    "extent": "whole",
    "source": {
        "filename": "regso_2027.gpkg",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "driver": "GPKG",
        "layer": "regso",
        "crs": "EPSG:3006",
        "features": 52,
    },
    "counts": {"added": 2, "changed": 1, "removed": 1, "unchanged": 49},
    "issues": [
        {
            "severity": "warning",
            "kind": "overlap",
            "code": "1280R031",
            "detail": "1280R031 and 1280R032 overlap by 12.5 m². Correct the boundary.",
            "feature": 31,
            "point": [13.0214, 55.5722],
            "done": "kept",
            "before_m2": None,
            "after_m2": None,
            "surface_m2": 12.5,
            "encoding": None,
        }
    ],
    "impact": {
        "investments": [
            {
                "code": "LIN-01",
                "name": "Meeting place",
                "before": [{"code": "1280R032", "share": 1.0}],
                "after": [
                    {"code": "1280R053", "share": 0.6},
                    {"code": "1280R054", "share": 0.4},
                ],
                "outside_before": 0.0,
                "outside_after": 0.0,
                "served_before": None,
                "served_after": None,
            }
        ],
        "programs": [{"code": "LIN", "name": "Program Lindängen", "areas": ["1280R032"]}],
        "orphans": [
            {
                "code": "1280R032",
                "name": "Lindängen",
                "investments": ["LIN-01"],
                "programs": ["LIN"],
            }
        ],
    },
    "cleaning": None,
    "lineage": LINEAGE,
    "money": MONEY,
    "created_at": "2026-11-03T08:15:00.000000Z",
}

_LONG = ("issues", "impact", "cleaning", "lineage", "money")
BRIEF: dict[str, Any] = {
    **{name: value for name, value in IMPORT.items() if name not in _LONG},
    "issues_total": 1,
    "errors_total": 0,
    "investments_total": 1,
    "programs_total": 1,
    "orphans_total": 1,
    "lineage_total": 1,
}


def _extent(value: Any) -> Any:
    return Extent.WHOLE if value == "" else value


def _clean(value: Any) -> Any:
    return False if value == "" else value


Optional = Annotated[Line | None, LeftOut]


class ImportIn(Incoming):
    """The form of an import; fields left empty count as left out."""

    file: Annotated[
        SentFile,
        Field(
            description="GeoPackage, FlatGeobuf, GeoJSON, TopoJSON, GML or KML, plain or zipped; "
            "a Shapefile, a MapInfo TAB or MIF zipped."
        ),
    ]
    scheme: Code
    code_field: Annotated[Line, Field(min_length=1, description="The field with the codes.")]
    name_field: Annotated[Line, Field(min_length=1, description="The field with the names.")]
    valid_from: Date = Field(description="The newest edition's own date corrects that one.")
    extent: Annotated[Extent, BeforeValidator(_extent)] = Field(
        default=Extent.WHOLE, description="Whether codes that the file lacks vanish."
    )
    layer: Optional = Field(default=None, description="Which layer, if the file has several.")
    crs: Optional = Field(default=None, description="Such as EPSG:3007, over the file's own.")
    encoding: Optional = Field(
        default=None, description="How texts are written in a Shapefile or MapInfo."
    )
    clean: Annotated[Flag, BeforeValidator(_clean)] = Field(
        default=False,
        description="Close overlaps and gaps that are nowhere wider than 10 m; of a whole file.",
    )


class HeirIn(Incoming):
    code: AreaCode
    share: Annotated[Share, Field(gt=0)]


def _heirs(value: Any) -> Any:
    return [{"code": value, "share": 1}] if isinstance(value, str) else value


HeirsIn = Annotated[list[HeirIn], Field(min_length=1, max_length=1000), BeforeValidator(_heirs)]
_HEIRS_SCHEMA = {
    "additionalProperties": {
        "anyOf": [
            {"type": "string", "minLength": 1, "maxLength": 64},
            {"type": "array", "items": {"$ref": "#/components/schemas/HeirIn"}, "minItems": 1},
        ]
    }
}


class ApplyIn(Incoming):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "successors": {
                    "1280R031": "1280R030",
                    "1280R032": [
                        {"code": "1280R053", "share": 0.6},
                        {"code": "1280R054", "share": 0.4},
                    ],
                }
            }
        }
    )

    successors: Annotated[
        dict[AreaCode, HeirsIn],
        Field(
            max_length=100_000,
            description="What took over each code that vanishes: one code, or several with "
            "shares that sum to 1.",
            json_schema_extra=lambda schema: schema.update(_HEIRS_SCHEMA),
        ),
    ] = Field(default_factory=dict)
    accept_lineage: Truth = Field(
        default=False,
        description="Take the import's `lineage` for codes that `successors` lacks.",
    )

    def heirs(self) -> dict[str, Heirs]:
        """The successors as the rules take them."""
        return {code: [_heir(heir) for heir in heirs] for code, heirs in self.successors.items()}


def _heir(heir: HeirIn) -> tuple[str, Decimal]:
    return heir.code, exact_share(heir.share)


class SourceOut(Outgoing):
    filename: str
    sha256: str
    driver: str
    layer: str
    crs: str
    features: int = Field(ge=0)


class CountsOut(Outgoing):
    added: int = Field(ge=0)
    changed: int = Field(ge=0)
    removed: int = Field(ge=0)
    unchanged: int = Field(ge=0)


class IssueOut(Outgoing):
    severity: Literal["error", "warning", "info"]
    kind: str
    code: str | None
    detail: str
    feature: int | None = Field(description="The row in the file, counted from 1.")
    point: tuple[float, float] | None = Field(description="Longitude and latitude.")
    done: Done = Field(description="What was done about it.")
    before_m2: float | None = Field(description="The surface before a repair.")
    after_m2: float | None = Field(description="The surface after it.")
    surface_m2: float | None = Field(description="Of an overlap, a gap or a sliver.")
    encoding: str | None = Field(description="The one that would mend a text.")


class CleanedAreaOut(Outgoing):
    code: str
    before_m2: float = Field(ge=0)
    after_m2: float = Field(ge=0)


class CleaningOut(Outgoing):
    """What cleaning did; `areas` has at most a thousand, those that changed most."""

    before_m2: float = Field(ge=0, description="The surfaces of all areas summed.")
    after_m2: float = Field(ge=0)
    changed: int = Field(ge=0, description="How many areas are not as in the file.")
    areas: list[CleanedAreaOut]


class AreaShareOut(Outgoing):
    code: str
    share: float = Field(ge=0, le=1)


class ChangedInvestmentOut(Outgoing):
    code: str
    name: str
    before: list[AreaShareOut]
    after: list[AreaShareOut]
    outside_before: float | None = Field(description="Null if it had no shares in the scheme.")
    outside_after: float | None
    served_before: list[AreaShareOut] | None = Field(description="Null if it names none.")
    served_after: list[AreaShareOut] | None


class ChangedProgramOut(Outgoing):
    code: str
    name: str
    areas: list[str] = Field(description="Those of its areas that vanish or are redrawn.")


class OrphanOut(Outgoing):
    code: str
    name: str
    investments: list[str]
    programs: list[str]


class ImpactOut(Outgoing):
    investments: list[ChangedInvestmentOut]
    programs: list[ChangedProgramOut]
    orphans: list[OrphanOut] = Field(description="Codes that need a successor.")


class _ImportOut(Outgoing):
    id: int
    status: Literal["previewed", "applied", "discarded"]
    scheme: str
    valid_from: Date
    extent: Extent
    source: SourceOut
    counts: CountsOut
    created_at: Moment


class ImportBriefOut(_ImportOut):
    """An import in the list: how much there is to read about it, which the import itself has."""

    model_config = ConfigDict(json_schema_extra={"example": BRIEF})

    issues_total: int = Field(ge=0)
    errors_total: int = Field(ge=0, description="Issues that keep it from being applied.")
    investments_total: int = Field(ge=0, description="Those whose shares change.")
    programs_total: int = Field(ge=0, description="Those with areas that vanish or are redrawn.")
    orphans_total: int = Field(ge=0, description="Codes that need a successor.")
    lineage_total: int = Field(ge=0, description="Codes that vanish.")


class ImportOut(_ImportOut):
    model_config = ConfigDict(json_schema_extra={"example": IMPORT})

    issues: list[IssueOut]
    impact: ImpactOut
    cleaning: CleaningOut | None = Field(description="Null where nobody asked for it.")
    lineage: list[TraceOut] = Field(description="What came instead of each code that vanishes.")
    money: MovedMoneyOut | None = Field(description="Null where no area changes.")


class ChangedAreaOut(Outgoing):
    code: str
    name: str
    change: Change


class ChangeOut(Outgoing):
    type: Literal["Feature"]
    properties: ChangedAreaOut
    geometry: dict[str, Any] = Field(description="WGS 84, longitude first.")


class ChangesOut(Outgoing):
    type: Literal["FeatureCollection"]
    features: list[ChangeOut]

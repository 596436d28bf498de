"""Indicators, in and out."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from portfolio.indicators.rules import Aggregation
from portfolio.table_imports.schemas import known_encoding
from portfolio.web.fields import Code, Incoming, Line, Moment, Name, Outgoing, Page
from portfolio.web.uploads import LeftOut, SentFile

INDICATOR_PATTERN = r"^[a-z0-9_]{1,64}$"
INDICATOR: dict[str, Any] = {
    "scheme": "regso",
    "area": "1280R032",
    "name": "Lindängen",
    "indicator": "population",
    "year": 2025,
    "value": 7412,
    "unit": "residents",
    "estimated": False,
    "source": "Statistics Sweden, population by RegSO, 31 December 2025",
    "from_scheme": "regso",
}
FILE: dict[str, Any] = {
    "id": 4,
    "scheme": "regso",
    "indicator": "population",
    "aggregation": "sum",
    "source": "Statistics Sweden, population by RegSO, 31 December 2025",
    "file": {
        "filename": "folkmangd_2025.csv",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "format": "csv",
        "sheet": None,
        "rows": 91,
        "encoding": "utf-8",
        "delimiter": ";",
    },
    "counts": {"added": 0, "changed": 2, "unchanged": 89},
    "issues": [],
    "recorded_at": "2026-11-03T08:15:00.000000Z",
}

Indicator = Annotated[
    str, StringConstraints(pattern=INDICATOR_PATTERN), Field(examples=["population"])
]


class IndicatorsIn(Incoming):
    """Fields left empty count as left out."""

    file: Annotated[SentFile, Field(description="XLSX, or CSV with ; , or tab.")]
    scheme: Code
    indicator: Indicator = Field(description="`population`, `area_type` or a name of your own.")
    source: Name = Field(description="Who published the figures, and when.")
    aggregation: Annotated[Aggregation | None, LeftOut] = Field(
        default=None,
        description="Of an indicator of your own: what becomes of its figures when areas are put "
        "together. Without it they are shown for their own scheme only.",
    )
    sheet: Annotated[Line | None, LeftOut] = Field(
        default=None, description="Its name, if there are several."
    )
    encoding: Annotated[str | None, AfterValidator(known_encoding), LeftOut] = Field(
        default=None, description="Of a CSV; UTF-8 if it can be that, otherwise cp1252."
    )
    decimal: Annotated[Literal[",", "."] | None, LeftOut] = Field(
        default=None, description="Whether numbers written as text have a comma or a point."
    )


class IndicatorSourceOut(Outgoing):
    filename: str
    sha256: str
    format: Literal["xlsx", "csv"]
    sheet: str | None
    rows: int = Field(ge=0)
    encoding: str | None = Field(description="How a CSV was read.")
    delimiter: str | None


class IndicatorCountsOut(Outgoing):
    added: int = Field(ge=0)
    changed: int = Field(ge=0, description="Another number, or another source.")
    unchanged: int = Field(ge=0)


class IndicatorIssueOut(Outgoing):
    severity: Literal["error", "warning"]
    kind: str
    row: int | None
    column: str | None
    detail: str


class IndicatorFileOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": FILE})

    id: int
    scheme: str
    indicator: str
    aggregation: Aggregation | None
    source: str
    file: IndicatorSourceOut
    counts: IndicatorCountsOut
    issues: list[IndicatorIssueOut]
    recorded_at: Moment


class IndicatorOut(Outgoing):
    model_config = ConfigDict(json_schema_extra={"example": INDICATOR})

    scheme: str
    area: str
    name: str
    indicator: str
    year: int
    value: float = Field(description="Whole if it is.")
    unit: str | None
    estimated: bool = Field(description="Not counted, but shared out or weighed.")
    source: str
    from_scheme: str = Field(description="Whose figures it follows from.")


class OutsideOut(Outgoing):
    scheme: str
    indicator: str
    year: int
    value: float


class IndicatorPage(Page[IndicatorOut]):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [INDICATOR],
                "next": None,
                "total": 1,
                "outside": [
                    {"scheme": "regso", "indicator": "population", "year": 2025, "value": 12}
                ],
            }
        }
    )

    outside: list[OutsideOut] = Field(
        description="What is summed up but lies in no area of the scheme (A7)."
    )

"""What reading a boundary file takes and gives. No library that can read files is imported here."""

from dataclasses import dataclass, field
from typing import Literal

import shapely

from portfolio.language import Text

Severity = Literal["error", "warning", "info"]
Done = Literal[
    "refused", "kept", "repaired", "straightened", "dropped", "shortened", "replaced", "cleaned"
]

MOST_ISSUES_OF_A_KIND = 1_000
MOST_CLEANED_AREAS = 1_000


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """How much one file may ask for; what goes beyond is refused."""

    features: int = 100_000
    vertices: int = 5_000_000
    file_bytes: int = 200 * 2**20
    unpacked_bytes: int = 400 * 2**20
    memory_bytes: int = 3 * 2**30
    seconds: int = 60


@dataclass(frozen=True, slots=True)
class ReaderRequest:
    """What the person who sends a file says about it."""

    code_field: str
    name_field: str
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    tolerance_m2: float = 1.0
    tolerance_m: float = 0.1
    clean: bool = False
    # West, south, east, north of the areas that are there already, in EPSG:3006.
    around: tuple[float, float, float, float] | None = None
    limits: ReaderLimits = field(default_factory=ReaderLimits)


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong or was changed.

    `feature` is the row in the file, counted from 1; `point` is longitude and latitude. What was
    repaired has its surface before and after, an overlap, a gap and a sliver theirs. `encoding`
    is the one that would mend a text.
    """

    severity: Severity
    kind: str
    code: str | None
    detail: Text
    feature: int | None = None
    point: tuple[float, float] | None = None
    done: Done = "kept"
    before_m2: float | None = None
    after_m2: float | None = None
    surface_m2: float | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        if self.severity == "error":
            object.__setattr__(self, "done", "refused")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the areas come from; `features` counts every row of the layer."""

    filename: str
    sha256: str
    driver: str
    layer: str
    crs: str
    features: int


@dataclass(frozen=True, slots=True)
class Feature:
    """One area; `index` is its row in the file, counted from 1; EPSG:3006, east then north."""

    index: int
    code: str
    name: str
    geometry: shapely.MultiPolygon


@dataclass(frozen=True, slots=True)
class CleanedArea:
    """An area whose boundary cleaning moved, and its surface before and after."""

    code: str
    before_m2: float
    after_m2: float


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What cleaning a coverage did: the surfaces of all areas summed, before and after.

    `changed` counts the areas that are not as in the file, `areas` has those of them that gained
    or lost most, by code.
    """

    before_m2: float
    after_m2: float
    changed: int
    areas: tuple[CleanedArea, ...]


@dataclass(frozen=True, slots=True)
class BoundaryFile:
    """`features` are the rows without an error; of a repeated code, the first row.

    `unreadable` are the codes, all of them, of rows that have one but also an error.
    """

    source: Source
    features: tuple[Feature, ...]
    issues: tuple[Issue, ...]
    cleaning: Cleaning | None = None
    unreadable: frozenset[str] = frozenset()


def capped(issues: list[Issue], most: int = MOST_ISSUES_OF_A_KIND) -> list[Issue]:
    """Keep the first `most` issues of each kind, and say in one more how many are left out."""
    by_kind: dict[str, list[Issue]] = {}
    for issue in issues:
        by_kind.setdefault(issue.kind, []).append(issue)
    kept: list[Issue] = []
    for kind, of_kind in by_kind.items():
        kept += of_kind[:most]
        if len(of_kind) > most:
            kept.append(_and_more(of_kind[0].severity, kind, len(of_kind) - most))
    return kept


def _and_more(severity: Severity, kind: str, more: int) -> Issue:
    detail = Text(
        f"Minst {more} till av samma slag visas inte. Rätta dem som visas och läs filen igen.",
        f"At least {more} more are not shown. Correct those shown and read the file again.",
    )
    return Issue(severity, kind, None, detail)


def rounded_m2(surface_m2: float) -> float:
    """Write a surface as the report does, in hundredths of a square metre."""
    return round(surface_m2, 2)

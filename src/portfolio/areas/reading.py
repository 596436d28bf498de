"""From an uploaded file to areas and issues. `reader_child` calls this inside the cage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from portfolio.areas.attributes import read_labels
from portfolio.areas.cleaning import Cleaned, clean_coverage
from portfolio.areas.coverage import check_coverage, point_in
from portfolio.areas.opening import open_layer
from portfolio.areas.reference_systems import Geometries, choose_crs, name_of
from portfolio.areas.report import Cleaning, Feature, Issue, ReaderRequest, capped
from portfolio.areas.shapes import shape_areas
from portfolio.areas.slivers import find_slivers
from portfolio.areas.wording import shortened

# Their texts are in one of many encodings; those of the other formats are in UTF-8.
STATES_NO_ENCODING = ("ESRI Shapefile", "MapInfo File")

LONGEST_LAYER = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """A layer as read; `rows` counts all of them, also those with errors."""

    driver: str
    layer: str
    crs: str
    rows: int
    features: tuple[Feature, ...]
    issues: tuple[Issue, ...]
    cleaning: Cleaning | None = None
    # Codes of rows that have one but also an error: more of them than there are issues.
    unreadable: frozenset[str] = frozenset()


def read_upload(upload: Path, folder: Path, request: ReaderRequest) -> Reading:
    """Read the file `upload`; a zip's parts are unpacked to `folder`.

    Raises:
        UnreadableFile: As `boundary_files.read_boundaries` says.
        UnknownCrs: Likewise.
    """
    layer = open_layer(upload, folder, request)
    crs, issues = choose_crs(request.crs, layer.crs)
    rereadable = request.encoding is not None or layer.driver in STATES_NO_ENCODING
    labels = read_labels(layer.codes, layer.names, rereadable=rereadable)
    geometries, found = shape_areas(layer, labels.codes, crs)
    rows = zip(labels.codes, labels.names, geometries, strict=True)
    sound = [
        Feature(row, code, name, geometry)
        for row, (code, name, geometry) in enumerate(rows, start=1)
        if code is not None and geometry is not None
    ]
    first = {feature.code: feature for feature in reversed(sound)}
    kept = tuple(feature for feature in sound if first[feature.code] is feature)
    cleaned = _cleaned(kept, request)
    kept = cleaned.features if cleaned else kept
    seams = cleaned.issues if cleaned else _seams(sound, request)
    slivers = find_slivers(kept, tolerance_m2=request.tolerance_m2)
    told = capped([*issues, *labels.issues, *found, *seams, *slivers])
    return Reading(
        driver=layer.driver,
        # Half a character can't be answered, and a sender may have written one.
        layer=shortened(layer.name, LONGEST_LAYER),
        crs=name_of(crs),
        rows=len(layer.codes),
        features=kept,
        issues=tuple(_with_point(issue, geometries) for issue in told),
        cleaning=cleaned.cleaning if cleaned else None,
        unreadable=frozenset(code for code in labels.codes if code is not None) - first.keys(),
    )


def _with_point(issue: Issue, geometries: Geometries) -> Issue:
    """Of a row that has a boundary, what is wrong with its code or name has a place as well."""
    if issue.point is not None or not issue.feature:
        return issue
    surface = geometries[issue.feature - 1]
    return issue if surface is None else replace(issue, point=point_in(surface))


def _seams(features: Sequence[Feature], request: ReaderRequest) -> Sequence[Issue]:
    return check_coverage(
        features, tolerance_m2=request.tolerance_m2, tolerance_m=request.tolerance_m
    )


def _cleaned(features: Sequence[Feature], request: ReaderRequest) -> Cleaned | None:
    """Only on request: what is nobody's mistake must not be moved."""
    if not request.clean:
        return None
    return clean_coverage(
        features, tolerance_m2=request.tolerance_m2, tolerance_m=request.tolerance_m
    )

"""From an uploaded file to areas and issues. `reader_child` calls this inside the cage."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portfolio.areas.attributes import read_labels
from portfolio.areas.cleaning import Cleaned, clean_coverage
from portfolio.areas.coverage import check_coverage
from portfolio.areas.opening import open_layer
from portfolio.areas.reference_systems import choose_crs, name_of
from portfolio.areas.report import Cleaning, Feature, Issue, ReaderRequest, capped
from portfolio.areas.shapes import shape_areas
from portfolio.areas.slivers import find_slivers

# Their texts are in one of many encodings; those of the other formats are in UTF-8.
STATES_NO_ENCODING = ("ESRI Shapefile", "MapInfo File")


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
    return Reading(
        driver=layer.driver,
        layer=layer.name,
        crs=name_of(crs),
        rows=len(layer.codes),
        features=kept,
        issues=tuple(capped([*issues, *labels.issues, *found, *seams, *slivers])),
        cleaning=cleaned.cleaning if cleaned else None,
    )


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

"""From an uploaded file to areas and issues. `reader_child` calls this inside the cage."""

from dataclasses import dataclass
from pathlib import Path

from portfolio.areas.attributes import read_labels
from portfolio.areas.coverage import check_coverage
from portfolio.areas.opening import open_layer
from portfolio.areas.reference_systems import choose_crs, name_of
from portfolio.areas.report import Feature, Issue, ReaderRequest, capped
from portfolio.areas.shapes import shape_areas


@dataclass(frozen=True, slots=True)
class Reading:
    """A layer as read; `rows` counts all of them, also those with errors."""

    driver: str
    layer: str
    crs: str
    rows: int
    features: tuple[Feature, ...]
    issues: tuple[Issue, ...]


def read_upload(upload: Path, folder: Path, request: ReaderRequest) -> Reading:
    """Read the file `upload`; a zip's parts are unpacked to `folder`.

    Raises:
        UnreadableFile: As `boundary_files.read_boundaries` says.
        UnknownCrs: Likewise.
    """
    layer = open_layer(upload, folder, request)
    crs, issues = choose_crs(request.crs, layer.crs)
    labels = read_labels(layer.codes, layer.names)
    geometries, found = shape_areas(layer, labels.codes, crs)
    rows = zip(labels.codes, labels.names, geometries, strict=True)
    sound = [
        Feature(row, code, name, geometry)
        for row, (code, name, geometry) in enumerate(rows, start=1)
        if code is not None and geometry is not None
    ]
    seams = check_coverage(
        sound, tolerance_m2=request.tolerance_m2, tolerance_m=request.tolerance_m
    )
    issues = capped([*issues, *labels.issues, *found, *seams])
    first = {feature.code: feature for feature in reversed(sound)}
    return Reading(
        driver=layer.driver,
        layer=layer.name,
        crs=name_of(crs),
        rows=len(layer.codes),
        features=tuple(feature for feature in sound if first[feature.code] is feature),
        issues=tuple(issues),
    )

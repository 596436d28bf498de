"""The process that reads one boundary file: `python -m portfolio.areas.reader_child FOLDER PID`.

FOLDER holds `upload` and `request.json`; the answer goes to `answer.json` and `areas.wkb`
beside them. Nothing that reads files is imported before the cage is closed.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portfolio.areas import cage
from portfolio.areas.report import ReaderLimits, ReaderRequest
from portfolio.errors import InvalidBody, UnknownCrs, UnreadableFile

if TYPE_CHECKING:
    from portfolio.areas.raw_layers import RawLayer
    from portfolio.areas.report import Feature, Issue

UPLOAD, REQUEST, ANSWER, AREAS = "upload", "request.json", "answer.json", "areas.wkb"


def main(folder: Path, parent: int) -> None:
    """Read the upload in `folder` and leave the answer there."""
    stated = json.loads((folder / REQUEST).read_text("utf-8"))
    request = ReaderRequest(**{**stated, "limits": ReaderLimits(**stated["limits"])})
    cage.confine(request.limits, parent)
    _close_the_cage()
    try:
        answer = _read(folder, request)
    except InvalidBody as refusal:
        answer = {"refusal": _refusal(refusal)}
    except MemoryError:
        answer = {"refusal": _refusal(_too_large())}
    (folder / ANSWER).write_text(json.dumps(answer), "utf-8")


def _close_the_cage() -> None:
    # pyogrio imports these two if it can; they take a second and are not needed here.
    sys.modules.update(dict.fromkeys(("geopandas", "pandas")))  # type: ignore[arg-type]
    import pyogrio

    cage.require_only_allowed(pyogrio.list_drivers())


def _read(folder: Path, request: ReaderRequest) -> dict[str, Any]:
    from portfolio.areas.attributes import read_labels
    from portfolio.areas.reference_systems import choose_crs, name_of
    from portfolio.areas.shapes import shape_areas

    layer = _open_layer(folder, request)
    crs, issues = choose_crs(request.crs, layer.crs)
    labels = read_labels(layer.codes, layer.names)
    issues += labels.issues
    geometries, found = shape_areas(layer, labels.codes, crs)
    issues += found
    features = [
        _feature(row, code, name, geometry)
        for row, (code, name, geometry) in enumerate(
            zip(labels.codes, labels.names, geometries, strict=True), start=1
        )
        if code is not None and geometry is not None
    ]
    source = {
        "driver": layer.driver,
        "layer": layer.name,
        "crs": name_of(crs),
        "features": len(layer.codes),
    }
    return {"source": source, **_checked(folder, features, issues)}


def _open_layer(folder: Path, request: ReaderRequest) -> "RawLayer":
    from portfolio.areas.archives import unpack_layer
    from portfolio.areas.file_formats import Format, detect
    from portfolio.areas.geojson import read_geojson
    from portfolio.areas.raw_layers import read_geopackage, read_shapefile

    path, name = folder / UPLOAD, request.layer or "areas"
    format_ = detect(path)
    if format_ is Format.ZIP:
        most = request.limits.unpacked_bytes
        found = unpack_layer(path, folder, layer=request.layer, most_bytes=most)
        path, name, format_ = found.path, found.layer, found.format
    if format_ is Format.SHAPEFILE:
        return read_shapefile(path, name, request)
    if format_ is Format.GEOJSON:
        return read_geojson(path, name, request)
    return read_geopackage(path, request)


def _feature(row: int, code: str, name: str, geometry: Any) -> "Feature":
    from portfolio.areas.report import Feature

    return Feature(row, code, name, geometry)


def _checked(folder: Path, features: "list[Feature]", issues: "list[Issue]") -> dict[str, Any]:
    """Check the coverage, write the geometries, and describe both."""
    import shapely

    from portfolio.areas.coverage import check_coverage
    from portfolio.areas.report import capped

    issues = capped([*issues, *check_coverage(features)])
    first = {feature.code: feature for feature in reversed(features)}
    kept = [feature for feature in features if first[feature.code] is feature]
    blobs = shapely.to_wkb([feature.geometry for feature in kept])
    (folder / AREAS).write_bytes(b"".join(blobs))
    return {
        "features": [
            {"index": area.index, "code": area.code, "name": area.name, "wkb_bytes": len(blob)}
            for area, blob in zip(kept, blobs, strict=True)
        ],
        "issues": [asdict(issue) for issue in issues],
    }


def _refusal(refusal: InvalidBody) -> dict[str, Any]:
    return {
        "unknown_crs": isinstance(refusal, UnknownCrs),
        "detail": asdict(refusal.detail),
        "errors": [asdict(error) for error in refusal.errors],
    }


def _too_large() -> UnreadableFile:
    return UnreadableFile(
        "Filen kräver för mycket minne. Dela upp den eller förenkla gränserna.",
        "The file takes too much memory. Split it or simplify the boundaries.",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

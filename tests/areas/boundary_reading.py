"""Short ways to read a sample, caged or not, and to look at what came of it."""

import io
import tempfile
from pathlib import Path

import pytest
import shapely

from portfolio import errors
from portfolio.areas.boundary_files import BoundaryFile, read_boundaries
from portfolio.areas.reading import Reading, read_upload
from portfolio.areas.report import ReaderRequest
from tests.areas import boundary_samples as samples
from tests.areas.boundary_samples import SWEREF_MEMBER


def read(content: bytes | Path, filename: str = "file", **said) -> BoundaryFile:
    source = content if isinstance(content, Path) else io.BytesIO(content)
    return read_boundaries(source, filename, **{"code_field": "code", "name_field": "name", **said})


def read_here(content: bytes | Path, **said) -> Reading:
    """Read without a cage, a hundred times faster: for what the content alone decides."""
    request = ReaderRequest(**{"code_field": "code", "name_field": "name", **said})
    with tempfile.TemporaryDirectory() as name:
        upload = Path(name) / "upload"
        upload.write_bytes(content.read_bytes() if isinstance(content, Path) else content)
        return read_upload(upload, Path(name), request)


def read_features(*features, **said) -> Reading:
    return read_here(samples.geojson(features, crs=SWEREF_MEMBER), **said)


def kinds(boundaries: BoundaryFile | Reading) -> list[tuple[str, str]]:
    return [(issue.severity, issue.kind) for issue in boundaries.issues]


def refusal(content: bytes | Path, how=read_here, **said) -> errors.UnreadableFile:
    with pytest.raises(errors.UnreadableFile) as refused:
        how(content, **said)
    assert refused.value.detail.sv
    assert refused.value.detail.en
    return refused.value


def pointers(refused: errors.UnreadableFile) -> list[str]:
    return [error.pointer for error in refused.errors]


def spread_m(boundaries: Reading, shapes) -> float:
    areas = [area.geometry for area in boundaries.features]
    return float(shapely.hausdorff_distance(areas, shapes).max())

"""Read an uploaded boundary file, as EPSG:3006.

GeoPackage, FlatGeobuf, GeoJSON, TopoJSON, GML and KML, as they are or in a zip; Shapefile, MapInfo
TAB and MIF/MID in a zip.

What a stranger sends is opened, unpacked and understood in a process of its own
(`reader_child`, caged by `cage`), whose answer is checked here before use.
"""

import json
import tempfile
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import shapely
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from portfolio.areas import cage, reader_child
from portfolio.areas.reader_process import copy_upload, run_reader, unfinished
from portfolio.areas.report import (
    BoundaryFile,
    Cleaning,
    Feature,
    Issue,
    ReaderLimits,
    ReaderRequest,
    Source,
)
from portfolio.errors import FieldError, UnknownCrs, UnreadableFile
from portfolio.language import Text

__all__ = ["BoundaryFile", "Feature", "Issue", "ReaderLimits", "Source", "read_boundaries"]

LARGEST_ANSWER_BYTES = 100 * 2**20
MULTI_POLYGON = 6


@dataclass(frozen=True)
class _Area:
    index: int
    code: str
    name: str
    wkb_bytes: int


@dataclass(frozen=True)
class _Layer:
    driver: str
    layer: str
    crs: str
    features: int


@dataclass(frozen=True)
class _Refusal:
    unknown_crs: bool
    detail: Text
    errors: tuple[FieldError, ...]


@dataclass(frozen=True)
class _Answer:
    source: _Layer | None = None
    features: tuple[_Area, ...] = ()
    issues: tuple[Issue, ...] = ()
    cleaning: Cleaning | None = None
    unreadable: frozenset[str] = frozenset()
    refusal: _Refusal | None = None


_answer = TypeAdapter(_Answer)


def read_boundaries(
    file: BinaryIO | Path,
    filename: str,
    *,
    code_field: str,
    name_field: str,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    limits: ReaderLimits = ReaderLimits(),  # noqa: B008  # frozen
    tolerance_m2: float = 1.0,
    tolerance_m: float = 0.1,
    clean: bool = False,
    around: tuple[float, float, float, float] | None = None,
) -> BoundaryFile:
    """Read the areas of one layer, and list everything that is wrong with it.

    Args:
        file: The bytes, from where the stream stands, or where they are.
        filename: What the sender calls the file; only repeated in the answer.
        code_field: The field with each area's code.
        name_field: The field with its name; may be the same field.
        layer: Which layer, if the file has several; `file/layer` in a zip of several such.
        crs: `EPSG:n`, over what the file itself says.
        encoding: How text is written, if not as the file says. GeoPackage and FlatGeobuf are
            always in UTF-8.
        limits: How much the file may ask for.
        tolerance_m2: Overlaps and gaps of this surface or less are not reported.
        tolerance_m: Nor those that are nowhere wider than this.
        clean: Whether to close small overlaps and gaps, as `cleaning.clean_coverage` does.
        around: West, south, east and north of the areas that are there already, in EPSG:3006:
            where the reference system is missing, those in which the file meets them come first.

    Raises:
        UnreadableFile: The file is none of the formats, damaged, too large, or has no such
            layer or field; `errors` point to `/layer`, `/code_field`, `/name_field`.
        UnknownCrs: Neither the file nor `crs` says which reference system it is.
    """
    request = ReaderRequest(
        code_field=code_field,
        name_field=name_field,
        layer=layer,
        crs=crs,
        encoding=encoding,
        tolerance_m2=tolerance_m2,
        tolerance_m=tolerance_m,
        clean=clean,
        around=around,
        limits=limits,
    )
    with tempfile.TemporaryDirectory(prefix="boundaries-") as name:
        folder = Path(name)
        sha256 = copy_upload(file, folder / reader_child.UPLOAD, limits.file_bytes)
        stated = json.dumps(asdict(request))
        (folder / reader_child.REQUEST).write_text(stated, "utf-8")
        environment = cage.environment(folder)
        run_reader(reader_child.__name__, folder, environment, limits.seconds)
        return _take_answer(folder, filename, sha256)


def _take_answer(folder: Path, filename: str, sha256: str) -> BoundaryFile:
    answer = _parse_answer(folder)
    if answer.refusal is not None:
        refused = UnknownCrs if answer.refusal.unknown_crs else UnreadableFile
        raise refused(answer.refusal.detail.sv, answer.refusal.detail.en, answer.refusal.errors)
    if answer.source is None:
        raise unfinished(folder)
    layer = answer.source
    source = Source(filename, sha256, layer.driver, layer.layer, layer.crs, layer.features)
    shapes = _parse_shapes(folder, [area.wkb_bytes for area in answer.features])
    features = tuple(
        Feature(area.index, area.code, area.name, shape)
        for area, shape in zip(answer.features, shapes, strict=True)
    )
    return BoundaryFile(source, features, answer.issues, answer.cleaning, answer.unreadable)


def _parse_answer(folder: Path) -> _Answer:
    path = folder / reader_child.ANSWER
    if not path.is_file() or path.stat().st_size > LARGEST_ANSWER_BYTES:
        raise unfinished(folder)
    try:
        return _answer.validate_json(path.read_bytes())
    except ValidationError as error:
        raise unfinished(folder) from error


def _parse_shapes(folder: Path, sizes: list[int]) -> list[shapely.MultiPolygon]:
    content = (folder / reader_child.AREAS).read_bytes()
    ends = np.cumsum([0, *sizes])
    if min(sizes, default=0) < 0 or ends[-1] != len(content):
        raise unfinished(folder)
    blobs = [content[start:end] for start, end in pairwise(ends)]
    shapes = np.asarray(shapely.from_wkb(blobs, on_invalid="ignore"), dtype=object)
    if (shapely.get_type_id(shapes) != MULTI_POLYGON).any():
        raise unfinished(folder)
    return list(shapes)

"""Read an uploaded boundary file: GeoPackage, zipped Shapefile or GeoJSON, as EPSG:3006.

What a stranger sends is only copied and hashed here. It is opened, unpacked and understood
in a process of its own (`reader_child`, caged by `cage`), whose answer is checked before use.
"""

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import shapely
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from portfolio.areas import cage, reader_child
from portfolio.areas.report import (
    BoundaryFile,
    Feature,
    Issue,
    ReaderLimits,
    ReaderRequest,
    Source,
)
from portfolio.errors import FieldError, UnknownCrs, UnreadableFile
from portfolio.language import Text

__all__ = ["BoundaryFile", "Feature", "Issue", "ReaderLimits", "Source", "read_boundaries"]

CHUNK_BYTES = 2**20
LARGEST_ANSWER_BYTES = 100 * 2**20
MULTI_POLYGON = 6

# Each reader may take gigabytes, so a process of the server runs no more than these at once.
_readers = threading.BoundedSemaphore(2)
# Whoever waits for one keeps a thread that other requests need, so nobody waits long.
WAIT_SECONDS = 1.0
_log = logging.getLogger(__name__)


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
) -> BoundaryFile:
    """Read the areas of one layer, and list everything that is wrong with it.

    Args:
        file: The bytes, from where the stream stands, or where they are.
        filename: What the sender calls the file; only repeated in the answer.
        code_field: The field with each area's code.
        name_field: The field with its name; may be the same field.
        layer: Which layer, if the file has several.
        crs: `EPSG:n`, over what the file itself says.
        encoding: How text is written in a Shapefile, if not as the file says.
        limits: How much the file may ask for.
        tolerance_m2: Overlaps and gaps of this surface or less are not reported.
        tolerance_m: Nor those that are nowhere wider than this.

    Raises:
        UnreadableFile: The file is none of the formats, damaged, too large, or has no such
            layer or field; `errors` point to `/layer`, `/code_field`, `/name_field`.
        UnknownCrs: Neither the file nor `crs` says which reference system it is.
    """
    request = ReaderRequest(
        code_field, name_field, layer, crs, encoding, tolerance_m2, tolerance_m, limits
    )
    with tempfile.TemporaryDirectory(prefix="boundaries-") as name:
        folder = Path(name)
        sha256 = _copy(file, folder / reader_child.UPLOAD, limits.file_bytes)
        stated = json.dumps(asdict(request))
        (folder / reader_child.REQUEST).write_text(stated, "utf-8")
        _run_reader(folder, limits)
        return _take_answer(folder, filename, sha256)


def _copy(file: BinaryIO | Path, to: Path, most_bytes: int) -> str:
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return _copy(opened, to, most_bytes)
    digest, size = hashlib.sha256(), 0
    with to.open("xb") as target:
        while chunk := file.read(CHUNK_BYTES):
            size += len(chunk)
            if size > most_bytes:
                raise UnreadableFile(
                    f"Filen är större än {most_bytes // 2**20} MiB. Dela upp den.",
                    f"The file is larger than {most_bytes // 2**20} MiB. Split it.",
                )
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def _run_reader(folder: Path, limits: ReaderLimits) -> None:
    """Run the caged reader to its end, or end it."""
    command = [sys.executable, "-I", "-X", "utf8", "-m", reader_child.__name__]
    if not _readers.acquire(timeout=WAIT_SECONDS):
        raise UnreadableFile(
            "Andra filer läses just nu. Försök igen om en minut.",
            "Other files are being read just now. Try again in a minute.",
        )
    try:
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  # our own program, our own arguments
                [*command, str(folder), str(os.getpid())],
                cwd=folder,
                env=cage.environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            _await(process, limits.seconds)
    finally:
        _readers.release()


def _await(process: subprocess.Popen[bytes], seconds: int) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(
            f"Filen hann inte läsas på {seconds} sekunder. Förenkla gränserna eller dela upp den.",
            f"The file was not read within {seconds} seconds. Simplify the boundaries or split it.",
        ) from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _take_answer(folder: Path, filename: str, sha256: str) -> BoundaryFile:
    answer = _parse_answer(folder)
    if answer.refusal is not None:
        refused = UnknownCrs if answer.refusal.unknown_crs else UnreadableFile
        raise refused(answer.refusal.detail.sv, answer.refusal.detail.en, answer.refusal.errors)
    if answer.source is None:
        raise _unfinished(folder)
    layer = answer.source
    source = Source(filename, sha256, layer.driver, layer.layer, layer.crs, layer.features)
    shapes = _parse_shapes(folder, [area.wkb_bytes for area in answer.features])
    features = tuple(
        Feature(area.index, area.code, area.name, shape)
        for area, shape in zip(answer.features, shapes, strict=True)
    )
    return BoundaryFile(source, features, answer.issues)


def _parse_answer(folder: Path) -> _Answer:
    path = folder / reader_child.ANSWER
    if not path.is_file() or path.stat().st_size > LARGEST_ANSWER_BYTES:
        raise _unfinished(folder)
    try:
        return _answer.validate_json(path.read_bytes())
    except ValidationError as error:
        raise _unfinished(folder) from error


def _parse_shapes(folder: Path, sizes: list[int]) -> list[shapely.MultiPolygon]:
    content = (folder / reader_child.AREAS).read_bytes()
    ends = np.cumsum([0, *sizes])
    if min(sizes, default=0) < 0 or ends[-1] != len(content):
        raise _unfinished(folder)
    blobs = [content[start:end] for start, end in pairwise(ends)]
    shapes = np.asarray(shapely.from_wkb(blobs, on_invalid="ignore"), dtype=object)
    if (shapely.get_type_id(shapes) != MULTI_POLYGON).any():
        raise _unfinished(folder)
    return list(shapes)


def _unfinished(folder: Path) -> UnreadableFile:
    """The reader ended without an answer: the file made it fail, or it has a fault."""
    with (folder / "log").open("rb") as log:
        log.seek(max(0, os.fstat(log.fileno()).st_size - 4000))
        _log.error("boundary reader gave no answer: %s", log.read().decode("utf-8", "replace"))
    return UnreadableFile(
        "Filen kunde inte läsas: den är skadad eller för stor. Exportera den på nytt.",
        "The file could not be read: it is damaged or too large. Export it anew.",
    )

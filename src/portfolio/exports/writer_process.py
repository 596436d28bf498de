"""Writing files for a GIS in a process of their own, from what the server hands it as files."""

import json
import logging
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from typing import Any

import orjson
import shapely

from portfolio.areas import cage
from portfolio.areas.caged_run import end_of_log, run_caged
from portfolio.errors import TooManyAtOnce
from portfolio.exports import styles, writer_child
from portfolio.exports.sheets import Sheet
from portfolio.language import Language

SECONDS = 120
# Each takes a core, and what it writes in memory, so a process of the server has no more than these
# at once. Whoever waited would keep a thread, and on SQLite the turn, that other requests need.
_writers = threading.BoundedSemaphore(2)
# Those without a key, however many, leave one to those who have one.
_public_writers = threading.BoundedSemaphore(1)
_log = logging.getLogger(__name__)


class FileFormat(StrEnum):
    GPKG = "gpkg"
    FGB = "fgb"
    GEOJSON = "geojson"
    CSV = "csv"


def write_file(
    read_sheets: Callable[[], Sequence[Sheet]], format: FileFormat, language: Language
) -> BufferedReader:
    """The tables as a file that is open for reading and gone when it is closed.

    They are kept no longer than it takes to lay them out. The same tables give the same bytes. A
    FlatGeobuf takes one table; GeoJSON and CSV need no process of their own, `open_data` writes
    them.

    Raises:
        TooManyAtOnce: It took too long.
    """
    with _folder() as folder:
        _lay_out(folder, read_sheets(), format, language)
        _run(folder)
        # The name goes, the bytes stay until the answer is sent, however that ends.
        return (folder / writer_child.WRITTEN).open("rb")


@contextmanager
def turn(*, is_public: bool) -> Iterator[None]:
    """One of the few places for writing; nobody waits for one.

    Raises:
        TooManyAtOnce: Other files are being written.
    """
    with ExitStack() as places:
        if is_public:
            _take(_public_writers, places)
        _take(_writers, places)
        yield


def _take(free: threading.BoundedSemaphore, places: ExitStack) -> None:
    if not free.acquire(blocking=False):
        raise TooManyAtOnce(
            "Andra filer skrivs just nu. Försök igen om en stund.",
            "Other files are being written just now. Try again in a moment.",
        )
    places.callback(free.release)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="export-"))
    try:
        yield folder
    finally:
        try:
            shutil.rmtree(folder)
        except OSError:
            # The file is whole all the same, or why it isn't is what the caller must hear.
            _log.exception("a folder could not be removed: %s", folder)


def _lay_out(folder: Path, sheets: Sequence[Sheet], format: FileFormat, language: Language) -> None:
    tables = [_put_table(folder, number, sheet, language) for number, sheet in enumerate(sheets)]
    request = {
        "format": format.value,
        "seconds": SECONDS,
        "tables": tables,
        "styles": styles.described(sheets, language) if format is FileFormat.GPKG else [],
    }
    (folder / writer_child.REQUEST).write_text(json.dumps(request), "utf-8")


def _put_table(folder: Path, number: int, sheet: Sheet, language: Language) -> dict[str, Any]:
    names = [field.name for field in sheet.fields]
    placeless = 0
    with (
        (folder / f"{number}.rows").open("wb") as rows,
        (folder / f"{number}.wkb").open("wb") as to,
    ):
        for feature, shape in zip(sheet.features, sheet.shapes(), strict=True):
            size = None
            if shape is None:
                placeless += 1
            else:
                size = to.write(shapely.to_wkb(shape))
            values = [feature.properties[name] for name in names]
            rows.write(orjson.dumps([size, *values], option=orjson.OPT_APPEND_NEWLINE))
    return {
        "name": sheet.name,
        "title": sheet.title.in_language(language),
        "fields": [{"name": field.name, "kind": field.kind.value} for field in sheet.fields],
        "geometry": sheet.geometry,
        "rows": len(sheet.features),
        "placeless": placeless,
    }


def _run(folder: Path) -> None:
    try:
        code = run_caged(writer_child.__name__, folder, _environment(folder), SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TooManyAtOnce(
            f"Filen hann inte skrivas på {SECONDS} sekunder; försök igen när färre arbetar.",
            f"The file was not written within {SECONDS} seconds; try again when fewer are at work.",
        ) from error
    if code != 0:
        _log.error("a writer failed: %s", end_of_log(folder))
        raise RuntimeError("The process that writes a file for a GIS failed; see the log.")


def _environment(folder: Path) -> dict[str, str]:
    return {
        **cage.bare_environment(folder),
        # Without it the moment of writing stands in the file, and no two are the same.
        "OGR_CURRENT_DATE": writer_child.NO_MOMENT,
        "PROJ_NETWORK": "OFF",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }

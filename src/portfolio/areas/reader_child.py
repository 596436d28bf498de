"""The process that reads one boundary file: `python -m portfolio.areas.reader_child FOLDER PID`.

FOLDER holds `upload` and `request.json`; the answer goes to `answer.json` and `areas.wkb`
beside them. Nothing that reads files is imported before the cage is closed.
"""

import gc
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portfolio.areas import cage
from portfolio.areas.report import ReaderLimits, ReaderRequest
from portfolio.errors import InvalidBody, UnknownCrs, UnreadableFile

if TYPE_CHECKING:
    from portfolio.areas.reading import Reading

UPLOAD, REQUEST, ANSWER, AREAS = "upload", "request.json", "answer.json", "areas.wkb"


def main(folder: Path, parent: int) -> None:
    """Read the upload in `folder` and leave the answer there."""
    # A process that reads one file and ends has no use for looking through millions of numbers.
    gc.disable()
    stated = json.loads((folder / REQUEST).read_text("utf-8"))
    request = ReaderRequest(**{**stated, "limits": ReaderLimits(**stated["limits"])})
    cage.confine(request.limits.memory_bytes, request.limits.seconds, parent)
    from portfolio.areas.reading import read_upload

    try:
        answer = _answer(folder, read_upload(folder / UPLOAD, folder, request))
    except InvalidBody as refusal:
        answer = {"refusal": _refusal(refusal)}
    except MemoryError:
        answer = {"refusal": _refusal(_too_large())}
    (folder / ANSWER).write_text(json.dumps(answer), "utf-8")


def _answer(folder: Path, reading: "Reading") -> dict[str, Any]:
    """Write the geometries to their file and describe the rest."""
    import numpy as np
    import shapely

    shapes = np.array([area.geometry for area in reading.features], dtype=object)
    blobs: list[bytes] = shapely.to_wkb(shapes).tolist()
    (folder / AREAS).write_bytes(b"".join(blobs))
    return {
        "source": {
            "driver": reading.driver,
            "layer": reading.layer,
            "crs": reading.crs,
            "features": reading.rows,
        },
        "features": [
            {"index": area.index, "code": area.code, "name": area.name, "wkb_bytes": len(blob)}
            for area, blob in zip(reading.features, blobs, strict=True)
        ],
        "issues": [asdict(issue) for issue in reading.issues],
        "cleaning": asdict(reading.cleaning) if reading.cleaning else None,
        "unreadable": sorted(reading.unreadable),
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

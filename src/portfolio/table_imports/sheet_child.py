"""The process that reads one sheet: `python -m portfolio.table_imports.sheet_child FOLDER PID`.

FOLDER holds `upload` and `request.json`; the answer goes to `answer.json` beside them.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from portfolio.areas import cage
from portfolio.errors import InvalidBody, UnreadableFile
from portfolio.table_imports.rules import Broken, Cell
from portfolio.table_imports.sheets import Sheet, SheetLimits, SheetRequest, read_sheet

UPLOAD, REQUEST, ANSWER = "upload", "request.json", "answer.json"


def main(folder: Path, parent: int) -> None:
    """Read the upload in `folder` and leave the answer there."""
    stated = json.loads((folder / REQUEST).read_text("utf-8"))
    request = SheetRequest(**{**stated, "limits": SheetLimits(**stated["limits"])})
    cage.confine(request.limits.memory_bytes, request.limits.seconds, parent)
    try:
        answer = {"sheet": _shown(read_sheet(folder / UPLOAD, request))}
    except InvalidBody as refusal:
        answer = {"refusal": _refusal(refusal)}
    except MemoryError:
        answer = {"refusal": _refusal(_too_large())}
    # Escaped, since a lone surrogate can't be written otherwise.
    (folder / ANSWER).write_text(json.dumps(answer), "ascii")


def _shown(sheet: Sheet) -> dict[str, Any]:
    """The sheet as JSON; a broken cell is a list with its text."""
    rows = [(number, [_plain(cell) for cell in row]) for number, row in sheet.rows]
    return {
        "format": sheet.format,
        "sheet": sheet.sheet,
        "encoding": sheet.encoding,
        "delimiter": sheet.delimiter,
        "rows": rows,
    }


def _plain(cell: Cell) -> Any:
    return [cell.shown] if isinstance(cell, Broken) else cell


def _refusal(refusal: InvalidBody) -> dict[str, Any]:
    return {
        "detail": asdict(refusal.detail),
        "errors": [asdict(error) for error in refusal.errors],
    }


def _too_large() -> UnreadableFile:
    return UnreadableFile(
        "Filen kräver för mycket minne. Dela upp den.",
        "The file takes too much memory. Split it.",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

"""The process that sets one paper: `python -m portfolio.papers.typesetter_child FOLDER PID`.

FOLDER holds `request.json`, `data.json`, the templates and the pictures; what strangers wrote is in
the data only, which a template reads as texts. The paper is left as `set.pdf` beside them.
"""

import json
import sys
from pathlib import Path

import typst

from portfolio.areas import cage

REQUEST, DATA, WRITTEN = "request.json", "data.json", "set.pdf"
MEMORY_BYTES = 2 * 2**30


def main(folder: Path, parent: int) -> None:
    request = json.loads((folder / REQUEST).read_text("utf-8"))
    cage.confine(MEMORY_BYTES, request["seconds"], parent)
    paper = typst.compile(
        folder / request["template"],
        root=folder,
        font_paths=[Path(request["fonts"])],
        ignore_system_fonts=True,
        # There is nothing: a template that names a package fails instead of fetching it.
        package_path=folder / "packages",
        package_cache_path=folder / "packages",
        pdf_standards=["ua-1"],
    )
    (folder / "unfinished").write_bytes(paper)
    (folder / "unfinished").rename(folder / WRITTEN)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

"""Setting a paper in a process of its own, from data that the server hands it as files.

The typesetter is quick, but a paper may hold the longest texts that anybody could write: whatever
it takes, it takes from a process that has a limit on time and memory.
"""

import logging
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from portfolio.areas import cage
from portfolio.areas.caged_run import end_of_log, run_caged
from portfolio.errors import TooManyAtOnce
from portfolio.papers import typesetter_child
from portfolio.papers.glyphs import FONTS, readable

TEMPLATES = Path(__file__).parent / "templates"
SECONDS = 60
# Each takes a core; whoever waited would keep a thread, and on SQLite the turn, that others need.
_setters = threading.BoundedSemaphore(2)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Paper:
    """Which template, what it says, and the pictures it names, by file name."""

    template: str
    data: Mapping[str, Any]
    pictures: Mapping[str, str] = field(default_factory=dict)


def set_paper(read: Callable[[], Paper]) -> bytes:
    """The paper as a tagged PDF. The same paper always gives the same bytes.

    It is read only when there is room for setting it.

    Raises:
        TooManyAtOnce: Other papers are being set, or this one took too long.
    """
    with _turn():
        paper = read()
        with tempfile.TemporaryDirectory(prefix="paper-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            _lay_out(folder, paper)
            _run(folder)
            return (folder / typesetter_child.WRITTEN).read_bytes()


@contextmanager
def _turn() -> Iterator[None]:
    if not _setters.acquire(blocking=False):
        raise TooManyAtOnce(
            "Andra underlag sätts just nu. Försök igen om en stund.",
            "Other papers are being set just now. Try again in a moment.",
        )
    try:
        yield
    finally:
        _setters.release()


def _lay_out(folder: Path, paper: Paper) -> None:
    for template in TEMPLATES.glob("*.typ"):
        shutil.copyfile(template, folder / template.name)
    for name, picture in paper.pictures.items():
        (folder / name).write_text(picture, "utf-8")
    (folder / typesetter_child.DATA).write_bytes(orjson.dumps(readable(dict(paper.data))))
    request = {"template": paper.template, "fonts": str(FONTS), "seconds": SECONDS}
    (folder / typesetter_child.REQUEST).write_bytes(orjson.dumps(request))


def _run(folder: Path) -> None:
    environment = {**cage.bare_environment(folder), "RAYON_NUM_THREADS": "2"}
    try:
        code = run_caged(typesetter_child.__name__, folder, environment, SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TooManyAtOnce(
            f"Underlaget hann inte sättas på {SECONDS} sekunder; försök igen när färre arbetar.",
            f"The paper was not set within {SECONDS} seconds; try again when fewer are at work.",
        ) from error
    if code != 0:
        _log.error("a typesetter failed: %s", end_of_log(folder))
        raise RuntimeError("The process that sets a paper failed; see the log.")

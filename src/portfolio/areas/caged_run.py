"""Running one of our own programs beside the server: a folder, a bare environment, a time."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from portfolio.watching import metrics
from portfolio.watching.masking import told_by_child

LOG = "log"
TOLD_BYTES = 4000
# With less than this, a program that failed is taken to have had no room for what it wrote.
LEAST_ROOM_BYTES = 2**20


def run_caged(module: str, folder: Path, environment: Mapping[str, str], seconds: int) -> int:
    """Run a module in `folder` to its end; what it says goes to a log there.

    Returns:
        Its exit code.

    Raises:
        subprocess.TimeoutExpired: It took longer, and was killed with all that it had begun.
        OSError: It failed, and there is no room left for files.
    """
    command = [sys.executable, "-I", "-X", "utf8", "-m", module]
    with (folder / LOG).open("wb") as log, metrics.child(module) as codes:
        process = subprocess.Popen(  # noqa: S603  # our own program, our own arguments
            [*command, str(folder), str(os.getpid())],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            codes.append(process.wait(seconds))
            if codes[0] != 0:
                _require_room(folder)
            return codes[0]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _require_room(folder: Path) -> None:
    if shutil.disk_usage(folder).free < LEAST_ROOM_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def end_of_log(folder: Path) -> str:
    """Where it failed, without what it read: a message of its may quote the file."""
    with (folder / LOG).open("rb") as log:
        log.seek(max(0, os.fstat(log.fileno()).st_size - TOLD_BYTES))
        return told_by_child(log.read().decode("utf-8", "replace"))

"""The disk is full in the middle of a load, of the database and of the temporary folder."""

import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from portfolio.watching.readiness import LEAST_FREE_BYTES
from tests.events.calls import boundary_file
from tests.faults.installation import Installation, installed
from tests.faults.load import Load
from tests.faults.service import wait_until

# The server is not ready with less than some room; that is what is left beside the database.
LEAST_MB = LEAST_FREE_BYTES // 2**20
SIZE_MB = {"sqlite": LEAST_MB + 40, "postgres": LEAST_MB + 150}
# A block less would still fit what SQLite writes ahead of its database.
PIECE = 64 * 1024


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk in memory, which only root may mount."""
    disk = folder / "disk"
    disk.mkdir()
    options = f"size={megabytes}m,mode=0777"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], check=True)  # noqa: S603, S607
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)  # noqa: S603, S607


def fill_up(disk: Path) -> Path:
    """Ballast in all the room that is left."""
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * PIECE)
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 1024)
    return ballast


@pytest.fixture
def on_a_small_disk(engine_name: str, folder: Path) -> Iterator[tuple[Installation, Path]]:
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(folder, SIZE_MB[engine_name]))
        home = disk / "home"
        home.mkdir(mode=0o755)
        yield installed(stack, engine_name, folder, data=home), disk


def told_full(load: Load) -> int:
    return sum(writer.journal.told[503] for writer in load.writers)


@pytest.mark.timeout(600)
def test_on_a_full_disk_writes_are_refused_in_words_and_go_on_when_there_is_room(
    on_a_small_disk: tuple[Installation, Path], dice: random.Random
):
    installation, disk = on_a_small_disk
    with installation.load(dice) as load:
        load.wait_for_more(20)
        ballast = fill_up(disk)
        wait_until(lambda: told_full(load) >= 4 or load.has_failed, "writers are told")
        reads = httpx2.get(
            f"{installation.service.url}/v1/programs",
            headers=installation.keys["r0"],
            timeout=30,
        )
        ballast.unlink()
        if installation.cluster is not None:
            # PostgreSQL ends itself if it can't write its log; systemd starts it again.
            installation.cluster.restart_if_down()
        assert reads.status_code in (200, 503), reads.text
        load.wait_for_more(20)
        load.check(thoroughly=True)


@pytest.fixture
def with_a_small_temporary_folder(
    engine_name: str, folder: Path
) -> Iterator[tuple[Installation, Path]]:
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(folder, 8))
        environment = {"TMPDIR": str(disk)}
        yield installed(stack, engine_name, folder, environment=environment), disk


@pytest.mark.timeout(300)
def test_with_no_room_for_temporary_files_uploads_and_exports_say_so(
    with_a_small_temporary_folder: tuple[Installation, Path],
):
    installation, disk = with_a_small_temporary_folder
    fill_up(disk)
    url, headers = installation.service.url, installation.keys["rehearsal"]
    form = {
        "scheme": "s-rehearsal",
        "code_field": "kod",
        "name_field": "namn",
        "valid_from": "2030-01-01",
    }
    file = boundary_file("A", "B")
    # More than the folder holds: what was being written there when it was filled may go away.
    large = file + b" " * 12_000_000
    with httpx2.Client(base_url=url, headers=headers, timeout=120) as client:
        answers = {
            "upload": client.post("/v1/area-imports", data=form, files={"file": ("a.json", large)}),
            "geopackage": client.get("/v1/export/area-schemes/s-rehearsal?format=gpkg"),
            "table": client.get("/v1/gate-status?format=xlsx"),
            "paper": client.get("/v1/investments/p-rehearsal-0/gate-paper.pdf"),
        }
        for name, answer in answers.items():
            assert answer.status_code in (200, 503), (name, answer.status_code, answer.text)
            if answer.status_code == 503:
                assert answer.json()["type"] == "/problems/unavailable", name
        assert answers["upload"].status_code == 503
        (disk / "ballast").unlink()
        again = client.post("/v1/area-imports", data=form, files={"file": ("a.json", file)})
        assert again.status_code == 201, again.text
        exported = client.get("/v1/export/area-schemes/s-rehearsal?format=gpkg")
        assert exported.status_code == 200, exported.text
    assert shutil.disk_usage(disk).used < 1_000_000, list(disk.rglob("*"))

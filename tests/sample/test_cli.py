"""`portfolio sample load`, as a process of its own: the way `make run` starts it."""

import os
import subprocess
import sys

import pytest

BOARD = "http://127.0.0.1:8123/v1/programs/lindangen/board"


def load(database_url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "portfolio", "sample", "load"]
    return subprocess.run(  # noqa: S603  # our own program, our own arguments
        [*command, "--url", "http://127.0.0.1:8123"],
        env={**os.environ, "PORTFOLIO_DATABASE_URL": database_url, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.slow
def test_it_prints_how_many_of_each_and_started_again_shows_no_key(database_url):
    first, again = load(database_url), load(database_url)

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert {"91\tareas", "14\tinvestments", "18\tframes"} <= set(first.stdout.splitlines())
    assert f"curl -sS {BOARD}" in first.stdout
    assert "there already" in again.stderr
    assert again.stdout == ""

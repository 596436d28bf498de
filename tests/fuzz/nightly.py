"""`make fuzz-nightly`: many cases for each role, chains of requests among them.

PORTFOLIO_TEST_FUZZ_CASES says how many in all (10 000), PORTFOLIO_TEST_FUZZ_SEED where to begin;
both are printed, and the same two send the same requests to the same sample municipality.
"""

import json
import os
import re
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.test_fuzz import (  # noqa: F401  fixtures
    configuration,
    database_url,
    headers,
    server,
)

CASES = int(os.environ.get("PORTFOLIO_TEST_FUZZ_CASES", "10000"))
SEED = int(os.environ.get("PORTFOLIO_TEST_FUZZ_SEED", "20260101"))
# Who gets far gets more: the administrator a third, nobody the least.
SHARES = {
    "admin": 33,
    "coordinator": 12,
    "department": 12,
    "finance": 12,
    "board": 9,
    "gis": 9,
    "viewer": 8,
    "public": 5,
}
LINKS = re.compile(r"API Links:\s+(\d+) covered / (\d+) selected / \d+ total")

# Two cores send some twenty requests a second.
pytestmark = pytest.mark.timeout(6 * 3600)


@dataclass(frozen=True)
class Run:
    """What schemathesis says of one run, and what to read if it failed."""

    passed: bool
    output: str
    cases: int
    phases: dict[str, str]
    # Links between operations that a chain of requests has followed.
    links: int


@pytest.mark.parametrize("role", SHARES)
def test_whatever_is_sent_the_api_does_what_its_description_says(
    server: str,  # noqa: F811
    configuration: Path,  # noqa: F811
    headers: dict[str, dict[str, str]],  # noqa: F811
    role: str,
    capsys: pytest.CaptureFixture[str],
):
    # Written at the first question, which may take longer than schemathesis waits for it.
    with urllib.request.urlopen(f"{server}/openapi.json", timeout=120):  # noqa: S310  our own
        pass
    wanted, sent, seed, links = CASES * SHARES[role] // 100, 0, SEED, 0
    while sent < wanted:
        run = send(server, configuration, headers.get(role, {}), seed)
        assert run.passed, f"seed {seed}\n{run.output}"
        assert run.phases == {"fuzzing": "success", "stateful": "success"}
        sent, links, seed = sent + run.cases, max(links, run.links), seed + 1
    with capsys.disabled():
        chained = f"at most {links} links followed in one"
        print(f" {role}: {sent} cases, seeds {SEED} to {seed - 1}, {chained}")  # noqa: T201
    # Links lead from what a request has made, and the administrator may make everything.
    assert links or role != "admin"


def send(
    server: str,  # noqa: F811
    configuration: Path,  # noqa: F811
    key: dict[str, str],
    seed: int,
) -> Run:
    report = configuration.with_name("report.json")
    report.unlink(missing_ok=True)
    sent = [part for name, value in key.items() for part in ("--header", f"{name}: {value}")]
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run"),
        *(f"{server}/openapi.json", "--workers", "1", "--seed", str(seed), "--no-color"),
        *("--continue-on-failure", "--request-timeout", "30", "--max-examples", "3"),
        *("--phases", "fuzzing,stateful", "--report-json-path", str(report), *sent),
    ]
    environment = {**os.environ, "COLUMNS": "120"}
    done = subprocess.run(  # noqa: S603
        command,
        cwd=configuration.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    output = f"{done.stdout[-8000:]}{done.stderr[-2000:]}"
    assert report.is_file(), output
    told: dict[str, Any] = json.loads(report.read_text("utf-8"))
    run = {name: one["status"] for name, one in told["phases"].items() if one["status"] != "skip"}
    links = LINKS.search(done.stdout)
    assert links, output
    return Run(not done.returncode, output, told["test_cases"]["generated"], run, int(links[1]))

"""`make fuzz-nightly`: many cases for each role, chains of requests among them.

PORTFOLIO_TEST_FUZZ_CASES says how many in all (10 000), PORTFOLIO_TEST_FUZZ_SEED where to begin;
both are printed, and the same two send the same requests to the same sample municipality.
"""

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

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
GENERATED = re.compile(r"(\d+) generated")
LINKS = re.compile(r"API Links:\s+(\d+) covered / (\d+) selected / (\d+) total")

# Two cores send some twenty requests a second.
pytestmark = pytest.mark.timeout(6 * 3600)


@pytest.fixture(scope="module", autouse=True)
def no_rates() -> Iterator[None]:
    """Whoever sends thousands of requests a minute would only be told to wait."""
    names = ("RATE_PER_KEY", "RATE_PER_ADDRESS", "UPLOADS_PER_ADDRESS")
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setenv(f"PORTFOLIO_{name}", "")
        yield


@pytest.mark.parametrize("role", SHARES)
def test_whatever_is_sent_the_api_does_what_its_description_says(
    no_rates: None,
    server: str,  # noqa: F811
    configuration: Path,  # noqa: F811
    headers: dict[str, dict[str, str]],  # noqa: F811
    role: str,
    capsys: pytest.CaptureFixture[str],
):
    # Written at the first question, which may take longer than schemathesis waits for it.
    with urllib.request.urlopen(f"{server}/openapi.json", timeout=120):  # noqa: S310  our own
        pass
    wanted, sent, seed, told = CASES * SHARES[role] // 100, 0, SEED, ""
    while sent < wanted:
        done = send(server, configuration, headers.get(role, {}), seed)
        assert done.returncode == 0, f"seed {seed}\n{done.stdout[-8000:]}{done.stderr[-2000:]}"
        sent += sum(int(count) for count in GENERATED.findall(done.stdout)) or wanted
        told = " ".join(found.group() for found in [LINKS.search(done.stdout)] if found)
        seed += 1
    with capsys.disabled():
        print(f" {role}: {sent} cases, seeds {SEED} to {seed - 1}. {told}")  # noqa: T201


def send(
    server: str,  # noqa: F811
    configuration: Path,  # noqa: F811
    key: dict[str, str],
    seed: int,
) -> subprocess.CompletedProcess[str]:
    sent = [part for name, value in key.items() for part in ("--header", f"{name}: {value}")]
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run"),
        *(f"{server}/openapi.json", "--workers", "1", "--seed", str(seed), "--no-color"),
        *("--continue-on-failure", "--request-timeout", "30", "--max-examples", "3"),
        *("--phases", "fuzzing,stateful", *sent),
    ]
    return subprocess.run(  # noqa: S603
        command, cwd=configuration.parent, capture_output=True, text=True, check=False
    )

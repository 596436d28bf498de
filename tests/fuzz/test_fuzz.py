"""schemathesis over the whole description, on the sample municipality; `make fuzz` runs it.

It fails on a 5xx, on a status, media type, header or schema that the description does not have, on
a body that is taken though the description forbids it, and on what stays readable after its
deletion.
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portfolio.access.rules import EVERYONE, ROUTES, Role, writing_routes
from portfolio.database.engine import make_engine, transaction
from tests.conftest import DatabaseFactory
from tests.serving import key_headers, running_server

OPENAPI = Path(__file__).resolve().parents[2] / "openapi" / "openapi.json"
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
WRITERS = ("coordinator", "gis", "finance", "department", "board")
# The administrator, who gets furthest, meets every operation, and a viewer reads all that can be
# read. The others meet what they may write: that they are refused the rest, `tests/access` says.
EVERYTHING = ("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "8")
A_FEW = ("--phases", "examples,fuzzing", "--max-examples", "5")
# Whoever sends thousands of requests a minute, many with a bad key, would only be told to wait.
RATES = ("RATE_PER_KEY", "RATE_PER_ADDRESS", "UPLOADS_PER_ADDRESS", "FAILED_SIGN_INS")
UNBOUNDED = {f"PORTFOLIO_{name}": "" for name in RATES}

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def database_url(database_factory: DatabaseFactory) -> Iterator[str]:
    """The sample municipality. Shared: what one run leaves behind, the next may meet."""
    url = database_factory.new_migrated()
    environment = {**os.environ, "PORTFOLIO_DATABASE_URL": url}
    command = [sys.executable, "-m", "portfolio", "sample", "load"]
    subprocess.run(command, env=environment, check=True, capture_output=True)  # noqa: S603
    yield url
    database_factory.drop(url)


@pytest.fixture(scope="module")
def headers(database_url: str) -> dict[str, dict[str, str]]:
    engine = make_engine(database_url)
    unbound = ("admin", "coordinator", "gis", "finance", "viewer")
    with transaction(engine) as session:
        found = {role: key_headers(session, Role(role)) for role in unbound}
        found["board"] = key_headers(session, Role.BOARD, bodies=("executive_board",))
        found["department"] = key_headers(session, Role.DEPARTMENT, department="FGK")
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def server(database_url: str) -> Iterator[str]:
    with running_server(database_url, quiet=True, settings=UNBOUNDED) as url:
        yield url


def codes(server: str, path: str, headers: dict[str, str]) -> list[str]:
    request = urllib.request.Request(f"{server}{path}?limit=15", headers=headers)  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310  our own server
        items: list[dict[str, Any]] = json.load(answer)["items"]
    return [item["code"] for item in items]


@pytest.fixture(scope="module")
def configuration(
    server: str, headers: dict[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The configuration, with the names that the municipality has now."""
    admin = headers["admin"]
    schemes = codes(server, "/v1/area-schemes", admin)
    known = {
        "departments": codes(server, "/v1/departments", admin),
        "schemes": schemes,
        "areas": codes(server, f"/v1/area-schemes/{schemes[0]}/areas", admin),
        "investments": codes(server, "/v1/investments", admin),
    }
    text = CONFIGURATION.read_text(encoding="utf-8")
    for name, values in known.items():
        text = text.replace(f"@{name}@", ", ".join(json.dumps(value) for value in values))
    written = tmp_path_factory.mktemp("fuzz") / "schemathesis.toml"
    written.write_text(text, encoding="utf-8")
    return written


def fuzz(
    server: str,
    configuration: Path,
    key: dict[str, str],
    *options: str,
    document: str = "/openapi.json",
) -> None:
    sent = [part for name, value in key.items() for part in ("--header", f"{name}: {value}")]
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run"),
        *(f"{server}{document}", "--workers", "1", "--generation-deterministic", "--no-color"),
        *("--continue-on-failure", "--request-timeout", "30"),
        *sent,
        *options,
    ]
    done = subprocess.run(  # noqa: S603
        command, cwd=configuration.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_the_api_does_what_its_description_says_for_the_administrator(
    server, configuration, headers
):
    fuzz(server, configuration, headers["admin"], *EVERYTHING)


def only(routes: Iterable[str]) -> list[str]:
    """The options that leave out all other operations (`POST /v1/programs`)."""
    return [part for route in sorted(routes) for part in ("--include-name", route)]


@pytest.mark.parametrize("role", WRITERS)
def test_the_api_does_what_its_description_says_for_who_writes(
    server, configuration, headers, role
):
    fuzz(server, configuration, headers[role], *A_FEW, *only(writing_routes(Role(role))))


def test_the_api_does_what_its_description_says_for_a_viewer(server, configuration, headers):
    fuzz(server, configuration, headers["viewer"], *A_FEW)


def test_the_api_does_what_its_description_says_without_a_key(server, configuration):
    described = set(json.loads(OPENAPI.read_text("utf-8"))["paths"])
    open_to_all = {path for _, path in ROUTES if ROUTES[_, path] == EVERYONE} & described
    fuzz(server, configuration, {}, *A_FEW, *only(f"GET {path}" for path in open_to_all))


def test_the_map_services_do_what_their_description_says(server, configuration, headers):
    """OGC API - Features and Tiles have a description of their own, in OpenAPI 3.0."""
    nobody: dict[str, str] = {}
    for key in (headers["viewer"], nobody):
        fuzz(server, configuration, key, *A_FEW[:-1], "2", document="/ogc/api")

"""Faults on both engines; not part of the suite: `make faults`."""

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.installation import Installation, installed

KILLS = int(os.environ.get("PORTFOLIO_TEST_KILLS", "10"))
SEED = int(os.environ.get("PORTFOLIO_TEST_SEED", random.SystemRandom().randrange(10**6)))

IS_SHORT = KILLS < 10


def pytest_report_header() -> str:
    return f"faults: {KILLS} kills, PORTFOLIO_TEST_SEED={SEED}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """SQLite has no replica; the short form leaves out what takes minutes."""
    left_out = []
    for item in items:
        needs_replica = "with_a_replica" in getattr(item, "fixturenames", ())
        is_slow = item.get_closest_marker("slow") is not None
        if (needs_replica and config.getoption("engine") == "sqlite") or (is_slow and IS_SHORT):
            left_out.append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def kills() -> int:
    return KILLS


@pytest.fixture
def dice() -> random.Random:
    return random.Random(SEED)  # noqa: S311  no secret


@pytest.fixture(scope="session")
def engine_name(request: pytest.FixtureRequest) -> str:
    name: str = request.config.getoption("engine")
    return name


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for a socket, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="portfolio-faults-") as path:
        # PostgreSQL runs as a user of its own.
        Path(path).chmod(0o755)
        yield Path(path)


@pytest.fixture
def installation(engine_name: str, folder: Path) -> Iterator[Installation]:
    with ExitStack() as stack:
        yield installed(stack, engine_name, folder)

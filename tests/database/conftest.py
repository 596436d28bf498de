"""What is said of PostgreSQL alone is collected with it alone."""

from pathlib import Path

import pytest

OF_POSTGRESQL = frozenset({"test_replica.py", "test_roles.py", "test_server_gone.py"})


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    is_other = collection_path.name in OF_POSTGRESQL and config.getoption("engine") != "postgres"
    return True if is_other else None

import pytest
from fastapi.testclient import TestClient

from tests import scenario


@pytest.fixture
def finance(client: TestClient, keys: dict[str, dict[str, str]]) -> dict[str, str]:
    """The key of finance, with an investment whose project is P1 of the ledger `main`."""
    scenario.put_municipality(client, keys["admin"])
    named = [{"ledger": "main", "dimension": "6", "object": "P1"}]
    scenario.put_investment(client, keys["admin"], accounting_objects=named)
    return keys["finance"]

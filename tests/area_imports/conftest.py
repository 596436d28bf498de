import pytest
from fastapi.testclient import TestClient


@pytest.fixture
def gis(client: TestClient, keys: dict[str, dict[str, str]]) -> dict[str, str]:
    """The key of whoever looks after the areas, with a scheme `d` to import into."""
    scheme = {"code": "d", "name": "Distrikt"}
    assert client.post("/v1/area-schemes", headers=keys["gis"], json=scheme).status_code == 201
    return keys["gis"]

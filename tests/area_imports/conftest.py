import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from portfolio.app import create_app
from portfolio.area_imports.router import router
from portfolio.settings import Settings
from portfolio.web import openapi


@pytest.fixture
def gis(client: TestClient, keys: dict[str, dict[str, str]]) -> dict[str, str]:
    """The key of whoever looks after the areas, with a scheme `d` to import into."""
    scheme = {"code": "d", "name": "Distrikt"}
    assert client.post("/v1/area-schemes", headers=keys["gis"], json=scheme).status_code == 201
    return keys["gis"]


@pytest.fixture(scope="session")
def application() -> FastAPI:
    app = create_app(Settings(database_url="sqlite://"))
    if openapi.route_of(app, "POST", "/v1/area-imports") is None:
        openapi.route_of.cache_clear()
        app.include_router(router)
    return app

"""Pages of other origins: none by default, and then those that are named, on every answer."""

from collections.abc import Iterator

import httpx2
import pytest
from fastapi.testclient import TestClient

from portfolio.app import create_app
from portfolio.settings import Settings, SettingsError, load_settings
from portfolio.web.edge import with_edge

MAP = "https://karta.example.se"
PREFLIGHT = {
    "Origin": MAP,
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": (
        "authorization, if-match, idempotency-key, accept-language, content-type"
    ),
}


@pytest.fixture
def shared(database_url: str) -> Iterator[TestClient]:
    settings = Settings(
        database_url=database_url,
        cors_origins=f"{MAP}, http://127.0.0.1:5173",
        rate_per_address="8/hour",
    )
    app = create_app(settings)

    @app.get("/breaks")
    def breaks() -> None:
        raise RuntimeError("for the test")

    with TestClient(with_edge(app, settings), raise_server_exceptions=False) as client:
        yield client


def granted(answer: httpx2.Response) -> list[str]:
    return [name for name in answer.headers if name.startswith("access-control-")]


def test_no_other_origin_is_let_in_by_default(client: TestClient):
    answer = client.get("/ogc", headers={"Origin": MAP})
    assert answer.status_code == 200
    assert granted(answer) == []
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"

    asked = client.options("/v1/investments", headers=PREFLIGHT)
    assert asked.status_code == 405
    assert granted(asked) == []


def test_a_named_origin_may_read_and_write_with_a_key_of_its_own(shared: TestClient):
    asked = shared.options("/v1/investments/LIN-01", headers=PREFLIGHT)

    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == MAP
    assert "PATCH" in asked.headers["access-control-allow-methods"]
    # No cookie counts here, and no password that a browser has kept.
    assert "access-control-allow-credentials" not in asked.headers


def test_every_answer_can_be_read_by_a_named_origin_refusals_too(shared: TestClient):
    headers = {"Origin": MAP}
    answers = [
        shared.get("/ogc", headers=headers),
        shared.get("/v1/investments", headers=headers),
        shared.get("/v1/no-such-thing", headers=headers),
        shared.get("/ogc?" + "x" * 40_000, headers=headers),
        shared.get("/ogc", headers={**headers, "Host": "a b"}),
        shared.post("/v1/bodies", headers={**headers, "Content-Length": str(2**40)}),
        shared.get("/breaks", headers=headers),
        *[shared.get("/ogc", headers=headers) for _ in range(4)],
    ]

    statuses = [answer.status_code for answer in answers]
    assert statuses[:7] == [200, 401, 404, 414, 400, 413, 500]
    assert statuses[-1] == 429
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == MAP
        shown = answer.headers["access-control-expose-headers"]
        for name in ("ETag", "Location", "X-Request-ID", "Retry-After", "Content-Disposition"):
            assert name in shown
        assert "Origin" in answer.headers["vary"]
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{MAP}.evil.example", "*"])
def test_another_origin_is_told_nothing(shared: TestClient, origin: str):
    assert (
        "access-control-allow-origin" not in shared.get("/ogc", headers={"Origin": origin}).headers
    )

    asked = shared.options("/v1/bodies", headers={**PREFLIGHT, "Origin": origin})
    assert asked.status_code == 400
    assert asked.json()["type"] == "/problems/invalid-parameter"
    assert "access-control-allow-origin" not in asked.headers


def test_what_a_browser_asks_first_is_counted_and_refused_as_all_else_is(shared: TestClient):
    elsewhere = shared.options("/v1/bodies", headers={**PREFLIGHT, "Host": "a b"})
    asked = [shared.options("/v1/bodies", headers=PREFLIGHT) for _ in range(9)]

    assert elsewhere.status_code == 400
    assert [answer.status_code for answer in asked] == [200] * 8 + [429]
    assert int(asked[-1].headers["retry-after"]) > 0
    for answer in (elsewhere, *asked):
        assert answer.headers["access-control-allow-origin"] == MAP
        assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("value", ["*", "karta.example.se", f"{MAP}/", "https://*.example.se"])
def test_origins_must_be_named_exactly(value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTFOLIO_CORS_ORIGINS", value)

    with pytest.raises(SettingsError, match=r"^PORTFOLIO_CORS_ORIGINS: .* can't be used: give "):
        load_settings()

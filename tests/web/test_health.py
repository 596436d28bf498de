"""Health of a process whose threads are all at work."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import anyio.to_thread
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

SCOPE: dict[str, Any] = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/healthz",
    "raw_path": b"/healthz",
    "query_string": b"",
    "root_path": "",
    "headers": [],
    "client": ("127.0.0.1", 1),
    "server": ("127.0.0.1", 80),
}


async def _answer_without_threads(application: FastAPI) -> list[dict[str, Any]]:
    """What is sent while no thread is free; what waits for one after that is given up."""
    limiter = anyio.to_thread.current_default_thread_limiter()
    for _ in range(int(limiter.available_tokens)):
        limiter.acquire_on_behalf_of_nowait(object())
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    # Long, so that only an answer that never comes takes it.
    with anyio.move_on_after(20) as waiting:

        async def send(message: Any) -> None:
            sent.append(message)
            if message["type"] == "http.response.body":
                waiting.cancel()

        await application({**SCOPE, "app": application}, receive, send)
    return sent


def test_healthz_answers_when_every_thread_is_at_work(client: TestClient, application: FastAPI):
    # In a thread of its own: a browser test may have left a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(anyio.run, _answer_without_threads, application).result()

    assert [message["type"] for message in sent][:2] == [
        "http.response.start",
        "http.response.body",
    ]
    assert sent[0]["status"] == 200
    assert sent[1]["body"] == b'{"status":"alive"}'


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_with_a_key_that_is_none_is_refused(client: TestClient, path: str):
    headers = {"Authorization": "Bearer pf_admin_nothing"}

    assert client.get(path).status_code == 200
    assert client.get(path, headers=headers).status_code == 401

"""What only a real server and a raw socket show: limits before anything is read, and the log."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from sqlalchemy import text

from portfolio.access.rules import Role
from portfolio.database.engine import make_engine, transaction
from portfolio.web.edge import SECURITY_HEADERS
from tests.serving import forked_server, key_headers

BODY = {"code": "new", "name": "Hemliga Nämnden", "level": "committee"}


@pytest.fixture
def admin(database_url: str) -> dict[str, str]:
    engine = make_engine(database_url)
    with transaction(engine) as session:
        headers = key_headers(session, Role.ADMIN)
    engine.dispose()
    return headers


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def server(database_url: str, log: Path) -> Iterator[str]:
    with forked_server(database_url, log=log) as url:
        yield url


def raw(url: str, request: bytes) -> bytes:
    """The beginning of the answer to a request that is sent as it is, and never completed."""
    parts = urlsplit(url)
    with socket.create_connection(
        (parts.hostname or "", parts.port or 0), timeout=10
    ) as connection:
        connection.sendall(request)
        answer = b""
        while b"}" not in answer:
            received = connection.recv(65536)
            if not received:
                break
            answer += received
    return answer


def assert_too_large(answer: bytes) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    headers = head.decode().lower()
    assert headers.startswith("http/1.1 413"), answer[:200]
    assert "content-type: application/problem+json" in headers
    assert "x-request-id: " in headers
    for name in SECURITY_HEADERS:
        assert f"{name.lower()}: " in headers
    assert b'"/problems/too-large"' in body


def test_what_is_too_large_is_refused_before_it_is_read(server, admin):
    authorization = admin["Authorization"]
    for path, size in (("/v1/bodies", 10 * 2**30), ("/v1/area-imports", 10 * 2**30)):
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
        )

        assert_too_large(raw(server, head.encode()))

    # A chunked body has no length to judge by: it is cut off where it passes the limit.
    head = (
        f"POST /v1/bodies HTTP/1.1\r\nHost: x\r\nAuthorization: {admin['Authorization']}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"

    assert_too_large(raw(server, head.encode() + chunk * 5))

    # Without a key, a body that never comes is not waited for.
    head = (
        "POST /v1/bodies HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Content-Length: 100\r\n\r\n"
    )

    assert raw(server, head.encode()).startswith(b"HTTP/1.1 401")


ODD_PATHS = (
    "/v1/bodies/%00",
    "/v1/bodies/%ff%fe",
    "/v1/area-schemes/%00/areas",
    "/static/..%2f..%2fapp.py",
    "/static/../../app.py",
    "/static/%00",
)


def test_odd_paths_are_a_problem_and_no_crash(server, admin):
    for path in ODD_PATHS:
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {admin['Authorization']}"
        answer = raw(server, f"{head}\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 404"), f"{path}: {answer[:200]!r}"
        assert b'"/problems/not-found"' in answer


def lines_of(log: Path) -> list[dict[str, Any]]:
    found = log.read_text(encoding="utf-8").splitlines()
    # `serve` itself says where it listens, for whoever started it.
    return [json.loads(line) for line in found if not line.startswith("Portfolio listens")]


def test_the_log_is_json_lines_with_the_request_id_and_nothing_personal(server, admin, log):
    sent = {**admin, "X-Request-ID": "find-me-1"}
    with httpx2.Client(base_url=server) as client:
        made = client.post("/v1/bodies", json=BODY, headers=sent)
        client.get("/v1/investments?q=Hemliga", headers={**admin, "X-Request-ID": "find-me-2"})
        client.get("/v1/bodies", headers={"Authorization": "Bearer pf_guessed-token"})
        client.post("/v1/bodies", content=b'{"name": "Hemliga"', headers=admin)

    lines = lines_of(log)

    assert made.status_code == 201
    by_id = {line.get("request_id"): line for line in lines}
    assert by_id["find-me-1"]["route"] == "/v1/bodies"
    assert (by_id["find-me-1"]["method"], by_id["find-me-1"]["status"]) == ("POST", 201)
    assert by_id["find-me-1"]["actor"].startswith("key ")
    assert by_id["find-me-2"]["route"] == "/v1/investments"
    assert all({"level", "timestamp", "event"} <= set(line) for line in lines)
    whole = log.read_text(encoding="utf-8")
    for secret in ("Hemliga", "q=", "pf_", "Bearer", admin["Authorization"][-20:], "test admin"):
        assert secret not in whole


def test_a_500_is_logged_with_its_trace_id_and_without_what_was_sent(
    server, admin, log, database_url
):
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE event_chain RENAME TO hidden"))
    engine.dispose()

    with httpx2.Client(base_url=server) as client:
        response = client.post("/v1/bodies", json=BODY, headers=admin)

    assert response.status_code == 500
    trace_id = response.json()["trace_id"]
    assert response.headers["x-request-id"] == trace_id
    (error,) = [line for line in lines_of(log) if line["level"] == "error"]
    assert error["trace_id"] == trace_id
    assert "event_chain" in error["exception"]
    assert "Hemliga" not in log.read_text(encoding="utf-8")

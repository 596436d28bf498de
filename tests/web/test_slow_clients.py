"""Clients that dribble, stall or never read cost nobody else anything, and are ended."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing, contextmanager

import httpx2
import pytest
import uvicorn
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from portfolio.settings import Settings
from portfolio.web.edge import with_edge
from portfolio.web.problems import respond_to_http
from portfolio.web.protocol import BoundedProtocol
from tests.serving import forked_server, free_port
from tests.web.raw_sockets import connect, is_closed, read_answer, send

Keys = dict[str, dict[str, str]]
HEAD = b"GET /ogc HTTP/1.1\r\nHost: x\r\n"
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="scheme"\r\n\r\ngrid\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.gpkg"\r\n\r\n'
)


class Impatient(BoundedProtocol):
    head_seconds = 0.4
    write_seconds = 0.4
    looks_every = 0.05


class Answering:
    """Answers with as many bytes as the path says, or with how many came."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if scope["path"] == "/length":
            response = await self._length(request)
            await response(scope, receive, send)
        elif scope["path"] == "/stream":
            await StreamingResponse(self._much())(scope, receive, send)
        else:
            await Response("hello")(scope, receive, send)

    async def _length(self, request: Request) -> Response:
        try:
            return Response(str(len(await request.body())))
        except HTTPException as error:
            return respond_to_http(request, error)

    async def _much(self) -> AsyncIterator[bytes]:
        try:
            for _ in range(10_000):
                yield b"x" * 100_000
                await asyncio.sleep(0)
        finally:
            self.ended.set()


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """A server with little patience, in a thread."""
    settings = Settings(
        database_url="sqlite://", body_grace_seconds=1, body_bytes_per_second=20_000
    )
    port = free_port()
    config = uvicorn.Config(
        with_edge(app, settings),
        port=port,
        http=Impatient,
        ws="none",
        log_config=None,
        lifespan="off",
        limit_concurrency=100,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def answering() -> Answering:
    return Answering()


@pytest.fixture
def impatient(answering: Answering) -> Iterator[str]:
    with serving(answering) as url:
        yield url


def test_three_hundred_half_open_connections_keep_nobody_waiting(live_server_url: str):
    with ExitStack() as stack:
        for number in range(300):
            connection = stack.enter_context(closing(connect(live_server_url)))
            connection.sendall((b"", HEAD, HEAD + b"X-Slow: ")[number % 3])
        with httpx2.Client(base_url=live_server_url, timeout=5) as client:
            for _ in range(20):
                assert client.get("/ogc").status_code == 200


def test_a_head_that_dribbles_in_is_given_up_with_a_problem(impatient: str):
    with closing(connect(impatient)) as connection:
        connection.settimeout(0.05)
        connection.sendall(HEAD)
        answer = None
        while answer is None:
            try:
                answer = read_answer(connection)
            except TimeoutError:
                connection.sendall(b"X: y\r\n")
        assert answer.status == 408
        assert answer.problem["type"] == "/problems/too-slow"
        assert answer.headers["connection"] == "close"


def test_a_connection_that_says_nothing_is_closed_without_a_word(impatient: str):
    with closing(connect(impatient)) as connection:
        assert is_closed(connection)


def test_a_connection_may_rest_between_requests(impatient: str):
    with closing(connect(impatient)) as connection:
        for _ in range(2):
            connection.sendall(HEAD + b"\r\n")
            assert read_answer(connection).body == b"hello"
            time.sleep(2 * Impatient.head_seconds)


def test_a_body_that_nobody_waits_for_does_not_hold_the_connection(impatient: str):
    with closing(connect(impatient)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        assert read_answer(connection).body == b"hello"
        assert is_closed(connection)


def test_a_body_that_stalls_is_given_up_and_a_slow_one_is_not(impatient: str):
    head = b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    with closing(connect(impatient)) as connection:
        connection.sendall(head % 100_000 + b"x" * 50_000)
        answer = read_answer(connection)
        assert answer.status == 408
        assert is_closed(connection)
    # Longer than the grace, and longer than a head may take, at twice the pace that must be.
    with closing(connect(impatient)) as connection:
        connection.sendall(head % 100_000)
        for _ in range(25):
            connection.sendall(b"x" * 4_000)
            time.sleep(0.1)
        assert read_answer(connection).body == b"100000"


def test_who_never_reads_the_answer_is_dropped(impatient: str, answering: Answering):
    with closing(connect(impatient)) as connection:
        connection.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answering.ended.wait(20)


def test_who_reads_slowly_gets_the_whole_answer(impatient: str, answering: Answering):
    with closing(connect(impatient)) as connection:
        connection.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(15):
            for _ in range(100):
                assert connection.recv(65536)
            time.sleep(0.1)
        assert not answering.ended.is_set()


def test_an_upload_that_stalls_changes_nothing_and_is_told(database_url: str, keys: Keys):
    admin = keys["admin"]
    settings = {"PORTFOLIO_BODY_GRACE_SECONDS": "1"}
    head = (
        f"POST /v1/area-imports HTTP/1.1\r\nHost: x\r\nAuthorization: {admin['Authorization']}\r\n"
        "Accept-Language: sv\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    ).encode()
    with forked_server(database_url, settings=settings) as url:
        for length in (
            b"Content-Length: 90000\r\n\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n5\r\n",
        ):
            answer = send(url, head + length + FORM[: 5 if b"5\r\n" in length else None])
            assert answer.status == 408
            assert answer.problem["type"] == "/problems/too-slow"
            assert answer.headers["content-language"] == "sv"
            assert answer.headers["connection"] == "close"
        listed = httpx2.get(f"{url}/v1/area-imports", headers=admin)
        assert listed.json()["total"] == 0

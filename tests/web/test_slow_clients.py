"""Clients that dribble, stall or never read cost nobody else anything, and are ended."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing, contextmanager
from urllib.parse import urlsplit

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
from portfolio.web.receiving import MOST_WHOLE_BODIES
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
    # The tests are clients, not a proxy.
    exempts_loopback = False


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
        forwarded_allow_ips=["127.0.0.9"],
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


def connect_from(address: str, url: str) -> socket.socket:
    parts = urlsplit(url)
    to = (parts.hostname or "", parts.port or 0)
    return socket.create_connection(to, timeout=30, source_address=(address, 0))


def test_one_client_has_its_share_of_the_connections_and_a_proxy_has_all(impatient: str):
    asked = HEAD + b"\r\n"
    with ExitStack() as stack:

        def come_from(address: str) -> socket.socket:
            return stack.enter_context(closing(connect_from(address, impatient)))

        # Begun, and so not at rest.
        held = [opened_on(come_from("127.0.0.2"), HEAD) for _ in range(25)]
        one_more = opened_on(come_from("127.0.0.2"), asked)
        assert read_answer(one_more).headers["connection"] == "close"
        for address, times in (("127.0.0.3", 1), ("127.0.0.9", 30)):
            others = [opened_on(come_from(address), asked) for _ in range(times)]
            assert {read_answer(other).body for other in others} == {b"hello"}
        held += [come_from("127.0.0.2") for _ in range(25)]
        assert is_closed(come_from("127.0.0.2"))


def test_a_connection_at_rest_gives_way_to_a_new_one_of_the_same_client(impatient: str):
    with ExitStack() as stack:
        for _ in range(60):
            connection = stack.enter_context(closing(connect(impatient)))
            assert read_answer(opened_on(connection, HEAD + b"\r\n")).body == b"hello"


def opened_on(connection: socket.socket, begun: bytes) -> socket.socket:
    connection.sendall(begun)
    return connection


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


def opened(stack: ExitStack, url: str, head: bytes, begun: bytes) -> socket.socket:
    """A connection on which a request has begun to be sent."""
    return opened_on(stack.enter_context(closing(connect(url))), head + begun)


def test_more_slow_bodies_than_seats_keep_nobody_waiting(database_url: str, keys: Keys):
    key = f"Host: x\r\nAuthorization: {keys['admin']['Authorization']}\r\n".encode()
    body = b'{"code": "late", "name": "Late", "level": "committee"}'
    form = b"POST /v1/area-imports HTTP/1.1\r\n" + key + b"Content-Type: %b; boundary=x\r\n%b\r\n"
    json = b"POST /v1/bodies HTTP/1.1\r\n" + key + b"Content-Type: application/json\r\n%b\r\n"
    settings = {"PORTFOLIO_POOL_SIZE": "2"}
    with forked_server(database_url, settings=settings) as url, ExitStack() as stack:
        length = b"Content-Length: %d\r\n" % len(body)
        slow = [opened(stack, url, json % length, body[:4]) for _ in range(4)]
        for named in (b"multipart/form-data", b"Multipart/Form-Data"):
            for idempotent in (b"", b"Idempotency-Key: k\r\n"):
                more = idempotent + b"Content-Length: 90000\r\n"
                opened(stack, url, form % (named, more), FORM)
        # Sooner than anybody waits for a seat.
        with httpx2.Client(base_url=url, timeout=10, headers=keys["admin"]) as client:
            assert client.get("/v1/bodies").status_code == 200
            soon = {"code": "soon", "name": "Soon", "level": "committee"}
            assert client.post("/v1/bodies", json=soon).status_code == 201
        slow[0].sendall(body[4:])
        assert read_answer(slow[0]).status == 201
        # Nor does one key fill the memory: what does not say how long it is may be as long as any.
        chunked = json % b"Transfer-Encoding: chunked\r\n"
        for _ in range(MOST_WHOLE_BODIES):
            opened(stack, url, chunked, b"1\r\n{\r\n")
        refused = read_answer(opened(stack, url, chunked, b"1\r\n{\r\n"))
        assert refused.problem["type"] == "/problems/rate-limited"
        assert httpx2.get(f"{url}/v1/bodies", headers=keys["admin"], timeout=10).status_code == 200

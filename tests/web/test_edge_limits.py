"""What is too often, too long or too many is refused as a problem, and never by hanging."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import pairwise
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from portfolio.app import create_app
from portfolio.settings import Settings, SettingsError, load_settings
from portfolio.web.doors import ALWAYS_OPEN, LONGEST_HEADERS, LONGEST_URL
from portfolio.web.edge import with_edge
from portfolio.web.limiting import Limit
from tests.serving import forked_server
from tests.web.raw_sockets import connect, is_closed, read_answer, send

WITH_KEY = {"Authorization": "Bearer pf_unknown"}


Limited = Callable[..., TestClient]


@pytest.fixture
def limited(database_url: str) -> Iterator[Limited]:
    """Makes a client of an application with these settings."""
    with ExitStack() as stack:

        def make(**settings: Any) -> TestClient:
            chosen = Settings(database_url=database_url, **settings)
            edge = with_edge(create_app(chosen), chosen)
            return stack.enter_context(TestClient(edge, raise_server_exceptions=False))

        yield make


def statuses(client: TestClient, path: str, times: int, **headers: str) -> list[int]:
    return [client.get(path, headers=headers).status_code for _ in range(times)]


def test_an_address_that_comes_too_often_is_told_how_long_to_wait(limited: Limited):
    client = limited(rate_per_address="3/hour")
    assert statuses(client, "/ogc", 3) == [200, 200, 200]

    refused = client.get("/ogc", headers={"Accept-Language": "sv"})

    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["content-language"] == "sv"
    assert 3590 < int(refused.headers["retry-after"]) <= 3600
    assert refused.json()["type"] == "/problems/rate-limited"
    assert f"om {refused.headers['retry-after']} s" in refused.json()["detail"]
    assert refused.headers["x-request-id"]
    assert refused.headers["x-frame-options"] == "DENY"
    for path in ALWAYS_OPEN:
        assert statuses(client, path, 5) == [200] * 5


def test_who_waits_as_long_as_retry_after_says_is_let_in(monkeypatch: pytest.MonkeyPatch):
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    limit = Limit("2/minute")
    assert [limit.seconds_to_wait("a") for _ in range(2)] == [0, 0]
    now += 20.5
    wait = limit.seconds_to_wait("a")
    assert wait == 40

    now += wait - 1
    assert limit.seconds_to_wait("a") == 1
    now += 1
    assert limit.seconds_to_wait("a") == 0


def test_each_key_is_counted_for_itself(limited: Limited):
    client = limited(rate_per_key="2/hour")

    assert statuses(client, "/ogc", 3, **WITH_KEY) == [401, 401, 429]
    assert statuses(client, "/ogc", 1, Authorization="Bearer pf_another") == [401]
    assert statuses(client, "/ogc", 3) == [200, 200, 200]


def test_uploads_have_a_rate_of_their_own(limited: Limited):
    client = limited(uploads_per_address="2/hour")

    def upload() -> httpx2.Response:
        return client.post("/v1/area-imports", files={"file": b"x"}, headers=WITH_KEY)

    assert [upload().status_code for _ in range(3)] == [401, 401, 429]
    # What is refused has not been read, so the connection can't be used for anything more.
    assert upload().headers["connection"] == "close"
    assert statuses(client, "/v1/area-imports", 3) == [401] * 3


def test_each_process_takes_its_share_of_the_rate(limited: Limited):
    client = limited(rate_per_address="9/hour", workers=4)

    assert statuses(client, "/ogc", 3) == [200, 200, 429]
    # However many there are, one request is let in.
    assert Limit("2/hour", share=8).seconds_to_wait("a") == 0


def test_bursts_of_a_map_are_not_noticed(limited: Limited):
    client = limited()

    assert set(statuses(client, "/ogc", 600)) == {200}


@given(st.lists(st.sampled_from("abcdefgh"), max_size=60), st.integers(1, 5))
def test_the_counts_of_many_stay_in_bounded_memory(callers: list[str], most: int):
    limit = Limit("3/hour", most=most)

    for caller in callers:
        limit.seconds_to_wait(caller)
        assert len(limit.windows) <= most
        assert limit.windows.get(f"LIMITER/{caller}/3/1/hour") >= 1


def test_windows_that_have_ended_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    limit = Limit("3/second")
    for caller in range(100):
        limit.seconds_to_wait(str(caller))
    sizes = []
    for caller in range(100, 250):
        now += 2
        limit.seconds_to_wait(str(caller))
        sizes.append(len(limit.windows))

    assert all(after <= before for before, after in pairwise(sizes))
    assert sizes[-1] == 1


@pytest.mark.parametrize("value", ["many", "0/minute", "-1/minute", "5/fortnight", "9" * 400])
@pytest.mark.parametrize("name", ["RATE_PER_KEY", "RATE_PER_ADDRESS", "UPLOADS_PER_ADDRESS"])
def test_a_rate_that_is_none_is_refused_in_a_sentence(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(f"PORTFOLIO_{name}", value)

    with pytest.raises(SettingsError, match=rf"^PORTFOLIO_{name}: write it as 6000/minute "):
        load_settings()


@pytest.fixture
def server(database_url: str) -> Iterator[str]:
    with forked_server(database_url) as url:
        yield url


GET = b"GET /ogc%s HTTP/1.1\r\nHost: x\r\n%s\r\n"
POST = b"POST /v1/bodies HTTP/1.1\r\nHost: x\r\n"
MALFORMED = {
    "TLS where none is": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "two ways to say its length": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "a length of 400 digits": POST + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n",
    "a negative length": POST + b"Content-Length: -5\r\n\r\n",
    "no host": b"GET /ogc HTTP/1.1\r\n\r\n",
    "CONNECT": b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a chunk of no size": POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "a path that is not ASCII": b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
}


def test_what_is_not_http_is_refused_as_a_problem(server: str):
    for name, request in MALFORMED.items():
        answer = send(server, request)
        assert answer.status == 400, name
        assert answer.problem["type"] == "/problems/invalid-parameter", name


def test_an_address_or_headers_that_are_too_long_are_refused_however_long(server: str):
    for length in (LONGEST_URL, 2 * LONGEST_URL, 3 * LONGEST_URL):
        answer = send(server, GET % (b"?x=" + b"a" * length, b""))
        assert answer.status == 414
        assert answer.problem["type"] == "/problems/too-large"
    for length in (LONGEST_HEADERS, 3 * LONGEST_HEADERS):
        answer = send(server, GET % (b"", b"X-A: " + b"a" * length + b"\r\n"))
        assert answer.status == 431
        assert answer.problem["type"] == "/problems/too-large"
    answer = send(server, GET % (b"", b"X: y\r\n" * 20_000))
    assert answer.status == 431


def test_a_head_that_never_ends_is_not_waited_for(server: str):
    with closing(connect(server)) as connection:
        connection.sendall(b"GET /ogc HTTP/1.1\r\nX-A: ")
        sent, broken = 0, False
        while not broken:
            try:
                sent += connection.send(b"a" * 65536)
            except OSError:
                broken = True
    # What the kernels of both sides hold, and no more.
    assert sent < 20 * 2**20


def test_a_length_that_is_too_short_does_not_smuggle_a_request_in(server: str):
    inner = b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
    lying = POST + b"Authorization: x\r\nContent-Length: 3\r\n\r\n{}} garbage " + inner
    with closing(connect(server)) as connection:
        connection.sendall(lying)
        assert read_answer(connection).status in (400, 401)
        rest = b""
        while not rest.endswith(b"}") and (more := connection.recv(65536)):
            rest += more
    assert b"ready" not in rest


def test_who_asks_for_a_websocket_is_answered_in_http(server: str):
    asked = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"

    assert send(server, GET % (b"", asked)).status == 200


def test_more_connections_than_may_be_are_told_so(database_url: str):
    settings = {"PORTFOLIO_MAX_CONNECTIONS": "10"}
    with forked_server(database_url, settings=settings) as url, ExitStack() as stack:
        held = [stack.enter_context(closing(connect(url))) for _ in range(10)]

        answer = send(url, GET % (b"", b""))

        assert answer.status == 503
        assert answer.problem["type"] == "/problems/unavailable"
        assert answer.headers["retry-after"] == "10"
        assert answer.headers["connection"] == "close"
        # Who watches the service is answered, and so is everybody who was there before.
        assert send(url, b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
        held[0].sendall(GET % (b"", b""))
        assert read_answer(held[0]).status == 200
        # From the double on they are dropped.
        held += [stack.enter_context(closing(connect(url))) for _ in range(10)]
        with closing(connect(url)) as dropped:
            assert is_closed(dropped)
        for connection in held:
            connection.close()
        # And when they have gone, all is as it was.
        deadline = time.monotonic() + 10
        while send(url, GET % (b"", b"")).status != 200:
            assert time.monotonic() < deadline

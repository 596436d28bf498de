"""Where a request comes from: only a trusted proxy may say, and nobody may invent a host."""

from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from portfolio.settings import Settings, SettingsError, load_settings
from portfolio.web.client_address import LONGEST_ADDRESS, UNKNOWN, is_among, is_loopback, network_of
from portfolio.web.edge import with_edge
from tests.serving import forked_server

PROXY = "10.0.0.1"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Says whom it was asked by."""
    await JSONResponse(
        {"client": scope["client"][0], "counted": network_of(scope), "scheme": scope["scheme"]}
    )(scope, receive, send)


def asked(peer: str, *headers: tuple[str, str], **settings: Any) -> httpx2.Response:
    edge = with_edge(echo, Settings(database_url="sqlite://", **settings))
    return TestClient(edge, client=(peer, 4711)).get("/", headers=list(headers))


def client_seen(forwarded: str, *, trusted: str = PROXY, peer: str = PROXY) -> str:
    answer = asked(peer, ("X-Forwarded-For", forwarded), trusted_proxies=trusted)
    seen: str = answer.json()["client"]
    return seen


def test_what_anyone_says_of_himself_is_not_believed():
    told = (("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "https"))

    for settings in ({}, {"trusted_proxies": "10.0.0.2, 10.1.0.0/16"}):
        answer = asked("127.0.0.1", *told, **settings)
        assert answer.json() == {
            "client": "127.0.0.1",
            "counted": "127.0.0.1",
            "scheme": "http",
        }
        assert "strict-transport-security" not in answer.headers


def test_a_trusted_proxy_says_who_is_calling_and_how():
    told = (("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "https"))

    answer = asked(PROXY, *told, trusted_proxies="10.0.0.0/24,2001:db8::/32")

    assert answer.json() == {"client": "192.0.2.7", "counted": "192.0.2.7", "scheme": "https"}
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_in_a_chain_of_proxies_the_last_that_is_not_ours_is_the_client():
    chain = "203.0.113.9, 192.0.2.7, 10.0.0.2"

    assert client_seen(chain, trusted="10.0.0.0/24") == "192.0.2.7"
    # Only the proxy that we hear it from is trusted: the one before it counts as the client.
    assert client_seen(chain, trusted=PROXY) == "10.0.0.2"
    # Written in several headers, it is the same chain.
    parts = [("X-Forwarded-For", part) for part in chain.split(", ")]
    answer = asked(PROXY, *parts, trusted_proxies="10.0.0.0/24")
    assert answer.json()["client"] == "192.0.2.7"


@pytest.mark.parametrize(
    "garbage", ["", ",", "evil", "a" * 5000, "[::1", "1.2.3.4.5", "-", "::1%", "'; DROP TABLE"]
)
def test_garbage_from_a_proxy_is_counted_together_and_breaks_nothing(garbage: str):
    answer = asked(PROXY, ("X-Forwarded-For", garbage), trusted_proxies=PROXY)

    assert answer.status_code == 200
    assert answer.json()["counted"] in (UNKNOWN, PROXY)


def test_a_scheme_that_is_none_is_not_taken_over():
    for scheme in ("javascript", "", "https, http", "HTTPS"):
        told = ("X-Forwarded-Proto", scheme)
        assert asked(PROXY, told, trusted_proxies=PROXY).json()["scheme"] == "http"


def counted(address: str) -> str:
    return network_of({"type": "http", "client": (address, 1)})


def test_an_ipv6_network_counts_as_one_client():
    assert counted("2001:db8:1:2::1") == counted("2001:db8:1:2:ffff::9")
    assert counted("2001:db8:1:2::1") != counted("2001:db8:1:3::1")
    assert counted("::ffff:192.0.2.7") == counted("192.0.2.7") == "192.0.2.7"
    assert network_of({"type": "http", "client": None}) == UNKNOWN


def test_a_connection_is_of_a_network_however_its_address_is_written():
    networks = ("10.0.0.0/24", "2001:db8::1")
    among = {"10.0.0.9", "::ffff:10.0.0.9", "2001:db8::1", "2001:0db8::0001"}
    assert {
        one for one in among | {"10.0.1.9", "2001:db8::2", "", "x"} if is_among(one, networks)
    } == among
    assert [is_loopback(one) for one in ("127.0.0.2", "::1", "10.0.0.9")] == [True, True, False]


@given(st.text() | st.ip_addresses().map(str))
def test_whatever_a_client_is_called_it_is_counted_by_something_short(address: str):
    assert len(counted(address)) <= LONGEST_ADDRESS


@pytest.mark.parametrize("host", ["", 'a"><script>', "a b", "a/b", "user@evil.example", "[x]"])
def test_a_host_that_is_no_name_is_refused(host: str, client: TestClient):
    answer = client.get("/ogc", headers={"Host": host})

    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/invalid-parameter"
    # Whoever watches the service has no name for it.
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_a_host_that_is_not_ours_is_refused_and_makes_no_links(database_url: str):
    settings = {"PORTFOLIO_ALLOWED_HOSTS": "portfolio.example.se, 127.0.0.1"}
    with forked_server(database_url, settings=settings) as url:

        def links_for(host: str) -> httpx2.Response:
            return httpx2.get(f"{url}/ogc", headers={"Host": host})

        assert "http://Portfolio.Example.se:81/ogc" in links_for("Portfolio.Example.se:81").text
        refused = links_for("evil.example")
        assert refused.status_code == 400
        assert "evil.example" not in refused.text
        assert httpx2.get(f"{url}/ogc").status_code == 200
        assert httpx2.get(f"{url}/readyz", headers={"Host": "10.0.0.7"}).status_code == 200


def test_links_begin_with_the_public_url_whatever_the_host(database_url: str):
    settings = {"PORTFOLIO_PUBLIC_URL": "https://portfolio.example.se"}
    with forked_server(database_url, settings=settings) as url:
        answer = httpx2.get(f"{url}/ogc", headers={"Host": "evil.example"})

    assert "https://portfolio.example.se/ogc" in answer.text
    assert "evil.example" not in answer.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "10.0.0.1/24"),
        ("TRUSTED_PROXIES", "proxy.example.se"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "portfolio.example.se:443"),
    ],
)
def test_a_setting_that_would_trust_too_much_is_refused_in_a_sentence(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(f"PORTFOLIO_{name}", value)

    with pytest.raises(SettingsError, match=rf"^PORTFOLIO_{name}: .* can't be used: give "):
        load_settings()

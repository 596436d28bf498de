"""The identity provider itself: its keys come and go, it is away, or answers nonsense."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from portfolio.access import provider as module
from portfolio.access.provider import ProviderError, fetch_object, signing_keys
from portfolio.settings import Settings, SettingsError, load_settings
from tests.access.signing import (
    Clock,
    FakeProvider,
    Server,
    bearer,
    public_jwk,
    running_app,
    running_provider,
)

Keys = dict[str, dict[str, str]]


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def server(fake: FakeProvider, database_url: str) -> Iterator[Server]:
    with running_app(fake.settings(database_url, failed_sign_ins="")) as server:
        yield server


def test_a_token_that_was_good_is_not_looked_into_again_and_the_provider_asked_once(server, fake):
    token = fake.token()

    assert [server.status(token) for _ in range(5)] == [200] * 5
    assert fake.asked == ["/.well-known/openid-configuration", "/keys"]


def test_a_new_key_of_the_provider_is_taken_when_a_token_names_it(server, fake):
    clock = Clock()
    server.provider._monotonic = clock
    assert server.status(fake.token()) == 200

    fake.keys = [public_jwk("one"), public_jwk("two")]
    clock.seconds += 60

    assert server.status(fake.token("two")) == 200
    assert server.status(fake.token()) == 200


def test_a_key_that_the_provider_withdraws_opens_nothing_after_minutes(server, fake):
    clock = Clock()
    server.provider._monotonic = clock
    token = fake.token()
    assert server.status(token) == 200

    fake.keys = [public_jwk("two")]
    clock.seconds += module.STALE_SECONDS + 1

    assert server.status(token) == 401
    assert server.get("/ogc/collections", token).status_code == 401
    assert server.status(fake.token("two")) == 200


def test_a_withdrawn_key_opens_nothing_from_an_address_that_is_slowed_either(fake, database_url):
    with running_app(fake.settings(database_url)) as server:
        server.provider._monotonic = clock = Clock()
        token = fake.token()
        assert server.status(token) == 200
        fake.keys = [public_jwk("two")]
        clock.seconds += 3 * 3600

        assert [server.status(f"pf_{number}") for number in range(21)] == [401] * 20 + [429]

        for refused in (token, fake.token(sub="another")):
            assert server.status(refused) == server.get("/ogc/collections", refused).status_code
            assert server.status(refused) == 429
        assert server.status(fake.token("two")) == 200


def test_a_known_key_that_is_stale_is_none_unless_the_provider_was_just_found_away(server, fake):
    clock = Clock()
    server.provider._monotonic = clock
    assert server.status(fake.token()) == 200
    fake.is_away = True
    clock.seconds += module.STALE_SECONDS + 1

    assert server.provider.key("one", "RS256") is None
    assert server.status(fake.token()) == 200
    assert server.provider.key("one", "RS256") is not None
    # Nobody has asked since, so nobody knows that it is still away.
    clock.seconds += module.STALE_SECONDS + 1
    assert server.provider.key("one", "RS256") is None
    fake.is_away, fake.keys = False, [public_jwk("two")]
    assert server.status(fake.token()) == 401


def test_a_provider_that_hangs_is_503_when_what_is_known_is_stale(server, fake, monkeypatch):
    clock = Clock()
    server.provider._monotonic = clock
    assert server.status(fake.token()) == 200
    clock.seconds += module.STALE_SECONDS + 1
    # As if the fetching that is under way did not end in time.
    monkeypatch.setattr(server.provider, "_fetch_soon", lambda: None)

    assert server.status(fake.token(sub="another")) == 503


def test_made_up_keys_do_not_make_the_provider_be_asked_again_and_again(server, fake):
    clock = Clock()
    server.provider._monotonic = clock
    flood = [fake.token(headers={"kid": f"k{number}"}) for number in range(30)]

    assert {server.status(token) for token in flood} == {401}
    assert fake.asked.count("/keys") == 1
    clock.seconds += module.PAUSE_SECONDS + 1
    assert {server.status(token) for token in flood} == {401}
    assert fake.asked.count("/keys") == 2


def test_while_the_provider_is_away_known_keys_go_on_for_hours(server, fake):
    clock = Clock()
    server.provider._monotonic = clock
    assert server.status(fake.token()) == 200
    fake.is_away = True

    clock.seconds += module.LONGEST_AWAY_SECONDS - 60
    assert server.status(fake.token(sub="another")) == 200
    assert server.status(fake.token("two")) == 503
    clock.seconds += 120
    assert server.status(fake.token()) == 503
    fake.is_away = False
    clock.seconds += module.PAUSE_SECONDS + 1
    assert server.status(fake.token()) == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"is_away": True},
        {"issuer": "https://elsewhere.example.org"},
        {"padding": "x" * module.LARGEST_DOCUMENT},
        {"keys": [public_jwk("one")] * 101},
        {"keys": []},
        {"keys": ["nonsense", {"kty": "RSA"}, {"kty": "oct", "k": "AAAA", "kid": "one"}]},
        {"keys": [{**public_jwk("one"), "d": "AQAB"}]},
        {"keys": [{**public_jwk("one"), "use": "enc"}]},
        {"keys": [{**public_jwk("one"), "n": "AQAB"}]},
    ],
    ids=lambda fault: next(iter(fault)),
)
def test_a_provider_that_does_not_answer_as_it_must_is_503_and_keys_go_on(
    server, fake, keys: Keys, fault: dict[str, Any]
):
    token = fake.token()
    for name, value in fault.items():
        setattr(fake, name, value)

    answer = server.get("/v1/bodies", token)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert server.get("/ogc/collections", token).status_code == 503
    assert server.client.get("/v1/bodies", headers=keys["viewer"]).status_code == 200


def test_a_redirect_of_the_provider_is_not_followed(server, fake):
    with running_provider() as elsewhere:
        fake.redirects_to = elsewhere.url

        assert server.status(fake.token()) == 503
        assert elsewhere.asked == []


def test_a_provider_that_drips_is_given_up():
    with running_provider() as fake:
        fake.pause, fake.padding = 0.2, "x"
        address = f"{fake.url}/keys"

        with pytest.raises(ProviderError):
            fetch_object(address, seconds=0.1)


@pytest.mark.parametrize("address", ["http://example.org/keys", "file:///etc/passwd", "ftp://x/y"])
def test_keys_are_fetched_by_https_or_on_this_machine_only(address: str):
    with pytest.raises(ProviderError, match="https"):
        fetch_object(address)


def test_weak_keys_are_left_out():
    from cryptography.hazmat.primitives.asymmetric import rsa
    from jwt.algorithms import RSAAlgorithm

    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()  # noqa: S505
    jwk = {**json.loads(RSAAlgorithm.to_jwk(weak)), "kid": "weak"}

    found = signing_keys({"keys": [jwk, public_jwk("one")]}, ["RS256"])

    assert [key.id for key in found] == ["one"]


# Settings

WHOLE = {"oidc_issuer": "https://login.example.org", "oidc_audience": "portfolio"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"oidc_audience": ""}, "PORTFOLIO_OIDC_ISSUER needs PORTFOLIO_OIDC_AUDIENCE"),
        ({"oidc_issuer": ""}, "PORTFOLIO_OIDC_AUDIENCE needs PORTFOLIO_OIDC_ISSUER"),
        ({"oidc_issuer": "http://login.example.org"}, "https"),
        ({"oidc_algorithms": "none"}, "none can't be used"),
        ({"oidc_algorithms": "RS256,HS256"}, "HS256 can't be used"),
        ({"oidc_algorithms": ""}, "at least one"),
        ({"oidc_roles": "{"}, "not JSON"),
        ({"oidc_roles": '["admin"]'}, "value of the claim"),
        ({"oidc_roles": '{"x": "boss"}'}, "boss is no role"),
        ({"oidc_roles": '{"x": "public"}'}, "public is no role"),
        ({"oidc_roles": '{"x": "department"}'}, "PORTFOLIO_OIDC_DEPARTMENT_CLAIM"),
        ({"oidc_leeway_seconds": "3600"}, "PORTFOLIO_OIDC_LEEWAY_SECONDS"),
        ({"failed_sign_ins": "many"}, "PORTFOLIO_FAILED_SIGN_INS"),
    ],
)
def test_half_an_identity_provider_is_refused_at_start(monkeypatch, tmp_path, given, told):
    monkeypatch.chdir(tmp_path)
    for name, value in {**WHOLE, **given}.items():
        monkeypatch.setenv(f"PORTFOLIO_{name.upper()}", value)

    with pytest.raises(SettingsError, match=told):
        load_settings()


def test_a_whole_one_is_taken_and_none_needs_nothing():
    whole: dict[str, Any] = dict(WHOLE)
    assert Settings(**whole).oidc_role_claim == "roles"
    assert Settings().oidc_issuer == ""


def test_without_a_provider_a_token_is_an_unknown_key(client, fake):
    assert client.get("/v1/bodies", headers=bearer(fake.token())).status_code == 401
    assert fake.asked == []

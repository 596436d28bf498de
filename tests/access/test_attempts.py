"""Guessing keys is slowed, and the others behind the same address are not shut out."""

import base64
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.access.attempts import BUCKETS, Attempts
from portfolio.errors import TooManyAtOnce
from portfolio.settings import Settings
from tests.access.signing import Clock, Server, running_app, running_provider


@pytest.fixture
def server(database_url: str, keys: object) -> Iterator[Server]:
    settings = Settings(database_url=database_url, key_use_seconds=0, failed_sign_ins="5/minute")
    with running_app(settings) as server:
        yield server


def guess(server: Server, number: int, path: str = "/v1/bodies") -> int:
    return server.get(path, f"pf_{number}").status_code


@pytest.mark.parametrize("path", ["/v1/bodies", "/ogc/collections", "/v1/programs"])
def test_who_guesses_is_told_to_wait(server, path: str):
    assert [guess(server, number, path) for number in range(7)] == [401] * 5 + [429] * 2

    answer = server.get(path, "pf_again")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.json()["type"] == "/problems/rate-limited"
    assert server.client.get("/v1/programs").status_code == 200


def test_guesses_as_passwords_count_with_the_others(server):
    for number in range(5):
        basic = base64.b64encode(f"x:pf_{number}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        assert server.client.get("/ogc/collections", headers=headers).status_code == 401

    assert guess(server, 9) == guess(server, 9, "/ogc") == 429


def test_a_good_key_that_is_new_waits_too_but_one_that_has_opened_goes_on(server, keys):
    assert server.client.get("/v1/bodies", headers=keys["viewer"]).status_code == 200
    for number in range(5):
        guess(server, number)

    assert server.client.get("/v1/bodies", headers=keys["viewer"]).status_code == 200
    assert server.client.get("/v1/bodies", headers=keys["gis"]).status_code == 429


def test_one_program_with_an_old_key_shuts_out_only_itself(server, keys):
    answers = [guess(server, 1) for _ in range(20)]

    assert answers == [401] * 5 + [429] * 15
    assert server.client.get("/v1/bodies", headers=keys["viewer"]).status_code == 200


def test_a_signature_can_not_be_guessed_so_good_tokens_come_in_and_forged_ones_do_not(database_url):
    with running_provider() as fake:
        settings = fake.settings(database_url, failed_sign_ins="3/minute")
        with running_app(settings) as server:
            assert server.status(fake.token(sub="first")) == 200
            forged = [fake.token(headers={"kid": f"k{number}"}) for number in range(5)]

            assert [server.status(one) for one in forged] == [401] * 3 + [429] * 2
            assert server.status(fake.token(sub="second")) == 200
            assert fake.asked.count("/keys") == 1


def test_an_address_may_try_again_when_the_window_is_over():
    clock = Clock()
    attempts = Attempts("2/minute", monotonic=clock)
    for credential in "ab":
        attempts.failed("10.0.0.1", credential)

    with pytest.raises(TooManyAtOnce) as caught:
        attempts.refuse_many("10.0.0.1", "c")
    assert caught.value.seconds == 60
    attempts.refuse_many("10.0.0.2", "c")
    clock.seconds += 60
    attempts.refuse_many("10.0.0.1", "c")


def test_a_process_among_several_takes_its_share_and_at_least_one():
    attempts = Attempts("20/minute", share=50)
    attempts.failed("here", "a")

    with pytest.raises(TooManyAtOnce):
        attempts.refuse_many("here", "b")


def test_a_key_that_opens_no_more_is_forgotten():
    attempts = Attempts("1/minute")
    attempts.succeeded("once good")
    attempts.failed("here", "a")
    attempts.refuse_many("here", "once good")

    attempts.failed("here", "once good")

    with pytest.raises(TooManyAtOnce):
        attempts.refuse_many("here", "once good")


def test_many_addresses_take_no_more_memory_than_few():
    attempts = Attempts("20/minute")

    for number in range(3 * BUCKETS):
        attempts.failed(f"2001:db8:{number}::/64", f"{number}")

    assert len(attempts._failed) <= 2 * BUCKETS


@given(st.lists(st.tuples(st.sampled_from("xy"), st.integers(0, 30)), max_size=80))
def test_an_address_never_gets_more_looked_up_than_it_may(tries: list[tuple[str, int]]):
    attempts = Attempts("5/minute", monotonic=Clock())
    looked_up: dict[str, set[int]] = {"x": set(), "y": set()}

    for address, number in tries:
        try:
            attempts.refuse_many(address, str(number))
        except TooManyAtOnce:
            continue
        looked_up[address].add(number)
        attempts.failed(address, str(number))

    assert all(len(found) <= 5 for found in looked_up.values())


def test_without_a_limit_nobody_waits():
    attempts = Attempts("")
    for number in range(100):
        attempts.failed("here", str(number))

    attempts.refuse_many("here", "another")

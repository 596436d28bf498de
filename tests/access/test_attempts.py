"""Guessing keys is slowed, and nobody whose key or token is good is shut out by it."""

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


@pytest.mark.parametrize("path", ["/v1/bodies", "/ogc/collections"])
def test_a_good_key_always_enters_however_many_have_failed_there(server, keys, path: str):
    assert [guess(server, number) for number in range(7)][-1] == 429

    assert server.client.get(path, headers=keys["viewer"]).status_code == 200
    assert guess(server, 9, path) == 429
    assert server.client.get(path, headers=keys["viewer"]).status_code == 200


def test_who_must_wait_is_told_to_check_keys_and_sign_ins_alike(server):
    for number in range(6):
        answer = server.get("/v1/bodies", f"pf_{number}")

    assert "keys or sign-ins" in answer.json()["detail"]


def test_one_program_with_an_old_key_shuts_out_only_itself(server, keys):
    answers = [guess(server, 1) for _ in range(20)]

    assert answers == [401] * 5 + [429] * 15
    assert server.client.get("/v1/bodies", headers=keys["viewer"]).status_code == 200


def test_a_signature_can_not_be_guessed_so_good_tokens_come_in_and_forged_ones_do_not(database_url):
    with running_provider() as fake:
        settings = fake.settings(database_url, failed_sign_ins="3/minute")
        with running_app(settings) as server:
            # Nobody has come in before: the process has not asked for the provider's keys either.
            forged = [fake.token(headers={"kid": f"k{number}"}) for number in range(5)]

            assert [server.status(one) for one in forged] == [401] * 3 + [429] * 2
            assert server.status("no.token.atall") == 429
            assert server.status(fake.token()) == 200
            assert server.get("/ogc/collections", fake.token(sub="second")).status_code == 200
            assert fake.asked.count("/keys") == 1


def test_an_address_may_fail_again_when_the_window_is_over():
    clock = Clock()
    attempts = Attempts("2/minute", monotonic=clock)
    for credential in "ab":
        attempts.failed("10.0.0.1", credential)

    with pytest.raises(TooManyAtOnce) as caught:
        attempts.failed("10.0.0.1", "c")
    assert caught.value.seconds == 60
    attempts.failed("10.0.0.2", "c")
    clock.seconds += 60
    attempts.failed("10.0.0.1", "c")


def test_a_process_among_several_takes_its_share_and_at_least_one():
    attempts = Attempts("20/minute", share=50)
    attempts.failed("here", "a")

    with pytest.raises(TooManyAtOnce):
        attempts.failed("here", "b")


def test_many_addresses_take_no_more_memory_than_few():
    attempts = Attempts("20/minute")

    for number in range(3 * BUCKETS):
        attempts.failed(f"2001:db8:{number}::/64", f"{number}")

    assert len(attempts._failed) <= 2 * BUCKETS


@given(st.lists(st.tuples(st.sampled_from("xy"), st.integers(0, 30)), max_size=80))
def test_an_address_never_fails_with_more_than_it_may(tries: list[tuple[str, int]]):
    attempts = Attempts("5/minute", monotonic=Clock())
    failed: dict[str, set[int]] = {"x": set(), "y": set()}

    for address, number in tries:
        try:
            attempts.failed(address, str(number))
        except TooManyAtOnce:
            continue
        failed[address].add(number)

    assert all(len(found) <= 5 for found in failed.values())


def test_without_a_limit_nobody_waits():
    attempts = Attempts("")
    for number in range(100):
        attempts.failed("here", str(number))

    assert attempts._failed == {}

"""SIGKILL at random moments of a mixed load: a worker, the whole server, the database."""

import random
import time
from collections.abc import Callable

import pytest

from tests.faults.installation import Installation

# Checked by the doctor so often; the rest is checked after every kill.
THOROUGHLY_EVERY = 10
Kill = Callable[[Installation, random.Random], None]


def kill_worker(installation: Installation, dice: random.Random) -> None:
    installation.service.kill_worker(dice)


def kill_server(installation: Installation, dice: random.Random) -> None:
    """As systemd would, we start it again."""
    installation.service.kill()
    installation.service.start()


def kill_backend(installation: Installation, dice: random.Random) -> None:
    assert installation.cluster is not None
    installation.cluster.kill_backend(dice)
    installation.service.wait_until_ready()


def kill_database(installation: Installation, dice: random.Random) -> None:
    assert installation.cluster is not None
    installation.cluster.kill_postmaster()
    installation.service.wait_until_ready()


IN_PROCESS: tuple[Kill, ...] = (kill_worker, kill_server)
WITH_A_SERVER: tuple[Kill, ...] = (kill_worker, kill_backend, kill_server, kill_database)


@pytest.mark.timeout(3600)
def test_whatever_is_killed_what_was_acknowledged_is_there_once_and_whole(
    installation: Installation, dice: random.Random, kills: int
):
    ways = IN_PROCESS if installation.cluster is None else WITH_A_SERVER
    with installation.load(dice) as load:
        for number in range(1, kills + 1):
            load.wait_for_more(10)
            time.sleep(dice.uniform(0.0, 1.0))
            ways[(number - 1) % len(ways)](installation, dice)
            load.check(thoroughly=number % THOROUGHLY_EVERY == 0 or number == kills)
        assert load.done > kills * 10

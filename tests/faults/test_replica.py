"""Reads go to a standby that lags, stops and comes back in the middle of a load."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.installation import Installation, founded
from tests.standby import Standby, replicated_cluster

ROUNDS = 3


@pytest.fixture
def with_a_replica(folder: Path) -> Iterator[tuple[Installation, Standby]]:
    with ExitStack() as stack:
        primary, standby = stack.enter_context(replicated_cluster())
        url = primary.new_database()
        environment = {"PORTFOLIO_READ_DATABASE_URL": standby.url_of(url)}
        standby.catch_up()
        yield founded(stack, url, folder, environment=environment), standby


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_each_client_reads_its_own_writes_however_far_behind_the_replica_is(
    with_a_replica: tuple[Installation, Standby], dice: random.Random
):
    """A writer reads after each change, and stops at the first that it does not see."""
    installation, standby = with_a_replica
    with installation.load(dice) as load:
        for _ in range(ROUNDS):
            standby.pause()
            load.wait_for_more(20)
            time.sleep(dice.uniform(0.0, 1.0))
            standby.resume()
            load.wait_for_more(20)
            standby.stop()
            load.wait_for_more(20)
            standby.start()
            load.wait_for_more(10)
            load.check(thoroughly=False)
        load.check(thoroughly=True)

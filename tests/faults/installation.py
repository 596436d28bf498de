"""A service over a database of its own, on either engine."""

import random
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.faults.clusters import DurableCluster, durable_cluster
from tests.faults.load import REHEARSAL, Keys, Load, Recorded, mixed_load, prepare, rehearse
from tests.faults.service import Service


@dataclass
class Installation:
    """What a test may break, and put under load."""

    service: Service
    database_url: str
    cluster: DurableCluster | None
    keys: Keys
    recorded: Recorded

    def load(self, dice: random.Random) -> AbstractContextManager[Load]:
        return mixed_load(self.service, self.database_url, self.keys, self.recorded, dice)


def installed(
    stack: ExitStack,
    engine: str,
    folder: Path,
    *,
    data: Path | None = None,
    workers: int = 2,
    environment: Mapping[str, str] | None = None,
) -> Installation:
    """Running until `stack` is left; the database is in `data`, the log in `folder`."""
    home, cluster = data or folder, None
    if engine == "postgres":
        cluster = stack.enter_context(durable_cluster(home))
        url = cluster.cluster.new_database()
    else:
        url = f"sqlite:///{home}/portfolio.sqlite"
    return founded(stack, url, folder, cluster, workers=workers, environment=environment)


def founded(
    stack: ExitStack,
    url: str,
    folder: Path,
    cluster: DurableCluster | None = None,
    *,
    workers: int = 2,
    environment: Mapping[str, str] | None = None,
) -> Installation:
    """Over an empty database that is there."""
    keys = prepare(url)
    service = Service(url, folder, workers=workers, environment=environment)
    stack.callback(service.stop)
    service.start()
    recorded = rehearse(service, url, keys[REHEARSAL])
    return Installation(service, url, cluster, keys, recorded)

"""What Prometheus reads: the counts of all processes, and what is measured when it asks."""

import asyncio
import glob
import os
import re
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from sqlalchemy import Engine, QueuePool

from portfolio.database.migrations import newest_revision
from portfolio.database.probing import file_of
from portfolio.watching import metrics

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SECONDS_BETWEEN_SAMPLES = 5
_OF_PROCESS = re.compile(r"_(\d+)\.db$")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def scrape(engine: Engine, version: str) -> bytes:
    """Every metric in the text format, of all processes that serve together."""
    sample(engine)
    metrics.build.labels(version, newest_revision() or "", engine.name).set(1)
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is None:
        return generate_latest(metrics.REGISTRY)
    forget_dead_processes(folder)
    together = CollectorRegistry()
    MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]  # untyped library
    return generate_latest(together)


def sample(engine: Engine) -> None:
    """Take the measure of this process: its connections, files and memory."""
    if isinstance(engine.pool, QueuePool):
        metrics.pool_size.labels("primary").set(engine.pool.size())
        metrics.pool_in_use.labels("primary").set(engine.pool.checkedout())
    metrics.processes.set(1)
    statm, descriptors = Path("/proc/self/statm"), Path("/proc/self/fd")
    if statm.exists():
        metrics.resident_bytes.set(int(statm.read_text("ascii").split()[1]) * _PAGE_BYTES)
        metrics.open_files.set(len(os.listdir(descriptors)))
    file = file_of(engine.url)
    if file is not None:
        for name, path in (("database", file), ("wal", Path(f"{file}-wal"))):
            if path.exists():
                metrics.sqlite_bytes.labels(name).set(path.stat().st_size)


async def keep_sampling(engine: Engine) -> None:
    """Each process measures itself: whoever answers Prometheus knows only its own."""
    while True:
        sample(engine)
        await asyncio.sleep(SECONDS_BETWEEN_SAMPLES)


def forget_dead_processes(folder: str) -> None:
    """Drop the gauges of processes that have ended; what they counted still counts."""
    for path in glob.glob("gauge_live*.db", root_dir=folder):
        found = _OF_PROCESS.search(path)
        if found is not None and not Path(f"/proc/{found[1]}").exists():
            mark_process_dead(int(found[1]), folder)  # type: ignore[no-untyped-call]  # as above

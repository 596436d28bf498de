"""What Prometheus reads: the counts of all processes, and what is measured when it asks."""

import asyncio
import os
import re
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import Engine, QueuePool

from portfolio.database.migrations import newest_revision
from portfolio.database.probing import file_of
from portfolio.watching import metrics
from portfolio.watching.metric_files import is_running

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SECONDS_BETWEEN_SAMPLES = 5
log = structlog.get_logger()
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
    try:
        return _together(folder)
    except FileNotFoundError:
        # A new process took a dead one's file over just then.
        return _together(folder)


def _together(folder: str) -> bytes:
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
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is not None:
        # Of whoever this process was started in the place of, also if nobody ever asks.
        forget_dead_processes(folder)
    while True:
        try:
            sample(engine)
        except OSError:
            # A file that was there a moment ago; the next look finds what there is then.
            log.info("a measure could not be taken", exc_info=True)
        await asyncio.sleep(SECONDS_BETWEEN_SAMPLES)


def forget_dead_processes(folder: str) -> None:
    """Drop the gauges of processes that have ended; what they counted still counts."""
    for path in Path(folder).glob("gauge_live*.db"):
        found = _OF_PROCESS.search(path.name)
        if found is not None and not is_running(found[1]):
            # Another process may do the same.
            path.unlink(missing_ok=True)

"""`python -m bench.load`: mixed traffic from processes of its own, for minutes.

python -m bench.load [--engine sqlite|postgres] [--minutes 10] [--investments 100000]
                     [--workers 2] [--clients 8] [--cache FOLDER] [--growth 64]

Four reads to a write, closed loop: each client asks as soon as it has its answer. Ends with 1 if
any answer was 5xx, or if the server's memory grows after the warm-up, of a minute at least, by
more than `--growth` MB. A run of less than two minutes tells nothing of memory.
With `--cache` the filled database is kept there for the next run. PostgreSQL waits for its disk.
"""

import argparse
import multiprocessing
import shutil
import statistics
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from bench.__main__ import measure_import, say
from bench.filling import fill, write_areas
from bench.history import add_history
from bench.mixing import PROGRAMS, Answered, Traffic, ask_until
from portfolio.access.rules import Role
from portfolio.areas.service import create_scheme
from portfolio.clock import Act, now
from portfolio.database.engine import make_engine, transaction
from portfolio.database.migrations import migrate
from portfolio.programs.models import Program
from tests.faults.clusters import DurableCluster, durable_cluster
from tests.faults.service import Service, memory_mb
from tests.serving import key_headers

LOOK_EVERY_SECONDS = 10.0
# Caches fill and pools open in this part of the time, and for a minute: memory may grow then.
WARM_UP = 0.3
WARM_UP_SECONDS = 60.0
READERS = (Role.VIEWER, Role.FINANCE, Role.GIS, Role.COORDINATOR)
# As docs/operations.md advises for two cores.
TUNED = "shared_buffers = 512MB\nmax_wal_size = 1GB\n"
# Seconds since the start, and MB: memory of all processes, and the disk.
Look = tuple[float, float, float]


def main() -> None:
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="portfolio-load-") as folder,
        _database(options, Path(folder)) as url,
    ):
        is_good = measure(options, url, Path(folder))
    sys.exit(0 if is_good else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.load")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="postgres")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--investments", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--cache", type=Path, help="where filled databases are kept")
    parser.add_argument("--growth", type=float, default=64.0, help="MB after the warm-up")
    return parser.parse_args()


@contextmanager
def _database(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    """The address of a filled database, from the cache if it is there."""
    kept = options.cache and options.cache / f"{options.engine}-{options.investments}"
    if options.engine == "sqlite":
        file = folder / "portfolio.sqlite"
        url = f"sqlite:///{file}"
        if kept and kept.exists():
            shutil.copyfile(kept, file)
        else:
            prepare(url, options.investments)
            if kept:
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, kept)
        migrate(url)
        yield url
        return
    data = kept if kept and kept.exists() else None
    with durable_cluster(folder, data, settings=TUNED) as cluster:
        url = cluster.cluster.url("portfolio_0")
        if data is None:
            cluster.cluster.new_database()
            prepare(url, options.investments)
            if kept:
                _keep(cluster, kept)
        migrate(url)
        yield url


def _keep(cluster: DurableCluster, kept: Path) -> None:
    cluster.stop()
    shutil.copytree(cluster.home / "data", kept)
    cluster.start()


def prepare(url: str, investments: int) -> None:
    """Areas, programs, and investments with the history of six gates."""
    began = time.perf_counter()
    migrate(url)
    engine = make_engine(url)
    with transaction(engine) as session:
        create_scheme(session, Act("bench", now()), code="grid", name="Rutnät", description="")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "areas.gpkg"
        measure_import(url, file, write_areas(file))
    fill(engine, investments)
    add_history(engine)
    with engine.begin() as connection:
        _spread(connection)
        connection.execute(text("ANALYZE"))
    engine.dispose()
    say(f"  filled with {investments} investments in {time.perf_counter() - began:.0f} s")


def _spread(connection: Connection) -> None:
    """Over as many programs as a large municipality has, where `fill` makes one."""
    columns = ", ".join(
        column.name for column in Program.__table__.columns if column.name not in ("id", "code")
    )
    for number in range(PROGRAMS):
        copied = f"SELECT 'p{number}', {columns} FROM program WHERE code = 'bench'"  # noqa: S608
        connection.execute(text(f"INSERT INTO program (code, {columns}) {copied}"))
    first = connection.execute(text("SELECT id FROM program WHERE code = 'p0'")).scalar_one()
    place = f"{first} + investment_id % {PROGRAMS}"
    connection.execute(
        text(f"UPDATE investment SET program_id = {first} + id % {PROGRAMS}")  # noqa: S608
    )
    connection.execute(text(f"UPDATE investment_version SET program_id = {place}"))  # noqa: S608


def keys_of(engine: Engine, number: int) -> list[tuple[dict[str, str], dict[str, str]]]:
    """For each client a key that reads, of one role after the other, and one that writes."""
    with transaction(engine) as session:
        return [
            (
                key_headers(session, READERS[client % len(READERS)]),
                key_headers(session, Role.ADMIN),
            )
            for client in range(number)
        ]


def measure(options: argparse.Namespace, url: str, folder: Path) -> bool:
    engine = make_engine(url)
    keys = keys_of(engine, options.clients)
    engine.dispose()
    service = Service(url, folder, workers=options.workers)
    service.start()
    try:
        began = time.time()
        until = began + options.minutes * 60
        traffic = [
            Traffic(service.url, number, options.investments, *pair, until)
            for number, pair in enumerate(keys)
        ]
        with multiprocessing.get_context("fork").Pool(options.clients) as pool:
            asked = pool.map_async(ask_until, traffic, chunksize=1)
            looks = _watch(service.pid, folder, began, until)
            answered = merged(asked.get(timeout=300))
        return report(answered, looks, time.time() - began, options)
    finally:
        service.stop()


def _watch(pid: int, folder: Path, began: float, until: float) -> list[Look]:
    """Look now and then what the server's processes hold and what the folder takes."""
    looks: list[Look] = []
    while time.time() < until:
        time.sleep(min(LOOK_EVERY_SECONDS, max(until - time.time(), 0.0)))
        disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
        looks.append((time.time() - began, memory_mb(pid), disk))
        seconds, memory, disk = looks[-1]
        say(f"  {seconds:5.0f} s: memory {memory:6.0f} MB, database {disk:8.0f} MB")
    return looks


def merged(parts: list[Answered]) -> Answered:
    whole = Answered()
    for part in parts:
        for kind, times in part.times.items():
            whole.times.setdefault(kind, array("d")).extend(times)
        for key, count in part.statuses.items():
            whole.statuses[key] = whole.statuses.get(key, 0) + count
    return whole


def report(
    answered: Answered, looks: list[Look], seconds: float, options: argparse.Namespace
) -> bool:
    """Say what was measured; whether it is good enough."""
    total = sum(len(times) for times in answered.times.values())
    say(f"{options.engine}: {total / seconds:.1f} requests a second of {options.clients} clients")
    for kind, times in sorted(answered.times.items()):
        ordered = sorted(times)
        p50, p95, p99 = (ordered[int(len(ordered) * part)] for part in (0.5, 0.95, 0.99))
        say(f"  {kind:15s} {len(ordered):7d}: p50 {p50:7.1f}, p95 {p95:7.1f}, p99 {p99:7.1f} ms")
    failed = {key: count for key, count in answered.statuses.items() if key[1] >= 400}
    for (kind, status), count in sorted(failed.items()):
        say(f"  {kind} answered {status} {count} times")
    growth, slope = memory_growth(looks)
    if looks and looks[-1][0] < 2 * WARM_UP_SECONDS:
        say("  too short to tell whether memory grows")
    else:
        say(f"  memory after the warm-up: {growth:+.0f} MB, {slope:+.1f} MB an hour")
    errors = sum(count for (_, status), count in failed.items() if status >= 500)
    return errors == 0 and growth <= options.growth


def memory_growth(looks: list[Look]) -> tuple[float, float]:
    """MB from the warm-up to the end along the line through the looks, and MB an hour."""
    warm = [look for look in looks[int(len(looks) * WARM_UP) :] if look[0] >= WARM_UP_SECONDS]
    if len(warm) < 2:
        return 0.0, 0.0
    seconds = [look[0] for look in warm]
    slope = statistics.linear_regression(seconds, [look[1] for look in warm]).slope
    return slope * (seconds[-1] - seconds[0]), slope * 3600


if __name__ == "__main__":
    main()

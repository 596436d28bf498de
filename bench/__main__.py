"""`python -m bench`: import, gate status and list, on SQLite and, where it is, on PostgreSQL.

python -m bench [--engine sqlite|postgres|both] [--investments 10000]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from sqlalchemy import Engine, text

from bench.client import fetch, load
from bench.filling import fill, write_areas
from portfolio.access.rules import Role
from portfolio.areas.service import create_scheme
from portfolio.clock import Act, now
from portfolio.database.engine import make_engine, transaction
from portfolio.database.migrations import migrate
from tests.postgres import private_cluster
from tests.serving import key_headers, running_server

BARE = text(
    "SELECT i.id, i.code, i.name, i.kind, p.code AS program, p.steering, i.department, i.gate,"
    " i.gate_position, i.status, i.last_outcome, i.last_decided_on, i.last_decided_by,"
    " i.last_case_number, i.review_on, i.next_gate_on, i.weak_steps, i.open_conditions,"
    " i.decided_capital, i.decided_operating, i.forecast_capital, i.forecast_operating,"
    " i.released_total, a.code AS area"
    " FROM investment i LEFT JOIN program p ON p.id = i.program_id"
    " LEFT JOIN share_set s ON s.investment_id = i.id AND s.retracted_at IS NULL"
    " AND s.basis = 'location'"
    " LEFT JOIN area_share a ON a.share_set_id = s.id ORDER BY i.code"
)


def best(times: int, measured: Callable[[], object]) -> float:
    """Seconds of the best of some runs."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        measured()
        found.append(time.perf_counter() - began)
    return min(found)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def databases(engine: str) -> Iterator[list[tuple[str, str]]]:
    with tempfile.TemporaryDirectory() as folder:
        found = [("SQLite", f"sqlite:///{folder}/bench.sqlite")]
        if engine == "sqlite":
            yield found
            return
        with private_cluster() as cluster:
            postgres = ("PostgreSQL", cluster.new_database())
            yield [postgres] if engine == "postgres" else [*found, postgres]


def measure_import(url: str, file: Path, areas: int) -> None:
    """Preview and apply through the command line, so with Python's start."""
    command = [
        sys.executable, "-m", "portfolio", "areas", "import", str(file), "--scheme", "grid",
        "--code-field", "kod", "--name-field", "namn", "--valid-from", "2026-01-01", "--yes",
    ]  # fmt: skip
    environment = {**os.environ, "PORTFOLIO_DATABASE_URL": url}
    began = time.perf_counter()
    subprocess.run(  # noqa: S603  our own command
        command, env=environment, check=True, capture_output=True
    )
    say(
        f"  import of {areas} areas, preview and apply: {time.perf_counter() - began:.1f} s"
        " (goal: under 15)"
    )


def bare(engine: Engine) -> bytes:
    with engine.connect() as connection:
        return orjson.dumps([dict(row._mapping) for row in connection.execute(BARE)])


def measure_gate_status(server: str, headers: dict[str, str], engine: Engine) -> None:
    def pages(query: str = "") -> int:
        count, path = 0, f"/v1/gate-status?limit=1000{query}"
        while path:
            page = orjson.loads(fetch(server + path, headers))
            count, path = count + len(page["items"]), page["next"]
        return count

    rows = pages()
    floor = best(3, lambda: bare(engine))
    ours = best(3, pages)
    say(
        f"  gate status of {rows}, all pages: {ours * 1000:.0f} ms; bare SQL and JSON:"
        f" {floor * 1000:.0f} ms; ratio {ours / floor:.1f} (goal: under 4)"
    )
    first = best(3, lambda: fetch(f"{server}/v1/gate-status?limit=1000&totals=true", headers))
    say(f"  first page of 1 000 with totals: {first * 1000:.0f} ms")
    table = best(2, lambda: fetch(f"{server}/v1/gate-status?format=csv", headers))
    say(f"  all as CSV: {table * 1000:.0f} ms")
    sheet = best(1, lambda: fetch(f"{server}/v1/gate-status?format=xlsx", headers))
    say(f"  all as XLSX: {sheet * 1000:.0f} ms")
    then = best(2, lambda: fetch(f"{server}/v1/gate-status?as_of=2026-06-30&limit=1000", headers))
    say(f"  first page as of a date: {then * 1000:.0f} ms")


def measure_list(server: str, headers: dict[str, str]) -> None:
    url = f"{server}/v1/investments?limit=100"
    for connections in (1, 4):
        found = load(url, headers, connections=connections, seconds=5)
        say(
            f"  list of 100 investments, {connections} connections: {found.per_second:.0f} a"
            f" second, p50 {found.p50:.1f} ms, p95 {found.p95:.1f} ms (goal: over 300 a second)"
        )


def measure(name: str, url: str, file: Path, areas: int, investments: int) -> None:
    say(name)
    migrate(url)
    engine = make_engine(url)
    with transaction(engine) as session:
        act = Act(actor="bench", at=now())
        create_scheme(session, act, code="grid", name="Rutnät", description="")
        headers = key_headers(session, Role.FINANCE)
    measure_import(url, file, areas)
    fill(engine, investments)
    with engine.begin() as connection:
        # What PostgreSQL does by itself a minute after so many rows have come.
        connection.execute(text("ANALYZE"))
    with running_server(url, quiet=True) as server:
        measure_gate_status(server, headers, engine)
        measure_list(server, headers)
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--engine", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--investments", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "areas.gpkg"
        areas = write_areas(file)
        with databases(given.engine) as found:
            for name, url in found:
                measure(name, url, file, areas, given.investments)


if __name__ == "__main__":
    main()

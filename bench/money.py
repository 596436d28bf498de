"""`python -m bench.money`: gate status with all its columns, and operating consequences.

python -m bench.money [--engine sqlite|postgres|both] [--investments 100000]

Each investment has six gates' history: a round, a decision and a decided line at each.
"""

import argparse
import http.client
import os
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from sqlalchemy import Engine, text

from bench.__main__ import best, databases, measure_import, say
from bench.client import fetch
from bench.filling import fill, write_areas
from bench.history import YEARS, add_costs, add_history
from portfolio.access.rules import Role
from portfolio.areas.service import create_scheme
from portfolio.clock import Act, now
from portfolio.database.engine import make_engine, transaction
from portfolio.database.migrations import migrate
from tests.serving import key_headers, running_server

COSTED = 500
PAGE = (
    "SELECT i.*, a.code AS area FROM investment i"
    " LEFT JOIN share_set s ON s.investment_id = i.id AND s.retracted_at IS NULL"
    " AND s.basis = 'location'"
    " LEFT JOIN area_share a ON a.share_set_id = s.id ORDER BY i.code"
)
COUNT = "SELECT count(*) FROM investment"
INPUTS = (
    "SELECT c.* FROM component c WHERE c.retracted_at IS NULL AND c.investment_id IN"
    " (SELECT id FROM investment WHERE program_id IS NOT NULL)"
)


def bare(engine: Engine, *queries: str) -> bytes:
    """What the database and JSON take alone, without a server."""
    with engine.connect() as connection:
        found = [[tuple(row) for row in connection.execute(text(query))] for query in queries]
    return orjson.dumps(found, default=str)


def memory_mb() -> float:
    """The most memory that our server has held."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text()
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if int(fields["PPid"]) == os.getpid() and "serve" in command:
            return int(fields["VmHWM"].split()[0]) / 1024
    raise LookupError("the server is not running")


def stream(url: str, headers: dict[str, str]) -> tuple[float, int]:
    """Seconds to the first piece, and how many bytes in all; nothing is kept."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    began = time.perf_counter()
    connection.request("GET", f"{address.path}?{address.query}", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()[:500]
    size = len(answer.read(10_000))
    first = time.perf_counter() - began
    while piece := answer.read(1_000_000):
        size += len(piece)
    connection.close()
    return first, size


def measure_gate_status(server: str, headers: dict[str, str], engine: Engine) -> None:
    base = f"{server}/v1/gate-status"
    floor = best(3, lambda: bare(engine, f"{PAGE} LIMIT 1000", COUNT))
    for query, goal in (
        ("limit=1000", " (goal: under 150)"),
        ("limit=1000&year=2027", ""),
        ("limit=1000&as_of=2024-06-30", ""),
        ("limit=1000&totals=true", ""),
    ):
        page = best(4, lambda query=query: fetch(f"{base}?{query}", headers))  # type: ignore[misc]
        say(f"  first page, {query}: {page * 1000:.0f} ms{goal}")
    say(f"  bare SQL and JSON of a page: {floor * 1000:.0f} ms")


def measure_export(server: str, headers: dict[str, str], engine: Engine) -> None:
    """On a server that has done nothing else, so that its memory is this export's."""
    before = memory_mb()
    began = time.perf_counter()
    first, size = stream(f"{server}/v1/gate-status?format=csv", headers)
    took = time.perf_counter() - began
    say(
        f"  all as CSV, {size / 1e6:.0f} MB: {took:.1f} s (goal: under 10), first piece after"
        f" {first * 1000:.0f} ms; memory {before:.0f} MB before, {memory_mb():.0f} MB at most"
        " (goal: under 300)"
    )
    floor = best(1, lambda: bare(engine, PAGE))
    say(f"  bare SQL and JSON of all: {floor:.1f} s")


def measure_consequence(server: str, headers: dict[str, str], engine: Engine) -> None:
    url = f"{server}/v1/programs/bench/consequence"
    took = best(3, lambda: fetch(url, headers))
    floor = best(3, lambda: bare(engine, INPUTS))
    say(
        f"  consequence of a program of {COSTED} investments over {len(YEARS)} years:"
        f" {took * 1000:.0f} ms (goal: under 1 000); bare SQL of its components:"
        f" {floor * 1000:.0f} ms"
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
    began = time.perf_counter()
    fill(engine, investments)
    add_history(engine)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    say(f"  filled with {investments} investments in {time.perf_counter() - began:.0f} s")
    with running_server(url, quiet=True) as server:
        measure_export(server, headers, engine)
    with running_server(url, quiet=True) as server:
        measure_gate_status(server, headers, engine)
    add_costs(engine, COSTED)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    with running_server(url, quiet=True) as server:
        measure_consequence(server, headers, engine)
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.money")
    parser.add_argument("--engine", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--investments", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "areas.gpkg"
        areas = write_areas(file)
        with databases(given.engine) as found:
            for name, url in found:
                measure(name, url, file, areas, given.investments)


if __name__ == "__main__":
    main()

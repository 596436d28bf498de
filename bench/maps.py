"""`python -m bench.maps`: OGC API - Features on 6 000 areas, and their import.

python -m bench.maps [--engine sqlite|postgres|both] [--peers] [--areas FILE] [--seconds 2]

With `--peers` tipg and pygeoapi on PostGIS in the same run (see bench/peers.py), ogr2ogr, bare
ASGI, and full reads by GDAL and QGIS; then the ratios against the goals. wrk is used if it is
there (Debian: wrk), else a slower client of our own. Ours answers with sign-in, logs and filters.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import geopandas
import httpx2
import orjson
import shapely

from bench import peers
from bench.__main__ import best, say
from bench.client import Load, fetch
from bench.filling import write_areas
from bench.full_reads import LONGEST, best_reads
from bench.peers import Running
from bench.pressure import Pressure, memory_mb, press, serving_pid
from portfolio.access.rules import Role
from portfolio.areas.service import create_scheme
from portfolio.clock import Act, now
from portfolio.database.engine import make_engine, transaction
from portfolio.database.migrations import migrate
from tests.postgres import private_cluster
from tests.serving import key_headers, running_server

BOXES, HITS, CONNECTIONS = 60, 50, (1, 8)
CASES = ("limit=100", "limit=1000", f"bbox, {HITS} hits", "one feature")
# At least so many times the requests a second of a peer, case by case.
GOALS = {"tipg": (12, 12, 6, 4), "pygeoapi": (15, 15, 15, 8)}
IMPORT_GOAL = 5.0


@dataclass(frozen=True, slots=True)
class Reference:
    """A file of areas, and what is asked about it; boxes as in a query, in degrees."""

    file: Path
    layer: str
    code_field: str
    name_field: str
    codes: list[str]
    boxes: list[str]


@dataclass(slots=True)
class Figures:
    """What one server reached, by case and connections; seconds of a full read by client."""

    loads: dict[tuple[str, int], Load] = field(default_factory=dict)
    reads: dict[str, float] = field(default_factory=dict)
    imports: dict[str, float] = field(default_factory=dict)
    # The first answer of each case.
    bodies: list[bytes] = field(default_factory=list)


def reference(file: Path) -> Reference:
    layer = "areas"
    areas = geopandas.read_file(file, layer=layer)
    known = set(areas.columns)
    code, name = ("kod", "namn") if "kod" in known else ("area_code", "name")
    return Reference(file, layer, code, name, list(areas[code]), boxes_of(areas.to_crs(4326)))


def boxes_of(areas: geopandas.GeoDataFrame, seed: int = 2026) -> list[str]:
    """Boxes about some of the areas, each met by about HITS of them."""
    dice, shapes = random.Random(seed), areas.geometry.values  # noqa: S311  where to ask
    tree = shapely.STRtree(shapes)
    found = []
    for shape in dice.sample(list(shapes), BOXES):
        middle, least, most = shape.centroid, 0.0, 3.0
        for _ in range(30):
            half = (least + most) / 2
            box = shapely.box(
                middle.x - half, middle.y - half / 2, middle.x + half, middle.y + half / 2
            )
            hits = len(tree.query(box, predicate="intersects"))
            if hits == HITS:
                break
            least, most = (half, most) if hits < HITS else (least, half)
        found.append(",".join(f"{bound:.5f}" for bound in box.bounds))
    return found


def paths_of(server: Running, known: Reference) -> dict[str, list[str]]:
    dice = random.Random(7)  # noqa: S311  which to ask for
    boxes = [server.page(f"bbox={box}&limit=200") for box in known.boxes]
    features = [server.feature(dice.choice(server.ids)) for _ in range(500)]
    some = ([server.page("limit=100")], [server.page("limit=1000")], boxes, features)
    return dict(zip(CASES, some, strict=True))


def measure_load(server: Running, known: Reference, how: Pressure) -> Figures:
    figures = Figures()
    for case, paths in paths_of(server, known).items():
        for connections in CONNECTIONS:
            found = press(server.base, paths, server.headers, connections, how)
            figures.loads[case, connections] = found
        one, many = (figures.loads[case, connections] for connections in CONNECTIONS)
        say(
            f"  {case:14s} {one.per_second:9.1f} a second, p50 {one.p50:7.2f}, p95 {one.p95:7.2f}"
            f" ms; over {CONNECTIONS[1]} connections {many.per_second:9.1f}, p50 {many.p50:7.2f},"
            f" p95 {many.p95:7.2f} ms"
        )
    say(f"  memory: {memory_mb(server.pid):.0f} MB")
    return figures


# Ours


def prepare(url: str) -> dict[str, str]:
    """A migrated database with an empty scheme; returns headers with a key that may import."""
    migrate(url)
    engine = make_engine(url)
    with transaction(engine) as session:
        act = Act(actor="bench", at=now())
        for code in ("cli", "http"):
            create_scheme(session, act, code=code, name=code, description="")
        headers = key_headers(session, Role.ADMIN)
    engine.dispose()
    return headers


def import_by_command(url: str, known: Reference, folder: Path) -> None:
    command = [
        sys.executable, "-m", "portfolio", "areas", "import", str(known.file), "--scheme", "cli",
        "--code-field", known.code_field, "--name-field", known.name_field,
        "--layer", known.layer, "--valid-from", "2026-01-01", "--yes",
        "--picture", str(folder / "changes.svg"),
    ]  # fmt: skip
    environment = {**os.environ, "PORTFOLIO_DATABASE_URL": url}
    subprocess.run(command, env=environment, check=True, capture_output=True)  # noqa: S603


def import_by_http(server: str, headers: Mapping[str, str], known: Reference) -> None:
    form = {
        "scheme": "http", "code_field": known.code_field, "name_field": known.name_field,
        "layer": known.layer, "valid_from": "2026-01-01",
    }  # fmt: skip
    with httpx2.Client(base_url=server, headers=headers, timeout=120) as client:
        file = {"file": (known.file.name, known.file.read_bytes())}
        preview = client.post("/v1/area-imports", data=form, files=file)
        assert preview.status_code == 201, preview.text
        applied = client.post(f"/v1/area-imports/{preview.json()['id']}/apply")
        assert applied.status_code == 200, applied.text


@contextmanager
def pairs(engine: str) -> Iterator[list[tuple[str, list[str]]]]:
    """Two databases of each kind: the import is measured twice."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        found = []
        if engine != "postgres":
            found.append(("SQLite", [f"sqlite:///{folder}/{name}.sqlite" for name in "ab"]))
        if engine != "sqlite":
            cluster = stack.enter_context(private_cluster())
            found.append(("PostgreSQL", [cluster.new_database() for _ in range(2)]))
        yield found


def measure_imports(urls: Sequence[str], known: Reference, folder: Path) -> float:
    """Seconds of the faster of two imports, each into a database of its own."""
    taken = []
    for url in urls:
        began = time.perf_counter()
        import_by_command(url, known, folder)
        taken.append(time.perf_counter() - began)
    say(
        f"  import by the command, preview and apply, whole process: {min(taken):.2f} s"
        f" (runs: {', '.join(f'{one:.2f}' for one in taken)})"
    )
    return min(taken)


def measure_depth(server: Running, count: int) -> None:
    """The first, the middle and the last page of 100."""
    pages, path = [server.page("limit=100")], server.page("limit=100")
    while path:
        links = orjson.loads(fetch(server.base + path, server.headers))["links"]
        following = [link["href"] for link in links if link["rel"] == "next"]
        path = following[0].removeprefix(server.base) if following else ""
        pages += [path] if path else []
    assert len(pages) == -(-count // 100)
    full = pages[: count // 100]
    chosen = {"first": full[0], "middle": full[len(full) // 2], "last": full[-1]}
    how = Pressure(seconds=1, runs=2)
    told = [
        f"{name} {press(server.base, [path], server.headers, 1, how).p50:.2f} ms"
        for name, path in chosen.items()
    ]
    say(f"  page of 100 at depth, p50: {', '.join(told)}")


@contextmanager
def our_server(url: str, headers: dict[str, str], known: Reference) -> Iterator[Running]:
    """`portfolio serve` as it comes: one process, a log line for each request."""
    with tempfile.TemporaryFile() as log, running_server(url, log=log) as server:
        pid = serving_pid()
        yield Running("ours", f"{server}/ogc", "areas-cli", pid, headers, known.codes)


def measure_ours(
    name: str, urls: Sequence[str], known: Reference, how: Pressure, folder: Path, *, reads: bool
) -> Figures:
    say(f"Portfolio on {name}")
    headers, *_ = [prepare(url) for url in urls]
    taken = measure_imports(urls, known, folder)
    with our_server(urls[0], headers, known) as server:
        root = server.base.removesuffix("/ogc")
        upload = best(1, lambda: import_by_http(root, headers, known))
        say(f"  import over HTTP, upload, preview and apply: {upload:.2f} s")
        first = best(1, lambda: fetch(server.base + server.page("limit=100"), headers))
        say(f"  first page of 100 after the import: {first * 1000:.0f} ms")
        figures = measure_load(server, known, how)
        measure_zipped(server, how)
        measure_depth(server, len(known.codes))
        figures.imports["import"] = taken
        first_paths = (paths[0] for paths in paths_of(server, known).values())
        figures.bodies = [fetch(server.base + path, headers) for path in first_paths]
        if reads:
            figures.reads = read_all(server, known)
    return figures


def measure_zipped(server: Running, how: Pressure) -> None:
    """What GDAL, QGIS and browsers ask for."""
    path = [server.page("limit=1000")]
    found = press(server.base, path, server.headers, CONNECTIONS[0], how, encoding="gzip")
    say(f"  limit=1000, compressed: {found.per_second:.1f} a second, p50 {found.p50:.2f} ms")


def read_all(server: Running, known: Reference) -> dict[str, float]:
    """Seconds by client, the faster of two reads."""
    count = len(known.codes)
    taken = best_reads(server.base, server.collection, count)
    say(f"  full read by {', '.join(f'{name} {shown(time)}' for name, time in taken.items())}")
    return taken


def shown(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < LONGEST else f"over {LONGEST} s"


# Peers


def measure_peers(known: Reference, how: Pressure, folder: Path) -> dict[str, Figures]:
    found = {}
    count = len(known.codes)
    with private_cluster() as cluster:
        url = peers.prepare(cluster, known.file, known.layer)
        starts: dict[str, Callable[[], object]] = {
            "tipg": lambda: peers.tipg(url, count),
            "pygeoapi": lambda: peers.pygeoapi(url, count, folder),
        }
        for name, start in starts.items():
            say(f"{name} on PostGIS")
            with start() as server:  # type: ignore[attr-defined]  # both are context managers
                found[name] = measure_load(server, known, how)
                found[name].reads = read_all(server, known)
        found["ogr2ogr"] = Figures(imports=measure_ogr2ogr(cluster.new_database(), known, folder))
    return found


def measure_ogr2ogr(url: str, known: Reference, folder: Path) -> dict[str, float]:
    def to_file() -> None:
        target = folder / "copy.gpkg"
        target.unlink(missing_ok=True)
        peers.ogr2ogr("-f", "GPKG", str(target), str(known.file), known.layer)

    taken = {
        "SQLite": best(3, to_file),
        "PostgreSQL": best(3, lambda: peers.into_postgis(url, known.file, known.layer)),
    }
    say(
        f"ogr2ogr: GeoPackage to GeoPackage {taken['SQLite']:.2f} s, to PostGIS"
        f" {taken['PostgreSQL']:.2f} s"
    )
    return taken


def measure_bare(bodies: Sequence[bytes], folder: Path, how: Pressure) -> None:
    say("Bare ASGI that sends the same bytes: the limit")
    named = {str(number): body for number, body in enumerate(bodies)}
    with peers.bare(named, folder) as base:
        for name, case in zip(named, CASES, strict=True):
            one, many = (press(base, [f"/{name}"], {}, number, how) for number in CONNECTIONS)
            say(f"  {case:14s} {one.per_second:9.1f} a second, {many.per_second:9.1f} over 8")


# Against the goals


def say_ratios(name: str, ours: Figures, others: Mapping[str, Figures]) -> None:
    say(f"Portfolio on {name} against the goals, at {CONNECTIONS[1]} connections")
    for peer, goals in GOALS.items():
        for case, goal in zip(CASES, goals, strict=True):
            key = case, CONNECTIONS[1]
            ratio = ours.loads[key].per_second / others[peer].loads[key].per_second
            told = f"{case:14s} {ratio:7.1f} times (goal: at least {goal})"
            say(f"  {peer:9s} {told}{verdict(ratio >= goal)}")
        for client, seconds in others[peer].reads.items():
            own = ours.reads[client]
            told = f"full read by {client}: {shown(own)} against {shown(seconds)}"
            say(f"  {peer:9s} {told}{verdict(own <= seconds)}")
    ratio = ours.imports["import"] / others["ogr2ogr"].imports[name]
    told = f"import: {ratio:.1f} times its time (goal: under {IMPORT_GOAL:.0f})"
    say(f"  ogr2ogr   {told}{verdict(ratio < IMPORT_GOAL)}")


def verdict(is_met: bool) -> str:
    return "" if is_met else "  NOT MET"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.maps")
    parser.add_argument("--engine", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--areas", type=Path, help="a GeoPackage with a layer `areas`")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement")
    given = parser.parse_args()
    how = Pressure(given.seconds)
    if not shutil.which("wrk"):
        say("wrk was not found (Debian: wrk): a client of our own measures, and takes CPU itself.")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        file = given.areas or folder / "areas.gpkg"
        if given.areas is None:
            write_areas(file, side=78)
        known = reference(file)
        say(f"{len(known.codes)} areas")
        ours = {}
        for name, urls in stack.enter_context(pairs(given.engine)):
            ours[name] = measure_ours(name, urls, known, how, folder, reads=given.peers)
        if given.peers:
            measure_bare(next(iter(ours.values())).bodies, folder, how)
            others = measure_peers(known, how, folder)
            for name, figures in ours.items():
                say_ratios(name, figures, others)


if __name__ == "__main__":
    main()

"""Other servers of OGC API - Features, on the same data and machine: tipg and pygeoapi.

They live in a virtual environment of their own, which PORTFOLIO_BENCH_PEERS names:

    python3.11 -m venv peers && peers/bin/pip install tipg==1.6.1 uvicorn pygeoapi==0.21.0 \
        gunicorn sqlalchemy psycopg2-binary geoalchemy2
    export PORTFOLIO_BENCH_PEERS=$PWD/peers
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import orjson
from sqlalchemy.engine import make_url

from tests.postgres import Cluster
from tests.serving import free_port

TABLE = "areas"
SCHEMA = "peers"


@dataclass(frozen=True, slots=True)
class Running:
    """A server under measurement: where its collection is, and how items are asked for."""

    name: str
    base: str
    collection: str
    pid: int
    headers: dict[str, str]
    ids: Sequence[str]
    json: str = ""

    @property
    def items(self) -> str:
        return f"/collections/{self.collection}/items"

    def page(self, query: str) -> str:
        return f"{self.items}?{query}" + (f"&{self.json}" if self.json else "")

    def feature(self, id: str) -> str:
        return f"{self.items}/{id}" + (f"?{self.json}" if self.json else "")


def environment() -> Path:
    """The peers' virtual environment."""
    named = os.environ.get("PORTFOLIO_BENCH_PEERS", "")
    programs = Path(named) / "bin"
    if not named or not (programs / "python").exists():
        sys.exit(f"Set PORTFOLIO_BENCH_PEERS to the peers' environment.\n{__doc__}")
    return programs


def socket_and_database(url: str) -> tuple[str, str]:
    parsed = make_url(url)
    return str(parsed.query["host"]), str(parsed.database)


def ogr2ogr(*arguments: str) -> None:
    subprocess.run(  # noqa: S603  our own arguments
        ["ogr2ogr", *arguments],  # noqa: S607  wherever it is installed
        check=True,
        capture_output=True,
    )


def into_postgis(url: str, file: Path, layer: str) -> None:
    """The areas as ogr2ogr puts them into PostGIS."""
    socket, database = socket_and_database(url)
    options = ["-lco", "GEOMETRY_NAME=geom", "-lco", "FID=id"]
    target = f"PG:host={socket} dbname={database} user=postgres"
    ogr2ogr("-f", "PostgreSQL", target, str(file), layer, "-nln", TABLE, "-overwrite", *options)


def prepare(cluster: Cluster, file: Path, layer: str) -> str:
    """A database with the areas in the schema that the peers serve, in WGS 84 as they answer."""
    url = cluster.new_database()
    socket, database = socket_and_database(url)
    target = f"PG:host={socket} dbname={database} user=postgres active_schema={SCHEMA}"
    subprocess.run(  # noqa: S603  our own arguments
        ["psql", "-q", "-h", socket, "-U", "postgres", "-d", database, "-c",  # noqa: S607
         f"CREATE SCHEMA {SCHEMA}"],
        check=True,
    )  # fmt: skip
    options = ["-lco", "GEOMETRY_NAME=geom", "-lco", "FID=id", "-t_srs", "EPSG:4326"]
    ogr2ogr("-f", "PostgreSQL", target, str(file), layer, "-nln", TABLE, *options)
    subprocess.run(  # noqa: S603  our own arguments
        ["psql", "-q", "-h", socket, "-U", "postgres", "-d", database, "-c",  # noqa: S607
         f"VACUUM ANALYZE {SCHEMA}.{TABLE}"],
        check=True,
    )  # fmt: skip
    return url


@contextmanager
def tipg(url: str, count: int) -> Iterator[Running]:
    socket, database = socket_and_database(url)
    port = free_port()
    more = {
        "DATABASE_URL": f"postgresql://postgres:x@{quote(socket, safe='')}/{database}",
        "TIPG_DB_SCHEMAS": f'["{SCHEMA}"]',
        "TIPG_DB_EXCLUDE_FUNCTION_SCHEMAS": f'["public","{SCHEMA}"]',
        "TIPG_MAX_FEATURES_PER_QUERY": "10000",
    }
    command = [
        str(environment() / "python"), "-m", "uvicorn", "tipg.main:app", "--port", str(port),
        "--log-level", "warning", "--no-access-log",
    ]  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    ids = [str(number) for number in range(1, count + 1)]
    with _running(command, more, base) as pid:
        yield Running("tipg", base, f"{SCHEMA}.{TABLE}", pid, {}, ids)


@contextmanager
def pygeoapi(url: str, count: int, folder: Path) -> Iterator[Running]:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    configuration, described = folder / "pygeoapi.json", folder / "pygeoapi-openapi.yml"
    configuration.write_bytes(orjson.dumps(_configuration(url, base)))
    more = {"PYGEOAPI_CONFIG": str(configuration), "PYGEOAPI_OPENAPI": str(described)}
    programs = environment()
    subprocess.run(  # noqa: S603  our own arguments
        [programs / "pygeoapi", "openapi", "generate", configuration, "--output-file", described],
        env={**os.environ, **more},
        check=True,
        capture_output=True,
    )
    command = [
        str(programs / "gunicorn"), "--worker-class", "gthread", "--threads", "4", "--keep-alive",
        "30", "--bind", f"127.0.0.1:{port}", "--log-level", "warning", "pygeoapi.flask_app:APP",
    ]  # fmt: skip
    ids = [str(number) for number in range(1, count + 1)]
    with _running(command, more, base) as pid:
        yield Running("pygeoapi", base, TABLE, pid, {}, ids, json="f=json")


def _configuration(url: str, base: str) -> dict[str, object]:
    socket, database = socket_and_database(url)
    crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    host, _, port = base.removeprefix("http://").partition(":")
    nowhere = dict.fromkeys(
        (
            *("address", "city", "stateorprovince", "postalcode", "country", "phone", "fax"),
            *("hours", "instructions", "role", "position"),
        ),
        "none",
    )
    named = {"title": "bench", "description": "bench", "keywords": ["bench"]}
    provider = {
        "type": "feature",
        "name": "PostgreSQL",
        "data": {
            "host": socket, "port": 5432, "dbname": database, "user": "postgres",
            "password": "x", "search_path": [SCHEMA],
        },
        "id_field": "id",
        "table": TABLE,
        "geom_field": "geom",
        "storage_crs": crs84,
        "crs": [crs84, "http://www.opengis.net/def/crs/EPSG/0/3006"],
    }  # fmt: skip
    return {
        "server": {
            "bind": {"host": host, "port": int(port)},
            "url": base,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": False,
            "languages": ["en-US"],
            "cors": False,
            "pretty_print": False,
            "admin": False,
            "limits": {"default_items": 10, "max_items": 10000, "on_exceed": "throttle"},
            "map": {"url": "https://example.org/{z}/{x}/{y}.png", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                **named, "keywords_type": "theme", "terms_of_service": "none", "url": base,
            },
            "license": {"name": "CC0", "url": "https://example.org/"},
            "provider": {"name": "bench", "url": base},
            "contact": {"name": "bench", "email": "none@example.org", "url": base, **nowhere},
        },
        "resources": {
            TABLE: {
                "type": "collection",
                **named,
                "extents": {"spatial": {"bbox": [9.7, 55.1, 25.2, 69.1], "crs": crs84}},
                "providers": [provider],
            }
        },
    }  # fmt: skip


@contextmanager
def bare(bodies: dict[str, bytes], folder: Path) -> Iterator[str]:
    """The limit: an application that only sends bytes, on the server that ours is on too."""
    for name, body in bodies.items():
        (folder / f"{name}.bare").write_bytes(body)
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "bench.bare:app", "--port", str(port),
        "--log-level", "warning", "--no-access-log",
    ]  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    with _running(command, {"BENCH_BODIES": str(folder)}, base):
        yield base


@contextmanager
def _running(command: list[str], more: dict[str, str], base: str) -> Iterator[int]:
    process = subprocess.Popen(  # noqa: S603  our own arguments
        command,
        env={**os.environ, **more},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(lambda: _answers(base), process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} did not start")
        time.sleep(0.1)


def _answers(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/collections", timeout=5):  # noqa: S310
            return True
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, ConnectionError):
        return False

"""What Prometheus is told: by route template, for signed-in callers only."""

import re
import subprocess
import sys
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.areas.caged_run import run_caged
from portfolio.watching import exposition
from portfolio.watching.sessions import watch_sessions
from tests import scenario
from tests.events.calls import upload

LINE = re.compile(r"^[a-z_]+(\{.*\})? (?P<value>\S+)$")


def scraped(client: TestClient, headers: dict[str, str]) -> dict[str, float]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    found = {}
    for line in answer.text.splitlines():
        if not line.startswith("#"):
            match = LINE.match(line)
            assert match is not None, line
            found[line.rpartition(" ")[0]] = float(match["value"])
    return found


def test_metrics_need_a_key_of_any_role_and_come_as_prometheus_reads_them(client, keys):
    refused = client.get("/metrics")
    answers = [client.get("/metrics", headers=headers) for headers in keys.values()]

    assert refused.status_code == 401
    assert "portfolio_requests" not in refused.text
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_requests_are_counted_by_template_method_and_class_of_status(client, keys):
    admin = keys["admin"]
    before = scraped(client, admin)
    client.get("/v1/bodies/hemlig-namnd", headers=admin)
    client.get("/v1/bodies/annan-namnd?q=x", headers=admin)
    client.get("/ogc/collections/hemligt")
    client.get("/hemlig/adress")
    after = scraped(client, admin)

    def added(name: str) -> float:
        return after[name] - before.get(name, 0)

    def requests(route: str) -> float:
        return added(f'portfolio_requests_total{{method="GET",route="{route}",status="4xx"}}')

    assert requests("/v1/bodies/{body}") == 2
    assert requests("/ogc/collections/{collection}") == 1
    assert requests("none") == 1
    assert added('portfolio_request_seconds_count{method="GET",route="/v1/bodies/{body}"}') == 2
    assert added('portfolio_refusals_total{problem="not-found"}') == 3
    assert after["portfolio_requests_in_flight"] == 1
    assert not [name for name in after if "hemlig" in name or "annan" in name]


def test_a_method_that_nobody_knows_makes_no_series_of_its_own(client, keys):
    for number in range(3):
        client.request(f"HEMLIG{number}", "/v1/bodies", headers=keys["admin"])

    found = [name for name in scraped(client, keys["admin"]) if 'method="other"' in name]
    assert found
    assert not [name for name in found if "HEMLIG" in name]


def test_refused_keys_are_counted_and_requests_without_one_are_not(client, keys):
    name = "portfolio_sign_in_failures_total"
    before = scraped(client, keys["viewer"])[name]
    client.get("/v1/bodies", headers={"Authorization": "Bearer pf_guessed"})
    client.get("/v1/bodies")

    assert scraped(client, keys["viewer"])[name] == before + 1


def test_writes_events_imports_and_their_children_are_counted(
    client: TestClient, engine: Engine, keys
):
    watch_sessions()
    watch_sessions()
    admin = keys["admin"]
    before = scraped(client, admin)
    scenario.put_organisation(client, admin)
    body = {"code": "districts", "name": "Stadsdelar"}
    scenario.ok(client.post("/v1/area-schemes", json=body, headers=admin))
    scenario.ok(upload(client, admin, "A", "B"))
    refused = upload(client, admin, "A", code_field="finns inte")
    after = scraped(client, admin)

    assert refused.status_code == 422
    names = {
        'portfolio_write_transactions_total{outcome="committed"}': 7,
        "portfolio_events_written_total": 7,
        'portfolio_imports_total{kind="areas",outcome="done",step="preview"}': 1,
        'portfolio_imports_total{kind="areas",outcome="refused",step="preview"}': 1,
        'portfolio_import_seconds_count{kind="areas",step="preview"}': 2,
        'portfolio_child_seconds_count{outcome="done",program="reader_child"}': 2,
    }
    assert {name: after[name] - before.get(name, 0) for name in names} == names
    assert after['portfolio_child_processes{program="reader_child"}'] == 0


def test_a_child_that_fails_is_counted_as_one(client, keys, tmp_path: Path):
    name = 'portfolio_child_seconds_count{outcome="failed",program="reader_child"}'
    before = scraped(client, keys["viewer"]).get(name, 0)

    # There is no request in the folder.
    assert run_caged("portfolio.areas.reader_child", tmp_path, {}, 60) != 0

    assert scraped(client, keys["viewer"])[name] == before + 1


def test_what_runs_is_told_with_its_schema_and_its_connections(
    client, keys, engine, application: FastAPI
):
    found = scraped(client, keys["viewer"])

    (build,) = [name for name in found if name.startswith("portfolio_build_info")]
    assert f'version="{application.version}"' in build
    assert re.search(r'schema="\d{4}"', build)
    assert f'database="{engine.dialect.name}"' in build
    assert found["portfolio_resident_bytes"] > 2**20
    assert found["portfolio_processes"] == 1


SEVERAL = """
import os, sys
from prometheus_client import CollectorRegistry
from portfolio.watching import exposition, metrics
from sqlalchemy import create_engine

if sys.argv[1] == "count":
    metrics.answered("/v1/bodies", "GET", 200, 0.01)
    metrics.in_flight.inc()
else:
    sys.stdout.write(exposition.scrape(create_engine("sqlite://"), "1").decode())
"""


def test_processes_count_together_and_each_goes_on_where_a_dead_one_left_off(tmp_path: Path):
    def run(what: str) -> str:
        command = [sys.executable, "-c", SEVERAL, what]
        environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        return subprocess.run(  # noqa: S603  # this test's own program
            command, env=environment, check=True, capture_output=True, text=True
        ).stdout

    run("count")
    run("count")
    told = run("scrape").splitlines()

    assert 'portfolio_requests_total{method="GET",route="/v1/bodies",status="2xx"} 2.0' in told
    # Of the one that answers, which has none in flight; the others are gone.
    assert "portfolio_requests_in_flight 0.0" in told
    assert "portfolio_processes 1.0" in told
    # Also after years of workers that died.
    for kind in ("counter", "histogram", "gauge_livesum"):
        assert len(list(tmp_path.glob(f"{kind}_*"))) == 1, kind


def test_the_size_of_an_sqlite_file_and_of_its_log_is_told(tmp_path: Path):
    from portfolio.database.engine import make_engine, transaction
    from portfolio.database.migrations import migrate

    url = f"sqlite:///{tmp_path / 'p.sqlite'}"
    migrate(url)
    engine = make_engine(url)
    with transaction(engine) as session:
        session.connection().exec_driver_sql("CREATE TABLE more (x)")

    told = exposition.scrape(engine, "1").decode()

    for file in ("database", "wal"):
        (size,) = re.findall(rf'portfolio_sqlite_bytes{{file="{file}"}} (\S+)', told)
        assert float(size) > 4096
    engine.dispose()

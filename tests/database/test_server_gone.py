"""PostgreSQL gone and back: 503 with a sentence meanwhile, and no failure after."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import psycopg
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from portfolio.access.rules import Role
from portfolio.app import create_app
from portfolio.database.engine import make_engine, transaction
from portfolio.database.migrations import migrate
from portfolio.settings import Settings
from portfolio.web.edge import with_edge
from tests.calling import client_of
from tests.databases import DatabaseFactory
from tests.postgres import Cluster, _run, find_programs, private_cluster
from tests.serving import key_headers

BODY = {"code": "new", "name": "Nämnden", "level": "committee"}
READS = ("/v1/bodies", "/v1/gate-status", "/v1/gate-status?format=csv&limit=5", "/v1/events")
MAPS = ("/ogc", "/ogc/collections", "/ogc/collections/investments/items")
END_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'portfolio_%'
"""


@dataclass
class Service:
    client: TestClient
    cluster: Cluster
    url: str
    engine: Engine

    def answers(self) -> list[Response]:
        found = [self.client.get(path) for path in (*READS, *MAPS)]
        found.append(self.client.post("/v1/bodies", json=BODY))
        found.append(self.client.post("/v1/bodies", json=BODY, headers={"Idempotency-Key": "k"}))
        return found

    def stop(self) -> None:
        self._control("stop", "--mode=immediate")

    def start(self) -> None:
        self._control("start", "--wait", "--log=log")

    def _control(self, *what: str) -> None:
        program = find_programs() / "pg_ctl"
        _run(self.cluster.socket_directory, program, *what, "--pgdata=data")

    def execute(self, statement: str) -> None:
        with self.cluster.connect(self.cluster.url("postgres")) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="module")
def cluster(database_factory: DatabaseFactory) -> Iterator[Cluster]:
    with private_cluster("max_connections = 20\nsuperuser_reserved_connections = 3\n") as found:
        yield found


@pytest.fixture(scope="module")
def template(cluster: Cluster) -> str:
    url = cluster.new_database()
    migrate(url)
    cluster.freeze(url)
    with cluster.connect(cluster.url("postgres")) as connection:
        connection.execute("CREATE ROLE ordinary LOGIN; GRANT pg_read_all_data TO ordinary")
    return url


@pytest.fixture
def service(cluster: Cluster, template: str) -> Iterator[Service]:
    url = cluster.new_database(template)
    settings = Settings(database_url=url, statement_timeout_seconds=1, pool_size=8)
    app = create_app(settings)
    with TestClient(with_edge(app, settings)) as running, client_of(running) as client:
        with transaction(app.state.engine) as session:
            client.headers.update(key_headers(session, Role.ADMIN))
        assert client.get("/v1/bodies").status_code == 200
        assert client.get("/ogc/collections").status_code == 200
        yield Service(client, cluster, url, app.state.engine)


def must_be_away(answers: list[Response]) -> None:
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert answer.json()["type"] == "/problems/unavailable"
        assert answer.json()["detail"]
        assert int(answer.headers["retry-after"]) > 0


def test_a_server_that_is_stopped_is_503_everywhere_and_the_first_request_after_works(service):
    service.stop()
    try:
        must_be_away(service.answers())
        key = service.client.headers.pop("Authorization")
        assert service.client.get("/healthz").status_code == 200
        assert service.client.get("/readyz").status_code == 503
        service.client.headers["Authorization"] = key
    finally:
        service.start()

    assert [answer.status_code for answer in service.answers()] == [200] * 7 + [201, 409]


def test_connections_that_the_server_ended_are_replaced_without_a_failure(service):
    service.execute(END_ALL)

    assert [answer.status_code for answer in service.answers()] == [200] * 7 + [201, 409]


def test_a_database_that_refuses_connections_is_503_until_it_does_not(service):
    name = make_url(service.url).database
    service.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    service.execute(END_ALL)

    must_be_away(service.answers())

    service.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert service.client.get("/v1/bodies").status_code == 200
    assert service.client.get("/ogc/collections").status_code == 200


def test_a_server_without_a_connection_to_spare_is_503(service):
    service.execute(END_ALL)
    taken = []
    # All that there are: the reserved ones too, since the tests connect as a superuser.
    with suppress(psycopg.OperationalError):
        while True:
            taken.append(service.cluster.connect(service.url))

    try:
        must_be_away([service.client.get("/v1/bodies"), service.client.get("/ogc/collections")])
    finally:
        for one in taken:
            one.close()


def test_a_database_that_only_reads_refuses_writes_with_503_and_still_reads(service):
    name = make_url(service.url).database
    service.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    service.execute(END_ALL)

    must_be_away([service.client.post("/v1/bodies", json=BODY)])
    assert service.client.get("/v1/bodies").status_code == 200


def test_a_statement_that_takes_too_long_is_503_and_says_to_ask_for_less(service):
    with service.cluster.connect(service.url) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE body")
        answer = service.client.get("/v1/bodies")
        other.execute("ROLLBACK")

    must_be_away([answer])
    assert "ask for less" in answer.json()["detail"]
    assert service.client.get("/v1/bodies").status_code == 200


def test_a_pool_without_a_connection_is_503_and_no_hang(service, monkeypatch):
    monkeypatch.setattr(service.engine.pool, "_timeout", 0.1)
    # The maps keep one of the eight and eight.
    taken = [service.engine.connect() for _ in range(15)]

    must_be_away([service.client.get("/v1/bodies")])

    for one in taken:
        one.close()
    assert service.client.get("/v1/bodies").status_code == 200


def test_the_server_bounds_its_sessions_and_commands_do_not(service):
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    unbound = make_engine(service.url, pool_size=1)
    shown = []
    for engine in (service.engine, unbound):
        with engine.connect() as connection:
            shown.append(
                [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]
            )
    unbound.dispose()

    assert shown == [["1s", "30s", "5min"], ["0", "0", "0"]]


def test_what_the_address_says_of_a_session_goes_before_what_the_house_says(service):
    address = make_url(service.url).update_query_dict(
        {"options": "-c statement_timeout=7s", "connect_timeout": "3"}
    )
    engine = make_engine(
        address.render_as_string(hide_password=False), pool_size=1, statement_seconds=60
    )
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "7s"
        assert connection.exec_driver_sql("SHOW timezone").scalar_one() == "UTC"
        driver = connection.connection.driver_connection
        assert driver is not None
        assert driver.info.get_parameters()["connect_timeout"] == "3"
    engine.dispose()

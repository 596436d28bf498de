"""Reads from a standby: nobody is shown a state older than what they have done themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

from portfolio.access.rules import Role
from portfolio.app import create_app
from portfolio.database import replica as replicas
from portfolio.database.engine import transaction
from portfolio.database.migrations import migrate
from portfolio.settings import Settings
from portfolio.web.edge import with_edge
from tests.calling import client_of
from tests.databases import DatabaseFactory
from tests.events.calls import every_write, upload
from tests.postgres import Cluster
from tests.serving import key_headers
from tests.standby import Standby, replicated_cluster

BODY = {"name": "Nämnden", "level": "committee"}


@dataclass
class Pair:
    """An application that reads from a standby, and who asks it."""

    client: TestClient
    app: Any
    standby: Standby
    writer: dict[str, str]
    other: dict[str, str]
    # One statement in here for each that the standby was given.
    at_standby: list[str]

    @property
    def primary(self) -> Engine:
        engine: Engine = self.app.state.engine
        return engine

    def put_body(self, code: str) -> None:
        made = self.client.post("/v1/bodies", json={"code": code, **BODY}, headers=self.writer)
        assert made.status_code == 201

    def bodies(self, headers: dict[str, str]) -> set[str]:
        answer = self.client.get("/v1/bodies", headers=headers)
        assert answer.status_code == 200
        return {row["code"] for row in answer.json()["items"]}

    def reads_at_standby(self, headers: dict[str, str]) -> bool:
        before = len(self.at_standby)
        self.bodies(headers)
        return any("FROM body" in one for one in self.at_standby[before:])


@pytest.fixture(scope="module")
def servers(database_factory: DatabaseFactory) -> Iterator[tuple[Cluster, Standby]]:
    with replicated_cluster() as found:
        yield found


@pytest.fixture(scope="module")
def template(servers: tuple[Cluster, Standby]) -> str:
    cluster, _ = servers
    url = cluster.new_database()
    migrate(url)
    cluster.freeze(url)
    return url


@pytest.fixture
def pair(
    servers: tuple[Cluster, Standby], template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pair]:
    cluster, standby = servers
    url = cluster.new_database(template)
    monkeypatch.setattr(replicas, "PAUSE_SECONDS", 0.2)
    # Nothing in a test is old, so that only who has written must see it.
    settings = Settings(
        database_url=url, read_database_url=standby.url_of(url), replica_lag_seconds=3600
    )
    app = create_app(settings)
    seen: list[str] = []
    with (
        TestClient(with_edge(app, settings)) as running,
        client_of(running) as client,
    ):
        with transaction(app.state.engine) as session:
            writer, other = (key_headers(session, Role.ADMIN) for _ in range(2))
        standby.catch_up()

        @event.listens_for(app.state.replica.engine, "before_cursor_execute")
        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            seen.append(statement)

        yield Pair(client, app, standby, writer, other, seen)


@pytest.fixture
def lagging(pair: Pair) -> Iterator[Pair]:
    pair.standby.pause()
    yield pair
    pair.standby.resume()


def test_who_has_written_reads_it_at_once_while_the_replica_lags(lagging):
    lagging.put_body("new")

    assert "new" in lagging.bodies(lagging.writer)
    assert not lagging.reads_at_standby(lagging.writer)


def test_others_may_read_the_older_state_while_the_replica_lags(lagging):
    lagging.put_body("new")

    assert "new" not in lagging.bodies(lagging.other)
    assert lagging.reads_at_standby(lagging.other)


def test_who_has_written_reads_at_the_replica_again_once_it_has_come_so_far(pair):
    pair.put_body("new")
    pair.standby.catch_up()

    assert "new" in pair.bodies(pair.writer)
    assert pair.reads_at_standby(pair.writer)


def test_a_revoked_key_is_refused_at_once_although_the_replica_does_not_know(lagging):
    key = lagging.client.get("/v1/keys", headers=lagging.other).json()["items"][-1]
    path = f"/v1/keys/{key['id']}"
    tag = lagging.client.get(path, headers=lagging.writer).headers["etag"]

    gone = lagging.client.delete(path, headers={**lagging.writer, "If-Match": tag})

    assert gone.status_code == 204
    assert lagging.client.get("/v1/bodies", headers=lagging.other).status_code == 401
    for path in ("/ogc/collections", "/v1/events", "/v1/gate-status"):
        assert lagging.client.get(path, headers=lagging.other).status_code == 401


def test_a_new_key_opens_at_once_although_the_replica_does_not_know(lagging):
    with transaction(lagging.primary) as session:
        new = key_headers(session, Role.VIEWER)

    assert lagging.client.get("/v1/bodies", headers=new).status_code == 200


def test_a_replica_that_is_too_far_behind_answers_nobody(lagging):
    lagging.put_body("new")
    lagging.app.state.settings = lagging.app.state.settings.model_copy(
        update={"replica_lag_seconds": 0.0}
    )

    assert "new" in lagging.bodies(lagging.other)
    programs = lagging.client.get("/v1/area-schemes")
    assert programs.status_code == 200
    assert not any("FROM area_scheme" in one for one in lagging.at_standby)


def test_the_public_reads_at_the_replica_within_the_lag(lagging):
    scheme = {"code": "districts", "name": "Distrikt"}
    made = lagging.client.post("/v1/area-schemes", json=scheme, headers=lagging.writer)
    assert made.status_code == 201

    assert lagging.client.get("/v1/area-schemes").json()["total"] == 0
    answer = lagging.client.get("/v1/area-schemes", headers=lagging.writer)
    assert answer.json()["total"] == 1


def test_an_idempotent_replay_comes_from_the_primary_while_the_replica_lags(lagging):
    headers = {**lagging.writer, "Idempotency-Key": "once"}
    body = {"code": "new", **BODY}

    first = lagging.client.post("/v1/bodies", json=body, headers=headers)
    again = lagging.client.post("/v1/bodies", json=body, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content


def test_events_and_the_finance_table_as_csv_have_what_their_reader_has_done(lagging):
    for _ in every_write(lagging.client, lagging.writer):
        pass

    events = lagging.client.get("/v1/events?limit=1000", headers=lagging.writer).json()
    table = lagging.client.get("/v1/gate-status?format=csv", headers=lagging.writer)

    assert events["total"] > 50
    assert "LIN-01" in table.text
    older = lagging.client.get("/v1/gate-status?format=csv", headers=lagging.other)
    assert "LIN-01" not in older.text


def test_the_maps_are_of_the_newest_state_whether_or_not_the_replica_has_it(lagging):
    for _ in every_write(lagging.client, lagging.writer):
        pass
    path = "/ogc/collections/investments/items"

    behind = lagging.client.get(path, headers=lagging.other)
    lagging.standby.resume()
    lagging.standby.catch_up()
    before = len(lagging.at_standby)
    caught_up = lagging.client.get(path, headers=lagging.other)

    assert behind.status_code == caught_up.status_code == 200
    assert behind.content == caught_up.content
    assert any("FROM investment" in one for one in lagging.at_standby[before:])


def test_an_import_is_written_at_the_primary_and_seen_by_whoever_made_it(lagging):
    scheme = {"code": "districts", "name": "Distrikt"}
    lagging.client.post("/v1/area-schemes", json=scheme, headers=lagging.writer)

    made = upload(lagging.client, lagging.writer, "A", "B")
    assert made.status_code == 201, made.text

    found = lagging.client.get(made.headers["location"], headers=lagging.writer)
    assert found.json()["counts"]["added"] == 2


def test_a_replica_that_is_away_is_done_without_and_comes_back_by_itself(pair):
    assert pair.reads_at_standby(pair.other)

    pair.standby.stop()
    try:
        for _ in range(20):
            assert pair.bodies(pair.other)
        assert not pair.reads_at_standby(pair.other)
    finally:
        pair.standby.start()

    pair.standby.wait_until(lambda: pair.reads_at_standby(pair.other))


def test_a_replica_that_fails_on_the_way_leaves_the_answer_to_the_primary(pair):
    @event.listens_for(pair.app.state.replica.engine, "before_cursor_execute")
    def cut(connection: Any, _: Any, statement: str, *__: Any) -> None:
        if "FROM body" in statement:
            connection.connection.driver_connection.close()

    assert "council" in pair.bodies(pair.other)
    assert not pair.reads_at_standby(pair.other)


def test_a_replica_with_another_schema_answers_nobody(pair):
    older = replicas.Replica(pair.app.state.replica.engine, "0001")

    assert older.session_with(replicas.START) is None


def test_a_replica_of_another_chain_answers_nobody(pair):
    pair.put_body("new")
    pair.standby.catch_up()
    replica = pair.app.state.replica

    assert replica.session_with(replicas.Mark(1, "hash of somebody else's first event")) is None
    assert replica.session_at("hash of somebody else's last event") is None


def test_a_primary_at_the_replicas_address_answers_nobody(pair):
    replica = replicas.Replica(pair.primary, pair.app.state.replica._revision)

    assert replica.session_with(replicas.START) is None


def test_a_promoted_replica_is_read_from_no_more(pair):
    # The last one: a standby that is promoted follows nobody again.
    assert pair.reads_at_standby(pair.other)

    pair.standby.promote()

    assert not pair.reads_at_standby(pair.other)
    pair.put_body("after")
    assert "after" in pair.bodies(pair.other)

"""Keys end: they expire, are revoked at once, and say when they were last used."""

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from typer.testing import CliRunner

from portfolio.access.models import ApiKey
from portfolio.access.rules import Role
from portfolio.access.service import create_key, get_key
from portfolio.access.uses import Uses
from portfolio.cli.main import app
from portfolio.clock import Act, now, rfc3339
from portfolio.database.engine import make_engine, snapshot, transaction
from portfolio.settings import Settings
from tests.access.signing import bearer, running_app
from tests.scenario import ok

Keys = dict[str, dict[str, str]]


def make(client: TestClient, headers: dict[str, str], **fields: Any) -> Any:
    body = {"role": "viewer", "name": "Läsaren", **fields}
    return client.post("/v1/keys", json=body, headers=headers)


def in_an_hour() -> datetime:
    return now() + timedelta(hours=1)


def test_an_expired_key_opens_nothing_and_says_so_to_who_has_it(client, keys):
    made = ok(make(client, keys["admin"], expires_at=rfc3339(in_an_hour())))
    headers = bearer(made["token"])
    for path in ("/v1/bodies", "/ogc/collections"):
        assert client.get(path, headers=headers).status_code == 200

    with time_machine.travel(in_an_hour() + timedelta(seconds=1), tick=True):
        for path in ("/v1/bodies", "/ogc/collections", "/v1/me"):
            answer = client.get(path, headers=headers)
            assert answer.status_code == 401
            assert "expired" in answer.json()["detail"]
        unknown = client.get("/v1/bodies", headers=bearer("pf_unknown"))
        assert "expired" not in unknown.json()["detail"]


def test_a_key_that_was_revoked_is_told_from_an_unknown_one_by_nothing(client, keys):
    made = ok(make(client, keys["admin"], expires_at=rfc3339(in_an_hour())))
    assert client.get("/ogc/collections", headers=bearer(made["token"])).status_code == 200
    headers = {**keys["admin"], "If-Match": "*"}
    assert client.delete(f"/v1/keys/{made['id']}", headers=headers).status_code == 204

    for path in ("/v1/bodies", "/ogc/collections"):
        revoked = client.get(path, headers=bearer(made["token"]))
        unknown = client.get(path, headers=bearer("pf_unknown"))
        assert revoked.status_code == unknown.status_code == 401
        assert revoked.json() == unknown.json()
    with time_machine.travel(in_an_hour() + timedelta(seconds=1), tick=True):
        answer = client.get("/v1/bodies", headers=bearer(made["token"]))
        assert "expired" not in answer.json()["detail"]


@pytest.mark.parametrize(
    "expires_at",
    [
        "2020-01-01T00:00:00Z",
        "2026-01-01",
        "0000-01-01T00:00:00Z",
        "9000-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "soon",
        5,
        True,
        "",
        "9" * 400,
    ],
)
def test_a_time_that_has_been_or_hardly_comes_or_is_none_is_422(client, keys, expires_at):
    answer = make(client, keys["admin"], expires_at=expires_at)

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/expires_at"]


@pytest.mark.parametrize("header", ["Basic å", "Basic \xff\xfe", "Bearer å", "å"])
def test_a_key_that_is_not_ascii_is_401_at_every_door(client, header: str):
    for path in ("/ogc", "/ogc/collections", "/v1/programs"):
        answer = client.get(path, headers={"Authorization": header.encode("latin-1")})
        assert answer.status_code == 401
        assert answer.json()["title"] == "A valid key or sign-in is needed"


def test_the_caller_is_told_until_when(client, keys):
    made = ok(make(client, keys["admin"], expires_at="2999-01-01T00:00:00+01:00"))

    me = ok(client.get("/v1/me", headers=bearer(made["token"])), 200)

    assert me["expires_at"] == made["expires_at"] == "2998-12-31T23:00:00.000000Z"
    assert ok(client.get("/v1/me", headers=keys["viewer"]), 200)["expires_at"] is None


def test_last_use_is_shown_but_is_no_change_of_the_key(client, keys, engine):
    made = make(client, keys["admin"])
    path = made.headers["Location"]
    assert made.json()["last_used_at"] is None
    events = client.get("/v1/events", headers=keys["admin"]).json()["total"]

    uses = Uses(engine, 60)
    uses.note(made.json()["id"], now())
    uses.write()
    uses.close()

    read = client.get(path, headers=keys["admin"])
    assert read.json()["last_used_at"] is not None
    assert read.headers["ETag"] == made.headers["ETag"]
    assert client.get("/v1/events", headers=keys["admin"]).json()["total"] == events
    headers = {**keys["admin"], "If-Match": made.headers["ETag"]}
    assert client.delete(path, headers=headers).status_code == 204


def test_the_latest_use_stays_whichever_process_writes_last(engine):
    with transaction(engine) as session:
        key, _ = create_key(session, Act("test", now()), role=Role.VIEWER, name="En")
    early, late = now(), now() + timedelta(minutes=5)
    for moment in (late, early):
        uses = Uses(engine, 60)
        uses.note(key.id or 0, moment)
        uses.close()

    with snapshot(engine) as session:
        assert get_key(session, key.id or 0).last_used_at == late


def test_a_server_writes_uses_when_it_ends_those_of_the_map_services_too(database_url, keys):
    engine = make_engine(database_url)
    with transaction(engine) as session:
        act = Act("test", now())
        made = [create_key(session, act, role=Role.VIEWER, name=name) for name in "abc"]
    ids = [key.id or 0 for key, _ in made]
    with running_app(Settings(database_url=database_url, key_use_seconds=3600)) as server:
        assert server.get("/v1/bodies", made[0][1]).status_code == 200
        for _ in range(2):
            assert server.get("/ogc/collections", made[1][1]).status_code == 200

    with snapshot(engine) as session:
        used = [get_key(session, id).last_used_at is not None for id in ids]
    engine.dispose()
    assert used == [True, True, False]


def test_a_use_that_can_not_be_written_fails_no_request(tmp_path, database_url, keys):
    with running_app(Settings(database_url=database_url, key_use_seconds=1)) as server:
        uses = server.sign_in._uses
        uses._engine = make_engine(f"sqlite:///{tmp_path}/empty.sqlite")
        headers = keys["viewer"]
        assert server.client.get("/v1/bodies", headers=headers).status_code == 200
    uses._engine.dispose()

    with sqlite3.connect(f"{tmp_path}/empty.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()


def run(monkeypatch: pytest.MonkeyPatch, url: str, *arguments: str) -> tuple[int, str]:
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", url)
    engine = make_engine(url)
    monkeypatch.setattr("portfolio.cli.common.make_engine", lambda *_, **__: engine)
    done = CliRunner().invoke(app, ["keys", *arguments])
    # A process of its own would have ended, and its connections with it.
    engine.dispose()
    return done.exit_code, done.output


def test_the_command_line_makes_keys_that_end_and_lists_them(monkeypatch, client, database_url):
    arguments = ["--role", "viewer", "--name", "Kartan", "--scope", "ogc:read"]

    status, token = run(monkeypatch, database_url, "create", *arguments, "--expires", "2999-06-30")

    assert status == 0
    me = ok(client.get("/ogc/collections", headers=bearer(token.strip())), 200)
    assert me["collections"]
    listed = run(monkeypatch, database_url, "list")[1]
    assert "Kartan\t-\togc:read\tnot used\tin force until 2999-06-30" in listed
    shown = ok(client.get("/v1/me", headers=bearer(token.strip())), 200)
    assert shown["expires_at"] == "2999-06-30T22:00:00.000000Z"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--scope", "nothing:read"], 1),
        (["--expires", "2020-01-01"], 1),
        (["--expires", "9000-01-01"], 2),
        (["--expires", "9999-12-31"], 2),
        (["--expires", "tomorrow"], 2),
    ],
)
def test_the_command_line_refuses_what_can_not_be(
    monkeypatch, engine, database_url, arguments, code
):
    base = ["create", "--role", "viewer", "--name", "Kartan"]

    status, output = run(monkeypatch, database_url, *base, *arguments)

    assert status == code
    assert "pf_" not in output


def test_an_expired_key_is_listed_as_such(monkeypatch, engine: Engine, database_url):
    with time_machine.travel("2026-01-01T12:00:00Z", tick=False), transaction(engine) as session:
        expires = now() + timedelta(days=1)
        create_key(session, Act("test", now()), role=Role.GIS, name="Gammal", expires_at=expires)

    assert "expired 2026-01-02" in run(monkeypatch, database_url, "list")[1]


def test_all_keys_are_listed_those_too_that_end_when_no_date_is_left(
    monkeypatch, engine: Engine, database_url
):
    def kept(number: int) -> ApiKey:
        return ApiKey(
            token_hash=f"{number}",
            role="viewer",
            name="Många",
            bodies=[],
            created_at=now(),
            expires_at=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        )

    with transaction(engine) as session:
        session.add_all([kept(number) for number in range(1001)])

    status, output = run(monkeypatch, database_url, "list")

    assert status == 0
    assert output.count("Många") == 1001
    assert output.count("in force until 9999-12-31") == 1001

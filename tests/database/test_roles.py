"""The server's own role: everything works with it, and history can't be touched with it."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from portfolio.access.rules import Role
from portfolio.app import create_app
from portfolio.cli.main import app as commands
from portfolio.database import roles
from portfolio.database.engine import make_engine, transaction
from portfolio.database.migrations import migrate
from portfolio.errors import Refused
from portfolio.settings import Settings
from portfolio.web.edge import with_edge
from tests.calling import client_of
from tests.databases import DatabaseFactory
from tests.events.calls import every_write
from tests.serving import key_headers

SERVER = "portfolio_server"
HISTORY = (
    "event",
    "gate_decision",
    "decision_condition",
    "condition_fulfilment",
    "steering_decision",
    "frame",
    "ledger_entry",
    "ledger_posting",
    "reallocation_consent",
)
READS = (
    "/v1/gate-status?totals=true",
    "/v1/gate-status?format=csv",
    "/v1/programs/lindangen/board",
    "/v1/area-schemes/districts/areas?geometry=full",
    "/v1/events?limit=1000",
    "/ogc/collections/investments/items",
    "/ogc/collections/areas-districts/items",
    "/readyz",
)
Execute = Callable[[str], Any]


def as_role(url: str, role: str) -> str:
    return make_url(url).set(username=role).render_as_string(hide_password=False)


def execute(url: str, statement: str) -> None:
    target = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture(scope="module")
def owned(database_factory: DatabaseFactory) -> Iterator[str]:
    """A database as its owner sees it, with a role for the server."""
    url = database_factory.new()
    migrate(url)
    execute(url, f"CREATE ROLE {SERVER} LOGIN")
    roles.grant(url, SERVER)
    yield url
    execute(url, f"DROP OWNED BY {SERVER}")
    execute(url, f"DROP ROLE {SERVER}")
    database_factory.drop(url)


@pytest.fixture(scope="module")
def served(owned: str) -> Iterator[TestClient]:
    """A client, with an administrator's key, of an application that works as that role."""
    url = as_role(owned, SERVER)
    settings = Settings(database_url=url)
    app = create_app(settings)
    with transaction(app.state.engine) as session:
        admin = key_headers(session, Role.ADMIN)
    with TestClient(with_edge(app, settings)) as running, client_of(running) as client:
        client.headers.update(admin)
        for method, route, response in every_write(client, admin):
            assert response.status_code < 300, (method, route, response.text)
        yield client


def test_every_write_and_the_reports_work_as_the_servers_role(served):
    for path in READS:
        answer = served.get(path)
        assert answer.status_code == 200, (path, answer.text)


@pytest.mark.parametrize("table", HISTORY)
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE", "DROP TABLE {} CASCADE"],
)
def test_history_is_refused_to_the_servers_role_by_privilege(owned, served, table, statement):
    column = "entry_id" if table == "ledger_posting" else "id"
    column = "number" if table == "decision_condition" else column
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(as_role(owned, SERVER), statement.format(table, column, column))


@pytest.mark.parametrize("table", ["event", "gate_decision"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_history_is_refused_to_the_owner_by_trigger(owned, served, table, statement):
    with pytest.raises(psycopg.errors.RaiseException, match="never changed"):
        execute(owned, statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "DROP TRIGGER event_no_change ON event",
        "SET session_replication_role = replica",
        "CREATE TABLE public.own (id int)",
        "CREATE TEMPORARY TABLE event (id int)",
        "CREATE SCHEMA own",
        "CREATE EXTENSION hstore",
        "CREATE OR REPLACE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RETURN NULL; END'",
        "DROP FUNCTION refuse_change() CASCADE",
        "UPDATE alembic_version SET version_num = '0001'",
        "DELETE FROM event_chain",
        "INSERT INTO event_chain VALUES (2, 0, '')",
        "SELECT setval('investment_id_seq', 1)",
        f"ALTER ROLE {SERVER} SUPERUSER",
        "COPY event TO PROGRAM 'cat'",
    ],
)
def test_nothing_that_would_open_a_way_round_is_the_servers_to_do(owned, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(as_role(owned, SERVER), statement)


def test_an_insert_that_would_update_history_is_refused(owned, served):
    again = "INSERT INTO event SELECT * FROM event WHERE id = 1 ON CONFLICT (id) DO UPDATE SET "
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(as_role(owned, SERVER), f"{again} actor = 'x'")
    with pytest.raises(psycopg.errors.RaiseException, match="never changed"):
        execute(owned, f"{again} actor = 'x'")


def test_migrating_after_a_grant_leaves_a_server_that_works(owned, served, monkeypatch):
    execute(owned, "CREATE TABLE public.of_a_later_release (id serial PRIMARY KEY)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(as_role(owned, SERVER), "INSERT INTO of_a_later_release DEFAULT VALUES")

    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", owned)
    assert CliRunner().invoke(commands, ["migrate"]).exit_code == 0

    execute(as_role(owned, SERVER), "INSERT INTO of_a_later_release DEFAULT VALUES")
    execute(as_role(owned, SERVER), "DELETE FROM of_a_later_release")
    execute(owned, "DROP TABLE of_a_later_release")


def test_what_was_granted_by_hand_before_is_taken_back(owned, served):
    execute(owned, f"GRANT ALL ON event TO {SERVER}; GRANT UPDATE ON gate_decision TO PUBLIC")

    roles.grant(owned, SERVER)

    for table in ("event", "gate_decision"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(as_role(owned, SERVER), f"UPDATE {table} SET id = id")  # noqa: S608


def test_the_command_grants_and_says_so(owned, monkeypatch):
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", owned)

    done = CliRunner().invoke(commands, ["database", "grant", SERVER])

    assert done.exit_code == 0
    assert SERVER in done.stderr


def test_a_role_that_is_not_there_or_can_do_everything_is_refused(owned):
    with pytest.raises(Refused, match="no role nobody_here"):
        roles.grant(owned, "nobody_here")
    with pytest.raises(Refused, match="can't be limited"):
        roles.grant(owned, "postgres")
    with pytest.raises(Refused, match='no role "quoted'):
        roles.grant(owned, '"quoted; DROP TABLE event')


def test_a_member_of_a_role_that_creates_is_refused_and_nothing_is_granted(owned):
    execute(owned, "CREATE ROLE creator; CREATE ROLE member LOGIN IN ROLE creator")
    execute(owned, "GRANT CREATE ON SCHEMA public TO creator")
    try:
        with pytest.raises(Refused, match="can still create tables"):
            roles.grant(owned, "member")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(as_role(owned, "member"), "SELECT FROM investment")
    finally:
        execute(owned, "REVOKE CREATE ON SCHEMA public FROM creator")
        execute(owned, "DROP ROLE member; DROP ROLE creator")


@pytest.mark.parametrize(
    "given",
    [
        "GRANT UPDATE (actor) ON event TO writer",
        "GRANT TRUNCATE ON frame TO writer",
        "GRANT pg_write_all_data TO writer",
    ],
)
@pytest.mark.parametrize("inherits", ["INHERIT", "NOINHERIT"])
def test_a_member_of_a_role_that_changes_history_is_refused(owned, given, inherits):
    execute(owned, f"CREATE ROLE writer; CREATE ROLE member LOGIN {inherits} IN ROLE writer")
    execute(owned, given)
    try:
        with pytest.raises(
            Refused, match=r"can still change .* through the role (writer|pg_write)"
        ):
            roles.grant(owned, "member")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(as_role(owned, "member"), "SELECT FROM investment")
    finally:
        execute(owned, "DROP OWNED BY writer; DROP ROLE member; DROP ROLE writer")


def test_the_servers_role_may_migrate_when_there_is_nothing_to_do_and_else_is_told_who(
    owned, database_factory, monkeypatch
):
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", as_role(owned, SERVER))
    done = CliRunner().invoke(commands, ["migrate"])

    old = database_factory.new()
    migrate(old, "0002")
    execute(old, f"GRANT SELECT ON alembic_version TO {SERVER}")
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", as_role(old, SERVER))
    refused = CliRunner().invoke(commands, ["migrate"])
    execute(old, f"DROP OWNED BY {SERVER}")
    database_factory.drop(old)

    assert done.exit_code == 0, done.output
    assert refused.exit_code == 1
    assert "as the owner of the tables" in refused.stderr


def test_the_owner_is_told_from_the_servers_role(owned):
    for url, may in ((owned, True), (as_role(owned, SERVER), False)):
        engine = make_engine(url, pool_size=1)
        assert roles.may_alter_tables(engine) is may
        engine.dispose()

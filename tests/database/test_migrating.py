"""Many who migrate at once, and one who is killed on the way: the schema is always whole."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from portfolio.cli.main import app as commands
from portfolio.database.engine import make_engine
from portfolio.database.migrations import current_revision, is_migrated, migrate
from tests.databases import DatabaseFactory

# Stops in the middle of the upgrade, says so, and waits to be killed.
HALTING = """
import sys, time
from sqlalchemy import Engine, event
from portfolio.database.migrations import migrate

@event.listens_for(Engine, "before_cursor_execute")
def halt(connection, cursor, statement, *rest):
    if sys.argv[2] in statement:
        print("halted", flush=True)
        time.sleep(600)

migrate(sys.argv[1])
"""
# A statement in the last steps: all steps before it have run by then.
IN_THE_END = "ALTER TABLE api_key ADD"
IN_THE_BEGINNING = "CREATE TABLE department"


@pytest.fixture
def empty(database_factory: DatabaseFactory) -> Iterator[str]:
    url = database_factory.new()
    yield url
    database_factory.drop(url)


def tables(url: str) -> set[str]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = set(sa.inspect(connection).get_table_names())
    engine.dispose()
    return found - {"spatial_ref_sys"}


def revision(url: str) -> str | None:
    engine = sa.create_engine(url)
    found = current_revision(engine)
    engine.dispose()
    return found


def kill_in_the_middle(url: str, statement: str) -> None:
    command = [sys.executable, "-c", HALTING, url, statement]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == "halted\n"
        process.kill()


def is_whole(url: str) -> bool:
    engine = make_engine(url, pool_size=1)
    found = is_migrated(engine)
    engine.dispose()
    return found


def test_of_four_who_migrate_an_empty_database_at_once_all_succeed(empty):
    environment = {**os.environ, "PORTFOLIO_DATABASE_URL": empty}
    command = [sys.executable, "-m", "portfolio", "migrate"]

    at_work = [
        subprocess.Popen(  # noqa: S603
            command, env=environment, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    ended = [(one.communicate(timeout=120)[1], one.returncode) for one in at_work]

    assert [code for _, code in ended] == [0] * 4, ended
    assert is_whole(empty)


@pytest.mark.parametrize("statement", [IN_THE_BEGINNING, IN_THE_END])
def test_a_first_migration_that_is_killed_leaves_nothing_and_the_next_finishes(empty, statement):
    kill_in_the_middle(empty, statement)

    assert tables(empty) == set()
    migrate(empty)
    assert is_whole(empty)


def test_an_upgrade_that_is_killed_leaves_the_old_schema_and_the_next_finishes(empty):
    migrate(empty, "0002")
    before = tables(empty)

    kill_in_the_middle(empty, IN_THE_END)

    assert revision(empty) == "0002"
    assert tables(empty) == before
    migrate(empty)
    assert is_whole(empty)


def test_a_database_of_a_newer_program_is_refused_in_a_sentence(empty, monkeypatch):
    migrate(empty)
    engine = sa.create_engine(empty)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", empty)

    for command in (["migrate"], ["doctor"]):
        refused = CliRunner().invoke(commands, command, env={"LC_ALL": "C.UTF-8"})
        assert refused.exit_code == 1
        assert "install the version that has schema 9999" in refused.stderr
    assert revision(empty) == "9999"

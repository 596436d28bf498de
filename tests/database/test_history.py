"""Rows of history stay as they are, whatever program writes to the file."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, text

from portfolio.database.migrations import migrate
from tests.events.calls import every_write

KEYS = {
    "event": ["id"],
    "gate_decision": ["id", "supersedes"],
    "decision_condition": ["decision_id, number"],
    "condition_fulfilment": ["id"],
    "steering_decision": ["id"],
    "frame": ["id"],
    "ledger_entry": ["id"],
    "ledger_posting": ["entry_id, position"],
    "reallocation_consent": ["id", "reallocation_id, party"],
}


@pytest.fixture
def execute(client, keys, engine) -> Callable[[str], None]:
    """To a database with some of everything; statements to it are those of any program."""
    for _ in every_write(client, keys["admin"]):
        pass

    def execute(statement: str) -> None:
        with Session(engine) as session:
            session.execute(text(statement))
            session.commit()

    return execute


def test_a_row_of_history_can_be_neither_changed_nor_deleted(execute):
    for table, keys in KEYS.items():
        column = keys[0].partition(",")[0]
        for statement in ("DELETE FROM {}", "UPDATE {} SET {} = {}"):
            with pytest.raises(DBAPIError, match="never changed"):
                execute(statement.format(table, column, column))


@pytest.fixture
def plain(tmp_path) -> Iterator[sqlite3.Connection]:
    """An SQLite file as another program opens it, with one event and one decision's consent."""
    path = tmp_path / "portfolio.sqlite"
    migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO event VALUES (1, '', 'who', 'did', '/v1', NULL, NULL, '', '')"
        )
        rest = ", ".join("''" for _ in columns(connection, "reallocation_consent")[3:])
        connection.execute(f"INSERT INTO reallocation_consent VALUES (7, 3, 'FGK', {rest})")  # noqa: S608
        yield connection


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO event SELECT id, at, 'other', action, resource, before, after, "
        "previous_hash, hash FROM event",
        "REPLACE INTO event (rowid, id, at, actor, action, resource, previous_hash, hash) "
        "SELECT rowid, 99, '', 'other', '', '', '', '' FROM event",
        "INSERT INTO event SELECT * FROM event WHERE true ON CONFLICT (id) DO UPDATE SET "
        "actor = 'other'",
        "UPDATE OR REPLACE event SET actor = 'other'",
        "DELETE FROM event",
    ],
)
def test_no_statement_on_sqlite_gets_past_the_triggers(plain, recursive, statement):
    plain.execute(f"PRAGMA recursive_triggers={recursive}")

    with pytest.raises(sqlite3.IntegrityError, match=r"never (changed|replaced)"):
        plain.execute(statement)

    assert plain.execute("SELECT id, actor FROM event").fetchall() == [(1, "who")]


def test_a_row_that_shares_something_else_than_its_id_replaces_nothing_either(plain):
    names = ", ".join(columns(plain, "reallocation_consent")[1:])
    with pytest.raises(sqlite3.IntegrityError, match="never replaced"):
        plain.execute(
            f"INSERT OR REPLACE INTO reallocation_consent (id, {names}) "  # noqa: S608
            f"SELECT 8, {names} FROM reallocation_consent"
        )

    assert plain.execute("SELECT id FROM reallocation_consent").fetchall() == [(7,)]


def test_new_rows_of_history_are_added_as_before(plain):
    plain.execute("INSERT INTO event VALUES (2, '', 'who', 'did', '/v1', NULL, NULL, '', '')")

    assert plain.execute("SELECT count(*) FROM event").fetchone() == (2,)

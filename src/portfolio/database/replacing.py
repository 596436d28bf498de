"""Replacing all that is in a database, inside one transaction."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

# Seconds. Writers of the service are done sooner, or are ended.
WAIT_FOR_WRITERS = 60
BETWEEN_TRIES = 0.02
LOCK_NOT_AVAILABLE = "55P03"

TRIGGERS = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")


def _is_postgres(connection: sa.Connection) -> bool:
    return connection.dialect.name == "postgresql"


def without_deadline(session: Session) -> None:
    """Let this transaction take its time, whatever the role's settings say."""
    connection = session.connection()
    if _is_postgres(connection):
        for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {setting} = 0")


def lock_out_writers(session: Session, tables: Sequence[sa.Table]) -> None:
    """Nobody else writes until the end of the transaction; everybody reads what was before it.

    SQLite's writer is alone from its beginning.
    """
    connection = session.connection()
    if not _is_postgres(connection):
        # A row may point at a later one of its own table; the commit checks.
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        return
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(table.name) for table in tables)
    _lock_at_once(connection, f"LOCK TABLE {names} IN EXCLUSIVE MODE NOWAIT")


def _lock_at_once(connection: sa.Connection, statement: str) -> None:
    """All locks or none, until it succeeds: waiting for one while holding others is a deadlock."""
    deadline = time.monotonic() + WAIT_FOR_WRITERS
    while True:
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(statement)
            return
        except DBAPIError as error:
            is_taken = getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE
            if not is_taken or time.monotonic() > deadline:
                raise
        time.sleep(BETWEEN_TRIES)


@contextmanager
def triggers_off(session: Session, tables: Sequence[sa.Table]) -> Iterator[None]:
    """Without the triggers that forbid changes. They are back before anybody else can write.

    What fails inside undoes the transaction, and so this too. On PostgreSQL only the owner may.
    """
    connection = session.connection()
    if _is_postgres(connection):
        quote = connection.dialect.identifier_preparer.quote
        names = [quote(table.name) for table in tables]
        for name in names:
            connection.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        yield
        for name in names:
            connection.exec_driver_sql(f"ALTER TABLE {name} ENABLE TRIGGER USER")
        return
    triggers = connection.execute(TRIGGERS).all()
    quote = connection.dialect.identifier_preparer.quote
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {quote(name)}")
    yield
    for _, statement in triggers:
        connection.exec_driver_sql(statement)


def empty(session: Session, tables: Sequence[sa.Table]) -> None:
    """Delete all rows of tables that come in the order of their foreign keys."""
    for table in reversed(tables):
        session.connection().execute(sa.delete(table))


def refresh_statistics(engine: sa.Engine) -> None:
    """What PostgreSQL plans by, which it would otherwise only gather minutes later."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")

"""Bringing a PostgreSQL database back to rows that it had before."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

Connection = psycopg.Connection[tuple[Any, ...]]

# How the engine of the tests introduces itself: its idle connections may stay.
TESTS = "tests"

# Whoever alters the schema, say by a migration back, leaves a note.
NOTE_ALTERATIONS = """
CREATE SCHEMA testing;
CREATE FUNCTION testing.note_alteration() RETURNS event_trigger LANGUAGE plpgsql
    AS 'BEGIN INSERT INTO testing.alteration VALUES (tg_tag); END';
CREATE TABLE testing.alteration (command text);
CREATE EVENT TRIGGER note_alteration ON ddl_command_end EXECUTE FUNCTION testing.note_alteration();
"""

IS_FIT = SQL("""
SELECT NOT EXISTS (SELECT FROM testing.alteration) AND NOT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND (application_name <> {} OR state <> 'idle')
)
""").format(TESTS)

# Of the whole cluster; only what writes takes a number.
NEXT_TRANSACTION = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"

# The other one of the schema is PostGIS's.
TABLES = """
SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys'
"""
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"

# The header and the trailer of a binary copy without rows.
EMPTY_COPY = 21

# Triggers that forbid a deletion are for the application, and so are foreign keys.
AS_REPLICA = "SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '2s'"


@dataclass(frozen=True)
class Rows:
    """All rows of a database, and what clears the way for them."""

    clearing: Composed
    filling: list[tuple[Composed, bytes]]


def read_rows(connection: Connection) -> Rows:
    tables = [Identifier("public", name) for (name,) in connection.execute(TABLES)]
    clearing = [
        *(SQL("DELETE FROM {}").format(table) for table in tables),
        *(_set_back(*row) for row in connection.execute(SEQUENCES)),
    ]
    copies = [(table, _copy_of(connection, table)) for table in tables]
    filling = [
        (SQL("COPY {} FROM STDIN (FORMAT binary)").format(table), copy)
        for table, copy in copies
        if len(copy) > EMPTY_COPY
    ]
    return Rows(SQL(";").join(clearing), filling)


def write_rows(connection: Connection, rows: Rows) -> None:
    """Replace what is in the database, whatever it is."""
    with connection.transaction():
        connection.execute(AS_REPLICA)
        connection.execute(rows.clearing)
        for statement, copy in rows.filling:
            with connection.cursor().copy(statement) as target:
                target.write(copy)


def _copy_of(connection: Connection, table: Identifier) -> bytes:
    statement = SQL("COPY {} TO STDOUT (FORMAT binary)").format(table)
    with connection.cursor().copy(statement) as source:
        return b"".join(bytes(part) for part in source)


def _set_back(sequence: str, last: int | None) -> Composed:
    # One that nobody has asked yet has no last value.
    name = Identifier("public", sequence).as_string()
    return SQL("SELECT setval({}, {}, {})").format(name, last or 1, last is not None)

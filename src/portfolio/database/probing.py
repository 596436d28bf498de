"""Asking after a database from outside: by connections of their own that soon give up."""

import os
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.engine import URL

from portfolio.database.engine import with_driver

# What libpq is told, so that whoever asks has an answer within two seconds.
BOUNDED = {
    "connect_timeout": 2,
    "tcp_user_timeout": 2000,
    # A host that vanishes while it is being asked is noticed within ten seconds.
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "options": "-c statement_timeout=1500 -c default_transaction_read_only=on",
}


def file_of(url: URL) -> Path | None:
    """The file of an SQLite database; none where a server keeps it, or memory."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def probing_engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return create_engine(url, poolclass=NullPool, connect_args={"timeout": 1})
    return create_engine(with_driver(url), poolclass=NullPool, connect_args=BOUNDED)


def why_not_writable(connection: Connection) -> str | None:
    """Why nothing can be written here; None if it can."""
    if connection.dialect.name == "postgresql":
        standby = connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one()
        return "is a standby, read only" if standby else None
    file = file_of(connection.engine.url)
    # SQLite writes beside its file too.
    if file and not (os.access(file, os.W_OK) and os.access(file.resolve().parent, os.W_OK)):
        return "the file or its folder may not be written"
    return None

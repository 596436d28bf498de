"""When the database or the disk fails: what the client is told, and that it may come again."""

import errno
import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError, TimeoutError

from portfolio.errors import Unavailable
from portfolio.language import Text

AWAY = Text(
    "Databasen kan inte nås just nu; försök igen om en stund.",
    "The database can't be reached now; try again in a moment.",
)
BUSY = Text(
    "Databasen har för mycket att göra just nu; försök igen om en stund.",
    "The database has too much to do now; try again in a moment.",
)
READ_ONLY = Text(
    "Databasen kan läsas men inte ändras just nu; försök igen om en stund.",
    "The database can be read but not changed now; try again in a moment.",
)
FULL = Text(
    "Databasen har ingen plats kvar, så inget har sparats; säg till driften.",
    "The database has no room left, so nothing was saved; tell those who run the service.",
)
DAMAGED = Text(
    "Databasens fil kan inte läsas eller skrivas; säg till driften.",
    "The database's file can't be read or written; tell those who run the service.",
)
TOO_LONG = Text(
    "Frågan tog längre tid än databasen får lägga på den; fråga efter mindre, till exempel ett "
    "program, ett område eller ett år.",
    "The question took longer than the database may work on it; ask for less, for instance one "
    "program, one area or one year.",
)

NO_ROOM = Text(
    "Servern har ingen plats kvar för filer; säg till driften och försök igen om en stund.",
    "The server has no room left for files; tell those who run the service, and try again in a "
    "moment.",
)

NO_ROOM_CODES = frozenset({errno.ENOSPC, errno.EDQUOT})
TOO_LONG_STATE = "57014"
# PostgreSQL's states; two digits are a class of them.
STATES = {
    "08": AWAY,
    # Not let in, or not to that database: somebody is at work on it.
    "28": AWAY,
    "3D": AWAY,
    "57": AWAY,
    "58": DAMAGED,
    "XX001": DAMAGED,
    "XX002": DAMAGED,
    "53": BUSY,
    "53100": FULL,
    "25006": READ_ONLY,
    "25P02": AWAY,
    "25P03": AWAY,
    "40": BUSY,
    "55P03": BUSY,
    TOO_LONG_STATE: TOO_LONG,
}
SQLITE_CODES = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_PROTOCOL: BUSY,
    sqlite3.SQLITE_INTERRUPT: TOO_LONG,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_CANTOPEN: AWAY,
    sqlite3.SQLITE_IOERR: DAMAGED,
    sqlite3.SQLITE_PERM: DAMAGED,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}


def unavailable(error: BaseException) -> Unavailable | None:
    """The error as it is told, if the database or the disk is to blame and not the program."""
    found = _told(error) or (NO_ROOM if has_no_room(error) else None)
    return None if found is None else Unavailable(found.sv, found.en)


def has_no_room(error: BaseException | None) -> bool:
    """Whether a file could not be written, also if a library says so in an error of its own."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in NO_ROOM_CODES:
            return True
        error = error.__cause__ or error.__context__
    return False


def is_too_long(error: BaseException) -> bool:
    """Whether PostgreSQL gave a statement up that took too long."""
    driver = error.orig if isinstance(error, DBAPIError) else error
    return getattr(driver, "sqlstate", None) == TOO_LONG_STATE


def _told(error: BaseException) -> Text | None:
    if isinstance(error, TimeoutError):
        return BUSY
    if isinstance(error, DBAPIError):
        told = None if error.orig is None else _told(error.orig)
        return AWAY if told is None and error.connection_invalidated else told
    if isinstance(error, sqlite3.Error):
        # The upper bits only tell the circumstances.
        return SQLITE_CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        # The connection was not made, or broke off.
        return AWAY
    if isinstance(error, psycopg.Error):
        state = error.sqlstate or ""
        return STATES.get(state) or STATES.get(state[:2])
    return None

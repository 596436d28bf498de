"""Making an empty database what a backup says: all of it, or nothing."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from portfolio.access.models import ApiKey
from portfolio.access.service import shown
from portfolio.clock import Act
from portfolio.database.base import table
from portfolio.database.engine import snapshot, transaction
from portfolio.database.numbers import NO_NUMBERS, continue_numbers
from portfolio.database.replacing import (
    empty,
    lock_out_writers,
    refresh_statistics,
    triggers_off,
    without_deadline,
)
from portfolio.database.rows import insert_values, layout_of, read_lines
from portfolio.errors import Refused
from portfolio.events.models import Event
from portfolio.events.service import record
from portfolio.keeping.archive import Archive
from portfolio.keeping.checking import values_of
from portfolio.keeping.manifest import Manifest, Progress, TableEntry
from portfolio.language import Text
from portfolio.schema import metadata

LOADING = Text("Lägger in raderna", "Putting in the rows")
COMPARING = Text("Läser tillbaka och jämför", "Reading back and comparing")
# Migrations put rows here. Whoever changes them in the service leaves an event.
SEEDED = frozenset(
    {
        "account_range",
        "api_key",
        "body",
        "decision_level",
        "event",
        "event_chain",
        "gate_template",
        "idempotency_key",
        "setting",
    }
)
Values = list[Sequence[Any]]
# Of what is in the way, the tables with most rows are named.
NAMED = 5


class Keys(NamedTuple):
    """How many keys of the database were kept, and how many of the backup's are in force."""

    kept: int
    in_force: int


def no_more(session: Session) -> None:
    """What `before_commit` does when nothing has to be looked at."""


def restore(
    engine: sa.Engine,
    archive: Archive,
    act: Act,
    tell: Progress,
    before_commit: Callable[[Session], None] = no_more,
) -> Keys:
    """Put a backup that has been checked into an empty database of the same schema.

    Keys that were made in the database beforehand are kept, as new rows after the backup's; those
    that were revoked in it stay revoked.

    Raises:
        Refused: The database is not empty, or does not read back as the backup says.
    """
    manifest, tables = archive.manifest, metadata.sorted_tables
    _require_layouts(manifest)
    with transaction(engine) as session:
        without_deadline(session)
        lock_out_writers(session, tables)
        _require_empty(session)
        keys, revoked = _keys_in_force(session), _revoked_keys(session)
        fill(session, archive, tables, tell)
        continue_numbers(session.connection(), tables, manifest.numbers or NO_NUMBERS)
        _compare(session, manifest, tell)
        _keep_revoked(session, act, revoked)
        in_force = _count_in_force(session, act)
        kept = _keep_keys(session, act, keys)
        before_commit(session)
    refresh_statistics(engine)
    return Keys(kept, in_force)


def fill(session: Session, archive: Archive, tables: Sequence[Any], tell: Progress) -> None:
    """Replace the rows of all tables, which come in the order of their foreign keys."""
    manifest = archive.manifest
    with triggers_off(session, tables):
        empty(session, tables)
        done = 0
        for entry in manifest.tables:
            batches = _told(_batches(archive, entry), tell, done, manifest.rows)
            insert_values(session.connection(), entry.layout, batches)
            done += entry.rows


def _batches(archive: Archive, entry: TableEntry) -> Iterator[Values]:
    for lines in archive.lines(entry):
        yield values_of(entry, lines)


def _told(batches: Iterator[Values], tell: Progress, done: int, total: int) -> Iterator[Values]:
    for values in batches:
        yield values
        done += len(values[0])
        tell(LOADING, done, total)


def _require_layouts(manifest: Manifest) -> None:
    """A backup of this revision has its tables, unless somebody wrote it by hand."""
    expected = [layout_of(one) for one in metadata.sorted_tables]
    found = [entry.layout for entry in manifest.tables]
    if sorted(found, key=lambda one: one.name) != sorted(expected, key=lambda one: one.name):
        raise Refused(
            f"Säkerhetskopian har andra tabeller än schemat {manifest.revision}, som den anger; "
            "använd en annan.",
            f"The backup has other tables than the schema {manifest.revision}, which it names; "
            "use another.",
        )


def require_empty(engine: sa.Engine) -> None:
    """Refuse early what `restore` would refuse."""
    with snapshot(engine) as session:
        _require_empty(session)


def _require_empty(session: Session) -> None:
    """Only what migrations put there, keys and the events about them.

    Raises:
        Refused: There is more, and what.
    """
    found = {
        one.name: session.execute(sa.select(sa.func.count()).select_from(one)).scalar_one()
        for one in metadata.sorted_tables
        if one.name not in SEEDED
    }
    others = select(sa.func.count()).select_from(Event).where(~col(Event.action).like("key.%"))
    found["event"] = session.exec(others).one()
    most = sorted(((count, name) for name, count in found.items() if count), reverse=True)
    listed = ", ".join(f"{name} ({count})" for count, name in most[:NAMED])
    if listed:
        raise Refused(
            f"Databasen är inte tom: den har rader i {listed}. Återställ till en ny databas som "
            "portfolio migrate just har skapat.",
            f"The database is not empty: it has rows in {listed}. Restore into a new database "
            "that portfolio migrate has just made.",
        )


def _keys_in_force(session: Session) -> list[dict[str, Any]]:
    keys = table(ApiKey)
    query = sa.select(keys).where(keys.c.revoked_at.is_(None)).order_by(keys.c.id)
    return [dict(row) for row in session.execute(query).mappings()]


def _revoked_keys(session: Session) -> dict[str, datetime]:
    """When, by the hash of the key."""
    keys = table(ApiKey)
    query = sa.select(keys.c.token_hash, keys.c.revoked_at).where(keys.c.revoked_at.is_not(None))
    return {row.token_hash: row.revoked_at for row in session.execute(query)}


def _compare(session: Session, manifest: Manifest, tell: Progress) -> None:
    """Row by row, by the hash of each table: what was written is what is read."""
    done = 0
    for entry in manifest.tables:
        digest, rows = hashlib.sha256(), 0
        for lines in read_lines(session.connection(), entry.layout):
            digest.update(b"".join(lines))
            rows += len(lines)
            tell(COMPARING, done + rows, manifest.rows)
        done += rows
        if (rows, digest.hexdigest()) != (entry.rows, entry.sha256):
            raise Refused(
                f"Tabellen {entry.name} läses inte tillbaka som den står i säkerhetskopian. "
                "Ingenting har ändrats.",
                f"The table {entry.name} does not read back as the backup has it. Nothing was "
                "changed.",
            )


def _keep_revoked(session: Session, act: Act, revoked: dict[str, datetime]) -> None:
    """What was withdrawn in the database after the backup was made does not come back with it."""
    for key in session.exec(select(ApiKey).where(col(ApiKey.revoked_at).is_(None))):
        if key.token_hash not in revoked:
            continue
        before = shown(key)
        key.revoked_at = revoked[key.token_hash]
        session.flush()
        record(session, act, "key.revoked", f"/v1/keys/{key.id}", before=before, after=shown(key))


def _count_in_force(session: Session, act: Act) -> int:
    keys = table(ApiKey)
    is_in_force = keys.c.revoked_at.is_(None) & (
        keys.c.expires_at.is_(None) | (keys.c.expires_at > act.at)
    )
    query = sa.select(sa.func.count()).select_from(keys).where(is_in_force)
    return int(session.execute(query).scalar_one())


def _keep_keys(session: Session, act: Act, keys: list[dict[str, Any]]) -> int:
    """Add keys that the backup lacks; their old rows and events were the database's own."""
    column = table(ApiKey).c.token_hash
    known = set(session.execute(sa.select(column)).scalars())
    kept = [fields for fields in keys if fields["token_hash"] not in known]
    for fields in kept:
        key = ApiKey(**{name: value for name, value in fields.items() if name != "id"})
        session.add(key)
        session.flush()
        record(session, act, "key.kept", f"/v1/keys/{key.id}", after=shown(key))
    return len(kept)

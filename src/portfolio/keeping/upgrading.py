"""Backups of older schemas: loaded into a database of that time, and migrated there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from portfolio.database.engine import make_engine, transaction
from portfolio.database.migrations import known_revisions, migrate, newest_revision
from portfolio.database.numbers import NO_NUMBERS, continue_numbers
from portfolio.database.replacing import lock_out_writers
from portfolio.errors import Refused
from portfolio.keeping.archive import Archive, opened_archive
from portfolio.keeping.backups import back_up
from portfolio.keeping.checking import check_archive
from portfolio.keeping.manifest import Manifest, Progress
from portfolio.keeping.restoring import fill


@contextmanager
def checked_archive(path: Path, tell: Progress) -> Iterator[Archive]:
    """A backup that has been read from beginning to end."""
    with opened_archive(path) as archive:
        check_archive(archive, tell)
        yield archive


@contextmanager
def newest_archive(archive: Archive, tell: Progress) -> Iterator[Archive]:
    """The same backup, in the newest schema.

    Raises:
        Refused: It was made by a newer version of the program.
    """
    manifest = archive.manifest
    if manifest.revision == newest_revision():
        yield archive
        return
    if manifest.revision not in known_revisions():
        raise Refused(
            f"Säkerhetskopian har schemat {manifest.revision}, som den här versionen av Portfolio "
            f"inte känner; installera version {manifest.application} eller nyare.",
            f"The backup has the schema {manifest.revision}, which this version of Portfolio does "
            f"not know; install version {manifest.application} or newer.",
        )
    with TemporaryDirectory(prefix="portfolio-") as folder:
        upgraded = Path(folder) / "upgraded.zip"
        _upgrade(archive, f"sqlite:///{folder}/scratch.sqlite", upgraded, tell)
        with opened_archive(upgraded) as newest:
            yield newest


def _upgrade(archive: Archive, url: str, upgraded: Path, tell: Progress) -> None:
    migrate(url, archive.manifest.revision)
    engine = make_engine(url, pool_size=1)
    numbers = archive.manifest.numbers or NO_NUMBERS
    try:
        tables = _tables_of(archive.manifest, engine)
        with transaction(engine) as session:
            lock_out_writers(session, tables)
            fill(session, archive, tables, tell)
            # For rows that migrations add.
            continue_numbers(session.connection(), tables, numbers)
        engine.dispose()
        migrate(url)
        # A table that is migrated is copied, and counts from its last row.
        back_up(engine, upgraded, tell, numbers=numbers)
    finally:
        engine.dispose()


def _tables_of(manifest: Manifest, engine: sa.Engine) -> list[sa.Table]:
    """The tables as they were then, in the order of their foreign keys."""
    then = sa.MetaData()
    then.reflect(engine, only=lambda name, _: name != "alembic_version")
    found = {one.name: sorted(one.columns.keys()) for one in then.sorted_tables}
    listed = {one.name: [column.name for column in one.columns] for one in manifest.tables}
    if listed != found:
        raise Refused(
            f"Säkerhetskopian har andra tabeller än schemat {manifest.revision}, som den anger; "
            "använd en annan.",
            f"The backup has other tables than the schema {manifest.revision}, which it names; "
            "use another.",
        )
    return then.sorted_tables

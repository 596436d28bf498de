"""Taking a backup: one consistent state of the database, written, read back and then named."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlmodel import Session, select

from portfolio.clock import now, rfc3339
from portfolio.database.engine import snapshot
from portfolio.database.numbers import NO_NUMBERS, Numbers, larger, last_numbers
from portfolio.database.replacing import without_deadline
from portfolio.database.rows import Layout, layout_of, name_of_engine, read_lines
from portfolio.errors import Refused
from portfolio.events.models import EventChain
from portfolio.keeping.archive import ArchiveWriter, Damaged, archive_in, member_name
from portfolio.keeping.checking import check_archive
from portfolio.keeping.manifest import (
    APPLICATION,
    FORMAT,
    ChainEnd,
    Content,
    Manifest,
    Progress,
    TableEntry,
    sealed,
    table_entry,
)
from portfolio.language import Text
from portfolio.schema import metadata

WRITING = Text("Skriver kopian", "Writing the backup")


def back_up(
    engine: sa.Engine,
    path: Path,
    tell: Progress,
    *,
    replace: bool = False,
    numbers: Numbers = NO_NUMBERS,
) -> Manifest:
    """Write all tables to a file, which has its name only once it has been read back whole.

    `numbers` have been given already, if the database does not say so itself.

    Raises:
        Refused: The file is there already, can't be written, or is not what the database says.
    """
    with _partial(path, replace=replace) as file:
        with snapshot(engine) as session:
            manifest = write_archive(session, file, tell, numbers)
        os.fsync(file.fileno())
        try:
            check_archive(archive_in(file), tell)
        except Damaged as damage:
            raise Refused(
                f"Det som lästes ur databasen håller inte: {damage.way.sv}. Ingen säkerhetskopia "
                "sparades; kör portfolio doctor.",
                f"What was read from the database does not hold: {damage.way.en}. No backup was "
                "kept; run portfolio doctor.",
            ) from damage
    return manifest


def write_archive(
    session: Session, file: IO[bytes], tell: Progress, numbers: Numbers = NO_NUMBERS
) -> Manifest:
    without_deadline(session)
    connection = session.connection()
    layouts = [layout_of(table) for table in metadata.sorted_tables]
    total = sum(_count(connection, layout) for layout in layouts)
    writer = ArchiveWriter(file)
    try:
        tables: list[TableEntry] = []
        for layout in layouts:
            done = sum(table.rows for table in tables)
            with writer.part(member_name(layout.name)) as part:
                tables.append(_write_table(connection, layout, part, tell, (done, total)))
        manifest = sealed(_content(session, tables, numbers))
        writer.seal(manifest)
    except BaseException:
        writer.abandon()
        raise
    return manifest


def _count(connection: sa.Connection, layout: Layout) -> int:
    counting = sa.select(sa.func.count()).select_from(sa.table(layout.name))
    return int(connection.execute(counting).scalar_one())


def _write_table(
    connection: sa.Connection,
    layout: Layout,
    part: IO[bytes],
    tell: Progress,
    done_of_total: tuple[int, int],
) -> TableEntry:
    digest, rows = hashlib.sha256(), 0
    done, total = done_of_total
    for lines in read_lines(connection, layout):
        piece = b"".join(lines)
        digest.update(piece)
        part.write(piece)
        rows += len(lines)
        tell(WRITING, done + rows, total)
    return table_entry(layout, rows, digest.hexdigest())


def _content(session: Session, tables: list[TableEntry], numbers: Numbers) -> Content:
    connection = session.connection()
    given = larger(numbers, last_numbers(connection))
    end = session.exec(select(EventChain)).one()
    return Content(
        format=FORMAT,
        application=APPLICATION,
        revision=MigrationContext.configure(connection).get_current_revision() or "",
        made_at=rfc3339(now()),
        engine=name_of_engine(connection),
        tables=tuple(tables),
        events=ChainEnd(length=end.last_id, last_hash=end.last_hash),
        numbers={table.name: given[table.name] for table in tables if table.name in given},
    )


@contextmanager
def _partial(path: Path, *, replace: bool) -> Iterator[IO[bytes]]:
    """A file beside `path` that takes its name at the end, or vanishes if anything fails."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        _require_free(path, replace=replace)
        with _locked(partial) as file:
            try:
                yield file
                _require_free(path, replace=replace)
                partial.rename(path)
            except BaseException:
                # While it is locked: later it may be somebody else's.
                with suppress(FileNotFoundError):
                    partial.unlink()
                raise
        _sync_folder(path.parent)
    except OSError as error:
        raise Refused(
            f"{path} kan inte skrivas: {error.strerror}. Ingen säkerhetskopia togs.",
            f"{path} can't be written: {error.strerror}. No backup was taken.",
        ) from error


def _require_free(path: Path, *, replace: bool) -> None:
    if path.is_dir() or (path.exists() and not (replace and path.is_file())):
        raise Refused(
            f"{path} finns redan; ange en annan fil, eller --force för att ersätta den.",
            f"{path} is there already; name another file, or add --force to replace it.",
        )


def _locked(partial: Path) -> IO[bytes]:
    """The file, for its owner only: it holds hashes of keys. One that was left is written anew."""
    while True:
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        file = os.fdopen(descriptor, "w+b")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(partial, descriptor):
                os.fchmod(descriptor, 0o600)
                file.truncate(0)
                return file
        except BlockingIOError as error:
            file.close()
            raise Refused(
                f"En annan säkerhetskopiering skriver {partial}; vänta tills den är klar.",
                f"Another backup is writing {partial}; wait until it is done.",
            ) from error
        except BaseException:
            file.close()
            raise
        # Another backup was done in between: this is what it wrote, under its own name.
        file.close()


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    """So that the name survives a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

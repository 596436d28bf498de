"""The file of a backup: a zip with a file of lines for each table, and a manifest.

It ends in a SHA-256 over everything before it, in the zip's own comment, so that any program can
open it and not one byte of it can change unseen.
"""

import hashlib
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from portfolio.database.rows import ROWS_AT_A_TIME
from portfolio.errors import Refused
from portfolio.keeping.manifest import FORMAT, Manifest, TableEntry
from portfolio.language import Text

MANIFEST = "manifest.json"
LABEL = b"portfolio backup sha256 "
DIGITS = 64
# A boundary of two million vertices is 64 MiB in digits.
LONGEST_LINE = 256 * 1024 * 1024
LONGEST_MANIFEST = 4 * 1024 * 1024
# So many bytes of lines are kept at a time, beside the last of them.
BYTES_AT_A_TIME = 8 * 1024 * 1024
PIECE = 1024 * 1024
# As quick as the database is read; the next levels save a tenth and take twice as long.
LEVEL = 1
# The others have errors, and appetites for memory, of their own.
COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# What zipfile, zlib and their like raise.
READING_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
)


class Damaged(Exception):
    """A backup is not what was written; the text says in what way."""

    def __init__(self, sv: str, en: str) -> None:
        super().__init__(en)
        self.way = Text(sv, en)


class ArchiveWriter:
    """Writes the parts of a backup to a file, and seals it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        self._zip.comment = LABEL + b"0" * DIGITS

    @contextmanager
    def part(self, name: str) -> Iterator[IO[bytes]]:
        with self._zip.open(name, "w", force_zip64=True) as part:
            yield part

    def seal(self, manifest: Manifest) -> None:
        with self.part(MANIFEST) as part:
            part.write(manifest.model_dump_json(indent=2).encode() + b"\n")
        self._zip.close()
        self._file.flush()
        end = self._file.seek(-DIGITS, io.SEEK_END)
        digest = digest_of_start(self._file, end)
        self._file.seek(end)
        self._file.write(digest.encode())
        self._file.flush()

    def abandon(self) -> None:
        """Let go of the file, whose content nobody will read."""
        self._zip.fp = None


def digest_of_start(file: IO[bytes], size: int) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while size > 0 and (piece := file.read(min(PIECE, size))):
        digest.update(piece)
        size -= len(piece)
    return digest.hexdigest()


class Archive:
    """A backup that is what was written: its own hash and its manifest's are right."""

    def __init__(self, file: IO[bytes]) -> None:
        _require_seal(file)
        self._zip = zipfile.ZipFile(file)
        if any(info.compress_type not in COMPRESSIONS for info in self._zip.infolist()):
            raise Damaged(
                "en del av den är packad på ett annat sätt",
                "a part of it is compressed in another way",
            )
        self.manifest = self._read_manifest()
        names = sorted(info.filename for info in self._zip.infolist())
        expected = sorted([MANIFEST, *(_member(table) for table in self.manifest.tables)])
        if names != expected:
            raise Damaged(
                "den innehåller andra delar än dem som den räknar upp",
                "it holds other parts than those it lists",
            )

    def _read_manifest(self) -> Manifest:
        with self._zip.open(MANIFEST) as part:
            text = part.read(LONGEST_MANIFEST)
        try:
            manifest = Manifest.model_validate_json(text)
        except ValidationError as error:
            raise Damaged("förteckningen kan inte läsas", "its manifest can't be read") from error
        if manifest.format != FORMAT:
            raise Refused(
                f"Säkerhetskopian har format {manifest.format}, som den här versionen av Portfolio "
                f"inte läser; använd version {manifest.application} eller nyare.",
                f"The backup has format {manifest.format}, which this version of Portfolio does "
                f"not read; use version {manifest.application} or newer.",
            )
        if manifest.content_hash() != manifest.sha256:
            raise Damaged("förteckningen har ändrats", "its manifest has been altered")
        return manifest

    def lines(self, table: TableEntry) -> Iterator[list[bytes]]:
        """The lines of a table, some at a time. What the manifest says of them is not checked."""
        with (
            damage_told(),
            self._zip.open(_member(table)) as part,
            io.BufferedReader(part, PIECE) as reader,  # type: ignore[type-var]  # reads like a raw file
        ):
            lines, size = [], 0
            while line := reader.readline(LONGEST_LINE):
                if not line.endswith(b"\n"):
                    raise Damaged(
                        f"en rad i {table.name} är avhuggen", f"a line of {table.name} is cut off"
                    )
                lines.append(line)
                size += len(line)
                if len(lines) == ROWS_AT_A_TIME or size > BYTES_AT_A_TIME:
                    yield lines
                    lines, size = [], 0
            if lines:
                yield lines


def _member(table: TableEntry) -> str:
    return member_name(table.name)


def member_name(table: str) -> str:
    return f"tables/{table}.jsonl"


def _require_seal(file: IO[bytes]) -> None:
    size = file.seek(0, io.SEEK_END)
    # Room for a label, and for the end of a zip before it.
    if size < len(LABEL) + DIGITS + 22:
        raise Damaged("filen är för kort", "the file is too short")
    file.seek(-len(LABEL) - DIGITS, io.SEEK_END)
    label, seal = file.read(len(LABEL)), file.read(DIGITS)
    if label != LABEL:
        raise Damaged(
            "den är ingen säkerhetskopia från Portfolio, eller så saknas slutet",
            "it is no backup of Portfolio, or its end is missing",
        )
    if digest_of_start(file, size - DIGITS).encode() != seal:
        raise Damaged(
            "innehållet stämmer inte med filens kontrollsumma",
            "its content does not have the hash that it ends in",
        )


@contextmanager
def opened_archive(path: Path) -> Iterator[Archive]:
    """The backup in a file; whatever is wrong with it is said in a sentence.

    Raises:
        Refused: The file can't be read, or is not what was written.
    """
    try:
        with _opened_file(path) as file:
            yield archive_in(file)
    except Damaged as damage:
        raise Refused(
            f"Säkerhetskopian är skadad: {damage.way.sv}. Ingenting har ändrats; använd en annan.",
            f"The backup is damaged: {damage.way.en}. Nothing was changed; use another.",
        ) from damage


def _opened_file(path: Path) -> IO[bytes]:
    try:
        # A pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise Refused(
            f"{path} kan inte läsas: {error.strerror}.", f"{path} can't be read: {error.strerror}."
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused(
            f"{path} är ingen vanlig fil; ange säkerhetskopians fil.",
            f"{path} is no regular file; name the file of the backup.",
        )
    return os.fdopen(descriptor, "rb")


def archive_in(file: IO[bytes]) -> Archive:
    with damage_told():
        return Archive(file)


@contextmanager
def damage_told() -> Iterator[None]:
    """What the libraries say of a damaged file, as one sentence."""
    try:
        yield
    except KeyError as error:
        raise Damaged("en del av den saknas", "a part of it is missing") from error
    except READING_ERRORS as error:
        raise Damaged("den kan inte läsas", "it can't be read") from error

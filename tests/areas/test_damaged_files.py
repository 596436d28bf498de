"""What fuzzing the readers has found, and that they read what it begins with (`fuzz-readers`)."""

import zipfile
from pathlib import Path

import pytest

from portfolio.areas.mapinfo import encodings_of
from portfolio.areas.opening import opened
from portfolio.errors import InvalidBody, UnreadableFile
from tests.areas.boundary_samples import zipped
from tests.fuzz.readers.targets import REQUEST, TARGETS, run

SOUND = zipped({"områden.geojson": b"{}"}, zipfile.ZIP_STORED)
NAME = "områden".encode()


def open_archive(content: bytes, folder: Path) -> None:
    upload = folder / "upload"
    upload.write_bytes(content)
    opened(upload, folder, REQUEST)


def test_a_zip_that_has_lost_its_beginning_is_refused_as_damaged(tmp_path: Path):
    with pytest.raises(UnreadableFile):
        open_archive(SOUND[:4] + SOUND[40:], tmp_path)


def test_a_zip_with_a_name_that_is_not_in_the_encoding_it_states_is_refused(tmp_path: Path):
    with pytest.raises(UnreadableFile):
        open_archive(SOUND.replace(NAME, b"\xff" * len(NAME)), tmp_path)


def test_a_member_without_a_name_is_no_layer(tmp_path: Path):
    # A name ends at its first NUL.
    two = zipped({"x.txt": b"x", "areas.geojson": b"{}"}, zipfile.ZIP_STORED)

    open_archive(two.replace(b"x.txt", b"\0.txt"), tmp_path)


@pytest.mark.parametrize("charset", ["Windows\0Latin1", "\ud800", "å", "x" * 10_000])
def test_a_charset_that_is_no_name_is_taken_as_none(charset: str):
    assert encodings_of(charset) == ("utf-8", "cp1252")


@pytest.mark.parametrize("name", TARGETS)
def test_every_reader_takes_what_fuzzing_begins_with_and_refuses_what_is_cut(name: str):
    target = TARGETS[name]

    for content in target.seeds().values():
        run(target, content)
        run(target, content[: len(content) // 2])
        run(target, content[::-1])


def test_a_refusal_is_no_finding_and_every_other_exception_is_one(tmp_path: Path):
    def refuse(data: bytes, folder: Path) -> None:
        raise InvalidBody("Fel.", "Wrong.")

    def fail(data: bytes, folder: Path) -> None:
        raise ValueError(str(folder))

    some = TARGETS["sheet"]
    run(type(some)(refuse, some.seeds, ()), b"")
    with pytest.raises(ValueError, match="reader-"):
        run(type(some)(fail, some.seeds, ()), b"")

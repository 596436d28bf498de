import fcntl
import os
import resource
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from portfolio.clock import now
from portfolio.database.engine import transaction
from portfolio.errors import Refused
from portfolio.keeping.backups import back_up
from portfolio.keeping.upgrading import checked_archive
from portfolio.web.models import IdempotencyKey
from tests.databases import DatabaseFactory
from tests.keeping.keeping import (
    backup_of,
    count,
    empty_database,
    opened,
    restore_into,
    rewritten,
    sealed,
    silent,
    sqlite_at,
    without_numbers,
)
from tests.scenario import Headers, put_municipality

Keys = dict[str, Headers]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, database_factory: DatabaseFactory) -> bytes:
    """A backup of a database that has just been made."""
    path = tmp_path_factory.mktemp("backups") / "whole.zip"
    url = database_factory.new_migrated()
    backup_of(url, path)
    database_factory.drop(url)
    return path.read_bytes()


def check(path: Path) -> None:
    with checked_archive(path, silent):
        return


def test_a_backup_that_was_rewritten_with_the_same_content_is_read(whole: bytes, tmp_path: Path):
    check(rewritten(whole, tmp_path / "same.zip", {}))


def test_a_backup_from_before_numbers_were_kept_is_read(whole: bytes, tmp_path: Path):
    (tmp_path / "whole.zip").write_bytes(whole)
    check(without_numbers(tmp_path / "whole.zip", tmp_path / "first.zip"))


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_part_that_is_packed_in_another_way_is_refused(
    whole: bytes, tmp_path: Path, packing: int
):
    path = tmp_path / "packed.zip"
    path.write_bytes(whole)
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    sealed(path)

    with pytest.raises(Refused, match="compressed in another way"):
        check(path)


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(Refused, match="is no regular file"):
            check(path)


def test_a_partial_file_that_got_its_name_while_another_waited_is_left_alone(
    engine: Engine, tmp_path: Path
):
    path, first = tmp_path / "backup.zip", tmp_path / "backup.zip.partial"
    first.write_bytes(b"whole")
    flock = fcntl.flock

    def named_first(descriptor: int, operation: int) -> None:
        if first.exists() and first.read_bytes() == b"whole":
            first.rename(path)
        flock(descriptor, operation)

    with patch("fcntl.flock", named_first), pytest.raises(Refused, match="is there already"):
        back_up(engine, path, silent)

    assert path.read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["backup.zip"]


def test_a_new_sqlite_file_is_for_its_owner_only(tmp_path: Path):
    url = sqlite_at(tmp_path / "new.sqlite")
    with opened(url) as engine, transaction(engine) as session:
        session.execute(text("UPDATE event_chain SET last_id = last_id"))
        session.flush()
        modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
        assert len(os.listdir(tmp_path)) == 3
    assert modes == {0o600}


@given(data=st.data())
def test_a_backup_with_one_other_byte_anywhere_is_refused(
    whole: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
):
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("tampered") / "tampered.zip"
    path.write_bytes(whole[:place] + bytes([whole[place] ^ other]) + whole[place + 1 :])

    with pytest.raises(Refused, match="damaged"):
        check(path)


@given(data=st.data())
def test_a_backup_that_is_cut_off_or_longer_is_refused(
    whole: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
):
    kept = data.draw(st.integers(0, len(whole) - 1))
    more = data.draw(st.binary(min_size=1, max_size=200))
    path = tmp_path_factory.mktemp("cut") / "cut.zip"
    for content in (whole[:kept], whole + more, whole[:kept] + more):
        if content == whole:
            continue
        path.write_bytes(content)
        with pytest.raises(Refused, match="damaged"):
            check(path)


NO_BODY = {
    "a line that is no JSON": b"[1,\n",
    "nested ten thousand deep": b"[" * 10_000 + b"]" * 10_000 + b"\n",
    "too few values": b'["council"]\n',
    "a text for a number": b'["council","one","council","Kommunfullm"]\n',
    "a number of 400 digits": b'["council",' + b"9" * 400 + b',"council","Kommunfullm"]\n',
    "true for a number": b'["council",true,"council","Kommunfullm"]\n',
    "nothing where there must be something": b'[null,1,"council","Kommunfullm"]\n',
    "an object": b'{"code":"council"}\n',
    "no end of line": b'["council",1,"council","Kommunfullm"]',
    "bytes that are no text": b'["\xff\xfe",1,"council","Kommunfullm"]\n',
    "a lone surrogate": b'["\\ud800",1,"council","Kommunfullm"]\n',
}


@pytest.mark.parametrize("lines", NO_BODY.values(), ids=NO_BODY.keys())
def test_lines_that_are_no_rows_are_refused_though_their_hash_is_right(
    whole: bytes, tmp_path: Path, lines: bytes
):
    path = rewritten(whole, tmp_path / "wrong.zip", {"tables/body.jsonl": lines})

    with pytest.raises(Refused, match="damaged"):
        check(path)


def test_a_reference_to_what_is_not_there_is_refused(whole: bytes, tmp_path: Path):
    # Columns in order of name: code, committee, id, name.
    lines = b'["FGK","no_such_body",1,"Gatukontoret"]\n'
    path = rewritten(whole, tmp_path / "wrong.zip", {"tables/department.jsonl": lines})

    with pytest.raises(Refused, match="a row of department refers to something"):
        check(path)


@pytest.mark.parametrize(
    "text",
    ["2026-13-01T00:00:00Z", "0000-01-01T00:00:00Z", "2026-01-01", "20260101T000000Z", "x" * 99],
)
def test_a_moment_that_is_none_is_refused(whole: bytes, tmp_path: Path, text: str):
    line = f'["1",null,1,"9","{text}",null,null]\n'.encode()
    path = rewritten(whole, tmp_path / "wrong.zip", {"tables/account_range.jsonl": line})

    with pytest.raises(Refused, match="a line of account_range can't be read"):
        check(path)


def test_a_chain_of_events_with_another_end_is_refused(whole: bytes, tmp_path: Path):
    other = {"length": 1, "last_hash": "0" * 64}
    path = rewritten(whole, tmp_path / "wrong.zip", {}, events=other)

    with pytest.raises(Refused, match="chain of events breaks at event 1"):
        check(path)


@pytest.mark.parametrize(
    "name", ["../outside.jsonl", "/etc/passwd", "tables/none.jsonl", "tables/body.jsonl/"]
)
def test_a_part_that_the_manifest_does_not_list_is_refused(whole: bytes, tmp_path: Path, name: str):
    path = rewritten(whole, tmp_path / "more.zip", {name: b"x"})

    with pytest.raises(Refused, match="other parts than those it lists"):
        check(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tables", [{"name": "x"}]),
        ("tables", {"body": 10**18}),
        ("made_at", "x" * 10_000),
        ("revision", None),
        ("events", {"length": -1, "last_hash": "0" * 64}),
        ("unknown", 1),
    ],
)
def test_a_manifest_of_another_shape_is_refused(
    whole: bytes, tmp_path: Path, field: str, value: object
):
    path = tmp_path / "wrong.zip"
    path.write_bytes(whole)
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    manifest = orjson.loads(found["manifest.json"]) | {field: value}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in found.items():
            archive.writestr(name, orjson.dumps(manifest) if name == "manifest.json" else content)
    sealed(path)

    with pytest.raises(Refused, match="manifest"):
        check(path)


def test_another_format_and_a_newer_schema_name_the_version_to_use(
    whole: bytes, tmp_path: Path, database_factory: DatabaseFactory
):
    with pytest.raises(Refused, match=r"format 2, .* use version 9\.9 or newer"):
        check(rewritten(whole, tmp_path / "a.zip", {}, format=2, application="9.9"))
    path = rewritten(whole, tmp_path / "b.zip", {}, revision="9999", application="9.9")
    with (
        empty_database(database_factory) as target,
        pytest.raises(Refused, match=r"schema 9999, .* install version 9\.9 or newer"),
    ):
        restore_into(target, path)


def test_a_line_that_never_ends_is_refused_before_it_fills_the_memory(whole: bytes, tmp_path: Path):
    bomb = b'["' + b"a" * (4 * 1024 * 1024) + b'",1,"council","x"]\n'
    path = rewritten(whole, tmp_path / "bomb.zip", {"tables/body.jsonl": bomb})

    with (
        patch("portfolio.keeping.archive.LONGEST_LINE", 1024 * 1024),
        pytest.raises(Refused, match="a line of body is cut off"),
    ):
        check(path)


def test_a_backup_is_for_its_owner_and_leaves_nothing_beside_it(database_url: str, tmp_path: Path):
    backup_of(database_url, tmp_path / "backup.zip")

    assert [file.name for file in tmp_path.iterdir()] == ["backup.zip"]
    assert stat.S_IMODE((tmp_path / "backup.zip").stat().st_mode) == 0o600


def test_a_file_that_is_there_is_replaced_only_when_that_is_said(engine: Engine, tmp_path: Path):
    path = tmp_path / "backup.zip"
    path.write_bytes(b"precious")
    with pytest.raises(Refused, match="is there already"):
        back_up(engine, path, silent)
    assert path.read_bytes() == b"precious"

    back_up(engine, path, silent, replace=True)
    check(path)


def test_a_folder_that_is_not_there_is_said(engine: Engine, tmp_path: Path):
    with pytest.raises(Refused, match="can't be written: No such file"):
        back_up(engine, tmp_path / "no" / "backup.zip", silent)


def test_a_partial_file_that_a_killed_backup_left_is_written_anew(
    database_url: str, tmp_path: Path
):
    (tmp_path / "backup.zip.partial").write_bytes(b"x" * 10_000_000)

    backup_of(database_url, tmp_path / "backup.zip")

    check(tmp_path / "backup.zip")


def test_a_full_disk_leaves_no_file_and_says_so(engine: Engine, database_url: str, tmp_path: Path):
    with transaction(engine) as session:
        # What can't be compressed: the file is larger than what may be written.
        kept: dict[str, Any] = {
            "actor": "a",
            "path": "/",
            "key": "k",
            "fingerprint": "",
            "created_at": now(),
        }
        session.add(IdempotencyKey(**kept, body=os.urandom(200_000).hex()))

    def limit() -> None:
        # SQLite's own files are smaller, or there already.
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    command = [sys.executable, "-m", "portfolio", "backup", str(tmp_path / "backup.zip")]
    environment = {**os.environ, "PORTFOLIO_DATABASE_URL": database_url, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(  # noqa: S603
        command, env=environment, preexec_fn=limit, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "can't be written: File too large. No backup was taken." in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_database_whose_chain_is_broken_gives_no_backup(
    client: TestClient, keys: Keys, engine: Engine, tmp_path: Path
):
    put_municipality(client, keys["admin"])
    with transaction(engine) as session:
        session.execute(text("UPDATE event_chain SET last_id = last_id + 1"))

    with pytest.raises(Refused, match=r"chain of events breaks .* run portfolio doctor"):
        back_up(engine, tmp_path / "backup.zip", silent)
    assert list(tmp_path.iterdir()) == []


def test_a_restore_that_reads_back_otherwise_changes_nothing(
    whole: bytes, tmp_path: Path, database_factory: DatabaseFactory
):
    # A number that is written in another way than the database gives it back.
    path = tmp_path / "other.zip"
    path.write_bytes(whole)
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("tables/setting.jsonl")
    path = rewritten(whole, path, {"tables/setting.jsonl": lines.replace(b"[", b"[ ", 1)})
    with empty_database(database_factory) as target:
        with pytest.raises(Refused, match="setting does not read back"):
            restore_into(target, path)
        assert count(target, "body") == 2

"""A disk without room for temporary files: 503 in words, and nothing kept of what did not fit."""

import errno
import gc
import os
import shutil

import pytest

from portfolio.exports import writer_child
from tests.events.calls import upload
from tests.exports.places import SCHEME

TABLE = "/v1/gate-status?format=xlsx"


def refuse_room(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/export-1")


def assert_told(answer):
    assert answer.status_code == 503, answer.text
    assert answer.json()["type"] == "/problems/unavailable"
    assert "no room left for files" in answer.json()["detail"]
    assert "somewhere" not in answer.text
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("fault", "path"),
    [
        ("tempfile.mkdtemp", SCHEME),
        ("shapely.to_wkb", SCHEME),
        ("xlsxwriter.workbook.ZipFile", TABLE),
        ("xlsxwriter.worksheet.Worksheet._write_single_row", TABLE),
    ],
)
def test_an_export_without_room_is_503_and_takes_no_place_from_the_next(
    client, municipality, monkeypatch, tmp_path, fault, path
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(fault, refuse_room)
        for _ in range(3):
            assert_told(client.get(path, headers=municipality))
        gc.collect()

    assert os.listdir(tmp_path) == []
    assert client.get(path, headers=municipality).status_code == 200


def test_an_export_whose_child_found_no_room_is_503(client, municipality, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=4096)
    with monkeypatch.context() as patched:
        patched.setattr(writer_child, "REQUEST", "elsewhere.json")
        patched.setattr("shutil.disk_usage", lambda _: usage)
        assert_told(client.get(SCHEME))

    assert client.get(SCHEME).status_code == 200


def test_an_upload_without_room_is_503_and_not_taken_for_a_fault_of_the_body(
    client, municipality, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr("tempfile.SpooledTemporaryFile.write", refuse_room)
        assert_told(upload(client, municipality, "A", scheme="grid"))

    assert upload(client, municipality, "A", scheme="grid").status_code == 201

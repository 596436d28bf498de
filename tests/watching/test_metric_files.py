"""Counting must not cost anybody their request: not on a full disk, and not after many deaths."""

import errno
import os
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict

from portfolio.watching import metric_files
from portfolio.watching.metric_files import FIRST_BYTES, PREFIX, MetricFile, folder_of_metrics

KEYS = [f"{number:04d}" * 50 for number in range(1_000)]


def written(path: Path) -> dict[str, float]:
    """As whoever answers Prometheus reads it."""
    values = MmapedDict.read_all_values_from_file(str(path))
    return {key: value for key, value, *_ in values}


def has_its_room(path: Path) -> bool:
    status = path.stat()
    return status.st_blocks * 512 >= status.st_size >= FIRST_BYTES


def count(file: MetricFile, keys: list[str], value: float) -> None:
    for key in keys:
        file.read_value(key)
        file.write_value(key, value, 0.0)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Has no room until this is undone; half of what is written fits first, as on a real one."""
    pwrite = os.pwrite

    def refuse(file: int, data: bytes, start: int) -> int:
        if not pwrite(file, data[: len(data) // 2], start):
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(data) // 2

    monkeypatch.setattr(os, "pwrite", refuse)
    return monkeypatch


def test_a_file_has_all_its_room_before_it_is_mapped_and_whenever_it_grows(tmp_path):
    path = tmp_path / "counter_1.db"
    file = MetricFile(str(path))
    assert has_its_room(path)
    count(file, KEYS, 2.0)

    assert path.stat().st_size > FIRST_BYTES
    assert has_its_room(path)
    assert written(path) == dict.fromkeys(KEYS, 2.0)
    file.close()


def test_what_has_no_room_harms_nobody_and_is_there_as_soon_as_there_is_some(tmp_path, disk):
    path = tmp_path / "counter_1.db"
    file = MetricFile(str(path))
    count(file, KEYS[:10], 2.0)
    assert list(tmp_path.iterdir()) == []

    disk.undo()
    count(file, KEYS[:10], 3.0)
    assert written(path) == dict.fromkeys(KEYS[:10], 3.0)
    file.close()


def test_a_file_that_cannot_grow_keeps_what_it_has_and_counts_it_on(tmp_path, monkeypatch):
    path = tmp_path / "counter_1.db"
    file = MetricFile(str(path))
    count(file, KEYS[:10], 2.0)
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", lambda *_: 1)
        count(file, KEYS, 3.0)
        kept = written(path)
        assert KEYS[0] in kept
        assert 10 < len(kept) < len(KEYS)
        assert set(kept.values()) == {3.0}
        assert path.stat().st_size == FIRST_BYTES

    count(file, KEYS, 4.0)
    assert written(path) == dict.fromkeys(KEYS, 4.0)
    file.close()


def test_a_folder_is_in_memory_where_there_is_such_a_place(tmp_path, monkeypatch):
    memory, temporary = tmp_path / "memory", tmp_path / "temporary"
    memory.mkdir()
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setattr(metric_files, "IN_MEMORY", memory)
    with folder_of_metrics() as folder:
        assert Path(folder).parent == memory
    monkeypatch.setattr(metric_files, "IN_MEMORY", tmp_path / "none")
    with folder_of_metrics() as folder:
        assert Path(folder).parent == temporary

    assert not list(tmp_path.glob(f"*/{PREFIX}*"))


def test_a_folder_of_a_killed_server_goes_and_that_of_a_living_one_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(metric_files, "IN_MEMORY", tmp_path)
    monkeypatch.setattr(metric_files, "NEW_SECONDS", -1)
    left = tmp_path / f"{PREFIX}1-left"
    left.mkdir()
    (left / "counter_2.db").touch()
    with folder_of_metrics() as first, folder_of_metrics() as second:
        assert sorted(map(str, tmp_path.iterdir())) == sorted([first, second])

    assert list(tmp_path.iterdir()) == []

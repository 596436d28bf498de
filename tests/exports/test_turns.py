"""How many files are written at once, and what is left when one can't be written."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.exports import service, writer_child, writer_process
from portfolio.exports.kept import Finished, KeptFiles
from portfolio.exports.writer_process import turn
from portfolio.maps.area_layer import area_layer
from portfolio.reports.temporary import spooled
from tests.exports.places import PORTFOLIO, PROGRAM, SCHEME
from tests.scenario import put_program

TABLE = f"{PORTFOLIO.partition('?')[0]}?format=csv"
# Of each answer its own.
NEW = {"x-request-id": "-", "date": "-"}


class Blocked:
    """Writers that start and then wait until they may go on."""

    def __init__(self, monkeypatch):
        self.started, self._may_go_on = threading.Semaphore(0), threading.Event()
        run = writer_process._run

        def wait_and_run(folder):
            self.started.release()
            assert self._may_go_on.wait(30)
            run(folder)

        monkeypatch.setattr(writer_process, "_run", wait_and_run)

    def await_start(self):
        assert self.started.acquire(timeout=30)

    def release(self):
        self._may_go_on.set()


def test_two_files_are_written_at_once_and_more_are_refused_before_anything_is_read(
    client, municipality, monkeypatch
):
    blocked = Blocked(monkeypatch)
    read: list[str] = []

    def counted(session, scheme, on):
        read.append(scheme.code)
        return area_layer(session, scheme, on)

    monkeypatch.setattr(service, "area_layer", counted)
    with ThreadPoolExecutor(2) as threads:
        try:
            public = threads.submit(client.get, SCHEME)
            blocked.await_start()
            # Those without a key have one place, however many they are.
            refused = [client.get(path) for path in (SCHEME, PROGRAM, TABLE)]
            keyed = threads.submit(client.get, PORTFOLIO, headers=municipality)
            blocked.await_start()
            refused += [client.get(path, headers=municipality) for path in (SCHEME, TABLE)]
        finally:
            blocked.release()
        written = [one.result() for one in (public, keyed)]

    assert [answer.status_code for answer in written] == [200, 200]
    assert [answer.status_code for answer in refused] == [429] * 5
    assert refused[0].json()["type"] == "/problems/rate-limited"
    assert int(refused[0].headers["retry-after"]) > 0
    assert read == ["grid", "grid"]
    assert client.get(SCHEME).status_code == 200


def test_the_public_is_given_the_same_file_until_something_happens(
    client, municipality, monkeypatch
):
    first = client.get(TABLE)
    with monkeypatch.context() as patched, turn(is_public=True):
        patched.setattr(service, "every_feature", None)
        again = [client.get(TABLE) for _ in range(2)]
        known = client.get(TABLE, headers={"If-None-Match": first.headers["etag"]})
        others = (
            client.get(TABLE.replace("csv", "geojson")),
            client.get(TABLE, headers={"Accept-Language": "en"}),
            client.get(f"{TABLE}&layer=programs"),
        )
    assert first.status_code == 200
    assert [(one.content, dict(one.headers) | NEW) for one in again] == [
        (first.content, dict(first.headers) | NEW)
    ] * 2
    assert (known.status_code, known.content) == (304, b"")
    assert [one.status_code for one in others] == [429, 429, 429]

    # What a key shows is not kept, and what has happened since is seen at once.
    put_program(client, municipality, code="nytt", name="Nytt", published=True)
    with turn(is_public=True):
        assert client.get(TABLE).status_code == 429
    with turn(is_public=False), turn(is_public=False):
        assert client.get(TABLE, headers=municipality).status_code == 429


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.binary(max_size=12)), max_size=20))
def test_few_files_are_kept_and_each_is_read_for_itself(asked):
    kept = KeptFiles(most_files=3, most_bytes=20)
    for name, content in asked:
        kept.keep(name, finished := Finished.of(spooled([content], "t-")))
        finished.file.close()
        found = [one for one in map(kept.find, "abcde") if one is not None]
        again = [one for one in map(kept.find, "abcde") if one is not None]
        assert len(found) <= 3
        assert sum(one.size for one in found) <= 20
        for one, other in zip(found, again, strict=True):
            with one.file, other.file:
                assert b"".join(one.chunks()) == b"".join(other.chunks())
    kept.clear()


@pytest.mark.parametrize("fault", ["tempfile.mkdtemp", "shapely.to_wkb", "subprocess.Popen"])
def test_a_failure_takes_no_place_from_the_next_export(client, municipality, monkeypatch, fault):
    def fail(*_, **__):
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(fault, fail)
        assert [client.get(SCHEME).status_code for _ in range(3)] == [500, 500, 500]

    assert client.get(SCHEME).status_code == 200


def test_a_folder_that_cannot_be_removed_takes_neither_the_file_nor_a_place(
    client, municipality, monkeypatch, tmp_path, caplog
):
    def fail(*_, **__):
        raise OSError("Input/output error")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", fail)
        answers = [client.get(SCHEME, headers=municipality) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 200]

    assert caplog.text.count("a folder could not be removed") == 3
    assert client.get(SCHEME, headers=municipality).status_code == 200


@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_a_file_that_the_caller_has_is_not_sent_again(client, municipality, form):
    first = client.get(SCHEME)
    known = {"If-None-Match": form.format(tag=first.headers["etag"])}

    again = client.get(SCHEME, headers=known)

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-length" not in again.headers


@pytest.mark.parametrize("known", ['"other"', "no tag", '""', "W/", "\xff", '"' * 5000])
def test_a_file_that_the_caller_does_not_have_is_sent(client, municipality, known):
    answer = client.get(SCHEME, headers=[(b"if-none-match", known.encode("latin-1"))])

    assert answer.status_code == 200
    assert answer.content


def test_a_file_that_has_changed_since_is_sent(client, municipality):
    first = client.get(PORTFOLIO)
    put_program(client, municipality, code="nytt", name="Nytt", published=True)

    again = client.get(PORTFOLIO, headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 200
    assert again.headers["etag"] != first.headers["etag"]


def test_a_writer_that_fails_or_hangs_leaves_nothing_behind(
    client, municipality, monkeypatch, tmp_path
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert client.get(SCHEME, headers=municipality).status_code == 200
    assert list(tmp_path.iterdir()) == []

    monkeypatch.setattr(writer_process, "SECONDS", 0.01)
    assert client.get(SCHEME, headers=municipality).status_code == 429
    assert list(tmp_path.iterdir()) == []

    monkeypatch.setattr(writer_process, "SECONDS", 60)
    monkeypatch.setattr(writer_child, "REQUEST", "elsewhere.json")
    assert client.get(SCHEME, headers=municipality).status_code == 500
    assert list(tmp_path.iterdir()) == []

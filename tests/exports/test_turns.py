"""How many files are written at once, and what is left when one can't be written."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from portfolio.exports import service, writer_child, writer_process
from portfolio.maps.area_layer import area_layer
from tests.exports.places import PORTFOLIO, PROGRAM, SCHEME
from tests.scenario import put_program


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


def test_two_files_are_written_at_once_and_a_third_is_refused_before_anything_is_read(
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
            two = [threads.submit(client.get, path) for path in (SCHEME, PORTFOLIO)]
            for _ in two:
                blocked.await_start()
            refused = [client.get(path) for path in (SCHEME, PROGRAM, PORTFOLIO)]
        finally:
            blocked.release()
        written = [one.result() for one in two]

    assert [answer.status_code for answer in written] == [200, 200]
    assert [answer.status_code for answer in refused] == [429, 429, 429]
    assert refused[0].json()["type"] == "/problems/rate-limited"
    assert int(refused[0].headers["retry-after"]) > 0
    assert read == ["grid", "grid"]
    assert client.get(SCHEME).status_code == 200


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
        assert [client.get(SCHEME).status_code for _ in range(3)] == [200, 200, 200]

    assert caplog.text.count("a folder could not be removed") == 3
    assert client.get(SCHEME).status_code == 200


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
    assert client.get(SCHEME).status_code == 200
    assert list(tmp_path.iterdir()) == []

    monkeypatch.setattr(writer_process, "SECONDS", 0.01)
    assert client.get(SCHEME).status_code == 429
    assert list(tmp_path.iterdir()) == []

    monkeypatch.setattr(writer_process, "SECONDS", 60)
    monkeypatch.setattr(writer_child, "REQUEST", "elsewhere.json")
    assert client.get(SCHEME).status_code == 500
    assert list(tmp_path.iterdir()) == []

"""How many papers are set at once, and what is left when one can't be set."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portfolio.errors import TooManyAtOnce
from portfolio.papers import typesetter, typesetter_child
from portfolio.papers.typesetter import Paper, set_paper
from tests.papers.places import GATE_PAPER, PLAN


def test_two_papers_are_set_at_once_and_a_third_is_refused_with_429(
    client, municipality, monkeypatch
):
    started, may_go_on = threading.Semaphore(0), threading.Event()
    run = typesetter._run

    def wait_and_run(folder):
        started.release()
        assert may_go_on.wait(30)
        run(folder)

    monkeypatch.setattr(typesetter, "_run", wait_and_run)
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(set_paper, _a_paper) for _ in range(2)]
        for _ in running:
            assert started.acquire(timeout=30)
        refused = client.get(PLAN, headers=municipality)
        may_go_on.set()
        assert all(one.result().startswith(b"%PDF-") for one in running)

    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "10"
    assert client.get(PLAN, headers=municipality).status_code == 200


def _a_paper():
    return Paper("empty.typ", {"language": "sv"})


@pytest.fixture(autouse=True)
def templates(tmp_path_factory, monkeypatch):
    """The real templates, and two that say nothing and never end."""
    folder = tmp_path_factory.mktemp("templates")
    for template in typesetter.TEMPLATES.glob("*.typ"):
        (folder / template.name).write_bytes(template.read_bytes())
    document = '#set document(title: "Tom", date: none)\nTom\n'
    (folder / "empty.typ").write_text(document, "utf-8")
    (folder / "outside.typ").write_text(document + '#read("/../../outside")', "utf-8")
    (folder / "package.typ").write_text('#import "@preview/cetz:0.3.0": *', "utf-8")
    endless = "#let a = range(3000)\n#for x in a { for y in a { for z in a { let b = x } } }"
    (folder / "endless.typ").write_text(document + endless, "utf-8")
    monkeypatch.setattr(typesetter, "TEMPLATES", folder)
    return folder


def test_a_paper_that_takes_too_long_is_given_up_and_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(typesetter, "SECONDS", 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with pytest.raises(TooManyAtOnce):
        set_paper(lambda: Paper("endless.typ", {"language": "sv"}))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("template", ["outside.typ", "package.typ"])
def test_a_template_reads_nothing_outside_its_folder_and_fetches_nothing(template):
    with pytest.raises(RuntimeError):
        set_paper(lambda: Paper(template, {"language": "sv"}))


def test_a_failure_tells_the_client_nothing_of_the_inside(client, municipality, templates):
    (templates / "gate_paper.typ").write_text("#panic(42)", "utf-8")

    answer = client.get(GATE_PAPER, headers=municipality)
    assert answer.status_code == 500
    assert "panic" not in answer.text


def test_the_server_itself_does_not_load_the_typesetter():
    source = Path(typesetter.__file__).read_text("utf-8")

    assert "import typst" not in source
    assert "import typst" in Path(typesetter_child.__file__).read_text("utf-8")

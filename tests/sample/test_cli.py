import pytest
from typer.testing import CliRunner

from portfolio.cli.main import app


@pytest.fixture
def run(database_url, monkeypatch):
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", database_url)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_it_prints_how_many_of_each_and_the_address_it_was_given(run):
    done = run("sample", "load", "--url", "http://127.0.0.1:8123")

    assert done.exit_code == 0, done.stderr
    assert {"91\tareas", "14\tinvestments", "4\tdepartments"} <= set(done.stdout.splitlines())
    assert "curl -sS http://127.0.0.1:8123/v1/programs/lindangen/board" in done.stdout


def test_started_again_it_says_that_the_sample_is_there_and_shows_no_key(run):
    run("sample", "load")

    again = run("sample", "load")

    assert again.exit_code == 0
    assert "there already" in again.stderr
    assert again.stdout == ""

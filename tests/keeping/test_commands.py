from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from portfolio.events.rules import Break
from tests.databases import DatabaseFactory
from tests.keeping.keeping import backup_of, count, empty_database, new_key
from tests.scenario import Headers, put_municipality
from tests.web.test_command_line import portfolio

Keys = dict[str, Headers]


def test_a_backup_says_what_it_holds_and_is_whole_without_any_database(
    client: TestClient, keys: Keys, database_url: str, tmp_path: Path
):
    put_municipality(client, keys["admin"])
    file = str(tmp_path / "backup.zip")

    taken = portfolio(tmp_path, "backup", file, PORTFOLIO_DATABASE_URL=database_url)
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    for command in ("backup", "restore"):
        checked = portfolio(tmp_path, command, "--check", file, PORTFOLIO_DATABASE_URL=nowhere)
        assert checked.exit_code == 0, checked.output
        assert "The backup is whole." in checked.stdout
        assert "tables" in checked.stdout

    assert taken.exit_code == 0, taken.output
    assert "events; schema" in taken.stdout
    assert taken.stderr == ""


def test_a_damaged_backup_ends_with_one_sentence_and_1(database_url: str, tmp_path: Path):
    backup_of(database_url, tmp_path / "backup.zip")
    content = bytearray((tmp_path / "backup.zip").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "backup.zip").write_bytes(content)
    for arguments in (["backup", "--check"], ["restore", "--check"], ["restore", "--yes"]):
        done = portfolio(
            tmp_path,
            *arguments,
            str(tmp_path / "backup.zip"),
            PORTFOLIO_DATABASE_URL=database_url,
            LC_ALL="sv_SE.UTF-8",
        )
        assert done.exit_code == 1
        assert done.stderr.startswith("Säkerhetskopian är skadad: innehållet stämmer inte")
        assert done.stdout == ""


def test_a_restore_needs_an_empty_database_and_leaves_another_as_it_is(
    client: TestClient,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    put_municipality(client, keys["admin"])
    file = str(tmp_path / "backup.zip")
    today = backup_of(database_url, Path(file)).made_at[:10]

    refused = portfolio(tmp_path, "restore", file, "--yes", PORTFOLIO_DATABASE_URL=database_url)
    with empty_database(database_factory) as target:
        new_key(target)
        alone = portfolio(tmp_path, "restore", file, PORTFOLIO_DATABASE_URL=target)
        assert count(target, "program") == 0
        done = portfolio(tmp_path, "restore", file, "--yes", PORTFOLIO_DATABASE_URL=target)
        assert count(target, "program") == 1, done.output

    assert refused.exit_code == 1
    assert "The database is not empty: it has rows in event (" in refused.stderr
    assert count(database_url, "program") == 1
    assert alone.exit_code == 2
    assert "nobody to ask here; add --yes" in alone.stderr
    assert done.exit_code == 0, done.output
    assert "Keys that were in the database already and are still in force: 1." in done.stdout
    assert f"Keys that are in force again as of {today}: {len(keys)}. Revoke those" in done.stdout


def test_a_chain_that_does_not_hold_after_a_restore_is_told_in_the_readers_language(
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    backup_of(database_url, tmp_path / "backup.zip")
    broken = Break(3, "is altered")
    monkeypatch.setattr("portfolio.cli.keeping.verify", lambda _: (3, broken))
    command = ("restore", str(tmp_path / "backup.zip"), "--yes")
    for locale, said in (("sv_SE.UTF-8", "är bruten vid händelse 3"), ("C", "breaks at event 3")):
        with empty_database(database_factory) as target:
            done = portfolio(tmp_path, *command, PORTFOLIO_DATABASE_URL=target, LC_ALL=locale)
        assert done.exit_code == 1
        assert said in done.stderr


@pytest.mark.parametrize("answer", ["y", "n"])
def test_at_a_terminal_a_restore_asks_first(
    client: TestClient,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
):
    put_municipality(client, keys["admin"])
    backup_of(database_url, tmp_path / "backup.zip")
    monkeypatch.setattr("portfolio.cli.keeping._is_interactive", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: answer == "y")
    with empty_database(database_factory) as target:
        done = portfolio(
            tmp_path, "restore", str(tmp_path / "backup.zip"), PORTFOLIO_DATABASE_URL=target
        )
        assert count(target, "program") == (1 if answer == "y" else 0)

    assert done.exit_code == (0 if answer == "y" else 1)

"""The command line: exit codes, what goes to stdout, and that it works from any folder."""

import re
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import typer
from sqlalchemy import Engine, text
from typer.core import TyperGroup
from typer.testing import CliRunner, Result

from portfolio.cli.main import app
from portfolio.clock import Act, now
from portfolio.database.engine import make_engine, transaction
from portfolio.events.service import record


def portfolio(folder: Path, *arguments: str, **environment: str) -> Result:
    """The command, in this process, with `folder` as its working folder."""
    engines: list[Engine] = []

    def remembered(url: str, **options: Any) -> Engine:
        engines.append(make_engine(url, **options))
        return engines[-1]

    settings = {"LC_ALL": "C.UTF-8", **environment}
    with chdir(folder), patch("portfolio.cli.common.make_engine", remembered):
        done = CliRunner().invoke(app, list(arguments), env=settings, prog_name="portfolio")
    for engine in engines:
        # A process of its own would have ended, and its connections with it.
        engine.dispose()
    return done


def commands(command: Any, name: str = "portfolio") -> list[tuple[str, Any]]:
    if not isinstance(command, TyperGroup):
        return [(name, command)]
    return [
        found for sub, one in command.commands.items() for found in commands(one, f"{name} {sub}")
    ]


ALL = commands(typer.main.get_command(app))


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_the_help_of_every_command_shows_an_example(name: str, command: Any):
    assert command.help is not None
    assert f"Example: {name}" in command.help


def test_the_commands_are_those_of_the_contract():
    names = {name.removeprefix("portfolio ") for name, _ in ALL}

    assert names >= {
        "migrate",
        "serve",
        "sample load",
        "keys create",
        "keys list",
        "keys revoke",
        "areas import",
        "gate-status",
        "openapi",
        "events verify",
        "doctor",
    }


def test_keys_create_prints_the_token_alone_and_the_key_works(tmp_path, database_url):
    here = {"PORTFOLIO_DATABASE_URL": database_url}

    made = portfolio(tmp_path, "keys", "create", "--role", "admin", "--name", "Ansvarig", **here)
    listed = portfolio(tmp_path, "keys", "list", **here)
    revoked = portfolio(tmp_path, "keys", "revoke", "1", **here)
    again = portfolio(tmp_path, "keys", "revoke", "1", **here)

    assert (made.exit_code, made.stderr) == (0, "")
    assert made.stdout.startswith("pf_")
    assert len(made.stdout.split()) == 1
    assert listed.stdout == "1\tadmin\tAnsvarig\t-\tall\tnot used\tin force\n"
    assert made.stdout.strip() not in listed.stdout
    assert (revoked.exit_code, again.exit_code) == (0, 1)
    assert again.stderr == "Key 1 is revoked already.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["keys", "create", "--role", "king", "--name", "x"],
        ["keys", "create", "--role", "public", "--name", "x"],
        ["keys", "create", "--role", "department", "--name", "x"],
        ["keys", "create", "--role", "viewer", "--name", "x", "--department", "FGK"],
        ["keys", "create", "--role", "viewer", "--name", " "],
        ["keys", "create"],
        ["keys", "revoke", "x"],
        ["gate-status", "--as-of", "2026-02-30"],
        ["gate-status", "--format", "pdf"],
        ["serve", "--port", "0"],
        ["no-such-command"],
        ["migrate", "--no-such-option"],
    ],
)
def test_wrong_usage_ends_with_2_and_says_so_on_stderr(tmp_path, database_url, arguments):
    done = portfolio(tmp_path, *arguments, PORTFOLIO_DATABASE_URL=database_url)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "Error" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve"],
        ["keys", "list"],
        ["gate-status"],
        ["events", "verify"],
        ["doctor"],
    ],
)
def test_a_database_that_is_not_migrated_is_refused_in_one_sentence(
    tmp_path, database_factory, arguments
):
    done = portfolio(tmp_path, *arguments, PORTFOLIO_DATABASE_URL=database_factory.new())

    assert (done.exit_code, done.stdout) == (1, "")
    assert re.fullmatch(r"[^\n]+; run portfolio migrate, or [^\n]+\.\n", done.stderr)


def test_the_installed_command_is_a_process_with_an_exit_code(tmp_path):
    command = [str(Path(sys.executable).with_name("portfolio")), "keys", "revoke", "1"]

    done = subprocess.run(  # noqa: S603
        command, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert "run portfolio migrate" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_command_works_in_an_empty_folder_of_any_name(tmp_path):
    folder = tmp_path / "Åäö med mellanslag"
    folder.mkdir()

    migrated = portfolio(folder, "migrate")
    verified = portfolio(folder, "events", "verify")
    status = portfolio(folder, "gate-status")
    checked = portfolio(folder, "doctor")
    described = portfolio(folder, "openapi", "here.json")

    done = (migrated, verified, status, checked, described)
    assert [one.exit_code for one in done] == [0, 0, 0, 0, 0], [one.stderr for one in done]
    assert migrated.stdout == ""
    assert verified.stdout == "0 events, the chain is whole.\n"
    assert checked.stdout == "All invariants hold.\n"
    assert {path.name for path in folder.iterdir()} >= {"portfolio.sqlite", "here.json"}


@pytest.mark.parametrize("in_file", [False, True])
def test_a_misspelt_setting_is_refused_with_exit_code_1(tmp_path, in_file):
    if in_file:
        (tmp_path / ".env").write_text("PORTFOLIO_DATABASE_URI=sqlite://\n")
        done = portfolio(tmp_path, "migrate")
    else:
        done = portfolio(tmp_path, "migrate", PORTFOLIO_DATABASE_URI="sqlite://")

    assert (done.exit_code, done.stdout) == (1, "")
    assert "PORTFOLIO_DATABASE_URI" in done.stderr
    assert "Did you mean PORTFOLIO_DATABASE_URL?" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://x/y", "sqlite:////no/such/folder/db.sqlite", "oracle://x"]
)
def test_a_database_that_can_not_be_used_is_refused_in_one_sentence(tmp_path, url):
    done = portfolio(tmp_path, "keys", "list", PORTFOLIO_DATABASE_URL=url)

    assert (done.exit_code, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


def test_events_verify_says_where_the_chain_breaks(tmp_path, database_url):
    engine = make_engine(database_url)
    for number in range(3):
        with transaction(engine) as session:
            record(session, Act("test", now()), "thing.made", f"/v1/things/{number}")
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER event_no_update"))
        else:
            connection.execute(text("ALTER TABLE event DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE event SET actor = 'x' WHERE id = 2"))
    engine.dispose()

    done = portfolio(tmp_path, "events", "verify", PORTFOLIO_DATABASE_URL=database_url)

    assert done.exit_code == 1
    assert "event 2" in done.stdout + done.stderr

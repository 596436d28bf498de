from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from portfolio.cli.common import act
from portfolio.clock import Act, now
from portfolio.database.engine import transaction
from portfolio.errors import Refused
from portfolio.events.service import record
from portfolio.keeping import moving
from portfolio.keeping.backups import back_up
from portfolio.keeping.manifest import Manifest
from portfolio.keeping.moving import move
from tests.databases import DatabaseFactory
from tests.keeping.keeping import (
    backup_of,
    count,
    empty_database,
    events_of,
    fill,
    hashes,
    opened,
    silent,
)
from tests.scenario import Headers, put_municipality
from tests.web.test_command_line import portfolio

Keys = dict[str, Headers]


def test_a_database_moves_to_another_engine_and_back_with_the_same_rows(
    client: TestClient,
    keys: Keys,
    engine: Engine,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    fill(client, keys["admin"])
    there = f"sqlite:///{tmp_path}/there.sqlite"
    first, _ = move(engine, there, act(engine), silent)
    back = database_factory.new()
    with opened(there) as source:
        second, _ = move(source, back, act(source), silent)
    again = backup_of(back, tmp_path / "again.zip")
    database_factory.drop(back)

    assert hashes(first) == hashes(second) == hashes(again)
    assert first.events == again.events
    assert first.events.length > 50


def test_a_move_from_a_database_that_is_written_to_moves_nothing(
    client: TestClient,
    keys: Keys,
    engine: Engine,
    database_factory: DatabaseFactory,
):
    put_municipality(client, keys["admin"])

    def written_to_after(*arguments: Any) -> Manifest:
        manifest: Manifest = taken(*arguments)
        with transaction(engine) as session:
            record(session, Act("somebody", now()), "test.changed", "/v1/test")
        return manifest

    taken = back_up
    with empty_database(database_factory) as target:
        with (
            patch.object(moving, "back_up", written_to_after),
            pytest.raises(Refused, match=r"changed during the move \(1 events.*Stop the server"),
        ):
            move(engine, target, act(engine), silent)
        assert count(target, "program") == 0
        assert events_of(target) == 0
        move(engine, target, act(engine), silent)
        assert count(target, "program") == 1


def test_a_move_to_a_database_that_is_not_empty_is_refused(
    client: TestClient,
    keys: Keys,
    engine: Engine,
    database_factory: DatabaseFactory,
):
    put_municipality(client, keys["admin"])
    with empty_database(database_factory) as target:
        move(engine, target, act(engine), silent)
        with pytest.raises(Refused, match=r"not empty: it has rows in event \(\d+\)"):
            move(engine, target, act(engine), silent)


@pytest.mark.parametrize("url", ["nonsense", "mysql://h/d", "nothing://h/d", ""])
def test_an_address_that_is_none_is_said(engine: Engine, url: str):
    with pytest.raises(Refused, match="is no address of a database"):
        move(engine, url, act(engine), silent)


def test_a_move_to_itself_is_refused(engine: Engine):
    with pytest.raises(Refused, match="names the same database"):
        move(engine, engine.url.render_as_string(hide_password=False), act(engine), silent)


def test_the_command_says_what_to_set_and_never_the_password(
    client: TestClient,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    put_municipality(client, keys["admin"])
    with empty_database(database_factory) as target:
        # Both engines let a word that they do not need pass.
        word = "hemligt"
        url = make_url(target)
        given = url.render_as_string(hide_password=False)
        if url.username:
            given = url.set(password=word).render_as_string(hide_password=False)
        done = portfolio(
            tmp_path, "move", "--to", given, "--yes", PORTFOLIO_DATABASE_URL=database_url
        )

    assert done.exit_code == 0, done.output
    assert f"Set PORTFOLIO_DATABASE_URL to {url.drivername}://" in done.stdout
    assert "the chain is whole" in done.stdout
    assert word not in done.output


def test_without_a_terminal_a_move_must_be_agreed_to(database_url: str, tmp_path: Path):
    done = portfolio(tmp_path, "move", "--to", "sqlite:///x", PORTFOLIO_DATABASE_URL=database_url)

    assert done.exit_code == 2
    assert "nobody to ask" in done.stderr

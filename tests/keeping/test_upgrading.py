from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from alembic import command
from fastapi.testclient import TestClient

from portfolio.database.engine import snapshot
from portfolio.database.migrations import alembic_config, newest_revision
from portfolio.errors import Refused
from portfolio.keeping import backups
from portfolio.keeping.manifest import Manifest
from portfolio.reports.doctor import find_faults
from portfolio.schema import metadata
from tests.databases import DatabaseFactory
from tests.keeping.keeping import (
    backup_of,
    empty_database,
    events_of,
    fill,
    hashes,
    opened,
    restore_into,
    rewritten,
    sqlite_at,
)
from tests.scenario import Headers

Keys = dict[str, Headers]
# Some that were given are those of rows that are gone.
LAST = {"investment": 999}


def tables_then(url: str) -> sa.MetaData:
    """Today's tables as they were at the revision of a database."""
    then = sa.MetaData()
    with opened(url) as engine:
        inspector = sa.inspect(engine)
        for table in metadata.sorted_tables:
            found = {column["name"] for column in inspector.get_columns(table.name)}
            columns = [column._copy() for column in table.columns if column.name in found]
            sa.Table(table.name, then, *columns)
    return then


def old_backup(url: str, path: Path, revision: str) -> Manifest:
    """What the program of that revision would have written."""
    command.downgrade(alembic_config(url), revision)
    with patch.object(backups, "metadata", tables_then(url)):
        return backup_of(url, path)


@pytest.mark.parametrize("revision", ["0005", "0006"])
def test_a_backup_of_an_older_schema_is_migrated_on_the_way_in(
    client: TestClient,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
    revision: str,
):
    fill(client, keys["admin"])
    now = backup_of(database_url, tmp_path / "now.zip")
    file = sqlite_at(tmp_path / "old.sqlite")
    restore_into(file, tmp_path / "now.zip")

    old = old_backup(file, tmp_path / "old.zip", revision)
    given = rewritten((tmp_path / "old.zip").read_bytes(), tmp_path / "given.zip", {}, numbers=LAST)
    with empty_database(database_factory) as target:
        restore_into(target, given)
        restored = backup_of(target, tmp_path / "restored.zip")
        assert events_of(target) == old.events.length
        with opened(target) as engine, snapshot(engine) as session:
            assert find_faults(session) == []

    assert old.revision == revision
    assert restored.revision == newest_revision()
    assert restored.events == now.events
    assert restored.numbers is not None
    assert restored.numbers["investment"] == LAST["investment"]
    same = {name for name, held in hashes(restored).items() if held == hashes(now)[name]}
    # What a key was used for is younger than the old schema.
    assert set(hashes(now)) - same <= {"api_key"}


def test_a_backup_that_does_not_hold_the_tables_of_its_schema_is_refused(
    client: TestClient,
    keys: Keys,
    database_url: str,
    database_factory: DatabaseFactory,
    tmp_path: Path,
):
    fewer = sa.MetaData()
    for table in metadata.sorted_tables:
        if table.name != "plan_line":
            table.to_metadata(fewer)
    with patch.object(backups, "metadata", fewer):
        backup_of(database_url, tmp_path / "fewer.zip")

    with (
        empty_database(database_factory) as target,
        pytest.raises(Refused, match="has other tables than the schema"),
    ):
        restore_into(target, tmp_path / "fewer.zip")

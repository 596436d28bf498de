"""The clock jumps a day ahead, a day back and home again, in the middle of a load."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, inspect, text
from sqlmodel import col, select

from portfolio.clock import now, rfc3339
from portfolio.database.engine import make_engine, snapshot
from portfolio.events.models import Event
from tests.faults.installation import Installation, installed

DAY = timedelta(days=1)
# Runs first in every process of the server.
PATCH = """
from datetime import UTC, datetime, timedelta
from pathlib import Path

from portfolio import clock

clock.now = lambda: datetime.now(UTC) + timedelta(seconds=float(Path("{offset}").read_text()))
"""
# Changes that were under way side by side may be recorded in another order than they came.
SIDE_BY_SIDE = timedelta(seconds=60)


class Clock:
    """What the server's processes take for the time; theirs alone.

    libfaketime would do, but half a second a request goes by in what it makes of waiting.
    """

    def __init__(self, folder: Path) -> None:
        self._offset = folder / "offset"
        self.set(timedelta(0))
        site = folder / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(PATCH.format(offset=self._offset))
        self.environment = {"PYTHONPATH": str(site)}

    def set(self, offset: timedelta) -> None:
        """Replaced whole, since it is read at every look at the clock."""
        new = self._offset.with_suffix(".new")
        new.write_text(str(offset.total_seconds()))
        new.replace(self._offset)


@pytest.fixture
def with_a_clock(engine_name: str, folder: Path) -> Iterator[tuple[Installation, Clock]]:
    clock = Clock(folder)
    with ExitStack() as stack:
        yield installed(stack, engine_name, folder, environment=clock.environment), clock


def backwards(engine: Engine) -> list[str]:
    """Tables with rows that were retracted before they were recorded."""
    found = []
    for name in inspect(engine).get_table_names():
        columns = {column["name"] for column in inspect(engine).get_columns(name)}
        for began, ended in (("recorded_at", "retracted_at"), ("recorded_at", "replaced_at")):
            if {began, ended} <= columns:
                with engine.connect() as connection:
                    query = text(f"SELECT count(*) FROM {name} WHERE {ended} < {began}")  # noqa: S608
                    if count := connection.execute(query).scalar_one():
                        found.append(f"{count} of {name}")
    return found


def latest_event(engine: Engine) -> tuple[datetime, list[str]]:
    """The newest time in the chain, and the events that are much older than one before them."""
    newest, late = datetime.min.replace(tzinfo=now().tzinfo), []
    with snapshot(engine) as session:
        for id, at in session.exec(select(Event.id, Event.at).order_by(col(Event.id))):
            if at + SIDE_BY_SIDE < newest:
                late.append(f"{id} at {rfc3339(at)} after {rfc3339(newest)}")
            newest = max(newest, at)
    return newest, late


def rows(client: httpx2.Client, **query: str) -> list[Any]:
    found: list[Any] = []
    path: str | None = "/v1/gate-status"
    asked: dict[str, str] | None = {"limit": "1000", **query}
    while path:
        page = client.get(path, params=asked)
        assert page.status_code == 200, page.text
        found, path, asked = found + page.json()["items"], page.json()["next"], None
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_m4_a_clock_that_jumps_leaves_the_order_of_what_was_known(
    with_a_clock: tuple[Installation, Clock], dice: random.Random
):
    installation, clock = with_a_clock
    engine = make_engine(installation.database_url)
    try:
        with installation.load(dice) as load:
            for offset in (DAY, -DAY, timedelta(0)):
                load.wait_for_more(20)
                clock.set(offset)
                load.wait_for_more(60)
                load.check(thoroughly=False)
            load.check(thoroughly=True)
        newest, late = latest_event(engine)
        assert newest > now() + timedelta(hours=20), "the clock did not jump"
        assert late == []
        assert backwards(engine) == []
    finally:
        engine.dispose()
    with httpx2.Client(
        base_url=installation.service.url, headers=installation.keys["r0"], timeout=60
    ) as client:
        assert rows(client, known_at=rfc3339(newest)) == rows(client)

"""Loading once, all of it or nothing."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from portfolio.areas.repository import find_editions, load_edition
from portfolio.clock import Act, now
from portfolio.database.base import Table
from portfolio.database.engine import snapshot, transaction
from portfolio.errors import NotFound, PortfolioError, Refused
from portfolio.events.models import Event
from portfolio.organisation.rules import Level
from portfolio.organisation.service import create_body
from portfolio.reports.doctor import find_faults
from portfolio.sample import loading
from portfolio.sample.content import SAMPLE_DATA, History, read_content
from portfolio.sample.history import live
from tests.scenario import put_scheme


def contents(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {
            table.name: sorted(repr(row) for row in connection.execute(table.select()))
            for table in Table.metadata.sorted_tables
        }


def test_loaded_again_nothing_changes(engine):
    first = loading.load_once(engine)
    before = contents(engine)

    again = loading.load_once(engine)

    assert first is not None
    assert again is None
    assert contents(engine) == before


def break_off(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Load up to the tenth investment, and no further."""
    lived: list[History] = []

    def live_nine(session: Session, act: Act, history: History) -> None:
        lived.append(history)
        if len(lived) == 10:
            raise KeyboardInterrupt
        live(session, act, history)

    with monkeypatch.context() as patch:
        patch.setattr(loading, "live", live_nine)
        with pytest.raises(KeyboardInterrupt):
            loading.load_once(engine)
    assert len(lived) == 10


def test_a_load_that_breaks_off_leaves_nothing_and_can_be_done_again(engine, monkeypatch):
    before = contents(engine)

    break_off(engine, monkeypatch)
    after = contents(engine)
    again = loading.load_once(engine)

    assert after == before
    assert again is not None
    with snapshot(engine) as session:
        assert find_faults(session) == []


def test_areas_of_a_load_that_broke_off_are_not_taken_for_those_of_the_next_edition(
    engine, monkeypatch
):
    break_off(engine, monkeypatch)
    codes = put_scheme(engine)

    with snapshot(engine) as session:
        (edition,) = find_editions(session)
        assert list(load_edition(session, edition).coverage.codes) == codes


def test_what_is_there_already_stays_and_the_sample_comes_beside_it(engine):
    with transaction(engine) as session:
        act = Act(actor="test", at=now())
        create_body(session, act, code="BN", name="Byggnadsnämnden", level=Level.COMMITTEE)

    loaded = loading.load_once(engine)

    assert loaded is not None
    with snapshot(engine) as session:
        assert session.exec(select(Event.actor).order_by(col(Event.id))).first() == "test"


def test_a_code_that_is_taken_is_named_and_nothing_is_loaded(engine):
    with transaction(engine) as session:
        act = Act(actor="test", at=now())
        create_body(session, act, code="TN", name="Trafiknämnden", level=Level.COMMITTEE)
    before = contents(engine)

    with pytest.raises(Refused) as refusal:
        loading.load_once(engine)

    assert "(TN)" in refusal.value.detail.sv
    assert "(TN)" in refusal.value.detail.en
    assert contents(engine) == before


def test_without_the_files_it_says_what_to_do(tmp_path: Path):
    with pytest.raises(NotFound) as refusal:
        read_content(tmp_path / "sample_data")

    assert isinstance(refusal.value, PortfolioError)
    assert "checkout of the source" in refusal.value.detail.en
    assert "utcheckning" in refusal.value.detail.sv


def test_the_forecast_of_the_files_is_in_whole_kronor():
    content = read_content(SAMPLE_DATA)
    plans = [visit.plan for history in content.histories for visit in history.visits if visit.plan]

    lines = [line for plan in plans for line in plan.lines("FGK")]

    assert {line["year"] for line in lines} <= set(range(2025, 2031))
    assert all(line["amount"] % 100 == 0 and line["amount"] > 0 for line in lines)
    assert {line["direction"].value for line in lines} == {"expense", "income"}

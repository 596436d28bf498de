"""A database of before money and steering, brought to the newest schema."""

from alembic import command
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.database.engine import make_engine, snapshot
from portfolio.database.migrations import alembic_config, migrate
from portfolio.reports.doctor import find_faults
from tests.gates.life import CODE, Keys, begin, pass_gate, walk
from tests.reports.booking import owning
from tests.scenario import decide, line, ok, put_investment, put_lines


def test_what_was_there_before_stands_as_its_decisions_say(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin(client, keys)
    ok(decide(client, admin, CODE, gate="need", outcome="stop"))
    for code in ("LATE", "GOING"):
        put_investment(client, admin, code=code, **owning(code))
        ok(put_lines(client, admin, code, line("100.00", price_level="2025")), 200)
    walk(client, admin, "benefits", "LATE")
    stop = {"gate": "benefits", "outcome": "stop", "decided_by": "street_committee"}
    ok(decide(client, admin, "LATE", **stop))
    pass_gate(client, admin, "need", "GOING")
    url = engine.url.render_as_string(False)
    engine.dispose()

    command.downgrade(alembic_config(url), "0002")
    migrate(url)

    upgraded = make_engine(url)
    with snapshot(upgraded) as session:
        assert find_faults(session) == []
    upgraded.dispose()

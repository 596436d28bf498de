"""`portfolio doctor`: whatever is altered behind the program's back is found and named."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.database.engine import snapshot
from portfolio.reports.doctor import find_faults
from tests import scenario
from tests.scenario import decide, line, ok, put_lines, submit

Keys = dict[str, dict[str, str]]
# Behind the program's back: neither foreign keys nor the triggers of append-only tables.
UNGUARDED = {
    "sqlite": (
        "PRAGMA foreign_keys=OFF",
        "DROP TRIGGER gate_decision_no_update",
        "DROP TRIGGER gate_decision_no_delete",
        "DROP TRIGGER decision_condition_no_delete",
    ),
    "postgresql": ("SET session_replication_role = replica",),
}


@pytest.fixture
def decided(client: TestClient, keys: Keys) -> int:
    """The number of a decision about LIN-01, which has forecast lines."""
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    ok(put_lines(client, admin, "LIN-01", line("1250000.00")), 200)
    submit(client, admin, "LIN-01")
    found: int = ok(decide(client, admin, "LIN-01", gate="need"))["id"]
    return found


def faults_after(engine: Engine, *statements: str) -> list[str]:
    connection = engine.raw_connection()
    try:
        for statement in (*UNGUARDED[engine.dialect.name], *statements):
            connection.cursor().execute(statement)
        connection.commit()
    finally:
        # Never again for others: its guards are down.
        connection.invalidate()
    with snapshot(engine) as session:
        return find_faults(session)


def test_nothing_is_found_where_nothing_was_altered(engine: Engine, decided: int):
    with snapshot(engine) as session:
        assert find_faults(session) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("reason = 'Annat'", "reason"),
        ("case_number = 'STK-1999-1'", "case_number"),
        ("decided_by = 'council'", "decided_by"),
        ("released_amount = 1", "released_amount"),
        ("decided_on = '2025-01-01'", "decided_on"),
    ],
)
def test_an_altered_decision_is_contradicted_by_its_event(
    engine: Engine, decided: int, change: str, named: str
):
    found = faults_after(engine, f"UPDATE gate_decision SET {change} WHERE id = {decided}")  # noqa: S608

    assert f"Decision {decided}: its event in the chain says otherwise about {named}." in found


def test_a_snapshot_with_a_new_hash_of_its_own_is_contradicted_too(engine: Engine, decided: int):
    # SHA-256 of two characters, {}.
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    found = faults_after(
        engine,
        f"UPDATE gate_decision SET snapshot = '{{}}', snapshot_sha256 = '{digest}'"  # noqa: S608
        f" WHERE id = {decided}",
    )

    assert (
        f"Decision {decided}: its event in the chain says otherwise about snapshot_sha256." in found
    )


def test_a_decision_that_was_removed_is_missed(engine: Engine, decided: int):
    found = faults_after(
        engine,
        f"DELETE FROM decision_condition WHERE decision_id = {decided}",  # noqa: S608
        f"DELETE FROM gate_decision WHERE id = {decided}",  # noqa: S608
    )

    assert f"Decision {decided} is in the chain of events, but not in its table." in found


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "UPDATE investment SET program_id = 4711",
            "investment.program_id names 4711, which program does not have.",
        ),
        (
            "UPDATE plan_line SET investment_id = 4711",
            "plan_line.investment_id names 4711, which investment does not have.",
        ),
        (
            "UPDATE assessment SET investment_id = 4711",
            "assessment.investment_id names 4711, which investment does not have.",
        ),
    ],
)
def test_what_points_at_nothing_is_named(
    engine: Engine, decided: int, statement: str, expected: str
):
    assert expected in faults_after(engine, statement)

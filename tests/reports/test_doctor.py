"""`portfolio doctor`: whatever is altered behind the program's back is found and named."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.database.engine import snapshot
from portfolio.reports.doctor import find_faults
from tests import scenario
from tests.scenario import decide, line, ok, put_lines, submit

Keys = dict[str, dict[str, str]]
FRAME = {
    "program": "lindangen",
    "year": 2027,
    "type": "capital",
    "amount": "90000000.00",
    "kind": "original",
    "decided_by": "council",
    "decided_on": "2026-06-17",
    "case_number": "STK-2026-310",
}
# Behind the program's back: neither foreign keys nor the triggers of append-only tables.
UNGUARDED = {
    "sqlite": (
        "PRAGMA foreign_keys=OFF",
        "DROP TRIGGER gate_decision_no_update",
        "DROP TRIGGER gate_decision_no_delete",
        "DROP TRIGGER decision_condition_no_delete",
        "DROP TRIGGER decision_condition_no_update",
        "DROP TRIGGER frame_no_update",
        "DROP TRIGGER event_no_update",
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
    ok(client.post("/v1/frames", json=FRAME, headers=admin))
    conditions = [{"text": "Hör brukarna.", "owner": "Gatukontoret", "due_on": "2027-01-31"}]
    made = ok(decide(client, admin, "LIN-01", gate="need", conditions=conditions))
    found: int = made["id"]
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


def event_of(engine: Engine) -> int:
    """The number of the decision's event."""
    with engine.connect() as connection:
        query = "SELECT id FROM event WHERE action = 'decision.pass'"
        number: int = connection.exec_driver_sql(query).scalar_one()
        return number


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
        ("outweighings = '[1]'", "outweighings"),
        ("recorded_at = '2025-01-01 00:00:00'", "recorded_at"),
    ],
)
def test_an_altered_decision_is_contradicted_by_its_event(
    engine: Engine, decided: int, change: str, named: str
):
    found = faults_after(engine, f"UPDATE gate_decision SET {change} WHERE id = {decided}")  # noqa: S608

    assert (
        f"Decision {decided}: event {event_of(engine)} in the chain says otherwise about {named}."
        in found
    )


def test_a_snapshot_with_a_new_hash_of_its_own_is_contradicted_too(engine: Engine, decided: int):
    # SHA-256 of two characters, {}.
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    found = faults_after(
        engine,
        f"UPDATE gate_decision SET snapshot = '{{}}', snapshot_sha256 = '{digest}'"  # noqa: S608
        f" WHERE id = {decided}",
    )

    assert (
        f"Decision {decided}: event {event_of(engine)} in the chain says otherwise about "
        "snapshot_sha256." in found
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


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE decision_condition SET text = 'Annat'", "says otherwise about conditions."),
        ("UPDATE frame SET amount = amount * 2", "says otherwise about amount."),
        ('UPDATE investment SET restricted = \'{"section": "x"}\'', "about restricted."),
        ("UPDATE program SET published = NOT published", "about published."),
        (
            "UPDATE plan_line SET recorded_at = '2027-01-01 00:00:00',"
            " retracted_at = '2026-01-01 00:00:00'",
            "rows were retracted before they were recorded.",
        ),
        ("UPDATE event SET after = NULL WHERE action = 'decision.pass'", "has been altered."),
        ("UPDATE event SET after = '{' WHERE action = 'decision.pass'", "has been altered."),
        ("UPDATE event SET after = '[]' WHERE action = 'decision.pass'", "has been altered."),
        ("DELETE FROM gate_template", "Not everything could be looked at of where investments"),
    ],
)
def test_what_was_entered_is_held_against_its_event(
    engine: Engine, decided: int, statement: str, expected: str
):
    assert any(expected in fault for fault in faults_after(engine, statement))

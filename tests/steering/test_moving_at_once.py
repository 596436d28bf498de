"""Many move money at once: what fits is moved, the rest is refused, nothing goes below zero."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine

from portfolio.access.rules import Role
from portfolio.database.engine import make_engine, transaction
from tests import scenario
from tests.scenario import ok
from tests.serving import forked_server, key_headers
from tests.steering.moving import (
    DECIDED,
    REALLOCATIONS,
    YEAR,
    allocate,
    amounts,
    check_ledger,
    grant,
    listed,
    pools,
    propose,
)
from tests.test_concurrency import at_once, statuses

MANY = 20


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def server(database_url: str, database: Engine) -> Iterator[Any]:
    """A client of a live server."""
    with transaction(database) as session:
        admin = key_headers(session, Role.ADMIN)
    with (
        forked_server(database_url) as url,
        httpx2.Client(base_url=url, headers=admin, timeout=60) as client,
    ):
        yield client


def put_investments(server: Any, *codes: str, **fields: str) -> None:
    for code in codes:
        scenario.put_investment(server, {}, code=code, **fields)


def move(giver: str, receiver: str, amount: str) -> dict[str, Any]:
    return {
        "giver": giver,
        "receiver": receiver,
        "year": YEAR,
        "type": "capital",
        "amount": amount,
        "reason": "Behövs där.",
    }


def test_s3_of_many_reallocations_that_together_overdraw_those_that_fit_are_executed(
    server: Any, database: Engine
):
    scenario.put_municipality(server, {}, steering="full")
    put_investments(server, "A", "B", "C")
    ok(grant(server, {}, "100.00", program="lindangen"))
    ok(allocate(server, {}, "A", "7.00", committed="0.50"))
    ok(allocate(server, {}, "B", "1.00"))

    def ask(client: httpx2.Client, number: int) -> httpx2.Response:
        return client.post(REALLOCATIONS, json=move("A", "BC"[number % 2], "1.00"))

    answers = at_once(server, ask, MANY)

    assert statuses(answers) == {201: 6, 409: MANY - 6}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {answer["type"] for answer in refused} == {"/problems/reallocation-refused"}
    found = amounts(server, {})
    assert found["A"] == "1.00"
    assert float(found["B"]) + float(found["C"]) == 7.0
    assert pools(server, {})["lindangen"] == ("100.00", "8.00", "92.00")
    assert {row["status"] for row in listed(server, {}, REALLOCATIONS)} == {"executed"}
    check_ledger(database)


def test_s5_of_many_allocations_that_together_overdraw_a_reserve_those_that_fit_are_made(
    server: Any, database: Engine
):
    scenario.put_municipality(server, {})
    codes = [f"N-{number}" for number in range(MANY)]
    put_investments(server, *codes)
    ok(grant(server, {}, "13.50", department="FGK"))

    def ask(client: httpx2.Client, number: int) -> httpx2.Response:
        body = {"investment": codes[number], "year": YEAR, "type": "capital", "amount": "1.00"}
        return client.post("/v1/allocations", json=body)

    answers = at_once(server, ask, MANY)

    assert statuses(answers) == {201: 13, 409: MANY - 13}
    assert pools(server, {})["FGK"] == ("13.50", "13.00", "0.50")
    check_ledger(database)


def test_s5_many_first_frames_of_one_pool_make_one_pool(server: Any, database: Engine):
    scenario.put_municipality(server, {})

    def ask(client: httpx2.Client, number: int) -> httpx2.Response:
        fields = {"department": "FGK", "kind": "supplementary", "case_number": f"STK-{number}"}
        return grant(client, {}, "1.00", **fields)  # type: ignore[arg-type]  # asks as a TestClient

    answers = at_once(server, ask, 8)

    assert statuses(answers) == {201: 8}
    assert pools(server, {})["FGK"] == ("8.00", "0.00", "8.00")
    check_ledger(database)


def test_s4_moves_in_opposite_directions_wait_for_each_other_and_are_all_executed(
    server: Any, database: Engine
):
    scenario.put_municipality(server, {})
    scenario.put_program(server, {}, code="other")
    for code, department, program in (
        ("A", "FGK", "lindangen"),
        ("B", "GFK", "lindangen"),
        ("C", "FGK", "other"),
        ("D", "GFK", "other"),
    ):
        put_investments(server, code, department=department, program=program)
    for department in ("FGK", "GFK"):
        ok(grant(server, {}, "100.00", department=department))
    ok(allocate(server, {}, "A", "10.00"))
    ok(allocate(server, {}, "D", "10.00"))
    paths = []
    for number in range(12):
        program, giver, receiver = ("lindangen", "A", "B") if number % 2 else ("other", "D", "C")
        path = f"/v1/programs/{program}/reallocations"
        id = ok(server.post(path, json=move(giver, receiver, "1.00")))["id"]
        for party in ("giver", "receiver"):
            department = giver if party == "giver" else receiver
            body = "street_committee" if department in "AC" else "school_committee"
            consent = {"party": party, "decided_by": body, **DECIDED}
            ok(server.post(f"{path}/{id}/consent", json=consent), 200)
        paths.append(f"{path}/{id}/approve")

    answers = at_once(
        server,
        lambda client, n: client.post(paths[n], json={"decided_by": "council", **DECIDED}),
        len(paths),
    )

    assert statuses(answers) == {200: 12}
    assert {answer.json()["status"] for answer in answers} == {"executed"}
    assert amounts(server, {}) == {"A": "4.00", "B": "6.00", "C": "6.00", "D": "4.00"}
    assert pools(server, {}) == {
        "FGK": ("100.00", "10.00", "90.00"),
        "GFK": ("100.00", "10.00", "90.00"),
    }
    check_ledger(database)


def test_s6_a_change_of_steering_and_moves_at_once_leave_the_ledger_in_balance(
    server: Any, database: Engine
):
    scenario.put_municipality(server, {}, steering="full")
    put_investments(server, "A", "B")
    ok(grant(server, {}, "100.00", program="lindangen"))
    ok(allocate(server, {}, "A", "50.00"))
    steering = {
        "mode": "partial",
        "effective_on": "2026-07-01",
        "decided_by": "council",
        "decided_on": "2026-07-01",
        "case_number": "STK-2026-900",
        "reason": "Nämnderna tar över.",
    }

    def ask(client: httpx2.Client, number: int) -> httpx2.Response:
        if number == 3:
            return client.post("/v1/programs/lindangen/steering-decisions", json=steering)
        return propose(client, {}, amount="1.00")  # type: ignore[arg-type]  # asks as a TestClient

    answers = at_once(server, ask, 10)

    # Once the steering is partial a move waits for consents instead.
    assert statuses(answers) == {201: 10}
    moved = [row for row in listed(server, {}, REALLOCATIONS) if row["status"] == "executed"]
    assert {row["mode"] for row in moved} <= {"full"}
    rows = {row["investment"]: row for row in listed(server, {}, "/v1/allocations")}
    assert float(rows["A"]["amount"]) == 50 - len(moved)
    assert rows["A"]["pool"] == {"program": None, "department": "FGK"}
    check_ledger(database)

"""The board of a program: by gate and status, overdue holds, and what the public sees (G8)."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.database.engine import snapshot
from portfolio.reports.doctor import find_faults
from tests import scenario
from tests.gates.life import GATES, Keys, begin, pass_gate, read, tagged, walk
from tests.scenario import decide, line, ok, put_lines, submit

BOARD = "/v1/programs/lindangen/board"


def publish(client: TestClient, admin: dict[str, str]) -> None:
    path = "/v1/programs/lindangen"
    ok(client.patch(path, json={"published": True}, headers=tagged(client, admin, path)), 200)


def column(board: Any, gate: str) -> Any:
    return next(entry for entry in board["gates"] if entry["gate"] == gate)


def test_investments_stand_at_their_gates_with_their_statuses(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    for code in ("B", "C", "D"):
        scenario.put_investment(client, admin, code=code)
    submit(client, admin, "B")
    pass_gate(client, admin, "need", "C")
    ok(decide(client, admin, "D", gate="need", outcome="stop"))

    board = read(client, keys["viewer"], BOARD)

    assert [entry["gate"] for entry in board["gates"]] == list(GATES)
    assert [entry["position"] for entry in board["gates"]] == list(range(6))
    assert column(board, "need")["by_status"] == {"preparing": 1, "submitted": 1}
    assert [card["investment"] for card in column(board, "need")["investments"]] == ["B", "LIN-01"]
    assert column(board, "study")["investments"][0]["last_outcome"] == "pass"
    assert [card["investment"] for card in board["stopped"]] == ["D"]
    assert (board["completed"], board["overdue_holds"]) == ([], [])


@pytest.mark.parametrize(("review_on", "overdue"), [("2026-02-01", True), ("2999-01-01", False)])
def test_g8_a_hold_whose_review_has_passed_is_overdue(
    client: TestClient, keys: Keys, review_on: str, overdue: bool
):
    admin = begin(client, keys)
    hold = {"gate": "need", "outcome": "hold", "decided_on": "2026-01-20", "review_on": review_on}
    ok(decide(client, admin, "LIN-01", **hold))

    board = read(client, admin, BOARD)

    assert [card["investment"] for card in board["overdue_holds"]] == ["LIN-01"] * overdue
    assert column(board, "need")["investments"][0]["overdue"] is overdue


def test_g8_a_hold_that_was_passed_is_overdue_no_more(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    hold = {"outcome": "hold", "decided_on": "2026-01-20", "review_on": "2026-02-01"}
    ok(decide(client, admin, "LIN-01", gate="need", **hold))
    pass_gate(client, admin, "need")

    assert read(client, admin, BOARD)["overdue_holds"] == []


def test_the_board_of_an_unpublished_program_is_not_there_for_the_public(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)

    assert client.get(BOARD).status_code == 404
    publish(client, admin)
    assert client.get(BOARD).status_code == 200
    assert client.get("/v1/programs/none/board").status_code == 404


def test_the_public_sees_what_is_decided_and_nothing_else(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    publish(client, admin)
    scenario.put_investment(client, admin, code="B")
    ok(put_lines(client, admin, "LIN-01", line("100.00")), 200)
    walk(client, admin, "handover")
    ok(put_lines(client, admin, "LIN-01", line("900.00")), 200)
    submit(client, admin, "B")

    board = read(client, {}, BOARD)

    assert column(read(client, admin, BOARD), "handover")["by_status"] == {
        "reconsideration_required": 1
    }
    assert column(board, "handover")["by_status"] == {"preparing": 1}
    assert column(board, "need")["investments"] == []
    card = column(board, "handover")["investments"][0]
    assert (card["last_outcome"], card["last_decided_on"]) == ("pass", "2026-06-10")


@pytest.mark.parametrize(("until", "shown"), [("2999-01-01", []), ("2020-01-01", ["LIN-01"])])
def test_the_public_does_not_see_what_is_restricted(
    client: TestClient, keys: Keys, until: str, shown: list[str]
):
    admin = keys["admin"]
    scenario.put_municipality(client, admin, published=True)
    restricted = {"section": "OSL 19:1", "until": until}
    scenario.put_investment(client, admin, restricted=restricted)
    pass_gate(client, admin, "need")

    seen = column(read(client, {}, BOARD), "study")["investments"]

    assert [card["investment"] for card in seen] == shown
    assert len(column(read(client, admin, BOARD), "study")["investments"]) == 1


def test_gates_of_other_templates_stand_where_those_say_with_a_place_of_their_own(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    gates = [
        {
            "code": code,
            "name": "Egen grind",
            "phase": "work",
            "realisation": code == "implementation",
        }
        for code in ("direction", "hearing", "implementation", "benefits")
    ]
    template = {"code": "own", "name": "Egen", "gates": gates}
    ok(client.post("/v1/gate-templates", json=template, headers=admin))
    for code, name in (("M", "micro"), ("O", "own")):
        path = "/v1/programs/lindangen"
        body = {"gate_template": name}
        ok(client.patch(path, json=body, headers=tagged(client, admin, path)), 200)
        scenario.put_investment(client, admin, code=code)

    board = read(client, admin, BOARD)

    merged = [*GATES[:3], "hearing", *GATES[3:]]
    assert [entry["gate"] for entry in board["gates"]] == merged
    assert [entry["position"] for entry in board["gates"]] == list(range(7))
    assert column(board, "implementation")["name"] == "Egen grind"
    stand = {"need": "LIN-01", "direction": "O", "implementation": "M"}
    for gate, code in stand.items():
        assert [card["investment"] for card in column(board, gate)["investments"]] == [code]


def test_the_doctor_finds_nothing_in_a_healthy_database_and_what_was_altered(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin(client, keys)
    pass_gate(client, admin, "need")
    with snapshot(engine) as session:
        assert find_faults(session) == []

    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE investment SET gate = 'handover', forecast_capital = 7")

    with snapshot(engine) as session:
        faults = find_faults(session)
    assert faults == [
        "LIN-01: forecast_capital is 7, but 0 follows.",
        "LIN-01: gate is handover, but study follows.",
    ]

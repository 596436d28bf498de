"""Conditions of a decision, and when they were met, which is kept apart (G11)."""

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.access.rules import Role
from portfolio.database.engine import transaction
from tests import scenario
from tests.gates.life import PATH, begin, pass_gate, read, status_row, tagged
from tests.scenario import Headers, decide, ok, rules
from tests.serving import key_headers

Keys = dict[str, Headers]
CONDITIONS = [
    {"text": "Driften ska vara löst", "owner": "Gatukontoret", "due_on": "2027-01-31"},
    {"text": "Avtal med bolaget", "owner": "Samordnaren"},
]


def conditioned(client: TestClient, admin: Headers) -> str:
    """The address of the first condition of a pass at `need`."""
    made = pass_gate(client, admin, "need", conditions=CONDITIONS)
    return f"{PATH}/decisions/{made['id']}/conditions/1"


def mark(client: TestClient, headers: Headers, path: str, **body: Any) -> Any:
    return client.patch(path, json=body, headers=tagged(client, headers, path))


def test_g11_a_condition_is_met_beside_the_decision(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    path = conditioned(client, admin)
    decision = path.partition("/conditions")[0]
    before = read(client, admin, decision)
    assert status_row(client, admin)["open_conditions"] == 2

    met = ok(mark(client, admin, path, met_on="2026-07-01", note="Avtal klart"), 200)

    assert (met["n"], met["met_on"], met["note"]) == (1, "2026-07-01", "Avtal klart")
    assert status_row(client, admin)["open_conditions"] == 1
    after = read(client, admin, decision)
    assert after["snapshot_sha256"] == before["snapshot_sha256"]
    assert after["conditions"][0]["met_on"] == "2026-07-01"
    assert after["conditions"][1]["met_on"] is None


def test_g11_a_condition_can_be_opened_again(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    path = conditioned(client, admin)
    ok(mark(client, admin, path, met_on="2026-07-01", note="Klart"), 200)

    opened = ok(mark(client, admin, path, met_on=None), 200)

    assert (opened["met_on"], opened["note"]) == (None, "Klart")
    assert status_row(client, admin)["open_conditions"] == 2


def test_g11_marking_carries_the_version_it_starts_from(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    path = conditioned(client, admin)
    stale = tagged(client, admin, path)
    ok(mark(client, admin, path, met_on="2026-07-01"), 200)

    body = {"met_on": "2026-07-02"}

    assert client.patch(path, json=body, headers=admin).status_code == 428
    assert client.patch(path, json=body, headers=stale).status_code == 412
    assert read(client, admin, path)["met_on"] == "2026-07-01"


def test_g11_a_condition_is_not_met_in_the_future(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    path = conditioned(client, admin)

    assert rules(mark(client, admin, path, met_on="2999-01-01")) == {"G11"}
    assert read(client, admin, path)["met_on"] is None


def test_g10_conditions_of_a_superseded_decision_are_not_open(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    path = conditioned(client, admin)
    id = int(path.split("/")[5])

    ok(decide(client, admin, "LIN-01", gate="need", supersedes=id, conditions=CONDITIONS[:1]))

    assert status_row(client, admin)["open_conditions"] == 1


def test_g11_a_condition_that_is_not_there_is_not_found(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    path = conditioned(client, admin)

    assert client.get(path.removesuffix("1") + "3", headers=admin).status_code == 404
    assert client.get(path.replace("LIN-01", "LIN-02"), headers=admin).status_code == 404


def test_s2_a_department_marks_conditions_only_where_its_committee_decides(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin(client, keys)
    path = conditioned(client, admin)
    own = scenario.department_key(engine, "FGK")

    assert mark(client, own, path, met_on="2026-07-01").status_code == 403
    walk_on(client, admin)
    ok(mark(client, own, path, met_on="2026-07-01"), 200)
    other = scenario.department_key(engine, "GFK")
    assert mark(client, other, path, met_on="2026-07-02").status_code == 403


def walk_on(client: TestClient, admin: Headers) -> None:
    for gate in ("study", "direction"):
        pass_gate(client, admin, gate)


def test_a_boards_key_marks_conditions_of_its_own_bodies(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin(client, keys)
    path = conditioned(client, admin)
    with transaction(engine) as session:
        board = key_headers(session, Role.BOARD, bodies=("executive_board",))
        council = key_headers(session, Role.BOARD, bodies=("council",))

    assert mark(client, council, path, met_on="2026-07-01").status_code == 403
    assert mark(client, keys["finance"], path, met_on="2026-07-01").status_code == 403
    ok(mark(client, board, path, met_on="2026-07-01"), 200)
    ok(mark(client, keys["coordinator"], path, met_on="2026-07-02"), 200)

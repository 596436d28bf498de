"""Who decides and who registers it, through HTTP: S1, S2, G12, delegation and keys."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.access.rules import Role
from portfolio.database.engine import transaction
from tests import scenario
from tests.gates.life import GATES, PATH, begin, pass_gate, read, recommend, stands, tagged, walk
from tests.scenario import Headers, decide, line, ok, put_lines, rules, submit
from tests.serving import key_headers

Keys = dict[str, Headers]
DELEGATION = {"point": "4.2", "official": "Förvaltningschef", "reported_on": "2026-06-20"}


@pytest.mark.parametrize("steering", ["partial", "full"])
def test_s1_before_realisation_the_programs_body_or_a_higher_one_decides(
    client: TestClient, keys: Keys, steering: str
):
    admin = begin(client, keys, steering=steering)
    submit(client, admin, "LIN-01")

    refused = decide(client, admin, "LIN-01", gate="need", decided_by="street_committee")
    ok(decide(client, admin, "LIN-01", gate="need", decided_by="council"))

    assert rules(refused) == {"S1"}
    assert stands(client, admin)[0] == "study"


def test_s2_partial_the_departments_committee_decides_after_a_recommendation(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    walk(client, admin, "implementation")
    submit(client, admin, "LIN-01")
    how = {"gate": "implementation"}

    assert rules(decide(client, admin, "LIN-01", **how)) == {"S2"}
    unheard = decide(client, admin, "LIN-01", **how, decided_by="street_committee")
    assert rules(unheard) == {"S2"}
    assert len(unheard.json()["reasons"]) == 1
    ok(recommend(client, admin, outcome="hold"))
    assert rules(decide(client, admin, "LIN-01", **how, decided_by="school_committee")) == {"S2"}
    ok(decide(client, admin, "LIN-01", **how, decided_by="street_committee"))


def test_s2_a_recommendation_holds_for_the_present_gate_only(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    walk(client, admin, "direction")
    ok(recommend(client, admin))
    pass_gate(client, admin, "direction")
    submit(client, admin, "LIN-01")
    how = {"gate": "implementation", "decided_by": "street_committee"}

    refused = decide(client, admin, "LIN-01", **how)

    assert rules(refused) == {"S2"}
    listed = read(client, admin, f"{PATH}/recommendations")["items"]
    assert [row["gate"] for row in listed] == ["direction"]


def test_s2_a_recommendation_holds_for_the_present_visit_only(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    walk(client, admin, "implementation")
    ok(recommend(client, admin))
    back = {"outcome": "rework", "return_to": "direction", "decided_by": "street_committee"}
    ok(decide(client, admin, "LIN-01", gate="implementation", **back))
    pass_gate(client, admin, "direction")
    submit(client, admin, "LIN-01")

    how = {"gate": "implementation", "decided_by": "street_committee"}
    assert rules(decide(client, admin, "LIN-01", **how)) == {"S2"}


def test_s2_a_recommendation_of_another_programs_group_does_not_count(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys, gate_template="micro")
    scenario.put_program(client, admin, code="other", gate_template="micro")
    ok(recommend(client, admin))
    move = {"program": "other"}
    ok(client.patch(PATH, json=move, headers=tagged(client, admin, PATH)), 200)
    submit(client, admin, "LIN-01")
    how = {"gate": "implementation", "decided_by": "street_committee"}

    assert rules(decide(client, admin, "LIN-01", **how)) == {"S2"}
    ok(recommend(client, admin))
    ok(decide(client, admin, "LIN-01", **how))


def test_s2_an_official_decides_by_delegation(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    walk(client, admin, "implementation")
    submit(client, admin, "LIN-01")
    ok(recommend(client, admin))
    how = {"gate": "implementation", "decided_by": "director"}

    refused = decide(client, admin, "LIN-01", **how)
    made = ok(decide(client, admin, "LIN-01", **how, delegation=DELEGATION))

    assert rules(refused) == {"S2"}
    assert made["delegation"] == DELEGATION


def test_s2_full_the_programs_body_decides_all_the_way(client: TestClient, keys: Keys):
    admin = begin(client, keys, steering="full")
    walk(client, admin, "implementation", steering="full")
    submit(client, admin, "LIN-01")
    how = {"gate": "implementation"}

    assert rules(decide(client, admin, "LIN-01", **how, decided_by="street_committee")) == {"S2"}
    ok(decide(client, admin, "LIN-01", **how))
    for gate in GATES[4:]:
        pass_gate(client, admin, gate, steering="full")
    assert stands(client, admin)[1] == "completed"


def test_s1_an_official_decides_a_micro_investment_by_delegation(client: TestClient, keys: Keys):
    admin = begin(client, keys, gate_template="micro", deciding_body="street_committee")
    submit(client, admin, "LIN-01")
    ok(recommend(client, admin))

    how = {"gate": "implementation", "decided_by": "director", "delegation": DELEGATION}
    ok(decide(client, admin, "LIN-01", **how))

    assert stands(client, admin)[0] == "benefits"


@pytest.mark.parametrize(
    ("amount", "body", "found"),
    [
        ("15000000.00", "street_committee", set()),
        ("15000000.01", "street_committee", {"G12"}),
        ("15000000.01", "executive_board", set()),
        ("50000000.01", "executive_board", {"G12", "S2"}),
        ("50000000.01", "council", set()),
    ],
)
def test_g12_the_amount_says_who_decides_and_outranks_s2(
    client: TestClient, keys: Keys, amount: str, body: str, found: set[str]
):
    admin = begin(client, keys, deciding_body="council")
    skip = {"gate": "need", "outcome": "skip", "decided_lines": [line(amount)]}
    ok(decide(client, admin, "LIN-01", **skip))
    ok(put_lines(client, admin, "LIN-01", line(amount), line("9000000", direction="income")), 200)
    submit(client, admin, "LIN-01")
    ok(recommend(client, admin))

    answer = decide(client, admin, "LIN-01", gate="implementation", decided_by=body)

    assert (rules(answer) if found else ok(answer) and set()) == found


def test_g12_capital_and_operating_of_all_years_count(client: TestClient, keys: Keys):
    admin = begin(client, keys, deciding_body="street_committee")
    lines = [line("8000000.00"), line("7000000.01", type="operating", year=2031)]
    ok(put_lines(client, admin, "LIN-01", *lines), 200)
    submit(client, admin, "LIN-01")
    how = {"gate": "need", "decided_by": "street_committee"}

    assert rules(decide(client, admin, "LIN-01", **how)) == {"G12"}
    ok(decide(client, admin, "LIN-01", **how, delegation=DELEGATION))


def test_g12_the_levels_are_dated(client: TestClient, keys: Keys):
    admin = begin(client, keys, deciding_body="street_committee")
    ok(put_lines(client, admin, "LIN-01", line("2000000.00")), 200)
    submit(client, admin, "LIN-01")
    level = {"valid_from": "2026-06-10", "above": "1000000.00", "level": "executive_board"}
    ok(client.post("/v1/decision-levels", json=level, headers=admin))
    how = {"gate": "need", "decided_by": "street_committee"}

    assert rules(decide(client, admin, "LIN-01", **how, decided_on="2026-06-10")) == {"G12"}
    ok(decide(client, admin, "LIN-01", **how, decided_on="2026-06-09"))


def test_s2_a_department_registers_what_its_committee_decided(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin(client, keys)
    own, other = (scenario.department_key(engine, code) for code in ("FGK", "GFK"))
    submit(client, admin, "LIN-01")
    early = decide(client, own, "LIN-01", gate="need", decided_by="street_committee")
    assert early.status_code == 403
    ok(decide(client, admin, "LIN-01", gate="need"))
    for gate in ("study", "direction"):
        pass_gate(client, admin, gate)
    submit(client, admin, "LIN-01")
    ok(recommend(client, admin))
    how = {"gate": "implementation"}

    assert decide(client, own, "LIN-01", **how, decided_by="council").status_code == 403
    foreign = decide(client, other, "LIN-01", **how, decided_by="street_committee")
    assert foreign.status_code == 403
    ok(decide(client, own, "LIN-01", **how, decided_by="street_committee"))


def test_s2_a_department_registers_nothing_under_full_steering(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin(client, keys, steering="full")
    walk(client, admin, "implementation", steering="full")
    submit(client, admin, "LIN-01")
    own = scenario.department_key(engine, "FGK")

    how = {"gate": "implementation", "decided_by": "street_committee"}
    assert decide(client, own, "LIN-01", **how).status_code == 403


def test_a_boards_key_registers_for_its_bodies_only(client: TestClient, keys: Keys, engine: Engine):
    admin = begin(client, keys)
    submit(client, admin, "LIN-01")
    with transaction(engine) as session:
        council = key_headers(session, Role.BOARD, bodies=("council",))

    assert decide(client, council, "LIN-01", gate="need").status_code == 403
    unknown = decide(client, council, "LIN-01", gate="need", decided_by="nobody")
    assert unknown.status_code == 403
    ok(decide(client, council, "LIN-01", gate="need", decided_by="council"))
    hold = decide(client, keys["board"], "LIN-01", gate="study", outcome="hold")
    assert ok(hold)["outcome"] == "hold"


def test_other_roles_register_no_decision(client: TestClient, keys: Keys):
    begin(client, keys)

    for role in ("viewer", "coordinator", "gis", "finance"):
        refused = decide(client, keys[role], "LIN-01", gate="need", outcome="stop")
        assert refused.status_code == 403, role


def test_s2_recommendations_are_the_program_groups(client: TestClient, keys: Keys, engine: Engine):
    begin(client, keys)
    own = scenario.department_key(engine, "FGK")

    assert recommend(client, own).status_code == 403
    assert recommend(client, keys["board"]).status_code == 403
    assert rules(recommend(client, keys["coordinator"], recommended_on="2999-01-01")) == {"G4"}
    made = ok(recommend(client, keys["coordinator"]))
    assert made["gate"] == "need"

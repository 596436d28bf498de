"""Rounds of the five steps through HTTP: drafts, submitting, and what is frozen (G2, G3)."""

from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests import scenario
from tests.gates.life import PATH, begin, pass_gate, read, stands, tagged
from tests.scenario import Headers, decide, line, ok, put_lines, rules, steps, submit

Keys = dict[str, Headers]
ROUNDS = f"{PATH}/assessments"


def start(client: TestClient, admin: Headers, gate: str = "need", **body: Any) -> Any:
    return client.post(ROUNDS, json={"gate": gate, **body}, headers=admin)


def change(client: TestClient, admin: Headers, number: int, body: Any) -> Any:
    path = f"{ROUNDS}/{number}"
    return client.patch(path, json=body, headers=tagged(client, admin, path))


def test_g2_a_round_is_made_at_the_gate_where_the_investment_stands(client: TestClient, keys: Keys):
    admin = begin(client, keys)

    assert rules(start(client, admin, "study")) == {"G2"}
    made = start(client, admin, "need")

    assert made.headers["location"] == f"{ROUNDS}/1"
    assert ok(made)["status"] == "draft"
    assert ok(made)["frozen"] is None


def test_g2_one_draft_at_a_time(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(start(client, admin))

    assert rules(start(client, admin)) == {"G2"}


def test_g2_submitting_an_incomplete_round_names_everything_that_is_missing(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    partly = steps()
    del partly["market"]
    partly["benefits"]["benefits"] = []
    partly["governance"]["plan"]["follow_up"] = ""
    ok(start(client, admin, steps=partly))

    refused = client.post(f"{ROUNDS}/1/submit", headers=admin)

    assert refused.json()["type"] == "/problems/assessment-incomplete"
    assert rules(refused) == {"G2"}
    pointers = [reason["pointer"] for reason in refused.json()["reasons"]]
    for pointer in (
        "/steps/market/verdict",
        "/steps/market/reasoning",
        "/steps/market/confidence",
        "/steps/benefits/benefits",
        "/steps/governance/plan/follow_up",
    ):
        assert pointer in pointers
    assert len(refused.json()["reasons"]) == 5


def test_g3_a_draft_is_changed_part_by_part(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(start(client, admin, steps=steps()))

    changed = change(
        client, admin, 1, {"steps": {"benefits": {"perspectives": {"social": "negative"}}}}
    )

    benefits = ok(changed, 200)["steps"]["benefits"]
    assert benefits["perspectives"] == {
        "environmental": "neutral",
        "social": "negative",
        "economic": "neutral",
    }
    assert benefits["verdict"] == "positive"
    assert rules(change(client, admin, 1, {"gate": "study"})) == {"G2"}
    assert ok(change(client, admin, 1, {"gate": "need"}), 200)["gate"] == "need"


def test_g3_a_change_carries_the_version_it_starts_from(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(start(client, admin, steps=steps()))
    stale = tagged(client, admin, f"{ROUNDS}/1")
    ok(change(client, admin, 1, {"steps": {"market": {"verdict": "positive"}}}), 200)

    body = {"steps": {"market": {"verdict": "negative"}}}

    assert client.patch(f"{ROUNDS}/1", json=body, headers=admin).status_code == 428
    assert client.patch(f"{ROUNDS}/1", json=body, headers=stale).status_code == 412
    assert read(client, admin, f"{ROUNDS}/1")["steps"]["market"]["verdict"] == "positive"


def test_g3_what_was_submitted_is_locked(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    submit(client, admin, "LIN-01")

    patched = change(client, admin, 1, {"steps": {"market": {"verdict": "positive"}}})
    again = client.post(f"{ROUNDS}/1/submit", headers=admin)

    for refused in (patched, again):
        assert rules(refused) == {"G3"}
        assert refused.json()["type"] == "/problems/assessment-locked"


def test_g3_a_new_round_starts_as_a_copy_and_numbers_run_through_the_whole_life(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    pass_gate(client, admin, "need")

    second = ok(start(client, admin, "study", steps={"economy": {"verdict": "negative"}}))

    assert second["round"] == 2
    assert second["steps"]["strategy"] == read(client, admin, f"{ROUNDS}/1")["steps"]["strategy"]
    assert second["steps"]["economy"]["verdict"] == "negative"
    assert second["steps"]["economy"]["reasoning"] == scenario.STEPS["economy"]["reasoning"]


def test_g3_submitting_freezes_lines_shares_and_area_versions(
    client: TestClient, keys: Keys, engine: Engine
):
    scenario.put_scheme(engine)
    admin = begin(client, keys)
    shares = [
        {"scheme": "grid", "code": "A00", "share": 0.6},
        {"scheme": "grid", "code": "A01", "share": 0.3},
    ]
    body = {"location": {"areas": shares}}
    ok(client.patch(PATH, json=body, headers=tagged(client, admin, PATH)), 200)
    lines = [
        line("1000.00"),
        line("200.50", type="operating", year=2028),
        line("50.00", direction="income"),
    ]
    ok(put_lines(client, admin, "LIN-01", *lines), 200)
    submit(client, admin, "LIN-01")

    ok(put_lines(client, admin, "LIN-01", line("9999.00")), 200)
    elsewhere = {"location": {"not_located": "Oklart."}}
    ok(client.patch(PATH, json=elsewhere, headers=tagged(client, admin, PATH)), 200)

    frozen = read(client, admin, f"{ROUNDS}/1")["frozen"]
    assert frozen["total"] == "1150.50"
    assert frozen["total_capital"] == "950.00"
    assert frozen["total_operating"] == "200.50"
    assert frozen["gross_expense"] == "1200.50"
    assert [row["amount"] for row in frozen["plan_lines"]] == ["1000.00", "50.00", "200.50"]
    assert frozen["area_shares"]["grid"] == [
        {"code": "A00", "share": 0.6},
        {"code": "A01", "share": 0.3},
    ]
    assert frozen["outside"] == {"grid": 0.1}
    assert [(v["code"], v["valid_from"]) for v in frozen["area_versions"]] == [
        ("A00", "2020-01-01"),
        ("A01", "2020-01-01"),
    ]
    assert frozen["location"] == {"areas": shares}
    assert frozen["rates"] == []


def test_g10_a_draft_that_a_superseded_decision_left_behind_can_not_be_submitted(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    first = pass_gate(client, admin, "need")
    ok(start(client, admin, "study", steps=steps()))
    ok(decide(client, admin, "LIN-01", gate="need", outcome="hold", supersedes=first["id"]))

    refused = client.post(f"{ROUNDS}/2/submit", headers=admin)

    assert rules(refused) == {"G2"}
    assert stands(client, admin) == ("need", "on_hold")
    assert ok(start(client, admin, "need"))["round"] == 3


def test_g9_a_draft_of_an_earlier_visit_can_not_be_submitted(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    pass_gate(client, admin, "need")
    ok(start(client, admin, "study", steps=steps()))
    ok(decide(client, admin, "LIN-01", gate="study", outcome="rework", return_to="need"))
    pass_gate(client, admin, "need")

    refused = client.post(f"{ROUNDS}/2/submit", headers=admin)

    assert stands(client, admin) == ("study", "preparing")
    assert rules(refused) == {"G2"}
    assert refused.json()["type"] == "/problems/assessment-locked"


def test_g9_a_round_of_an_earlier_visit_decides_nothing(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    pass_gate(client, admin, "need")
    submit(client, admin, "LIN-01")
    ok(decide(client, admin, "LIN-01", gate="study", outcome="rework", return_to="need"))

    assert rules(decide(client, admin, "LIN-01", gate="need")) == {"G4"}


def test_g9_nothing_is_assessed_after_a_stop(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(start(client, admin, steps=steps()))
    ok(decide(client, admin, "LIN-01", gate="need", outcome="stop", lesson="Börja mindre."))

    for refused in (start(client, admin), client.post(f"{ROUNDS}/1/submit", headers=admin)):
        assert refused.status_code == 409
        assert refused.json()["type"] == "/problems/investment-closed"


def test_g1_without_a_program_there_is_nothing_to_assess(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    scenario.put_investment(client, admin, code="FRI-01", program=None)
    path = "/v1/investments/FRI-01"

    assert read(client, admin, path)["gate"] is None
    assert rules(client.post(f"{path}/assessments", json={"gate": "need"}, headers=admin)) == {"G1"}
    assert rules(decide(client, admin, "FRI-01", gate="need")) == {"G1"}


def test_a_department_assesses_its_own_investments_only(
    client: TestClient, keys: Keys, engine: Engine
):
    begin(client, keys)
    own = scenario.department_key(engine, "FGK")
    other = scenario.department_key(engine, "GFK")

    assert start(client, other).status_code == 403
    assert start(client, keys["viewer"]).status_code == 403
    assert ok(start(client, own, steps=steps()))["round"] == 1
    assert client.post(f"{ROUNDS}/1/submit", headers=other).status_code == 403
    ok(client.post(f"{ROUNDS}/1/submit", headers=own), 200)


def test_rounds_are_listed_in_order_and_page_by_page(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    for _ in range(3):
        submit(client, admin, "LIN-01")

    first = read(client, admin, f"{ROUNDS}?limit=2")
    second = read(client, admin, first["next"])

    assert [row["round"] for row in first["items"] + second["items"]] == [1, 2, 3]
    assert (first["total"], second["next"]) == (3, None)
    assert client.get(f"{ROUNDS}/4", headers=admin).status_code == 404

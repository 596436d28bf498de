"""Bodies, departments, decision levels and settings."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from portfolio.organisation.rules import DecisionLevel, Level, least_level
from tests import scenario
from tests.scenario import ok

Keys = dict[str, dict[str, str]]
BOARD = DecisionLevel(date(1900, 1, 1), 1_500_000_000, Level.EXECUTIVE_BOARD)
COUNCIL = DecisionLevel(date(1900, 1, 1), 5_000_000_000, Level.COUNCIL)
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("amount", "level"),
    [
        (0, None),
        (1_500_000_000, None),
        (1_500_000_001, Level.EXECUTIVE_BOARD),
        (5_000_000_000, Level.EXECUTIVE_BOARD),
        (5_000_000_001, Level.COUNCIL),
    ],
)
def test_g12_the_amount_asks_for_a_level_above_its_limit_and_not_at_it(amount, level):
    assert least_level([COUNCIL, BOARD], amount, TODAY) is level


def test_g12_a_newer_rule_for_a_level_takes_over_from_its_date():
    raised = DecisionLevel(date(2027, 1, 1), 3_000_000_000, Level.EXECUTIVE_BOARD)
    rules = [raised, BOARD, COUNCIL]

    assert least_level(rules, 2_000_000_000, date(2026, 12, 31)) is Level.EXECUTIVE_BOARD
    assert least_level(rules, 2_000_000_000, date(2027, 1, 1)) is None
    assert least_level(rules, 4_000_000_000, date(2027, 1, 1)) is Level.EXECUTIVE_BOARD


def test_g12_before_the_first_rule_no_level_is_asked_for():
    assert least_level([DecisionLevel(TODAY, 0, Level.COUNCIL)], 1, date(2026, 11, 21)) is None
    assert least_level([], 10**15, TODAY) is None


RULES = st.lists(
    st.builds(
        DecisionLevel,
        st.dates(date(2020, 1, 1), date(2030, 1, 1)),
        st.integers(0, 100),
        st.sampled_from(Level),
    ),
    max_size=6,
)


@given(RULES, st.integers(0, 110), st.integers(0, 110))
def test_g12_a_larger_amount_never_asks_for_a_lower_level(rules, one, other):
    def rank(amount: int) -> int:
        level = least_level(rules, amount, TODAY)
        return -1 if level is None else level.rank

    assert rank(min(one, other)) <= rank(max(one, other))


def test_the_levels_rise_from_official_to_council():
    assert sorted(Level, key=lambda level: level.rank) == [
        "official",
        "committee",
        "executive_board",
        "council",
    ]


def test_a_body_is_registered_read_and_changed(client: TestClient, keys: Keys):
    body = {"code": "education", "name": "Grundskolenämnden", "level": "committee"}
    made = client.post("/v1/bodies", json=body, headers=keys["admin"])

    assert ok(made) == body
    assert made.headers["location"] == "/v1/bodies/education"
    headers = {**keys["admin"], "If-Match": made.headers["etag"]}
    changed = client.patch("/v1/bodies/education", json={"name": "Skolnämnden"}, headers=headers)
    assert ok(changed, 200) == {**body, "name": "Skolnämnden"}
    assert client.get("/v1/bodies/education", headers=keys["viewer"]).json() == changed.json()


def test_a_code_is_taken_once_and_is_not_changed(client, keys):
    scenario.put_organisation(client, keys["admin"])
    body: dict[str, Any] = {"code": "FGK", "name": "Igen", "committee": "council"}

    taken = client.post("/v1/departments", json=body, headers=keys["admin"])
    headers = {**keys["admin"], "If-Match": "*"}
    moved = client.patch("/v1/departments/FGK", json={"code": "NEW"}, headers=headers)

    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/conflict")
    assert moved.status_code == 422


def test_a_department_needs_a_registered_committee(client, keys):
    body = {"code": "FGK", "name": "Gata", "committee": "none"}

    refused = client.post("/v1/departments", json=body, headers=keys["admin"])

    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"pointer": "/committee", "detail": "There is no body none; register it first."}
    ]


def test_a_department_that_something_points_at_is_not_deleted(client, keys, engine):
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    scenario.department_key(engine, "GFK")
    headers = {**admin, "If-Match": "*"}

    for department in ("FGK", "GFK"):
        refused = client.delete(f"/v1/departments/{department}", headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/in-use")
        assert client.get(f"/v1/departments/{department}", headers=admin).status_code == 200


def test_a_department_without_anything_is_deleted(client, keys):
    scenario.put_organisation(client, keys["admin"])
    headers = {**keys["admin"], "If-Match": "*"}

    assert client.delete("/v1/departments/GFK", headers=headers).status_code == 204
    assert client.get("/v1/departments/GFK", headers=headers).status_code == 404


def test_a_new_decision_level_holds_for_decisions_from_its_date(client, keys):
    admin = keys["admin"]
    scenario.put_municipality(client, admin, deciding_body="street_committee")
    scenario.put_investment(client, admin)
    ok(scenario.put_lines(client, admin, "LIN-01", scenario.line("200.00")), 200)
    level = {"valid_from": "2026-06-01", "above": "100.00", "level": "council"}
    ok(client.post("/v1/decision-levels", json=level, headers=admin))
    scenario.submit(client, admin, "LIN-01")
    committee: dict[str, Any] = {"gate": "need", "decided_by": "street_committee"}

    late = scenario.decide(client, admin, "LIN-01", **committee, decided_on="2026-06-01")
    early = scenario.decide(client, admin, "LIN-01", **committee, decided_on="2026-05-31")

    assert scenario.rules(late) == {"G12"}
    ok(early)


def test_settings_have_defaults_and_keep_what_is_changed(client, keys):
    before = client.get("/v1/settings", headers=keys["viewer"])
    headers = {**keys["admin"], "If-Match": before.headers["etag"]}

    changed = client.patch(
        "/v1/settings", json={"reconsideration_tolerance_percent": 5}, headers=headers
    )

    assert before.json()["reconsideration_tolerance_percent"] == 10
    assert ok(changed, 200) == {**before.json(), "reconsideration_tolerance_percent": 5}
    assert client.get("/v1/settings", headers=keys["viewer"]).json() == changed.json()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sliver_percent", -1),
        ("sliver_percent", 50),
        ("reconsideration_tolerance_percent", 1001),
        ("gap_tolerance_m", None),
        ("overlap_tolerance_m2", "1"),
        ("unknown", 1),
    ],
)
def test_a_setting_that_can_not_be_is_refused(client, keys, name, value):
    headers = {**keys["admin"], "If-Match": "*"}

    assert client.patch("/v1/settings", json={name: value}, headers=headers).status_code == 422

"""The board of a program at any date, filtered, and what its cards tell (M4, G7, G8, A5)."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from portfolio.reports import board as board_module
from tests import scenario
from tests.gates.life import GATES, Keys, begin, pass_gate, read, walk
from tests.investments.places import named
from tests.scenario import Headers, decide, line, ok, put_lines
from tests.steering.moving import steer

BOARD = "/v1/programs/lindangen/board"
SECRET = {"section": "OSL 19:1", "until": "2999-12-31"}
# What a card and a row of gate status have in common.
SHARED = (
    "name",
    "kind",
    "department",
    "areas",
    "gate",
    "status",
    "last_outcome",
    "last_decided_on",
    "last_decided_by",
    "last_case_number",
    "next_gate_on",
    "review_on",
    "decided_total",
)


def cards_of(board: Any) -> dict[str, Any]:
    """Every card by its investment's code; none may stand in two places."""
    cards = [card for gate in board["gates"] for card in gate["investments"]]
    cards += board["stopped"] + board["completed"]
    found = {card["investment"]: card for card in cards}
    assert len(found) == len(cards)
    return found


def seen(client: TestClient, headers: Headers, **query: Any) -> dict[str, Any]:
    return cards_of(ok(client.get(BOARD, params=query, headers=headers), 200))


def put_mixed(client: TestClient, admin: Headers, engine: Engine) -> None:
    """A published program: two physical and a social one, of two departments, in four areas."""
    scenario.put_scheme(engine)
    areas = [{"scheme": "grid", "code": "A00"}]
    scenario.put_municipality(client, admin, published=True, areas=areas)
    both = named(("A00", 0.5), ("A01", 0.5))
    scenario.put_investment(client, admin, code="P", location=both)
    scenario.put_investment(client, admin, code="Q", location=named(("A11", 1.0)))
    scenario.put_investment(client, admin, code="S", kind="social", department="GFK")


@pytest.fixture
def walked(client: TestClient, keys: Keys) -> Headers:
    """LIN-01: `need` passed on 10 March, held on 10 May, passed on 10 August; NEW: undecided."""
    admin = begin(client, keys, published=True)
    scenario.put_investment(client, admin, code="NEW")
    ok(put_lines(client, admin, "LIN-01", line("1250.50")), 200)
    pass_gate(client, admin, "need", decided_on="2026-03-10")
    hold = {"outcome": "hold", "decided_on": "2026-05-10", "review_on": "2026-06-01"}
    more = {"hold_category": "organisational", "reason": "Skolan byggs om först."}
    ok(decide(client, admin, "LIN-01", gate="study", case_number="STK-9", **hold, **more))
    ok(put_lines(client, admin, "LIN-01", line("2000.00")), 200)
    pass_gate(client, admin, "study", decided_on="2026-08-10")
    return admin


@pytest.mark.parametrize(
    ("as_of", "gate", "status", "total"),
    [
        ("0001-01-01", "need", "preparing", "0.00"),
        ("2026-03-09", "need", "preparing", "0.00"),
        ("2026-03-10", "study", "submitted", "1250.50"),
        ("2026-05-10", "study", "on_hold", "1250.50"),
        ("2026-08-10", "direction", "preparing", "2000.00"),
        ("9999-12-31", "direction", "preparing", "2000.00"),
    ],
)
def test_m4_the_board_of_a_date_follows_from_the_decisions_made_by_then(
    client: TestClient, walked: Headers, as_of: str, gate: str, status: str, total: str
):
    board = read(client, walked, f"{BOARD}?as_of={as_of}")
    card = cards_of(board)["LIN-01"]

    assert (card["gate"], card["decided_total"]) == (gate, total)
    # The rounds are those that are known now, as in gate status.
    assert card["status"] == ("submitted" if as_of < "2026-03-10" else status)
    assert (board["as_of"], board["earliest"]) == (as_of, "2026-03-10")
    assert [entry["gate"] for entry in board["gates"]] == list(GATES)
    undecided = cards_of(board)["NEW"]
    assert (undecided["gate"], undecided["last_outcome"]) == ("need", None)


def test_g7_a_held_card_says_why_and_until_when_only_while_it_waits(
    client: TestClient, walked: Headers
):
    held = seen(client, walked, as_of="2026-06-01")["LIN-01"]
    overdue = read(client, walked, f"{BOARD}?as_of=2026-06-02")["overdue_holds"]
    now = seen(client, walked)["LIN-01"]

    said = ("organisational", "Skolan byggs om först.", "2026-06-01", "STK-9")
    fields = ("hold_category", "hold_reason", "review_on", "last_case_number")
    assert tuple(held[field] for field in fields) == said
    assert held["overdue"] is False
    assert [card["investment"] for card in overdue] == ["LIN-01"]
    assert tuple(now[field] for field in fields) == (None, None, None, "STK-2026-700")
    assert (now["stop_reason"], now["lesson"]) == (None, None)


def test_g10_the_reason_of_a_hold_is_that_of_the_decision_that_superseded_it(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    hold = {"gate": "need", "outcome": "hold", "decided_on": "2026-02-01", "reason": "Fel."}
    wrong = ok(decide(client, admin, "LIN-01", **hold))["id"]
    ok(decide(client, admin, "LIN-01", **{**hold, "reason": "Rätt.", "supersedes": wrong}))

    assert seen(client, admin)["LIN-01"]["hold_reason"] == "Rätt."
    assert seen(client, admin, as_of="2026-02-01")["LIN-01"]["hold_reason"] == "Rätt."


def test_the_earliest_date_is_that_of_no_superseded_decision(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    assert read(client, admin, BOARD)["earliest"] is None
    hold = {"gate": "need", "outcome": "hold"}
    mistyped = ok(decide(client, admin, "LIN-01", decided_on="1926-02-01", **hold))["id"]
    ok(decide(client, admin, "LIN-01", decided_on="2026-02-01", supersedes=mistyped, **hold))

    assert read(client, admin, BOARD)["earliest"] == "2026-02-01"


def test_a_stopped_card_says_why_and_what_was_learnt(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    stop = {"reason": "För dyrt.", "lesson": "Mät först.", "decided_on": "2026-04-01"}
    ok(decide(client, admin, "LIN-01", gate="need", outcome="stop", **stop))

    (card,) = read(client, admin, BOARD)["stopped"]

    assert (card["stop_reason"], card["lesson"]) == ("För dyrt.", "Mät först.")
    assert (card["hold_reason"], card["hold_category"]) == (None, None)
    before = seen(client, admin, as_of="2026-03-31")["LIN-01"]
    assert (before["stop_reason"], before["lesson"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({}, {"P", "Q", "S"}),
        ({"department": "GFK"}, {"S"}),
        ({"department": "NONE"}, set()),
        ({"kind": "physical"}, {"P", "Q"}),
        ({"scheme": "grid", "area": "A01"}, {"P"}),
        ({"scheme": "grid", "area": "A11", "kind": "physical"}, {"Q"}),
        ({"scheme": "grid", "area": "A11", "kind": "social"}, set()),
        ({"scheme": "none", "area": "A11"}, set()),
    ],
)
@pytest.mark.parametrize("as_of", [{}, {"as_of": "2026-11-01"}])
def test_a5_the_board_is_filtered_by_department_kind_and_area_at_any_date(
    client: TestClient, keys: Keys, engine: Engine, query: Any, codes: set[str], as_of: Any
):
    put_mixed(client, keys["admin"], engine)
    pass_gate(client, keys["admin"], "need", "P")

    board = ok(client.get(BOARD, params={**query, **as_of}, headers=keys["viewer"]), 200)

    assert set(cards_of(board)) == codes
    assert [entry["gate"] for entry in board["gates"]] == list(GATES)
    assert board["areas"] == [{"scheme": "grid", "code": "A00"}]
    assert (board["published"], board["earliest"]) == (True, "2026-06-10")


@pytest.mark.parametrize(
    "query",
    [
        "scheme=grid",
        "area=A00",
        "as_of=yesterday",
        "as_of=2026-02-30",
        "as_of=10000-01-01",
        "kind=dream",
        "department=a/b",
        "gate=need",
        "program=other",
        f"department={'x' * 10_000}",
        "scheme=grid&area=%00",
        "as_of=2026-01-01&as_of=2026-01-02",
    ],
)
def test_a_board_asked_for_wrongly_is_a_400(client: TestClient, keys: Keys, query: str):
    scenario.put_municipality(client, keys["admin"], published=True)

    for headers in ({}, keys["viewer"]):
        answer = client.get(f"{BOARD}?{query}", headers=headers)
        assert answer.status_code == 400, answer.text
        assert answer.json()["type"] == "/problems/invalid-parameter"


def test_the_public_sees_of_a_date_only_what_was_decided_by_then(
    client: TestClient, keys: Keys, walked: Headers
):
    assert seen(client, {}, as_of="2026-03-09") == {}
    at_first = seen(client, {}, as_of="2026-03-10")
    now = read(client, {}, BOARD)

    assert set(at_first) == {"LIN-01"}
    assert (at_first["LIN-01"]["gate"], at_first["LIN-01"]["status"]) == ("study", "preparing")
    assert set(cards_of(now)) == {"LIN-01"}
    assert now["earliest"] == "2026-03-10"


def test_the_public_reads_decisions_but_no_plans_of_rounds(
    client: TestClient, keys: Keys, walked: Headers
):
    for as_of in ({}, {"as_of": "2026-05-10"}):
        public = seen(client, {}, **as_of)["LIN-01"]
        inside = seen(client, keys["viewer"], **as_of)["LIN-01"]

        assert public == {**inside, "next_gate_on": None}
        assert inside["next_gate_on"] == "2027-03-31"


@pytest.mark.parametrize("headers", ["public", "viewer"])
def test_a_card_names_its_department_and_the_body_that_decided(
    client: TestClient, keys: Keys, walked: Headers, headers: str
):
    path = "/v1/departments/FGK"
    tag = client.get(path, headers=walked).headers["etag"]
    renamed = {"name": "Gator & <parker>"}
    ok(client.patch(path, json=renamed, headers={**walked, "If-Match": tag}), 200)

    for query in ({}, {"as_of": "2026-05-10"}):
        card = seen(client, {} if headers == "public" else keys[headers], **query)["LIN-01"]
        assert (card["department"], card["department_name"]) == ("FGK", "Gator & <parker>")
        assert card["last_decided_by"] == "executive_board"
        assert card["last_decided_by_name"] == "Kommunstyrelsen"
    assert seen(client, walked)["NEW"]["last_decided_by_name"] is None


@pytest.mark.parametrize("query", [{}, {"as_of": "2026-11-01"}])
def test_for_the_public_nothing_is_derived_that_it_may_not_see(
    client: TestClient, walked: Headers, monkeypatch: pytest.MonkeyPatch, query: Any
):
    scenario.put_investment(client, walked, code="SECRET", restricted=SECRET)
    ok(decide(client, walked, "SECRET", gate="need", outcome="hold"))
    derived: list[str] = []

    def noting(original: Any) -> Any:
        def rows_of(*given: Any) -> Any:
            rows = list(original(*given))
            derived.extend(row.code for row in rows)
            return rows

        return rows_of

    for name in ("rows_now", "all_rows_then"):
        monkeypatch.setattr(board_module, name, noting(getattr(board_module, name)))

    inside = set(seen(client, walked, **query))
    assert set(derived) == inside == {"LIN-01", "NEW", "SECRET"}
    derived.clear()
    assert set(seen(client, {}, **query)) == set(derived) == {"LIN-01"}


def test_the_public_learns_nothing_of_what_is_restricted_at_no_date(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = keys["admin"]
    scenario.put_scheme(engine)
    scenario.put_municipality(client, admin, published=True)
    scenario.put_investment(
        client, admin, code="SECRET", restricted=SECRET, location=named(("A00", 1.0))
    )
    ok(decide(client, admin, "SECRET", gate="need", outcome="hold", decided_on="2026-02-01"))
    area = {"scheme": "grid", "area": "A00"}

    for query in ({}, area, {"as_of": "2026-02-01"}, {**area, "as_of": "2026-02-01"}):
        board = client.get(BOARD, params=query)
        assert "SECRET" not in board.text
        assert board.json()["earliest"] is None
        assert set(seen(client, admin, **query)) == {"SECRET"}


def test_the_board_of_a_date_of_an_unpublished_program_is_not_there_for_the_public(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    pass_gate(client, admin, "need")

    for query in ("", "?as_of=2026-06-10", "?scheme=grid"):
        assert client.get(BOARD + query).status_code == 404


def test_s6_the_steering_is_that_of_the_date(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(steer(client, admin, "full", "2026-07-01"))

    modes = {
        on: read(client, admin, f"{BOARD}?as_of={on}")["steering"]
        for on in ("2026-06-30", "2026-07-01")
    }

    assert modes == {"2026-06-30": "partial", "2026-07-01": "full"}


@pytest.fixture
def stories(client: TestClient, keys: Keys, engine: Engine) -> Headers:
    """Investments that passed, were held, sent back, stopped or completed, and one undecided."""
    admin = keys["admin"]
    put_mixed(client, admin, engine)
    ok(put_lines(client, admin, "P", line("100.00")), 200)
    walk(client, admin, "handover", "P")
    ok(put_lines(client, admin, "P", line("900.00")), 200)
    ok(decide(client, admin, "S", gate="need", outcome="hold", decided_on="2026-02-01"))
    pass_gate(client, admin, "need", "S", decided_on="2026-04-01")
    back = {"gate": "study", "outcome": "rework", "decided_on": "2026-05-01"}
    ok(decide(client, admin, "S", **back))
    ok(decide(client, admin, "Q", gate="need", outcome="stop", decided_on="2026-05-01"))
    scenario.put_investment(client, admin, code="R")
    return admin


DAYS = st.dates(date(2026, 1, 25), date(2026, 6, 15)).map(date.isoformat)
QUERIES = st.sampled_from([{}, {"kind": "social"}, {"scheme": "grid", "area": "A01"}])


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.none() | DAYS, QUERIES)
def test_m4_a_board_says_of_each_what_gate_status_says(
    client: TestClient, stories: Headers, as_of: str | None, query: dict[str, str]
):
    asked = {**query, **({"as_of": as_of} if as_of else {})}
    listed = client.get("/v1/gate-status", params={**asked, "limit": 1000}, headers=stories)
    rows = {row["investment"]: row for row in ok(listed, 200)["items"]}

    cards = seen(client, stories, **asked)

    assert cards.keys() == rows.keys()
    for code, card in cards.items():
        assert {name: card[name] for name in SHARED} == {name: rows[code][name] for name in SHARED}
        assert (card["hold_reason"] is not None) is (card["status"] == "on_hold")
        assert (card["stop_reason"] is not None) is (card["status"] == "stopped")

"""Anything as of a date and as known at a time (M4), and the two ways to the same rows."""

from collections.abc import Callable
from typing import Any

import hypothesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from portfolio.clock import now, rfc3339, swedish_date
from portfolio.database.engine import transaction
from portfolio.programs.models import Program
from tests import scenario
from tests.gates.life import (
    GATES,
    PATH,
    Keys,
    begin,
    pass_gate,
    read,
    recommend,
    stands,
    status_row,
    tagged,
)
from tests.memory import leave_memory
from tests.scenario import Headers, decide, line, ok, put_lines, submit


def this_moment() -> str:
    """A time after all that was recorded, and before all that will be."""
    return rfc3339(now())


def test_m4_as_of_takes_decisions_by_the_day_they_were_made(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("100.00")), 200)
    pass_gate(client, admin, "need", decided_on="2026-03-01", released_amount="40.00")
    ok(put_lines(client, admin, "LIN-01", line("90.00")), 200)
    pass_gate(client, admin, "study", decided_on="2026-05-01")

    def row(day: str) -> tuple[Any, ...]:
        found = status_row(client, admin, as_of=day)
        names = ("gate", "last_decided_on", "decided_total", "released_total", "forecast_total")
        return tuple(found[name] for name in names)

    assert row("2026-02-28") == ("need", None, "0.00", "0.00", "90.00")
    assert row("2026-03-01") == ("study", "2026-03-01", "100.00", "40.00", "90.00")
    assert row("2026-05-01") == ("direction", "2026-05-01", "90.00", "40.00", "90.00")


def test_m4_as_of_lists_every_investment_undecided_ones_at_their_first_gate(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    pass_gate(client, admin, "need")
    scenario.put_investment(client, admin, code="LIN-02")

    rows = read(client, admin, "/v1/gate-status?as_of=1999-01-01")["items"]

    assert [(row["investment"], row["gate"], row["last_outcome"]) for row in rows] == [
        ("LIN-01", "need", None),
        ("LIN-02", "need", None),
    ]


def test_m4_minutes_registered_late_count_from_the_day_of_the_decision(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    before = this_moment()
    pass_gate(client, admin, "need", decided_on="2026-03-01")

    assert status_row(client, admin, as_of="2026-03-02")["gate"] == "study"
    assert status_row(client, admin, known_at=before)["gate"] == "need"
    both = status_row(client, admin, as_of="2026-03-02", known_at=before)
    assert both["gate"] == "need"


def test_m4_known_at_looks_at_when_rows_were_recorded(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("100.00")), 200)
    condition = {"text": "Lös driften", "owner": "FGK"}
    made = pass_gate(client, admin, "need", decided_on="2026-03-01", conditions=[condition])
    known = this_moment()
    was = status_row(client, admin)
    ok(put_lines(client, admin, "LIN-01", line("70.00")), 200)
    path = f"{PATH}/decisions/{made['id']}/conditions/1"
    ok(client.patch(path, json={"met_on": "2026-03-02"}, headers=tagged(client, admin, path)), 200)
    hold = {"gate": "need", "outcome": "hold", "supersedes": made["id"]}
    ok(decide(client, admin, "LIN-01", **hold, decided_on="2026-03-01"))

    assert stands(client, admin) == ("need", "on_hold")
    assert status_row(client, admin, known_at=known) == was
    assert status_row(client, admin, known_at=known, as_of="2026-03-01") == was


def test_m4_a_submitted_round_is_known_from_when_it_was_submitted(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    before = this_moment()
    submit(client, admin, "LIN-01", economy="negative")

    assert status_row(client, admin)["status"] == "submitted"
    then = status_row(client, admin, known_at=before)
    assert (then["status"], then["weak_steps"]) == ("preparing", [])


def test_m4_what_was_changed_or_deleted_later_is_shown_as_it_was_known(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    scenario.put_investment(client, admin, code="LIN-02", name="Borttagen")
    ok(put_lines(client, admin, "LIN-02", line("5.00")), 200)
    known = this_moment()
    body = {"name": "Nytt namn", "kind": "social", "department": "GFK"}
    ok(client.patch(PATH, json=body, headers=tagged(client, admin, PATH)), 200)
    path = "/v1/investments/LIN-02"
    ok(client.delete(path, headers=tagged(client, admin, path)), 204)

    def rows(**query: str) -> list[tuple[str, str, str, str]]:
        answer = ok(client.get("/v1/gate-status", params=query, headers=admin), 200)
        names = ("investment", "name", "department", "forecast_total")
        return [tuple(row[name] for name in names) for row in answer["items"]]

    assert rows() == [("LIN-01", "Nytt namn", "GFK", "0.00")]
    assert rows(known_at=known) == [
        ("LIN-01", "Gångväg", "FGK", "0.00"),
        ("LIN-02", "Borttagen", "FGK", "5.00"),
    ]
    assert rows(known_at=known, department="GFK") == []
    assert rows(as_of="2026-01-01") == rows()


def test_m4_the_rounds_of_a_deleted_investment_stay_known(client: TestClient, keys: Keys):
    admin = begin(client, keys)
    submit(client, admin, "LIN-01")
    before = this_moment()
    assert client.delete(PATH, headers=tagged(client, admin, PATH)).status_code == 204

    row = read(client, admin, f"/v1/gate-status?known_at={before}")["items"][0]

    assert (row["investment"], row["status"]) == ("LIN-01", "submitted")


def test_m4_money_for_the_whole_municipality_is_known_as_such(
    client: TestClient, keys: Keys, engine: Engine
):
    scenario.put_scheme(engine)
    admin = begin(client, keys)
    ok(put_lines(client, admin, "LIN-01", line("5.00"), line("2.00", type="operating")), 200)
    before = this_moment()
    moved = {"location": {"not_located": "Utreds"}}
    ok(client.patch(PATH, json=moved, headers=tagged(client, admin, PATH)), 200)
    path = "/v1/area-schemes/grid/areas/A00/portfolio"

    then = read(client, admin, f"{path}?known_at={before}")
    now_ = read(client, admin, path)

    assert (then["municipality_wide"], then["not_located"]) == ("7.00", "0.00")
    assert (then["municipality_wide_capital"], then["municipality_wide_operating"]) == (
        "5.00",
        "2.00",
    )
    assert (now_["municipality_wide"], now_["not_located"]) == ("0.00", "7.00")


def test_m4_before_anything_was_recorded_nothing_is_known(client: TestClient, keys: Keys):
    leave_memory(client)
    before = this_moment()
    admin = begin(client, keys)

    answer = read(client, admin, f"/v1/gate-status?known_at={before}&totals=true")

    assert answer["items"] == []
    assert answer["totals"]["all"]["count"] == 0


def submits(client: TestClient, admin: Headers, code: str) -> None:
    submit(client, admin, code, economy="negative", market="positive")


def passes(client: TestClient, admin: Headers, code: str) -> None:
    """In good order under full steering, wherever it stands."""
    gate, _ = stands(client, admin, code)
    submit(client, admin, code)
    more = {"benefit_result": "partly"} if gate == GATES[-1] else {}
    decide(client, admin, code, gate=gate, **more)


def holds(client: TestClient, admin: Headers, code: str) -> None:
    decide(client, admin, code, gate=stands(client, admin, code)[0], outcome="hold")


def reworks(client: TestClient, admin: Headers, code: str) -> None:
    decide(client, admin, code, gate=stands(client, admin, code)[0], outcome="rework")


def plans(client: TestClient, admin: Headers, code: str) -> None:
    lines = (line("100.00"), line("7.00", type="operating", direction="income", year=2029))
    ok(put_lines(client, admin, code, *lines), 200)


def overruns(client: TestClient, admin: Headers, code: str) -> None:
    ok(put_lines(client, admin, code, line("5000.00")), 200)


def corrects(client: TestClient, admin: Headers, code: str) -> None:
    made = read(client, admin, f"/v1/investments/{code}/decisions")["items"]
    if made:
        how = {"gate": made[-1]["gate"], "outcome": "hold", "supersedes": made[-1]["id"]}
        decide(client, admin, code, **how)


def is_recommended(client: TestClient, admin: Headers, code: str) -> None:
    recommend(client, admin, code)


Act = Callable[[TestClient, Headers, str], None]
acts: list[Act] = [submits, passes, passes, holds, reworks, plans, overruns, corrects]
acts.append(is_recommended)


@hypothesis.settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(done=st.lists(st.sampled_from(acts), max_size=8))
def test_m4_rows_derived_for_today_are_the_rows_that_are_kept(
    client: TestClient, keys: Keys, engine: Engine, done: list[Act]
):
    admin = keys["admin"]
    if client.get("/v1/programs/lindangen", headers=admin).status_code == 404:
        scenario.put_scheme(engine)
        scenario.put_municipality(client, admin, steering="full")
    total = read(client, admin, "/v1/gate-status")["total"]
    code = f"N-{total:03d}"
    place = {"areas": [{"scheme": "grid", "code": "A00", "share": 0.4}]}
    scenario.put_investment(client, admin, code=code, location=place)
    for act in done:
        if stands(client, admin, code)[1] not in ("stopped", "completed"):
            act(client, admin, code)

    kept = read(client, admin, "/v1/gate-status?limit=1000&totals=true")

    for moment in (f"as_of={swedish_date(now())}", f"known_at={this_moment()}"):
        derived = read(client, admin, f"/v1/gate-status?limit=1000&totals=true&{moment}")
        assert derived == kept


def test_m4_a_program_deleted_later_is_shown_as_it_was_and_never_as_another(
    client: TestClient, keys: Keys
):
    admin = begin(client, keys)
    scenario.put_program(client, admin, code="gone", steering="full")
    scenario.put_investment(client, admin, code="LIN-02", program="gone")
    known = this_moment()
    for path in ("/v1/investments/LIN-02", "/v1/programs/gone"):
        ok(client.delete(path, headers=tagged(client, admin, path)), 204)
    scenario.put_program(client, admin, code="newer", steering="partial")

    query = {"known_at": known}
    rows = ok(client.get("/v1/gate-status", params=query, headers=admin), 200)["items"]

    assert [(row["investment"], row["program"], row["steering"]) for row in rows] == [
        ("LIN-01", "lindangen", "partial"),
        ("LIN-02", "gone", "full"),
    ]
    table = client.get("/v1/gate-status", params={**query, "format": "csv"}, headers=admin).text
    assert ";gone;" in table


def test_m4_the_number_of_a_deleted_program_is_never_given_to_another(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = begin(client, keys)
    scenario.put_program(client, admin, code="gone")
    with transaction(engine) as session:
        number = session.exec(select(Program.id).where(Program.code == "gone")).one()
    path = "/v1/programs/gone"
    ok(client.delete(path, headers=tagged(client, admin, path)), 204)

    scenario.put_program(client, admin, code="newer")

    with transaction(engine) as session:
        newer = session.exec(select(Program.id).where(Program.code == "newer")).one()
    assert (newer or 0) > (number or 0) > 0

"""What was decided by delegation, for the body in whose name it was."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import select

from portfolio.budget.models import Reallocation, ReallocationConsent
from portfolio.clock import now
from portfolio.database.engine import transaction
from portfolio.investments.models import Investment
from tests import scenario
from tests.gates.life import Keys, pass_gate, read
from tests.reports.test_exports import sheet, table
from tests.scenario import Headers, decide, line, ok, put_lines, submit

PATH = "/v1/reports/delegated-decisions"
DELEGATION = {"point": "4.2", "official": "Förvaltningschef"}


@pytest.fixture
def admin(client: TestClient, keys: Keys) -> Headers:
    """Passed by delegation: LIN-01 in June, reported; B in July, of another department, not."""
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    scenario.put_investment(client, admin, code="B", department="GFK")
    scenario.put_investment(client, admin, code="C")
    ok(put_lines(client, admin, "LIN-01", line("100.00")), 200)
    told = {**DELEGATION, "reported_on": "2026-06-20"}
    by_official(client, admin, "LIN-01", delegation=told, released_amount="60.00")
    by_official(client, admin, "B", decided_on="2026-07-01")
    pass_gate(client, admin, "need", "C")
    return admin


def by_official(client: TestClient, headers: Headers, code: str, **fields: Any) -> Any:
    submit(client, headers, code)
    own = {"gate": "need", "decided_by": "director", "delegation": DELEGATION, **fields}
    return ok(decide(client, headers, code, **own))


def consent(engine: Engine, giver: str, receiver: str) -> None:
    """The receiver's consent by an official, the giver's by its committee."""
    with transaction(engine) as session:
        ids = {row.code: row.id or 0 for row in session.exec(select(Investment))}
        moved = Reallocation(
            program_id=1,
            giver_id=ids[giver],
            receiver_id=ids[receiver],
            year=2027,
            type="capital",
            amount=100,
            reason="Upphandlingen blev billigare.",
            dated_on=date(2026, 6, 15),
            mode="partial",
            status="executed",
            expires_on=date(2026, 9, 15),
            recorded_at=now(),
        )
        session.add(moved)
        session.flush()
        for party, department, delegation in (
            ("giver", "FGK", None),
            ("receiver", "GFK", DELEGATION),
        ):
            session.add(
                ReallocationConsent(
                    reallocation_id=moved.id or 0,
                    party=party,
                    department=department,
                    decided_by="director",
                    decided_on=date(2026, 6, 16),
                    case_number="TN-2026-9",
                    delegation=delegation,
                    recorded_at=now(),
                )
            )


def found(client: TestClient, headers: Headers, query: str = "") -> list[tuple[str, str]]:
    items = read(client, headers, f"{PATH}?limit=1000{query}")["items"]
    return [(one["investment"], one["decided_on"]) for one in items]


def test_only_decisions_by_delegation_are_listed(client: TestClient, admin: Headers):
    page = read(client, admin, PATH)

    assert page["total"] == 2
    assert page["items"][0] == {
        "investment": "LIN-01",
        "name": "Gångväg",
        "program": "lindangen",
        "department": "FGK",
        "gate": "need",
        "reallocation": None,
        "outcome": "pass",
        "decided_on": "2026-06-10",
        "decided_by": "director",
        "case_number": "STK-2026-700",
        "point": "4.2",
        "official": "Förvaltningschef",
        "reported_on": "2026-06-20",
        "released_amount": "60.00",
    }
    assert page["items"][1]["released_amount"] is None


def test_a_consent_by_delegation_is_listed_with_its_reallocation(
    client: TestClient, admin: Headers, engine: Engine
):
    consent(engine, "LIN-01", "B")

    items = read(client, admin, PATH)["items"]

    assert [one["investment"] for one in items] == ["LIN-01", "B", "B"]
    middle = items[1]
    assert (middle["gate"], middle["reallocation"], middle["outcome"]) == (None, 1, "consent")
    assert (middle["department"], middle["case_number"]) == ("GFK", "TN-2026-9")


def test_the_list_is_narrowed_by_dates_department_and_what_is_reported(
    client: TestClient, admin: Headers
):
    june, july = ("LIN-01", "2026-06-10"), ("B", "2026-07-01")

    assert found(client, admin) == [june, july]
    assert found(client, admin, "&from=2026-06-10&to=2026-06-10") == [june]
    assert found(client, admin, "&from=2026-06-11") == [july]
    assert found(client, admin, "&to=2026-06-30") == [june]
    assert found(client, admin, "&department=GFK") == [july]
    assert found(client, admin, "&department=none") == []
    assert found(client, admin, "&reported=true") == [june]
    assert found(client, admin, "&reported=false") == [july]


def test_a_decision_that_is_superseded_to_tell_when_it_was_reported_is_listed_once(
    client: TestClient, admin: Headers
):
    (item,) = read(client, admin, "/v1/investments/B/decisions")["items"]
    told = {**DELEGATION, "reported_on": "2026-07-20"}
    fields = {"gate": "need", "decided_by": "director", "decided_on": "2026-07-01"}
    ok(decide(client, admin, "B", **fields, delegation=told, supersedes=item["id"]))

    assert found(client, admin, "&reported=false") == []
    assert len(found(client, admin)) == 2


def test_pages_join_to_the_whole_list(client: TestClient, admin: Headers, engine: Engine):
    consent(engine, "LIN-01", "B")

    first = read(client, admin, f"{PATH}?limit=2")
    rest = read(client, admin, first["next"])

    assert (first["total"], len(first["items"]), rest["next"]) == (3, 2, None)
    assert first["items"] + rest["items"] == read(client, admin, PATH)["items"]


def test_tables_have_the_same_rows(client: TestClient, admin: Headers):
    written = client.get(f"{PATH}?format=csv", headers=admin)
    answer = client.get(f"{PATH}?format=xlsx", headers=admin)
    one = client.get(f"{PATH}?format=csv&limit=1", headers=admin)

    rows, page = table(written.content), sheet(answer.content)
    assert rows[0][:2] == ["Investering", "Namn"]
    assert [row[0] for row in rows[1:]] == ["LIN-01", "B"]
    assert rows[1][-2:] == ["2026-06-20", "60,00"]
    assert page.title == "Delegationsbeslut"
    assert [cell.value for cell in page["A"]] == ["Investering", "LIN-01", "B"]
    assert one.content.count(b"\r\n") == 2
    assert "delegationsbeslut-" in written.headers["content-disposition"]


def test_a_malformed_question_is_refused(client: TestClient, admin: Headers):
    for query in (
        "from=2026-02-30",
        "to=yesterday",
        "reported=1",
        "department=a%20b",
        "since=2026-01-01",
    ):
        assert client.get(f"{PATH}?{query}", headers=admin).status_code == 400, query


def test_m4_delegated_decisions_as_of_a_date_and_as_known_at_a_time(
    client: TestClient, admin: Headers
):
    def codes(**query: str) -> list[str]:
        shown = ok(client.get(PATH, params=query, headers=admin), 200)
        return [row["investment"] for row in shown["items"]]

    everything = codes()
    assert "B" in everything
    assert codes(as_of="2026-06-30") == [code for code in everything if code != "B"]
    assert codes(known_at="2020-01-01T00:00:00Z") == []
    assert codes(known_at=now().isoformat().replace("+00:00", "Z")) == everything

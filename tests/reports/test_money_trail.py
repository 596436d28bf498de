"""An investment's money, from decision to voucher, in the order of its dates."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.clock import now, rfc3339
from tests import scenario
from tests.gates.life import Keys, pass_gate, read
from tests.reports.booking import Purse, book, owning
from tests.scenario import Headers, decide, line, ok, put_lines, submit

PATH = "/v1/investments/LIN-01/money-trail"


@pytest.fixture
def admin(client: TestClient, keys: Keys) -> Headers:
    scenario.put_municipality(client, keys["admin"])
    scenario.put_investment(client, keys["admin"], **owning("100"))
    scenario.put_investment(client, keys["admin"], code="LIN-02")
    lines = (line("100.00"), line("7.00", direction="income"), line("20.50", type="operating"))
    ok(put_lines(client, keys["admin"], "LIN-01", *lines), 200)
    return keys["admin"]


def trail(client: TestClient, headers: Headers, query: str = "") -> list[Any]:
    items: list[Any] = read(client, headers, f"{PATH}?limit=1000{query}")["items"]
    return items


def totals(client: TestClient, headers: Headers, query: str = "") -> dict[str, Any]:
    found = read(client, headers, f"{PATH}?limit=1000{query}")["totals"]
    return {one["kind"]: (one["total"], one["capital"], one["operating"]) for one in found}


def test_money_is_followed_from_the_decision_to_the_voucher(
    client: TestClient, admin: Headers, engine: Engine
):
    decided = pass_gate(client, admin, "need", released_amount="60.00")
    purse = Purse(engine, 20_000)
    purse.allocate("LIN-01", 9_000)
    purse.move("LIN-01", "LIN-02", 1_500, "2026-08-01")
    purse.move("LIN-02", "LIN-01", 500, "2026-08-15")
    book(engine, "100", 4_010, "2026-09-01", voucher="A7")
    book(engine, "100", -10, "2026-09-02", type="operating", voucher="A8")

    items = trail(client, admin)

    assert [(one["kind"], one["date"], one["amount"], one["type"]) for one in items] == [
        ("decided", "2026-06-10", "93.00", "capital"),
        ("decided", "2026-06-10", "20.50", "operating"),
        ("released", "2026-06-10", "60.00", None),
        ("allocated", "2026-07-01", "90.00", "capital"),
        ("moved_from", "2026-08-01", "-15.00", "capital"),
        ("moved_to", "2026-08-15", "5.00", "capital"),
        ("booked", "2026-09-01", "40.10", "capital"),
        ("booked", "2026-09-02", "-0.10", "operating"),
    ]
    assert items[0]["reference"] == f"/v1/investments/LIN-01/decisions/{decided['id']}"
    assert (items[0]["case_number"], items[0]["decided_by"]) == ("STK-2026-700", "executive_board")
    assert items[3] == {
        "kind": "allocated",
        "date": "2026-07-01",
        "case_number": "STK-2026-310",
        "decided_by": "council",
        "type": "capital",
        "year": 2027,
        "amount": "90.00",
        "reference": "/v1/allocations/1",
        "counterpart": None,
    }
    assert [one["counterpart"] for one in items[4:6]] == ["LIN-02", "LIN-02"]
    assert (items[6]["reference"], items[6]["year"]) == ("main A7", 2026)
    assert totals(client, admin) == {
        "decided": ("113.50", "93.00", "20.50"),
        "released": ("60.00", None, None),
        "allocated": ("90.00", "90.00", "0.00"),
        "moved_from": ("-15.00", "-15.00", "0.00"),
        "moved_to": ("5.00", "5.00", "0.00"),
        "booked": ("40.00", "40.10", "-0.10"),
    }


def test_without_any_money_there_are_only_zeros(client: TestClient, admin: Headers):
    assert trail(client, admin) == []
    assert {total for total, _, _ in totals(client, admin).values()} == {"0.00"}


def test_g10_a_superseded_decision_is_not_counted(client: TestClient, admin: Headers):
    first = pass_gate(client, admin, "need", released_amount="60.00")
    fields = {"gate": "need", "supersedes": first["id"], "released_amount": "50.00"}
    second = ok(decide(client, admin, "LIN-01", **fields))

    items = trail(client, admin)

    references = {one["reference"] for one in items}
    assert references == {f"/v1/investments/LIN-01/decisions/{second['id']}"}
    assert totals(client, admin)["released"] == ("50.00", None, None)


def test_g13_what_is_decided_anew_replaces_what_was_decided(client: TestClient, admin: Headers):
    pass_gate(client, admin, "need", released_amount="10.00")
    ok(put_lines(client, admin, "LIN-01", line("130.00")), 200)
    submit(client, admin, "LIN-01")
    amended = {"gate": "study", "outcome": "amend", "released_amount": "5.00"}
    ok(decide(client, admin, "LIN-01", **amended, decided_on="2026-06-20"))

    decided = [one["amount"] for one in trail(client, admin) if one["kind"] == "decided"]

    assert decided == ["93.00", "20.50", "130.00"]
    assert totals(client, admin)["decided"] == ("130.00", "130.00", "0.00")
    assert totals(client, admin)["released"] == ("15.00", None, None)


def test_money_that_only_comes_out_of_another_pool_did_not_move(
    client: TestClient, admin: Headers, engine: Engine
):
    purse = Purse(engine, 20_000)
    purse.allocate("LIN-01", 9_000)
    purse.rehouse("LIN-01", 9_000, "2026-09-01")

    assert [one["kind"] for one in trail(client, admin)] == ["allocated"]


def test_m4_as_of_a_date_and_as_known_at_a_time(client: TestClient, admin: Headers, engine: Engine):
    before = rfc3339(now())
    pass_gate(client, admin, "need", released_amount="60.00")
    between = rfc3339(now())
    Purse(engine, 20_000).allocate("LIN-01", 9_000)
    book(engine, "100", 4_000, "2026-09-01")

    def kinds(query: str) -> list[str]:
        return [one["kind"] for one in trail(client, admin, query)]

    assert kinds(f"&known_at={before}") == []
    assert kinds(f"&known_at={between}") == ["decided", "decided", "released"]
    assert kinds("&as_of=2026-06-09") == []
    assert kinds("&as_of=2026-07-01") == ["decided", "decided", "released", "allocated"]
    assert kinds("&as_of=2026-09-01")[-1] == "booked"
    assert totals(client, admin, "&as_of=2026-06-09")["decided"] == ("0.00", "0.00", "0.00")


def test_a_trail_is_read_page_by_page(client: TestClient, admin: Headers, engine: Engine):
    pass_gate(client, admin, "need", released_amount="60.00")
    for number in range(5):
        book(engine, "100", 100, "2026-09-01", voucher=f"A{number}")

    address: str | None = f"{PATH}?limit=2"
    pages = []
    while address:
        page = read(client, admin, address)
        pages.append(page)
        address = page["next"]

    assert [len(page["items"]) for page in pages] == [2, 2, 2, 2]
    assert [one for page in pages for one in page["items"]] == trail(client, admin)
    assert {page["total"] for page in pages} == {8}
    assert all(page["totals"] == pages[0]["totals"] for page in pages)


def test_a_voucher_is_one_item_however_many_lines_it_has(
    client: TestClient, admin: Headers, engine: Engine
):
    for amount in (100, 250, -50):
        book(engine, "100", amount, "2026-09-01", voucher="A1")
    book(engine, "200", 9_999, "2026-09-01", voucher="A1")

    assert [one["amount"] for one in trail(client, admin)] == ["3.00"]


def test_a_malformed_question_is_refused(client: TestClient, admin: Headers):
    for query in (
        "as_of=2026-13-01",
        "known_at=2026-01-01",
        "cursor=x",
        "a=b",
    ):
        assert client.get(f"{PATH}?{query}", headers=admin).status_code == 400, query


def test_there_is_no_trail_of_what_is_not_there(client: TestClient, admin: Headers):
    answer = client.get("/v1/investments/LIN-99/money-trail", headers=admin)

    assert answer.status_code == 404

"""Applying ledger files: replacing, adding, never twice (M3), and what is kept of them."""

import io
import zipfile
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, MetaData, select
from sqlmodel import Session, col
from sqlmodel import select as choose

from portfolio.accounts.models import OutcomePosting
from portfolio.accounts.repository import Booked, outcome_sums
from portfolio.outcome_imports.rules import Extent, Posting, compare
from tests import scenario
from tests.accounts.ledgers import A_DAY, HEAD, Row, file, voucher
from tests.outcome_imports.sending import (
    CSV_COLUMNS,
    IMPORTS,
    apply,
    bring_in,
    issue_of,
    kinds,
    ledger,
    outcome,
    preview,
    send,
)
from tests.scenario import ok

Keys = dict[str, dict[str, str]]
Headers = dict[str, str]


def postings(engine: Engine) -> list[dict[str, Any]]:
    """Every row, whether in force or not, in the order they came."""
    with Session(engine) as session:
        rows = session.exec(choose(OutcomePosting).order_by(col(OutcomePosting.id)))
        return [row.model_dump() for row in rows]


def counted(added: int, removed: int, unchanged: int) -> dict[str, int]:
    return {
        "added": added,
        "removed": removed,
        "unchanged": unchanged,
        "postings": added + unchanged,
    }


def test_the_same_file_twice_changes_nothing(client: TestClient, finance: Headers, engine: Engine):
    """M3."""
    content = ledger("100.00", "100.00", "5.00")
    bring_in(client, finance, content)
    before = postings(engine)

    shown = bring_in(client, finance, content)

    assert shown["counts"] == counted(0, 0, 3)
    assert shown["impact"]["investments"] == []
    assert postings(engine) == before
    assert outcome(client, finance) == ("0.00", "205.00")


def test_a_later_file_of_the_whole_year_replaces_the_earlier(
    client: TestClient, finance: Headers, engine: Engine
):
    """M3; what comes again stays as it was, what goes is known as of its time (M4)."""
    bring_in(client, finance, ledger("100.00", "5.00"))
    between = datetime.now(UTC)

    shown = bring_in(client, finance, ledger("100.00", "7.00", "1.00"))

    assert shown["counts"] == counted(2, 1, 1)
    (changed,) = shown["impact"]["investments"]
    assert (changed["before"]["operating"], changed["after"]["operating"]) == ("105.00", "108.00")
    assert outcome(client, finance) == ("0.00", "108.00")
    rows = postings(engine)
    assert [(row["amount"], row["retracted_at"] is None) for row in rows] == [
        (10000, True),
        (500, False),
        (700, True),
        (100, True),
    ]
    with Session(engine) as session:
        assert outcome_sums(session, Booked(known_at=between)) == {1: {"operating": 10500}}


def test_a_year_and_a_ledger_are_replaced_apart(client: TestClient, finance: Headers, keys: Keys):
    other = [{"ledger": "school", "dimension": "6", "object": "P1"}]
    scenario.put_investment(client, keys["admin"], code="B", accounting_objects=other)
    earlier = ledger("3.00", day="20260115").replace(b"2027", b"2026")

    bring_in(client, finance, ledger("100.00"))
    bring_in(client, finance, earlier)
    bring_in(client, finance, ledger("20.00"), ledger="school")
    bring_in(client, finance, ledger("50.00"))

    assert outcome(client, finance) == ("0.00", "53.00")
    assert outcome(client, finance, "B") == ("0.00", "20.00")


def test_a_part_adds_and_a_whole_file_replaces_parts_too(client: TestClient, finance: Headers):
    january = file(voucher("1", Row("5010", "10.00", [("6", "P1")])))
    february = file(voucher("2", Row("5010", "5.00", [("6", "P1")]), day="20270215"))

    bring_in(client, finance, january, extent="part")
    shown = bring_in(client, finance, february, extent="part")
    assert shown["counts"] == counted(1, 0, 0)
    assert outcome(client, finance) == ("0.00", "15.00")
    bring_in(client, finance, ledger("8.00"))

    assert outcome(client, finance) == ("0.00", "8.00")


def test_a_part_that_was_sent_before_is_a_double_import(client: TestClient, finance: Headers):
    """M3; both the file and its voucher are known."""
    content = ledger("10.00")
    bring_in(client, finance, content, extent="part")

    shown = preview(client, finance, content, extent="part")

    found = [issue for issue in shown["issues"] if issue["kind"] == "double_import"]
    assert [(one["severity"], one["line"], one["code"]) for one in found] == [
        ("error", 8, "A 1"),
        ("error", None, None),
    ]
    assert apply(client, finance, shown["id"]).status_code == 409
    assert outcome(client, finance) == ("0.00", "10.00")


def test_a_voucher_that_is_booked_already_is_told_at_its_line(client: TestClient, finance: Headers):
    bring_in(client, finance, ledger("10.00", "20.00"))
    content = file(
        voucher("3", Row("5010", "1.00", [("6", "P1")])),
        voucher("2", Row("5010", "20.00", [("6", "P1")])),
    )

    shown = preview(client, finance, content, extent="part")

    issue = issue_of(shown, "double_import")
    assert (issue["severity"], issue["line"], issue["code"]) == ("error", 13, "A 2")


def test_csv_parts_know_their_vouchers_as_well(client: TestClient, finance: Headers):
    def table(*rows: str) -> bytes:
        return "\n".join(["Ver;Datum;Konto;Projekt;Belopp", *rows]).encode()

    first = table("1;2027-01-15;5010;P1;1,00")
    form = {**CSV_COLUMNS, "extent": "part"}
    bring_in(client, finance, first, **form)

    shown = preview(client, finance, table("1;2027-01-15;5010;P1;9,00"), **form)

    assert issue_of(shown, "double_import")["line"] == 2


def test_a_transaction_file_adds_by_itself(client: TestClient, finance: Headers):
    head = [line for line in HEAD if not line.startswith(("#UB", "#RAR"))]
    parts = [voucher(str(n), Row("5010", f"{n}.00", [("6", "P1")])) for n in (1, 2)]

    for part in parts:
        bring_in(client, finance, file(part, head=head))

    assert outcome(client, finance) == ("0.00", "3.00")


def test_a_preview_that_is_outdated_is_refused(client: TestClient, finance: Headers):
    first = preview(client, finance, ledger("10.00"))
    second = preview(client, finance, ledger("20.00"))
    elsewhere = preview(client, finance, ledger("5.00"), ledger="other")
    ok(apply(client, finance, second["id"]), 200)

    answer = apply(client, {**finance, "Accept-Language": "en"}, first["id"])

    assert answer.status_code == 409
    (reason,) = answer.json()["reasons"]
    assert "applied since the preview" in reason["detail"]
    assert outcome(client, finance) == ("0.00", "20.00")
    ok(apply(client, finance, elsewhere["id"]), 200)


def test_an_import_is_applied_once(client: TestClient, finance: Headers):
    shown = bring_in(client, finance, ledger("10.00"))

    again = apply(client, finance, shown["id"])

    assert again.status_code == 409
    assert again.json()["type"].endswith("/import-not-applicable")
    assert outcome(client, finance) == ("0.00", "10.00")


def test_an_import_that_does_not_exist_is_not_found(client: TestClient, finance: Headers):
    for answer in (
        apply(client, finance, 99),
        client.get(f"{IMPORTS}/99", headers=finance),
        client.delete(f"{IMPORTS}/99", headers={**finance, "If-Match": "*"}),
    ):
        assert answer.status_code == 404


def test_a_preview_that_is_discarded_keeps_no_posting(
    client: TestClient, finance: Headers, engine: Engine
):
    shown = preview(client, finance, ledger("10.00"))
    path = f"{IMPORTS}/{shown['id']}"
    tag = client.get(path, headers=finance).headers["etag"]
    assert len(postings(engine)) == 1

    assert client.delete(path, headers=finance).status_code == 428
    assert client.delete(path, headers={**finance, "If-Match": '"0"'}).status_code == 412
    assert client.delete(path, headers={**finance, "If-Match": tag}).status_code == 204

    assert postings(engine) == []
    assert client.get(path, headers=finance).json() == {**shown, "status": "discarded"}
    assert apply(client, finance, shown["id"]).status_code == 409
    assert client.delete(path, headers={**finance, "If-Match": "*"}).status_code == 409


def test_what_is_applied_cant_be_discarded(client: TestClient, finance: Headers):
    shown = bring_in(client, finance, ledger("10.00"))

    answer = client.delete(f"{IMPORTS}/{shown['id']}", headers={**finance, "If-Match": "*"})

    assert answer.status_code == 409
    assert outcome(client, finance) == ("0.00", "10.00")


def test_another_meaning_of_an_account_holds_from_the_next_import(
    client: TestClient, finance: Headers
):
    bring_in(client, finance, ledger("10.00"))
    tag = client.get("/v1/account-map", headers=finance).headers["etag"]
    body = {"ranges": [{"first": "5", "last": "5", "type": "capital", "direction": "expense"}]}
    ok(client.put("/v1/account-map", json=body, headers={**finance, "If-Match": tag}), 200)
    assert outcome(client, finance) == ("0.00", "10.00")

    bring_in(client, finance, ledger("10.00"))

    assert outcome(client, finance) == ("10.00", "0.00")


def test_an_object_named_between_preview_and_apply_counts(
    client: TestClient, finance: Headers, keys: Keys
):
    shown = preview(client, finance, ledger("10.00", object="P2"))
    named = [{"ledger": "main", "dimension": "6", "object": "P2"}]
    scenario.put_investment(client, keys["admin"], code="B", accounting_objects=named)

    applied = ok(apply(client, finance, shown["id"]), 200)

    assert [one["investment"] for one in applied["impact"]["investments"]] == ["B"]
    assert outcome(client, finance, "B") == ("0.00", "10.00")


# What is kept


PERSON = "Planterad Personsson"


def everything(engine: Engine) -> str:
    """All that the database holds, as text."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return "\n".join(
            str(row) for one in tables.sorted_tables for row in connection.execute(select(one))
        )


def test_what_vouchers_say_is_kept_nowhere(client: TestClient, finance: Headers, engine: Engine):
    """M3: texts of vouchers may hold names; nor are names in issues, events or answers."""
    head: tuple[str, ...] = (*HEAD, f'#GEN 20270301 "{PERSON}"', f'#ADRESS "{PERSON}" "" "" ""')
    head += (f'#OBJEKT 6 "P1" "{PERSON}"', f'#KONTO 5010 "{PERSON}"')
    content = file(
        voucher("1", Row("5010", "10.00", [("6", "P1")], PERSON), text=PERSON),
        voucher("2", Row("5010", "10.00", [("6", "P9")], PERSON), text=PERSON),
        [f"{PERSON} har skrivit en rad till", f'#PROSA "{PERSON}'],
        head=head,
    )
    whole = file(voucher("1", Row("5010", "10.00", [("6", "P1")], PERSON), text=PERSON), head=head)
    table = f"Ver;Datum;Konto;Projekt;Belopp;Text\n1;2028-01-15;5010;P1;x;{PERSON}\n".encode()

    broken = send(client, finance, content)
    applied = bring_in(client, finance, whole)
    listed = send(client, finance, table, **CSV_COLUMNS)

    assert ("error", "malformed_line") in kinds(ok(broken))
    assert applied["counts"]["postings"] == 1
    events = client.get("/v1/events", params={"limit": 1000}, headers=finance).text
    assert "outcome_import.applied" in events
    for text in (everything(engine), events, broken.text, str(applied), listed.text):
        assert "Personsson" not in text


def test_events_tell_how_many_of_each_and_the_hash_of_the_file(
    client: TestClient, finance: Headers
):
    shown = bring_in(client, finance, ledger("10.00"))
    discarded = preview(client, finance, ledger("11.00"))
    path = f"{IMPORTS}/{discarded['id']}"
    client.delete(path, headers={**finance, "If-Match": "*"})

    def actions(resource: str) -> list[str]:
        params = {"resource": resource}
        items = client.get("/v1/events", params=params, headers=finance).json()["items"]
        return [event["action"].removeprefix("outcome_import.") for event in items]

    params = {"resource": f"{IMPORTS}/{shown['id']}"}
    last = client.get("/v1/events", params=params, headers=finance).json()["items"][-1]
    assert (last["before"]["status"], last["after"]["status"]) == ("previewed", "applied")
    assert last["after"]["counts"] == counted(1, 0, 0)
    assert last["after"]["source"] == shown["source"]
    assert last["after"]["impact"] == {"investments": 1, "unknown_objects": 0}
    assert actions(f"{IMPORTS}/{shown['id']}") == ["created", "applied"]
    assert actions(path) == ["created", "discarded"]


def test_a_file_that_is_refused_leaves_no_trace(
    client: TestClient, finance: Headers, engine: Engine
):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("2027.se", ledger("1.00"))
    before = everything(engine)

    assert send(client, finance, packed.getvalue()).status_code == 422
    assert everything(engine) == before


# What a file changes, as a rule


POSTING = st.sampled_from(
    [Posting("6", "P1", f"A {n}", A_DAY, "5010", "operating", "expense", n) for n in (1, 2, 3)]
)
POSTINGS = st.lists(POSTING, max_size=6)


@given(POSTINGS, POSTINGS)
def test_a_whole_file_leaves_exactly_what_it_holds(former: list[Posting], given: list[Posting]):
    """Rows that are alike are counted, not merged."""
    changed = compare(enumerate(former), enumerate(given), Extent.WHOLE)

    gone = {id for id, _ in changed.removed}
    left = [posting for id, posting in enumerate(former) if id not in gone]
    assert Counter(left) + Counter(posting for _, posting in changed.added) == Counter(given)
    assert len(changed.added) + len(changed.unchanged) == len(given)
    assert len(changed.removed) + len(changed.unchanged) == len(former)


@pytest.mark.parametrize("extent", list(Extent))
@given(given=POSTINGS)
def test_nothing_is_removed_where_nothing_was(extent: Extent, given: list[Posting]):
    changed = compare([], enumerate(given), extent)

    assert [posting for _, posting in changed.added] == given
    assert not changed.removed

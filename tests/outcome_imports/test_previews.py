"""Previews of ledger files: what they say, and that nothing else has changed (M3)."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from portfolio.accounts.models import OutcomePosting
from tests import scenario
from tests.accounts.ledgers import HEAD, Row, file, voucher
from tests.outcome_imports.sending import (
    CSV_COLUMNS,
    IMPORTS,
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
SWEDISH = {"Accept-Language": "sv"}
ENGLISH = {"Accept-Language": "en"}


def name_objects(client: TestClient, keys: Keys, code: str, *objects: tuple[str, str, str]) -> None:
    named = [dict(zip(("ledger", "dimension", "object"), one, strict=True)) for one in objects]
    path = f"/v1/investments/{code}"
    headers = {**keys["admin"], "If-Match": "*"}
    ok(client.patch(path, json={"accounting_objects": named}, headers=headers), 200)


def test_a_preview_says_what_the_file_is_and_what_it_would_change(
    client: TestClient, finance: Headers
):
    answer = send(client, finance, ledger("100.50", "-0.50"))

    shown = ok(answer)
    assert answer.headers["location"] == f"{IMPORTS}/{shown['id']}"
    again = client.get(answer.headers["location"], headers=finance)
    assert again.json() == shown
    assert again.headers["etag"] == answer.headers["etag"]
    assert (shown["status"], shown["ledger"], shown["year"], shown["extent"]) == (
        "previewed",
        "main",
        2027,
        "whole",
    )
    assert len(shown["source"].pop("sha256")) == 64
    assert shown["source"] == {
        "filename": "År 2027.se",
        "format": "SIE 4E",
        "encoding": "cp437",
        "program": "Ekonomi 8.1",
        "vouchers": 2,
        "transactions": 4,
    }
    assert shown["counts"] == {"added": 2, "removed": 0, "unchanged": 0, "postings": 2}
    assert shown["totals"] == {"capital": "0.00", "operating": "100.00"}
    zero = {"capital": "0.00", "operating": "0.00"}
    after = {"capital": "0.00", "operating": "100.00"}
    changed = {"investment": "LIN-01", "name": "Gångväg", "before": zero, "after": after}
    assert shown["impact"] == {"investments": [changed], "unknown_objects": []}
    assert outcome(client, finance) == ("0.00", "0.00")


def test_previews_are_listed_in_the_order_they_came(client: TestClient, finance: Headers):
    ids = [preview(client, finance, ledger(amount))["id"] for amount in ("1.00", "2.00", "3.00")]

    first = ok(client.get(IMPORTS, params={"limit": 2}, headers=finance), 200)
    rest = ok(client.get(first["next"], headers=finance), 200)

    assert [one["id"] for one in first["items"] + rest["items"]] == ids
    assert (first["total"], rest["next"]) == (3, None)


def test_issues_are_told_in_the_language_asked_for(client: TestClient, finance: Headers):
    path = f"{IMPORTS}/{preview(client, finance, ledger('1.00', object='P2'))['id']}"

    swedish = client.get(path, headers={**finance, **SWEDISH}).json()
    english = client.get(path, headers={**finance, **ENGLISH}).json()

    assert issue_of(swedish, "unknown_object")["detail"].startswith("Ingen investering")
    assert issue_of(english, "unknown_object")["detail"].startswith("No investment")


# What a row counts on


def test_what_accounts_mean_decides_type_and_sign(client: TestClient, finance: Headers):
    """M3: class 1 capital, 3 income, 4-8 expense, 2 left out and reported."""
    rows = [
        Row("1130", "1000.00", [("6", "P1")]),
        Row("3010", "-30.00", [("6", "P1")]),
        Row("8410", "7.00", [("6", "P1")]),
        Row("2640", "250.00", [("6", "P1")]),
        Row("9100", "5.00", [("6", "P1")]),
    ]

    shown = preview(client, finance, file(voucher("1", *rows)))

    assert shown["totals"] == {"capital": "1000.00", "operating": "-23.00"}
    assert shown["counts"]["postings"] == 3
    left_out = issue_of(shown, "left_out")
    assert (left_out["severity"], left_out["code"], left_out["line"]) == ("info", "2", 13)
    assert "Rows: 1, SEK 250.00" in left_out["detail"]
    unknown = issue_of(shown, "unknown_account")
    assert (unknown["severity"], unknown["code"], unknown["line"]) == ("warning", "9100", 14)


def test_unknown_objects_are_summed_and_counted_as_soon_as_one_has_them(
    client: TestClient, finance: Headers, keys: Keys
):
    content = file(
        voucher("1", Row("5010", "10.00", [("6", "P2")]), Row("1130", "5.00", [("6", "P2")])),
        voucher("2", Row("5010", "1.50", [("6", "P2")])),
    )

    shown = bring_in(client, finance, content)

    issue = issue_of(shown, "unknown_object")
    assert (issue["severity"], issue["code"], issue["line"]) == ("warning", "P2", 10)
    assert "Rows: 3, SEK 16.50" in issue["detail"]
    unknown = {"dimension": "6", "object": "P2", "postings": 3}
    sums = {"capital": "5.00", "operating": "11.50"}
    assert shown["impact"] == {"investments": [], "unknown_objects": [{**unknown, **sums}]}
    assert outcome(client, finance) == ("0.00", "0.00")
    name_objects(client, keys, "LIN-01", ("main", "6", "P2"))
    assert outcome(client, finance) == ("5.00", "11.50")


def test_rows_without_an_object_that_counts_are_told_and_not_kept(
    client: TestClient, finance: Headers
):
    rows = [
        Row("5010", "10.00", [("1", "KS")]),
        Row("5010", "1.00"),
        Row("5010", "2.00", [("6", "")]),
    ]

    shown = preview(client, finance, file(voucher("1", *rows)))

    assert shown["counts"]["postings"] == 0
    issue = issue_of(shown, "no_object")
    assert (issue["severity"], issue["line"]) == ("info", 10)
    assert "which do not count: 4. On accounts that else count: SEK 13.00." in issue["detail"]
    assert issue["detail"].endswith("Other dimensions of theirs: 1.")


def test_a_row_on_two_objects_of_one_investment_counts_once(
    client: TestClient, finance: Headers, keys: Keys
):
    name_objects(client, keys, "LIN-01", ("main", "6", "P1"), ("main", "1", "KS"))
    rows = [Row("5010", "10.00", [("1", "KS"), ("6", "P1")])]

    shown = bring_in(client, finance, file(voucher("1", *rows)))

    assert shown["counts"]["postings"] == 1
    assert outcome(client, finance) == ("0.00", "10.00")


def test_a_row_on_objects_of_two_investments_is_ambiguous(
    client: TestClient, finance: Headers, keys: Keys
):
    other = [{"ledger": "main", "dimension": "1", "object": "KS"}]
    scenario.put_investment(client, keys["admin"], code="B", accounting_objects=other)
    content = file(voucher("1", Row("5010", "10.00", [("1", "KS"), ("6", "P1")])))

    shown = preview(client, finance, content)
    chosen = preview(client, finance, content, dimension="6")

    issue = issue_of(shown, "ambiguous_object")
    assert (issue["severity"], issue["line"]) == ("error", 10)
    assert kinds(chosen) == [("info", "no_object")]


def test_a_known_object_goes_before_an_unknown_one(
    client: TestClient, finance: Headers, keys: Keys
):
    name_objects(client, keys, "LIN-01", ("main", "6", "P1"), ("main", "1", "KS"))

    shown = preview(
        client, finance, file(voucher("1", Row("5010", "10.00", [("1", "X"), ("6", "P1")])))
    )

    assert shown["impact"]["unknown_objects"] == []
    assert shown["impact"]["investments"][0]["after"]["operating"] == "10.00"


# Ledger, year and extent


def headed(*lines: str) -> bytes:
    kept = [line for line in HEAD if not line.startswith(("#FNR", "#RAR", "#UB"))]
    row = Row("5010", "10.00", [("6", "P1")])
    return file(voucher("1", row), head=[*kept, *lines])


@pytest.mark.parametrize("line", ['#FNR "main"', "#ORGNR main", '#FNAMN " main "'])
def test_the_ledger_is_known_by_any_name_the_file_has(
    client: TestClient, finance: Headers, line: str
):
    shown = preview(
        client, finance, headed('#FNR "7"', line) if "FNR" not in line else headed(line)
    )

    assert shown["ledger"] == "main"
    assert "ledger_assumed" not in [kind for _, kind in kinds(shown)]


def test_the_only_ledger_that_is_named_is_assumed_and_told(client: TestClient, finance: Headers):
    shown = preview(client, finance, headed('#FNR "7"'))

    assert shown["ledger"] == "main"
    issue = issue_of(shown, "ledger_assumed")
    assert issue["severity"] == "warning"
    assert "calls itself 7 but is taken to be of main" in issue["detail"]


def test_where_several_ledgers_are_named_the_file_is_of_its_own(
    client: TestClient, finance: Headers, keys: Keys
):
    other = [{"ledger": "school", "dimension": "6", "object": "P1"}]
    scenario.put_investment(client, keys["admin"], code="B", accounting_objects=other)

    assert preview(client, finance, headed('#FNR "7"'))["ledger"] == "7"
    assert preview(client, finance, headed('#FNR "7"'), ledger="school")["ledger"] == "school"
    assert issue_of(preview(client, finance, headed()), "missing_ledger")["severity"] == "error"


def test_a_file_without_a_year_takes_that_of_its_vouchers_or_the_one_given(
    client: TestClient, finance: Headers
):
    transactions, export = headed("#FNR main"), headed("#FNR main", "#UB 0 1930 1.00")

    assert preview(client, finance, transactions)["year"] == 2027
    assert preview(client, finance, transactions)["extent"] == "part"
    missing = preview(client, finance, export)
    assert (missing["year"], issue_of(missing, "missing_year")["severity"]) == (None, "error")
    assert preview(client, finance, export, year="2027")["year"] == 2027


def test_dates_of_several_years_need_a_year_and_then_are_outside_it(
    client: TestClient, finance: Headers
):
    head = [line for line in HEAD if not line.startswith(("#RAR", "#UB"))]
    content = file(
        voucher("1", Row("5010", "1.00")),
        voucher("2", Row("5010", "1.00"), day="20280101"),
        head=head,
    )

    assert ("error", "missing_year") in kinds(preview(client, finance, content))
    outside = issue_of(preview(client, finance, content, year="2027"), "period_outside_year")
    assert (outside["severity"], outside["code"], outside["line"]) == ("error", "2028", 11)


def test_a_year_that_contradicts_the_file_is_told(client: TestClient, finance: Headers):
    shown = preview(client, finance, ledger("1.00"), year="2026")

    assert issue_of(shown, "other_year")["severity"] == "error"
    assert shown["year"] == 2027


def test_a_fiscal_year_is_named_after_the_year_it_ends_in(client: TestClient, finance: Headers):
    shown = preview(client, finance, headed("#FNR main", "#RAR 0 20260701 20270630"))

    assert shown["year"] == 2027


# CSV


def table(*rows: str) -> bytes:
    return "\n".join(["Ver;Datum;Konto;Projekt;Belopp", *rows]).encode()


def test_a_csv_file_is_read_by_its_columns(client: TestClient, finance: Headers):
    content = table("1;2027-01-15;5010;P1;1 000,50", "1;2027-02-15;1130;P1;-0,50")

    shown = bring_in(client, finance, content, **CSV_COLUMNS)

    assert shown["source"]["format"] == "CSV"
    assert (shown["ledger"], shown["year"], shown["extent"]) == ("main", 2027, "whole")
    assert kinds(shown) == [("info", "ledger_assumed")]
    assert outcome(client, finance) == ("-0.50", "1000.50")


def test_what_the_form_says_of_a_csv_file_holds(client: TestClient, finance: Headers):
    content = table("1;2027-01-15;5010;P1;150").replace(b";", b"\t")
    form = {**CSV_COLUMNS, "unit": "ore", "delimiter": "tab", "encoding": "utf-8", "extent": "part"}

    shown = preview(client, finance, content, ledger="main", dimension="6", year="2027", **form)

    assert shown["totals"]["operating"] == "1.50"
    assert shown["extent"] == "part"
    assert shown["impact"]["unknown_objects"] == []


def test_a_csv_file_has_objects_of_one_dimension(client: TestClient, finance: Headers, keys: Keys):
    name_objects(client, keys, "LIN-01", ("main", "6", "P1"), ("main", "1", "KS"))
    content = table("1;2027-01-15;5010;KS;1,00")

    refused = send(client, finance, content, **CSV_COLUMNS)
    shown = preview(client, finance, content, dimension="1", **CSV_COLUMNS)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/dimension"
    assert shown["impact"]["investments"][0]["after"]["operating"] == "1.00"


# What is refused


def listed(client: TestClient, headers: Headers) -> int:
    total: int = client.get(IMPORTS, headers=headers).json()["total"]
    return total


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n \r\n",
        b"<html><body>Logga in</body></html>",
        "#FLAGGA 0\r\n#SIETYP 4\r\n".encode("utf-16"),
        b"PK\x03\x04\x14\x00\x06\x00",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00",
        b"Hej, det h\xe4r \xe4r ingen fil ur redovisningen.",
        b"#FLAGGA 0\n" + b"x" * 200_000,
    ],
)
def test_what_is_no_ledger_is_refused_and_nothing_kept(
    client: TestClient, finance: Headers, content: bytes
):
    answer = send(client, finance, content)

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/unreadable-file")
    assert answer.json()["errors"][0]["pointer"] == "/file"
    assert listed(client, finance) == 0


def test_a_file_over_the_limit_is_refused_unread(client: TestClient, finance: Headers):
    headers = {
        **finance,
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": str(200 * 2**20),
    }

    answer = client.post(IMPORTS, headers=headers, content=b"")

    assert answer.status_code == 413
    assert answer.json()["type"].endswith("/too-large")


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"extent": "half"}, "/extent"),
        ({"year": "0"}, "/year"),
        ({"year": "9999"}, "/year"),
        ({"year": "20 27"}, "/year"),
        ({"year": "true"}, "/year"),
        ({"unit": "tkr"}, "/unit"),
        ({"delimiter": "|"}, "/delimiter"),
        ({"encoding": "utf-16"}, "/encoding"),
        ({"ledger": "a\x00b"}, "/ledger"),
        ({"ledger": "x" * 501}, "/ledger"),
        ({"date_column": "Datum"}, ""),
        ({"unknown": "1"}, "/unknown"),
    ],
)
def test_a_form_that_is_wrong_is_refused(
    client: TestClient, finance: Headers, form: dict[str, str], pointer: str
):
    answer = send(client, finance, ledger("1.00"), **form)

    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert listed(client, finance) == 0


def test_fields_left_empty_count_as_left_out(client: TestClient, finance: Headers):
    names = ("ledger", "dimension", "extent", "year", "encoding", "delimiter", "unit", *CSV_COLUMNS)

    shown = preview(client, finance, ledger("1.00"), **dict.fromkeys(names, ""))

    assert shown["counts"]["postings"] == 1


def test_a_form_without_a_file_is_refused(client: TestClient, finance: Headers):
    answer = client.post(IMPORTS, headers=finance, data={"file": "#FLAGGA 0"}, files={"x": b""})

    assert answer.status_code == 422
    assert "/file" in [error["pointer"] for error in answer.json()["errors"]]


def test_a_csv_file_without_the_columns_named_is_refused_with_those_it_has(
    client: TestClient, finance: Headers
):
    columns = {**CSV_COLUMNS, "date_column": "Bokfört"}

    answer = send(client, {**finance, **ENGLISH}, table(), **columns)

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/date_column"
    assert "Ver, Datum, Konto, Projekt, Belopp" in error["detail"]


# Errors of the file


def broken(*lines: str, head: Any = HEAD) -> bytes:
    return file(lines, head=head)


UNBALANCED = ["#VER A 1 20270115", "{", "#TRANS 5010 {6 P1} 10.00", "}"]
HUGE = "9999999999999.99"


@pytest.mark.parametrize(
    ("content", "kind", "line"),
    [
        (broken(*UNBALANCED), "unbalanced_voucher", 8),
        (ledger("1.00") + b"#TRANS 5010 {6 P1} 10.00", "malformed_line", 13),
        (b"#KSUMMA\n" + ledger("1.00") + b"#KSUMMA 1\n", "wrong_checksum", 14),
        (ledger("1.00").replace(b"P1", b"P\xb01"), "undecodable", 10),
        (ledger("1.00", day="20260101"), "period_outside_year", 8),
        (ledger("1.00").replace(b"#RAR", b"#RAR_"), "missing_year", None),
        (ledger("1.00", day="99990115").replace(b"2027", b"9999"), "missing_year", None),
        (ledger("1.00", day="00010115").replace(b"2027", b"0001"), "missing_year", None),
        (ledger(HUGE, "0.01"), "amount_too_large", 15),
        (ledger(), "no_vouchers", None),
    ],
)
def test_a_file_with_an_error_is_shown_but_not_applied(
    client: TestClient,
    finance: Headers,
    engine: Engine,
    content: bytes,
    kind: str,
    line: int | None,
):
    shown = preview(client, finance, content)

    assert (issue_of(shown, kind)["severity"], issue_of(shown, kind)["line"]) == ("error", line)
    answer = client.post(f"{IMPORTS}/{shown['id']}/apply", headers={**finance, **ENGLISH})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/import-not-applicable")
    (reason,) = answer.json()["reasons"]
    assert reason["rule"] == "M3"
    assert kind in reason["detail"]
    assert outcome(client, finance) == ("0.00", "0.00")
    with Session(engine) as session:
        assert session.exec(select(OutcomePosting)).all() == []


def test_the_largest_sum_is_kept_to_the_ore(client: TestClient, finance: Headers):
    bring_in(client, finance, ledger(HUGE))

    assert outcome(client, finance) == ("0.00", HUGE)

"""What a ledger file says in a way that may be misread is told, never guessed (M3)."""

import pytest
from fastapi.testclient import TestClient

from portfolio.outcome_imports import previewing
from tests.accounts.ledgers import HEAD, Row, file, voucher
from tests.outcome_imports.sending import (
    CSV_COLUMNS,
    bring_in,
    issue_of,
    kinds,
    ledger,
    outcome,
    preview,
    send,
)
from tests.outcome_imports.test_previews import Headers, Keys, headed, name_objects, table

UNDER = (*HEAD, '#UNDERDIM 21 "Delprojekt" 6')


@pytest.mark.parametrize("amount", ["1.230", "12,500", "1,234", "1,2300"])
def test_m3_an_amount_that_may_be_thousands_is_a_fault(
    client: TestClient, finance: Headers, amount: str
):
    shown = preview(client, finance, table(f"1;2027-01-15;5010;P1;{amount}"), **CSV_COLUMNS)

    issue = issue_of(shown, "malformed_line")
    assert (issue["severity"], issue["line"]) == ("error", 2)
    assert shown["totals"]["operating"] == "0.00"


@pytest.mark.parametrize("cell", ['"P1', '"P1" x'])
def test_m3_a_stray_quotation_mark_in_csv_is_an_error_at_its_line(
    client: TestClient, finance: Headers, cell: str
):
    good = "1;2027-01-15;5010;P1;1,00"
    content = table(good, f"1;2027-01-15;5010;{cell};1,00", good, good)

    issue = issue_of(preview(client, finance, content, **CSV_COLUMNS), "malformed_line")

    assert (issue["severity"], issue["line"]) == ("error", 3)


def test_m3_headings_with_a_stray_quotation_mark_are_refused(client: TestClient, finance: Headers):
    content = table("1;2027-01-15;5010;P1;1,00").replace(b"Belopp", b'"Belopp')

    assert send(client, finance, content, **CSV_COLUMNS).status_code == 422


def test_m3_a_heading_that_stands_twice_is_refused_by_name(client: TestClient, finance: Headers):
    content = b"Ver;Datum;Konto;Projekt;Belopp;Belopp\n1;2027-01-15;5010;P1;1,00;2,00"

    answer = send(client, finance, content, **CSV_COLUMNS)

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/amount_column"
    assert "Belopp stands twice" in error["detail"]


def test_m3_the_same_voucher_twice_in_a_file_is_an_error_with_both_lines(
    client: TestClient, finance: Headers
):
    once = voucher("1", Row("5010", "1.00", [("6", "P1")]))

    issue = issue_of(preview(client, finance, file(once, once)), "double_voucher")

    assert (issue["severity"], issue["line"], issue["code"]) == ("error", 13, "A 1")
    assert "on line 8 and line 13" in issue["detail"]


def test_m3_a_whole_file_of_another_name_never_removes_what_is_booked(
    client: TestClient, finance: Headers
):
    export = ("#UB 0 1930 1.00", "#RAR 0 20270101 20271231")
    bring_in(client, finance, headed("#FNR main", *export).replace(b"10.00", b"11.00"))

    shown = preview(client, finance, headed('#FNR "7"', *export))
    stated = preview(client, finance, headed('#FNR "7"', *export), ledger="main")

    issue = issue_of(shown, "ledger_assumed")
    assert issue["severity"] == "error"
    assert "calls itself 7" in issue["detail"]
    assert "state ledger=main" in issue["detail"]
    assert "ledger_assumed" not in [kind for _, kind in kinds(stated)]


@pytest.mark.parametrize("named", [("21", "D1"), ("6", "D1")])
def test_m3_an_object_of_a_part_of_a_dimension_counts(
    client: TestClient, finance: Headers, keys: Keys, named: tuple[str, str]
):
    name_objects(client, keys, "LIN-01", ("main", *named))
    content = file(voucher("1", Row("5010", "10.00", [("21", "D1")])), head=UNDER)

    bring_in(client, finance, content, dimension="6")

    assert outcome(client, finance) == ("0.00", "10.00")


def test_m3_an_object_of_a_wanted_dimension_goes_before_one_of_its_parts(
    client: TestClient, finance: Headers
):
    row = Row("5010", "10.00", [("21", "P1"), ("6", "X")])

    shown = preview(client, finance, file(voucher("1", row), head=UNDER))

    assert [one["object"] for one in shown["impact"]["unknown_objects"]] == ["X"]


def test_m3_dimensions_that_are_parts_of_each_other_come_to_an_end(
    client: TestClient, finance: Headers
):
    head = (*HEAD, '#UNDERDIM 21 "a" 22', '#UNDERDIM 22 "b" 21')
    content = file(voucher("1", Row("5010", "10.00", [("21", "P1")])), head=head)

    assert preview(client, finance, content)["counts"]["postings"] == 0


def test_m3_each_unknown_object_of_a_row_is_told_and_the_project_kept(
    client: TestClient, finance: Headers, keys: Keys
):
    name_objects(client, keys, "LIN-01", ("main", "1", "KS"), ("main", "6", "P1"))
    content = file(voucher("1", Row("5010", "10.00", [("1", "X"), ("6", "P9")])))

    shown = bring_in(client, {**finance, "Accept-Language": "en"}, content)

    told = {one["code"]: one["detail"] for one in shown["issues"]}
    assert {"X", "P9"} <= set(told)
    assert "send the file again" in told["X"]
    assert "send the file again" not in told["P9"]
    name_objects(client, keys, "LIN-01", ("main", "6", "P9"))
    assert outcome(client, finance) == ("0.00", "10.00")


@pytest.mark.parametrize(("extent", "severity"), [("part", "error"), ("whole", "warning")])
def test_m3_an_unknown_account_stands_in_the_way_of_a_part(
    client: TestClient, finance: Headers, extent: str, severity: str
):
    shown = preview(client, finance, ledger("1.00", account="9100"), extent=extent)

    assert issue_of(shown, "unknown_account")["severity"] == severity


def test_m3_a_part_whose_postings_were_replaced_may_be_sent_again(
    client: TestClient, finance: Headers
):
    part = ledger("1.00")
    bring_in(client, finance, part, extent="part")
    assert ("error", "double_import") in kinds(preview(client, finance, part, extent="part"))

    bring_in(client, finance, ledger("2.00", series="B"), extent="whole")

    assert kinds(preview(client, finance, part, extent="part")) == [("info", "no_object")]


def test_a_third_file_at_once_is_told_to_try_again(
    client: TestClient, finance: Headers, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(previewing, "WAIT_SECONDS", 0.01)
    with previewing._readers, previewing._readers:
        answer = send(client, finance, ledger("1.00"))

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "10"
    assert "Try again in a moment" in answer.json()["detail"]
    assert send(client, finance, ledger("1.00")).status_code == 201


def test_a_space_that_cp437_alone_has_is_told(client: TestClient, finance: Headers):
    content = ledger("1.00").replace(b"P1", b"P\xff1")

    issue = issue_of(preview(client, finance, content, encoding="cp437"), "undecodable")

    assert issue["severity"] == "error"

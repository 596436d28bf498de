"""What a preview says is enough to mend the file by, in both languages (M3)."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.outcome_imports.sending import (
    CSV_COLUMNS,
    IMPORTS,
    Headers,
    issue_of,
    kinds,
    ledger,
    preview,
)
from tests.scenario import ok

GOOD = "A 1;2027-01-15;5010;P1;10,00"


def table(*rows: str) -> bytes:
    return "\n".join(["Ver;Datum;Konto;Projekt;Belopp", *rows, ""]).encode()


def said(client: TestClient, headers: Headers, content: bytes, kind: str, **form: str) -> Any:
    """The issue's detail in Swedish and in English."""
    path = f"{IMPORTS}/{preview(client, headers, content, **form)['id']}"
    return [
        issue_of(ok(client.get(path, headers={**headers, "Accept-Language": language}), 200), kind)[
            "detail"
        ]
        for language in ("sv", "en")
    ]


def test_an_unknown_object_is_told_with_the_ledger_where_nobody_has_it(
    client: TestClient, finance: Headers
):
    swedish, english = said(client, finance, ledger("1.00", object="P2"), "unknown_object")

    assert "objektet P2 i dimension 6 av redovisningen main:" in swedish
    assert "the object P2 of dimension 6 in the ledger main." in english
    assert "another ledger" not in english


def test_an_object_known_in_another_ledger_is_told_to_be_known_there(
    client: TestClient, finance: Headers
):
    content = ledger("1.00", object="P1")

    swedish, english = said(client, finance, content, "unknown_object", ledger="huvudbok")

    assert "redovisningen huvudbok" in swedish
    assert "Samma objekt finns i en annan redovisning (main)" in swedish
    assert "in the ledger huvudbok" in english
    assert "The same object is known in another ledger (main)" in english


@pytest.mark.parametrize(
    ("row", "swedish", "english"),
    [
        (
            "A 2;15/1 2027;5010;P1;1,00",
            "kolumnen Datum väntas ett datum som 2027-01-31",
            "column Datum takes a date like 2027-01-31",
        ),
        (
            "A 2;2027-01-15;5010;P1;1,00 SEK",
            "kolumnen Belopp väntas ett belopp som 1234,50, utan valutatecken",
            "column Belopp takes an amount like 1234,50, without signs of currency",
        ),
        ("A 2;2027-01-15;;P1;1,00", "kolumnen Konto väntas", "column Konto takes"),
        (
            f"A 2;2027-01-15;5010;{'P' * 201};1,00",
            "kolumnen Projekt väntas",
            "column Projekt takes",
        ),
        (
            "A 2;2027-01-15;5010;P1",
            "bara 4 fält; kolumnen Belopp saknas",
            "only 4 fields; the column Belopp is missing",
        ),
    ],
)
def test_a_csv_row_that_cant_be_read_says_which_column_and_what_form(
    client: TestClient, finance: Headers, row: str, swedish: str, english: str
):
    found = said(client, finance, table(GOOD, row), "malformed_line", **CSV_COLUMNS)

    assert swedish in found[0]
    assert english in found[1]


def test_all_faults_of_a_csv_row_are_told_at_once(client: TestClient, finance: Headers):
    row = "A 2;15/1 2027;5010;P1;1,005"

    _, english = said(client, finance, table(GOOD, row), "malformed_line", **CSV_COLUMNS)

    assert "column Datum" in english
    assert "column Belopp" in english
    assert "15/1" not in english


def test_amounts_in_ore_are_told_to_be_whole(client: TestClient, finance: Headers):
    form = {**CSV_COLUMNS, "unit": "ore"}
    content = table("A 1;2027-01-15;5010;P1;1000", GOOD)

    _, english = said(client, finance, content, "malformed_line", **form)

    assert "a whole number of öre" in english


def test_a_year_is_not_asked_for_when_no_row_could_be_read(client: TestClient, finance: Headers):
    shown = preview(client, finance, table("A 1;15/1 2027;5010;P1;1,00"), **CSV_COLUMNS)

    assert ("error", "malformed_line") in kinds(shown)
    assert ("error", "missing_year") not in kinds(shown)


def test_a_year_is_asked_for_when_rows_are_of_several(client: TestClient, finance: Headers):
    content = table(GOOD, "A 2;2028-01-15;5010;P1;10,00", "A 3;x;5010;P1;10,00")

    shown = preview(client, finance, content, **CSV_COLUMNS)

    assert {("error", "malformed_line"), ("error", "missing_year")} <= set(kinds(shown))

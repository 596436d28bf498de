"""Figures of areas from a sheet: read with care, all of them or none, and never lost."""

import io
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it has no types
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.clock import now, rfc3339
from portfolio.indicator_imports.judging import Judge
from portfolio.table_imports.rules import Row
from tests.area_imports.importing import CUT, TWO, bring_in
from tests.areas.boundary_samples import square
from tests.indicators.sending import (
    FILES,
    PATH,
    SOURCE,
    faults,
    page,
    register,
    send,
    sheet,
    values,
)
from tests.scenario import ok, put_scheme
from tests.table_imports.sending import xlsx

FOUR = {"A00": 1200, "A01": 0, "A10": 310, "A11": 45}


@pytest.fixture
def gis(client: TestClient, engine: Engine, keys: dict[str, dict[str, str]]) -> dict[str, str]:
    """The key of GIS staff, and a scheme of two by two squares."""
    put_scheme(engine)
    return keys["gis"]


def test_figures_are_registered_with_their_source_and_listed(client, gis):
    answer = send(client, gis, sheet(FOUR))

    shown = ok(answer)
    assert answer.headers["location"] == f"{FILES}/{shown['id']}"
    assert shown["counts"] == {"added": 4, "changed": 0, "unchanged": 0}
    assert shown["issues"] == []
    assert (shown["scheme"], shown["indicator"], shown["source"]) == ("grid", "population", SOURCE)
    assert shown["file"]["filename"] == "figures.csv"
    assert len(shown["file"]["sha256"]) == 64
    assert values(client, gis) == FOUR
    first = page(client, gis)["items"][0]
    assert first == {
        "scheme": "grid",
        "area": "A00",
        "name": "Område A00",
        "indicator": "population",
        "year": 2025,
        "value": 1200,
        "unit": "residents",
        "estimated": False,
        "source": SOURCE,
        "from_scheme": "grid",
    }
    read = client.get(answer.headers["location"], headers=gis)
    assert read.json() == shown
    assert "etag" in read.headers
    assert client.get(FILES, headers=gis).json()["items"] == [shown]


SHEETS = {
    "bom": "\ufeffKOD;ÅR;VÄRDE\nA00;2025;1250\n".encode(),
    "latin-1": "Kod;År;Värde\nA00;2025;1250\n".encode("latin-1"),
    "comma": b"code,year,value\nA00,2025,1250\n",
    "tab": b"Code\tYear\tValue\nA00\t2025\t1250\n",
    "thin space": "kod;år;värde\nA00;2025;1\u2009250\n".encode(),
    "no-break space": "kod;år;värde\nA00;2025;1\u00a0250\n".encode(),
    "narrow space": "kod;år;värde\nA00;2025;1\u202f250\n".encode(),
    "decimals": "kod;år;värde\nA00;2025;1250,0\n".encode(),
    "utf-16": "kod;år;värde\nA00;2025;1250\n".encode("utf-16"),
    "other columns": "namn;värde;kod;år\nÄngen;1250;A00;2025\n".encode(),
    "xlsx": xlsx(Blad1=[["Kod", "År", "Värde"], ["A00", 2025, 1250]]),
    "xlsx text": xlsx(Blad1=[["kod", "år", "värde"], ["A00", "2025", "1 250"]]),
}


@pytest.mark.parametrize("content", SHEETS.values(), ids=SHEETS.keys())
def test_a_sheet_is_read_however_an_office_writes_it(client, gis, content: bytes):
    shown = ok(send(client, gis, content))

    assert shown["counts"]["added"] == 1
    assert values(client, gis) == {"A00": 1250}


WRONG: dict[str, tuple[dict[str, str], str, str]] = {
    "unknown code": ({}, "B99;2025;1", "code"),
    "code of 10 kB": ({}, f"{'x' * 10_000};2025;1", "code"),
    "empty code": ({}, ";2025;1", "code"),
    "year before 1900": ({}, "A00;1899;1", "year"),
    "year after 2200": ({}, "A00;2201;1", "year"),
    "year zero": ({}, "A00;0;1", "year"),
    "year 9999": ({}, "A00;9999;1", "year"),
    "half a year": ({}, "A00;2025,5;1", "year"),
    "no year": ({}, "A00;;1", "year"),
    "year in other digits": ({}, "A00;٢٠٢٥;1", "year"),
    "half a resident": ({}, "A00;2025;1,5", "value"),
    "a negative number of residents": ({}, "A00;2025;-1", "value"),
    "thousands or decimals": ({}, "A00;2025;1.250", "value"),
    "comma before three digits": ({}, "A00;2025;1,250", "value"),
    "no value": ({}, "A00;2025;", "value"),
    "a dash": ({}, "A00;2025;-", "value"),
    "text": ({}, "A00;2025;många", "value"),
    "suppressed": ({}, "A00;2025;..", "value"),
    "not a number": ({}, "A00;2025;NaN", "value"),
    "infinity": ({}, "A00;2025;inf", "value"),
    "400 digits": ({}, f"A00;2025;{'9' * 400}", "value"),
    "more than there are people": ({}, "A00;2025;1000000000001", "value"),
    "truth": ({}, "A00;2025;TRUE", "value"),
    "area type 0": ({"indicator": "area_type"}, "A00;2025;0", "value"),
    "area type 6": ({"indicator": "area_type"}, "A00;2025;6", "value"),
    "area type 2.5": ({"indicator": "area_type"}, "A00;2025;2,5", "value"),
}


@pytest.mark.parametrize(("form", "row", "column"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_cell_is_named_and_nothing_is_kept(client, gis, form, row: str, column: str):
    answer = send(client, gis, f"kod;år;värde\nA01;2025;3\n{row}\n".encode(), **form)

    assert list(faults(answer)) == [f"/file/3/{column}"]
    detail = faults(answer)[f"/file/3/{column}"]
    assert detail.startswith("Row 3, ")
    assert len(detail) < 300
    assert page(client, gis, scheme=None, indicator=None)["total"] == 0
    assert client.get(FILES, headers=gis).json()["total"] == 0


def test_every_wrong_row_is_named_at_once_in_the_readers_language(client, gis):
    content = "kod;år;värde\nX;2025;1\nA00;20;x\nA01;2025;1\nA01;2025;1\n".encode()

    answer = send(client, {**gis, "accept-language": "sv"}, content)

    assert set(faults(answer)) == {"/file/2/code", "/file/3/year", "/file/3/value", "/file/5/code"}
    assert faults(answer)["/file/5/code"] == (
        "Rad 5, kod: A01 har redan ett värde för 2025 på rad 4; ta bort det ena."
    )
    assert answer.json()["detail"].startswith("3 rader har fel")


def test_a_formula_that_failed_is_named(client, gis):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        written = book.add_worksheet()
        written.write_row(0, 0, ["kod", "år", "värde"])
        written.write_row(1, 0, ["A00", 2025])
        written.write_formula(1, 2, "=1/0", value="#DIV/0!")

    found = faults(send(client, gis, buffer.getvalue()))

    assert list(found) == ["/file/2/value"]
    assert "#DIV/0!" in found["/file/2/value"]


def test_thousands_of_wrong_rows_give_a_bounded_answer(client, gis):
    rows = "".join(f"X{n};2025;1\n" for n in range(5000))

    answer = send(client, gis, f"kod;år;värde\n{rows}".encode())

    found = faults(answer)
    assert len(found) == 100
    assert "4901" in found["/file"]
    assert answer.json()["detail"].startswith("5000 rows")


def test_a_code_that_lost_its_zeros_is_recognised(client, gis):
    ok(client.post("/v1/area-schemes", json={"code": "d", "name": "D"}, headers=gis))
    bring_in(client, gis, {"0101": square(0)})
    book = xlsx(Blad1=[["kod", "år", "värde"], [101, 2025, 5]])

    found = faults(send(client, gis, book, scheme="d"))

    assert found["/file/2/code"].endswith("area 101; correct the code. Is it 0101?")


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        (b"", "/file"),
        (b"code;year\nA00;2025\n", "/file"),
        (b"code;year;value\n", "/file"),
        (b"code;kod;year;value\nA00;A00;2025;1\n", "/file"),
        (b"code;year;value\n\x00A00;2025;1\n", "/encoding"),
    ],
    ids=["empty", "a column lacks", "no rows", "a column twice", "NUL"],
)
def test_a_sheet_without_its_columns_is_refused(client, gis, content, pointer):
    assert set(faults(send(client, gis, content))) == {pointer}


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"<html>", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_what_is_no_sheet_is_unreadable(client, gis, content):
    answer = send(client, gis, content)

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/unreadable-file"


FORMS: list[tuple[dict[str, str], str]] = [
    ({"scheme": "none"}, "/scheme"),
    ({"indicator": "Folkmängd"}, "/indicator"),
    ({"indicator": "x" * 65}, "/indicator"),
    ({"indicator": "population\n"}, "/indicator"),
    ({"source": ""}, "/source"),
    ({"source": "x" * 201}, "/source"),
    ({"source": "a\x00b"}, "/source"),
    ({"aggregation": "median"}, "/aggregation"),
    ({"aggregation": "mean"}, "/aggregation"),
    ({"decimal": ";"}, "/decimal"),
    ({"encoding": "klingon"}, "/encoding"),
    ({"other": "1"}, "/other"),
]


@pytest.mark.parametrize(("form", "pointer"), FORMS, ids=[str(form)[:40] for form, _ in FORMS])
def test_a_wrong_field_of_the_form_is_named(client, gis, form, pointer):
    assert list(faults(send(client, gis, sheet(FOUR), **form))) == [pointer]


def test_a_scheme_without_areas_takes_no_figures(client, gis):
    ok(client.post("/v1/area-schemes", json={"code": "new", "name": "Ny"}, headers=gis))

    assert list(faults(send(client, gis, sheet(FOUR), scheme="new"))) == ["/scheme"]


def test_the_same_file_twice_changes_nothing(client, gis):
    first = register(client, gis, FOUR)
    known = rfc3339(now())

    again = register(client, gis, FOUR)

    assert again["counts"] == {"added": 0, "changed": 0, "unchanged": 4}
    assert set(again) == set(first)
    assert again["file"] == first["file"]
    assert values(client, gis) == values(client, gis, known_at=known) == FOUR


def test_m4_a_later_file_replaces_its_rows_keeps_others_and_history_stays(client, gis):
    register(client, gis, FOUR)
    before = rfc3339(now())

    shown = register(client, gis, {"A00": 1300, "A01": 0})

    assert shown["counts"] == {"added": 0, "changed": 1, "unchanged": 1}
    assert values(client, gis) == {**FOUR, "A00": 1300}
    assert values(client, gis, known_at=before) == FOUR
    assert values(client, gis, known_at="2020-01-01T00:00:00Z") == {}


def test_a_corrected_source_is_a_change_of_its_figures(client, gis):
    register(client, gis, FOUR)

    shown = register(client, gis, {"A00": 1200}, source="Kommunens eget register")

    assert shown["counts"] == {"added": 0, "changed": 1, "unchanged": 0}
    sources = {one["area"]: one["source"] for one in page(client, gis)["items"]}
    assert sources["A00"] == "Kommunens eget register"
    assert sources["A01"] == SOURCE


def test_areas_without_a_figure_are_told(client, gis):
    shown = register(client, gis, {"A00": 5})

    (issue,) = shown["issues"]
    assert (issue["severity"], issue["kind"]) == ("warning", "incomplete")
    assert issue["detail"].startswith("2025: 3 codes have no figure (A01, A10, A11). Send ")


def test_a_warning_about_one_code_speaks_of_one_and_says_what_to_do(client, gis):
    ok(client.post("/v1/area-schemes", json={"code": "d", "name": "D"}, headers=gis))
    bring_in(client, gis, TWO)
    bring_in(client, gis, CUT, valid_from="2023-01-01")
    figures = sheet({"A": 5, "A2": 4, "B": 3}, 2024)

    english = ok(send(client, gis, figures, scheme="d"))
    swedish = ok(send(client, gis | {"Accept-Language": "sv"}, figures, scheme="d"))

    assert [issue["detail"] for issue in english["issues"]] == [
        "2024: 1 code is of areas that were not in force then (A). Figures go to the areas' "
        "successors; correct the codes if they are wrong.",
        "2024: 1 code has no figure (A1). Send a file with them; until then sums that they are "
        "part of are estimates.",
    ]
    assert [issue["detail"][:12] for issue in swedish["issues"]] == ["2024: 1 kod "] * 2


class Walked(frozenset[str]):
    """Codes that count how often somebody goes through them all."""

    times = 0

    def __iter__(self):
        Walked.times += 1
        return super().__iter__()


def test_wrong_codes_are_looked_up_and_not_searched_for_and_a_hundred_are_told():
    codes = Walked(f"0{at}" for at in range(1000, 3000))
    judge = Judge("population", None, codes)
    rows = [Row(at, {"code": str(at), "year": "2025", "value": "x"}) for at in range(1000, 4000)]

    assert judge.read(rows) == []

    assert Walked.times <= 2
    assert (judge.faults, len(judge.wrong_rows), len(judge.issues)) == (6000, 3000, 100)
    assert judge.issues[0].detail.en.endswith("Is it 01000?")


def test_the_newest_year_up_to_the_date_is_shown_unless_one_is_named(client, gis):
    for year, figure in ((2021, 10), (2024, 40), (2040, 400)):
        register(client, gis, {"A00": figure}, year)

    assert values(client, gis) == {"A00": 40}
    assert values(client, gis, at="2023-06-01") == {"A00": 10}
    assert values(client, gis, at="2020-06-01") == {"A00": 10}
    assert values(client, gis, at="2041-06-01") == {"A00": 400}
    assert values(client, gis, year=2040) == {"A00": 400}
    assert values(client, gis, year=2022) == {}


def test_a_free_indicator_has_decimals_and_may_be_negative(client, gis):
    figures = {"A00": "-1,5", "A01": "12 500,25", "A10": "33,3333333333", "A11": "7"}
    register(client, gis, figures, indicator="growth_1")

    found = values(client, gis, indicator="growth_1")

    assert found == {"A00": -1.5, "A01": 12500.25, "A10": 33.333333, "A11": 7}
    assert isinstance(found["A11"], int)


def test_the_list_is_of_all_schemes_and_indicators_unless_it_is_told(client, engine, gis):
    put_scheme(engine, "other")
    register(client, gis, FOUR)
    register(client, gis, {"A00": 3}, indicator="area_type")
    register(client, gis, {"A00": 9}, scheme="other")

    found = page(client, gis, scheme=None, indicator=None)

    keys = [(one["scheme"], one["indicator"], one["area"]) for one in found["items"]]
    assert keys == sorted(keys)
    assert found["total"] == len(keys) == 6
    assert page(client, gis, scheme=None)["total"] == 5
    assert page(client, gis, indicator=None)["total"] == 5


@pytest.mark.parametrize(
    "query",
    ["year=1899", "year=2201", "year=x", "at=0000-01-01", "known_at=now", "indicator=A", "x=1"],
)
def test_a_malformed_question_is_a_400(client, gis, query):
    assert client.get(f"{PATH}?{query}", headers=gis).status_code == 400


def test_an_unknown_scheme_has_no_figures_and_an_unknown_file_is_a_404(client, gis):
    register(client, gis, FOUR)

    assert page(client, gis, scheme="none")["items"] == []
    assert client.get(f"{FILES}/99", headers=gis).status_code == 404


def test_the_event_tells_what_was_registered(client, gis, keys):
    shown = register(client, gis, FOUR)

    events: list[Any] = client.get("/v1/events", headers=keys["admin"]).json()["items"]

    (event,) = [one for one in events if one["action"] == "area_indicators.registered"]
    assert event["resource"] == f"{FILES}/{shown['id']}"
    assert event["after"]["counts"] == shown["counts"]
    assert event["after"]["file"] == shown["file"]

"""Spreadsheets that may be misread are refused, and rows take nothing from each other."""

import io
import zipfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from portfolio.errors import UnreadableFile
from portfolio.table_imports import workbooks
from tests import scenario
from tests.table_imports.sending import (
    BY_ROW,
    INVESTMENTS,
    PLANS,
    YEARS,
    Headers,
    Rows,
    applied,
    forecast,
    previewed,
    send,
    send_plan,
    xlsx,
)

Keys = dict[str, dict[str, str]]


@pytest.fixture
def finance(client: TestClient, keys: Keys) -> Headers:
    scenario.put_municipality(client, keys["admin"])
    for code in ("LIN-01", "LIN-02"):
        scenario.put_investment(client, keys["admin"], code=code)
    return keys["finance"]


@pytest.mark.parametrize("cell", ['"5', '"5"0'])
def test_a_stray_quotation_mark_is_refused_with_its_row(
    client: TestClient, finance: Headers, cell: str
):
    rows = [
        ["Projekt", "2027", "2028"],
        ["LIN-01", "1", "2"],
        ["LIN-02", cell, "2"],
        ["x", "1", ""],
    ]

    answer = send_plan(client, finance, rows)

    assert answer.status_code == 422
    assert "Row 3 " in answer.json()["detail"]


def test_quoted_cells_are_read_whichever_delimiter(client: TestClient, finance: Headers):
    rows = [['"Projekt"', '"2027"', '"2028"'], ['"LIN-01"', '"1"', '"2"']]

    assert previewed(send_plan(client, finance, rows))["totals"]["capital"] == "3.00"


def test_m1_a_row_of_one_investment_takes_nothing_from_another(
    client: TestClient, finance: Headers
):
    columns = {**BY_ROW, "type": "Slag"}
    heading = ["Projekt", "Slag", "År", "Belopp"]
    both = [[code, "drift", 2027, 5] for code in ("LIN-01", "LIN-02")]
    applied(client, finance, PLANS, send_plan(client, finance, [heading, *both], columns=columns))

    rows: Rows = [heading, ["LIN-01", "drift", 2027, 7], ["LIN-02", "investering", 2028, 9]]
    applied(client, finance, PLANS, send_plan(client, finance, rows, columns=columns))

    assert forecast(client, finance) == [(2027, "operating", "expense", "7.00")]
    assert (2027, "operating", "expense", "5.00") in forecast(client, finance, "LIN-02")
    assert (2028, "capital", "expense", "9.00") in forecast(client, finance, "LIN-02")


def altered(part: str, former: bytes, wanted: bytes) -> bytes:
    content = xlsx(Budget=[["Projekt", "2027", "2028"], ["LIN-01", 1, 2]])
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w") as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                assert former in data
                data = data.replace(former, wanted)
            target.writestr(name, data)
    return buffer.getvalue()


SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
ONLY = b'<sheet name="Budget" sheetId="1" r:id="rId1"/>'


@pytest.mark.parametrize(
    ("part", "former", "wanted"),
    [
        (SHEET, b't="s"><v>0</v>', b't="s"><v>-1</v>'),
        (SHEET, b't="s"><v>0</v>', b't="s"><v>99</v>'),
        (BOOK, ONLY, b""),
    ],
)
def test_a_workbook_that_refers_to_nothing_is_damaged(
    client: TestClient, finance: Headers, part: str, former: bytes, wanted: bytes
):
    answer = send(client, finance, PLANS, altered(part, former, wanted), YEARS, type="capital")

    assert answer.status_code == 422
    assert "damaged" in answer.json()["detail"]


def test_a_workbook_of_too_many_texts_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workbooks, "MOST_STRINGS", 2)
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx(Budget=[["a", "b", "c"]]))

    with (
        pytest.raises(UnreadableFile, match="too large"),
        workbooks.open_sheet(path, None, 2**20),
    ):
        pass


@pytest.mark.parametrize("path", [PLANS, INVESTMENTS])
def test_another_departments_key_is_told_403_before_the_tag_is_asked_for(
    client: TestClient, finance: Headers, engine: object, path: str
):
    columns = YEARS if path == PLANS else {"code": "Projekt"}
    shown = previewed(
        send(client, finance, path, b"Projekt;2027;2028\nLIN-01;1;2", columns, type="capital")
        if path == PLANS
        else send(client, finance, path, b"Projekt;x\nLIN-01;1", columns)
    )

    other = scenario.department_key(engine, "GFK")  # type: ignore[arg-type]
    assert client.delete(f"{path}/{shown['id']}", headers=other).status_code == 403
    assert client.delete(f"{path}/{shown['id']}", headers=dict(finance)).status_code == 428

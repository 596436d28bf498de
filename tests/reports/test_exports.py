"""Gate status as CSV and as a spreadsheet: the same rows as in JSON, as Excel expects them."""

import asyncio
import csv
import io
from collections.abc import MutableMapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.app import create_app
from portfolio.reports.columns import GATE_STATUS
from portfolio.reports.tables import guarded
from portfolio.settings import Settings
from tests import scenario
from tests.calling import run_async
from tests.gates.life import Keys, read
from tests.reports.test_gate_status import ADDRESS, put_four
from tests.scenario import Headers

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAMES = [column.name for column in GATE_STATUS]
KINDS = {column.name: column.kind for column in GATE_STATUS}
SWEDISH = [column.label.sv for column in GATE_STATUS]
ENGLISH = [column.label.en for column in GATE_STATUS]


@pytest.fixture
def admin(client: TestClient, keys: Keys, engine: Engine) -> Headers:
    scenario.put_scheme(engine)
    put_four(client, keys["admin"])
    return keys["admin"]


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def sheet(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def text(value: Any) -> str:
    """A JSON value as a cell of text."""
    if isinstance(value, list):
        return ", ".join(f"{a['scheme']}/{a['code']}" if isinstance(a, dict) else a for a in value)
    return "" if value is None else str(value)


QUERIES = ("", "&as_of=2026-11-01", "&kind=physical", "&year=2028")


def test_csv_and_json_are_the_same_row_for_row(client: TestClient, admin: Headers):
    for query in QUERIES:
        check_csv(client, admin, query)


def check_csv(client: TestClient, admin: Headers, query: str) -> None:
    items = read(client, admin, f"{ADDRESS}?limit=1000{query}")["items"]

    answer = client.get(f"{ADDRESS}?format=csv{query}", headers=admin)

    header, *rows = table(answer.content)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.content.endswith(b"\r\n")
    assert header == SWEDISH
    assert len(rows) == len(items)
    for row, item in zip(rows, items, strict=True):
        for name, cell in zip(NAMES, row, strict=True):
            expected = text(item[name])
            assert cell == (expected.replace(".", ",") if KINDS[name] == "money" else expected)


def test_a_spreadsheet_and_json_are_the_same_row_for_row(client: TestClient, admin: Headers):
    for query in QUERIES:
        check_spreadsheet(client, admin, query)


def check_spreadsheet(client: TestClient, admin: Headers, query: str) -> None:
    items = read(client, admin, f"{ADDRESS}?limit=1000{query}")["items"]

    page = sheet(client.get(f"{ADDRESS}?format=xlsx{query}", headers=admin).content)

    header, *rows = page.iter_rows(values_only=True)
    assert list(header) == SWEDISH
    for row, item in zip(rows, items, strict=True):
        for name, cell in zip(NAMES, row, strict=True):
            assert cell_is(KINDS[name], cell, item[name]), (name, cell, item[name])


def cell_is(kind: str, cell: Any, value: Any) -> bool:
    """Numbers are numbers, dates are dates, and the rest is text."""
    if value in (None, "", []):
        return cell is None
    if kind == "money":
        return isinstance(cell, int | float) and Decimal(str(cell)) == Decimal(value)
    if kind == "date":
        return isinstance(cell, datetime) and cell.date() == date.fromisoformat(value)
    return bool(cell == (value if kind == "number" else text(value)))


def test_a_spreadsheet_is_ready_to_be_read(client: TestClient, admin: Headers):
    page = sheet(client.get(f"{ADDRESS}?format=xlsx", headers=admin).content)

    assert page.title == "Grindstatus"
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref == f"A1:{page.cell(1, len(NAMES)).column_letter}5"
    money = page.cell(5, NAMES.index("decided_total") + 1)
    assert (money.value, money.number_format) == (120.5, "#,##0.00")
    day = page.cell(5, NAMES.index("last_decided_on") + 1)
    assert (day.value, day.number_format) == (datetime(2026, 6, 10), "yyyy-mm-dd")  # noqa: DTZ001  cells have no zone
    for index, name in enumerate(NAMES, start=1):
        letter = page.cell(1, index).column_letter
        widest = max(len(shown(page.cell(row, index).value)) for row in range(2, 6))
        assert page.column_dimensions[letter].width >= min(widest, 60), name


def shown(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


LANGUAGES = ((None, SWEDISH), ("sv", SWEDISH), ("en", ENGLISH), ("en-GB,sv;q=0.5", ENGLISH))


def test_labels_are_swedish_unless_english_is_asked_for(client: TestClient, admin: Headers):
    for language, labels in LANGUAGES:
        headers = {**admin, **({"Accept-Language": language} if language else {})}

        written = client.get(f"{ADDRESS}?format=csv", headers=headers)
        page = sheet(client.get(f"{ADDRESS}?format=xlsx", headers=headers).content)

        assert table(written.content)[0] == labels
        assert [cell.value for cell in page[1]] == labels
        assert written.headers["content-language"] == ("sv" if labels is SWEDISH else "en")


ACCEPTED = (
    (CSV, CSV),
    (XLSX, XLSX),
    ("application/json", "application/json"),
    ("*/*", "application/json"),
    ("application/json, text/csv;q=0.5", "application/json"),
    ("application/json;q=0.5, text/csv", CSV),
    (f"text/html, {XLSX};q=0.9, */*;q=0.1", XLSX),
)


def test_the_format_is_asked_for_by_accept_too(client: TestClient, admin: Headers):
    for accept, found in ACCEPTED:
        answer = client.get(ADDRESS, headers={**admin, "Accept": accept})
        assert answer.headers["content-type"].partition(";")[0] == found, accept
    chosen = client.get(f"{ADDRESS}?format=json", headers={**admin, "Accept": CSV})
    assert chosen.json()["total"] == 4


def test_all_rows_are_exported_unless_a_limit_is_given(client: TestClient, admin: Headers):
    everything = client.get(f"{ADDRESS}?format=csv", headers=admin)
    two = client.get(f"{ADDRESS}?format=csv&limit=2", headers=admin)

    assert len(table(everything.content)) == 5
    assert len(table(two.content)) == 3
    assert "grindstatus-" in everything.headers["content-disposition"]
    assert everything.headers["content-disposition"].endswith('.csv"')


class Reader:
    """A client of an application, that takes the head of an answer and then nothing for long."""

    def __init__(self, path: str, query: str, headers: Headers, *, reads: bool) -> None:
        self._has_head, self._may_go_on = asyncio.Event(), asyncio.Event()
        if reads:
            self._may_go_on.set()
        self._scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        self.headers: dict[str, str] = {}
        self.status, self.body = 0, b""

    async def ask(self, app: Any) -> None:
        await app(self._scope, self._receive, self._send)

    async def head(self) -> None:
        await asyncio.wait_for(self._has_head.wait(), 60)

    def go_on(self) -> None:
        self._may_go_on.set()

    async def _receive(self) -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            self._has_head.set()
        else:
            await self._may_go_on.wait()
            self.body += message.get("body", b"")


def test_more_slow_readers_than_connections_leave_them_all_to_others(
    client: TestClient, admin: Headers, database_url: str
):
    expected = client.get(f"{ADDRESS}?format=csv", headers=admin).content
    app = create_app(Settings(database_url=database_url, pool_size=1))

    async def read_slowly() -> list[Reader]:
        readers = [Reader(ADDRESS, "format=csv", admin, reads=False) for _ in range(14)]
        other = Reader("/v1/programs", "", admin, reads=True)
        async with app.router.lifespan_context(app), asyncio.TaskGroup() as group:
            for reader in readers:
                group.create_task(reader.ask(app))
            for reader in readers:
                await reader.head()
            assert app.state.engine.pool.checkedout() == 0
            await other.ask(app)
            for reader in readers:
                reader.go_on()
        return [other, *readers]

    other, *readers = run_async(read_slowly())

    assert other.status == 200
    for reader in readers:
        assert (reader.status, reader.body) == (200, expected)
        assert reader.headers["content-length"] == str(len(expected))


FORMULAS = ["=1+1", "+46 40", "-1", "@SUM(A1)", '=HYPERLINK("x";"y")']


def test_a_name_that_looks_like_a_formula_is_text(client: TestClient, keys: Keys):
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    for number, name in enumerate(FORMULAS):
        scenario.put_investment(client, admin, code=f"N-{number}", name=name)

    rows = table(client.get(f"{ADDRESS}?format=csv", headers=admin).content)[1:]
    page = sheet(client.get(f"{ADDRESS}?format=xlsx", headers=admin).content)

    assert [row[1] for row in rows] == [f"'{name}" for name in FORMULAS]
    cells = [page.cell(row, 2) for row in range(2, 2 + len(FORMULAS))]
    assert [(cell.value, cell.data_type) for cell in cells] == [(name, "s") for name in FORMULAS]


def test_negative_money_is_a_number_and_not_guarded(client: TestClient, keys: Keys):
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin, name='Semikolon; och "citat"')
    scenario.ok(
        scenario.put_lines(client, admin, "LIN-01", scenario.line("12.34", direction="income")), 200
    )

    row = table(client.get(f"{ADDRESS}?format=csv", headers=admin).content)[1]

    assert row[NAMES.index("forecast_total")] == "-12,34"
    assert row[1] == 'Semikolon; och "citat"'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_every_start_of_a_formula_is_guarded(start: str):
    assert guarded(f"{start}x") == f"'{start}x"
    assert guarded(f"x{start}") == f"x{start}"

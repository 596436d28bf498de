"""What the tests of spreadsheets share: files to send, and how."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # it has no types

PLANS = "/v1/plan-imports"
INVESTMENTS = "/v1/investment-imports"
Headers = Mapping[str, str]
Rows = Sequence[Sequence[Any]]

YEARS = {"investment": "Projekt", "years": {"2027": "2027", "2028": "2028"}}
BY_ROW = {"investment": "Projekt", "year": "År", "amount": "Belopp"}


def xlsx(**sheets: Rows) -> bytes:
    """A workbook with these sheets."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


def csv(rows: Rows, delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    text = "\r\n".join(delimiter.join(str(cell) for cell in row) for row in rows)
    return text.encode(encoding)


def send(
    client: Any, headers: Headers, path: str, content: bytes, columns: Any, **form: str
) -> Any:
    text = columns if isinstance(columns, str) else json.dumps(columns)
    fields = {"unit": "kr", "columns": text, **form}
    files = {"file": ("Budget.xlsx", content)}
    return client.post(path, headers=dict(headers), data=fields, files=files)


def send_plan(client: Any, headers: Headers, rows: Rows, **form: Any) -> Any:
    """A CSV of plan lines, capital if nothing else is said."""
    columns = form.pop("columns", YEARS)
    return send(client, headers, PLANS, csv(rows), columns, **{"type": "capital", **form})


def previewed(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def apply(client: Any, headers: Headers, path: str, shown: Mapping[str, Any]) -> Any:
    return client.post(f"{path}/{shown['id']}/apply", headers=dict(headers))


def applied(client: Any, headers: Headers, path: str, answer: Any) -> dict[str, Any]:
    """Preview and apply."""
    done = apply(client, headers, path, previewed(answer))
    assert done.status_code == 200, done.text
    shown: dict[str, Any] = done.json()
    assert shown["status"] == "applied"
    return shown


def forecast(client: Any, headers: Headers, code: str = "LIN-01") -> list[tuple[Any, ...]]:
    """The lines of a forecast: year, type, direction, amount."""
    path = f"/v1/investments/{code}/plan-lines"
    lines = client.get(path, headers=dict(headers)).json()["forecast"]["lines"]
    names = ("year", "type", "direction", "amount")
    return [tuple(line[name] for name in names) for line in lines]


def kinds(shown: Mapping[str, Any]) -> list[tuple[str, int, str]]:
    """What is wrong, and where."""
    return [(one["kind"], one["row"], one["column"]) for one in shown["issues"]]


def pointers(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json().get("errors", [])]

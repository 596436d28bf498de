"""What the tests of indicators share: sheets to send, and how to read the answers."""

from collections.abc import Mapping
from typing import Any

from tests.scenario import ok

PATH = "/v1/area-indicators"
FILES = "/v1/area-indicator-files"
SOURCE = "Statistics Sweden, 31 December 2025"
Headers = Mapping[str, str]


def sheet(figures: Mapping[str, Any], year: int = 2025) -> bytes:
    """A CSV as a Swedish office writes it."""
    rows = "".join(f"{code};{year};{value}\r\n" for code, value in figures.items())
    return f"kod;år;värde\r\n{rows}".encode()


def send(client: Any, headers: Headers, content: bytes, **form: str) -> Any:
    fields = {"scheme": "grid", "indicator": "population", "source": SOURCE, **form}
    files = {"file": ("figures.csv", content)}
    return client.post(PATH, headers=dict(headers), data=fields, files=files)


def register(
    client: Any, headers: Headers, figures: Mapping[str, Any], year: int = 2025, **form: str
) -> dict[str, Any]:
    shown: dict[str, Any] = ok(send(client, headers, sheet(figures, year), **form))
    return shown


def page(client: Any, headers: Headers, **query: Any) -> dict[str, Any]:
    wanted = {"scheme": "grid", "indicator": "population", "limit": 1000, **query}
    params = {name: value for name, value in wanted.items() if value is not None}
    found: dict[str, Any] = ok(client.get(PATH, params=params, headers=dict(headers)), 200)
    return found


def values(client: Any, headers: Headers, **query: Any) -> dict[str, Any]:
    """The figure of each area; a pair with True where it is an estimate."""
    return {
        one["area"]: (one["value"], True) if one["estimated"] else one["value"]
        for one in page(client, headers, **query)["items"]
    }


def faults(answer: Any) -> dict[str, str]:
    """What is wrong, by its place in the file."""
    assert answer.status_code == 422, answer.text
    return {error["pointer"]: error["detail"] for error in answer.json()["errors"]}

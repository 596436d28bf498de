"""What the tests of costs share: components, lines and rates, put through HTTP."""

from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from tests.scenario import Headers, ok

RATES = "/v1/internal-rates"
CODE = "LIN-01"


def path_of(code: str, part: str) -> str:
    return f"/v1/investments/{code}/{part}"


def component(acquisition: str = "60000000.00", **fields: Any) -> dict[str, Any]:
    return {
        "name": "Stomme",
        "acquisition": acquisition,
        "useful_life_years": 30,
        "in_use_from": "2027-01-01",
        **fields,
    }


def line(category: str = "maintenance", amount: str = "100.00", **fields: Any) -> dict[str, Any]:
    return {"category": category, "year": 2027, "amount": amount, **fields}


def post(client: TestClient, headers: Headers, path: str, body: Any) -> Response:
    return client.post(path, json=body, headers=headers)


def put_component(client: TestClient, headers: Headers, code: str = CODE, **fields: Any) -> Any:
    return ok(post(client, headers, path_of(code, "components"), component(**fields)))


def put_line(client: TestClient, headers: Headers, code: str = CODE, **fields: Any) -> Any:
    return ok(post(client, headers, path_of(code, "consequence-lines"), line(**fields)))


def put_rates(
    client: TestClient, headers: Headers, year: int = 2027, to_year: int = 2100, rate: str = "2.5"
) -> Any:
    body = {"year": year, "to_year": to_year, "rate": rate, "source": "SKR"}
    return ok(post(client, headers, RATES, body))


def change(
    client: TestClient, headers: Headers, path: str, body: Any = None, method: str = "PATCH"
) -> Response:
    """A PATCH or DELETE with the tag of what it changes."""
    tag = client.get(path, headers=headers).headers["etag"]
    more = {} if body is None else {"json": body}
    return client.request(method, path, headers={**headers, "If-Match": tag}, **more)


def read(client: TestClient, headers: Headers, path: str, **query: Any) -> Any:
    return ok(client.get(path, params=query or None, headers=headers), 200)


def consequence(client: TestClient, headers: Headers, code: str = CODE, **query: Any) -> Any:
    return read(client, headers, path_of(code, "consequence"), **query)


def column(answer: Any, name: str) -> list[str]:
    return [year[name] for year in answer["years"]]

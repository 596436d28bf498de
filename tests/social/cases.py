"""V-SOC-1 of formulas.md, as it is written and as it is sent."""

from copy import deepcopy
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from tests.scenario import Headers

V_SOC_1: dict[str, Any] = {
    "name": "V-SOC-1",
    "base_year": 2027,
    "horizon_years": 10,
    "discount_rate": "3",
    "payers": [
        {"code": "municipality", "name": "Kommunen", "kind": "committee"},
        {"code": "region", "name": "Regionen", "kind": "region"},
        {"code": "state", "name": "Staten", "kind": "state"},
    ],
    "costs": [
        {"payer": "municipality", "year": 0, "amount": "800000.00"},
        {"payer": "municipality", "year": 1, "amount": "800000.00"},
        {"payer": "municipality", "year": 2, "amount": "400000.00"},
        {"payer": "region", "year": 0, "amount": "200000.00"},
        {"payer": "region", "year": 1, "amount": "200000.00"},
        {"payer": "region", "year": 2, "amount": "100000.00"},
    ],
    "outcomes": [
        {
            "name": "Fler i arbete",
            "persons": 120,
            "effect": "0.10",
            "confidence": "0.75",
            "lag_years": 3,
            "drop_off": "0.10",
            "unit_costs": [
                {"payer": "municipality", "amount": "60000.00", "cashable_share": "0.5"},
                {"payer": "region", "amount": "15000.00", "cashable_share": "0"},
                {"payer": "state", "amount": "85000.00", "cashable_share": "0"},
            ],
            "evidence": {"grade": "C", "source": "Uppföljning 2024", "note": "Egen."},
        }
    ],
}


def case(**fields: Any) -> dict[str, Any]:
    return {**deepcopy(V_SOC_1), **fields}


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """The vector with one value put in another's place: `changed("/costs/0/year", 11)`."""
    body = case()
    *parents, last = [int(p) if p.isdigit() else p for p in pointer.split("/")[1:]]
    target: Any = body
    for parent in parents:
        target = target[parent]
    target[last] = value
    return body


def put_case(client: TestClient, headers: Headers, body: Any, code: str = "SOC-01") -> Response:
    path = f"/v1/investments/{code}/social-case"
    tag = client.get(path, headers=headers).headers["etag"]
    return client.put(path, json=body, headers={**headers, "If-Match": tag})

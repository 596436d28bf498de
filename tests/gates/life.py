"""What the tests of gates share: an investment, and the steps that take it from gate to gate."""

from typing import Any

from fastapi.testclient import TestClient

from tests import scenario
from tests.scenario import Headers, decide, ok, submit

Keys = dict[str, Headers]
CODE = "LIN-01"
PATH = f"/v1/investments/{CODE}"
GATES = ("need", "study", "direction", "implementation", "handover", "benefits")


def begin(client: TestClient, keys: Keys, **program: Any) -> Headers:
    """A program with one investment at its first gate; returns the admin's key."""
    admin = keys["admin"]
    scenario.put_municipality(client, admin, **program)
    scenario.put_investment(client, admin)
    return admin


def recommend(client: TestClient, headers: Headers, code: str = CODE, **fields: Any) -> Any:
    body = {"outcome": "pass", "recommended_on": "2026-06-01", "reason": "Enigt.", **fields}
    return client.post(f"/v1/investments/{code}/recommendations", json=body, headers=headers)


def decider(gate: str, steering: str = "partial") -> str:
    """The body whose decision needs no delegation, for small amounts."""
    late = GATES.index(gate) >= GATES.index("implementation")
    return "street_committee" if late and steering == "partial" else "executive_board"


def pass_gate(
    client: TestClient,
    headers: Headers,
    gate: str,
    code: str = CODE,
    *,
    steering: str = "partial",
    **fields: Any,
) -> Any:
    """Assess, recommend where it is asked for, and pass; returns the decision."""
    submit(client, headers, code)
    body = decider(gate, steering)
    if body == "street_committee":
        ok(recommend(client, headers, code))
    if gate == "benefits":
        fields = {"benefit_result": "achieved", **fields}
    return ok(decide(client, headers, code, **{"gate": gate, "decided_by": body, **fields}))


def walk(client: TestClient, headers: Headers, to: str, code: str = CODE, **fields: Any) -> None:
    """Pass every gate before `to`."""
    for gate in GATES[: GATES.index(to)]:
        pass_gate(client, headers, gate, code, **fields)


def read(client: TestClient, headers: Headers, path: str = PATH) -> Any:
    return ok(client.get(path, headers=headers), 200)


def stands(client: TestClient, headers: Headers, code: str = CODE) -> tuple[str, str]:
    """The gate and the status."""
    found = read(client, headers, f"/v1/investments/{code}")
    return found["gate"], found["status"]


def status_row(client: TestClient, headers: Headers, code: str = CODE, **query: Any) -> Any:
    """An investment's row of gate status."""
    answer = client.get("/v1/gate-status", params={"limit": 1000, **query}, headers=headers)
    return next(row for row in ok(answer, 200)["items"] if row["investment"] == code)


def tagged(client: TestClient, headers: Headers, path: str) -> Headers:
    """The headers with `If-Match` for what is there now."""
    return {**headers, "If-Match": client.get(path, headers=headers).headers["etag"]}

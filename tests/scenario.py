"""The steps of the main job, through HTTP, for tests to put together."""

from copy import deepcopy
from typing import Any

import shapely
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine

from portfolio.access.rules import Role
from portfolio.areas.models import (
    AreaEdition,
    AreaMembership,
    AreaScheme,
    AreaVersion,
)
from portfolio.clock import now
from portfolio.database.engine import transaction
from portfolio.geometry import geodesic_area_m2
from tests.memory import begin
from tests.serving import key_headers

Headers = dict[str, str]

STEPS: dict[str, Any] = {
    "strategy": {"verdict": "positive", "reasoning": "Målen nås.", "confidence": "high"},
    "benefits": {
        "verdict": "positive",
        "reasoning": "Barnen får en trygg väg.",
        "confidence": "medium",
        "perspectives": {"environmental": "neutral", "social": "positive", "economic": "neutral"},
        "benefits": [{"name": "Trygghet", "beneficiaries": "barn 6-12 år"}],
    },
    "market": {"verdict": "neutral", "reasoning": "Ramavtal finns.", "confidence": "low"},
    "economy": {"verdict": "neutral", "reasoning": "Ryms i ramen.", "confidence": "high"},
    "governance": {
        "verdict": "positive",
        "reasoning": "Klart vem som ansvarar.",
        "confidence": "high",
        "plan": {
            "accountable": "Enhetschef",
            "next_gate_on": "2027-03-31",
            "follow_up": "Varje månad",
            "tolerance_percent": 10,
        },
    },
}


def put_scheme(
    engine: Engine,
    code: str = "grid",
    *,
    cells: int = 2,
    size: float = 1000.0,
    origin: tuple[float, float] = (375_000.0, 6_160_000.0),
    valid_from: str = "2020-01-01",
) -> list[str]:
    """A scheme of cells x cells squares, written straight to the tables; codes A00, A01, ..."""
    from datetime import date

    codes = []
    with transaction(engine) as session:
        scheme = AreaScheme(code=code, name=code)
        session.add(scheme)
        session.flush()
        edition = AreaEdition(
            scheme_id=scheme.id or 0,
            valid_from=date.fromisoformat(valid_from),
            recorded_at=now(),
        )
        session.add(edition)
        session.flush()
        for row in range(cells):
            for column in range(cells):
                x, y = origin[0] + column * size, origin[1] + row * size
                square = shapely.MultiPolygon([shapely.box(x, y, x + size, y + size)])
                name = f"A{row}{column}"
                codes.append(name)
                version = AreaVersion(
                    scheme_id=scheme.id or 0,
                    code=name,
                    name=f"Område {name}",
                    area_m2=geodesic_area_m2(square),
                    geometry=square,
                    geometry_sha256="0" * 64,
                )
                session.add(version)
                session.flush()
                session.add(
                    AreaMembership(
                        edition_id=edition.id or 0,
                        code=name,
                        area_version_id=version.id or 0,
                        since=edition.valid_from,
                    )
                )
    return codes


def ok(response: Response, status: int = 201) -> Any:
    assert response.status_code == status, response.text
    return response.json() if response.content else None


def put_organisation(client: TestClient, admin: Headers) -> None:
    """A committee and a department for streets, another of each for schools."""
    for code, name in (("street_committee", "Tekniska nämnden"), ("school_committee", "Nämnden")):
        body = {"code": code, "name": name, "level": "committee"}
        ok(client.post("/v1/bodies", json=body, headers=admin))
    body = {"code": "director", "name": "Förvaltningschef", "level": "official"}
    ok(client.post("/v1/bodies", json=body, headers=admin))
    for code, committee in (("FGK", "street_committee"), ("GFK", "school_committee")):
        body = {"code": code, "name": f"Förvaltning {code}", "committee": committee}
        ok(client.post("/v1/departments", json=body, headers=admin))


def put_program(client: TestClient, admin: Headers, **fields: Any) -> dict[str, Any]:
    body = {
        "code": "lindangen",
        "name": "Lindängen",
        "areas": [],
        "mandate": {
            "decided_by": "council",
            "decided_on": "2026-01-15",
            "case_number": "STK-2026-1",
            "task": "Samla investeringarna.",
        },
        "deciding_body": "executive_board",
        "steering": "partial",
        "gate_template": "standard",
        "coordinator": "Samordnare",
        "starts_on": "2026-02-01",
        "ends_on": None,
        "published": False,
        **fields,
    }
    program: dict[str, Any] = ok(client.post("/v1/programs", json=body, headers=admin))
    return program


def put_investment(client: TestClient, admin: Headers, **fields: Any) -> dict[str, Any]:
    body = {
        "code": "LIN-01",
        "name": "Gångväg",
        "kind": "physical",
        "program": "lindangen",
        "department": "FGK",
        "problem": "Mörkt.",
        "description": "Belysning.",
        "location": {"municipality_wide": True},
        "serves": "local",
        "starts_on": "2027-01-01",
        "ends_on": "2027-12-31",
        **fields,
    }

    def send() -> Any:
        return ok(client.post("/v1/investments", json=body, headers=admin))

    investment: dict[str, Any] = begin(client, f"investment {body} by {admin}", send)
    return investment


def put_municipality(client: TestClient, admin: Headers, **program: Any) -> None:
    def send() -> None:
        put_organisation(client, admin)
        put_program(client, admin, **program)

    begin(client, f"municipality {program} by {admin}", send)


def line(amount: str, **fields: Any) -> dict[str, Any]:
    return {
        "year": 2027,
        "type": "capital",
        "direction": "expense",
        "department": "FGK",
        "amount": amount,
        **fields,
    }


def put_lines(client: TestClient, headers: Headers, code: str, *lines: dict[str, Any]) -> Response:
    path = f"/v1/investments/{code}/plan-lines"
    tag = client.get(path, headers=headers).headers["etag"]
    return client.put(path, json={"lines": list(lines)}, headers={**headers, "If-Match": tag})


def steps(**changes: str) -> dict[str, Any]:
    """Complete steps, with other verdicts: `steps(economy="negative")`."""
    found = deepcopy(STEPS)
    for step, verdict in changes.items():
        found[step]["verdict"] = verdict
    return found


def submit(client: TestClient, headers: Headers, code: str, **verdicts: str) -> int:
    """A complete round at the present gate, submitted; returns its number."""
    path = f"/v1/investments/{code}"
    gate = client.get(path, headers=headers).json()["gate"]
    body = {"gate": gate, "steps": steps(**verdicts)}
    number: int = ok(client.post(f"{path}/assessments", json=body, headers=headers))["round"]
    ok(client.post(f"{path}/assessments/{number}/submit", headers=headers), 200)
    return number


def decision(gate: str, outcome: str = "pass", **fields: Any) -> dict[str, Any]:
    needed: dict[str, Any] = {
        "hold": {"hold_category": "economic", "review_on": "2027-06-01"},
        "rework": {"return_to": "need"},
        "skip": {"to_gate": "implementation"},
    }.get(outcome, {})
    return {
        "gate": gate,
        "outcome": outcome,
        "decided_by": "executive_board",
        "decided_on": "2026-06-10",
        "case_number": "STK-2026-700",
        "reason": "Väl avvägt.",
        **needed,
        **fields,
    }


def decide(client: TestClient, headers: Headers, code: str, **fields: Any) -> Response:
    return client.post(
        f"/v1/investments/{code}/decisions", json=decision(**fields), headers=headers
    )


def rules(response: Response) -> set[str]:
    """The rules that a refusal names."""
    assert response.status_code == 409, response.text
    return {reason["rule"] for reason in response.json()["reasons"]}


def department_key(engine: Engine, department: str) -> Headers:
    with transaction(engine) as session:
        return key_headers(session, Role.DEPARTMENT, department=department)

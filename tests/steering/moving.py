"""What the tests of budgets and steering share: frames, allocations, and moves between them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine
from sqlmodel import select

from portfolio.access.rules import Role
from portfolio.accounts.models import AccountingObject, OutcomeImport, OutcomePosting
from portfolio.accounts.rules import Type
from portfolio.budget.ledger import find_imbalances
from portfolio.clock import now
from portfolio.database.engine import snapshot, transaction
from portfolio.investments.models import Investment
from tests import scenario
from tests.scenario import Headers, ok
from tests.serving import key_headers

Keys = dict[str, Headers]
REALLOCATIONS = "/v1/programs/lindangen/reallocations"
STEERING = "/v1/programs/lindangen/steering-decisions"
DECIDED = {"decided_on": "2026-06-17", "case_number": "STK-2026-310"}
YEAR = 2027


def begin(client: TestClient, admin: Headers, steering: str = "partial") -> None:
    """A program with two investments of the one department and one of the other."""
    scenario.put_municipality(client, admin, steering=steering)
    for code, department in (("A", "FGK"), ("B", "GFK"), ("C", "FGK")):
        scenario.put_investment(client, admin, code=code, department=department)


def grant(client: TestClient, headers: Headers, amount: str = "100.00", **fields: Any) -> Response:
    body = {
        "year": YEAR,
        "type": "capital",
        "amount": amount,
        "kind": "original",
        "decided_by": "council",
        **DECIDED,
        **fields,
    }
    return client.post("/v1/frames", json=body, headers=headers)


def allocate(
    client: TestClient, headers: Headers, code: str, amount: str = "10.00", **fields: Any
) -> Response:
    body = {"investment": code, "year": YEAR, "type": "capital", "amount": amount, **fields}
    return client.post("/v1/allocations", json=body, headers=headers)


def change(client: TestClient, headers: Headers, path: str, **fields: Any) -> Response:
    tag = client.get(path, headers=headers).headers["etag"]
    return client.patch(path, json=fields, headers={**headers, "If-Match": tag})


def propose(
    client: TestClient,
    headers: Headers,
    giver: str = "A",
    receiver: str = "B",
    amount: str = "4.00",
    **fields: Any,
) -> Response:
    body = {
        "giver": giver,
        "receiver": receiver,
        "year": YEAR,
        "type": "capital",
        "amount": amount,
        "reason": "Behövs där.",
        **fields,
    }
    return client.post(REALLOCATIONS, json=body, headers=headers)


def answer(client: TestClient, headers: Headers, id: int, step: str, body: Any = None) -> Response:
    more = {} if body is None else {"json": body}
    return client.post(f"{REALLOCATIONS}/{id}/{step}", headers=headers, **more)


def consent(client: TestClient, headers: Headers, id: int, party: str, **fields: Any) -> Response:
    """A consent of the giver (FGK) or the receiver (GFK), or the council's approval."""
    bodies = {"giver": "street_committee", "receiver": "school_committee", "body": "council"}
    decision = {"decided_by": bodies[party], **DECIDED, **fields}
    if party == "body":
        return answer(client, headers, id, "approve", decision)
    return answer(client, headers, id, "consent", {"party": party, **decision})


def steer(client: TestClient, headers: Headers, mode: str, on: str, **fields: Any) -> Response:
    body = {
        "mode": mode,
        "effective_on": on,
        "decided_by": "council",
        "decided_on": on,
        "case_number": "STK-2026-900",
        "reason": "Bättre för området.",
        **fields,
    }
    return client.post(STEERING, json=body, headers=headers)


def listed(client: TestClient, headers: Headers, path: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(
        client.get(path, params={"limit": 1000, **query}, headers=headers), 200
    )["items"]
    return found


def amounts(client: TestClient, headers: Headers) -> dict[str, str]:
    """What each investment has, by its code; of one year and type."""
    rows = listed(client, headers, "/v1/allocations")
    return {row["investment"]: row["amount"] for row in rows}


def pools(client: TestClient, headers: Headers) -> dict[str, tuple[str, str, str]]:
    """Frame, allocated and reserve, by holder; of one year and type."""
    return {
        row["program"] or row["department"]: (row["frame"], row["allocated"], row["reserve"])
        for row in listed(client, headers, "/v1/pools")
    }


def check_ledger(engine: Engine) -> None:
    """S5: it nets to zero, and everything that repeats it agrees with it."""
    with snapshot(engine) as session:
        assert find_imbalances(session) == []


def board_key(engine: Engine, *bodies: str) -> Headers:
    with transaction(engine) as session:
        return key_headers(session, Role.BOARD, bodies=bodies)


def department_keys(engine: Engine, departments: Sequence[str] = ("FGK", "GFK")) -> Keys:
    return {code: scenario.department_key(engine, code) for code in departments}


def book(
    engine: Engine, code: str, ore: int, *, year: int = YEAR, type: Type = Type.CAPITAL
) -> None:
    """A posting in the accounts on an object that is the investment's."""
    with transaction(engine) as session:
        investment = session.exec(select(Investment).where(Investment.code == code)).one()
        named: dict[str, Any] = {
            "ledger": "main",
            "dimension": "7",
            "object": f"{code}-{year}-{type}",
        }
        source = OutcomeImport(
            status="applied",
            ledger="main",
            year=year,
            extent="part",
            source={},
            counts={},
            issues=[],
            impact={},
            created_at=now(),
        )
        owned = AccountingObject(investment_id=investment.id or 0, recorded_at=now(), **named)
        session.add_all([source, owned])
        session.flush()
        session.add(
            OutcomePosting(
                import_id=source.id or 0,
                year=year,
                voucher="A1",
                voucher_date=date(year, 3, 1),
                account="1100",
                type=type.value,
                direction="expense",
                amount=ore,
                recorded_at=now(),
                **named,
            )
        )

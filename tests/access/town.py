"""A municipality with everything in it twice: of two departments, published, not yet, restricted.

What must not get out bears a mark, so that a text alone shows whether it did.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from portfolio.access.models import ApiKey
from portfolio.access.rules import Role
from portfolio.access.service import get_key, revoke_key
from portfolio.clock import Act, now
from portfolio.database.engine import transaction
from tests import scenario
from tests.access.expected import Key, Thing
from tests.events.calls import upload
from tests.scenario import Headers, decision, line, ok, steps
from tests.serving import key_headers

COMMITTEES = {"FGK": "street_committee", "GFK": "school_committee"}
# Published and for all; in a program that is not published; restricted in one that is.
KINDS = ("OPEN", "DOLD", "SECRET")
PROGRAM_OF = {"OPEN": "open", "DOLD": "dold", "SECRET": "open"}
# Nothing that is sent without a key may hold one of these, in whatever case.
MARKS = ("dold", "secret", "utkast", "hemlig", "7654321", "7654320", "7654319", "inre omdöme")
HIDDEN_AMOUNT, RESERVED, MOVED = "7654321.00", "7654320.00", "7654319.00"
STEERING = {
    "mode": "full",
    "effective_on": "2026-07-01",
    "reason": "Enklare.",
    "decided_by": "council",
    "decided_on": "2026-06-20",
    "case_number": "STK-2026-9",
}
WHERE = {
    "geometry": {"type": "Point", "coordinates": [13.0245, 55.5685]},
    "buffer_m": 0,
}


@dataclass
class Town:
    """The things in it, by what a path asks for."""

    client: TestClient
    admin: Headers
    investments: list[Thing] = field(default_factory=list)
    programs: list[Thing] = field(default_factory=list)
    reallocations: list[Thing] = field(default_factory=list)
    allocations: list[Thing] = field(default_factory=list)
    imports: dict[str, list[Thing]] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def post(self, path: str, body: Any = None, status: int = 201) -> Any:
        more = {} if body is None else {"json": body}
        return ok(self.client.post(path, headers=self.admin, **more), status)


def build(client: TestClient, engine: Engine, admin: Headers, senders: dict[str, Headers]) -> Town:
    """Through HTTP, as people would; only the areas come straight from the tables."""
    town = Town(client, admin)
    scenario.put_organisation(client, admin)
    scenario.put_scheme(engine, "grid")
    for code in ("open", "dold"):
        put_program(town, code)
    put_steering(town)
    put_money(town)
    for kind in KINDS:
        for department in COMMITTEES:
            put_investment(town, kind, department)
    for code in ("open", "dold"):
        for department in COMMITTEES:
            put_reallocation(town, code, department)
    put_imports(town, senders)
    put_the_rest(town)
    return town


def put_program(town: Town, code: str) -> None:
    name = "Öppna kvarter" if code == "open" else "Hemligt program"
    fields = {"code": code, "name": name, "published": code == "open"}
    areas = [{"scheme": "grid", "code": "A00"}]
    scenario.put_program(town.client, town.admin, areas=areas, **fields)
    member = {"name": "Utkast till medlem", "department": "FGK"}
    id = town.post(f"/v1/programs/{code}/members", member)["id"]
    published = code != "dold"
    town.programs.append(Thing(code, {"program": code, "id": id}, published=published))


def put_steering(town: Town) -> None:
    """A change of steering, in a program of its own."""
    scenario.put_program(town.client, town.admin, code="third", published=True)
    made = town.post("/v1/programs/third/steering-decisions", STEERING)
    town.ids["steering decision"] = made["id"]


def put_money(town: Town) -> None:
    rate = {"year": 2026, "to_year": 2090, "rate": "2.5"}
    town.post("/v1/internal-rates", rate)
    index = {"index": "PKV", "year": 2027, "value": "103.1", "source": "SKR"}
    town.ids["price index"] = town.post("/v1/price-indices", index)["id"]
    for department in COMMITTEES:
        frame = {
            "department": department,
            "year": 2027,
            "type": "capital",
            "amount": "90000000.00",
            "kind": "original",
            "decided_by": "council",
            "decided_on": "2026-06-17",
            "case_number": "STK-2026-310",
        }
        town.ids["frame"] = town.post("/v1/frames", frame)["id"]


def put_investment(town: Town, kind: str, department: str) -> None:
    """At the gate after `implementation`, with one of everything that hangs on an investment."""
    code, program = f"{kind}-{department}", PROGRAM_OF[kind]
    name = {"OPEN": "Öppen väg", "DOLD": "Utkast till väg", "SECRET": "Hemlig väg"}[kind]
    fields: dict[str, Any] = (
        {} if kind != "SECRET" else {"restricted": {"section": "OSL 19:1", "until": "2999-12-31"}}
    )
    scenario.put_investment(
        town.client,
        town.admin,
        code=code,
        name=name,
        program=program,
        department=department,
        kind="physical",
        problem="Inre omdöme",
        location=WHERE,
        **fields,
    )
    path = f"/v1/investments/{code}"
    amount = line("100.00" if kind == "OPEN" else HIDDEN_AMOUNT, department=department)
    ok(scenario.put_lines(town.client, town.admin, code, amount), 200)
    ids: dict[str, Any] = {"investment": code, "n": 1, **put_parts(town, path)}
    ids |= put_rounds(town, path, COMMITTEES[department])
    bodies = (COMMITTEES[department],)
    thing = Thing(code, ids, department, program == "open" and kind == "OPEN", bodies)
    town.investments.append(thing)
    allocation = {"investment": code, "year": 2027, "type": "capital", "amount": RESERVED}
    id = town.post("/v1/allocations", allocation)["id"]
    town.allocations.append(Thing(code, {"id": id}, department))


def put_parts(town: Town, path: str) -> dict[str, int]:
    component = {"name": "Inre omdöme", "acquisition": "300.00", "useful_life_years": 50}
    running = {"category": "staff", "year": 2028, "amount": "20.00"}
    return {
        "components": town.post(f"{path}/components", component)["id"],
        "consequence-lines": town.post(f"{path}/consequence-lines", running)["id"],
    }


def put_rounds(town: Town, path: str, committee: str) -> dict[str, int]:
    """A skip to `implementation`, a pass there with a condition, and a draft for the next gate."""
    code = path.rpartition("/")[2]
    skip = {"gate": "need", "outcome": "skip", "to_gate": "implementation"}
    ok(scenario.decide(town.client, town.admin, code, **skip))
    scenario.submit(town.client, town.admin, code)
    advice = {"outcome": "pass", "recommended_on": "2026-06-10", "reason": "Inre omdöme"}
    town.post(f"{path}/recommendations", advice)
    condition = {"text": "Driften ska lösas", "owner": "Enheten", "due_on": "2027-01-31"}
    passed = decision("implementation", decided_by=committee, conditions=[condition])
    made = town.post(f"{path}/decisions", passed)
    found = steps()
    found["market"]["partners"] = [
        {"name": "Hemlig partner", "commitment": "interest", "amount": HIDDEN_AMOUNT}
    ]
    draft = town.post(f"{path}/assessments", {"gate": "handover", "steps": found})
    return {"decisions": made["id"], "round": draft["round"]}


def put_reallocation(town: Town, program: str, department: str) -> None:
    """Inside one department in the published program, between two in the other."""
    giver = {"open": "OPEN", "dold": "DOLD"}[program]
    other = {"FGK": "GFK", "GFK": "FGK"}[department]
    receivers = {"open": f"SECRET-{department}", "dold": f"DOLD-{other}"}
    body = {
        "giver": f"{giver}-{department}",
        "receiver": receivers[program],
        "year": 2027,
        "type": "capital",
        "amount": MOVED,
        "reason": "Inre omdöme",
    }
    made = town.post(f"/v1/programs/{program}/reallocations", body)
    concerned = (department,) if program == "open" else tuple(COMMITTEES)
    thing = Thing(
        f"{program} {department}",
        {"program": program, "id": made["id"]},
        bodies=tuple(COMMITTEES[one] for one in concerned),
        concerned=concerned,
    )
    town.reallocations.append(thing)


def put_imports(town: Town, senders: dict[str, Headers]) -> None:
    forms: dict[str, dict[str, str]] = {
        "investment-imports": {
            "columns": json.dumps({"code": "Projekt", "name": "Namn"}),
            "not_located_reason": "Utreds.",
            "kind": "physical",
        },
        "plan-imports": {
            "columns": json.dumps({"investment": "Projekt", "years": {"2027": "Belopp"}}),
            "type": "capital",
        },
    }
    for kind, form in forms.items():
        town.imports[kind] = []
        for sender, headers in senders.items():
            department = sender or "FGK"
            rows = f"Projekt;Namn;Belopp\nOPEN-{department};Utkast;5\n".encode()
            more = {"department": department} if kind == "investment-imports" else {}
            made = town.client.post(
                f"/v1/{kind}",
                data={"unit": "kr", **form, **more},
                files={"file": ("budget.csv", rows)},
                headers=headers,
            )
            thing = Thing(f"of {sender or 'finance'}", {"id": ok(made)["id"]}, sender=sender)
            town.imports[kind].append(thing)


def put_the_rest(town: Town) -> None:
    town.post("/v1/area-schemes", {"code": "districts", "name": "Distrikt"})
    previewed = ok(upload(town.client, town.admin, "A", "B"))
    town.ids["area import"] = previewed["id"]
    form = {"scheme": "grid", "indicator": "population", "source": "SCB"}
    figures = {"file": ("folk.csv", "kod;år;värde\nA00;2025;120\n".encode())}
    made = town.client.post("/v1/area-indicators", data=form, files=figures, headers=town.admin)
    town.ids["indicator file"] = ok(made)["id"]
    costs = {"first": "4", "last": "8", "type": "operating", "direction": "expense"}
    tag = town.client.get("/v1/account-map", headers=town.admin).headers["etag"]
    headers = {**town.admin, "If-Match": tag}
    ok(town.client.put("/v1/account-map", json={"ranges": [costs]}, headers=headers), 200)
    rows = "#TRANS 5010 {6 P1} 10.00\n#TRANS 2440 {} -10.00\n"
    sie = f"#FNR main\n#RAR 0 20270101 20271231\n#VER A 1 20270115\n{{\n{rows}}}\n".encode()
    made = town.client.post("/v1/outcome-imports", files={"file": sie}, headers=town.admin)
    town.ids["outcome import"] = ok(made)["id"]


def all_keys(engine: Engine, known: dict[str, Headers]) -> list[Key]:
    """A key of each role and bound, none at all, and those that must open nothing."""
    with transaction(engine) as session:
        fgk = key_headers(session, Role.DEPARTMENT, department="FGK")
        gfk = key_headers(session, Role.DEPARTMENT, department="GFK")
        street = key_headers(session, Role.BOARD, bodies=("street_committee",))
        revoked = key_headers(session, Role.ADMIN)
        revoke_key(session, Act("test", now()), _newest(session))
        expired = key_headers(session, Role.ADMIN)
        _newest(session).expires_at = now().replace(year=2020)
    simple = ("admin", "coordinator", "gis", "finance", "board", "viewer")
    return [
        *(Key(role, known[role], role) for role in simple),
        Key("FGK", fgk, "department", "FGK"),
        Key("GFK", gfk, "department", "GFK"),
        Key("board of streets", street, "board", bodies=("street_committee",)),
        Key("none", {}),
        Key("revoked", revoked, in_force=False),
        Key("expired", expired, in_force=False),
        Key("unknown", {"Authorization": "Bearer pf_never-made"}, in_force=False),
    ]


def _newest(session: Session) -> ApiKey:
    newest = session.exec(select(sa.func.max(ApiKey.id))).one()
    return get_key(session, newest or 0)

"""One successful call of every route that writes, in an order in which they work."""

import json
from collections.abc import Iterator
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from tests.scenario import decision, line, steps

Headers = dict[str, str]
Call = tuple[str, str, Response]
INVESTMENT = "/v1/investments/{investment}"
REALLOCATION = "/v1/programs/{program}/reallocations/{id}"
MANDATE = {
    "decided_by": "council",
    "decided_on": "2026-01-15",
    "case_number": "STK-2026-1",
    "task": "Samla investeringarna.",
}


def boundary_file(*codes: str) -> bytes:
    """GeoJSON with a square for each code, side by side."""
    features = []
    for index, code in enumerate(codes):
        west = round(13.0 + index / 100, 2)
        east = round(west + 0.01, 2)
        ring = [[west, 55.5], [east, 55.5], [east, 55.51], [west, 55.51], [west, 55.5]]
        features.append(
            {
                "type": "Feature",
                "properties": {"kod": code, "namn": f"Område {code}"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def upload(client: TestClient, headers: Headers, *codes: str, **fields: str) -> Response:
    form = {
        "scheme": "districts",
        "code_field": "kod",
        "name_field": "namn",
        "valid_from": "2026-01-01",
        **fields,
    }
    files = {"file": ("areas.geojson", boundary_file(*codes), "application/geo+json")}
    return client.post("/v1/area-imports", data=form, files=files, headers=headers)


def every_write(client: TestClient, headers: Headers) -> Iterator[Call]:
    """Method, route and answer of each call, with a key that may all of them."""
    calls = Calls(client, headers)
    yield from calls.organisation()
    yield from calls.areas()
    yield from calls.indicators()
    yield from calls.programs()
    yield from calls.investments()
    yield from calls.prices()
    yield from calls.costs()
    yield from calls.gates()
    yield from calls.social()
    yield from calls.accounts()
    yield from calls.tables()
    yield from calls.budget()
    yield from calls.steering()
    yield from calls.endings()


class Calls:
    """Sends a call to a route, with names filled in and the tag of what it changes."""

    def __init__(self, client: TestClient, headers: Headers) -> None:
        self.client = client
        self.headers = headers
        self.ids: dict[str, Any] = {
            "body": "committee",
            "department": "FGK",
            "scheme": "districts",
            "program": "lindangen",
            "investment": "LIN-01",
            "round": 1,
            "n": 1,
        }

    def send(self, method: str, route: str, body: Any = None, **ids: Any) -> Call:
        self.ids |= ids
        path = route.format(**self.ids)
        headers = dict(self.headers)
        if method in ("PATCH", "PUT", "DELETE"):
            headers["If-Match"] = self.client.get(path, headers=headers).headers["etag"]
        more = {} if body is None else {"json": body}
        response = self.client.request(method, path, headers=headers, **more)
        return method, route, response

    def organisation(self) -> Iterator[Call]:
        committee = {"code": "committee", "name": "Nämnden", "level": "committee"}
        yield self.send("POST", "/v1/bodies", committee)
        yield self.send("PATCH", "/v1/bodies/{body}", {"name": "Tekniska nämnden"})
        department = {"code": "FGK", "name": "Gatukontoret", "committee": "committee"}
        yield self.send("POST", "/v1/departments", department)
        yield self.send("PATCH", "/v1/departments/{department}", {"name": "Gata"})
        level = {"valid_from": "2027-01-01", "above": "20000000.00", "level": "executive_board"}
        yield self.send("POST", "/v1/decision-levels", level)
        yield self.send("PATCH", "/v1/settings", {"sliver_percent": 2})
        made = self.send("POST", "/v1/keys", {"role": "viewer", "name": "Läsaren"})
        yield made
        yield self.send("DELETE", "/v1/keys/{id}", id=made[2].json()["id"])

    def areas(self) -> Iterator[Call]:
        yield self.send("POST", "/v1/area-schemes", {"code": "districts", "name": "Distrikt"})
        yield self.send("PATCH", "/v1/area-schemes/{scheme}", {"description": "Nio stycken"})
        preview = upload(self.client, self.headers, "A", "B")
        yield "POST", "/v1/area-imports", preview
        yield self.send("POST", "/v1/area-imports/{id}/apply", {}, id=preview.json()["id"])
        second = upload(self.client, self.headers, "A", "B", "C", valid_from="2027-01-01")
        yield "POST", "/v1/area-imports", second
        yield self.send("DELETE", "/v1/area-imports/{id}", id=second.json()["id"])

    def indicators(self) -> Iterator[Call]:
        path = "/v1/area-indicators"
        form = {"scheme": "districts", "indicator": "population", "source": "SCB"}
        files = {"file": ("folkmangd.csv", "kod;år;värde\nA;2025;120\nB;2025;7\n".encode())}
        yield "POST", path, self.client.post(path, data=form, files=files, headers=self.headers)

    def programs(self) -> Iterator[Call]:
        gates = [
            {"code": "implementation", "name": "Genomförande", "phase": "on", "realisation": True},
            {"code": "benefits", "name": "Nytta", "phase": "closed"},
        ]
        yield self.send(
            "POST", "/v1/gate-templates", {"code": "short", "name": "Kort", "gates": gates}
        )
        program = {
            "code": "lindangen",
            "name": "Lindängen",
            "areas": [{"scheme": "districts", "code": "A"}],
            "mandate": MANDATE,
            "deciding_body": "executive_board",
            "steering": "partial",
            "gate_template": "standard",
        }
        yield self.send("POST", "/v1/programs", program)
        yield self.send("PATCH", "/v1/programs/{program}", {"published": True})
        members = "/v1/programs/{program}/members"
        made = self.send("POST", members, {"name": "Utvecklingsledare", "department": "FGK"})
        yield made
        yield self.send("PATCH", members + "/{id}", {"role": "Skola"}, id=made[2].json()["id"])
        yield self.send("DELETE", members + "/{id}")

    def investments(self) -> Iterator[Call]:
        investment = {
            "code": "LIN-01",
            "name": "Gångväg",
            "kind": "physical",
            "program": "lindangen",
            "department": "FGK",
            "location": {"areas": [{"scheme": "districts", "code": "A", "share": 1}]},
        }
        yield self.send("POST", "/v1/investments", investment)
        yield self.send("PATCH", INVESTMENT, {"description": "Belysning"})
        yield self.send("PUT", f"{INVESTMENT}/plan-lines", {"lines": [line("100.00")]})

    def costs(self) -> Iterator[Call]:
        rates = "/v1/internal-rates"
        yield self.send("POST", rates, {"year": 2027, "to_year": 2030, "rate": "2.5"})
        yield self.send("PATCH", f"{rates}/{{year}}", {"rate": "2.75"}, year=2028)
        yield self.send("DELETE", f"{rates}/{{year}}", year=2030)
        component = {"name": "Stomme", "acquisition": "300.00", "useful_life_years": 50}
        line = {"category": "staff", "year": 2028, "amount": "20.00"}
        for part, body, change in (
            ("components", component, {"residual": "30.00"}),
            ("consequence-lines", line, {"to_year": 2029}),
        ):
            made = self.send("POST", f"{INVESTMENT}/{part}", body)
            yield made
            path = f"{INVESTMENT}/{part}/{{id}}"
            yield self.send("PATCH", path, change, id=made[2].json()["id"])
            yield self.send("DELETE", path)

    def prices(self) -> Iterator[Call]:
        value = {"index": "PKV", "year": 2027, "value": "103.1", "source": "SKR"}
        made = self.send("POST", "/v1/price-indices", value)
        yield made
        one = "/v1/price-indices/{id}"
        yield self.send("PATCH", one, {"value": "103.4"}, id=made[2].json()["id"])
        yield self.send("DELETE", one)

    def gates(self) -> Iterator[Call]:
        rounds = f"{INVESTMENT}/assessments"
        yield self.send("POST", rounds, {"gate": "need", "steps": steps()})
        yield self.send(
            "PATCH", rounds + "/{round}", {"steps": {"economy": {"reasoning": "Ryms."}}}
        )
        yield self.send("POST", rounds + "/{round}/submit")
        recommended = {"outcome": "pass", "recommended_on": "2026-06-01", "reason": "Enigt."}
        yield self.send("POST", f"{INVESTMENT}/recommendations", recommended)
        condition = {"text": "Driften ska lösas", "owner": "FGK"}
        made = self.send(
            "POST", f"{INVESTMENT}/decisions", decision("need", conditions=[condition])
        )
        yield made
        condition_path = f"{INVESTMENT}/decisions/{{id}}/conditions/{{n}}"
        yield self.send("PATCH", condition_path, {"met_on": "2026-07-01"}, id=made[2].json()["id"])

    def social(self) -> Iterator[Call]:
        place = {"location": {"municipality_wide": True}, "department": "FGK", "kind": "social"}
        self.send("POST", "/v1/investments", {"code": "SOC-01", "name": "Ungdomsteam", **place})
        case = {
            "base_year": 2027,
            "horizon_years": 10,
            "discount_rate": "3",
            "payers": [{"code": "region", "name": "Regionen", "kind": "region"}],
            "costs": [],
            "outcomes": [],
        }
        yield self.send("PUT", f"{INVESTMENT}/social-case", case, investment="SOC-01")
        yield self.send("DELETE", INVESTMENT)
        self.ids["investment"] = "LIN-01"

    def accounts(self) -> Iterator[Call]:
        costs = {"first": "4", "last": "8", "type": "operating", "direction": "expense"}
        yield self.send("PUT", "/v1/account-map", {"ranges": [costs]})
        imports = "/v1/outcome-imports"
        for amount, method, path in (
            ("10.00", "POST", f"{imports}/{{id}}/apply"),
            ("20.00", "DELETE", f"{imports}/{{id}}"),
        ):
            rows = f"#TRANS 5010 {{6 P1}} {amount}\n#TRANS 2440 {{}} -{amount}\n"
            file = f"#FNR main\n#RAR 0 20270101 20271231\n#VER A 1 20270115\n{{\n{rows}}}\n"
            made = self.client.post(imports, files={"file": file.encode()}, headers=self.headers)
            yield "POST", imports, made
            yield self.send(method, path, id=made.json()["id"])

    def tables(self) -> Iterator[Call]:
        investment = {"code": "Projekt", "name": "Namn"}
        place = {"kind": "physical", "department": "FGK", "not_located_reason": "Utreds."}
        plan = {"investment": "Projekt", "years": {"2027": "Belopp"}}
        for imports, columns, form in (
            ("/v1/investment-imports", investment, place),
            ("/v1/plan-imports", plan, {"type": "capital"}),
        ):
            for method, path in (
                ("POST", f"{imports}/{{id}}/apply"),
                ("DELETE", f"{imports}/{{id}}"),
            ):
                made = self.client.post(
                    imports,
                    data={"unit": "tkr", "columns": json.dumps(columns), **form},
                    files={"file": ("budget.csv", "Projekt;Namn;Belopp\nT-1;Bänkar;5\n".encode())},
                    headers=self.headers,
                )
                yield "POST", imports, made
                yield self.send(method, path, id=made.json()["id"])

    def budget(self) -> Iterator[Call]:
        frame = {
            "department": "FGK",
            "year": 2027,
            "type": "capital",
            "amount": "40000000.00",
            "kind": "original",
            "decided_by": "council",
            "decided_on": "2026-06-17",
            "case_number": "STK-2026-310",
        }
        yield self.send("POST", "/v1/frames", frame)
        allocation = {"year": 2027, "type": "capital", "amount": "20000000.00"}
        made = self.send("POST", "/v1/allocations", {"investment": "LIN-01", **allocation})
        yield made
        id = made[2].json()["id"]
        yield self.send("PATCH", "/v1/allocations/{id}", {"amount": "30000000.00"}, id=id)

    def steering(self) -> Iterator[Call]:
        place = {"location": {"municipality_wide": True}, "department": "FGK", "kind": "physical"}
        receiver = {"code": "TORG-01", "name": "Torg", "program": "lindangen", **place}
        self.send("POST", "/v1/investments", receiver)
        allocation, id = "/v1/allocations/{id}", self.ids["id"]
        decided = {"decided_by": "committee", "decided_on": "2026-06-20", "case_number": "TN-4"}
        for step, body in (("withdraw", None), ("decline", {"reason": "Pengarna behövs."})):
            yield self.propose()
            yield self.send("POST", f"{REALLOCATION}/{step}", body)
        yield self.propose()
        proposal = self.ids["id"]
        self.send("PATCH", allocation, {"committed": "30000000.00"}, id=id)
        yield self.send("POST", f"{REALLOCATION}/consent", decided, id=proposal)
        self.send("PATCH", allocation, {"committed": "0.00"}, id=id)
        yield self.send("POST", f"{REALLOCATION}/execute", id=proposal)
        decided["decided_by"] = "council"
        change = {"mode": "full", "effective_on": "2026-07-01", "reason": "Enklare.", **decided}
        yield self.send("POST", "/v1/programs/{program}/steering-decisions", change)
        yield self.propose(amount="16000000.00")
        yield self.send("POST", f"{REALLOCATION}/approve", decided)

    def propose(self, amount: str = "1000000.00") -> Call:
        body = {"giver": "LIN-01", "receiver": "TORG-01", "year": 2027, "type": "capital"}
        reason = {"amount": amount, "reason": "Upphandlingen blev billigare."}
        made = self.send("POST", "/v1/programs/{program}/reallocations", {**body, **reason})
        self.ids["id"] = made[2].json()["id"]
        return made

    def endings(self) -> Iterator[Call]:
        place = {"location": {"municipality_wide": True}, "department": "FGK", "kind": "social"}
        self.send("POST", "/v1/investments", {"code": "X", "name": "Tas bort", **place})
        yield self.send("DELETE", INVESTMENT, investment="X")
        unused = {"code": "unused", "name": "Tom", "committee": "council"}
        self.send("POST", "/v1/departments", unused)
        yield self.send("DELETE", "/v1/departments/{department}", department="unused")
        program = {
            "code": "empty",
            "name": "Tomt",
            "areas": [],
            "mandate": MANDATE,
            "deciding_body": "council",
            "steering": "full",
            "gate_template": "micro",
        }
        self.send("POST", "/v1/programs", program)
        yield self.send("DELETE", "/v1/programs/{program}", program="empty")

"""What writers do in a municipality: the life of an investment, from need to money moved."""

import random
from collections.abc import Iterator
from itertools import count
from typing import Any

from tests.events.calls import MANDATE, boundary_file
from tests.faults.clients import Client
from tests.scenario import decision, line, steps

DEPARTMENT = "FGK"
EVERYWHERE = {"location": {"municipality_wide": True}, "department": DEPARTMENT, "kind": "physical"}
DECIDED = {"decided_by": "council", "decided_on": "2026-06-20", "case_number": "STK-2026-4"}
FRAME = {
    "year": 2027,
    "type": "capital",
    "amount": "900000000000.00",
    "kind": "original",
    **DECIDED,
}


def found(client: Client) -> None:
    """What all writers share."""
    client.post("body", "/v1/bodies", {"code": "street", "name": "Nämnden", "level": "committee"})
    department = {"code": DEPARTMENT, "name": "Gatukontoret", "committee": "street"}
    client.post("department", "/v1/departments", department)


class Writer:
    """Takes one step at a time; each is one change, in an order that the rules allow."""

    def __init__(self, client: Client, dice: random.Random) -> None:
        self.client = client
        self._dice = dice
        self._program = f"p-{client.name}"
        self._scheme = f"s-{client.name}"
        self._allocations: list[str] = []
        self._steps = self._all()

    def step(self) -> None:
        next(self._steps)

    def whole_round(self) -> Iterator[None]:
        """Every kind of change once, one at a time."""
        yield from self._founding()
        yield from self._life(0)
        yield from self._life(1, former=f"{self._program}-0")
        yield from self._keys()
        yield from self._areas(0)

    def _all(self) -> Iterator[None]:
        yield from self._founding()
        for number in count():
            former = f"{self._program}-{number - 1}" if number else None
            yield from self._life(number, former)
            if number % 3 == 0:
                yield from self._keys()
            if number % 8 == 0:
                yield from self._areas(number // 8)

    def _founding(self) -> Iterator[None]:
        program = {
            "code": self._program,
            "name": "Program",
            "areas": [],
            "mandate": MANDATE,
            "deciding_body": "executive_board",
            "steering": "full",
            "gate_template": "standard",
        }
        self.client.post("program", "/v1/programs", program)
        yield
        self.client.post("frame", "/v1/frames", {"program": self._program, **FRAME})
        yield
        scheme = {"code": self._scheme, "name": "Distrikt"}
        self.client.post("scheme", "/v1/area-schemes", scheme)
        yield

    def _life(self, number: int, former: str | None = None) -> Iterator[None]:
        code = f"{self._program}-{number}"
        path = f"/v1/investments/{code}"
        body = {"code": code, "name": "Gångväg", "program": self._program, **EVERYWHERE}
        self.client.post("investment", "/v1/investments", body)
        yield
        yield from self._plan(path)
        yield from self._gate(path, "need")
        name = f"Gångväg {self._dice.randrange(10**6)}"
        self.client.change(
            "rename", "PATCH", path, {"name": name}, lambda found: bool(found["name"] == name)
        )
        yield
        yield from self._gate(path, "study")
        yield from self._money(code, former)
        self.client.note(path, f"{path}/plan-lines", f"{path}/decisions")

    def _plan(self, path: str) -> Iterator[None]:
        amounts = [f"{self._dice.randrange(1, 10**7)}.00" for _ in range(3)]
        lines = [line(amount, year=2027 + year) for year, amount in enumerate(amounts)]

        def is_done(found: Any) -> bool:
            return [one["amount"] for one in found["forecast"]["lines"]] == amounts

        where = f"{path}/plan-lines"
        self.client.change("plan", "PUT", where, {"lines": lines}, is_done)
        yield

    def _gate(self, path: str, gate: str) -> Iterator[None]:
        body = {"gate": gate, "steps": steps()}
        made = self.client.post("round", f"{path}/assessments", body)
        yield
        rounds = f"{path}/assessments/{made['round']}"
        self.client.post("submit", f"{rounds}/submit")
        self.client.forget(path)
        self.client.note(rounds)
        yield
        condition = {"text": "Driften ska lösas", "owner": DEPARTMENT}
        decided = self.client.post(
            "decision", f"{path}/decisions", decision(gate, conditions=[condition])
        )
        self.client.forget(path, f"{path}/plan-lines", decided["location"])
        yield
        yield from self._condition(f"{path}/decisions/{decided['id']}")
        self.client.note(path)

    def _condition(self, path: str) -> Iterator[None]:
        met = {"met_on": "2026-07-01"}

        def is_done(found: Any) -> bool:
            return bool(found["met_on"] == met["met_on"])

        self.client.change("condition", "PATCH", f"{path}/conditions/1", met, is_done)
        yield

    def _money(self, code: str, former: str | None) -> Iterator[None]:
        granted = {"year": 2027, "type": "capital", "amount": "50000000.00"}
        body = {"investment": code, **granted}
        made = self.client.post("allocation", "/v1/allocations", body)
        self._allocations.append(made["location"])
        yield
        if former is None:
            return
        # More than the program's own body may move by itself, so that it takes an approval.
        amount = f"{16_000_000 + self._dice.randrange(999)}.00"
        moved = {"year": 2027, "type": "capital", "amount": amount}
        body = {"giver": former, "receiver": code, "reason": "Det blev billigare.", **moved}
        made = self.client.post("proposal", f"/v1/programs/{self._program}/reallocations", body)
        # It says for how many days it has waited, which another clock counts differently.
        self.client.forget(made["location"])
        yield
        path = f"/v1/programs/{self._program}/reallocations/{made['id']}"
        self.client.post("approval", f"{path}/approve", DECIDED)
        # Both have other sums now, which their allocations show.
        self.client.forget(*self._allocations)
        self._allocations = [self._allocations[-1]]
        self.client.note(path, *self._allocations)
        yield

    def _keys(self) -> Iterator[None]:
        made = self.client.post("key", "/v1/keys", {"role": "viewer", "name": "Läsaren"})
        path = made["location"]
        # The answer to the one who made it holds the token.
        self.client.forget(path)
        yield

        def is_done(found: Any) -> bool:
            return found["revoked_at"] is not None

        self.client.change("revocation", "DELETE", path, None, is_done)
        yield

    def _areas(self, number: int) -> Iterator[None]:
        codes = ["A", "B", "C", "D"][: 2 + number % 3]
        form = {
            "scheme": self._scheme,
            "code_field": "kod",
            "name_field": "namn",
            "valid_from": f"{2000 + number}-01-01",
        }
        files = {"file": ("areas.geojson", boundary_file(*codes), "application/geo+json")}
        made = self.client.post("preview", "/v1/area-imports", data=form, files=files)
        yield
        path = f"/v1/area-imports/{made['id']}"
        self.client.post("import", f"{path}/apply", {})
        self.client.note(path, f"/v1/area-schemes/{self._scheme}")
        yield

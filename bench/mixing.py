"""What one client of a mixed load asks, again and again: four reads to a write."""

import http.client
import math
import random
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.scenario import decision, line, steps

PROGRAMS, DEPARTMENTS, SIDE = 200, 10, 55
GATES = ("need", "study", "direction", "implementation", "handover", "benefits")
# The corners of the areas that `filling.write_areas` makes, in degrees.
WEST, SOUTH, EAST, NORTH = 12.80, 55.50, 13.44, 55.85
READS_TO_A_WRITE = 4
# Of a thousand reads.
WEIGHTS = {
    "gate status": 200,
    "investment": 200,
    "list": 150,
    "board": 100,
    "plan": 80,
    "area portfolio": 100,
    "map items": 80,
    "map tile": 85,
    "export": 5,
}


@dataclass
class Answered:
    """What a client was answered: milliseconds by kind of request, and statuses."""

    times: dict[str, "array[float]"] = field(default_factory=dict)
    statuses: dict[tuple[str, int], int] = field(default_factory=dict)

    def add(self, kind: str, status: int, milliseconds: float) -> None:
        self.times.setdefault(kind, array("d")).append(milliseconds)
        self.statuses[kind, status] = self.statuses.get((kind, status), 0) + 1


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who asks what: two keys, since not everybody may write."""

    server: str
    number: int
    investments: int
    reading: dict[str, str]
    writing: dict[str, str]
    until: float


def ask_until(traffic: Traffic) -> Answered:
    """Ask in a closed loop until the time is up."""
    client = Client(traffic)
    dice = random.Random(traffic.number)  # noqa: S311  which to ask for
    writes = client.writes(dice)
    kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
    while time.time() < traffic.until:
        for kind in dice.choices(kinds, weights, k=READS_TO_A_WRITE):
            client.send(kind, "GET", path_of(kind, dice, traffic.investments), traffic.reading)
        next(writes)
    client.close()
    return client.answered


def path_of(kind: str, dice: random.Random, investments: int) -> str:
    code = f"/v1/investments/B-{dice.randrange(1, investments + 1):06d}"
    area = f"{dice.randrange(SIDE):03d}{dice.randrange(SIDE):03d}"
    program, department = f"p{dice.randrange(PROGRAMS)}", f"D{dice.randrange(DEPARTMENTS)}"
    paths: dict[str, Callable[[], str]] = {
        "gate status": lambda: (
            f"/v1/gate-status?department={department}&gate={dice.choice(GATES)}&limit=100"
        ),
        "investment": lambda: code,
        "list": lambda: f"/v1/investments?program={program}&limit=50",
        "board": lambda: f"/v1/programs/{program}/board",
        "plan": lambda: f"{code}/plan-lines",
        "area portfolio": lambda: f"/v1/area-schemes/grid/areas/{area}/portfolio",
        "map items": lambda: f"/ogc/collections/areas-grid/items?limit=100&bbox={_box(dice)}",
        "map tile": lambda: f"/ogc/collections/areas-grid/tiles/WebMercatorQuad/{_tile(dice)}",
        "export": lambda: f"/v1/gate-status?format=csv&program={program}",
    }
    return paths[kind]()


def _box(dice: random.Random) -> str:
    x, y = dice.uniform(WEST, EAST - 0.1), dice.uniform(SOUTH, NORTH - 0.05)
    return f"{x:.4f},{y:.4f},{x + 0.1:.4f},{y + 0.05:.4f}"


def _tile(dice: random.Random) -> str:
    """Zoom, row and column of a tile where there are areas."""
    zoom = dice.randrange(9, 15)
    longitude, latitude = dice.uniform(WEST, EAST), math.radians(dice.uniform(SOUTH, NORTH))
    column = (longitude + 180) / 360 * 2**zoom
    row = (1 - math.asinh(math.tan(latitude)) / math.pi) / 2 * 2**zoom
    return f"{zoom}/{int(row)}/{int(column)}"


class Client:
    """One connection, and one investment after the other that it takes through two gates."""

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        self.answered = Answered()
        address = urlsplit(traffic.server)
        self._connection = http.client.HTTPConnection(address.netloc, timeout=120)

    def close(self) -> None:
        self._connection.close()

    def send(
        self, kind: str, method: str, path: str, headers: dict[str, str], body: Any = None
    ) -> tuple[int, bytes, str]:
        """Status, body and tag."""
        content = None if body is None else orjson.dumps(body)
        more = {} if content is None else {"Content-Type": "application/json"}
        began = time.perf_counter()
        self._connection.request(method, path, body=content, headers={**headers, **more})
        answer = self._connection.getresponse()
        found = answer.read()
        took = (time.perf_counter() - began) * 1000
        self.answered.add(kind, answer.status, took)
        return answer.status, found, answer.headers.get("etag", "")

    def writes(self, dice: random.Random) -> Iterator[None]:
        """One write at a time."""
        place = {"location": {"municipality_wide": True}, "kind": "physical"}
        number = 0
        while True:
            number += 1
            code = f"L{self.traffic.number}-{int(self.traffic.until)}-{number}"
            home = {"program": f"p{dice.randrange(PROGRAMS)}", "department": "D1"}
            body = {"code": code, "name": "Gångväg", **home, **place}
            self._write("new investment", "/v1/investments", body, f"{code}-0")
            yield
            path = f"/v1/investments/{code}"
            self._plan(path, dice)
            yield
            for gate in GATES[:2]:
                yield from self._gate(path, gate, code)

    def _write(self, kind: str, path: str, body: Any, key: str) -> Any:
        headers = {**self.traffic.writing, "Idempotency-Key": key}
        status, found, _ = self.send(kind, "POST", path, headers, body)
        if status >= 300 and status != 503:
            raise RuntimeError(f"POST {path} answered {status}: {found[:500]!r}")
        return orjson.loads(found)

    def _plan(self, path: str, dice: random.Random) -> None:
        where = f"{path}/plan-lines"
        _, _, tag = self.send("plan", "GET", where, self.traffic.writing)
        lines = [
            line(f"{dice.randrange(1, 10**7)}.00", year=2027 + year, department="D1")
            for year in range(5)
        ]
        headers = {**self.traffic.writing, "If-Match": tag}
        status, found, _ = self.send("plan lines", "PUT", where, headers, {"lines": lines})
        if status >= 300 and status != 503:
            raise RuntimeError(f"PUT {where} answered {status}: {found[:500]!r}")

    def _gate(self, path: str, gate: str, code: str) -> Iterator[None]:
        body = {"gate": gate, "steps": steps()}
        made = self._write("assessment", f"{path}/assessments", body, f"{code}-{gate}-1")
        yield
        rounds = f"{path}/assessments/{made['round']}"
        self._write("submission", f"{rounds}/submit", None, f"{code}-{gate}-2")
        yield
        self._write("decision", f"{path}/decisions", decision(gate), f"{code}-{gate}-3")
        yield

"""Every operation x every key x own or another's x published or not, against the contract.

One municipality serves them all: a request that is admitted may do what it does, but nothing is
kept, since every commit is turned into its opposite.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

from portfolio.ogc.api import HANDLERS
from tests.access.expected import (
    COLLECTION,
    INVESTMENT,
    OPEN,
    PROGRAM,
    REALLOCATION,
    Key,
    Route,
    Thing,
    expected,
    rows,
)
from tests.access.town import COMMITTEES, MARKS, STEERING, Town, all_keys, build
from tests.calling import client_of
from tests.conftest import DatabaseFactory
from tests.databases import MovingEngine
from tests.scenario import decision, line

# Fewer would mean that something is no longer asked.
LEAST_COMBINATIONS = 4_000
OUTCOMES = {401: "unauthorised", 403: "forbidden", 404: "hidden"}
# What comes after the key, the role and the thing: done, done before, or refused by version,
# media type, shape or rule. A 400 is not among them: our own requests are well-formed.
ADMITTED = frozenset({200, 201, 204, 304, 409, 412, 415, 422, 428})
# Who is let in by its role is told that there is no such parameter, before anything is read. Reads
# run to their end for those who could see different things, and typesetting and GDAL, which take a
# process and a tenth of a second each, for one of them.
READERS = ("none", "viewer", "FGK")
FILES = tuple(path for path in OPEN if path.startswith("/v1/export/") and "oc4ids" not in path)
SLOW = (*FILES, f"{PROGRAM}/plan.pdf", f"{INVESTMENT}/gate-paper.pdf")
KEYS = (
    *("admin", "coordinator", "gis", "finance", "board", "viewer", "FGK", "GFK"),
    *("board of streets", "none", "revoked", "expired", "unknown"),
)
SHORTCUT = "?no-such-parameter=1"


@dataclass(frozen=True)
class Probe:
    route: Route
    thing: Thing
    url: str


@pytest.fixture(scope="module")
def town_engine(
    application: FastAPI,
    running: TestClient,
    database_factory: DatabaseFactory,
    moving_engine: MovingEngine,
) -> Iterator[Engine]:
    url = database_factory.new_with_keys()
    engine = application.state.engine = moving_engine.at(url)
    yield engine
    database_factory.drop(url)


@pytest.fixture(scope="module")
def keys_of_all(town_engine: Engine, database_factory: DatabaseFactory) -> dict[str, Key]:
    return {key.name: key for key in all_keys(town_engine, database_factory.keys)}


@pytest.fixture(scope="module")
def asking(running: TestClient) -> Iterator[TestClient]:
    with client_of(running) as client:
        yield client


@pytest.fixture(scope="module")
def town(asking: TestClient, town_engine: Engine, keys_of_all: dict[str, Key]) -> Town:
    senders = {"": keys_of_all["finance"].headers}
    senders |= {name: keys_of_all[name].headers for name in COMMITTEES}
    built = build(asking, town_engine, keys_of_all["admin"].headers, senders)
    event.listen(town_engine, "commit", _undo)
    return built


def _undo(connection: sa.Connection) -> None:
    connection.connection.rollback()


@pytest.fixture(scope="module")
def probes(town: Town) -> list[Probe]:
    return [
        Probe(route, thing, address(route[1], thing.ids))
        for route in rows()
        for thing in things_for(route, town)
    ]


def address(path: str, ids: dict[str, Any]) -> str:
    return path.format(**ids) if ids else path


def things_for(route: Route, town: Town) -> list[Thing]:
    """What to ask a route about: everything that anybody's right could depend on."""
    things = _things_at(route[1], town)
    return [replace(thing, body=body_for(route, thing)) for thing in things]


def _things_at(path: str, town: Town) -> list[Thing]:
    if path.startswith(REALLOCATION):
        return town.reallocations
    if path.startswith(f"{PROGRAM}/steering-decisions"):
        ids = {"program": "third", "id": town.ids["steering decision"]}
        return [Thing("third", ids, bodies=("council",))]
    if path.startswith((PROGRAM, "/v1/export/programs/")):
        return town.programs
    if path.startswith(INVESTMENT):
        return [with_id(one, path) for one in town.investments]
    if path.startswith("/v1/allocations/"):
        return town.allocations
    for kind, imports in town.imports.items():
        if path.startswith(f"/v1/{kind}/"):
            return imports
    if path == "/v1/investments":
        return [Thing(code, {}, code) for code in COMMITTEES]
    if path.startswith(COLLECTION):
        return list(features(path, town))
    return [the_only(path, town)]


def with_id(investment: Thing, path: str) -> Thing:
    part = path.removeprefix(f"{INVESTMENT}/").partition("/")[0]
    ids = {**investment.ids, "id": investment.ids.get(part)}
    return replace(investment, ids=ids)


def features(path: str, town: Town) -> Iterator[Thing]:
    tile = {"z": 12, "y": 1280, "x": 2196}
    if not path.endswith("{feature}"):
        for name in ("investments", "programs", "areas-grid", "portfolios-grid"):
            yield Thing(name, {"collection": name, **tile})
        return
    for one in town.investments:
        ids = {"collection": "investments", "feature": one.name}
        yield Thing(one.name, ids, published=one.published)
    for one in town.programs:
        ids = {"collection": "programs", "feature": one.name}
        yield Thing(one.name, ids, published=one.published)


def the_only(path: str, town: Town) -> Thing:
    ids: dict[str, Any] = {
        "name": "forbidden",
        "body": "street_committee",
        "department": "FGK",
        "scheme": "grid",
        "code": "standard" if path.startswith("/v1/gate-templates") else "A00",
        "year": 2030,
    }
    by_path = {
        "/v1/keys": 1,
        "/v1/area-imports": town.ids["area import"],
        "/v1/area-indicator-files": town.ids["indicator file"],
        "/v1/price-indices": town.ids["price index"],
        "/v1/frames": town.ids["frame"],
        "/v1/outcome-imports": town.ids["outcome import"],
    }
    found = [id for start, id in by_path.items() if path.startswith(f"{start}/")]
    return Thing("", {**ids, "id": found[0] if found else 0})


def body_for(route: Route, thing: Thing) -> dict[str, Any]:
    """What a right depends on is in the body; elsewhere an empty one is refused by its shape."""
    decided = {"decided_on": "2026-06-20", "case_number": "TN-4"}
    name = f"{route[0]} {route[1]}"
    if name == "POST /v1/investments":
        return new_investment(thing.department)
    if name == f"POST {INVESTMENT}/decisions":
        hold = decision("handover", "hold", decided_by=thing.bodies[0])
        return {**hold, "decided_on": "2026-06-21"}
    if name == f"POST {INVESTMENT}/consequence-lines":
        return {"category": "staff", "year": 2029, "amount": "1.00", "department": thing.department}
    if name in (f"POST {REALLOCATION}/consent", f"POST {REALLOCATION}/approve"):
        return {"decided_by": thing.bodies[0], **decided}
    if name == f"POST {REALLOCATION}/decline":
        return {"reason": "Pengarna behövs."}
    if name == f"POST {PROGRAM}/steering-decisions":
        return {**STEERING, "mode": "partial", "effective_on": "2026-08-01"}
    return {}


def new_investment(department: str) -> dict[str, Any]:
    place = {"location": {"municipality_wide": True}}
    return {"code": "NEW", "name": "Ny", "kind": "physical", "department": department, **place}


def ask(client: TestClient, probe: Probe, key: Key) -> Any:
    method, path = probe.route
    url = probe.url
    if method == "GET" and not reads_to_the_end(probe, key):
        url += SHORTCUT
    elif path in FILES:
        url += "?format=fgb"
    more: dict[str, Any] = {} if method == "GET" else {"json": probe.thing.body}
    return client.request(method, url, headers=key.headers, **more)


def reads_to_the_end(probe: Probe, key: Key) -> bool:
    path = probe.route[1]
    if path in SLOW:
        if path in FILES:
            return key.name == "none"
        return key.name == "viewer" and probe.thing.name in ("open", "OPEN-FGK")
    return key.name in READERS


def outcome(status: int, url: str) -> str:
    if status in OUTCOMES:
        return OUTCOMES[status]
    admitted = status in ADMITTED or (status == 400 and SHORTCUT in url)
    return "allowed" if admitted else f"a {status}"


def test_every_operation_has_its_row_in_the_matrix(application: FastAPI):
    routes = {
        (method, route.path)
        for route in application.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }

    written = Counter(rows())
    assert routes | {("GET", path) for path in HANDLERS} == set(written)
    assert max(written.values()) == 1


@pytest.mark.parametrize("name", KEYS)
def test_each_key_may_what_the_contract_says_with_each_thing(
    asking: TestClient, probes: list[Probe], keys_of_all: dict[str, Key], name: str
):
    key = keys_of_all[name]
    wanted = {describe(one): expected(one.route, one.thing, key) for one in probes}

    found = {}
    for one in probes:
        answer = ask(asking, one, key)
        found[describe(one)] = outcome(answer.status_code, str(answer.url))

    assert {one: found[one] for one in found if found[one] != wanted[one]} == {}


def describe(probe: Probe) -> str:
    return f"{probe.route[0]} {probe.url} {probe.thing.name}"


def test_the_matrix_does_not_shrink(
    probes: list[Probe], keys_of_all: dict[str, Key], capsys: pytest.CaptureFixture[str]
):
    assert set(keys_of_all) == set(KEYS)
    combinations = len(probes) * len(keys_of_all)

    with capsys.disabled():
        print(f" {combinations} combinations ", end="")  # noqa: T201

    assert combinations >= LEAST_COMBINATIONS
    assert {probe.route for probe in probes} == set(rows())


def test_asking_has_changed_nothing(
    asking: TestClient, town: Town, probes: list[Probe], keys_of_all: dict[str, Key]
):
    admin = keys_of_all["admin"]
    before = asking.get("/v1/events?limit=1000", headers=admin.headers).json()["total"]
    done = [ask(asking, one, admin).status_code for one in probes if one.route[0] == "POST"]
    after = asking.get("/v1/events?limit=1000", headers=admin.headers).json()["total"]

    assert after == before
    # Some of them did what was asked, until it was undone.
    assert sum(status in (200, 201, 204) for status in done) >= 10


# What names somebody else's department deeper than its path does: by the body, or by a line in it.
NESTED: list[tuple[str, str, Any]] = [
    ("POST", "/v1/investments", new_investment("GFK")),
    ("PATCH", "/v1/investments/OPEN-FGK", {"department": "GFK"}),
    (
        "PUT",
        "/v1/investments/OPEN-FGK/plan-lines",
        {"lines": [line("1.00"), line("2.00", department="GFK")]},
    ),
    ("PUT", "/v1/investments/OPEN-GFK/plan-lines", {"lines": [line("2.00", department="GFK")]}),
    (
        "POST",
        "/v1/investments/OPEN-FGK/consequence-lines",
        {"category": "staff", "year": 2029, "amount": "1.00", "department": "GFK"},
    ),
    ("PATCH", "/v1/investments/OPEN-FGK/consequence-lines/{line}", {"department": "GFK"}),
    (
        "POST",
        "/v1/investments/OPEN-FGK/decisions",
        {**decision("handover", "hold", decided_by="school_committee"), "decided_on": "2026-06-21"},
    ),
    (
        "POST",
        "/v1/investments/OPEN-FGK/decisions",
        {**decision("handover", "hold", decided_by="council"), "decided_on": "2026-06-21"},
    ),
    ("PATCH", "/v1/allocations/{allocation}", {"amount": "1.00"}),
    (
        "POST",
        "/v1/programs/dold/reallocations/{reallocation}/consent",
        {
            "party": "receiver",
            "decided_by": "school_committee",
            "decided_on": "2026-06-20",
            "case_number": "TN-4",
        },
    ),
]


@pytest.mark.parametrize(("method", "path", "body"), NESTED)
def test_what_a_body_names_is_looked_at_as_what_a_path_names(
    asking: TestClient,
    town: Town,
    keys_of_all: dict[str, Key],
    method: str,
    path: str,
    body: Any,
):
    own = next(one for one in town.investments if one.name == "OPEN-FGK")
    between = next(one for one in town.reallocations if one.name == "dold FGK")
    allocation = next(one for one in town.allocations if one.name == "OPEN-FGK")
    url = path.format(
        line=own.ids["consequence-lines"],
        allocation=allocation.ids["id"],
        reallocation=between.ids["id"],
    )

    def send(key: Key) -> int:
        headers = {**key.headers, "If-Match": "*"}
        return asking.request(method, url, json=body, headers=headers).status_code

    assert send(keys_of_all["FGK"]) == 403
    # The body is a good one: who may is at most refused by a rule (S2).
    assert send(keys_of_all["admin"]) in (200, 201, 409)


FILTERS = [
    "/v1/programs?limit=1000",
    "/v1/programs/open/board",
    "/v1/programs/open/board?at=2026-07-01",
    "/ogc/collections/investments/items?limit=1000",
    "/ogc/collections/investments/items?f=html",
    "/ogc/collections/investments/items?filter=name%20LIKE%20%27%25v%C3%A4g%25%27",
    "/ogc/collections/investments/items?bbox=13,55,14,56",
    "/ogc/collections/programs/items?limit=1000",
    "/ogc/collections/portfolios-grid/items?limit=1000",
    "/v1/export/oc4ids",
    "/v1/export/portfolio?format=gpkg",
]


@pytest.mark.parametrize("url", FILTERS)
def test_no_filter_and_no_format_brings_out_what_is_not_published(
    asking: TestClient, town: Town, url: str
):
    answer = asking.get(url)

    assert answer.status_code in (200, 400), answer.text[:500]
    assert marks_in(answer.content) == []


def marks_in(content: bytes) -> list[str]:
    text = content.decode(errors="replace").lower()
    return [mark for mark in MARKS if mark in text]


def test_nothing_that_answers_without_a_key_holds_a_mark_of_what_is_hidden(
    asking: TestClient, probes: list[Probe], keys_of_all: dict[str, Key]
):
    public = keys_of_all["none"]
    leaks = {}
    for one in probes:
        method, path = one.route
        if method == "GET" and path in OPEN and path not in FILES:
            answer = ask(asking, one, public)
            if found := marks_in(without_the_question(answer, one)):
                leaks[one.url] = found

    assert leaks == {}


def without_the_question(answer: Any, probe: Probe) -> bytes:
    """Who names a hidden thing reads the name again, as of one that was never there."""
    content: bytes = answer.content
    if answer.status_code == 404:
        for name in probe.thing.ids.values():
            content = content.replace(str(name).encode(), b"")
    return content

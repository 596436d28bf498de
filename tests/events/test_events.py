"""Every change is an event, in the transaction of the change; the chain shows what is missing."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import rfc8785
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from portfolio.access.rules import ROUTES
from portfolio.clock import Act, now
from portfolio.database.engine import snapshot, transaction
from portfolio.events.models import Event
from portfolio.events.rules import GENESIS, event_hash, find_break
from portfolio.events.service import record, shown, verify
from portfolio.hashing import canonical
from tests import scenario
from tests.events.calls import every_write, upload

Keys = dict[str, dict[str, str]]


def all_events(client: TestClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    page = client.get("/v1/events?limit=1000", headers=headers).json()
    assert page["next"] is None
    listed: list[dict[str, Any]] = page["items"]
    return listed


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(text("SELECT count(*) FROM event")).scalar_one()
        return found


def problem_in(engine: Engine) -> str | None:
    with snapshot(engine) as session:
        _, found = verify(session)
    return None if found is None else f"{found.event_id} {found.problem}"


def without_triggers(engine: Engine) -> None:
    """What somebody with the database's own password could do."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER event_no_update"))
            connection.execute(text("DROP TRIGGER event_no_delete"))
        else:
            connection.execute(text("ALTER TABLE event DISABLE TRIGGER ALL"))


def tamper(engine: Engine, *statements: str) -> None:
    without_triggers(engine)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture
def ten_events(engine: Engine) -> Engine:
    for number in range(10):
        with transaction(engine) as session:
            after = {"name": f"Händelse {number}", "share": 0.1 * number}
            record(session, Act("test", now()), "thing.made", f"/v1/things/{number}", after=after)
    return engine


def test_every_route_that_writes_leaves_an_event_with_who_what_and_when(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = keys["admin"]
    routes, before = set(), count(engine)
    for method, route, response in every_write(client, admin):
        assert response.status_code in (200, 201, 204), f"{method} {route}: {response.text}"
        assert count(engine) > before, f"{method} {route} left no event"
        routes.add((method, route))
        before = count(engine)

    assert routes == {(method, path) for method, path in ROUTES if method != "GET"}
    events = all_events(client, admin)
    made = [event for event in events if event["actor"].startswith("key ")]
    assert len(made) >= len(routes)
    assert {event["actor"] for event in made} == {made[0]["actor"]}
    assert all(event["at"].endswith("Z") and event["resource"].startswith("/v1/") for event in made)
    assert all(event["before"] is not None or event["after"] is not None for event in made)
    assert problem_in(engine) is None


def test_an_event_shows_before_and_after(client: TestClient, keys: Keys):
    admin = keys["admin"]
    scenario.put_organisation(client, admin)
    path = "/v1/departments/FGK"
    former = client.get(path, headers=admin)

    change = {"name": "Fastighets- och gatukontoret"}
    client.patch(path, json=change, headers={**admin, "If-Match": former.headers["etag"]})

    event = all_events(client, admin)[-1]
    assert (event["action"], event["resource"]) == ("department.changed", path)
    assert event["before"] == former.json()
    assert event["after"] == {**former.json(), **change}


def test_a_refused_call_leaves_no_event(client: TestClient, keys: Keys, engine: Engine):
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    before = count(engine)
    body = {"code": "council", "name": "Igen", "level": "council"}
    path = "/v1/investments/LIN-01"

    refused = [
        client.post("/v1/bodies", json=body),
        client.post("/v1/bodies", json=body, headers=keys["viewer"]),
        client.post("/v1/bodies", json=body, headers=admin),
        client.post("/v1/bodies", json={"code": "ny"}, headers=admin),
        client.patch(path, json={"name": "Ny"}, headers=admin),
        client.patch(path, json={"name": "Ny"}, headers={**admin, "If-Match": '"old"'}),
        client.patch("/v1/investments/none", json={}, headers={**admin, "If-Match": "*"}),
        client.delete("/v1/departments/FGK", headers={**admin, "If-Match": "*"}),
        scenario.decide(client, admin, "LIN-01", gate="need"),
        upload(client, admin, "A", scheme="none"),
    ]

    assert [one.status_code for one in refused] == [
        401, 403, 409, 422, 428, 412, 404, 409, 409, 422,
    ]  # fmt: skip
    assert count(engine) == before


def test_what_fails_at_the_very_end_leaves_neither_change_nor_event(
    client: TestClient, keys: Keys, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    before = count(engine)

    def broken(*_: Any) -> bytes:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("portfolio.events.service.event_hash", broken)
    body = {"code": "new", "name": "Ny", "level": "committee"}
    response = client.post("/v1/bodies", json=body, headers=keys["admin"])
    monkeypatch.undo()

    assert response.status_code == 500
    assert client.get("/v1/bodies/new", headers=keys["admin"]).status_code == 404
    assert count(engine) == before
    assert problem_in(engine) is None


def test_an_event_is_hashed_as_anyone_can_compute_it_again(client: TestClient, keys: Keys):
    admin = keys["admin"]
    scenario.put_municipality(client, admin)

    previous = "0" * 64
    for event in all_events(client, admin):
        rest = {name: value for name, value in event.items() if name != "hash"}
        assert hashlib.sha256(rfc8785.dumps(rest)).hexdigest() == event["hash"]
        assert event["previous_hash"] == previous
        previous = event["hash"]


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        (["UPDATE event SET actor = 'somebody else' WHERE id = 4"], "4 has been altered"),
        (['UPDATE event SET after = \'{"name":"x"}\' WHERE id = 4'], "4 has been altered"),
        (["UPDATE event SET before = '{}' WHERE id = 4"], "4 has been altered"),
        (["DELETE FROM event WHERE id = 1"], "1 is missing"),
        (["DELETE FROM event WHERE id = 5"], "5 is missing"),
        (["DELETE FROM event WHERE id > 8"], "9 is missing at the end of the chain"),
        (["DELETE FROM event"], "1 is missing at the end of the chain"),
        (
            [
                "INSERT INTO event (id, at, actor, action, resource, previous_hash, hash) SELECT "
                "11, at, actor, action, resource, hash, hash FROM event WHERE id = 10"
            ],
            "11 has been altered",
        ),
        (
            [
                "DELETE FROM event WHERE id = 6",
                "UPDATE event SET id = id - 1 WHERE id > 6",
            ],
            "6 does not follow the event before it",
        ),
        (
            [
                "UPDATE event SET id = 100 WHERE id = 3",
                "UPDATE event SET id = 3 WHERE id = 4",
                "UPDATE event SET id = 4 WHERE id = 100",
            ],
            "3 does not follow the event before it",
        ),
    ],
)
def test_an_altered_deleted_cut_or_inserted_event_shows(ten_events, statements, problem):
    assert problem_in(ten_events) is None

    tamper(ten_events, *statements)

    assert problem_in(ten_events) == problem


def test_an_event_that_is_hashed_again_breaks_the_chain_after_it(ten_events):
    with snapshot(ten_events) as session:
        forged = {**shown(session.get_one(Event, 4)), "actor": "somebody else"}
    digest = event_hash(forged, canonical)

    without_triggers(ten_events)
    with ten_events.begin() as connection:
        statement = text("UPDATE event SET actor = 'somebody else', hash = :digest WHERE id = 4")
        connection.execute(statement, {"digest": digest})

    assert problem_in(ten_events) == "5 does not follow the event before it"


@pytest.mark.parametrize(
    "statement",
    ["UPDATE event SET actor = 'x'", "DELETE FROM event", "DELETE FROM event WHERE id = 3"],
)
@pytest.mark.parametrize("table", ["event"])
def test_the_database_itself_refuses_to_change_events(ten_events, statement, table):
    with pytest.raises(DatabaseError, match="never changed"), ten_events.begin() as connection:
        connection.execute(text(statement))

    assert problem_in(ten_events) is None


def test_g10_the_database_itself_refuses_to_change_decisions(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = keys["admin"]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    scenario.submit(client, admin, "LIN-01")
    scenario.ok(scenario.decide(client, admin, "LIN-01", gate="need"))

    for statement in ("UPDATE gate_decision SET reason = 'x'", "DELETE FROM gate_decision"):
        with pytest.raises(DatabaseError, match="never changed"), engine.begin() as connection:
            connection.execute(text(statement))


def test_concurrent_writers_never_fork_the_chain(engine: Engine):
    def write(number: int) -> None:
        for part in range(5):
            with transaction(engine) as session:
                record(session, Act(f"writer {number}", now()), "thing.made", f"/v1/t/{part}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))

    assert count(engine) == 40
    assert problem_in(engine) is None


def test_concurrent_requests_never_fork_the_chain(client: TestClient, keys: Keys, engine: Engine):
    before = count(engine)

    def post(number: int) -> int:
        body = {"code": f"n{number}", "name": f"Nämnd {number}", "level": "committee"}
        return client.post("/v1/bodies", json=body, headers=keys["admin"]).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(post, range(24)))

    assert set(statuses) == {201}
    assert count(engine) == before + 24
    assert problem_in(engine) is None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), inner)
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(JSON, JSON, st.booleans()), max_size=5))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_chain_holds_whatever_was_recorded_and_rolled_back(engine, changes):
    for before, after, kept in changes:
        with Session(engine) as session:
            record(session, Act("test", now()), "x", "/v1/x", before=before, after=after)
            if kept:
                session.commit()
            else:
                session.rollback()

    assert problem_in(engine) is None


@given(st.lists(JSON, min_size=1, max_size=6), st.data())
def test_any_altered_or_missing_event_is_found(contents, data):
    events: list[dict[str, Any]] = []
    for number, content in enumerate(contents, start=1):
        event = {
            "id": number,
            "at": "2026-11-22T08:00:00.000000Z",
            "actor": "test",
            "action": "x",
            "resource": "/v1/x",
            "before": None,
            "after": content,
            "previous_hash": events[-1]["hash"] if events else GENESIS,
        }
        events.append({**event, "hash": event_hash(event, canonical)})
    end = (events[-1]["id"], events[-1]["hash"])
    assert find_break(events, end, canonical) is None

    victim = data.draw(st.integers(0, len(events) - 1))
    if data.draw(st.booleans()):
        changed = [*events[:victim], *events[victim + 1 :]]
    else:
        field = data.draw(st.sampled_from(["actor", "at", "action", "resource", "after"]))
        changed = [dict(event) for event in events]
        changed[victim][field] = "forged by somebody, longer than any content"
    assert find_break(changed, end, canonical) is not None


def test_events_are_filtered_by_resource_actor_and_id(
    client: TestClient, keys: Keys, application: FastAPI
):
    admin = keys["admin"]
    scenario.put_organisation(client, admin)
    events = all_events(client, admin)

    def ids(query: str) -> list[int]:
        page = client.get(f"/v1/events?{query}", headers=admin).json()
        return [event["id"] for event in page["items"]]

    assert ids("resource=/v1/departments/FGK") == [
        event["id"] for event in events if event["resource"] == "/v1/departments/FGK"
    ]
    assert ids("actor=test") == [event["id"] for event in events if event["actor"] == "test"]
    assert ids("after=3") == [event["id"] for event in events][3:]
    assert ids("after=1000000") == []

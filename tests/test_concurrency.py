"""Many at once against a live server: one wins, the others are told, nothing is done twice."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from portfolio.access.rules import Role
from portfolio.database.engine import make_engine, snapshot, transaction
from portfolio.events.models import Event
from portfolio.events.service import verify
from portfolio.reports.doctor import find_faults
from tests import scenario
from tests.conftest import DatabaseFactory
from tests.scenario import decision, line, ok, submit
from tests.serving import forked_server, key_headers

MANY = 32
Ask = Callable[[httpx2.Client, int], httpx2.Response]


@pytest.fixture(scope="module")
def database_address(database_factory: DatabaseFactory) -> Iterator[str]:
    url = database_factory.new_migrated()
    yield url
    database_factory.drop(url)


@pytest.fixture(scope="module")
def database(database_address: str) -> Iterator[Engine]:
    engine = make_engine(database_address)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def server(database_address: str, database: Engine) -> Iterator[Any]:
    """A client of a live server; each test brings an investment of its own."""
    with transaction(database) as session:
        admin = key_headers(session, Role.ADMIN)
    with (
        forked_server(database_address) as url,
        httpx2.Client(base_url=url, headers=admin, timeout=60) as client,
    ):
        scenario.put_municipality(client, {})  # type: ignore[arg-type]  # asks as a TestClient
        yield client


def put(server: Any, code: str) -> str:
    """An investment that is ready to pass its first gate; returns its address."""
    scenario.put_investment(server, {}, code=code)
    submit(server, {}, code)
    return f"/v1/investments/{code}"


def at_once(server: httpx2.Client, ask: Ask, many: int = MANY) -> list[httpx2.Response]:
    """The answers to requests that many clients send when all of them are ready."""
    ready = Barrier(many)

    def one(number: int) -> httpx2.Response:
        with httpx2.Client(base_url=server.base_url, headers=server.headers, timeout=60) as client:
            ok(client.get("/healthz"), 200)
            ready.wait(timeout=60)
            return ask(client, number)

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(one, range(many)))


def statuses(answers: list[httpx2.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def counted(session: Session, model: Any, *where: Any) -> int:
    return session.exec(select(func.count()).select_from(model).where(*where)).one()


def events_of(database: Engine, path: str, action: str) -> int:
    """How many changes were recorded; all else is in order."""
    with snapshot(database) as session:
        assert find_faults(session) == []
        assert verify(session)[1] is None
        there = col(Event.resource).startswith(path)
        return counted(session, Event, there, Event.action == action)


def decisions_made(server: httpx2.Client, database: Engine, path: str) -> tuple[int, int]:
    """How many decisions there are, and how many events tell of one."""
    listed = ok(server.get(f"{path}/decisions"), 200)["total"]
    return listed, events_of(database, path, "decision.pass")


def test_g1_of_many_equal_decisions_at_once_one_is_registered(
    server: httpx2.Client, database: Engine
):
    path, body = put(server, "EQUAL"), decision("need")

    answers = at_once(server, lambda client, _: client.post(f"{path}/decisions", json=body))

    assert statuses(answers) == {201: 1, 409: MANY - 1}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {answer["type"] for answer in refused} == {"/problems/decision-refused"}
    assert all("G1" in {reason["rule"] for reason in answer["reasons"]} for answer in refused)
    assert decisions_made(server, database, path) == (1, 1)
    assert server.get(path).json()["gate"] == "study"


def test_g10_of_many_corrections_at_once_one_supersedes(server: httpx2.Client, database: Engine):
    path = put(server, "CORRECTED")
    made = ok(server.post(f"{path}/decisions", json=decision("need")))
    body = decision("need", supersedes=made["id"])

    answers = at_once(server, lambda client, _: client.post(f"{path}/decisions", json=body), 8)

    assert statuses(answers) == {201: 1, 409: 7}
    assert decisions_made(server, database, path) == (2, 2)


def test_one_idempotency_key_has_one_effect_and_one_answer(server: httpx2.Client, database: Engine):
    path, body = put(server, "CLICKED"), decision("need")
    headers = {"Idempotency-Key": "samma-klick"}

    answers = at_once(
        server, lambda client, _: client.post(f"{path}/decisions", json=body, headers=headers)
    )

    assert statuses(answers) == {201: MANY}
    assert len({(answer.content, answer.headers["location"]) for answer in answers}) == 1
    assert decisions_made(server, database, path) == (1, 1)


def test_of_many_changes_from_one_version_one_wins(server: httpx2.Client, database: Engine):
    path = put(server, "RENAMED")
    tag = {"If-Match": server.get(path).headers["etag"]}

    answers = at_once(
        server, lambda client, n: client.patch(path, json={"name": f"Nr {n}"}, headers=tag)
    )

    assert statuses(answers) == {200: 1, 412: MANY - 1}
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert server.get(path).json() == won
    assert events_of(database, path, "investment.changed") == 1


def test_of_many_settings_from_one_version_one_wins_and_statuses_follow(
    server: httpx2.Client, database: Engine
):
    path = "/v1/settings"
    tag = server.get(path).headers["etag"]

    def ask(client: httpx2.Client, number: int) -> httpx2.Response:
        body = {"reconsideration_tolerance_percent": 20 + number}
        return client.patch(path, json=body, headers={"If-Match": tag})

    answers = at_once(server, ask)

    assert statuses(answers) == {200: 1, 412: MANY - 1}
    with snapshot(database) as session:
        assert find_faults(session) == []


def test_of_many_plans_from_one_version_one_wins(server: httpx2.Client, database: Engine):
    path = f"{put(server, 'PLANNED')}/plan-lines"
    tag = {"If-Match": server.get(path).headers["etag"]}

    def replace(client: httpx2.Client, number: int) -> httpx2.Response:
        return client.put(path, json={"lines": [line(f"{number}.00")]}, headers=tag)

    answers = at_once(server, replace, 8)

    assert statuses(answers) == {200: 1, 412: 7}
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert server.get(path).json() == won
    assert events_of(database, path, "plan_lines.replaced") == 1


def test_of_many_investments_with_one_code_at_once_one_is_registered(
    server: httpx2.Client, database: Engine
):
    derived = ("gate_template", "gate", "status", "area_shares", "outside", "slivers")
    found = {k: v for k, v in server.get(put(server, "FIRST")).json().items() if k not in derived}
    body = {**found, "code": "SECOND"}

    answers = at_once(server, lambda client, _: client.post("/v1/investments", json=body), 8)

    assert statuses(answers) == {201: 1, 409: 7}
    assert events_of(database, "/v1/investments/SECOND", "investment.created") == 1


def test_decisions_on_different_investments_at_once_are_all_registered(
    server: httpx2.Client, database: Engine
):
    paths = [put(server, f"SIDE-{number}") for number in range(8)]

    answers = at_once(
        server,
        lambda client, n: client.post(f"{paths[n]}/decisions", json=decision("need")),
        len(paths),
    )

    assert statuses(answers) == {201: len(paths)}
    for path in paths:
        assert decisions_made(server, database, path) == (1, 1)

"""The contract's table "Who may", walked: every route of the application x every role.

The expectations are written from the contract's rows, not from portfolio.access.rules.
"""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from portfolio.access.models import ApiKey
from portfolio.access.rules import Role
from portfolio.access.service import get_key, revoke_key
from portfolio.app import create_app
from portfolio.clock import Act, now
from portfolio.database.engine import transaction
from portfolio.settings import Settings
from portfolio.web.route import PortfolioRoute
from tests import scenario

Keys = dict[str, dict[str, str]]
Route = tuple[str, str]

ROLES = {"viewer", "coordinator", "gis", "finance", "department", "board", "admin"}
INVESTMENT = "/v1/investments/{investment}"
REALLOCATION = "/v1/programs/{program}/reallocations/{id}"

# Without a key these answer, with published content only.
PUBLIC = {
    ("GET", "/"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/problems/{name}"),
    ("GET", "/v1/area-schemes"),
    ("GET", "/v1/area-schemes/{scheme}"),
    ("GET", "/v1/area-schemes/{scheme}/areas"),
    ("GET", "/v1/area-schemes/{scheme}/areas/{code}"),
    ("GET", "/v1/export/area-schemes/{scheme}"),
    ("GET", "/v1/export/programs/{program}"),
    ("GET", "/v1/export/portfolio"),
    ("GET", "/v1/export/oc4ids"),
    ("GET", "/v1/programs"),
    ("GET", "/v1/programs/{program}"),
    ("GET", "/v1/programs/{program}/board"),
}
# read | all roles
READING = {
    ("GET", path)
    for path in (
        "/metrics",
        "/v1/me",
        "/v1/keys",
        "/v1/keys/{id}",
        "/v1/settings",
        "/v1/bodies",
        "/v1/bodies/{body}",
        "/v1/departments",
        "/v1/departments/{department}",
        "/v1/decision-levels",
        "/v1/area-schemes/{scheme}/areas/{code}/portfolio",
        "/v1/area-imports",
        "/v1/area-imports/{id}",
        "/v1/area-imports/{id}/changes",
        "/v1/area-imports/{id}/map.svg",
        "/v1/area-indicators",
        "/v1/area-indicator-files",
        "/v1/area-indicator-files/{id}",
        "/v1/gate-templates",
        "/v1/gate-templates/{code}",
        "/v1/programs/{program}/members",
        "/v1/programs/{program}/members/{id}",
        "/v1/investments",
        INVESTMENT,
        f"{INVESTMENT}/plan-lines",
        f"{INVESTMENT}/assessments",
        f"{INVESTMENT}/assessments/{{round}}",
        f"{INVESTMENT}/readiness",
        f"{INVESTMENT}/recommendations",
        f"{INVESTMENT}/decisions",
        f"{INVESTMENT}/decisions/{{id}}",
        f"{INVESTMENT}/decisions/{{id}}/conditions/{{n}}",
        f"{INVESTMENT}/components",
        f"{INVESTMENT}/components/{{id}}",
        f"{INVESTMENT}/consequence-lines",
        f"{INVESTMENT}/consequence-lines/{{id}}",
        f"{INVESTMENT}/consequence",
        "/v1/programs/{program}/consequence",
        "/v1/programs/{program}/plan.pdf",
        f"{INVESTMENT}/gate-paper.pdf",
        "/v1/area-schemes/{scheme}/areas/{code}/consequence",
        "/v1/departments/{department}/consequence",
        "/v1/internal-rates",
        "/v1/internal-rates/{year}",
        f"{INVESTMENT}/social-case",
        f"{INVESTMENT}/money-trail",
        "/v1/reports/delegated-decisions",
        "/v1/reports/annual",
        "/v1/reports/deviations",
        "/v1/price-indices",
        "/v1/price-indices/{id}",
        "/v1/account-map",
        "/v1/outcome-imports",
        "/v1/outcome-imports/{id}",
        "/v1/investment-imports",
        "/v1/investment-imports/{id}",
        "/v1/plan-imports",
        "/v1/plan-imports/{id}",
        "/v1/frames",
        "/v1/frames/{id}",
        "/v1/allocations",
        "/v1/allocations/{id}",
        "/v1/pools",
        "/v1/ledger",
        "/v1/programs/{program}/reallocations",
        REALLOCATION,
        "/v1/programs/{program}/steering-decisions",
        "/v1/programs/{program}/steering-decisions/{id}",
        "/v1/programs/{program}/steering-comparison",
        "/v1/gate-status",
        "/v1/events",
    )
}
# Each writing row of the table: the roles with an entry in it, and its routes.
WRITING: list[tuple[set[str], set[Route]]] = [
    (  # schemes, areas, imports, indicators
        {"gis", "admin"},
        {
            ("POST", "/v1/area-schemes"),
            ("PATCH", "/v1/area-schemes/{scheme}"),
            ("POST", "/v1/area-imports"),
            ("DELETE", "/v1/area-imports/{id}"),
            ("POST", "/v1/area-imports/{id}/apply"),
            ("POST", "/v1/area-indicators"),
        },
    ),
    (  # programs, recommendations
        {"coordinator", "admin"},
        {
            ("POST", "/v1/programs"),
            ("PATCH", "/v1/programs/{program}"),
            ("DELETE", "/v1/programs/{program}"),
            ("POST", "/v1/programs/{program}/members"),
            ("PATCH", "/v1/programs/{program}/members/{id}"),
            ("DELETE", "/v1/programs/{program}/members/{id}"),
            ("POST", f"{INVESTMENT}/recommendations"),
        },
    ),
    (  # investments and assessments: the department's own as well
        {"coordinator", "department", "admin"},
        {
            ("POST", "/v1/investments"),
            ("PATCH", INVESTMENT),
            ("DELETE", INVESTMENT),
            ("POST", f"{INVESTMENT}/assessments"),
            ("PATCH", f"{INVESTMENT}/assessments/{{round}}"),
            ("POST", f"{INVESTMENT}/assessments/{{round}}/submit"),
        },
    ),
    ({"department", "board", "admin"}, {("POST", f"{INVESTMENT}/decisions")}),
    (  # met conditions
        {"coordinator", "department", "board", "admin"},
        {("PATCH", f"{INVESTMENT}/decisions/{{id}}/conditions/{{n}}")},
    ),
    (  # plan lines
        {"coordinator", "finance", "department", "admin"},
        {("PUT", f"{INVESTMENT}/plan-lines")},
    ),
    (  # components, consequence lines: a department's own only
        {"coordinator", "finance", "department", "admin"},
        {
            ("POST", f"{INVESTMENT}/components"),
            ("PATCH", f"{INVESTMENT}/components/{{id}}"),
            ("DELETE", f"{INVESTMENT}/components/{{id}}"),
            ("POST", f"{INVESTMENT}/consequence-lines"),
            ("PATCH", f"{INVESTMENT}/consequence-lines/{{id}}"),
            ("DELETE", f"{INVESTMENT}/consequence-lines/{{id}}"),
        },
    ),
    (  # internal rates
        {"finance", "admin"},
        {
            ("POST", "/v1/internal-rates"),
            ("PATCH", "/v1/internal-rates/{year}"),
            ("DELETE", "/v1/internal-rates/{year}"),
        },
    ),
    (  # social cases
        {"coordinator", "finance", "department", "admin"},
        {("PUT", f"{INVESTMENT}/social-case")},
    ),
    (  # price indices
        {"finance", "admin"},
        {
            ("POST", "/v1/price-indices"),
            ("PATCH", "/v1/price-indices/{id}"),
            ("DELETE", "/v1/price-indices/{id}"),
        },
    ),
    (  # account map, outcome imports
        {"finance", "admin"},
        {
            ("PUT", "/v1/account-map"),
            ("POST", "/v1/outcome-imports"),
            ("DELETE", "/v1/outcome-imports/{id}"),
            ("POST", "/v1/outcome-imports/{id}/apply"),
        },
    ),
    (  # investment and plan imports: a department's own only
        {"coordinator", "finance", "department", "admin"},
        {
            ("POST", "/v1/investment-imports"),
            ("DELETE", "/v1/investment-imports/{id}"),
            ("POST", "/v1/investment-imports/{id}/apply"),
            ("POST", "/v1/plan-imports"),
            ("DELETE", "/v1/plan-imports/{id}"),
            ("POST", "/v1/plan-imports/{id}/apply"),
        },
    ),
    ({"finance", "admin"}, {("POST", "/v1/frames"), ("POST", "/v1/allocations")}),
    (  # allocations: a department only `committed` of its own
        {"finance", "department", "admin"},
        {("PATCH", "/v1/allocations/{id}")},
    ),
    (  # reallocations: propose, take back
        {"coordinator", "admin"},
        {
            ("POST", "/v1/programs/{program}/reallocations"),
            ("POST", f"{REALLOCATION}/withdraw"),
        },
    ),
    ({"department", "admin"}, {("POST", f"{REALLOCATION}/consent")}),
    ({"board", "admin"}, {("POST", f"{REALLOCATION}/approve")}),
    ({"department", "board", "admin"}, {("POST", f"{REALLOCATION}/decline")}),
    (  # execute: the coordinator under full, the departments concerned under partial
        {"coordinator", "department", "admin"},
        {("POST", f"{REALLOCATION}/execute")},
    ),
    (  # steering decisions
        {"coordinator", "board", "admin"},
        {("POST", "/v1/programs/{program}/steering-decisions")},
    ),
    (  # keys, settings, departments, bodies, decision levels, gate templates
        {"admin"},
        {
            ("POST", "/v1/keys"),
            ("DELETE", "/v1/keys/{id}"),
            ("PATCH", "/v1/settings"),
            ("POST", "/v1/bodies"),
            ("PATCH", "/v1/bodies/{body}"),
            ("POST", "/v1/departments"),
            ("PATCH", "/v1/departments/{department}"),
            ("DELETE", "/v1/departments/{department}"),
            ("POST", "/v1/decision-levels"),
            ("POST", "/v1/gate-templates"),
        },
    ),
]
WRITERS = {route: roles for roles, routes in WRITING for route in routes}


def may(role: str, route: Route) -> bool:
    return route in PUBLIC or route in READING or role in WRITERS.get(route, set())


def routes_of(app: FastAPI) -> set[Route]:
    return {
        (method, route.path)
        for route in app.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def ask(client: TestClient, route: Route, headers: dict[str, str]) -> int:
    """A request to nothing in particular: who may not, is told so before anything else."""
    method, path = route
    for name in ("id", "n", "round"):
        path = path.replace(f"{{{name}}}", "987654")
    path = path.replace("{name}", "not-found").replace("{", "").replace("}", "")
    body: Any = None if method == "GET" else {}
    headers = {"If-Match": "*", **headers}
    return client.request(method, path, headers=headers, json=body).status_code


@pytest.fixture
def all_keys(client: TestClient, keys: Keys, engine: Engine) -> Keys:
    scenario.put_organisation(client, keys["admin"])
    return {**keys, "department": scenario.department_key(engine, "FGK")}


def test_every_route_has_its_row_in_the_contract(application: FastAPI):
    assert routes_of(application) == PUBLIC | READING | set(WRITERS)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_may_what_the_contract_says_and_nothing_else(
    client: TestClient, application: FastAPI, all_keys: Keys, role: str
):
    expected = {route: may(role, route) for route in routes_of(application)}

    answered = {route: ask(client, route, all_keys[role]) for route in expected}

    assert {route: status != 403 for route, status in answered.items()} == expected
    assert {route for route, status in answered.items() if status in (401, 500)} == set()


def test_without_a_key_only_what_is_public_answers(client: TestClient, application: FastAPI):
    answered = {route: ask(client, route, {}) for route in routes_of(application)}

    assert {route for route, status in answered.items() if status != 401} == PUBLIC


@pytest.mark.parametrize(
    "authorization",
    ["Bearer pf_made-up", "Bearer", "Bearer ", "Basic YTpi", "", "pf_made-up", "Bearer a b"],
)
def test_a_bad_key_is_refused_everywhere(
    client: TestClient, application: FastAPI, authorization: str
):
    headers = {"Authorization": authorization}

    answered = {route: ask(client, route, headers) for route in routes_of(application)}

    assert {route for route, status in answered.items() if status != 401} == set()


def test_a_revoked_key_is_refused_everywhere_from_the_next_request_on(
    client: TestClient, application: FastAPI, engine: Engine, keys: Keys
):
    assert client.get("/v1/bodies", headers=keys["viewer"]).status_code == 200
    with transaction(engine) as session:
        row = session.exec(select(ApiKey).where(ApiKey.role == "viewer")).one()
        revoke_key(session, Act("test", now()), get_key(session, row.id or 0))

    answered = {route: ask(client, route, keys["viewer"]) for route in routes_of(application)}

    assert {route for route, status in answered.items() if status != 401} == set()


def test_a_route_without_a_row_stops_the_application_from_starting():
    app = create_app(Settings(database_url="sqlite://"))
    app.router.route_class = PortfolioRoute

    with pytest.raises(KeyError, match="/v1/forgotten"):

        @app.get("/v1/forgotten")
        def forgotten() -> None: ...


def test_only_the_hash_of_a_token_is_kept(client: TestClient, keys: Keys, engine: Engine):
    body = {"role": "viewer", "name": "Läsaren"}
    made = scenario.ok(client.post("/v1/keys", json=body, headers=keys["admin"]))

    listed = client.get("/v1/keys", headers=keys["admin"]).text
    events = client.get("/v1/events", headers=keys["admin"]).text
    with Session(engine) as session:
        stored = [row.model_dump() for row in session.exec(select(ApiKey))]

    assert made["token"].startswith("pf_")
    assert len(made["token"]) > 40
    assert made["token"] not in listed + events + str(stored)


def test_every_role_of_the_contract_exists():
    assert {role.value for role in Role} == ROLES | {"public"}

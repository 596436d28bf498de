"""The API description: FastAPI's own, completed with what holds for every operation.

Errors, links and headers follow from the role table and from a route's form; written by hand
on each route they would soon be wrong.
"""

from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from portfolio.access.rules import ROUTES, Role
from portfolio.web.problems import PROBLEMS

VERSION = "0.1.0"
TAGS = (
    ("organisation", "Who decides and who delivers; keys and settings."),
    ("areas", "The municipality's areas, and the import of their boundaries."),
    ("programs", "Programs for places, with their members and gate templates."),
    ("investments", "Physical and social investments, and where they are."),
    ("money", "What an investment is expected to cost, and what was decided."),
    ("assessments", "The five steps, round by round, and what still blocks a decision."),
    ("decisions", "Recommendations, gate decisions and their conditions."),
    ("status", "Where everything stands, as of any date."),
    ("trust", "The chain of events."),
    ("service", "The service itself."),
)
DESCRIPTION = """\
Organises a municipality's investments by place, and moves each one through gates with an
assessment in five steps. Rules are named as in the refusals: `G5`, `A6`.
"""


@cache
def route_of(app: FastAPI, method: str, path: str) -> APIRoute | None:
    for context in iter_route_contexts(app.routes):
        if context.path == path and method in (context.methods or ()):
            route = context.original_route
            return route if isinstance(route, APIRoute) else None
    return None


def describe(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=DESCRIPTION,
            routes=app.routes,
            tags=[{"name": name, "description": text} for name, text in TAGS],
            license_info={"name": "MIT", "identifier": "MIT"},
        )
        _complete(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _complete(schema: dict[str, Any]) -> None:
    components = schema.setdefault("components", {})
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    components.setdefault("schemas", {}).update(_problem_schemas())
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            _complete_operation(schema, path, method.upper(), operation)


def _problem_schemas() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "Problem": {
            "title": "Problem",
            "description": "RFC 9457 problem details.",
            "type": "object",
            "required": ["type", "title", "status", "detail", "instance"],
            "properties": {
                "type": {**text, "examples": ["/problems/decision-refused"]},
                "title": text,
                "status": {"type": "integer"},
                "detail": {**text, "description": "What to do."},
                "instance": text,
                "trace_id": text,
                "errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["pointer", "detail"],
                        "properties": {"pointer": text, "detail": text},
                    },
                },
                "reasons": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["rule", "detail"],
                        "properties": {"rule": text, "detail": text},
                    },
                },
            },
        }
    }


def _complete_operation(
    schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]
) -> None:
    roles = ROUTES[method, path]
    operation["security"] = [{"key": []}] + ([{}] if Role.PUBLIC in roles else [])
    allowed = ", ".join(sorted(roles))
    operation["description"] = f"{operation.get('description', '').strip()}\n\nRoles: {allowed}."
    responses = operation["responses"]
    for status in _error_statuses(path, method, operation, roles):
        responses[str(status)] = _problem_response(status)
    if method in ("PATCH", "PUT", "DELETE"):
        operation.setdefault("parameters", []).append(IF_MATCH)
    if method == "POST":
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    _add_headers(method, operation)
    _add_links(schema, path, method, operation)


IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the version the change starts from. 428 without it.",
    "schema": {"type": "string"},
    "example": '"6c5f0a0f6b0c4d4e8f0a0f6b0c4d4e8f"',
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body give the same answer for 24 hours, with no second effect.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "example": "b8f9c0a2-decision-212",
}
TITLES = {problem.status: problem.title.en for problem in reversed(tuple(PROBLEMS.values()))}


def _error_statuses(
    path: str, method: str, operation: dict[str, Any], roles: frozenset[Role]
) -> list[int]:
    statuses = [400, 401, 500]
    if roles != frozenset(Role):
        statuses.append(403)
    if "{" in path:
        statuses.append(404)
    if method in ("PATCH", "PUT", "DELETE"):
        statuses += [404, 412, 428]
    if method != "GET":
        statuses += [409, 413]
    if "requestBody" in operation or method == "POST":
        statuses += [415, 422]
    return sorted(set(statuses))


def _problem_response(status: int) -> dict[str, Any]:
    title = TITLES.get(status, "An error on our side")
    return {
        "description": title,
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }


def _add_headers(method: str, operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        headers = response.setdefault("headers", {})
        headers["X-Request-ID"] = {"schema": {"type": "string"}}
        if status == "201":
            headers["Location"] = {"schema": {"type": "string"}}


def _add_links(schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> None:
    """From a created resource to reading, changing and deleting it."""
    created = operation["responses"].get("201")
    if method != "POST" or created is None:
        return
    for child, operations in schema["paths"].items():
        rest = child.removeprefix(path + "/")
        if rest == child or not rest.startswith("{") or not rest.endswith("}") or "/" in rest:
            continue
        name = rest[1:-1]
        field = name if name in ("round", "id") else "code"
        parameters = {
            part[1:-1]: f"$request.path.{part[1:-1]}"
            for part in path.split("/")
            if part.startswith("{")
        }
        for target, other in operations.items():
            created.setdefault("links", {})[f"{target}_{name}"] = {
                "operationId": other["operationId"],
                "parameters": {**parameters, name: f"$response.body#/{field}"},
            }

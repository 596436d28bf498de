"""The API description: FastAPI's own, completed with what holds for every operation.

Errors, links, headers and examples follow from the role table and from a route's form; written
by hand on each route they would soon be wrong.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from portfolio.access.rules import ROUTES, Role
from portfolio.web import description
from portfolio.web.fields import Incoming, Outgoing

VERSION = "0.1.0"
CONDITIONAL = frozenset({"PATCH", "PUT", "DELETE"})
# Answers put together from several resources; no change of theirs asks for a tag.
UNTAGGED = (
    "/board",
    "/portfolio",
    "/gate-status",
    "/consequence",
    "/money-trail",
    "/steering-comparison",
    "/reports/annual",
    "/reports/delegated-decisions",
    "/reports/deviations",
    "/healthz",
    "/readyz",
    "/metrics",
)
# Reading that a rule of the domain can refuse.
REFUSED_READING = ("/readiness", "/consequence")


@cache
def route_of(app: FastAPI, method: str, path: str) -> APIRoute | None:
    for context in iter_route_contexts(app.routes):
        if context.path == path and method in (context.methods or ()):
            route = context.original_route
            return route if isinstance(route, APIRoute) else None
    return None


def _operation_id(function: str) -> str:
    """`create_body` is `createBody`; an underscore in it breaks links into the docs page."""
    first, *others = function.split("_")
    return first + "".join(word.capitalize() for word in others)


def describe(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=description.DESCRIPTION,
            routes=app.routes,
            tags=[{"name": name, "description": text} for name, text in description.TAGS],
            license_info={"name": "MIT", "identifier": "MIT"},
        )
        _name_operations(app, schema)
        _complete(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _name_operations(app: FastAPI, schema: dict[str, Any]) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            route = route_of(app, method.upper(), path)
            operation["operationId"] = _operation_id(route.name if route else path)


def _complete(schema: dict[str, Any]) -> None:
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = description.PROBLEM_SCHEMA
    components["securitySchemes"] = {"key": description.KEY}
    components["parameters"] = description.PARAMETERS
    components["headers"] = description.HEADERS
    components["responses"] = description.problem_responses()
    for found in schemas.values():
        found.pop("example", None)
    examples = _examples_of(Incoming) | _examples_of(Outgoing)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            _complete_operation(schema, path, method.upper(), operation)
            _add_examples(schemas, examples, operation)
    _tell_what_fastapi_does_not(schema["paths"])


def _complete_operation(
    schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]
) -> None:
    roles = ROUTES[method, path]
    operation["security"] = [{"key": []}] + ([{}] if Role.PUBLIC in roles else [])
    allowed = ", ".join(role for role in Role if role in roles)
    told = operation.get("description", "").strip()
    operation["description"] = f"{told}\n\nRoles: {allowed}."
    _add_parameters(method, operation)
    responses = operation["responses"]
    responses.pop("422", None)
    for status in _error_statuses(path, method, operation):
        # What a route has said itself stands: /readyz answers a 503 with what is not ready.
        responses.setdefault(
            str(status), {"$ref": f"#/components/responses/{description.NAMES[status]}"}
        )
    _add_headers(path, operation)
    _add_links(schema, path, method, operation)


def _add_parameters(method: str, operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        _never_null(parameter["schema"])
    names = ["AcceptLanguage"]
    if method in CONDITIONAL:
        names.append("IfMatch")
    if method == "POST":
        names.append("IdempotencyKey")
    references = [{"$ref": f"#/components/parameters/{name}"} for name in names]
    operation["parameters"] = [*operation.get("parameters", []), *references]


def _never_null(schema: dict[str, Any]) -> None:
    """What may be left out of a query can't be sent as null either."""
    choices = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(choices) == 1:
        del schema["anyOf"]
        schema.update({**choices[0], **schema})


def _error_statuses(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    # A key may be bound to scopes, whatever its role may; too many requests may be refused; and the
    # database, or a place among the connections, may not be there just now.
    statuses = {400, 401, 403, 429, 500, 503}
    if "{" in path:
        statuses.add(404)
    if method in CONDITIONAL:
        statuses |= {412, 428}
    if method != "GET":
        statuses |= {409, 413}
    if method == "GET" and path.endswith(REFUSED_READING):
        statuses.add(409)
    if "requestBody" in operation:
        statuses |= {415, 422}
    if method == "POST":
        statuses.add(422)
    return sorted(statuses)


def _add_headers(path: str, operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if "$ref" in response:
            continue
        names = ["X-Request-ID"]
        if status == "201":
            names.append("Location")
        if _is_tagged(path, response):
            names.append("ETag")
        response["headers"] = {
            **response.get("headers", {}),
            **{name: {"$ref": f"#/components/headers/{name}"} for name in names},
        }


def _is_tagged(path: str, response: dict[str, Any]) -> bool:
    if path.endswith(UNTAGGED) or "content" not in response:
        return False
    schemas = [media_type["schema"] for media_type in response["content"].values()]
    names = [name for schema in schemas for name in _referred(schema)]
    return not any(name.startswith("Page_") or name.endswith("Page") for name in names)


def _referred(schema: dict[str, Any]) -> Iterator[str]:
    """The names of the schemas that this one is, or is a choice of."""
    for choice in (schema, *schema.get("anyOf", ())):
        if "$ref" in choice:
            yield choice["$ref"].rpartition("/")[2]


def _add_links(schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> None:
    """From a created resource to reading, changing and deleting it."""
    created = operation["responses"].get("201")
    if method != "POST" or created is None:
        return
    for child, operations in schema["paths"].items():
        last = child.removeprefix(f"{path}/")
        if last == child or "/" in last or not last.startswith("{"):
            continue
        name = last[1:-1]
        field = name if name in ("round", "id", "year") else "code"
        above = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        parameters = {one: f"$request.path.{one}" for one in sorted(above)}
        for other in operations.values():
            created.setdefault("links", {})[other["operationId"]] = {
                "operationId": other["operationId"],
                "parameters": {**parameters, name: f"$response.body#/{field}"},
            }


def _examples_of(base: type[BaseModel]) -> dict[str, Any]:
    """From the models themselves: FastAPI drops what is null in an example."""
    found: dict[str, Any] = {}
    for model in base.__subclasses__():
        extra = model.model_config.get("json_schema_extra")
        if isinstance(extra, dict) and "example" in extra:
            found[model.__name__] = extra["example"]
        found |= _examples_of(model)
    return found


def _add_examples(
    schemas: dict[str, Any], examples: dict[str, Any], operation: dict[str, Any]
) -> None:
    """Beside each body and each answer: most readers and tools look for it there."""
    for message in (operation.get("requestBody", {}), *operation["responses"].values()):
        for media_type in message.get("content", {}).values():
            for name in _referred(media_type.get("schema", {})):
                found = examples.get(name) or _page_example(schemas, examples, name)
                if found is not None:
                    media_type.setdefault("example", found)


def _page_example(
    schemas: dict[str, Any], examples: dict[str, Any], name: str
) -> dict[str, Any] | None:
    items = schemas[name].get("properties", {}).get("items", {}).get("items", {})
    for item in _referred(items):
        if item in examples:
            return {"items": [examples[item]], "next": None, "total": 1}
    return None


def _tell_what_fastapi_does_not(paths: dict[str, Any]) -> None:
    """Media types other than JSON: their schemas and examples."""
    for (path, method, status), contents in description.CONTENTS.items():
        operation = paths[path][method]
        message = operation["responses"][status] if status else operation["requestBody"]
        for media_type, content in contents.items():
            message["content"].setdefault(media_type, {}).update(content)

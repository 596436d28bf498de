"""The API description: complete, in step with the code, and usable by tools."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI

from portfolio.access.rules import ROUTES

REPOSITORY = Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "put", "patch", "delete")
PAGES = {"/", "/docs", "/openapi.json", "/problems/{name}"}
Operation = dict[str, Any]


@pytest.fixture
def described(application: FastAPI) -> dict[str, Any]:
    return application.openapi()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, item in described["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def resolved(described: dict[str, Any], thing: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in thing:
        found: Any = described
        for part in thing["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        thing = found
    return thing


def validator(described: dict[str, Any], schema: dict[str, Any]) -> Any:
    whole = {**schema, "components": described["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def test_the_committed_description_is_the_one_the_code_generates(described):
    committed = (REPOSITORY / "openapi" / "openapi.json").read_text(encoding="utf-8")

    assert json.loads(committed) == described, "run: make openapi"


def test_every_route_is_described_and_nothing_else(described):
    found = {(method.upper(), path) for path, method, _ in operations(described)}

    # The map services have a description of their own, at /ogc/api.
    ours = {(method, path) for method, path in ROUTES if not path.startswith("/ogc")}
    assert found == {(method, path) for method, path in ours if path not in PAGES}


def test_every_operation_says_what_it_is_for_and_who_may(described):
    for path, method, operation in operations(described):
        where = f"{method} {path}"
        assert 3 < len(operation["summary"]) < 60, where
        assert "\n\nRoles: " in operation["description"], where
        assert operation["description"].partition("\n\nRoles")[0].endswith("."), where
        for parameter in operation["parameters"]:
            assert resolved(described, parameter)["name"], where


def test_the_description_states_the_rules_by_name(described):
    told = json.dumps(described["paths"])

    for rule in ("A1", "A5", "A6", "A7", "G2", "G3", "G5", "G8", "G10", "G11", "G12", "G14", "M4"):
        assert rule in told or ("G1-G13" in told and rule.startswith("G")), rule


def test_operation_ids_are_unique_camel_case_names(described):
    ids = [operation["operationId"] for _, _, operation in operations(described)]

    assert len(set(ids)) == len(ids)
    assert all(id.isalpha() and id[0].islower() for id in ids)


def test_tags_come_in_the_order_in_which_a_coordinator_works(described):
    names = [tag["name"] for tag in described["tags"]]

    assert names == [
        "organisation",
        "areas",
        "programs",
        "investments",
        "money",
        "costs",
        "budget",
        "steering",
        "accounts",
        "tables",
        "assessments",
        "decisions",
        "status",
        "trust",
        "service",
    ]
    assert all(tag["description"] for tag in described["tags"])
    used = {tag for _, _, operation in operations(described) for tag in operation["tags"]}
    assert used == set(names)


def test_every_body_and_every_answer_has_an_example_that_is_valid(described):
    for path, method, operation in operations(described):
        body = operation.get("requestBody", {})
        answers = [resolved(described, one) for one in operation["responses"].values()]
        for message in (body, *answers):
            for media_type, content in message.get("content", {}).items():
                if "json" not in media_type and message is not body:
                    continue
                where = f"{method} {path} {media_type}"
                assert "example" in content, where
                if media_type != "multipart/form-data":
                    errors = list(
                        validator(described, content["schema"]).iter_errors(content["example"])
                    )
                    assert errors == [], f"{where}: {errors}"


def test_every_operation_names_the_errors_it_can_give(described):
    for path, method, operation in operations(described):
        statuses = set(operation["responses"])
        where = f"{method} {path}"
        assert statuses >= {"400", "401", "403", "429", "500", "503"}, where
        # As long as nothing is published there is no package.
        is_there = "{" not in path and path != "/v1/export/oc4ids"
        assert ("404" in statuses) == (not is_there), where
        assert ("428" in statuses) == ("412" in statuses) == (method in ("put", "patch", "delete"))
        assert ("415" in statuses) == ("requestBody" in operation), where
        assert ("422" in statuses) == (method == "post" or "requestBody" in operation), where
        assert ("413" in statuses) == (method != "get"), where
        if method != "get":
            assert "403" in statuses, where
            assert "409" in statuses, where


def test_every_answer_bears_a_request_id_and_every_refusal_is_a_problem(described):
    for path, method, operation in operations(described):
        for status, response in operation["responses"].items():
            where = f"{method} {path} {status}"
            whole = resolved(described, response)
            assert "X-Request-ID" in whole["headers"], where
            assert whole["description"], where
            if status == "201":
                assert {"Location", "ETag"} <= set(whole["headers"]), where
            if status >= "400" and status != "503":
                assert list(whole["content"]) == ["application/problem+json"], where


def test_what_is_made_links_to_reading_changing_and_deleting_it(described):
    links = {
        (path, method): set(operation["responses"].get("201", {}).get("links", {}))
        for path, method, operation in operations(described)
    }

    assert links["/v1/bodies", "post"] == {"readBody", "changeBody"}
    assert links["/v1/departments", "post"] == {
        "readDepartment",
        "changeDepartment",
        "deleteDepartment",
    }
    assert links["/v1/investments", "post"] == {
        "readInvestment",
        "changeInvestment",
        "deleteInvestment",
    }
    assert links["/v1/investments/{investment}/assessments", "post"] == {
        "readAssessment",
        "changeAssessment",
    }
    by_id = {one["operationId"]: one for _, _, one in operations(described)}
    for _, _, operation in operations(described):
        for link in operation["responses"].get("201", {}).get("links", {}).values():
            parameters = by_id[link["operationId"]]["parameters"]
            needed = {one["name"] for one in parameters if one.get("in") == "path"}
            assert set(link["parameters"]) == needed


def test_every_reference_leads_somewhere_and_nothing_is_left_over(described):
    text = json.dumps(described)
    for kind, things in described["components"].items():
        if kind == "securitySchemes":
            continue
        for name in things:
            assert f'"#/components/{kind}/{name}"' in text, f"{kind}/{name} is never used"

    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, part in value.items():
                if key == "$ref":
                    yield part
                else:
                    yield from references(part)
        elif isinstance(value, list):
            for part in value:
                yield from references(part)

    for reference in set(references(described)):
        assert resolved(described, {"$ref": reference}) is not None


def test_it_is_openapi_3_1_as_served(client, described):
    served = client.get("/openapi.json")

    assert served.headers["content-type"] == "application/json"
    assert served.json() == json.loads(json.dumps(described))
    assert described["openapi"].startswith("3.1.")
    assert described["info"]["license"]["identifier"] == "MIT"
    for schema in described["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)

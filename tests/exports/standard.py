"""OC4IDS as it is published: the schemas and codelists of version 0.9, which lie beside us."""

import csv
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT4

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = Path(
    os.environ.get("PORTFOLIO_TEST_OC4IDS", REPOSITORY.parent / "shared" / "data" / "oc4ids")
)
NAMES = ("project-package-schema.json", "project-schema.json")


@cache
def schema(name: str) -> Any:
    return orjson.loads((FOLDER / name).read_bytes())


@cache
def validator() -> Draft4Validator:
    """Of a package; what it refers to is in the folder, and nothing is fetched."""
    resources = [(schema(name)["id"], DRAFT4.create_resource(schema(name))) for name in NAMES]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft4Validator(schema(NAMES[0]), registry=registry, format_checker=FormatChecker())


def errors(package: Any) -> list[str]:
    """What the schema says is wrong."""
    return [f"{error.json_path}: {error.message}" for error in validator().iter_errors(package)]


@cache
def codes(codelist: str) -> frozenset[str]:
    with (FOLDER / "codelists" / codelist).open(encoding="utf-8-sig", newline="") as file:
        return frozenset(row["Code"] for row in csv.DictReader(file))


def _resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = part.get("$ref")
    if reference is None:
        return part
    if reference.startswith("#/definitions/"):
        found: Mapping[str, Any] = schema(NAMES[1])["definitions"][reference.rpartition("/")[2]]
        return _resolved(found)
    assert reference == schema(NAMES[1])["id"]
    return schema(NAMES[1])  # type: ignore[no-any-return]  # JSON


def strict_errors(value: Any, part: Mapping[str, Any], path: str = "$") -> Iterator[str]:
    """Beyond the schema: fields it does not know, what is empty, codes outside a closed list."""
    part = _resolved(part)
    if value in ({}, [], "", None):
        yield f"{path}: empty"
    yield from (f"{path}: {one}" for one in _outside(value, part, closed=True))
    if isinstance(value, list):
        items = part.get("items", {})
        for number, one in enumerate(value):
            yield from strict_errors(one, items, f"{path}[{number}]")
    # Coordinates are numbers and lists, and of their form the schema says little.
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in part.get("properties", {}):
                yield f"{path}.{name}: not in the standard"
                continue
            yield from strict_errors(one, part["properties"][name], f"{path}.{name}")


def open_codes(value: Any, part: Mapping[str, Any]) -> Iterator[str]:
    """Codes that are not in a list which may be added to: allowed, and worth knowing."""
    part = _resolved(part)
    yield from _outside(value, part, closed=False)
    if isinstance(value, list):
        for one in value:
            yield from open_codes(one, part.get("items", {}))
    if isinstance(value, dict):
        for name, one in value.items():
            yield from open_codes(one, part["properties"][name])


def _outside(value: Any, part: Mapping[str, Any], *, closed: bool) -> list[str]:
    if "codelist" not in part or part.get("openCodelist", True) is closed:
        return []
    given = value if isinstance(value, list) else [value]
    if not (FOLDER / "codelists" / part["codelist"]).exists():
        return [f"{part['codelist']}: {one}" for one in given] if closed else []
    return [f"{part['codelist']}: {one}" for one in given if one not in codes(part["codelist"])]

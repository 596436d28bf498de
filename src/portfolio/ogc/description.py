"""The service's own description, in OpenAPI 3.0: that of the rest of the API is 3.1."""

from collections.abc import Mapping, Sequence
from typing import Any

from portfolio.language import Language


def describe(
    base: str, collections: Sequence[Mapping[str, Any]], language: Language
) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {"title": "Portfolio", "version": "1"},
        "paths": {},
        "components": {
            "parameters": {
                "limit": {
                    "name": "limit",
                    "in": "query",
                    "required": False,
                    "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
                }
            }
        },
    }

"""The same documents as pages for people."""

from collections.abc import Callable, Mapping
from typing import Any

from portfolio.language import Language
from portfolio.ogc.answers import HTML, Answer

Renderer = Callable[[str, Mapping[str, Any], Language], str]


def answer(page: Renderer, base: str, document: Mapping[str, Any], language: Language) -> Answer:
    return Answer(page(base, document, language).encode(), HTML, {"Content-Language": language})


def landing(base: str, document: Mapping[str, Any], language: Language) -> str:
    raise NotImplementedError


conformance = collections = collection = queryables = api = landing


def items(base: str, name: str, body: bytes, language: Language) -> Answer:
    raise NotImplementedError


item = items

"""Answers, and the version tags that changes must carry."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Request, Response

from portfolio.errors import PreconditionFailed, PreconditionRequired

ENTITY_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')


def reply(
    data: Any,
    *,
    status: int = 200,
    location: str | None = None,
    tagged: bool = True,
    version: Any = None,
) -> Response:
    """JSON with an `ETag` over its own bytes, so that no change can leave the tag behind.

    `version` is what the tag is of, where `data` shows besides what nobody changed.
    """
    body = orjson.dumps(data)
    headers = {"Content-Type": "application/json"}
    if tagged:
        headers["ETag"] = _tag(body if version is None else orjson.dumps(version))
    if location is not None:
        headers["Location"] = location
    return Response(body, status_code=status, headers=headers)


def reply_list(page: Mapping[str, Any]) -> Response:
    return reply(page, tagged=False)


def nothing() -> Response:
    return Response(status_code=204)


def require_match(request: Request, current: Any) -> None:
    """Refuse a change that does not start from `current`, the resource as it is now.

    Raises:
        PreconditionRequired: `If-Match` is missing.
        PreconditionFailed: It names another version.
    """
    header = request.headers.get("if-match")
    if header is None:
        raise PreconditionRequired(
            "Läs resursen först och skicka dess ETag i If-Match.",
            "Read the resource first and send its ETag in If-Match.",
        )
    if header.strip() == "*":
        return
    strong = {f'"{tag}"' for weak, tag in ENTITY_TAG.findall(header) if not weak}
    if _tag(orjson.dumps(current)) not in strong:
        raise PreconditionFailed(
            "Någon har ändrat sedan du läste; läs på nytt, jämför och skicka igen.",
            "Somebody has changed this since you read it; read again, compare and send again.",
        )


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'

"""The API beside the browser: what is there now, and what a colleague writes meanwhile."""

import json
from typing import Any
from urllib.request import Request, urlopen

from tests.browser.visiting import Municipality


def call(
    municipality: Municipality,
    path: str,
    role: str = "admin",
    *,
    method: str = "GET",
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> tuple[Any, str]:
    """The answer and its ETag; anything but a success raises."""
    sent = None if body is None else json.dumps(body).encode()
    given = {**municipality.headers(role), "Content-Type": "application/json", **(headers or {})}
    # Our own server.
    request = Request(municipality.url + path, data=sent, headers=given, method=method)  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310  our own server
        return json.load(answer), answer.headers.get("ETag", "")


def rounds(municipality: Municipality, code: str) -> list[Any]:
    found, _ = call(municipality, f"/v1/investments/{code}/assessments")
    return list(found["items"])


def decisions(municipality: Municipality, code: str) -> list[Any]:
    found, _ = call(municipality, f"/v1/investments/{code}/decisions")
    return list(found["items"])


def patch_newest_round(municipality: Municipality, code: str, steps: dict[str, Any]) -> None:
    path = f"/v1/investments/{code}/assessments/{rounds(municipality, code)[-1]['round']}"
    _, etag = call(municipality, path)
    call(municipality, path, method="PATCH", body={"steps": steps}, headers={"If-Match": etag})


def replace_key(municipality: Municipality, role: str) -> str:
    """Revoke the key of a role, as when it is lost, and give out another under another name."""
    listed, _ = call(municipality, "/v1/keys?limit=100")
    (old,) = (key for key in listed["items"] if key["role"] == role)
    path = f"/v1/keys/{old['id']}"
    _, etag = call(municipality, path)
    headers = {**municipality.headers("admin"), "If-Match": etag}
    # Our own server.
    with urlopen(Request(municipality.url + path, headers=headers, method="DELETE")):  # noqa: S310
        made, _ = call(
            municipality, "/v1/keys", method="POST", body={"role": role, "name": "Ny nyckel"}
        )
    token: str = made["token"]
    return token

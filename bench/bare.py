"""Bare ASGI that sends bytes it is given; the path is a file's name."""

import os
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["BENCH_BODIES"])
BODIES = {f"/{path.stem}": path.read_bytes() for path in FOLDER.glob("*.bare")}


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body = BODIES.get(scope["path"], b"{}")
    headers = [
        (b"content-type", b"application/geo+json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})

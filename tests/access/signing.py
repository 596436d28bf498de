"""An identity provider of our own, small and obedient, and the tokens it signs."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi.testclient import TestClient
from httpx2 import Response
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from portfolio.access.provider import Provider
from portfolio.access.sign_in import SignIn
from portfolio.app import create_app
from portfolio.settings import Settings
from portfolio.web.edge import with_edge

AUDIENCE = "portfolio"


def private_key(name: str, kind: str = "RSA") -> Any:
    return _made(name, kind)


@cache
def _made(name: str, kind: str) -> Any:
    """Once for each name: it takes a while."""
    if kind == "EC":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(name: str, kind: str = "RSA", **fields: Any) -> dict[str, Any]:
    public = private_key(name, kind).public_key()
    written = ECAlgorithm.to_jwk(public) if kind == "EC" else RSAAlgorithm.to_jwk(public)
    jwk: dict[str, Any] = json.loads(written)
    jwk.pop("key_ops", None)
    return {**jwk, "kid": name, "use": "sig", **fields}


class FakeProvider:
    """What it answers can be changed at any time; `asked` counts what was fetched."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.issuer = self.url
        self.keys: list[dict[str, Any]] = [public_jwk("one")]
        self.asked: list[str] = []
        self.is_away = False
        self.redirects_to = ""
        self.padding = ""
        self.pause = 0.0

    def document(self, path: str) -> dict[str, Any]:
        self.asked.append(path)
        if path == "/keys":
            return {"keys": self.keys, "padding": self.padding}
        return {"issuer": self.issuer, "jwks_uri": f"{self.url}/keys"}

    def token(self, key: str = "one", kind: str = "RSA", **changes: Any) -> str:
        """A good token but for the changes; a claim that is None is left out."""
        headers = {"kid": key, "typ": "at+jwt", **changes.pop("headers", {})}
        algorithm = changes.pop("algorithm", "ES256" if kind == "EC" else "RS256")
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "3f9a-11",
            "iat": now,
            "exp": now + 300,
            "roles": ["viewer"],
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, private_key(key, kind), algorithm, headers=headers)

    def settings(self, database_url: str, **more: Any) -> Settings:
        given = {"oidc_issuer": self.issuer, "oidc_audience": AUDIENCE, **more}
        return Settings(database_url=database_url, key_use_seconds=0, **given)


@contextmanager
def running_provider() -> Iterator[FakeProvider]:
    fake: FakeProvider

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = fake.document(self.path)
            if fake.redirects_to:
                self.send_response(302)
                self.send_header("Location", fake.redirects_to + self.path)
                self.end_headers()
                return
            self.send_response(500 if fake.is_away else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            for piece in json.dumps(document).encode().splitlines(keepends=True):
                self.wfile.write(piece)
                time.sleep(fake.pause)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = FakeProvider(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@dataclass(frozen=True, slots=True)
class Server:
    """A server of its own, and what it knows of who may come in."""

    client: TestClient
    sign_in: SignIn

    @property
    def provider(self) -> Provider:
        tokens = self.sign_in._tokens
        assert tokens is not None
        return tokens.provider

    def get(self, path: str, token: str) -> Response:
        return self.client.get(path, headers=bearer(token))

    def status(self, token: str) -> int:
        return self.get("/v1/bodies", token).status_code


@contextmanager
def running_app(settings: Settings) -> Iterator[Server]:
    app = create_app(settings)
    with TestClient(with_edge(app, settings), raise_server_exceptions=False) as client:
        yield Server(client, app.state.sign_in)


class Clock:
    """A monotonic clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}

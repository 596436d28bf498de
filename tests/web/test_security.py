"""What docs/security.md says of every answer and every request, where no other test holds it."""

import base64
import io
import re
import ssl
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import select
from structlog.testing import capture_logs

from portfolio.access.models import ApiKey
from portfolio.access.provider import ProviderError, fetch_object
from portfolio.access.rules import ROUTES, Role
from portfolio.access.service import create_key
from portfolio.clock import Act, now
from portfolio.database.engine import make_engine, snapshot, transaction
from portfolio.settings import Settings
from tests import scenario
from tests.access.signing import (
    FakeProvider,
    private_key,
    public_jwk,
    running_app,
    running_provider,
)
from tests.serving import forked_server
from tests.table_imports.sending import PLANS, YEARS, send, xlsx
from tests.web.raw_sockets import connect, read_answer

Keys = dict[str, dict[str, str]]
BODY = {"code": "new", "name": "Ny nämnd", "level": "committee"}
# One address of each kind of answer, and what it is.
ANSWERS = {
    "/": "text/html; charset=utf-8",
    "/docs": "text/html; charset=utf-8",
    "/problems/conflict": "text/html; charset=utf-8",
    "/ogc?f=html": "text/html; charset=utf-8",
    "/page/app.js": "text/javascript; charset=utf-8",
    "/page/css/base.css": "text/css; charset=utf-8",
    "/page/icon.svg": "image/svg+xml",
    "/openapi.json": "application/json",
    "/metrics": "text/plain; version=0.0.4; charset=utf-8",
    "/v1/me": "application/json",
    "/v1/nothing": "application/problem+json",
    "/ogc": "application/json",
    "/ogc/collections/investments/items": "application/geo+json",
    "/v1/gate-status?format=csv": "text/csv; charset=utf-8",
    "/v1/export/portfolio?format=csv": "text/csv; charset=utf-8",
    "/v1/export/portfolio?format=geojson": "application/geo+json",
    "/v1/programs/lindangen/plan.pdf": "application/pdf",
}
FILES = (
    "/v1/gate-status?format=csv",
    "/v1/export/portfolio?format=csv",
    "/v1/export/portfolio?format=geojson",
    "/v1/export/programs/lindangen?format=gpkg",
    "/v1/programs/lindangen/plan.pdf",
    "/v1/investments/LIN-01/gate-paper.pdf",
)
NAMED = re.compile(r'(attachment|inline); filename="[a-zA-Z0-9._-]+"')


@pytest.fixture
def town(client: TestClient, keys: Keys) -> TestClient:
    scenario.put_municipality(client, keys["admin"])
    scenario.put_investment(client, keys["admin"])
    return client


def token_of(headers: dict[str, str]) -> str:
    return headers["Authorization"].removeprefix("Bearer ")


def test_every_answer_says_what_it_is_and_texts_in_which_encoding(town: TestClient, keys: Keys):
    for path, kind in ANSWERS.items():
        answer = town.get(path, headers=keys["viewer"])

        assert answer.headers["content-type"] == kind, path
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_nothing_but_files_of_the_page_may_be_kept_by_a_cache(town: TestClient, keys: Keys):
    for path in ANSWERS:
        kept = town.get(path, headers=keys["viewer"]).headers["cache-control"]

        assert kept == ("no-cache" if path == "/" or path.startswith("/page/") else "no-store"), (
            path
        )


def test_a_file_is_named_by_us_and_by_nobody_who_asks(town: TestClient, keys: Keys):
    for path in FILES:
        answer = town.get(path, headers=keys["viewer"])

        assert answer.status_code == 200, path
        assert NAMED.fullmatch(answer.headers["content-disposition"]), path
        asked = town.get(path, params={"filename": 'x.html"\r\nSet-Cookie: a=b'})
        assert asked.status_code in (400, 401), path


def test_no_answer_sets_a_cookie_and_no_cookie_opens_anything(town: TestClient, keys: Keys):
    for path in ANSWERS:
        assert "set-cookie" not in town.get(path, headers=keys["admin"]).headers, path
    token = token_of(keys["admin"])

    answer = town.get("/v1/me", headers={"Cookie": f"key={token}; Authorization=Bearer {token}"})

    assert answer.status_code == 401


@pytest.mark.parametrize("name", ["key", "token", "access_token", "authorization", "apikey"])
def test_a_key_in_an_address_opens_nothing(town: TestClient, keys: Keys, name: str):
    sent = {name: token_of(keys["admin"])}

    assert town.get("/v1/me", params=sent).status_code == 401
    assert town.get("/ogc/collections/investments/items", params=sent).status_code == 400


def test_a_password_that_a_browser_keeps_is_taken_at_ogc_only_and_never_asked_for(
    town: TestClient, keys: Keys
):
    pair = base64.b64encode(f"any:{token_of(keys['admin'])}".encode()).decode()
    basic = {"Authorization": f"Basic {pair}"}

    assert town.get("/ogc/collections/investments/items", headers=basic).status_code == 200
    assert town.get("/v1/me", headers=basic).status_code == 401
    assert town.post("/v1/bodies", json=BODY, headers=basic).status_code == 401
    wrong = {"Authorization": "Basic " + base64.b64encode(b"any:wrong").decode()}
    for path in ("/v1/me", "/ogc"):
        assert town.get(path, headers=wrong).headers["www-authenticate"] == "Bearer"
    # So what a browser sends by itself changes nothing.
    assert {method for method, path in ROUTES if path.startswith("/ogc")} == {"GET"}


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_what_a_form_of_another_site_can_send_changes_nothing(
    town: TestClient, keys: Keys, kind: str
):
    """A browser sends these without asking first, but no `Authorization` with them."""
    forged = {"Content-Type": kind, "Origin": "https://evil.example"}

    answer = town.post("/v1/bodies", content=b'{"code": "new"}', headers=forged)

    assert answer.status_code == 401
    assert "access-control-allow-origin" not in answer.headers
    assert town.get("/v1/bodies/new", headers=keys["admin"]).status_code == 404


def test_a_method_that_is_not_the_routes_own_does_nothing(town: TestClient, keys: Keys):
    path, admin = "/v1/investments/LIN-01", keys["admin"]
    for method in ("TRACE", "OPTIONS", "POST"):
        assert town.request(method, path, headers=admin).status_code == 405, method
    hidden = {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE", "If-Match": "*"}

    assert town.get(f"{path}?", headers={**admin, **hidden}).status_code == 200
    assert town.get(path, params={"_method": "DELETE"}, headers=admin).status_code == 400
    assert town.get(path, headers=admin).status_code == 200


def test_what_is_said_twice_is_refused(town: TestClient, keys: Keys):
    """Two programs on the way could each take another one of the two."""
    admin = keys["admin"]
    twice = b'{"code": "new", "name": "Ett", "name": "Annat", "level": "committee"}'

    for path in ("/v1/programs", "/ogc/collections/programs/items"):
        answer = town.get(f"{path}?limit=1&limit=2", headers=admin)
        assert (answer.status_code, answer.json()["detail"]) == (400, "Give limit once.")
    answer = town.post(
        "/v1/bodies", content=twice, headers={**admin, "Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert "twice" in answer.json()["detail"]


SAID_TWICE = (
    ("Host: portfolio.example.se", "Host: evil.example"),
    ("Host: evil.example", "Host: portfolio.example.se"),
    ("Host: portfolio.example.se", "Authorization: Bearer one", "Authorization: Bearer two"),
)


@pytest.mark.parametrize("lines", SAID_TWICE)
def test_who_names_two_hosts_or_two_keys_is_refused(database_url: str, lines: tuple[str, ...]):
    """The name that is judged, or the key that is counted, would not be the one that is used."""
    settings = {"PORTFOLIO_ALLOWED_HOSTS": "portfolio.example.se"}
    head = "\r\n".join(["GET /ogc HTTP/1.1", *lines, "", ""])
    with forked_server(database_url, settings=settings) as url, closing(connect(url)) as raw:
        raw.sendall(head.encode())
        answer = read_answer(raw)

    assert answer.status == 400
    assert answer.problem["type"] == "/problems/invalid-parameter"
    assert b"evil.example" not in answer.body


def test_a_key_is_counted_as_one_however_it_is_written(database_url: str):
    ways = ["Bearer one", "bearer one", "Bearer   one", "BEARER one"]
    ways += ["Basic " + base64.b64encode(f"{name}:one".encode()).decode() for name in "abc"]
    settings = Settings(database_url=database_url, rate_per_key="4/minute", failed_sign_ins="")
    with running_app(settings) as server:
        answers = [
            server.client.get("/v1/me", headers=[(b"Authorization", way.encode("latin-1"))])
            for way in ways
        ]
        other = server.client.get("/v1/me", headers={"Authorization": "Bearer two"})

    assert [one.status_code for one in answers] == [401] * 4 + [429] * 3
    assert other.status_code == 401


def test_an_address_is_decoded_once(live_server_url: str):
    with httpx2.Client(base_url=live_server_url) as client:
        for path in ("/problems/conflict", "/ogc/collections/programs"):
            first, name = path.rsplit("/", 1)
            assert client.get(f"{first}/%{ord(name[0]):x}{name[1:]}").status_code == 200
            assert client.get(f"{first}/%25{ord(name[0]):x}{name[1:]}").status_code == 404
        assert client.get("/page/%252e%252e/app.py").status_code == 404


def test_a_new_database_opens_to_nobody(client: TestClient, engine: Engine):
    with snapshot(engine) as session:
        assert session.exec(select(ApiKey)).all() == []
    for guess in ("admin", "pf_", "pf_admin", "Bearer", "root"):
        headers = {"Authorization": f"Bearer {guess}"}
        assert client.get("/v1/me", headers=headers).status_code == 401


def test_a_key_is_256_random_bits_and_none_is_like_another(engine: Engine):
    act = Act(actor="test", at=now())
    with transaction(engine) as session:
        made = [create_key(session, act, role=Role.VIEWER, name="x")[1] for _ in range(50)]

    assert len(set(made)) == 50
    for token in made:
        assert len(base64.urlsafe_b64decode(token.removeprefix("pf_") + "=")) == 32
    # No two of them share what a counter or a clock would give them.
    assert len({token[3:9] for token in made}) == 50


def test_refused_keys_and_refused_rights_are_lines_in_the_log(town: TestClient, keys: Keys):
    with capture_logs() as lines:
        town.get("/v1/me", headers={"Authorization": "Bearer pf_guessed"})
        town.post("/v1/bodies", json=BODY, headers=keys["viewer"])
        town.post("/v1/bodies", json={}, headers=keys["admin"])
        town.post("/v1/bodies", json=BODY, headers=keys["admin"])

    told = [line for line in lines if line["event"] == "request"]
    assert [line["status"] for line in told] == [401, 403, 422, 201]
    assert [line["actor"] is None for line in told] == [True, False, False, False]
    assert {line["route"] for line in told} == {"/v1/me", "/v1/bodies"}


def test_a_workbook_that_declares_entities_is_refused(town: TestClient, keys: Keys):
    laughs = b'<!DOCTYPE a [<!ENTITY e "ha"><!ENTITY f "&e;&e;&e;">]>'
    outside = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    statuses = [
        send(town, keys["finance"], PLANS, _declaring(kind), YEARS, type="capital").status_code
        for kind in (b"", laughs, outside)
    ]

    assert statuses == [201, 422, 422]
    assert town.get(PLANS, headers=keys["finance"]).json()["total"] == 1


def _declaring(declared: bytes) -> bytes:
    """A workbook whose sheet begins with a document type."""
    buffer = io.BytesIO()
    plain = io.BytesIO(xlsx(Plan=[["Projekt", "2027", "2028"], ["LIN-01", 5, 6]]))
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = part.replace(b"?>", b"?>" + declared, 1)
            new.writestr(name, part)
    return buffer.getvalue()


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with running_provider() as fake:
        yield fake


def test_a_key_that_a_token_brings_along_is_not_used(provider: FakeProvider, database_url: str):
    forged: dict[str, Any] = {
        "jwk": public_jwk("forger"),
        "jku": f"{provider.url}/forged",
        "x5u": f"{provider.url}/forged",
        "x5c": ["AAAA"],
    }
    with running_app(provider.settings(database_url)) as server:
        for name, value in forged.items():
            private_key("forger")
            token = provider.token("forger", headers={"kid": "one", name: value})
            assert server.status(token) == 401, name

        assert server.status(provider.token()) == 200
    assert not [path for path in provider.asked if "forged" in path]


def test_a_provider_with_a_certificate_of_nobody_is_not_believed(tmp_path: Path):
    with (
        _https_server(tmp_path) as url,
        pytest.raises(ProviderError, match=r"^URLError from /keys$"),
    ):
        fetch_object(f"{url}/keys")


@contextmanager
def _https_server(folder: Path) -> Iterator[str]:
    """HTTPS on this machine, with a certificate that only it vouches for."""
    file = folder / "both.pem"
    file.write_bytes(_own_certificate())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _own_certificate() -> bytes:
    key = private_key("of a server")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    here, today = ip_address("127.0.0.1"), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(here)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def test_an_address_may_ask_for_an_encrypted_database_with_a_certificate_that_is_checked():
    """Without it the driver takes what it gets: docs/security.md tells the operator."""
    engine = make_engine("postgresql://someone@db.example/portfolio?sslmode=verify-full")

    _, arguments = engine.dialect.create_connect_args(engine.url)

    assert arguments["sslmode"] == "verify-full"

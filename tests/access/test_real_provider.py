"""Sign-in at a real identity provider, canaille, in a process of its own."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jwt.algorithms import RSAAlgorithm

from portfolio.access import provider as module
from portfolio.settings import Settings
from tests import scenario
from tests.access.identity_provider import PASSWORD
from tests.access.signing import Clock, Server, bearer, private_key, running_app
from tests.serving import free_port

PROGRAM = Path(__file__).with_name("identity_provider.py")
PYTHON = Path(sys.prefix) / "provider" / "bin" / "python"
CLAIMS = {
    "oidc_role_claim": "groups",
    "oidc_roles": json.dumps(
        {
            "portfolio-coordinators": "coordinator",
            "portfolio-departments": "department",
            "portfolio-finance": "finance",
        }
    ),
    "oidc_department_claim": "website",
    "oidc_name_claim": "name",
}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def signing_key(name: str) -> dict[str, Any]:
    jwk: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(private_key(name)))
    jwk.pop("key_ops", None)
    return {**jwk, "kid": name, "alg": "RS256", "use": "sig"}


@contextmanager
def canaille(folder: Path, port: int, active: str, *inactive: str) -> Iterator[str]:
    """The provider with these keys, until it is left."""
    keys = folder / f"{active}.json"
    listed = {"active": [signing_key(active)], "inactive": [signing_key(one) for one in inactive]}
    keys.write_text(json.dumps(listed), encoding="utf-8")
    log = (folder / "provider.log").open("ab")
    command = [str(PYTHON), str(PROGRAM), str(port), str(keys)]
    with log, subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process:  # noqa: S603
        issuer = f"http://127.0.0.1:{port}"
        try:
            wait_until_ready(issuer, process, folder / "provider.log")
            yield issuer
        finally:
            process.terminate()


def wait_until_ready(issuer: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the provider ended: {log.read_text('utf-8')[-2000:]}")
        try:
            with urllib.request.urlopen(issuer + module.DISCOVERY, timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError("the provider did not get ready in a minute")


def sign_in(issuer: str, login: str, client: str = "portfolio") -> str:
    """An access token for who has this login and the right password."""
    form = {
        "grant_type": "password",
        "username": login,
        "password": PASSWORD,
        "client_id": client,
        "client_secret": "secret",
        "scope": "openid profile groups",
    }
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{issuer}/oauth/token", data, timeout=30) as answer:  # noqa: S310
        token: str = json.load(answer)["access_token"]
        return token


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with canaille(tmp_path_factory.mktemp("provider"), free_port(), "first") as url:
        yield url


def settings(database_url: str, issuer: str) -> Settings:
    return Settings(
        database_url=database_url,
        oidc_issuer=issuer,
        oidc_audience="portfolio",
        key_use_seconds=0,
        **CLAIMS,  # type: ignore[arg-type]  # each is a text
    )


@pytest.fixture
def server(database_url: str, issuer: str) -> Iterator[Server]:
    with running_app(settings(database_url, issuer)) as server:
        yield server


def test_an_official_signs_in_with_the_municipalitys_own_account(server, issuer):
    token = sign_in(issuer, "ada")

    me = scenario.ok(server.get("/v1/me", token), 200)

    assert (me["actor"], me["name"], me["role"]) == ("oidc ada", "Official ada", "coordinator")
    assert server.get("/ogc/collections", token).status_code == 200


def test_a_departments_official_changes_its_own_investments_only(server, issuer, keys):
    admin = keys["admin"]
    scenario.put_municipality(server.client, admin)
    scenario.put_investment(server.client, admin)
    scenario.put_investment(server.client, admin, code="LIN-02", department="GFK")
    headers = {**bearer(sign_in(issuer, "bo")), "If-Match": "*"}

    own = server.client.patch("/v1/investments/LIN-01", json={"name": "Ny"}, headers=headers)
    other = server.client.patch("/v1/investments/LIN-02", json={"name": "Ny"}, headers=headers)

    assert (own.status_code, other.status_code) == (200, 403)
    made = server.client.get("/v1/events?actor=oidc bo", headers=admin).json()["items"]
    assert [event["resource"] for event in made] == ["/v1/investments/LIN-01"]


def test_who_has_no_role_or_two_is_told_and_a_token_for_another_service_is_refused(server, issuer):
    nobody, both = sign_in(issuer, "cy"), sign_in(issuer, "di")
    foreign = sign_in(issuer, "ada", client="payroll")

    assert "no role" in server.get("/v1/me", nobody).json()["detail"]
    assert "coordinator, finance" in server.get("/v1/me", both).json()["detail"]
    assert server.get("/v1/me", foreign).status_code == 401
    changed = foreign[:-4] + ("AAAA" if foreign[-4:] != "AAAA" else "BBBB")
    assert server.get("/v1/me", changed).status_code == 401


def test_the_provider_changes_its_key_and_then_takes_the_old_one_away(tmp_path, database_url):
    port, clock = free_port(), Clock()
    with running_app(settings(database_url, f"http://127.0.0.1:{port}")) as server:
        server.provider._monotonic = clock
        with canaille(tmp_path, port, "first") as issuer:
            old = sign_in(issuer, "ada")
            assert server.status(old) == 200
        clock.seconds += module.FRESH_SECONDS - 1
        # Between two providers there is none, and what is known goes on.
        assert server.status(old) == 200
        with canaille(tmp_path, port, "second", "first") as issuer:
            assert server.status(sign_in(issuer, "ada")) == 200
            assert server.status(old) == 200
        clock.seconds += module.STALE_SECONDS + 1
        with canaille(tmp_path, port, "second"):
            assert server.status(old) == 401

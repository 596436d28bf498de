"""Sign-in by access tokens of an identity provider: what is taken, what is not, and who it is."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from portfolio.access.tokens import LONGEST_TOKEN
from tests import scenario
from tests.access.signing import (
    Clock,
    FakeProvider,
    Server,
    bearer,
    private_key,
    public_jwk,
    running_app,
    running_provider,
)

Keys = dict[str, dict[str, str]]
CLAIMS = {
    "oidc_department_claim": "org.department",
    "oidc_bodies_claim": "bodies",
    "oidc_name_claim": "name",
}


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def server(fake: FakeProvider, database_url: str) -> Iterator[Server]:
    with running_app(fake.settings(database_url, failed_sign_ins="", **CLAIMS)) as server:
        yield server


def whoever(server: Server, token: str) -> dict[str, Any]:
    found: dict[str, Any] = scenario.ok(server.get("/v1/me", token), 200)
    return found


def detail(server: Server, token: str) -> str:
    text: str = server.get("/v1/me", token).json()["detail"]
    return text


def test_a_token_says_who_it_is_and_until_when(server, fake):
    token = fake.token(roles=["gis"], name="En tjänsteman", exp=4_000_000_000)

    me = whoever(server, token)

    assert me["actor"] == "oidc 3f9a-11"
    assert (me["role"], me["name"], me["department"]) == ("gis", "En tjänsteman", None)
    assert (me["scopes"], me["expires_at"]) == (None, "2096-10-02T07:06:40.000000Z")
    assert "POST /v1/area-schemes" in me["may"]


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("RS256", "RSA"), ("PS256", "RSA"), ("ES256", "EC")]
)
def test_a_key_of_each_kind_signs(server, fake, algorithm: str, kind: str):
    fake.keys = [public_jwk("one"), public_jwk("two", kind)]
    name = "two" if kind == "EC" else "one"

    assert server.status(fake.token(name, kind, algorithm=algorithm)) == 200


def test_a_provider_with_one_unnamed_key_needs_no_name_in_the_token(server, fake):
    key = public_jwk("one")
    del key["kid"]
    fake.keys = [key]
    nameless = jwt.encode(
        jwt.decode(fake.token(), options={"verify_signature": False}),
        private_key("one"),
        "RS256",
        headers={"typ": "JWT"},
    )

    assert server.status(nameless) == 200


def unsigned(fake: FakeProvider) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT","kid":"one"}').decode()
    return f"{header.rstrip('=')}.{fake.token().split('.')[1]}."


def signed_with_the_public_key(fake: FakeProvider) -> str:
    """Algorithm confusion: the public key taken for a shared secret."""
    import hashlib
    import hmac

    public = private_key("one").public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"one"}').decode()
    signed = f"{header.rstrip('=')}.{fake.token().split('.')[1]}"
    digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def test_no_algorithm_but_those_that_are_pinned_is_taken(server, fake):
    assert server.status(fake.token()) == 200

    for forged in (unsigned(fake), signed_with_the_public_key(fake)):
        assert server.status(forged) == 401
    assert server.status(fake.token(algorithm="RS512")) == 401
    fake.keys = [public_jwk("bound", alg="RS256")]
    server.provider._monotonic = Clock()
    server.provider._asked_at = server.provider._fetched_at = float("-inf")
    assert server.status(fake.token("bound", algorithm="PS256")) == 401
    assert server.status(fake.token("bound")) == 200


LATER = 4_000_000_000
BAD: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "payroll"},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://elsewhere.example.org"},
    "issuer with a slash": {"iss": "http://127.0.0.1/"},
    "long expired": {"exp": 1_700_000_000},
    "never expiring": {"exp": None},
    "without a start": {"iat": None},
    "issued in the future": {"iat": LATER, "exp": LATER + 60},
    "not yet valid": {"nbf": LATER, "exp": LATER + 60},
    "of nobody": {"sub": None},
    "of a blank": {"sub": " "},
    "of a number": {"sub": 5},
    "of control characters": {"sub": "a\nb"},
    "of half a character": {"sub": "\ud800"},
    "of a name without end": {"sub": "a" * 201},
    "infinite": {"exp": float("inf")},
    "no number": {"exp": float("nan")},
    "a list for a time": {"exp": [1]},
    "an ID token": {"headers": {"typ": "id+jwt"}},
    "Keycloak's ID token": {"typ": "ID"},
    "an ID token by its nonce": {"headers": {"typ": "JWT"}, "nonce": "n"},
    "an ID token by its access token": {"headers": {"typ": "JWT"}, "at_hash": "x"},
    "an ID token by its code": {"headers": {"typ": "JWT"}, "c_hash": "x"},
    "an ID token by its state": {"headers": {"typ": "JWT"}, "s_hash": "x"},
    "Cognito's ID token": {"headers": {"typ": "JWT"}, "token_use": "id"},
    "of a use that is no text": {"token_use": ["access"]},
    "a refresh token": {"typ": "Refresh"},
    "of no type": {"headers": {"typ": None}},
    "with what must be understood": {"headers": {"crit": ["exp"]}},
    "bound to a key of its holder": {"cnf": {"jkt": "x"}},
    "of a key without a name": {"headers": {"kid": ""}},
    "of a key with a long name": {"headers": {"kid": "k" * 300}},
}


@pytest.mark.parametrize("name", BAD)
def test_a_token_that_lacks_something_is_refused_in_one_sentence(server, fake, name: str):
    answer = server.get("/v1/bodies", fake.token(**BAD[name]))

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "sign in again" in answer.json()["detail"]


def test_a_token_that_says_it_is_for_access_is_taken(server, fake):
    assert server.status(fake.token(headers={"typ": "JWT"}, token_use="access")) == 200


def test_a_signature_by_another_key_of_the_same_name_is_refused(server, fake):
    good = fake.token()
    payload = jwt.decode(good, options={"verify_signature": False})
    headers = {"kid": "one", "typ": "JWT"}
    other = jwt.encode(payload, private_key("other"), "RS256", headers=headers)

    assert server.status(good) == 200
    assert server.status(other) == 401


def test_clocks_may_differ_by_the_leeway_and_no_more(server, fake):
    import time

    now = int(time.time())

    assert server.status(fake.token(exp=now - 15)) == 200
    assert server.status(fake.token(iat=now + 15, nbf=now + 15)) == 200
    assert server.status(fake.token(exp=now - 60)) == 401
    assert server.status(fake.token(nbf=now + 90)) == 401


def test_what_is_longer_than_a_token_is_refused_before_it_is_read(server, fake):
    assert server.status(fake.token(filler="a" * LONGEST_TOKEN)) == 401
    assert fake.asked == []


def nested(depth: int) -> str:
    header = base64.urlsafe_b64encode(b"[" * depth).decode().rstrip("=")
    return f"{header}.e30.e30"


@pytest.mark.parametrize(
    "token", ["..", "a.b.c", nested(5000), "e30.e30.e30", "MQ.MQ.MQ", "a.b", "....", "å.ä.ö"]
)
def test_what_only_looks_like_a_token_is_refused(server, token: str):
    headers = {"Authorization": f"Bearer {token}".encode("latin-1")}

    assert server.client.get("/v1/bodies", headers=headers).status_code == 401


def test_any_three_parts_are_refused_and_break_nothing(server, fake):
    whole = fake.token()
    parts = st.sampled_from(whole.split(".")) | st.text(alphabet="aZ09-_=", max_size=40)

    @given(st.tuples(parts, parts, parts))
    def refused(found: tuple[str, str, str]) -> None:
        token = ".".join(found)
        assert server.status(token) == (200 if token == whole else 401)

    refused()


# Whose it is


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"roles": None}, "no role"),
        ({"roles": []}, "no role"),
        ({"roles": {"viewer": True}}, "no role"),
        ({"roles": ["public", "Viewer", 7, None]}, "no role"),
        ({"roles": ["gis", "finance"]}, "several roles (finance, gis)"),
        ({"roles": "department"}, "org.department"),
        ({"roles": "department", "org": {"department": ["FGK", "GFK"]}}, "org.department"),
        ({"roles": "department", "org": {"department": "NONE"}}, "NONE"),
        ({"roles": "department", "org": {"department": "F\0K"}}, "FK"),
        ({"roles": "department", "org": {"department": "\ud800"}}, "not registered"),
        ({"roles": "board"}, "bodies"),
        ({"roles": "board", "bodies": ["council", "nobody"]}, "nobody"),
    ],
)
def test_a_good_token_without_one_place_here_is_403_and_says_whom_to_ask(
    server, fake, claims: dict[str, Any], told: str
):
    answer = server.get("/v1/me", fake.token(**claims))

    assert answer.status_code == 403
    assert told in answer.json()["detail"]
    assert "administrator" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        ("gis", "gis"),
        (["viewer", "finance"], "finance"),
        (["viewer", "admin", "gis"], "admin"),
        (["unknown", "viewer", "viewer"], "viewer"),
    ],
)
def test_of_several_roles_the_one_that_includes_the_others_is_taken(server, fake, roles, role):
    assert whoever(server, fake.token(roles=roles))["role"] == role


def test_a_boards_token_registers_for_the_bodies_it_names(server, fake):
    me = whoever(server, fake.token(roles=["board"], bodies=["council", "executive_board"]))

    assert me["bodies"] == ["council", "executive_board"]


def test_claims_and_values_are_the_municipalitys_own_choice(fake, database_url):
    settings = fake.settings(
        database_url,
        oidc_role_claim="realm_access.roles",
        oidc_roles='{"Plan & bygg": "coordinator"}',
    )
    with running_app(settings) as server:
        token = fake.token(realm_access={"roles": ["x", "Plan & bygg"]}, roles=["admin"])

        assert whoever(server, token)["role"] == "coordinator"
        assert server.get("/v1/me", fake.token(roles=["admin"])).status_code == 403


def test_a_departments_token_changes_its_own_investments_only_and_events_say_who(
    server, fake, keys: Keys
):
    admin = keys["admin"]
    scenario.put_municipality(server.client, admin)
    scenario.put_investment(server.client, admin)
    scenario.put_investment(server.client, admin, code="LIN-02", department="GFK")
    token = bearer(fake.token(roles=["department"], org={"department": "FGK"}, name="Namnet"))
    headers = {**token, "If-Match": "*"}

    own = server.client.patch("/v1/investments/LIN-01", json={"name": "Ny"}, headers=headers)
    other = server.client.patch("/v1/investments/LIN-02", json={"name": "Ny"}, headers=headers)

    assert (own.status_code, other.status_code) == (200, 403)
    events = server.client.get("/v1/events?actor=oidc 3f9a-11", headers=admin).json()["items"]
    assert [event["resource"] for event in events] == ["/v1/investments/LIN-01"]
    assert "Namnet" not in json.dumps(events)


def test_the_map_services_take_tokens_too_also_as_a_password(server, fake):
    token = fake.token()
    basic = base64.b64encode(f"anybody:{token}".encode()).decode()
    bad = base64.b64encode(f"anybody:{fake.token(aud='payroll')}".encode()).decode()

    for header in (f"Bearer {token}", f"Basic {basic}", f"Bearer {token}"):
        answer = server.client.get("/ogc/collections", headers={"Authorization": header})
        assert answer.status_code == 200
    refused = server.client.get("/ogc/collections", headers={"Authorization": f"Basic {bad}"})
    assert refused.status_code == 401


def test_neither_token_nor_name_nor_subject_is_logged(server, fake):
    token = fake.token(name="Hemligt Namn", sub="hemlig.person@example.org")

    with capture_logs() as logs:
        server.get("/v1/me", token)
        server.get("/ogc/collections", token)
        server.get("/v1/me", fake.token(aud="payroll", sub="hemlig.person@example.org"))

    said = repr(logs).lower()
    assert [line["actor"][:5] for line in logs[:2]] == ["oidc ", "oidc "]
    assert "hemlig" not in said
    assert token.split(".")[2].lower() not in said

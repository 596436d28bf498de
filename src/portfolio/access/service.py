"""Making, finding and revoking keys, and knowing who sends one."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from portfolio.access.models import ApiKey
from portfolio.access.rules import SCOPE_CHOICES, Caller, Role, covers, writing_routes
from portfolio.clock import Act, now, rfc3339
from portfolio.database.base import table
from portfolio.errors import Forbidden, InvalidBody, NotFound, Unauthorized
from portfolio.events.service import record

# Later moments can't be told in every time zone.
LATEST_END = datetime(9000, 1, 1, tzinfo=UTC)


def hash_token(token: str) -> str:
    """Tokens are 256 random bits, so a plain fast hash is enough: there is nothing to guess."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def create_key(
    session: Session,
    act: Act,
    *,
    role: Role,
    name: str,
    department: str | None = None,
    bodies: tuple[str, ...] = (),
    scopes: Collection[str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """The key, and its token, which can't be read again later.

    Raises:
        InvalidBody: A scope is unknown, or it would have expired already, or hardly ever expire.
    """
    _require_known(scopes)
    if expires_at is not None and not act.at < expires_at < LATEST_END:
        raise InvalidBody.at(
            "/expires_at",
            f"Ange en tid som inte har varit, före år {LATEST_END.year}.",
            f"Give a time that is to come, before the year {LATEST_END.year}.",
        )
    token = f"pf_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        token_hash=hash_token(token),
        role=role.value,
        name=name,
        department=department,
        bodies=sorted(bodies),
        created_at=act.at,
        expires_at=expires_at,
        scopes=None if scopes is None else sorted(set(scopes)),
    )
    session.add(key)
    session.flush()
    record(session, act, "key.created", f"/v1/keys/{key.id}", after=shown(key))
    return key, token


def _require_known(scopes: Collection[str] | None) -> None:
    for index, scope in enumerate(scopes or ()):
        if scope not in SCOPE_CHOICES:
            raise InvalidBody.at(
                f"/scopes/{index}",
                "Den behörigheten finns inte; välj bland dem som räknas upp.",
                "There is no such scope; choose among those listed.",
                SCOPE_CHOICES,
            )


def require_no_more(
    caller: Caller, scopes: Collection[str] | None, expires_at: datetime | None
) -> None:
    """Refuse a key beyond the one that makes it: a bound key would not stay bound otherwise.

    A token's end is that of a sign-in and not of what its holder may, so it bounds nothing.

    Raises:
        Forbidden: It has scopes that its maker lacks, or lasts longer.
    """
    _require_scopes(
        caller,
        scopes,
        "Din nyckel kan inte ge behörigheter som den saknar",
        "Your key can't give scopes that it lacks",
    )
    if caller.key_id is not None and _lasts_longer(expires_at, caller.expires_at):
        raise Forbidden(
            "Din nyckel kan inte skapa en nyckel som gäller längre än den själv; sätt expires_at.",
            "Your key can't make one that lasts longer than itself; set expires_at.",
        )


def require_may_revoke(caller: Caller, key: ApiKey) -> None:
    """Refuse a key that is bound to scopes and did not suffice to make what it is to revoke.

    One that has all scopes revokes any: who closes a leak must not wait for a longer key.

    Raises:
        Forbidden: The key has scopes that its revoker lacks, or lasts longer.
    """
    _require_scopes(
        caller,
        key.scopes,
        "Din nyckel kan inte återkalla en nyckel med behörigheter som den själv saknar",
        "Your key can't revoke one with scopes that it lacks",
    )
    if caller.scopes is not None and _lasts_longer(key.expires_at, caller.expires_at):
        raise Forbidden(
            "Din nyckel kan inte återkalla en nyckel som gäller längre än den själv; be "
            "administratören.",
            "Your key can't revoke one that lasts longer than itself; ask the administrator.",
        )


def _require_scopes(caller: Caller, scopes: Collection[str] | None, sv: str, en: str) -> None:
    if caller.scopes is None:
        return
    if scopes is None:
        raise Forbidden(f"{sv}: alla.", f"{en}: all.")
    beyond = ", ".join(sorted(one for one in scopes if not covers(caller.scopes, one)))[:500]
    if beyond:
        raise Forbidden(f"{sv}: {beyond}.", f"{en}: {beyond}.")


def _lasts_longer(end: datetime | None, than: datetime | None) -> bool:
    return than is not None and (end is None or end > than)


def shown(key: ApiKey) -> dict[str, Any]:
    """A key as events and its version tag have it: not when it was used, which changes nothing."""
    return {
        "id": key.id,
        "role": key.role,
        "name": key.name,
        "department": key.department,
        "bodies": key.bodies,
        "scopes": key.scopes,
        "created_at": rfc3339(key.created_at),
        "expires_at": _when(key.expires_at),
        "revoked_at": _when(key.revoked_at),
    }


def shown_with_use(key: ApiKey) -> dict[str, Any]:
    return {**shown(key), "last_used_at": _when(key.last_used_at)}


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def shown_caller(caller: Caller) -> dict[str, Any]:
    """Whose key or token it is, and what its role and scopes may change."""
    return {
        "actor": caller.actor,
        "name": caller.name,
        "role": caller.role.value,
        "department": caller.department,
        "bodies": sorted(caller.bodies),
        "scopes": None if caller.scopes is None else sorted(caller.scopes),
        "expires_at": _when(caller.expires_at),
        "may": writing_routes(caller.role, caller.scopes),
    }


def get_key(session: Session, key_id: int, *, lock: bool = False) -> ApiKey:
    query = select(ApiKey).where(col(ApiKey.id) == key_id)
    key = session.exec(query.with_for_update() if lock else query).first()
    if key is None:
        raise NotFound(f"Det finns ingen nyckel {key_id}.", f"There is no key {key_id}.")
    return key


def find_keys(session: Session, *, after: int = 0, limit: int = 1000) -> list[ApiKey]:
    page = select(ApiKey).where(col(ApiKey.id) > after).order_by(col(ApiKey.id)).limit(limit)
    return list(session.exec(page))


def revoke_key(session: Session, act: Act, key: ApiKey) -> None:
    """From the next request on the key opens nothing; its row stays, since events name it."""
    if key.revoked_at is not None:
        return
    before = shown(key)
    key.revoked_at = act.at
    session.flush()
    record(session, act, "key.revoked", f"/v1/keys/{key.id}", before=before, after=shown(key))


@cache
def _key_query() -> sa.Select[Any]:
    """Put together once: it runs on every request.

    Revoked and expired keys are found too, and judged afterwards, so that an answer takes as long
    for them as for one that never was.
    """
    keys = table(ApiKey)
    names = ("id", "name", "role", "department", "bodies", "scopes", "expires_at", "revoked_at")
    wanted = keys.c.token_hash == sa.bindparam("hash", type_=sa.String)
    return sa.select(*(keys.c[name] for name in names)).where(wanted)


def authenticate(session: Session, authorization: str) -> Caller:
    """Whose key the `Authorization` header has.

    Raises:
        Unauthorized: It is not a bearer token, or not one of a key that is in force.
    """
    token = bearer_token(authorization)
    if token:
        for row in session.execute(_key_query(), {"hash": hash_token(token)}):
            if row.revoked_at is None:
                require_in_force(row.expires_at)
                return _caller(row)
    raise unknown()


def _caller(row: Any) -> Caller:
    return Caller(
        actor=f"key {row.id} ({row.name})",
        role=Role(row.role),
        department=row.department,
        bodies=frozenset(row.bodies),
        name=row.name,
        scopes=None if row.scopes is None else frozenset(row.scopes),
        expires_at=row.expires_at,
        key_id=row.id,
    )


def bearer_token(authorization: str) -> str:
    """The token of a bearer's header; empty where there is none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def require_in_force(expires_at: datetime | None) -> None:
    """Raise what whoever holds an expired key is told."""
    if expires_at is not None and expires_at <= now():
        raise Unauthorized(
            "Nyckeln har gått ut; be administratören om en ny.",
            "The key has expired; ask the administrator for a new one.",
        )


def unknown() -> Unauthorized:
    return Unauthorized(
        "Nyckeln är okänd eller återkallad; be administratören om en ny och skicka den som "
        "Authorization: Bearer <nyckel>.",
        "The key is unknown or revoked; ask the administrator for a new one and send it as "
        "Authorization: Bearer <key>.",
    )

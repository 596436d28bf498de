"""Making, finding and revoking keys."""

import hashlib
import secrets
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from portfolio.access.models import ApiKey
from portfolio.access.rules import Caller, Role, writing_routes
from portfolio.clock import Act, rfc3339
from portfolio.database.base import table
from portfolio.errors import NotFound, Unauthorized
from portfolio.events.service import record


def hash_token(token: str) -> str:
    """Tokens are 256 random bits, so a plain fast hash is enough: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_key(
    session: Session,
    act: Act,
    *,
    role: Role,
    name: str,
    department: str | None = None,
    bodies: tuple[str, ...] = (),
) -> tuple[ApiKey, str]:
    """The key, and its token, which can't be read again later."""
    token = f"pf_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        token_hash=hash_token(token),
        role=role.value,
        name=name,
        department=department,
        bodies=sorted(bodies),
        created_at=act.at,
    )
    session.add(key)
    session.flush()
    record(session, act, "key.created", f"/v1/keys/{key.id}", after=shown(key))
    return key, token


def shown(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "role": key.role,
        "name": key.name,
        "department": key.department,
        "bodies": key.bodies,
        "created_at": rfc3339(key.created_at),
        "revoked_at": rfc3339(key.revoked_at) if key.revoked_at else None,
    }


def shown_caller(caller: Caller) -> dict[str, Any]:
    """Whose key it is, and what its role may change."""
    return {
        "actor": caller.actor,
        "name": caller.name,
        "role": caller.role.value,
        "department": caller.department,
        "bodies": sorted(caller.bodies),
        "may": writing_routes(caller.role),
    }


def get_key(session: Session, key_id: int) -> ApiKey:
    key = session.get(ApiKey, key_id)
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
    """Put together once: it runs on every request."""
    keys = table(ApiKey)
    columns = (keys.c.id, keys.c.name, keys.c.role, keys.c.department, keys.c.bodies)
    wanted = keys.c.token_hash == sa.bindparam("hash", type_=sa.String)
    return sa.select(*columns).where(wanted, keys.c.revoked_at.is_(None))


def authenticate(session: Session, authorization: str) -> Caller:
    """Who the `Authorization` header says it is.

    Raises:
        Unauthorized: It is not a bearer token, or not one of a key that is in force.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        given = {"hash": hash_token(token.strip())}
        for id, name, role, department, bodies in session.execute(_key_query(), given):
            return Caller(
                actor=f"key {id} ({name})",
                role=Role(role),
                department=department,
                bodies=frozenset(bodies),
                name=name,
            )
    raise Unauthorized(
        "Nyckeln är okänd eller spärrad; be administratören om en ny och skicka den som "
        "Authorization: Bearer <nyckel>.",
        "The key is unknown or revoked; ask the administrator for a new one and send it as "
        "Authorization: Bearer <key>.",
    )

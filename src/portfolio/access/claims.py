"""What an access token of the identity provider says about a person, in our words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portfolio.access.rules import Caller, Role
from portfolio.errors import Forbidden

LONGEST_SUBJECT = 200
LONGEST_NAME = 200
MOST_VALUES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimNames:
    """Which claims say what; dots lead into objects. Empty: no claim does.

    `roles` turns a claim's value into a role of ours; empty: the values are our roles' names.
    """

    role: str = "roles"
    department: str = ""
    bodies: str = ""
    name: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)


def claim_at(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that name, or the one it leads to; None where there is none.

    Names that are addresses have dots of their own, so a whole name is tried first.
    """
    found: Any = claims
    if path in claims:
        return claims[path]
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def texts_at(claims: Mapping[str, Any], path: str) -> list[str]:
    """A text, or the texts of a list, without repetition; whatever else is there is no value."""
    found = claim_at(claims, path) if path else None
    listed = found if isinstance(found, list) else [found]
    return list(dict.fromkeys(one for one in listed[:MOST_VALUES] if isinstance(one, str) and one))


def subject_of(claims: Mapping[str, Any]) -> str | None:
    """Who it is, as events will say for years; None where that can't be told."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.strip():
        return None
    if len(subject) > LONGEST_SUBJECT or not subject.isprintable():
        return None
    return subject


def role_in(claims: Mapping[str, Any], names: ClaimNames) -> Role:
    """The one role of whoever has the token.

    Somebody with several has the one that includes the others: the administrator's, or any beside
    the viewer's. Of the rest none includes another, and choosing one would take rights away in
    silence.

    Raises:
        Forbidden: There is no role of ours, or there are two.
    """
    ours = names.roles or {role.value: role for role in Role if role is not Role.PUBLIC}
    found = {ours[value] for value in texts_at(claims, names.role) if value in ours}
    if Role.ADMIN in found:
        return Role.ADMIN
    if len(found) > 1:
        found.discard(Role.VIEWER)
    if not found:
        raise Forbidden(
            "Ditt konto har ingen roll i Portfolio; be administratören av inloggningen att ge dig "
            f"en (i {names.role}).",
            "Your account has no role in Portfolio; ask the administrator of the sign-in to give "
            f"you one (in {names.role}).",
        )
    if len(found) > 1:
        listed = ", ".join(sorted(found))
        raise Forbidden(
            f"Ditt konto har flera roller ({listed}); be administratören av inloggningen att lämna "
            "en av dem.",
            f"Your account has several roles ({listed}); ask the administrator of the sign-in to "
            "leave one of them.",
        )
    return found.pop()


def caller_in(claims: Mapping[str, Any], subject: str, names: ClaimNames) -> Caller:
    """Who it is, with role and bounds as the token has them.

    Raises:
        Forbidden: A role, or what it is bound to, is missing or said twice.
    """
    role = role_in(claims, names)
    name = " ".join(texts_at(claims, names.name)[:1])
    return Caller(
        actor=f"oidc {subject}",
        role=role,
        department=_department_in(claims, names) if role is Role.DEPARTMENT else None,
        bodies=_bodies_in(claims, names) if role is Role.BOARD else frozenset(),
        name="".join(one for one in name if one.isprintable())[:LONGEST_NAME],
    )


def _department_in(claims: Mapping[str, Any], names: ClaimNames) -> str:
    found = texts_at(claims, names.department)
    if len(found) != 1:
        claim = names.department or "oidc_department_claim"
        raise Forbidden(
            "Ditt konto har rollen department men inte en förvaltning; be administratören av "
            f"inloggningen att sätta förvaltningens kod (i {claim}).",
            "Your account has the role department but not one department; ask the administrator "
            f"of the sign-in to set the department's code (in {claim}).",
        )
    return found[0]


def _bodies_in(claims: Mapping[str, Any], names: ClaimNames) -> frozenset[str]:
    """Which bodies a board's token registers for; without a claim for it, all."""
    if not names.bodies:
        return frozenset()
    found = texts_at(claims, names.bodies)
    if not found:
        # Nobody named would mean everybody.
        raise Forbidden(
            "Ditt konto har rollen board men inget organ; be administratören av inloggningen att "
            f"sätta organens koder (i {names.bodies}).",
            "Your account has the role board but no body; ask the administrator of the sign-in to "
            f"set the bodies' codes (in {names.bodies}).",
        )
    return frozenset(found)

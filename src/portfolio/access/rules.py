"""Roles, and the table that says which of them may use which route. Pure.

A route without a row here stops the application from starting, so none is open by oversight.
What a role may do with *one* thing (its own department's, its own bodies') is checked by
`owns` and `registers_for` where the thing is known. A key may be bound to scopes besides; a
route's scope follows from its path and method, so that none can be without.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256


class Role(StrEnum):
    ADMIN = "admin"
    COORDINATOR = "coordinator"
    GIS = "gis"
    FINANCE = "finance"
    DEPARTMENT = "department"
    BOARD = "board"
    VIEWER = "viewer"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sends a request: a key's or a token's role with its bounds, or the public."""

    actor: str
    role: Role
    department: str | None = None
    bodies: frozenset[str] = frozenset()
    # What its key is called, or what the identity provider calls the person.
    name: str = ""
    # None: everything that the role may.
    scopes: frozenset[str] | None = None
    expires_at: datetime | None = None
    # None where it is no key.
    key_id: int | None = None

    @property
    def is_public(self) -> bool:
        return self.role is Role.PUBLIC

    def owns(self, department: str) -> bool:
        """False only for a department's key and another department's thing."""
        return self.role is not Role.DEPARTMENT or self.department == department

    def registers_for(self, body: str) -> bool:
        """False only for a board's key that names bodies, but not this one."""
        return self.role is not Role.BOARD or not self.bodies or body in self.bodies

    def covers(self, scope: str) -> bool:
        """False only for a key that is bound to scopes, but not to this one."""
        return self.scopes is None or scope in UNBOUND or covers(self.scopes, scope)

    @property
    def in_log(self) -> str:
        """Which key, or a digest of who it is: an identity provider's names are personal data."""
        if self.key_id is not None:
            return f"key {self.key_id}"
        return f"oidc {sha256(self.actor.encode()).hexdigest()[:12]}"


ANYONE = Caller(actor="public", role=Role.PUBLIC)

SIGNED_IN = frozenset(Role) - {Role.PUBLIC}
EVERYONE = frozenset(Role)
ADMIN = frozenset({Role.ADMIN})
GIS = frozenset({Role.GIS, Role.ADMIN})
COORDINATOR = frozenset({Role.COORDINATOR, Role.ADMIN})
COORDINATOR_OR_DEPARTMENT = COORDINATOR | {Role.DEPARTMENT}
CONDITIONS = frozenset({Role.COORDINATOR, Role.BOARD, Role.DEPARTMENT, Role.ADMIN})
DECIDERS = frozenset({Role.BOARD, Role.DEPARTMENT, Role.ADMIN})
PLANNERS = frozenset({Role.COORDINATOR, Role.FINANCE, Role.DEPARTMENT, Role.ADMIN})
FINANCE = frozenset({Role.FINANCE, Role.ADMIN})
FINANCE_OR_DEPARTMENT = FINANCE | {Role.DEPARTMENT}
DEPARTMENT = frozenset({Role.DEPARTMENT, Role.ADMIN})
BOARD = frozenset({Role.BOARD, Role.ADMIN})
COORDINATOR_OR_BOARD = COORDINATOR | BOARD

_AREAS = "/v1/area-schemes/{scheme}/areas"
_COLLECTION = "/ogc/collections/{collection}"
_INVESTMENT = "/v1/investments/{investment}"
_ROUND = f"{_INVESTMENT}/assessments/{{round}}"
_DECISION = f"{_INVESTMENT}/decisions/{{id}}"
_PROGRAM = "/v1/programs/{program}"
_REALLOCATION = f"{_PROGRAM}/reallocations/{{id}}"

ROUTES: Mapping[tuple[str, str], frozenset[Role]] = {
    ("GET", "/"): EVERYONE,
    ("GET", "/docs"): EVERYONE,
    ("GET", "/openapi.json"): EVERYONE,
    ("GET", "/healthz"): EVERYONE,
    ("GET", "/readyz"): EVERYONE,
    ("GET", "/metrics"): SIGNED_IN,
    ("GET", "/problems/{name}"): EVERYONE,
    ("GET", "/v1/me"): SIGNED_IN,
    ("GET", "/v1/keys"): SIGNED_IN,
    ("POST", "/v1/keys"): ADMIN,
    ("GET", "/v1/keys/{id}"): SIGNED_IN,
    ("DELETE", "/v1/keys/{id}"): ADMIN,
    ("GET", "/v1/settings"): SIGNED_IN,
    ("PATCH", "/v1/settings"): ADMIN,
    ("GET", "/v1/bodies"): SIGNED_IN,
    ("POST", "/v1/bodies"): ADMIN,
    ("GET", "/v1/bodies/{body}"): SIGNED_IN,
    ("PATCH", "/v1/bodies/{body}"): ADMIN,
    ("GET", "/v1/departments"): SIGNED_IN,
    ("POST", "/v1/departments"): ADMIN,
    ("GET", "/v1/departments/{department}"): SIGNED_IN,
    ("PATCH", "/v1/departments/{department}"): ADMIN,
    ("DELETE", "/v1/departments/{department}"): ADMIN,
    ("GET", "/v1/decision-levels"): SIGNED_IN,
    ("POST", "/v1/decision-levels"): ADMIN,
    ("GET", "/v1/area-schemes"): EVERYONE,
    ("POST", "/v1/area-schemes"): GIS,
    ("GET", "/v1/area-schemes/{scheme}"): EVERYONE,
    ("PATCH", "/v1/area-schemes/{scheme}"): GIS,
    ("GET", _AREAS): EVERYONE,
    ("GET", f"{_AREAS}/{{code}}"): EVERYONE,
    ("GET", f"{_AREAS}/{{code}}/portfolio"): SIGNED_IN,
    ("GET", "/v1/area-imports"): SIGNED_IN,
    ("POST", "/v1/area-imports"): GIS,
    ("GET", "/v1/area-imports/{id}"): SIGNED_IN,
    ("DELETE", "/v1/area-imports/{id}"): GIS,
    ("GET", "/v1/area-imports/{id}/changes"): SIGNED_IN,
    ("POST", "/v1/area-imports/{id}/apply"): GIS,
    ("GET", "/v1/area-imports/{id}/map.svg"): SIGNED_IN,
    ("GET", "/v1/area-indicators"): SIGNED_IN,
    ("POST", "/v1/area-indicators"): GIS,
    ("GET", "/v1/area-indicator-files"): SIGNED_IN,
    ("GET", "/v1/area-indicator-files/{id}"): SIGNED_IN,
    ("GET", "/v1/export/area-schemes/{scheme}"): EVERYONE,
    ("GET", "/v1/export/programs/{program}"): EVERYONE,
    ("GET", "/v1/export/portfolio"): EVERYONE,
    ("GET", "/v1/export/oc4ids"): EVERYONE,
    ("GET", "/ogc"): EVERYONE,
    ("GET", "/ogc/api"): EVERYONE,
    ("GET", "/ogc/conformance"): EVERYONE,
    ("GET", "/ogc/collections"): EVERYONE,
    ("GET", _COLLECTION): EVERYONE,
    ("GET", f"{_COLLECTION}/queryables"): EVERYONE,
    ("GET", f"{_COLLECTION}/items"): EVERYONE,
    ("GET", f"{_COLLECTION}/items/{{feature}}"): EVERYONE,
    ("GET", f"{_COLLECTION}/tiles"): EVERYONE,
    ("GET", f"{_COLLECTION}/tiles/WebMercatorQuad"): EVERYONE,
    ("GET", f"{_COLLECTION}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"): EVERYONE,
    ("GET", "/v1/gate-templates"): SIGNED_IN,
    ("POST", "/v1/gate-templates"): ADMIN,
    ("GET", "/v1/gate-templates/{code}"): SIGNED_IN,
    ("GET", "/v1/programs"): EVERYONE,
    ("POST", "/v1/programs"): COORDINATOR,
    ("GET", "/v1/programs/{program}"): EVERYONE,
    ("PATCH", "/v1/programs/{program}"): COORDINATOR,
    ("DELETE", "/v1/programs/{program}"): COORDINATOR,
    ("GET", "/v1/programs/{program}/members"): SIGNED_IN,
    ("POST", "/v1/programs/{program}/members"): COORDINATOR,
    ("GET", "/v1/programs/{program}/members/{id}"): SIGNED_IN,
    ("PATCH", "/v1/programs/{program}/members/{id}"): COORDINATOR,
    ("DELETE", "/v1/programs/{program}/members/{id}"): COORDINATOR,
    ("GET", "/v1/programs/{program}/board"): EVERYONE,
    ("GET", "/v1/investments"): SIGNED_IN,
    ("POST", "/v1/investments"): COORDINATOR_OR_DEPARTMENT,
    ("GET", _INVESTMENT): SIGNED_IN,
    ("PATCH", _INVESTMENT): COORDINATOR_OR_DEPARTMENT,
    ("DELETE", _INVESTMENT): COORDINATOR_OR_DEPARTMENT,
    ("GET", f"{_INVESTMENT}/plan-lines"): SIGNED_IN,
    ("PUT", f"{_INVESTMENT}/plan-lines"): PLANNERS,
    ("GET", f"{_INVESTMENT}/assessments"): SIGNED_IN,
    ("POST", f"{_INVESTMENT}/assessments"): COORDINATOR_OR_DEPARTMENT,
    ("GET", _ROUND): SIGNED_IN,
    ("PATCH", _ROUND): COORDINATOR_OR_DEPARTMENT,
    ("POST", f"{_ROUND}/submit"): COORDINATOR_OR_DEPARTMENT,
    ("GET", f"{_INVESTMENT}/readiness"): SIGNED_IN,
    ("GET", f"{_INVESTMENT}/recommendations"): SIGNED_IN,
    ("POST", f"{_INVESTMENT}/recommendations"): COORDINATOR,
    ("GET", f"{_INVESTMENT}/decisions"): SIGNED_IN,
    ("POST", f"{_INVESTMENT}/decisions"): DECIDERS,
    ("GET", _DECISION): SIGNED_IN,
    ("GET", f"{_DECISION}/conditions/{{n}}"): SIGNED_IN,
    ("PATCH", f"{_DECISION}/conditions/{{n}}"): CONDITIONS,
    ("GET", f"{_INVESTMENT}/components"): SIGNED_IN,
    ("POST", f"{_INVESTMENT}/components"): PLANNERS,
    ("GET", f"{_INVESTMENT}/components/{{id}}"): SIGNED_IN,
    ("PATCH", f"{_INVESTMENT}/components/{{id}}"): PLANNERS,
    ("DELETE", f"{_INVESTMENT}/components/{{id}}"): PLANNERS,
    ("GET", f"{_INVESTMENT}/consequence-lines"): SIGNED_IN,
    ("POST", f"{_INVESTMENT}/consequence-lines"): PLANNERS,
    ("GET", f"{_INVESTMENT}/consequence-lines/{{id}}"): SIGNED_IN,
    ("PATCH", f"{_INVESTMENT}/consequence-lines/{{id}}"): PLANNERS,
    ("DELETE", f"{_INVESTMENT}/consequence-lines/{{id}}"): PLANNERS,
    ("GET", f"{_INVESTMENT}/consequence"): SIGNED_IN,
    ("GET", f"{_PROGRAM}/consequence"): SIGNED_IN,
    ("GET", f"{_PROGRAM}/plan.pdf"): SIGNED_IN,
    ("GET", f"{_INVESTMENT}/gate-paper.pdf"): SIGNED_IN,
    ("GET", f"{_AREAS}/{{code}}/consequence"): SIGNED_IN,
    ("GET", "/v1/departments/{department}/consequence"): SIGNED_IN,
    ("GET", f"{_INVESTMENT}/social-case"): SIGNED_IN,
    ("PUT", f"{_INVESTMENT}/social-case"): PLANNERS,
    ("GET", "/v1/internal-rates"): SIGNED_IN,
    ("POST", "/v1/internal-rates"): FINANCE,
    ("GET", "/v1/internal-rates/{year}"): SIGNED_IN,
    ("PATCH", "/v1/internal-rates/{year}"): FINANCE,
    ("DELETE", "/v1/internal-rates/{year}"): FINANCE,
    ("GET", "/v1/price-indices"): SIGNED_IN,
    ("POST", "/v1/price-indices"): FINANCE,
    ("GET", "/v1/price-indices/{id}"): SIGNED_IN,
    ("PATCH", "/v1/price-indices/{id}"): FINANCE,
    ("DELETE", "/v1/price-indices/{id}"): FINANCE,
    ("GET", "/v1/frames"): SIGNED_IN,
    ("POST", "/v1/frames"): FINANCE,
    ("GET", "/v1/frames/{id}"): SIGNED_IN,
    ("GET", "/v1/allocations"): SIGNED_IN,
    ("POST", "/v1/allocations"): FINANCE,
    ("GET", "/v1/allocations/{id}"): SIGNED_IN,
    ("PATCH", "/v1/allocations/{id}"): FINANCE_OR_DEPARTMENT,
    ("GET", "/v1/pools"): SIGNED_IN,
    ("GET", "/v1/ledger"): SIGNED_IN,
    ("GET", f"{_PROGRAM}/reallocations"): SIGNED_IN,
    ("POST", f"{_PROGRAM}/reallocations"): COORDINATOR,
    ("GET", _REALLOCATION): SIGNED_IN,
    ("POST", f"{_REALLOCATION}/consent"): DEPARTMENT,
    ("POST", f"{_REALLOCATION}/decline"): DECIDERS,
    ("POST", f"{_REALLOCATION}/approve"): BOARD,
    ("POST", f"{_REALLOCATION}/withdraw"): COORDINATOR,
    ("POST", f"{_REALLOCATION}/execute"): COORDINATOR_OR_DEPARTMENT,
    ("GET", f"{_PROGRAM}/steering-decisions"): SIGNED_IN,
    ("POST", f"{_PROGRAM}/steering-decisions"): COORDINATOR_OR_BOARD,
    ("GET", f"{_PROGRAM}/steering-decisions/{{id}}"): SIGNED_IN,
    ("GET", f"{_PROGRAM}/steering-comparison"): SIGNED_IN,
    ("GET", "/v1/account-map"): SIGNED_IN,
    ("PUT", "/v1/account-map"): FINANCE,
    ("GET", "/v1/outcome-imports"): SIGNED_IN,
    ("POST", "/v1/outcome-imports"): FINANCE,
    ("GET", "/v1/outcome-imports/{id}"): SIGNED_IN,
    ("DELETE", "/v1/outcome-imports/{id}"): FINANCE,
    ("POST", "/v1/outcome-imports/{id}/apply"): FINANCE,
    ("GET", "/v1/investment-imports"): SIGNED_IN,
    ("POST", "/v1/investment-imports"): PLANNERS,
    ("GET", "/v1/investment-imports/{id}"): SIGNED_IN,
    ("DELETE", "/v1/investment-imports/{id}"): PLANNERS,
    ("POST", "/v1/investment-imports/{id}/apply"): PLANNERS,
    ("GET", "/v1/plan-imports"): SIGNED_IN,
    ("POST", "/v1/plan-imports"): PLANNERS,
    ("GET", "/v1/plan-imports/{id}"): SIGNED_IN,
    ("DELETE", "/v1/plan-imports/{id}"): PLANNERS,
    ("POST", "/v1/plan-imports/{id}/apply"): PLANNERS,
    ("GET", f"{_INVESTMENT}/money-trail"): SIGNED_IN,
    ("GET", "/v1/reports/deviations"): SIGNED_IN,
    ("GET", "/v1/reports/delegated-decisions"): SIGNED_IN,
    ("GET", "/v1/reports/annual"): SIGNED_IN,
    ("GET", "/v1/gate-status"): SIGNED_IN,
    ("GET", "/v1/events"): SIGNED_IN,
}


# What people and their programs open before anything else.
_PAGES = frozenset({"", "docs", "openapi.json", "healthz", "readyz", "problems"})
# Every key may these, whatever it is bound to.
UNBOUND = frozenset({"service:read", "me:read"})


def scope_of(method: str, path: str) -> str:
    """What a key that is bound to scopes must have for a route: `investments:read`.

    The first part is the path's family (what follows `/v1/`; `ogc`; `service` for the pages), the
    second is `read` for GET and `write` for everything else.
    """
    first, *others = path.strip("/").split("/")
    family = others[0] if first == "v1" else "service" if first in _PAGES else first
    return f"{family}:{'read' if method == 'GET' else 'write'}"


SCOPES: tuple[str, ...] = tuple(sorted({scope_of(*route) for route in ROUTES} - UNBOUND))
# Of every family.
ALL_SCOPES = ("*:read", "*:write")
SCOPE_CHOICES = (*ALL_SCOPES, *SCOPES)


def covers(scopes: Collection[str], scope: str) -> bool:
    """Whether scopes, as a key has them, hold one (that may be `*:read` itself)."""
    return scope in scopes or f"*:{scope.partition(':')[2]}" in scopes


def writing_routes(role: Role, scopes: Collection[str] | None = None) -> list[str]:
    """Method and path of every route by which a role may change something, in order.

    With `scopes`, only those that a key bound to them may.
    """
    return sorted(
        f"{method} {path}"
        for (method, path), roles in ROUTES.items()
        if method != "GET"
        and role in roles
        and (scopes is None or covers(scopes, scope_of(method, path)))
    )

"""Who may do what with which thing, written down once more from the contract's table.

Nothing here is taken from portfolio.access: that is what it is compared with.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

AREA = "/v1/area-schemes/{scheme}/areas"
INVESTMENT = "/v1/investments/{investment}"
PROGRAM = "/v1/programs/{program}"
REALLOCATION = f"{PROGRAM}/reallocations/{{id}}"
COLLECTION = "/ogc/collections/{collection}"
TILES = f"{COLLECTION}/tiles/WebMercatorQuad"

# "Without a key these answer, with published content only."
OPEN = f"""
/  /docs  /openapi.json  /healthz  /readyz  /problems/{{name}}
/v1/area-schemes  /v1/area-schemes/{{scheme}}  {AREA}  {AREA}/{{code}}
/v1/programs  {PROGRAM}  {PROGRAM}/board
/v1/export/area-schemes/{{scheme}}  /v1/export/programs/{{program}}  /v1/export/portfolio
/v1/export/oc4ids
/ogc  /ogc/api  /ogc/conformance  /ogc/collections
{COLLECTION}  {COLLECTION}/queryables  {COLLECTION}/items  {COLLECTION}/items/{{feature}}
{COLLECTION}/tiles  {TILES}  {TILES}/{{z}}/{{y}}/{{x}}
""".split()

# "read | all"; "every other route is 401", so also what watches the service.
READ = f"""
/metrics  /v1/me  /v1/keys  /v1/keys/{{id}}  /v1/settings
/v1/bodies  /v1/bodies/{{body}}  /v1/departments  /v1/departments/{{department}}
/v1/decision-levels  /v1/gate-templates  /v1/gate-templates/{{code}}
{AREA}/{{code}}/portfolio  {AREA}/{{code}}/consequence
/v1/area-imports  /v1/area-imports/{{id}}  /v1/area-imports/{{id}}/changes
/v1/area-imports/{{id}}/map.svg
/v1/area-indicators  /v1/area-indicator-files  /v1/area-indicator-files/{{id}}
{PROGRAM}/members  {PROGRAM}/members/{{id}}  {PROGRAM}/consequence  {PROGRAM}/plan.pdf
{PROGRAM}/reallocations  {REALLOCATION}  {PROGRAM}/steering-comparison
{PROGRAM}/steering-decisions  {PROGRAM}/steering-decisions/{{id}}
/v1/investments  {INVESTMENT}  {INVESTMENT}/plan-lines  {INVESTMENT}/readiness
{INVESTMENT}/assessments  {INVESTMENT}/assessments/{{round}}  {INVESTMENT}/recommendations
{INVESTMENT}/decisions  {INVESTMENT}/decisions/{{id}}
{INVESTMENT}/decisions/{{id}}/conditions/{{n}}
{INVESTMENT}/components  {INVESTMENT}/components/{{id}}
{INVESTMENT}/consequence-lines  {INVESTMENT}/consequence-lines/{{id}}
{INVESTMENT}/consequence  {INVESTMENT}/gate-paper.pdf  {INVESTMENT}/social-case
{INVESTMENT}/money-trail  /v1/departments/{{department}}/consequence
/v1/internal-rates  /v1/internal-rates/{{year}}  /v1/price-indices  /v1/price-indices/{{id}}
/v1/frames  /v1/frames/{{id}}  /v1/allocations  /v1/allocations/{{id}}  /v1/pools  /v1/ledger
/v1/account-map  /v1/outcome-imports  /v1/outcome-imports/{{id}}
/v1/investment-imports  /v1/investment-imports/{{id}}  /v1/plan-imports  /v1/plan-imports/{{id}}
/v1/reports/deviations  /v1/reports/delegated-decisions  /v1/reports/annual
/v1/gate-status  /v1/events
""".split()

# The roles with an entry in the table's row, besides `admin`, which has one in each. What stands
# behind a colon is what the thing must be to that key:
#   own        the department's own investment, or what hangs on it
#   line       a line of the department's own
#   lines      its own lines, in whatever investment (M1): what the body names decides
#   committee  where its committee decides (S2)
#   named      the board's body decides it
#   concerned  one of the departments that the money leaves or comes to (S4)
#   full       under full steering only (S3)
#   sent       an import that this key's department has sent
WRITE = f"""
POST   /v1/area-schemes                          gis
PATCH  /v1/area-schemes/{{scheme}}               gis
POST   /v1/area-imports                          gis
DELETE /v1/area-imports/{{id}}                   gis
POST   /v1/area-imports/{{id}}/apply             gis
POST   /v1/area-indicators                       gis

POST   /v1/programs                              coordinator
PATCH  {PROGRAM}                                 coordinator
DELETE {PROGRAM}                                 coordinator
POST   {PROGRAM}/members                         coordinator
PATCH  {PROGRAM}/members/{{id}}                  coordinator
DELETE {PROGRAM}/members/{{id}}                  coordinator
POST   {INVESTMENT}/recommendations              coordinator
POST   /v1/investments                           coordinator department:own
PATCH  {INVESTMENT}                              coordinator department:own
DELETE {INVESTMENT}                              coordinator department:own
POST   {INVESTMENT}/assessments                  coordinator department:own
PATCH  {INVESTMENT}/assessments/{{round}}        coordinator department:own
POST   {INVESTMENT}/assessments/{{round}}/submit coordinator department:own

POST   {INVESTMENT}/decisions                    department:committee board:named
PATCH  {INVESTMENT}/decisions/{{id}}/conditions/{{n}} coordinator department:committee board:named
POST   {PROGRAM}/steering-decisions              coordinator board:named

POST   {PROGRAM}/reallocations                   coordinator
POST   {REALLOCATION}/withdraw                   coordinator
POST   {REALLOCATION}/execute                    coordinator:full department:concerned
POST   {REALLOCATION}/consent                    department:concerned
POST   {REALLOCATION}/decline                    department:concerned board:named
POST   {REALLOCATION}/approve                    board:named

PUT    {INVESTMENT}/plan-lines                   coordinator finance department:lines
POST   {INVESTMENT}/components                   coordinator finance department:own
PATCH  {INVESTMENT}/components/{{id}}            coordinator finance department:own
DELETE {INVESTMENT}/components/{{id}}            coordinator finance department:own
POST   {INVESTMENT}/consequence-lines            coordinator finance department:line
PATCH  {INVESTMENT}/consequence-lines/{{id}}     coordinator finance department:line
DELETE {INVESTMENT}/consequence-lines/{{id}}     coordinator finance department:line
PUT    {INVESTMENT}/social-case                  coordinator finance department:own
POST   /v1/investment-imports                    coordinator finance department
DELETE /v1/investment-imports/{{id}}             coordinator finance department:sent
POST   /v1/investment-imports/{{id}}/apply       coordinator finance department:sent
POST   /v1/plan-imports                          coordinator finance department
DELETE /v1/plan-imports/{{id}}                   coordinator finance department:sent
POST   /v1/plan-imports/{{id}}/apply             coordinator finance department:sent

POST   /v1/frames                                finance
POST   /v1/allocations                           finance
PATCH  /v1/allocations/{{id}}                    finance department:own
POST   /v1/internal-rates                        finance
PATCH  /v1/internal-rates/{{year}}               finance
DELETE /v1/internal-rates/{{year}}               finance
POST   /v1/price-indices                         finance
PATCH  /v1/price-indices/{{id}}                  finance
DELETE /v1/price-indices/{{id}}                  finance
PUT    /v1/account-map                           finance
POST   /v1/outcome-imports                       finance
DELETE /v1/outcome-imports/{{id}}                finance
POST   /v1/outcome-imports/{{id}}/apply          finance

POST   /v1/keys
DELETE /v1/keys/{{id}}
PATCH  /v1/settings
POST   /v1/bodies
PATCH  /v1/bodies/{{body}}
POST   /v1/departments
PATCH  /v1/departments/{{department}}
DELETE /v1/departments/{{department}}
POST   /v1/decision-levels
POST   /v1/gate-templates
"""

Route = tuple[str, str]


@dataclass(frozen=True)
class Key:
    """What a request is sent with, and what the contract knows of it."""

    name: str
    headers: dict[str, str]
    role: str = "public"
    department: str = ""
    bodies: tuple[str, ...] = ()
    in_force: bool = True


@dataclass(frozen=True)
class Thing:
    """What a request is about, as far as anybody's right depends on it."""

    name: str
    # What takes the places in the path.
    ids: dict[str, Any]
    department: str = ""
    published: bool = True
    # The bodies that decide it, one of which a board's key must register for.
    bodies: tuple[str, ...] = ()
    # The department whose key has sent an import; "" for somebody who is bound to none.
    sender: str = ""
    full_steering: bool = False
    # The departments that money leaves or comes to.
    concerned: tuple[str, ...] = ()
    body: dict[str, Any] = field(default_factory=dict)


def writers() -> dict[Route, dict[str, str]]:
    """For each writing route the roles of its row, each with its condition or none."""
    rows: dict[Route, dict[str, str]] = {}
    for line in filter(None, WRITE.splitlines()):
        method, path, *roles = line.split()
        parts = [role.partition(":") for role in [*roles, "admin"]]
        rows[method, path] = {role: condition for role, _, condition in parts}
    return rows


WRITERS = writers()


def rows() -> Iterator[Route]:
    yield from (("GET", path) for path in OPEN + READ)
    yield from WRITERS


def expected(route: Route, thing: Thing, key: Key) -> str:
    """`allowed`, `forbidden` (403), `unauthorised` (401) or `hidden` (404)."""
    if not key.in_force:
        return "unauthorised"
    method, path = route
    if key.role == "public":
        if method != "GET" or path not in OPEN:
            return "unauthorised"
        return "allowed" if thing.published else "hidden"
    if method == "GET":
        return "allowed"
    conditions = WRITERS[route]
    if key.role not in conditions:
        return "forbidden"
    return "allowed" if holds(conditions[key.role], thing, key) else "forbidden"


def holds(condition: str, thing: Thing, key: Key) -> bool:
    if condition in ("own", "line", "committee"):
        return thing.department in ("", key.department)
    if condition == "concerned":
        return key.department in thing.concerned
    if condition == "named":
        return not key.bodies or bool(set(key.bodies) & set(thing.bodies))
    if condition == "sent":
        return thing.sender == key.department
    if condition == "full":
        return thing.full_steering
    return True

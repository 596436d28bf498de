"""A municipality with something of every kind, published and not, and how it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from fastapi.testclient import TestClient
from httpx2 import Response
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine

from portfolio.access.rules import Role
from portfolio.database.engine import transaction
from portfolio.geometry import as_geojson
from tests import scenario
from tests.scenario import Headers, ok
from tests.serving import key_headers

EPSG = "http://www.opengis.net/def/crs/EPSG/0"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SYSTEMS = (CRS84, f"{EPSG}/4326", f"{EPSG}/3006", f"{EPSG}/3857")
AREAS, PORTFOLIOS, PROGRAMS, INVESTMENTS, POINTS, LINES, SURFACES = (
    "areas-grid",
    "portfolios-grid",
    "programs",
    "investments",
    "investment-points",
    "investment-lines",
    "investment-surfaces",
)
DASHED = {"bbox_crs": "bbox-crs", "filter_crs": "filter-crs", "filter_lang": "filter-lang"}
# Schemes that have no areas today.
EMPTY = ("areas-bare", "areas-future", "portfolios-bare", "portfolios-future")
COLLECTIONS = (AREAS, PORTFOLIOS, PROGRAMS, INVESTMENTS, POINTS, LINES, SURFACES)

# In EPSG:3006, east before north: the grid is 2 x 2 squares of a kilometre from here.
WEST, SOUTH, SIDE = 375_000.0, 6_160_000.0, 1000.0
POINT = shapely.Point(WEST + 250, SOUTH + 250)
LINE = shapely.LineString([(WEST + 100, SOUTH + 1100), (WEST + 900, SOUTH + 1900)])
SURFACE = shapely.Polygon(
    [
        (WEST + 1200, SOUTH + 200),
        (WEST + 1700, SOUTH + 250),
        (WEST + 1500, SOUTH + 800),
        (WEST + 1200, SOUTH + 200),
    ]
)
DRAWN: Mapping[str, BaseGeometry] = {"LIN-01": POINT, "LIN-02": LINE, "LIN-03": SURFACE}
# Decided in a published program, and nowhere in particular.
NOWHERE = "LIN-04"
PUBLIC = (*DRAWN, NOWHERE)
UNDECIDED, RESTRICTED, HIDDEN, LOOSE = "LIN-05", "LIN-06", "HID-01", "FRI-01"
SECRET = (HIDDEN, LOOSE, RESTRICTED, UNDECIDED)


@dataclass(frozen=True, slots=True)
class Town:
    """The whole server with its data; nothing in it changes."""

    client: TestClient
    engine: Engine
    viewer: Headers

    def get(self, path: str, headers: Mapping[str, str] | None = None, /, **query: Any) -> Response:
        """Ask without a key, as a program does that wants JSON."""
        named = {DASHED.get(name, name): value for name, value in query.items()}
        asked = {"Accept": "application/json", **(headers or {})}
        return self.client.get(f"/ogc{path}", params=named or None, headers=asked)

    def json(self, path: str, headers: Mapping[str, str] | None = None, /, **query: Any) -> Any:
        return ok(self.get(path, headers, **query), 200)

    def items(
        self, name: str, headers: Mapping[str, str] | None = None, /, **query: Any
    ) -> dict[str, Any]:
        """The features by id, of one page."""
        found = self.json(f"/collections/{name}/items", headers, **query)
        return {one["id"]: one for one in found["features"]}

    def page(self, path: str, /, language: str = "sv", **query: Any) -> str:
        headers = {"Accept": "text/html", "Accept-Language": language}
        answer = self.get(path, headers, **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return answer.text


def lonlat(planar: BaseGeometry) -> dict[str, Any]:
    return {"geometry": as_geojson(planar, 9), "buffer_m": 0}


def decide(client: TestClient, admin: Headers, code: str) -> None:
    gate = client.get(f"/v1/investments/{code}", headers=admin).json()["gate"]
    scenario.submit(client, admin, code)
    ok(scenario.decide(client, admin, code, gate=gate))


def grid(*codes: str) -> list[dict[str, str]]:
    return [{"scheme": "grid", "code": code} for code in codes]


def build(client: TestClient, engine: Engine) -> Town:
    with transaction(engine) as session:
        admin = key_headers(session, Role.ADMIN)
        viewer = key_headers(session, Role.VIEWER)
    scenario.put_scheme(engine, "grid")
    scenario.put_scheme(engine, "future", cells=1, valid_from="2999-01-01")
    ok(client.post("/v1/area-schemes", json={"code": "bare", "name": "Tom"}, headers=admin))
    scenario.put_organisation(client, admin)
    put_programs(client, admin)
    put_investments(client, admin)
    return Town(client, engine, viewer)


def put_programs(client: TestClient, admin: Headers) -> None:
    def put(code: str, **fields: Any) -> None:
        scenario.put_program(client, admin, code=code, name=f"Program <{code}>", **fields)

    put("lindangen", areas=grid("A00", "A01"), published=True, ends_on="2029-12-31")
    put("hidden", areas=grid("A11"), starts_on="2020-01-01", ends_on="2020-12-31")
    put("arealess", published=True, starts_on=None)


def put_investments(client: TestClient, admin: Headers) -> None:
    def put(code: str, **fields: Any) -> None:
        scenario.put_investment(client, admin, code=code, name=f"Åtgärd <{code}>", **fields)

    for code, shape in DRAWN.items():
        put(code, location=lonlat(shape))
    put(NOWHERE, starts_on=None, ends_on=None)
    far = lonlat(shapely.Point(WEST + 50_000, SOUTH + 50_000))
    secret = {"section": "18 kap. 13 § OSL", "until": "2999-12-31"}
    put(UNDECIDED, location=far, starts_on="1999-01-01")
    put(RESTRICTED, location=far, restricted=secret, starts_on="1999-01-01")
    put(HIDDEN, location=far, program="hidden", starts_on="1999-01-01")
    put(LOOSE, location=far, program=None, starts_on="1999-01-01")
    for code in (*PUBLIC, RESTRICTED, HIDDEN):
        decide(client, admin, code)

"""What anybody sees without a key: the same, byte for byte, whatever is kept from them.

Every public address is asked before and after a municipality has worked on what is not
published. One answer that differs, in its body, its headers or its status, is a leak.
"""

import re
from collections.abc import Iterator

import pytest
import shapely

from portfolio.access.rules import EVERYONE, ROUTES
from portfolio.geometry import as_geojson
from tests.access.test_who_may import PUBLIC
from tests.area_imports.importing import boundary_file, send
from tests.areas.boundary_samples import square
from tests.scenario import (
    decide,
    line,
    ok,
    put_investment,
    put_lines,
    put_municipality,
    put_program,
    put_scheme,
    submit,
)

WEST, SOUTH = 375_000.0, 6_160_000.0
FAR = shapely.Point(WEST + 1900, SOUTH + 1900)
RESTRICTED = {"section": "18 kap. 13 § OSL", "until": "2999-12-31"}
# What differs from one request to the next, and tells nothing.
PASSING = re.compile(rb'("timeStamp":"|Skapad )[0-9TZ:-]{20}')
OF_THE_REQUEST = {"x-request-id", "date"}
GEOMETRIC = ("investments", "investment-points", "investment-lines", "investment-surfaces")
COLLECTIONS = (*GEOMETRIC, "programs", "areas-grid", "portfolios-grid")
# On what the public is not shown, on what it is, and on where things are.
FILTERS = (
    "forecast_total>0",
    "deviation<>0",
    "outcome_total=0",
    "open_conditions>=0",
    "next_gate_on>DATE('2020-01-01')",
    "weak_steps='economy'",
    "published=false",
    "status='submitted'",
    "status='reconsideration_required'",
    "name LIKE 'He%'",
    "code>'HEM'",
    "decided_total>=0",
    "S_INTERSECTS(geometry,POINT(13.0479 55.5870))",
    "restricted IS NULL",
    "problem IS NULL",
)
# Of what is kept from the public; NOT-THERE never was.
HIDDEN = ("HEM-01", "LIN-98", "LIN-99", "FRI-01")


def drawn(planar):
    return {"geometry": as_geojson(planar, 9), "buffer_m": 0}


@pytest.fixture
def town(client, keys, engine):
    """A published program with investments that are decided on; nothing is hidden yet."""
    admin = keys["admin"]
    put_scheme(engine)
    areas = [{"scheme": "grid", "code": code} for code in ("A00", "A01")]
    put_municipality(client, admin, areas=areas, published=True)
    point = drawn(shapely.Point(WEST + 250, SOUTH + 250))
    put_investment(client, admin, location=point)
    put_investment(client, admin, code="LIN-02", kind="social")
    put_investment(client, admin, code="LIN-03", location=drawn(shapely.Point(WEST, SOUTH + 9)))
    ok(put_lines(client, admin, "LIN-01", line("1000000.00")), 200)
    submit(client, admin, "LIN-01")
    ok(decide(client, admin, "LIN-01", gate="need", released_amount="1000.00"))
    ok(decide(client, admin, "LIN-02", gate="need", outcome="hold"))
    lines = {"decided_lines": [line("5000.00")], "to_gate": "handover"}
    ok(decide(client, admin, "LIN-03", gate="need", outcome="skip", **lines))
    return admin


def work_in_secret(client, admin, keys, engine):
    """All that the public must not notice."""
    put_program(client, admin, code="hemligt", name="Hemligt", areas=[])
    far = drawn(FAR)
    put_investment(client, admin, code="HEM-01", name="Hemlig", program="hemligt", location=far)
    put_investment(client, admin, code="LIN-98", name="Hemlig", location=far)
    put_investment(client, admin, code="LIN-99", location=far, restricted=RESTRICTED)
    put_investment(client, admin, code="FRI-01", program=None, location=far)
    for code in ("HEM-01", "LIN-99"):
        ok(put_lines(client, admin, code, line("9000000.00", year=2031)), 200)
        submit(client, admin, code)
        ok(decide(client, admin, code, gate="need", released_amount="77.00"))
    ok(decide(client, admin, "LIN-99", gate="study", outcome="hold", review_on="2026-06-11"))
    prepare_the_next_decisions(client, admin)
    body = {"code": "hemlig", "name": "Hemlig indelning"}
    tag = client.get("/v1/programs/hemligt", headers=admin).headers["etag"]
    named = {"areas": [{"scheme": "grid", "code": "A11"}], "starts_on": "1999-01-01"}
    ok(
        client.patch("/v1/programs/hemligt", json=named, headers={**admin, "If-Match": tag}),
        200,
    )
    ok(client.post("/v1/departments", json={**body, "committee": "council"}, headers=admin))
    ok(client.post("/v1/keys", json={"name": "Hemlig", "role": "viewer"}, headers=admin))
    # A file that is looked at, and not applied.
    answer = send(client, admin, boundary_file({"A00": square(3)}), scheme="grid")
    ok(answer)


def prepare_the_next_decisions(client, admin):
    """Drafts, rounds, recommendations, forecasts and accounts of what is published."""
    for code in ("LIN-01", "LIN-02"):
        submit(client, admin, code, economy="negative")
    ok(put_lines(client, admin, "LIN-01", line("8000000.00")), 200)
    # Beyond the tolerance: to be reconsidered (G13).
    ok(put_lines(client, admin, "LIN-03", line("90000.00")), 200)
    said = {"outcome": "pass", "recommended_on": "2026-06-12", "reason": "Hemlig."}
    ok(client.post("/v1/investments/LIN-01/recommendations", json=said, headers=admin))
    change(client, admin, "LIN-01", problem="Hemligt problem.")
    objects = [{"ledger": "main", "dimension": "6", "object": "77"}]
    change(client, admin, "LIN-02", accounting_objects=objects)
    member = {"name": "Hemlig roll", "department": "FGK"}
    ok(client.post("/v1/programs/lindangen/members", json=member, headers=admin))


def change(client, admin, code, **fields):
    path = f"/v1/investments/{code}"
    tag = client.get(path, headers=admin).headers["etag"]
    ok(client.patch(path, json=fields, headers={**admin, "If-Match": tag}), 200)


def plain_addresses() -> Iterator[str]:
    yield from ("/", "/docs", "/openapi.json", "/healthz", "/readyz", "/problems/not-found")
    yield from ("/problems/nothing", "/page/nothing.js", "/static/page.css", "/nothing")
    schemes = "/v1/area-schemes"
    yield from (schemes, f"{schemes}?limit=1", f"{schemes}/grid", f"{schemes}/hemlig")
    yield f"{schemes}/grid/areas?geometry=full&limit=2"
    yield from (f"{schemes}/grid/areas/A11", f"{schemes}/grid/areas/A99")
    yield from (f"{schemes}/grid/areas/A11/portfolio", "/v1/events", "/v1/gate-status")
    yield from ("/v1/programs", "/v1/programs?limit=1", "/v1/programs?limit=0")
    for code in ("lindangen", "hemligt"):
        program = f"/v1/programs/{code}"
        yield from (program, f"{program}/board", f"{program}/members", f"{program}/plan.pdf")
        yield from (f"{program}/board?{query}" for query in BOARDS)
    for code in (*HIDDEN, "LIN-01"):
        yield from (f"/v1/investments/{code}", f"/v1/investments/{code}/decisions")


BOARDS = (
    "as_of=2026-06-09",
    "as_of=2026-06-10",
    "as_of=2030-01-01",
    "department=FGK",
    "department=hemlig",
    "kind=social",
    "scheme=grid&area=A11",
    "status=submitted",
)


def downloads() -> Iterator[str]:
    yield "/v1/export/oc4ids"
    for path in ("portfolio", "programs/lindangen", "programs/hemligt"):
        yield f"/v1/export/{path}?format=gpkg"
        for format in ("geojson", "csv", "fgb"):
            layers = ("investments", "programs", "areas-grid", "areas-hemlig")
            yield from (f"/v1/export/{path}?format={format}&layer={one}" for one in layers)
    yield from (f"/v1/export/area-schemes/grid?format={one}" for one in ("geojson", "csv"))


def map_addresses() -> Iterator[str]:
    yield from ("/ogc", "/ogc/api", "/ogc/conformance", "/ogc/collections")
    for name in (*COLLECTIONS, "areas-hemlig"):
        collection = f"/ogc/collections/{name}"
        items = f"{collection}/items"
        yield from (collection, f"{collection}?f=html", f"{collection}/queryables")
        yield from (items, f"{items}?limit=1", f"{items}?f=html", f"{items}?skipGeometry=true")
        yield from (f"{items}?bbox=13.03,55.58,13.06,55.60", f"{items}?datetime=1999-06-01")
        yield from (f"{items}?department=hemlig", f"{items}?forecast_total=1")
        yield f"{items}?crs=http://www.opengis.net/def/crs/EPSG/0/3006"
        tiles = f"{collection}/tiles"
        yield from (tiles, f"{tiles}/WebMercatorQuad", f"{tiles}/WebMercatorQuad/9/160/274")
        yield from (f"{items}/{code}" for code in (*HIDDEN, "LIN-01", "hemligt", "lindangen"))


def filtered() -> Iterator[tuple[str, dict[str, str]]]:
    for name in (*GEOMETRIC, "programs", "portfolios-grid"):
        path = f"/ogc/collections/{name}/items"
        yield from ((path, {"filter": one, "filter-lang": "cql2-text"}) for one in FILTERS)


def said(answer):
    headers = {k: v for k, v in answer.headers.items() if k not in OF_THE_REQUEST}
    return answer.status_code, headers, PASSING.sub(b"", answer.content)


def everything_said(client, ask):
    """Each question with its answer; not compressed, or the time it bears decides its length."""
    client.headers["Accept-Encoding"] = "identity"
    return {
        (method, path): said(client.request(method, path, **more)) for method, path, more in ask
    }


def leaks(before, after):
    """The questions whose answers differ, and what a reader of the failure needs of them."""
    return [(key, before[key], after[key]) for key in before if before[key] != after[key]]


def published_pages():
    yield from (("GET", path, {}) for path in plain_addresses())
    yield from (("HEAD", path, {}) for path in plain_addresses())
    yield from (("OPTIONS", path, {}) for path in plain_addresses())


def published_files():
    for path in downloads():
        yield "GET", path, {}
    known = {"headers": {"If-None-Match": '"0123456789abcdef0123456789abcdef"'}}
    yield "HEAD", "/v1/export/portfolio?format=csv", known


def published_map():
    yield from (("GET", path, {}) for path in map_addresses())
    for number, (path, query) in enumerate(filtered()):
        yield "GET", f"{path}?n{number}", {"params": query}


@pytest.mark.parametrize("questions", [published_pages, published_files, published_map])
def test_no_public_answer_tells_of_what_is_kept_from_the_public(
    client, town, keys, engine, questions
):
    """Not by body, total, next, extent, tile, tag, error text, header or status."""
    before = everything_said(client, questions())

    work_in_secret(client, town, keys, engine)
    after = everything_said(client, questions())

    assert leaks(before, after) == []
    assert {status for status, _, _ in after.values()} & {500, 429} == set()
    assert b"emlig" not in b"".join(without_its_own_address(key, after[key][2]) for key in after)


def without_its_own_address(key, body: bytes) -> bytes:
    """A refusal repeats what was asked for, and nothing else."""
    _, path = key
    return b"" if "emlig" in path else body


def test_the_questions_cover_every_route_that_is_public():
    """A new public route must be asked here too."""
    asked = {*plain_addresses(), *downloads(), *map_addresses()}
    patterns = {path for (_, path), roles in ROUTES.items() if roles == EVERYONE}

    unasked = {
        path
        for path in patterns
        if not any(
            re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), one.partition("?")[0]) for one in asked
        )
    }
    assert unasked == set()
    assert {path for _, path in PUBLIC} <= patterns


def test_what_is_hidden_is_refused_in_the_words_for_what_never_was(client, town, keys, engine):
    work_in_secret(client, town, keys, engine)

    for form in (
        "/v1/programs/{}",
        "/v1/programs/{}/board",
        "/v1/export/programs/{}",
        "/v1/export/programs/{}?format=csv",
        "/ogc/collections/programs/items/{}",
        "/ogc/collections/investments/items/{}",
    ):
        for language in ("sv", "en"):
            spoken = {"Accept-Language": language}
            for hidden, never in (("hemligt", "finnsej"), ("LIN-99", "LIN-77")):
                found, other = (
                    client.get(form.format(code), headers=spoken) for code in (hidden, never)
                )
                assert found.status_code == 404
                assert found.text.replace(hidden, never) == other.text
                assert {**found.headers, "x-request-id": ""} == {
                    **other.headers,
                    "x-request-id": "",
                    "content-length": found.headers["content-length"],
                }


def test_whoever_writes_without_a_key_is_refused_before_anything_is_looked_at(client, town):
    """401, whether it is there or not, malformed or not."""
    writing = sorted({route for route in ROUTES if route[0] != "GET"})

    for method, path in writing:
        for code in ("lindangen", "LIN-01", "0", "%00"):
            there = re.sub(r"{\w+}", code, path)
            answer = client.request(method, there, content=b"\xff{", headers={"If-Match": "*"})
            assert answer.status_code in (401, 404, 415), (method, there, answer.text)
            assert answer.status_code == 401 or code == "%00"


def test_the_public_view_follows_what_is_published_and_what_is_not(client, town, keys, engine):
    """It is not just that nothing ever changes."""
    work_in_secret(client, town, keys, engine)
    before = everything_said(client, published_files())

    tag = client.get("/v1/programs/hemligt", headers=town).headers["etag"]
    opened = {"json": {"published": True}, "headers": {**town, "If-Match": tag}}
    ok(client.patch("/v1/programs/hemligt", **opened), 200)
    change(client, town, "LIN-99", restricted=None)

    after = everything_said(client, published_files())
    changed = {path for (_, path), _, _ in leaks(before, after)}
    assert "/v1/export/oc4ids" in changed
    package = client.get("/v1/export/oc4ids").json()
    codes = [project["id"].removeprefix("oc4ids-xxxxxx-") for project in package["projects"]]
    assert codes == ["HEM-01", "LIN-01", "LIN-02", "LIN-03", "LIN-99"]
    assert set(codes) <= set(re.findall(r"[A-Z]{3}-[0-9]{2}", csv_of(client)))


def csv_of(client) -> str:
    return str(client.get("/v1/export/portfolio?format=csv").text)


def test_a_restriction_that_has_run_out_shows_again(client, town):
    change(client, town, "LIN-01", restricted={"section": "18 kap. 13 §", "until": "2020-01-01"})
    assert "LIN-01" in csv_of(client)
    change(client, town, "LIN-01", restricted=RESTRICTED)
    assert "LIN-01" not in csv_of(client)

"""Where investments stand on the map, and that an import moves those that only name areas."""

from typing import Any

import shapely
import time_machine
from fastapi.testclient import TestClient
from pyproj import Transformer
from sqlalchemy import Engine

from portfolio.database.engine import snapshot
from portfolio.reports.doctor import find_faults
from tests.area_imports.importing import CUT, TWO, WEST, bring_in
from tests.scenario import put_investment, put_organisation

Headers = dict[str, str]
TO_PLANAR = Transformer.from_crs("EPSG:4326", "EPSG:3006", always_xy=True)
IN_WEST = {"areas": [{"scheme": "d", "code": "A", "share": 0.7}]}


def points(client: TestClient, headers: Headers) -> dict[str, Any]:
    """The place of each investment's symbol in planar metres, by code."""
    answer = client.get("/ogc/collections/investment-points/items", headers=headers)
    assert answer.status_code == 200, answer.text
    return {
        one["id"]: one["geometry"]
        and shapely.Point(TO_PLANAR.transform(*one["geometry"]["coordinates"]))
        for one in answer.json()["features"]
    }


def test_one_that_names_areas_stands_in_the_largest_and_moves_when_that_is_cut(
    client, keys, engine: Engine, gis
):
    put_organisation(client, keys["admin"])
    bring_in(client, gis, TWO)
    put_investment(client, keys["admin"], program=None, location=IN_WEST)
    before = points(client, gis)["LIN-01"]
    assert WEST.contains(before)

    heirs = {"A": [{"code": "A1", "share": 0.2}, {"code": "A2", "share": 0.8}]}
    bring_in(client, gis, CUT, heirs, valid_from="2021-01-01")

    after = points(client, gis)["LIN-01"]
    assert CUT["A2"].contains(after)
    assert not CUT["A2"].contains(before)
    with snapshot(engine) as session:
        assert find_faults(session) == []


def test_an_import_for_a_date_to_come_moves_the_point_on_that_day(client, keys, engine, gis):
    put_organisation(client, keys["admin"])
    bring_in(client, gis, TWO)
    put_investment(client, keys["admin"], program=None, location=IN_WEST)
    before = points(client, gis)

    heirs = {"A": [{"code": "A1", "share": 0.2}, {"code": "A2", "share": 0.8}]}
    bring_in(client, gis, CUT, heirs, valid_from="2190-01-01")

    assert points(client, gis) == before
    with time_machine.travel("2190-01-02T12:00:00Z", tick=False):
        assert CUT["A2"].contains(points(client, gis)["LIN-01"])
    with snapshot(engine) as session:
        assert find_faults(session) == []


def test_the_point_follows_where_an_investment_is_moved_and_goes_with_its_place(client, keys, gis):
    put_organisation(client, keys["admin"])
    bring_in(client, gis, TWO)
    place = {"type": "Point", "coordinates": [13.0, 55.6]}
    shown = put_investment(
        client, keys["admin"], program=None, location={"geometry": place, "buffer_m": 50}
    )
    drawn = shapely.Point(TO_PLANAR.transform(13.0, 55.6))
    assert points(client, gis)["LIN-01"].distance(drawn) < 0.002

    url = f"/v1/investments/{shown['code']}"
    for location, there in ((IN_WEST, True), ({"not_located": "Utreds."}, False)):
        tag = client.get(url, headers=gis).headers["etag"]
        headers = {**keys["admin"], "If-Match": tag}
        assert client.patch(url, json={"location": location}, headers=headers).status_code == 200
        point = points(client, gis)["LIN-01"]
        assert WEST.contains(point) if there else point is None

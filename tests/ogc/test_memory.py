"""What is kept in memory is never older than the request."""

from datetime import date

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portfolio.access.attempts import Attempts
from portfolio.access.models import ApiKey
from portfolio.access.rules import Role
from portfolio.access.service import revoke_key
from portfolio.access.sign_in import SignIn
from portfolio.access.uses import Uses
from portfolio.clock import Act, now
from portfolio.database.engine import transaction
from portfolio.errors import Unauthorized
from portfolio.ogc.answers import accepts_gzip
from portfolio.ogc.callers import Callers
from tests.ogc.municipality import Town
from tests.scenario import put_scheme
from tests.serving import key_headers


def revoke(engine: Engine) -> None:
    with transaction(engine) as session:
        for key in session.execute(sa.select(ApiKey)).scalars():
            revoke_key(session, Act("test", now()), key)


def test_a_key_looked_up_before_it_was_revoked_is_not_remembered_after(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    with transaction(engine) as session:
        header = key_headers(session, Role.VIEWER)["Authorization"]
        other = key_headers(session, Role.GIS)["Authorization"]
    sign_in = SignIn(Attempts(""), Uses(engine, 0))
    callers, look_up = Callers(engine, sign_in), sign_in.authenticate

    def overtaken(session, authorization, address):
        found = look_up(session, authorization, address)
        # Between the look-up and its keeping: the key is revoked, and somebody else asks.
        monkeypatch.setattr(sign_in, "authenticate", look_up)
        revoke(engine)
        with pytest.raises(Unauthorized):
            callers.find(other, "after", "here")
        return found

    monkeypatch.setattr(sign_in, "authenticate", overtaken)
    assert callers.find(header, "before", "here").role is Role.VIEWER

    assert callers.known(header, "after") is None
    with pytest.raises(Unauthorized):
        callers.find(header, "after", "here")


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0, identity", False),
        ("gzip; q=0.000", False),
        ("deflate", False),
        ("xgzip", False),
    ],
)
def test_an_answer_is_compressed_only_for_who_takes_that(given: str, taken: bool):
    assert accepts_gzip({"headers": [(b"accept-encoding", given.encode())]}) is taken


@pytest.mark.parametrize(
    "moment", ["20260101T12Z", "2026-W01-4T12:00Z", "2026-01-01T12+02", "2026-01-01T12:00:00"]
)
def test_a_time_that_is_not_as_rfc_3339_has_it_is_refused(town: Town, moment: str):
    answer = town.get("/collections/areas-grid/items", datetime=moment)

    assert answer.status_code == 400
    assert "datetime" in answer.json()["detail"]


def test_an_area_has_a_name_that_stays_when_a_newer_version_comes(town: Town):
    area = town.json("/collections/areas-grid/items/A00")
    since = area["properties"]["valid_from"]

    assert town.json(f"/collections/areas-grid/items/A00@{since}")["geometry"] == area["geometry"]
    assert town.get("/collections/areas-grid/items/A00@1999-01-01").status_code == 404


def test_the_link_of_a_feature_to_itself_keeps_its_reference_system(town: Town):
    crs = "http://www.opengis.net/def/crs/EPSG/0/3006"
    area = town.json("/collections/areas-grid/items/A00", crs=crs)

    (own,) = [link["href"] for link in area["links"] if link["rel"] == "self"]
    assert town.client.get(own).json()["geometry"] == area["geometry"]


def test_many_geometries_in_a_filter_are_refused_and_few_answered_from_memory(
    client: TestClient, engine: Engine
):
    put_scheme(engine, "grid", cells=9, size=100.0)
    zigzag = ", ".join(f"{12 + i % 2} {55 + i / 10}" for i in range(40))
    one = f"S_INTERSECTS(geometry, GEOMETRYCOLLECTION(LINESTRING({zigzag}), POINT(13 55.5)))"
    url = "/ogc/collections/areas-grid/items"

    many = client.get(url, params={"filter": " OR ".join([one] * 8)})
    assert many.status_code == 400
    assert "geometri" in many.json()["detail"]
    assert client.get(url, params={"filter": one, "limit": 1}).status_code == 200


def test_versions_of_an_interval_are_all_there_page_by_page(client: TestClient, engine: Engine):
    put_scheme(engine, "grid", cells=3, valid_from=str(date(2020, 1, 1)))
    url = "/ogc/collections/areas-grid/items"
    query = {"datetime": "2019-01-01/2030-01-01", "limit": "4"}

    found, following = [], None
    answer = client.get(url, params=query).json()
    while True:
        found += [one["id"] for one in answer["features"]]
        assert answer["numberMatched"] == 9
        following = [link["href"] for link in answer["links"] if link["rel"] == "next"]
        if not following:
            break
        answer = client.get(following[0]).json()
    assert found == sorted(found)
    assert len(set(found)) == 9

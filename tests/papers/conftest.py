"""A municipality with places for papers; the sample municipality is there too."""

import pytest

from portfolio.geometry import as_geojson
from tests.papers.places import PLACES
from tests.sample.conftest import reader, sample
from tests.scenario import put_investment, put_municipality, put_scheme

__all__ = ["reader", "sample"]


@pytest.fixture
def municipality(client, keys, engine):
    """Four areas, a program for two of them, a square and a social thing in it; one outside."""
    admin = keys["admin"]
    put_scheme(engine)
    areas = [{"scheme": "grid", "code": code} for code in ("A00", "A01")]
    put_municipality(client, admin, areas=areas)
    for code, (kind, place) in PLACES.items():
        location = {"geometry": as_geojson(place, 12), "buffer_m": 0}
        put_investment(
            client, admin, code=code, name=f"Åtgärd {code}", kind=kind, location=location
        )
    put_investment(client, admin, code="ALL-01", program=None, name="Ute på egen hand")
    return admin

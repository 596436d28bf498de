import pytest

from portfolio.geometry import as_geojson
from tests.exports.places import PLACES
from tests.scenario import put_investment, put_municipality, put_scheme


@pytest.fixture
def municipality(client, keys, engine):
    """A scheme of four squares, a published program, and an investment of each kind of place."""
    admin = keys["admin"]
    put_scheme(engine)
    areas = [{"scheme": "grid", "code": code} for code in ("A00", "A11")]
    put_municipality(client, admin, areas=areas, published=True)
    for code, place in PLACES.items():
        location = {"geometry": as_geojson(place, 12), "buffer_m": 0}
        put_investment(client, admin, code=code, name=f"Åtgärd {code} i Öster", location=location)
    named = {"areas": [{"scheme": "grid", "code": "A11", "share": 1}]}
    put_investment(client, admin, code="LIN-04", location=named, kind="social")
    put_investment(client, admin, code="LIN-05", location={"municipality_wide": True})
    put_investment(client, admin, code="ALL-01", program=None)
    return admin

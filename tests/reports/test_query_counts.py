"""Lists ask the database a fixed number of things, however many rows there are."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests import scenario
from tests.gates.life import Keys, pass_gate
from tests.investments.places import named
from tests.reports.counting import statements
from tests.scenario import Headers, decide, line, ok, put_lines

PLACE = named(("A00", 0.5), ("A01", 0.5))


def put_many(client: TestClient, admin: Headers, first: int, last: int) -> None:
    """Investments with money; every twentieth has been through a gate, every tenth is held."""
    for number in range(first, last):
        code = f"N-{number:03d}"
        scenario.put_investment(client, admin, code=code, location=PLACE)
        if number % 20 == 0:
            ok(put_lines(client, admin, code, line("100.00")), 200)
            pass_gate(client, admin, "need", code, released_amount="1.00")
        elif number % 10 == 0:
            ok(decide(client, admin, code, gate="need", outcome="hold"))


@pytest.mark.slow
def test_the_number_of_statements_does_not_grow_with_the_rows(
    client: TestClient, keys: Keys, engine: Engine
):
    admin = keys["admin"]
    scenario.put_scheme(engine)
    scenario.put_municipality(client, admin)
    addresses = (
        "/v1/investments?limit=200",
        "/v1/investments?scheme=grid&area=A00&limit=200",
        "/v1/gate-status?limit=200&totals=true",
        "/v1/gate-status?limit=200&totals=true&as_of=2026-11-01",
        "/v1/gate-status?format=csv",
        "/v1/gate-status?format=xlsx",
        "/v1/programs/lindangen/board",
        "/v1/programs/lindangen/board?as_of=2026-11-01",
        "/v1/area-schemes/grid/areas/A00/portfolio",
    )

    def asked(address: str) -> int:
        # What is kept of the whole scheme is brought up to date by the first to ask.
        client.get(address, headers=admin).raise_for_status()
        with statements(engine) as sent:
            ok(client.get(address, headers=admin), 200) if "format" not in address else (
                client.get(address, headers=admin).raise_for_status()
            )
        return len(sent)

    put_many(client, admin, 0, 3)
    few = {address: asked(address) for address in addresses}
    put_many(client, admin, 3, 100)
    many = {address: asked(address) for address in addresses}

    assert many == few
    assert max(many.values()) <= 40

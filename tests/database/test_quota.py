"""Previews that nobody ends don't fill the disk: so many may wait, of each kind of import."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from portfolio.database import quota
from tests import scenario
from tests.events.calls import upload
from tests.outcome_imports.sending import ledger
from tests.outcome_imports.sending import send as send_ledger
from tests.scenario import ok
from tests.table_imports.sending import send_plan

Keys = dict[str, dict[str, str]]
SCHEME = {"code": "districts", "name": "Stadsdelar", "description": ""}
SENDING: dict[str, Callable[[TestClient, dict[str, str]], Any]] = {
    "/v1/area-imports": lambda client, admin: upload(client, admin, "A", "B"),
    "/v1/outcome-imports": lambda client, admin: send_ledger(client, admin, ledger("100.00")),
    "/v1/plan-imports": lambda client, admin: send_plan(
        client, admin, [["Projekt", "2027", "2028"], ["LIN-01", "1", "2"]]
    ),
}


@pytest.mark.parametrize("path", SENDING)
def test_more_previews_than_may_wait_are_refused_until_one_is_ended(
    client: TestClient, keys: Keys, monkeypatch: pytest.MonkeyPatch, path: str
):
    monkeypatch.setattr(quota, "MOST_PREVIEWS", 2)
    admin, send = keys["admin"], SENDING[path]
    scenario.put_municipality(client, admin)
    scenario.put_investment(client, admin)
    ok(client.post("/v1/area-schemes", json=SCHEME, headers=admin))

    first, _ = ok(send(client, admin)), ok(send(client, admin))
    refused = send(client, admin)

    assert refused.status_code == 409
    assert json.loads(refused.content)["type"] == "/problems/conflict"
    assert "end some of them" in refused.json()["detail"]
    one = f"{path}/{first['id']}"
    assert client.delete(one, headers={**admin, "If-Match": "*"}).status_code == 204
    ok(send(client, admin))

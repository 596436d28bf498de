"""Imports of one ledger and year that are applied at the same moment."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx2
from sqlalchemy import Engine

from portfolio.access.rules import Role
from portfolio.database.engine import transaction
from tests import scenario
from tests.accounts.ledgers import Row, file, voucher
from tests.outcome_imports.sending import apply, ledger, outcome, preview
from tests.serving import key_headers

MANY = 8


def apply_at_once(url: str, headers: dict[str, str], ids: list[int]) -> Counter[int]:
    ready = Barrier(len(ids))

    def one(id: int) -> int:
        with httpx2.Client(base_url=url, timeout=60) as client:
            ready.wait(timeout=60)
            status: int = apply(client, headers, id).status_code
            return status

    with ThreadPoolExecutor(len(ids)) as pool:
        return Counter(pool.map(one, ids))


def test_of_files_of_one_year_applied_at_once_one_is_and_the_others_are_told(
    live_server_url: str, engine: Engine
):
    with transaction(engine) as session:
        admin = key_headers(session, Role.ADMIN)
    with httpx2.Client(base_url=live_server_url, timeout=60) as client:
        scenario.put_municipality(client, admin)  # type: ignore[arg-type]  # asks as a TestClient
        named = [{"ledger": "main", "dimension": "6", "object": "P1"}]
        scenario.put_investment(client, admin, accounting_objects=named)  # type: ignore[arg-type]
        whole = [preview(client, admin, ledger("10.00"))["id"] for _ in range(MANY)]

        assert apply_at_once(live_server_url, admin, whole) == {200: 1, 409: MANY - 1}
        assert outcome(client, admin) == ("0.00", "10.00")

        part = file(voucher("9", Row("5010", "1.00", [("6", "P1")])))
        parts = [preview(client, admin, part, extent="part")["id"] for _ in range(MANY)]

        assert apply_at_once(live_server_url, admin, parts) == {200: 1, 409: MANY - 1}
        assert outcome(client, admin) == ("0.00", "11.00")

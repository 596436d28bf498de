"""What the tests of outcome imports share: ledger files to send, and what they change."""

from collections.abc import Mapping
from typing import Any

from tests.accounts.ledgers import Row, file, voucher
from tests.scenario import ok

IMPORTS = "/v1/outcome-imports"
Headers = Mapping[str, str]

CSV_COLUMNS = {
    "date_column": "Datum",
    "account_column": "Konto",
    "amount_column": "Belopp",
    "object_column": "Projekt",
    "voucher_column": "Ver",
}


def ledger(*amounts: str, account: str = "5010", object: str = "P1", **more: Any) -> bytes:
    """A SIE file with a voucher for each amount, on one account and object."""
    vouchers = [
        voucher(str(number), Row(account, amount, [("6", object)]), **more)
        for number, amount in enumerate(amounts, 1)
    ]
    return file(*vouchers)


def send(client: Any, headers: Headers, content: bytes, **form: str) -> Any:
    files = {"file": ("År 2027.se", content)}
    return client.post(IMPORTS, headers=headers, data=form, files=files)


def preview(client: Any, headers: Headers, content: bytes, **form: str) -> dict[str, Any]:
    shown: dict[str, Any] = ok(send(client, headers, content, **form))
    return shown


def apply(client: Any, headers: Headers, id: int) -> Any:
    return client.post(f"{IMPORTS}/{id}/apply", headers=headers)


def bring_in(client: Any, headers: Headers, content: bytes, **form: str) -> dict[str, Any]:
    """Preview and apply."""
    id = preview(client, headers, content, **form)["id"]
    applied: dict[str, Any] = ok(apply(client, headers, id), 200)
    assert applied["status"] == "applied"
    return applied


def outcome(client: Any, headers: Headers, code: str = "LIN-01") -> tuple[str, str]:
    """What is booked on an investment: capital and operating."""
    rows = ok(client.get("/v1/gate-status", headers=headers), 200)["items"]
    (row,) = [row for row in rows if row["investment"] == code]
    return row["outcome_capital"], row["outcome_operating"]


def kinds(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(issue["severity"], issue["kind"]) for issue in shown["issues"]]


def issue_of(shown: Mapping[str, Any], kind: str) -> Any:
    (issue,) = [issue for issue in shown["issues"] if issue["kind"] == kind]
    return issue

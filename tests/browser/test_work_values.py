"""What the forms compute, asked in the browser itself: amounts, versions, whose turn it is."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.visiting import Municipality, visit

pytestmark = pytest.mark.browser

AMOUNTS = {
    "1 250 000,50": "1250000.50",
    "1250000.5": "1250000.50",
    "1\u00a0250\u202f000 kr": "1250000.00",
    "1.250.000,50": "1250000.50",
    "1,250,000.50": "1250000.50",
    "0012": "12.00",
    "9999999999999,99": "9999999999999.99",
    "": "",
    # It can't be told which of the two is meant, or is no amount.
    "1,250": None,
    "1.250": None,
    "12,345": None,
    "-5": None,
    "1e6": None,
    "12345678901234": None,
    "en miljon": None,
}


def asked(page: Page, module: str, code: str, given: Any) -> Any:
    return page.evaluate(
        f"async (given) => {{ const m = await import('/page/views/working/{module}.js'); {code} }}",
        given,
    )


def test_amounts_are_read_exactly_or_not_at_all(window: Page, reading: Municipality):
    visit(window, reading, "#/sign-in")

    read = asked(window, "amounts", "return given.map(m.readAmount)", list(AMOUNTS))
    assert dict(zip(AMOUNTS, read, strict=True)) == AMOUNTS
    unread = {"1,250": "ambiguous", "-5": "negative", "1" * 20: "long", "en miljon": "figure"}
    faults = asked(window, "amounts", "return given.map(m.amountFault)", [*unread, "5", ""])
    assert faults == [*unread.values(), None, None]
    kept = [amount for amount in AMOUNTS.values() if amount]
    again = asked(
        window, "amounts", "return given.map((one) => m.readAmount(m.writtenAmount(one)))", kept
    )
    assert again == kept


def test_two_versions_differ_where_one_of_them_was_changed(window: Page, reading: Municipality):
    visit(window, reading, "#/sign-in")
    base = {"a": {"x": "1", "y": "1", "z": ["1"]}, "b": {"w": None}}
    mine = {"a": {"x": "2", "y": "1", "z": ["1", "2"]}, "b": {"w": None}}
    theirs = {"a": {"x": "1", "y": "3", "z": ["3"]}, "b": {"w": None}}

    found = asked(window, "merging", "return m.differences(...given)", [base, mine, theirs])
    suggested = {one["pointer"]: one["suggested"] for one in found}
    assert suggested == {"/a/x": "mine", "/a/y": "theirs", "/a/z": None}
    chosen = {"/a/x": "mine", "/a/y": "theirs", "/a/z": "mine"}
    made = asked(window, "merging", "return m.merged(...given)", [mine, theirs, chosen])
    assert made == {"a": {"x": "2", "y": "3", "z": ["1", "2"]}, "b": {"w": None}}


def test_what_nobody_has_changed_is_no_difference_however_it_is_stored(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/sign-in")
    bare: dict[str, Any] = {
        one: {} for one in ("strategy", "benefits", "market", "economy", "governance")
    }
    whole = {
        "strategy": {"verdict": None, "reasoning": "", "evidence": [], "goals": []},
        "benefits": {"perspectives": {"social": None}, "benefits": None},
        "market": {"partners": []},
        "economy": {"confidence": None},
        "governance": {"plan": {"tolerance_percent": None, "requested_amount": None}},
    }

    sent = asked(window, "steps", "return given.map(m.asSent)", [bare, whole])
    assert sent[0] == sent[1]
    assert asked(window, "merging", "return m.differences(...given)", [sent[0], *sent]) == []


def test_rounds_of_an_earlier_visit_to_the_gate_are_not_of_this_one(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/sign-in")
    decisions = [
        {"id": 1, "outcome": "pass", "round": 1, "recorded_at": "2026-01-02", "supersedes": None},
        {"id": 2, "outcome": "rework", "round": None, "recorded_at": "2026-03-02"},
        {"id": 3, "outcome": "rework", "recorded_at": "2026-05-02", "supersedes": 2},
    ]
    rounds = [
        {"round": number, "gate": "need", "created_at": f"2026-0{month}-01"}
        for number, month in enumerate((1, 4, 6), start=1)
    ]

    code = "return m.roundsHere(...given).map((one) => one.round)"
    # A decision that was superseded keeps its place in time.
    assert asked(window, "standing", code, [rounds, decisions, "need"]) == [2, 3]
    assert asked(window, "standing", code, [rounds, decisions[:2], "need", 2]) == [2, 3]
    assert asked(window, "standing", code, [rounds, [], "need"]) == [1, 2, 3]

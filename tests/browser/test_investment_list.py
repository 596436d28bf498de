"""The list of investments: a search that waits for rest, and rows that come by the hundred."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.visiting import Municipality, is_whole, visit

pytestmark = pytest.mark.browser

INVESTMENTS = "**/v1/investments?*"
MANY = 250


def test_a_search_is_asked_for_once_when_the_typing_rests(window: Page, reading: Municipality):
    asked: list[str] = []

    def see(request: Request) -> None:
        address = urlsplit(request.url)
        if address.path == "/v1/investments":
            asked.extend(parse_qs(address.query).get("q", ["everything"]))

    window.on("request", see)
    visit(window, reading, "#/investments", "viewer")
    field = window.get_by_label("Sök på namn eller kod")
    field.press_sequentially("gångväg")
    expect(field).to_have_value("gångväg")

    expect(window.get_by_text("En investering.")).to_be_visible()
    assert asked == ["everything", "gångväg"]
    assert urlsplit(window.url).fragment == "/investments?q=g%C3%A5ngv%C3%A4g"

    field.fill("")
    expect(window.get_by_text("14 investeringar.")).to_be_visible()
    assert urlsplit(window.url).fragment == "/investments"
    expect(window.get_by_text("(valfritt)")).to_have_count(0)


def page_of_many(route: Route) -> None:
    """Two hundred and fifty like the first, a hundred a page."""
    first = int(parse_qs(urlsplit(route.request.url).query).get("cursor", ["0"])[0])
    item: dict[str, Any] = {
        "name": "Ett torg",
        "kind": "physical",
        "program": "lindangen",
        "department": "FGK",
        "gate": "need",
        "status": "preparing",
    }
    last = min(first + 100, MANY)
    items = [{**item, "code": f"M-{n:03}"} for n in range(first, last)]
    further = f"/v1/investments?limit=100&cursor={last}" if last < MANY else None
    route.fulfill(json={"items": items, "next": further, "total": MANY})


def test_the_next_hundred_are_shown_when_they_are_fetched(window: Page, reading: Municipality):
    window.route(INVESTMENTS, page_of_many)
    visit(window, reading, "#/investments", "viewer")
    rows = window.get_by_role("row")
    expect(rows).to_have_count(101)
    buttons = window.get_by_role("main").locator(".more button")
    expect(buttons).to_have_text(["Hämta 100 till"])

    buttons.press("Enter")

    expect(rows).to_have_count(201)
    # The reader goes on where what was asked for begins.
    expect(rows.nth(101).get_by_role("link").first).to_be_focused()
    expect(buttons).to_have_text(["Hämta 50 till"])
    expect(window.get_by_text("200 av 250")).to_be_visible()
    is_whole(window)
    buttons.press("Enter")
    expect(rows).to_have_count(251)
    expect(buttons).to_have_count(0)

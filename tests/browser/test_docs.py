import json
from collections import Counter
from urllib.request import urlopen

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.watching import accessibility_faults

pytestmark = pytest.mark.browser

METHODS = {"get", "post", "put", "patch", "delete"}


def open_docs(page: Page, live_server_url: str) -> None:
    page.goto(f"{live_server_url}/docs")
    page.wait_for_selector(".opblock-tag")


def health_check(page: Page) -> Locator:
    """The operation of /healthz, after its subject has been opened."""
    subject(page, "service").click()
    name = page.locator('.opblock-summary-path[data-path="/healthz"]')
    return page.locator(".opblock-get").filter(has=name)


def subject(page: Page, tag: str) -> Locator:
    return page.locator(f'.opblock-tag[data-tag="{tag}"]')


def test_the_docs_show_every_route_of_the_description(page, live_server_url):
    with urlopen(f"{live_server_url}/openapi.json") as answer:  # noqa: S310  # our own server
        paths = json.load(answer)["paths"]
    described = Counter(
        methods[method]["tags"][0]
        for methods in paths.values()
        for method in METHODS & methods.keys()
    )

    open_docs(page, live_server_url)

    expect(page).to_have_title("Portfolio: the API")
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.locator(".opblock-tag")).to_have_count(len(described))
    for tag, routes in described.items():
        subject(page, tag).click()
        expect(page.locator(".opblock")).to_have_count(routes)
        subject(page, tag).click()
        expect(page.locator(".opblock")).to_have_count(0)


def test_a_route_can_be_tried_from_the_docs(page, live_server_url):
    open_docs(page, live_server_url)
    health = health_check(page)

    health.locator(".opblock-summary-control").click()
    health.get_by_role("button", name="Try it out").click()
    health.get_by_role("button", name="Execute").click()

    expect(health.locator(".live-responses-table .response-col_status").nth(1)).to_have_text("200")


@pytest.mark.parametrize("width", [1200, 320])
def test_the_docs_fit_and_are_accessible_open_as_well_as_closed(page, live_server_url, width):
    page.set_viewport_size({"width": width, "height": 900})
    open_docs(page, live_server_url)
    assert accessibility_faults(page) == []

    health = health_check(page)
    health.locator(".opblock-summary-control").click()
    health.get_by_role("button", name="Try it out").click()

    assert accessibility_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_dialogue_for_the_key_is_accessible(page, live_server_url):
    open_docs(page, live_server_url)

    page.get_by_role("button", name="Authorize").first.click()
    expect(page.locator(".modal-ux")).to_be_visible()

    assert accessibility_faults(page) == []


def test_a_link_into_the_docs_opens_its_route(page, live_server_url):
    open_docs(page, live_server_url)
    health_check(page).locator(".opblock-summary-control").click()
    link = page.url
    page.goto("about:blank")

    page.goto(link)

    expect(page.locator(".opblock.is-open")).to_have_count(1)

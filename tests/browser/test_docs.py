import json
from urllib.request import urlopen

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import accessibility_faults

pytestmark = pytest.mark.browser

METHODS = {"get", "post", "put", "patch", "delete"}


def open_docs(page: Page, live_server_url: str) -> None:
    page.goto(f"{live_server_url}/docs")
    page.wait_for_selector(".opblock")


def operation(page: Page, method: str, path: str) -> Locator:
    name = page.locator(f'.opblock-summary-path[data-path="{path}"]')
    return page.locator(f".opblock-{method}").filter(has=name)


def test_the_docs_show_every_route_of_the_description(page, live_server_url):
    with urlopen(f"{live_server_url}/openapi.json") as answer:  # noqa: S310  # our own server
        paths = json.load(answer)["paths"]
    described = sum(len(METHODS & methods.keys()) for methods in paths.values())

    open_docs(page, live_server_url)

    expect(page).to_have_title("Portfolio: the API")
    expect(page.locator(".opblock")).to_have_count(described)
    expect(page.get_by_role("main")).to_have_count(1)


def test_a_route_can_be_tried_from_the_docs(page, live_server_url):
    open_docs(page, live_server_url)
    health = operation(page, "get", "/healthz")

    health.locator(".opblock-summary-control").click()
    health.get_by_role("button", name="Try it out").click()
    health.get_by_role("button", name="Execute").click()

    expect(health.locator(".live-responses-table .response-col_status").nth(1)).to_have_text("200")


@pytest.mark.parametrize("width", [1200, 320])
def test_the_docs_fit_and_are_accessible_open_as_well_as_closed(page, live_server_url, width):
    page.set_viewport_size({"width": width, "height": 900})
    open_docs(page, live_server_url)
    assert accessibility_faults(page) == []

    health = operation(page, "get", "/healthz")
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
    operation(page, "get", "/healthz").locator(".opblock-summary-control").click()
    link = page.url
    page.goto("about:blank")

    page.goto(link)

    expect(page.locator(".opblock.is-open")).to_have_count(1)

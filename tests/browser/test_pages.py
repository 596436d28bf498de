"""The pages that explain problems, and the way from the front to the documentation."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.watching import accessibility_faults

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", ["/problems/decision-refused", "/problems/unknown-crs"])
def test_a_page_is_accessible_and_asks_nobody_else(page: Page, live_server_url: str, path: str):
    page.goto(f"{live_server_url}{path}")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert accessibility_faults(page) == []


def test_the_front_page_leads_to_the_documentation(page: Page, live_server_url: str):
    page.goto(live_server_url)

    page.get_by_role("link", name="API för utvecklare").click()

    page.wait_for_url("**/docs")
    page.wait_for_selector(".opblock-tag")

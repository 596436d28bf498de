"""The pages of `/ogc`, as a person meets them with a narrow and with a wide window."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.watching import accessibility_faults
from tests.conftest import DatabaseFactory
from tests.serving import forked_server

pytestmark = pytest.mark.browser

PATHS = [
    "",
    "/conformance",
    "/api",
    "/collections",
    "/collections/areas-regso",
    "/collections/areas-regso/queryables",
    "/collections/areas-regso/tiles",
    "/collections/areas-regso/items?limit=5",
    "/collections/areas-regso/items/1280R001",
    "/collections/programs/items",
    "/collections/investments/items?limit=5",
    "/collections/investments/items/LIN-02",
]


@pytest.fixture(scope="module")
def live_server_url(database_factory: DatabaseFactory) -> Iterator[str]:
    """The sample municipality; these tests only read."""
    url = database_factory.new_migrated()
    environment = {**os.environ, "PORTFOLIO_DATABASE_URL": url}
    command = [sys.executable, "-m", "portfolio", "sample", "load"]
    subprocess.run(command, env=environment, check=True, capture_output=True)  # noqa: S603
    with forked_server(url) as server:
        yield server
    database_factory.drop(url)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_and_is_accessible(page: Page, live_server_url: str, path: str):
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{live_server_url}/ogc{path}")

        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert accessibility_faults(page) == []


def test_one_comes_from_the_front_to_a_feature_and_back_by_links(page: Page, live_server_url: str):
    page.set_extra_http_headers({"Accept-Language": "sv"})
    page.goto(f"{live_server_url}/ogc")

    page.get_by_role("main").get_by_role("link", name="Lager", exact=True).click()
    page.get_by_role("link", name="Investeringar", exact=True).click()
    page.get_by_role("link", name="Objekt", exact=True).click()
    page.get_by_role("link", name="LIN-02", exact=True).click()

    expect(page.get_by_role("img")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    page.get_by_role("navigation").get_by_role("link", name="Investeringar").click()
    page.wait_for_url("**/ogc/collections/investments")


def test_the_table_of_features_can_be_paged_through(page: Page, live_server_url: str):
    page.set_extra_http_headers({"Accept-Language": "en"})
    page.goto(f"{live_server_url}/ogc/collections/areas-regso/items?limit=60")

    expect(page.get_by_role("row")).to_have_count(61)
    page.get_by_role("link", name="Next page").click()

    expect(page.get_by_role("row")).to_have_count(32)
    expect(page.get_by_role("link", name="Next page")).to_have_count(0)
    page.get_by_role("link", name="First page").click()
    expect(page.get_by_role("row")).to_have_count(61)

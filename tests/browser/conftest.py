"""A browser that trusts nothing: what the page says or fetches elsewhere fails the test."""

import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

# Chromium as root has no sandbox, and must not call its maker while a test runs.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("Chromium was not found. Install it: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, live_server_url: str) -> Iterator[Page]:
    """A page whose console stays empty and that asks no one but our server."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        complaints.append(f"{message.type}: {message.text}")

    def see(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme != "data" and address.netloc != urlsplit(live_server_url).netloc:
            complaints.append(f"request to {request.url}")

    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.on("console", hear)
    page.on("request", see)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert complaints == []


def accessibility_faults(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA: the rule and the element, a line each."""
    only = {"resultTypes": ["violations"], "runOnly": WCAG_22_AA}
    violations = Axe().run(page, options=only).response["violations"]
    return [f"{found['id']}: {node['html']}" for found in violations for node in found["nodes"]]

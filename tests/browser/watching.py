"""What a page says or fetches elsewhere fails the test, and so does what axe finds."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What the page itself made: they leave no machine.
OWN_SCHEMES = ("data", "blob")


@contextmanager
def strict_page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A page whose console stays empty and that asks no one but the server it was opened from.

    What it says is in `complaints`, which must be empty when the page is left.
    """
    servers: set[str] = set()

    def hear(message: ConsoleMessage) -> None:
        complaints.append(f"{message.type}: {message.text}")

    def see(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in OWN_SCHEMES:
            return
        if request.is_navigation_request():
            servers.add(address.netloc)
        if address.hostname != "127.0.0.1" or address.netloc not in servers:
            complaints.append(f"request to {request.url}")

    # Dates and figures as in Sweden, whatever the machine.
    page = browser.new_page(
        viewport={"width": 1200, "height": 900}, locale="sv-SE", timezone_id="Europe/Stockholm"
    )
    page.on("console", hear)
    page.on("request", see)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert complaints == [], "\n".join(complaints)


def accessibility_faults(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA: the rule and the element, a line each."""
    only = {"resultTypes": ["violations"], "runOnly": WCAG_22_AA}
    violations = Axe().run(page, options=only).response["violations"]
    return [f"{found['id']}: {node['html']}" for found in violations for node in found["nodes"]]

"""What a page says or fetches elsewhere fails the test, and so does what axe finds."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What the page itself made: they leave no machine.
OWN_SCHEMES = ("data", "blob")

# What the browser notes of each answer that is an error, and of each that does not come.
NOTICE = re.compile(
    r"error: Failed to load resource: "
    r"(?:the server responded with a status of (\d{3}) .*|net::(ERR_\w+))"
)


@contextmanager
def strict_page(
    browser: Browser, complaints: list[str], locale: str | None = None
) -> Iterator[Page]:
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
        viewport={"width": 1200, "height": 900}, locale=locale, timezone_id="Europe/Stockholm"
    )
    page.on("console", hear)
    page.on("request", see)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert complaints == [], "\n".join(complaints)


def forgive(complaints: list[str], *provoked: str) -> None:
    """Take away the browser's notices of what a test provoked: answers ("422"), or connections
    that were lost ("ERR_FAILED").

    Each must have been there. A page's own fault, a forbidden script or a request to others is
    never taken away.
    """
    notices = [(complaint, NOTICE.fullmatch(complaint)) for complaint in complaints]
    seen = {found[1] or found[2] for _, found in notices if found}
    assert set(provoked) <= seen, f"not provoked: {set(provoked) - seen}; heard: {complaints}"
    complaints[:] = [
        complaint
        for complaint, found in notices
        if not found or (found[1] or found[2]) not in provoked
    ]


def accessibility_faults(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA: the rule and the element, a line each."""
    only = {"resultTypes": ["violations"], "runOnly": WCAG_22_AA}
    violations = Axe().run(page, options=only).response["violations"]
    return [f"{found['id']}: {node['html']}" for found in violations for node in found["nodes"]]

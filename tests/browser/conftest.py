"""A browser that trusts nothing, and the sample municipality to go to with it."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import visiting
from tests.browser.watching import strict_page

# Chromium as root has no sandbox, and must not call its maker while a test runs.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The map is drawn without a graphics card; told so, Chromium does not warn of it.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


# A loaded machine draws slowly; nothing waits longer than it must.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("Chromium was not found. Install it: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, str]]:
    """A database file with the sample municipality, and its keys by role."""
    return visiting.make_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def reading(
    sample: tuple[Path, Mapping[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[visiting.Municipality]:
    """The sample in a server, for tests that only read."""
    with visiting.serve_copy(sample, tmp_path_factory.mktemp("reading")) as municipality:
        yield municipality


@pytest.fixture
def writing(
    sample: tuple[Path, Mapping[str, str]], tmp_path: Path
) -> Iterator[visiting.Municipality]:
    """The sample in a server of the test's own."""
    with visiting.serve_copy(sample, tmp_path) as municipality:
        yield municipality


@pytest.fixture
def complaints() -> list[str]:
    """What the browser said aloud; a test that provokes it takes away what it expected."""
    return []


@pytest.fixture
def page(browser: Browser, live_server_url: str, complaints: list[str]) -> Iterator[Page]:
    """A page whose console stays empty and that asks no one but our server."""
    with strict_page(browser, complaints) as page:
        yield page


@pytest.fixture
def window(
    request: pytest.FixtureRequest, browser: Browser, complaints: list[str]
) -> Iterator[Page]:
    """The same, in Sweden, without a server of its own: see `reading` and `writing`."""
    # A server that is there before the window is there until it is closed.
    for server in {"reading", "writing"} & set(request.fixturenames):
        request.getfixturevalue(server)
    with strict_page(browser, complaints, "sv-SE") as page:
        yield page

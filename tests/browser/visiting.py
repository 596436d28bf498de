"""The sample municipality in a server, and a browser that goes there as one of its users."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from portfolio.database.engine import make_engine
from portfolio.database.migrations import migrate
from portfolio.sample.loading import load_once
from tests.browser.watching import accessibility_faults
from tests.serving import forked_server

# The elements that make the page wider than its window, if it is.
WIDER_THAN_THE_WINDOW = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > width + 1)
        .map((one) => one.outerHTML.slice(0, 200));
}"""


@dataclass(frozen=True)
class Municipality:
    """A server and a key for each role that the sample knows."""

    url: str
    tokens: Mapping[str, str]

    def headers(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[role]}"}


def make_sample(folder: Path) -> tuple[Path, dict[str, str]]:
    """A database file with the sample, to be copied for each server.

    SQLite only: what the page shows comes through the API, whose own tests run on both engines.
    """
    file = folder / "sample.sqlite"
    url = f"sqlite:///{file}"
    migrate(url)
    engine = make_engine(url)
    loaded = load_once(engine)
    assert loaded is not None
    engine.dispose()
    return file, {str(role): token for role, token in loaded.tokens.items()}


@contextmanager
def serve_copy(sample: tuple[Path, Mapping[str, str]], folder: Path) -> Iterator[Municipality]:
    """A server on a copy of the sample that nobody else writes in."""
    file, tokens = sample
    copy = folder / "municipality.sqlite"
    shutil.copyfile(file, copy)
    with forked_server(f"sqlite:///{copy}", log=folder / "server.log") as url:
        yield Municipality(url, tokens)


def visit(
    page: Page,
    municipality: Municipality,
    address: str,
    role: str | None = None,
    *,
    language: str = "sv",
    theme: str = "light",
) -> None:
    """Open an address (`#/programs/lindangen`) as a role, and wait until nothing is awaited."""
    key = None if role is None else municipality.tokens[role]
    # Before the page's own code; a reload or a later sign-out is not undone.
    page.add_init_script(
        f"""if (location.protocol !== "about:" && !sessionStorage.getItem("visited")) {{
            sessionStorage.setItem("visited", "yes");
            localStorage.setItem("portfolio.language", "{language}");
            localStorage.setItem("portfolio.theme", "{theme}");
            if ({str(key is not None).lower()}) sessionStorage.setItem("portfolio.key", "{key}");
        }}"""
    )
    page.goto(f"{municipality.url}/{address}")
    settled(page)


def settled(page: Page) -> None:
    """Every part has come, and every map and chart is drawn."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".waiting")).to_have_count(0)
    drawn = page.locator(".map, .chart-place")
    expect(page.locator(".map[data-ready], .chart-place[data-ready]")).to_have_count(drawn.count())


def is_whole(page: Page) -> None:
    """Nothing that axe finds, and nothing wider than the window."""
    faults = accessibility_faults(page)
    assert faults == [], "\n".join(faults)
    fits(page)


def fits(page: Page) -> None:
    """Nothing wider than the window; at another width axe would find the same, for a second."""
    wide = page.evaluate(WIDER_THAN_THE_WINDOW)
    assert wide == [], "\n".join(wide)

"""`python -m bench.page`: how soon the map stands there, and how smoothly it is moved.

python -m bench.page [--investments 10000] [--seconds 10]

In headless Chromium, whose WebGL is drawn by the processor (SwiftShader): with a graphics card a
frame costs a fraction of it. First the sample municipality, then 3 025 areas and investments all
over them, seen by somebody who is signed in.
"""

import argparse
import itertools
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine, select

from bench.__main__ import measure_import, say
from bench.filling import CELL_M, ORIGIN, add_in_batches, fill, write_areas
from portfolio.access.rules import Role
from portfolio.areas.service import create_scheme
from portfolio.clock import Act, now
from portfolio.database.base import table
from portfolio.database.engine import make_engine, transaction
from portfolio.database.migrations import migrate
from portfolio.investments.models import Investment, InvestmentMark
from portfolio.sample.loading import load_once
from tests.browser.conftest import ARGUMENTS
from tests.serving import key_headers, running_server

GOAL_MS = 1500
SLOW_FRAME_MS = 50
WINDOW = {"width": 1280, "height": 900}
# Told by the page itself, in milliseconds since the navigation began.
WATCH = """new MutationObserver((_, watcher) => {
    if (!document.querySelector("h1") || !document.querySelector(".place-legend")) return;
    if (!document.querySelector(".map[data-ready]")) return;
    window.shownAfter = performance.now();
    watcher.disconnect();
}).observe(document, { subtree: true, childList: true, attributes: true })"""
SHOWN = """new Promise((tell) => {
    const look = () => window.shownAfter ? tell(window.shownAfter) : requestAnimationFrame(look);
    look();
})"""
RECORD = """() => {
    window.frames_ = [];
    const tick = (at) => { window.frames_.push(at); requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
}"""


@contextmanager
def opened(browser: Browser, headers: Mapping[str, str] | None) -> Iterator[Page]:
    """A window without anything kept from before."""
    context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]  # a plain dict
    page = context.new_page()
    page.add_init_script(WATCH)
    if headers:
        key = headers["Authorization"].removeprefix("Bearer ")
        page.add_init_script(f'sessionStorage.setItem("portfolio.key", "{key}")')
    yield page
    context.close()


def first_view(browser: Browser, server: str, headers: Mapping[str, str] | None) -> float:
    """Milliseconds until the heading, the legend and the coloured map are there."""
    with opened(browser, headers) as page:
        page.goto(server)
        return float(page.evaluate(SHOWN))


def measure_first_view(
    browser: Browser, server: str, who: str, headers: Mapping[str, str] | None
) -> None:
    found = [first_view(browser, server, headers) for _ in range(5)]
    say(
        f"  first view, {who}: median of 5 {statistics.median(found):.0f} ms,"
        f" best {min(found):.0f}, worst {max(found):.0f} (goal: under {GOAL_MS})"
    )


def move_about(page: Page, seconds: float) -> None:
    """Drag the map about and zoom in and out, as one does while talking about it."""
    box = page.locator(".map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    turn, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + (150, -150)[turn % 2], y + (90, -90)[turn // 2 % 2], steps=20)
        page.mouse.up()
        for _ in range(4):
            page.mouse.wheel(0, (-200, 200)[turn // 4 % 2])
        turn += 1


def measure_frames(
    browser: Browser, server: str, headers: Mapping[str, str], seconds: float
) -> None:
    with opened(browser, headers) as page:
        page.goto(server)
        say(f"  first view: {page.evaluate(SHOWN):.0f} ms")
        page.evaluate(RECORD)
        move_about(page, seconds)
        moments: list[float] = page.evaluate("window.frames_")
    frames = sorted(after - before for before, after in itertools.pairwise(moments))
    slow = sum(frame > SLOW_FRAME_MS for frame in frames) / len(frames)
    say(
        f"  {len(frames)} frames in {seconds:.0f} s of panning and zooming: p50"
        f" {frames[len(frames) // 2]:.0f} ms, p95 {frames[int(len(frames) * 0.95)]:.0f} ms,"
        f" worst {frames[-1]:.0f} ms; over {SLOW_FRAME_MS} ms: {slow:.1%}"
    )


def scatter(engine: Engine, side: int = 55, seed: int = 7) -> None:
    """Marks every investment on the map, at a point of its own somewhere in the areas."""
    dice = random.Random(seed)  # noqa: S311  data to measure on
    with engine.begin() as connection:
        ids = list(connection.execute(select(table(Investment).c.id)).scalars())
        add_in_batches(connection, InvestmentMark, (_mark(id, side, dice) for id in ids))


def _mark(id: int, side: int, dice: random.Random) -> dict[str, Any]:
    east, north = (start + dice.random() * side * CELL_M for start in ORIGIN)
    point = shapely.Point(east, north)
    return {
        "investment_id": id,
        "valid_from": date(2020, 1, 1),
        "min_x": east,
        "min_y": north,
        "max_x": east,
        "max_y": north,
        "dimension": 0,
        "shape": point,
        "point": point,
    }


def make_large(url: str, folder: Path, investments: int) -> dict[str, str]:
    file = folder / "areas.gpkg"
    areas = write_areas(file)
    migrate(url)
    engine = make_engine(url)
    with transaction(engine) as session:
        act = Act(actor="bench", at=now())
        create_scheme(session, act, code="grid", name="Rutnät", description="")
        headers = key_headers(session, Role.VIEWER)
    measure_import(url, file, areas)
    fill(engine, investments)
    scatter(engine)
    engine.dispose()
    return headers


def make_sample(url: str) -> dict[str, str]:
    migrate(url)
    engine = make_engine(url)
    loaded = load_once(engine)
    assert loaded is not None
    engine.dispose()
    return {"Authorization": f"Bearer {loaded.tokens[Role.VIEWER]}"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.page")
    parser.add_argument("--investments", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        say("The sample municipality (Chromium, SwiftShader)")
        url = f"sqlite:///{folder}/sample.sqlite"
        headers = make_sample(url)
        with running_server(url, quiet=True) as server:
            measure_first_view(browser, server, "the public", None)
            measure_first_view(browser, server, "signed in", headers)
        say(f"3 025 areas, {given.investments} investments (Chromium, SwiftShader)")
        url = f"sqlite:///{folder}/large.sqlite"
        headers = make_large(url, folder, given.investments)
        with running_server(url, quiet=True) as server:
            measure_frames(browser, server, headers, given.seconds)
        browser.close()


if __name__ == "__main__":
    main()

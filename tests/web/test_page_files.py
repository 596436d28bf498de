"""The files of the page: how they travel, how long they are kept, and nothing beside them."""

import gzip
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from portfolio.web.pages import PAGE_FILES

VENDORED = "/page/vendor/preact-11.2.0/preact.mjs"
PACKED = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}


@pytest.mark.parametrize("path", [VENDORED, "/page/main.js", "/page/css/tokens.css"])
def test_a_file_is_the_same_packed_and_plain(client: TestClient, path: str):
    plain = client.get(path, headers=PLAIN)
    packed = client.get(path, headers=PACKED)

    assert plain.content == packed.content
    assert plain.content == (PAGE_FILES / path.removeprefix("/page/")).read_bytes()
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, 6, mtime=0))
    assert plain.headers["content-type"] == packed.headers["content-type"]
    assert packed.headers["vary"] == "Accept-Encoding"


def test_a_vendored_file_is_kept_and_ours_is_asked_for_each_time(client: TestClient):
    assert "immutable" in client.get(VENDORED).headers["cache-control"]
    ours = client.get("/page/main.js", headers=PACKED)
    assert ours.headers["cache-control"] == "no-cache"

    again = client.get("/page/main.js", headers={**PACKED, "If-None-Match": ours.headers["etag"]})

    assert again.status_code == 304
    assert again.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/page/", "/page/nothing.js", "/page/../app.py", "/page/%2e%2e/app.py", "/page/kit"]
)
def test_nothing_else_is_served(client: TestClient, path: str):
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_page_is_at_the_front_and_is_asked_for_each_time(client: TestClient):
    front = client.get("/")

    assert front.headers["content-type"].startswith("text/html")
    assert front.headers["cache-control"] == "no-cache"
    assert "script-src 'self'" in front.headers["content-security-policy"]


IMPORTED = re.compile(r'^(?:import|export)\b[^;]*?"(\.[^"]+)";', re.MULTILINE)
HREF = re.compile(r'<link rel="(\w+)" href="/page/([^"]+)"')


def what_is_needed_by(module: Path) -> set[Path]:
    """The module and all that it imports, and those in turn; not what is imported when needed."""
    found: set[Path] = set()
    awaited = [module]
    while awaited:
        one = awaited.pop()
        if one not in found:
            found.add(one)
            named = IMPORTED.findall(one.read_text("utf-8"))
            awaited += [(one.parent / name).resolve() for name in named]
    return found


def test_what_is_fetched_beforehand_is_what_every_view_and_the_first_one_need():
    links = HREF.findall((PAGE_FILES / "index.html").read_text("utf-8"))
    assert [path for _, path in links if not (PAGE_FILES / path).is_file()] == []
    main = (PAGE_FILES / "main.js").resolve()
    needed = what_is_needed_by(main) | what_is_needed_by(main.parent / "views" / "place.js")

    beforehand = [path for kind, path in links if kind == "modulepreload"]

    assert len(beforehand) == len(set(beforehand))
    assert {(main.parent / path) for path in beforehand} == needed - {main}
